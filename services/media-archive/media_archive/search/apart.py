"""Words that were written together, as hashtags have them (`antoanlaodong`), taken apart into syllables that are known.

Only what looks like Vietnamese is taken for a syllable, so that a foreign name is not cut into single letters.
"""

import re
from collections.abc import Callable

LONGEST = 60
"""So many letters a word may have; longer ones are left as they are."""

_SHORTEST = 4
_LONGEST_SYLLABLE = 7  # nghieng
_SYLLABLE = re.compile(
    "(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdghklmnprstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?", re.ASCII
)

# How many neighbours never stand together, how many syllables there are, and (negative) how often the rarest pair does.
_Cost = tuple[int, int, int]


def taken_apart(
    word: str, is_known: Callable[[str], bool], together: Callable[[str, str], int], most: int = 2
) -> list[list[int]]:
    """Return where the syllables of a word in small letters without accents begin, in up to `most` ways, best first.

    Two or more syllables, all of them known, in as few as can be, which stand together as often as can be; what may be
    one syllable is left. Takes time that grows with the length of the word: of all ways to the same last syllable only
    the best is gone on with.
    """
    if not _SHORTEST <= len(word) <= LONGEST or _SYLLABLE.fullmatch(word):
        return []
    # By where a syllable ends and begins: what the best way to it costs, and where the one before begins.
    ways: dict[int, dict[int, tuple[_Cost, int | None]]] = {}
    for end in range(1, len(word) + 1):
        reached: dict[int, tuple[_Cost, int | None]] = {}
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            syllable = word[start:end]
            if (start and start not in ways) or not _SYLLABLE.fullmatch(syllable) or not is_known(syllable):
                continue
            if start == 0:
                reached[0] = ((0, 1, 0), None)
                continue
            reached[start] = min(
                (_further(cost, together(word[before:start], syllable)), before)
                for before, (cost, _) in ways[start].items()
            )
        if reached:
            ways[end] = reached
    last = sorted((cost, start) for start, (cost, _) in ways.get(len(word), {}).items() if start)
    # Another way is as good as the best only in as many syllables that are strangers to each other no more often.
    return [_beginnings(ways, len(word), start) for cost, start in last[:most] if cost[:2] == last[0][0][:2]]


def _further(cost: _Cost, times: int) -> _Cost:
    strangers, syllables, rarest = cost
    seldom = -times if rarest == 0 else max(rarest, -times)
    return strangers + (times == 0), syllables + 1, seldom if times else rarest


def _beginnings(ways: dict[int, dict[int, tuple[_Cost, int | None]]], end: int, start: int) -> list[int]:
    found = [start]
    before = ways[end][start][1]
    while before is not None:
        end, start = start, before
        found.append(start)
        before = ways[end][start][1]
    return found[::-1]
