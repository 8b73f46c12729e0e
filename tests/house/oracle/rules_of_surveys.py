"""Programmes, waves, questionnaires, polls and ways to answer: what survey tells of asking."""

from oracle.rules import rule
from oracle.sight import Sight, codes


@rule("survey", "surveyProgrammes", "surveyProgramme")
async def programmes_that_ever_asked_are_public(sight: Sight) -> None:
    everything = sight.world.programmes
    shown = [one for one in everything if one.is_shown(sight.who)]
    found = await sight.all_of("surveyProgrammes", "", "code waves(first: 100) { nodes { id } }")
    sight.shows("list", [one["code"] for one in found or []], codes(shown), codes(everything))
    for one in everything:
        document = "query ($id: ID!) { surveyProgramme(id: $id) { code waves(first: 100) { nodes { id } } } }"
        told = (await sight.answer(document, id=str(one.id)))["surveyProgramme"]
        sight.tells(one.code, told and told["code"], one.code if one in shown else None)
        waves = [wave.id for wave in one.waves if wave.is_shown(sight.who)] if one in shown else []
        sight.shows(
            f"waves of {one.code}",
            [wave["id"] for wave in told["waves"]["nodes"]] if told else [],
            waves,
            [wave.id for wave in one.waves],
        )


@rule("survey", "surveyWave", "_entities(SurveyWave)", "SurveyWave.collectors")
async def waves_that_ever_opened_are_public(sight: Sight) -> None:
    waves = sight.world.waves
    selection = "id collectors(first: 100) { nodes { code } }"
    entities = await sight.entities("SurveyWave", [wave.id for wave in waves], selection)
    for wave, entity in zip(waves, entities, strict=True):
        document = f"query ($id: ID!) {{ surveyWave(id: $id) {{ {selection} }} }}"
        told = (await sight.answer(document, id=str(wave.id)))["surveyWave"]
        shown = wave.is_shown(sight.who)
        for one in (told, entity):
            sight.tells(wave.code, one and one["id"], str(wave.id) if shown else None)
            staff = wave.programme.is_staff(sight.who)
            right = wave.whole_codes if shown else []
            right += [group.code for group in wave.groups] if staff else []
            all_codes = [*wave.whole_codes, *(group.code for group in wave.groups)]
            sight.shows(
                wave.code, [each["code"] for each in one["collectors"]["nodes"]] if one else [], right, all_codes
            )


@rule("survey", "SurveyWave.participation", "SurveyWave.participationByDay")
async def participation_is_for_contributors_and_analysts_of_the_unit(sight: Sight) -> None:
    document = """query ($id: ID!, $unit: ID) { surveyWave(id: $id) { participation(unit: $unit) { expected }
    participationByDay(unit: $unit, first: 1) { nodes { expected } } } }"""
    for wave in (wave for wave in sight.world.waves if wave.groups):
        groups = [group.unit for group in wave.groups]
        for unit in [*groups, *(above for group in groups for above in group.above()), *sight.some_units(2), None]:
            told = (await sight.answer(document, id=str(wave.id), unit=unit and str(unit.id)))["surveyWave"]
            expected = wave.expected_in(unit or wave.programme.target, sight.who)
            what = f"{wave.code} in {unit.code if unit else 'all'}"
            sight.tells(what, told["participation"] and told["participation"]["expected"], expected)
            days = told["participationByDay"]
            sight.tells(f"{what} by day", days and days["nodes"][0]["expected"], expected)


@rule("survey", "SurveyWave.participationByGroup")
async def participation_by_group_is_for_the_owners_staff(sight: Sight) -> None:
    document = "query ($id: ID!) { surveyWave(id: $id) { participationByGroup(first: 100) { nodes { expected } } } }"
    for wave in (wave for wave in sight.world.waves if wave.is_shown(sight.who)):
        told = (await sight.answer(document, id=str(wave.id)))["surveyWave"]["participationByGroup"]
        is_told = wave.programme.is_staff(sight.who) and wave.state != "planned"
        people = sorted(group.people for group in wave.groups) if is_told else None
        sight.tells(wave.code, told and sorted(node["expected"] for node in told["nodes"]), people)


