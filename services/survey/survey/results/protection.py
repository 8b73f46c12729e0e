"""What a table may not tell: small cells, and everything that would let a reader work them out.

A reader knows every number shown and that each line of a table adds up to its total. Three steps hide cells, until
nothing changes:

1. *small cells*: a base below the minimum (also 0: empty and too small look alike);
2. *lines*: of a line with its total never exactly one entry is hidden, and what is hidden beneath a shown total comes
   to at least the minimum; the cheapest entry, fewest people for the most lines mended, is hidden along;
3. *audit*: a linear program finds the least and the most that each hidden cell could be, given all that is shown; when
   these lie closer together than the minimum, the cheapest shown cell of its lines is hidden too.

Complementary suppression and the audit by linear programming follow chapters 4.3 to 4.4 of A. Hundepool et al.,
"Statistical Disclosure Control" (Wiley, 2012), and M. Fischetti, J. J. Salazar, "Solving the cell suppression problem
on tabular data with linear constraints", Management Science 47 (2001), 1008–1027; the choice of cells is greedy, not
optimal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from survey.results.tabulation import Counts

Mask = NDArray[np.bool_]
Place = tuple[int, ...]


@dataclass(frozen=True)
class Shown:
    """A table that is published already: its bases with totals, and which of them are hidden."""

    base: Counts
    hidden: Mask


@dataclass(frozen=True)
class Layer:
    """A table of bases with its totals, of people who are all `within` another table, cell by cell."""

    base: Counts
    within: Shown | None = None


def protect(layers: Sequence[Layer], minimum: int, seed: int, hidden: Mask | None = None) -> Mask:
    """Return which cells to hide, True for hidden, in all of the layers alike; `hidden` ones stay hidden.

    The layers have one shape (ages + 1, genders + 1, regions + 1). The seed only settles ties between cells of equal
    cost. When nothing less is safe, everything is hidden.
    """
    layers = _distinct(layers)
    cost = np.max([layer.base for layer in layers], axis=0)
    cost = cost + np.random.default_rng(seed).random(cost.shape)
    mask = small_cells(layers, minimum)
    if hidden is not None:
        mask |= hidden
    while True:
        _mend_lines(mask, layers, minimum, cost)
        if mask.all():
            return mask
        exposed = next((place for layer in layers for place in exposed_cells(layer, mask, minimum)), None)
        if exposed is None:
            return mask
        mask[_cheapest_beside(exposed, mask, cost)] = True


def small_cells(layers: Sequence[Layer], minimum: int) -> Mask:
    """Return the cells that must not be shown whatever stands around them."""
    return np.logical_or.reduce([layer.base < minimum for layer in layers])


def _distinct(layers: Sequence[Layer]) -> list[Layer]:
    # Questions that everyone must answer have one and the same base.
    return list({(layer.base.tobytes(), id(layer.within)): layer for layer in layers}.values())


def lines(shape: tuple[int, ...]) -> Iterator[tuple[Place, ...]]:
    """Yield every line of a table: its entries in order, the total last."""
    for axis in range(len(shape)):
        for rest in np.ndindex(*(extent for other, extent in enumerate(shape) if other != axis)):
            yield tuple((*rest[:axis], position, *rest[axis:]) for position in range(shape[axis]))


def is_open(line: Sequence[Place], mask: Mask, layers: Sequence[Layer], minimum: int) -> bool:
    """Whether a reader learns from this line alone what it hides, or that it hides fewer people than the minimum."""
    unseen = [place for place in line if mask[place]]
    if not unseen:
        return False
    if len(unseen) == 1:
        return True
    total_is_shown = not mask[line[-1]]
    return total_is_shown and any(sum(int(layer.base[place]) for place in unseen) < minimum for layer in layers)


def _mend_lines(mask: Mask, layers: Sequence[Layer], minimum: int, cost: NDArray[np.float64]) -> None:
    every_line = list(lines(mask.shape))
    while True:
        gains: dict[Place, int] = {}
        for line in every_line:
            if is_open(line, mask, layers, minimum):
                for place in line:
                    if not mask[place]:
                        gains[place] = gains.get(place, 0) + 1
        if not gains:
            return
        mask[min(gains, key=lambda place: cost[place] / gains[place])] = True


def _cheapest_beside(place: Place, mask: Mask, cost: NDArray[np.float64]) -> Place:
    beside = [other for line in lines(mask.shape) if place in line for other in line if not mask[other]]
    shown = beside or [tuple(int(index) for index in other) for other in np.argwhere(~mask)]
    return min(shown, key=lambda other: cost[other])


def exposed_cells(layer: Layer, mask: Mask, minimum: int) -> Iterator[Place]:
    """Yield the hidden cells whose base a reader can narrow to less than `minimum` between the least and the most.

    Every cell is an unknown of a linear program and every line an equation; shown cells are fixed. Where the layer is
    within another table, that table's cells are unknowns as well, each at least as large as the layer's.
    """
    tables = [Shown(layer.base, mask)] + ([layer.within] if layer.within else [])
    hidden = np.concatenate([table.hidden.ravel() for table in tables])
    truth = np.concatenate([table.base.ravel() for table in tables]).astype(float)
    # More than anyone could believe, so that every program has a finite answer.
    unbelievable = 10 * float(truth.max()) + 1000
    bounds = np.stack([np.where(hidden, 0, truth), np.where(hidden, unbelievable, truth)], axis=1)
    least, most = truth.copy(), truth.copy()
    targets: list[int] = np.flatnonzero(hidden).tolist()
    for target in targets:
        for sign in (1.0, -1.0):
            if most[target] - least[target] >= minimum:
                break
            # Each solution is one possible pair of tables: it also widens what is known of the other cells.
            possible = _extreme(mask.shape, len(tables), bounds, target, sign)
            least, most = np.minimum(least, possible), np.maximum(most, possible)
        if most[target] - least[target] < minimum - 1e-6:
            yield tuple(int(index) for index in np.unravel_index(target % mask.size, mask.shape))


def _extreme(
    shape: tuple[int, ...], tables: int, bounds: NDArray[np.float64], target: int, sign: float
) -> NDArray[np.float64]:
    aim = np.zeros(len(bounds))
    aim[target] = sign
    equations, equal, order, below = _constraints(shape, tables)
    result = linprog(aim, A_eq=equations, b_eq=equal, A_ub=order, b_ub=below, bounds=bounds, method="highs")
    if not result.success:
        raise RuntimeError(f"the audit of a table failed: {result.message}")
    return result.x


@lru_cache(maxsize=32)
def _constraints(
    shape: tuple[int, ...], tables: int
) -> tuple[csr_array, NDArray[np.float64], csr_array | None, NDArray[np.float64] | None]:
    """Return that each line's entries less its total come to 0, and that a first table stays within a second."""
    rows: list[int] = []
    columns: list[int] = []
    signs: list[float] = []
    size = int(np.prod(shape))
    every_line = list(lines(shape))
    for table in range(tables):
        for row, line in enumerate(every_line, start=table * len(every_line)):
            for place in line:
                rows.append(row)
                columns.append(table * size + int(np.ravel_multi_index(place, shape)))
                signs.append(-1.0 if place == line[-1] else 1.0)
    equations = csr_array((signs, (rows, columns)), shape=(tables * len(every_line), tables * size))
    equal = np.zeros(tables * len(every_line))
    if tables == 1:
        return equations, equal, None, None
    each = np.arange(size)
    order = csr_array((np.repeat([1.0, -1.0], size), (np.tile(each, 2), np.arange(2 * size))))
    return equations, equal, order, np.zeros(size)
