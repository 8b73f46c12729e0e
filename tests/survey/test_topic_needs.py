"""What people of a unit want to hear more about, by topic and segment, as it was released."""

from collections.abc import Mapping
from copy import deepcopy
from uuid import uuid4

import orjson
import pytest
from results_world import DEFINITION, OWNER_PATH, STRANGER_PATH, UNITS, World, add_wave, both, choices, make_world

from kit import db
from kit.identity import ANONYMOUS, Caller
from kit.testing import caller_as, queries

NEEDS = """
query ($unit: ID!, $by: [String!]!) {
  topicsInUnit(unitId: $unit) {
    topic unit name
    demand {
      unitId rank question { code }
      everyone { people peopleWanting wanted { share } }
      segments(by: $by) { gender region people peopleWanting wanted { share } }
    }
  }
}
"""
TOPICS = {"policy": ("Chính sách", "Policy"), "benefits": ("Quyền lợi", "Benefits"), "sport": ("Thể thao", "Sport")}
ASKED = deepcopy(DEFINITION)
ASKED["sections"][0]["questions"].insert(
    0,
    {
        "code": "topics",
        "concept": "topic_demand",
        "kind": "multiple",
        "text": both("Muốn biết thêm gì?", "What should we tell you more about?"),
        "privacy": "plain",
        "choices": choices("policy", "benefits", "none_of_these"),
    },
)
# How many answered, how many of them want policy and how many benefits: women want benefits, men policy.
PEOPLE = [
    ("under_25", "female", "southeast", 40, 4, 36),
    ("under_25", "male", "southeast", 40, 24, 8),
    ("25_34", "female", "southeast", 40, 4, 36),
    ("25_34", "male", "southeast", 40, 24, 8),
    ("under_25", "female", "mekong_delta", 40, 4, 36),
    ("under_25", "male", "mekong_delta", 40, 24, 8),
    ("25_34", "female", "mekong_delta", 40, 4, 36),
    ("25_34", "male", "mekong_delta", 40, 24, 8),
]


async def make_asked(*, is_public: bool) -> World:
    """Make a released wave that asked of which topics people want more, and of `sport` nothing."""
    world = await add_wave(await make_world(), ASKED)
    await db.execute_many(
        "INSERT INTO term (vocabulary, code, vi, en, position, valid) VALUES ('topic', $1, $2, $3, $4, '[2020-01-01,)')",
        [(code, *names, place) for place, (code, names) in enumerate(TOPICS.items())],
    )
    for age_band, gender, region, number, policy, benefits in PEOPLE:
        rows = [
            {
                "topics": [code for code, most in (("policy", policy), ("benefits", benefits)) if at < most]
                or ["none_of_these"]
            }
            for at in range(number)
        ]
        await db.execute_many(
            'INSERT INTO answer (wave_id, response_group_id, questionnaire_version_id, age_band, gender, region, "values")'
            " VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb)",
            [
                (
                    world.wave_id,
                    world.groups[region],
                    world.version_id,
                    age_band,
                    gender,
                    region,
                    orjson.dumps(row).decode(),
                )
                for row in rows
            ],
        )
    await world.publish(is_public=is_public)
    return world


@pytest.fixture
async def asked() -> World:
    return await make_asked(is_public=True)


async def unit_at(path: str) -> str:
    return str(await db.value("SELECT id FROM unit WHERE path = $1", path))


def told(needs: list[Mapping]) -> dict[str, tuple[int | None, int | None] | None]:
    return {
        one["topic"]: one["demand"] and (one["demand"]["rank"], one["demand"]["everyone"]["peopleWanting"])
        for one in needs
    }


