"""What came of taking in a table: everything, with counts, or nothing, with what is wrong in which row."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from kit.errors import DomainError, Language
from org.exchange.reading import Remark, Row

_LANGUAGES: tuple[Language, Language] = ("vi", "en")


@dataclass(frozen=True, slots=True)
class Done:
    """A table was taken in: how many things of which sort came of it, and the tree's version where it made one."""

    counts: dict[str, int]
    version: int | None = None
    notices: list[Remark] = field(default_factory=list[Remark])
    """What is to be known about rows, though nothing is wrong with them."""
    keep: Callable[[UUID], Awaitable[None]] | None = None
    """What else a check found: called with the run's id once it was rolled back, to be kept beside the run."""


class RowsRefused(Exception):
    """Rows can't be taken in, so none was; nothing of it may be committed."""

    def __init__(self, remarks: Iterable[Remark]) -> None:
        self.remarks = list(remarks)
        super().__init__(f"{len(self.remarks)} remarks")


def wrong(row: Row, column: str | None, error: DomainError, called: Mapping[str, str] = MappingProxyType({})) -> Remark:
    """Return what to say about a row that breaks a rule; row 0 is the file as a whole.

    `called` gives what the table calls fields of the service that it does not call alike.
    """
    field: str | None = error.details.get("field")
    told = column or field
    named = called.get(told or "", told)
    vi, en = (_about(named, error.message(language), field) for language in _LANGUAGES)
    return Remark(row.number or None, named, error.code, vi, en)


def _about(column: str | None, text: str, field: str | None) -> str:
    """Return a message about a field as one about the column that it came from."""
    prefix = f"{field}: "
    return f"{column}: {text.removeprefix(prefix)}" if field and text.startswith(prefix) else text
