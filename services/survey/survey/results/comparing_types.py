"""How the graph says differences: of two segments, of a unit and one above it, and from wave to wave."""

from typing import Annotated

import strawberry

from kit.errors import InvalidInput, Language
from kit.graphql.mutations import Problem
from survey.questionnaires.definition import SEGMENTS
from survey.results import comparing, trend
from survey.results.questions import Segment
from survey.results.reading import Release
from survey.results.types import (
    OfPlace,
    SurveyRelease,
    SurveyResultCell,
    SurveyResultFilter,
    SurveyResultQuestion,
    place_told,
)


@strawberry.input(description="Two segments to compare. They must share nobody: some segment has two categories.")
class SurveySegmentPair:
    one: SurveyResultFilter = strawberry.field(description="The one.")
    other: SurveyResultFilter = strawberry.field(description="The other, which is subtracted.")

    def segments(self) -> tuple[Segment, Segment]:
        """Return both as segments."""
        return _segment(self.one), _segment(self.other)


def _segment(given: SurveyResultFilter) -> Segment:
    age_band, gender, region = (getattr(given, name) for name in SEGMENTS)
    return age_band, gender, region


@strawberry.type(description="How two cells differ in one share, or in a scale's mean.")
class SurveyDifference:
    choice: str | None = strawberry.field(description="The choice's code; null: it is the scale's mean.")
    label: str = strawberry.field(description="The choice, in the caller's language.")
    value: float = strawberry.field(description="The share, or mean.")
    reference: float = strawberry.field(description="The share, or mean, that is subtracted.")
    difference: float = strawberry.field(description="`value` − `reference`, each rounded as it was released.")
    standard_error: float = strawberry.field(description="Standard error of the difference.")
    low: float | None = strawberry.field(
        description="Lower end of the difference's 95 % interval, by Student's t; null where neither share varies."
    )
    high: float | None = strawberry.field(description="Upper end of the interval.")
    p: float | None = strawberry.field(
        description="The chance of a difference at least as large, if there were none; null where neither varies."
    )
    p_corrected: float | None = strawberry.field(description="p, corrected for all differences in the answer.")

    @classmethod
    def of(cls, found: comparing.Compared, language: Language) -> "SurveyDifference":
        """Return a difference as the graph shows it."""
        return cls(
            choice=found.code,
            label=found.text.in_(language),
            value=found.value,
            reference=found.reference,
            # Of two released thousandths: what a float adds behind them says nothing.
            difference=round(found.difference.value, 12),
            standard_error=found.difference.error,
            low=found.difference.low,
            high=found.difference.high,
            p=found.difference.p,
            p_corrected=found.p,
        )


@strawberry.type(description="Two cells, and how they differ.")
class SurveyComparedPair:
    one: SurveyResultCell = strawberry.field(description="The one.")
    other: SurveyResultCell = strawberry.field(description="The other, which is subtracted.")
    differences: list[SurveyDifference] = strawberry.field(
        description="By choice, in the question's order; none where one of the cells is hidden."
    )

    @classmethod
    def of(cls, pair: comparing.Pair, release: Release, language: Language) -> "SurveyComparedPair":
        """Return a pair as the graph shows it."""
        return cls(
            one=SurveyResultCell.of(pair.one, release, language),
            other=SurveyResultCell.of(pair.other, release, language),
            differences=[SurveyDifference.of(each, language) for each in pair.differences],
        )


@strawberry.type(
    description="Pairs of a question's cells in a release. Different segments count as independent; a unit within "
    "another does not: what both have in common is taken into account."
)
class SurveyComparison:
    question: SurveyResultQuestion = strawberry.field(description="The question.")
    release: SurveyRelease = strawberry.field(description="The release that the numbers come from.")
    unit_id: strawberry.ID = strawberry.field(description="The unit whose people the first ones are.")
    reference_unit_id: strawberry.ID = strawberry.field(description="The unit whose people the other ones are.")
    correction: str = strawberry.field(description="How p was corrected: `HOLM` or `BH`.")
    pairs: list[SurveyComparedPair] = strawberry.field(description="The pairs.")

    @classmethod
    def of(cls, found: comparing.Comparison, language: Language) -> "SurveyComparison":
        """Return a comparison as the graph shows it."""
        return cls(
            question=SurveyResultQuestion.of(found.question, language),
            release=SurveyRelease.of(found.release),
            unit_id=strawberry.ID(str(found.place.unit_id)),
            reference_unit_id=strawberry.ID(str(found.reference.unit_id)),
            correction=found.correction,
            pairs=[SurveyComparedPair.of(pair, found.release, language) for pair in found.pairs],
        )


