"""Scans that came as pictures, by a scanner or a telephone: made a PDF, over which their text is laid."""

import io
from collections.abc import Sequence
from pathlib import Path

import pikepdf
from PIL import Image

from media_archive.renditions.images import flat, measure, opened, upright
from media_archive.uploads.media_types import TIFF, MediaType

_LONGEST_SIDE = 4_000
_QUALITY = 85
# What scanners say of themselves is taken where it can be; a telephone's picture is taken for one of a page of A4.
_LEAST_DOTS, _MOST_DOTS = 75, 1_200
_A4_INCHES = 11.69
_AS_THEY_ARE = ("1", "L", "RGB")


def page_count(path: Path, media_type: MediaType) -> int:
    """Return how many pages a picture has: a TIFF may have many, what moves has one."""
    return measure(path).number if media_type == TIFF else 1


def write_pdf(path: Path, numbers: Sequence[int], target: Path) -> None:
    """Write pages of a picture, counted from 0, as a PDF: upright, in their colours, at most 4,000 pixels a side.

    It says nothing of who made them and with what. Raises images.UNREADABLE for a damaged picture.
    """
    with pikepdf.new() as document:
        for number in numbers:
            with pikepdf.open(io.BytesIO(_page(path, number))) as page:
                document.pages.extend(page.pages)
        document.save(target)


def _page(path: Path, number: int) -> bytes:
    with opened(path) as image:
        image.seek(number)
        image.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
        said, longest = image.info.get("dpi", (0, 0))[0], max(image.size)
        page = upright(image)
        page = page.copy() if page.mode in _AS_THEY_ARE else flat(page)
    if max(page.size) > _LONGEST_SIDE:
        # Black and white alone can't be shrunk well.
        page = page.convert("L") if page.mode == "1" else page
        page.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.LANCZOS)
    dots = float(said) * max(page.size) / longest if _LEAST_DOTS <= said <= _MOST_DOTS else max(page.size) / _A4_INCHES
    page.info.clear()
    buffer = io.BytesIO()
    # Black and white is packed without loss.
    page.save(buffer, "PDF", resolution=dots, **({} if page.mode == "1" else {"quality": _QUALITY}))
    return buffer.getvalue()
