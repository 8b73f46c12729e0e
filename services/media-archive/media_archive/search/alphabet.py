"""Titles in the order of the Vietnamese alphabet: keys whose byte order is that order, for an index that knows bytes.

Letters decide first (blank, other signs, digits, a ă â b … y z, other scripts), then tones (ngang, huyền, hỏi, ngã,
sắc, nặng), then capitals, as in CLDR's `vi`.
"""

import unicodedata
from functools import lru_cache

from kit.texts import nfc

_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_LETTER_WEIGHT = {letter: chr(0x41 + position) for position, letter in enumerate(_LETTERS)}
_TONE_WEIGHT = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_LONGEST_SORTED = 60
_PACKED, _BITS = 9, 7


def sort_key(title: str) -> str:
    """Return a key whose byte order is Vietnamese order; the first 60 signs decide."""
    composed = " ".join(nfc(title).split())
    weights = [_weights(sign) for sign in composed[:_LONGEST_SORTED]]
    letters, tones, cases = ("".join(level) for level in zip(*weights, strict=True)) if weights else ("", "", "")
    return f"{letters}\x01{tones.rstrip('0')}\x01{cases.rstrip('0')}"


def packed(key: str) -> int:
    """Return the beginning of a key as a number of 63 bits that never sorts against the key's order.

    Keys with one number may differ: the index can ask for a range of numbers, but of texts it can't.
    """
    number = 0
    for sign in key[:_PACKED].ljust(_PACKED, "\0"):
        number = number << _BITS | min(ord(sign), 2**_BITS - 1)
    return number


@lru_cache(maxsize=2_000)
def _weights(sign: str) -> tuple[str, str, str]:
    lower = sign.lower()
    marks = unicodedata.normalize("NFD", lower)
    tone = next((_TONE_WEIGHT[mark] for mark in marks if mark in _TONE_WEIGHT), "0")
    base = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONE_WEIGHT))
    return _letter_weight(base), tone, "1" if sign != lower else "0"


def _letter_weight(base: str) -> str:
    if base in _LETTER_WEIGHT:
        return _LETTER_WEIGHT[base]
    if base.isspace():
        return " "
    if base.isdigit():
        return base
    return ("~" if base.isalpha() else "#") + base
