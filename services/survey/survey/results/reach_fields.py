"""The graph's fields about how many the union's information reached."""

from datetime import date
from typing import Annotated

import strawberry

from kit.errors import Language
from kit.graphql import Info, mutation, parse_id, result
from survey.results import reach
from survey.results.arguments import AsOfToday, By, Filters, UnitId, WaveId, by_of, filters_of, place_for
from survey.results.reading import Release
from survey.results.types import (
    OfUnit,
    SurveyChoiceResult,
    SurveyResultCell,
    SurveyResultQuestion,
    unit_told,
)

Targets = Annotated[
    list[int] | None,
    strawberry.argument(
        description="Shares in percent to stand beside, such as 85, 90 and 95, at most 5; null: the programme's target."
    ),
]


@strawberry.type(description="A share of the people that is to be reached.")
class SurveyReachTarget:
    percent: int = strawberry.field(description="The share in percent.")
    since: date | None = strawberry.field(
        description="From which day on; null: the programme set none, and that of the confederation stands in."
    )


@strawberry.type(description="Where an interval stands to a target.")
class SurveyReachStanding:
    percent: int = strawberry.field(description="The target, in percent.")
    standing: str = strawberry.field(
        description="`ABOVE`: the whole interval is at or above it. `BELOW`: the whole interval is below it. "
        "`AROUND`: the target is within the interval, so nobody can say."
    )


@strawberry.type(description="A segment, and how many of it were reached.")
class SurveyReachCell:
    cell: SurveyResultCell = strawberry.field(description="All answers, or that they are hidden.")
    reached: SurveyChoiceResult | None = strawberry.field(description="Those who said yes; null where it is hidden.")
    standings: list[SurveyReachStanding] = strawberry.field(
        description="Where the interval stands to each target; none where it is hidden."
    )

    @classmethod
    def of(cls, found: reach.ReachedCell, release: Release, language: Language) -> "SurveyReachCell":
        """Return a cell as the graph shows it."""
        return cls(
            cell=SurveyResultCell.of(found.cell, release, language),
            reached=SurveyChoiceResult.of(found.reached, language) if found.reached else None,
            standings=[SurveyReachStanding(percent=percent, standing=where) for percent, where in found.standings],
        )


@strawberry.type(
    description="A wave's reach figure: the weighted share of those who said yes to the question whose concept is "
    "`information_reached`."
)
class SurveyReach(OfUnit):
    question: SurveyResultQuestion = strawberry.field(description="The question.")
    target: SurveyReachTarget = strawberry.field(
        description="The programme's target on the day on which the wave opened."
    )
    cells: list[SurveyReachCell] = strawberry.field(
        description="A cell for each combination of the segments asked for, in the vocabularies' order."
    )

    @classmethod
    def of(cls, found: reach.Reach, language: Language) -> "SurveyReach":
        """Return a reach figure as the graph shows it."""
        return cls(
            **unit_told(found.release, found.place),
            question=SurveyResultQuestion.of(found.question, language),
            target=SurveyReachTarget(percent=found.target.percent, since=found.target.since),
            cells=[SurveyReachCell.of(cell, found.release, language) for cell in found.cells],
        )


@strawberry.input(description="Which share of the people a programme is to reach, from a day on.")
class SetSurveyReachTargetInput:
    programme_id: strawberry.ID = strawberry.field(description="The programme.")
    percent: int = strawberry.field(description="The share in percent, from 1 to 100.")
    since: date = strawberry.field(description="The first day on which it holds; waves that open from then on have it.")


@strawberry.type(description="The target is set.")
class SetSurveyReachTargetSuccess:
    target: SurveyReachTarget = strawberry.field(description="The target.")


SetSurveyReachTargetResult = result("SetSurveyReachTargetResult", SetSurveyReachTargetSuccess)


@strawberry.type
class ReachQueries:
    """Fields of the root that read reach."""

    @strawberry.field(
        description="How many the union's information reached, by up to three segments, from the wave's newest release "
        "that the caller may see. Null with NOT_FOUND when there is none, or it did not ask that."
    )
    async def survey_reach(
        self,
        info: Info,
        wave_id: WaveId,
        by: By,
        filters: Filters = None,
        unit_id: UnitId = None,
        as_of_today: AsOfToday = False,
        targets: Targets = None,
    ) -> SurveyReach | None:
        release, place = await place_for(info, wave_id, unit_id, today=as_of_today)
        found = await reach.reach_of(release, by_of(by), filters_of(filters), place, targets)
        return SurveyReach.of(found, info.context.language)


@strawberry.type
class ReachMutations:
    """Fields of the root that set targets."""

    @mutation(
        SetSurveyReachTargetResult,
        description="Set which share of the people a programme is to reach, from a day on. Needs an editor of its "
        "owner unit.",
    )
    async def set_survey_reach_target(
        self,
        info: Info,
        input: Annotated[SetSurveyReachTargetInput, strawberry.argument(description="The target.")],
    ) -> SetSurveyReachTargetSuccess:
        programme_id = parse_id(input.programme_id, "survey programme")
        target = await reach.set_target(info.context.caller, programme_id, input.percent, input.since)
        return SetSurveyReachTargetSuccess(target=SurveyReachTarget(percent=target.percent, since=target.since))
