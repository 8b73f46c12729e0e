"""Where pictures keep what they say of themselves: blocks of EXIF, IIM and XMP, found without decoding a pixel."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pi_heif

from media_archive.metadata import exif
from media_archive.metadata.xmp import LONGEST

_MOST_BLOCKS = 2_000
_LONGEST_TIFF = 64_000_000
_XMP_HEAD, _EXIF_HEAD, _PHOTOSHOP_HEAD = b"http://ns.adobe.com/xap/1.0/\0", b"Exif\0\0", b"Photoshop 3.0\0"
_XMP_WORD = b"XML:com.adobe.xmp\0"
_PNG_WORDS = {b"Title": "title", b"Description": "description", b"Author": "creator", b"Copyright": "rights"}


@dataclass(slots=True)
class Blocks:
    """The first block of each kind, and what PNG says in words of its own."""

    exif: bytes = b""
    iim: bytes = b""
    xmp: bytes = b""
    words: dict[str, bytes] | None = None


def blocks_of(path: Path, media_type: str) -> Blocks:
    """Return the blocks of a picture; what is damaged or too long is left out."""
    blocks = Blocks()
    if media_type == "image/heic":
        _of_heic(path, blocks)
        return blocks
    with path.open("rb") as file:
        match media_type:
            case "image/jpeg":
                _of_jpeg(file, blocks)
            case "image/png":
                _of_png(file, blocks)
            case "image/webp":
                _of_webp(file, blocks)
            case "image/tiff":
                # A TIFF is what EXIF is made of; pictures whose directory stands behind their pixels have to be short.
                blocks.exif = file.read(_LONGEST_TIFF)
            case _:
                pass
    tags = exif.tags_of(blocks.exif)
    blocks.iim = blocks.iim or tags.get(exif.IIM_TAG, b"")
    blocks.xmp = blocks.xmp or tags.get(exif.XMP_TAG, b"")
    return blocks


def _of_jpeg(file: BinaryIO, blocks: Blocks) -> None:
    file.seek(2)
    for _ in range(_MOST_BLOCKS):
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] == 0xDA:
            return
        content = file.read(max(0, int.from_bytes(head[2:], "big") - 2))
        if head[1] == 0xE1 and content.startswith(_EXIF_HEAD):
            blocks.exif = blocks.exif or content[len(_EXIF_HEAD) :]
        elif head[1] == 0xE1 and content.startswith(_XMP_HEAD):
            blocks.xmp = blocks.xmp or content[len(_XMP_HEAD) :]
        elif head[1] == 0xED and content.startswith(_PHOTOSHOP_HEAD):
            blocks.iim = blocks.iim or _iim_of(content[len(_PHOTOSHOP_HEAD) :])


def _iim_of(resources: bytes) -> bytes:
    """Return the resource 0x0404 of Photoshop's image resources."""
    place = 0
    for _ in range(_MOST_BLOCKS):
        if resources[place : place + 4] != b"8BIM" or place + 12 > len(resources):
            return b""
        number = int.from_bytes(resources[place + 4 : place + 6], "big")
        name = resources[place + 6] + 1
        at = place + 6 + name + name % 2
        size = int.from_bytes(resources[at : at + 4], "big")
        if number == 0x0404:
            return resources[at + 4 : at + 4 + size]
        place = at + 4 + size + size % 2
    return b""


def _chunks(file: BinaryIO, order: str, *, is_padded: bool) -> Iterator[tuple[bytes, bytes]]:
    """Return the names and contents of chunks; what is longer than LONGEST is passed over."""
    size_first = not is_padded
    for _ in range(_MOST_BLOCKS):
        head = file.read(8)
        if len(head) < 8:
            return
        size_part, name = (head[:4], head[4:]) if size_first else (head[4:], head[:4])
        size = struct.unpack(order + "I", size_part)[0]
        rest = 4 if size_first else size % 2
        if size <= LONGEST:
            yield name, file.read(size)
            file.seek(rest, 1)
        else:
            file.seek(size + rest, 1)


def _of_png(file: BinaryIO, blocks: Blocks) -> None:
    file.seek(8)
    blocks.words = {}
    for name, content in _chunks(file, ">", is_padded=False):
        if name == b"eXIf":
            blocks.exif = blocks.exif or content
        elif name == b"iTXt" and content.startswith(_XMP_WORD):
            blocks.xmp = blocks.xmp or _international(content[len(_XMP_WORD) - 1 :])
        elif name in (b"tEXt", b"iTXt"):
            word, _, text = content.partition(b"\0")
            if word in _PNG_WORDS:
                blocks.words[_PNG_WORDS[word]] = text if name == b"tEXt" else _international(b"\0" + text)
        elif name == b"IEND":
            return


def _international(content: bytes) -> bytes:
    """Return the text of an `iTXt` chunk from behind its keyword: flag, method, language, translated keyword, text."""
    is_packed = content[1:2] == b"\x01"
    parts = content[3:].split(b"\0", 2)
    text = parts[2] if len(parts) == 3 else b""
    if not is_packed:
        return text
    try:
        return zlib.decompressobj().decompress(text, LONGEST)
    except zlib.error:
        return b""


def _of_webp(file: BinaryIO, blocks: Blocks) -> None:
    file.seek(12)
    for name, content in _chunks(file, "<", is_padded=True):
        if name == b"EXIF":
            blocks.exif = blocks.exif or content.removeprefix(_EXIF_HEAD)
        elif name == b"XMP ":
            blocks.xmp = blocks.xmp or content


def _of_heic(path: Path, blocks: Blocks) -> None:
    try:
        info = pi_heif.open_heif(path, convert_hdr_to_8bit=False).info
    except (OSError, ValueError, SyntaxError, EOFError):
        return
    content, about = info.get("exif"), info.get("xmp")
    blocks.exif = content.removeprefix(_EXIF_HEAD) if isinstance(content, bytes) else b""
    blocks.xmp = about if isinstance(about, bytes) else b""
