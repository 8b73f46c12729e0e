"""Releases, results read from them, files of them and what people wrote: what survey tells of answers."""

from oracle.rules import rule
from oracle.sight import Sight


@rule(
    "survey",
    "surveyRelease",
    "surveyResult",
    "surveyResultQuestions",
    "SurveyWave.latestRelease",
    "SurveyWave.releases",
)
async def releases_are_public_or_for_analysts_of_the_owner(sight: Sight) -> None:
    for wave in (wave for wave in sight.world.waves if wave.state != "planned"):
        shown = wave.shown_releases(sight.who)
        (told,) = await sight.entities("SurveyWave", [wave.id], "latestRelease { id } releases { id }")
        sight.shows(
            "of a wave", [one["id"] for one in told["releases"]], [r.id for r in shown], [r.id for r in wave.releases]
        )
        newest = shown[0] if shown else None
        sight.tells("newest", told["latestRelease"], {"id": str(newest.id)} if newest else None)
        answer = await sight.answer(
            """query ($id: ID!) { surveyResultQuestions(waveId: $id) { code }
            surveyResult(waveId: $id, question: "channel", by: []) { release { number } } }""",
            id=str(wave.id),
        )
        result = answer["surveyResult"]
        sight.tells("result", result and result["release"]["number"], newest.number if newest else None)
        sight.tells("questions", bool(answer["surveyResultQuestions"]) or None, bool(newest) or None)
        for release in wave.releases:
            by_id = await sight.answer("query ($id: ID!) { surveyRelease(id: $id) { id } }", id=str(release.id))
            sight.tells("by id", by_id["surveyRelease"], {"id": str(release.id)} if release in shown else None)


@rule(
    "survey",
    "surveyResultParticipation",
    "surveyReach",
    "surveySegmentsCompared",
    "surveyUnitCompared",
)
async def results_below_the_target_are_for_analysts_of_the_unit_or_the_owner(sight: Sight) -> None:
    cells = "cells { cell { ... on SurveyShownCell { base } } }"
    pair = "pairs { one { cell { ... on SurveyShownCell { base } } } }"
    document = f"""query ($wave: ID!, $unit: ID!) {{
        surveyResult(waveId: $wave, question: "channel", by: [], unitId: $unit) {{ {cells} }}
        surveyResultParticipation(waveId: $wave, by: [], unitId: $unit) {{ {cells} }}
        surveyReach(waveId: $wave, by: [], unitId: $unit) {{ cells {{ cell {{ cell {{ ... on SurveyShownCell {{ base }} }} }} }} }}
        surveySegmentsCompared(waveId: $wave, question: "channel", unitId: $unit, pairs: [
          {{ one: {{ gender: "female" }}, other: {{ gender: "male" }} }}]) {{ unitId }}
        surveyUnitCompared(waveId: $wave, question: "channel", by: [], unitId: $unit, withUnitId: $target) {{ {pair} }}
    }}""".replace("$unit: ID!)", "$unit: ID!, $target: ID!)")
    for wave in (wave for wave in sight.world.waves if wave.releases):
        target = wave.programme.target
        for unit in {target, *sight.some_units(3), *sight.world.chance.sample(wave.frame, min(3, len(wave.frame)))}:
            if unit not in wave.frame:
                continue
            told = await sight.answer(document, wave=str(wave.id), unit=str(unit.id), target=str(target.id))
            base = wave.base_of(unit, sight.who)
            what = f"{wave.code} {unit.code}"
            for name in ("surveyResult", "surveyResultParticipation"):
                sight.tells(f"{name} {what}", told[name] and told[name]["cells"][0]["cell"].get("base"), base)
            reach = told["surveyReach"]
            sight.tells(f"reach {what}", reach and reach["cells"][0]["cell"]["cell"].get("base"), base)
            compared = told["surveySegmentsCompared"]
            sight.tells(f"segments {what}", compared and compared["unitId"], str(unit.id) if base else None)
            beside = told["surveyUnitCompared"]
            shown = beside and beside["pairs"][0]["one"]["cell"].get("base")
            sight.tells(f"beside the target {what}", shown, base if unit is not target else None)


