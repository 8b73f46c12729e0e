"""Who sees which programmes, waves, addresses and participation; and how many statements that costs."""

from datetime import date, timedelta
from importlib import import_module

import orjson
import pytest
from survey_world import (
    MILL,
    MINE,
    NORTH,
    PATHS,
    ROOT,
    SMALL,
    SOUTH,
    apply,
    created,
    event,
    merged,
    moved,
    rewritten,
    state,
    unit_id,
)

from kit import db
from kit.calendar import today
from kit.graphql import encode_cursor
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as, queries
from survey.programmes.service import authoring, waves

PROGRAMMES = """
query ($first: Int! = 20, $after: String) {
  surveyProgrammes(first: $first, after: $after) {
    nodes { id code titleVi owner { id } waves { nodes { id number state } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
WAVE = """
query ($id: ID!) {
  surveyWave(id: $id) {
    number state programme { code } questionnaireVersion { number }
    collectors { nodes { code kind url groupVi } }
  }
}
"""
UNITS = """
query ($representations: [_Any!]!, $first: Int! = 20, $after: String) {
  _entities(representations: $representations) {
    ... on Unit {
      id
      surveyWaves(first: $first, after: $after) {
        nodes { id number programme { code } participation { expected answered rate day } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""

EDITOR = caller_as("editor", PATHS[ROOT])


def units(*numbers: int) -> list[dict[str, str]]:
    return [{"__typename": "Unit", "id": str(unit_id(number))} for number in numbers]


async def test_what_is_only_planned_is_for_the_owners_staff(ask, world):
    planned = await world.planned_wave()
    for caller in (ANONYMOUS, caller_as("editor", PATHS[NORTH]), caller_as("worker", PATHS[ROOT])):
        assert (await ask(PROGRAMMES, caller)).field["nodes"] == []
        assert (await ask(WAVE, caller, id=str(planned.id))).field is None
        (unit,) = (await ask(UNITS, caller, representations=units(MINE))).field
        assert unit["surveyWaves"]["nodes"] == []
    for caller in (EDITOR, caller_as("analyst", PATHS[ROOT])):
        (programme,) = (await ask(PROGRAMMES, caller)).field["nodes"]
        assert [wave["state"] for wave in programme["waves"]["nodes"]] == ["planned"]
        assert (await ask(WAVE, caller, id=str(planned.id))).field["questionnaireVersion"] is None


async def test_what_was_ever_open_is_public(ask, world):
    wave = await world.open_wave()
    (programme,) = (await ask(PROGRAMMES)).field["nodes"]
    assert (programme["code"], programme["titleVi"]) == ("news", "Khảo sát tin tức")
    assert programme["owner"] == {"id": str(unit_id(ROOT))}
    shown = (await ask(WAVE, id=str(wave.id))).field
    assert (shown["state"], shown["programme"], shown["questionnaireVersion"]) == (
        "open",
        {"code": "news"},
        {"number": 1},
    )


async def test_addresses_of_groups_are_for_the_owners_staff(ask, world):
    wave = await world.open_wave()
    public = (await ask(WAVE, id=str(wave.id))).field["collectors"]["nodes"]
    assert [(each["kind"], each["groupVi"]) for each in public] == [("open_link", None)]
    assert public[0]["url"].endswith(f"/f/{public[0]['code']}")
    seen = (await ask(WAVE, EDITOR, id=str(wave.id))).field["collectors"]["nodes"]
    assert [each["groupVi"] for each in seen] == [
        None,
        "Công đoàn North (gộp các đơn vị nhỏ)",
        "Công đoàn Mine",
        "Công đoàn Mill",
    ]


async def test_a_unit_has_the_waves_above_it_its_own_and_those_below(ask, world):
    await world.open_wave()
    await second_programme(world, SOUTH)
    found = (await ask(UNITS, representations=units(ROOT, NORTH, MILL))).field
    assert [[wave["programme"]["code"] for wave in unit["surveyWaves"]["nodes"]] for unit in found] == [
        ["south", "news"],
        ["news"],
        ["south", "news"],
    ]


async def second_programme(world, target: int):
    return await waves.open_wave(SYSTEM, (await second_plan(world, target)).id)


async def second_plan(world, target: int):
    programme = await authoring.create_programme(
        SYSTEM,
        code="south",
        title_vi="Miền Nam",
        title_en="South",
        owner_unit_id=unit_id(ROOT),
        target_unit_id=unit_id(target),
        questionnaire_id=world.questionnaire_id,
        starts_on=date(2026, 1, 1),
    )
    now = waves.now()
    return await waves.plan_wave(SYSTEM, programme.id, opens_at=now, closes_at=now + timedelta(days=365))


async def test_pages_follow_each_other_without_gap_or_repeat(ask, world):
    await world.open_wave()
    await second_programme(world, SOUTH)
    first = (await ask(UNITS, representations=units(MILL), first=1)).field[0]["surveyWaves"]
    assert first["pageInfo"]["hasNextPage"] is True
    after = first["pageInfo"]["endCursor"]
    second = (await ask(UNITS, representations=units(MILL), first=1, after=after)).field[0]["surveyWaves"]
    assert [first["nodes"][0]["programme"]["code"], second["nodes"][0]["programme"]["code"]] == ["south", "news"]
    assert second["pageInfo"]["hasNextPage"] is False
    page = (await ask(PROGRAMMES, first=1)).field
    rest = (await ask(PROGRAMMES, first=1, after=page["pageInfo"]["endCursor"])).field
    assert [page["nodes"][0]["code"], rest["nodes"][0]["code"]] == ["news", "south"]


@pytest.mark.parametrize("after", ["x", "W10", "WyJhIl0", "WyJhIiwiYiJd"])
async def test_a_cursor_of_another_list_is_refused(ask, world, after):
    await world.open_wave()
    assert (await ask(UNITS, representations=units(MINE), after=after)).code == "INVALID_INPUT"


async def test_a_cursor_that_no_database_could_read_is_refused(ask, world):
    assert (await ask(PROGRAMMES, after=encode_cursor(["\0"]))).code == "INVALID_INPUT"


async def test_a_unit_that_was_pooled_has_no_participation_of_its_own(ask, world):
    await world.open_wave()
    (unit,) = (await ask(UNITS, EDITOR, representations=units(SMALL))).field
    assert unit["surveyWaves"]["nodes"][0]["participation"] is None


@pytest.mark.parametrize(
    ("caller", "sees"),
    [
        (ANONYMOUS, False),
        (caller_as("worker", PATHS[ROOT]), False),
        (caller_as("editor", PATHS[SOUTH]), False),
        (caller_as("contributor", PATHS[MINE]), True),
        (caller_as("analyst", PATHS[NORTH]), True),
        (EDITOR, True),
    ],
)
async def test_participation_is_for_the_units_own_staff(ask, world, caller, sees):
    await world.open_wave()
    (unit,) = (await ask(UNITS, caller, representations=units(MINE))).field
    assert (unit["surveyWaves"]["nodes"][0]["participation"] is not None) is sees


async def test_a_unit_that_moved_keeps_its_part_of_an_earlier_wave_and_its_staff_of_today_sees_it(ask, world):
    await world.open_wave()
    move = {"old_path": PATHS[MINE], "new_path": PATHS[SOUTH] + PATHS[MINE][-5:], "parent_id": str(unit_id(SOUTH))}
    told = {"id": str(unit_id(MINE)), **move, "valid_from": today().isoformat(), "tree_version": 90}
    await apply([event("unit.moved", told)])
    sees = {}
    for place in (NORTH, SOUTH):
        (mine, above) = (await ask(UNITS, caller_as("analyst", PATHS[place]), representations=units(MINE, place))).field
        parts = [unit["surveyWaves"]["nodes"][0]["participation"] for unit in (mine, above)]
        sees[place] = [part and part["expected"] for part in parts]
    assert sees == {NORTH: [None, 175], SOUTH: [120, 200]}


LISTED = """
query ($of: [_Any!]!) {
  _entities(representations: $of) { ... on Unit { surveyWaves { nodes {
    programme { code } participation { expected } } } } }
}
"""


async def listed(ask, *numbers: int, caller=EDITOR) -> list[dict[str, int | None]]:
    """For each unit the codes of its waves' programmes, and how many people of it were expected."""
    found = (await ask(LISTED, caller, of=units(*numbers))).field
    return [
        {
            wave["programme"]["code"]: wave["participation"] and wave["participation"]["expected"]
            for wave in unit["surveyWaves"]["nodes"]
        }
        for unit in found
    ]


async def test_a_closed_unit_keeps_its_part_and_its_heirs_staff_sees_it(ask, world):
    await world.open_wave()
    await apply([merged(today().isoformat())])
    assert await listed(ask, MINE, MILL, NORTH) == [{"news": 120}, {"news": 200}, {"news": 175}]
    assert await listed(ask, MINE, MILL, caller=caller_as("analyst", PATHS[MILL])) == [{"news": 120}, {"news": 200}]
    assert await listed(ask, MINE, NORTH, caller=caller_as("analyst", PATHS[NORTH])) == [{"news": None}, {"news": 175}]


async def test_the_waves_of_a_closed_target_are_its_heirs_too(ask, world):
    await second_programme(world, MINE)
    await apply([merged(today().isoformat())])
    assert await listed(ask, MINE, NORTH, ROOT) == [{"south": 120}] * 3
    # What it inherited; none of its own people were asked.
    assert await listed(ask, MILL, SOUTH) == [{"south": None}] * 2
    target = "{ surveyProgrammes { nodes { waves { nodes { participation { expected } } } } } }"
    for caller, expected in (
        (caller_as("analyst", PATHS[MILL]), {"expected": 120}),
        (caller_as("analyst", PATHS[NORTH]), None),
    ):
        (programme,) = (await ask(target, caller)).field["nodes"]
        assert programme["waves"]["nodes"] == [{"participation": expected}]


async def test_a_moved_unit_has_the_waves_that_asked_it_and_not_those_that_asked_its_new_neighbours(ask, world):
    await second_programme(world, SOUTH)
    await apply([moved(MINE, SOUTH, today().isoformat())])
    assert await listed(ask, MINE, MILL) == [{}, {"south": 200}]


async def test_a_unit_that_left_the_target_has_the_wave_that_asked_it(ask, world):
    await second_programme(world, NORTH)
    await apply([moved(MINE, SOUTH, today().isoformat())])
    assert await listed(ask, MINE, NORTH, SOUTH) == [{"south": 120}, {"south": 175}, {}]


async def test_a_target_that_moved_has_its_waves_below_the_old_and_the_new_unit_above(ask, world):
    await second_programme(world, MINE)
    await apply([moved(MINE, SOUTH, today().isoformat())])
    assert await listed(ask, MINE, NORTH, SOUTH) == [{"south": 120}, {"south": 120}, {"south": None}]


async def test_a_unit_that_came_later_was_not_asked(ask, world):
    await world.open_wave()
    await apply([created(8, PATHS[NORTH], "Late", "grassroots")])
    assert await listed(ask, 8) == [{}]


async def test_a_correction_of_the_past_does_not_change_who_was_asked(ask, world):
    await second_programme(world, NORTH)
    elsewhere = PATHS[SOUTH] + PATHS[MINE][-5:]
    await apply([rewritten(state(MINE, elsewhere, (elsewhere, "2020-01-01", None), parent=SOUTH))])
    assert await listed(ask, MINE, NORTH) == [{"south": 120}, {"south": 175}]


async def test_what_is_planned_will_ask_nobody_of_a_closed_unit(ask, world):
    await second_plan(world, ROOT)
    await apply([merged(today().isoformat())])
    assert await listed(ask, MINE, MILL, ROOT) == [{}, {"south": None}, {"south": None}]


async def test_staff_finds_the_planned_wave_of_a_closed_target_there(ask, world):
    await second_plan(world, MINE)
    await apply([merged(today().isoformat())])
    assert await listed(ask, MINE, MILL) == [{"south": None}] * 2


async def test_the_frames_of_waves_before_this_was_kept_are_those_of_their_day(world):
    await second_programme(world, NORTH)
    await world.open_wave()
    kept = "SELECT wave_id, unit_id, path FROM frame_unit ORDER BY wave_id, unit_id"
    before = await db.rows(kept)
    assert len(before) == 5 + 7
    await db.execute("DELETE FROM frame_unit")
    await db.execute(import_module("survey.migrations.0013_frame_units").KNOWN)
    assert await db.rows(kept) == before


async def test_ten_units_cost_as_many_statements_as_one(ask, world):
    await world.open_wave()
    counts = []
    for asked in (units(ROOT), units(ROOT, NORTH, SOUTH, MINE, MILL)):
        with queries() as seen:
            reply = await ask(UNITS, EDITOR, representations=asked)
        assert len(reply.field) == len(asked)
        counts.append(seen.count)
    assert counts == [4, 4]


async def test_a_page_of_programmes_costs_as_many_statements_as_one(ask, world):
    await world.open_wave()
    await second_programme(world, SOUTH)
    counts = []
    for first in (1, 2):
        with queries() as seen:
            reply = await ask(PROGRAMMES, first=first)
        assert len(reply.field["nodes"]) == first
        counts.append(seen.count)
    assert counts == [2, 2]


async def test_the_whole_definition_is_public_once_it_was_asked(ask, world):
    await world.open_wave()
    reply = await ask('{ questionnaire(code: "news") { owner { id } versions { number sha256 definition } } }')
    (version,) = reply.field["versions"]
    stored = orjson.loads(await db.value("SELECT definition FROM questionnaire_version"))
    assert version["definition"] == stored
