"""Pages of results by position in their order, never by offset: what comes in meanwhile shifts nobody's next page.

A place is the sort key of the last result shown and the mark of its asset. Numbers are asked for as ranges. A title's
key is a text, of which tantivy has no ranges: its beginning, packed into a number, comes near, and keys decide. The
score of an answer holds only for its question, so the last answer shown is looked for in the ranking of now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tantivy

from media_archive.search.alphabet import packed
from media_archive.search.asking import Order
from media_archive.search.queries import Clause, Queries

MAX_RESULTS_DEEP = 1_000
"""How deep a ranked list can be paged: nobody reads further, and it gets no cheaper with depth."""

_SLACK = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where in its order a result stands; `rank` counts from 0 and matters to ranked lists only."""

    key: float | int | str
    mark: int
    rank: int = 0


Address = Any
Placed = tuple[Place, Address]

_BY_NUMBER = {
    Order.NEWEST: ("made", tantivy.Order.Desc),
    Order.OLDEST: ("made", tantivy.Order.Asc),
    Order.ADDED: ("added", tantivy.Order.Desc),
}


class Pager:
    """Reads pages of one searcher, that is, of one state of the index."""

    def __init__(self, searcher: tantivy.Searcher, queries: Queries) -> None:
        self._searcher = searcher
        self._queries = queries

    def ranked(self, query: tantivy.Query, wanted: int, after: Place | None) -> list[Placed]:
        """Return up to `wanted` answers after a place, the best first."""
        begin = after.rank + 1 if after else 0
        limit = min(begin + wanted + (_SLACK if after else 0), MAX_RESULTS_DEEP)
        result = self._searcher.search(query, limit=limit, count=False)
        found = self._placed(result.hits)
        if after is not None:
            begin = _rank_after(found, after)
            if begin + wanted > len(found) and limit < MAX_RESULTS_DEEP and len(found) == limit:
                # So much came in above that the page lies deeper than it did.
                found = self._placed(self._searcher.search(query, limit=MAX_RESULTS_DEEP, count=False).hits)
                begin = _rank_after(found, after)
        return found[begin : begin + wanted]

    def sorted(self, clauses: list[Clause], order: Order, wanted: int, after: Place | None) -> list[Placed]:
        """Return up to `wanted` results after a place in this order."""
        if order is Order.TITLE:
            return self._by_title(clauses, wanted, after)
        field, direction = _BY_NUMBER[order]
        return self._by_number(clauses, field, direction, wanted, after)

    def _by_number(
        self, clauses: list[Clause], field: str, direction: tantivy.Order, wanted: int, after: Place | None
    ) -> list[Placed]:
        down = direction == tantivy.Order.Desc
        if after is not None:
            limit = self._queries.at_most if down else self._queries.at_least
            clauses = [*clauses, limit(field, int(after.key))]
        query, asked = self._queries.together(clauses), wanted + 1
        while True:
            hits = self._searcher.search(query, limit=asked, count=False, order_by_field=field, order=direction).hits
            found = sorted(self._placed(hits), key=lambda one: (-one[0].key if down else one[0].key, one[0].mark))  # pyright: ignore[reportOperatorIssue, reportUnknownLambdaType]
            left = [one for one in found if after is None or _is_after(one[0], after)]
            # Where keys are equal the index has no order of its own: the last key's group has to be whole.
            whole = len(hits) < asked or (len(left) > wanted and left[wanted - 1][0].key != left[-1][0].key)
            if whole:
                return left[:wanted]
            asked *= 4

    def _by_title(self, clauses: list[Clause], wanted: int, after: Place | None) -> list[Placed]:
        if after is not None:
            clauses = [*clauses, self._queries.at_least("title_packed", packed(str(after.key)))]
        query, asked = self._queries.together(clauses), wanted
        while True:
            hits = self._searcher.search(
                query, limit=asked, count=False, order_by_field="title_key", order=tantivy.Order.Asc
            ).hits
            left = [hit for hit in hits if after is None or hit[0] > after.key]
            if len(left) >= wanted or len(hits) < asked:
                return self._placed(left[:wanted])
            asked *= 4

    def _placed(self, hits: Sequence[tuple[Any, Address]]) -> list[Placed]:
        marks = self._searcher.fast_field_values("mark", [address for _, address in hits])
        return [
            (Place(key, int(mark or 0), rank), address)
            for rank, ((key, address), mark) in enumerate(zip(hits, marks, strict=True))
        ]


def _is_after(one: Place, after: Place) -> bool:
    return one.key != after.key or one.mark > after.mark


def _rank_after(found: list[Placed], after: Place) -> int:
    """Where the ranking goes on: behind the answer shown last, or if it is gone, behind all that are better."""
    for place, _ in found:
        if place.mark == after.mark:
            return place.rank + 1
    return sum(1 for place, _ in found if place.key > after.key)  # pyright: ignore[reportOperatorIssue]
