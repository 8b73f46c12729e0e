"""How many took part: counted once a day after the day has ended, to the nearest 5 in each group, never live."""

from datetime import date, datetime, time, timedelta

import pytest
from survey_world import MILL, MINE, NORTH, PATHS, ROOT, SMALL, SOUTH, unit_id

from kit import db
from kit.calendar import VIETNAM, today
from kit.graphql import encode_cursor
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as, queries
from survey.programmes.models import Programme, Wave
from survey.programmes.service import participation, waves

EDITOR = caller_as("editor", PATHS[ROOT])
FIRST = today() - timedelta(days=4)
OF_UNITS = """
query ($of: [_Any!]!) { _entities(representations: $of) { ... on Unit {
  surveyWaves { nodes { participation { expected answered rate day } } } } } }
"""
BY_DAY = """
query ($id: ID!, $unit: ID, $first: Int! = 20, $after: String) { surveyWave(id: $id) {
  participationByDay(unit: $unit, first: $first, after: $after) {
    nodes { day expected answered rate } pageInfo { hasNextPage endCursor } } } }
"""
BY_GROUP = """
query ($id: ID!, $first: Int! = 20, $after: String) { surveyWave(id: $id) {
  participationByGroup(first: $first, after: $after) {
    nodes { nameEn expected answered rate day } pageInfo { hasNextPage endCursor } } } }
"""


@pytest.fixture
async def wave(world) -> Wave:
    """A wave that has been open for four days, before today."""
    opened = await world.open_wave()
    return await begun(opened, FIRST)


async def begun(opened: Wave, day: date) -> Wave:
    moment = datetime.combine(day, time(0, 5), VIETNAM)
    await Wave.filter(id=opened.id).update(opens_at=moment, frozen_at=moment)
    return await Wave.get(id=opened.id)


async def answers(wave: Wave, group_name: str | None, count: int) -> None:
    """Mixed answers of a group."""
    await db.execute(
        "INSERT INTO answer (wave_id, response_group_id, questionnaire_version_id, values)"
        " SELECT $1, (SELECT id FROM response_group WHERE wave_id = $1 AND name_en = $2), $3, '{}'"
        " FROM generate_series(1, $4)",
        wave.id,
        group_name,
        wave.questionnaire_version_id,
        count,
    )


def units(*numbers: int) -> list[dict[str, str]]:
    return [{"__typename": "Unit", "id": str(unit_id(number))} for number in numbers]


async def counted(wave: Wave) -> dict[int, int]:
    """Days since the first, with what was counted of them."""
    rows = await db.rows(
        "SELECT day, sum(answered)::int AS answered FROM participation_snapshot WHERE wave_id = $1 GROUP BY day",
        wave.id,
    )
    return {(row["day"] - FIRST).days: row["answered"] for row in rows}


async def night_after(day: int) -> None:
    """What the job does in the night that follows a day."""
    await participation.take_snapshots(FIRST + timedelta(days=day + 1))


async def test_participation_is_counted_to_five_in_each_group_and_never_live(ask, wave):
    await answers(wave, "Mine Union", 33)
    await answers(wave, "Mill Union", 12)
    await answers(wave, None, 8)
    (before,) = (await ask(OF_UNITS, EDITOR, of=units(MINE))).field
    assert before["surveyWaves"]["nodes"][0]["participation"] == {
        "expected": 120,
        "answered": None,
        "rate": None,
        "day": None,
    }
    await participation.take_snapshots()
    await answers(wave, "Mine Union", 30)
    await participation.take_snapshots()
    found = (await ask(OF_UNITS, EDITOR, of=units(ROOT, NORTH, SOUTH, MINE))).field
    day = (today() - timedelta(days=1)).isoformat()
    assert [unit["surveyWaves"]["nodes"][0]["participation"] for unit in found] == [
        {"expected": 375, "answered": 55, "rate": 55 / 375, "day": day},
        {"expected": 175, "answered": 35, "rate": 0.2, "day": day},
        {"expected": 200, "answered": 10, "rate": 0.05, "day": day},
        {"expected": 120, "answered": 35, "rate": 35 / 120, "day": day},
    ]


