"""Whether a file is whole and harmless to open, before anything of it is kept."""

import asyncio
import struct
import wave
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

from PIL import Image

from kit.errors import DomainError
from media_archive.renditions import frames, images, pdf
from media_archive.uploads.media_types import OGG, TEXT, UNREADABLE_PACKAGE, WAV, WEBM, MediaType, media_type_of

MOST_PIXELS = 120_000_000
"""Largest picture, in pixels: a 108-megapixel telephone passes, a decompression bomb does not."""

MOST_UNPACKED_BYTES = 500_000_000
MOST_PACKAGE_MEMBERS = 10_000
MOST_PDF_PAGES = 2_000
# Of 200 bytes for each member: whoever lists a package's members keeps all of this in memory.
_MOST_DIRECTORY_BYTES = MOST_PACKAGE_MEMBERS * 200
# The end of a package, with its longest comment and the records before it (APPNOTE.TXT, 4.3.14 to 4.3.16).
_LONGEST_END = 22 + 65_535 + 20 + 56
_PACKED_HOW = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

# A picture may take half a gigabyte to decode, whoever sends it.
_looking = ThreadPoolExecutor(2, "inspection")


class FileEmpty(DomainError):
    """The file has no content."""

    code = "FILE_EMPTY"
    vi = "Tệp rỗng, không có nội dung."
    en = "The file is empty."


class FileTooLarge(DomainError):
    """The file is larger than the archive takes in one piece."""

    code = "FILE_TOO_LARGE"
    vi = "Tệp quá lớn: chỉ nhận tối đa {most_megabytes} MB."
    en = "The file is too large: at most {most_megabytes} MB are accepted."
    extra = {"most_megabytes": int}


class FileTypeNotAllowed(DomainError):
    """By its content the file is none of the types that the archive keeps, whatever its name says."""

    code = "FILE_TYPE_NOT_ALLOWED"
    vi = "Kho không nhận loại tệp này. Loại tệp được xét theo nội dung, không theo tên."
    en = "The archive does not take this type of file. Content decides, not the name."


class FileBroken(DomainError):
    """The file begins like its type but can't be opened: cut off, damaged or locked with a password."""

    code = "FILE_BROKEN"
    vi = "Không mở được tệp: tệp hỏng, thiếu dữ liệu hoặc có mật khẩu."
    en = "The file can't be opened: it is damaged, cut off or locked with a password."


class FileExpandsTooMuch(DomainError):
    """Opened, the file would become far larger than it is: a mistake or an attack."""

    code = "FILE_EXPANDS_TOO_MUCH"
    vi = "Nội dung tệp sau khi mở quá lớn."
    en = "The content of the file is too large once opened."


async def inspect(path: Path) -> MediaType:
    """Return the type of a file that is whole; raise what is wrong with it otherwise."""
    look = asyncio.get_running_loop().run_in_executor
    media_type = await look(_looking, _type_of, path)
    if media_type.family == "pdf":
        await _inspect_pdf(path)
    else:
        await look(_looking, _inspect, path, media_type)
    return media_type


def _type_of(path: Path) -> MediaType:
    if path.stat().st_size == 0:
        raise FileEmpty()
    if _directory_bytes(path) > _MOST_DIRECTORY_BYTES:
        raise FileExpandsTooMuch()
    media_type = media_type_of(path)
    if media_type is None:
        raise FileTypeNotAllowed()
    return media_type


def _directory_bytes(path: Path) -> int:
    """Return how long the list of a package's members says to be; 0 for what is no package."""
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            return 0
        file.seek(max(0, path.stat().st_size - _LONGEST_END))
        end = file.read()
    said = [end[at + 12 : at + 16] for at in _places(end, b"PK\x05\x06")]
    said += [end[at + 40 : at + 48] for at in _places(end, b"PK\x06\x06")]
    # All ones: the longer record says it.
    return max((int.from_bytes(one, "little") for one in said if one != b"\xff\xff\xff\xff"), default=0)


def _places(content: bytes, wanted: bytes) -> Iterator[int]:
    at = content.find(wanted)
    while at >= 0:
        yield at
        at = content.find(wanted, at + 1)


def _inspect(path: Path, media_type: MediaType) -> None:
    if media_type.family == "image":
        _inspect_image(path)
    elif media_type.family == "office":
        _inspect_package(path)
    elif media_type == WAV:
        _inspect_wave(path)
    elif media_type.name in ("video/mp4", "video/quicktime", "audio/mp4"):
        _inspect_boxes(path)
    elif media_type not in (TEXT, WEBM, OGG):
        _inspect_mpeg(path)


async def _inspect_pdf(path: Path) -> None:
    try:
        pages = await pdf.page_count(path)
    except pdf.PdfUnreadable as error:
        raise FileBroken() from error
    if pages == 0:
        raise FileBroken()
    if pages > MOST_PDF_PAGES:
        raise FileExpandsTooMuch()


def _inspect_image(path: Path) -> None:
    try:
        found = images.measure(path)
        if found.largest > MOST_PIXELS or found.total > 20 * MOST_PIXELS or found.number > frames.MOST:
            raise FileExpandsTooMuch()
        images.decode_roughly(path)
    except images.UNREADABLE as error:
        raise FileBroken() from error
    except (Image.DecompressionBombError, MemoryError) as error:
        raise FileExpandsTooMuch() from error


def _inspect_package(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as package:
            members = package.infolist()
            if len(members) > MOST_PACKAGE_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED_BYTES:
                raise FileExpandsTooMuch()
            # Office packs in these two ways (ECMA-376, part 2, annex C); others may want a gigabyte to unpack a byte.
            if any(one.compress_type not in _PACKED_HOW for one in members) or package.testzip() is not None:
                raise FileBroken()
    except UNREADABLE_PACKAGE as error:
        raise FileBroken() from error


def _inspect_wave(path: Path) -> None:
    try:
        with wave.open(str(path)) as sound:
            if sound.getnframes() == 0:
                raise FileBroken()
    except (wave.Error, struct.error, OSError, ValueError, ArithmeticError, RuntimeError, EOFError) as error:
        raise FileBroken() from error


def _inspect_boxes(path: Path) -> None:
    """A playable MP4 has a `moov` box and no top-level box that reaches past the end (ISO/IEC 14496-12, 4.2)."""
    size = path.stat().st_size
    seen: set[bytes] = set()
    at = 0
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            head = file.read(16)
            if len(head) < 8:
                _broken()
            length = int.from_bytes(head[:4], "big")
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            elif length == 0:
                length = size - at
            if length < 8 or at + length > size:
                _broken()
            seen.add(head[4:8])
            at += length
    if b"moov" not in seen:
        _broken()


def _inspect_mpeg(path: Path) -> None:
    """Sound has to follow the tag: an ID3 header alone is no bulletin."""
    with path.open("rb") as file:
        head = file.read(10)
        tag = 0
        if head.startswith(b"ID3") and len(head) == 10:
            tag = 10 + sum((byte & 0x7F) << (7 * place) for place, byte in enumerate(reversed(head[6:10])))
    if path.stat().st_size <= tag:
        _broken()


def _broken() -> NoReturn:
    raise FileBroken()
