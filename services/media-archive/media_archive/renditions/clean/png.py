"""PNG without text, times, EXIF and what we do not know (W3C PNG, third edition)."""

import zlib

from media_archive.renditions.clean.errors import CannotBeCleaned
from media_archive.renditions.clean.exif import UPRIGHT, only_orientation

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = frozenset(
    (
        *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV"),
        *(b"cLLI", b"bKGD", b"hIST", b"pHYs", b"acTL", b"fcTL", b"fdAT"),
    )
)


def clean_png(content: bytes, orientation: int = UPRIGHT) -> bytes:
    """Return the same picture; CannotBeCleaned when the file is not built as a PNG."""
    if not content.startswith(_SIGNATURE):
        raise CannotBeCleaned
    pieces = [_SIGNATURE]
    at = len(_SIGNATURE)
    name = b""
    while name != b"IEND":
        length = int.from_bytes(content[at : at + 4], "big")
        name = content[at + 4 : at + 8]
        end = at + 12 + length
        if len(name) < 4 or end > len(content):
            raise CannotBeCleaned
        if name in _KEPT:
            pieces.append(content[at:end])
        if name == b"IHDR" and orientation != UPRIGHT:
            pieces.append(_chunk(b"eXIf", only_orientation(orientation)))
        at = end
    return b"".join(pieces)


def _chunk(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")
