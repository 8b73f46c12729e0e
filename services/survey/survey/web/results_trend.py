"""A question over a programme's waves, as far back as it was asked in the same words."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kit.errors import NotFound
from kit.identity import Caller
from survey.results import trend
from survey.results.cells import ChoiceResult
from survey.results.comparing import Compared
from survey.results.questions import Question
from survey.results.reading import Release, newest_releases
from survey.results.trend import Point, SurveyWordingChanged, TrendQuestion, WordingChange

# Waves in one picture: four years of a survey that comes twice a year.
MOST_WAVES = 8
# Choices whose course is drawn, the most chosen first; the table has all.
MOST_LINES = 6


@dataclass(frozen=True)
class Course:
    """A question's course over waves, the oldest first, none or at least two; and what ended the comparison."""

    points: tuple[Point, ...]
    change: WordingChange | None

    @property
    def lines(self) -> list[ChoiceResult]:
        """The choices whose course is drawn, as the newest wave that shows them ranks them."""
        newest = next((point.pair.one for point in reversed(self.points) if point.pair.one.base is not None), None)
        choices = newest.choices if newest else ()
        if len(choices) <= MOST_LINES:
            return list(choices)
        return sorted(choices, key=lambda choice: -choice.share)[:MOST_LINES]

    @property
    def wider(self) -> list[int]:
        """The numbers of the shown waves whose figures also tell of people who are in other units today."""
        return [
            point.wave.release.wave_number
            for point in self.points
            if point.wave.place.is_wider and point.pair.one.base is not None
        ]

    @property
    def last(self) -> Point | None:
        """The newest wave that is shown and has one before it to be compared with."""
        return next((point for point in reversed(self.points) if point.pair.differences), None)


async def course_of(caller: Caller, release: Release, question: Question, unit_id: UUID | None) -> Course:
    """Return a question's course over the waves that the caller may see. `unit_id`: None for the target."""
    try:
        return Course(await _points(caller, release.programme_id, question, unit_id, MOST_WAVES), None)
    except SurveyWordingChanged as refused:
        change = max(refused.changes, key=lambda each: each.after.opens_at)
    since = await _waves_since(caller, release.programme_id, change)
    points = await _points(caller, release.programme_id, question, unit_id, since) if since > 1 else ()
    return Course(points, change)


async def _points(
    caller: Caller, programme_id: UUID, question: Question, unit_id: UUID | None, most: int
) -> tuple[Point, ...]:
    asked = TrendQuestion(programme_id, None, question.concept, None, "HOLM", most)
    try:
        (points,) = (await trend.trend_of(caller, asked, [], {}, (unit_id, False))).series
    except NotFound:
        return ()
    return points if sum(point.pair.one.base is not None for point in points) > 1 else ()


async def _waves_since(caller: Caller, programme_id: UUID, change: WordingChange) -> int:
    """Return how many of the newest waves came after a change of wording, the first with the new one included."""
    found = await newest_releases(caller, programme_id=programme_id, most=MOST_WAVES)
    # Where one wave asks a concept twice, that wave itself cannot be compared.
    first = change.before.opens_at if change.before.id == change.after.id else None
    return sum(each.opens_at > first if first is not None else each.opens_at >= change.after.opens_at for each in found)


def change_of(differences: Sequence[Compared], code: str | None) -> Compared | None:
    """Return the difference of a choice, or of the mean (None)."""
    return next((each for each in differences if each.code == code), None)
