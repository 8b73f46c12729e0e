"""Which questions a release has tables of, and by which codes their answers are counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from survey.questionnaires.definition import SEGMENTS, Choice, Definition, Text
from survey.questionnaires.definition import Question as Asked

# Stands where a question's code stands, for the answers themselves; no question can have this code.
PARTICIPATION = "*"
# A scale without named points is a table only when it has no more points than this.
MOST_POINTS = 11

Segment = tuple[str | None, str | None, str | None]


@dataclass(frozen=True)
class Question:
    """What is counted in one table: a question, or one row of a matrix.

    `code` is the name under which its answers are stored. Of a multiple choice and a ranking several choices count.
    `points` are the numbers that a scale's choices stand for; empty otherwise.
    """

    code: str
    concept: str
    kind: str
    text: Text
    choices: tuple[Choice, ...]
    points: tuple[float, ...] = ()

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The choices' codes, in their order."""
        return tuple(choice.code for choice in self.choices)

    @property
    def has_several(self) -> bool:
        """Whether one person may choose several."""
        return self.kind in ("multiple", "ranking")


def countable(definition: Definition) -> list[Question]:
    """Return the questions that a release has a table for.

    Not the segments: counted within other segments they would show the bases of hidden cells. Not texts and numbers.
    """
    return [
        counted
        for question in definition.questions
        if question.role not in SEGMENTS
        for counted in counted_of(question)
    ]


def counted_of(question: Asked) -> Iterator[Question]:
    """Yield what is counted of a question: nothing, itself, or each row of a matrix."""
    asked = (question.concept, question.kind)
    if question.kind in ("single", "multiple", "ranking"):
        yield Question(question.code, *asked, question.text, question.choices)
    elif question.kind == "scale" and question.maximum - question.minimum < MOST_POINTS:
        points = range(question.minimum, question.maximum + 1)
        named = {choice.code: choice.text for choice in question.choices}
        choices = tuple(Choice(str(point), named.get(str(point)) or _same(str(point))) for point in points)
        yield Question(question.code, *asked, question.text, choices, tuple(map(float, points)))
    elif question.kind == "matrix":
        for row, field in zip(question.rows, question.row_fields, strict=True):
            text = Text({code: f"{words}: {row.text.in_(code)}" for code, words in question.text.by_language.items()})
            yield Question(field, f"{question.concept}.{row.code}", question.kind, text, question.choices)


def _same(words: str) -> Text:
    return Text({"vi": words, "en": words})
