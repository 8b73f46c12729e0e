"""What is asked of the index: words, phrases in quotation marks, filters by facet, and on whose behalf."""

import re
from dataclasses import InitVar, dataclass, field, replace
from enum import StrEnum

from media_archive.assets.visibility import Sight
from media_archive.search.tokens import Tokens, tokens

_QUOTED = re.compile(r"""["“”„«]([^"“”„«»]+)["“”»]""")


class Facet(StrEnum):
    """What results can be narrowed by; values are codes, years, or labels of units."""

    KIND = "kind"
    UNIT = "unit"
    TOPIC = "topic"
    YEAR = "year"
    LANGUAGE = "language"
    RIGHTS = "rights"


class Order(StrEnum):
    """In which order results come."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"
    ADDED = "added"
    TITLE = "title"


Filters = dict[Facet, tuple[str, ...]]
"""By facet the values of which one is wanted; a facet that is missing or empty wants nothing in particular."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a text (empty: everything), in the subtree of the unit with a label, by somebody of this sight.

    `kind` is short for a filter by one kind. `level` is where the unit stands in the tree (1 is the top, 0 when none
    is looked at): units right below it are counted.
    """

    text: str
    sight: Sight
    within: str | None = None
    kind: InitVar[str | None] = None
    level: int = 0
    filters: Filters = field(default_factory=dict[Facet, tuple[str, ...]])

    def __post_init__(self, kind: str | None) -> None:
        if kind is not None:
            object.__setattr__(self, "filters", {**self.filters, Facet.KIND: (kind,)})

    def without(self, *facets: Facet) -> "Question":
        """Return the question without its filters by these facets."""
        left = {facet: values for facet, values in self.filters.items() if facet not in facets}
        return replace(self, kind=None, filters=left)

    @property
    def narrowed_by(self) -> tuple[Facet, ...]:
        """The facets that filter."""
        return tuple(facet for facet, values in self.filters.items() if values)


@dataclass(frozen=True, slots=True)
class Words:
    """A query taken apart: the words that may stand anywhere, the phrases, and all together for the ranking."""

    free: Tokens
    phrases: tuple[Tokens, ...]
    all: Tokens

    @property
    def are_none(self) -> bool:
        """Whether there is no word at all."""
        return not self.all.folded


def words(text: str) -> Words:
    """Take a query apart. A quotation mark without its other half is no sign of anything."""
    quoted = tuple(tokens(match[1]) for match in _QUOTED.finditer(text))
    return Words(
        free=tokens(_QUOTED.sub(" ", text)),
        phrases=tuple(phrase for phrase in quoted if phrase.folded),
        all=tokens(text),
    )
