"""A concept from wave to wave: its shares, how they changed, and a refusal where it was asked in other words."""

from copy import deepcopy
from uuid import uuid4

import pytest
from results_world import (
    ANSWERS,
    DEFINITION,
    OWNER_PATH,
    STRANGER_PATH,
    UNITS,
    add_wave,
    make_released_world,
    make_world,
)
from scipy import stats

from kit import db
from kit.identity import ANONYMOUS
from kit.testing import caller_as, queries
from survey.results.inference import corrected

TREND = """
query (
  $programme: ID, $owner: ID, $concept: String!, $by: [String!]!, $choice: String, $filters: SurveyResultFilter,
  $unit: ID, $today: Boolean!, $correction: String!, $waves: Int!
) {
  surveyTrend(
    programmeId: $programme, ownerId: $owner, concept: $concept, by: $by, choice: $choice, filters: $filters,
    unitId: $unit, asOfToday: $today, correction: $correction, waves: $waves
  ) {
    __typename
    ... on SurveyTrend {
      question { code concept } correction
      waves { programmeCode waveNumber questionCode isCombined madeOf release { number waveId } }
      series {
        points {
          waveId sinceWaveId
          cell {
            ageBand gender region cell { __typename ... on SurveyShownCell { base choices { code share } } }
          }
          changes { choice value reference difference standardError low high p pCorrected }
        }
      }
    }
    ... on SurveyWordingChanged { code message changes { fromWaveId toWaveId what before after } }
  }
}
"""
ANALYST = caller_as("analyst", OWNER_PATH)


async def asked(ask, world, caller=ANONYMOUS, **more):
    given = {
        "programme": str(await programme_of(world)),
        "owner": None,
        "concept": "information_channel",
        "by": [],
        "choice": "zalo",
        "filters": None,
        "unit": None,
        "today": False,
        "correction": "HOLM",
        "waves": 20,
    }
    return await ask(TREND, caller, **{**given, **more})


async def trend(ask, world, caller=ANONYMOUS, **more):
    reply = await asked(ask, world, caller, **more)
    assert reply.errors == [], reply.errors
    return reply.field


async def programme_of(world):
    return await db.value("SELECT programme_id FROM wave WHERE id = $1", world.wave_id)


async def unit_at(path: str) -> str:
    return str(await db.value("SELECT id FROM unit WHERE path = $1", path))


async def next_wave(world, definition=None, answers=None):
    """The next wave, half a year later, released: of each segment five more who chose Zalo, if nothing is said."""
    later = await add_wave(world, definition)
    await later.add_answers(answers or {segment: (zalo + 5, board) for segment, (zalo, board) in ANSWERS.items()})
    await later.publish()
    return later


def changed(change):
    """The questionnaire, changed."""
    definition = deepcopy(DEFINITION)
    change(definition["sections"][0]["questions"][0])
    return definition


async def test_each_waves_share_and_how_it_changed(ask):
    first, _ = await make_released_world()
    second = await next_wave(first)
    found = await trend(ask, first)
    assert (found["__typename"], found["question"]["code"]) == ("SurveyTrend", "channel")
    assert [(wave["waveNumber"], wave["questionCode"], wave["isCombined"]) for wave in found["waves"]] == [
        (1, "channel", False),
        (2, "channel", False),
    ]
    (series,) = found["series"]
    before, after = series["points"]
    assert (before["waveId"], before["sinceWaveId"], before["changes"]) == (str(first.wave_id), None, [])
    assert (after["waveId"], after["sinceWaveId"]) == (str(second.wave_id), str(first.wave_id))
    assert [point["cell"]["cell"]["base"] for point in (before, after)] == [254, 294]
    share = after["cell"]["cell"]["choices"][0]["share"]
    (change,) = after["changes"]
    assert (change["value"], change["reference"]) == (share, 0.56)
    assert change["difference"] == pytest.approx(share - 0.56, abs=1e-12)
    first_error, error = ((each**2 + 0.005**2 / 12) ** 0.5 for each in (0.031, await error_of(second)))
    assert change["standardError"] == pytest.approx((first_error**2 + error**2) ** 0.5, abs=1e-12)
    freedom = change["standardError"] ** 4 / (first_error**4 / 253 + error**4 / 293)
    t = change["difference"] / change["standardError"]
    assert change["p"] == pytest.approx(2 * stats.t.sf(abs(t), freedom), rel=1e-9)
    half = stats.t.ppf(0.975, freedom) * change["standardError"]
    assert (change["low"], change["high"]) == pytest.approx(
        (change["difference"] - half, change["difference"] + half), abs=1e-9
    )


