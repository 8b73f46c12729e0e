"""How many the union's information reached, beside what the programme set itself."""

from copy import deepcopy
from datetime import date
from importlib.resources import files
from uuid import uuid4

import orjson
import pytest
from results_world import (
    DEFINITION,
    OWNER_PATH,
    STRANGER_PATH,
    UNITS,
    add_wave,
    both,
    choices,
    make_released_world,
    make_world,
)

from kit import db
from kit.identity import ANONYMOUS, Caller
from kit.testing import caller_as, queries

REACH = """
query ($wave: ID!, $by: [String!]!, $unit: ID, $targets: [Int!]) {
  surveyReach(waveId: $wave, by: $by, unitId: $unit, targets: $targets) {
    question { code concept } target { percent since } isCombined
    cells {
      cell { ageBand region cell { __typename } }
      reached { code share low high standardError }
      standings { percent standing }
    }
  }
}
"""
SET = """
mutation ($programme: ID!, $percent: Int!, $since: Date!) {
  setSurveyReachTarget(input: {programmeId: $programme, percent: $percent, since: $since}) {
    __typename
    ... on SetSurveyReachTargetSuccess { target { percent since } }
    ... on Problem { code }
  }
}
"""
EDITOR = caller_as("editor", OWNER_PATH)
DEFINITION_OF_REACH = deepcopy(DEFINITION)
DEFINITION_OF_REACH["sections"][0]["questions"].insert(
    0,
    {
        "code": "reached",
        "concept": "information_reached",
        "kind": "single",
        "text": both("Có nhận được tin không?", "Has any news reached you?"),
        "privacy": "plain",
        "choices": choices("yes", "no", "unsure"),
    },
)
# How many of each segment answered, and how many of them were reached: nine in ten, of the delta's older men all but five.
PEOPLE = [
    ("under_25", "female", "southeast", 20, 18),
    ("under_25", "male", "southeast", 30, 27),
    ("25_34", "female", "southeast", 40, 36),
    ("25_34", "male", "southeast", 50, 45),
    ("under_25", "female", "mekong_delta", 50, 30),
    ("under_25", "male", "mekong_delta", 40, 24),
    ("25_34", "female", "mekong_delta", 50, 30),
    ("25_34", "male", "mekong_delta", 60, 36),
]


async def make_reach(code="needs"):
    """A released wave that asked whether the union's information reached people: 0.9 in one region, 0.6 in the other."""
    world = await add_wave(await make_world(code=code), DEFINITION_OF_REACH)
    for age_band, gender, region, number, reached in PEOPLE:
        await db.execute(
            """
            INSERT INTO answer (wave_id, response_group_id, questionnaire_version_id, age_band, gender, region, "values")
            SELECT $1, $2, $3, $4, $5, $6, jsonb_build_object('reached', CASE WHEN place <= $8 THEN 'yes' ELSE 'no' END)
            FROM generate_series(1, $7::integer) AS place
            """,
            world.wave_id,
            world.groups[region],
            world.version_id,
            age_band,
            gender,
            region,
            number,
            reached,
        )
    await world.publish()
    return world


async def reach(ask, world, caller=ANONYMOUS, by=(), **more):
    given = {"wave": str(world.wave_id), "unit": None, "targets": None, **more}
    reply = await ask(REACH, caller, by=list(by), **given)
    assert reply.errors == [], reply.errors
    return reply.field


async def programme_of(world) -> str:
    return str(await db.value("SELECT programme_id FROM wave WHERE id = $1", world.wave_id))


async def test_the_figure_is_the_weighted_share_of_yes_with_its_interval(ask):
    world = await make_reach()
    found = await reach(ask, world)
    assert found["question"] == {"code": "reached", "concept": "information_reached"}
    (cell,) = found["cells"]
    reached = cell["reached"]
    # Each region has 500 people of the frame.
    assert (reached["code"], reached["share"]) == ("yes", (0.9 + 0.6) / 2)
    assert reached["low"] < 0.75 < reached["high"]


async def test_the_confederations_target_stands_in_for_one_that_nobody_set(ask):
    world = await make_reach()
    found = await reach(ask, world)
    assert found["target"] == {"percent": 85, "since": None}
    assert found["cells"][0]["standings"] == [{"percent": 85, "standing": "BELOW"}]


async def test_an_interval_is_above_below_or_around_a_target(ask):
    world = await make_reach()
    found = await reach(ask, world, by=["REGION"], targets=[55, 85, 90, 95])
    standings = {cell["cell"]["region"]: [one["standing"] for one in cell["standings"]] for cell in found["cells"]}
    assert standings == {
        "southeast": ["ABOVE", "AROUND", "AROUND", "BELOW"],
        "mekong_delta": ["AROUND", "BELOW", "BELOW", "BELOW"],
    }
    southeast = found["cells"][0]["reached"]
    assert southeast["share"] == 0.9
    assert 0.55 < southeast["low"] < 0.85
    assert 0.9 < southeast["high"] < 0.95


