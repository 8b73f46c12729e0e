"""One question's page: its result of a unit, split by segments, beside the unit above, and over the waves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from kit.errors import NotFound
from kit.identity import Caller
from survey.results import comparing, reading
from survey.results.cells import CellResult, ChoiceResult, Cut, Wanted, cells_of
from survey.results.comparing import MOST_PAIRS, Compared, Pair, compare_segments, compare_unit
from survey.results.questions import Question, Segment
from survey.results.reading import Release
from survey.results.surroundings import Surroundings
from survey.results.unit_tables import Place
from survey.web.results_asked import Asked
from survey.web.results_overview import Entry, Topic
from survey.web.results_trend import Course, change_of, course_of

# Up to so many segments each have their own chart and table; more are rows of one table.
MOST_CHARTS = 8
# A corrected p-value below this is said to be a difference.
CLEAR = 0.05


@dataclass(frozen=True)
class Contrast:
    """Two segments and how one choice's share, or the mean, differs between them."""

    one: CellResult
    other: CellResult
    compared: Compared

    @property
    def is_clear(self) -> bool:
        """Whether it is hardly chance."""
        return self.compared.p is not None and self.compared.p < CLEAR


@dataclass(frozen=True)
class QuestionPage:
    """What a question's page shows. `parent` has the pairs by segment if the unit above is compared with."""

    entry: Entry
    question: Question
    cells: tuple[CellResult, ...]
    parent: Mapping[Segment, Pair]
    choice: str | None
    """Whose share is compared between segments; None for a scale's mean."""
    contrasts: tuple[Contrast, ...] | None
    """None where there are too few or too many segments to compare each with each."""
    course: Course | None

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


async def matrix_page(release: Release, entry: Entry, place: Place) -> MatrixPage:
    """Return a matrix's page of a unit."""
    wanted = [Wanted(release.id, release.axes, question, place.units) for question in entry.questions]
    cells = [cell for (cell,) in await cells_of(wanted, Cut((), {}), await reading.segment_labels(release))]
    return MatrixPage(entry, tuple(zip(entry.questions, cells, strict=True)))


async def question_page(
    caller: Caller, release: Release, entry: Entry, asked: Asked, around: tuple[Place, Surroundings]
) -> QuestionPage:
    """Return a question's page of a unit; InvalidInput for segments that do not exist."""
    place, surroundings = around
    code = asked.question or entry.code
    result = await reading.question_result(release, code, asked.by, {}, place)
    question = result.question
    assert question is not None
    choice = _choice(question, asked.choice)
    return QuestionPage(
        entry=entry,
        question=question,
        cells=result.cells,
        parent=await _parent(caller, release, question, asked, surroundings),
        choice=choice,
        contrasts=await _contrasts(release, question, choice, result.cells, place),
        course=None if asked.by else await course_of(caller, release, question, asked.unit_id),
    )


async def _parent(
    caller: Caller, release: Release, question: Question, asked: Asked, surroundings: Surroundings
) -> Mapping[Segment, Pair]:
    if not asked.with_parent or surroundings.parent is None:
        return {}
    units = (surroundings.here.id, surroundings.parent.id)
    compared = comparing.Asked(question.code, None, "HOLM")
    comparison = await compare_unit(caller, release, compared, units, asked.by)
    return {pair.one.segment: pair for pair in comparison.pairs}


async def _contrasts(
    release: Release, question: Question, choice: str | None, cells: Sequence[CellResult], place: Place
) -> tuple[Contrast, ...] | None:
    pairs = list(combinations([cell.segment for cell in cells if cell.base is not None], 2))
    if not 0 < len(pairs) <= MOST_PAIRS:
        return None
    compared = comparing.Asked(question.code, choice, "HOLM")
    found = (await compare_segments(release, compared, pairs, place)).pairs
    contrasts = [
        Contrast(pair.one, pair.other, difference)
        for pair in found
        if (difference := change_of(pair.differences, choice)) is not None
    ]
    return tuple(sorted(contrasts, key=lambda each: -abs(each.compared.difference.value)))


def _choice(question: Question, asked: str | None) -> str | None:
    if asked in question.codes:
        return asked
    return None if question.points else question.codes[0]
