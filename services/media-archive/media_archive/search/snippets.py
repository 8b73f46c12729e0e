"""The passage of a text that answers a query best, with the words that were asked for.

A page has twenty of them, so a text is gone through by what Python does in one step: one table takes the accents off
all of it, one pattern takes it apart; only syllables that may have been asked for are looked at one by one.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from media_archive.search import vietnamese

_WORDS = 36
_CONTEXT = 6
_COMPOSED_LETTERS_UP_TO = 0x2000

_canonical = lru_cache(maxsize=20_000)(vietnamese.canonical)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a snippet; `is_match` when it was asked for."""

    text: str
    is_match: bool


def snippet(text: str, query: str) -> list[Piece]:
    """Return the best passage of some 36 syllables as pieces; joined they read as in the text."""
    text = unicodedata.normalize("NFC", text)
    plain = vietnamese.syllables(text.translate(_PLAIN))
    if not plain:
        return []
    matches = _matches(text, plain, vietnamese.syllables(vietnamese.canonical(query)))
    first = _best_start(matches)
    last = min(len(plain), first + _WORDS) - 1
    return _pieces(text, len(plain), frozenset(matches), first, last)


def _plain_letters() -> dict[int, str]:
    """Every letter that is folded to one other letter, so that a text keeps its length."""
    letters = map(chr, range(_COMPOSED_LETTERS_UP_TO))
    folded = {letter: vietnamese.fold(letter) for letter in letters if letter.isalnum()}
    return {ord(letter): plain for letter, plain in folded.items() if plain != letter and len(plain) == 1}


_PLAIN = _plain_letters()


def _matches(text: str, plain: Sequence[str], asked: Sequence[str]) -> list[int]:
    """Which syllables were asked for: with accents those that have them, bare ones with any."""
    bare = {word for word in asked if vietnamese.fold(word) == word}
    accented = set(asked) - bare
    wanted = {word.translate(_PLAIN) for word in asked}
    single = [at for at, word in enumerate(plain) if word in wanted]
    if accented and single:
        words = vietnamese.syllables(text)
        single = [at for at in single if plain[at] in bare or _canonical(words[at]) in accented]
    if len(asked) < 2:
        return single
    # A syllable on its own says little: mark those that have a neighbour which was asked for too.
    there = frozenset(single)
    return [at for at in single if at - 1 in there or at + 1 in there]


def _best_start(matches: Sequence[int]) -> int:
    """Where the first window begins that holds most matches; a few words before them, for context."""
    best, most, end = 0, 0, 0
    for begin, at in enumerate(matches):
        while end < len(matches) and matches[end] < at + _WORDS:
            end += 1
        if end - begin > most:
            best, most = at, end - begin
    return max(0, best - _CONTEXT)


def _pieces(text: str, count: int, matches: frozenset[int], first: int, last: int) -> list[Piece]:
    pieces: list[Piece] = [Piece("… ", False)] if first else []
    spans = list(islice(vietnamese.spans(text), first, last + 1))
    at, end = spans[0][0], spans[-1][1]
    for place, (begin, until) in enumerate(spans, start=first):
        if place in matches:
            if begin > at:
                pieces.append(Piece(_on_one_line(text[at:begin]), False))
            pieces.append(Piece(text[begin:until], True))
            at = until
    tail = _on_one_line(text[at:end]) + (" …" if last + 1 < count else "")
    return [*pieces, Piece(tail, False)] if tail else pieces


def _on_one_line(text: str) -> str:
    return " ".join(f"|{text}|".split())[1:-1]
