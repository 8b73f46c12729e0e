"""XPath conditions as our expressions, with the meaning that they have on a phone with ODK Collect.

There an unanswered question is an empty text: `${a} != 'x'` is true of it. In ours it is unknown, so a condition of a
question says so: answered and not x, or not answered. A constraint is judged when its own question is answered; that
*another* question in it has no answer breaks no constraint of ours, which is the one difference.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from typing import Literal as OneOf

from survey.questionnaires.expression import Expression
from survey.questionnaires.xlsform import xpath
from survey.questionnaires.xlsform.xpath import Binary, Call, Literal, Many, Node, Number, Reference, Unsupported

MOST_NODES = 1_500
_LARGEST = 9_007_199_254_740_991
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_JUDGES: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
_SAME = ("number", "string", "once", "boolean")
# Functions that look at how often a group was filled in, or at what was said another time.
_REPEATED = ("position", "indexed-repeat", "count", "count-non-empty", "sum", "join")

Sort = OneOf["number", "text", "date", "choice", "several", "age"]


@dataclass(frozen=True, slots=True)
class Target:
    """A question, or a row of a matrix, that a name in the workbook means, with the codes that its choices got."""

    code: str
    kind: str
    row: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)

    @property
    def answered(self) -> Expression:
        """Whether it was answered."""
        return {"answered": self.code} if self.row is None else {"answered": self.code, "row": self.row}

    @property
    def answer(self) -> Expression:
        """What was answered."""
        return {"answer": self.code} if self.row is None else {"answer": self.code, "row": self.row}

    def chosen(self, codes: Sequence[str]) -> Expression:
        """Whether one of these was chosen."""
        place = {} if self.row is None else {"row": self.row}
        return {"question": self.code, **place, "is": list(codes)}


@dataclass(frozen=True, slots=True)
class Calculation:
    """A name that stands for an expression."""

    node: Node


@dataclass(frozen=True, slots=True)
class Gone:
    """A name whose row was refused, or which can't be told from another: why."""

    code: str


Named = Target | Calculation | Gone
Names = Mapping[str, Named]


@dataclass(frozen=True, slots=True)
class _Value:
    """What is compared: its sort, the expression, whose answers it needs, and what was written where it is constant."""

    sort: Sort
    expression: Expression
    needs: tuple[Target, ...] = ()
    target: Target | None = None
    written: str | None = None
    is_count: bool = False
    is_whole: bool = False

    @property
    def is_constant(self) -> bool:
        return self.written is not None


def shown_if(node: Node, names: Names) -> Expression:
    """Return the condition under which a question is shown; Unsupported for what ours can't say."""
    return _Translator(names, None, is_constraint=False, folds=_calculates(node, names)).condition(
        _inlined(node, names)
    )


def constraint(node: Node, names: Names, own: Target) -> Expression:
    """Return what an answer has to meet; Unsupported for what ours can't say."""
    return _Translator(names, own, is_constraint=True, folds=_calculates(node, names)).condition(_inlined(node, names))


def day(node: Node) -> Expression | None:
    """Return the day that an expression is, fixed or moving with today; None for an answer and for anything else."""
    try:
        value = _Translator({}, None, is_constraint=True, folds=False).value(_inlined(node, {}))
    except Unsupported:
        return None
    return value.expression if value.sort == "date" else None


def tells_age(node: Node, names: Names) -> bool:
    """Whether years are counted from days in it, which ours does by the calendar."""
    return any(_age_of(each) is not None for each in _walk(_inlined(node, names)))


def both(parts: Sequence[Expression]) -> Expression:
    """Return that all parts hold, as short as can be."""
    kept = [part for part in parts if part is not True]
    if any(part is False for part in kept):
        return False
    return True if not kept else kept[0] if len(kept) == 1 else {"and": kept}


def either(parts: Sequence[Expression]) -> Expression:
    """Return that some part holds, as short as can be."""
    kept = [part for part in parts if part is not False]
    if any(part is True for part in kept):
        return True
    return False if not kept else kept[0] if len(kept) == 1 else {"or": kept}


def number_of(text: str) -> int | float | None:
    """Return the number that a text is; None for none, or one that is too large."""
    try:
        value = Decimal(text.strip())
    except ArithmeticError:
        return None
    if not value.is_finite() or abs(value) > _LARGEST:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _below(node: Node) -> tuple[Node, ...]:
    match node:
        case Call():
            return node.arguments
        case Binary():
            return (node.one, node.other)
        case Many():
            return node.parts
        case _:
            return ()


def _walk(node: Node) -> "list[Node]":
    found, waiting = list[Node](), [node]
    while waiting:
        found.append(waiting.pop())
        waiting += _below(found[-1])
    return found


