"""One question's page: its result of a unit, split by segments, beside the unit above, and over the waves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kit.errors import NotFound
from kit.identity import Caller
from survey.results import reading
from survey.results.questions import Question, Segment
from survey.results.reading import CellResult, ChoiceResult, Release
from survey.web.results_asked import Asked
from survey.web.results_overview import Entry, Topic
from survey.web.results_trend import WavePoint, trend_of
from survey.web.results_units import Places

# Up to so many segments each have their own chart and table; more are rows of one table.
MOST_CHARTS = 8
# Choices whose course over the waves is drawn, the most chosen first; the table has all.
MOST_LINES = 6


@dataclass(frozen=True)
class QuestionPage:
    """What a question's page shows. `parent` is empty unless the unit above is compared with."""

    entry: Entry
    question: Question
    cells: tuple[CellResult, ...]
    parent: Mapping[Segment, CellResult]
    choice: str | None
    """Whose share is compared between segments; None for a scale's mean."""
    trend: tuple[WavePoint, ...]

    @property
    def shown(self) -> list[CellResult]:
        """The cells with numbers."""
        return [cell for cell in self.cells if cell.base is not None]

    @property
    def is_split(self) -> bool:
        """Whether segments were asked for."""
        return any(part is not None for cell in self.cells for part in cell.segment)

    @property
    def is_apart(self) -> bool:
        """Whether each segment has a chart of its own."""
        return len(self.cells) <= MOST_CHARTS

    @property
    def lines(self) -> list[ChoiceResult]:
        """The choices whose trend is drawn: as the newest wave that shows them ranks them."""
        newest = next((point.cell for point in reversed(self.trend) if point.cell and point.cell.choices), None)
        choices = newest.choices if newest else ()
        if len(choices) <= MOST_LINES:
            return list(choices)
        return sorted(choices, key=lambda choice: -choice.share)[:MOST_LINES]


@dataclass(frozen=True)
class MatrixPage:
    """All rows of a matrix, each with its cell of the unit as a whole."""

    entry: Entry
    rows: tuple[tuple[Question, CellResult], ...]

    @property
    def columns(self) -> tuple[ChoiceResult, ...]:
        """What could be chosen in each row, from one that is shown; none otherwise."""
        return next((cell.choices for _, cell in self.rows if cell.choices), ())


def entry_of(topics: Sequence[Topic], code: str) -> Entry:
    """Return the entry of a question's code, or of a matrix's or one of its rows'; NotFound for any other."""
    for topic in topics:
        for entry in topic.entries:
            if code == entry.code or any(code == question.code for question in entry.questions):
                return entry
    raise NotFound("question", code)


def beside(topics: Sequence[Topic], entry: Entry) -> tuple[Entry | None, Entry | None]:
    """Return the entries before and after one."""
    entries = [None, *(each for topic in topics for each in topic.entries), None]
    at = entries.index(entry)
    return entries[at - 1], entries[at + 1]


async def matrix_page(release: Release, entry: Entry, places: Places) -> MatrixPage:
    """Return a matrix's page of a unit."""
    rows = [
        (question, (await reading.question_result(release, question.code, [], {}, places.here.id)).cells[0])
        for question in entry.questions
    ]
    return MatrixPage(entry, tuple(rows))


async def question_page(caller: Caller, release: Release, entry: Entry, asked: Asked, places: Places) -> QuestionPage:
    """Return a question's page of a unit; InvalidInput for segments that do not exist."""
    code = asked.question or entry.code
    result = await reading.question_result(release, code, asked.by, {}, places.here.id)
    assert result.question is not None
    trend = () if asked.by else tuple(await trend_of(caller, release, result.question, places.here.id))
    return QuestionPage(
        entry=entry,
        question=result.question,
        cells=result.cells,
        parent=await _parent(release, code, asked, places),
        choice=_choice(result.question, asked.choice),
        trend=trend,
    )


async def _parent(release: Release, code: str, asked: Asked, places: Places) -> Mapping[Segment, CellResult]:
    if not asked.with_parent or places.parent is None:
        return {}
    result = await reading.question_result(release, code, asked.by, {}, places.parent.id)
    return {cell.segment: cell for cell in result.cells}


def _choice(question: Question, asked: str | None) -> str | None:
    if asked in question.codes:
        return asked
    return None if question.points else question.codes[0]
