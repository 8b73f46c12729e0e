"""How many pictures are in a file, and how large: looked at no further than is wanted, for a small file may name
millions of them, and behind a small one an enormous one."""

import mmap
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from media_archive.renditions.clean.errors import CannotBeCleaned
from media_archive.renditions.clean.gif import EXTENSION, HEAD_BYTES, PICTURE, past_blocks, table_bytes

MOST = 5_000
"""More pictures than this are not counted."""


@dataclass(frozen=True, slots=True)
class Frames:
    """The pictures of a file: how many (at most one more than MOST), pixels of the largest, pixels of all."""

    number: int
    largest: int
    total: int


def frames_of(image: Image.Image, path: Path) -> Frames:
    """Return the pictures in a file that is open."""
    if image.format == "TIFF":
        return _of_tiff(image)
    number = _in_gif(path) if image.format == "GIF" else int(getattr(image, "n_frames", 1))
    pixels = image.width * image.height
    return Frames(number, pixels, number * pixels)


def _of_tiff(image: Image.Image) -> Frames:
    """Each directory names the next, and each page has a size of its own; Pillow would follow them all."""
    sizes = [image.width * image.height]
    while len(sizes) <= MOST:
        try:
            image.seek(len(sizes))
        except EOFError:
            break
        sizes.append(image.width * image.height)
    image.seek(0)
    return Frames(len(sizes), max(sizes), sum(sizes))


def _in_gif(path: Path) -> int:
    """Pictures follow one another, each with its data in blocks (GIF89a, appendix B); what is cut off ends there."""
    found = 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = HEAD_BYTES + table_bytes(content[10]) if len(content) > HEAD_BYTES else len(content)
        try:
            while found <= MOST and at + 10 <= len(content) and content[at] in (PICTURE, EXTENSION):
                is_picture = content[at] == PICTURE
                at = past_blocks(content, at + 11 + table_bytes(content[at + 9]) if is_picture else at + 2)
                found += is_picture
        except CannotBeCleaned:
            found += 1
    return max(1, found)
