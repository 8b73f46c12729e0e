"""The four kinds of tokens by which a text is indexed and asked for.

Folded and accented syllables, folded and accented pairs of neighbours. Pairs stand in for Vietnamese words (word
segmenters were measured and did worse); accented tokens let a typed accent count.
"""

import itertools
from dataclasses import dataclass
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
    canonical = vietnamese.canonical(text)
    accented = vietnamese.syllables(canonical)
    folded = vietnamese.syllables(vietnamese.without_accents(canonical))
    return Tokens(folded, _pairs(folded), accented, _pairs(accented))


def _pairs(words: list[str]) -> list[str]:
    return [f"{first}_{second}" for first, second in itertools.pairwise(words)]
