"""The archive under test: its service, a small union, and an index of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_world import Union, small_union

from kit.testing import job_queue, service_fixtures
from media_archive.search import follow
from media_archive.search.index import AssetIndex

database, ask, client = service_fixtures("media_archive.app")


@pytest.fixture
async def union(database: object) -> Union:
    """Units and topics as org told of them."""
    return await small_union()


@pytest.fixture
def search(database: object, tmp_path: Path) -> Iterator[follow.Follower]:
    """The index that searches of this process use; `catch_up()` to have it learn what happened."""
    follower = follow.Follower(AssetIndex(tmp_path / "index"))
    follow.use(follower)
    yield follower
    follow.use(None)


__all__ = ["ask", "client", "database", "job_queue", "search", "union"]
