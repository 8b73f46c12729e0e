"""The tantivy index of one process: a disposable copy of what PostgreSQL says about assets, made for searching.

It knows ids, tokens and what is needed to filter; everything that is shown comes from PostgreSQL.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import tantivy

from media_archive.search.tokens import Tokens, tokens

MAX_RESULTS_DEEP = 1_000
"""How deep a search can be paged: nobody reads further, and a ranked list gets no cheaper with depth."""

_WRITER_MEMORY = 50_000_000
_FIELDS = ("folded", "folded_pairs", "accented", "accented_pairs")

Query = tantivy.Query
Must, Should = tantivy.Occur.Must, tantivy.Occur.Should


@dataclass(frozen=True, slots=True)
class IndexedAsset:
    """What the index keeps of an asset.

    `units` are the labels of its unit and of all units above; `sight` the tokens of which a caller needs one.
    """

    id: str
    text: str
    units: tuple[str, ...] = ()
    kind: str = ""
    sight: tuple[str, ...] = ("public",)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a caller may see: everything, or what has one of these tokens (see `assets/visibility.py`)."""

    everything: bool = False
    tokens: tuple[str, ...] = ("public",)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a text, within one unit's subtree, of one kind, by somebody of this sight."""

    text: str
    sight: Sight
    within: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    ids: list[str]
    total: int


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for field in _FIELDS:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    for field in ("unit", "kind", "sight"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    return builder.build()


class AssetIndex:
    """Searching and upserting; its methods block for milliseconds and may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, path=str(folder), reuse=False)
        self._writer = self._index.writer(_WRITER_MEMORY, num_threads=1)

    def write(self, assets: Iterable[IndexedAsset], gone: Iterable[str] = ()) -> None:
        """Put these assets in (again) and take those out; searches see it when this returns."""
        for asset_id in gone:
            self._writer.delete_documents_by_term("id", asset_id)
        for asset in assets:
            self._writer.delete_documents_by_term("id", asset.id)
            self._writer.add_document(_document(asset))
        self._writer.commit()
        self._index.reload()

    def search(self, question: Question, *, limit: int, offset: int = 0) -> Found:
        """The ids that answer best, best first, and how many answer at all."""
        asked = tokens(question.text)
        if not asked.folded:
            return Found([], 0)
        searcher = self._index.searcher()
        filters = self._filters(question)
        for must in self._what_must_match(asked):
            query = Query.boolean_query([*filters, (Must, must), *self._ranking(asked)])
            result = searcher.search(query, limit=limit, offset=offset, count=True)
            total: int = result.count  # pyright: ignore[reportAttributeAccessIssue]  # its stub lacks the attribute
            if total:
                return Found([str(searcher.doc(address)["id"][0]) for _, address in result.hits], total)
        return Found([], 0)

    def _what_must_match(self, asked: Tokens) -> list[tantivy.Query]:
        """First choice: some pair of neighbours, as words have mostly two syllables; else all syllables, in any order.

        Single common syllables would match nearly everything: the list would rank well and its count say nothing.
        """
        every_syllable = Query.boolean_query([(Must, self._flat("folded", word)) for word in set(asked.folded)])
        if not asked.folded_pairs:
            return [every_syllable]
        some_pair = Query.boolean_query(
            [(Should, self._flat("folded_pairs", pair)) for pair in set(asked.folded_pairs)]
        )
        return [some_pair, every_syllable]

    def _ranking(self, asked: Tokens) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        fields = _FIELDS[:2] if asked.is_bare else _FIELDS
        return [
            (Should, Query.term_query(self._schema, field, token, index_option="freq"))
            for field in fields
            for token in set(getattr(asked, field))
        ]

    def _filters(self, question: Question) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        filters: list[tantivy.Query] = []
        if not question.sight.everything:
            filters.append(self._visible_to(question.sight))
        if question.within is not None:
            filters.append(self._flat("unit", question.within))
        if question.kind is not None:
            filters.append(self._flat("kind", question.kind))
        return [(Must, one) for one in filters]

    def _visible_to(self, sight: Sight) -> tantivy.Query:
        ways = [self._flat("sight", token) for token in sight.tokens]
        return Query.const_score_query(Query.boolean_query([(Should, way) for way in ways]), 0.0)

    def _flat(self, field: str, term: str) -> tantivy.Query:
        """A term that decides and does not rank."""
        return Query.const_score_query(Query.term_query(self._schema, field, term, index_option="basic"), 0.0)


def _document(asset: IndexedAsset) -> tantivy.Document:
    document = tantivy.Document()
    document.add_text("id", asset.id)
    document.add_text("kind", asset.kind)
    for label in asset.units:
        document.add_text("unit", label)
    for token in asset.sight:
        document.add_text("sight", token)
    spelled = tokens(asset.text)
    for field in _FIELDS:
        document.add_text(field, " ".join(getattr(spelled, field)))
    return document
