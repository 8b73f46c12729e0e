"""The job that reads: a text layer where there is one, OCR for pictures and scanned pages, and of scans a PDF in which
that text lies unseen over the pages, to be searched and copied."""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

from kit import db
from kit.jobs import job
from kit.texts import nfc
from media_archive.assets.changes import record_changes
from media_archive.renditions import images, ocr, office, pdf, scans, work
from media_archive.renditions.plans import SEARCHABLE
from media_archive.settings import current
from media_archive.uploads import keeping

# A page for reading: 2,400 pixels on the long side of A4 are about 205 dpi.
SIDE = 2_400
"""Longest side in pixels of what is read of a page."""
_MOST_DOCUMENT_PAGES = 500
_LONGEST_TEXT = 2_000_000
_LEAST_PAGE_TEXT = 20
# Less than this is on a banner or a sign in a photograph, which is no page to read.
_LEAST_SCAN_TEXT = 40
_PAGES_AT_ONCE = min(4, os.cpu_count() or 1)
# More for each start of tesseract would spare little, and the cores would end further apart.
_MOST_OF_STRETCH = 4

Draw = Callable[[Sequence[int], Path], Awaitable[list[Path]]]

_UNREADABLE = (ocr.OcrFailed, pdf.PdfUnreadable, office.OfficeUnreadable, *images.UNREADABLE)


@job("media_archive.read_text", timeout=600)
async def read_text(asset_id: str) -> None:
    """Read an asset's text, and make the searchable PDF of its scanned pages."""
    texts = await work.begin_text(UUID(asset_id))
    original = await work.begin(UUID(asset_id), [SEARCHABLE]) or texts
    if original is None:
        return
    try:
        if original.media_type.family == "image":
            # Nothing is fetched that can't be read.
            await ocr.require_tesseract()
        async with original.file() as path:
            await _read(original, path)
    except ocr.OcrUnavailable as missing:
        await _wait(original, missing.reason)
    except _UNREADABLE:
        await _fail(original, "NOT_READABLE")


async def _read(original: work.Original, path: Path) -> None:
    family = original.media_type.family
    if family == "text":
        text = await asyncio.to_thread(_beginning, path)
        is_cut = len(text) > _LONGEST_TEXT
        await _save_text(original, "document", text, reason="FIRST_PAGES_ONLY" if is_cut else None)
    elif family == "image":
        await _read_picture(original, path)
    elif family == "office":
        read = await office.read_text(path, original.media_type.ending, _LONGEST_TEXT)
        await _save_text(original, "document", read.text, reason="FIRST_PAGES_ONLY" if read.is_cut else None)
    elif family == "pdf":
        await _read_pdf(original, path)


def _beginning(path: Path) -> str:
    """One letter more than is kept tells that there is more; a whole file of 200 MB would take a gigabyte."""
    with path.open(encoding="utf-8-sig") as file:
        return file.read(_LONGEST_TEXT + 1)


async def _read_pdf(original: work.Original, path: Path) -> None:
    pages = await pdf.page_texts(path, _MOST_DOCUMENT_PAGES)
    written = [page.text for page in pages if page.text.strip()]
    # The text layer is there for searching even when the scanned pages have to wait.
    await _save_text(original, "document", "\n\n".join(written))
    scanned = [page.number for page in pages if len(page.text.strip()) < _LEAST_PAGE_TEXT]
    if not scanned:
        await _settle_ocr_not_needed(original)
        return
    most = current().ocr_most_pages
    reason = "FIRST_PAGES_ONLY" if len(scanned) > most else None
    read = await read_scans(scanned[:most], lambda some, folder: pdf.readable_pages(path, some, SIDE, folder))
    await _save_text(original, "ocr", "\n\n".join(page.text for page in read), reason=reason)
    await _make_searchable(original, path, list(zip(scanned, read, strict=False)), reason)


async def _read_picture(original: work.Original, path: Path) -> None:
    pages, most = await asyncio.to_thread(scans.page_count, path, original.media_type), current().ocr_most_pages
    numbers, reason = range(min(pages, most)), "FIRST_PAGES_ONLY" if pages > most else None
    read = await read_scans(numbers, _draw_pictures(path))
    text = "\n\n".join(page.text for page in read if page.text)
    await _save_text(original, "ocr", text, reason=reason)
    if len(text) < _LEAST_SCAN_TEXT:
        await work.need_none(original.asset_id, [SEARCHABLE], "LITTLE_TEXT_FOUND")
        return
    whole = path.with_name("pages.pdf")
    await asyncio.to_thread(scans.write_pdf, path, numbers, whole)
    await _make_searchable(original, whole, list(zip(numbers, read, strict=True)), reason)


