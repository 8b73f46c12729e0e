"""What of a constraint a question of ours has as a property: bounds of numbers and days, lengths, exclusive choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from survey.questionnaires.checking import days_cross, is_expression
from survey.questionnaires.expression import Expression
from survey.questionnaires.expression_checking import Fault, check_day
from survey.questionnaires.xlsform import conditions, xpath
from survey.questionnaires.xlsform.conditions import Target, number_of
from survey.questionnaires.xlsform.formulas import day_text
from survey.questionnaires.xlsform.xpath import Binary, Call, Literal, Many, Node, Number, Reference

_OWN = Reference(None)
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Rules:
    """A constraint taken apart; `node` is what is left to be translated, `remainder` that translated."""

    properties: Mapping[str, Any] = field(default_factory=dict[str, Any])
    exclusive: frozenset[str] = frozenset()
    node: Node | None = None
    remainder: Expression | None = None

    def with_remainder(self, remainder: Expression | None) -> "Rules":
        """Return these rules with what is left translated."""
        return replace(self, remainder=remainder)


def structure(node: Node, own: Target, document: Mapping[str, Any], *, has_message: bool) -> Rules:
    """Take apart a constraint.

    Bounds that come with a message stay an expression, because the form's own words would be shown in its place;
    those which `loa_minimum` and its like have said already are left out.
    """
    parts, properties = list(xpath.conjuncts(node)), dict[str, Any]()
    exclusive = frozenset[str]()
    if own.kind == "number":
        parts, properties = _bounds(parts, document, has_message=has_message)
    elif own.kind == "date":
        parts, properties = _days(parts, document, has_message=has_message)
    elif own.kind.endswith("_text"):
        parts, properties = _lengths(parts)
    elif own.kind == "multiple":
        parts, exclusive = _exclusive(parts, own)
    return Rules(properties, exclusive, xpath.joined(parts))


def _bounds(
    parts: Sequence[Node], document: Mapping[str, Any], *, has_message: bool
) -> tuple[list[Node], dict[str, int]]:
    said = bounds_of(document)
    if said and list(parts[: len(said)]) == said:
        return list(parts[len(said) :]), {}
    if has_message or said:
        return list(parts), {}
    left, found = list[Node](), dict[str, int]()
    for part in parts:
        bound = _bound(part, is_whole=not document.get("decimals"))
        if bound is None or bound[0] in found:
            left.append(part)
        else:
            found[bound[0]] = bound[1]
    bounds = {**document, **found}
    return (left, found) if bounds["minimum"] < bounds["maximum"] else (list(parts), {})


def bounds_of(document: Mapping[str, Any]) -> list[Node]:
    """Return the bounds of a number that are not the widest, as the constraint that says them."""
    found = list[Node]()
    if document["minimum"] != -1_000_000_000:
        found.append(Binary(">=", _OWN, Number(str(document["minimum"]))))
    if document["maximum"] != 1_000_000_000:
        found.append(Binary("<=", _OWN, Number(str(document["maximum"]))))
    return found


def _bound(part: Node, *, is_whole: bool) -> tuple[str, int] | None:
    """Return which bound a comparison is, and where: `. > 0` of whole numbers is from 1 on."""
    match part:
        case Binary("<" | "<=" | ">" | ">=" as operator, Reference(None), Number(text)):
            pass
        case Binary("<" | "<=" | ">" | ">=" as mirrored, Number(text), Reference(None)):
            operator = _MIRRORED[mirrored]
        case _:
            return None
    number = number_of(text)
    if not isinstance(number, int) or abs(number) >= 1_000_000_000 or (operator in "<>" and not is_whole):
        return None
    step = {"<": -1, ">": 1}.get(operator, 0)
    return ("minimum" if operator.startswith(">") else "maximum"), number + step


def _days(
    parts: Sequence[Node], document: Mapping[str, Any], *, has_message: bool
) -> tuple[list[Node], dict[str, Any]]:
    said = days_of(document)
    if said and list(parts[: len(said)]) == said:
        return list(parts[len(said) :]), {}
    if has_message or said:
        return list(parts), {}
    left, found = list[Node](), dict[str, Any]()
    for part in parts:
        bound = _day(part)
        if bound is None or bound[0] in found:
            left.append(part)
        else:
            found[bound[0]] = bound[1]
    return (list(parts), {}) if days_cross(found) else (left, found)


def days_of(document: Mapping[str, Any]) -> list[Node]:
    """Return the first and last day that a question takes, as far as it has them, as the constraint that says them."""
    bounds = ((">=", document.get("earliest")), ("<=", document.get("latest")))
    return [Binary(sign, _OWN, xpath.parse(day_text(bound))) for sign, bound in bounds if bound is not None]


def _day(part: Node) -> tuple[str, Expression] | None:
    """Return which bound a comparison is, and where: `. < today()` is until yesterday."""
    match part:
        case Binary("<" | "<=" | ">" | ">=" as operator, Reference(None), other):
            pass
        case Binary("<" | "<=" | ">" | ">=" as mirrored, other, Reference(None)):
            operator = _MIRRORED[mirrored]
        case _:
            return None
    day = day_of(other)
    moved = day and _moved(day, {"<": -1, ">": 1}.get(operator, 0))
    return ("earliest" if operator.startswith(">") else "latest", moved) if moved and _is_day(moved) else None


def day_of(node: Node) -> Expression | None:
    """Return a day that a question of ours may have as its first or last; None where this is none."""
    day = conditions.day(node)
    return day if day is not None and _is_day(day) else None


def _is_day(day: Expression) -> bool:
    try:
        check_day(day, "")
    except Fault:
        return False
    return is_expression(day)


def _moved(day: Mapping[str, Any], days: int) -> Expression:
    if "today" in day:
        return {**day, "today": day["today"] + days}
    return {"date": (date.fromisoformat(day["date"]) + timedelta(days)).isoformat()}


def _lengths(parts: Sequence[Node]) -> tuple[list[Node], dict[str, int]]:
    left, found = list[Node](), dict[str, int]()
    for part in parts:
        longest = _longest(part)
        if longest is None:
            left.append(part)
        else:
            found["maximum_length"] = min(longest, found.get("maximum_length", longest))
    return left, found


def _longest(part: Node) -> int | None:
    match part:
        case Binary("<" | "<=" as operator, Call("string-length", (Reference(None),)), Number(text)):
            number = number_of(text)
        case Binary(">" | ">=" as operator, Number(text), Call("string-length", (Reference(None),))):
            number = number_of(text)
        case _:
            return None
    if not isinstance(number, int):
        return None
    longest = number - 1 if operator in "<>" else number
    return min(longest, 5_000) if longest >= 1 else None


def _exclusive(parts: Sequence[Node], own: Target) -> tuple[list[Node], frozenset[str]]:
    left, found = list[Node](), set[str]()
    for part in parts:
        codes = _alone(part, own)
        if codes is None:
            left.append(part)
        else:
            found |= codes
    return left, frozenset(found)


def _alone(part: Node, own: Target) -> set[str] | None:
    """Return the codes of which a part says that they are chosen alone; None where it says something else."""
    match part:
        case Call("not", (Many("and", (one, other)),)) if _is_several(other):
            return _chosen(one, own)
        case Call("not", (Many("and", (one, other)),)) if _is_several(one):
            return _chosen(other, own)
        case Call("if", (one, Binary("=", Call("count-selected", (Reference(None),)), Number("1")), Call("true", ()))):
            return _chosen(one, own)
        case _:
            return None


def _is_several(node: Node) -> bool:
    match node:
        case Binary(operator, Call("count-selected", (Reference(None),)), Number(text)):
            return (operator, text) in ((">", "1"), (">=", "2"), ("!=", "1"))
        case _:
            return False


def _chosen(node: Node, own: Target) -> set[str] | None:
    match node:
        case Call("selected", (Reference(None), Literal(name))) if name in own.choices:
            return {own.choices[name]}
        case Many("or", parts):
            found = [_chosen(part, own) for part in parts]
            return {code for codes in found if codes for code in codes} if all(found) else None
        case _:
            return None
