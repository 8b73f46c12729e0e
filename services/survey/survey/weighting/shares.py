"""Weighted shares, their errors and intervals for all cells of all published nodes at once, from counts alone.

The figures are those that `survey.estimation` (and R's survey) give for the single answers; here they are sums over
cells of place × age band × gender, so that a union of thousands of units takes seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.stats import t as student

from survey.estimation.design import Codes, Floats
from survey.estimation.errors import DesignInvalid
from survey.estimation.estimates import Mask
from survey.weighting.frame import Counts, Weights
from survey.weighting.residuals import Residuals, Sample, residuals

CHUNK = 200_000
"""Nodes are taken together up to this many cells of counts: some ten megabytes for a question of six choices."""

NO_VARIANCE = 1e-12
"""A variance under this part of what it is the difference of is what rounding left of 0."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Estimates of a question for nodes × (A+1) × (G+1), the last place of either axis being the total, × choices C.

    `base` (answers to the question) and the rest for nodes × (A+1) × (G+1) [× C]. All are nan where nobody answered;
    `mean` and `mean_error` are None for choices without values.
    """

    base: Counts
    share: Floats
    error: Floats
    low: Floats
    high: Floats
    mean: Floats | None
    mean_error: Floats | None


@dataclass(frozen=True, slots=True)
class _Group:
    """Nodes that are treated alike: `pieces` (nodes · places × L) sums leaf pieces, for each node place by place.

    Nodes within one place (`places` is 1) have it in `place`; the others are taken over all places.
    """

    nodes: Codes
    pieces: csr_array
    places: int
    place: Codes


@dataclass(frozen=True, slots=True)
class Nodes:
    """Published nodes made ready for one question after another; see `prepare`."""

    weights: Weights
    place: Codes
    parts: csr_array
    residuals: Residuals
    groups: tuple[_Group, ...]
    blocks: Floats
    """The variance's form within each place: P × AG × AG."""

    def estimate(
        self, base: ArrayLike, chosen: ArrayLike, values: ArrayLike | None = None, level: float = 0.95
    ) -> Shares:
        """Return the estimates of a question from `base` (L × A × G) and `chosen` (L × A × G × C) of leaf pieces.

        `base` counts who answered the question; of a multiple choice each choice has its own share of them. `values`
        (C) are the numbers that choices of a scale stand for, nan for one that stands for none ("don't know"): the mean
        is that of answers with a number.

        share = Σwy / Σw with its standard error (see `survey.weighting.residuals`), which is 0 for a margin that was
        raked or post-stratified to. The interval is Wilson's with n* = p(1−p)/error² answers and t(base − 1), the
        degrees of freedom that R gives a subset of a sample without strata. At p = 0 or 1 or without error n* does not
        exist, and a point would be untrue, since twelve alike answers are not certainty: there n* is Kish's (Σw)² / Σw²
        of the cell, as if its answers were a simple random sample. With a single answer there is no interval (nan).

        Raises DesignInvalid for counts that do not match the pieces, more chosen than answered, or more answers to the
        question than the weights know of.
        """
        answered, picked = self._checked(base, chosen)
        counted = self._summed(answered[..., None]).astype(np.int64)[..., 0]
        weight = self.weights.weight[self.place]
        size = self._summed((answered * weight)[..., None])
        worth = _divided(size**2, self._summed((answered * weight**2)[..., None]))
        share = _divided(self._summed(picked * weight[..., None]), size)
        # What all chose is 1, whatever rounding makes of the two sums.
        everybody = (self._summed(picked) == counted[..., None]) & (counted[..., None] > 0)
        share = np.where(everybody, 1.0, share)
        error = self._error(answered, picked, share, size)
        low, high = _wilson(share, error, worth, counted[..., None], level)
        if values is None:
            return Shares(counted, share, error, low, high, None, None)
        mean, mean_error = self._means(picked, np.asarray(values, dtype=np.float64))
        return Shares(counted, share, error, low, high, mean, mean_error)

    def _checked(self, base: ArrayLike, chosen: ArrayLike) -> tuple[Floats, Floats]:
        answered, picked = np.asarray(base, dtype=np.float64), np.asarray(chosen, dtype=np.float64)
        shape = (len(self.place), *self.weights.weight.shape[1:])
        if answered.shape != shape or picked.ndim != 4 or picked.shape[:3] != shape:
            raise DesignInvalid(f"base {answered.shape} and chosen {picked.shape} are not {shape} and its choices")
        if not np.all((picked >= 0) & (picked <= answered[..., None])):
            raise DesignInvalid("a choice is chosen by 0 to all of those who answered")
        known = np.zeros(self.weights.answers.shape)
        np.add.at(known, self.place, answered)
        if np.any(known > self.weights.answers):
            raise DesignInvalid("more people answered the question than answered at all")
        return answered, picked

    def _means(self, picked: Floats, values: Floats) -> tuple[Floats, Floats]:
        if values.shape != picked.shape[-1:]:
            raise DesignInvalid(f"{len(values)} values for {picked.shape[-1]} choices")
        valued = ~np.isnan(values)
        picked, values = picked[..., valued], values[valued]
        weight = self.weights.weight[self.place][..., None]
        base = picked.sum(axis=-1)
        size = self._summed(base[..., None] * weight)
        shares = _divided(self._summed(picked * weight), size)
        mean = (shares * values).sum(axis=-1, keepdims=True)
        spread = self._summed(picked * self._spread()[..., None])
        first = (spread * (values - mean) ** 2).sum(axis=-1, keepdims=True)
        top = (picked @ values)[..., None]
        error = _root(first, self._forms(base, top, mean), size)
        return mean[..., 0], error[..., 0]

    def _error(self, answered: Floats, picked: Floats, share: Floats, size: Floats) -> Floats:
        spread = self._spread()[..., None]
        chose = self._summed(picked * spread)
        others = self._summed((answered[..., None] - picked) * spread)
        first = chose * (1 - share) ** 2 + others * share**2
        return _root(first, self._forms(answered, picked, share), size)

    def _spread(self) -> Floats:
        return self.residuals.spread.reshape(self.weights.weight.shape)[self.place]

    def _summed(self, inner: Floats) -> Floats:
        """Return sums over nodes with totals (nodes × (A+1) × (G+1) × K) of pieces' values (L × A × G × K)."""
        return _with_totals((self.parts @ inner.reshape(len(inner), -1)).reshape(-1, *inner.shape[1:]))

    def _forms(self, base: Floats, top: Floats, ratio: Floats) -> Floats:
        """Return the variance's quadratic form in the sums of y − ratio over each domain (of the shape of ratio)."""
        found = np.zeros_like(ratio)
        shape = self.weights.weight.shape
        both = np.concatenate([base[..., None], top], axis=-1).reshape(len(base), -1)
        for group in self.groups:
            counts = (group.pieces @ both).reshape(len(group.nodes), -1, 1 + top.shape[-1])
            here = ratio[group.nodes]
            there = np.empty_like(here)
            for age, gender, inside in _domains(shape[1], shape[2]):
                cells = np.flatnonzero(np.tile(inside, group.places))
                sums = counts[:, cells, 1:] - here[:, None, age, gender] * counts[:, cells, :1]
                there[:, age, gender] = self._form(group, cells, sums)
            found[group.nodes] = there
        return found

    def _form(self, group: _Group, cells: Codes, sums: Floats) -> Floats:
        if group.places == 1:
            block = self.blocks[np.ix_(np.arange(len(self.blocks)), cells, cells)][group.place]
            return (sums * (block @ sums)).sum(axis=1)
        flat = sums.transpose(1, 0, 2).reshape(len(cells), -1)
        return self.residuals.form(cells, flat).reshape(len(sums), -1)


