"""What the survey service's tests share."""

import os
import tempfile
from collections.abc import Iterator
from copy import copy
from dataclasses import replace

import pytest
from survey_world import World, build_keyless_world
from ways_world import UNTOLD

from kit import settings
from kit.calendar import today
from kit.testing import Ask, AuditedAsk, job_queue, service_fixtures, world_fixture
from survey.sealing import service as sealing

# The key files of all worlds of this run; web processes that a test starts have it in their environment, too.
os.environ["LOA_SEALING_KEYS"] = tempfile.mkdtemp(prefix="loa-sealing-keys-")
os.environ["LOA_CREDENTIAL_SECRET"] = "of the tests: sealed with it, and not in the database"

database, plain_ask, client = service_fixtures("survey.app", build_keyless_world)
kept_world = world_fixture("survey.app")

__all__ = ["client", "database", "job_queue", "kept_world", "plain_ask"]


@pytest.fixture
def ask(plain_ask) -> Ask:
    """Asks, and looks whether what was done is in the audit trail."""
    return AuditedAsk(plain_ask.service, plain_ask.endpoint, UNTOLD)


@pytest.fixture
async def world(kept_world: World) -> World:
    """A small union with a published questionnaire, and a programme that asks all of it."""
    await sealing.provide_keys(today())
    return replace(kept_world, programme=copy(kept_world.programme))


@pytest.fixture
def own_valkey(valkey: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the service look at an empty Valkey of this test alone, in which org has told nothing yet."""
    monkeypatch.setenv("LOA_REDIS_URL", valkey)
    settings.current.cache_clear()
    yield
    monkeypatch.undo()
    settings.current.cache_clear()
