"""What the variance of weighted answers is made of, as sums over cells of place × age band × gender.

A statistic gives the i-th answer of a domain the influence u_i = (y_i − mean)/W, others 0. Its variance is that of the
weighted residuals of u on what the weights were fitted to. All answers of a cell k weigh the same, so that it is

    Σ_k spread_k · Σ_{i in k} u_i²  +  a quadratic form in the cells' sums S_k = Σ_{i in k} u_i

and needs nothing but counts.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csc_array, csr_array, vstack

from survey.estimation.calibration import PROJECTIONS
from survey.estimation.design import NOTHING_LEFT, Codes, Floats
from survey.estimation.errors import LonelyUnit
from survey.weighting.frame import Raking, Weights, levels_of_cells

Sample = Literal["self_selected", "census"]
"""How answers came about.

`self_selected`: whoever wanted to; the variance is that of drawing with replacement, as R's svydesign(ids = ~1).
`census`: everybody was asked; who answered counts as drawn without replacement from the people of the post-stratum.
"""


@dataclass(frozen=True, slots=True)
class _Fit:
    """Raked margins: with p = `plain` · S, c = `crossed` · S the form has p'·`square`·p − 2·c'·`effects`·p more."""

    plain: csc_array
    """levels × cells"""
    crossed: Floats
    """levels × cells"""
    square: Floats
    """levels × levels"""
    effects: Floats
    """levels × levels"""


@dataclass(frozen=True, slots=True)
class Residuals:
    """The variance's parts over K = P·A·G cells, place by place: `spread` (K), and the form's parts."""

    spread: Floats
    within: csc_array
    """strata × cells: the weights of cells in their strata"""
    factor: Floats
    """What the square of a stratum's weighted sum counts."""
    fit: _Fit | None

    def form(self, cells: Codes, sums: Floats) -> Floats:
        """Return the quadratic form (m) of sums (cells × m) that are 0 elsewhere."""
        totals = self.within[:, cells] @ sums
        found = -(self.factor @ totals**2)
        if self.fit is not None:
            plain, crossed = self.fit.plain[:, cells] @ sums, self.fit.crossed[:, cells] @ sums
            found += (plain * (self.fit.square @ plain)).sum(axis=0)
            found -= 2 * (crossed * (self.fit.effects @ plain)).sum(axis=0)
        return found

    def block(self, cells: Codes) -> Floats:
        """Return the form's symmetric matrix among some cells."""
        within = self.within[:, cells]
        found = -(within.T @ (within * self.factor[:, None])).toarray()
        if self.fit is not None:
            plain, crossed = self.fit.plain[:, cells].toarray(), self.fit.crossed[:, cells]
            mixed = crossed.T @ self.fit.effects @ plain
            found += plain.T @ self.fit.square @ plain - mixed - mixed.T
        return found


def residuals(weights: Weights, sample: Sample) -> Residuals:
    """Return what variances of answers with these weights are made of. Raises LonelyUnit where one answer stands alone.

    Post-strata: residuals from each stratum's mean. Raked: from the regression on the margins, in which each answer
    counts once, in as many rounds as R's survey goes (see `survey.estimation.calibration`). With replacement the sum of
    squares is multiplied by n/(n−1), n being all answers of the wave. In a census each post-stratum of n answers from N
    people adds its own, times n/(n−1) and (1 − n/N); where more answered than the frame has people, nothing.
    """
    answers = weights.answers.reshape(-1).astype(np.float64)
    weight = weights.weight.reshape(-1)
    strata = weights.stratum.reshape(-1)
    whole = np.where(answers > 0, 0, -1)
    by_stratum = _census_scale(weights) if sample == "census" else _repeated(weights)
    scale = np.where(answers > 0, by_stratum[strata], 0.0).astype(np.float64)
    # Residuals of post-strata have no mean; those of raked margins have one, in the sample or in a census's strata.
    centred = strata if weights.raking is None or sample == "census" else whole
    member = _indicator(centred, int(centred.max()) + 1)
    size = member @ answers
    factor = np.divide(member @ (scale * answers), size**2, out=np.zeros_like(size), where=size > 0)
    fit = None if weights.raking is None else _fit(weights, weights.raking, scale, member, factor)
    return Residuals(scale * weight**2, csc_array(member * weight[None, :]), factor, fit)


def _repeated(weights: Weights) -> Floats:
    if weights.size < 2:
        raise LonelyUnit(1)
    return np.full(int(weights.stratum.max()) + 1, weights.size / (weights.size - 1))


def _census_scale(weights: Weights) -> Floats:
    used = weights.stratum >= 0
    there = np.bincount(weights.stratum[used], weights.people[used])
    given = np.bincount(weights.stratum[used], weights.answers[used])
    left = 1 - given / np.maximum(there, given)
    left = np.where(left < NOTHING_LEFT, 0.0, left)
    if np.any((given == 1) & (left > 0)):
        raise LonelyUnit(1)
    return np.where(left > 0, left * given / np.maximum(given - 1, 1), 0.0)


def _indicator(codes: Codes, count: int) -> csr_array:
    """Return the levels × cells table of 1 where a cell has the level."""
    used = np.flatnonzero(codes >= 0)
    return csr_array((np.ones(len(used)), (codes[used], used)), shape=(count, len(codes)))


def _fit(weights: Weights, raking: Raking, scale: Floats, member: csr_array, factor: Floats) -> _Fit:
    answers = weights.answers.reshape(-1).astype(np.float64)
    final, raked = weights.weight.reshape(-1), raking.weight.reshape(-1)
    margins = [table.reshape(-1) for table in levels_of_cells((raking.place, raking.age_band, raking.gender))]
    sizes = [int(margin.max()) + 1 for margin in margins]
    levels = csr_array(vstack([_indicator(margin, size) for margin, size in zip(margins, sizes, strict=True)]))
    counts = (levels * answers[None, :]) @ levels.T
    effects = _effects(counts.toarray(), sizes)
    # Weighted fits have a mean in each stratum, which is taken away from the sum of their squares.
    means = ((member * (answers * raked)[None, :]) @ levels.T).toarray()
    squares = ((levels * (scale * answers * raked**2)[None, :]) @ levels.T).toarray()
    ratio = np.divide(final, raked, out=np.zeros_like(final), where=raked > 0)
    crossed = levels.toarray() * (scale * raked * final) - (means * factor[:, None]).T @ (member * final[None, :])
    square = effects.T @ (squares - means.T @ (means * factor[:, None])) @ effects
    return _Fit(csc_array(levels * ratio[None, :]), crossed, square, effects)


def _effects(counts: Floats, sizes: list[int]) -> Floats:
    """Return the matrix that makes margins' effects of margins' sums: means are taken away in turn, PROJECTIONS times.

    `counts` (levels × levels): how many answers have both levels.
    """
    found = np.zeros_like(counts)
    sums = np.eye(len(counts))
    ends = np.cumsum(sizes)
    for _ in range(PROJECTIONS):
        for end, size in zip(ends, sizes, strict=True):
            rows = slice(end - size, end)
            found[rows] += (sums[rows] - counts[rows] @ found) / np.diag(counts)[rows, None]
    return found
