"""Snapshots of the index in the object store, from which new replicas start and to which `reindex` moves all.

A snapshot is the files of an index under `search/<id>/` and a row that names them, written last: what has no row is
not there. Files are checked against tantivy's own checksums when they are fetched.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import orjson

from kit import db
from kit.storage import storage
from media_archive.search.documents import VERSION
from media_archive.search.folders import State, files_of, is_sound
from media_archive.search.log import begin_generation

log = logging.getLogger("media_archive.search")

PREFIX = "search/"
_KEPT = 2
_BLOCK = 1024 * 1024
_ABANDONED_SECONDS = 86_400


async def save_snapshot(index: Path, state: State) -> UUID:
    """Put the files of an index that nobody writes to into the object store; the row makes it the newest snapshot."""
    snapshot_id = uuid4()
    files: dict[str, int] = {}
    for part in ("assets", "passages"):
        for path in files_of(index / part):
            name = f"{part}/{path.name}"
            files[name] = path.stat().st_size
            await storage().put(f"{PREFIX}{snapshot_id}/{name}", _blocks(path))
    async with db.transaction():
        await db.execute(
            """INSERT INTO search_snapshot (id, generation, version, position, day, files)
               VALUES ($1, $2, $3, $4, $5::text::date, $6::jsonb)""",
            snapshot_id,
            state.generation,
            state.version,
            state.position,
            state.day,
            orjson.dumps(files).decode(),
        )
        await begin_generation(state.generation)
    return snapshot_id


async def fetch_snapshot(index: Path, identity: str, generation: int, pruned: int) -> State | None:
    """Write the newest snapshot of this generation into a folder; None when there is none that can be gone on with."""
    row = await db.row(
        """SELECT id, position, day, files FROM search_snapshot
           WHERE generation = $1 AND version = $2 AND position >= $3 ORDER BY position DESC, made_at DESC LIMIT 1""",
        generation,
        VERSION,
        pruned,
    )
    if row is None:
        return None
    try:
        for name, size in orjson.loads(row["files"]).items():
            await _fetch(f"{PREFIX}{row['id']}/{name}", index / name, size)
    except FileNotFoundError:
        return None
    if not await asyncio.to_thread(is_sound, index):
        log.warning("the snapshot %s of the search index is damaged", row["id"])
        return None
    return State(identity, generation, VERSION, row["position"], row["day"].isoformat())


async def sweep_snapshots() -> int:
    """Remove all but the newest two snapshots, and files of none that are a day old; return how many files went."""
    await db.execute(
        """DELETE FROM search_snapshot WHERE id NOT IN (
               SELECT id FROM search_snapshot ORDER BY generation DESC, position DESC, made_at DESC LIMIT $1)""",
        _KEPT,
    )
    kept = {str(row["id"]) for row in await db.rows("SELECT id FROM search_snapshot")}
    old = datetime.now(UTC).timestamp() - _ABANDONED_SECONDS
    gone = [key async for key, written in storage().keys(PREFIX) if key.split("/")[1] not in kept and written < old]
    for key in gone:
        await storage().delete(key)
    return len(gone)


async def _blocks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while block := await asyncio.to_thread(file.read, _BLOCK):
            yield block


async def _fetch(key: str, target: Path, size: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        if size:
            async for block in storage().stream(key, 0, size):
                await asyncio.to_thread(file.write, block)
