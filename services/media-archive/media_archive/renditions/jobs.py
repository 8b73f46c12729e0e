"""Renditions and texts are made in worker jobs. A job may be cut off at any point and done again: until its one
transaction at the end nothing of it can be seen, and putting a file under its hash twice is putting it once."""

import asyncio
import tempfile
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from PIL import UnidentifiedImageError

from kit import db
from kit.jobs import enqueue, job
from kit.storage import storage
from media_archive.assets.changes import record_changes
from media_archive.renditions import images, ocr, office, pdf
from media_archive.renditions.plans import THUMBNAILS
from media_archive.settings import current
from media_archive.uploads import keeping
from media_archive.uploads.media_types import BY_NAME, MediaType

# A page for reading: 2,400 pixels on the long side of A4 are about 205 dpi.
_OCR_SIDE = 2_400
_MOST_DOCUMENT_PAGES = 500
_LONGEST_TEXT = 2_000_000
# A file that ended so many tries, perhaps by ending the worker, is left alone.
_MOST_ATTEMPTS = 5
_LEAST_PAGE_TEXT = 20
_UNREADABLE = (
    ocr.OcrFailed,
    pdf.PdfUnreadable,
    office.OfficeUnreadable,
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
)


@job("media_archive.make_renditions", timeout=150)
async def make_renditions(asset_id: str) -> None:
    """Make the small pictures of an image or of a PDF's first page."""
    media_type = await _begin("rendition", UUID(asset_id))
    if media_type is None:
        return
    async with _original(UUID(asset_id)) as path:
        try:
            source = (
                path if media_type.family == "image" else await pdf.page_picture(path, 0, 2 * max(THUMBNAILS.values()))
            )
            pictures = await asyncio.to_thread(images.thumbnails, source, list(THUMBNAILS.values()))
        except (pdf.PdfUnreadable, UnidentifiedImageError, OSError, ValueError, SyntaxError):
            await _fail("rendition", UUID(asset_id), "FILE_BROKEN")
            return
    await _save_pictures(UUID(asset_id), pictures)


async def _save_pictures(asset_id: UUID, pictures: list[images.Picture]) -> None:
    kept = [await keeping.keep(picture.content, picture.media_type) for picture in pictures]
    async with db.transaction():
        for name, file, picture in zip(THUMBNAILS, kept, pictures, strict=True):
            await keeping.settle(file)
            await db.execute(
                """UPDATE rendition
                   SET state = 'done', reason = NULL, sha256 = $3, width = $4, height = $5, changed_at = now()
                   WHERE asset_id = $1 AND name = $2""",
                asset_id,
                name,
                file.sha256,
                picture.width,
                picture.height,
            )


@job("media_archive.read_text", timeout=600)
async def read_text(asset_id: str) -> None:
    """Read an asset's text: a text layer where there is one, OCR for pictures and scanned pages."""
    media_type = await _begin("asset_text", UUID(asset_id))
    if media_type is None:
        return
    async with _original(UUID(asset_id)) as path:
        try:
            await _read(UUID(asset_id), path, media_type)
        except ocr.OcrUnavailable as missing:
            await _wait(UUID(asset_id), missing.reason)
        except _UNREADABLE:
            await _fail("asset_text", UUID(asset_id), "NOT_READABLE")


async def _read(asset_id: UUID, path: Path, media_type: MediaType) -> None:
    if media_type.family == "text":
        await _save_text(asset_id, "document", path.read_text("utf-8-sig"))
    elif media_type.family == "image":
        await _save_text(asset_id, "ocr", await ocr.read_text(await asyncio.to_thread(images.readable, path)))
    elif media_type.family == "office":
        read = await office.read_text(path, media_type.ending, _LONGEST_TEXT)
        await _save_text(asset_id, "document", read.text, reason="FIRST_PAGES_ONLY" if read.is_cut else None)
    elif media_type.family == "pdf":
        await _read_pdf(asset_id, path)


async def _read_pdf(asset_id: UUID, path: Path) -> None:
    pages = await pdf.page_texts(path, _MOST_DOCUMENT_PAGES)
    written = [page.text for page in pages if page.text.strip()]
    # The text layer is there for searching even when the scanned pages have to wait.
    await _save_text(asset_id, "document", "\n\n".join(written))
    scanned = [page.number for page in pages if len(page.text.strip()) < _LEAST_PAGE_TEXT]
    if not scanned:
        await _settle_ocr_not_needed(asset_id)
        return
    most = current().ocr_most_pages
    texts = [await ocr.read_text(await pdf.page_picture(path, number, _OCR_SIDE)) for number in scanned[:most]]
    await _save_text(asset_id, "ocr", "\n\n".join(texts), reason="FIRST_PAGES_ONLY" if len(scanned) > most else None)


