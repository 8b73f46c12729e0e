"""The graph's ways to read programmes and waves, and to start, open and close them."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from survey.collection.slips.service import SurveySlipsOut
from survey.programmes import types
from survey.programmes.models import Wave
from survey.programmes.service import authoring, cadence, changing, frame, planning, reading, waves
from survey.units.news import SurveyTreeUnsettled

WaveId = Annotated[strawberry.ID, strawberry.argument(description="The wave's id.")]

CreateSurveyProgrammeResult = result(
    "CreateSurveyProgrammeResult",
    types.CreateSurveyProgrammeSuccess,
    authoring.SurveyProgrammeCodeTaken,
    authoring.SurveyOwnerClosed,
    authoring.SurveyTargetClosed,
)
ChangeSurveyProgrammeResult = result(
    "ChangeSurveyProgrammeResult",
    types.ChangeSurveyProgrammeSuccess,
    authoring.SurveyProgrammeEnded,
    SurveySlipsOut,
)
PlanSurveyWaveResult = result(
    "PlanSurveyWaveResult", types.SurveyWaveSuccess, planning.SurveyWavesOverlap, authoring.SurveyProgrammeEnded
)
ChangeSurveyWaveResult = result(
    "ChangeSurveyWaveResult",
    types.SurveyWaveSuccess,
    planning.SurveyWavesOverlap,
    waves.SurveyWaveNotPlanned,
    SurveySlipsOut,
)
CancelSurveyWaveResult = result("CancelSurveyWaveResult", types.SurveyWaveSuccess, waves.SurveyWaveNotPlanned)
OpenSurveyWaveResult = result(
    "OpenSurveyWaveResult",
    types.SurveyWaveSuccess,
    waves.SurveyWaveNotPlanned,
    planning.SurveyWavesOverlap,
    waves.QuestionnaireNotPublished,
    authoring.SurveyProgrammePaused,
    authoring.SurveyTargetClosed,
    frame.SurveyTargetTooSmall,
    SurveyTreeUnsettled,
)
ExtendSurveyWaveResult = result(
    "ExtendSurveyWaveResult", types.SurveyWaveSuccess, waves.SurveyWaveNotOpen, planning.SurveyWavesOverlap
)
CloseSurveyWaveResult = result("CloseSurveyWaveResult", types.SurveyWaveSuccess, waves.SurveyWaveNotOpen)


@strawberry.type
class ProgrammeQueries:
    @strawberry.field(
        description="Survey programmes by code: those that ever asked, and for their staff all. Quick polls are not "
        "among them."
    )
    async def survey_programmes(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[types.SurveyProgramme]:
        asked = window(first, after, str)
        rows = await reading.programmes(info.context.caller, asked)
        return asked.page(rows, types.SurveyProgramme.of, key=lambda row: (row["code"],))

    @strawberry.field(description="A survey programme, when the caller may see it.")
    async def survey_programme(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The programme's id.")]
    ) -> types.SurveyProgramme | None:
        row = await info.context.loaders.programme.load((info.context.caller, parse_id(id, "survey programme")))
        return types.SurveyProgramme.of(row) if row else None

    @strawberry.field(description="A wave, when the caller may see it.")
    async def survey_wave(self, info: Info, id: WaveId) -> types.SurveyWave | None:
        row = await info.context.loaders.wave.load((info.context.caller, parse_id(id, "survey wave")))
        return types.SurveyWave.of(row) if row else None

    @strawberry.field(description="How often a programme may ask, to choose from; a rule may be made by hand, too.")
    def survey_cadence_presets(self) -> list[types.SurveyCadencePreset]:
        return [types.SurveyCadencePreset.of(preset) for preset in cadence.PRESETS]

    @strawberry.field(
        description="What a rule would mean, in words and in days, before a programme has it. Refuses what "
        "`createSurveyProgramme` would refuse. Needs somebody who is signed in."
    )
    def survey_cadence_preview(
        self,
        info: Info,
        starts_on: Annotated[date, strawberry.argument(description="The day from which the rule counts.")],
        recurrence: Annotated[str, strawberry.argument(description="An RFC 5545 recurrence rule.")],
        wave_days: Annotated[int, strawberry.argument(description="For how many days a wave is to be open.")] = 30,
    ) -> types.SurveyCadence | None:
        rule = authoring.previewed_rule(info.context.caller, recurrence, starts_on, wave_days)
        return types.SurveyCadence.of(rule, starts_on)


@strawberry.type
class ProgrammeMutations:
    @mutation(
        CreateSurveyProgrammeResult,
        description="Start a survey programme. Needs an editor of the owner unit, within which the target lies.",
    )
    async def create_survey_programme(
        self,
        info: Info,
        input: Annotated[types.CreateSurveyProgrammeInput, strawberry.argument(description="The programme.")],
    ) -> types.CreateSurveyProgrammeSuccess:
        programme = await authoring.create_programme(
            info.context.caller,
            code=input.code,
            title_vi=input.title_vi,
            title_en=input.title_en,
            owner_unit_id=parse_id(input.owner_unit_id, "unit"),
            target_unit_id=parse_id(input.target_unit_id, "unit"),
            questionnaire_id=parse_id(input.questionnaire_id, "questionnaire"),
            starts_on=input.starts_on,
            recurrence=input.recurrence,
            cadence=input.cadence,
            wave_days=input.wave_days,
            minimum_base=input.minimum_base,
            ways=input.ways,
        )
        row = await info.context.loaders.programme.load((info.context.caller, programme.id))
        return types.CreateSurveyProgrammeSuccess(programme=types.SurveyProgramme.of(row))

    @mutation(
        ChangeSurveyProgrammeResult,
        description="Change a survey programme, and see what becomes of its planned waves. Open and closed waves stay "
        "as they are, and so do planned ones that were placed by hand. Needs an editor of the owner unit.",
    )
    async def change_survey_programme(
        self,
        info: Info,
        input: Annotated[types.ChangeSurveyProgrammeInput, strawberry.argument(description="The change.")],
        preview: Annotated[bool, strawberry.argument(description="Only show what would become of it.")] = False,
    ) -> types.ChangeSurveyProgrammeSuccess:
        change = changing.Change(
            title_vi=input.title_vi,
            title_en=input.title_en,
            recurrence=input.recurrence,
            cadence=input.cadence,
            starts_on=input.starts_on,
            wave_days=input.wave_days,
            ways=input.ways,
            minimum_base=input.minimum_base,
            state=input.state,
        )
        act = changing.preview_change if preview else changing.change_programme
        changed = await act(info.context.caller, parse_id(input.id, "survey programme"), change)
        return types.ChangeSurveyProgrammeSuccess.of(changed)

    @mutation(
        PlanSurveyWaveResult,
        description="Plan a wave besides those of the programme's rule. Needs an editor of the owner unit.",
    )
    async def plan_survey_wave(
        self,
        info: Info,
        programme_id: Annotated[strawberry.ID, strawberry.argument(description="The programme's id.")],
        opens_at: Annotated[datetime, strawberry.argument(description="When it opens.")],
        closes_at: Annotated[datetime, strawberry.argument(description="When it closes, after the opening.")],
        ways: Annotated[
            list[str] | None, strawberry.argument(description="How people answer; by default as in the programme.")
        ] = None,
    ) -> types.SurveyWaveSuccess:
        programme = parse_id(programme_id, "survey programme")
        wave = await waves.plan_wave(info.context.caller, programme, opens_at=opens_at, closes_at=closes_at, ways=ways)
        return await _shown(info, wave)

    @mutation(
        ChangeSurveyWaveResult,
        description="Give a planned wave another time or other ways to answer; what is left out stays. A wave that was "
        "moved does not follow the programme's rule any more. Needs an editor of the owner unit.",
    )
    async def change_survey_wave(
        self,
        info: Info,
        id: WaveId,
        opens_at: Annotated[datetime | None, strawberry.argument(description="When it opens.")] = None,
        closes_at: Annotated[datetime | None, strawberry.argument(description="When it closes.")] = None,
        ways: Annotated[
            list[str] | None,
            strawberry.argument(description="At least one of `open_link`, `slip`, `credential` and `paper`."),
        ] = None,
    ) -> types.SurveyWaveSuccess:
        wave_id = parse_id(id, "survey wave")
        wave = await waves.change_wave(info.context.caller, wave_id, opens_at=opens_at, closes_at=closes_at, ways=ways)
        return await _shown(info, wave)

    @mutation(
        CancelSurveyWaveResult,
        description="Cancel a planned wave, for good; the rule plans no other for its day. Needs an editor of the "
        "owner unit.",
    )
    async def cancel_survey_wave(self, info: Info, id: WaveId) -> types.SurveyWaveSuccess:
        return await _shown(info, await waves.cancel_wave(info.context.caller, parse_id(id, "survey wave")))

    @mutation(
        OpenSurveyWaveResult,
        description="Open a planned wave now and freeze its frame. Not before 00:05 in Viet Nam, and not while changes "
        "of the union's tree are still coming in. Needs an editor of the owner unit.",
    )
    async def open_survey_wave(self, info: Info, id: WaveId) -> types.SurveyWaveSuccess:
        return await _shown(info, await waves.open_by_hand(info.context.caller, parse_id(id, "survey wave")))

    @mutation(
        ExtendSurveyWaveResult,
        description="Let an open wave close later: at most 366 days after it opened, and before the next one opens. A "
        "closed wave stays closed. Needs an editor of the owner unit.",
    )
    async def extend_survey_wave(
        self,
        info: Info,
        id: WaveId,
        closes_at: Annotated[datetime, strawberry.argument(description="When it closes, later than until now.")],
        reason: Annotated[
            str,
            strawberry.argument(description="Why, for everybody to read: up to 500 characters, nobody's name."),
        ],
    ) -> types.SurveyWaveSuccess:
        wave_id = parse_id(id, "survey wave")
        return await _shown(
            info, await waves.extend_wave(info.context.caller, wave_id, closes_at=closes_at, reason=reason)
        )

    @mutation(CloseSurveyWaveResult, description="Close an open wave now, for good. Needs an editor of the owner unit.")
    async def close_survey_wave(self, info: Info, id: WaveId) -> types.SurveyWaveSuccess:
        return await _shown(info, await waves.close_wave(info.context.caller, parse_id(id, "survey wave")))


async def _shown(info: Info, wave: Wave) -> types.SurveyWaveSuccess:
    row = await info.context.loaders.wave.load((info.context.caller, wave.id))
    return types.SurveyWaveSuccess(wave=types.SurveyWave.of(row))
