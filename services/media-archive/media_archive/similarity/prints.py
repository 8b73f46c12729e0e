"""What of a picture is kept to find its near-duplicates: a small copy, and hashes of that by which it is looked up.

The hash is the perceptual one of DCT coefficients against their median (Zauner 2010; bit for bit what `imagehash.phash`
makes of the same 32 × 32 pixels). Cutting off a margin changes many of its bits, so it is taken of eleven windows, all
or nearly all of the picture: some window of a cropped copy shows what some window of the whole shows.
"""

import io
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

LONGEST_SIDE = 320
"""Of the small copy, in pixels."""

_CUT, _HALF = 0.05, 0.025
WINDOWS: tuple[tuple[float, float, float, float], ...] = (
    (0, 0, 1, 1),
    (_HALF, _HALF, 1 - _HALF, 1 - _HALF),
    (_CUT, _CUT, 1 - _CUT, 1 - _CUT),
    *((left, top, 1 - right, 1 - bottom) for left, right in ((0, 0), (_CUT, 0), (0, _CUT))
      for top, bottom in ((0, 0), (_CUT, 0), (0, _CUT)) if left or right or top or bottom),
)  # fmt: skip
"""Left, top, right and bottom of the windows, as parts of width and height."""

BANDS = 4
_BAND_BITS = 16
_SIDE, _LOW = 32, 8
_LEAST_SPREAD = 4.0

Bits = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Hashes:
    """The hashes of a picture's windows, (11, 64) bits."""

    bits: Bits

    @property
    def words(self) -> npt.NDArray[np.uint64]:
        """The same as (11,) numbers of 64 bits."""
        return np.packbits(self.bits, axis=1).view(">u8").ravel().astype(np.uint64)

    def packed(self) -> bytes:
        """Return the hashes as they are kept, 8 bytes each."""
        return np.packbits(self.bits, axis=1).tobytes()

    def found_by(self) -> list[int]:
        """Return by what the picture is found: each band's value, with the band's number above its 16 bits."""
        return sorted({int(key) for key in _keys(self.bits).ravel()})


def is_plain(small: Image.Image) -> bool:
    """Tell whether nothing can be seen in it: all blank pages look alike, and nobody wants to hear of it."""
    return float(np.asarray(small.convert("L"), np.float64).std()) < _LEAST_SPREAD


def hashes_of(small: Image.Image) -> Hashes:
    """Return the hashes of a small copy."""
    grey = small.convert("L")
    low = np.stack([_low_frequencies(grey, window) for window in WINDOWS])
    middle = np.median(low, axis=1, keepdims=True)
    return Hashes(low > middle)


def unpacked(content: bytes) -> Image.Image:
    """Return the picture of a small copy."""
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGB")


def _low_frequencies(grey: Image.Image, window: tuple[float, float, float, float]) -> npt.NDArray[np.float64]:
    left, top, right, bottom = window
    box = (left * grey.width, top * grey.height, right * grey.width, bottom * grey.height)
    pixels = np.asarray(grey.resize((_SIDE, _SIDE), Image.Resampling.BOX, box=box), np.float64)
    cosines = _cosines()
    return (cosines @ pixels @ cosines.T).ravel()


@cache
def _cosines() -> npt.NDArray[np.float64]:
    """The lowest rows of the matrix of the DCT of type II, (8, 32)."""
    frequency, place = np.arange(_LOW)[:, None], np.arange(_SIDE)[None, :]
    return np.cos(np.pi * frequency * (2 * place + 1) / (2 * _SIDE))


def _keys(bits: Bits) -> npt.NDArray[np.int64]:
    """Return the keys of hashes: (n, 64) bits to (n, 4) numbers."""
    values = np.packbits(bits, axis=1).view(">u2").astype(np.int64)
    return values + (np.arange(BANDS) << _BAND_BITS)


def distances(asked: npt.NDArray[np.uint64], kept: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Return in how many bits every window of one picture (11,) differs from every one of many (n, 11): (n, 11, 11)."""
    return np.bitwise_count(asked[None, :, None] ^ kept[:, None, :]).astype(np.int64)
