"""The small language of conditions and constraints, evaluated here exactly as web/static/logic.js does on the phone.

An expression is JSON: a number, text, true or false, or an object with one operator. What each says is in
docs/questionnaires.md; tests/survey/expression_vectors.json holds both evaluators to the same results.

A value that was not given is unknown (None), and so is whatever depends on it: three-valued logic as S. C. Kleene
defines it ("Introduction to Metamathematics", 1952, § 64). Also unknown: a division by zero, and operands of kinds
that do not go together. Numbers are exact fractions, so that 0.1 + 0.2 = 0.3 on every machine.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from kit.texts import nfc

Expression = Any
Values = Mapping[str, Any]
# A date is text in its ISO form.
Result = bool | Fraction | str | None

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def evaluate(expression: Expression, values: Values, today: date) -> Result:
    """Return what an expression comes to with these answers (in their stored form) on a day; None when unknown."""
    if not isinstance(expression, dict):
        return _literal(expression)
    operator = next((name for name in expression if name in _OPERATORS), None)
    return _OPERATORS[operator](expression, values, today) if operator else None


def holds(expression: Expression, values: Values, today: date) -> bool:
    """Whether a condition is certainly met: what is unknown does not hold."""
    return evaluate(expression, values, today) is True


def fails(expression: Expression, values: Values, today: date) -> bool:
    """Whether a constraint is certainly broken: what is unknown does not fail."""
    return evaluate(expression, values, today) is False


def key_of(expression: Mapping[str, Any], operator: str) -> str:
    """Return the name under which the answer is stored that a `question`, `answer`, `answered` or `count` means."""
    return f"{expression[operator]}.{expression['row']}" if "row" in expression else expression[operator]


def operands(expression: Expression) -> Iterator[tuple[str, Expression]]:
    """Return the expressions right below one, each with its place."""
    if not isinstance(expression, dict):
        return
    if "not" in expression:
        yield "not", expression["not"]
    for operator in ("and", "or", *_COMPARE, *_CALCULATE):
        for index, operand in enumerate(expression.get(operator, ())):
            yield f"{operator}[{index}]", operand
    if "in" in expression:
        yield "in[0]", expression["in"][0]


def _literal(value: object) -> Result:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        # Its shortest decimal spelling is what its author wrote, and is the same in JavaScript.
        return Fraction(value if isinstance(value, int) else str(value))
    return nfc(value) if isinstance(value, str) else None


def _answer(expression: Mapping[str, Any], values: Values, today: date) -> Result:
    del today
    return _literal(values.get(key_of(expression, "answer")))


def _answered(expression: Mapping[str, Any], values: Values, today: date) -> Result:
    del today
    return key_of(expression, "answered") in values


def _is(expression: Mapping[str, Any], values: Values, today: date) -> Result:
    del today
    value = values.get(key_of(expression, "question"))
    if isinstance(value, str):
        return value in expression["is"]
    return any(code in expression["is"] for code in value) if isinstance(value, list) else None


def _count(expression: Mapping[str, Any], values: Values, today: date) -> Result:
    del today
    value = values.get(key_of(expression, "count"))
    return Fraction(len(value)) if isinstance(value, list) else None


def _date(expression: Mapping[str, Any], values: Values, today: date) -> Result:
    del values, today
    return expression["date"]


def _today(expression: Mapping[str, Any], values: Values, today: date) -> Result:
    del values
    year = today.year + int(expression.get("years", 0))
    # A year without 29 February has its day before.
    day = 28 if (today.month, today.day) == (2, 29) and not _is_leap(year) else today.day
    return (date(year, today.month, day) + timedelta(days=expression["today"])).isoformat()


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _and(expression: Mapping[str, Any], values: Values, today: date) -> Result:
    found = [evaluate(each, values, today) for each in expression["and"]]
    return False if False in [one for one in found if isinstance(one, bool)] else _all_true(found)


def _or(expression: Mapping[str, Any], values: Values, today: date) -> Result:
    found = [evaluate(each, values, today) for each in expression["or"]]
    if any(one is True for one in found):
        return True
    return False if all(one is False for one in found) else None


def _all_true(found: Sequence[Result]) -> Result:
    return True if all(one is True for one in found) else None


def _not(expression: Mapping[str, Any], values: Values, today: date) -> Result:
    found = evaluate(expression["not"], values, today)
    return not found if isinstance(found, bool) else None


def _in(expression: Mapping[str, Any], values: Values, today: date) -> Result:
    one, several = expression["in"]
    found = evaluate(one, values, today)
    if found is None:
        return None
    return any(_equal(found, _literal(each)) is True for each in several)


def _equal(one: Result, other: Result) -> bool | None:
    if one is None or other is None or type(one) is not type(other):
        return None
    return one == other


def _order(one: Result, other: Result) -> int | None:
    """Return -1, 0 or 1 for two numbers or two dates; None for what has no order."""
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return (one > other) - (one < other)
    if isinstance(one, str) and isinstance(other, str) and _DATE.fullmatch(one) and _DATE.fullmatch(other):
        return (one > other) - (one < other)
    return None


def _comparison(operator: str, judge: Callable[[Result, Result], bool | None]) -> Callable[..., Result]:
    def compare(expression: Mapping[str, Any], values: Values, today: date) -> Result:
        one, other = (evaluate(each, values, today) for each in expression[operator])
        return judge(one, other)

    return compare


def _ordered(accept: Callable[[int], bool]) -> Callable[[Result, Result], bool | None]:
    def judge(one: Result, other: Result) -> bool | None:
        order = _order(one, other)
        return None if order is None else accept(order)

    return judge


def _unequal(one: Result, other: Result) -> bool | None:
    equal = _equal(one, other)
    return None if equal is None else not equal


def _calculation(operator: str, apply: Callable[[Fraction, Fraction], Fraction | None]) -> Callable[..., Result]:
    def calculate(expression: Mapping[str, Any], values: Values, today: date) -> Result:
        first, *others = (evaluate(each, values, today) for each in expression[operator])
        total: Result = first
        for each in others:
            if not (isinstance(total, Fraction) and isinstance(each, Fraction)):
                return None
            total = apply(total, each)
        return total if isinstance(total, Fraction) else None

    return calculate


_COMPARE: Mapping[str, Callable[[Result, Result], bool | None]] = {
    "=": _equal,
    "!=": _unequal,
    "<": _ordered(lambda order: order < 0),
    "<=": _ordered(lambda order: order <= 0),
    ">": _ordered(lambda order: order > 0),
    ">=": _ordered(lambda order: order >= 0),
}
_CALCULATE: Mapping[str, Callable[[Fraction, Fraction], Fraction | None]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one / other if other else None,
}
_OPERATORS: Mapping[str, Callable[[Mapping[str, Any], Values, date], Result]] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "question": _is,
    "answer": _answer,
    "answered": _answered,
    "count": _count,
    "in": _in,
    "date": _date,
    "today": _today,
    **{operator: _comparison(operator, judge) for operator, judge in _COMPARE.items()},
    **{operator: _calculation(operator, apply) for operator, apply in _CALCULATE.items()},
}
COMPARISONS = tuple(_COMPARE)
ORDERINGS = ("<", "<=", ">", ">=")
CALCULATIONS = tuple(_CALCULATE)
