"""Segments beside each other, and a unit beside one above it: how far apart they are, and whether by chance."""

from uuid import uuid4

import pytest
from results_world import OWNER_PATH, STRANGER_PATH, UNITS, make_released_world, make_world, step_of
from scipy import stats

from kit import db
from kit.identity import ANONYMOUS
from kit.testing import caller_as, queries
from survey.results.inference import corrected

CELL = "ageBand gender region cell { __typename ... on SurveyShownCell { base } }"
DIFFERENCES = "choice label value reference difference standardError low high p pCorrected"
PAIRS = f"""
query ($wave: ID!, $question: String!, $pairs: [SurveySegmentPair!]!, $choice: String, $correction: String!, $unit: ID) {{
  surveySegmentsCompared(
    waveId: $wave, question: $question, pairs: $pairs, choice: $choice, correction: $correction, unitId: $unit
  ) {{
    question {{ code }} release {{ number }} correction
    pairs {{ one {{ {CELL} }} other {{ {CELL} }} differences {{ {DIFFERENCES} }} }}
  }}
}}
"""
UNIT = f"""
query ($wave: ID!, $question: String!, $unit: ID!, $with: ID, $by: [String!]!, $choice: String) {{
  surveyUnitCompared(waveId: $wave, question: $question, unitId: $unit, withUnitId: $with, by: $by, choice: $choice) {{
    unitId referenceUnitId
    pairs {{ one {{ {CELL} }} other {{ {CELL} }} differences {{ {DIFFERENCES} }} }}
  }}
}}
"""
ANALYST = caller_as("analyst", OWNER_PATH)
AGES = {"one": {"ageBand": "25_34"}, "other": {"ageBand": "under_25"}}
GENDERS = {"one": {"gender": "male"}, "other": {"gender": "female"}}
REGIONS = {"one": {"region": "mekong_delta"}, "other": {"region": "southeast"}}
# The share of Zalo by these segments as released, its standard error, and the base.
RELEASED = {"25_34": (0.64, 0.036, 180), "under_25": (0.44, 0.052, 74)}


async def compared(ask, world, pairs, choice="zalo", caller=ANONYMOUS, **more):
    given = {"wave": str(world.wave_id), "question": "channel", "correction": "HOLM", "unit": None, **more}
    reply = await ask(PAIRS, caller, pairs=pairs, choice=choice, **given)
    assert reply.errors == [], reply.errors
    return reply.field


async def unit_at(path: str) -> str:
    return str(await db.value("SELECT id FROM unit WHERE path = $1", path))


def welch(one, other):
    """The difference of two independent shares, its error with what rounding adds, interval and p, by SciPy."""
    (p1, s1, n1), (p2, s2, n2) = ((p, (s * s + step_of(n) ** 2 / 12) ** 0.5, n) for p, s, n in (one, other))
    error = (s1**2 + s2**2) ** 0.5
    freedom = error**4 / (s1**4 / (n1 - 1) + s2**4 / (n2 - 1))
    half = stats.t.ppf(0.975, freedom) * error
    return p1 - p2, error, p1 - p2 - half, p1 - p2 + half, 2 * stats.t.sf(abs(p1 - p2) / error, freedom)


async def test_two_segments_differ_by_their_shares_with_the_error_of_both(ask):
    world, _ = await make_released_world()
    (pair,) = (await compared(ask, world, [AGES]))["pairs"]
    assert (pair["one"]["ageBand"], pair["one"]["cell"]["base"]) == ("25_34", 180)
    assert (pair["other"]["ageBand"], pair["other"]["cell"]["base"]) == ("under_25", 74)
    (found,) = pair["differences"]
    assert (found["choice"], found["label"]) == ("zalo", "zalo (vi)")
    assert (found["value"], found["reference"]) == (0.64, 0.44)
    names = ("difference", "standardError", "low", "high", "p")
    assert tuple(found[name] for name in names) == pytest.approx(
        welch(RELEASED["25_34"], RELEASED["under_25"]), rel=1e-9
    )
    assert found["pCorrected"] == found["p"]


