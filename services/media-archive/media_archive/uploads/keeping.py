"""Where files are kept: under the hash of their content, once, and never half.

An object is written before any row speaks of it. Until then `file_in_transit` does, so that what was abandoned (a
crash, a refused transaction) is found and swept without ever listing the store.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from kit import db
from kit.storage import storage

_PIECE = 1 << 20
_SWEEP_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file whose object is in the store. `transit` is None when a row spoke of it already."""

    sha256: bytes
    size: int
    media_type: str
    transit: UUID | None


def key_of(sha256: bytes) -> str:
    """Return the object's key."""
    name = sha256.hex()
    return f"files/{name[:2]}/{name}"


async def keep(content: Path | bytes, media_type: str) -> KeptFile:
    """Put content into the store; follow with `settle` in the transaction that makes it somebody's."""
    sha256, size = await asyncio.to_thread(_measure, content)
    if await db.value("SELECT true FROM stored_file WHERE sha256 = $1", sha256):
        return KeptFile(sha256, size, media_type, None)
    transit = uuid4()
    async with db.transaction():
        await _lock(sha256)
        await db.execute("INSERT INTO file_in_transit (id, sha256) VALUES ($1, $2)", transit, sha256)
    await storage().put(key_of(sha256), content if isinstance(content, bytes) else _pieces(content))
    return KeptFile(sha256, size, media_type, transit)


async def settle(kept: KeptFile) -> None:
    """Let the database know the file, inside the caller's transaction."""
    await db.execute(
        "INSERT INTO stored_file (sha256, size, media_type) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        kept.sha256,
        kept.size,
        kept.media_type,
    )
    if kept.transit is not None:
        await db.execute("DELETE FROM file_in_transit WHERE id = $1", kept.transit)


async def sweep_abandoned(*, older_than_hours: int = 24) -> int:
    """Delete objects that were put and never settled; return how many transits were cleared."""
    abandoned = await db.rows(
        """SELECT id, sha256 FROM file_in_transit WHERE begun_at < now() - make_interval(hours => $1)
           ORDER BY begun_at LIMIT $2""",
        older_than_hours,
        _SWEEP_AT_ONCE,
    )
    for one in abandoned:
        await _sweep(one["id"], one["sha256"])
    return len(abandoned)


async def _sweep(transit: UUID, sha256: bytes) -> None:
    async with db.transaction():
        # The one remote call of the archive inside a transaction: nobody may begin to put this content meanwhile.
        await _lock(sha256)
        needed = await db.value(
            """SELECT EXISTS (SELECT FROM stored_file WHERE sha256 = $1)
                   OR EXISTS (SELECT FROM file_in_transit WHERE sha256 = $1 AND id <> $2)""",
            sha256,
            transit,
        )
        if not needed:
            await storage().delete(key_of(sha256))
        await db.execute("DELETE FROM file_in_transit WHERE id = $1", transit)


async def _lock(sha256: bytes) -> None:
    await db.execute("SELECT pg_advisory_xact_lock($1)", int.from_bytes(sha256[:8], "big", signed=True))


def _measure(content: Path | bytes) -> tuple[bytes, int]:
    if isinstance(content, bytes):
        return hashlib.sha256(content).digest(), len(content)
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest(), file.tell()


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
