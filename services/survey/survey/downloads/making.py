"""Making files in the worker: taken up by one at a time, by another when that one died, and removed in the end."""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from kit import db
from kit.errors import DomainError
from kit.identity import SYSTEM
from kit.storage import storage
from survey.calendar import now
from survey.downloads.kinds import Kind
from survey.downloads.progress import FileTooLarge, Progress, hold
from survey.downloads.service import (
    COLUMNS,
    KEPT,
    PREFIX,
    STALE,
    Download,
    WaveNotOver,
    download_of,
    require_extractable,
)
from survey.results import reading
from survey.results.reading import Release

log = logging.getLogger("survey.downloads")

# A file that ends its worker each time must not do so for ever.
MOST_ATTEMPTS = 3
BEAT_SECONDS = 15
GAVE_UP = "GAVE_UP"
_CHUNK = 1 << 20


# What may stand in a file's way once the worker looks at it; kept as a code.
REFUSALS: dict[str, type[DomainError]] = {error.code: error for error in (WaveNotOver, FileTooLarge)}


Make = Callable[[Download, Release, Path, Progress], Awaitable[None]]


async def make_download(download_id: UUID) -> None:
    """Make a file that waits and that nobody else is making. May run twice without harm."""
    found = await _claim(download_id)
    if found is None:
        return
    if found.attempts > MOST_ATTEMPTS:
        await _finish(found, "refused", problem=GAVE_UP)
        return
    try:
        async with _beating(found):
            await _make(found)
    except tuple(REFUSALS.values()) as refusal:
        await _finish(found, "refused", problem=refusal.code)
    finally:
        await _let_go(found)


async def left_alone(most: int) -> list[UUID]:
    """Return files on which nobody works: the queue had lost them, or their worker was not heard of for too long."""
    since = now() - STALE
    found = await db.rows(
        """SELECT id FROM download WHERE state = 'waiting' AND asked_at < $1
           AND (claimed_at IS NULL OR claimed_at < $1) ORDER BY asked_at LIMIT $2""",
        since,
        most,
    )
    return [row["id"] for row in found]


async def forget_expired() -> None:
    """Remove files whose time is over, also such as no row knows of."""
    end = now() - KEPT
    await db.execute(
        """UPDATE download SET state = 'expired', finished_at = coalesce(finished_at, $2)
           WHERE state IN ('waiting', 'ready') AND asked_at <= $1""",
        end,
        now(),
    )
    async for key, written in storage().keys(PREFIX):
        if not await _is_wanted(key, written, end.timestamp()):
            await storage().delete(key)


async def _is_wanted(key: str, written: float, end: float) -> bool:
    download_id, _, attempt = key.removeprefix(PREFIX).partition("/")
    with contextlib.suppress(ValueError):
        state = await db.row("SELECT state, attempts FROM download WHERE id = $1", UUID(download_id))
        if state is not None:
            is_newest = str(state["attempts"]) == attempt
            return is_newest and state["state"] in ("waiting", "ready")
    return written > end


async def _make(found: Download) -> None:
    # Rights were asked when the file was ordered, and are asked again when it is fetched.
    release = await reading.release_of(SYSTEM, found.release_id)
    if found.kind == "extract":
        await require_extractable(release)
    with TemporaryDirectory(prefix="loa-download-") as folder:
        path = Path(folder) / "file"
        await _maker(found.kind)(found, release, path, Progress(found))
        size, sha256 = path.stat().st_size, await asyncio.to_thread(_digest, path)
        await storage().put(found.key, _pieces(path))
    await _finish(found, "ready", size=size, sha256=sha256)


def _maker(kind: Kind) -> Make:
    # Only the worker writes files: web processes start without pyarrow, pandas and reportlab's charts.
    if kind == "tables":
        from survey.downloads.tables.writing import write_tables

        return write_tables
    if kind == "report":
        from survey.downloads.tables.report import write_report

        return write_report
    from survey.downloads.extract.writing import write_extract

    return write_extract


async def _claim(download_id: UUID) -> Download | None:
    """Take up a file that waits, or whose worker was not heard of for too long; None when there is nothing to do."""
    found = await db.row(
        f"""UPDATE download SET claimed_at = $2, done = 0, attempts = attempts + 1
            WHERE id = $1 AND state = 'waiting' AND (claimed_at IS NULL OR claimed_at < $3) RETURNING {COLUMNS}""",
        download_id,
        now(),
        now() - STALE,
    )
    return download_of(found) if found else None


async def _let_go(found: Download) -> None:
    """Leave a file that still waits, because something went wrong or took too long, to the queue's next try."""
    await db.execute(
        "UPDATE download SET claimed_at = NULL WHERE id = $1 AND attempts = $2 AND state = 'waiting'",
        found.id,
        found.attempts,
    )


async def _finish(
    found: Download, state: str, *, problem: str | None = None, size: int | None = None, sha256: str | None = None
) -> None:
    """Write down what came of a file, unless another worker has taken it up since: then it is that one's."""
    await db.execute(
        """UPDATE download SET state = $3, problem = $4, bytes = $5, sha256 = $6, finished_at = $7,
             done = CASE WHEN $3 = 'ready' THEN 100 ELSE done END
           WHERE id = $1 AND attempts = $2 AND state = 'waiting'""",
        found.id,
        found.attempts,
        state,
        problem,
        size,
        sha256,
        now(),
    )


@contextlib.asynccontextmanager
async def _beating(found: Download) -> AsyncIterator[None]:
    """Say now and then that the worker lives, while it is busy with something long."""
    task = asyncio.create_task(_beat(found))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _beat(found: Download) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        try:
            await hold(found)
        except OSError as error:
            # Three more beats may be missed before somebody else takes the file up.
            log.warning("download %s: could not say that it goes on: %s", found.id, type(error).__name__)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _CHUNK):
            yield piece
