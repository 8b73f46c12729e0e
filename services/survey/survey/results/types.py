"""How the graph says results: releases, and cells that are either shown with their numbers or hidden without any."""

from datetime import datetime
from typing import Annotated, TypedDict

import strawberry

from kit.errors import Language
from survey.results import reading
from survey.results.questions import Question
from survey.results.unit_tables import Place

HIDDEN_VI = "Không công bố: có thể làm lộ câu trả lời của một nhóm nhỏ."
HIDDEN_EN = "Not published: it could reveal the answers of a small group."


class _Place(TypedDict):
    made_of: list[strawberry.ID]
    is_combined: bool
    is_wider: bool


@strawberry.type
class OfPlace:
    """Whose tables they are; never a type of the graph by itself."""

    made_of: list[strawberry.ID] = strawberry.field(
        description="The units of the wave's frame whose released tables these are together; none where today's unit "
        "is not made of whole units of the frame: then all is hidden."
    )
    is_combined: bool = strawberry.field(
        description="Whether they are not the unit's own tables, but those of the units from which it came: shares "
        "weighted by the people they stand for, hidden where one that is needed is hidden."
    )
    is_wider: bool = strawberry.field(
        description="Whether they also tell of people who went to other units, when a unit of the frame was split: a "
        "table cannot be."
    )


def place_told(place: Place) -> _Place:
    """Return what is told of a place."""
    return _Place(
        made_of=[strawberry.ID(str(unit_id)) for unit_id in place.units],
        is_combined=place.is_combined,
        is_wider=place.is_wider,
    )


@strawberry.type(description="How a release's numbers were made.")
class SurveyReleaseMethod:
    sample: str = strawberry.field(
        description="`self_selected`: whoever wished answered, so the intervals say nothing of those who did not. "
        "`census`: everybody was asked by name or slip, and those who answered stand for those who did not."
    )
    weighting: str = strawberry.field(
        description="How answers were weighted to the people of the frame, by place, age and gender: "
        "`post_stratified`, `collapsed` (small cells together with their neighbours) or `raked`."
    )
    post_strata: int = strawberry.field(description="How many cells of people were brought to their size.")
    effective_size: float = strawberry.field(
        description="Kish's effective size: how many equally weighted answers these are worth."
    )
    design_effect: float = strawberry.field(description="By how much unequal weights make variances larger.")
    trimmed: float | None = strawberry.field(
        description="Share of the answers whose weights were cut, from 0 to 1; null where none had to be."
    )
    moved: float | None = strawberry.field(
        description="Share of all weight that was moved by cutting; null where none had to be."
    )
    margin_missed: float | None = strawberry.field(
        description="By how much, of its people, the margin that cutting hurt most is missed; null without cutting."
    )
    interval: str = strawberry.field(
        description="`wilson`: Wilson's score interval with the weighted share's standard error and Student's t."
    )
    confidence: float = strawberry.field(description="Confidence of the intervals, 0.95.")
    hidden_below: int = strawberry.field(
        description="Cells with fewer answers than this are hidden, and others with them."
    )
    placed: int | None = strawberry.field(
        description="How many answers lacked an age, gender or region and were placed by chance; null if few."
    )

    @classmethod
    def of(cls, release: reading.Release) -> "SurveyReleaseMethod":
        """Return a release's method as the graph shows it."""
        return cls(**{name: release.method[name] for name in cls.__annotations__})


@strawberry.type(description="A question that a release has results of.")
class SurveyResultQuestion:
    code: str = strawberry.field(description="The question's code, stable within its questionnaire.")
    concept: str = strawberry.field(description="What it measures, stable over waves and wordings.")
    kind: str = strawberry.field(
        description="`single`, `multiple`, `scale`, `ranking` (counted: was it ranked) or `matrix` (one of its rows)."
    )
    text: str = strawberry.field(description="The wording, in the caller's language.")
    has_several: bool = strawberry.field(
        description="Whether one person may choose several, so that shares may add up to more than 1. The base is "
        "whoever answered the question; who chose only that nothing applies has answered it."
    )

    @classmethod
    def of(cls, question: Question, language: Language) -> "SurveyResultQuestion":
        """Return a question as the graph shows it."""
        return cls(
            code=question.code,
            concept=question.concept,
            kind=question.kind,
            text=question.text.in_(language),
            has_several=question.has_several,
        )


