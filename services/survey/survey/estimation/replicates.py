"""Replicate weights: the sample over and over, each time without one unit, as the jackknife wants it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from survey.estimation.design import Design, Floats, codes
from survey.estimation.errors import DesignInvalid, LonelyUnit


@dataclass(frozen=True, slots=True)
class Replicates:
    """Replicate weights (replicates × n), and what the squared deviation of each counts (replicates)."""

    weights: Floats
    factors: Floats
    full: Floats

    def estimate(self, statistic: Callable[[Floats], ArrayLike], *, around_full: bool = False) -> tuple[Floats, Floats]:
        """Return a statistic of the full weights (k) and its covariance (k × k) from the replicates.

        `statistic` takes weights (n). Deviations are from the replicates' mean, or from the full sample's value.
        """
        found = np.atleast_1d(np.asarray(statistic(self.full), dtype=np.float64))
        repeated = np.stack([np.atleast_1d(np.asarray(statistic(each), dtype=np.float64)) for each in self.weights])
        distance = repeated - (found if around_full else repeated.mean(axis=0))
        return found, (distance * self.factors[:, None]).T @ distance

    def adjusted(self, adjust: Callable[[Floats], Floats]) -> "Replicates":
        """Return replicates whose weights are each adjusted (n to n), such as raked to the same margins."""
        return Replicates(np.stack([adjust(each) for each in self.weights]), self.factors, adjust(self.full))


def jackknife(design: Design) -> Replicates:
    """Return the replicates that leave out one first-stage unit each: JK1 without strata, JKn with.

    The others of its stratum weigh n/(n−1) times as much; a replicate counts (n−1)/n, times the share of the stratum's
    units that was not drawn where population sizes are known (K. M. Wolter, Introduction to Variance Estimation, 2nd
    edition 2007, section 4.5). Raises LonelyUnit for a stratum with one unit, DesignInvalid for calibrated weights:
    take the replicates first, and adjust each of them.
    """
    if design.calibrations:
        raise DesignInvalid("take the replicates before the weights are calibrated")
    first = design.stages[0]
    units, strata = codes(first.units), codes(first.strata)
    stratum_of = strata[np.unique(units, return_index=True)[1]]
    drawn = np.bincount(stratum_of)
    if np.any(drawn < 2):
        raise LonelyUnit(1)
    weights = np.empty((len(stratum_of), len(design.weights)))
    factors = np.empty(len(stratum_of))
    for unit, stratum in enumerate(stratum_of):
        count = drawn[stratum]
        grown = np.where(strata == stratum, count / (count - 1), 1.0)
        weights[unit] = design.weights * np.where(units == unit, 0.0, grown)
        factors[unit] = (count - 1) / count
        if first.population is not None:
            population = float(first.population[np.argmax(strata == stratum)])
            factors[unit] *= (population - count) / population
    return Replicates(weights, factors, design.weights)
