"""Whether two pictures whose hashes are alike show the same: laid over one another, nothing may be left that differs.

Notices made from one template have nearly the same hashes. What tells them apart is small: so the second picture is
moved and stretched until it fits on the first (Lucas and Kanade's way, 1981: Gauss-Newton on offset and scale of both
axes), brought to its brightness, and judged where it differs most.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from media_archive.similarity.prints import WINDOWS

Plane = npt.NDArray[np.float64]
Window = tuple[float, float, float, float]

MOST_DIFFERENCE = 1.0
"""The highest difference, as of `difference`, of pictures that show the same."""


@dataclass(frozen=True, slots=True)
class _Allowance:
    """What may be left at a block of pictures that show the same: `most` times what this much misfit and noise leave.

    `misfit` is the square of the part of a pixel by which pictures may be off, `noise` in levels of grey.
    """

    misfit: float
    noise: float
    most: float


# Cut, brightened and scaled pictures never fit to the pixel. What fits as it is has to fit well: whoever changes one
# number on a notice changes nothing else.
_LOOSE, _TIGHT = _Allowance(1.0, 3.0, 4.0), _Allowance(0.1, 8.0, 1.5)
_AS_IT_IS = 0.004


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at two pictures stretched to squares of this side.

    `rounds` of fitting, at parts of the side; pictures that differ by more than `most`, or `most_lit` in another light,
    are looked at no further.
    """

    side: int
    rounds: tuple[tuple[int, int], ...]
    most: float
    most_lit: float


# Few pixels tell most pairs apart, many tell apart those with a few other words on them. What shows the same in the
# same light is left with 1.2 at the first look and 2.5 at the second; how much brighter one is, few pixels tell badly.
_LOOKS = (
    _Look(64, ((2, 5), (1, 4)), 2.5, 12.0),
    _Look(128, ((1, 4),), 5.0, 9.0),
    _Look(256, ((1, 2),), _LOOSE.most, _LOOSE.most),
)
# A fit is good when a round moves it by no more than this part of a pixel.
_CLOSE = 0.1
# A crop keeps at least 85 % of each side; what needs more is no crop that we look for.
_LEAST_STRETCH, _MOST_STRETCH = 0.84, 1.19
_LEAST_COMMON = 0.7
_BLOCK = 8
_LIMIT, _DARK = 250.0, 8.0
_CLEARLY, _MOST_LEFT = 0.7, 40.0
_LIT_SIDE, _SOME = 128, 4
_LEAST_COLOUR, _LEAST_LIT = 3.0, 100


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a point of the first picture is in the second: `x · stretch + offset`, all in parts of the sides."""

    offset: tuple[float, float]
    stretch: tuple[float, float]

    @classmethod
    def of(cls, first: Window, second: Window) -> "Fit":
        """Return the fit by which one window lies on the other."""
        stretch_x = (second[2] - second[0]) / (first[2] - first[0])
        stretch_y = (second[3] - second[1]) / (first[3] - first[1])
        return cls((second[0] - stretch_x * first[0], second[1] - stretch_y * first[1]), (stretch_x, stretch_y))

    def is_within(self, other: "Fit", most: float) -> bool:
        """Tell whether both say nearly the same of every point."""
        mine, its = (*self.offset, *self.stretch), (*other.offset, *other.stretch)
        return all(abs(one - another) <= most for one, another in zip(mine, its, strict=True))


class Planes:
    """A small copy stretched to squares, each of them made once."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image
        self._made: dict[int, Plane] = {}

    def of(self, side: int) -> Plane:
        """Return the pixels of a square of this side, (side, side, 3)."""
        if side not in self._made:
            square = self._image.resize((side, side), Image.Resampling.BOX)
            self._made[side] = np.asarray(square, np.float64)
        return self._made[side]


def difference(first: Planes, second: Planes, windows: tuple[int, int]) -> float:
    """Return how much two small copies differ where they differ most: 0 to 1 for those that show the same.

    `windows` are the numbers of those (of prints.WINDOWS) whose hashes are alike. The unit is what is allowed to be
    left at a block of 8 pixels of 256.
    """
    fit = Fit.of(WINDOWS[windows[0]], WINDOWS[windows[1]])
    left, gain = _Left(float("inf"), float("inf")), 1.0
    for look in _LOOKS:
        gain = _gain(first.of(_LIT_SIDE), second.of(_LIT_SIDE), fit)
        both = _same_light(first.of(look.side), second.of(look.side), gain)
        fit = _fitted(*both, fit, look.rounds)
        left = _left_over(*both, fit)
        if left.loose > (look.most if gain == 1 else look.most_lit):
            return max(left.loose / _LOOSE.most, MOST_DIFFERENCE + 1)
    if gain == 1 and fit.is_within(Fit((0, 0), (1, 1)), _AS_IT_IS):
        return left.tight / _TIGHT.most
    return left.loose / _LOOSE.most


