"""Uploads in pieces. What was acknowledged is in the store and in the database; nothing else ever counts.

A piece is an object of its own, and its row and the upload's new position are one transaction, which demands the
position that the piece begins at: of two who send at once, one is refused, and bytes can't mix or repeat.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
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
from media_archive.units import service as units
from media_archive.uploads import limits
from media_archive.uploads.service import NewAsset, checked, require_uploader
from media_archive.uploads.tus.jobs import take_upload
from media_archive.uploads.tus.pieces import forget_pieces, piece_key
from media_archive.uploads.tus.protocol import Checksum

PIECE_BYTES = 32 << 20
"""Where a piece ends and the next begins, when a body is longer; what a killed server may lose at most."""

SMALL_BYTES = 1 << 20


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


_COLUMNS = """id, unit_id, said ->> 'visibility' AS visibility, metadata, length, position, state, expires_at, asset_id,
    problem"""


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
        (row,) = await db.rows(
            f"""INSERT INTO upload (id, subject, unit_id, scopes, families, said, metadata, length, state, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9, $10) RETURNING {_COLUMNS}""",
            upload_id,
            caller.subject,
            new.unit_id,
            list(caller.scopes(role_for(new.visibility))),
            list(allowed.families),
            orjson.dumps(asdict(said), default=str).decode(),
            metadata,
            length,
            # Nothing more is awaited of an empty file; its job says what is wrong with it.
            "open" if length else "complete",
            _expiry(),
        )
        if not length:
            await enqueue(take_upload, str(upload_id))
    return _upload(row)


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
        f"SELECT {_COLUMNS} FROM upload WHERE id = $1 AND subject = $2",
        upload_id,
        caller.subject,
    )
    if row is None:
        raise NotFound("upload", upload_id)
    if row["expires_at"] <= datetime.now(UTC):
        raise UploadGone()
    return _upload(row)


def _upload(row: db.Record) -> Upload:
    told: dict[str, Any] = {**row, "problem": orjson.loads(row["problem"]) if row["problem"] else None}
    return Upload(**told)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A file of which a part has come."""

    name: str
    percent: int


async def unfinished(caller: Caller) -> list[Unfinished]:
    """Return the caller's own uploads that can be gone on with, at most 50, the newest first."""
    caller.require_someone()
    found = await db.rows(
        """SELECT said ->> 'file_name' AS name, (100 * position / length)::integer AS percent FROM upload
           WHERE subject = $1 AND state = 'open' AND expires_at > now() ORDER BY changed_at DESC, id LIMIT 50""",
        caller.subject,
    )
    return [Unfinished(row["name"], row["percent"]) for row in found]