async def test_a_wave_that_opened_today_has_no_number_yet(world):
    opened = await world.open_wave()
    await answers(opened, "Mine Union", 40)
    await participation.take_snapshots()
    assert await db.value("SELECT count(*) FROM participation_snapshot") == 0


async def test_a_day_is_counted_once(wave):
    await answers(wave, "Mine Union", 3)
    await night_after(0)
    await answers(wave, "Mine Union", 30)
    await night_after(0)
    await night_after(1)
    assert await counted(wave) == {0: 5, 1: 35}


async def test_a_night_on_which_nothing_ran_is_missing_and_is_not_made_up(wave):
    await night_after(0)
    await answers(wave, "Mine Union", 20)
    await night_after(2)
    assert await counted(wave) == {0: 0, 2: 20}


async def test_the_last_day_of_a_wave_is_counted_once_and_nothing_after_it(wave):
    await answers(wave, "Mine Union", 20)
    closing = datetime.combine(FIRST + timedelta(days=2), time(), VIETNAM)
    await Wave.filter(id=wave.id).update(state="closed", closes_at=closing)
    # Closed at midnight: its last day is the one before. The service was down for a week.
    await night_after(7)
    await night_after(8)
    assert await counted(wave) == {1: 20}


async def test_a_wave_closed_in_the_day_is_counted_after_that_day(wave):
    await night_after(0)
    await answers(wave, "Mine Union", 20)
    closing = datetime.combine(FIRST + timedelta(days=1), time(15), VIETNAM)
    await Wave.filter(id=wave.id).update(state="closed", closes_at=closing)
    await night_after(0)
    assert await counted(wave) == {0: 0}
    await night_after(1)
    assert await counted(wave) == {0: 0, 1: 20}


async def series(ask, wave: Wave, number: int | None = None, caller=EDITOR, **paging):
    unit = str(unit_id(number)) if number else None
    return (await ask(BY_DAY, caller, id=str(wave.id), unit=unit, **paging)).field["participationByDay"]


async def test_day_by_day_what_is_missing_differs_from_zero(ask, wave):
    await night_after(0)
    await answers(wave, "Mine Union", 21)
    await answers(wave, "Mill Union", 11)
    await night_after(2)
    shown = await series(ask, wave)
    assert [(node["day"], node["answered"]) for node in shown["nodes"]] == [
        (FIRST.isoformat(), 0),
        ((FIRST + timedelta(days=1)).isoformat(), None),
        ((FIRST + timedelta(days=2)).isoformat(), 30),
        ((FIRST + timedelta(days=3)).isoformat(), None),
    ]
    assert shown["pageInfo"]["hasNextPage"] is False
    of_the_mine = await series(ask, wave, MINE)
    assert of_the_mine["nodes"][2] == {
        "day": (FIRST + timedelta(days=2)).isoformat(),
        "expected": 120,
        "answered": 20,
        "rate": 20 / 120,
    }


async def test_days_come_in_pages_without_gap_or_repeat(ask, wave):
    await night_after(1)
    first = await series(ask, wave, first=3)
    rest = await series(ask, wave, first=3, after=first["pageInfo"]["endCursor"])
    assert [len(page["nodes"]) for page in (first, rest)] == [3, 1]
    assert [page["pageInfo"]["hasNextPage"] for page in (first, rest)] == [True, False]
    assert len({node["day"] for page in (first, rest) for node in page["nodes"]}) == 4


async def test_the_days_end_with_the_wave(ask, wave):
    closing = datetime.combine(FIRST + timedelta(days=2), time(), VIETNAM)
    await Wave.filter(id=wave.id).update(state="closed", closes_at=closing)
    assert len((await series(ask, wave))["nodes"]) == 2


async def test_a_wave_of_today_has_no_days_yet(ask, world):
    assert (await series(ask, await world.open_wave()))["nodes"] == []


async def test_a_planned_wave_has_no_participation(ask, world):
    planned = await world.planned_wave()
    assert await series(ask, planned) is None
    assert (await ask(BY_GROUP, EDITOR, id=str(planned.id))).field["participationByGroup"] is None