async def _save_text(asset_id: UUID, source: str, text: str, *, reason: str | None = None) -> None:
    clean = unicodedata.normalize("NFC", text).replace("\x00", "").replace("\r\n", "\n")[:_LONGEST_TEXT].strip()
    async with db.transaction():
        await db.execute(
            """UPDATE asset_text SET state = 'done', text = $3, reason = $4, changed_at = now()
               WHERE asset_id = $1 AND source = $2""",
            asset_id,
            source,
            clean,
            reason,
        )
        await record_changes([asset_id])


async def _settle_ocr_not_needed(asset_id: UUID) -> None:
    await db.execute(
        """UPDATE asset_text SET state = 'none', reason = 'EVERY_PAGE_HAS_TEXT', text = '', changed_at = now()
           WHERE asset_id = $1 AND source = 'ocr'""",
        asset_id,
    )


async def _wait(asset_id: UUID, reason: str) -> None:
    await db.execute(
        """UPDATE asset_text SET state = 'waiting', reason = $2, attempts = 0, changed_at = now()
           WHERE asset_id = $1 AND source = 'ocr' AND state = 'running'""",
        asset_id,
        reason,
    )


async def _fail(table: str, asset_id: UUID, reason: str) -> None:
    await db.execute(
        f"""UPDATE {table} SET state = 'failed', reason = $2, changed_at = now()
            WHERE asset_id = $1 AND state = 'running'""",
        asset_id,
        reason,
    )


async def _begin(table: str, asset_id: UUID) -> MediaType | None:
    """Mark what is to be made as running and return the original's type; None when nothing is left to do.

    What another worker began may be begun again: it may have been killed, and doing things twice does no harm.
    """
    await db.execute(
        f"""UPDATE {table} SET state = CASE WHEN attempts < $2 THEN 'running' ELSE 'failed' END,
                               reason = CASE WHEN attempts < $2 THEN NULL ELSE 'GAVE_UP' END,
                               attempts = attempts + 1, changed_at = now()
            WHERE asset_id = $1 AND state IN ('waiting', 'running')""",
        asset_id,
        _MOST_ATTEMPTS,
    )
    name = await db.value(
        f"""SELECT media_type FROM asset JOIN stored_file USING (sha256)
            WHERE id = $1 AND EXISTS (SELECT FROM {table} WHERE asset_id = asset.id AND state = 'running')""",
        asset_id,
    )
    return BY_NAME[name] if name else None


@asynccontextmanager
async def _original(asset_id: UUID) -> AsyncIterator[Path]:
    """The original as a local file, for readers that need one."""
    stored = await db.row("SELECT sha256, size FROM asset JOIN stored_file USING (sha256) WHERE id = $1", asset_id)
    assert stored is not None
    with tempfile.TemporaryDirectory(prefix="loa-original-") as folder:
        path = Path(folder, "original")
        await _fetch(keeping.key_of(stored["sha256"]), stored["size"], path)
        yield path


async def _fetch(key: str, size: int, path: Path) -> None:
    file = await asyncio.to_thread(path.open, "wb")
    try:
        async for piece in storage().stream(key, 0, size):
            await asyncio.to_thread(file.write, piece)
    finally:
        await asyncio.to_thread(file.close)


@job("media_archive.resume_unfinished", timeout=60)
async def resume_unfinished() -> None:
    """Enqueue again what waits for a minute or has been running for longer than a job may: its worker is gone."""
    for asset_id in await _unfinished("rendition", "TRUE"):
        await enqueue(make_renditions, str(asset_id))
    for asset_id in await _unfinished("asset_text", await _readable_now()):
        await enqueue(read_text, str(asset_id))


async def _readable_now() -> str:
    """While nothing can be read by OCR, leave alone what waits for just that."""
    try:
        await ocr.require_tesseract()
    except ocr.OcrUnavailable:
        return "reason IS NULL"
    return "TRUE"


async def _unfinished(table: str, condition: str) -> list[UUID]:
    found = await db.rows(
        f"""UPDATE {table} SET changed_at = now()
            WHERE asset_id IN (SELECT asset_id FROM {table}
                               WHERE ((state = 'waiting' AND changed_at < now() - interval '1 minute')
                                   OR (state = 'running' AND changed_at < now() - interval '15 minutes'))
                                 AND {condition}
                               ORDER BY changed_at LIMIT 200)
              AND state IN ('waiting', 'running')
            RETURNING asset_id"""
    )
    return list({row["asset_id"] for row in found})


@job("media_archive.sweep_abandoned_files", timeout=300)
async def sweep_abandoned_files() -> None:
    """Delete what uploads and renditions left behind a day ago without finishing."""
    await keeping.sweep_abandoned()
