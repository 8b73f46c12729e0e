"""Lists a page at a time: by position in the order, never by offset, and never without a ceiling."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import orjson
import strawberry
from strawberry.federation.schema_directives import Shareable

from kit.errors import InvalidInput

T = TypeVar("T")
HIGHEST_FIRST = 100
LONGEST_CURSOR = 1_000

# The arguments of every list, described once.
First = Annotated[int, strawberry.argument(description=f"How many to return, 1 to {HIGHEST_FIRST}.")]
After = Annotated[
    str | None, strawberry.argument(description="The `endCursor` of the page before; null for the first page.")
]


@strawberry.type(description="Where a page of a list stands.", directives=[Shareable()])
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follows after this page.")
    end_cursor: str | None = strawberry.field(
        description="Give this as `after` to get the next page; null on an empty page."
    )


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A page of nodes; `Connection[Unit]` is `UnitConnection` in the graph."""

    nodes: list[T] = strawberry.field(description="What the page holds, in order.")
    page_info: PageInfo = strawberry.field(description="Where this page stands in the list.")


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a list that a caller asked for. `after` holds the sort values of the last row already seen."""

    first: int
    after: tuple[Any, ...] | None

    @property
    def limit(self) -> int:
        """How many rows to read: one more than shown, to know whether more follow."""
        return self.first + 1

    def page(
        self, rows: Sequence[Any], node: Callable[[Any], T], key: Callable[[Any], Sequence[Any]]
    ) -> "Connection[T]":
        """Make a page of up to `limit` rows; `key` gives a row's sort values for the cursor."""
        shown = rows[: self.first]
        info = PageInfo(
            has_next_page=len(rows) > self.first, end_cursor=encode_cursor(key(shown[-1])) if shown else None
        )
        return Connection(nodes=[node(row) for row in shown], page_info=info)


def window(first: int, after: str | None, *kinds: type) -> Window:
    """Check what a caller asked for. `kinds` are the types of the cursor's values, in order.

    InvalidInput when `first` is outside 1…100, or `after` is not a cursor of this list.
    """
    if not 1 <= first <= HIGHEST_FIRST:
        raise InvalidInput("first", f"phải từ 1 đến {HIGHEST_FIRST}", f"must be between 1 and {HIGHEST_FIRST}")
    return Window(first, decode_cursor(after, *kinds) if after is not None else None)


def encode_cursor(values: Sequence[Any]) -> str:
    """Return an opaque text for a row's sort values."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).decode().rstrip("=")


def decode_cursor(text: str, *kinds: type) -> tuple[Any, ...]:
    """Return the sort values of a cursor; InvalidInput when it holds anything but values of these types."""
    refusal = foreign_cursor()
    if len(text) > LONGEST_CURSOR:
        raise refusal
    try:
        values = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error) as error:
        raise refusal from error
    if not isinstance(values, list) or [type(value) for value in values] != list(kinds):
        raise refusal
    if not all(_fits_postgresql(value) for value in values):
        raise refusal
    return tuple(values)


def foreign_cursor() -> InvalidInput:
    """Return the refusal of a cursor that this list did not make."""
    return InvalidInput("after", "không phải là con trỏ của danh sách này", "is not a cursor of this list")


def _fits_postgresql(value: object) -> bool:
    """Whether PostgreSQL can compare the value: bigint at most, and no zero byte in a text."""
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return not (isinstance(value, str) and "\x00" in value)
