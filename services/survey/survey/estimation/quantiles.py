"""Quantiles with Woodruff's intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from survey.estimation.design import Design, Floats
from survey.estimation.errors import EmptyDomain
from survey.estimation.estimates import Mask, mean


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile with its interval; the standard error is the interval's half width over t."""

    value: float
    low: float
    high: float
    error: float


def quantile(
    design: Design, values: ArrayLike, share: float, domain: Mask | None = None, level: float = 0.95
) -> Quantile:
    """Return the least value under or at which at least this share (0 to 1) of the weight lies.

    The interval is that of the proportion up to the quantile, carried back through the distribution: R. S. Woodruff,
    JASA 47 (1952), 635–646. An end that lies beyond what the sample can tell is nan. (Below the weight of the least
    value R's `survey` takes the second one; here it is the least.) Raises EmptyDomain, ValueError for a share outside
    0…1.
    """
    if not 0 <= share <= 1:
        raise ValueError("a quantile's share lies between 0 and 1")
    numbers = np.asarray(values, dtype=np.float64)
    inside = ~np.isnan(numbers) & (design.weights != 0)
    if domain is not None:
        inside &= domain
    if not np.any(inside):
        raise EmptyDomain("nobody in the sample belongs to the domain")
    order = np.argsort(numbers[inside], kind="stable")
    ordered = numbers[inside][order]
    cumulated = np.cumsum(design.weights[inside][order])
    value = _at(ordered, cumulated, share)
    below = mean(design, np.where(np.isnan(numbers), np.nan, numbers <= value), inside)
    t = float(student.ppf((1 + level) / 2, design.degrees_of_freedom))
    half = t * float(below.errors[0])
    centre = float(below.values[0])
    ends = (centre - half, centre + half)
    low, high = (_at(ordered, cumulated, end) if 0 <= end <= 1 else np.nan for end in ends)
    return Quantile(value, low, high, (high - low) / (2 * t))


def _at(ordered: Floats, cumulated: Floats, share: float) -> float:
    # Sums of weights are not exact: a share that is reached but for rounding is reached.
    wanted = share * cumulated[-1] * (1 - len(ordered) * np.finfo(np.float64).eps)
    return float(ordered[min(int(np.searchsorted(cumulated, wanted)), len(ordered) - 1)])