async def error_of(world):
    """The standard error of Zalo's share of all, as a wave's release keeps it."""
    return (
        await db.value(
            "SELECT error[17] FROM release_table JOIN release ON release.id = release_id JOIN unit ON unit.id = unit_id"
            " WHERE wave_id = $1 AND question_code = 'channel' AND path = $2 AND release_table.region IS NULL",
            world.wave_id,
            OWNER_PATH,
        )
        / 10_000
    )


@pytest.mark.parametrize("correction", ["HOLM", "BH"])
async def test_p_of_all_changes_is_corrected_together(ask, correction):
    first, _ = await make_released_world()
    second = await next_wave(first)
    await next_wave(second, answers={segment: (zalo + 9, board) for segment, (zalo, board) in ANSWERS.items()})
    found = await trend(ask, first, by=["REGION"], correction=correction)
    changes = [change for series in found["series"] for point in series["points"] for change in point["changes"]]
    assert len(changes) == 2 * 2
    assert [change["pCorrected"] for change in changes] == corrected([change["p"] for change in changes], correction)
    assert [change["pCorrected"] for change in changes] != [change["p"] for change in changes]


async def test_a_segment_hidden_in_a_wave_is_compared_with_the_last_that_shows_it(ask):
    first, _ = await make_released_world()
    few = {**ANSWERS, ("25_34", "male", "mekong_delta"): (3, 2)}
    second = await next_wave(first, answers=few)
    await next_wave(second)
    filters = {"ageBand": "25_34", "gender": "male", "region": "mekong_delta"}
    (series,) = (await trend(ask, first, filters=filters))["series"]
    shown = [point["cell"]["cell"]["__typename"] for point in series["points"]]
    assert shown == ["SurveyShownCell", "SurveyHiddenCell", "SurveyShownCell"]
    assert [point["sinceWaveId"] for point in series["points"]] == [None, None, str(first.wave_id)]
    assert [len(point["changes"]) for point in series["points"]] == [0, 0, 1]


async def test_the_newest_release_of_a_wave_that_one_may_see_counts(ask):
    first, _ = await make_released_world()
    await next_wave(first)
    await first.add_answers(dict.fromkeys(ANSWERS, (10, 10)))
    await first.publish(is_public=False)
    assert [wave["release"]["number"] for wave in (await trend(ask, first))["waves"]] == [1, 1]
    assert [wave["release"]["number"] for wave in (await trend(ask, first, ANALYST))["waves"]] == [2, 1]


async def test_another_version_with_the_same_words_is_no_change(ask):
    """Also when something else was asked otherwise, and when a further language came."""
    first, _ = await make_released_world()
    definition = changed(lambda question: question["text"].update(km="…"))
    definition["sections"][0]["questions"][2]["text"]["vi"] = "Anh/chị có tin không?"
    await next_wave(first, definition)
    assert len((await trend(ask, first))["series"][0]["points"][1]["changes"]) == 1


def reword(question):
    question["text"]["vi"] = "Anh/chị nghe tin ở đâu?"


def rename_choice(question):
    question["choices"][1]["text"]["en"] = "A board on the wall"


def add_choice(question):
    question["choices"].append({"code": "radio", "text": {"vi": "Loa", "en": "Loudspeaker"}})


def allow_several(question):
    question["kind"] = "multiple"


