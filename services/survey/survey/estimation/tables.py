"""Whether two answers go together: Pearson's test with Rao and Scott's corrections for the design."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import chi2
from scipy.stats import f as fisher

from survey.estimation.design import Codes, Design, Floats
from survey.estimation.errors import EmptyDomain
from survey.estimation.estimates import indicators, mean, table


@dataclass(frozen=True, slots=True)
class Association:
    """A test of independence: its statistic, its one or two degrees of freedom, and p."""

    statistic: float
    degrees_of_freedom: tuple[float, ...]
    p: float


def independence(design: Design, rows: Codes, columns: Codes, statistic: Literal["F", "Chisq"] = "F") -> Association:
    """Test whether two answers (codes without gaps, n each) are independent.

    Pearson's X² of the weighted table, scaled to the number of answers. `F` divides it by the sum of the generalised
    design effects and has Satterthwaite's degrees of freedom (second order), `Chisq` compares X² over the mean effect
    with χ² (first order): J. N. K. Rao, A. J. Scott, Annals of Statistics 12 (1984), 46–60; D. R. Thomas, J. N. K. Rao,
    JASA 82 (1987), 630–636. Raises EmptyDomain for fewer than two rows or columns.
    """
    counts = table(design, rows, columns)
    if min(counts.shape) < 2:
        raise EmptyDomain("a test of independence needs two rows and two columns")
    pearson = _pearson(counts, design.size)
    effects = _effects(design, rows, columns, counts.shape)
    trace, square = float(np.trace(effects)), float(np.trace(effects @ effects))
    if statistic == "Chisq":
        freedom = float(len(effects))
        return Association(pearson, (freedom,), float(chi2.sf(pearson / (trace / freedom), freedom)))
    first = trace**2 / square
    second = first * design.degrees_of_freedom
    found = pearson / trace
    return Association(found, (first, second), float(fisher.sf(found, first, second)))


def _pearson(counts: Floats, size: int) -> float:
    scaled = counts * (size / counts.sum())
    expected = np.outer(scaled.sum(axis=1), scaled.sum(axis=0)) / size
    return float(((scaled - expected) ** 2 / expected).sum())


def _effects(design: Design, rows: Codes, columns: Codes, shape: tuple[int, ...]) -> Floats:
    """Return the matrix of generalised design effects of the interaction, (rows−1)(columns−1) square."""
    cells = rows * shape[1] + columns
    present = np.unique(cells)
    shares = mean(design, indicators(np.searchsorted(present, cells).astype(np.intp)))
    proportion = np.zeros(shape[0] * shape[1])
    proportion[present] = shares.values
    covariance = np.zeros((len(proportion), len(proportion)))
    covariance[np.ix_(present, present)] = shares.covariance
    inverse = np.divide(1.0, proportion, out=np.zeros_like(proportion), where=proportion > 0)
    contrasts = _interaction(*shape)
    simple = (contrasts.T * (inverse / design.size)) @ contrasts
    weighted = contrasts * inverse[:, None]
    return np.asarray(np.linalg.solve(simple, weighted.T @ covariance @ weighted), dtype=np.float64)


def _interaction(rows: int, columns: int) -> Floats:
    """Return the interaction columns of the saturated model, free of what rows and columns alone explain."""
    row, column = np.divmod(np.arange(rows * columns), columns)
    by_row = np.equal.outer(row, np.arange(1, rows)).astype(np.float64)
    by_column = np.equal.outer(column, np.arange(1, columns)).astype(np.float64)
    main = np.hstack([np.ones((rows * columns, 1)), by_row, by_column])
    both = np.hstack([by_row[:, [i]] * by_column for i in range(rows - 1)])
    return both - main @ np.linalg.lstsq(main, both, rcond=None)[0]
