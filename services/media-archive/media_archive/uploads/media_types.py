"""What a file is, decided by its bytes and never by its name.

A short table of our own: guessing libraries call HEIC a video and let through what we do not want to keep.
"""

import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Family = Literal["image", "pdf", "office", "text", "audio", "video"]

HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class MediaType:
    """A type that the archive takes: its IANA name, how it is handled, and the usual ending of a file name."""

    name: str
    family: Family
    ending: str


JPEG = MediaType("image/jpeg", "image", "jpg")
PNG = MediaType("image/png", "image", "png")
GIF = MediaType("image/gif", "image", "gif")
WEBP = MediaType("image/webp", "image", "webp")
HEIC = MediaType("image/heic", "image", "heic")
TIFF = MediaType("image/tiff", "image", "tif")
PDF = MediaType("application/pdf", "pdf", "pdf")
DOCX = MediaType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "office", "docx")
XLSX = MediaType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "office", "xlsx")
PPTX = MediaType("application/vnd.openxmlformats-officedocument.presentationml.presentation", "office", "pptx")
TEXT = MediaType("text/plain", "text", "txt")
MP3 = MediaType("audio/mpeg", "audio", "mp3")
OGG = MediaType("audio/ogg", "audio", "ogg")
WAV = MediaType("audio/wav", "audio", "wav")
M4A = MediaType("audio/mp4", "audio", "m4a")
MP4 = MediaType("video/mp4", "video", "mp4")
QUICKTIME = MediaType("video/quicktime", "video", "mov")
WEBM = MediaType("video/webm", "video", "webm")

ALL = (JPEG, PNG, GIF, WEBP, HEIC, TIFF, PDF, DOCX, XLSX, PPTX, TEXT, MP3, OGG, WAV, M4A, MP4, QUICKTIME, WEBM)
BY_NAME = {media_type.name: media_type for media_type in ALL}

_BEGINNINGS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"%PDF-", PDF),
    (b"OggS", OGG),
    (b"ID3", MP3),
)
_RIFF = {b"WEBP": WEBP, b"WAVE": WAV}
# Brands of ISO base media files (ISO/IEC 14496-12, MP4RA's registry). HEIC first: it is a picture in the same box.
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1"), HEIC),
    **dict.fromkeys((b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash"), MP4),
    b"qt  ": QUICKTIME,
    b"M4A ": M4A,
    b"M4B ": M4A,
}
_OFFICE_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX}
# The DocType element of an EBML head; its size of four may be written in one to eight bytes (RFC 8794, 4.1).
_DOC_TYPE_WEBM = re.compile(
    rb"\x42\x82(?:\x84|\x40\x04|\x20\x00\x04|\x10\x00{2}\x04|\x08\x00{3}\x04|\x01\x00{6}\x04)webm"
)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UNREADABLE_PACKAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    ValueError,
    LookupError,
    RuntimeError,
    EOFError,
)
"""What `zipfile` raises for what is no package, cut off or damaged."""
_TEXT_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")


def media_type_of(path: Path) -> MediaType | None:
    """Return what the file is, or None when it is nothing the archive takes (SVG and HTML among others)."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return _by_beginning(head) or _by_box(head) or _by_container(head, path) or _text(head, path)


def _by_beginning(head: bytes) -> MediaType | None:
    for beginning, media_type in _BEGINNINGS:
        if head.startswith(beginning):
            return media_type
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if _is_mpeg_audio_frame(head):
        return MP3
    return None


def _is_mpeg_audio_frame(head: bytes) -> bool:
    """Frame sync, layer III, and neither a reserved version, bit rate nor sample rate (ISO/IEC 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return False
    return head[1] & 0x18 != 0x08 and head[2] & 0xF0 not in (0x00, 0xF0) and head[2] & 0x0C != 0x0C


def _by_box(head: bytes) -> MediaType | None:
    if head[4:8] != b"ftyp":
        return None
    size = int.from_bytes(head[:4], "big")
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, min(size, len(head)), 4))]
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), None)


def _by_container(head: bytes, path: Path) -> MediaType | None:
    if head.startswith(b"PK\x03\x04"):
        return _office(path)
    if head.startswith(b"\x1aE\xdf\xa3") and _DOC_TYPE_WEBM.search(head[:128]):
        return WEBM
    return None


def _office(path: Path) -> MediaType | None:
    try:
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
    except UNREADABLE_PACKAGE:
        return None
    if "[Content_Types].xml" not in names:
        return None
    return next((media_type for part, media_type in _OFFICE_PARTS.items() if part in names), None)


def _text(head: bytes, path: Path) -> MediaType | None:
    """Plain text decodes as UTF-8, has no control characters and is no markup: SVG and HTML can carry scripts."""
    start = head.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if not start or start.startswith(b"<"):
        return None
    return TEXT if _is_utf8_text(path) else None


def _is_utf8_text(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            while piece := lines.read(65_536):
                if _TEXT_CONTROL.search(piece):
                    return False
    except UnicodeDecodeError:
        return False
    return True
