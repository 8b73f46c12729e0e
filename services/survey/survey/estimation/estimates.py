"""Means, proportions, totals, ratios and cross-tables with their covariance, and differences between them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from survey.estimation.design import Codes, Design, Floats
from survey.estimation.errors import EmptyDomain

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Estimate:
    """Estimated values (k), their covariance (k × k), and the influence (n × k) that each row has on them."""

    values: Floats
    covariance: Floats
    influence: Floats

    @property
    def errors(self) -> Floats:
        """Standard errors (k)."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))


@dataclass(frozen=True, slots=True)
class Test:
    """A statistic with its degrees of freedom, and how likely one as large is where nothing differs."""

    statistic: float
    degrees_of_freedom: float
    p: float
    estimate: float


def mean(design: Design, values: ArrayLike, domain: Mask | None = None) -> Estimate:
    """Return the weighted means of values (n or n × k) in a domain: Σwy / Σw.

    Rows with a value that is not a number are left out as if outside the domain. The influence of a row is
    (y − mean) / Σw (Särndal et al. 1992, result 5.6.2). A proportion is the mean of 0 and 1. Raises EmptyDomain.
    """
    used, inside = _prepared(design, values, domain)
    weights = np.where(inside, design.weights, 0.0)
    size = weights.sum()
    if size <= 0:
        raise EmptyDomain("nobody in the sample belongs to the domain")
    means = weights @ used / size
    influence = np.where(inside[:, None], used - means, 0.0) / size
    return Estimate(means, design.variance(influence), influence)


def total(design: Design, values: ArrayLike, domain: Mask | None = None) -> Estimate:
    """Return the weighted totals Σwy of values (n or n × k) in a domain; 0 for an empty one."""
    used, inside = _prepared(design, values, domain)
    influence = np.where(inside[:, None], used, 0.0)
    return Estimate(design.weights @ influence, design.variance(influence), influence)


def ratio(design: Design, numerator: ArrayLike, denominator: ArrayLike, domain: Mask | None = None) -> Estimate:
    """Return the ratio R = Σwy / Σwx of two values (n) in a domain; influence (y − Rx) / Σwx. Raises EmptyDomain."""
    both, inside = _prepared(design, np.stack([np.asarray(numerator), np.asarray(denominator)], axis=1), domain)
    weights = np.where(inside, design.weights, 0.0)
    above, below = weights @ both
    if below == 0:
        raise EmptyDomain("the denominator's total is 0")
    found = above / below
    influence = np.where(inside, both[:, 0] - found * both[:, 1], 0.0)[:, None] / below
    return Estimate(np.array([found]), design.variance(influence), influence)


def table(design: Design, rows: Codes, columns: Codes) -> Floats:
    """Return the weighted counts (rows × columns) of people by two codes (n each)."""
    counts = np.zeros((int(rows.max()) + 1, int(columns.max()) + 1))
    np.add.at(counts, (rows, columns), design.weights)
    return counts


def indicators(levels: Codes) -> Floats:
    """Return a column of 0 and 1 (n × levels) for each code, whose means are the proportions."""
    return np.equal.outer(levels, np.arange(int(levels.max()) + 1)).astype(np.float64)


def variance_between_people(design: Design, values: ArrayLike, domain: Mask | None = None) -> Floats:
    """Return the variances (k) of values among people, Σw(y − mean)² / Σw · n / (n − 1)."""
    used, inside = _prepared(design, values, domain)
    weights = np.where(inside, design.weights, 0.0)
    count, size = np.count_nonzero(weights), weights.sum()
    if count < 2:
        raise EmptyDomain("a variance needs two people")
    distance = np.where(inside[:, None], used - weights @ used / size, 0.0)
    return weights @ distance**2 / size * count / (count - 1)


def design_effect(
    design: Design,
    values: ArrayLike,
    of: Literal["mean", "total"] = "mean",
    domain: Mask | None = None,
    *,
    replace: bool = False,
) -> Floats:
    """Return Kish's design effects (k): the variance over that of a simple random sample of as many people.

    That sample is drawn without replacement from Σw people, or with replacement where `replace` is set. The number of
    people is that of the whole sample, and so is Σw, unless values are missing.
    """
    used, inside = _prepared(design, values, domain)
    weights = np.where(inside, design.weights, 0.0)
    count, size = np.count_nonzero(weights), weights.sum()
    simple = variance_between_people(design, used, inside) / count
    if not replace:
        simple = simple * (size - count) / size
    if of == "total":
        simple = simple * size**2
    estimate = mean(design, used, inside) if of == "mean" else total(design, used, inside)
    return np.diag(estimate.covariance) / simple


def effective_size(weights: Floats) -> float:
    """Return Kish's effective sample size (Σw)² / Σw²: how many equally weighted answers these are worth."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def contrast(design: Design, estimates: Estimate, factors: ArrayLike) -> Estimate:
    """Return linear combinations Σ factor · value (m) of estimates (k), by factors (k or m × k)."""
    matrix = np.atleast_2d(np.asarray(factors, dtype=np.float64))
    influence = estimates.influence @ matrix.T
    return Estimate(matrix @ estimates.values, design.variance(influence), influence)


def difference(design: Design, values: ArrayLike, groups: Mask) -> Test:
    """Return the t-test of a value's mean among people in a group less that among the others.

    It equals the slope of the weighted regression on membership; degrees of freedom are the design's less 1.
    """
    used, inside = _prepared(design, values, None)
    both = [mean(design, used, inside & groups), mean(design, used, inside & ~groups)]
    influence = both[0].influence - both[1].influence
    found = float(both[0].values[0] - both[1].values[0])
    error = float(np.sqrt(design.variance(influence)[0, 0]))
    freedom = design.restricted(inside).degrees_of_freedom - 1
    return _tested(found, error, freedom)


def _tested(found: float, error: float, freedom: float) -> Test:
    statistic = found / error
    return Test(statistic, freedom, float(2 * student.sf(abs(statistic), freedom)), found)


def _prepared(design: Design, values: ArrayLike, domain: Mask | None) -> tuple[Floats, Mask]:
    """Return values as n × k with 0 where one is missing, and who counts."""
    columns = np.asarray(values, dtype=np.float64)
    columns = columns[:, None] if columns.ndim == 1 else columns
    missing: Mask = np.any(np.isnan(columns), axis=1)
    inside = ~missing if domain is None else domain & ~missing
    return np.where(missing[:, None], 0.0, columns), inside & (design.weights != 0)
