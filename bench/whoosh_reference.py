"""Whoosh on a retrieval collection: how long a search engine in pure Python takes for the same questions.

It gets the tokens of the product (folded syllables and pairs), ranks with BM25 and returns ten answers, nothing more.
"""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.clock import Times
from media_archive.search.tokens import tokens


def ask_all(folder: Path) -> Times:
    """Ask Whoosh all questions of a collection, as written and bare; milliseconds of each."""
    from whoosh import fields, query  # pyright: ignore[reportMissingTypeStubs]
    from whoosh.analysis import SpaceSeparatedTokenizer  # pyright: ignore[reportMissingTypeStubs]
    from whoosh.filedb.filestore import FileStorage  # pyright: ignore[reportMissingTypeStubs]

    make: Any = query
    words: Any = fields.TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False)
    schema: Any = fields.Schema(id=fields.ID(stored=True), words=words)
    times = Times()
    with tempfile.TemporaryDirectory(prefix="loa-whoosh-") as place:
        index: Any = FileStorage(place).create_index(schema)
        writer = index.writer()
        for one in _lines(folder / "corpus.jsonl"):
            writer.add_document(id=one["_id"], words=" ".join(_tokens(f"{one['title']} {one['text']}")))
        writer.commit()
        with index.searcher() as searcher:
            for one in _lines(folder / "queries.jsonl"):
                for form in ("text", "text_bare"):
                    began = time.perf_counter()
                    terms = [make.Term("words", token) for token in dict.fromkeys(_tokens(one[form]))]
                    hits = searcher.search(make.Or(terms), limit=10)
                    [hit["id"] for hit in hits]
                    times.each.append((time.perf_counter() - began) * 1000)
    return times


def _tokens(text: str) -> list[str]:
    spelled = tokens(text)
    return [*spelled.folded, *spelled.folded_pairs]


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
