"""The passage of a text that answers a query best, with the words that were asked for."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from media_archive.search import vietnamese

_WORDS = 36
_CONTEXT = 6

_fold = lru_cache(maxsize=20_000)(vietnamese.fold)
_canonical = lru_cache(maxsize=20_000)(vietnamese.canonical)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a snippet; `is_match` when it was asked for."""

    text: str
    is_match: bool


def snippet(text: str, query: str) -> list[Piece]:
    """Return the best passage of some 36 syllables as pieces; joined they read as in the text."""
    text = unicodedata.normalize("NFC", text)
    words = list(vietnamese.spans(text))
    if not words:
        return []
    asked = vietnamese.syllables(vietnamese.canonical(query))
    matches = _matches([text[start:end] for start, end in words], asked)
    first = _best_start(matches)
    last = min(len(words), first + _WORDS) - 1
    return _pieces(text, words, matches, first, last)


def _matches(words: list[str], asked: list[str]) -> list[bool]:
    """A syllable asked for with accents needs them; a bare one is met by any."""
    bare = {word for word in asked if vietnamese.fold(word) == word}
    accented = set(asked) - bare
    single = [_canonical(word) in accented or _fold(word) in bare for word in words]
    if len(asked) < 2:
        return single
    # A syllable on its own says little: mark those that have a neighbour which was asked for too.
    return [hit and (any(single[max(0, at - 1) : at]) or any(single[at + 1 : at + 2])) for at, hit in enumerate(single)]


def _best_start(matches: list[bool]) -> int:
    """Where a window holds most matches; a few words before the first one, for context."""
    if not any(matches):
        return 0
    inside = sum(matches[:_WORDS])
    best, most = 0, inside
    for start in range(1, max(1, len(matches) - _WORDS + 1)):
        inside += matches[start + _WORDS - 1] - matches[start - 1]
        if inside > most:
            best, most = start, inside
    return max(0, matches.index(True, best) - _CONTEXT)


def _pieces(text: str, words: list[tuple[int, int]], matches: list[bool], first: int, last: int) -> list[Piece]:
    pieces: list[Piece] = [Piece("… ", False)] if first else []
    at = words[first][0]
    for place in range(first, last + 1):
        start, end = words[place]
        if matches[place]:
            if start > at:
                pieces.append(Piece(_on_one_line(text[at:start]), False))
            pieces.append(Piece(text[start:end], True))
            at = end
    end = words[last][1]
    tail = _on_one_line(text[at:end]) + (" …" if last + 1 < len(words) else "")
    return [*pieces, Piece(tail, False)] if tail else pieces


def _on_one_line(text: str) -> str:
    return " ".join(f"|{text}|".split())[1:-1]
