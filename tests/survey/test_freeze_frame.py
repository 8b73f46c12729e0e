"""At opening a wave freezes who is asked, in groups large enough that an answer points at nobody."""

from collections import Counter
from datetime import date, timedelta
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_world import (
    MILL,
    MINE,
    NORTH,
    PATHS,
    ROOT,
    SMALL,
    SOUTH,
    TINY,
    apply,
    event,
    headcount,
    unit_id,
    vocabulary,
)

from kit import db
from kit.calendar import today
from kit.identity import SYSTEM
from kit.paths import label
from survey.programmes.service import authoring, waves
from survey.programmes.service.frame import Place, SurveyTargetTooSmall, pooled


async def groups(wave) -> list[tuple[str, str | None, int]]:
    found = await db.rows(
        "SELECT name_en, region, people FROM response_group WHERE wave_id = $1 ORDER BY path, name_en", wave.id
    )
    return [tuple(row.values()) for row in found]


async def test_small_units_are_pooled_until_there_are_fifty(world):
    wave = await world.open_wave()
    assert await groups(wave) == [
        ("North Union (small units together)", "red_river_delta", 55),
        ("Mine Union", "red_river_delta", 120),
        ("Mill Union", "southeast", 200),
    ]


async def test_the_frame_holds_every_person_once(world):
    wave = await world.open_wave()
    found = await db.rows(
        "SELECT age_band, gender, sum(people) AS people FROM frame_cell WHERE wave_id = $1 GROUP BY 1, 2", wave.id
    )
    assert {(row["age_band"], row["gender"]): row["people"] for row in found} == {
        ("under_25", "male"): 115,
        ("45_plus", "female"): 60,
        ("under_25", "female"): 150,
        ("45_plus", "male"): 50,
    }


async def test_later_events_do_not_touch_the_frame(world):
    wave = await world.open_wave()
    before = await groups(wave)
    await apply([headcount(TINY, [("under_25", "male", 500)], day="2026-02-01")])
    names = {"name_vi": "Mới", "name_en": "New", "short_name": None}
    await apply(
        [event("unit.renamed", {"id": str(unit_id(MINE)), **names, "valid_from": "2026-02-01", "tree_version": 99})]
    )
    assert await groups(wave) == before
    assert wave.tree_version == 7


async def test_the_newest_headcount_up_to_the_day_counts(world):
    await apply([headcount(TINY, [("under_25", "male", 90)], day="2026-02-01")])
    await apply([headcount(TINY, [("under_25", "male", 900)], day="2999-01-01")])
    wave = await world.open_wave()
    assert await groups(wave) == [
        ("North Union (small units together)", "red_river_delta", 120),
        ("Mine Union", "red_river_delta", 120),
        ("Mill Union", "southeast", 200),
    ]


async def test_a_target_of_fewer_than_fifty_cannot_be_asked(world):
    programme = await authoring.create_programme(
        SYSTEM,
        code="tiny",
        title_vi="Nhỏ",
        title_en="Tiny",
        owner_unit_id=unit_id(ROOT),
        target_unit_id=unit_id(TINY),
        questionnaire_id=world.questionnaire_id,
        starts_on=date(2026, 1, 1),
    )
    planned = await waves.plan_wave(
        SYSTEM,
        programme.id,
        opens_at=(await world.planned_wave()).opens_at,
        closes_at=waves.now() + timedelta(days=300),
    )
    with pytest.raises(SurveyTargetTooSmall) as refusal:
        await waves.open_wave(SYSTEM, planned.id)
    assert refusal.value.details == {"people": 25}
    assert await db.value("SELECT state FROM wave WHERE id = $1", planned.id) == "planned"
    assert await db.value("SELECT count(*) FROM response_group") == 0


OPEN = """
mutation ($id: ID!) { openSurveyWave(id: $id) { __typename
  ... on Problem { code message } ... on UnknownCode { field vocabulary unknownCode } } }"""