async def test_a_hidden_segment_stands_nowhere(ask):
    world = await make_reach()
    hidden = (await reach(ask, world, by=["GENDER"]))["cells"][2]
    assert hidden["cell"]["cell"] == {"__typename": "SurveyHiddenCell"}
    assert (hidden["reached"], hidden["standings"]) == (None, [])


async def test_the_target_of_the_day_on_which_the_wave_opened_counts(ask):
    """The wave opened on 1 September 2026."""
    world = await make_reach()
    programme = await programme_of(world)
    for percent, since in ((70, "2025-01-01"), (90, "2026-09-01"), (95, "2026-09-02")):
        reply = await ask(SET, EDITOR, programme=programme, percent=percent, since=since)
        assert reply.field["target"] == {"percent": percent, "since": since}
    assert (await reach(ask, world))["target"] == {"percent": 90, "since": "2026-09-01"}


async def test_a_target_of_the_same_day_is_replaced_and_both_are_told(ask):
    world = await make_world()
    programme = await programme_of(world)
    for percent in (90, 95):
        await ask(SET, EDITOR, programme=programme, percent=percent, since="2026-01-01")
    rows = await db.rows("SELECT percent, since FROM reach_target")
    assert [tuple(row) for row in rows] == [(95, date(2026, 1, 1))]
    told = await db.rows(
        "SELECT before::text AS before, after::text AS after FROM audit WHERE action = $1 ORDER BY id",
        "survey_programme.reach_target_set",
    )
    assert [(row["before"], row["after"]) for row in told] == [
        (None, '{"since": "2026-01-01", "percent": 90}'),
        ('{"since": "2026-01-01", "percent": 90}', '{"since": "2026-01-01", "percent": 95}'),
    ]


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (Caller(subject="nobody"), "FORBIDDEN"),
        (caller_as("contributor", OWNER_PATH), "FORBIDDEN"),
        (caller_as("analyst", OWNER_PATH), "FORBIDDEN"),
        (caller_as("admin", STRANGER_PATH), "FORBIDDEN"),
        (caller_as("admin", UNITS["southeast"]), "FORBIDDEN"),
    ],
)
async def test_only_the_owners_editors_set_a_target(ask, caller, code):
    world = await make_world()
    assert (await ask(SET, caller, programme=await programme_of(world), percent=90, since="2026-01-01")).code == code
    assert await db.value("SELECT count(*) FROM reach_target") == 0


@pytest.mark.parametrize("percent", [0, 101, -5, 2_000_000])
async def test_a_target_is_a_share(ask, percent):
    world = await make_world()
    reply = await ask(SET, EDITOR, programme=await programme_of(world), percent=percent, since="2026-01-01")
    assert reply.code == "INVALID_INPUT"
    assert await db.value("SELECT count(*) FROM reach_target") == 0


@pytest.mark.parametrize("programme", ["nonsense", "93741ec5-0c32-445d-97ce-e6082e85a2d9"])
async def test_an_unknown_programme_has_no_target(ask, programme):
    await make_world()
    assert (await ask(SET, EDITOR, programme=programme, percent=90, since="2026-01-01")).code == "NOT_FOUND"


@pytest.mark.parametrize("targets", [[0], [85, 101], [1, 2, 3, 4, 5, 6]])
async def test_targets_that_cannot_be_are_refused(ask, targets):
    world = await make_reach()
    reply = await ask(REACH, wave=str(world.wave_id), by=[], unit=None, targets=targets)
    assert (reply.code, reply.errors[0]["extensions"]["field"]) == ("INVALID_INPUT", "targets")


async def test_a_wave_that_did_not_ask_it_and_others_units_are_not_found(ask):
    without, _ = await make_released_world()
    reached = await make_reach("reach")
    unit = str(await db.value("SELECT id FROM unit WHERE path = $1", UNITS["southeast"]))
    for wave, one in ((without.wave_id, None), (uuid4(), None), (reached.wave_id, unit)):
        reply = await ask(REACH, wave=str(wave), by=[], unit=one, targets=None)
        assert (reply.code, reply.data) == ("NOT_FOUND", {"surveyReach": None})
    assert (await reach(ask, reached, caller_as("analyst", UNITS["southeast"]), unit=unit))["cells"][0]["reached"]


async def test_reach_takes_four_statements(ask):
    world = await make_reach()
    await reach(ask, world)
    with queries() as seen:
        await reach(ask, world, by=["AGE_BAND", "GENDER", "REGION"])
    assert seen.count == 4, seen.texts


async def test_the_demo_asks_whether_information_reached_people():
    definition = orjson.loads(files("survey.demo").joinpath("questionnaire.json").read_bytes())
    asked = [
        each
        for section in definition["sections"]
        for each in section["questions"]
        if each.get("concept") == "information_reached"
    ]
    assert [(each["code"], [choice["code"] for choice in each["choices"]]) for each in asked] == [
        ("reached", ["yes", "no", "unsure"])
    ]
