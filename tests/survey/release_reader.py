"""A reader of one question's release with linear programming: knows what its tables say and how they add up.

Shares no code with the product. Unknown are the answers of each smallest part of the organisation that tables tell
apart, by age, gender and choice; who took part there; and the frame's people. What a release shows are sums of these:
bases and people exactly, shares to within their rounding. The reader may think that nobody answered twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from highspy import Highs, HighsLp, HighsModelStatus, MatrixFormat
from scipy.sparse import coo_array, csc_array, csr_array, eye_array, hstack, kron, vstack

FAR = 1e6
PRIMAL = 4


@dataclass(frozen=True)
class Table:
    """What is shown of a question or of participation: nodes × ages × genders with totals last, NaN where hidden."""

    n: np.ndarray
    people: np.ndarray
    share: np.ndarray | None = None
    """… × choices."""
    off: np.ndarray | None = None
    """By how much the shares of a cell may be off."""


class Reader:
    """Solves for the least and the most that a hidden base could be."""

    def __init__(
        self, made: np.ndarray, participation: Table, asked: Table | None = None, weights: np.ndarray | None = None
    ) -> None:
        """Begin to read; `made` says of which parts a node is made (nodes × parts, 0 or 1).

        With `weights` (parts × ages × genders), which no release tells, shares say something about bases.
        """
        ages, genders = participation.n.shape[1:]
        self._cells = csr_array(kron(csr_array(made), kron(_with_total(ages), _with_total(genders))))
        inner = self._cells.shape[1]
        # Who took part; the frame's people; who answered the question, by choice.
        choices = 1 if asked is None or asked.share is None or weights is None else asked.share.shape[-1]
        self._inner, self._choices = inner, choices if asked is not None else 0
        self._size = inner * (2 + self._choices)
        self._rows: list[csr_array] = []
        self._least: list[np.ndarray] = []
        self._most: list[np.ndarray] = []
        one = eye_array(inner)
        self._say(participation.n, self._took_part(self._cells))
        # Totals also hold people of categories that the tables don't have.
        self._say(participation.people, self._of(self._cells, 1, 1), at_most=True)
        self._between(self._took_part(one) - self._of(one, 1, 1), -np.inf, 0.0)
        if asked is not None:
            self._say(asked.n, self._answered(self._cells))
            self._between(self._answered(one) - self._took_part(one), -np.inf, 0.0)
            if choices > 1 and weights is not None:
                self._know_shares(asked, weights.reshape(-1) / weights.mean())
        self._hidden = np.isnan((participation if asked is None else asked).n.reshape(-1))
        self._solver = self._highs()

    @property
    def hidden(self) -> np.ndarray:
        """The numbers of the cells that aren't shown."""
        return np.flatnonzero(self._hidden)

    def interval(self, cell: int) -> tuple[float, float]:
        """Return the least and the most that a cell's base can be."""
        row = self._cells[[cell]]
        aim = csr_array(self._answered(row) if self._choices else self._took_part(row))
        ends = [sign * self._solve(aim.indices, sign * aim.data) for sign in (1.0, -1.0)]
        return ends[0], ends[1]

    def _took_part(self, cells: csr_array) -> csr_array:
        return self._of(cells, 0, 1)

    def _answered(self, cells: csr_array) -> csr_array:
        every = kron(np.ones((1, self._choices)), cells)
        return csr_array(hstack([csr_array((cells.shape[0], 2 * self._inner)), every]))

    def _of(self, cells: csr_array, block: int, blocks: int) -> csr_array:
        """Return cells as rows of all unknowns, of which they concern some blocks."""
        before = csr_array((cells.shape[0], block * self._inner))
        after = csr_array((cells.shape[0], self._size - (block + blocks) * self._inner))
        return csr_array(hstack([before, cells, after]))

    def _say(self, shown: np.ndarray, rows: csr_array, *, at_most: bool = False) -> None:
        at = np.flatnonzero(~np.isnan(shown.reshape(-1)))
        values = shown.reshape(-1)[at]
        is_total = np.zeros(shown.shape, dtype=bool)
        is_total[:, -1], is_total[:, :, -1] = True, True
        self._between(rows[at], np.where(is_total.reshape(-1)[at] & at_most, 0.0, values), values)

    def _know_shares(self, asked: Table, weights: np.ndarray) -> None:
        """|share − Σ w chosen / Σ w| ≤ off, times Σ w, which is linear in the unknowns, too."""
        assert asked.share is not None
        assert asked.off is not None
        weighted = csr_array(self._cells * weights[None, :])
        at = np.flatnonzero(~np.isnan(asked.n.reshape(-1)))
        size = self._answered(csr_array(weighted[at]))
        for choice in range(self._choices):
            chosen = self._of(csr_array(weighted[at]), 2 + choice, 1)
            share, off = asked.share.reshape(-1, self._choices)[at, choice], asked.off.reshape(-1)[at]
            self._between(chosen - _scaled(size, share + off), -np.inf, 1e-6)
            self._between(_scaled(size, share - off) - chosen, -np.inf, 1e-6)

    def _between(self, rows: csr_array, least: np.ndarray | float, most: np.ndarray | float) -> None:
        self._rows.append(csr_array(rows))
        self._least.append(np.broadcast_to(least, rows.shape[0]))
        self._most.append(np.broadcast_to(most, rows.shape[0]))

    def _highs(self) -> Highs:
        rows = csc_array(vstack(self._rows))
        model = HighsLp()
        model.num_row_, model.num_col_ = rows.shape
        model.col_cost_ = np.zeros(self._size)
        model.col_lower_, model.col_upper_ = np.zeros(self._size), np.full(self._size, FAR)
        model.row_lower_, model.row_upper_ = np.concatenate(self._least), np.concatenate(self._most)
        model.a_matrix_.format_ = MatrixFormat.kColwise
        model.a_matrix_.num_row_, model.a_matrix_.num_col_ = rows.shape
        model.a_matrix_.start_, model.a_matrix_.index_ = rows.indptr.astype(np.int32), rows.indices.astype(np.int32)
        model.a_matrix_.value_ = rows.data
        solver = Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        # Only costs change from one question to the next, so the last answer stays possible.
        solver.setOptionValue("simplex_strategy", PRIMAL)
        solver.passModel(model)
        return solver

    def _solve(self, columns: np.ndarray, costs: np.ndarray) -> float:
        """Return the least that costs can come to; HiGHS begins where it ended last."""
        solver = self._solver
        solver.changeColsCost(len(columns), columns.astype(np.int32), costs)
        solver.run()
        assert solver.getModelStatus() == HighsModelStatus.kOptimal, solver.getModelStatus()
        found = solver.getInfo().objective_function_value
        solver.changeColsCost(len(columns), columns.astype(np.int32), np.zeros(len(columns)))
        return found


def _with_total(extent: int) -> csr_array:
    """Categories, and below them their total; `extent` counts it."""
    return csr_array(vstack([eye_array(extent - 1), np.ones((1, extent - 1))]))


def _scaled(rows: csr_array, by: Sequence[float] | np.ndarray) -> csr_array:
    number = np.arange(rows.shape[0])
    return csr_array(coo_array((np.asarray(by), (number, number)), shape=(len(number), len(number))) @ rows)
