"""A reader who knows every base that was ever published, and linear programming."""

import itertools

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array


class Attacker:
    """Knows tables over (age, gender, region) with totals, NaN where hidden, and which table can't pass which."""

    def __init__(self, tables: dict[str, np.ndarray], at_most: list[tuple[str, str]]) -> None:
        self._tables = tables
        starts = np.cumsum([0, *(table.size for table in tables.values())])
        self._start = dict(zip(tables, starts[:-1].tolist(), strict=True))
        self._size = int(starts[-1])
        known = np.concatenate([table.ravel() for table in tables.values()])
        most = 20 * np.nanmax(known, initial=1000.0)
        self._bounds = np.stack([np.nan_to_num(known, nan=0.0), np.nan_to_num(known, nan=most)], axis=1)
        self._equal = self._rows([row for name in tables for row in self._lines(name)])
        self._below = self._rows([row for lower, upper in at_most for row in self._order(lower, upper)])

    def hidden(self, name: str) -> list[tuple[int, ...]]:
        """The places of a table that are hidden."""
        return [tuple(map(int, place)) for place in np.argwhere(np.isnan(self._tables[name]))]

    def width(self, *aim: tuple[float, str, tuple[int, ...]]) -> float:
        """How far the most and the least that a weighted sum of cells could be lie apart."""
        weights = np.zeros(self._size)
        for weight, name, place in aim:
            weights[self._index(name, place)] += weight
        least, most = (self._solve(sign * weights) for sign in (1, -1))
        return -most - least

    def _solve(self, weights: np.ndarray) -> float:
        below = {"A_ub": self._below, "b_ub": np.zeros(self._below.shape[0])} if self._below is not None else {}
        found = linprog(
            weights, A_eq=self._equal, b_eq=np.zeros(self._equal.shape[0]), bounds=self._bounds, method="highs", **below
        )
        assert found.status == 0, found.message
        return found.fun

    def _index(self, name: str, place: tuple[int, ...]) -> int:
        return self._start[name] + int(np.ravel_multi_index(place, self._tables[name].shape))

    def _lines(self, name: str):
        shape = self._tables[name].shape
        for axis, extent in enumerate(shape):
            for rest in itertools.product(*(range(e) for other, e in enumerate(shape) if other != axis)):
                line = [self._index(name, (*rest[:axis], position, *rest[axis:])) for position in range(extent)]
                yield [*((index, 1.0) for index in line[:-1]), (line[-1], -1.0)]

    def _order(self, lower: str, upper: str):
        for place in np.ndindex(*self._tables[lower].shape):
            yield [(self._index(lower, place), 1.0), (self._index(upper, place), -1.0)]

    def _rows(self, rows: list[list[tuple[int, float]]]):
        if not rows:
            return None
        entries = [(number, index, value) for number, row in enumerate(rows) for index, value in row]
        numbers, indices, values = zip(*entries, strict=True)
        return coo_array((values, (numbers, indices)), shape=(len(rows), self._size)).tocsr()
