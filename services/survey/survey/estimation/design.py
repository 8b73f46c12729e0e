"""How a sample was drawn: weights, strata, clusters and population sizes, and the variance that follows from them.

Everything here is arrays: `n` rows are the people asked, in any order. A statistic hands over its influence values
(what each person adds to it, before weighting); the design turns them into a variance. A domain is never cut out:
people outside it have the influence 0, and still count as sampled.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from survey.estimation.errors import DesignInvalid, LonelyUnit

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
"""Whole numbers from 0 that name groups; equal numbers are one group."""

Lonely = Literal["fail", "certainty", "adjust"]
"""What a stratum with one unit adds: an error, nothing, or its squared distance from the mean of all strata."""


class Calibration(Protocol):
    """An adjustment of weights to known totals, as far as variances need it."""

    def residuals(self, weighted: Floats) -> Floats:
        """Return weighted influence values (n × k) without what the known totals explain."""
        ...


NOTHING_LEFT = 1e-7
"""A stratum of which less than this share was not drawn has been asked in full: it adds no variance."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of sampling.

    `strata` and `units` are codes (n); each unit lies in one stratum. `population` (n): how many units the stratum of a
    row has in the population; None: many more than were drawn, so that no finite population correction applies.
    """

    strata: Codes
    units: Codes
    population: Floats | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """A sample with its weights (n) and stages, the first one first, and the calibrations of its weights so far."""

    weights: Floats
    stages: tuple[Stage, ...]
    calibrations: tuple[Calibration, ...] = ()
    lonely: Lonely = field(default="fail", kw_only=True)

    @property
    def size(self) -> int:
        """How many rows have a weight."""
        return int(np.count_nonzero(self.weights))

    @property
    def degrees_of_freedom(self) -> int:
        """First-stage units less first-stage strata, of the rows that have a weight."""
        used = self.weights != 0
        first = self.stages[0]
        return len(np.unique(first.units[used])) - len(np.unique(first.strata[used]))

    def variance(self, influence: Floats) -> Floats:
        """Return the covariance (k × k) of the totals of influence values (n × k), by Taylor linearisation.

        At each stage, within each of its strata, the units' weighted totals vary around their mean; with population
        sizes the part that was drawn does not vary, and a later stage counts by the share drawn at the one before:
        C.-E. Särndal, B. Swensson, J. Wretman, Model Assisted Survey Sampling (1992), results 4.3.1 and 4.5.1 (with
        replacement where no population sizes are given). Raises LonelyUnit where a stratum has one unit.
        """
        weighted = np.asarray(influence, dtype=np.float64) * self.weights[:, None]
        for calibration in self.calibrations:
            weighted = calibration.residuals(weighted)
        return _variance(weighted, self.stages, self.lonely)

    def reweighted(self, weights: Floats, calibration: Calibration | None = None) -> "Design":
        """Return the same sample with other weights, and one calibration more."""
        added = () if calibration is None else (calibration,)
        return replace(self, weights=weights, calibrations=(*self.calibrations, *added))

    def restricted(self, domain: NDArray[np.bool_]) -> "Design":
        """Return the design for estimates within a domain (n): everybody else keeps a place and loses the weight."""
        return replace(self, weights=np.where(domain, self.weights, 0.0))


def codes(values: ArrayLike | Sequence[Hashable]) -> Codes:
    """Return codes for values (n) of any kind: equal values, equal codes, in the order of the sorted values."""
    return np.unique(np.asarray(values), return_inverse=True)[1].reshape(-1).astype(np.intp)


def crossed(*parts: Codes) -> Codes:
    """Return codes for each combination of codes that occurs."""
    return np.unique(np.stack(parts, axis=1), axis=0, return_inverse=True)[1].reshape(-1).astype(np.intp)


def sample(
    *,
    size: int,
    weights: ArrayLike | None = None,
    strata: Sequence[ArrayLike | None] = (),
    clusters: Sequence[ArrayLike | None] = (),
    populations: Sequence[ArrayLike | None] = (),
    nest: bool = False,
    lonely: Lonely = "fail",
) -> Design:
    """Return the design of a sample of `size` rows.

    `strata`, `clusters` and `populations` have an entry for each stage (None: no strata, everybody a unit, sizes not
    known); a stage lasts as long as any of the three. Without weights, each row weighs by the population sizes: the
    product of population over sample in each stage. With `nest`, equal cluster labels in two strata are two clusters;
    else that is refused.

    Raises DesignInvalid for lengths that differ, a weight or size that is negative or not a number, more units drawn
    than there are, or a cluster in two strata.
    """
    stages: list[Stage] = []
    above = np.zeros(size, dtype=np.intp)
    for number in range(max(len(strata), len(clusters), len(populations), 1)):
        stage = _stage(size, number, above, _entry(strata, number), _entry(clusters, number), nest)
        sizes = _entry(populations, number)
        if sizes is not None:
            stage = replace(stage, population=_sizes(sizes, size, stage))
        stages.append(stage)
        above = stage.units
    if weights is not None:
        weighted = _numbers(weights, size, "weights")
    elif stages[0].population is not None:
        weighted = _weights_of_sizes(stages, size)
    else:
        weighted = np.ones(size)
    return Design(weighted, tuple(stages), lonely=lonely)


def _entry(values: Sequence[ArrayLike | None], number: int) -> ArrayLike | None:
    return values[number] if number < len(values) else None


def _stage(
    size: int, number: int, above: Codes, strata: ArrayLike | None, clusters: ArrayLike | None, nest: bool
) -> Stage:
    within = above if number else np.zeros(size, dtype=np.intp)
    stratum = within if strata is None else crossed(within, _labels(strata, size, "strata"))
    if clusters is None:
        return Stage(stratum, np.arange(size, dtype=np.intp))
    labels = _labels(clusters, size, "clusters")
    unit = crossed(stratum, labels)
    if number == 0 and not nest and len(np.unique(unit)) != len(np.unique(labels)):
        raise DesignInvalid("a cluster lies in two strata; are its labels only unique within a stratum?")
    return Stage(stratum, unit)


def _labels(values: ArrayLike, size: int, name: str) -> Codes:
    found = codes(values)
    if len(found) != size:
        raise DesignInvalid(f"{name}: {len(found)} values for {size} rows")
    return found


def _numbers(values: ArrayLike, size: int, name: str) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if found.shape != (size,):
        raise DesignInvalid(f"{name}: shape {found.shape} for {size} rows")
    if not np.all(np.isfinite(found)) or np.any(found < 0):
        raise DesignInvalid(f"{name}: each must be a number, 0 or more")
    return found


def _sizes(values: ArrayLike, size: int, stage: Stage) -> Floats:
    """Return population sizes; shares drawn, of at most 1, are turned into them."""
    given = _numbers(values, size, "populations")
    drawn = _units_per_stratum(stage)[stage.strata]
    if np.all(given <= 1):
        if np.any(given == 0):
            raise DesignInvalid("populations: a share drawn is 0")
        given = drawn / given
    if np.any(given < drawn * (1 - 1e-12)):
        raise DesignInvalid("populations: more units were drawn than there are")
    return given


def _units_per_stratum(stage: Stage) -> Floats:
    stratum_of_unit = _first_of_each(stage.units, stage.strata)
    return np.bincount(stratum_of_unit, minlength=int(stage.strata.max()) + 1).astype(np.float64)


def _first_of_each(groups: Codes, values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return the value of each group's first row, by group code. Groups are codes without gaps."""
    first = np.unique(groups, return_index=True)[1]
    return values[first]