@rule("survey", "surveyCadencePresets", hides=False)
async def named_rules_are_public(sight: Sight) -> None:
    await sight.same_for_all("{ surveyCadencePresets { code isDefault } }")


@rule("survey", "surveyCadencePreview")
async def a_rule_is_previewed_by_whoever_is_signed_in(sight: Sight) -> None:
    document = '{ surveyCadencePreview(startsOn: "2026-03-01", recurrence: "FREQ=YEARLY") { days(count: 1) } }'
    told = (await sight.answer(document))["surveyCadencePreview"]
    expected = ["2026-03-01"] if sight.who.subject is not None else None
    sight.tells("yearly", told and told["days"], expected)


@rule("survey", "_entities(Unit)", "Unit.surveyWaves")
async def waves_that_ask_people_of_a_unit(sight: Sight) -> None:
    units = [unit for unit in sight.world.units if unit in sight.world.open_units or unit.closed]
    found = await sight.entities("Unit", [unit.id for unit in units], "surveyWaves(first: 100) { nodes { id } }")
    for unit, told in zip(units, found, strict=True):
        asking = [
            wave
            for wave in sight.world.waves
            # What it inherited or what was moved below it; whom the frame held; whom a planned one would ask today.
            if wave.programme.target.is_under(unit)
            or unit in wave.frame
            or (wave.state == "planned" and unit.is_open and unit.is_under(wave.programme.target))
        ]
        shown = [wave.id for wave in asking if wave.is_shown(sight.who)]
        sight.shows(unit.code, [one["id"] for one in told["surveyWaves"]["nodes"]], shown, [wave.id for wave in asking])


@rule("survey", "quickPolls")
async def polls_that_ask_people_of_a_unit(sight: Sight) -> None:
    polls = sight.world.polls
    for unit in [poll.unit for poll in polls] + sight.some_units(3):
        if not (unit.is_open or unit.closed):
            continue
        found = await sight.all_of("quickPolls", f'unit: "{unit.id}"', "id")
        asking = [poll for poll in polls if unit.is_under(poll.unit)]
        shown = [poll.id for poll in asking if poll.is_shown(sight.who)]
        sight.shows(unit.code, [one["id"] for one in found or []], shown, [poll.id for poll in asking])


@rule("survey", "surveyForm", hides=False)
async def forms_are_public(sight: Sight) -> None:
    for code in [code for wave in sight.world.waves for code in (wave.code, *(group.code for group in wave.groups))]:
        told = (await sight.answer("query ($c: String!) { surveyForm(code: $c) { code } }", c=code))["surveyForm"]
        sight.tells("form", told and told["code"], code)


@rule("survey", "surveySlipBatches")
async def slips_are_listed_for_contributors_of_their_unit(sight: Sight) -> None:
    for wave in sight.world.waves:
        found = await sight.all_of("surveySlipBatches", f'wave: "{wave.id}"', "id")
        shown = [batch for batch, unit in wave.slips.items() if sight.who.may("contributor", unit)]
        sight.shows(wave.code, [one["id"] for one in found or []], shown, wave.slips)


@rule("survey", "surveyAuditTrail")
async def the_trail_of_surveys_is_for_admins_of_the_unit(sight: Sight) -> None:
    programmes = sight.world.programmes
    for unit in sight.some_units(4) + [programme.owner for programme in programmes]:
        if not (unit.is_open or unit.closed):
            continue
        may = sight.who.may("admin", unit)
        told = await sight.all_of("surveyAuditTrail", f'unit: "{unit.id}"', "thingId")
        things = sorted(str(one.id) for one in programmes if one.owner.is_under(unit))
        sight.tells(
            unit.code, told if told is None else sorted(one["thingId"] for one in told), things if may else None
        )
        one = sight.world.chance.choice(programmes)
        told = await sight.all_of("surveyAuditTrail", f'unit: "{unit.id}", programme: "{one.id}"', "thingId")
        things = [str(one.id)] if one.owner.is_under(unit) else []
        sight.tells(
            f"{unit.code} {one.code}",
            told if told is None else [each["thingId"] for each in told],
            things if may else None,
        )


