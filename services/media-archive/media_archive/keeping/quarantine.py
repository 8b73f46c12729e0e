"""Files that were refused and are kept as evidence apart from all others: listed to admins, never served, then deleted.

Held is what is harmful, what would burst, and what calls itself by its name's ending something that it is not.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath
from uuid import UUID, uuid4

from kit import db
from kit.audit import record
from kit.calendar import today
from kit.db import Record
from kit.errors import DomainError, Forbidden
from kit.identity import Caller, scope_predicate
from kit.storage import storage
from media_archive.assets.service import position_of
from media_archive.keeping.places import QUARANTINE, quarantine_key
from media_archive.settings import current
from media_archive.uploads.media_types import ALL

log = logging.getLogger("media_archive.quarantine")

_HARMFUL = frozenset({"VIRUS_FOUND", "FILE_EXPANDS_TOO_MUCH"})
_NOT_WHAT_IT_SAYS = frozenset({"FILE_TYPE_NOT_ALLOWED"})
_ENDINGS = frozenset(one.ending for one in ALL) | {"jpeg", "tiff", "heif", "m4v", "oga", "ogv"}
_MOST_A_DAY = 50
"""How many files of one account, or of none, are held in a day: evidence is no storage for whoever wants to fill it."""
_PIECE = 1 << 20
_AT_ONCE = 200
_DAY = 86_400
_EVER = datetime(9999, 1, 1, tzinfo=UTC)


async def hold(caller: Caller, unit_id: UUID, file: Path, file_name: str, refusal: DomainError) -> None:
    """Keep a file that was refused, if policy wants such kept; the same content is held once."""
    if not _wanted(file_name, refusal.code):
        return
    sha256, size = await asyncio.to_thread(_measure, file)
    if await _is_held_or_too_many(caller, sha256):
        return
    file_id = uuid4()
    await storage().put(quarantine_key(file_id), _pieces(file))
    async with db.transaction():
        await db.execute(
            """INSERT INTO quarantined_file (id, sha256, size, file_name, reason, detail, unit_id, subject, purge_on)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
            file_id,
            sha256,
            size,
            file_name,
            refusal.code,
            str(refusal.details.get("signature", "")),
            unit_id,
            caller.subject,
            today() + timedelta(days=current().quarantine_days),
        )
        told = {"reason": refusal.code, "sha256": sha256.hex()}
        await record(caller, "quarantined_file.held", unit_id, "quarantined_file", str(file_id), None, told)
    log.warning("a file was held apart: %s (%s)", file_id, refusal.code)


def _wanted(file_name: str, code: str) -> bool:
    calls_itself = PurePath(file_name).suffix.lower().removeprefix(".")
    return code in _HARMFUL or (code in _NOT_WHAT_IT_SAYS and calls_itself in _ENDINGS)


def _measure(file: Path) -> tuple[bytes, int]:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").digest(), content.tell()


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as content:
        while piece := await asyncio.to_thread(content.read, _PIECE):
            yield piece


async def _is_held_or_too_many(caller: Caller, sha256: bytes) -> bool:
    return await db.value(
        """SELECT EXISTS (SELECT FROM quarantined_file WHERE sha256 = $1)
               OR $3 <= (SELECT count(*) FROM quarantined_file
                         WHERE subject IS NOT DISTINCT FROM $2 AND at > now() - interval '1 day')""",
        sha256,
        caller.subject,
        _MOST_A_DAY,
    )


async def quarantined_files(caller: Caller, limit: int, after: Sequence[object] | None) -> list[Record]:
    """Return what is held of units whose admin the caller is, the newest first."""
    caller.require_someone()
    if not caller.scopes("admin"):
        raise Forbidden()
    at, last = position_of(after) if after else (_EVER, UUID(int=0))
    inside, scopes = scope_predicate(caller, "admin", "unit.path", 4)
    return await db.rows(
        f"""SELECT held.id, held.sha256, held.size, held.file_name, held.reason, held.detail, held.unit_id, held.at,
                   held.purge_on
            FROM quarantined_file AS held JOIN unit ON unit.id = held.unit_id
            WHERE (held.at, held.id) < ($2, $3) AND {inside}
            ORDER BY held.at DESC, held.id DESC LIMIT $1""",
        limit,
        at,
        last,
        *scopes,
    )


async def purge_quarantine() -> int:
    """Delete what was held long enough, and objects of which no row speaks; return how many rows went."""
    over = await db.rows("SELECT id FROM quarantined_file WHERE purge_on <= $1 LIMIT $2", today(), _AT_ONCE)
    for row in over:
        await storage().delete(quarantine_key(row["id"]))
        await db.execute("DELETE FROM quarantined_file WHERE id = $1", row["id"])
    await _sweep()
    return len(over)


async def _sweep() -> None:
    """Objects that were put when the process ended, and what damaged files were found to be."""
    oldest = time.time() - _DAY * current().quarantine_days
    async for key, written in storage().keys(QUARANTINE):
        name = key.removeprefix(QUARANTINE)
        is_damaged = name.startswith("damaged/")
        if written < oldest or (not is_damaged and written < time.time() - _DAY and not await _is_known(name)):
            await storage().delete(key)


async def _is_known(name: str) -> bool:
    return bool(await db.value("SELECT true FROM quarantined_file WHERE id::text = $1", name))