@strawberry.type(description="A wave of a trend.")
class SurveyTrendWave(OfPlace):
    programme_code: str = strawberry.field(description="Code of its programme.")
    wave_number: int = strawberry.field(description="The wave's number in its programme.")
    release: SurveyRelease = strawberry.field(description="Its newest release that the caller may see.")
    question_code: str = strawberry.field(description="Under which code it asked the concept.")

    @classmethod
    def of(cls, wave: trend.Wave) -> "SurveyTrendWave":
        """Return a wave as the graph shows it."""
        return cls(
            **place_told(wave.place),
            programme_code=wave.release.programme_code,
            wave_number=wave.release.wave_number,
            release=SurveyRelease.of(wave.release),
            question_code=wave.question.code,
        )


@strawberry.type(description="A segment in one wave.")
class SurveyTrendPoint:
    wave_id: strawberry.ID = strawberry.field(description="The wave.")
    cell: SurveyResultCell = strawberry.field(description="Its numbers, or that they are hidden.")
    since_wave_id: strawberry.ID | None = strawberry.field(
        description="The last wave before in which the segment is shown; null: there is none, or this one is hidden."
    )
    changes: list[SurveyDifference] = strawberry.field(description="How it changed since then, by choice.")

    @classmethod
    def of(cls, point: trend.Point, language: Language) -> "SurveyTrendPoint":
        """Return a point as the graph shows it."""
        return cls(
            wave_id=strawberry.ID(str(point.wave.release.wave_id)),
            cell=SurveyResultCell.of(point.pair.one, point.wave.release, language),
            since_wave_id=strawberry.ID(str(point.since.release.wave_id)) if point.since else None,
            changes=[SurveyDifference.of(each, language) for each in point.pair.differences],
        )


@strawberry.type(description="One segment over the waves.")
class SurveyTrendSeries:
    points: list[SurveyTrendPoint] = strawberry.field(description="A point for each wave, the oldest first.")


@strawberry.type(
    description="A concept's results from wave to wave. Waves count as independent samples: nobody can know how many "
    "people answered in both. Where some did and kept their opinion, true errors are smaller than those told."
)
class SurveyTrend:
    question: SurveyResultQuestion = strawberry.field(description="The question, as the newest wave asked it.")
    correction: str = strawberry.field(description="How p was corrected: `HOLM` or `BH`.")
    waves: list[SurveyTrendWave] = strawberry.field(description="The waves that asked the concept, the oldest first.")
    series: list[SurveyTrendSeries] = strawberry.field(
        description="One for each combination of the segments asked for, in the newest wave's vocabularies' order."
    )

    @classmethod
    def of(cls, found: trend.Trend, language: Language) -> "SurveyTrend":
        """Return a trend as the graph shows it."""
        return cls(
            question=SurveyResultQuestion.of(found.waves[-1].question, language),
            correction=found.correction,
            waves=[SurveyTrendWave.of(wave) for wave in found.waves],
            series=[
                SurveyTrendSeries(points=[SurveyTrendPoint.of(point, language) for point in points])
                for points in found.series
            ],
        )


@strawberry.type(description="What is not the same in a wave as in the one before that asked the concept.")
class SurveyWordingDifference:
    from_wave_id: strawberry.ID = strawberry.field(description="The wave before.")
    to_wave_id: strawberry.ID = strawberry.field(description="The wave in which it is otherwise.")
    what: str = strawberry.field(
        description="`text`, `choices` or `kind`; or `several_questions`: one wave asked the concept more than once."
    )
    before: str = strawberry.field(description="As it was, in Vietnamese where that is what changed.")
    after: str = strawberry.field(description="As it became.")

    @classmethod
    def of(cls, change: trend.WordingChange) -> "SurveyWordingDifference":
        """Return a difference as the graph shows it."""
        return cls(
            from_wave_id=strawberry.ID(str(change.before.wave_id)),
            to_wave_id=strawberry.ID(str(change.after.wave_id)),
            what=change.what,
            before=change.was,
            after=change.became,
        )


@strawberry.type(description="The concept was asked in other words, or with other choices: there is no trend to tell.")
class SurveyWordingChanged(Problem):
    changes: list[SurveyWordingDifference] = strawberry.field(description="In which waves, and what.")

    @classmethod
    def of(cls, problem: trend.SurveyWordingChanged, language: Language) -> "SurveyWordingChanged":
        """Return the problem as the graph shows it."""
        return cls(
            code=problem.code,
            message=problem.message(language),
            changes=[SurveyWordingDifference.of(change) for change in problem.changes],
        )


SurveyTrendResult = Annotated[
    SurveyTrend | SurveyWordingChanged,
    strawberry.union("SurveyTrendResult", description="A trend, or what forbids to compare the waves."),
]


def pairs_of(given: list[SurveySegmentPair]) -> list[tuple[Segment, Segment]]:
    """Return pairs of segments; InvalidInput for more than may be compared."""
    if len(given) > comparing.MOST_PAIRS:
        most = comparing.MOST_PAIRS
        raise InvalidInput("pairs", f"nhiều nhất {most} cặp", f"at most {most} pairs")
    return [pair.segments() for pair in given]