@dataclass(frozen=True, slots=True)
class _Left:
    """What is left where two pictures differ most, by both allowances."""

    loose: float
    tight: float


def _left_over(one: Plane, other: Plane, fit: Fit) -> _Left:
    there = _there(fit, len(other))
    if there.share < _LEAST_COMMON or not all(_LEAST_STRETCH <= each <= _MOST_STRETCH for each in fit.stretch):
        return _Left(float("inf"), float("inf"))
    return _worst(one, _warped(other, there), there.inside)


def _fitted(one: Plane, other: Plane, fit: Fit, steps: tuple[tuple[int, int], ...]) -> Fit:
    for step, rounds in steps:
        here, there = _coarse(one, step), _coarse(other, step)
        for _ in range(rounds):
            before, fit = fit, _nearer(here, there, fit)
            if fit.is_within(before, _CLOSE / here.shape[0]):
                break
    return fit


def _coarse(plane: Plane, step: int) -> Plane:
    """Return a plane of half, or a quarter, of the side."""
    while step > 1:
        plane = (plane[::2] + plane[1::2]) / 2
        plane = (plane[:, ::2] + plane[:, 1::2]) / 2
        step //= 2
    return plane


def _nearer(one: Plane, other: Plane, fit: Fit) -> Fit:
    """One step of Gauss-Newton: offsets and stretches, and gain and lift of brightness beside them."""
    side = len(one)
    there = _there(fit, side)
    if there.share == 0:
        return fit
    moved = _warped(other, there)
    slope_y, slope_x = _slopes(moved, there.inside)
    rows, columns = there.inside
    middle = (np.arange(side) + 0.5) / side
    known = np.empty((6, *slope_x.shape))
    known[0], known[1] = slope_x, slope_x * middle[None, columns]
    known[2], known[3] = slope_y, slope_y * middle[rows, None]
    known[4], known[5] = moved[there.inside], 128
    known = known.reshape(6, -1)
    found = np.linalg.lstsq(known @ known.T, known @ one[there.inside].ravel(), rcond=1e-9)[0]
    gain = found[4] if abs(found[4]) > 0.2 else 1.0
    # Slopes are per pixel of the moved picture, which is `stretch` pixels of the other.
    shift = np.clip(found[:4] / gain / side, -0.03, 0.03)
    (offset_x, offset_y), (stretch_x, stretch_y) = fit.offset, fit.stretch
    return Fit(
        (float(offset_x + shift[0] * stretch_x), float(offset_y + shift[2] * stretch_y)),
        (float(stretch_x * (1 + shift[1])), float(stretch_y * (1 + shift[3]))),
    )


@dataclass(frozen=True, slots=True)
class _There:
    """Where in the second picture, in pixels, the rows and columns of the first's grid are, and the rectangle of that
    grid for which there is any of it."""

    y: Plane
    x: Plane
    inside: tuple[slice, slice]

    @property
    def share(self) -> float:
        """Return which part of the grid the rectangle is."""
        rows, columns = (max(0, each.stop - each.start) for each in self.inside)
        return rows * columns / (len(self.y) * len(self.x))


def _there(fit: Fit, side: int) -> _There:
    middle = (np.arange(side) + 0.5) / side
    x = (middle * fit.stretch[0] + fit.offset[0]) * side - 0.5
    y = (middle * fit.stretch[1] + fit.offset[1]) * side - 0.5
    return _There(y, x, (_range(y), _range(x)))


def _range(at: Plane) -> slice:
    """Not at the very edge: half of a pixel there was cut off."""
    side = len(at)
    start, stop = np.searchsorted(at, 1), np.searchsorted(at, side - 2, "right")
    return slice(max(1, int(start)), min(side - 1, int(stop)))


def _warped(other: Plane, there: _There) -> Plane:
    """Return the second picture on the first's grid."""
    return _between(_between(other, there.y).swapaxes(0, 1), there.x).swapaxes(0, 1)


