"""The clock opens a wave on the tree of its day: not before org has told of that day, and what is in the way is seen."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta

import pytest
from redis.asyncio import Redis
from survey_world import (
    MILL,
    MINE,
    NORTH,
    PATHS,
    ROOT,
    TINY,
    World,
    apply,
    build_world,
    event,
    headcount,
    merged,
    noon,
    state,
    tell,
    unit_id,
    vocabulary,
)

from kit import db, events, settings
from kit.calendar import VIETNAM, today
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as
from survey.programmes.jobs import turn_waves
from survey.programmes.models import Programme, Wave
from survey.programmes.service import waves
from survey.units import news

WAVE = "query ($id: ID!) { surveyWave(id: $id) { state openingProblem { code message } } }"
EDITOR = caller_as("editor", PATHS[ROOT])
TOMORROW = today() + timedelta(days=1)


def at(hour: int, minute: int, second: int = 0, day: date = TOMORROW) -> datetime:
    return datetime.combine(day, time(hour, minute, second), VIETNAM)


async def wave_of_tomorrow(world: World) -> Wave:
    """A wave that is to open at 00:00."""
    return await waves.plan_wave(SYSTEM, world.programme.id, opens_at=at(0, 0), closes_at=at(0, 0) + timedelta(days=30))


async def problem_of(wave: Wave) -> tuple[str, str | None]:
    row = await db.row("SELECT state, problem_code FROM wave WHERE id = $1", wave.id)
    return row["state"], row["problem_code"]


@pytest.mark.parametrize("moment", [at(0, 0), at(0, 0, 30), at(0, 4, 59)])
async def test_no_wave_opens_in_the_first_five_minutes_of_a_day(world, moment):
    wave = await wave_of_tomorrow(world)
    await waves.open_due(0, lambda: moment)
    assert await problem_of(wave) == ("planned", None)


async def test_a_wave_of_midnight_opens_at_five_past_on_the_tree_of_its_day(world):
    wave = await wave_of_tomorrow(world)
    # The mine closes that night; org tells of it a moment after midnight.
    await apply([merged(TOMORROW.isoformat())])
    await waves.open_due(0, lambda: at(0, 5))
    opened = await Wave.get(id=wave.id)
    assert (opened.state, opened.opens_at, opened.frozen_at) == ("open", at(0, 0), at(0, 5))
    assert await db.value("SELECT sum(people)::int FROM response_group WHERE wave_id = $1", wave.id) == 255


async def test_midnight_may_come_while_waves_are_being_opened(world):
    other = await Programme.create(
        id=unit_id(77),
        code="mine",
        title_vi="Mỏ",
        title_en="Mine",
        owner_unit_id=unit_id(ROOT),
        target_unit_id=unit_id(MINE),
        questionnaire_id=world.questionnaire_id,
        starts_on=date(2026, 1, 1),
    )
    for programme in (world.programme, other):
        await waves.plan_wave(SYSTEM, programme.id, opens_at=datetime.now(UTC), closes_at=at(0, 0) + timedelta(9))
    late, past = at(23, 59, 59), at(0, 0, 1, TOMORROW + timedelta(days=1))
    clock = iter([late, late, past])
    await waves.open_due(0, lambda: next(clock))
    assert sorted([wave.state for wave in await Wave.all()]) == ["open", "planned"]
    assert (await Wave.get(state="open")).frozen_at == late


async def test_what_is_in_the_way_is_noted_once_and_seen_by_staff_alone(ask, world, caplog):
    wave = await world.planned_wave()
    await Programme.filter(id=world.programme.id).update(target_unit_id=unit_id(MINE))
    await apply([merged(today().isoformat())])
    for _ in range(3):
        await waves.open_due(0, noon)
    assert [record.getMessage() for record in caplog.records] == [
        f"wave {wave.id} stays planned: The unit whose people are to be asked has closed."
    ]
    shown = (await ask(WAVE, EDITOR, id=str(wave.id))).field
    assert shown == {
        "state": "planned",
        "openingProblem": {
            "code": "SURVEY_TARGET_CLOSED",
            "message": "Đơn vị được khảo sát đã kết thúc hoạt động.",
        },
    }
    in_english = (await ask(WAVE, EDITOR, language="en", id=str(wave.id))).field["openingProblem"]["message"]
    assert in_english == "The unit whose people are to be asked has closed."
    for stranger in (ANONYMOUS, caller_as("worker", PATHS[ROOT]), caller_as("editor", PATHS[NORTH])):
        assert (await ask(WAVE, stranger, id=str(wave.id))).field is None


async def test_once_nothing_is_in_the_way_the_wave_opens_and_the_note_is_gone(ask, world):
    wave = await world.planned_wave()
    await Programme.filter(id=world.programme.id).update(target_unit_id=unit_id(MINE))
    await apply([merged(today().isoformat())])
    await waves.open_due(0, noon)
    assert await problem_of(wave) == ("planned", "SURVEY_TARGET_CLOSED")
    undone = {"units": [state(MINE, PATHS[MINE], (PATHS[MINE], "2020-01-01", None), parent=NORTH)], "tree_version": 61}
    await apply([event("units.rewritten", undone)])
    await waves.open_due(0, noon)
    assert await problem_of(wave) == ("open", None)
    shown = (await ask(WAVE, id=str(wave.id))).field
    assert shown == {"state": "open", "openingProblem": None}


async def test_another_problem_takes_the_place_of_the_one_before(world, caplog):
    wave = await world.planned_wave()
    await Programme.filter(id=world.programme.id).update(target_unit_id=unit_id(TINY))
    await waves.open_due(0, noon)
    assert await problem_of(wave) == ("planned", "SURVEY_TARGET_TOO_SMALL")
    await apply([headcount(TINY, [("65_plus", "male", 90)], day="2026-01-02")])
    await waves.open_due(0, noon)
    await waves.open_due(0, noon)
    assert await problem_of(wave) == ("planned", "UNKNOWN_CODE")
    assert "65_plus" in await db.value("SELECT problem_vi FROM wave WHERE id = $1", wave.id)
    assert len(caplog.records) == 2
    await apply([vocabulary("age_band", "65_plus")])
    await waves.open_due(0, noon)
    assert await problem_of(wave) == ("open", None)


async def test_a_wave_that_an_editor_opens_has_no_note_left(world):
    wave = await world.planned_wave()
    await Programme.filter(id=world.programme.id).update(target_unit_id=unit_id(TINY))
    await waves.open_due(0, noon)
    await Programme.filter(id=world.programme.id).update(target_unit_id=unit_id(MINE))
    await waves.open_wave(EDITOR, wave.id)
    assert await problem_of(wave) == ("open", None)


def of_two_events() -> tuple[events.Event, events.Event]:
    """One change of the tree that takes two events: the mine closes, and the mill is called otherwise."""
    closes = merged(today().isoformat())
    mill = state(MILL, PATHS[MILL], (PATHS[MILL], "2020-01-01", None), parent=NORTH)
    return closes, event("units.rewritten", {"units": [mill], "tree_version": 60})


def told_ago(told: events.Event, ago: timedelta) -> events.Event:
    return events.Event(told.number, told.type, datetime.now(UTC) - ago, told.payload)


@pytest.mark.committed
async def test_waves_wait_until_all_that_org_told_is_applied(database, valkey):
    handlers = database.consumes["org"]
    wave = await (await build_world()).planned_wave()
    first, second = (told_ago(each, timedelta(hours=9)) for each in of_two_events())
    async with Redis.from_url(valkey) as redis:
        await tell(redis, [first])
        await events.consume_once(redis, "org", handlers)
        assert await news.settled_position(redis) == 1
        # This service was down when org told the rest.
        await tell(redis, [second], first_number=2)
        assert await news.settled_position(redis) is None
        await waves.open_due(await news.settled_position(redis), noon)
        assert await problem_of(wave) == ("planned", "SURVEY_TREE_UNSETTLED")
        await events.consume_once(redis, "org", handlers)
        await waves.open_due(await news.settled_position(redis), noon)
    assert await problem_of(wave) == ("open", None)


@pytest.mark.committed
async def test_after_news_of_many_units_the_rest_of_them_is_waited_for(database, valkey):
    handlers = database.consumes["org"]
    await build_world()
    young, old = timedelta(seconds=50), timedelta(seconds=61)
    changed, _ = of_two_events()
    settled: list[int | None] = []
    async with Redis.from_url(valkey) as redis:
        for number, told in enumerate(
            [
                told_ago(changed, young),
                told_ago(changed, old),
                told_ago(changed, young),
                # Comes alone, so that nothing of the change before it is still to come.
                told_ago(headcount(MILL, [("under_25", "male", 7)]), young),
            ],
            1,
        ):
            await tell(redis, [told], first_number=number)
            await events.consume_once(redis, "org", handlers)
            settled.append(await news.settled_position(redis))
    assert settled == [None, 2, None, 4]


@pytest.mark.committed
async def test_a_stream_that_was_lost_is_waited_for(database, valkey):
    async with Redis.from_url(valkey) as redis:
        assert await news.settled_position(redis) == 0
        await tell(redis, [told_ago(each, timedelta(hours=1)) for each in of_two_events()])
        await events.consume_once(redis, "org", database.consumes["org"])
        assert await news.settled_position(redis) == 2
        await redis.flushdb()
        assert await news.settled_position(redis) is None


@pytest.mark.committed
async def test_news_that_came_after_looking_are_noticed(database, valkey):
    wave = await (await build_world()).planned_wave()
    async with Redis.from_url(valkey) as redis:
        position = await news.settled_position(redis)
        await tell(redis, [*of_two_events()])
        await events.consume_once(redis, "org", database.consumes["org"])
    await waves.open_due(position, noon)
    assert await problem_of(wave) == ("planned", "SURVEY_TREE_UNSETTLED")
    assert await db.value("SELECT count(*) FROM response_group") == 0


@pytest.mark.committed
async def test_news_wait_while_a_wave_is_being_opened(database, valkey):
    wave = await (await build_world()).planned_wave()
    begun = asyncio.Event()
    first, second = of_two_events()

    async with Redis.from_url(valkey) as redis:
        await tell(redis, [told_ago(first, timedelta(hours=1))])
        await events.consume_once(redis, "org", database.consumes["org"])

        # A task of its own from before the transaction, so that it has a connection of its own.
        async def consume() -> int:
            await begun.wait()
            await tell(redis, [second], first_number=2)
            return await events.consume_once(redis, "org", database.consumes["org"])

        consuming = asyncio.create_task(consume())
        position = await news.settled_position(redis)
        async with db.transaction():
            await waves.open_due(position, noon)
            begun.set()
            await somebody_waits()
            assert await db.value("SELECT name_vi FROM unit WHERE id = $1", unit_id(MILL)) == "Công đoàn Mill"
        assert await consuming == 1
    assert await problem_of(wave) == ("open", None)
    assert await db.value("SELECT name_vi FROM unit WHERE id = $1", unit_id(MILL)) == "Đơn vị 7"


async def somebody_waits() -> None:
    """Return once another connection waits for what this transaction has locked."""
    waited_for = (
        "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
    )
    async with asyncio.timeout(10):
        while not await db.value(waited_for):
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("own_valkey")
async def test_the_job_looks_at_orgs_stream_and_turns_waves(world, valkey):
    wave = await world.planned_wave()
    await turn_waves()
    # Whether it may open one depends on the time of the day at which the tests run.
    may = datetime.now(VIETNAM).time() >= waves.EARLIEST
    assert await problem_of(wave) == ("open" if may else "planned", None)
    past = datetime.now(UTC) - timedelta(seconds=1)
    await db.execute("UPDATE wave SET opens_at = $1, closes_at = $2", past - timedelta(days=1), past)
    await turn_waves()
    assert (await problem_of(wave))[0] == ("closed" if may else "planned")


OPEN = "mutation ($id: ID!) { openSurveyWave(id: $id) { __typename ... on Problem { code message } } }"


@pytest.mark.parametrize("moment", [at(0, 0), at(0, 4, 59)])
@pytest.mark.usefixtures("own_valkey")
async def test_an_editor_waits_for_five_past_midnight_too(world, moment):
    wave = await world.planned_wave()
    with pytest.raises(news.SurveyTreeUnsettled):
        await waves.open_by_hand(EDITOR, wave.id, lambda: moment)
    assert await problem_of(wave) == ("planned", None)
    await waves.open_by_hand(EDITOR, wave.id, lambda: at(0, 5))
    assert await problem_of(wave) == ("open", None)


@pytest.mark.committed
@pytest.mark.usefixtures("own_valkey")
async def test_an_editor_waits_for_news_that_are_on_their_way(ask, database, valkey):
    wave = await (await build_world()).planned_wave()
    async with Redis.from_url(valkey) as redis:
        await tell(redis, [told_ago(merged(today().isoformat()), timedelta(hours=9))])
        reply = await ask(OPEN, EDITOR, id=str(wave.id))
        assert (reply.code, await problem_of(wave)) == ("SURVEY_TREE_UNSETTLED", ("planned", None))
        assert reply.field["message"] == (
            "Thay đổi về cây tổ chức đang được cập nhật; đợt khảo sát chỉ mở được khi cập nhật xong."
        )
        await events.consume_once(redis, "org", database.consumes["org"])
    await waves.open_by_hand(EDITOR, wave.id, noon)
    assert await db.value("SELECT sum(people)::int FROM response_group WHERE wave_id = $1", wave.id) == 255


async def test_without_orgs_stream_nobody_knows_and_nothing_opens(ask, world, monkeypatch):
    monkeypatch.setenv("LOA_REDIS_URL", "redis://127.0.0.1:1/0")
    settings.current.cache_clear()
    try:
        wave = await world.planned_wave()
        assert (await ask(OPEN, EDITOR, id=str(wave.id))).code == "SURVEY_TREE_UNSETTLED"
        assert await problem_of(wave) == ("planned", None)
    finally:
        monkeypatch.undo()
        settings.current.cache_clear()
