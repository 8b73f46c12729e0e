"""Whether what was kept is still what it was: every file is read again, the one that waited longest first.

What is found damaged is told aloud, sent to nobody and left as it is. Only the very same bytes, uploaded again, put it
right; what was derived from a sound original is derived again.
"""

import asyncio
import hashlib
import logging
from dataclasses import dataclass, field
from uuid import uuid4

from obstore.exceptions import BaseError

from kit import db
from kit.db import Record
from kit.events import publish_all
from kit.identity import Caller
from kit.storage import storage
from media_archive.keeping.places import QUARANTINE, key_of
from media_archive.renditions.plans import PAGES, SEARCHABLE

log = logging.getLogger("media_archive.fixity")

_AT_ONCE = 200
# Files that were put a moment ago were measured as they came.
_REST_DAYS = 30


@dataclass(slots=True)
class Round:
    """What one run read: files, bytes, how many were found newly damaged, and which could not be read."""

    files: int = 0
    size: int = 0
    damaged: int = 0
    unread: list[bytes] = field(default_factory=list[bytes])


async def check_files(most_bytes: int) -> Round:
    """Read files that were not read for 30 days, those that waited longest first, until so many bytes were read."""
    done = Round()
    while done.size < most_bytes:
        due = await db.rows(
            """SELECT sha256, size, damage FROM stored_file
               WHERE coalesce(checked_at, created_at) < now() - make_interval(days => $1) AND sha256 <> ALL($3::bytea[])
               ORDER BY checked_at NULLS FIRST, sha256 LIMIT $2""",
            _REST_DAYS,
            _AT_ONCE,
            done.unread,
        )
        if not due:
            break
        for file in due:
            await _check(file, done)
            if done.size >= most_bytes:
                break
    return done


async def _check(file: Record, done: Round) -> None:
    try:
        found = await look_at(file["sha256"], file["size"])
    except (OSError, BaseError) as error:
        # The store can't tell just now, which says nothing of the file: the next run asks again.
        done.unread.append(file["sha256"])
        log.warning("a kept file can't be read: %s (%s)", file["sha256"].hex(), type(error).__name__)
        return
    done.files += 1
    done.size += file["size"]
    is_new = await _note(file["sha256"], found)
    if found != "intact" and is_new:
        done.damaged += 1
        log.error("a kept file is damaged: %s is %s", file["sha256"].hex(), found)


async def look_at(sha256: bytes, size: int) -> str:
    """Read a kept file; return `intact`, `changed` or `missing`. OSError or BaseError when the store can't tell."""
    stored = await storage().size(key_of(sha256))
    if stored is None:
        return "missing"
    if stored != size:
        return "changed"
    digest = hashlib.sha256()
    async for piece in storage().stream(key_of(sha256), 0, size):
        await asyncio.to_thread(digest.update, piece)
    return "intact" if digest.digest() == sha256 else "changed"


async def note_missing(sha256: bytes) -> None:
    """Write down that a file was asked for and is not in the store; nothing happens when no row speaks of it."""
    if await _note(sha256, "missing"):
        log.error("a kept file is damaged: %s is missing", sha256.hex())


async def _note(sha256: bytes, outcome: str) -> bool:
    """Write down what was found; return whether it is news. A file that was purged meanwhile has no history."""
    damage = None if outcome == "intact" else outcome
    async with db.transaction():
        before = await db.row("SELECT damage FROM stored_file WHERE sha256 = $1 FOR NO KEY UPDATE", sha256)
        if before is None:
            return False
        await db.execute(
            "UPDATE stored_file SET checked_at = clock_timestamp(), damage = $2 WHERE sha256 = $1", sha256, damage
        )
        await db.execute("INSERT INTO fixity_check (sha256, outcome) VALUES ($1, $2)", sha256, outcome)
        if damage is not None and before["damage"] is None:
            await _tell("asset.damaged", sha256, damage=damage)
            await _have_made_again(sha256)
    return before["damage"] != damage


async def _tell(news: str, sha256: bytes, **more: str) -> None:
    """Tell of each material that keeps a file as its original, or once did."""
    found = await db.rows(
        """SELECT asset.id, asset.unit_id, asset.sha256 = $1 AS is_current FROM asset
           WHERE asset.id IN (SELECT asset_id FROM asset_version WHERE sha256 = $1) ORDER BY asset.id""",
        sha256,
    )
    await publish_all(
        news,
        [
            {"asset_id": str(row["id"]), "unit_id": str(row["unit_id"]), "is_current": row["is_current"], **more}
            for row in found
        ],
    )


async def _have_made_again(sha256: bytes) -> None:
    """What was derived can be derived again, where the original is sound: the timer of renditions finds it waiting."""
    await db.execute(
        """UPDATE rendition SET state = 'waiting', sha256 = NULL, width = NULL, height = NULL, seconds = NULL,
                                reason = NULL, attempts = 0, changed_at = now()
           FROM asset JOIN stored_file AS original ON original.sha256 = asset.sha256
           WHERE asset.id = rendition.asset_id AND original.damage IS NULL
             AND rendition.state = 'done' AND rendition.name <> $2
             AND (rendition.sha256 = $1 OR (rendition.name = $3 AND EXISTS (
                  SELECT FROM asset_page WHERE asset_page.asset_id = asset.id AND asset_page.sha256 = $1)))""",
        sha256,
        SEARCHABLE,
        PAGES,
    )


async def set_aside(sha256: bytes) -> None:
    """Keep a copy of what a damaged file has become, before it is put right."""
    key = key_of(sha256)
    if await storage().size(key) is not None:
        await storage().copy(key, f"{QUARANTINE}damaged/{sha256.hex()}/{uuid4()}")


async def note_repair(sha256: bytes) -> None:
    """Write down that a damaged file has its own bytes again."""
    async with db.transaction():
        await db.execute(
            "UPDATE stored_file SET checked_at = clock_timestamp(), damage = NULL WHERE sha256 = $1", sha256
        )
        await db.execute("INSERT INTO fixity_check (sha256, outcome) VALUES ($1, 'repaired')", sha256)
        await _tell("asset.repaired", sha256)
    log.warning("a damaged file was put right: %s", sha256.hex())


async def damaged_files(caller: Caller, limit: int, after: bytes | None) -> list[Record]:
    """Return damaged files, in the order of their hashes, with what they belong to below where the caller is editor."""
    scopes = list(caller.scopes("editor"))
    if not scopes:
        caller.require("editor", "")
    return await db.rows(
        """SELECT stored_file.sha256, stored_file.size, stored_file.damage, stored_file.checked_at, hit.assets
           FROM stored_file CROSS JOIN LATERAL (
               SELECT array_agg(asset.id ORDER BY asset.id) AS assets FROM asset
               JOIN unnest($3::text[]) AS scope (path)
                    ON asset.unit_path >= scope.path AND asset.unit_path < scope.path || '~'
               WHERE asset.id IN (
                   SELECT asset_id FROM asset_version WHERE asset_version.sha256 = stored_file.sha256
                   UNION SELECT asset_id FROM rendition WHERE rendition.sha256 = stored_file.sha256
                   UNION SELECT asset_id FROM asset_page WHERE asset_page.sha256 = stored_file.sha256)) AS hit
           WHERE damage IS NOT NULL AND ($2::bytea IS NULL OR stored_file.sha256 > $2) AND hit.assets IS NOT NULL
           ORDER BY stored_file.sha256 LIMIT $1""",
        limit,
        after,
        scopes,
    )
