"""What was hidden for one cell is often needless once others are hidden: it is shown again where that is safe."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csc_array

from survey.disclosure.audit import TOLERANCE, Audit
from survey.disclosure.tables import Mask

EFFORT = 1_000_000
"""How many programmes are solved at most, times their unknowns: past a few hundred cells of a table the first tries
find most of what needn't be hidden, and each takes longer."""


class Cleanup:
    """Tries cells one by one; changes that the audit saw tell at once most of what is possible without a cell."""

    def __init__(self, audit: Audit, ours: Mask, held: Mask, hopeless: Sequence[int]) -> None:
        self._audit = audit
        self._ours = ours
        self._cell = np.array([target.cell for target in audit.targets], dtype=np.int64)
        self._table = np.array([target.table for target in audit.targets], dtype=np.int64)
        self._excused = np.isin(np.arange(len(audit.targets)), hopeless)
        self._changes = np.empty((0, audit.changes.size), dtype=np.float32)
        self._moved = np.empty((0, len(audit.targets)))
        self._equal = csc_array(audit.changes.programme.equal)
        self._free = np.diff(audit.changes.programme.equal[:, np.flatnonzero(~held)].indptr)
        self._left = EFFORT // max(1, audit.changes.size)

    def show(self, cell: int) -> bool:
        """Show a hidden cell if all other targets stay safe, and return whether it is shown now."""
        audit = self._audit
        self._note()
        unknowns = np.flatnonzero(self._ours & (audit.changes.cells == cell))
        rows = self._equal[:, unknowns].indices
        if (self._free[rows] == 2).any():
            return False  # one cell would be left alone in a sum: known
        still = (np.abs(self._changes[:, unknowns]) < TOLERANCE).all(axis=1)
        excused = self._excused | ((self._cell == cell) & np.isin(self._table, audit.changes.table[unknowns]))
        kept = audit.low, audit.high
        moved = self._moved[still]
        audit.low, audit.high = moved.min(axis=0, initial=0.0), moved.max(axis=0, initial=0.0)
        audit.hold(unknowns)
        narrow = np.flatnonzero((audit.high - audit.low < audit.minimum - TOLERANCE) & ~excused)
        narrow = narrow[np.argsort((audit.high - audit.low)[narrow], kind="stable")]
        if all(self._widen(place) for place in narrow.tolist()):
            self._excused = excused
            np.subtract.at(self._free, rows, 1)
            self._changes, self._moved = self._changes[still], moved
            return True
        audit.free(unknowns)
        # What was seen with the cell held still is possible without, too.
        audit.low, audit.high = np.minimum(audit.low, kept[0]), np.maximum(audit.high, kept[1])
        return False

    def _widen(self, place: int) -> bool:
        self._left -= 1
        return self._left >= 0 and self._audit.widen(place)

    def _note(self) -> None:
        """Take over what the audit saw since."""
        audit = self._audit
        if audit.seen:
            changes = np.array(audit.seen)
            moved = (audit.aims @ changes.T).T
            self._changes = np.concatenate([self._changes, changes.astype(np.float32)])
            self._moved = np.concatenate([self._moved, moved])
            audit.seen = []