@strawberry.type(description="Numbered results of a wave, computed once from its mixed answers and never changed.")
class SurveyRelease:
    id: strawberry.ID = strawberry.field(description="Its id.")
    wave_id: strawberry.ID = strawberry.field(description="The wave whose answers it counts.")
    number: int = strawberry.field(description="1 for the wave's first release, and so on.")
    published_at: datetime = strawberry.field(description="When it was published.")
    is_public: bool = strawberry.field(description="Whether everyone may read it, not only the owner unit's analysts.")
    is_simulated: bool = strawberry.field(description="Whether its answers were made up, as the demo's are.")
    answers: int | None = strawberry.field(
        description="How many answers it counts; null where even that would say too much."
    )
    people: int = strawberry.field(description="How many people the wave's frame holds.")
    minimum_base: int = strawberry.field(description="Cells with fewer answers than this are hidden.")
    method: SurveyReleaseMethod = strawberry.field(description="How its numbers were made.")
    row: strawberry.Private[reading.Release]

    @classmethod
    def of(cls, release: reading.Release) -> "SurveyRelease":
        """Return a release as the graph shows it."""
        return cls(
            id=strawberry.ID(str(release.id)),
            wave_id=strawberry.ID(str(release.wave_id)),
            number=release.number,
            published_at=release.published_at,
            is_public=release.is_public,
            is_simulated=release.is_simulated,
            answers=release.answers,
            people=release.people,
            minimum_base=release.minimum_base,
            method=SurveyReleaseMethod.of(release),
            row=release,
        )


@strawberry.type(description="How many of a shown cell chose one thing.")
class SurveyChoiceResult:
    code: str = strawberry.field(description="The choice's code; on a scale, the point.")
    label: str = strawberry.field(description="The choice, in the caller's language.")
    share: float = strawberry.field(
        description="Weighted share of those who answered the question, from 0 to 1; no finer than one answer could "
        "move it: to 0.001 from 1,000 answers on, to 0.05 below 50."
    )
    low: float = strawberry.field(description="Lower end of the share's interval.")
    high: float = strawberry.field(description="Upper end of the share's interval.")
    standard_error: float = strawberry.field(
        description="Standard error of the share, rounded to a tenth of its share's step."
    )

    @classmethod
    def of(cls, choice: reading.ChoiceResult, language: Language) -> "SurveyChoiceResult":
        """Return a choice as the graph shows it."""
        return cls(
            code=choice.code,
            label=choice.text.in_(language),
            share=choice.share,
            low=choice.low,
            high=choice.high,
            standard_error=choice.error,
        )


@strawberry.type(description="A cell whose numbers are published.")
class SurveyShownCell:
    base: int = strawberry.field(description="n: how many answered the question, or took part.")
    people: int = strawberry.field(description="N: how many people the wave's frame holds here.")
    coverage: float = strawberry.field(
        description="n / N. Above 1 where more people answered than the headcounts know of."
    )
    mean: float | None = strawberry.field(description="Of a scale: its weighted mean; null for other questions.")
    mean_error: float | None = strawberry.field(description="Of a scale: the mean's standard error.")
    sample: str = strawberry.field(description="As the release's method says: `self_selected` or `census`.")
    interval: str = strawberry.field(description="How the intervals were made: `wilson`.")
    is_low_base: bool = strawberry.field(description="Whether the base is below 30: read its shares with care.")
    choices: list[SurveyChoiceResult] = strawberry.field(description="What they chose, in the question's order.")


@strawberry.type(
    description="A cell whose numbers are not published: too small, needed to protect another cell, or empty. "
    "Which of these is not told, nor whether such a segment exists."
)
class SurveyHiddenCell:
    explanation: str = strawberry.field(description="That it is hidden, for people, in the caller's language.")


