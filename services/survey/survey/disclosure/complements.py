"""Which further cells to hide: the cheapest that let an exposed cell move, cell after cell.

For an exposed cell the cheapest change that moves it far enough is sought among all cells, where moving a shown cell
costs and moving a hidden one doesn't; the shown cells that move are hidden. The linear programme is the heuristic of
J. P. Kelly, B. L. Golden, A. A. Assad, "Cell suppression: disclosure protection for sensitive tabular data", Networks
22 (1992), 397–417. That changes seen once stay possible while more is hidden makes every step an audit as well.
"""

import numpy as np
from scipy.sparse import csc_array, csr_array, hstack, vstack

from survey.disclosure.audit import TOLERANCE, Audit, targets_of
from survey.disclosure.changes import Changes, Indices
from survey.disclosure.cleanup import Cleanup
from survey.disclosure.solver import Solver
from survey.disclosure.tables import Mask, Numbers, Tables

PARTS = tuple(part / 10 for part in range(9, 0, -1))
"""Which parts of the minimum a target may fall that must rise by the rest."""

REWEIGHTED = 2
"""How often a choice is asked again for fewer cells, unless it is to be quick."""


class Complements:
    """The search for complements of a mask; `mask` grows until no target is exposed."""

    def __init__(
        self,
        tables: Tables,
        mask: Mask,
        minimum: int,
        cost: Numbers,
        safe: Mask | None = None,
        *,
        asked_again: int = REWEIGHTED,
    ) -> None:
        """Begin with a mask; hidden cells of it that are proven `safe` already are not looked at again."""
        movable = [np.ones(mask.shape, dtype=bool) if fixed is None else fixed for fixed in tables.fixed]
        self.mask, self.cost = mask.copy(), cost
        self.changes = Changes(tables, movable)
        self._ours = np.array([fixed is None for fixed in tables.fixed])[self.changes.table]
        self._minimum, self._asked_again = minimum, asked_again
        shown = self._ours & ~mask[self.changes.cells]
        self.audit = Audit(self.changes, shown, minimum)
        self._tables = tables
        targets = targets_of(tables, tables.hidden(mask))
        self._known = set(targets)
        self.audit.watch([target for target in targets if safe is None or not safe[target.cell]])
        self._solver = self._chooser(np.where(shown, cost[self.changes.cells], 0))

    def _chooser(self, costs: Numbers) -> Solver:
        programme = self.changes.programme
        rows = programme.rows()
        # Rises and falls apart, as both cost; the last row is the target's.
        both = csr_array(vstack([hstack([rows, -rows]), csr_array((1, 2 * self.changes.size))]))
        least, most = programme.row_bounds()
        high = np.concatenate([programme.high, -programme.low])
        solver = Solver(csc_array(both), np.append(least, 0), np.append(most, 0), np.zeros(len(high)), high)
        solver.cost(np.arange(len(high)), np.concatenate([costs, costs]))
        self._last = len(both.indptr) - 2
        return solver

    def protect(self) -> list[int]:
        """Hide until all targets are safe; return the targets for which nothing could be done."""
        hopeless, nobody = list[int](), list[int]()
        place = 0
        while place < len(self.audit.targets) or nobody:
            if place == len(self.audit.targets):
                # Since these were looked at more was hidden, and what was known to be nobody may now be a few.
                places, nobody = nobody, []
                if all(self._is_nobody(old) for old in places):
                    break
            else:
                places = [place]
                place += 1
            for looked_at in places:
                if not self.audit.is_narrow(looked_at) or self.audit.widen(looked_at):
                    continue
                if self._is_nobody(looked_at):
                    nobody.append(looked_at)
                elif not self._hide_for(looked_at):
                    hopeless.append(looked_at)
        return hopeless

    def _hide_for(self, place: int) -> bool:
        audit = self.audit
        amounts = (self._minimum + audit.low[place], audit.high[place] - self._minimum)
        possible = [change for amount in amounts for change in self._few(place, amount)]
        if not possible:
            return self._hide_both_ways(place)
        self._hide(min(possible, key=self._price))
        return not audit.is_narrow(place)

    def _hide_both_ways(self, place: int) -> bool:
        """Hide for a target that can go far enough in no one direction, but some way in either.

        Such is a few people's base within a shown one that isn't much larger than the minimum.
        """
        for part in PARTS:
            fall = self._few(place, -part * self._minimum)
            rise = self._few(place, (1 - part) * self._minimum) if fall else []
            if fall and rise:
                self._hide(min(fall, key=self._price))
                self._hide(min(rise, key=self._price))
                return not self.audit.is_narrow(place)
        return False

    def _few(self, place: int, amount: float) -> list[Numbers]:
        """Return changes in which a target moves so far: the cheapest, then such as move ever fewer shown cells.

        A cell that moves little costs as much as one that moves far, so it is made dearer and the programme asked again
        (E. J. Candès, M. B. Wakin, S. P. Boyd, "Enhancing sparsity by reweighted l1 minimization", 2008).
        """
        costs = np.where(self._ours & ~self.mask[self.changes.cells], self.cost[self.changes.cells], 0)
        found: list[Numbers] = []
        for _ in range(self._asked_again + 1):
            change = self._cheapest(place, amount)
            if change is None:
                break
            found.append(change)
            if self._asked_again:
                self._charge(costs * self._minimum / (np.abs(change) + 0.1 * self._minimum))
        if self._asked_again:
            self._charge(costs)
        return found

    def _charge(self, costs: Numbers) -> None:
        self._solver.cost(np.arange(2 * len(costs)), np.concatenate([costs, costs]))

    def _cheapest(self, place: int, amount: float) -> Numbers | None:
        unknowns, signs = self.audit.aim(place)
        columns = np.concatenate([unknowns, unknowns + self.changes.size])
        values = np.concatenate([signs, -signs])
        self._solver.row(self._last, columns, values, amount)
        found = self._solver.solve()
        self._solver.row(self._last, columns, np.zeros(len(columns)), 0.0)
        return None if found is None else found[: self.changes.size] - found[self.changes.size :]

    def _moved(self, change: Numbers) -> Indices:
        moved = self.changes.cells[self._ours & (np.abs(change) > TOLERANCE / 10)]
        return np.unique(moved[~self.mask[moved]])

    def _price(self, change: Numbers) -> float:
        return float(self.cost[self._moved(change)].sum())

    def _hide(self, change: Numbers) -> None:
        cells = self._moved(change)
        change = np.where(np.abs(change) > TOLERANCE / 10, change, 0)
        self.mask[cells] = True
        unknowns = np.flatnonzero(self._ours & np.isin(self.changes.cells, cells))
        self._solver.cost(np.concatenate([unknowns, unknowns + self.changes.size]), np.zeros(2 * len(unknowns)))
        self.audit.free(unknowns)
        self.audit.see(change)
        after = targets_of(self._tables, self._tables.hidden(self.mask))
        self.audit.watch([target for target in after if target not in self._known])
        self._known.update(after)

    def _is_nobody(self, place: int) -> bool:
        """Whether a target is a growth of which everybody knows that nobody came: there is nobody to protect."""
        target = self.audit.targets[place]
        if target.earlier is None or self.audit.high[place] > TOLERANCE:
            return False
        return any(
            relation.grows
            and (relation.lower, relation.upper) == (target.earlier, target.table)
            and relation.nobody[target.cell]
            for relation in self._tables.relations
        )

    def any_ours(self, places: list[int]) -> bool:
        """Whether one of the targets is a cell that the common mask hides."""
        return any(self._tables.fixed[self.audit.targets[place].table] is None for place in places)

    def tidy(self, keep: Mask, hopeless: list[int]) -> None:
        """Show again what needn't be hidden, dearest first, cells of `keep` excepted."""
        cleanup = Cleanup(self.audit, self._ours, self._ours & ~self.mask[self.changes.cells], hopeless)
        cells = np.flatnonzero(self.mask & ~keep)
        for cell in cells[np.argsort(-self.cost[cells], kind="stable")].tolist():
            if cleanup.show(cell):
                self.mask[cell] = False
