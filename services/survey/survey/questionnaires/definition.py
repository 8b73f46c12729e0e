"""What a questionnaire is made of, read from its JSON definition, which `checking` has passed."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Literal

import orjson

from survey.questionnaires.expression import Expression

Kind = Literal["single", "multiple", "scale", "ranking", "matrix", "number", "date", "short_text", "long_text", "note"]
Role = Literal["age_band", "gender", "region", "education", "field", "information_habits", "hours"]

# The segments by which every table can be split; their choice codes are org's vocabularies of the same names.
SEGMENTS: tuple[Role, ...] = ("age_band", "gender", "region")
VOCABULARY_ROLES: tuple[Role, ...] = (*SEGMENTS, "education", "field")
# The choice with which a person says nothing of this segment.
NOT_SAID = "not_said"
# Stands behind a question's code and a dot in the name of the field that takes the words of “other”.
OTHER = "other"

_DEFAULT_LENGTH: dict[str, int] = {"single": 200, "multiple": 200, "short_text": 200, "long_text": 2000}


@dataclass(frozen=True, slots=True)
class Text:
    """One text in several languages; Vietnamese is always there."""

    by_language: Mapping[str, str]

    def in_(self, language: str) -> str:
        """Return the text in a language, in Vietnamese when it lacks that."""
        return self.by_language.get(language) or self.by_language["vi"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A possible answer; an exclusive one is chosen alone, to an “other” one words can be added."""

    code: str
    text: Text
    exclusive: bool = False
    other: bool = False


@dataclass(frozen=True, slots=True)
class Constraint:
    """What an answer must meet beyond its kind's rules, and what to say to the person when it does not."""

    expression: Expression
    message: Text


@dataclass(frozen=True)
class Question:
    """One question, or a note, which has no concept and takes no answer.

    `minimum` and `maximum` are set for scales and numbers, `maximum_length` for texts (“other” ones included), `rows`
    for a matrix, `places` (how many choices are ranked) for a ranking; `earliest` and `latest` may be for a date.
    `shown_if` is the section's condition, too.
    """

    code: str
    concept: str
    kind: Kind
    text: Text
    hint: Text | None
    required: bool
    role: Role | None
    privacy: str
    weighting_margin: bool
    choices: tuple[Choice, ...]
    random_order: bool
    rows: tuple[Choice, ...]
    places: int
    minimum: int
    maximum: int
    decimals: int
    maximum_length: int
    earliest: Expression | None
    latest: Expression | None
    shown_if: Expression | None
    constraint: Constraint | None

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The codes of the choices, in their order."""
        return tuple(choice.code for choice in self.choices)

    @cached_property
    def exclusive(self) -> frozenset[str]:
        """The codes that are chosen alone."""
        return frozenset(choice.code for choice in self.choices if choice.exclusive)

    @cached_property
    def other(self) -> str | None:
        """The code of the choice to which words can be added."""
        return next((choice.code for choice in self.choices if choice.other), None)

    @cached_property
    def other_field(self) -> str:
        """The name under which the words of “other” are sent and stored."""
        return f"{self.code}.{OTHER}"

    @cached_property
    def row_fields(self) -> tuple[str, ...]:
        """The names under which a matrix's answers are sent and stored, row by row."""
        return tuple(f"{self.code}.{row.code}" for row in self.rows)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The names under which answers to this question are sent."""
        if self.kind == "note":
            return ()
        if self.kind == "matrix":
            return self.row_fields
        return (self.code, self.other_field) if self.other else (self.code,)


@dataclass(frozen=True, slots=True)
class Section:
    """Questions under one heading."""

    code: str
    title: Text
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class FurtherLanguage:
    """A language besides Vietnamese and English: its own name, and the form's words in it by their Vietnamese."""

    name: str
    words: Mapping[str, str]

    def word(self, vietnamese: str) -> str:
        """Return one of the form's words, in Vietnamese when it is not translated."""
        return self.words.get(vietnamese, vietnamese)

    def say(self, vietnamese: str, *parts: object, **named: object) -> str:
        """Return a sentence with its places in braces filled in; the Vietnamese one when the translated has others."""
        try:
            return self.word(vietnamese).format(*parts, **named)
        except (LookupError, ValueError):
            return vietnamese.format(*parts, **named)


