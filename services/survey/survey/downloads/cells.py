"""What may stand in a file that a spreadsheet opens: no formulas, and nothing that it can't hold."""

import re

# What a spreadsheet would take for a formula is written as text, as org's exchange does.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
MARK = "'"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def plain(text: str) -> str:
    """Return a text without control characters, which no workbook may hold."""
    return _CONTROL.sub(" ", text)


def harmless(text: str) -> str:
    """Return a text as a comma-separated file holds it: a `'` stands before what looks like a formula."""
    text = plain(text)
    return MARK + text if text.startswith((*_FORMULA, MARK)) else text
