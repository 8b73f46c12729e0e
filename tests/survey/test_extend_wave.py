"""An open wave may close later, for a reason, but not run into the next one; a closed one stays closed."""

from datetime import UTC, datetime, timedelta

import pytest
from survey_world import NORTH, PATHS, ROOT, code_of

from kit import db
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as
from survey.collection.service import find_collection
from survey.programmes.models import Wave
from survey.programmes.service import waves

EXTEND = """
mutation ($id: ID!, $closesAt: DateTime!, $reason: String! = "Lũ ở Quảng Ninh") {
  extendSurveyWave(id: $id, closesAt: $closesAt, reason: $reason) {
    ... on SurveyWaveSuccess { wave { state closesAt extension { closedFirst reason } } }
    ... on Problem { code }
    ... on InvalidInput { field }
  }
}
"""
EDITOR = caller_as("editor", PATHS[ROOT])


def same(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


async def times(wave: Wave) -> tuple[datetime, datetime | None, str | None]:
    now = await Wave.get(id=wave.id)
    return now.closes_at, now.extended_from, now.extension_reason


async def extend(ask, wave: Wave, days: float, caller=EDITOR, **more):
    later = (wave.closes_at + timedelta(days=days)).isoformat()
    return await ask(EXTEND, caller, **{"id": str(wave.id), "closesAt": later, **more})


async def test_an_open_wave_closes_later_and_says_why(ask, world):
    wave = await world.open_wave()
    shown = (await extend(ask, wave, 5)).field["wave"]
    later = wave.closes_at + timedelta(days=5)
    assert (shown["state"], datetime.fromisoformat(shown["closesAt"])) == ("open", later)
    assert datetime.fromisoformat(shown["extension"]["closedFirst"]) == wave.closes_at
    assert shown["extension"]["reason"] == "Lũ ở Quảng Ninh"
    told = await db.row("SELECT type, payload ->> 'closed_before' AS before FROM outbox ORDER BY number DESC LIMIT 1")
    assert (told["type"], datetime.fromisoformat(told["before"])) == ("wave.extended", wave.closes_at)


async def test_after_a_second_extension_the_first_closing_is_still_known(ask, world):
    wave = await world.open_wave()
    await extend(ask, wave, 5)
    await extend(ask, wave, 6, reason="  Vẫn còn lũ ")
    assert await times(wave) == (wave.closes_at + timedelta(days=6), wave.closes_at, "Vẫn còn lũ")


async def test_answers_are_taken_until_the_new_closing(world):
    wave = await world.open_wave()
    await waves.extend_wave(SYSTEM, wave.id, closes_at=wave.closes_at + timedelta(days=5), reason="x")
    collection = await find_collection(await code_of(wave))
    assert collection is not None
    assert (collection.phase, collection.closes_at) == ("open", wave.closes_at + timedelta(days=5))


@pytest.mark.parametrize(
    ("days", "more", "field"),
    [
        (0, {}, "closesAt"),
        (-1, {}, "closesAt"),
        (357, {}, "closesAt"),
        (9999, {}, "closesAt"),
        (1, {"closesAt": "2999-01-01T00:00:00"}, "closesAt"),
        (1, {"closesAt": "9999-12-31T23:59:59-14:00"}, "closesAt"),
        (1, {"reason": "  "}, "reason"),
        (1, {"reason": "x" * 501}, "reason"),
        (1, {"reason": "\0"}, "reason"),
    ],
)
async def test_refuses_an_extension_that_is_none_or_too_long(ask, world, days, more, field):
    wave = await world.open_wave()
    reply = await extend(ask, wave, days, **more)
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    assert await times(wave) == (wave.closes_at, None, None)


async def test_a_wave_does_not_run_into_the_next_one(ask, world):
    wave = await world.open_wave()
    after = wave.closes_at + timedelta(days=3)
    await waves.plan_wave(SYSTEM, world.programme.id, opens_at=after, closes_at=after + timedelta(days=10))
    assert (await extend(ask, wave, 4)).code == "SURVEY_WAVES_OVERLAP"
    assert await times(wave) == (wave.closes_at, None, None)
    assert (await extend(ask, wave, 3)).field["wave"]["state"] == "open"


async def test_a_closed_wave_stays_closed(ask, world):
    wave = await world.open_wave()
    closed = await waves.close_wave(SYSTEM, wave.id)
    assert (await extend(ask, wave, 5)).code == "SURVEY_WAVE_NOT_OPEN"
    assert await times(wave) == (closed.closes_at, None, None)


async def test_a_planned_wave_is_moved_and_not_extended(ask, world):
    wave = await world.planned_wave()
    assert (await extend(ask, wave, 5)).code == "SURVEY_WAVE_NOT_OPEN"
    assert await times(wave) == (wave.closes_at, None, None)


async def test_a_wave_whose_time_is_over_is_closed_before_the_clock_says_so(ask, world):
    wave = await world.open_wave()
    past = datetime.now(UTC) - timedelta(seconds=1)
    await Wave.filter(id=wave.id).update(opens_at=past - timedelta(days=1), closes_at=past)
    assert (await extend(ask, wave, 5)).code == "SURVEY_WAVE_NOT_OPEN"
    assert await times(wave) == (past, None, None)


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (caller_as("editor", PATHS[NORTH]), "FORBIDDEN"),
        (caller_as("analyst", PATHS[ROOT]), "FORBIDDEN"),
    ],
)
async def test_only_editors_of_the_owner_extend(ask, world, caller, code):
    wave = await world.open_wave()
    assert (await extend(ask, wave, 5, caller)).code == code
    assert await times(wave) == (wave.closes_at, None, None)
