"""Whether an expression makes sense where it stands: bounded, about earlier questions, of kinds that go together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from survey.questionnaires.definition import Question
from survey.questionnaires.expression import CALCULATIONS, COMPARISONS, ORDERINGS, Expression, operands

DEEPEST = 12
MOST_PARTS = 200

# What an expression comes to.
Sort = Literal["boolean", "number", "text", "date"]
Earlier = Mapping[str, Question]

_SORTS: Mapping[str, Sort] = {
    "single": "text",
    "scale": "number",
    "number": "number",
    "date": "date",
    "short_text": "text",
    "long_text": "text",
    "matrix": "text",
}
_LISTS = ("multiple", "ranking")


class Fault(Exception):
    """What is wrong with an expression, and where: the place begins with that of the whole expression."""

    def __init__(self, place: str, vi: str, en: str) -> None:
        super().__init__(f"{place}: {en}")
        self.place, self.vi, self.en = place, vi, en


@dataclass(frozen=True, slots=True)
class Typed:
    """What an expression comes to, and the codes it can come to where it is the answer to a question with choices."""

    sort: Sort
    codes: frozenset[str] | None = None


def check_condition(expression: Expression, earlier: Earlier, place: str) -> None:
    """Raise Fault unless this is a condition about these questions, in the form that the schema demands."""
    _check_bounds(expression, place)
    _expect("boolean", _typed(expression, earlier, place), place)


def check_day(expression: Expression, place: str) -> None:
    """Raise Fault unless this, a `date` or `today` in the form that the schema demands, is a day that there is."""
    _expect("date", _typed(expression, {}, place), place)


def _check_bounds(expression: Expression, place: str) -> None:
    layer, depth, parts = [expression], 0, 0
    while layer:
        depth, parts = depth + 1, parts + len(layer)
        if depth > DEEPEST:
            raise Fault(place, f"lồng quá {DEEPEST} tầng", f"is nested deeper than {DEEPEST}")
        if parts > MOST_PARTS:
            raise Fault(place, f"có hơn {MOST_PARTS} phần", f"has more than {MOST_PARTS} parts")
        layer = [operand for each in layer for _, operand in operands(each)]


def _typed(expression: Expression, earlier: Earlier, place: str) -> Typed:
    if isinstance(expression, bool):
        return Typed("boolean")
    if isinstance(expression, int | float):
        return Typed("number")
    if isinstance(expression, str):
        return Typed("text")
    below = [(_typed(each, earlier, f"{place}.{inner}"), f"{place}.{inner}") for inner, each in operands(expression)]
    if below:
        return _combined(expression, below, place)
    if "date" in expression:
        _check_date(expression["date"], f"{place}.date")
        return Typed("date")
    return Typed("date") if "today" in expression else _reference(expression, earlier, place)


def _combined(expression: Mapping[str, Any], below: Sequence[tuple[Typed, str]], place: str) -> Typed:
    operator = next(iter(expression))
    if operator in CALCULATIONS:
        for typed, where in below:
            _expect("number", typed, where)
        return Typed("number")
    if operator in COMPARISONS:
        _check_comparison(operator, expression[operator], below)
    elif operator == "in":
        _check_in(expression["in"][1], below[0][0], f"{place}.in[1]")
    else:
        for typed, where in below:
            _expect("boolean", typed, where)
    return Typed("boolean")


def _check_comparison(operator: str, written: Sequence[Expression], below: Sequence[tuple[Typed, str]]) -> None:
    (one, _), (other, where) = below
    _expect(one.sort, other, where)
    if operator in ORDERINGS and one.sort not in ("number", "date"):
        raise Fault(where, "chỉ so sánh lớn nhỏ giữa số hoặc ngày", "only numbers and dates are smaller or larger")
    for typed, (text, place) in ((one, (written[1], where)), (other, (written[0], below[0][1]))):
        if isinstance(text, str):
            _check_codes([text], typed.codes, place)


def _check_in(several: Sequence[object], one: Typed, place: str) -> None:
    for index, each in enumerate(several):
        sort = "boolean" if isinstance(each, bool) else "text" if isinstance(each, str) else "number"
        _expect(one.sort, Typed(sort), f"{place}[{index}]")
        if isinstance(each, str):
            _check_codes([each], one.codes, f"{place}[{index}]")


def _reference(expression: Mapping[str, Any], earlier: Earlier, place: str) -> Typed:
    operator = next(each for each in ("question", "answer", "answered", "count") if each in expression)
    question = earlier.get(expression[operator])
    where = f"{place}.{operator}"
    if question is None:
        raise Fault(
            where,
            f"không có câu “{expression[operator]}” ở phía trước",
            f"there is no earlier question “{expression[operator]}”",
        )
    _check_row(expression, question, place)
    if operator == "question":
        return _check_is(expression["is"], question, place)
    if operator == "answered":
        return _answerable(question, where)
    if operator == "count":
        return _counted(question, where)
    return _answer(question, where)


def _check_row(expression: Mapping[str, Any], question: Question, place: str) -> None:
    row = expression.get("row")
    if (question.kind == "matrix") != (row is not None):
        raise Fault(
            place, "row dùng cho câu dạng bảng, và chỉ cho câu đó", "row goes with a matrix, and a matrix with a row"
        )
    if row is not None and row not in {each.code for each in question.rows}:
        raise Fault(f"{place}.row", f"không có dòng “{row}”", f"there is no row “{row}”")


def _check_is(codes: Sequence[str], question: Question, place: str) -> Typed:
    if question.kind not in ("single", "multiple", "ranking", "matrix"):
        raise Fault(f"{place}.question", "chỉ dùng với câu có lựa chọn", "goes with a question with choices only")
    _check_codes(codes, frozenset(question.codes), f"{place}.is")
    return Typed("boolean")


def _answerable(question: Question, place: str) -> Typed:
    if question.kind == "note":
        raise Fault(place, "ghi chú không có câu trả lời", "a note has no answer")
    return Typed("boolean")


def _counted(question: Question, place: str) -> Typed:
    if question.kind not in _LISTS:
        raise Fault(place, "chỉ đếm được câu chọn nhiều", "only several choices can be counted")
    return Typed("number")


def _answer(question: Question, place: str) -> Typed:
    sort = _SORTS.get(question.kind)
    if sort is None:
        raise Fault(
            place,
            "câu này không có một câu trả lời duy nhất: dùng question … is, hoặc count",
            "this question has no single answer: use question … is, or count",
        )
    return Typed(sort, frozenset(question.codes) if question.kind in ("single", "matrix") else None)


def _check_codes(codes: Sequence[str], known: frozenset[str] | None, place: str) -> None:
    unknown = sorted(set(codes) - known) if known is not None else []
    if unknown:
        raise Fault(place, f"không có lựa chọn “{unknown[0]}”", f"there is no choice “{unknown[0]}”")


def _check_date(text: str, place: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise Fault(place, f"không có ngày “{text}”", f"there is no day “{text}”") from error


def _expect(sort: Sort, typed: Typed, place: str) -> None:
    if typed.sort != sort:
        raise Fault(place, f"phải là {_VI[sort]}, không phải {_VI[typed.sort]}", f"must be {sort}, not {typed.sort}")


_VI: Mapping[Sort, str] = {"boolean": "điều kiện", "number": "số", "text": "chữ", "date": "ngày"}
