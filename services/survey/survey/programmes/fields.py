"""The graph's ways to read programmes and waves, and to start, open and close them."""

from datetime import datetime
from typing import Annotated

import strawberry

from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from survey.programmes import types
from survey.programmes.models import Wave
from survey.programmes.service import authoring, frame, reading, waves

WaveId = Annotated[strawberry.ID, strawberry.argument(description="The wave's id.")]

CreateSurveyProgrammeResult = result(
    "CreateSurveyProgrammeResult",
    types.CreateSurveyProgrammeSuccess,
    authoring.SurveyProgrammeCodeTaken,
    authoring.SurveyOwnerClosed,
    authoring.SurveyTargetClosed,
)
PlanSurveyWaveResult = result("PlanSurveyWaveResult", types.SurveyWaveSuccess, waves.SurveyWavesOverlap)
OpenSurveyWaveResult = result(
    "OpenSurveyWaveResult",
    types.SurveyWaveSuccess,
    waves.SurveyWaveNotPlanned,
    waves.SurveyWavesOverlap,
    waves.QuestionnaireNotPublished,
    authoring.SurveyTargetClosed,
    frame.SurveyTargetTooSmall,
)
CloseSurveyWaveResult = result("CloseSurveyWaveResult", types.SurveyWaveSuccess, waves.SurveyWaveNotOpen)


@strawberry.type
class ProgrammeQueries:
    @strawberry.field(description="Survey programmes by code: those that ever asked, and for their staff all.")
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
            wave_days=input.wave_days,
            minimum_base=input.minimum_base,
        )
        row = await info.context.loaders.programme.load((info.context.caller, programme.id))
        return types.CreateSurveyProgrammeSuccess(programme=types.SurveyProgramme.of(row))

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
    ) -> types.SurveyWaveSuccess:
        programme = parse_id(programme_id, "survey programme")
        return await _shown(
            info, await waves.plan_wave(info.context.caller, programme, opens_at=opens_at, closes_at=closes_at)
        )

    @mutation(
        OpenSurveyWaveResult,
        description="Open a planned wave now and freeze its frame. Needs an editor of the owner unit.",
    )
    async def open_survey_wave(self, info: Info, id: WaveId) -> types.SurveyWaveSuccess:
        return await _shown(info, await waves.open_wave(info.context.caller, parse_id(id, "survey wave")))

    @mutation(CloseSurveyWaveResult, description="Close an open wave now, for good. Needs an editor of the owner unit.")
    async def close_survey_wave(self, info: Info, id: WaveId) -> types.SurveyWaveSuccess:
        return await _shown(info, await waves.close_wave(info.context.caller, parse_id(id, "survey wave")))


async def _shown(info: Info, wave: Wave) -> types.SurveyWaveSuccess:
    row = await info.context.loaders.wave.load((info.context.caller, wave.id))
    return types.SurveyWaveSuccess(wave=types.SurveyWave.of(row))
