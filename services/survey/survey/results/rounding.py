"""How finely a release tells its figures, and in what whole numbers it keeps them.

A base is told exactly. If shares were, too, each would be an equation about the choices of hidden cells, with other
weights than the base's, and both together could be solved. So no share is told more finely than one answer of its base
could move it, and how many chose something is not told at all. What is lost is small beside the standard error: a step
s adds s/√12, at most 1.5 points beside the 9 points of a share of 30 answers.
"""

from typing import Final

SHARE_UNIT = 1_000
"""Shares and the ends of their intervals, in thousandths."""

ERROR_UNIT = 10_000
"""Standard errors of shares, in ten-thousandths."""

MEAN_UNIT = 1_000
"""Means of scales and their standard errors, in thousandths."""

STEPS: Final = ((1_000, 1), (500, 2), (200, 5), (100, 10), (50, 20), (0, 50))
"""From how many answers on shares, their intervals and means are multiples of how many thousandths."""


def rounding_error(base: int) -> float:
    """Return the standard error that rounding adds to a share, or mean, of so many answers: s/√12 of a step s."""
    return _step(base) / SHARE_UNIT / 12**0.5


def is_whole_percent(base: int) -> bool:
    """Whether shares of so many answers are told in whole percents, so that a digit behind them says nothing."""
    return _step(base) * 100 % SHARE_UNIT == 0


def _step(base: int) -> int:
    return next(step for least, step in STEPS if base >= least)
