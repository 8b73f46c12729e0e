"""Reading PDFs in a process of its own: pdfium is native code that meets hostile files, and knows no threads."""

import base64
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media_archive import processes

_SECONDS = 60


class PdfUnreadable(Exception):
    """The file can't be opened as a PDF, or not within the limits of time and memory."""


@dataclass(frozen=True, slots=True)
class Page:
    """The text layer of a page, empty for a scan."""

    number: int
    text: str


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


async def _ask(what: str, path: Path, *numbers: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "media_archive.renditions.pdf_process", what, str(path), *map(str, numbers)]
    try:
        done = await processes.run(command, seconds=_SECONDS)
    except TimeoutError as error:
        raise PdfUnreadable("took too long") from error
    if done.status != 0:
        raise PdfUnreadable(f"the reader ended with {done.status}")
    return json.loads(done.output)
