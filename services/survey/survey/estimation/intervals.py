"""Confidence intervals of a proportion from a complex sample, by the methods that statisticians ask for by name.

`p` is the estimated proportion, `error` its standard error, `freedom` the design's degrees of freedom; t is the
(1 + level)/2 quantile of Student's distribution. n* = p(1−p)/error² is the effective sample size.
"""

from typing import Literal, NamedTuple

import numpy as np
from scipy.stats import beta as beta_distribution
from scipy.stats import t as student

Method = Literal["mean", "logit", "xlogit", "asin", "beta", "wilson"]


class Interval(NamedTuple):
    """Both ends, low ≤ high."""

    low: float
    high: float


def proportion_interval(
    p: float, error: float, freedom: float, size: int, method: Method = "wilson", level: float = 0.95
) -> Interval:
    """Return an interval of a proportion by a method; `size`, the number of answers, matters to `beta` alone.

    - `mean`: p ± t·error. It may leave 0…1.
    - `logit`, `xlogit`: logit p ± t·error / p(1−p), carried back (E. L. Korn, B. I. Graubard, Survey Methodology 24,
      1998). A logistic regression on nothing but a constant gives the same, hence the two names.
    - `asin`: the same on the scale of the arcsine of the root, where the error is error / 2√(p(1−p)).
    - `beta`: Clopper–Pearson with n* (t(size−1) / t(freedom))² answers: Korn and Graubard 1998.
    - `wilson`: Wilson's score interval with n* answers and t.

    The likelihood interval needs the answers: see `survey.estimation.profile`. At p = 0 or 1, or without error, all but
    `beta` are the point itself. Raises ValueError for p outside 0…1.
    """
    if not 0 <= p <= 1:
        raise ValueError("a proportion lies between 0 and 1")
    t = float(student.ppf((1 + level) / 2, freedom))
    if method == "beta":
        return _beta(p, error, freedom, size, level)
    if error == 0 or p in (0.0, 1.0):
        return Interval(p, p)
    if method == "mean":
        return Interval(p - t * error, p + t * error)
    if method in ("logit", "xlogit"):
        return _logit(p, error, t)
    if method == "asin":
        return _asin(p, error, t)
    return _wilson(p, p * (1 - p) / error**2, t)


def _logit(p: float, error: float, t: float) -> Interval:
    centre, half = np.log(p / (1 - p)), t * error / (p * (1 - p))
    low, high = 1 / (1 + np.exp(-(centre - half))), 1 / (1 + np.exp(-(centre + half)))
    return Interval(float(low), float(high))


def _asin(p: float, error: float, t: float) -> Interval:
    centre, half = np.arcsin(np.sqrt(p)), t * error / (2 * np.sqrt(p * (1 - p)))
    return Interval(float(np.sin(max(centre - half, 0.0)) ** 2), float(np.sin(min(centre + half, np.pi / 2)) ** 2))


def _beta(p: float, error: float, freedom: float, size: int, level: float) -> Interval:
    tail = (1 - level) / 2
    effective = float(size)
    if error > 0 and 0 < p < 1:
        effective = p * (1 - p) / error**2 * float(student.ppf(tail, size - 1) / student.ppf(tail, freedom)) ** 2
    low = beta_distribution.ppf(tail, effective * p, effective * (1 - p) + 1) if p > 0 else 0.0
    high = beta_distribution.ppf(1 - tail, effective * p + 1, effective * (1 - p)) if p < 1 else 1.0
    return Interval(float(low), float(high))


def _wilson(p: float, effective: float, t: float) -> Interval:
    scale = 1 + t * t / effective
    centre = (p + t * t / (2 * effective)) / scale
    half = t * np.sqrt(p * (1 - p) / effective + t * t / (4 * effective**2)) / scale
    return Interval(float(centre - half), float(centre + half))