async def read_scans(numbers: Sequence[int], draw: Draw) -> list[ocr.ReadPage]:
    """Read pages by OCR, as many side by side as there are cores, at most four; raises as `ocr.read_pages`.

    `draw` writes pages, by their numbers, as PNG files into a folder and returns these.
    """
    free = asyncio.Semaphore(_PAGES_AT_ONCE)

    async def read(stretch: Sequence[int]) -> list[ocr.ReadPage]:
        async with free:
            with tempfile.TemporaryDirectory(prefix="loa-ocr-") as folder:
                return await ocr.read_pages(await draw(stretch, Path(folder)), Path(folder))

    # All come to their end, also where one fails: none may go on once the file is gone.
    ended = await asyncio.gather(*map(read, _stretches(numbers)), return_exceptions=True)
    pages: list[ocr.ReadPage] = []
    for one in ended:
        if isinstance(one, BaseException):
            raise one
        pages += one
    return pages


def _stretches(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """Share pages out among the cores, a few for each start of the programs that draw and read them."""
    share = min(_MOST_OF_STRETCH, -(-len(numbers) // _PAGES_AT_ONCE)) or 1
    return (numbers[start : start + share] for start in range(0, len(numbers), share))


def _draw_pictures(path: Path) -> Draw:
    def write(numbers: Sequence[int], folder: Path) -> list[Path]:
        files = [folder / f"{number}.png" for number in numbers]
        for number, file in zip(numbers, files, strict=True):
            file.write_bytes(images.readable(path, number))
        return files

    return lambda numbers, folder: asyncio.to_thread(write, numbers, folder)


async def _make_searchable(
    original: work.Original, path: Path, pages: Sequence[tuple[int, ocr.ReadPage]], reason: str | None
) -> None:
    layers = path.with_name("layers")
    await asyncio.to_thread(layers.mkdir)
    for number, page in pages:
        await asyncio.to_thread(Path(layers, f"{number}.pdf").write_bytes, page.layer)
    made = path.with_name("searchable.pdf")
    try:
        await pdf.lay_text_over(path, layers, made)
    except pdf.PdfUnreadable:
        await work.fail(original.asset_id, [SEARCHABLE], "CANNOT_BE_REWRITTEN")
        return
    kept = await keeping.keep(made, "application/pdf")
    await work.finish(original, {SEARCHABLE: work.Made(kept, reason=reason)})


async def _save_text(original: work.Original, source: str, text: str, *, reason: str | None = None) -> None:
    clean = nfc(text).replace("\x00", "").replace("\r\n", "\n")[:_LONGEST_TEXT].strip()
    async with db.transaction():
        if not await work.is_current(original):
            return
        await db.execute(
            """UPDATE asset_text SET state = 'done', text = $3, reason = $4, changed_at = now()
               WHERE asset_id = $1 AND source = $2""",
            original.asset_id,
            source,
            clean,
            reason,
        )
        await record_changes([original.asset_id])


async def _settle_ocr_not_needed(original: work.Original) -> None:
    await db.execute(
        """UPDATE asset_text SET state = 'none', reason = 'EVERY_PAGE_HAS_TEXT', text = '', changed_at = now()
           WHERE asset_id = $1 AND source = 'ocr'""",
        original.asset_id,
    )
    await work.need_none(original.asset_id, [SEARCHABLE], "EVERY_PAGE_HAS_TEXT")


async def _wait(original: work.Original, reason: str) -> None:
    await db.execute(
        """UPDATE asset_text SET state = 'waiting', reason = $2, attempts = 0, changed_at = now()
           WHERE asset_id = $1 AND source = 'ocr' AND state = 'running'""",
        original.asset_id,
        reason,
    )
    await work.wait(original.asset_id, [SEARCHABLE], reason)


async def _fail(original: work.Original, reason: str) -> None:
    await db.execute(
        """UPDATE asset_text SET state = 'failed', reason = $2, changed_at = now()
           WHERE asset_id = $1 AND state = 'running'""",
        original.asset_id,
        reason,
    )
    await work.fail(original.asset_id, [SEARCHABLE], reason)
