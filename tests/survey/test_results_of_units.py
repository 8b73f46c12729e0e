"""Results of units: of the wave's frame, and of today's tree through the units from which they came."""

from uuid import uuid4

import pytest
from results_world import ANSWERS, OWNER_PATH, STRANGER_PATH, UNITS, make_released_world

from kit import db
from kit.identity import ANONYMOUS
from kit.testing import caller_as, queries
from survey.results.inference import wilson_weighted

RESULT = """
query ($wave: ID!, $unit: ID, $question: String!, $by: [String!]!, $today: Boolean!) {
  surveyResult(waveId: $wave, question: $question, by: $by, unitId: $unit, asOfToday: $today) {
    unitId madeOf isCombined isWider
    cells {
      ageBand gender region
      cell { ... on SurveyShownCell { base people mean choices { code share low high standardError } } }
    }
  }
}
"""
PARTICIPATION = """
query ($wave: ID!, $unit: ID, $by: [String!]!) {
  surveyResultParticipation(waveId: $wave, by: $by, unitId: $unit) {
    release { number } unitId isCombined
    cells {
      ageBand gender region
      cell { __typename ... on SurveyShownCell { base people coverage choices { code } } }
    }
  }
}
"""
ANALYST = caller_as("analyst", OWNER_PATH)
SOUTHEAST, MEKONG = UNITS["southeast"], UNITS["mekong_delta"]


async def unit_at(path: str) -> str:
    return str(await db.value("SELECT id FROM unit WHERE path = $1", path))


async def result(ask, world, unit, by=(), question="channel", caller=ANALYST, *, today=False):
    given = {"wave": str(world.wave_id), "unit": unit, "by": list(by), "question": question, "today": today}
    reply = await ask(RESULT, caller, **given)
    assert reply.errors == [], reply.errors
    return reply.field


def bases(found):
    return {(one["ageBand"], one["gender"], one["region"]): one["cell"].get("base") for one in found["cells"]}


async def add_unit(path: str) -> str:
    """A unit that began after the wave."""
    unit_id = uuid4()
    await db.execute(
        "INSERT INTO unit (id, number, path, name_vi, name_en, code, level, kind, tree_version)"
        " VALUES ($1, $2, $3, 'Mới', 'New', $4, 'grassroots', 'union', 2)",
        unit_id,
        90 + int(path[-2:]),
        path,
        f"N{path[-5:]}",
    )
    return str(unit_id)


async def govern(below: str, *paths: str) -> None:
    """Let units stand, or closed ones be governed, below another from today."""
    for path in paths:
        await db.execute("UPDATE unit SET path = $2 WHERE path = $1", path, below + path[-5:])


async def merged() -> str:
    """Both units of the frame became one new unit."""
    new = await add_unit(OWNER_PATH + "00077")
    await govern(OWNER_PATH + "00077", SOUTHEAST, MEKONG)
    return new


async def test_a_unit_of_the_frame_answers_with_its_own_table(ask):
    world, _ = await make_released_world()
    unit = await unit_at(SOUTHEAST)
    found = await result(ask, world, unit)
    assert (found["unitId"], found["madeOf"], found["isCombined"]) == (unit, [unit], False)
    cell = found["cells"][0]["cell"]
    assert (cell["base"], cell["people"]) == (124, 500)
    # Women 31 of 44 for 220 people, young men 10 of 30 for 150, others 25 of 50 for 130.
    assert cell["choices"][0]["share"] == round((31 / 44 * 220 + 10 / 30 * 150 + 25 / 50 * 130) / 500, 3) == 0.54


async def test_a_unit_in_one_region_is_all_of_its_part_of_the_region(ask):
    world, _ = await make_released_world()
    found = await result(ask, world, await unit_at(SOUTHEAST), ["REGION"])
    assert bases(found) == {(None, None, "southeast"): 124, (None, None, "mekong_delta"): None}


@pytest.mark.parametrize(
    "caller",
    [ANONYMOUS, caller_as("editor", OWNER_PATH), caller_as("analyst", MEKONG), caller_as("admin", STRANGER_PATH)],
)
async def test_hidden_unknown_and_others_units_give_one_and_the_same_answer(ask, caller):
    world, _ = await make_released_world()
    ids = [await unit_at(SOUTHEAST), await unit_at(STRANGER_PATH), str(uuid4()), "nonsense"]
    for document, extra in ((RESULT, {"question": "channel", "today": False}), (PARTICIPATION, {})):
        for unit in ids:
            reply = await ask(document, caller, wave=str(world.wave_id), unit=unit, by=[], **extra)
            assert (reply.code, list(reply.data.values())) == ("NOT_FOUND", [None])


async def test_a_units_own_analysts_read_its_tables(ask):
    world, _ = await make_released_world()
    assert bases(await result(ask, world, await unit_at(MEKONG), caller=caller_as("analyst", MEKONG))) == {
        (None, None, None): 130
    }


