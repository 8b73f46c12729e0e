"""A question's result by age, gender and region, through the graph, from a release alone."""

import pytest
from results_world import ANSWERS, OWNER_PATH, STRANGER_PATH, make_released_world, make_world, told
from scipy.stats import t as student

from kit import db
from kit.identity import ANONYMOUS, Caller
from kit.testing import caller_as, queries

RESULT = """
query ($wave: ID!, $question: String!, $by: [String!]!, $filters: SurveyResultFilter) {
  surveyResult(waveId: $wave, question: $question, by: $by, filters: $filters) {
    question { code concept kind text }
    release { number answers isPublic method { sample weighting postStrata interval confidence hiddenBelow trimmed placed } }
    cells {
      ageBand gender region label
      cell {
        __typename
        ... on SurveyShownCell { base people coverage isLowBase choices { code label share low high standardError } }
        ... on SurveyHiddenCell { explanation }
      }
    }
  }
}
"""
ANALYST = caller_as("analyst", OWNER_PATH)


async def cells_of(ask, world, by, filters=None, question="channel", caller=ANONYMOUS):
    reply = await ask(RESULT, caller, wave=str(world.wave_id), question=question, by=by, filters=filters)
    assert reply.errors == []
    return reply.field["cells"]


async def add_internal_release(world):
    """Let 20 more of each cell answer, and publish all 414 for the owner's analysts."""
    await world.add_answers(dict.fromkeys(ANSWERS, (10, 10)))
    return await world.publish(is_public=False)


def bases(cells):
    return {(each["ageBand"], each["gender"], each["region"]): each["cell"].get("base") for each in cells}


# The post-strata of the world's frame: answers, how many of them chose Zalo, and people. Women of the south-east are one,
# since only four of them are under 25.
STRATA = ((44, 31, 220), (30, 10, 150), (50, 25, 130), (20, 15, 140), (20, 5, 110), (30, 15, 120), (60, 45, 130))


def weighted_zalo():
    """The share of Zalo by hand, its standard error and Wilson's interval."""
    share = sum(people * zalo / base for base, zalo, people in STRATA) / 1_000
    # Residuals from each post-stratum's own share, of 254 answers drawn with replacement.
    squares = sum((people / base) ** 2 * zalo * (base - zalo) / base for base, zalo, people in STRATA)
    error = (254 / 253 * squares) ** 0.5 / 1_000
    t, worth = student.ppf(0.975, 253), share * (1 - share) / error**2
    centre, scale = share + t * t / (2 * worth), 1 + t * t / worth
    half = t * (share * (1 - share) / worth + t * t / (4 * worth**2)) ** 0.5
    return share, error, (centre - half) / scale, (centre + half) / scale


async def test_everyone_together(ask):
    world, _ = await make_released_world()
    (cell,) = await cells_of(ask, world, [])
    assert (cell["ageBand"], cell["gender"], cell["region"], cell["label"]) == (None, None, None, "Tất cả")
    shown = cell["cell"]
    assert (shown["base"], shown["people"], shown["coverage"]) == (254, 1_000, 0.254)
    share, error, low, high = weighted_zalo()
    assert share == pytest.approx(0.56, abs=1e-12)
    assert shown["choices"][0] == {
        "code": "zalo",
        "label": "zalo (vi)",
        "share": 0.56,
        "low": told(low, 254),
        "high": told(high, 254),
        "standardError": told(error, 254, 0.1),
    }
    assert [shown["choices"][0][name] for name in ("low", "high", "standardError")] == [0.5, 0.62, 0.031]
    assert shown["choices"][1]["share"] == 0.44


async def test_by_one_segment_in_the_vocabularys_order(ask):
    world, _ = await make_released_world()
    cells = await cells_of(ask, world, ["AGE_BAND"])
    assert [(each["ageBand"], each["label"], each["cell"]["base"]) for each in cells] == [
        ("under_25", "Dưới 25 tuổi", 74),
        ("25_34", "25–34 tuổi", 180),
    ]


async def test_by_two_segments(ask):
    world, _ = await make_released_world()
    assert bases(await cells_of(ask, world, ["age_band", "region"])) == {
        ("under_25", None, "southeast"): 34,
        ("under_25", None, "mekong_delta"): 40,
        ("25_34", None, "southeast"): 90,
        ("25_34", None, "mekong_delta"): 90,
    }


