"""One spelling for every way Vietnamese is typed, so that a text and a query meet.

Telex and VNI write composed letters, macOS decomposed ones, Windows-1258 a mixture; the tone of an open
``oa``, ``oe`` or ``uy`` sits on either vowel (``hoà``/``hòa``); and some old fonts used the Icelandic eth for ``đ``.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator

from kit.texts import nfc

_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile("[\u0300-\u036f]")
_TONES = "\u0300\u0301\u0309\u0303\u0323"


def _tone_moves() -> dict[str, str]:
    """Every toned pair as it may be typed → the spelling we keep (tone on the first vowel)."""
    moves: dict[str, str] = {}
    for first, second in ("oa", "oe", "uy"):
        for tone in _TONES:
            moves[_compose(first, second + tone)] = _compose(first + tone, second)
    return moves


def _compose(*parts: str) -> str:
    return unicodedata.normalize("NFC", "".join(parts))


_MOVES = _tone_moves()
_BACK = {kept: typed for typed, kept in _MOVES.items() if typed[0] == "u"}
# Only at the end of a syllable: "toàn" and "hoạch" have one spelling. After q the u is part of the consonant,
# so there the tone belongs to the y ("quý"), wherever it was typed.
_OPEN = re.compile(rf"(?<!q)({'|'.join(_MOVES)})(?!\w)")
_AFTER_Q = re.compile(rf"(?<=q)({'|'.join(_BACK)})(?!\w)")


def lowered(text: str) -> str:
    """Lower-case NFC, with đ for the eth of old fonts."""
    return unicodedata.normalize("NFC", nfc(text).lower()).replace("ð", "đ")


def canonical(text: str) -> str:
    """Lower-case NFC with the tone where we keep it; accents stay."""
    placed = _OPEN.sub(lambda match: _MOVES[match[1]], lowered(text))
    return _AFTER_Q.sub(lambda match: _BACK[match[1]], placed)


def fold(text: str) -> str:
    """`canonical` without accents and with đ as d: what a person types who does not switch the keyboard."""
    return without_accents(canonical(text))


def without_accents(canonical_text: str) -> str:
    """The folded form of a text that is canonical already; keeps its syllables one to one."""
    return _MARKS.sub("", unicodedata.normalize("NFD", canonical_text.replace("đ", "d")))


def letters_and_tone(syllable: str) -> tuple[str, str]:
    """Take a syllable in small letters apart: its letters with hats and horns, and its tone, if any."""
    decomposed = unicodedata.normalize("NFD", syllable)
    tone = next((sign for sign in decomposed if sign in _TONES), "")
    return _compose("".join(sign for sign in decomposed if sign not in _TONES)), tone


def syllables(text: str) -> list[str]:
    """The syllables (and numbers) of a text as they stand, in order."""
    return _WORD.findall(text)


def spans(text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[tuple[int, int]]:
    """Yield where the syllables of a stretch of a text in NFC begin and end."""
    return (match.span() for match in _WORD.finditer(text, start, end))


def has_word(text: str, start: int, end: int = sys.maxsize) -> bool:
    """Whether a stretch of a text holds a syllable, or a piece of one."""
    return _WORD.search(text, start, end) is not None
