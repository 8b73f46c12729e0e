"""Which stretch of a long text answers best, without reading the text: a second small index, of stretches.

Short texts are read whole when a snippet is made; long ones are cut into passages when they are indexed, and only the
best one is read then. Their tokens have an index of their own, or they would count in the statistics of the assets.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tantivy

from media_archive.search.tokens import TokenField, tokens

SHORT = 6_000
"""Characters up to which a text is read whole."""

_LENGTH = 1_500
_FIELDS: tuple[TokenField, ...] = ("folded", "accented", "folded_pairs")
_WRITER_MEMORY = 15_000_000

Query = tantivy.Query
Must, Should = tantivy.Occur.Must, tantivy.Occur.Should


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a long text: `length` characters from `start` (0 is the first) of the text from `source`."""

    source: str
    start: int
    length: int
    text: str = ""


def passages(source: str, text: str) -> Iterator[Passage]:
    """Cut a long text into passages of some 1,500 characters that end where a word does; none of a short text."""
    start = 0
    while len(text) > SHORT and start < len(text):
        end = min(start + _LENGTH, len(text))
        if end < len(text):
            # A word is not cut, nor, where a text has no blanks at all, is the passage made longer.
            blank = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
            end = blank + 1 if blank > start else end
        yield Passage(source, start, end - start, text[start:end])
        start = end


class PassageIndex:
    """The passages of assets' long texts; safe from any thread as far as one at a time writes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(_schema(), path=str(folder))
        self._writer = self._index.writer(_WRITER_MEMORY, num_threads=1)

    def put(self, asset_id: str, stretches: Iterable[Passage]) -> None:
        """Add passages of an asset."""
        for one in stretches:
            made_of = tantivy.Document()
            made_of.add_text("asset", asset_id)
            made_of.add_text("source", one.source)
            made_of.add_unsigned("start", one.start)
            made_of.add_unsigned("length", one.length)
            spelled = tokens(one.text)
            for name in _FIELDS:
                made_of.add_text(name, " ".join(spelled.of(name)))
            self._writer.add_document(made_of)

    def remove(self, asset_id: str) -> None:
        """Take the passages of an asset out."""
        self._writer.delete_documents_by_term("asset", asset_id)

    def commit(self) -> None:
        """Let searches see what was put and removed."""
        self._writer.commit()
        self._index.reload()

    def close(self) -> None:
        """Wait for what is going on in the background, and let go of the folder."""
        self._writer.wait_merging_threads()

    def best(self, asset_ids: Sequence[str], text: str) -> dict[str, Passage]:
        """Return for each asset that has passages the one that answers a text best."""
        asked = tokens(text)
        fields: list[TokenField] = [name for name in _FIELDS if name != "accented" or not asked.is_bare]
        schema = self._index.schema
        ranking = [
            (Should, Query.term_query(schema, name, token, index_option="freq"))
            for name in fields
            for token in dict.fromkeys(asked.of(name))
        ]
        searcher = self._index.searcher()
        found: dict[str, Passage] = {}
        # Most texts are short: whoever has no passages costs one look into the list of terms.
        for asset_id in [one for one in asset_ids if searcher.doc_freq("asset", one)]:
            own = Query.const_score_query(Query.term_query(schema, "asset", asset_id, index_option="basic"), 0.0)
            hits = searcher.search(Query.boolean_query([(Must, own), *ranking]), limit=1, count=False).hits
            if hits:
                found[asset_id] = _passage(searcher.doc(hits[0][1]))
        return found


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("asset", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("source", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("start", "length"):
        builder.add_unsigned_field(name, stored=True)
    for name in _FIELDS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _passage(document: Any) -> Passage:
    return Passage(document["source"][0], int(document["start"][0]), int(document["length"][0]))