@pytest.mark.parametrize(
    ("news", "vocabulary_", "code"),
    [
        (headcount(TINY, [("65_plus", "male", 5)], day="2026-01-02"), "age_band", "65_plus"),
        (headcount(TINY, [("under_25", "unsaid", 5)], day="2026-01-02"), "gender", "unsaid"),
        (vocabulary("region", "red_river_delta"), "region", "southeast"),
    ],
)
@pytest.mark.usefixtures("own_valkey")
async def test_a_code_that_no_vocabulary_has_is_named_and_nobody_is_left_out(ask, world, news, vocabulary_, code):
    await apply([news])
    planned = await world.planned_wave()
    reply = await ask(OPEN, SYSTEM, language="en", id=str(planned.id))
    day = today().isoformat()
    assert reply.field == {
        "__typename": "UnknownCode",
        "code": "UNKNOWN_CODE",
        "message": f"id: the vocabulary “{vocabulary_}” has no code “{code}” on {day}.",
        "field": "id",
        "vocabulary": vocabulary_,
        "unknownCode": code,
    }
    assert await db.value("SELECT state FROM wave WHERE id = $1", planned.id) == "planned"
    assert (
        await db.value("SELECT count(*) FROM response_group") + await db.value("SELECT count(*) FROM frame_cell") == 0
    )


async def test_a_new_code_counts_once_its_vocabulary_has_come(world):
    await apply([headcount(TINY, [("65_plus", "male", 90)], day="2026-01-02")])
    await apply([vocabulary("age_band", "under_25", "25_34", "35_44", "45_plus", "65_plus")])
    wave = await world.open_wave()
    people = "SELECT sum(people) FROM frame_cell WHERE wave_id = $1 AND age_band = '65_plus'"
    assert await db.value(people, wave.id) == 90


async def test_a_wave_stands_on_the_tree_of_its_day(world):
    await apply(
        [
            event(
                "unit.moved",
                {
                    "id": str(unit_id(MINE)),
                    "parent_id": str(unit_id(SOUTH)),
                    "old_path": PATHS[MINE],
                    "new_path": PATHS[SOUTH] + PATHS[MINE][-5:],
                    "valid_from": "2999-01-01",
                    "tree_version": 60,
                },
            )
        ]
    )
    wave = await world.open_wave()
    path = await db.value("SELECT path FROM response_group WHERE wave_id = $1 AND name_en = 'Mine Union'", wave.id)
    assert path == PATHS[MINE]


trees = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 90), st.sampled_from([None, "south", "north"])), min_size=1, max_size=25
)


@settings(deadline=None)
@given(trees)
def test_pooling_loses_nobody_and_leaves_no_small_group(drawn):
    paths = [label(0)]
    for number, (parent, _, _) in enumerate(drawn[1:], 1):
        paths.append(paths[parent % len(paths)] + label(number))
    places = [
        Place(path, str(uuid4()), "", region, Counter({("a", "f"): people}))
        for path, (_, people, region) in zip(paths, drawn, strict=True)
    ]
    everybody = sum(people for _, people, _ in drawn)
    made = pooled(places)
    assert sum(group.size for group in made) == (everybody if everybody >= 50 else 0)
    assert all(group.size >= 50 for group in made)
    assert len({(group.path, group.region) for group in made}) == len(made)
    people = {place.path: place.people.total() for place in places}
    members = sorted(path for group in made for path in group.members)
    assert members == (sorted(path for path in paths if people[path]) if everybody >= 50 else [])
    assert all(group.size == sum(people[path] for path in group.members) for group in made)
    assert all(path.startswith(group.path) for group in made for path in group.members)


async def test_each_unit_tells_the_group_that_counts_its_people(world):
    wave = await world.open_wave()
    found = await db.rows(
        "SELECT f.path, g.name_en FROM frame_unit f LEFT JOIN response_group g ON g.id = f.response_group_id"
        " WHERE f.wave_id = $1",
        wave.id,
    )
    pooled_north = "North Union (small units together)"
    assert {row["path"]: row["name_en"] for row in found} == {
        PATHS[ROOT]: None,
        PATHS[NORTH]: None,
        PATHS[SOUTH]: None,
        PATHS[MINE]: "Mine Union",
        PATHS[SMALL]: pooled_north,
        PATHS[TINY]: pooled_north,
        PATHS[MILL]: "Mill Union",
    }


async def test_a_unit_cannot_tell_a_group_of_another_wave(world):
    await world.open_wave()
    stray = "UPDATE frame_unit SET response_group_id = gen_random_uuid()"
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
        async with db.transaction():
            await db.execute(stray)
    assert db.violated(refusal.value) == "frame_unit_group_fkey"
