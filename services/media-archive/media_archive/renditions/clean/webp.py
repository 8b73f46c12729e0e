"""WebP without EXIF, XMP and what we do not know (RFC 9649, section 2)."""

from media_archive.renditions.clean.errors import CannotBeCleaned
from media_archive.renditions.clean.exif import UPRIGHT, only_orientation

_KEPT = frozenset((b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def clean_webp(content: bytes, orientation: int = UPRIGHT) -> bytes:
    """Return the same picture; CannotBeCleaned when the file is not built as a WebP."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        raise CannotBeCleaned
    limit = min(len(content), 8 + int.from_bytes(content[4:8], "little"))
    pieces: list[bytes] = []
    at = 12
    while at + 8 <= limit:
        name = content[at : at + 4]
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        if at + 8 + length > limit:
            raise CannotBeCleaned
        if name in _KEPT:
            body = content[at + 8 : at + 8 + length]
            pieces.append(_chunk(name, _flags_cleared(body, orientation) if name == b"VP8X" else body))
        at += 8 + length + length % 2
    if not pieces:
        raise CannotBeCleaned
    if orientation != UPRIGHT and pieces[0].startswith(b"VP8X"):
        pieces.append(_chunk(b"EXIF", only_orientation(orientation)))
    whole = b"WEBP" + b"".join(pieces)
    return b"RIFF" + len(whole).to_bytes(4, "little") + whole


def _flags_cleared(head: bytes, orientation: int) -> bytes:
    if not head:
        raise CannotBeCleaned
    flags = head[0] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if orientation != UPRIGHT else 0)
    return bytes((flags,)) + head[1:]


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)