@pytest.mark.parametrize(
    ("change", "what", "before", "after"),
    [
        (reword, "text", "Anh/chị biết tin qua đâu?", "Anh/chị nghe tin ở đâu?"),
        (rename_choice, "choices", "board: board (vi)", "board: board (vi)"),
        (add_choice, "choices", "", "radio: Loa"),
        (allow_several, "kind", "single", "multiple"),
    ],
)
async def test_refuses_what_was_asked_in_other_words_and_says_where(ask, change, what, before, after):
    first, _ = await make_released_world()
    second = await next_wave(first)
    third = await add_wave(second, changed(change))
    await third.add_answers(ANSWERS)
    if what == "kind":
        await db.execute(
            """UPDATE answer SET "values" = jsonb_set("values", '{channel}', jsonb_build_array("values" -> 'channel'))
               WHERE wave_id = $1""",
            third.wave_id,
        )
    await third.publish()
    refused = await trend(ask, first)
    assert (refused["__typename"], refused["code"]) == ("SurveyWordingChanged", "SURVEY_WORDING_CHANGED")
    assert refused["changes"] == [
        {
            "fromWaveId": str(second.wave_id),
            "toWaveId": str(third.wave_id),
            "what": what,
            "before": before,
            "after": after,
        }
    ]
    assert len((await trend(ask, first, waves=1))["waves"]) == 1


async def test_a_wave_that_did_not_ask_the_concept_is_left_out(ask):
    first, _ = await make_released_world()
    second = await next_wave(first, changed(lambda question: question.update(concept="something_else")))
    third = await next_wave(await add_wave(second, DEFINITION))
    found = await trend(ask, first)
    assert [wave["release"]["waveId"] for wave in found["waves"]] == [str(first.wave_id), str(third.wave_id)]
    assert len(found["series"][0]["points"][1]["changes"]) == 1


async def test_refuses_a_wave_that_asked_the_concept_twice(ask):
    first, _ = await make_released_world()
    definition = changed(lambda question: None)
    definition["sections"][0]["questions"][1]["concept"] = "information_channel"
    second = await next_wave(first, definition)
    (change,) = (await trend(ask, first))["changes"]
    assert (change["what"], change["toWaveId"], change["after"]) == (
        "several_questions",
        str(second.wave_id),
        "channel, zalo_often",
    )


async def test_all_programmes_of_an_owner_make_one_trend(ask):
    first, _ = await make_released_world()
    other = await make_world(code="other")
    await db.execute(
        "UPDATE wave SET opens_at = opens_at + interval '1 year', closes_at = closes_at + interval '1 year' WHERE id = $1",
        other.wave_id,
    )
    await other.add_answers(ANSWERS)
    await other.publish()
    found = await trend(ask, first, programme=None, owner=await unit_at(OWNER_PATH))
    assert [wave["programmeCode"] for wave in found["waves"]] == ["needs", "other"]
    (change,) = found["series"][0]["points"][1]["changes"]
    assert (change["difference"], change["p"]) == (0, pytest.approx(1))


async def test_programmes_that_ask_different_units_need_one_to_be_named(ask):
    first, _ = await make_released_world()
    other = await make_world(code="other")
    await other.add_answers(ANSWERS)
    await other.publish()
    await db.execute(
        "UPDATE programme SET target_unit_id = $1 WHERE code = 'other'",
        await db.value("SELECT id FROM unit WHERE path = $1", UNITS["southeast"]),
    )
    owner = await unit_at(OWNER_PATH)
    reply = await asked(ask, first, ANALYST, programme=None, owner=owner)
    assert (reply.code, reply.errors[0]["extensions"]["field"]) == ("INVALID_INPUT", "unitId")
    assert len((await trend(ask, first, ANALYST, programme=None, owner=owner, unit=owner))["waves"]) == 2


