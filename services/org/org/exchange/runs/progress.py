"""How far a file is, told from outside its transaction, so that people see it while nothing is committed."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from kit import db
from org.exchange.runs import keeping

log = logging.getLogger("org.exchange")

# How much of the work is behind when a step begins, in percent; measured on the replay of July 2025.
_BEHIND = {"reading": 0, "planning": 5, "writing": 10, "checking": 45, "deriving": 55, "carrying": 60, "telling": 90}
_PAUSE = 0.3


@dataclass(slots=True)
class Progress:
    """Where the work stands."""

    changed: asyncio.Event
    name: str = "reading"
    rows: int = 0

    async def step(self, name: str) -> None:
        """Say what begins now."""
        self.name = name
        self.changed.set()
        # Let it be told before the next long statement.
        await asyncio.sleep(0)

    def count(self, rows: int) -> None:
        """Say how many rows are done."""
        self.rows = rows
        self.changed.set()


@contextlib.asynccontextmanager
async def telling(run: db.Record) -> AsyncIterator[Progress]:
    """Give the progress of a run; what is said to it can be read by others at once, and that its worker is alive."""
    progress = Progress(asyncio.Event())
    # Begun before the transaction, they have connections of their own.
    tasks = [asyncio.create_task(_tell(run["id"], progress)), asyncio.create_task(_beat(run))]
    try:
        yield progress
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _beat(run: db.Record) -> None:
    while True:
        await asyncio.sleep(keeping.BEAT_SECONDS)
        try:
            await keeping.hold(run)
        except (OSError, asyncpg.PostgresError) as error:
            # Three more beats may be missed before somebody else takes the run up.
            log.warning("import %s: could not say that it goes on: %s", run["id"], type(error).__name__)


async def _tell(run_id: UUID, progress: Progress) -> None:
    while True:
        await progress.changed.wait()
        progress.changed.clear()
        await db.execute(
            """UPDATE import_run SET step = $2, done = least(rows, greatest($4, coalesce(rows, 0) * $3::int / 100))
               WHERE id = $1 AND state IN ('to_check', 'to_apply') AND rows IS NOT NULL""",
            run_id,
            progress.name,
            _BEHIND[progress.name],
            progress.rows,
        )
        await asyncio.sleep(_PAUSE)