async def test_by_three_segments_small_ones_are_hidden_with_their_neighbours(ask):
    """Four young women of the south-east: and the three others of their rectangle, or margins would tell."""
    world, _ = await make_released_world()
    assert bases(await cells_of(ask, world, ["AGE_BAND", "GENDER", "REGION"])) == {
        ("under_25", "female", "southeast"): None,
        ("under_25", "female", "mekong_delta"): 20,
        ("under_25", "male", "southeast"): None,
        ("under_25", "male", "mekong_delta"): 20,
        ("under_25", "other", "southeast"): None,
        ("under_25", "other", "mekong_delta"): None,
        ("25_34", "female", "southeast"): None,
        ("25_34", "female", "mekong_delta"): 30,
        ("25_34", "male", "southeast"): None,
        ("25_34", "male", "mekong_delta"): 60,
        ("25_34", "other", "southeast"): None,
        ("25_34", "other", "mekong_delta"): None,
    }


async def test_a_filter_keeps_to_one_category(ask):
    world, _ = await make_released_world()
    assert bases(await cells_of(ask, world, ["AGE_BAND"], {"region": "mekong_delta"})) == {
        ("under_25", None, "mekong_delta"): 40,
        ("25_34", None, "mekong_delta"): 90,
    }
    assert bases(await cells_of(ask, world, [], {"ageBand": "25_34", "region": "southeast"})) == {
        ("25_34", None, "southeast"): 90
    }
    filters = {"gender": "female", "region": "mekong_delta"}
    assert bases(await cells_of(ask, world, ["GENDER"], filters)) == {(None, "female", "mekong_delta"): 50}


@pytest.mark.parametrize(
    "filters",
    [
        {"ageBand": "under_25", "gender": "female", "region": "southeast"},  # too small
        {"ageBand": "under_25", "gender": "male", "region": "southeast"},  # hidden for another's sake
        {"ageBand": "25_34", "gender": "male"},  # both regions', hidden for the same reason
        {"gender": "other"},  # nobody
        {"gender": "dragon"},  # no such gender
        {"region": "atlantis"},  # no such region
        {"region": "\0' OR true --"},
        {"gender": "not_said"},
    ],
)
async def test_small_complementary_empty_and_unknown_give_one_and_the_same_answer(ask, filters):
    world, _ = await make_released_world()
    (cell,) = await cells_of(ask, world, [], filters)
    assert cell["cell"] == {
        "__typename": "SurveyHiddenCell",
        "explanation": "Không công bố: có thể làm lộ câu trả lời của một nhóm nhỏ.",
    }


async def test_a_small_base_is_flagged(ask):
    world, _ = await make_released_world()
    cells = await cells_of(ask, world, ["AGE_BAND", "GENDER"], {"region": "mekong_delta"})
    flags = {(each["ageBand"], each["gender"]): each["cell"].get("isLowBase") for each in cells}
    assert flags["under_25", "female"] is True  # 20
    assert flags["25_34", "female"] is False  # 30
    assert flags["under_25", "other"] is None


async def test_tells_how_the_numbers_were_made(ask):
    world, _ = await make_released_world()
    reply = await ask(RESULT, language="en", wave=str(world.wave_id), question="channel", by=[])
    assert reply.field["question"] == {
        "code": "channel",
        "concept": "information_channel",
        "kind": "single",
        "text": "Where do you get news?",
    }
    assert reply.field["release"] == {
        "number": 1,
        "answers": 254,
        "isPublic": True,
        "method": {
            "sample": "self_selected",
            "weighting": "collapsed",
            "postStrata": len(STRATA),
            "interval": "wilson",
            "confidence": 0.95,
            "hiddenBelow": 10,
            "trimmed": None,
            "placed": None,
        },
    }


async def test_what_all_answered_alike_is_hidden_however_many_they_are(ask):
    """254 people trust alike: whoever is known to have answered would be known to have said it."""
    world, _ = await make_released_world()
    for by in ([], ["AGE_BAND"], ["REGION"]):
        assert set(bases(await cells_of(ask, world, by, question="trust")).values()) == {None}


@pytest.mark.parametrize("question", ["nonsense", "comment", "gender", "*", ""])
async def test_a_question_without_a_table_is_not_found(ask, question):
    world, _ = await make_released_world()
    reply = await ask(RESULT, wave=str(world.wave_id), question=question, by=[])
    assert (reply.code, reply.data) == ("NOT_FOUND", {"surveyResult": None})


