"""Others are told of a wave before it opens, at half time when few took part, and before it closes: each once."""

import asyncio
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from redis.asyncio import Redis
from survey_world import World, build_world, noon, unit_id

from kit import db, events
from kit.identity import SYSTEM
from kit.testing import queries
from survey.programmes.models import Programme, Wave
from survey.programmes.service import waves
from survey.programmes.service.participation import snapshot
from survey.programmes.service.planning import plan_ahead
from survey.programmes.service.reminders import remind

DAY = timedelta(days=1)
OPENS = (datetime.now(UTC) + 40 * DAY).replace(microsecond=0)
CLOSES = OPENS + 20 * DAY


async def told(since: int = 0) -> list[tuple[str, int | None]]:
    rows = await db.rows("SELECT type, payload FROM outbox WHERE number > $1 ORDER BY number", since)
    return [(row["type"], orjson.loads(row["payload"]).get("days")) for row in rows]


async def at(moment: datetime) -> list[tuple[str, int | None]]:
    """What the clock tells at a moment, twice looked at."""
    before = await db.value("SELECT coalesce(max(number), 0) FROM outbox")
    await remind(lambda: moment)
    await remind(lambda: moment + timedelta(seconds=30))
    return await told(before)


@pytest.fixture
async def planned(world) -> Wave:
    return await waves.plan_wave(SYSTEM, world.programme.id, opens_at=OPENS, closes_at=CLOSES)


@pytest.fixture
async def opened(world, planned) -> Wave:
    """The wave, opened on time."""
    await waves.open_wave(SYSTEM, planned.id)
    await Wave.filter(id=planned.id).update(opens_at=OPENS, frozen_at=OPENS)
    return await Wave.get(id=planned.id)


async def test_before_it_opens_a_wave_is_announced_twice(planned):
    assert await at(OPENS - 8 * DAY) == []
    assert await at(OPENS - 7 * DAY) == [("wave.opens_soon", 7)]
    assert await at(OPENS - 4 * DAY) == []
    assert await at(OPENS - 1 * DAY) == [("wave.opens_soon", 1)]
    assert await at(OPENS - timedelta(minutes=1)) == []
    assert await at(OPENS) == []


async def test_before_it_closes_a_wave_is_announced_twice(opened):
    assert await at(OPENS + 1 * DAY) == []
    assert await at(CLOSES - 3 * DAY) == [("wave.closes_soon", 3)]
    assert await at(CLOSES - 2 * DAY) == []
    assert await at(CLOSES - 1 * DAY) == [("wave.closes_soon", 1)]
    assert await at(CLOSES) == []


async def test_an_event_says_which_wave_it_is_about_and_nothing_of_a_person(world, planned):
    await at(OPENS - 7 * DAY)
    payload = orjson.loads(await db.value("SELECT payload FROM outbox"))
    assert payload == {
        "id": str(planned.id),
        "number": 1,
        "state": "planned",
        "opens_at": OPENS.isoformat(),
        "closes_at": CLOSES.isoformat(),
        "programme_id": str(world.programme.id),
        "programme_code": "news",
        "programme_kind": "survey",
        "title_vi": "Khảo sát tin tức",
        "title_en": "News survey",
        "owner_unit_id": str(unit_id(1)),
        "target_unit_id": str(unit_id(1)),
        "days": 7,
    }


async def test_after_a_downtime_only_what_is_still_of_use_is_told(opened):
    # Down since before half time: of the two reminders of the closing the later one is left.
    assert await at(CLOSES - timedelta(hours=5)) == [("wave.closes_soon", 1)]
    assert await at(CLOSES + 5 * DAY) == []


async def test_after_a_downtime_an_opening_that_is_near_is_told_once(planned):
    assert await at(OPENS - timedelta(hours=5)) == [("wave.opens_soon", 1)]
    assert await at(OPENS + timedelta(hours=5)) == []


async def test_a_late_reminder_tells_the_days_that_are_left(planned):
    assert await at(OPENS - 3 * DAY - timedelta(hours=2)) == [("wave.opens_soon", 4)]


async def test_a_wave_that_moved_is_announced_again(planned):
    await at(OPENS - 7 * DAY)
    await waves.change_wave(SYSTEM, planned.id, opens_at=OPENS + 5 * DAY)
    assert await at(OPENS - 4 * DAY) == []
    assert await at(OPENS - 2 * DAY) == [("wave.opens_soon", 7)]


async def test_a_wave_that_was_extended_is_announced_to_close_again(opened):
    assert await at(CLOSES - 3 * DAY) == [("wave.closes_soon", 3)]
    await waves.extend_wave(SYSTEM, opened.id, closes_at=CLOSES + 10 * DAY, reason="x")
    assert await at(CLOSES - 1 * DAY) == []
    assert await at(CLOSES + 7 * DAY) == [("wave.closes_soon", 3)]