async def test_a_unit_that_was_merged_of_others_answers_with_theirs_together(ask):
    world, _ = await make_released_world()
    parts = [await unit_at(SOUTHEAST), await unit_at(MEKONG)]
    new = await merged()
    found = await result(ask, world, new)
    assert (found["unitId"], found["madeOf"], found["isCombined"]) == (new, parts, True)
    cell = found["cells"][0]["cell"]
    assert (cell["base"], cell["people"]) == (254, 1_000)
    zalo = cell["choices"][0]
    # Released: 0.54 ± 0.044 and 0.58 ± 0.043, of 500 people each, both rounded to hundredths.
    error = (0.044**2 + 0.043**2 + 2 * 0.01**2 / 12) ** 0.5 / 2
    assert zalo["share"] == 0.56
    assert zalo["standardError"] == pytest.approx(error, abs=1e-12)
    assert (zalo["low"], zalo["high"]) == pytest.approx(wilson_weighted(0.56, error, 254), abs=1e-12)


async def test_a_cell_that_one_part_hides_is_hidden_of_all(ask):
    """The young women of the south-east are four, hidden with the rectangle around them."""
    world, _ = await make_released_world()
    found = bases(await result(ask, world, await merged(), ["AGE_BAND", "GENDER"]))
    assert {segment: base for segment, base in found.items() if base} == {}
    assert bases(await result(ask, world, await unit_at(OWNER_PATH + "00077"), ["AGE_BAND"])) == {
        ("under_25", None, None): 74,
        ("25_34", None, None): 180,
    }


async def test_of_a_region_only_the_parts_in_it_are_needed(ask):
    world, _ = await make_released_world()
    found = bases(await result(ask, world, await merged(), ["AGE_BAND", "GENDER", "REGION"]))
    assert {segment: base for segment, base in found.items() if base} == {
        ("under_25", "female", "mekong_delta"): 20,
        ("under_25", "male", "mekong_delta"): 20,
        ("25_34", "female", "mekong_delta"): 30,
        ("25_34", "male", "mekong_delta"): 60,
    }


async def test_who_answered_a_question_of_some_stands_for_those_who_would(ask):
    """Asked were those who chose Zalo: 66 of 124 for 500 people, and 80 of 130 for as many."""
    world, _ = await make_released_world(mixed=True)
    shares = {}
    for path in (SOUTHEAST, MEKONG):
        cell = (await result(ask, world, await unit_at(path), question="zalo_often"))["cells"][0]["cell"]
        shares[path] = cell["base"], cell["choices"][0]["share"]
    assert {path: base for path, (base, _) in shares.items()} == {SOUTHEAST: 66, MEKONG: 80}
    would = {SOUTHEAST: 500 * 66 / 124, MEKONG: 500 * 80 / 130}
    cell = (await result(ask, world, await merged(), question="zalo_often"))["cells"][0]["cell"]
    expected = sum(would[path] * shares[path][1] for path in would) / sum(would.values())
    assert cell["choices"][0]["share"] == pytest.approx(expected, abs=1e-12)


async def test_a_scale_has_its_mean_together(ask):
    world, _ = await make_released_world(mixed=True)
    means = [
        (await result(ask, world, await unit_at(path), question="trust"))["cells"][0]["cell"]["mean"]
        for path in (SOUTHEAST, MEKONG)
    ]
    together = (await result(ask, world, await merged(), question="trust"))["cells"][0]["cell"]
    assert together["mean"] == pytest.approx(sum(means) / 2, abs=1e-12)
    assert sum(choice["share"] for choice in together["choices"]) == pytest.approx(1, abs=0.002)


async def test_a_unit_that_took_in_another_is_asked_as_it_was_or_as_it_is_today(ask):
    world, _ = await make_released_world()
    heir, taken = await unit_at(SOUTHEAST), await unit_at(MEKONG)
    await govern(SOUTHEAST, MEKONG)
    as_it_was = await result(ask, world, heir)
    assert (as_it_was["madeOf"], as_it_was["isCombined"], bases(as_it_was)) == (
        [heir],
        False,
        {(None, None, None): 124},
    )
    today = await result(ask, world, heir, today=True)
    assert (today["madeOf"], today["isCombined"], bases(today)) == ([heir, taken], True, {(None, None, None): 254})


async def test_a_unit_that_stayed_as_it_was_answers_today_with_its_own_table(ask):
    world, _ = await make_released_world()
    for unit, base in ((await unit_at(SOUTHEAST), 124), (await unit_at(OWNER_PATH), 254)):
        today = await result(ask, world, unit, today=True)
        assert (today["madeOf"], today["isCombined"], bases(today)) == ([unit], False, {(None, None, None): base})


async def test_todays_target_without_a_part_that_went_elsewhere_is_hidden(ask):
    """The whole less what is left of it would be the part that went."""
    world, _ = await make_released_world()
    await govern(STRANGER_PATH, MEKONG)
    target = await unit_at(OWNER_PATH)
    today = await result(ask, world, target, today=True)
    assert (today["madeOf"], today["isCombined"], bases(today)) == ([], True, {(None, None, None): None})
    assert bases(await result(ask, world, target)) == {(None, None, None): 254}


