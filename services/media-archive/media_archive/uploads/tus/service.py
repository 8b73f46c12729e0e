"""Uploads in pieces. What was acknowledged is in the store and in the database; nothing else ever counts.

A piece is an object of its own, and its row and the upload's new position are one transaction, which demands the
position that the piece begins at: of two who send at once, one is refused, and bytes can't mix or repeat.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson

from kit import db
from kit.errors import DomainError, NotFound
from kit.identity import Caller
from kit.jobs import enqueue
from kit.storage import storage
from media_archive.assets.description import role_for
from media_archive.settings import current
from media_archive.uploads import limits
from media_archive.uploads.service import NewAsset, checked, require_uploader
from media_archive.uploads.tus.jobs import take_upload
from media_archive.uploads.tus.pieces import forget_pieces, piece_key
from media_archive.uploads.tus.protocol import Checksum

PIECE_BYTES = 8 << 20
"""What is held in memory of one upload before it goes to the store, and what a cut connection may lose at most."""


class UploadGone(DomainError):
    """The upload was given up, or nobody went on with it for too long."""

    code = "UPLOAD_GONE"
    vi = "Lượt tải lên này đã hết hạn hoặc đã bị hủy. Hãy tải lại từ đầu."
    en = "This upload has expired or was given up. Please start again."


class UploadPositionWrong(DomainError):
    """The bytes begin elsewhere than where the upload stands."""

    code = "UPLOAD_POSITION_WRONG"
    vi = "Dữ liệu không bắt đầu đúng chỗ mà lượt tải lên đang dừng."
    en = "The bytes do not begin where the upload stands."


class UploadTooLong(DomainError):
    """More bytes came than the upload was announced to have."""

    code = "UPLOAD_TOO_LONG"
    vi = "Dữ liệu nhiều hơn độ dài đã khai báo."
    en = "There are more bytes than were announced."


class ChecksumMismatch(DomainError):
    """The bytes were changed on their way."""

    code = "CHECKSUM_MISMATCH"
    vi = "Dữ liệu bị sai lệch trên đường truyền."
    en = "The bytes were changed on their way."


class CutOff(Exception):
    """The connection ended within a body."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload as it stands: sizes in bytes, moments in UTC."""

    id: UUID
    unit_id: UUID
    visibility: str
    metadata: str
    length: int
    position: int
    state: str
    expires_at: datetime
    asset_id: UUID | None
    problem: dict[str, str] | None


async def begin(caller: Caller, new: NewAsset, length: int, metadata: str) -> Upload:
    """Open an upload of so many bytes, of which none is there yet.

    Who may: see `uploads.service.add_asset`. FileTooLarge and TooManyUploads by the limits of the caller's role.
    """
    allowed = await require_uploader(caller, new)
    said = await checked(new)
    allowed.check_size(length)
    upload_id = uuid4()
    async with db.transaction():
        await _bound(caller, allowed)
        await limits.count_file(caller, allowed)
        await db.execute(
            """INSERT INTO upload (id, subject, unit_id, scopes, families, said, metadata, length, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9)""",
            upload_id,
            caller.subject,
            new.unit_id,
            list(caller.scopes(role_for(new.visibility))),
            list(allowed.families),
            orjson.dumps(asdict(said)).decode(),
            metadata,
            length,
            _expiry(),
        )
        if not length:
            await _complete(upload_id)
    return await find(caller, upload_id)


async def _bound(caller: Caller, allowed: limits.Limits) -> None:
    # Under a lock for each person, or many requests at once would all find room.
    await db.execute("SELECT pg_advisory_xact_lock(hashtextextended('upload:' || $1, 0))", caller.subject)
    unfinished = await db.value(
        "SELECT count(*) FROM upload WHERE subject = $1 AND state = 'open' AND expires_at > now()", caller.subject
    )
    if unfinished >= allowed.most_open:
        raise limits.TooManyUploads(most=allowed.most_open)


async def find(caller: Caller, upload_id: UUID) -> Upload:
    """Return one of the caller's own uploads; UploadGone after its time."""
    caller.require_someone()
    row = await db.row(
        """SELECT id, unit_id, said ->> 'visibility' AS visibility, metadata, length, position, state, expires_at,
                  asset_id, problem
           FROM upload WHERE id = $1 AND subject = $2""",
        upload_id,
        caller.subject,
    )
    if row is None:
        raise NotFound("upload", upload_id)
    if row["expires_at"] <= datetime.now(UTC):
        raise UploadGone()
    told: dict[str, Any] = {**row, "problem": orjson.loads(row["problem"]) if row["problem"] else None}
    return Upload(**told)


