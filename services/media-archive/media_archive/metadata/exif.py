"""The few tags of EXIF and TIFF that say what a picture is. No place, no device: those tags are never looked at."""

import struct
from collections.abc import Iterator

from media_archive.metadata.embedded import Embedded, said
from media_archive.metadata.encodings import decoded

XMP_TAG, IIM_TAG = 700, 33723

_EXIF_IFD = 0x8769
_DESCRIPTION, _ARTIST, _COPYRIGHT = 0x010E, 0x013B, 0x8298
_TAKEN, _DIGITIZED = 0x9003, 0x9004
_XP_TITLE, _XP_COMMENT, _XP_AUTHOR, _XP_KEYWORDS, _XP_SUBJECT = 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F
_WANTED = frozenset(
    (_EXIF_IFD, _DESCRIPTION, _ARTIST, _COPYRIGHT, _TAKEN, _DIGITIZED, _XP_TITLE, _XP_COMMENT, _XP_AUTHOR,
     _XP_KEYWORDS, _XP_SUBJECT, XMP_TAG, IIM_TAG)
)  # fmt: skip
_SIZES = {1: 1, 2: 1, 4: 4, 7: 1}
_MOST_ENTRIES = 1_000
_LONGEST_VALUE = 1_000_000

Tags = dict[int, bytes]


def tags_of(block: bytes) -> Tags:
    """Return the wanted tags of a TIFF structure: the first directory's and those of its EXIF directory.

    Damaged structures give what could be read. Numbers are given as four bytes, big end first.
    """
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:
        return {}
    tags = dict(_entries(block, struct.unpack_from(order + "I", block, 4)[0], order))
    if _EXIF_IFD in tags:
        tags = {**dict(_entries(block, int.from_bytes(tags.pop(_EXIF_IFD), "big"), order)), **tags}
    return tags


def _entries(block: bytes, start: int, order: str) -> Iterator[tuple[int, bytes]]:
    if start + 2 > len(block):
        return
    count = min(struct.unpack_from(order + "H", block, start)[0], _MOST_ENTRIES)
    for place in range(start + 2, min(start + 2 + 12 * count, len(block) - 11), 12):
        tag, kind, number = struct.unpack_from(order + "HHI", block, place)
        size = _SIZES.get(kind, 0) * number
        if tag not in _WANTED or not 0 < size <= _LONGEST_VALUE:
            continue
        at = place + 8 if size <= 4 else struct.unpack_from(order + "I", block, place + 8)[0]
        value = block[at : at + size]
        if kind == 4 and number == 1 and len(value) == 4:
            value = struct.unpack(order + "I", value)[0].to_bytes(4, "big")
        yield tag, value


def read(tags: Tags) -> Embedded:
    """Return what tags say."""
    wide = {tag: tags[tag].decode("utf-16-le", errors="replace") for tag in tags if _XP_TITLE <= tag <= _XP_SUBJECT}
    plain = {tag: decoded(tags[tag].partition(b"\0")[0]) for tag in (_DESCRIPTION, _ARTIST, _COPYRIGHT) if tag in tags}
    day = tags.get(_TAKEN) or tags.get(_DIGITIZED) or b""
    return said(
        title=wide.get(_XP_TITLE, ""),
        description=plain.get(_DESCRIPTION) or wide.get(_XP_COMMENT) or wide.get(_XP_SUBJECT, ""),
        keywords=wide.get(_XP_KEYWORDS, "").split(";"),
        creator=plain.get(_ARTIST) or wide.get(_XP_AUTHOR, ""),
        rights=plain.get(_COPYRIGHT, ""),
        day=day.decode("ascii", errors="replace"),
    )