@pytest.mark.parametrize("correction", ["HOLM", "BH"])
async def test_p_of_several_pairs_is_corrected_together(ask, correction):
    world, _ = await make_released_world()
    found = await compared(ask, world, [AGES, GENDERS, REGIONS], correction=correction)
    assert found["correction"] == correction
    differences = [one for pair in found["pairs"] for one in pair["differences"]]
    assert len(differences) == 3
    values = [one["p"] for one in differences]
    assert [one["pCorrected"] for one in differences] == corrected(values, correction)
    assert min(one["pCorrected"] for one in differences) > min(values)


async def test_all_choices_and_the_mean_of_a_scale_are_compared(ask):
    world, _ = await make_released_world(mixed=True)
    (pair,) = (await compared(ask, world, [AGES], choice=None, question="trust"))["pairs"]
    assert [(one["choice"], one["label"]) for one in pair["differences"]] == [
        ("1", "1"),
        ("2", "2"),
        ("3", "3"),
        (None, "Trung bình"),
    ]
    nobody, *_, mean = pair["differences"]
    # Nobody trusts least, in neither segment: nothing varies, so nothing is tested.
    assert [nobody[name] for name in ("difference", "standardError", "low", "high", "p", "pCorrected")] == [
        0,
        0,
        None,
        None,
        None,
        None,
    ]
    assert mean["difference"] == pytest.approx(mean["value"] - mean["reference"], abs=1e-12)


async def test_a_hidden_segment_differs_in_nothing_that_is_told(ask):
    world, _ = await make_released_world()
    young = {"ageBand": "under_25", "region": "southeast"}
    pairs = [
        {"one": {**young, "gender": "female"}, "other": {**young, "gender": "male"}},
        {"one": {"gender": "dragon"}, "other": {"gender": "female"}},
        {"one": {"gender": "other"}, "other": {"gender": "female"}},
    ]
    for pair in (await compared(ask, world, pairs))["pairs"]:
        assert pair["one"]["cell"] == {"__typename": "SurveyHiddenCell"}
        assert pair["differences"] == []


@pytest.mark.parametrize(
    ("pairs", "more", "field"),
    [
        ([], {}, "pairs"),
        ([AGES] * 61, {}, "pairs"),
        ([{"one": {"gender": "male"}, "other": {}}], {}, "pairs"),
        ([{"one": {"gender": "male"}, "other": {"ageBand": "25_34"}}], {}, "pairs"),
        ([{"one": {"gender": "male"}, "other": {"gender": "male"}}], {}, "pairs"),
        ([AGES], {"choice": "radio"}, "choice"),
        ([AGES], {"correction": "BONFERRONI"}, "correction"),
    ],
)
async def test_what_cannot_be_compared_is_refused(ask, pairs, more, field):
    world, _ = await make_released_world()
    given = {"wave": str(world.wave_id), "question": "channel", "choice": "zalo", "correction": "HOLM", "unit": None}
    reply = await ask(PAIRS, pairs=pairs, **{**given, **more})
    assert (reply.code, reply.errors[0]["extensions"]["field"]) == ("INVALID_INPUT", field)


@pytest.mark.parametrize("question", ["comment", "gender", "*", "nonsense"])
async def test_a_question_without_a_table_and_an_unreleased_wave_are_not_found(ask, question):
    world, _ = await make_released_world()
    unreleased = await make_world(code="unreleased")
    for wave, asked in ((world.wave_id, question), (unreleased.wave_id, "channel"), (uuid4(), "channel")):
        given = {"wave": str(wave), "question": asked, "choice": None, "correction": "HOLM", "unit": None}
        assert (await ask(PAIRS, pairs=[AGES], **given)).code == "NOT_FOUND"


async def test_segments_are_compared_within_a_unit_for_its_analysts(ask):
    world, _ = await make_released_world()
    unit = await unit_at(UNITS["mekong_delta"])
    (pair,) = (await compared(ask, world, [GENDERS], caller=ANALYST, unit=unit))["pairs"]
    assert [pair[side]["cell"]["base"] for side in ("one", "other")] == [80, 50]
    given = {"wave": str(world.wave_id), "question": "channel", "choice": None, "correction": "HOLM", "unit": unit}
    assert (await ask(PAIRS, pairs=[GENDERS], **given)).code == "NOT_FOUND"


