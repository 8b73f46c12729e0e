"""What a questionnaire is made of, read from its JSON definition and checked against the published schema."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Literal

import orjson
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from kit.errors import InvalidInput

Kind = Literal["single", "multiple", "scale", "number", "short_text", "long_text"]
Role = Literal["age_band", "gender", "region", "education", "field", "hours"]

# The segments by which every table can be split; their choice codes are org's vocabularies of the same names.
SEGMENTS: tuple[Role, ...] = ("age_band", "gender", "region")
VOCABULARY_ROLES: tuple[Role, ...] = (*SEGMENTS, "education", "field")
# The choice with which a person says nothing of this segment.
NOT_SAID = "not_said"
LARGEST_DEFINITION = 1_000_000

_DEFAULT_LENGTH: dict[str, int] = {"short_text": 200, "long_text": 2000}


@dataclass(frozen=True, slots=True)
class Text:
    """One text in several languages; Vietnamese is always there."""

    by_language: Mapping[str, str]

    def in_(self, language: str) -> str:
        """Return the text in a language, in Vietnamese when it lacks that."""
        return self.by_language.get(language) or self.by_language["vi"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A possible answer; an exclusive one is chosen alone."""

    code: str
    text: Text
    exclusive: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when an earlier question was answered with one of these choices."""

    question: str
    choices: frozenset[str]


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `minimum` and `maximum` are set for scales and numbers, `maximum_length` for texts."""

    code: str
    concept: str
    kind: Kind
    text: Text
    hint: Text | None
    required: bool
    role: Role | None
    privacy: str
    choices: tuple[Choice, ...]
    minimum: int
    maximum: int
    maximum_length: int
    shown_if: Condition | None

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the choices, in their order."""
        return tuple(choice.code for choice in self.choices)

    @property
    def exclusive(self) -> frozenset[str]:
        """The codes that are chosen alone."""
        return frozenset(choice.code for choice in self.choices if choice.exclusive)


@dataclass(frozen=True, slots=True)
class Section:
    """Questions under one heading."""

    code: str
    title: Text
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole questionnaire version."""

    languages: tuple[str, ...]
    title: Text
    introduction: Text | None
    sections: tuple[Section, ...]

    @property
    def questions(self) -> Iterator[Question]:
        """All questions in the order in which they are asked."""
        return (question for section in self.sections for question in section.questions)

    def with_role(self, role: Role) -> Question | None:
        """Return the question that plays a role, of which there is at most one."""
        return next((question for question in self.questions if question.role == role), None)


def is_code(text: str) -> bool:
    """Whether a text may be the code of a questionnaire, section or question."""
    return re.match(schema()["$defs"]["code"]["pattern"], text) is not None


