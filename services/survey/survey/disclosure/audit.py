"""The audit: two tables that a reader could both believe in, further apart than the minimum, for every hidden cell."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csc_array, csr_array, vstack

from survey.disclosure.changes import Changes, Indices, Target
from survey.disclosure.solver import Solver
from survey.disclosure.tables import Mask, Numbers, Tables

TOLERANCE = 1e-6


def targets_of(tables: Tables, hidden: Sequence[Mask]) -> list[Target]:
    """Return all that has to stay uncertain: every hidden cell, and the growth of cells hidden in both releases."""
    targets = [Target(table, int(cell)) for table, cells in enumerate(hidden) for cell in np.flatnonzero(cells)]
    for relation in tables.relations:
        if relation.grows:
            both = np.flatnonzero(hidden[relation.lower] & hidden[relation.upper])
            targets += [Target(relation.upper, int(cell), relation.lower) for cell in both]
    return targets


class Audit:
    """How far each target is known to fall and to rise; `held` says which of the `changes`' unknowns stay still."""

    def __init__(self, changes: Changes, held: Mask, minimum: int) -> None:
        programme = changes.programme
        self.changes, self.minimum = changes, minimum
        self.targets: list[Target] = []
        self.aims = csr_array((0, changes.size))
        self.low, self.high = np.zeros(0), np.zeros(0)
        self.seen: list[Numbers] = []
        least, most = programme.row_bounds()
        low, high = np.where(held, 0, programme.low), np.where(held, 0, programme.high)
        self._solver = Solver(csc_array(programme.rows()), least, most, low, high, by_costs=True)
        self._every = np.arange(changes.size)

    def watch(self, targets: Sequence[Target]) -> None:
        """Take on targets; what was seen so far tells of them, too."""
        aims = self.changes.aim(targets)
        low, high = np.zeros(len(targets)), np.zeros(len(targets))
        for change in self.seen:
            moved = aims @ change
            low, high = np.minimum(low, moved), np.maximum(high, moved)
        self.targets += targets
        self.aims = csr_array(vstack([self.aims, aims]))
        self.low, self.high = np.concatenate([self.low, low]), np.concatenate([self.high, high])

    def aim(self, place: int) -> tuple[Indices, Numbers]:
        """Return the unknowns that a target consists of, and their signs."""
        # Not by scipy's indexing, which takes as long as a small programme.
        entries = slice(*self.aims.indptr[place : place + 2].tolist())
        return np.asarray(self.aims.indices[entries], dtype=np.int64), np.asarray(self.aims.data[entries], dtype=float)

    def free(self, unknowns: Indices) -> None:
        """Let unknowns move."""
        programme = self.changes.programme
        self._solver.bound(unknowns, programme.low[unknowns], programme.high[unknowns])

    def hold(self, unknowns: Indices) -> None:
        """Keep unknowns from moving."""
        self._solver.bound(unknowns, np.zeros(len(unknowns)), np.zeros(len(unknowns)))

    def is_narrow(self, place: int) -> bool:
        """Whether a target's interval isn't known to be as wide as the minimum."""
        return bool(self.high[place] - self.low[place] < self.minimum - TOLERANCE)

    def see(self, change: Numbers) -> None:
        """Widen what a change shows to be possible."""
        moved = self.aims @ change
        self.low, self.high = np.minimum(self.low, moved), np.maximum(self.high, moved)
        self.seen.append(change)

    def widen(self, place: int) -> bool:
        """Look how far a target can rise and fall; return whether that is far enough."""
        unknowns, signs = self.aim(place)
        for sign in (-1.0, 1.0):
            if self.is_narrow(place):
                self._solver.cost(unknowns, sign * signs)
                change = self._solver.solve()
                self._solver.cost(unknowns, np.zeros(len(signs)))
                if change is not None:
                    self.see(change)
        return not self.is_narrow(place)