def _weights_of_sizes(stages: Sequence[Stage], size: int) -> Floats:
    weights = np.ones(size)
    for stage in stages:
        if stage.population is not None:
            weights *= stage.population / _units_per_stratum(stage)[stage.strata]
    return weights


def _variance(weighted: Floats, stages: tuple[Stage, ...], lonely: Lonely) -> Floats:
    share = np.ones(len(weighted))
    total = np.zeros((weighted.shape[1], weighted.shape[1]))
    for number, stage in enumerate(stages, 1):
        total += _stage_variance(weighted, stage, share, number, lonely)
        if stage.population is None:
            # Units drawn as from an endless population: their totals' variation holds all that later stages add.
            break
        share = share * _units_per_stratum(stage)[stage.strata] / stage.population
    return total


def _stage_variance(weighted: Floats, stage: Stage, share: Floats, number: int, lonely: Lonely) -> Floats:
    totals = _sums(weighted, stage.units)
    stratum = _first_of_each(stage.units, stage.strata).astype(np.intp)
    drawn = _units_per_stratum(stage)
    scale = _first_of_each(stage.strata, share).astype(np.float64)
    if stage.population is not None:
        population = _first_of_each(stage.strata, stage.population).astype(np.float64)
        left = (population - drawn) / population
        scale = np.where(left < NOTHING_LEFT, 0.0, scale * left)
    single = (drawn == 1) & (scale > 0)
    if np.any(single) and lonely == "fail":
        raise LonelyUnit(number)
    means = _sums(totals, stratum) / drawn[:, None]
    if lonely == "adjust":
        means[single] = totals.mean(axis=0)
        scale = np.where(drawn > 1, scale * drawn / np.maximum(drawn - 1, 1), scale)
    else:
        scale = np.where(drawn > 1, scale * drawn / np.maximum(drawn - 1, 1), 0.0)
    distance = totals - means[stratum]
    return (distance * scale[stratum][:, None]).T @ distance


def _sums(values: Floats, groups: Codes) -> Floats:
    """Return the sums (groups × k) of rows of values (n × k) by group."""
    count = int(groups.max()) + 1
    sums = [np.bincount(groups, column, minlength=count).astype(np.float64) for column in values.T]
    return np.stack(sums, axis=1)