SurveyCell = Annotated[
    SurveyShownCell | SurveyHiddenCell,
    strawberry.union("SurveyCell", description="A cell's numbers, or that they are hidden."),
]


@strawberry.type(description="One segment of a table, and what may be known of it.")
class SurveyResultCell:
    age_band: str | None = strawberry.field(description="Code of the age band; null for all ages.")
    gender: str | None = strawberry.field(description="Code of the gender; null for all.")
    region: str | None = strawberry.field(description="Code of the region; null for all regions.")
    label: str = strawberry.field(description="The segment in words, in the caller's language.")
    cell: SurveyCell = strawberry.field(description="Its numbers, or that they are hidden.")

    @classmethod
    def of(cls, found: reading.CellResult, release: reading.Release, language: Language) -> "SurveyResultCell":
        """Return a cell of a release as the graph shows it."""
        age_band, gender, region = found.segment
        return cls(
            age_band=age_band,
            gender=gender,
            region=region,
            label=found.label.in_(language),
            cell=_cell(found, release, language),
        )


def _cell(
    found: reading.CellResult, release: reading.Release, language: Language
) -> SurveyShownCell | SurveyHiddenCell:
    if found.base is None or found.people is None or found.coverage is None:
        return SurveyHiddenCell(explanation=HIDDEN_VI if language == "vi" else HIDDEN_EN)
    return SurveyShownCell(
        base=found.base,
        people=found.people,
        coverage=found.coverage,
        mean=found.mean,
        mean_error=found.mean_error,
        sample=release.method["sample"],
        interval=release.method["interval"],
        is_low_base=found.is_low,
        choices=[SurveyChoiceResult.of(choice, language) for choice in found.choices],
    )


class _Unit(_Place):
    release: SurveyRelease
    unit_id: strawberry.ID


@strawberry.type
class OfUnit(OfPlace):
    """Of which unit, and from which release, numbers are; never a type of the graph by itself."""

    release: SurveyRelease = strawberry.field(description="The release that the numbers come from.")
    unit_id: strawberry.ID = strawberry.field(description="The unit whose people they are of.")


def unit_told(release: reading.Release, place: Place) -> _Unit:
    """Return what is told of a release's unit."""
    return _Unit(release=SurveyRelease.of(release), unit_id=strawberry.ID(str(place.unit_id)), **place_told(place))


@strawberry.type(description="One question's result by segments, from a release.")
class SurveyResult(OfUnit):
    question: SurveyResultQuestion = strawberry.field(description="The question.")
    cells: list[SurveyResultCell] = strawberry.field(
        description="A cell for each combination of the segments asked for, in the vocabularies' order."
    )

    @classmethod
    def of(cls, result: reading.QuestionResult, language: Language) -> "SurveyResult":
        """Return a result as the graph shows it."""
        assert result.question is not None
        return cls(
            **unit_told(result.release, result.place),
            question=SurveyResultQuestion.of(result.question, language),
            cells=cells_told(result, language),
        )


@strawberry.type(description="How many took part by segments, from a release.")
class SurveyResultParticipation(OfUnit):
    cells: list[SurveyResultCell] = strawberry.field(
        description="A cell for each combination of the segments asked for, in the vocabularies' order. Its base is "
        "how many took part; it has no choices."
    )

    @classmethod
    def of(cls, result: reading.QuestionResult, language: Language) -> "SurveyResultParticipation":
        """Return participation as the graph shows it."""
        return cls(**unit_told(result.release, result.place), cells=cells_told(result, language))


def cells_told(result: reading.QuestionResult, language: Language) -> list[SurveyResultCell]:
    """Return a result's cells as the graph shows them."""
    return [SurveyResultCell.of(cell, result.release, language) for cell in result.cells]


@strawberry.input(description="Keep to one category of a segment; a segment left out stays as it is.")
class SurveyResultFilter:
    age_band: str | None = strawberry.field(default=None, description="Code of an age band.")
    gender: str | None = strawberry.field(default=None, description="Code of a gender.")
    region: str | None = strawberry.field(default=None, description="Code of a region.")