async def append(
    caller: Caller,
    upload_id: UUID,
    position: int,
    body: AsyncIterator[bytes],
    *,
    announced: int | None,
    checksum: Checksum | None,
) -> Upload:
    """Add the bytes of a body to one of the caller's own uploads, which must stand at `position`.

    Bytes whose number was announced count as they arrive, so that little is lost when the connection ends. Where the
    whole body may yet turn out to be wrong (a checksum, or a length that nobody announced) they count at its end.
    UploadPositionWrong, UploadTooLong and ChecksumMismatch leave the upload where it was.
    """
    upload = await find(caller, upload_id)
    if upload.state == "open":
        await require_uploader_again(caller, upload)
    if position != upload.position:
        raise UploadPositionWrong()
    if announced is not None and position + announced > upload.length:
        raise UploadTooLong()
    if upload.state == "open":
        receiver = _Receiver(upload, tuple(caller.scopes(role_for(upload.visibility))), checksum)
        await receiver.receive(body, at_once=checksum is None and announced is not None)
    return await find(caller, upload_id)


async def require_uploader_again(caller: Caller, upload: Upload) -> None:
    """Refuse whoever lost the right since the upload was opened."""
    await require_uploader(
        caller, NewAsset(unit_id=upload.unit_id, title="", file_name="", visibility=upload.visibility)
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    size: int
    name: UUID


class _Receiver:
    """Takes one body in."""

    def __init__(self, upload: Upload, scopes: tuple[str, ...], checksum: Checksum | None) -> None:
        self._upload, self._scopes, self._checksum = upload, scopes, checksum
        # Against mishaps on the line, not against people: they are told what the archive keeps by its SHA-256.
        self._hash = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        self._counted = self._stored = upload.position
        self._waiting: list[_Piece] = []

    async def receive(self, body: AsyncIterator[bytes], *, at_once: bool) -> None:
        """Store the body; with `at_once` each piece counts as soon as it is stored."""
        try:
            await self._store_all(body, at_once=at_once)
            if self._hash is not None and self._checksum is not None and self._hash.digest() != self._checksum.digest:
                raise ChecksumMismatch()
            await self._count()
        except CutOff:
            # What came of a body with a checksum can't be proved.
            if self._checksum is None:
                await self._count()
        finally:
            await self._forget_what_does_not_count()

    async def _store_all(self, body: AsyncIterator[bytes], *, at_once: bool) -> None:
        held = bytearray()
        try:
            async for chunk in body:
                held += chunk
                if len(held) >= PIECE_BYTES:
                    await self._store(bytes(held))
                    held.clear()
                    if at_once:
                        await self._count()
        except CutOff:
            await self._store(bytes(held))
            raise
        await self._store(bytes(held))

    async def _store(self, content: bytes) -> None:
        if self._stored + len(content) > self._upload.length:
            raise UploadTooLong()
        if not content:
            return
        if self._hash is not None:
            await asyncio.to_thread(self._hash.update, content)
        piece = _Piece(self._stored, len(content), uuid4())
        self._waiting.append(piece)
        await storage().put(piece_key(self._upload.id, piece.name), content)
        self._stored += piece.size

    async def _count(self) -> None:
        if not self._waiting:
            return
        async with db.transaction():
            complete = await db.value(
                """UPDATE upload SET position = $3, scopes = $4, expires_at = $5, changed_at = now()
                   WHERE id = $1 AND position = $2 AND state = 'open' RETURNING position = length""",
                self._upload.id,
                self._counted,
                self._stored,
                list(self._scopes),
                _expiry(),
            )
            if complete is None:
                raise UploadPositionWrong()
            await db.execute_many(
                "INSERT INTO upload_piece (upload_id, start, size, name) VALUES ($1, $2, $3, $4)",
                [(self._upload.id, piece.start, piece.size, piece.name) for piece in self._waiting],
            )
            if complete:
                await _complete(self._upload.id)
        self._counted = self._stored
        self._waiting.clear()

    async def _forget_what_does_not_count(self) -> None:
        for piece in self._waiting:
            await storage().delete(piece_key(self._upload.id, piece.name))


async def _complete(upload_id: UUID) -> None:
    await db.execute("UPDATE upload SET state = 'complete', changed_at = now() WHERE id = $1", upload_id)
    await enqueue(take_upload, str(upload_id))


async def give_up(caller: Caller, upload_id: UUID) -> None:
    """End one of the caller's own uploads and free what it holds; an asset made of it stays."""
    upload = await find(caller, upload_id)
    await db.execute("DELETE FROM upload WHERE id = $1", upload.id)
    # The row is what people see; objects that stay behind now are swept by their age.
    with suppress(OSError):
        await forget_pieces(upload.id)


def _expiry() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(hours=current().upload_resume_hours)
