"""How many results each value of a facet has; a facet counts as if it did not filter itself."""

from dataclasses import dataclass
from typing import Any

import tantivy

from media_archive.search.asking import Facet, Question
from media_archive.search.documents import DEEPEST_UNIT, unit_field

MOST_VALUES = 50
"""Values of a facet that are counted: those with the most results."""

# Each segment tells so many of its own: fewer than there are, and sums of the most frequent would miss some.
_MOST_OF_SEGMENT = 20_000

ALL_FACETS = tuple(Facet)


@dataclass(frozen=True, slots=True)
class Count:
    """A value of a facet (a code, a year or a unit's label) and how many results have it."""

    value: str
    count: int


Counts = dict[Facet, list[Count]]


def count_facets(searcher: tantivy.Searcher, query: tantivy.Query, facets: tuple[Facet, ...], level: int) -> Counts:
    """Count the values of facets among a query's results, those with the most first."""
    fields = {facet: _field(facet, level) for facet in facets}
    asked = {
        facet.value: {"terms": {"field": name, "size": MOST_VALUES, "segment_size": _MOST_OF_SEGMENT}}
        for facet, name in fields.items()
    }
    told = searcher.aggregate(query, asked) if asked else {}
    return {facet: [_count(bucket) for bucket in told[facet.value]["buckets"]] for facet in facets}


def groups(question: Question) -> list[tuple[Question, tuple[Facet, ...]]]:
    """Return which facets are counted of which question: all that do not filter together, the others each alone."""
    narrowed = question.narrowed_by
    together = tuple(facet for facet in ALL_FACETS if facet not in narrowed)
    return [(question, together), *((question.without(facet), (facet,)) for facet in narrowed)]


def _field(facet: Facet, level: int) -> str:
    return unit_field(min(level + 1, DEEPEST_UNIT)) if facet is Facet.UNIT else facet.value


def _count(bucket: dict[str, Any]) -> Count:
    key = bucket["key"]
    return Count(str(int(key)) if isinstance(key, float | int) else str(key), int(bucket["doc_count"]))