def _slopes(plane: Plane, inside: tuple[slice, slice]) -> tuple[Plane, Plane]:
    """Return how steep a plane is downwards and to the right, inside of a rectangle that leaves its edges out."""
    rows, columns = inside
    down = plane[rows.start + 1 : rows.stop + 1, columns] - plane[rows.start - 1 : rows.stop - 1, columns]
    right = plane[rows, columns.start + 1 : columns.stop + 1] - plane[rows, columns.start - 1 : columns.stop - 1]
    return down / 2, right / 2


def _between(rows: Plane, at: Plane) -> Plane:
    """Return rows at fractional places, by straight lines between neighbours."""
    low = np.clip(np.floor(at).astype(int), 0, len(rows) - 2)
    share = np.clip(at - low, 0, 1).reshape(-1, *[1] * (rows.ndim - 1))
    return rows[low] * (1 - share) + rows[low + 1] * share


def _same_light(one: Plane, other: Plane, gain: float) -> tuple[Plane, Plane]:
    """Return both as grey, the darker made as bright as the other; what that drives beyond white is white in both.

    Colours are told apart, as brightening drives each beyond its own end; a grey picture has none.
    """
    if min(_colour(one), _colour(other)) < _LEAST_COLOUR:
        one, other = _grey(one)[..., None], _grey(other)[..., None]
    return _grey(np.minimum(one * max(1.0, gain), 255)), _grey(np.minimum(other / min(1.0, gain), 255))


def _gain(one: Plane, other: Plane, fit: Fit) -> float:
    """Return how many times as bright the second is: of the ratios of its pixels the one that explains most of them.

    Some pixels as they are: the mean of white and of another colour is not as much brighter as that colour is.
    """
    there = _there(fit, len(other))
    common = np.zeros(one.shape[:2], np.bool_)
    common[there.inside] = True
    some = _There(there.y[::_SOME], there.x[::_SOME], there.inside)
    one, other, common = one[::_SOME, ::_SOME], _warped(other, some), common[::_SOME, ::_SOME]
    if min(_colour(one), _colour(other)) < _LEAST_COLOUR:
        one, other = _grey(one)[..., None], _grey(other)[..., None]
    use = common[..., None] & (one < _LIMIT) & (other < _LIMIT) & (one > _DARK) & (other > _DARK)
    if use.sum() < _LEAST_LIT:
        return 1.0
    ratios = np.quantile(other[use] / one[use], (0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95))
    one, other = one[common], other[common]

    def unexplained(gain: float) -> float:
        brighter = np.minimum(one * max(1.0, gain), 255) - np.minimum(other / min(1.0, gain), 255)
        return float(np.minimum(np.abs(brighter) / max(1.0, gain, 1 / gain), _MOST_LEFT).mean())

    found = min(map(float, ratios), key=unexplained)
    return found if unexplained(found) < _CLEARLY * unexplained(1.0) else 1.0


def _colour(pixels: Plane) -> float:
    red, green, blue = (pixels[..., colour] for colour in range(3))
    return float((np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)).mean())


def _grey(pixels: Plane) -> Plane:
    return pixels @ np.array([0.299, 0.587, 0.114]) if pixels.shape[-1] == 3 else pixels[..., 0]


def _worst(one: Plane, other: Plane, inside: tuple[slice, slice]) -> _Left:
    """Return the largest difference of a block against what each allowance leaves there, the loose and the tight."""
    one, other = _blurred(one), _blurred(other)
    left, slopes, weight = np.zeros_like(one), np.zeros_like(one), np.zeros_like(one)
    left[inside] = (one[inside] - other[inside]) ** 2
    slopes[inside] = sum(slope**2 for plane in (one, other) for slope in _slopes(plane, inside)) / 2
    weight[inside] = 1
    left, slopes, weight = _blocks(left), _blocks(slopes), _blocks(weight)
    left[weight <= _BLOCK * _BLOCK / 2] = 0
    loose, tight = (
        float((left / (allowed.misfit * slopes + np.maximum(weight, 1) * allowed.noise**2)).max())
        for allowed in (_LOOSE, _TIGHT)
    )
    return _Left(loose, tight)


def _blurred(plane: Plane) -> Plane:
    """Return a plane without its finest detail, which scaling changes."""
    for _ in range(2):
        padded = np.pad(plane, ((1, 1), (0, 0)), "edge")
        plane = ((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4).T
    return plane


def _blocks(plane: Plane) -> Plane:
    """Return sums over blocks that overlap by half."""
    half = _BLOCK // 2
    count = plane.shape[0] // half
    cells = plane.reshape(count, half, count, half).sum(axis=(1, 3))
    return cells[:-1, :-1] + cells[1:, :-1] + cells[:-1, 1:] + cells[1:, 1:]
