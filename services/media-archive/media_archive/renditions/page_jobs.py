"""The job that makes pictures of a PDF's pages, for reading without the whole file: on a phone, over a weak line."""

import asyncio
from pathlib import Path
from uuid import UUID

from kit import db
from kit.jobs import job
from media_archive.renditions import pdf, work
from media_archive.renditions.plans import PAGES
from media_archive.settings import current
from media_archive.uploads import keeping

PAGE_SIDE = 1_600
"""Longest side of a page's picture in pixels: A4 with letters of 10 points is read well at 136 dpi."""


@job("media_archive.make_pages", timeout=300)
async def make_pages(asset_id: str) -> None:
    """Make the pictures of a PDF's first pages."""
    original = await work.begin(UUID(asset_id), [PAGES])
    if original is None:
        return
    try:
        async with original.file() as path:
            folder = path.with_name("pages")
            await asyncio.to_thread(folder.mkdir)
            made = await pdf.page_pictures(path, folder, current().viewer_most_pages, PAGE_SIDE)
            await _save(original, folder, made)
    except pdf.PdfUnreadable:
        await work.fail(original.asset_id, [PAGES], "FILE_BROKEN")


async def _save(original: work.Original, folder: Path, made: pdf.PagePictures) -> None:
    kept = await keeping.keep_all([(Path(folder, f"{n}.webp"), "image/webp") for n in range(len(made.sizes))])
    reason = None if len(made.sizes) == made.pages else "FIRST_PAGES_ONLY"
    first = work.Made(kept[0], *made.sizes[0], reason=reason)
    async with db.transaction():
        if not await work.finish(original, {PAGES: first}):
            return
        await keeping.settle(*kept)
        await db.execute("DELETE FROM asset_page WHERE asset_id = $1", original.asset_id)
        await db.execute_many(
            "INSERT INTO asset_page (asset_id, number, sha256, width, height) VALUES ($1, $2, $3, $4, $5)",
            [
                (original.asset_id, number, file.sha256, *size)
                for number, (file, size) in enumerate(zip(kept, made.sizes, strict=True), start=1)
            ],
        )
