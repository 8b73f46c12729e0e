"""Where files are kept: under the hash of their content, once, and never half.

An object is written before any row speaks of it. Until then `file_in_transit` does, so that what was abandoned (a
crash, a refused transaction) is found and swept without ever listing the store.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

from kit import db
from kit.storage import storage
from media_archive.keeping import fixity
from media_archive.keeping.places import key_of

_PIECE = 1 << 20
_SWEEP_AT_ONCE = 500

__all__ = ["KeptFile", "keep", "keep_all", "key_of", "let_go", "settle", "sweep_abandoned"]


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file whose object is in the store, held there by its `transit` until a row speaks of it.

    `is_repair` when what lay there was damaged, and these bytes put it right.
    """

    sha256: bytes
    size: int
    media_type: str
    transit: UUID | None
    is_repair: bool = False


async def keep(content: Path | bytes, media_type: str) -> KeptFile:
    """Put content into the store; follow with `settle` in the transaction that makes it somebody's.

    What lies there already stays as it is, unless it was found damaged: then these bytes, which have its hash, put it
    right, and what was found is kept as evidence.
    """
    (kept,) = await keep_all([(content, media_type)])
    return kept


async def keep_all(contents: Sequence[tuple[Path | bytes, str]]) -> list[KeptFile]:
    """Put contents, each with its media type, into the store as `keep` does, with one commit for all of them."""
    measured = await asyncio.to_thread(lambda: [_measure(content) for content, _ in contents])
    by_hash = {sha256: content for (sha256, _), (content, _) in zip(measured, contents, strict=True)}
    transits = [uuid4() for _ in contents]
    async with db.transaction():
        await _lock(by_hash)
        # Noted also of what is there: a purge may be about to take it away.
        await db.execute(
            "INSERT INTO file_in_transit (id, sha256) SELECT * FROM unnest($1::uuid[], $2::bytea[])",
            transits,
            [sha256 for sha256, _ in measured],
        )
        known = await db.rows("SELECT sha256, damage FROM stored_file WHERE sha256 = ANY($1::bytea[])", [*by_hash])
    repaired = {row["sha256"] for row in known if row["damage"] is not None}
    there = {row["sha256"] for row in known} - repaired
    for sha256, content in by_hash.items():
        if sha256 not in there:
            await _put(sha256, content, is_repair=sha256 in repaired)
    return [
        KeptFile(sha256, size, media_type, transit, sha256 in repaired)
        for (sha256, size), (_, media_type), transit in zip(measured, contents, transits, strict=True)
    ]


async def _put(sha256: bytes, content: Path | bytes, *, is_repair: bool) -> None:
    if is_repair:
        await fixity.set_aside(sha256)
    await storage().put(key_of(sha256), content if isinstance(content, bytes) else _pieces(content))
    if is_repair:
        await fixity.note_repair(sha256)


async def settle(*kept: KeptFile) -> None:
    """Let the database know files, inside the caller's transaction."""
    # In the order of their hashes, or two transactions might each wait for a row of the other.
    files = sorted({one.sha256: one for one in kept}.values(), key=lambda one: one.sha256)
    await db.execute(
        """INSERT INTO stored_file (sha256, size, media_type)
           SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::text[]) ON CONFLICT DO NOTHING""",
        [one.sha256 for one in files],
        [one.size for one in files],
        [one.media_type for one in files],
    )
    transits = [one.transit for one in kept if one.transit is not None]
    await db.execute("DELETE FROM file_in_transit WHERE id = ANY($1::uuid[])", transits)


async def let_go(sha256: bytes) -> bool:
    """Forget a file that nothing refers to any more, inside the caller's transaction; its object goes with a sweep.

    Return False, and leave it, when something still refers to it.
    """
    try:
        async with db.transaction():
            await db.execute("DELETE FROM stored_file WHERE sha256 = $1", sha256)
    except asyncpg.ForeignKeyViolationError:
        return False
    # As if it had been put and abandoned long ago: whoever puts the same content now has a transit, and keeps it.
    await db.execute("INSERT INTO file_in_transit (id, sha256, begun_at) VALUES ($1, $2, 'epoch')", uuid4(), sha256)
    return True


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
        await _lock([sha256])
        needed = await db.value(
            """SELECT EXISTS (SELECT FROM stored_file WHERE sha256 = $1)
                   OR EXISTS (SELECT FROM file_in_transit WHERE sha256 = $1 AND id <> $2)""",
            sha256,
            transit,
        )
        if not needed:
            await storage().delete(key_of(sha256))
        await db.execute("DELETE FROM file_in_transit WHERE id = $1", transit)


async def _lock(hashes: Iterable[bytes]) -> None:
    # In one order for everybody, so that nobody waits for one who waits for him.
    numbers = sorted({int.from_bytes(sha256[:8], "big", signed=True) for sha256 in hashes})
    await db.execute("SELECT pg_advisory_xact_lock(number) FROM unnest($1::bigint[]) AS number", numbers)


def _measure(content: Path | bytes) -> tuple[bytes, int]:
    if isinstance(content, bytes):
        return hashlib.sha256(content).digest(), len(content)
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest(), file.tell()


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
