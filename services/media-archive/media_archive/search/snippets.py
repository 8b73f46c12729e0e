"""The passage of a text that answers a query best, with the words that were asked for.

A page has twenty of them, so a text is gone through once, by one pattern made of the query: it finds each word that may
have been asked for, and only what it finds is looked at more closely.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from kit.texts import nfc
from media_archive.search import vietnamese
from media_archive.search.tokens import spelled

_WORDS = 36
_CONTEXT = 6
_WINDOW = 130
"""Characters in which as many matches as possible should stand: what some 30 syllables take."""
_CONTEXT_WITHIN = 60
"""Characters looked through for the syllables before the first match."""
_MOST_KNOWN = 1_000
"""Words that a query remembers: about as many as a page's texts have that begin and are as long as one asked for."""
_SHOWN = re.compile(rf"[^\W_]++(?:[\W_]++[^\W_]++){{0,{_WORDS - 1}}}")
_COMPOSED_LETTERS_UP_TO = 0x2000

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a snippet; `is_match` when it was asked for."""

    text: str
    is_match: bool


def snippet(text: str, query: str) -> list[Piece]:
    """Return the best passage of some 36 syllables as pieces; joined they read as in the text."""
    text = nfc(text)
    matches = _matches(text, _asked(query))
    shown = _SHOWN.search(text, _beginning(text, matches))
    return _pieces(text, shown.span(), matches) if shown else []


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a query asks: bare ones mean every accent, accented ones themselves; `pattern` finds them, and more.

    `known` has of words that it found in texts whether they are meant: few words are most of what is written.
    """

    bare: frozenset[str]
    accented: frozenset[str]
    are_many: bool
    pattern: re.Pattern[str]
    known: dict[str, bool] = field(default_factory=dict[str, bool], compare=False)


@lru_cache(maxsize=200)
def _asked(query: str) -> _Asked:
    words = vietnamese.syllables(vietnamese.canonical(query))
    bare = frozenset(word for word in words if vietnamese.fold(word) == word)
    plain = dict.fromkeys(word.translate(_PLAIN) for word in words)
    return _Asked(bare, frozenset(words) - bare, len(words) > 1, _pattern(plain))


def _plain_letters() -> dict[int, str]:
    """Every letter that is folded to one other letter."""
    letters = map(chr, range(_COMPOSED_LETTERS_UP_TO))
    folded = {letter: vietnamese.fold(letter) for letter in letters if letter.isalnum()}
    return {ord(letter): plain for letter, plain in folded.items() if plain != letter and len(plain) == 1}


_PLAIN = _plain_letters()
_SPELLINGS: defaultdict[str, str] = defaultdict(str)
for _letter, _plain in _PLAIN.items():
    _SPELLINGS[_plain] += chr(_letter)


def _pattern(plain: Iterable[str]) -> re.Pattern[str]:
    """Return what finds words that may be these syllables: begun alike, whatever the accents, and as long.

    One set of letters is all that it has of its own: `re` runs through a text by it, and takes a tenth of a millisecond
    to make each (a set for every letter of a query took longer than all the texts of a page).
    """
    words = list(plain)
    begun = "".join(dict.fromkeys(f"{word[0]}{_SPELLINGS[word[0]]}" for word in words))
    rest = "|".join(f"[^\\W_]{{{length - 1}}}" for length in sorted({len(word) for word in words}))
    return re.compile(rf"[{begun}](?<![^\W_].)(?:{rest})(?![^\W_])", re.DOTALL) if words else _NOTHING


_NOTHING = re.compile(r"(?!)")


def _matches(text: str, asked: _Asked) -> list[Span]:
    """Where the syllables stand that were asked for: with accents those that have them, bare ones with any."""
    single = [match.span() for match in asked.pattern.finditer(text) if _is_meant(match[0], asked)]
    if not asked.are_many:
        return single
    # A syllable on its own says little: mark those that have a neighbour which was asked for too.
    beside = [not vietnamese.has_word(text, one[1], other[0]) for one, other in pairwise(single)]
    return [span for at, span in enumerate(single) if (at > 0 and beside[at - 1]) or (at < len(beside) and beside[at])]


def _is_meant(word: str, asked: _Asked) -> bool:
    is_meant = asked.known.get(word)
    if is_meant is None:
        accented, plain = spelled(word.lower())
        is_meant = plain in asked.bare or accented in asked.accented
        if len(asked.known) < _MOST_KNOWN:
            asked.known[word] = is_meant
    return is_meant


def _beginning(text: str, matches: Sequence[Span]) -> int:
    """Where the first window begins that holds most matches: a few words before them, for context."""
    if not matches:
        return 0
    best, most, end = 0, 0, 0
    for at, (begin, _) in enumerate(matches):
        while end < len(matches) and matches[end][1] <= begin + _WINDOW:
            end += 1
        if end - at > most:
            best, most = begin, end - at
    return _some_words_before(text, best)


def _some_words_before(text: str, at: int) -> int:
    start = max(0, at - _CONTEXT_WITHIN)
    before = [begin for begin, _ in vietnamese.spans(text, start, at)]
    if start and before and before[0] == start:
        del before[0]  # perhaps the end of a longer word
    return min(before[-_CONTEXT:], default=at)


def _pieces(text: str, shown: Span, matches: Iterable[Span]) -> list[Piece]:
    at, end = shown
    pieces: list[Piece] = [Piece("… ", False)] if vietnamese.has_word(text, 0, at) else []
    for begin, until in _inside(matches, at, end):
        if begin > at:
            pieces.append(Piece(_on_one_line(text[at:begin]), False))
        pieces.append(Piece(text[begin:until], True))
        at = until
    tail = _on_one_line(text[at:end]) + (" …" if vietnamese.has_word(text, end) else "")
    return [*pieces, Piece(tail, False)] if tail else pieces


def _inside(spans: Iterable[Span], start: int, end: int) -> Iterator[Span]:
    return (span for span in spans if start <= span[0] and span[1] <= end)


def _on_one_line(text: str) -> str:
    return " ".join(f"|{text}|".split())[1:-1]