def _calculates(node: Node, names: Names) -> bool:
    return any(
        isinstance(each, Reference) and each.name and isinstance(names.get(each.name), Calculation)
        for each in _walk(node)
    )


def _inlined(node: Node, names: Names) -> Node:
    """Return the tree with calculations put in for their names; Unsupported when it grows too large."""
    left = [MOST_NODES]

    def visit(each: Node, depth: int) -> Node:
        left[0] -= 1
        if left[0] < 0 or depth > xpath.DEEPEST * 2:
            raise Unsupported("EXPRESSION_TOO_LARGE")
        match each:
            case Reference(name) if name and isinstance(calculated := names.get(name), Calculation):
                return visit(calculated.node, depth + 1)
            case Call("coalesce", (one, other)):
                return visit(Call("if", (Binary("!=", one, Literal("")), one, other)), depth + 1)
            case Call():
                return replace(each, arguments=tuple(visit(part, depth + 1) for part in each.arguments))
            case Binary():
                return replace(each, one=visit(each.one, depth + 1), other=visit(each.other, depth + 1))
            case Many():
                return replace(each, parts=tuple(visit(part, depth + 1) for part in each.parts))
            case _:
                return each

    return visit(node, 0)


class _Translator:
    """One expression's translation."""

    def __init__(self, names: Names, own: Target | None, *, is_constraint: bool, folds: bool) -> None:
        self.names = names
        self.own = own
        self.is_constraint = is_constraint
        # Where a calculation was put in, a choice that its question lacks is merely never chosen.
        self.folds = folds
        self.left = MOST_NODES

    def condition(self, node: Node) -> Expression:
        """Return an expression that is true exactly when the XPath is."""
        self._count()
        match self._said_otherwise(node):
            case Many("and", parts):
                return both(self._guarded(parts))
            case Many("or", parts):
                return either([self.condition(part) for part in parts])
            case Call("not", (part,)):
                return {"not": self.condition(part)} if self.is_constraint else self.negated(part)
            case Call("if", (test, one, other)):
                return either([both([self.condition(test), self.condition(one)]), self._unless(test, other)])
            case Call("true" | "false" as name, ()):
                return name == "true"
            case atom:
                return self._atom(atom, is_negated=False)

    def negated(self, node: Node) -> Expression:
        """Return an expression that is true exactly when the XPath is not."""
        self._count()
        match self._said_otherwise(node):
            case Many("and", parts):
                return either([self.negated(part) for part in parts])
            case Many("or", parts):
                return both([self.negated(part) for part in parts])
            case Call("not", (part,)):
                return self.condition(part)
            case Call("if", (test, one, other)):
                test_fails = both([self.negated(test), self.negated(other)])
                return either([both([self.condition(test), self.negated(one)]), test_fails])
            case Call("true" | "false" as name, ()):
                return name == "false"
            case atom:
                return self._atom(atom, is_negated=True)

    def _count(self) -> None:
        # An `if` within the test of an `if` doubles what is written at every step.
        self.left -= 1
        if self.left < 0:
            raise Unsupported("EXPRESSION_TOO_LARGE")

    def _said_otherwise(self, node: Node) -> Node:
        """Return a condition as our expressions can say it: `${several} = 'x'` is that x was chosen, alone."""
        node = _simplified(node)
        match node:
            case Binary("=" | "!=" as operator, Literal() as text, Reference() as name):
                return self._said_otherwise(Binary(operator, name, text))
            case Binary("=" | "!=" as operator, Reference() as name, Literal(text)) if text:
                target = self._target(name)
                if target.kind not in ("multiple", "ranking"):
                    return node
                one, count = Call("selected", (name, node.other)), Call("count-selected", (name,))
                alone = one if len(target.choices) == 1 else Many("and", (one, Binary("=", count, Number("1"))))
                return alone if operator == "=" else Call("not", (alone,))
            case _:
                return node

    def _unless(self, test: Node, other: Node) -> Expression:
        fails = {"not": self.condition(test)} if self.is_constraint else self.negated(test)
        return both([fails, self.condition(other)])

    def _guarded(self, parts: Sequence[Node]) -> list[Expression]:
        """Translate the parts of an `and`; `${a} != '' and ${a} != 'x'` is one: answered, and not x."""
        found = list[Expression]()
        for part in parts:
            core, needs = self._core(part)
            guards = [each.answered for each in needs]
            if core is not None and guards and found[-len(guards) :] == guards:
                found[-len(guards) :] = [core]
            else:
                found.append(self.condition(part))
        return found

    def _core(self, node: Node) -> tuple[Expression | None, tuple[Target, ...]]:
        """Return a part without its “or not answered”, and whose answers it needs; None where it has no such."""
        if self.is_constraint:
            return None, ()
        is_negated = False
        node = self._said_otherwise(node)
        while isinstance(node, Call) and node.name == "not" and len(node.arguments) == 1:
            node, is_negated = self._said_otherwise(node.arguments[0]), not is_negated
        if isinstance(node, Many) or (isinstance(node, Call) and node.name in ("if", "true", "false")):
            return None, ()
        core, needs, when_blank = self._judged(node)
        if when_blank == is_negated:
            return None, ()
        return _complement(core) if is_negated else core, needs

    def _atom(self, node: Node, *, is_negated: bool) -> Expression:
        core, needs, when_blank = self._judged(node)
        if is_negated:
            core, when_blank = _complement(core), not when_blank
        if self.is_constraint or not when_blank or not needs or isinstance(core, bool):
            return core
        return {"or": [*({"not": each.answered} for each in needs), core]}

    def _judged(self, node: Node) -> tuple[Expression, tuple[Target, ...], bool]:
        """Return a part's expression, whose answers it needs, and whether it is true when they are not there."""
        match node:
            case Binary(operator, one, other) if operator in xpath.COMPARISONS:
                return self._compared(operator, one, other)
            case Call("selected", (one, other)):
                return self._selected(one, other)
            case Reference():
                return self._target(node).answered, (), False
            case Call(name):
                raise _unknown(name)
            case _:
                raise Unsupported("NOT_A_CONDITION", xpath.unparsed(node)[:40])

    def _selected(self, one: Node, other: Node) -> tuple[Expression, tuple[Target, ...], bool]:
        if isinstance(one, Literal) and isinstance(other, Reference):
            target = self._target(other)
            codes = [code for name in one.text.split() if (code := self._code(target, name)) is not None]
            return target.chosen(codes) if codes else False, (target,), False
        if not isinstance(one, Reference) or not isinstance(other, Literal | Number):
            raise _unknown(one.name if isinstance(one, Call) else "selected")
        target = self._target(one)
        code = self._code(target, other.text)
        return False if code is None else target.chosen([code]), (target,), False

    def _code(self, target: Target, name: str) -> str | None:
        if not target.choices:
            raise Unsupported("SORTS_DIFFER", name)
        if name not in target.choices and not self.folds:
            raise Unsupported("CHOICE_UNKNOWN", name)
        return target.choices.get(name)

    def _target(self, node: Node) -> Target:
        if not isinstance(node, Reference):
            raise Unsupported("SORTS_DIFFER", xpath.unparsed(node)[:40])
        if node.name is None:
            if self.own is None:
                raise Unsupported("OWN_ANSWER")
            return self.own
        found = self.names.get(node.name)
        if isinstance(found, Target):
            return found
        raise Unsupported(found.code if isinstance(found, Gone) else "NAME_UNKNOWN", node.name)

    def _compared(self, operator: str, one: Node, other: Node) -> tuple[Expression, tuple[Target, ...], bool]:
        if (blank := self._blank(operator, one, other)) is not None:
            return blank, (), False
        left, right = self.value(one), self.value(other)
        if left.is_constant and not right.is_constant:
            left, right, operator = right, left, _MIRRORED[operator]
        if left.is_constant:
            return _folded(operator, left, right), (), False
        if left.sort == "age":
            return _older(operator, left, right), left.needs, operator == "!="
        if left.sort in ("choice", "several") and right.is_constant:
            return self._choice(operator, left, right)
        left, right = _adapted(left, right), _adapted(right, left)
        _check_sorts(operator, left, right)
        needs = tuple(dict.fromkeys((*left.needs, *right.needs)))
        return {operator: [left.expression, right.expression]}, needs, _when_blank(operator, left, right)

    def _blank(self, operator: str, one: Node, other: Node) -> Expression | None:
        """Return the expression for a comparison that asks whether there is an answer; None for any other."""
        if isinstance(one, Literal) and not one.text and not isinstance(other, Literal):
            one, other = other, one
        if isinstance(one, Call) and one.name in _SAME and len(one.arguments) == 1:
            one = one.arguments[0]
        if isinstance(other, Literal) and not other.text and isinstance(one, Reference):
            if operator not in ("=", "!="):
                raise Unsupported("SORTS_DIFFER", operator)
            answered = self._target(one).answered
            return answered if operator == "!=" else {"not": answered}
        if isinstance(one, Call) and one.name == "string-length" and isinstance(other, Number):
            return self._has_length(operator, one, number_of(other.text))
        return None

    def _has_length(self, operator: str, length: Call, number: int | float | None) -> Expression:
        if len(length.arguments) == 1:
            answered = self._target(length.arguments[0]).answered
            if (operator, number) in ((">", 0), (">=", 1), ("!=", 0)):
                return answered
            if (operator, number) in (("=", 0), ("<", 1), ("<=", 0)):
                return {"not": answered}
        raise Unsupported("FUNCTION_UNKNOWN", "string-length")

    def _choice(self, operator: str, one: _Value, other: _Value) -> tuple[Expression, tuple[Target, ...], bool]:
        target = one.target
        assert target is not None
        assert other.written is not None
        if other.sort == "number" and one.sort == "choice":
            wanted, judge = other.expression, _JUDGES["=" if operator == "!=" else operator]
            numbers = {code: number_of(name) for name, code in target.choices.items()}
            codes = [code for code, number in numbers.items() if number is not None and judge(number, wanted)]
            if not codes and not self.folds and operator in ("=", "!="):
                raise Unsupported("CHOICE_UNKNOWN", other.written)
        elif operator in ("=", "!=") and one.sort == "choice":
            codes = [code for code in (self._code(target, other.written),) if code is not None]
        else:
            raise Unsupported("SORTS_DIFFER", other.written)
        chosen = target.chosen(codes) if codes else False
        if operator == "!=":
            return _complement(chosen), (target,), True
        return chosen, (target,), False

    def value(self, node: Node) -> _Value:
        """Return what a part of a comparison comes to."""
        match node:
            case Number(text):
                return _constant(text)
            case Literal(text):
                return _Value("text", text, written=text)
            case Reference():
                return _answer(self._target(node))
            case Call("int" | "floor") | Binary("div") if (age := _age_of(node)) is not None:
                target = self._target(age[0])
                return _Value("age", target.answer, (target,), target, is_whole=age[1])
            case Call():
                return self._called(node)
            case Binary() | Many():
                return self._calculated(node)

    def _called(self, node: Call) -> _Value:
        match node:
            case Call("today", ()):
                return _Value("date", {"today": 0})
            case Call("count-selected", (part,)):
                target = self._target(part)
                return _Value("number", {"count": target.code}, (target,), is_count=True)
            case Call("date", (part,)):
                return self._date(part)
            case Call(name, (part,)) if name in _SAME:
                return self.value(part)
            case _:
                raise _unknown(node.name)

    def _date(self, node: Node) -> _Value:
        if isinstance(node, Literal):
            return _Value("date", {"date": node.text.strip()[:10]})
        if (years := _years_of(node)) is not None:
            return _Value("date", {"today": 0, "years": years})
        value = self.value(node)
        if value.sort != "date":
            raise Unsupported("SORTS_DIFFER", "date")
        return value

    def _calculated(self, node: Binary | Many) -> _Value:
        operator = {"div": "/"}.get(node.operator, node.operator)
        if operator not in ("+", "-", "*", "/"):
            raise Unsupported("FUNCTION_UNKNOWN", operator)
        parts = [self.value(each) for each in _below(node)]
        if parts[0].sort == "date" and len(parts) == 2:
            return _moved(operator, parts[0], parts[1])
        if any(part.sort != "number" for part in parts):
            raise Unsupported("SORTS_DIFFER", operator)
        needs = tuple(dict.fromkeys(need for part in parts for need in part.needs))
        return _Value("number", {operator: [part.expression for part in parts]}, needs)


