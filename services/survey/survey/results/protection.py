"""What a table may not tell: small cells, and everything that would let a reader work them out.

A reader knows every number shown and that each line of a table adds up to its total. Three steps hide cells, until
nothing changes:

1. *small cells*: a base below the minimum (also 0: empty and too small look alike), or a base that changed by fewer
   than the minimum since an earlier release showed it;
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
NOT_SHOWN = -1


@dataclass(frozen=True)
class Layer:
    """One table of bases with its totals, and what else a reader knows about it, cell by cell.

    `earlier` is the base that an earlier release showed, `at_most` a number shown elsewhere that the base can't pass;
    NOT_SHOWN where there is none.
    """

    base: Counts
    earlier: Counts
    at_most: Counts

    @classmethod
    def of(cls, base: Counts, earlier: Counts | None = None, at_most: Counts | None = None) -> "Layer":
        """Return a layer; what is not given is not known."""
        unknown = np.full_like(base, NOT_SHOWN)
        return cls(base, unknown if earlier is None else earlier, unknown if at_most is None else at_most)


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
    mask = np.zeros(layers[0].base.shape, dtype=bool)
    for layer in layers:
        change = np.where(layer.earlier == NOT_SHOWN, 0, np.abs(layer.base - layer.earlier))
        mask |= (layer.base < minimum) | ((change > 0) & (change < minimum))
    return mask


def _distinct(layers: Sequence[Layer]) -> list[Layer]:
    # Questions that everyone must answer have one and the same base.
    return list({(x.base.tobytes(), x.earlier.tobytes(), x.at_most.tobytes()): x for x in layers}.values())


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

    Every cell is an unknown of a linear program, every line an equation; shown cells are fixed, hidden ones lie between
    what an earlier release showed and the highest number they may be.
    """
    targets: list[int] = np.flatnonzero(mask.ravel()).tolist()
    truth = layer.base.ravel().astype(float)
    # More than anyone could believe, so that every program has a finite answer.
    unbelievable = 10 * float(truth.max()) + 1000
    highest = np.where(layer.at_most == NOT_SHOWN, unbelievable, layer.at_most).ravel()
    # A base grows with the answers; it shrinks only when a category stopped being rare, and then nothing is known.
    lowest = np.where(layer.earlier <= layer.base, np.maximum(layer.earlier, 0), 0).ravel()
    bounds = np.stack([lowest, highest], axis=1)
    bounds[~mask.ravel()] = truth[~mask.ravel(), None]
    least, most = truth.copy(), truth.copy()
    for target in targets:
        for sign in (1.0, -1.0):
            if most[target] - least[target] >= minimum:
                break
            # Each solution is one possible table: it also widens what is known of the other cells.
            possible = _extreme(mask.shape, bounds, target, sign)
            least, most = np.minimum(least, possible), np.maximum(most, possible)
        if most[target] - least[target] < minimum - 1e-6:
            yield tuple(int(index) for index in np.unravel_index(target, mask.shape))


def _extreme(shape: tuple[int, ...], bounds: NDArray[np.float64], target: int, sign: float) -> NDArray[np.float64]:
    aim = np.zeros(len(bounds))
    aim[target] = sign
    equations, line_count = _equations(shape)
    result = linprog(aim, A_eq=equations, b_eq=np.zeros(line_count), bounds=bounds, method="highs")
    if not result.success:
        raise RuntimeError(f"the audit of a table failed: {result.message}")
    return result.x


@lru_cache(maxsize=32)
def _equations(shape: tuple[int, ...]) -> tuple[csr_array, int]:
    """Return one row for each line (its entries less its total come to 0) and how many there are."""
    rows: list[int] = []
    columns: list[int] = []
    signs: list[float] = []
    for row, line in enumerate(lines(shape)):
        for place in line:
            rows.append(row)
            columns.append(int(np.ravel_multi_index(place, shape)))
            signs.append(-1.0 if place == line[-1] else 1.0)
    return csr_array((signs, (rows, columns))), max(rows) + 1