async def test_a_short_wave_is_not_announced_to_close_before_it_opened(opened):
    await Wave.filter(id=opened.id).update(closes_at=OPENS + 2 * DAY)
    assert await at(OPENS + timedelta(hours=1)) == []
    assert await at(OPENS + timedelta(hours=25)) == [("wave.closes_soon", 1)]


async def test_nothing_is_announced_of_what_is_paused_or_cancelled(world, planned):
    await Programme.filter(id=world.programme.id).update(state="paused")
    assert await at(OPENS - 7 * DAY) == []
    await Programme.filter(id=world.programme.id).update(state="active")
    await waves.cancel_wave(SYSTEM, planned.id)
    assert await at(OPENS - 1 * DAY) == []


@pytest.mark.parametrize(("answered", "low"), [(0, True), (110, True), (115, False)])
async def test_at_half_time_few_answers_are_told(opened, answered, low):
    # 375 people are expected; three in ten are 112.5.
    await db.execute(
        "INSERT INTO participation_snapshot SELECT $1, id, $2, CASE WHEN name_en = 'Mill Union' THEN $3 ELSE 0 END"
        " FROM response_group",
        opened.id,
        (OPENS + 9 * DAY).date(),
        answered,
    )
    assert await at(OPENS + 9 * DAY) == []
    assert await at(OPENS + 10 * DAY) == ([("wave.participation_low", None)] if low else [])
    assert await at(OPENS + 16 * DAY) == []
    if low:
        payload = orjson.loads(await db.value("SELECT payload FROM outbox ORDER BY number DESC LIMIT 1"))
        assert (payload["answered"], payload["expected"]) == (answered, 375)


async def test_at_half_time_nothing_is_told_where_nothing_was_counted(opened):
    assert await at(OPENS + 10 * DAY) == []
    await snapshot(opened.id, (OPENS + 10 * DAY).date())
    assert await at(OPENS + 11 * DAY) == [("wave.participation_low", None)]


async def test_half_time_comes_once_also_when_a_wave_is_extended(opened):
    await snapshot(opened.id, (OPENS + 9 * DAY).date())
    assert await at(OPENS + 10 * DAY) == [("wave.participation_low", None)]
    await waves.extend_wave(SYSTEM, opened.id, closes_at=CLOSES + 20 * DAY, reason="x")
    assert await at(CLOSES) == []


async def test_opening_and_closing_are_told_with_the_change(world):
    wave = await world.planned_wave()
    await waves.open_due(0, noon)
    await waves.open_due(0, noon)
    await waves.close_wave(SYSTEM, wave.id)
    await waves.close_due()
    assert [each for each, _ in await told()] == ["wave.opened", "wave.closed"]
    rows = await db.rows("SELECT payload ->> 'state' AS state FROM outbox ORDER BY number")
    assert [row["state"] for row in rows] == ["open", "closed"]


async def test_a_wave_that_cannot_open_is_not_told_to_have_opened(world):
    await world.planned_wave()
    await Programme.filter(id=world.programme.id).update(target_unit_id=unit_id(6))
    await waves.open_due(0, noon)
    assert await told() == []


async def test_many_waves_cost_as_many_statements_as_one(world, planned):
    counts: list[int] = []
    for moment in (OPENS - 7 * DAY, OPENS - 1 * DAY):
        with queries() as seen:
            await remind(lambda moment=moment: moment)
        counts.append(seen.count)
        await Programme.filter(id=world.programme.id).update(starts_on=(OPENS + 30 * DAY).date())
        await plan_ahead()
    assert counts[0] == counts[1]


@pytest.mark.committed
async def test_two_workers_tell_once(database):
    world: World = await build_world()
    await waves.plan_wave(SYSTEM, world.programme.id, opens_at=OPENS, closes_at=CLOSES)
    await asyncio.gather(*(remind(lambda: OPENS - 7 * DAY) for _ in range(4)))
    assert await told() == [("wave.opens_soon", 7)]


@pytest.mark.committed
async def test_others_hear_of_it(database, valkey):
    world: World = await build_world()
    await waves.plan_wave(SYSTEM, world.programme.id, opens_at=OPENS, closes_at=CLOSES)
    await remind(lambda: OPENS - 7 * DAY)
    async with Redis.from_url(valkey) as redis:
        assert database.publishes
        assert await events.relay_once(redis, "survey") == 1
        ((_, fields),) = await redis.xrange(events.stream_of("survey"))
    assert fields[b"type"] == b"wave.opens_soon"
