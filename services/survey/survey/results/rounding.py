"""In what whole numbers a release keeps its figures: more digits would be equations about hidden cells."""

SHARE_UNIT = 1_000
"""Shares and the ends of their intervals, in thousandths."""

ERROR_UNIT = 10_000
"""Standard errors of shares, in ten-thousandths."""

MEAN_UNIT = 1_000
"""Means of scales and their standard errors, in thousandths."""
