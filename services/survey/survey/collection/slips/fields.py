"""The graph's ways to make slips, to see what was made, and to make them void."""

from typing import Annotated

import strawberry

from kit.graphql import After, Connection, First, Info, mutation, parse_id, result
from survey.collection.slips import service, types

MakeSurveySlipsResult = result(
    "MakeSurveySlipsResult",
    types.MakeSurveySlipsSuccess,
    service.SurveyWaveOver,
    service.SurveyWayNotOffered,
    service.SurveyUnitNotAsked,
    service.SurveyUnitNotCounted,
    service.TooManySlips,
)
RevokeSurveySlipsResult = result("RevokeSurveySlipsResult", types.RevokeSurveySlipsSuccess, service.SurveyWaveOver)


@strawberry.type
class SlipQueries:
    @strawberry.field(
        description="A wave's batches of slips, the newest first: those of units whose contributor the caller is."
    )
    async def survey_slip_batches(
        self,
        info: Info,
        wave: Annotated[strawberry.ID, strawberry.argument(description="The wave's id.")],
        first: First = 20,
        after: After = None,
    ) -> Connection[types.SurveySlipBatch]:
        asked = types.batch_window(first, after)
        rows = await service.slip_batches(info.context.caller, parse_id(wave, "survey wave"), asked)
        return types.batch_page(asked, rows)


@strawberry.type
class SlipMutations:
    @mutation(
        MakeSurveySlipsResult,
        description="Make slips for a unit's people and tell their codes, once. Needs a contributor of the unit.",
    )
    async def make_survey_slips(
        self,
        info: Info,
        wave: Annotated[strawberry.ID, strawberry.argument(description="The wave's id; planned or open.")],
        unit: Annotated[strawberry.ID, strawberry.argument(description="The unit whose people get them.")],
        amount: Annotated[
            int, strawberry.argument(description="How many, 1 to 10,000; twice the unit's people may be out at a time.")
        ],
        replaces: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="A batch of the same unit and wave that is void from then on."),
        ] = None,
    ) -> types.MakeSurveySlipsSuccess:
        made = await service.make_slips(
            info.context.caller,
            wave_id=parse_id(wave, "survey wave"),
            unit_id=parse_id(unit, "unit"),
            amount=amount,
            replaces=parse_id(replaces, "slip batch") if replaces else None,
        )
        return types.MakeSurveySlipsSuccess.of(made)

    @mutation(
        RevokeSurveySlipsResult,
        description="Make the slips of a batch void that were not used. Needs a contributor of the unit.",
    )
    async def revoke_survey_slips(
        self, info: Info, batch: Annotated[strawberry.ID, strawberry.argument(description="The batch's id.")]
    ) -> types.RevokeSurveySlipsSuccess:
        revoked = await service.revoke_slips(info.context.caller, parse_id(batch, "slip batch"))
        return types.RevokeSurveySlipsSuccess(batch=types.SurveySlipBatch.of(revoked))
