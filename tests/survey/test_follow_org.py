"""What org tells about its units arrives here: in order, also after this service was down, and again from zero."""

from datetime import date

import orjson
import pytest
from redis.asyncio import Redis
from survey_world import (
    MILL,
    MINE,
    NORTH,
    PATHS,
    ROOT,
    SOUTH,
    apply,
    created,
    event,
    headcount,
    union_events,
    unit_id,
    vocabulary,
)

from kit import db, events


async def paths() -> dict[str, str]:
    return {row["name_vi"]: row["path"] for row in await db.rows("SELECT name_vi, path FROM unit")}


def moved(number: int, new_parent: int, day: str) -> events.Event:
    return event(
        "unit.moved",
        {
            "id": str(unit_id(number)),
            "parent_id": str(unit_id(new_parent)),
            "old_path": PATHS[number],
            "new_path": PATHS[new_parent] + PATHS[number][-5:],
            "valid_from": day,
            "tree_version": 50,
        },
    )


async def scopes(number: int) -> list[tuple[str, date, date | None]]:
    found = await db.rows(
        "SELECT path, lower(valid) AS since, upper(valid) AS until FROM unit_scope WHERE unit_id = $1 ORDER BY valid",
        unit_id(number),
    )
    return [(row["path"], row["since"], row["until"]) for row in found]


async def test_a_created_unit_is_known_with_its_place():
    await apply(union_events())
    row = await db.row("SELECT * FROM unit WHERE id = $1", unit_id(MINE))
    assert (row["name_vi"], row["name_en"]) == ("Công đoàn Mine", "Mine Union")
    assert (row["path"], row["parent_id"]) == (PATHS[MINE], unit_id(NORTH))
    assert await scopes(MINE) == [(PATHS[MINE], date(2020, 1, 1), None)]


async def test_a_renamed_unit_keeps_its_place():
    await apply(union_events())
    names = {"name_vi": "Công đoàn Than", "name_en": "Coal Union", "short_name": "Than"}
    await apply(
        [event("unit.renamed", {"id": str(unit_id(MINE)), **names, "valid_from": "2026-05-01", "tree_version": 9})]
    )
    row = await db.row("SELECT name_vi, name_en, short_name, path, tree_version FROM unit WHERE id = $1", unit_id(MINE))
    assert tuple(row.values()) == ("Công đoàn Than", "Coal Union", "Than", PATHS[MINE], 9)


async def test_a_move_takes_the_subtree_and_dates_the_old_paths():
    await apply(union_events())
    await apply([moved(NORTH, SOUTH, "2026-07-01")])
    new_north = PATHS[SOUTH] + PATHS[NORTH][-5:]
    new_mine = new_north + PATHS[MINE][-5:]
    assert (await paths())["Công đoàn Mine"] == new_mine
    assert (await paths())["Công đoàn Mill"] == PATHS[MILL]
    assert await scopes(MINE) == [
        (PATHS[MINE], date(2020, 1, 1), date(2026, 7, 1)),
        (new_mine, date(2026, 7, 1), None),
    ]
    assert await scopes(ROOT) == [(PATHS[ROOT], date(2020, 1, 1), None)]


async def test_a_move_on_the_first_day_leaves_no_empty_range():
    await apply(union_events())
    await apply([moved(MINE, SOUTH, "2020-01-01")])
    assert await scopes(MINE) == [(PATHS[SOUTH] + PATHS[MINE][-5:], date(2020, 1, 1), None)]


async def test_a_headcount_of_a_day_replaces_the_one_before():
    await apply(union_events())
    await apply([headcount(MINE, [("under_25", "female", 7)])])
    found = await db.rows("SELECT age_band, gender, workers FROM headcount_cell WHERE unit_id = $1", unit_id(MINE))
    assert [tuple(row.values()) for row in found] == [("under_25", "female", 7)]


async def test_a_vocabulary_is_replaced_as_a_whole():
    await apply([vocabulary("gender", "female", "male"), vocabulary("gender", "other")])
    assert [row["code"] for row in await db.rows("SELECT code FROM term WHERE vocabulary = 'gender'")] == ["other"]


async def tell(redis: Redis, told: list[events.Event], first_number: int = 1) -> None:
    """Put events on org's stream, as its relay does."""
    for number, each in enumerate(told, first_number):
        fields = {"type": each.type, "payload": orjson.dumps(each.payload), "at": each.at.isoformat()}
        await redis.xadd(events.stream_of("org"), fields, id=f"{number}-0")


@pytest.mark.committed
async def test_events_told_while_this_service_was_down_are_applied_in_order(database, valkey):
    handlers = database.consumes["org"]
    async with Redis.from_url(valkey) as redis:
        await tell(redis, union_events())
        assert await events.consume_once(redis, "org", handlers) == 14
        late = created(8, PATHS[NORTH], "Late", "grassroots")
        await tell(redis, [late, moved(NORTH, SOUTH, "2026-07-01")], first_number=15)
        assert await events.consume_once(redis, "org", handlers) == 2
        assert await events.consume_once(redis, "org", handlers) == 0
    assert (await paths())["Công đoàn Late"] == PATHS[SOUTH] + PATHS[NORTH][-5:] + "00008"


@pytest.mark.committed
async def test_replay_from_zero_rebuilds_the_same_read_model(database, valkey):
    handlers = database.consumes["org"]
    async with Redis.from_url(valkey) as redis:
        await tell(redis, [*union_events(), moved(MINE, SOUTH, "2026-07-01")])
        await events.consume_once(redis, "org", handlers)
        before = [await db.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in ("unit", "unit_scope", "term")]
        await events.replay("org", handlers)
        assert await db.value("SELECT count(*) FROM unit") == 0
        assert await events.consume_once(redis, "org", handlers) == 15
        after = [await db.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in ("unit", "unit_scope", "term")]
    assert after == before
    assert len(before[0]) == 7
