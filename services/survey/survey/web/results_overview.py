"""A wave's results at one sight: who was reached, who took part, and the answers that people look for first."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from kit.errors import NotFound
from survey.questionnaires.definition import SEGMENTS, Definition, Text
from survey.results import reading
from survey.results.cells import CellResult, ChoiceResult, Cut, Wanted, cells_of
from survey.results.questions import Question
from survey.results.reach import CONCEPT, Reach, reach_of
from survey.results.reading import Release
from survey.results.unit_tables import Place

# Charts besides reach and participation, and how many questions are looked at for so many that can be shown.
MOST_CHARTS = 4
MOST_TRIED = 8
# Choices of a multiple choice in a chart here; its own page has all.
MOST_CHOICES = 5


@dataclass(frozen=True)
class Topic:
    """A section of the questionnaire with the questions that have results; the rows of a matrix are one entry."""

    title: Text
    entries: tuple["Entry", ...]


@dataclass(frozen=True)
class Entry:
    """A question, or a matrix with its rows."""

    code: str
    text: Text
    questions: tuple[Question, ...]

    @property
    def is_matrix(self) -> bool:
        """Whether its questions are rows of one."""
        return self.questions[0].kind == "matrix"


@dataclass(frozen=True)
class Excerpt:
    """A question's chart on the overview: its most chosen answers if they are many and several may be chosen."""

    entry: Entry
    question: Question
    cell: CellResult
    choices: tuple[ChoiceResult, ...]

    @property
    def is_cut(self) -> bool:
        """Whether there are more answers than are shown."""
        return len(self.choices) < len(self.cell.choices)


@dataclass(frozen=True)
class Overview:
    """What stands on the first page of a unit. `everyone` is its participation, `parts` that by each segment."""

    reach: Reach | None
    everyone: CellResult
    parts: tuple[tuple[str, tuple[CellResult, ...]], ...]
    excerpts: tuple[Excerpt, ...]

    @property
    def tells_parts(self) -> bool:
        """Whether anything is published of who took part."""
        return any(cell.base is not None for _, cells in self.parts for cell in cells)


def topics_of(definition: Definition, questions: Sequence[Question]) -> list[Topic]:
    """Return the questions that have results, by section, as the questionnaire has them."""
    countable = {question.code: question for question in questions}
    topics = [
        Topic(
            section.title,
            tuple(
                Entry(asked.code, asked.text, counted)
                for asked in section.questions
                if (counted := tuple(countable[code] for code in (asked.code, *asked.row_fields) if code in countable))
            ),
        )
        for section in definition.sections
    ]
    return [topic for topic in topics if topic.entries]


async def overview(release: Release, topics: Sequence[Topic], place: Place) -> Overview:
    """Return what the first page shows of a unit."""
    labels = await reading.segment_labels(release)
    took_part = Wanted(release.id, release.axes, None, place.units)
    tried = _tried(topics)
    wanted = [Wanted(release.id, release.axes, entry.questions[0], place.units) for entry in tried]
    everyone, *cells = [cells for (cells,) in await cells_of([took_part, *wanted], Cut((), {}), labels)]
    parts = [(name, (await cells_of([took_part], Cut((name,), {}), labels))[0]) for name in SEGMENTS]
    shown = [_excerpt(entry, cell) for entry, cell in zip(tried, cells, strict=True) if cell.base is not None]
    return Overview(await _reach(release, place), everyone, tuple(parts), tuple(shown[:MOST_CHARTS]))


async def _reach(release: Release, place: Place) -> Reach | None:
    try:
        return await reach_of(release, [], {}, place, None)
    except NotFound:
        return None


def _tried(topics: Sequence[Topic]) -> list[Entry]:
    """Return what is shown first: each section's first question, then their second ones, and so on."""
    columns = zip_longest(*(topic.entries for topic in topics))
    entries = [entry for column in columns for entry in column if entry is not None]
    return [entry for entry in entries if entry.questions[0].concept != CONCEPT][:MOST_TRIED]


def _excerpt(entry: Entry, cell: CellResult) -> Excerpt:
    question = entry.questions[0]
    if not question.has_several:
        return Excerpt(entry, question, cell, cell.choices)
    most_chosen = sorted(cell.choices, key=lambda choice: -choice.share)
    return Excerpt(entry, question, cell, tuple(most_chosen[:MOST_CHOICES]))
