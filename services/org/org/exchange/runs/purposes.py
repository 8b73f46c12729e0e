"""What files can be taken in for; each purpose says which columns it needs, who may bring it, and what is done."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kit.errors import InvalidInput
from kit.identity import Caller, Role
from org.exchange.outcome import Done
from org.exchange.reading import Table
from org.exchange.runs.progress import Progress
from org.units.service.change import Decision


@dataclass(frozen=True, slots=True)
class Order:
    """A file to be taken in, as it was brought: its table, the day from which it holds, and what it rests on."""

    table: Table
    file_name: str
    on: date
    decision: Decision
    source: str | None


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a file is for. `take` does all of it in the caller's transaction, or raises RowsRefused."""

    name: str
    headings: Mapping[str, str]
    required: Sequence[str]
    role: Role
    """Who holds it anywhere may bring a file; whether for the units concerned is judged when the rows are."""
    take: Callable[[Caller, Order, Progress], Awaitable[Done]]


_known: dict[str, Purpose] = {}


def register(purpose: Purpose) -> Purpose:
    """Make a purpose known; each domain does so for what its files are for."""
    _known[purpose.name] = purpose
    return purpose


def purpose_named(name: str) -> Purpose:
    """Return a purpose; InvalidInput for none."""
    if name not in _known:
        names = ", ".join(_known)
        raise InvalidInput("purpose", f"phải là một trong: {names}.", f"must be one of: {names}.")
    return _known[name]


def purposes_of(caller: Caller) -> list[str]:
    """Return the purposes for which the caller may bring files."""
    return [purpose.name for purpose in _known.values() if caller.scopes(purpose.role)]
