"""Searching for a caller: the index proposes, PostgreSQL decides what is shown."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from kit import db
from kit.db import Record
from kit.errors import InvalidInput
from kit.graphql import decode_cursor, encode_cursor, foreign_cursor
from kit.identity import Caller
from kit.paths import WIDTH, depth
from media_archive.assets.service import assets_by_id
from media_archive.assets.visibility import sight_of
from media_archive.search.asking import Facet, Order, Question
from media_archive.search.counting import FacetValue, facets_of
from media_archive.search.follow import current_follower
from media_archive.search.index import AssetIndex, Found
from media_archive.search.ordering import MAX_RESULTS_DEEP, Place
from media_archive.search.passages import SHORT, Passage
from media_archive.search.snippets import Piece, snippet
from media_archive.search.vietnamese import syllables

LONGEST_QUERY = 300
MOST_CHOSEN = 50
"""Values that can be chosen of one facet."""
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Hit:
    """An asset that answers, and the passage that does."""

    asset: Record
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits, how many assets answer in all, whether more follow and where; what was asked.

    `facets` are the values of each, as `facets_of` gives them; none unless they were asked for.
    """

    hits: list[Hit]
    total: int
    has_next_page: bool
    end_cursor: str | None
    question: Question = field(repr=False)
    facets: Mapping[Facet, list[FacetValue]]


async def search_assets(
    caller: Caller,
    query: str = "",
    *,
    within_path: str | None = None,
    filters: Mapping[Facet, Sequence[str]] | None = None,
    order: Order = Order.RELEVANCE,
    first: int = 20,
    after: str | None = None,
    with_facets: bool = False,
) -> Results:
    """Return the assets that answer in an order, among those the caller may see; all where `query` is empty.

    `filters` hold codes, years and, of units, their labels: several of one facet widen, several facets narrow. What
    nothing was asked of has no relevance: it comes by the moment it was added.
    InvalidInput for a query without a word or longer than 300 characters, for more than 50 values of a facet and for
    a cursor of another list; SearchNotReady while the index is built.
    """
    question = _question(caller, query, within_path, filters or {})
    query = question.text
    order = Order.ADDED if order is Order.RELEVANCE and not query else order
    follower = current_follower()
    found, best = await follower.ask(_found, follower.index, question, first, order, _place(after, order))
    # While PostgreSQL looks for what is shown, the index counts.
    hits, facets = await asyncio.gather(_hits(caller, found, best, query), _facets(question, with_facets))
    # What PostgreSQL refused is not counted either: the index may be a moment behind.
    total = found.total - (len(found.ids) - len(hits))
    return Results(hits, total, found.has_more, _cursor(found, order), question, facets)


async def all_that_answer(
    caller: Caller, query: str, *, within_path: str | None, filters: Mapping[Facet, Sequence[str]], most: int
) -> list[UUID]:
    """Return the assets that answer, those added last first, as the index knows them; one more than `most` if more do.

    PostgreSQL is still to be asked which of them the caller may see. Refusals as of `search_assets`.
    """
    question = _question(caller, query, within_path, filters)
    follower = current_follower()
    ids: list[UUID] = []
    place: Place | None = None
    while len(ids) <= most:
        limit = min(_AT_ONCE, most + 1 - len(ids))
        found = await follower.ask(follower.index.search, question, limit=limit, order=Order.ADDED, after=place)
        ids += [UUID(one) for one in found.ids]
        if not found.has_more:
            break
        place = found.places[-1]
    return ids


def _question(caller: Caller, query: str, within_path: str | None, filters: Mapping[Facet, Sequence[str]]) -> Question:
    query = query.strip()
    _check(query, filters)
    return Question(
        query,
        sight_of(caller),
        within_path[-WIDTH:] if within_path else None,
        level=depth(within_path) if within_path else 0,
        filters={facet: tuple(values) for facet, values in filters.items() if values},
    )


def _check(query: str, filters: Mapping[Facet, Sequence[str]]) -> None:
    if len(query) > LONGEST_QUERY:
        raise InvalidInput("query", f"nhiều nhất {LONGEST_QUERY} ký tự", f"at most {LONGEST_QUERY} characters")
    if query and not syllables(query):
        raise InvalidInput("query", "cần ít nhất một từ", "needs at least one word")
    if any(len(values) > MOST_CHOSEN for values in filters.values()):
        raise InvalidInput("filter", f"chọn nhiều nhất {MOST_CHOSEN} giá trị", f"takes at most {MOST_CHOSEN} values")


def _cursor(found: Found, order: Order) -> str | None:
    if not found.has_more:
        return None
    last = found.places[-1]
    return encode_cursor((order.value, last.key, last.mark, last.rank))


def _place(after: str | None, order: Order) -> Place | None:
    if after is None:
        return None
    kind = {Order.RELEVANCE: float, Order.TITLE: str}.get(order, int)
    made_by, key, mark, rank = decode_cursor(after, str, kind, int, int)
    if made_by != order.value or not 0 <= rank < MAX_RESULTS_DEEP:
        raise foreign_cursor()
    return Place(key, mark, rank)


async def _hits(caller: Caller, found: Found, best: Mapping[str, Passage], query: str) -> list[Hit]:
    """Return those of the assets that PostgreSQL lets the caller see, in the index's order."""
    ids = [UUID(one) for one in found.ids]
    allowed, texts = await asyncio.gather(assets_by_id(caller, ids), _texts(ids, best, query))
    return [_hit(allowed[one], texts[one], query) for one in ids if one in allowed]


async def _facets(question: Question, is_wanted: bool) -> dict[Facet, list[FacetValue]]:
    return await facets_of(question) if is_wanted else {}


def _hit(asset: Record, text: str, query: str) -> Hit:
    return Hit(asset, snippet(f"{asset['description']}\n{text}", query) if query else [])


def _found(
    index: AssetIndex, question: Question, limit: int, order: Order, after: Place | None
) -> tuple[Found, dict[str, Passage]]:
    """Ask the index all that it knows of a page, so that one thread does it in one go."""
    found = index.search(question, limit=limit, order=order, after=after)
    return found, index.best_passages(found.ids, question.text) if question.text else {}


async def _texts(ids: list[UUID], best: Mapping[str, Passage], query: str) -> defaultdict[UUID, str]:
    """Return what is looked at for snippets: short texts whole, of long ones the passage that answers best."""
    if not query:
        return defaultdict(str)
    rows = await db.rows(
        """SELECT asset_id, CASE WHEN best.source IS NULL THEN left(asset_text.text, $2)
                                 ELSE substr(asset_text.text, best.start + 1, best.length) END AS text
           FROM asset_text LEFT JOIN unnest($3::uuid[], $4::text[], $5::integer[], $6::integer[])
                AS best (asset_id, source, start, length) USING (asset_id, source)
           WHERE asset_id = ANY($1::uuid[]) AND text <> ''
           ORDER BY asset_id, best.source IS NULL, asset_text.source""",
        ids,
        SHORT,
        [UUID(one) for one in best],
        [passage.source for passage in best.values()],
        [passage.start for passage in best.values()],
        [passage.length for passage in best.values()],
    )
    texts: defaultdict[UUID, str] = defaultdict(str)
    for row in rows:
        texts[row["asset_id"]] += f"{row['text']}\n"
    return texts