@rule("survey", "surveyReceipt", hides=False)
async def whether_a_form_arrived_is_told_to_whoever_has_its_receipt(sight: Sight) -> None:
    await sight.same_for_all('{ surveyReceipt(receipt: "0000-0000-0000-0000") }')


@rule("survey", "surveyCredentialKeys", hides=False)
async def everybody_sees_that_all_have_one_key(sight: Sight) -> None:
    for wave in sight.world.waves:
        await sight.same_for_all(f'{{ surveyCredentialKeys(wave: "{wave.id}") {{ nodes {{ id }} }} }}')


@rule("survey", "surveyCredentialKey")
async def a_credential_is_for_people_of_the_units_that_are_asked(sight: Sight) -> None:
    for wave in (wave for wave in sight.world.waves if wave.credential_code):
        document = """query ($wave: ID!) { surveyCredentialKey(wave: $wave) { id }
        surveyCredentialKeys(wave: $wave) { nodes { id } } }"""
        told = await sight.answer(document, wave=str(wave.id))
        asked = any(
            unit in wave.frame and sight.world.stood_under(unit, wave.programme.target) for _, unit in sight.who.roles
        )
        (key,) = told["surveyCredentialKeys"]["nodes"]
        sight.tells(wave.code, told["surveyCredentialKey"], key if asked else None)


@rule("survey", "questionnaireWorkbook")
async def workbooks_are_given_of_the_versions_that_are_shown(sight: Sight) -> None:
    for one in sight.world.questionnaires:
        for version in one.versions:
            document = "query ($id: ID!) { questionnaireWorkbook(versionId: $id) { __typename } }"
            told = (await sight.answer(document, id=str(version.id)))["questionnaireWorkbook"]
            is_shown = version.id in one.shown(sight.who)
            sight.tells(one.code, told, {"__typename": "QuestionnaireWorkbook"} if is_shown else None)


@rule("survey", "questionnaire", "_entities(QuestionnaireVersion)")
async def what_was_asked_is_public(sight: Sight) -> None:
    for one in sight.world.questionnaires:
        document = "query ($c: String!) { questionnaire(code: $c) { versions(first: 100) { id } } }"
        told = (await sight.answer(document, c=one.code))["questionnaire"]
        everything = [version.id for version in one.versions]
        sight.shows(
            one.code, [each["id"] for each in told["versions"]] if told else [], one.shown(sight.who), everything
        )
        asked = [version.id for version in one.versions if version.is_asked]
        entities = await sight.entities("QuestionnaireVersion", everything, "id")
        sight.shows(f"{one.code} by id", [each["id"] for each in entities if each], asked, everything)


@rule("survey", "surveyConcept")
async def the_history_of_a_concept_is_of_what_was_asked(sight: Sight) -> None:
    document = """query ($after: String) { surveyConcept(code: "information_channel") {
        versions(first: 100, after: $after) { nodes { questionnaireCode number } pageInfo { hasNextPage endCursor } } } }"""
    found: list[str] = []
    after = None
    while told := (await sight.answer(document, after=after))["surveyConcept"]:
        found += [f"{each['questionnaireCode']}/{each['number']}" for each in told["versions"]["nodes"]]
        if not told["versions"]["pageInfo"]["hasNextPage"]:
            break
        after = told["versions"]["pageInfo"]["endCursor"]
    everything = {
        version.id: f"{one.code}/{version.number}" for one in sight.world.questionnaires for version in one.versions
    }
    published = {version.id for one in sight.world.questionnaires for version in one.versions if version.is_published}
    shown = set().union(*(one.shown(sight.who) for one in sight.world.questionnaires)) & published
    sight.shows("history", found, [everything[each] for each in shown], list(everything.values()))
