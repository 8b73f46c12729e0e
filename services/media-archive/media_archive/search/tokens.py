"""The four kinds of tokens by which a text is indexed and asked for.

Folded and accented syllables, folded and accented pairs of neighbours. Pairs stand in for Vietnamese words (word
segmenters were measured and did worse); accented tokens let a typed accent count.
"""

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from media_archive.search import vietnamese

TokenField = Literal["folded", "folded_pairs", "accented", "accented_pairs"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text, in order; `folded` and `accented` are as long as each other."""

    folded: list[str]
    folded_pairs: list[str]
    accented: list[str]
    accented_pairs: list[str]

    def of(self, field: TokenField) -> list[str]:
        """Return the tokens of one kind."""
        return getattr(self, field)

    @property
    def is_bare(self) -> bool:
        """Whether nothing carries an accent: then every accent is meant."""
        return self.folded == self.accented


def tokens(text: str) -> Tokens:
    """The tokens of a text, with repetitions (frequencies matter to the ranking)."""
    words = vietnamese.syllables(vietnamese.lowered(text))
    both = [spelled(word) for word in words]
    accented, folded = [one for one, _ in both], [one for _, one in both]
    return Tokens(folded, _pairs(folded), accented, _pairs(accented))


@lru_cache(maxsize=200_000)
def spelled(word: str) -> tuple[str, str]:
    """Return a syllable in small letters as we spell it, and without accents. There are few: each is looked at once."""
    accented = vietnamese.canonical(word)
    return accented, vietnamese.without_accents(accented)


def _pairs(words: list[str]) -> list[str]:
    return [f"{first}_{second}" for first, second in itertools.pairwise(words)]