async def test_the_most_wanted_comes_first_and_what_was_not_asked_last(ask, asked: World):
    unit = await unit_at(OWNER_PATH)
    needs = (await ask(NEEDS, unit=unit, by=["GENDER"])).field
    assert [(one["topic"], one["unit"], one["name"]) for one in needs] == [
        ("benefits", unit, "Quyền lợi"),
        ("policy", unit, "Chính sách"),
        ("sport", unit, "Thể thao"),
    ]
    assert [one["demand"] and one["demand"]["rank"] for one in needs] == [1, 2, None]
    by_gender = {
        one["topic"]: {cell["gender"]: cell["wanted"]["share"] for cell in one["demand"]["segments"] if cell["wanted"]}
        for one in needs[:2]
    }
    assert by_gender == {"benefits": {"female": 0.9, "male": 0.2}, "policy": {"female": 0.1, "male": 0.6}}
    for cell in (cell for cell in needs[0]["demand"]["segments"] if cell["wanted"]):
        assert cell["peopleWanting"] == round(cell["people"] * cell["wanted"]["share"])


async def test_a_unit_below_is_told_its_own_demand_if_the_caller_may_read_it_else_that_of_the_target(ask, asked: World):
    below, target = await unit_at(UNITS["southeast"]), await unit_at(OWNER_PATH)
    for caller, whose in (
        (ANONYMOUS, target),
        (caller_as("editor", UNITS["southeast"]), target),
        (caller_as("analyst", UNITS["mekong_delta"]), target),
        (caller_as("analyst", UNITS["southeast"]), below),
        (caller_as("analyst", OWNER_PATH), below),
    ):
        needs = (await ask(NEEDS, caller, unit=below, by=[])).field
        assert needs[0]["demand"]["unitId"] == whose
        assert [one["unit"] for one in needs] == [below] * 3


async def test_a_release_for_analysts_is_nobody_elses(ask):
    await make_asked(is_public=False)
    unit = await unit_at(OWNER_PATH)
    assert told((await ask(NEEDS, unit=unit, by=[])).field) == {"policy": None, "benefits": None, "sport": None}
    seen = told((await ask(NEEDS, caller_as("analyst", OWNER_PATH), unit=unit, by=[])).field)
    assert [topic for topic, one in seen.items() if one] == ["benefits", "policy"]


async def test_a_unit_beside_was_not_asked(ask, asked: World):
    beside = await unit_at(STRANGER_PATH)
    assert set(told((await ask(NEEDS, unit=beside, by=[])).field).values()) == {None}


async def test_an_unknown_unit_is_not_found(ask, asked: World):
    assert (await ask(NEEDS, unit=str(uuid4()), by=[])).code == "NOT_FOUND"


async def test_an_unknown_segment_is_refused(ask, asked: World):
    reply = await ask(NEEDS, unit=await unit_at(OWNER_PATH), by=["SHOE_SIZE"])
    assert reply.code == "INVALID_INPUT"


async def test_all_topics_of_a_unit_are_read_together(ask, asked: World):
    """The demand of two topics costs as many statements as that of ten."""
    unit = await unit_at(OWNER_PATH)

    async def statements(caller: Caller) -> int:
        with queries() as seen:
            assert not (await ask(NEEDS, caller, unit=unit, by=["GENDER", "REGION"])).errors
        return seen.count

    with_two = await statements(ANONYMOUS)
    await db.execute("DELETE FROM term WHERE vocabulary = 'topic' AND code = 'policy'")
    assert await statements(ANONYMOUS) == with_two


async def test_the_entity_answers_for_whoever_names_it(ask, asked: World):
    unit = await unit_at(OWNER_PATH)
    found = await ask(
        """query ($all: [_Any!]!) { _entities(representations: $all) {
             ... on TopicInUnit { topic name demand { rank } } } }""",
        all=[{"__typename": "TopicInUnit", "topic": topic, "unit": unit} for topic in ("policy", "sport", "weather")],
    )
    assert found.field == [
        {"topic": "policy", "name": "Chính sách", "demand": {"rank": 2}},
        {"topic": "sport", "name": "Thể thao", "demand": None},
        {"topic": "weather", "name": None, "demand": None},
    ]
