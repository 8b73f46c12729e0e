"""A whole upload becomes an asset, once, however often its job is cut off; what nobody finishes is swept."""

import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import orjson

from kit import db
from kit.errors import DomainError, Forbidden
from kit.identity import Caller
from kit.jobs import enqueue, job
from kit.paths import is_within
from kit.storage import storage
from media_archive.keeping.scanning import ScannerUnavailable
from media_archive.keeping.versions import take_version
from media_archive.settings import current
from media_archive.uploads.limits import forget_old_counts
from media_archive.uploads.service import Examined, NewAsset, Sender, admit, examine, held_path
from media_archive.uploads.tus.pieces import FOLDER, assemble, forget_pieces

_MOST_ATTEMPTS = 5
_AT_ONCE = 200


class UploadUnreadable(DomainError):
    """Looking into the file ended the program, time and again."""

    code = "UPLOAD_UNREADABLE"
    vi = "Không xử lý được tệp sau nhiều lần thử."
    en = "The file could not be processed after several tries."


@job("media_archive.take_upload", timeout=900)
async def take_upload(upload_id: str) -> None:
    """Look into a whole upload and make an asset of it, or say why not."""
    row = await db.row(
        """UPDATE upload SET attempts = attempts + 1, changed_at = now() WHERE id = $1 AND state = 'complete'
           RETURNING id, said, subject, families, attempts""",
        UUID(upload_id),
    )
    if row is None:
        return
    try:
        if row["attempts"] > _MOST_ATTEMPTS:
            raise UploadUnreadable()
        await _take(row["id"], _said(row["said"]), row["subject"], row["families"])
    except ScannerUnavailable:
        # It waits: what comes back every minute takes it up again, and the try does not count.
        await db.execute("UPDATE upload SET attempts = attempts - 1 WHERE id = $1 AND state = 'complete'", row["id"])
        return
    except DomainError as error:
        await _refuse(row["id"], error)
    await forget_pieces(row["id"])


async def _take(upload_id: UUID, said: NewAsset, subject: str, families: list[str]) -> None:
    with TemporaryDirectory(prefix="loa-upload-") as folder:
        path = Path(folder, "upload")
        await assemble(upload_id, path)
        examined = await examine(path, families, Sender(Caller(subject=subject), said.unit_id, said.file_name))
    async with db.transaction():
        # Whoever holds the row takes it in: another worker with the same job, or a person who gave it up, was first.
        row = await db.row(
            "SELECT subject, scopes FROM upload WHERE id = $1 AND state = 'complete' FOR UPDATE", upload_id
        )
        if row is None:
            return
        asset_id = await _taken(row["subject"], row["scopes"], said, examined)
        await db.execute("UPDATE upload SET state = 'taken', asset_id = $2 WHERE id = $1", upload_id, asset_id)


async def _taken(subject: str, scopes: list[str], said: NewAsset, examined: Examined) -> UUID:
    if said.version_of is not None:
        await take_version(subject, scopes, said, examined)
        return said.version_of
    held = await held_path(said.unit_id)
    if not any(is_within(held, scope) for scope in scopes):
        raise Forbidden()
    return await admit(Caller(subject=subject), held, said, examined)


async def _refuse(upload_id: UUID, error: DomainError) -> None:
    problem = {"code": error.code, "vi": error.message("vi"), "en": error.message("en")}
    await db.execute(
        "UPDATE upload SET state = 'refused', problem = $2::text::jsonb WHERE id = $1 AND state = 'complete'",
        upload_id,
        orjson.dumps(problem).decode(),
    )


def _said(stored: str) -> NewAsset:
    said: dict[str, Any] = orjson.loads(stored)
    said["unit_id"] = UUID(said["unit_id"])
    said["topics"] = tuple(said["topics"])
    said["left_open"] = tuple(said.get("left_open", ()))
    said["created_on"] = date.fromisoformat(said["created_on"])
    said["version_of"] = UUID(said["version_of"]) if said.get("version_of") else None
    return NewAsset(**said)


@job("media_archive.resume_uploads", timeout=60)
async def resume_uploads() -> None:
    """Enqueue again what has been whole for a minute, or for longer than a job may take since it was begun."""
    waiting = await db.rows(
        """UPDATE upload SET changed_at = now()
           WHERE id IN (SELECT id FROM upload WHERE state = 'complete'
                          AND changed_at < now() - CASE attempts WHEN 0 THEN interval '1 minute'
                                                                 ELSE interval '16 minutes' END
                        ORDER BY changed_at LIMIT $1)
           RETURNING id""",
        _AT_ONCE,
    )
    for row in waiting:
        await enqueue(take_upload, str(row["id"]))


@job("media_archive.sweep_uploads", timeout=300)
async def sweep_uploads() -> None:
    """Forget uploads after their time, with all that lies in the store of them or of uploads that are no more."""
    over = await db.rows("SELECT id FROM upload WHERE expires_at < now() AND state <> 'complete' LIMIT $1", _AT_ONCE)
    for row in over:
        await forget_pieces(row["id"])
        await db.execute("DELETE FROM upload WHERE id = $1 AND state <> 'complete'", row["id"])
    await _sweep_orphans()
    await forget_old_counts()


async def _sweep_orphans() -> None:
    """Delete objects of uploads that were given up while a piece was on its way."""
    oldest = time.time() - 3600 * current().upload_resume_hours
    found = {key.split("/")[1] async for key, written in storage().keys(FOLDER) if written < oldest}
    known = await db.rows("SELECT id::text FROM upload WHERE id::text = ANY($1::text[])", sorted(found))
    for name in found - {row["id"] for row in known}:
        await forget_pieces(UUID(name))
