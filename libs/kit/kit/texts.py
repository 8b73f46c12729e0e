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
_FAR_SIGNS = re.compile(f"[^\x00-\u02ff]{{{MOST_MARKS + 1}}}")


def nfc(text: str) -> str:
    """Return a text of strangers with each letter and its marks as one sign where there is one."""
    return text if text.isascii() else unicodedata.normalize("NFC", _bounded(text))


def nfd(text: str) -> str:
    """Return a text of strangers with letters and their marks apart."""
    return text if text.isascii() else unicodedata.normalize("NFD", _bounded(text))


def _bounded(text: str) -> str:
    # First what is quick to see: where there are no marks, nor letters of far scripts, there are none too many.
    if len(text) <= MOST_MARKS or _FAR_SIGNS.search(text) is None:
        return text
    return _too_many().sub(lambda found: found[0][:MOST_MARKS], text)


@cache
def _too_many() -> re.Pattern[str]:
    marks = "".join(sign for sign in map(chr, range(sys.maxunicode + 1)) if unicodedata.combining(sign))
    return re.compile(f"[{re.escape(marks)}]{{{MOST_MARKS + 1},}}")