async def test_what_went_elsewhere_is_read_by_those_who_govern_it_now(ask):
    world, _ = await make_released_world()
    moved = await unit_at(MEKONG)
    await govern(STRANGER_PATH, MEKONG)
    assert bases(await result(ask, world, moved, caller=caller_as("analyst", STRANGER_PATH))) == {
        (None, None, None): 130
    }
    today = await result(ask, world, await unit_at(STRANGER_PATH), caller=caller_as("analyst", STRANGER_PATH))
    assert (today["madeOf"], today["isCombined"], bases(today)) == ([moved], True, {(None, None, None): 130})


async def split() -> tuple[str, str]:
    """The south-east's unit was split: six in ten went to its heir, the others to another new unit."""
    heir, other = await add_unit(OWNER_PATH + "00081"), await add_unit(OWNER_PATH + "00082")
    old = await unit_at(SOUTHEAST)
    await govern(OWNER_PATH + "00081", SOUTHEAST)
    await db.execute_many(
        "INSERT INTO unit_succession VALUES ($1, $2, $3, '2026-06-01')", [(old, heir, 0.6), (old, other, 0.4)]
    )
    return heir, other


async def test_units_that_came_of_a_split_answer_with_what_was_before_and_say_that_it_is_wider(ask):
    world, _ = await make_released_world()
    old = await unit_at(SOUTHEAST)
    for unit in await split():
        found = await result(ask, world, unit)
        assert (found["madeOf"], found["isCombined"], found["isWider"]) == ([old], True, True)
        assert bases(found) == {(None, None, None): 124}
    whole = await result(ask, world, await unit_at(OWNER_PATH), today=True)
    assert (whole["isCombined"], whole["isWider"]) == (False, False)


async def test_what_was_before_a_split_is_read_where_its_records_are_kept(ask):
    """The heir's analysts see all of it; those of the other part would see their neighbours."""
    world, _ = await make_released_world()
    heir, other = await split()
    found = await result(ask, world, heir, caller=caller_as("analyst", OWNER_PATH + "00081"))
    assert bases(found) == {(None, None, None): 124}
    given = {"wave": str(world.wave_id), "by": [], "question": "channel", "today": False}
    assert (await ask(RESULT, caller_as("analyst", OWNER_PATH + "00082"), unit=other, **given)).code == "NOT_FOUND"


async def test_a_new_unit_without_anything_of_the_frame_is_not_found(ask):
    world, _ = await make_released_world()
    reply = await ask(
        RESULT,
        ANALYST,
        wave=str(world.wave_id),
        unit=await add_unit(OWNER_PATH + "00078"),
        by=[],
        question="channel",
        today=False,
    )
    assert reply.code == "NOT_FOUND"


async def test_todays_unit_takes_six_statements_whatever_its_parts(ask):
    world, _ = await make_released_world()
    new = await merged()
    await result(ask, world, new)
    with queries() as seen:
        await result(ask, world, new, ["AGE_BAND", "GENDER", "REGION"])
    assert seen.count == 6, seen.texts


async def test_participation_by_segments_of_a_unit(ask):
    world, _ = await make_released_world()
    reply = await ask(PARTICIPATION, ANALYST, wave=str(world.wave_id), unit=await unit_at(SOUTHEAST), by=["AGE_BAND"])
    assert reply.field["isCombined"] is False
    assert reply.field["cells"] == [
        {
            "ageBand": age_band,
            "gender": None,
            "region": None,
            "cell": {
                "__typename": "SurveyShownCell",
                "base": base,
                "people": 250,
                "coverage": base / 250,
                "choices": [],
            },
        }
        for age_band, base in (("under_25", 34), ("25_34", 90))
    ]


async def test_everybody_sees_who_took_part_in_a_public_release(ask):
    world, _ = await make_released_world()
    reply = await ask(PARTICIPATION, ANONYMOUS, wave=str(world.wave_id), unit=None, by=["AGE_BAND", "GENDER"])
    cells = {(one["ageBand"], one["gender"]): one["cell"] for one in reply.field["cells"]}
    assert {cell["__typename"] for cell in cells.values()} == {"SurveyHiddenCell"}
    reply = await ask(PARTICIPATION, ANONYMOUS, wave=str(world.wave_id), unit=None, by=[])
    assert reply.field["cells"][0]["cell"]["coverage"] == sum(map(sum, ANSWERS.values())) / 1_000


async def test_participation_takes_three_statements(ask):
    world, _ = await make_released_world()
    with queries() as seen:
        await ask(PARTICIPATION, wave=str(world.wave_id), unit=None, by=["AGE_BAND", "GENDER", "REGION"])
    assert seen.count == 3, seen.texts


@pytest.mark.parametrize("by", [["GENDER", "GENDER"], ["GENDER", "AGE_BAND", "REGION", "GENDER"], ["education"]])
async def test_segments_that_cannot_be_are_refused(ask, by):
    world, _ = await make_released_world()
    reply = await ask(PARTICIPATION, wave=str(world.wave_id), unit=None, by=by)
    assert (reply.code, reply.errors[0]["extensions"]["field"]) == ("INVALID_INPUT", "by")
