"""The public copy of a picture: the same coded pixels where the format lets us, decoded and coded again where not."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path

from PIL import Image, ImageSequence, TiffImagePlugin

from media_archive.renditions.clean.errors import CannotBeCleaned
from media_archive.renditions.clean.gif import clean_gif
from media_archive.renditions.clean.jpeg import clean_jpeg
from media_archive.renditions.clean.png import clean_png
from media_archive.renditions.clean.webp import clean_webp
from media_archive.renditions.images import opened, orientation_of, upright
from media_archive.uploads.media_types import GIF, HEIC, JPEG, PNG, TIFF, WEBP, MediaType

_MOST_BYTES = 300_000_000
_QUALITY = 92
_LOSSLESS: Mapping[MediaType, Callable[[bytes, int], bytes]] = {JPEG: clean_jpeg, PNG: clean_png, WEBP: clean_webp}
_TIFF_MODES = ("1", "L", "RGB", "RGBA", "CMYK", "I;16")


def clean_picture(path: Path, media_type: MediaType) -> tuple[bytes, MediaType]:
    """Return the copy and its type: a HEIC becomes a JPEG, as no library of ours writes HEIC.

    CannotBeCleaned when the file is not built as its type says, or either is larger than 300 MB; images.UNREADABLE when
    its pixels can't be decoded.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise CannotBeCleaned
    if media_type in _LOSSLESS:
        return _LOSSLESS[media_type](path.read_bytes(), _orientation(path)), media_type
    if media_type == GIF:
        return clean_gif(path.read_bytes()), GIF
    if media_type == HEIC:
        return _as_jpeg(path), JPEG
    return _as_tiff(path), TIFF


def _orientation(path: Path) -> int:
    with opened(path) as image:
        return orientation_of(image)


def _as_jpeg(path: Path) -> bytes:
    with opened(path) as image:
        profile = image.info.get("icc_profile")
        pixels = upright(image).convert("RGB")
    buffer = io.BytesIO()
    _bare(pixels).save(buffer, "JPEG", quality=_QUALITY, icc_profile=profile)
    return buffer.getvalue()


def _as_tiff(path: Path) -> bytes:
    """Page by page: all pages of a small file at once may be more than a machine has room for."""
    buffer = io.BytesIO()
    with opened(path) as image, TiffImagePlugin.AppendingTiffWriter(buffer) as pages:
        for page in ImageSequence.Iterator(image):
            _bare(_plain(upright(page))).save(pages, "TIFF", compression="tiff_lzw")
            pages.newFrame()
            if buffer.tell() > _MOST_BYTES:
                raise CannotBeCleaned
    return buffer.getvalue()


def _plain(image: Image.Image) -> Image.Image:
    return image if image.mode in _TIFF_MODES else image.convert("RGB")


def _bare(image: Image.Image) -> Image.Image:
    """Pixels only: `info` and tags of the old one are what savers pick up."""
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    return bare