@dataclass(frozen=True)
class Definition:
    """A whole questionnaire version."""

    languages: tuple[str, ...]
    title: Text
    introduction: Text | None
    sections: tuple[Section, ...]
    further_languages: Mapping[str, FurtherLanguage] = field(default_factory=dict[str, FurtherLanguage])

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All questions in the order in which they are asked."""
        return tuple(question for section in self.sections for question in section.questions)

    @cached_property
    def fields(self) -> frozenset[str]:
        """The names under which answers to any question are sent."""
        return frozenset(name for question in self.questions for name in question.fields)

    def with_role(self, role: Role) -> Question | None:
        """Return the question that plays a role, of which there is at most one."""
        return next((question for question in self.questions if question.role == role), None)


def is_code(text: str) -> bool:
    """Whether a text may be the code of a questionnaire, section or question."""
    return re.match(schema()["$defs"]["code"]["pattern"], text) is not None


def digest(definition: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of a definition as JSON with sorted keys, no spaces, UTF-8."""
    return hashlib.sha256(orjson.dumps(definition, option=orjson.OPT_SORT_KEYS)).hexdigest()


def parsed(document: Mapping[str, Any]) -> Definition:
    """Return the definition in a document that was checked before it was stored."""
    introduction = document.get("introduction")
    return Definition(
        languages=tuple(document["languages"]),
        title=Text(document["title"]),
        introduction=Text(introduction) if introduction else None,
        sections=tuple(_section(section) for section in document["sections"]),
        further_languages={
            language: FurtherLanguage(entry["name"], entry.get("words", {}))
            for language, entry in document.get("further_languages", {}).items()
        },
    )


def question_of(document: Mapping[str, Any]) -> Question:
    """Return one question as a definition writes it, without its section's condition."""
    return _question(document, None)


@cache
def schema() -> dict[str, Any]:
    """Return the published JSON Schema of definitions."""
    return orjson.loads(files("survey.questionnaires").joinpath("questionnaire.schema.json").read_bytes())


def _section(document: Mapping[str, Any]) -> Section:
    shown_if = document.get("shown_if")
    questions = tuple(_question(each, shown_if) for each in document["questions"])
    return Section(document["code"], Text(document["title"]), questions)


def _question(document: Mapping[str, Any], section_shown_if: Expression) -> Question:
    hint, constraint = document.get("hint"), document.get("constraint")
    kind, choices = document["kind"], document.get("choices", ())
    return Question(
        code=document["code"],
        concept=document.get("concept", ""),
        kind=kind,
        text=Text(document["text"]),
        hint=Text(hint) if hint else None,
        required=document.get("required", False),
        role=document.get("role"),
        privacy=document.get("privacy", "plain"),
        weighting_margin=document.get("weighting_margin", False),
        choices=tuple(_choice(each) for each in choices),
        random_order=document.get("order") == "random",
        rows=tuple(_choice(each) for each in document.get("rows", ())),
        places=int(document.get("places", len(choices))) if kind == "ranking" else 0,
        minimum=int(document.get("minimum", 0)),
        maximum=int(document.get("maximum", 0)),
        decimals=int(document.get("decimals", 0)),
        maximum_length=int(document.get("maximum_length", _DEFAULT_LENGTH.get(kind, 0))),
        earliest=document.get("earliest"),
        latest=document.get("latest"),
        shown_if=_both(section_shown_if, document.get("shown_if")),
        constraint=Constraint(constraint["expression"], Text(constraint["message"])) if constraint else None,
    )


def _both(one: Expression, other: Expression) -> Expression | None:
    if one is None or other is None:
        return one if other is None else other
    return {"and": [one, other]}


def _choice(document: Mapping[str, Any]) -> Choice:
    return Choice(
        document["code"], Text(document["text"]), document.get("exclusive", False), document.get("other", False)
    )
