"""JPEG without what is not the picture: markers are copied or left out, the coded pixels stay as they are.

ITU-T T.81, annex B; JFIF 1.02; what cameras append after the end of the picture (a second one, a film) is left out too.
"""

import re
from collections.abc import Iterator

import numpy as np

from media_archive.renditions.clean.errors import CannotBeCleaned
from media_archive.renditions.clean.exif import UPRIGHT, only_orientation

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_JFIF, _EXIF, _PROFILE, _ADOBE, _COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_NEXT_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")
# After a scan's head its data go on to the next marker: FF that is neither stuffed nor a restart.
_GOES_ON = np.isin(np.arange(256), [0x00, *range(0xD0, 0xD8), 0xFF])
_LOOKED_AT = 1 << 20


def clean_jpeg(content: bytes, orientation: int = UPRIGHT) -> bytes:
    """Return the same picture with its colour profile and orientation and nothing else that is said about it.

    CannotBeCleaned when the file is not built as a JPEG.
    """
    pieces = [b"\xff\xd8"]
    if orientation != UPRIGHT:
        pieces.append(_segment(_EXIF, b"Exif\x00\x00" + only_orientation(orientation)))
    for marker, piece in _segments(content):
        if marker == _JFIF:
            pieces.insert(1, _without_thumbnail(piece))
        elif not _is_said_about(marker, piece):
            pieces.append(piece)
    return b"".join([*(piece for piece in pieces if piece), b"\xff\xd9"])


def _is_said_about(marker: int, piece: bytes) -> bool:
    """Application data and comments, but for what is needed to see the colours right."""
    if marker == _PROFILE:
        return piece[4:16] != b"ICC_PROFILE\x00"
    if marker == _ADOBE:
        return piece[4:9] != b"Adobe"
    return marker == _COMMENT or 0xE0 <= marker <= 0xEF


def _without_thumbnail(piece: bytes) -> bytes:
    """JFIF's density without its small picture; its extensions are small pictures only."""
    if piece[4:9] != b"JFIF\x00" or len(piece) < 18:
        return b""
    return _segment(_JFIF, piece[4:16] + b"\x00\x00")


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each marker with its bytes, a scan with its coded data, up to the end of the picture."""
    if content[:2] != b"\xff\xd8":
        raise CannotBeCleaned
    at = 2
    while True:
        found = _NEXT_MARKER.match(content, at)
        if found is None:
            raise CannotBeCleaned
        marker = found[1][0]
        at = found.end()
        if marker == _END:
            return
        if marker in _ALONE or marker == _START:
            raise CannotBeCleaned
        length = int.from_bytes(content[at : at + 2], "big")
        end = at + length
        if length < 2 or end > len(content):
            raise CannotBeCleaned
        if marker == _SCAN:
            end = _end_of_scan(content, end)
        yield marker, bytes((0xFF, marker)) + content[at:end]
        at = end


def _end_of_scan(content: bytes, start: int) -> int:
    """Return where the marker behind a scan's data begins: what a pattern finds as well, ten times as fast."""
    for at in range(start, len(content) - 1, _LOOKED_AT):
        piece = np.frombuffer(content, np.uint8, min(_LOOKED_AT + 1, len(content) - at), at)
        places = np.flatnonzero(piece[:-1] == 0xFF)
        ends = places[~_GOES_ON[piece[places + 1]]]
        if len(ends):
            return at + int(ends[0])
    raise CannotBeCleaned
