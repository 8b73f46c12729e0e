"""Small pictures of large ones: one decode for all sizes, upright, and with nothing of the camera left in them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pi_heif
from PIL import Image, ImageOps, UnidentifiedImageError

# Ours is the limit on pixels (uploads.inspection); Pillow's would only warn.
Image.MAX_IMAGE_PIXELS = None
pi_heif.register_heif_opener()

UNREADABLE = (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError)
"""What Pillow raises for files that are none of its pictures, cut off or damaged."""

_QUALITY = 82
# What is larger is a JPEG: a seventh of the time for half as much again bytes, and few ask for it.
_LARGEST_WEBP, _JPEG_QUALITY = 1_024, 80
# Of 0 to 6. More takes up to five times as long for a file hardly smaller.
_EFFORT = 0
# How much smaller than asked for a large picture may be where that spares half of the work.
_NEARLY, _LARGE = 0.96, 1_024
_WHITE = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded rendition."""

    content: bytes
    media_type: str
    width: int
    height: int


def measure(path: Path) -> tuple[int, int, int]:
    """Return width, height and number of frames without decoding pixels."""
    with Image.open(path) as image:
        return image.width, image.height, int(getattr(image, "n_frames", 1))


def decode_roughly(path: Path) -> None:
    """Decode the whole file as cheaply as its format allows; raises OSError when data is missing."""
    with Image.open(path) as image:
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
    with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
        _decode_smaller(image, most)
        ImageOps.exif_transpose(image, in_place=True)
        current = flat(image)
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
    with Image.open(source) as image:
        image.seek(number)
        image.draft("L", (4_000, 4_000))
        grey = flat(ImageOps.exif_transpose(image)).convert("L")
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
