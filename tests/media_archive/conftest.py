"""The archive under test: its service, a small union, and an index of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_world import UNTOLD, Union, small_union

from kit.testing import Ask, AuditedAsk, job_queue, service_fixtures, world_fixture
from media_archive.search import follow
from media_archive.search.index import AssetIndex

database, plain_ask, client = service_fixtures("media_archive.app", small_union)
kept_world = world_fixture("media_archive.app")


@pytest.fixture
def ask(plain_ask: Ask) -> Ask:
    """Asks, and looks whether what was done is in the audit trail."""
    return AuditedAsk(plain_ask.service, plain_ask.endpoint, UNTOLD)


@pytest.fixture
def union(kept_world: Union) -> Union:
    """Units and topics as org told of them."""
    return kept_world


@pytest.fixture
def search(database: object, tmp_path: Path) -> Iterator[follow.Follower]:
    """The index that searches of this process use; `catch_up()` to have it learn what happened."""
    follower = follow.Follower(AssetIndex(tmp_path / "index"))
    follow.use(follower)
    yield follower
    follow.use(None)


__all__ = ["ask", "client", "database", "job_queue", "kept_world", "plain_ask", "search", "union"]
