"""What of a constraint a question of ours has as a property: bounds of a number, a text's length, exclusive choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from survey.questionnaires.expression import Expression
from survey.questionnaires.xlsform import xpath
from survey.questionnaires.xlsform.conditions import Target, number_of
from survey.questionnaires.xlsform.xpath import Binary, Call, Literal, Many, Node, Number, Reference

_OWN = Reference(None)
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Rules:
    """A constraint taken apart; `node` is what is left to be translated, `remainder` that translated."""

    properties: Mapping[str, int] = field(default_factory=dict[str, int])
    exclusive: frozenset[str] = frozenset()
    node: Node | None = None
    remainder: Expression | None = None

    def with_remainder(self, remainder: Expression | None) -> "Rules":
        """Return these rules with what is left translated."""
        return replace(self, remainder=remainder)


def structure(node: Node, own: Target, document: Mapping[str, Any], *, has_message: bool) -> Rules:
    """Take apart a constraint.

    Bounds that come with a message stay an expression, because the form's own words would be shown in its place;
    those which `loa_minimum` and `loa_maximum` have said already are left out.
    """
    parts, properties = list(xpath.conjuncts(node)), dict[str, int]()
    exclusive = frozenset[str]()
    if own.kind == "number":
        parts, properties = _bounds(parts, document, has_message=has_message)
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
