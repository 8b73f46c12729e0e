"""Which questions a release has tables of, and by which codes their answers are counted."""

from dataclasses import dataclass

from survey.questionnaires.definition import SEGMENTS, Definition
from survey.questionnaires.definition import Question as Asked

# Stands where a question's code stands, for the answers themselves; no question can have this code.
PARTICIPATION = "*"
# A scale without named points is a table only when it has no more points than this.
MOST_POINTS = 11

Segment = tuple[str | None, str | None, str | None]


@dataclass(frozen=True)
class Question:
    """A question whose answers can be counted: its code and the codes of its choices in order."""

    code: str
    choices: tuple[str, ...]


def countable(definition: Definition) -> list[Question]:
    """Return the questions that a release has a table for.

    Not the segments: counted within other segments they would show the bases of hidden cells. Not texts and numbers.
    """
    return [
        Question(question.code, choices)
        for question in definition.questions
        if question.role not in SEGMENTS and (choices := choices_of(question))
    ]


def choices_of(question: Asked) -> tuple[str, ...]:
    """Return the codes that a question's answers are counted by; none when they can't be counted."""
    if question.kind in ("single", "multiple"):
        return question.codes
    if question.kind == "scale" and question.maximum - question.minimum < MOST_POINTS:
        return tuple(str(point) for point in range(question.minimum, question.maximum + 1))
    return ()
