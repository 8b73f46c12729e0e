"""Finding near-duplicates, in a worker, beside the renditions. A job may be cut off at any point and done again."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from PIL import UnidentifiedImageError

from kit import db
from kit.db import Record
from kit.jobs import enqueue, job
from kit.storage import storage
from media_archive.renditions import images
from media_archive.similarity import service
from media_archive.similarity.prints import LONGEST_SIDE, is_plain, unpacked
from media_archive.uploads.keeping import key_of

_MOST_ATTEMPTS = 5
_UNREADABLE = (UnidentifiedImageError, OSError, ValueError, SyntaxError)


@job("media_archive.find_near_duplicates", timeout=150)
async def find_near_duplicates(asset_id: str) -> None:
    """Take the print of an asset's picture and suggest the pairs that it makes with others."""
    stored = await _begin(UUID(asset_id))
    if stored is None:
        return
    async with _original(stored) as path:
        try:
            (small,) = await asyncio.to_thread(images.thumbnails, path, [LONGEST_SIDE])
        except _UNREADABLE:
            await service.settle_print(UUID(asset_id), "failed", "FILE_BROKEN")
            return
    seen = unpacked(small.content)
    if is_plain(seen):
        await service.settle_print(UUID(asset_id), "none", "PICTURE_IS_PLAIN")
        return
    await service.find_alike(UUID(asset_id), stored["sha256"], seen, small.content)


async def _begin(asset_id: UUID) -> Record | None:
    """Mark the print as being taken; return the original's hash and size, None when nothing is left to do."""
    await db.execute(
        """UPDATE picture_print SET state = CASE WHEN attempts < $2 THEN 'running' ELSE 'failed' END,
                                    reason = CASE WHEN attempts < $2 THEN NULL ELSE 'GAVE_UP' END,
                                    attempts = attempts + 1, changed_at = now()
           WHERE asset_id = $1 AND state IN ('waiting', 'running')""",
        asset_id,
        _MOST_ATTEMPTS,
    )
    return await db.row(
        """SELECT asset.sha256, stored_file.size
           FROM asset JOIN stored_file USING (sha256) JOIN picture_print ON picture_print.asset_id = asset.id
           WHERE asset.id = $1 AND picture_print.state = 'running'""",
        asset_id,
    )


@asynccontextmanager
async def _original(stored: Record) -> AsyncIterator[Path]:
    with tempfile.TemporaryDirectory(prefix="loa-original-") as folder:
        path = Path(folder, "original")
        file = await asyncio.to_thread(path.open, "wb")
        try:
            async for piece in storage().stream(key_of(stored["sha256"]), 0, stored["size"]):
                await asyncio.to_thread(file.write, piece)
        finally:
            await asyncio.to_thread(file.close)
        yield path


@job("media_archive.resume_near_duplicates", timeout=60)
async def resume_near_duplicates() -> None:
    """Enqueue again what waits for a minute or has been running for longer than a job may: its worker is gone."""
    lost = await db.rows(
        """UPDATE picture_print SET changed_at = now()
           WHERE asset_id IN (SELECT asset_id FROM picture_print
                              WHERE (state = 'waiting' AND changed_at < now() - interval '1 minute')
                                 OR (state = 'running' AND changed_at < now() - interval '15 minutes')
                              ORDER BY changed_at LIMIT 200)
           RETURNING asset_id"""
    )
    for row in lost:
        await enqueue(find_near_duplicates, str(row["asset_id"]))