def digest(definition: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of a definition as JSON with sorted keys, no spaces, UTF-8."""
    return hashlib.sha256(orjson.dumps(definition, option=orjson.OPT_SORT_KEYS)).hexdigest()


def checked(document: Any) -> Definition:
    """Return the definition in a JSON document; InvalidInput with the first fault and its place."""
    _check_size(document)
    _check_schema(document)
    assert isinstance(document, dict)
    definition = parsed(document)
    _check_languages(document, definition.languages)
    _check_codes(definition)
    _check_questions(definition)
    return definition


def parsed(document: Mapping[str, Any]) -> Definition:
    """Return the definition in a document that was checked before it was stored."""
    introduction = document.get("introduction")
    return Definition(
        languages=tuple(document["languages"]),
        title=Text(document["title"]),
        introduction=Text(introduction) if introduction else None,
        sections=tuple(_section(section) for section in document["sections"]),
    )


@cache
def schema() -> dict[str, Any]:
    """Return the published JSON Schema of definitions."""
    return orjson.loads(files("survey.questionnaires").joinpath("questionnaire.schema.json").read_bytes())


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def _section(document: Mapping[str, Any]) -> Section:
    return Section(document["code"], Text(document["title"]), tuple(_question(each) for each in document["questions"]))


def _question(document: Mapping[str, Any]) -> Question:
    hint, shown_if = document.get("hint"), document.get("shown_if")
    return Question(
        code=document["code"],
        concept=document["concept"],
        kind=document["kind"],
        text=Text(document["text"]),
        hint=Text(hint) if hint else None,
        required=document.get("required", False),
        role=document.get("role"),
        privacy=document["privacy"],
        choices=tuple(_choice(each) for each in document.get("choices", ())),
        minimum=int(document.get("minimum", 0)),
        maximum=int(document.get("maximum", 0)),
        maximum_length=int(document.get("maximum_length", _DEFAULT_LENGTH.get(document["kind"], 0))),
        shown_if=Condition(shown_if["question"], frozenset(shown_if["is"])) if shown_if else None,
    )


def _choice(document: Mapping[str, Any]) -> Choice:
    return Choice(document["code"], Text(document["text"]), document.get("exclusive", False))


def _check_size(document: object) -> None:
    try:
        size = len(orjson.dumps(document))
    except (TypeError, ValueError) as error:
        raise _invalid("", "không phải JSON", "this is not JSON") from error
    if size > LARGEST_DEFINITION:
        raise _invalid("", "phiếu hỏi quá lớn", f"larger than {LARGEST_DEFINITION} bytes")


def _check_schema(document: Any) -> None:
    try:
        fault = best_match(_validator().iter_errors(document))
    except RecursionError as error:
        raise _invalid("", "lồng nhau quá sâu", "is nested too deeply") from error
    if fault is not None:
        raise _invalid(fault.json_path.removeprefix("$."), "không đúng lược đồ phiếu hỏi", fault.message[:300])


def _check_languages(document: object, languages: tuple[str, ...], place: str = "") -> None:
    """Refuse a text that lacks one of the questionnaire's languages, or has another."""
    if isinstance(document, list):
        for index, item in enumerate(document):
            _check_languages(item, languages, f"{place}[{index}]")
        return
    if not isinstance(document, dict):
        return
    for key, item in document.items():
        inner = f"{place}.{key}".lstrip(".")
        if key in ("title", "text", "hint", "introduction") and set(item) != set(languages):
            raise _invalid(
                inner, "phải có đủ và chỉ có các ngôn ngữ đã khai", f"must be given in exactly {list(languages)}"
            )
        if key not in ("title", "text", "hint", "introduction"):
            _check_languages(item, languages, inner)


def _check_codes(definition: Definition) -> None:
    _check_unique("section", [section.code for section in definition.sections])
    _check_unique("question", [question.code for question in definition.questions])
    _check_unique("role", [question.role for question in definition.questions if question.role])
    for question in definition.questions:
        _check_unique(question.code, list(question.codes))


def _check_unique(what: str, codes: list[str]) -> None:
    ordered = sorted(codes)
    for one, other in pairwise(ordered):
        if one == other:
            raise _invalid(what, f"mã “{one}” dùng hai lần", f"the code “{one}” is used twice")


def _check_questions(definition: Definition) -> None:
    earlier: dict[str, Question] = {}
    for question in definition.questions:
        _check_range(question)
        _check_condition(question, earlier)
        earlier[question.code] = question


def _check_range(question: Question) -> None:
    if question.kind not in ("scale", "number"):
        return
    if question.minimum >= question.maximum:
        raise _invalid(question.code, "minimum phải nhỏ hơn maximum", "minimum must be below maximum")
    outside = [code for code in question.codes if not question.minimum <= int(code) <= question.maximum]
    if outside:
        raise _invalid(
            question.code, f"mức “{outside[0]}” nằm ngoài thang", f"point “{outside[0]}” is not on the scale"
        )


def _check_condition(question: Question, earlier: Mapping[str, Question]) -> None:
    if question.shown_if is None:
        return
    asked = earlier.get(question.shown_if.question)
    if asked is None or asked.kind not in ("single", "multiple"):
        raise _invalid(
            question.code,
            "shown_if phải trỏ tới một câu chọn ở phía trước",
            "shown_if must name an earlier question with choices",
        )
    unknown = question.shown_if.choices - set(asked.codes)
    if unknown:
        raise _invalid(
            question.code,
            f"shown_if nêu lựa chọn lạ “{min(unknown)}”",
            f"shown_if names the unknown choice “{min(unknown)}”",
        )


def _invalid(place: str, vi: str, en: str) -> InvalidInput:
    return InvalidInput(f"definition.{place}".rstrip("."), vi, en)