def _unknown(function: str) -> Unsupported:
    return Unsupported("REPEATED_ONLY" if function in _REPEATED else "FUNCTION_UNKNOWN", function)


def _simplified(node: Node) -> Node:
    """Return a condition with what our expressions lack said by what they have."""
    match node:
        case Call("boolean", (part,)):
            return _simplified(part)
        case Binary(operator, Call("if", (test, one, two)), other) if operator in xpath.COMPARISONS:
            return Call("if", (test, Binary(operator, one, other), Binary(operator, two, other)))
        case Binary(operator, other, Call("if", (test, one, two))) if operator in xpath.COMPARISONS:
            return Call("if", (test, Binary(operator, other, one), Binary(operator, other, two)))
        case Binary(
            operator, Call("selected" | "not" | "true" | "false") as part, Call("true" | "false" as name, ())
        ) if operator in ("=", "!="):
            return part if (name == "true") == (operator == "=") else Call("not", (part,))
        case _:
            return node


def _complement(core: Expression) -> Expression:
    if isinstance(core, bool):
        return not core
    for one, other in (("=", "!="), ("!=", "=")):
        if one in core:
            return {other: core[one]}
    return core.get("not", {"not": core})


def _constant(text: str) -> _Value:
    number = number_of(text)
    if number is None:
        raise Unsupported("EXPRESSION_TOO_LARGE", text[:20])
    return _Value("number", number, written=text)