async def test_a_unit_of_today_is_followed_through_the_frames(ask):
    """In the first wave the two stood side by side; before the second one took the other in."""
    first, _ = await make_released_world()
    second = await next_wave(first)
    heir, taken = [await unit_at(UNITS[region]) for region in ("southeast", "mekong_delta")]
    await db.execute("UPDATE unit SET path = $2 WHERE path = $1", UNITS["mekong_delta"], UNITS["southeast"] + "00002")
    await db.execute("DELETE FROM frame_unit WHERE unit_id = $1 AND wave_id = $2", taken, second.wave_id)
    found = await trend(ask, first, ANALYST, unit=heir, today=True)
    assert [(wave["isCombined"], wave["madeOf"]) for wave in found["waves"]] == [(True, [heir, taken]), (False, [heir])]
    assert [point["cell"]["cell"]["base"] for point in found["series"][0]["points"]] == [254, 144]


async def test_a_wave_whose_frame_lacks_the_unit_hides_it(ask):
    first, _ = await make_released_world()
    second = await next_wave(first)
    unit = await unit_at(UNITS["southeast"])
    await db.execute("DELETE FROM frame_unit WHERE unit_id = $1 AND wave_id = $2", unit, second.wave_id)
    found = await trend(ask, first, ANALYST, unit=unit)
    assert [point["cell"]["cell"]["__typename"] for point in found["series"][0]["points"]] == [
        "SurveyShownCell",
        "SurveyHiddenCell",
    ]


async def test_what_nobody_may_see_and_what_there_is_not_give_one_and_the_same_answer(ask):
    internal, _ = await make_released_world(is_public=False)
    unreleased = await make_world(code="unreleased")
    public = await make_world(code="public")
    await public.add_answers(ANSWERS)
    await public.publish()
    unit = await unit_at(UNITS["southeast"])
    for who, world, more in (
        (ANONYMOUS, internal, {}),
        (caller_as("admin", STRANGER_PATH), internal, {}),
        (ANALYST, unreleased, {}),
        (ANALYST, public, {"programme": str(uuid4())}),
        (ANALYST, public, {"programme": "nonsense"}),
        (ANALYST, public, {"programme": None, "owner": str(uuid4())}),
        (ANALYST, public, {"concept": "comment"}),
        (ANALYST, public, {"concept": "nonsense"}),
        (ANALYST, public, {"concept": "gender"}),
        (ANONYMOUS, public, {"unit": unit}),
        (caller_as("admin", STRANGER_PATH), public, {"unit": unit}),
        (ANALYST, public, {"unit": str(uuid4())}),
    ):
        reply = await asked(ask, world, who, **more)
        assert (reply.code, reply.data) == ("NOT_FOUND", {"surveyTrend": None}), more


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"owner": "00000000-0000-0000-0000-000000000000"}, "programmeId"),
        ({"programme": None}, "programmeId"),
        ({"choice": "radio"}, "choice"),
        ({"correction": "none"}, "correction"),
        ({"waves": 0}, "waves"),
        ({"waves": 21}, "waves"),
        ({"by": ["education"]}, "by"),
    ],
)
async def test_what_cannot_be_asked_is_refused(ask, more, field):
    world, _ = await make_released_world()
    reply = await asked(ask, world, **more)
    assert (reply.code, reply.errors[0]["extensions"]["field"]) == ("INVALID_INPUT", field)


async def test_a_trend_takes_three_statements_however_many_waves_it_has(ask):
    world, _ = await make_released_world()
    later = await next_wave(world)
    await trend(ask, world)
    with queries() as seen:
        await trend(ask, world, by=["AGE_BAND", "GENDER", "REGION"])
    few = seen.count
    for _ in range(3):
        later = await next_wave(later)
    with queries() as seen:
        found = await trend(ask, world, by=["AGE_BAND", "GENDER", "REGION"])
    assert len(found["waves"]) == 5
    # One more than these looks up which programme the test's wave is of.
    assert few == seen.count == 4, seen.texts
    with queries() as seen:
        await trend(ask, world, ANALYST, unit=await unit_at(UNITS["southeast"]), today=True)
    assert seen.count == 4 + 1 + 3, seen.texts