@pytest.mark.parametrize(
    ("caller", "unit", "sees"),
    [
        (ANONYMOUS, ROOT, False),
        (caller_as("worker", PATHS[ROOT]), ROOT, False),
        (caller_as("editor", PATHS[SOUTH]), MINE, False),
        (caller_as("contributor", PATHS[MINE]), MINE, True),
        (caller_as("contributor", PATHS[MINE]), NORTH, False),
        (caller_as("analyst", PATHS[NORTH]), MINE, True),
        (EDITOR, None, True),
        # Pooled with others: no part of its own.
        (EDITOR, SMALL, False),
    ],
)
async def test_days_are_for_the_units_own_staff(ask, wave, caller, unit, sees):
    assert (await series(ask, wave, unit, caller) is not None) is sees


@pytest.mark.parametrize(
    "after", ["x", encode_cursor(["soon"]), encode_cursor([1]), encode_cursor(["2026-01-01", "x"])]
)
async def test_a_cursor_of_another_list_is_refused(ask, wave, after):
    assert (await ask(BY_DAY, EDITOR, id=str(wave.id), after=after)).code == "INVALID_INPUT"


async def groups(ask, wave: Wave, caller=EDITOR, **paging):
    return (await ask(BY_GROUP, caller, id=str(wave.id), **paging)).field["participationByGroup"]


async def test_by_group_the_owners_staff_sees_where_nobody_answers(ask, wave):
    await answers(wave, "Mine Union", 33)
    await answers(wave, None, 8)
    before = await groups(ask, wave)
    assert [(node["nameEn"], node["answered"], node["day"]) for node in before["nodes"]] == [
        ("North Union (small units together)", None, None),
        ("Mine Union", None, None),
        ("Mill Union", None, None),
    ]
    await participation.take_snapshots()
    day = (today() - timedelta(days=1)).isoformat()
    assert (await groups(ask, wave))["nodes"] == [
        {"nameEn": None, "expected": None, "answered": 10, "rate": None, "day": day},
        {"nameEn": "North Union (small units together)", "expected": 55, "answered": 0, "rate": 0, "day": day},
        {"nameEn": "Mine Union", "expected": 120, "answered": 35, "rate": 35 / 120, "day": day},
        {"nameEn": "Mill Union", "expected": 200, "answered": 0, "rate": 0, "day": day},
    ]


async def test_groups_come_in_pages_without_gap_or_repeat(ask, wave):
    await answers(wave, None, 8)
    await participation.take_snapshots()
    names, after = [], None
    while True:
        page = await groups(ask, wave, first=1, after=after)
        names += [node["nameEn"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert names == [None, "North Union (small units together)", "Mine Union", "Mill Union"]


@pytest.mark.parametrize(
    "caller",
    [
        ANONYMOUS,
        caller_as("worker", PATHS[ROOT]),
        caller_as("contributor", PATHS[ROOT]),
        caller_as("editor", PATHS[NORTH]),
        caller_as("analyst", PATHS[MILL]),
    ],
)
async def test_groups_are_for_the_owners_staff(ask, wave, caller):
    assert await groups(ask, wave, caller) is None
    assert (await groups(ask, wave, caller_as("analyst", PATHS[ROOT])))["nodes"] != []


async def test_many_waves_cost_as_many_statements_as_one(ask, world, wave):
    await participation.take_snapshots()
    listed = """
    query ($first: Int!) { surveyProgrammes(first: $first) { nodes { waves { nodes {
      participationByDay { nodes { day answered } } participationByGroup { nodes { nameEn answered } } } } } } }
    """
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
    now = waves.now()
    planned = await waves.plan_wave(SYSTEM, other.id, opens_at=now, closes_at=now + timedelta(days=9))
    await begun(await waves.open_wave(SYSTEM, planned.id), FIRST)
    counts: list[int] = []
    for first in (1, 2):
        with queries() as seen:
            reply = await ask(listed, EDITOR, first=first)
        counts.append(seen.count)
        assert len(reply.field["nodes"]) == first
        assert all(len(each["waves"]["nodes"][0]["participationByDay"]["nodes"]) == 4 for each in reply.field["nodes"])
    assert counts == [5, 5]