async def test_pairs_take_three_statements_however_many_they_are(ask):
    world, _ = await make_released_world()
    for pairs in ([AGES], [AGES, GENDERS, REGIONS] * 20):
        with queries() as seen:
            await compared(ask, world, pairs)
        assert seen.count == 3, seen.texts


async def of_unit(ask, world, unit, caller=ANALYST, by=(), **more):
    given = {"wave": str(world.wave_id), "question": "channel", "with": None, "choice": "zalo", **more}
    return await ask(UNIT, caller, unit=unit, by=list(by), **given)


async def test_a_unit_and_the_one_above_share_its_people_which_the_error_knows(ask):
    """0.58 ± 0.043 of half of the people, beside 0.56 ± 0.031 of all: 0.02 ± √(s² + S² − 2·½·s²), and rounding."""
    world, _ = await make_released_world()
    unit = await unit_at(UNITS["mekong_delta"])
    reply = await of_unit(ask, world, unit)
    assert (reply.field["unitId"], reply.field["referenceUnitId"]) == (unit, await unit_at(OWNER_PATH))
    (pair,) = reply.field["pairs"]
    assert [pair[side]["cell"]["base"] for side in ("one", "other")] == [130, 254]
    (found,) = pair["differences"]
    assert found["difference"] == pytest.approx(0.02, abs=1e-12)
    error = (0.043**2 + 0.031**2 - 2 * 0.5 * 0.043**2 + (0.01**2 + 0.005**2) / 12) ** 0.5
    assert found["standardError"] == pytest.approx(error, abs=1e-12)
    # The same as half the difference from the rest, 0.54 ± 0.0439, but for rounding.
    assert found["standardError"] == pytest.approx((0.0434**2 + 0.0439**2) ** 0.5 / 2, abs=5e-4)
    assert found["low"] < 0 < found["high"]
    assert found["p"] == pytest.approx(2 * stats.t.sf(0.02 / error, 252), abs=2e-3)


async def test_a_unit_is_compared_by_segments(ask):
    world, _ = await make_released_world()
    reply = await of_unit(ask, world, await unit_at(UNITS["mekong_delta"]), by=["AGE_BAND"])
    assert [(pair["one"]["ageBand"], pair["other"]["cell"]["base"]) for pair in reply.field["pairs"]] == [
        ("under_25", 74),
        ("25_34", 180),
    ]
    assert [len(pair["differences"]) for pair in reply.field["pairs"]] == [1, 1]


async def test_a_units_own_analyst_compares_it_with_what_is_public(ask):
    world, _ = await make_released_world()
    path = UNITS["mekong_delta"]
    reply = await of_unit(ask, world, await unit_at(path), caller_as("analyst", path))
    assert len(reply.field["pairs"][0]["differences"]) == 1


async def test_the_target_has_nothing_above_it_and_strangers_see_nothing(ask):
    world, _ = await make_released_world()
    unit, target, top = [await unit_at(path) for path in (UNITS["mekong_delta"], OWNER_PATH, "00001")]
    other = await unit_at(UNITS["southeast"])
    for who, one, above in (
        (ANALYST, target, None),
        (ANALYST, unit, unit),
        (ANALYST, unit, other),
        (ANALYST, unit, top),
        (ANALYST, unit, "nonsense"),
        (ANALYST, str(uuid4()), None),
        (ANONYMOUS, unit, None),
        (caller_as("admin", STRANGER_PATH), unit, None),
        (caller_as("analyst", UNITS["southeast"]), unit, target),
    ):
        reply = await of_unit(ask, world, one, who, **{"with": above})
        assert (reply.code, reply.data) == ("NOT_FOUND", {"surveyUnitCompared": None})


async def test_a_unit_compared_takes_six_statements(ask):
    world, _ = await make_released_world()
    unit = await unit_at(UNITS["mekong_delta"])
    with queries() as seen:
        await of_unit(ask, world, unit, by=["AGE_BAND", "GENDER", "REGION"])
    assert seen.count == 6, seen.texts
