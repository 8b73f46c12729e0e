"""The linear programmes: which changes of the tables a reader could believe in, given the cells that may move."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_diag, coo_array, csr_array, vstack
from scipy.sparse.csgraph import connected_components

from survey.disclosure.tables import Mask, Numbers, Tables

FAR = 1e5
"""No change goes further than this: programmes stay bounded, and a reader is only believed to know more, never less."""

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Target:
    """What must stay uncertain: a cell of a table, or by how much it outgrew the cell of an `earlier` one."""

    table: int
    cell: int
    earlier: int | None = None


@dataclass(frozen=True)
class Programme:
    """A system of changes: `equal` f = 0, `order` f <= `slack`, `low` <= f <= `high`."""

    equal: csr_array
    order: csr_array
    slack: Numbers
    low: Numbers
    high: Numbers

    def rows(self) -> csr_array:
        """Return the equations, and below them the orders."""
        return csr_array(vstack([self.equal, self.order]))

    def row_bounds(self) -> tuple[Numbers, Numbers]:
        """Return the least and the most that each of `rows` may come to."""
        zeros = np.zeros(len(self.equal.indptr) - 1)
        return np.concatenate([zeros, np.full(len(self.slack), -np.inf)]), np.concatenate([zeros, self.slack])

    def within(self, unknowns: Indices) -> "Programme":
        """Return the programme of some unknowns alone, the others not moving."""
        equal, order = self.equal[:, unknowns], self.order[:, unknowns]
        rows, orders = np.flatnonzero(np.diff(equal.indptr)), np.flatnonzero(np.diff(order.indptr))
        return Programme(equal[rows], order[orders], self.slack[orders], self.low[unknowns], self.high[unknowns])


class Changes:
    """All changes of some tables in which only the cells of `movable` (a mask for each table) move."""

    def __init__(self, tables: Tables, movable: Sequence[Mask]) -> None:
        self.movable = list(movable)
        self.starts = np.cumsum([0, *(int(mask.sum()) for mask in movable)])
        self.size = int(self.starts[-1])
        self.cells: Indices = np.concatenate([np.flatnonzero(mask) for mask in movable])
        self.table: Indices = np.repeat(np.arange(len(movable)), np.diff(self.starts))
        self._rank = [np.cumsum(mask) - 1 for mask in movable]
        self.programme = self._programme(tables)

    def unknown(self, table: int, cell: int) -> int:
        """Return the place of a movable cell among the unknowns."""
        return int(self.starts[table] + self._rank[table][cell])

    def aim(self, targets: Sequence[Target]) -> csr_array:
        """Return a row for each target: what it comes to in a change."""
        rows: list[int] = []
        columns: list[int] = []
        signs: list[float] = []
        for row, target in enumerate(targets):
            for table, sign in ((target.table, 1.0), (target.earlier, -1.0)):
                if table is not None and self.movable[table][target.cell]:
                    rows.append(row)
                    columns.append(self.unknown(table, target.cell))
                    signs.append(sign)
        return csr_array((signs, (rows, columns)), shape=(len(targets), self.size))

    def parts(self) -> Indices:
        """Return for each unknown the number of its component: unknowns of different components move freely."""
        rows = self.programme.rows()
        count = len(rows.indptr) - 1
        joints = coo_array(rows)
        shape = (count + self.size, count + self.size)
        graph = coo_array((np.ones(len(joints.row)), (joints.row, joints.col + count)), shape=shape)
        return connected_components(graph, directed=False)[1][count:]

    def _programme(self, tables: Tables) -> Programme:
        columns = tables.sums.tocsc()
        blocks = [_filled(csr_array(columns[:, np.flatnonzero(mask)])) for mask in self.movable]
        equal = csr_array(block_diag(blocks)) if self.size else csr_array((0, 0))
        low = [-tables.room[table][mask] for table, mask in enumerate(self.movable)]
        high = [np.full(len(part), FAR) for part in low]
        orders: list[csr_array] = []
        slacks: list[Numbers] = []
        for relation in tables.relations:
            below, above = self.movable[relation.lower], self.movable[relation.upper]
            most, least = high[relation.lower], low[relation.upper]
            most[:] = np.where(above[below], most, np.minimum(most, relation.slack[below]))
            least[:] = np.where(below[above], least, np.maximum(least, -relation.slack[above]))
            both = np.flatnonzero(below & above)
            orders.append(self._order(relation.lower, relation.upper, both))
            slacks.append(relation.slack[both])
        order = csr_array(vstack(orders)) if orders else csr_array((0, self.size))
        slack = np.concatenate(slacks) if slacks else np.empty(0)
        return Programme(equal, order, slack, np.concatenate(low), np.concatenate(high))

    def _order(self, lower: int, upper: int, cells: Indices) -> csr_array:
        rows = np.arange(len(cells))
        first = self.starts[lower] + self._rank[lower][cells]
        second = self.starts[upper] + self._rank[upper][cells]
        signs = np.repeat([1.0, -1.0], len(cells))
        places = (np.concatenate([rows, rows]), np.concatenate([first, second]))
        return csr_array((signs, places), shape=(len(cells), self.size))


def _filled(rows: csr_array) -> csr_array:
    """Return the rows that say something."""
    return rows[np.flatnonzero(np.diff(rows.indptr))]
