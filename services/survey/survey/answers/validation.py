"""One check of answers for every way in: the form, the graph and whatever comes later judge alike."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kit.errors import Language
from survey.questionnaires.definition import NOT_SAID, SEGMENTS, Definition, Question, Role, Text

Value = str | int | list[str]
Raw = Mapping[str, Sequence[str]]

_MESSAGES: dict[str, tuple[str, str]] = {
    "REQUIRED": ("Xin trả lời câu này.", "Please answer this question."),
    "NOT_A_CHOICE": ("Xin chọn một trong các câu trả lời có sẵn.", "Please choose one of the answers given."),
    "TOO_MANY": ("Câu này chỉ nhận một câu trả lời.", "This question takes one answer only."),
    "EXCLUSIVE_CHOICE": (
        "Không thể chọn “{choice}” cùng với câu trả lời khác.",
        "“{choice}” can't be chosen together with other answers.",
    ),
    "NOT_A_NUMBER": ("Xin nhập một số nguyên, ví dụ {example}.", "Please enter a whole number, for example {example}."),
    "OUT_OF_RANGE": (
        "Xin nhập một số từ {minimum} đến {maximum}.",
        "Please enter a number from {minimum} to {maximum}.",
    ),
    "TOO_LONG": (
        "Câu trả lời dài {length} ký tự; xin rút còn {maximum}.",
        "Your answer has {length} characters; please shorten it to {maximum}.",
    ),
    "INVALID_TEXT": ("Câu trả lời có ký tự không đọc được.", "Your answer has characters that can't be read."),
    "UNKNOWN_QUESTION": ("Phiếu này không có câu hỏi đó.", "This questionnaire has no such question."),
}


@dataclass(frozen=True, slots=True)
class Issue:
    """What is wrong with the answer to one question: a stable code, and a message for the person answering."""

    question: str
    code: str
    details: Mapping[str, object] = field(default_factory=dict[str, object])

    def message(self, language: Language) -> str:
        """Return what to do about it, in a language."""
        vi, en = _MESSAGES[self.code]
        shown = {name: each.in_(language) if isinstance(each, Text) else each for name, each in self.details.items()}
        return (vi if language == "vi" else en).format_map(shown)


@dataclass(frozen=True, slots=True)
class Checked:
    """The answers as they are stored, or what is wrong with them. With issues, `values` is not to be stored."""

    values: dict[str, Value]
    issues: list[Issue]


class _Wrong(Exception):
    def __init__(self, code: str, **details: object) -> None:
        self.code = code
        self.details = details
        super().__init__(code)


def check(definition: Definition, raw: Raw) -> Checked:
    """Check answers given as texts, as a form sends them; what was not asked of this person is dropped.

    A single choice becomes its code, a multiple choice its codes in the questionnaire's order, a scale or number an
    int, a text its NFC form without surrounding space. Unanswered questions have no entry.
    """
    values: dict[str, Value] = {}
    issues: list[Issue] = []
    for question in definition.questions:
        if not is_asked(question, values):
            continue
        try:
            value = _value(question, [text for text in raw.get(question.code, ()) if text.strip()])
        except _Wrong as wrong:
            issues.append(Issue(question.code, wrong.code, wrong.details))
            continue
        if value is not None:
            values[question.code] = value
    known = {question.code for question in definition.questions}
    issues += [Issue(code, "UNKNOWN_QUESTION") for code in raw if code not in known]
    return Checked(values, issues)


def is_asked(question: Question, values: Mapping[str, Value]) -> bool:
    """Whether the earlier answers make this question one to ask."""
    if question.shown_if is None:
        return True
    value = values.get(question.shown_if.question)
    given = value if isinstance(value, list) else [value]
    return any(code in question.shown_if.choices for code in given)


def segments(definition: Definition, values: Mapping[str, Value]) -> tuple[str | None, str | None, str | None]:
    """Return age band, gender and region of checked answers; None for what was not asked or not said."""
    age_band, gender, region = (_segment(definition, role, values) for role in SEGMENTS)
    return age_band, gender, region


def _segment(definition: Definition, role: Role, values: Mapping[str, Value]) -> str | None:
    question = definition.with_role(role)
    value = values.get(question.code) if question else None
    return value if isinstance(value, str) and value != NOT_SAID else None


def _value(question: Question, texts: list[str]) -> Value | None:
    if not texts:
        if question.required:
            raise _Wrong("REQUIRED")
        return None
    if question.kind == "multiple":
        return _choices(question, texts)
    if len(texts) > 1:
        raise _Wrong("TOO_MANY")
    if question.kind == "single":
        return _choices(question, texts)[0]
    if question.kind in ("scale", "number"):
        return _number(question, texts[0].strip())
    return _text(question, texts[0])


def _choices(question: Question, texts: list[str]) -> list[str]:
    chosen = [choice for choice in question.choices if choice.code in texts]
    if {choice.code for choice in chosen} != set(texts):
        raise _Wrong("NOT_A_CHOICE")
    alone = next((choice for choice in chosen if choice.exclusive), None)
    if alone is not None and len(chosen) > 1:
        raise _Wrong("EXCLUSIVE_CHOICE", choice=alone.text)
    return [choice.code for choice in chosen]


def _number(question: Question, text: str) -> int:
    bounds = {"minimum": question.minimum, "maximum": question.maximum}
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise _Wrong("NOT_A_NUMBER", example=(question.minimum + question.maximum) // 2)
    # More digits than any bound has: no need to read them.
    if len(digits.lstrip("0")) > 10 or not question.minimum <= int(text) <= question.maximum:
        raise _Wrong("OUT_OF_RANGE", **bounds)
    return int(text)


def _text(question: Question, text: str) -> str:
    cleaned = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in cleaned):
        raise _Wrong("INVALID_TEXT")
    if question.kind == "short_text":
        cleaned = " ".join(cleaned.split())
    if len(cleaned) > question.maximum_length:
        raise _Wrong("TOO_LONG", length=len(cleaned), maximum=question.maximum_length)
    return cleaned
