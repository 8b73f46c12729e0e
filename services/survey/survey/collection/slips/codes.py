"""The codes on slips: 80 random bits that people can type from paper, with a character that shows when they mistyped.

Sixteen characters of Crockford's base32 and one that checks them, a weighted sum over the field with 32 elements: every
wrong character and every two that were exchanged are noticed, of anything else 31 in 32.
"""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Callable
from functools import cache
from itertools import product

from survey.collection.refusals import SlipMistyped

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_CHARACTERS = 16
LENGTH = RANDOM_CHARACTERS + 1
# Longer than any way to write a code: nothing behind it is read.
LONGEST_WRITTEN = 100

_POLYNOMIAL = 0b100101  # x⁵ + x² + 1, of which x generates all elements but 0
_LOOK_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_FILLING = re.compile(r"[\s\-–—_.,:;/|]+")


def new_code() -> str:
    """Return the code of a new slip, in its one spelling: 16 random characters and the one that checks them."""
    bits = secrets.randbits(5 * RANDOM_CHARACTERS)
    text = "".join(ALPHABET[bits >> 5 * place & 31] for place in range(RANDOM_CHARACTERS))
    return text + check_character(text)


def printed(code: str) -> str:
    """Return a code as it stands on paper: in groups of four, the last of five."""
    return "-".join([code[:4], code[4:8], code[8:12], code[12:]])


def read_code(text: str) -> str:
    """Return the one spelling of a code as people write it; SlipMistyped when there is none.

    Capitals, spaces and hyphens don't matter, nor o for 0, i and l for 1, u for v, nor what a Vietnamese keyboard makes
    of letters that follow each other (`AS` to `Á`, `DD` to `Đ`, `W` to `Ư`).
    """
    written = _FILLING.sub("", unicodedata.normalize("NFC", text[:LONGEST_WRITTEN])).upper()
    for undone in (_undone(written, _TELEX), _undone(written, _VNI)):
        code = undone.translate(_LOOK_ALIKE)
        if len(code) == LENGTH and set(code) <= _VALUES.keys() and check_character(code[:-1]) == code[-1]:
            return code
    raise SlipMistyped()


def slip_hash(code: str) -> bytes:
    """Return what is kept of a slip: 32 bytes, from which 80 random bits can't be found."""
    return hashlib.sha256(b"loa slip " + code.encode()).digest()


def check_character(text: str) -> str:
    """Return the character that checks these: their sum, each multiplied by x to the power of its place, from 1 on."""
    total = 0
    for place, character in enumerate(text, 1):
        total ^= _product(_VALUES[character], _power(place))
    return ALPHABET[total]


@cache
def _power(exponent: int) -> int:
    return 1 if exponent == 0 else _product(_power(exponent - 1), 2)


@cache
def _product(one: int, other: int) -> int:
    result = 0
    while other:
        if other & 1:
            result ^= one
        one <<= 1
        if one & 0b100000:
            one ^= _POLYNOMIAL
        other >>= 1
    return result


# What a keyboard's input method takes as the marks of the letter before: grave, acute, tilde, hook above, dot below;
# circumflex, breve, horn.
_GRAVE, _ACUTE, _TILDE, _HOOK, _DOT, _CIRCUMFLEX, _BREVE, _HORN = "\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b"


def _telex(letter: str, mark: str) -> str:
    if mark == _CIRCUMFLEX:
        return letter
    return {_GRAVE: "F", _ACUTE: "S", _TILDE: "X", _HOOK: "R", _DOT: "J", _BREVE: "W", _HORN: "W"}.get(mark, mark)


def _vni(_: str, mark: str) -> str:
    return {
        _GRAVE: "2",
        _ACUTE: "1",
        _TILDE: "4",
        _HOOK: "3",
        _DOT: "5",
        _CIRCUMFLEX: "6",
        _BREVE: "8",
        _HORN: "7",
    }.get(mark, mark)


def _typed(letters: dict[str, str], keys: Callable[[str, str], str]) -> dict[int, str]:
    """Return, for each letter with marks, the keys that were meant."""
    vowels = {
        "A": (_CIRCUMFLEX, _BREVE),
        "E": (_CIRCUMFLEX,),
        "O": (_CIRCUMFLEX, _HORN),
        "U": (_HORN,),
        "I": (),
        "Y": (),
    }
    found = dict(letters)
    for vowel, shapes in vowels.items():
        for shape, tone in product(("", *shapes), ("", _GRAVE, _ACUTE, _TILDE, _HOOK, _DOT)):
            letter = unicodedata.normalize("NFC", vowel + shape + tone)
            if letter not in found and (shape or tone):
                meant = vowel + "".join(keys(vowel, mark) for mark in (shape, tone) if mark)
                # No code has a U: an Ư was made of a W alone.
                found[letter] = meant.replace("UW", "W")
    return {ord(letter): meant for letter, meant in found.items()}


_TELEX = _typed({"Đ": "DD"}, _telex)
_VNI = _typed({"Đ": "D9"}, _vni)


def _undone(text: str, table: dict[int, str]) -> str:
    return text.translate(table)
