"""The part of XPath that XLSForms use, read into a tree; what the tree means is judged in `conditions`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

LONGEST = 8_000
DEEPEST = 40
_LONGEST_CHAIN = 60


class Unsupported(Exception):
    """Something that our conditions can't say: a stable code, and what exactly."""

    def __init__(self, code: str, what: str = "") -> None:
        super().__init__(f"{code}: {what}")
        self.code, self.what = code, what


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written."""

    text: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A text in quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The answer to a question; without a name (`.`) that to the question which the expression belongs to."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    name: str
    arguments: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Binary:
    """A comparison, a subtraction, a division, …: an operator between two."""

    operator: str
    one: "Node"
    other: "Node"


@dataclass(frozen=True, slots=True)
class Many:
    """`and`, `or`, `+` or `*` between two or more, as they stood in one row without brackets."""

    operator: str
    parts: "tuple[Node, ...]"


Node = Number | Literal | Reference | Call | Binary | Many

# What `position(..)` asks about; no question can be called so.
PARENT = ".."
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_NAME = r"[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?"
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<text>"[^"]*"|'[^']*'|“[^”]*”|‘[^’]*’)
    | \$\{{\s*(?P<reference>[^{{}}]+?)\s*\}}
    | (?P<path>(?:\.\./|/)(?:[\w.\-]+/)*[\w.\-]+)
    | (?P<parent>\.\.(?![\w./]))
    | (?P<self>\.(?![\w.]))
    | (?P<operator>!=|<=|>=|=|<|>|\+|-|\*|\(|\)|,)
    | (?P<name>{_NAME})
    )""",
    re.VERBOSE,
)
# From the loosest to the tightest.
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("or",),
    ("and",),
    ("=", "!="),
    ("<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "div", "mod"),
)
_CHAINS = ("or", "and", "+", "*")
Token = tuple[str, str]


def parse(text: str) -> Node:
    """Return the tree of an expression; Unsupported when it is none, or too long or too deep to be looked at."""
    if len(text) > LONGEST:
        raise Unsupported("EXPRESSION_TOO_LARGE")
    reader = _Reader(_tokens(text))
    node = reader.expression(0)
    reader.expect_end()
    return node


def unparsed(node: Node) -> str:
    """Return a tree as XPath again, fully bracketed: for people who are told which part was dropped."""
    match node:
        case Number():
            return node.text
        case Literal():
            return f"'{node.text}'"
        case Reference():
            return "." if node.name is None else node.name if node.name == PARENT else f"${{{node.name}}}"
        case Call():
            return f"{node.name}({', '.join(unparsed(each) for each in node.arguments)})"
        case Binary():
            return f"{_bracketed(node.one)} {node.operator} {_bracketed(node.other)}"
        case Many():
            return f" {node.operator} ".join(_bracketed(each) for each in node.parts)


def conjuncts(node: Node) -> tuple[Node, ...]:
    """Return the parts of an `and`, or the one condition that it is."""
    return node.parts if isinstance(node, Many) and node.operator == "and" else (node,)


def joined(parts: Sequence[Node]) -> Node | None:
    """Return the `and` of parts; None for none."""
    return None if not parts else parts[0] if len(parts) == 1 else Many("and", tuple(parts))


def _bracketed(node: Node) -> str:
    text = unparsed(node)
    return f"({text})" if isinstance(node, Binary | Many) else text


def _tokens(text: str) -> list[Token]:
    found, place = list[Token](), 0
    text = text.replace("\u00a0", " ").rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise Unsupported("EXPRESSION_UNREADABLE", text[place : place + 20].strip())
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        place = match.end()
    return found


class _Reader:
    """Walks over the tokens of one expression."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0

    def expression(self, level: int) -> Node:
        """Read operators of this level and of all that bind tighter."""
        if level == len(_LEVELS):
            return self._unary()
        node, chained, links = self.expression(level + 1), False, 0
        while (operator := self._operator(_LEVELS[level])) is not None:
            other, links = self.expression(level + 1), links + 1
            if links > _LONGEST_CHAIN:
                raise Unsupported("EXPRESSION_TOO_LARGE")
            if operator not in _CHAINS:
                node, chained = Binary(operator, node, other), False
            elif chained and isinstance(node, Many) and node.operator == operator:
                node = replace(node, parts=(*node.parts, other))
            else:
                node, chained = Many(operator, (node, other)), True
        return node

    def expect_end(self) -> None:
        """Refuse what is left over."""
        if self.place < len(self.tokens):
            raise Unsupported("EXPRESSION_UNREADABLE", self.tokens[self.place][1][:20])

    def _operator(self, wanted: Sequence[str]) -> str | None:
        kind, text = self._peek()
        if kind == "name":
            text = text.lower()
        if kind not in ("operator", "name") or text not in wanted:
            return None
        self.place += 1
        return text

    def _peek(self) -> Token:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("end", "")

    def _next(self) -> Token:
        token = self._peek()
        self.place += 1
        return token

    def _unary(self) -> Node:
        if self._operator(("-",)) is None:
            return self._primary()
        node = self._deeper(self._unary)
        return Number(f"-{node.text}") if isinstance(node, Number) else Binary("-", Number("0"), node)

    def _deeper(self, read: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unsupported("EXPRESSION_TOO_LARGE")
        node = read()
        self.depth -= 1
        return node

    def _primary(self) -> Node:
        kind, text = self._next()
        if kind == "number":
            return Number(text)
        if kind == "text":
            return Literal(text[1:-1])
        if kind == "reference":
            return Reference(text)
        if kind == "path":
            return Reference(text.rsplit("/", 1)[1])
        if kind == "parent":
            return Reference(PARENT)
        if kind == "self":
            return Reference(None)
        if kind == "name":
            return self._call(text)
        if (kind, text) == ("operator", "("):
            node = self._deeper(lambda: self.expression(0))
            self._close()
            return node
        raise Unsupported("EXPRESSION_UNREADABLE", text)

    def _call(self, name: str) -> Node:
        if self._operator(("(",)) is None:
            raise Unsupported("EXPRESSION_UNREADABLE", name)
        if self._operator((")",)) is not None:
            return Call(name, ())
        arguments = [self._deeper(lambda: self.expression(0))]
        while self._operator((",",)) is not None:
            arguments.append(self._deeper(lambda: self.expression(0)))
        self._close()
        return Call(name, tuple(arguments))

    def _close(self) -> None:
        if self._operator((")",)) is None:
            raise Unsupported("EXPRESSION_UNREADABLE", self._peek()[1])
