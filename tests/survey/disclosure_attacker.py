"""A reader with linear programming, who knows all that was published of nodes in layers, and nothing else.

Shares no code with the product: gets what is shown (NaN where hidden), which nodes add up to which, and which layer's
people are among which other's.
"""

import itertools

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array


class Reader:
    """Knows layers of shape (nodes, a + 1, b + 1, ...), NaN where hidden."""

    def __init__(
        self,
        shown: list[np.ndarray],
        sums: list[tuple[int, list[int]]],
        at_most: list[tuple[int, int]] = (),
    ) -> None:
        self._shown = [layer.astype(float) for layer in shown]
        self._size = self._shown[0].size
        values = np.concatenate([layer.ravel() for layer in self._shown])
        self._open = np.isnan(values)
        self._column = np.cumsum(self._open) - 1
        self._values = values
        self._unbelievable = 50 * float(np.nanmax(values, initial=1000.0))
        one = np.arange(self._size).reshape(self._shown[0].shape)
        lines = [
            line for whole, parts in sums for line in zip(*(one[part].ravel() for part in [*parts, whole]), strict=True)
        ]
        for axis in range(1, one.ndim):
            lines += [tuple(line) for line in np.moveaxis(one, axis, -1).reshape(-1, one.shape[axis])]
        equal = [
            [(layer * self._size + cell, 1.0) for cell in line[:-1]] + [(layer * self._size + line[-1], -1.0)]
            for layer, line in itertools.product(range(len(shown)), lines)
        ]
        order = [
            [(lower * self._size + cell, 1.0), (upper * self._size + cell, -1.0)]
            for lower, upper in at_most
            for cell in range(self._size)
        ]
        self._equal, self._equal_to = self._rows(equal)
        self._order, self._order_to = self._rows(order)

    def hidden(self, layer: int) -> list[int]:
        """The cells of a layer that are hidden, flat."""
        return np.flatnonzero(np.isnan(self._shown[layer].ravel())).tolist()

    def interval(self, *aim: tuple[float, int, int]) -> tuple[float, float]:
        """The least and the most that a weighted sum of cells (weight, layer, flat cell) can be."""
        weights = np.zeros(int(self._open.sum()))
        known = 0.0
        for weight, layer, cell in aim:
            place = layer * self._size + cell
            if self._open[place]:
                weights[self._column[place]] += weight
            else:
                known += weight * self._values[place]
        return known + self._least(weights), known - self._least(-weights)

    def exposed(self, layer: int, width: float) -> list[int]:
        """The hidden cells of a layer that can be narrowed to less than `width`."""
        found = []
        for cell in self.hidden(layer):
            least, most = self.interval((1, layer, cell))
            if most - least < width - 1e-5:
                found.append(cell)
        return found

    def _least(self, weights: np.ndarray) -> float:
        result = linprog(
            weights,
            A_eq=self._equal,
            b_eq=self._equal_to if self._equal is not None else None,
            A_ub=self._order,
            b_ub=self._order_to if self._order is not None else None,
            bounds=(0, self._unbelievable),
            method="highs",
        )
        assert result.status == 0, result.message
        return float(result.fun)

    def _rows(self, rows: list[list[tuple[int, float]]]):
        entries: list[tuple[int, int, float]] = []
        right: list[float] = []
        for row in rows:
            unknown = [(place, sign) for place, sign in row if self._open[place]]
            if unknown:
                entries += [(len(right), int(self._column[place]), sign) for place, sign in unknown]
                right.append(-sum(sign * self._values[place] for place, sign in row if not self._open[place]))
        if not right:
            return None, None
        numbers, columns, signs = zip(*entries, strict=True)
        shape = (len(right), int(self._open.sum()))
        return coo_array((signs, (numbers, columns)), shape=shape).tocsr(), np.array(right)
