"""One check of answers for every way in: the form, the graph and whatever comes later judge alike."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from kit.calendar import today
from kit.errors import Language
from kit.texts import nfc
from survey.questionnaires import expression
from survey.questionnaires.definition import NOT_SAID, SEGMENTS, Definition, FurtherLanguage, Question, Role, Text

# The days that any question for a day takes.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2100, 12, 31)
_WHOLE, _DIGITS = re.compile("-?[0-9]+"), re.compile("[0-9]+")

Value = str | int | float | list[str]
Raw = Mapping[str, Sequence[str]]

_MESSAGES: dict[str, tuple[str, str]] = {
    "REQUIRED": ("Xin trả lời câu này.", "Please answer this question."),
    "NOT_A_CHOICE": ("Xin chọn một trong các câu trả lời có sẵn.", "Please choose one of the answers given."),
    "TOO_MANY": ("Câu này chỉ nhận một câu trả lời.", "This question takes one answer only."),
    "EXCLUSIVE_CHOICE": (
        "Không thể chọn “{choice}” cùng với câu trả lời khác.",
        "“{choice}” can't be chosen together with other answers.",
    ),
    "OTHER_NOT_CHOSEN": (
        "Anh/chị viết thêm ở “{choice}” nhưng chưa chọn câu đó.",
        "You wrote something at “{choice}” without choosing it.",
    ),
    "RANKED_TWICE": (
        "“{choice}” được xếp ở hai chỗ; xin xếp mỗi thứ một chỗ.",
        "“{choice}” stands in two places; please give each one place.",
    ),
    "TOO_MANY_PLACES": ("Xin xếp nhiều nhất {places} thứ.", "Please rank at most {places}."),
    "INCOMPLETE": ("Xin xếp đủ {places} thứ.", "Please rank {places}."),
    "ROW_REQUIRED": ("Xin trả lời cả dòng “{row}”.", "Please answer the line “{row}”, too."),
    "NOT_A_DECIMAL": ("Xin nhập một số, ví dụ {example}.", "Please enter a number, for example {example}."),
    "NOT_A_DATE": (
        "Xin nhập ngày, tháng, năm, ví dụ 31/12/2025.",
        "Please enter a day, month and year, for example 31/12/2025.",
    ),
    "DAY_OUT_OF_RANGE": (
        "Xin nhập một ngày từ {earliest} đến {latest}.",
        "Please enter a day from {earliest} to {latest}.",
    ),
    "CONSTRAINT": ("{message}", "{message}"),
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

    def message(self, language: Language, further: tuple[str, FurtherLanguage] | None = None) -> str:
        """Return what to do about it, in a language; `further`: one besides our two, by its code."""
        vi, en = _MESSAGES[self.code]
        shown_in = further[0] if further else language
        shown = {name: each.in_(shown_in) if isinstance(each, Text) else each for name, each in self.details.items()}
        if further:
            return further[1].say(vi, **shown)
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


def check(definition: Definition, raw: Raw, day: date | None = None) -> Checked:
    """Check answers given as texts, as a form sends them; what was not asked of this person is dropped.

    A single choice becomes its code, a multiple choice its codes in the questionnaire's order, a ranking its codes
    best first, a scale or number an int (a float when it has a fraction), a date its ISO form, a text its NFC form
    without surrounding space. What was written at “other” is kept under `<question>.other`, a matrix's answers under
    `<question>.<row>`. Unanswered questions have no entry. `day` is what conditions call today.
    """
    day = day or today()
    values: dict[str, Value] = {}
    issues: list[Issue] = []
    for question in definition.questions:
        if not is_asked(question, values, day):
            continue
        plain = _plain(question, raw)
        if plain is not None:
            values[question.code] = plain
            continue
        try:
            values |= answer_of(question, raw, values, day)
        except _Wrong as wrong:
            issues.append(Issue(question.code, wrong.code, wrong.details))
    issues += [Issue(code, "UNKNOWN_QUESTION") for code in raw if code not in definition.fields]
    return Checked(values, issues)


def days_taken(question: Question, today: date) -> tuple[date, date]:
    """Return the first and the last day that a question for a day takes, when it is answered on a day."""
    bounds = ((question.earliest, FIRST_DAY), (question.latest, LAST_DAY))
    first, last = (
        usual if bound is None else date.fromisoformat(str(expression.evaluate(bound, {}, today)))
        for bound, usual in bounds
    )
    return first, last


def is_asked(question: Question, values: Mapping[str, Value], day: date) -> bool:
    """Whether the earlier answers make this question one to ask on a day."""
    return question.shown_if is None or expression.holds(question.shown_if, values, day)


def segments(definition: Definition, values: Mapping[str, Value]) -> tuple[str | None, str | None, str | None]:
    """Return age band, gender and region of checked answers; None for what was not asked or not said."""
    age_band, gender, region = (_segment(definition, role, values) for role in SEGMENTS)
    return age_band, gender, region


def _segment(definition: Definition, role: Role, values: Mapping[str, Value]) -> str | None:
    question = definition.with_role(role)
    value = values.get(question.code) if question else None
    return value if isinstance(value, str) and value != NOT_SAID else None


def _plain(question: Question, raw: Raw) -> Value | None:
    """Return the answer that most questions get, or None: one choice that is offered, one whole number that fits.

    Nothing is judged otherwise here than by `answer_of`; it only takes a third of the time of a whole form.
    """
    given = raw.get(question.code)
    if given is None or len(given) != 1 or question.constraint is not None:
        return None
    text, kind = given[0], question.kind
    if kind == "single":
        return text if text in question.codes and question.other_field not in raw else None
    if kind in ("scale", "number") and text.isascii() and text.isdecimal() and len(text) <= 10:
        number = int(text)
        return number if question.minimum <= number <= question.maximum else None
    return None


def answer_of(question: Question, raw: Raw, values: Mapping[str, Value], day: date) -> dict[str, Value]:
    """Return what is stored of the answer to one question; nothing when it was left out."""
    given = _given(question, raw, day)
    constraint = question.constraint
    if given and constraint and expression.fails(constraint.expression, {**values, **given}, day):
        raise _Wrong("CONSTRAINT", message=constraint.message)
    return given


def _given(question: Question, raw: Raw, day: date) -> dict[str, Value]:
    if question.kind == "note":
        return {}
    if question.kind == "matrix":
        return _matrix(question, raw)
    value = _value(question, _texts(raw, question.code), day)
    given: dict[str, Value] = {} if value is None else {question.code: value}
    return given | _other(question, value, raw)


def _texts(raw: Raw, name: str) -> list[str]:
    given = raw.get(name)
    return [text for text in given if text.strip()] if given else []


def _matrix(question: Question, raw: Raw) -> dict[str, Value]:
    given: dict[str, Value] = {}
    for row, name in zip(question.rows, question.row_fields, strict=True):
        texts = _texts(raw, name)
        if texts:
            given[name] = _one_choice(question, texts)
        elif question.required:
            raise _Wrong("ROW_REQUIRED", row=row.text)
    return given


def _other(question: Question, value: Value | None, raw: Raw) -> dict[str, Value]:
    """Return the words that were added to “other”, which must then be chosen."""
    texts = _texts(raw, question.other_field) if question.other and question.other_field in raw else []
    if not texts:
        return {}
    if len(texts) > 1:
        raise _Wrong("TOO_MANY")
    if question.other not in (value if isinstance(value, list) else [value]):
        choice = next(choice for choice in question.choices if choice.other)
        raise _Wrong("OTHER_NOT_CHOSEN", choice=choice.text)
    return {question.other_field: _text(question, texts[0])}


def _value(question: Question, texts: list[str], day: date) -> Value | None:
    if not texts:
        if question.required:
            raise _Wrong("REQUIRED")
        return None
    if question.kind == "multiple":
        return _choices(question, texts)
    if question.kind == "ranking":
        return _ranking(question, texts)
    if question.kind == "single":
        return _one_choice(question, texts)
    if len(texts) > 1:
        raise _Wrong("TOO_MANY")
    if question.kind in ("scale", "number"):
        return _number(question, texts[0].strip())
    return _date(question, texts[0].strip(), day) if question.kind == "date" else _text(question, texts[0])


def _one_choice(question: Question, texts: list[str]) -> str:
    if len(texts) > 1:
        raise _Wrong("TOO_MANY")
    return _choices(question, texts)[0]


def _choices(question: Question, texts: list[str]) -> list[str]:
    if len(texts) == 1 and texts[0] in question.codes:
        return texts
    chosen = [choice for choice in question.choices if choice.code in texts]
    if {choice.code for choice in chosen} != set(texts):
        raise _Wrong("NOT_A_CHOICE")
    alone = next((choice for choice in chosen if choice.exclusive), None)
    if alone is not None and len(chosen) > 1:
        raise _Wrong("EXCLUSIVE_CHOICE", choice=alone.text)
    return [choice.code for choice in chosen]


def _ranking(question: Question, texts: list[str]) -> list[str]:
    """Return the ranked codes; places left empty between others close up."""
    by_code = {choice.code: choice for choice in question.choices}
    if not by_code.keys() >= set(texts):
        raise _Wrong("NOT_A_CHOICE")
    twice = next((text for index, text in enumerate(texts) if text in texts[:index]), None)
    if twice is not None:
        raise _Wrong("RANKED_TWICE", choice=by_code[twice].text)
    if len(texts) > question.places:
        raise _Wrong("TOO_MANY_PLACES", places=question.places)
    if question.required and len(texts) < question.places:
        raise _Wrong("INCOMPLETE", places=question.places)
    return texts


def _number(question: Question, text: str) -> int | float:
    whole, mark, rest = text.replace(",", ".").partition(".")
    if not _WHOLE.fullmatch(whole) or (mark and not (_DIGITS.fullmatch(rest) and len(rest) <= question.decimals)):
        middle = (question.minimum + question.maximum) // 2
        raise _Wrong("NOT_A_DECIMAL" if question.decimals else "NOT_A_NUMBER", example=middle)
    # More digits than any bound has: no need to read them.
    if len(whole.lstrip("-0")) > 10:
        raise _Wrong("OUT_OF_RANGE", minimum=question.minimum, maximum=question.maximum)
    number = Decimal(f"{whole}.{rest}") if rest else int(whole)
    if not question.minimum <= number <= question.maximum:
        raise _Wrong("OUT_OF_RANGE", minimum=question.minimum, maximum=question.maximum)
    return int(number) if number == int(number) else float(number)


def _date(question: Question, text: str, today: date) -> str:
    local = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text)
    iso = f"{local[3]}-{local[2]:0>2}-{local[1]:0>2}" if local else text
    try:
        # Read only in one of the many forms that ISO 8601 has.
        day = date.fromisoformat(iso) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", iso) else None
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise _Wrong("NOT_A_DATE")
    earliest, latest = days_taken(question, today)
    if not earliest <= day <= latest:
        raise _Wrong("DAY_OUT_OF_RANGE", earliest=f"{earliest:%d/%m/%Y}", latest=f"{latest:%d/%m/%Y}")
    return day.isoformat()


def _text(question: Question, text: str) -> str:
    cleaned = nfc(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in cleaned):
        raise _Wrong("INVALID_TEXT")
    if question.kind != "long_text":
        cleaned = " ".join(cleaned.split())
    if len(cleaned) > question.maximum_length:
        raise _Wrong("TOO_LONG", length=len(cleaned), maximum=question.maximum_length)
    return cleaned
