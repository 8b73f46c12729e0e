"""Pages of results by position in their order, never by offset: what comes in meanwhile shifts nobody's next page.

A place is the sort key of the last result shown and the mark of its asset. Numbers are asked for as ranges. A title's
key is a text, of which tantivy has no ranges: its beginning, packed into a number, comes near, and keys decide. The
score of an answer holds only for its question and its day, so the last answer shown is looked for in the ranking of
now; what comes in can change how frequent words are, and by that the ranking of what is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Page:
    """A page of results in their order, how many there are in all, and whether more follow."""

    placed: list[Placed]
    total: int
    has_more: bool


class Pager:
    """Reads pages of one searcher, that is, of one state of the index."""

    def __init__(self, searcher: tantivy.Searcher, queries: Queries) -> None:
        self._searcher = searcher
        self._queries = queries

    def ranked(self, clauses: list[Clause], limit: int, after: Place | None) -> Page:
        """Return up to `limit` answers after a place, the best first."""
        query = self._queries.together(clauses)
        deep = min((after.rank + 1 + _SLACK if after else 0) + limit + 1, MAX_RESULTS_DEEP)
        found, total = self._best(query, deep)
        begin = _rank_after(found, after) if after else 0
        end = begin + limit
        if deep < min(total, MAX_RESULTS_DEEP) and (end >= deep or found[end - 1][0].key == found[-1][0].key):
            # So much came in above that the page lies deeper than it did, or equal answers are not all there yet.
            found, total = self._best(query, MAX_RESULTS_DEEP)
            begin = _rank_after(found, after) if after else 0
        return Page(found[begin : begin + limit], total, has_more=len(found) > begin + limit)

    def sorted(self, clauses: list[Clause], order: Order, limit: int, after: Place | None) -> Page:
        """Return up to `limit` results after a place in this order."""
        read = self._by_title if order is Order.TITLE else self._by_number
        found, left = read(clauses, order, limit + 1, after)
        total = left if after is None else self._searched(self._queries.together(clauses), limit=1, count=True).count
        return Page(found[:limit], total, has_more=len(found) > limit)

    def _best(self, query: tantivy.Query, deep: int) -> tuple[list[Placed], int]:
        result = self._searched(query, limit=deep, count=True)
        # Equal answers come in an order of their own: the index gives them another after each merge of segments.
        found = sorted(self._placed(result.hits), key=lambda one: (-float(one[0].key), one[0].mark))
        return [(replace(place, rank=rank), address) for rank, (place, address) in enumerate(found)], result.count

    def _by_number(
        self, clauses: list[Clause], order: Order, wanted: int, after: Place | None
    ) -> tuple[list[Placed], int]:
        field, direction = _BY_NUMBER[order]
        down = direction == tantivy.Order.Desc
        if after is not None:
            limit = self._queries.at_most if down else self._queries.at_least
            clauses = [*clauses, limit(field, int(after.key))]
        query, asked = self._queries.together(clauses), wanted + 1
        while True:
            result = self._searched(query, limit=asked, count=after is None, order_by_field=field, order=direction)
            found = sorted(self._placed(result.hits), key=_falling if down else _rising)
            left = [one for one in found if after is None or _is_after(one[0], after)]
            # Where keys are equal the index has no order of its own: the group at the end has to be whole.
            whole = len(left) > wanted and left[wanted - 1][0].key != left[-1][0].key
            if whole or len(found) < asked:
                return left[:wanted], result.count
            asked *= 4

    def _by_title(self, clauses: list[Clause], _: Order, wanted: int, after: Place | None) -> tuple[list[Placed], int]:
        if after is not None:
            clauses = [*clauses, self._queries.at_least("title_packed", packed(str(after.key)))]
        query, asked, up = self._queries.together(clauses), wanted, tantivy.Order.Asc
        while True:
            result = self._searched(query, limit=asked, count=after is None, order_by_field="title_key", order=up)
            left = [hit for hit in result.hits if after is None or hit[0] > after.key]
            if len(left) >= wanted or len(result.hits) < asked:
                return self._placed(left[:wanted]), result.count
            asked *= 4

    def _searched(self, query: tantivy.Query, **how: Any) -> Any:
        # Its stub lacks `count`.
        return self._searcher.search(query, **how)

    def _placed(self, hits: Sequence[tuple[Any, Address]]) -> list[Placed]:
        marks = self._searcher.fast_field_values("mark", [address for _, address in hits])
        return [
            (Place(key, int(mark or 0), rank), address)
            for rank, ((key, address), mark) in enumerate(zip(hits, marks, strict=True))
        ]


def _rising(one: Placed) -> tuple[Any, int]:
    return one[0].key, one[0].mark


def _falling(one: Placed) -> tuple[Any, int]:
    return -int(one[0].key), one[0].mark


def _is_after(one: Place, after: Place) -> bool:
    return one.key != after.key or one.mark > after.mark


def _rank_after(found: list[Placed], after: Place) -> int:
    """Where the ranking goes on: behind the answer shown last, or if it is gone, behind all that are better."""
    for place, _ in found:
        if place.mark == after.mark:
            return place.rank + 1
    return sum(1 for place, _ in found if place.key > after.key)  # pyright: ignore[reportOperatorIssue]