def _answer(target: Target) -> _Value:
    sorts: Mapping[str, Sort] = {
        "single": "choice",
        "matrix": "choice",
        "multiple": "several",
        "ranking": "several",
        "number": "number",
        "scale": "number",
        "date": "date",
    }
    if target.kind == "note":
        raise Unsupported("NO_ANSWER", target.code)
    return _Value(sorts.get(target.kind, "text"), target.answer, (target,), target)


def _folded(operator: str, one: _Value, other: _Value) -> bool:
    if one.sort != other.sort:
        numbers = [number_of(str(value.written)) for value in (one, other)]
        if None in numbers:
            return operator == "!="
        return _JUDGES[operator](*numbers)
    return _JUDGES[operator](one.expression, other.expression)


def _adapted(one: _Value, other: _Value) -> _Value:
    """Return a constant text as what it is compared with: a number, or a day."""
    if one.is_constant and one.sort == "text" and other.sort == "number":
        return _constant(str(one.written))
    if one.is_constant and one.sort == "text" and other.sort == "date":
        return _Value("date", {"date": str(one.written).strip()[:10]})
    if one.is_constant and one.sort == "number" and other.sort == "text":
        return _Value("text", str(one.written), written=one.written)
    if one.sort == "choice":
        return replace(one, sort="text")
    return one


