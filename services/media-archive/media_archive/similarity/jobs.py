"""Finding near-duplicates, in a worker, beside the renditions. A job may be cut off at any point and done again."""

import asyncio
from uuid import UUID

from kit import db
from kit.db import Record
from kit.jobs import enqueue, job
from kit.storage import storage
from media_archive.similarity import service
from media_archive.similarity.prints import is_plain, unpacked
from media_archive.uploads.keeping import key_of

_MOST_ATTEMPTS = 5
# The rendition of which prints are taken: its longest side is prints.LONGEST_SIDE.
_PICTURE = "thumb_320"


@job("media_archive.find_near_duplicates", timeout=150)
async def find_near_duplicates(asset_id: str) -> None:
    """Take the print of an asset's small picture, once that is made, and suggest its pairs with others."""
    begun = await _begin(UUID(asset_id))
    if begun is None:
        return
    if begun["picture"] is None:
        await service.settle_print(UUID(asset_id), "failed", begun["why"])
        return
    small = await storage().get(key_of(begun["picture"]))
    seen = await asyncio.to_thread(unpacked, small)
    if await asyncio.to_thread(is_plain, seen):
        await service.settle_print(UUID(asset_id), "none", "PICTURE_IS_PLAIN")
        return
    await service.find_alike(UUID(asset_id), begun["sha256"], seen, small)


async def _begin(asset_id: UUID) -> Record | None:
    """Mark the print as being taken; return the hashes of the original and of its small picture, None when nothing is
    left to do or that picture is still to come. Where it can't be made, there is a reason instead."""
    return await db.row(
        """WITH begun AS (
               UPDATE picture_print SET state = CASE WHEN attempts < $2 THEN 'running' ELSE 'failed' END,
                                        reason = CASE WHEN attempts < $2 THEN NULL ELSE 'GAVE_UP' END,
                                        attempts = attempts + 1, changed_at = now()
               FROM (SELECT sha256 AS picture, reason AS why FROM rendition
                     WHERE asset_id = $1 AND name = $3 AND state NOT IN ('waiting', 'running')) AS made
               WHERE asset_id = $1 AND state IN ('waiting', 'running')
               RETURNING state, picture, why)
           SELECT asset.sha256, begun.picture, begun.why
           FROM begun JOIN asset ON asset.id = $1 WHERE begun.state = 'running'""",
        asset_id,
        _MOST_ATTEMPTS,
        _PICTURE,
    )


@job("media_archive.resume_near_duplicates", timeout=60)
async def resume_near_duplicates() -> None:
    """Enqueue again what waits for a minute or has been running for longer than a job may: its worker is gone."""
    lost = await db.rows(
        """UPDATE picture_print SET changed_at = now()
           WHERE asset_id IN (
               SELECT picture_print.asset_id FROM picture_print JOIN rendition USING (asset_id)
               WHERE ((picture_print.state = 'waiting' AND picture_print.changed_at < now() - interval '1 minute')
                   OR (picture_print.state = 'running' AND picture_print.changed_at < now() - interval '15 minutes'))
                 AND rendition.name = $1 AND rendition.state NOT IN ('waiting', 'running')
               ORDER BY picture_print.changed_at LIMIT 200)
           RETURNING asset_id""",
        _PICTURE,
    )
    for row in lost:
        await enqueue(find_near_duplicates, str(row["asset_id"]))