async def test_a_segment_that_does_not_exist_is_refused(ask):
    world, _ = await make_released_world()
    reply = await ask(RESULT, wave=str(world.wave_id), question="channel", by=["education"])
    assert (reply.code, reply.errors[0]["extensions"]["field"]) == ("INVALID_INPUT", "by")


async def test_unreleased_foreign_and_unknown_waves_give_one_and_the_same_answer(ask):
    unreleased = await make_world(code="unreleased")
    await unreleased.add_answers(ANSWERS)
    internal, _ = await make_released_world(is_public=False)
    stranger = caller_as("admin", STRANGER_PATH)
    answers = [
        (await ask(RESULT, caller, wave=str(wave), question="channel", by=[])).errors[0]["extensions"]
        for caller in (ANONYMOUS, Caller(subject="nobody"), stranger)
        for wave in (unreleased.wave_id, internal.wave_id, "00000000-0000-0000-0000-000000000000", "nonsense")
    ]
    assert answers == [{"code": "NOT_FOUND"}] * 12
    assert (await ask(RESULT, ANALYST, wave=str(unreleased.wave_id), question="channel", by=[])).code == "NOT_FOUND"


async def test_an_internal_release_is_for_the_owners_analysts(ask):
    world, release_id = await make_released_world(is_public=False)
    for caller in (ANALYST, caller_as("admin", OWNER_PATH), caller_as("analyst", "00001")):
        assert bases(await cells_of(ask, world, [], caller=caller)) == {(None, None, None): 254}
    document = "query ($id: ID!) { surveyRelease(id: $id) { number } }"
    assert (await ask(document, ANALYST, id=str(release_id))).field == {"number": 1}
    for caller in (ANONYMOUS, caller_as("editor", OWNER_PATH), caller_as("analyst", STRANGER_PATH)):
        assert (await ask(document, caller, id=str(release_id))).code == "NOT_FOUND"


async def test_the_public_keeps_reading_the_public_release_when_an_internal_one_follows(ask):
    world, _ = await make_released_world()
    await add_internal_release(world)
    assert bases(await cells_of(ask, world, [])) == {(None, None, None): 254}
    assert bases(await cells_of(ask, world, [], caller=ANALYST)) == {(None, None, None): 414}


WAVE = "query ($id: ID!) { surveyWave(id: $id) { latestRelease { number } releases { number answers } } }"
WAVES = """
{ surveyProgrammes(first: 5) { nodes { waves(first: 5) { nodes { latestRelease { number } releases { number } } } } } }
"""


async def test_a_wave_knows_its_releases(ask):
    world, _ = await make_released_world()
    await add_internal_release(world)
    assert (await ask(WAVE, id=str(world.wave_id))).field == {
        "latestRelease": {"number": 1},
        "releases": [{"number": 1, "answers": 254}],
    }
    assert (await ask(WAVE, ANALYST, id=str(world.wave_id))).field == {
        "latestRelease": {"number": 2},
        "releases": [{"number": 2, "answers": 414}, {"number": 1, "answers": 254}],
    }


async def test_releases_of_many_waves_take_one_statement(ask):
    await make_released_world()
    await make_world(code="other")
    with queries() as seen:
        reply = await ask(WAVES)
    assert len(reply.field["nodes"]) == 2
    assert sum("FROM release" in text for text in seen.texts) == 1


async def test_the_questions_with_results_are_listed(ask):
    world, _ = await make_released_world()
    document = "query ($wave: ID!) { surveyResultQuestions(waveId: $wave) { code } }"
    reply = await ask(document, wave=str(world.wave_id))
    assert [each["code"] for each in reply.field] == ["channel", "zalo_often", "trust"]


async def test_reads_a_result_with_three_statements_whatever_the_number_of_cells(ask):
    world, _ = await make_released_world()
    await cells_of(ask, world, [])
    for by in ([], ["AGE_BAND", "GENDER", "REGION"]):
        with queries() as seen:
            await cells_of(ask, world, by)
        assert seen.count == 3, seen.texts


async def test_raw_answers_are_not_read(ask):
    world, _ = await make_released_world()
    await db.execute("DELETE FROM answer")
    assert bases(await cells_of(ask, world, [])) == {(None, None, None): 254}
