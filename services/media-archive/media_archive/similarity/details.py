"""Where a picture has detail, as 4,096 bits: in microseconds they put notices of one template in order of likeness.

Bits are compared block by block, each block of 8 × 8 where it fits best within two pixels: what was cut off is known to
2.5 % only. Blocks of other words have other bits wherever they are moved.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

from media_archive.similarity.prints import WINDOWS

Words = npt.NDArray[np.uint64]

MOST_APART = 24.0
"""The highest distance, as of `detail_distances`, of pictures that are worth a closer look."""

_SIDE, _BLOCK, _SHIFT = 64, 8, 2
_RADIUS = 4
_LEAST, _SHARE = 3.0, 0.5
_WORST = 4
# Beyond the edges, as a part of the sides: what a window of one picture may reach beyond another picture.
_MARGIN = 0.2


def details_of(small: Image.Image) -> bytes:
    """Return the bits of a small copy, 512 bytes."""
    grey = np.asarray(small.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float64)
    return _packed(_bits(grey)).tobytes()


def detail_distances(seen: Image.Image, windows: tuple[int, int], kept: Words) -> npt.NDArray[np.float64]:
    """Return how far the bits of many pictures (n, 64) are from those of one, laid where the windows say: (n,) bits.

    It is the mean over the four blocks that differ most, 0 to 64.
    """
    bits, inside = _bits_in_place(seen, windows)
    shifts = range(2 * _SHIFT + 1)
    moved = np.stack([_packed(bits[y : y + _SIDE, x : x + _SIDE]) for y in shifts for x in shifts])
    apart = np.full((len(kept), moved.shape[1]), 64, np.uint8)
    for one in moved:
        np.minimum(apart, np.bitwise_count(kept ^ one), out=apart)
    apart[:, ~inside] = 0
    return np.sort(apart, axis=1)[:, -_WORST:].mean(axis=1)


def _bits_in_place(seen: Image.Image, windows: tuple[int, int]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return the bits of a picture on another's grid, with a margin for moving, and which blocks of it there are."""
    (left, top, right, bottom), its = WINDOWS[windows[0]], WINDOWS[windows[1]]
    across, down = (right - left) / (its[2] - its[0]), (bottom - top) / (its[3] - its[1])
    start_x, start_y = left - across * its[0], top - down * its[1]
    grey = seen.convert("L")
    pad_x, pad_y = round(grey.width * _MARGIN), round(grey.height * _MARGIN)
    padded = Image.fromarray(np.pad(np.asarray(grey), ((pad_y, pad_y), (pad_x, pad_x)), "edge"))
    edge = _SHIFT / _SIDE
    box = (
        pad_x + (start_x - edge * across) * grey.width,
        pad_y + (start_y - edge * down) * grey.height,
        pad_x + (start_x + (1 + edge) * across) * grey.width,
        pad_y + (start_y + (1 + edge) * down) * grey.height,
    )
    side = _SIDE + 2 * _SHIFT
    bits = _bits(np.asarray(padded.resize((side, side), Image.Resampling.BOX, box=box), np.float64))
    first = np.arange(_SIDE // _BLOCK) / (_SIDE // _BLOCK)
    last = first + _BLOCK / _SIDE
    x_inside = (start_x + across * first >= -0.001) & (start_x + across * last <= 1.001)
    y_inside = (start_y + down * first >= -0.001) & (start_y + down * last <= 1.001)
    return bits, (y_inside[:, None] & x_inside[None, :]).ravel()


def _bits(grey: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Tell where a picture is much lighter or darker than around: much, for this picture."""
    off = np.abs(grey - _blurred(grey))
    return off > max(_LEAST, _SHARE * float(np.sqrt((off**2).mean())))


def _blurred(grey: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    width = 2 * _RADIUS + 1
    for _ in range(2):
        padded = np.pad(grey, ((_RADIUS + 1, _RADIUS), (0, 0)), "edge").cumsum(axis=0)
        grey = ((padded[width:] - padded[:-width]) / width).T
    return grey


def _packed(bits: npt.NDArray[np.bool_]) -> Words:
    count = _SIDE // _BLOCK
    blocks = bits.reshape(count, _BLOCK, count, _BLOCK).swapaxes(1, 2).reshape(count * count, _BLOCK * _BLOCK)
    return np.packbits(blocks, axis=1).view(np.uint64).ravel()
