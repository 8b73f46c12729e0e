"""One linear programme that is asked again and again with a little changed: HiGHS starts from its last answer.

HiGHS: Q. Huangfu, J. A. J. Hall, "Parallelizing the dual revised simplex method", Mathematical Programming
Computation 10 (2018), 119–142. It runs on one thread here, so that one question has one answer.
"""

import numpy as np
from highspy import Highs, HighsLp, HighsModelStatus, MatrixFormat
from numpy.typing import NDArray
from scipy.sparse import csc_array

Indices = NDArray[np.int64]
Numbers = NDArray[np.float64]

STEPS = 500
PRIMAL = 4
CERTAIN = (HighsModelStatus.kOptimal, HighsModelStatus.kInfeasible)


class Solver:
    """Finds x with the least cost x, `least` <= rows x <= `most` and `low` <= x <= `high`."""

    def __init__(
        self, rows: csc_array, least: Numbers, most: Numbers, low: Numbers, high: Numbers, *, by_costs: bool = False
    ) -> None:
        """Begin with costs of 0; `by_costs`: mostly costs will change from one question to the next."""
        count, size = int(least.size), int(low.size)
        model = HighsLp()
        model.num_row_, model.num_col_ = count, size
        model.col_cost_ = np.zeros(size)
        model.col_lower_, model.col_upper_ = low, high
        model.row_lower_, model.row_upper_ = least, most
        model.a_matrix_.format_ = MatrixFormat.kColwise
        model.a_matrix_.num_row_, model.a_matrix_.num_col_ = count, size
        model.a_matrix_.start_ = np.asarray(rows.indptr, dtype=np.int32)
        model.a_matrix_.index_ = np.asarray(rows.indices, dtype=np.int32)
        model.a_matrix_.value_ = np.asarray(rows.data, dtype=np.float64)
        self._highs = Highs()
        self._highs.setOptionValue("output_flag", False)
        self._highs.setOptionValue("threads", 1)
        if by_costs:
            # The last answer is still possible then: primal simplex goes on from it, in half the time of dual.
            self._highs.setOptionValue("simplex_strategy", PRIMAL)
        # Degenerate programmes can go round in circles; steps, unlike seconds, are the same on every machine.
        self._highs.setOptionValue("simplex_iteration_limit", STEPS + 2 * (count + size))
        self._highs.passModel(model)

    def cost(self, columns: Indices, costs: Numbers) -> None:
        """Set what columns cost."""
        self._highs.changeColsCost(len(columns), columns.astype(np.int32), costs.astype(np.float64))

    def bound(self, columns: Indices, low: Numbers, high: Numbers) -> None:
        """Set between which numbers columns lie."""
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), low, high)

    def row(self, row: int, columns: Indices, values: Numbers, amount: float) -> None:
        """Set some entries of a row, and what it has to come to."""
        for column, value in zip(columns.tolist(), values.tolist(), strict=True):
            self._highs.changeCoeff(row, column, value)
        self._highs.changeRowBounds(row, amount, amount)

    def solve(self) -> Numbers | None:
        """Return the cheapest x, or None when there is none, or none is found."""
        self._highs.run()
        if self._highs.getModelStatus() not in CERTAIN:
            self._highs.clearSolver()  # from its last answer it went round in circles
            self._highs.run()
        if self._highs.getModelStatus() != HighsModelStatus.kOptimal:
            return None
        return np.asarray(self._highs.getSolution().col_value)
