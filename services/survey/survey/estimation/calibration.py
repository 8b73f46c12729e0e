"""Weights that meet known totals: post-stratification, raking, calibration within bounds, and trimming."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from survey.estimation.design import Codes, Design, Floats
from survey.estimation.errors import (
    DesignInvalid,
    LevelNotInPopulation,
    LevelNotInSample,
    MarginsDisagree,
    NotConverged,
    TrimInfeasible,
)

ROUNDS = 200

# R's `survey` goes round the margins ten times, which is enough but for margins that nearly tell the same.
PROJECTIONS = 10

Totals = Mapping[Hashable, float]
"""How many people of the population are of each level."""


@dataclass(frozen=True, slots=True)
class Margin:
    """A characteristic whose distribution in the population is known: each row's level (n), and the totals."""

    levels: NDArray[np.generic]
    totals: Totals


@dataclass(frozen=True, slots=True)
class _Levels:
    groups: Codes
    weights: Floats

    def residuals(self, weighted: Floats) -> Floats:
        """Take each level's weighted mean away."""
        used = (self.weights > 0)[:, None]
        plain = np.divide(weighted, self.weights[:, None], out=np.zeros_like(weighted), where=used)
        return (plain - group_means(plain, self.groups, self.weights)[self.groups]) * self.weights[:, None]


@dataclass(frozen=True, slots=True)
class _Raked:
    margins: tuple[Codes, ...]
    weights: Floats

    def residuals(self, weighted: Floats) -> Floats:
        """Take each margin's means away in turn, which ends at the residuals of the regression on all of them."""
        used = self.weights > 0
        plain = np.divide(weighted, self.weights[:, None], out=np.zeros_like(weighted), where=used[:, None])
        for _ in range(PROJECTIONS):
            for groups in self.margins:
                plain = plain - group_means(plain, groups, used.astype(np.float64))[groups]
        return plain * self.weights[:, None]


@dataclass(frozen=True, slots=True)
class _Regression:
    auxiliary: Floats
    base: Floats
    factors: Floats

    def residuals(self, weighted: Floats) -> Floats:
        """Take away what the auxiliary values explain, in the regression by the weights before calibration."""
        final = self.base * self.factors
        used = final > 0
        root = np.sqrt(np.where(used, self.base, 0.0))[:, None]
        plain = np.divide(weighted, final[:, None], out=np.zeros_like(weighted), where=used[:, None])
        slopes = np.linalg.lstsq(self.auxiliary * root, plain * root, rcond=None)[0]
        return (plain - self.auxiliary @ slopes) * final[:, None]


def post_stratify(design: Design, margin: Margin) -> Design:
    """Return the design with weights that give each level its total; its variance is that of the residuals.

    Within a level all weights change by one factor (D. Holt, T. M. F. Smith, JRSS A 142, 1979, 33–46). Raises
    LevelNotInSample, LevelNotInPopulation.
    """
    groups, totals = _matched(design, margin)
    weights = _scaled(design.weights, groups, totals)
    return design.reweighted(weights, _Levels(groups, weights))


def rake(design: Design, margins: Sequence[Margin], tolerance: float = 1e-10, rounds: int = ROUNDS) -> Design:
    """Return the design with weights that meet all margins at once, each in turn until none changes any more.

    Iterative proportional fitting (W. E. Deming, F. F. Stephan, Annals of Mathematical Statistics 11, 1940): it is
    finished when no level misses its total by more than `tolerance` of it. The variance is that of the residuals of
    the regression on all margins (J.-C. Deville, C.-E. Särndal, O. Sautory, JASA 88, 1993), so a raked margin itself
    has the standard error 0. In that regression each answer counts once, as in R's `survey`. Raises
    MarginsDisagree unless all add up to the same, NotConverged after `rounds`, LevelNotInSample, LevelNotInPopulation.
    """
    matched = [_matched(design, margin) for margin in margins]
    _check_sums([float(totals.sum()) for _, totals in matched])
    weights = design.weights
    for _ in range(rounds):
        for groups, totals in matched:
            weights = _scaled(weights, groups, totals)
        if all(_met(weights, groups, totals, tolerance) for groups, totals in matched):
            return design.reweighted(weights, _Raked(tuple(groups for groups, _ in matched), weights))
    raise NotConverged(f"raking did not settle in {rounds} rounds")


def calibrate(
    design: Design,
    auxiliary: ArrayLike,
    totals: ArrayLike,
    distance: Literal["linear", "raking", "logit"] = "linear",
    bounds: tuple[float, float] | None = None,
    tolerance: float = 1e-10,
    rounds: int = ROUNDS,
) -> Design:
    """Return the design with weights g·w that give auxiliary values (n × k) their totals (k), as near to w as may be.

    `linear` is the regression estimator, `raking` keeps weights positive, `logit` needs bounds (low < 1 < high) and
    keeps every g within them; bounds cut off `linear` and `raking` (J.-C. Deville, C.-E. Särndal, JASA 87, 1992,
    376–382). The variance is that of the regression's residuals. Raises NotConverged when no such weights are found.
    """
    columns = np.asarray(auxiliary, dtype=np.float64)
    wanted = np.asarray(totals, dtype=np.float64)
    if columns.ndim != 2 or wanted.shape != (columns.shape[1],):
        raise DesignInvalid("there must be one total for each auxiliary column")
    if distance == "logit" and bounds is None:
        raise DesignInvalid("logit calibration needs bounds")
    slope = np.zeros(len(wanted))
    factors = np.ones(len(columns))
    scale = np.maximum(np.abs(wanted), 1e-9)
    for _ in range(rounds):
        missing = wanted - (design.weights * factors) @ columns
        if np.max(np.abs(missing) / scale) <= tolerance:
            return design.reweighted(design.weights * factors, _Regression(columns, design.weights, factors))
        steepness = _derivative(columns @ slope, factors, distance, bounds)
        step = np.linalg.lstsq((columns * (design.weights * steepness)[:, None]).T @ columns, missing, rcond=None)[0]
        slope = slope + step
        factors = _factors(columns @ slope, distance, bounds)
    raise NotConverged(f"calibration did not settle in {rounds} rounds")


