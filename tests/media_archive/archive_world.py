"""A union of five units told in org's events, and files of every kind to put into its archive."""

import io
import os
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image, ImageDraw, ImageFont

from kit import paths
from kit.events import Event
from kit.identity import SYSTEM, Caller
from kit.jobs import MemoryQueue
from kit.testing import caller_as
from media_archive.demo.fonts import font
from media_archive.units.service import ORG_EVENTS
from media_archive.uploads.service import NewAsset, add_asset

# What a person marks for themself alone: no trail tells it.
UNTOLD = frozenset(
    {"markFavourite", "unmarkFavourite", "saveSearch", "seeSavedSearch", "forgetSavedSearch", "seeSearchNotices"}
)


@dataclass(frozen=True)
class TestUnit:
    id: UUID
    number: int
    path: str
    name_vi: str

    __test__ = False


@dataclass(frozen=True)
class Union:
    root: TestUnit
    north: TestUnit
    factory: TestUnit
    south: TestUnit
    mine: TestUnit


def unit_of(number: int, above: TestUnit | None, name_vi: str) -> TestUnit:
    path = (above.path if above else "") + paths.label(number)
    return TestUnit(UUID(int=number), number, path, name_vi)


def _small_union() -> Union:
    root = unit_of(1, None, "Tổng Liên đoàn Lao động Việt Nam")
    north = unit_of(2, root, "Liên đoàn Lao động tỉnh Bắc Ninh")
    factory = unit_of(3, north, "Công đoàn cơ sở Nhà máy May Hoa Sen")
    south = unit_of(4, root, "Liên đoàn Lao động tỉnh Cà Mau")
    mine = unit_of(5, root, "Công đoàn Than – Khoáng sản Việt Nam")
    return Union(root, north, factory, south, mine)


TOPICS = [
    ("labour_law", "Pháp luật lao động", "Labour law"),
    ("benefits", "Lợi ích đoàn viên", "Benefits of membership"),
]


async def tell(type: str, **payload: Any) -> None:
    """Apply an event of org as the worker does."""
    await ORG_EVENTS[type](Event(number=1, type=type, at=datetime.now(UTC), payload=payload))


LEVELS = {
    1: ("confederation", "confederation"),
    2: ("province_or_industry", "provincial_federation"),
    3: ("grassroots", "enterprise"),
    4: ("province_or_industry", "provincial_federation"),
    5: ("province_or_industry", "corporation"),
}


async def tell_created(unit: TestUnit, parent: TestUnit | None) -> None:
    await tell(
        "unit.created",
        id=str(unit.id),
        number=unit.number,
        path=unit.path,
        parent_id=str(parent.id) if parent else None,
        name_vi=unit.name_vi,
        name_en=f"Unit {unit.number}",
        short_name=None,
        code=f"U{unit.number}",
        level=LEVELS[unit.number][0],
        kind=LEVELS[unit.number][1],
        region=None,
        valid_from="2023-01-01",
        tree_version=unit.number,
    )


async def tell_topics() -> None:
    terms = [
        {"code": code, "vi": vi, "en": en, "position": place, "valid_from": "2020-01-01", "valid_to": None}
        for place, (code, vi, en) in enumerate(TOPICS)
    ]
    await tell("vocabulary.changed", vocabulary="topic", terms=terms)


async def small_union() -> Union:
    union = _small_union()
    await tell_created(union.root, None)
    for unit, parent in (
        (union.north, union.root),
        (union.factory, union.north),
        (union.south, union.root),
        (union.mine, union.root),
    ):
        await tell_created(unit, parent)
    await tell_topics()
    return union


async def add(
    unit: TestUnit, title: str, content: bytes = b"", *, caller: Caller = SYSTEM, tmp: Path | None = None, **said: Any
) -> str:
    """Put a file into the archive (a text of its own when no content is given) and return the asset's id."""
    place = (tmp or Path(os.environ["LOA_STORAGE_URL"].removeprefix("file://"))).parent / f"upload-{os.getpid()}"
    place.write_bytes(content or f"Nội dung của {title}".encode())
    try:
        new = NewAsset(unit_id=unit.id, title=title, file_name=said.pop("file_name", "tai-lieu.txt"), **said)
        return str(await add_asset(caller, new, place))
    finally:
        place.unlink()


def contributor(unit: TestUnit) -> Caller:
    return caller_as("contributor", unit)


def editor(unit: TestUnit) -> Caller:
    return caller_as("editor", unit)


def worker(unit: TestUnit) -> Caller:
    return caller_as("worker", unit)


def picture(kind: str = "JPEG", size: tuple[int, int] = (1600, 1200), **options: Any) -> bytes:
    """A photograph of nothing: a gradient, so that it has content everywhere."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    ImageDraw.Draw(image).ellipse((size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2), fill=(200, 30, 30))
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


async def run_without_reading(queue: MemoryQueue) -> None:
    """Do the jobs that wait, but leave texts unread: recognising them takes most of the time."""
    queue.waiting[:] = [one for one in queue.waiting if one[0].name != "media_archive.read_text"]
    await queue.run_all()


def scanned_page(*lines: str) -> bytes:
    """A page of text as a scanner would give it: grey paper, black letters."""
    image = Image.new("L", (1654, 900), 238)
    pen = ImageDraw.Draw(image)
    letters = ImageFont.truetype(font("serif"), 46)
    for place, line in enumerate(lines):
        pen.text((120, 100 + 80 * place), line, font=letters, fill=25)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def scanned_pdf(*lines: str) -> bytes:
    """A PDF whose one page is a picture."""
    return scanned_pages(lines)


def scanned_pages(*pages: Sequence[str]) -> bytes:
    """A PDF whose pages are pictures, each of its lines."""
    first, *others = [Image.open(io.BytesIO(scanned_page(*lines))) for lines in pages]
    buffer = io.BytesIO()
    first.save(buffer, "PDF", resolution=200, save_all=True, append_images=others)
    return buffer.getvalue()


def office_file(part: str = "word/document.xml", content: bytes = b"<w:document/>") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr(part, content)
    return buffer.getvalue()


def box(name: bytes, content: bytes = b"") -> bytes:
    """A box of an ISO base media file."""
    return (8 + len(content)).to_bytes(4, "big") + name + content


def needs_tesseract() -> None:
    """Skip with the reason where tesseract is missing; the full suite has to have it."""
    if shutil.which("tesseract") is None:
        reason = "tesseract is not installed (Debian: apt install tesseract-ocr tesseract-ocr-vie)"
        if "LOA_REFERENCE_DIR" in os.environ:
            pytest.fail(f"the full suite needs text recognition: {reason}")
        pytest.skip(reason)
