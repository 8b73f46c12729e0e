"""How many SQL statements a block of a test runs."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from kit import db


@dataclass
class Statements:
    """The SQL statements that ran inside a `queries()` block."""

    texts: list[str] = field(default_factory=list[str])

    @property
    def count(self) -> int:
        """How many statements ran, savepoints aside."""
        return len(self.texts)


@contextlib.contextmanager
def queries() -> Iterator[Statements]:
    """Count the statements that the test's connection runs inside the block."""
    seen = Statements()
    raw: Any = db.connection()._connection  # pyright: ignore[reportPrivateUsage]  # tortoise shows it nowhere else
    log = asyncpg.Connection._time_and_log  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]

    # asyncpg tells its loggers in the loop's next round, when the block may have ended: note a statement as it starts.
    # Only connections with a logger come by here, so it is ours.
    def noted(connection: Any, query: str, *rest: Any) -> Any:
        if not _is_housekeeping(query):
            seen.texts.append(query)
        return log(connection, query, *rest)

    raw.add_query_logger(_ignore)
    asyncpg.Connection._time_and_log = noted  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
    try:
        yield seen
    finally:
        asyncpg.Connection._time_and_log = log  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
        raw.remove_query_logger(_ignore)


def _is_housekeeping(query: str) -> bool:
    """Whether a statement frames a transaction, or is asyncpg's own: it asks for a type the first time it meets it."""
    if query.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")):
        return True
    return "typeinfo_tree" in query or "'jit'" in query


def _ignore(_: Any) -> None:
    """Be a query logger, so that asyncpg looks at statements at all."""
