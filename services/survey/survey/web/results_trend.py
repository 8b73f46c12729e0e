"""A question over a programme's waves: the same concept in the same words, from each wave's newest release."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kit import db
from kit.errors import NotFound
from kit.identity import Caller
from survey.results import reading
from survey.results.questions import Question
from survey.results.reading import CellResult, Release

# Waves in one picture: four years of a survey that comes twice a year.
MOST_WAVES = 8


@dataclass(frozen=True)
class WavePoint:
    """One wave's share: of the unit as a whole; without a cell where the question was not asked in the same words."""

    release: Release
    cell: CellResult | None


async def trend_of(caller: Caller, release: Release, question: Question, unit_id: UUID) -> list[WavePoint]:
    """Return a question's results in the programme's waves that the caller may see, oldest first; at least two."""
    waves = await db.rows(
        """
        SELECT other.id FROM wave JOIN wave other ON other.programme_id = wave.programme_id
        WHERE wave.id = $1 AND other.state <> 'cancelled' AND EXISTS (SELECT FROM release WHERE wave_id = other.id)
        ORDER BY other.number DESC LIMIT $2
        """,
        release.wave_id,
        MOST_WAVES,
    )
    found = [
        releases[0]
        for releases in await reading.releases_by_wave(caller, [row["id"] for row in waves], most=1)
        if releases
    ]
    points = [await _point(caller, each, question, unit_id) for each in reversed(found)]
    return points if sum(point.cell is not None for point in points) > 1 else []


async def _point(caller: Caller, release: Release, question: Question, unit_id: UUID) -> WavePoint:
    code = same_question(question, await reading.questions_of(release))
    if code is None:
        return WavePoint(release, None)
    try:
        await reading.require_unit(caller, release, unit_id)
    except NotFound:
        return WavePoint(release, None)
    return WavePoint(release, (await reading.question_result(release, code, [], {}, unit_id)).cells[0])


def same_question(question: Question, others: Sequence[Question]) -> str | None:
    """Return the code of the question that asks the same concept in the same words with the same choices, or None."""
    alike = (question.concept, question.kind, question.text, question.choices, question.points)
    return next(
        (
            other.code
            for other in others
            if (other.concept, other.kind, other.text, other.choices, other.points) == alike
        ),
        None,
    )
