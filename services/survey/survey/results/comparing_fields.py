"""The graph's fields that compare results: segments, a unit and one above it, wave and wave."""

from typing import Annotated

import strawberry

from kit.graphql import Info, parse_id
from survey.results import comparing, comparing_types, trend
from survey.results.arguments import (
    AsOfToday,
    By,
    ChoiceCode,
    Correction,
    Filters,
    QuestionCode,
    UnitId,
    WaveId,
    by_of,
    filters_of,
    place_for,
    release_for,
)

Pairs = Annotated[
    list[comparing_types.SurveySegmentPair], strawberry.argument(description="The pairs to compare, at most 60.")
]
ThisUnit = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="Id of a unit of the wave's frame, below its target; for analysts of the unit and of the owner."
    ),
]
WithUnit = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Id of a unit above it in the frame, that the caller may read as well; null: the next one above."
    ),
]
Programme = Annotated[
    strawberry.ID | None, strawberry.argument(description="Id of the programme; null when the owner is named.")
]
Owner = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Id of a unit: all programmes that it owns; null when the programme is named."),
]
Concept = Annotated[str, strawberry.argument(description="The concept, as questionnaires name it.")]
Waves = Annotated[int, strawberry.argument(description="How many of the latest released waves to look at, up to 20.")]


@strawberry.type
class ComparingQueries:
    """Fields of the root that compare."""

    @strawberry.field(
        description="How pairs of segments differ in a question, from the wave's newest release that the caller may "
        "see. Null with NOT_FOUND when there is none, or it has no table of that question."
    )
    async def survey_segments_compared(
        self,
        info: Info,
        wave_id: WaveId,
        question: QuestionCode,
        pairs: Pairs,
        choice: ChoiceCode = None,
        correction: Correction = "HOLM",
        unit_id: UnitId = None,
        as_of_today: AsOfToday = False,
    ) -> comparing_types.SurveyComparison | None:
        segments = comparing_types.pairs_of(pairs)
        release, place = await place_for(info, wave_id, unit_id, today=as_of_today)
        asked = comparing.Asked(question, choice, correction)
        found = await comparing.compare_segments(release, asked, segments, place)
        return comparing_types.SurveyComparison.of(found, info.context.language)

    @strawberry.field(
        description="How a unit differs from one above it, of which it is part, by segments, from the wave's newest "
        "release that the caller may see. Null with NOT_FOUND as for `surveyResult`."
    )
    async def survey_unit_compared(
        self,
        info: Info,
        wave_id: WaveId,
        question: QuestionCode,
        unit_id: ThisUnit,
        by: By,
        with_unit_id: WithUnit = None,
        choice: ChoiceCode = None,
        correction: Correction = "HOLM",
    ) -> comparing_types.SurveyComparison | None:
        release = await release_for(info, wave_id)
        asked = comparing.Asked(question, choice, correction)
        units = parse_id(unit_id, "unit"), parse_id(with_unit_id, "unit") if with_unit_id is not None else None
        found = await comparing.compare_unit(info.context.caller, release, asked, units, by_of(by))
        return comparing_types.SurveyComparison.of(found, info.context.language)

    @strawberry.field(
        description="A concept's results over the waves of a programme, or of all programmes of an owner, from each "
        "wave's newest release that the caller may see. Null with NOT_FOUND when there is none that asked it."
    )
    async def survey_trend(
        self,
        info: Info,
        concept: Concept,
        by: By,
        programme_id: Programme = None,
        owner_id: Owner = None,
        choice: ChoiceCode = None,
        filters: Filters = None,
        unit_id: UnitId = None,
        as_of_today: AsOfToday = False,
        correction: Correction = "HOLM",
        waves: Waves = trend.MOST_WAVES,
    ) -> comparing_types.SurveyTrendResult | None:
        asked = trend.TrendQuestion(
            programme_id=parse_id(programme_id, "survey programme") if programme_id is not None else None,
            owner_id=parse_id(owner_id, "unit") if owner_id is not None else None,
            concept=concept,
            choice=choice,
            correction=correction,
            most=waves,
        )
        unit = parse_id(unit_id, "unit") if unit_id is not None else None
        try:
            found = await trend.trend_of(
                info.context.caller, asked, by_of(by), filters_of(filters), (unit, as_of_today)
            )
        except trend.SurveyWordingChanged as problem:
            return comparing_types.SurveyWordingChanged.of(problem, info.context.language)
        return comparing_types.SurveyTrend.of(found, info.context.language)
