"""Whole numbers as people write them."""

import re

# Thousands in groups, all set apart by one sign: 1.5 is no grouped number, and not 15.
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([., \u00a0\u202f])[0-9]{3}(\1[0-9]{3})*")


def written_number(text: str) -> int | None:
    """Return a number as it is written: 1234, 1.234, 1,234 or 1 234; None for what is no whole number below 10^15."""
    digits = re.sub(r"[^0-9]", "", text) if _GROUPED.fullmatch(text) else text
    return int(digits) if re.fullmatch(r"[0-9]{1,15}", digits) else None
