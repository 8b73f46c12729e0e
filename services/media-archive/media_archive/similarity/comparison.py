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

    `rounds` of fitting, at parts of the side; pictures that differ by more than `most` are looked at no further.
    """

    side: int
    rounds: tuple[tuple[int, int], ...]
    most: float


# Few pixels tell most pairs apart, many tell apart those with a few other words on them.
_LOOKS = (_Look(64, ((2, 5), (1, 4)), 6.0), _Look(128, ((1, 4),), 9.0), _Look(256, ((1, 2),), _LOOSE.most))
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


def difference(first: Image.Image, second: Image.Image, windows: tuple[int, int]) -> float:
    """Return how much two small copies differ where they differ most: 0 to 1 for those that show the same.

    `windows` are the numbers of those (of prints.WINDOWS) whose hashes are alike. The unit is what is allowed to be
    left at a block of 8 pixels of 256.
    """
    fit = Fit.of(WINDOWS[windows[0]], WINDOWS[windows[1]])
    left, gain = _Left(float("inf"), float("inf")), 1.0
    for look in _LOOKS:
        gain = _gain(_pixels(first, _LIT_SIDE), _pixels(second, _LIT_SIDE), fit)
        both = _same_light(_pixels(first, look.side), _pixels(second, look.side), gain)
        fit = _fitted(*both, fit, look.rounds)
        left = _left_over(*both, fit)
        if left.loose > look.most:
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
    moved, common = _warped(other, fit)
    if common.mean() < _LEAST_COMMON or not all(_LEAST_STRETCH <= each <= _MOST_STRETCH for each in fit.stretch):
        return _Left(float("inf"), float("inf"))
    return _worst(one, moved, common)


def _pixels(image: Image.Image, side: int) -> Plane:
    return np.asarray(image.resize((side, side), Image.Resampling.BOX), np.float64)


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
    side = one.shape[0]
    moved, common = _warped(other, fit)
    slope_y, slope_x = np.gradient(moved)
    middle = (np.arange(side) + 0.5) / side
    columns = np.stack(
        [slope_x, slope_x * middle[None, :], slope_y, slope_y * middle[:, None], moved, np.full_like(moved, 128)]
    )[:, common]
    found = np.linalg.lstsq(columns @ columns.T, columns @ one[common], rcond=1e-9)[0]
    gain = found[4] if abs(found[4]) > 0.2 else 1.0
    # Slopes are per pixel of the moved picture, which is `stretch` pixels of the other.
    shift = np.clip(found[:4] / gain / side, -0.03, 0.03)
    (offset_x, offset_y), (stretch_x, stretch_y) = fit.offset, fit.stretch
    return Fit(
        (float(offset_x + shift[0] * stretch_x), float(offset_y + shift[2] * stretch_y)),
        (float(stretch_x * (1 + shift[1])), float(stretch_y * (1 + shift[3]))),
    )


def _warped(other: Plane, fit: Fit) -> tuple[Plane, npt.NDArray[np.bool_]]:
    """Return the second picture on the first's grid, and where there is any of it."""
    side = other.shape[0]
    middle = (np.arange(side) + 0.5) / side
    x = (middle * fit.stretch[0] + fit.offset[0]) * side - 0.5
    y = (middle * fit.stretch[1] + fit.offset[1]) * side - 0.5
    # Not at the very edge: half of a pixel there was cut off.
    inside = ((y >= 1) & (y <= side - 2))[:, None] & ((x >= 1) & (x <= side - 2))[None, :]
    inside[[0, -1], :] = inside[:, [0, -1]] = False
    return _between(_between(other, y).swapaxes(0, 1), x).swapaxes(0, 1), inside


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
    other, common = _warped(other, fit)
    one, other, common = one[::_SOME, ::_SOME], other[::_SOME, ::_SOME], common[::_SOME, ::_SOME]
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


def _worst(one: Plane, other: Plane, common: npt.NDArray[np.bool_]) -> _Left:
    """Return the largest difference of a block against what each allowance leaves there, the loose and the tight."""
    one, other = _blurred(one), _blurred(other)
    left = _blocks(np.where(common, one - other, 0) ** 2)
    slopes = _blocks(np.where(common, sum(slope**2 for plane in (one, other) for slope in np.gradient(plane)) / 2, 0))
    weight = _blocks(common.astype(np.float64))
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