def prepare(weights: Weights, place: ArrayLike, parts: csr_array, sample: Sample) -> Nodes:
    """Return nodes ready to estimate questions for.

    `place` (L): the place, of those of the weights, in which each leaf piece lies. `parts` (nodes × L): 1 where a piece
    is part of a node. Nodes within a place are cheapest; those of several places take work in proportion to P. Raises
    DesignInvalid for shapes that do not match or a piece that is twice in a node, LonelyUnit where the variance of one
    answer would be needed.
    """
    found = np.asarray(place, dtype=np.intp)
    table = csr_array(parts, dtype=np.float64, copy=True)
    table.sum_duplicates()
    table.eliminate_zeros()
    places, ages, genders = weights.weight.shape
    assert table.shape is not None
    if table.shape[1:] != found.shape:
        raise DesignInvalid(f"{found.shape} pieces have a place, and {table.shape[1:]} are parts of nodes")
    if np.any(found < 0) or np.any(found >= places):
        raise DesignInvalid("a piece lies in a place that has no weights")
    if np.any(table.data != 1):
        raise DesignInvalid("a piece is part of a node once")
    made = residuals(weights, sample)
    cells = np.arange(places * ages * genders).reshape(places, -1)
    blocks = np.stack([made.block(each) for each in cells])
    groups = tuple(_groups(table, found, places, ages * genders))
    return Nodes(weights, found, table, made, groups, blocks)