async def append(
    caller: Caller,
    upload: Upload,
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
    if upload.state == "open":
        await _require_still(caller, upload)
    if position != upload.position:
        raise UploadPositionWrong()
    if announced is not None and position + announced > upload.length:
        raise UploadTooLong()
    if upload.state != "open":
        return upload
    receiver = _Receiver(upload, tuple(caller.scopes(role_for(upload.visibility))), checksum, body)
    await receiver.receive(
        at_once=checksum is None and announced is not None,
        small=announced is not None and announced <= SMALL_BYTES,
    )
    return receiver.upload


async def _require_still(caller: Caller, upload: Upload) -> None:
    """Refuse whoever lost the right since the upload was opened."""
    caller.require(role_for(upload.visibility), (await units.find_unit(upload.unit_id)).path)


@dataclass(slots=True)
class _Piece:
    start: int
    name: UUID
    size: int = 0


class _Receiver:
    """Takes one body in: pieces go to the store as they arrive, nothing is held back in memory."""

    def __init__(
        self, upload: Upload, scopes: tuple[str, ...], checksum: Checksum | None, body: AsyncIterator[bytes]
    ) -> None:
        self.upload, self._scopes, self._checksum, self._body = upload, scopes, checksum, body
        # Against mishaps on the line, not against people: they are told what the archive keeps by its SHA-256.
        self._hash = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        self._stored = self._arrived = upload.position
        self._waiting: list[_Piece] = []
        self._ends: type[CutOff | UploadTooLong] | None = None

    async def receive(self, *, at_once: bool, small: bool) -> None:
        """Store the body; with `at_once` each piece counts as soon as it is stored, a `small` body is one piece."""
        try:
            while (first := await self._next()) is not None:
                await self._store(first, small=small)
                if self._ends is UploadTooLong:
                    break
                if at_once:
                    await self._count()
            self._check()
            if self._ends is None or self._checksum is None:
                await self._count()
        finally:
            await self._forget_what_does_not_count()

    def _check(self) -> None:
        if self._ends is UploadTooLong:
            raise UploadTooLong()
        # What came of a body that was cut off can't be proved, nor need it be: it does not count.
        if self._checksum and self._hash and self._ends is None and self._hash.digest() != self._checksum.digest:
            raise ChecksumMismatch()

    async def _next(self) -> bytes | None:
        """Return what comes next, None when nothing more does or may; `_ends` says why if it is not the end."""
        try:
            while not (chunk := await anext(self._body)):
                pass
        except StopAsyncIteration:
            return None
        except CutOff:
            self._ends = CutOff
            return None
        self._arrived += len(chunk)
        if self._arrived > self.upload.length:
            self._ends = UploadTooLong
            return None
        return chunk

    async def _store(self, first: bytes, *, small: bool) -> None:
        piece = _Piece(self._stored, uuid4())
        self._waiting.append(piece)
        content = self._of_piece(piece, first)
        key = piece_key(self.upload.id, piece.name)
        # Of what comes in many parts a store makes several requests; what is small goes in one.
        await storage().put(key, b"".join([chunk async for chunk in content]) if small else content)
        self._stored += piece.size

    async def _of_piece(self, piece: _Piece, first: bytes) -> AsyncIterator[bytes]:
        chunk: bytes | None = first
        while chunk is not None:
            piece.size += len(chunk)
            if self._hash is not None:
                self._hash.update(chunk)
            yield chunk
            chunk = await self._next() if piece.size < PIECE_BYTES else None

    async def _count(self) -> None:
        if not self._waiting:
            return
        # From here only PostgreSQL knows whether they count: when its answer is lost, they stay in the store.
        pieces, self._waiting = self._waiting, []
        complete = self._stored == self.upload.length
        counted = replace(
            self.upload,
            position=self._stored,
            state="complete" if complete else "open",
            expires_at=_expiry(),
        )
        # One statement, one commit: the pieces are there when the position has moved, and never otherwise.
        moved = await db.value(
            """WITH moved AS (
                   UPDATE upload SET position = $3, scopes = $4, state = $5, expires_at = $6, changed_at = now()
                   WHERE id = $1 AND position = $2 AND state = 'open' RETURNING id),
               piece AS (
                   INSERT INTO upload_piece (upload_id, start, size, name)
                   SELECT moved.id, piece.* FROM moved, unnest($7::bigint[], $8::bigint[], $9::uuid[]) AS piece)
               SELECT true FROM moved""",
            self.upload.id,
            self.upload.position,
            counted.position,
            list(self._scopes),
            counted.state,
            counted.expires_at,
            [piece.start for piece in pieces],
            [piece.size for piece in pieces],
            [piece.name for piece in pieces],
        )
        if not moved:
            self._waiting = pieces
            raise UploadPositionWrong()
        if complete:
            await enqueue(take_upload, str(self.upload.id))
        self.upload = counted

    async def _forget_what_does_not_count(self) -> None:
        for piece in self._waiting:
            await storage().delete(piece_key(self.upload.id, piece.name))


async def give_up(caller: Caller, upload_id: UUID) -> None:
    """End one of the caller's own uploads and free what it holds; an asset made of it stays."""
    upload = await find(caller, upload_id)
    await db.execute("DELETE FROM upload WHERE id = $1", upload.id)
    # The row is what people see; objects that stay behind now are swept by their age.
    with suppress(OSError):
        await forget_pieces(upload.id)


def _expiry() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(hours=current().upload_resume_hours)
