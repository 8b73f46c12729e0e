"""Which answers of a questionnaire are words: texts, and what is written beside “other”."""

import re
from typing import NamedTuple

from survey.questionnaires.definition import Definition, Text

_FIELD = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)?")
_OTHER = Text({"vi": "Khác", "en": "Other"})


class OpenQuestion(NamedTuple):
    """A question that is answered in words; `code` is the name under which the words are stored."""

    code: str
    text: Text


def open_questions_of(definition: Definition) -> list[OpenQuestion]:
    """Return the questions that are answered in words, in their order."""
    found: list[OpenQuestion] = []
    for question in definition.questions:
        if question.kind in ("short_text", "long_text"):
            found.append(OpenQuestion(question.code, question.text))
        elif question.other and question.privacy == "plain":
            found.append(OpenQuestion(question.other_field, _with_other(question.text)))
    return found


def _with_other(text: Text) -> Text:
    return Text({code: f"{words} ({_OTHER.in_(code)})" for code, words in text.by_language.items()})


def is_field(name: str) -> bool:
    """Whether a text can be the name under which answers are stored, and so stand in a statement as it is."""
    return _FIELD.fullmatch(name) is not None