def trim(weights: Floats, *, lower: float = 0.0, upper: float = np.inf, strict: bool = True) -> Floats:
    """Return weights cut to lower…upper, their sum kept: what was cut is shared equally by those that were not.

    Sharing may push others over a bound. With `strict` it is done again until none is; else once. Raises TrimInfeasible
    when the mean weight lies outside the bounds and all must be met.
    """
    mean = float(weights.mean())
    if strict and not lower <= mean <= upper:
        raise TrimInfeasible(f"the mean weight {mean:g} lies outside {lower:g}…{upper:g}")
    for _ in range(len(weights) + 1):
        outside = (weights < lower) | (weights > upper)
        if not np.any(outside):
            return weights
        if np.all(outside):
            raise TrimInfeasible("every weight lies outside the bounds")
        cut = np.clip(weights, lower, upper)
        weights = np.where(outside, cut, weights + (weights - cut).sum() / np.count_nonzero(~outside))
        if not strict:
            return weights
    raise TrimInfeasible("the bounds can't be met together")


def trimmed(design: Design, *, lower: float = 0.0, upper: float = np.inf, strict: bool = True) -> Design:
    """Return the design with trimmed weights; its calibrations stay, though trimming moves the totals a little."""
    return design.reweighted(trim(design.weights, lower=lower, upper=upper, strict=strict))


def group_means(values: Floats, groups: Codes, weights: Floats) -> Floats:
    """Return the weighted means (groups × k) of values (n × k); 0 for a group without weight."""
    count = int(groups.max()) + 1
    size = np.bincount(groups, weights, minlength=count)
    sums = np.stack([np.bincount(groups, weights * column, minlength=count) for column in values.T], axis=1)
    return np.divide(sums, size[:, None], out=np.zeros_like(sums), where=size[:, None] > 0)


def _matched(design: Design, margin: Margin) -> tuple[Codes, Floats]:
    """Return each row's level as a code, and the totals by code."""
    levels, groups = np.unique(margin.levels, return_inverse=True)
    groups = groups.reshape(-1).astype(np.intp)
    if len(groups) != len(design.weights):
        raise DesignInvalid(f"a margin has {len(groups)} levels for {len(design.weights)} rows")
    sampled = np.bincount(groups, design.weights, minlength=len(levels))
    known = {level: total for level, total in margin.totals.items() if total > 0}
    names = [level.item() for level in levels]
    for level in known:
        if level not in names or sampled[names.index(level)] <= 0:
            raise LevelNotInSample(level)
    for level, weight in zip(names, sampled, strict=True):
        if weight > 0 and level not in known:
            raise LevelNotInPopulation(level)
    return groups, np.array([known.get(level, 0.0) for level in names], dtype=np.float64)


def _scaled(weights: Floats, groups: Codes, totals: Floats) -> Floats:
    sums = np.bincount(groups, weights, minlength=len(totals))
    factors = np.divide(totals, sums, out=np.zeros_like(totals), where=sums > 0)
    return weights * factors[groups]


def _met(weights: Floats, groups: Codes, totals: Floats, tolerance: float) -> bool:
    sums = np.bincount(groups, weights, minlength=len(totals))
    return bool(np.all(np.abs(sums - totals) <= tolerance * totals))


def _check_sums(sums: Sequence[float]) -> None:
    if not sums:
        raise DesignInvalid("there is no margin")
    if max(sums) - min(sums) > 1e-9 * max(sums):
        raise MarginsDisagree(f"the margins add up to {', '.join(f'{each:g}' for each in sums)}")


def _factors(linear: Floats, distance: str, bounds: tuple[float, float] | None) -> Floats:
    if distance == "logit":
        assert bounds is not None
        low, high = bounds
        scale = (high - low) / ((1 - low) * (high - 1))
        odds = np.exp(np.clip(scale * linear, -700, 700))
        return (low * (high - 1) + high * (1 - low) * odds) / (high - 1 + (1 - low) * odds)
    found = np.exp(np.clip(linear, -700, 700)) if distance == "raking" else 1 + linear
    return found if bounds is None else np.clip(found, *bounds)


def _derivative(linear: Floats, factors: Floats, distance: str, bounds: tuple[float, float] | None) -> Floats:
    if distance == "logit":
        assert bounds is not None
        low, high = bounds
        scale = (high - low) / ((1 - low) * (high - 1))
        return scale * (factors - low) * (high - factors) / (high - low)
    free = factors if distance == "raking" else np.ones_like(linear)
    if bounds is None:
        return free
    return np.where((factors > bounds[0]) & (factors < bounds[1]), free, 0.0)
