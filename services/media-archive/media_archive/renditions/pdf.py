"""Reading PDFs in a process of its own: pdfium is native code that meets hostile files, and knows no threads."""

import base64
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media_archive import processes
from media_archive.renditions.clean import outside
from media_archive.renditions.clean.errors import CannotBeCleaned

_SECONDS = 60


class PdfUnreadable(Exception):
    """The file can't be opened as a PDF, or not within the limits of time and memory."""


@dataclass(frozen=True, slots=True)
class Page:
    """The text layer of a page, empty for a scan."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class PagePictures:
    """How many pages there are, and width and height in pixels of those first ones that were drawn."""

    pages: int
    sizes: list[tuple[int, int]]


async def page_count(path: Path) -> int:
    """Return how many pages a PDF has."""
    return int((await _ask("count", path))["pages"])


async def page_texts(path: Path, most_pages: int) -> list[Page]:
    """Return the text layers of the first pages."""
    reply = await _ask("texts", path, most_pages)
    return [Page(number, text) for number, text in enumerate(reply["texts"])]


async def page_picture(path: Path, number: int, longest_side: int) -> bytes:
    """Return one page as a PNG with this longest side in pixels."""
    return base64.b64decode((await _ask("picture", path, number, longest_side))["png"])


async def readable_pages(path: Path, numbers: Sequence[int], longest_side: int, folder: Path) -> list[Path]:
    """Write pages, numbered from 0, as PNG into a folder for the reader of text; return the files."""
    await _ask("readable", path, str(folder), longest_side, *numbers)
    return [folder / f"{number}.png" for number in numbers]


async def page_pictures(path: Path, folder: Path, most: int, longest_side: int) -> PagePictures:
    """Write the first pages as `folder/<number>.webp`, numbered from 0, as far as 45 s and `most` go; say which."""
    reply = await _ask("pictures", path, str(folder), most, longest_side)
    return PagePictures(reply["pages"], [(width, height) for width, height in reply["sizes"]])


async def lay_text_over(path: Path, layers: Path, made: Path) -> None:
    """Write a clean copy of a PDF with the one-page PDFs `layers/<number>.pdf` over its pages, numbered from 0."""
    try:
        await outside.lay_text_over(path, layers, made)
    except CannotBeCleaned as error:
        raise PdfUnreadable("the pages can't be laid over") from error


async def _ask(what: str, path: Path, *more: int | str) -> dict[str, Any]:
    command = [sys.executable, "-m", "media_archive.renditions.pdf_process", what, str(path), *map(str, more)]
    try:
        done = await processes.run(command, seconds=_SECONDS)
    except TimeoutError as error:
        raise PdfUnreadable("took too long") from error
    if done.status != 0:
        raise PdfUnreadable(f"the reader ended with {done.status}")
    return json.loads(done.output)
