"""What org tells about its units arrives here: in order, also after this service was down, and again from zero."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from survey_world import (
    MERGED,
    MILL,
    MINE,
    NORTH,
    PATHS,
    ROOT,
    SMALL,
    SOUTH,
    TINY,
    apply,
    created,
    event,
    headcount,
    merged,
    moved,
    rewritten,
    state,
    tell,
    union_events,
    unit_id,
    vocabulary,
)

from kit import db, events
from kit.calendar import today
from kit.paths import label
from survey.units import service as units


async def paths() -> dict[str, str]:
    return {row["name_vi"]: row["path"] for row in await db.rows("SELECT name_vi, path FROM unit")}


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


async def test_rewritten_units_replace_what_was_known():
    await apply(union_events())
    elsewhere = PATHS[SOUTH] + PATHS[MINE][-5:]
    former = (PATHS[MINE], "2021-01-01", "2024-02-01")
    await apply([rewritten(state(MINE, elsewhere, former, (elsewhere, "2024-02-01", None), parent=SOUTH))])
    row = await db.row("SELECT * FROM unit WHERE id = $1", unit_id(MINE))
    assert dict(row) == {
        "id": unit_id(MINE),
        "number": MINE,
        "path": elsewhere,
        "parent_id": unit_id(SOUTH),
        "name_vi": "Đơn vị 4",
        "name_en": "Unit 4",
        "short_name": "Đ4",
        "code": "v4",
        "level": "upper_direct",
        "kind": "federation",
        "region": "southeast",
        "tree_version": 60,
    }
    assert await scopes(MINE) == [
        (PATHS[MINE], date(2021, 1, 1), date(2024, 2, 1)),
        (elsewhere, date(2024, 2, 1), None),
    ]
    assert await db.value("SELECT count(*) FROM headcount_cell WHERE unit_id = $1", unit_id(MINE)) == 2
    assert await units.tree_version() == 60


async def test_units_told_together_may_exchange_their_places():
    await apply(union_events())
    here, there = PATHS[MINE], PATHS[MILL]
    await apply(
        [
            rewritten(
                state(MINE, there, (here, "2020-01-01", "2026-01-01"), (there, "2026-01-01", None), parent=SOUTH),
                state(MILL, here, (there, "2020-01-01", "2026-01-01"), (here, "2026-01-01", None), parent=NORTH),
            )
        ]
    )
    assert (await paths())["Đơn vị 4"] == there
    assert (await paths())["Đơn vị 7"] == here


async def test_a_unit_that_was_planned_is_known_once_it_is_told():
    await apply(union_events())
    path = PATHS[NORTH] + label(8)
    await apply([rewritten(state(8, path, (path, "2026-07-01", None), parent=NORTH))])
    assert (await paths())["Đơn vị 8"] == path
    assert await scopes(8) == [(path, date(2026, 7, 1), None)]


async def test_a_closed_unit_keeps_its_row_below_its_heir_and_no_day_after_its_last():
    await apply(union_events())
    await apply([merged("2026-03-01")])
    row = await db.row("SELECT path, parent_id FROM unit WHERE id = $1", unit_id(MINE))
    assert tuple(row.values()) == (MERGED, unit_id(NORTH))
    assert await scopes(MINE) == [(PATHS[MINE], date(2020, 1, 1), date(2026, 3, 1))]


async def test_to_whom_the_people_of_a_unit_went_is_known_until_it_is_told_otherwise():
    await apply(union_events())
    path, days = PATHS[SMALL] + PATHS[MINE][-5:], (PATHS[MINE], "2020-01-01", "2026-06-01")
    closed = state(MINE, path, days, parent=NORTH, closed_on="2026-06-01")
    went = [
        {"unit_id": str(unit_id(SMALL)), "share": 0.6, "since": "2026-06-01"},
        {"unit_id": str(unit_id(TINY)), "share": 0.4, "since": "2026-06-01"},
    ]
    for _ in range(2):
        await apply([rewritten({**closed, "successors": went})])
        rows = await db.rows("SELECT successor_id, share::float AS share, since FROM unit_succession ORDER BY share")
        assert [tuple(row) for row in rows] == [
            (unit_id(TINY), 0.4, date(2026, 6, 1)),
            (unit_id(SMALL), 0.6, date(2026, 6, 1)),
        ]
    await apply([rewritten(state(MINE, PATHS[MINE], (PATHS[MINE], "2020-01-01", None), parent=NORTH))])
    assert await db.value("SELECT count(*) FROM unit_succession") == 0


async def test_a_closed_unit_may_be_told_of_before_the_unit_it_stood_under():
    await apply(union_events())
    path = PATHS[MILL] + label(9)
    was = PATHS[NORTH] + label(8) + label(9)
    await apply([rewritten(state(9, path, (was, "2010-01-01", "2019-01-01"), parent=8, closed_on="2019-01-01"))])
    assert await scopes(9) == [(was, date(2010, 1, 1), date(2019, 1, 1))]


async def test_a_move_of_its_heir_takes_a_closed_unit_along_but_does_not_revive_it():
    await apply(union_events())
    await apply([merged("2026-03-01"), moved(SOUTH, NORTH, "2026-07-01")])
    assert (await paths())["Đơn vị 4"] == PATHS[NORTH] + PATHS[SOUTH][-5:] + MERGED[-10:]
    assert await scopes(MINE) == [(PATHS[MINE], date(2020, 1, 1), date(2026, 3, 1))]


async def test_a_move_back_on_the_same_day_leaves_one_row():
    await apply(union_events())
    await apply([moved(MINE, SOUTH, "2026-07-01")])
    back = moved(MINE, NORTH, "2026-07-01")
    back.payload["old_path"] = PATHS[SOUTH] + PATHS[MINE][-5:]
    await apply([back])
    assert await scopes(MINE) == [(PATHS[MINE], date(2020, 1, 1), None)]


FIRST = date(2026, 1, 1)
LABELS = [label(number) for number in (1, 2, 3)]
some_paths = st.lists(st.sampled_from(LABELS), min_size=1, max_size=4).map("".join)
# Each unit's paths on ten days, None where it does not exist; the last holds for ever.
days_of_units = st.lists(st.lists(st.one_of(st.none(), some_paths), min_size=10, max_size=10), min_size=1, max_size=4)


async def paths_on(number: int, day: date) -> list[str]:
    found = await db.rows("SELECT path FROM unit_scope WHERE unit_id = $1 AND valid @> $2::date", unit_id(number), day)
    return [row["path"] for row in found]


@given(days_of_units, some_paths, some_paths, st.integers(0, 9))
async def test_a_move_changes_the_prefix_on_its_day_and_after_and_nothing_else(lives, old, new, day):
    await units.forget(event(events.RESET, {}))
    begins = [FIRST + timedelta(days=index) for index in range(10)]
    ends = [*(each.isoformat() for each in begins[1:]), None]
    for number, life in enumerate(lives, 1):
        rows = [
            (path, begin.isoformat(), end) for path, begin, end in zip(life, begins, ends, strict=True) if path
        ] or [(LABELS[0], "2025-01-01", "2025-01-02")]
        await apply([rewritten(state(number, label(100 + number), *rows, parent=1))])
    move = {"id": str(unit_id(1)), "parent_id": str(unit_id(2)), "old_path": old, "new_path": new}
    await apply([event("unit.moved", {**move, "valid_from": begins[day].isoformat(), "tree_version": 61})])
    for number, life in enumerate(lives, 1):
        for index, path in enumerate(life):
            expected = new + path[len(old) :] if path and index >= day and path.startswith(old) else path
            assert await paths_on(number, begins[index]) == ([expected] if expected else [])


async def asked_people(wave_id) -> int:
    return await db.value("SELECT sum(people)::int FROM response_group WHERE wave_id = $1", wave_id)


async def test_a_wave_asks_nobody_in_a_unit_that_closes_on_its_day(world):
    await apply([merged(today().isoformat())])
    wave = await world.open_wave()
    assert await asked_people(wave.id) == 255
    assert wave.tree_version == 60


async def test_a_closed_unit_still_tells_its_waves(world, ask):
    wave = await world.open_wave()
    await apply([merged(today().isoformat())])
    document = """query ($of: [_Any!]!) { _entities(representations: $of) {
      ... on Unit { surveyWaves { nodes { id state } } } } }"""
    (unit,) = (await ask(document, of=[{"__typename": "Unit", "id": str(unit_id(MINE))}])).field
    assert unit == {"surveyWaves": {"nodes": [{"id": str(wave.id), "state": "open"}]}}


async def test_a_headcount_may_come_with_detail_that_is_not_needed_here():
    await apply(union_events())
    told = headcount(MINE, [("under_25", "female", 7)])
    told.payload["detail"] = [{"dimension": "education", "code": "college", "members": 3, "workers": 3}]
    await apply([told])
    found = await db.rows("SELECT age_band, gender, workers FROM headcount_cell WHERE unit_id = $1", unit_id(MINE))
    assert [tuple(row.values()) for row in found] == [("under_25", "female", 7)]


async def test_a_headcount_may_come_before_its_unit():
    await apply([headcount(ROOT, [("under_25", "female", 7)]), *union_events()])
    assert await db.value("SELECT workers FROM headcount_cell WHERE unit_id = $1", unit_id(ROOT)) == 7


async def test_a_headcount_of_a_day_replaces_the_one_before():
    await apply(union_events())
    await apply([headcount(MINE, [("under_25", "female", 7)])])
    found = await db.rows("SELECT age_band, gender, workers FROM headcount_cell WHERE unit_id = $1", unit_id(MINE))
    assert [tuple(row.values()) for row in found] == [("under_25", "female", 7)]


async def test_a_vocabulary_is_replaced_as_a_whole():
    await apply([vocabulary("gender", "female", "male"), vocabulary("gender", "other")])
    assert [row["code"] for row in await db.rows("SELECT code FROM term WHERE vocabulary = 'gender'")] == ["other"]


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
        await tell(redis, [*union_events(), merged("2025-03-01"), moved(SOUTH, NORTH, "2025-07-01")])
        await events.consume_once(redis, "org", handlers)
        before = await everything_learnt()
        await events.replay("org", handlers)
        assert await db.value("SELECT count(*) FROM unit") == 0
        assert await events.consume_once(redis, "org", handlers) == 16
        assert await everything_learnt() == before
    assert [len(rows) for rows in before] == [7, 9, 7, 9]


async def everything_learnt() -> list[list[db.Record]]:
    tables = ("unit", "unit_scope", "headcount_cell", "term")
    return [await db.rows(f"SELECT * FROM {table} AS learnt ORDER BY learnt") for table in tables]
