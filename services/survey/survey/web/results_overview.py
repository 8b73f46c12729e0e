"""A wave's results at one sight: who was reached, who took part, and the answers that people look for first."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from uuid import UUID

from survey.questionnaires.definition import SEGMENTS, Definition, Text
from survey.results import reading
from survey.results.questions import Question
from survey.results.reading import CellResult, ChoiceResult, QuestionResult, Release

# What asks whether information came through; the programme's target is about it.
REACHED = "information_reached"
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

    reach: QuestionResult | None
    everyone: CellResult
    parts: tuple[tuple[str, tuple[CellResult, ...]], ...]
    excerpts: tuple[Excerpt, ...]

    @property
    def reached(self) -> ChoiceResult | None:
        """The share that was reached: of the first choice, or the one called `yes`; None when it is hidden."""
        choices = self.reach.cells[0].choices if self.reach else ()
        return next((choice for choice in choices if choice.code == "yes"), choices[0] if choices else None)


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


async def overview(release: Release, topics: Sequence[Topic], unit_id: UUID) -> Overview:
    """Return what the first page shows of a unit."""
    asked = [question for topic in topics for entry in topic.entries for question in entry.questions]
    reach = next((question for question in asked if question.concept == REACHED), None)
    return Overview(
        reach=await reading.question_result(release, reach.code, [], {}, unit_id) if reach else None,
        everyone=(await reading.participation(release, [], {}, unit_id)).cells[0],
        parts=tuple([(name, (await reading.participation(release, [name], {}, unit_id)).cells) for name in SEGMENTS]),
        excerpts=tuple(await _excerpts(release, topics, unit_id)),
    )


async def _excerpts(release: Release, topics: Sequence[Topic], unit_id: UUID) -> list[Excerpt]:
    """Return the first charts: of each section's first question, then of their second ones, and so on."""
    columns = zip_longest(*(topic.entries for topic in topics))
    wanted = [
        entry for column in columns for entry in column if entry is not None and entry.questions[0].concept != REACHED
    ]
    excerpts: list[Excerpt] = []
    for entry in wanted[:MOST_TRIED]:
        if len(excerpts) < MOST_CHARTS:
            result = await reading.question_result(release, entry.questions[0].code, [], {}, unit_id)
            excerpts += [_excerpt(entry, cell) for cell in result.cells if cell.base is not None]
    return excerpts


def _excerpt(entry: Entry, cell: CellResult) -> Excerpt:
    question = entry.questions[0]
    if not question.has_several:
        return Excerpt(entry, question, cell, cell.choices)
    most_chosen = sorted(cell.choices, key=lambda choice: -choice.share)
    return Excerpt(entry, question, cell, tuple(most_chosen[:MOST_CHOICES]))