def _groups(parts: csr_array, place: Codes, places: int, cells: int) -> Iterator[_Group]:
    """Split the nodes into those within one place and those of several, in chunks of bounded size."""
    inside = place[parts.indices]
    sizes = np.diff(parts.indptr)
    filled = np.flatnonzero(sizes)
    least, most = np.zeros(len(sizes), dtype=np.intp), np.zeros(len(sizes), dtype=np.intp)
    if len(filled):
        least[filled] = np.minimum.reduceat(inside, parts.indptr[filled])
        most[filled] = np.maximum.reduceat(inside, parts.indptr[filled])
    within, across = np.flatnonzero(least == most), np.flatnonzero(least != most)
    for nodes in _chunks(within, CHUNK // cells):
        yield _Group(nodes, csr_array(parts[nodes]), 1, least[nodes])
    for nodes in _chunks(across, CHUNK // (places * cells)):
        some = parts[nodes].tocoo()
        rows = some.row * places + place[some.col]
        pieces = csr_array((some.data, (rows, some.col)), shape=(len(nodes) * places, len(place)))
        yield _Group(nodes, pieces, places, least[nodes])


def _chunks(nodes: Codes, size: int) -> Iterator[Codes]:
    step = max(size, 1)
    for start in range(0, len(nodes), step):
        yield nodes[start : start + step]


def _domains(ages: int, genders: int) -> Iterator[tuple[int, int, Mask]]:
    """Yield each cell of (A+1) × (G+1) with which of the A·G cells belong to it."""
    for age in range(ages + 1):
        for gender in range(genders + 1):
            inside = np.zeros((ages, genders), dtype=np.bool_)
            inside[slice(None) if age == ages else age, slice(None) if gender == genders else gender] = True
            yield age, gender, inside.reshape(-1)


def _with_totals(inner: Floats) -> Floats:
    for axis in (1, 2):
        inner = np.concatenate([inner, inner.sum(axis=axis, keepdims=True)], axis=axis)
    return inner


def _divided(above: Floats, below: Floats) -> Floats:
    there = np.broadcast_to(below > 0, above.shape)
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=there)


def _root(first: Floats, form: Floats, size: Floats) -> Floats:
    variance = first + form
    variance = np.where(variance <= NO_VARIANCE * first, 0.0, variance)
    return _divided(np.sqrt(variance), np.broadcast_to(size, variance.shape))


def _wilson(share: Floats, error: Floats, worth: Floats, base: Counts, level: float) -> tuple[Floats, Floats]:
    """Return both ends of Wilson's intervals, as `survey.estimation.intervals` computes one."""
    spread = share * (1 - share)
    varies = (error > 0) & (spread > 0)
    effective = np.divide(spread, error**2, out=np.broadcast_to(worth, share.shape).copy(), where=varies)
    sizes, which = np.unique(base, return_inverse=True)
    quantiles = np.full(len(sizes), np.nan)
    quantiles[sizes > 1] = student.ppf((1 + level) / 2, sizes[sizes > 1] - 1)
    t = quantiles[which].reshape(base.shape)
    scale = 1 + t * t / effective
    centre = (share + t * t / (2 * effective)) / scale
    half = t * np.sqrt(spread / effective + t * t / (4 * effective**2)) / scale
    low, high = np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)
    return np.where(share == 0, np.minimum(low, 0.0), low), np.where(share == 1, np.maximum(high, 1.0), high)