@rule("survey", "topicsInUnit", "_entities(TopicInUnit)", "TopicInUnit.demand")
async def needs_are_read_from_the_newest_release_that_one_sees(sight: Sight) -> None:
    demand = "demand { unitId release { id } }"
    for unit in sight.some_units(6):
        if not (unit.is_open or unit.closed):
            continue
        told = await sight.answer(
            f"query ($unit: ID!) {{ topicsInUnit(unitId: $unit) {{ topic {demand} }} }}", unit=str(unit.id)
        )
        topics = {one["topic"]: one["demand"] for one in told["topicsInUnit"]}
        (entity,) = await sight.named("TopicInUnit", [{"topic": "benefits", "unit": str(unit.id)}], demand)
        asked = [
            wave
            for wave in sight.world.waves
            if wave.shown_releases(sight.who) and unit.is_under(wave.programme.target)
        ]
        for told_here in (topics["benefits"], entity["demand"]):
            if not asked:
                sight.tells(f"{unit.code} was not asked", told_here, None)
                continue
            wave = max(asked, key=lambda wave: (wave.number, sight.world.waves.index(wave)))
            release = wave.shown_releases(sight.who)[0]
            sight.tells(f"release of {unit.code}", told_here and told_here["release"]["id"], str(release.id))
            if unit in wave.asked_units:
                whose = unit if wave.base_of(unit, sight.who) else wave.programme.target
                sight.tells(f"people of {unit.code}", told_here and told_here["unitId"], str(whose.id))
        sight.tells("a topic that was not asked", topics["role_models"], None)


@rule("survey", "surveyTrend")
async def trends_are_made_of_releases_that_one_sees(sight: Sight) -> None:
    for programme in sight.world.programmes:
        told = await sight.answer(
            """query ($id: ID!) { surveyTrend(programmeId: $id, concept: "information_channel", by: []) {
            ... on SurveyTrend { waves { release { id } } } } }""",
            id=str(programme.id),
        )
        seen = [wave["release"]["id"] for wave in told["surveyTrend"]["waves"]] if told["surveyTrend"] else []
        newest = [wave.shown_releases(sight.who)[:1] for wave in programme.waves]
        every = [release.id for wave in programme.waves for release in wave.releases]
        sight.shows(programme.code, seen, [release.id for shown in newest for release in shown], every)


@rule("survey", "surveyReleaseRequest")
async def wishes_for_releases_are_for_analysts_of_the_owner(sight: Sight) -> None:
    for wave in sight.world.waves:
        may = sight.who.may("analyst", wave.programme.owner)
        for request in wave.requests:
            told = await sight.answer("query ($id: ID!) { surveyReleaseRequest(id: $id) { id } }", id=str(request))
            sight.tells("request", told["surveyReleaseRequest"], {"id": str(request)} if may else None)


@rule("survey", "surveyDownload", "surveyDownloads")
async def files_are_for_who_asked_for_them(sight: Sight) -> None:
    files = {each: of for wave in sight.world.waves for one in wave.releases for each, of in one.downloads.items()}
    shown = [each for each, subject in files.items() if subject == sight.who.subject]
    found = await sight.all_of("surveyDownloads", "", "id")
    sight.shows("list", [one["id"] for one in found or []], shown, files)
    for each in files:
        told = await sight.answer("query ($id: ID!) { surveyDownload(id: $id) { id } }", id=str(each))
        sight.tells("by id", told["surveyDownload"], {"id": str(each)} if each in shown else None)


@rule("survey", "surveyOpenQuestions", "surveyOpenAnswers")
async def what_people_wrote_is_for_analysts_of_the_owner(sight: Sight) -> None:
    for wave in sight.world.waves:
        may = sight.who.may("analyst", wave.programme.owner)
        for release in wave.releases:
            told = await sight.answer(
                "query ($id: ID!) { surveyOpenQuestions(releaseId: $id) { texts } }", id=str(release.id)
            )
            sight.tells("questions", told.get("surveyOpenQuestions"), [{"texts": 10}] if may else None)
            told = await sight.answer(
                """query ($id: ID!) { surveyOpenAnswers(releaseId: $id, question: "comment", first: 100) {
                nodes { text } } }""",
                id=str(release.id),
            )
            shown = told.get("surveyOpenAnswers")
            sight.tells("texts", shown and len(shown["nodes"]), 10 if may else None)
