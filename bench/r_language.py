"""The little of R's language that calls of its `survey` package are written in: read into a tree, nothing is run."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)|(?P<name>[A-Za-z.][A-Za-z0-9._]*)"
    r"|(?P<string>'[^']*'|\"[^\"]*\")|(?P<sign>==|!=|<=|>=|%in%|[~+\-*/:<>!&|(),=$]))"
)

# From loose to tight, as in R's own manual (?Syntax).
_BINDS = {
    "~": 1, "|": 2, "&": 3, "==": 5, "!=": 5, "<": 5, ">": 5, "<=": 5, ">=": 5,
    "+": 6, "-": 6, "*": 7, "/": 7, "%in%": 8, ":": 9,
}  # fmt: skip
_NOT = 4
_MINUS = 10


class NotUnderstood(Exception):
    """A call, or a part of one, that is not among those that are known."""


@dataclass(frozen=True)
class Name:
    """A variable, or a word such as TRUE."""

    text: str


@dataclass(frozen=True)
class Call:
    """A function or an operator with its arguments; those with a name apart."""

    function: str
    arguments: "tuple[Tree, ...]"
    named: "tuple[tuple[str, Tree], ...]" = ()

    def option(self, name: str) -> "Tree | None":
        """Return a named argument, None when there is none."""
        return dict(self.named).get(name)


Tree = Name | Call | str | float


def parse(text: str) -> Tree:
    """Return the tree of an expression; NotUnderstood for what isn't one."""
    reader = _Reader(text)
    tree = reader.expression(0)
    if reader.ahead is not None:
        raise NotUnderstood(f"{reader.ahead[1]!r} in {text}")
    return tree


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._place = 0

    @property
    def ahead(self) -> tuple[str, str] | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def take(self) -> tuple[str, str]:
        token = self.ahead
        if token is None:
            raise NotUnderstood("the expression ends too early")
        self._place += 1
        return token

    def has(self, sign: str) -> bool:
        if self.ahead == ("sign", sign):
            self._place += 1
            return True
        return False

    def need(self, sign: str) -> None:
        if not self.has(sign):
            raise NotUnderstood(f"{sign!r} is missing")

    def expression(self, bind: int) -> Tree:
        left = self._first()
        while self.ahead is not None and self.ahead[0] == "sign" and _BINDS.get(self.ahead[1], 0) > bind:
            operator = self.take()[1]
            left = Call(operator, (left, self.expression(_BINDS[operator])))
        return left

    def _first(self) -> Tree:
        kind, text = self.take()
        if kind == "number":
            return float(text)
        if kind == "string":
            return text[1:-1]
        if kind == "name":
            return self._call(text) if self.has("(") else Name(text)
        if text == "(":
            inner = self.expression(0)
            self.need(")")
            return inner
        tightness = {"~": _BINDS["~"], "!": _NOT, "-": _MINUS}.get(text)
        if tightness is None:
            raise NotUnderstood(f"{text!r} begins no expression")
        return Call(text, (self.expression(tightness),))

    def _call(self, function: str) -> Call:
        arguments: list[Tree] = []
        named: list[tuple[str, Tree]] = []
        while not self.has(")"):
            value = self.expression(0)
            if isinstance(value, Name) and self.has("="):
                named.append((value.text, self.expression(0)))
            else:
                arguments.append(value)
            if self.ahead != ("sign", ")"):
                self.need(",")
        return Call(function, tuple(arguments), tuple(named))


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise NotUnderstood(f"{text[place : place + 10]!r} in {text}")
        found.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found
