"""The tantivy index of one process: a disposable copy of what PostgreSQL says about assets, made for searching.

It knows ids, tokens and what is needed to filter, count and sort; everything that is shown comes from PostgreSQL.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tantivy

from media_archive.assets.visibility import Sight
from media_archive.search import vietnamese
from media_archive.search.apart import taken_apart
from media_archive.search.asking import Facet, Order, Question, Words, words
from media_archive.search.documents import IndexedAsset, document, schema
from media_archive.search.facets import ALL_FACETS, Counts, count_facets, groups
from media_archive.search.ordering import MAX_RESULTS_DEEP, Page, Pager, Place
from media_archive.search.passages import Passage, PassageIndex
from media_archive.search.queries import Clause, Queries
from media_archive.search.tokens import tokens

__all__ = ["MAX_RESULTS_DEEP", "AssetIndex", "Found", "IndexedAsset", "Question"]

_WRITER_MEMORY = 50_000_000
_MOST_REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class Found:
    """Ids in their order with where each stands, how many answer in all, and whether more follow."""

    ids: list[str]
    total: int
    places: list[Place] = field(default_factory=list[Place], compare=False)
    has_more: bool = field(default=False, compare=False)


class AssetIndex:
    """Searching and upserting; its methods block for milliseconds and may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in (folder / "assets", folder / "passages"):
            part.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(schema(), path=str(folder / "assets"))
        self._queries = Queries(self._index.schema)
        self._writer = self._index.writer(_WRITER_MEMORY, num_threads=1)
        self._passages = PassageIndex(folder / "passages")
        self._remembered: dict[object, Any] = {}
        self._writing = threading.Lock()

    @property
    def size(self) -> int:
        """How many assets it holds."""
        return self._index.searcher().num_docs

    def write(self, assets: Iterable[IndexedAsset], gone: Iterable[str] = ()) -> None:
        """Put these assets in (again) and take those out; searches see it when this returns."""
        with self._writing:
            for asset_id in gone:
                self._remove(asset_id)
            for asset in assets:
                self._remove(asset.id)
                self._add(asset)
            self._commit()

    def fill(self, assets: Iterable[IndexedAsset]) -> None:
        """Put assets into an index that has none of them; searches see them after the next `write`."""
        with self._writing:
            for asset in assets:
                self._add(asset)

    def close(self) -> None:
        """Wait for what is going on in the background, and let go of the folder."""
        with self._writing:
            self._writer.wait_merging_threads()
            self._passages.close()

    def forget(self) -> None:
        """Forget what was found out for earlier questions."""
        self._remembered = {}

    def _add(self, asset: IndexedAsset) -> None:
        self._writer.add_document(document(asset))
        self._passages.put(asset.id, asset.passages)

    def _remove(self, asset_id: str) -> None:
        self._writer.delete_documents_by_term("id", asset_id)
        self._passages.remove(asset_id)

    def _commit(self) -> None:
        # The passages first: what is found then has its passages.
        self._passages.commit()
        self._writer.commit()
        self._index.reload()
        self._remembered = {}

    def search(
        self,
        question: Question,
        *,
        limit: int,
        order: Order = Order.RELEVANCE,
        after: Place | None = None,
    ) -> Found:
        """Return the ids of a page in this order, and how many answer at all. Everything has no relevance."""
        remembered, searcher = self._remembered, self._index.searcher()
        asked = words(question.text)
        if question.text and asked.are_none:
            return Found([], 0)
        if order is Order.RELEVANCE and not question.text:
            order = Order.ADDED
        pager = Pager(searcher, self._queries)
        scope = self._queries.scope(question)

        def read(must: list[Clause]) -> Page:
            if order is Order.RELEVANCE:
                return pager.ranked([*scope, *must, *self._queries.ranking(asked.all)], limit, after)
            return pager.sorted([*scope, *must], order, limit, after)

        *better, must = self._choices(question, asked)
        page: Page | None = None
        for one in better:
            page = read(one)
            if page.total or self._is_answered(searcher, question, one):
                must = one
                break
            page = None
        page = page or read(must)
        _remember(remembered, ("must", *_key(question)), must)
        ids = [str(searcher.doc(address)["id"][0]) for _, address in page.placed]
        return Found(ids, page.total, [place for place, _ in page.placed], page.has_more)

    def facets(self, question: Question, facets: Iterable[Facet] = ALL_FACETS) -> Counts:
        """Return how many of the caller's results each value of these facets has.

        A facet that filters is counted as if it did not. Where nothing is looked at, units are counted below the top
        when there is one top. Remembered until something is written: pages of one list have the same counts.
        """
        wanted = frozenset(facets)
        key = ("facets", wanted, *_key(question))
        remembered = self._remembered
        counts = remembered.get(key)
        if counts is None:
            counts = self._count(question, wanted)
            _remember(remembered, key, counts)
        return counts

    def suggest(self, typed: str, sight: Sight, *, limit: int) -> list[str]:
        """Return ids of assets in whose titles these syllables stand in a row, the last one as far as it was typed."""
        begun = tokens(typed)
        if not begun.folded:
            return []
        searcher = self._index.searcher()
        clauses = [*self._queries.scope(Question("", sight)), *self._queries.typed(begun)]
        hits = searcher.search(self._queries.together(clauses), limit=limit, count=False, order_by_field="added").hits
        return [str(searcher.doc(address)["id"][0]) for _, address in hits]

    def taken_apart(self, typed: str, sight: Sight) -> list[str]:
        """Return up to two texts that find something for the caller and have apart what was written together in one.

        A word that finds something by itself is left as it is, and so is one that is not made of known syllables.
        Accents that were typed stay.
        """
        searcher = self._index.searcher()

        def finds(text: str) -> bool:
            return bool(self.search(Question(text, sight), limit=1).total)

        def is_known(syllable: str) -> bool:
            return searcher.doc_freq("folded", syllable) > 0

        def together(first: str, second: str) -> int:
            return searcher.doc_freq("folded_pairs", f"{first}_{second}")

        texts: list[list[str]] = [[]]
        for word in vietnamese.syllables(vietnamese.canonical(typed)):
            folded = vietnamese.without_accents(word)
            ways = [] if len(folded) != len(word) or finds(word) else taken_apart(folded, is_known, together)
            choices = [" ".join(_pieces(word, way)) for way in ways] or [word]
            # Two texts at most, however many words were written together.
            texts = [[*text, one] for text in texts for one in choices][:2]
        return [said for text in texts if (said := " ".join(text)) != vietnamese.canonical(typed) and finds(said)]

    def best_passages(self, asset_ids: Sequence[str], text: str) -> dict[str, Passage]:
        """Return for each asset that has a long text the stretch of it that answers a text best."""
        return self._passages.best(asset_ids, text)

    def _count(self, question: Question, wanted: frozenset[Facet]) -> Counts:
        searcher = self._index.searcher()
        asked = words(question.text)
        if question.text and asked.are_none:
            return {facet: [] for facet in wanted}
        must = self._chosen(searcher, question, asked)
        counts: Counts = {}
        for narrowed, facets in groups(question):
            chosen = tuple(facet for facet in facets if facet in wanted)
            query = self._queries.together([*self._queries.scope(narrowed), *must])
            counts |= count_facets(searcher, query, chosen, question.level)
            if Facet.UNIT in chosen and question.within is None and len(counts[Facet.UNIT]) == 1:
                counts |= count_facets(searcher, query, (Facet.UNIT,), question.level + 1)
        return counts

    def _choices(self, question: Question, asked: Words) -> list[list[Clause]]:
        """What must match, in order of preference."""
        return self._queries.matching(asked) if question.text else [[]]

    def _chosen(self, searcher: tantivy.Searcher, question: Question, asked: Words) -> list[Clause]:
        """Return what must match in a search for this question: what the search found out, if it was done just now."""
        remembered = self._remembered.get(("must", *_key(question)))
        if remembered is not None:
            return remembered
        *better, last = self._choices(question, asked)
        return next((must for must in better if self._is_answered(searcher, question, must)), last)

    def _is_answered(self, searcher: tantivy.Searcher, question: Question, must: list[Clause]) -> bool:
        """Whether anything the caller may see matches, filters left aside: or taking one away could leave fewer."""
        scope = self._queries.scope(question.without(*question.narrowed_by))
        result: Any = searcher.search(self._queries.together([*scope, *must]), limit=1, count=True)
        return bool(result.count)


def _pieces(word: str, beginnings: Sequence[int]) -> list[str]:
    return [word[start:end] for start, end in zip(beginnings, [*beginnings[1:], len(word)], strict=True)]


def _remember(remembered: dict[object, Any], key: object, value: Any) -> None:
    """Until something is written: an index then has a new memory, and what was found out before goes nowhere."""
    if len(remembered) >= _MOST_REMEMBERED:
        remembered.clear()
    remembered[key] = value


def _key(question: Question) -> tuple[object, ...]:
    filters = frozenset((facet, values) for facet, values in question.filters.items() if values)
    return question.text, question.sight, question.within, question.level, filters