def _check_sorts(operator: str, one: _Value, other: _Value) -> None:
    ordered = operator not in ("=", "!=")
    if one.sort != other.sort or one.sort == "several" or (ordered and one.sort not in ("number", "date")):
        raise Unsupported("SORTS_DIFFER", f"{operator} {other.written or ''}".strip())


def _when_blank(operator: str, one: _Value, other: _Value) -> bool:
    if not (one.needs or other.needs):
        return False
    if one.is_count and other.is_constant:
        return _JUDGES[operator](0, other.expression)
    return operator == "!="


def _moved(operator: str, day: _Value, days: _Value) -> _Value:
    """Return today, some days earlier or later."""
    expression = day.expression
    if operator not in ("+", "-") or "today" not in expression or not isinstance(days.expression, int):
        raise Unsupported("SORTS_DIFFER", "today()")
    change = days.expression if operator == "+" else -days.expression
    return replace(day, expression={**expression, "today": expression["today"] + change})


def _years_of(node: Node) -> int | None:
    """Return n of `concat(format-date(today(), '%Y') + n, format-date(today(), '-%m-%d'))`; None for anything else."""
    match node:
        case Call("concat", (Many("+", (year, Number(text))), rest)):
            sign = 1
        case Call("concat", (Binary("-", year, Number(text)), rest)):
            sign = -1
        case _:
            return None
    number = number_of(text)
    return sign * number if (year, rest) == (_YEAR, _REST) and isinstance(number, int) else None


def _age_of(node: Node) -> tuple[Node, bool] | None:
    """Return whose years `int((today() - ${born}) div 365.25)` counts, and whether it counts whole ones."""
    match node:
        case Call("int" | "floor", (part,)):
            inner = _age_of(part)
            return (inner[0], True) if inner else None
        case Binary("div", Binary("-", now, born), Number("365" | "365.25" | "365.24" | "365.2425")):
            days = (_undecorated(now), _undecorated(born))
            return (days[1], False) if days[0] == Call("today", ()) and isinstance(days[1], Reference) else None
        case _:
            return None


def _undecorated(node: Node) -> Node:
    while isinstance(node, Call) and node.name in ("decimal-date-time", "date", "number") and len(node.arguments) == 1:
        node = node.arguments[0]
    return node


def _older(operator: str, age: _Value, years: _Value) -> Expression:
    """Return what an age in years says of the day of birth."""
    number = years.expression
    if years.sort != "number" or not years.is_constant or not isinstance(number, int) or operator in ("=", "!="):
        raise Unsupported("SORTS_DIFFER", "today()")
    if age.target is None or age.target.kind != "date":
        raise Unsupported("SORTS_DIFFER", "today()")
    if age.is_whole and operator in (">", "<="):
        # More than 17 whole years is 18 or more.
        operator, number = (">=", number + 1) if operator == ">" else ("<", number + 1)
    return {_MIRRORED[operator]: [age.expression, {"today": 0, "years": -number}]}


_YEAR = Call("format-date", (Call("today", ()), Literal("%Y")))
_REST = Call("format-date", (Call("today", ()), Literal("-%m-%d")))
