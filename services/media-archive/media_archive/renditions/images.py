"""Small pictures of large ones: one decode for all sizes, upright, and with nothing of the camera left in them."""

import io
import struct
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pi_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from media_archive.renditions.frames import Frames, frames_of

# Ours is the limit on pixels (uploads.inspection); Pillow's would only warn.
Image.MAX_IMAGE_PIXELS = None
# Memory in pieces that the allocator asks of the system and gives back. Of Pillow's own 16 MB each thread keeps what it
# once needed: a few enormous pictures left a worker with 6 GB.
Image.core.set_block_size(64 << 20)
pi_heif.register_heif_opener()

UNREADABLE = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError)
"""What `opened` raises for files that are none of Pillow's pictures, cut off or damaged."""
# What else Pillow runs into when a damaged picture tells it nonsense.
_STUMBLES = (TypeError, AttributeError, LookupError, ArithmeticError, RuntimeError, struct.error, zlib.error)

_LARGE_PIXELS = 40_000_000
_one_large = threading.RLock()

UPRIGHT = 1
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_QUALITY = 82
# What is larger is a JPEG: a seventh of the time for half as much again bytes, and few ask for it.
_LARGEST_WEBP, _JPEG_QUALITY = 1_024, 80
# Of 0 to 6. More takes up to five times as long for a file hardly smaller.
_EFFORT = 0
# How much smaller than asked for a large picture may be where that spares half of the work.
_NEARLY, _LARGE = 0.96, 1_024
_WHITE = (255, 255, 255)


class PictureDamaged(ValueError):
    """Pillow stumbled over what a picture says of itself."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded rendition."""

    content: bytes
    media_type: str
    width: int
    height: int


@contextmanager
def opened(source: Path | bytes) -> Iterator[Image.Image]:
    """Give a picture of strangers; UNREADABLE, and nothing else, for whatever is wrong with it."""
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image, _room_for(image):
            yield image
    except _STUMBLES as error:
        raise PictureDamaged from error


def _room_for(image: Image.Image) -> AbstractContextManager[object]:
    """A picture of 120 megapixels with transparency takes 1.5 GB to be made small: one such at a time."""
    return _one_large if image.width * image.height > _LARGE_PIXELS else nullcontext()


def orientation_of(image: Image.Image) -> int:
    """Return which way up EXIF says a picture is, 1 to 8 (TIFF 6.0, section 8); what is damaged says nothing."""
    try:
        said = image.getexif().get(ExifTags.Base.Orientation)
    except (*_STUMBLES, *UNREADABLE):
        return UPRIGHT
    return said if isinstance(said, int) and said in _TURNS else UPRIGHT


def upright(image: Image.Image) -> Image.Image:
    """Return the picture as it is to be looked at. Pillow's own would also write EXIF anew, and fail where it can't."""
    image.load()  # A TIFF is turned by being read, and says so no longer.
    said = orientation_of(image)
    return image if said == UPRIGHT else image.transpose(_TURNS[said])


def measure(path: Path) -> Frames:
    """Return how many pictures there are and how large, without decoding pixels."""
    with opened(path) as image:
        return frames_of(image, path)


def decode_roughly(path: Path) -> None:
    """Decode the whole file as cheaply as its format allows; raises OSError when data is missing."""
    with opened(path) as image:
        image.draft("RGB", (max(1, image.width // 8), max(1, image.height // 8)))
        image.load()


def thumbnails(source: Path | bytes, sides: Sequence[int]) -> list[Picture]:
    """Return the picture at each of these longest sides, all from one decode; never enlarged.

    The result has no metadata: orientation is applied, EXIF, GPS, XMP and comments are left behind.
    """
    return [encode(image) for image in sizes(source, sides)]


def sizes(source: Path | bytes, sides: Sequence[int]) -> list[Image.Image]:
    """Return the pixels, RGB, of the picture at each of these longest sides: what `thumbnails` encodes."""
    most = max(sides)
    with opened(source) as image:
        _decode_smaller(image, most)
        current = flat(upright(image))
    images: dict[int, Image.Image] = {}
    for side in sorted(set(sides), reverse=True):
        images[side] = current = _shrunk(current, side)
    return [images[side] for side in sides]


def _decode_smaller(image: Image.Image, side: int) -> None:
    """JPEG can be decoded at a half, a quarter or an eighth of its size: its own way of shrinking, and the quickest.

    Telephones' pictures of 4,000 to 4,100 pixels give half of that, which is taken for 2,048. What becomes a really
    small picture is shrunk from more pixels than it has, whatever its format.
    """
    if side < _LARGE:
        image.draft("RGB", (side, side))
    elif (share := side * _NEARLY / max(image.size)) < 1:
        image.draft("RGB", (max(1, int(image.width * share)), max(1, int(image.height * share))))
    image.load()


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    """Hamming's filter is as sharp as the bicubic one when shrinking, at two thirds of the time. Whole squares of
    pixels become one in a quarter of that. Small pictures, of which prints are taken, are filtered from all pixels that
    there are: however large a copy is, it shall look the same."""
    longest = max(image.size)
    if longest <= side:
        return image
    factor = -(-longest // side)
    if side >= _LARGE and longest >= factor * side * _NEARLY:
        return image.reduce(factor)
    width, height = (max(1, round(length * side / longest)) for length in image.size)
    return image.resize((width, height), Image.Resampling.HAMMING, reducing_gap=1.0 if side >= _LARGE else 2.0)


def readable(source: Path, number: int = 0) -> bytes:
    """Return the picture, or one of those in a file, as PNG for the reader of text: upright, grey, at most 4,000 pixels
    on its longest side."""
    with opened(source) as image:
        image.seek(number)
        image.draft("L", (4_000, 4_000))
        grey = flat(upright(image)).convert("L")
    grey.thumbnail((4_000, 4_000), Image.Resampling.LANCZOS)
    return _png(grey)


def flat(image: Image.Image) -> Image.Image:
    """Return RGB pixels; what was transparent becomes white paper."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, _WHITE)
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    return image if image.mode == "RGB" else image.convert("RGB")


def encode(image: Image.Image) -> Picture:
    """Return RGB pixels as WebP or, when more than 1,024 a side, JPEG, and nothing of what else is known of them."""
    # A new image carries pixels only: `info` of the old one holds EXIF, ICC and XMP, which savers pick up.
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    buffer = io.BytesIO()
    if max(clean.size) > _LARGEST_WEBP:
        clean.save(buffer, "JPEG", quality=_JPEG_QUALITY)
        return Picture(buffer.getvalue(), "image/jpeg", clean.width, clean.height)
    clean.save(buffer, "WEBP", quality=_QUALITY, method=_EFFORT)
    return Picture(buffer.getvalue(), "image/webp", clean.width, clean.height)


def _png(image: Image.Image) -> bytes:
    clean = Image.new("L", image.size)
    clean.paste(image)
    buffer = io.BytesIO()
    clean.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
