"""Vietnamese text as people expect it: cleaned when it comes in, comparable when searched, sorted by their alphabet."""

import re
import unicodedata

from kit.texts import nfc

_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
# Bytes that sort as the alphabet does: blank < other signs < digits < letters < letters of other scripts.
_LETTER_WEIGHT = {letter: chr(0x41 + position) for position, letter in enumerate(_LETTERS)}
_TONE_WEIGHT = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}  # huyền hỏi ngã sắc nặng

# "hòa" and "hoà", "thúy" and "thuý" are one word in two spellings: the tone moves to the second vowel, not after q.
_EARLY_TONE = re.compile(r"(?<!q)(?:([òóỏõọ])([ae])|([ùúủũụ])(y))(?!\w)")
_SIGNS = re.compile(r"[\W_]+")
_LONGEST_SORTED = 120


def clean(text: str) -> str:
    """Return the text in NFC with single blanks and without control characters."""
    composed = nfc(text)
    return " ".join("".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in composed).split())


def search_form(text: str) -> str:
    """Return the words as they are compared when accents count: NFC, lower case, one placement of tones, no signs."""
    return _EARLY_TONE.sub(_late_tone, _SIGNS.sub(" ", clean(text).lower())).strip()


def _late_tone(match: re.Match[str]) -> str:
    early, late = (match[1], match[2]) if match[1] else (match[3], match[4])
    base, tone = unicodedata.normalize("NFD", early)
    return base + unicodedata.normalize("NFC", late + tone)


def sort_key(text: str) -> str:
    """Return a key whose byte order is Vietnamese order: letters first, then tones, then case, as in CLDR's `vi`.

    The first 120 signs decide, which keeps keys short enough for cursors.
    """
    weights = [_weights(sign) for sign in clean(text)[:_LONGEST_SORTED]]
    levels = ("".join(level) for level in zip(*weights, strict=True))
    letters, tones, cases = levels if weights else ("", "", "")
    return f"{letters}\x01{tones.rstrip('0')}\x01{cases.rstrip('0')}"


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
