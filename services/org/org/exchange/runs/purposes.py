"""What runs can be for; each purpose says which columns its file needs, who may bring it, and what is done."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from kit.errors import none_of
from kit.identity import Caller, Role
from org.exchange.outcome import Done
from org.exchange.reading import Table
from org.exchange.runs.progress import Progress
from org.units.service.change import Decision


@dataclass(frozen=True, slots=True)
class Order:
    """A file to be taken in, as it was brought: its table, the day from which it holds, and what it rests on.

    An undoing has an empty table and the id of the change that it `undoes`. What `is_check` is rolled back.
    """

    table: Table
    file_name: str
    on: date
    decision: Decision
    source: str | None = None
    undoes: UUID | None = None
    is_check: bool = False


Take = Callable[[Caller, Order, Progress], Awaitable[Done]]


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a run is for. `take` does all of it in the caller's transaction, or raises RowsRefused.

    One without headings reads no file: it is not brought but begun by what its domain offers.
    """

    name: str
    called: tuple[str, str]
    """What people call it, in Vietnamese and English."""
    headings: Mapping[str, str]
    required: Mapping[str, tuple[str, str]]
    """The columns that its file can't do without, with their headings in both languages."""
    role: Role
    """Who holds it anywhere may bring a file; whether for the units concerned is judged when the rows are."""
    take: Take
    example: Mapping[str, str] = field(default_factory=dict[str, str])
    """The cells of the template's example row, which may have been left in the file."""
    changes_tree: bool = False
    """Whether others wait with changes of the tree, also while a check is rolled back and compared."""


_known: dict[str, Purpose] = {}


def register(purpose: Purpose) -> Purpose:
    """Make a purpose known; each domain does so for what its files are for."""
    _known[purpose.name] = purpose
    return purpose


def purpose_named(name: str) -> Purpose:
    """Return a purpose that is known."""
    return _known[name]


def names_of_purposes() -> dict[str, tuple[str, str]]:
    """Return what people call each purpose, in Vietnamese and English."""
    return {purpose.name: purpose.called for purpose in _known.values()}


def purpose_of_file(name: str) -> Purpose:
    """Return a purpose for which files are brought; InvalidInput for none."""
    brought = {purpose.name: purpose for purpose in _known.values() if purpose.headings}
    if name not in brought:
        raise none_of("purpose", {purpose.name: purpose.called for purpose in brought.values()})
    return brought[name]


def purposes_of(caller: Caller) -> list[str]:
    """Return the purposes for which the caller may bring files."""
    return [purpose.name for purpose in _known.values() if purpose.headings and caller.scopes(purpose.role)]
