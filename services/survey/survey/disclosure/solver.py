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


class Solver:
    """Finds x with the least cost x, `least` <= rows x <= `most` and `low` <= x <= `high`."""

    def __init__(self, rows: csc_array, least: Numbers, most: Numbers, low: Numbers, high: Numbers) -> None:
        model = HighsLp()
        model.num_row_, model.num_col_ = rows.shape
        model.col_cost_ = np.zeros(rows.shape[1])
        model.col_lower_, model.col_upper_ = low, high
        model.row_lower_, model.row_upper_ = least, most
        model.a_matrix_.format_ = MatrixFormat.kColwise
        model.a_matrix_.num_row_, model.a_matrix_.num_col_ = rows.shape
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
        self._highs = Highs()
        self._highs.setOptionValue("output_flag", False)
        self._highs.setOptionValue("threads", 1)
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
        """Return the cheapest x, or None when there is none."""
        self._highs.run()
        if self._highs.getModelStatus() != HighsModelStatus.kOptimal:
            return None
        return np.asarray(self._highs.getSolution().col_value)
