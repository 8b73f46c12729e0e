"""Letters and their marks in one order, in time that grows with a text and not with its square.

Python puts marks in order by moving each past those before it: 40,000 of them on one letter take seven seconds, and
with them everything else that the process does. So no letter keeps more than thirty, as in the Stream-Safe Text Format
(Unicode Standard Annex #15, section 13); no writing has a tenth of that.
"""

import re
import sys
import unicodedata
from functools import cache

MOST_MARKS = 30
"""Marks that one letter keeps."""
# Marks take two bytes or more in UTF-8, none of them an ASCII one.
_LEAST_BYTES = b"x" * (2 * (MOST_MARKS + 1))
_ASCII_OR_NOT = b" " * 128 + b"x" * 128


def nfc(text: str) -> str:
    """Return a text of strangers with each letter and its marks as one sign where there is one."""
    return text if text.isascii() else unicodedata.normalize("NFC", _bounded(text))


def nfd(text: str) -> str:
    """Return a text of strangers with letters and their marks apart."""
    return text if text.isascii() else unicodedata.normalize("NFD", _bounded(text))


def _bounded(text: str) -> str:
    # First what is quick to see: where ASCII comes often enough between all others, there are none too many.
    if _LEAST_BYTES not in text.encode("utf-8", "surrogatepass").translate(_ASCII_OR_NOT):
        return text
    return _too_many().sub(lambda found: found[0][:MOST_MARKS], text)


@cache
def _too_many() -> re.Pattern[str]:
    marks = "".join(sign for sign in map(chr, range(sys.maxunicode + 1)) if unicodedata.combining(sign))
    return re.compile(f"[{re.escape(marks)}]{{{MOST_MARKS + 1},}}")
