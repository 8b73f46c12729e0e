"""What is asked of the index: by us and by tantivy bare, the same filters, words, count and facets."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tantivy

from bench.archive_search.fill import Filled
from kit.identity import Caller, Grant
from kit.paths import WIDTH
from media_archive.assets.visibility import sight_of
from media_archive.search.asking import Question
from media_archive.search.documents import TOKEN_FIELDS, unit_field
from media_archive.search.tokens import tokens
from media_archive.search.vietnamese import fold

Query = tantivy.Query
Must, Should = tantivy.Occur.Must, tantivy.Occur.Should
FACETS = ("kind", "topic", "year", "language", "rights")


@dataclass(frozen=True)
class Asked:
    """A question inside a province, by one of its workers."""

    text: str
    path: str
    caller: Caller

    @property
    def question(self) -> Question:
        """The same for the index."""
        level = len(self.path) // WIDTH
        return Question(self.text, sight_of(self.caller), self.path[-WIDTH:], level=level)


def questions(filled: Filled, count: int, seed: int) -> list[Asked]:
    """Return questions of one to three words that people might type, half of them without accents."""
    chance = np.random.default_rng(seed)
    asked: list[Asked] = []
    for at in range(count):
        # Rarer words more often than texts have them: nobody searches for the most frequent ones only.
        places = (len(filled.words) * chance.random(int(chance.integers(1, 4))) ** 3).astype(int)
        text = " ".join(filled.words[place] for place in places)
        path = filled.provinces[int(chance.integers(len(filled.provinces)))]
        caller = Caller("bench", (Grant("worker", f"unit-{path}", path),), 1)
        asked.append(Asked(text if at % 2 else fold(text), path, caller))
    return asked


class Bare:
    """Tantivy asked by hand: one query, ranked and counted, and one aggregation over the same."""

    def __init__(self, folder: str) -> None:
        self._index = tantivy.Index.open(folder)
        self._schema = self._index.schema

    def ask(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """Return how many answer, and the facets."""
        query = self._query(asked)
        searcher = self._index.searcher()
        result: Any = searcher.search(query, limit=20, count=True)
        fields = {**{name: name for name in FACETS}, "unit": unit_field(len(asked.path) // WIDTH + 1)}
        wanted = {name: {"terms": {"field": field, "size": 50}} for name, field in fields.items()}
        [searcher.doc(address)["id"] for _, address in result.hits]
        return result.count, searcher.aggregate(query, wanted)

    def _query(self, asked: Asked) -> tantivy.Query:
        spelled = tokens(asked.text)
        sight = Query.term_set_query(self._schema, "sight", list(asked.question.sight.tokens))
        must = [Query.const_score_query(sight, 0.0), self._flat("unit", asked.path[-WIDTH:])]
        pairs = [(Should, self._flat("folded_pairs", pair)) for pair in set(spelled.folded_pairs)]
        must.append(Query.boolean_query(pairs))
        fields = TOKEN_FIELDS[:2] if spelled.is_bare else TOKEN_FIELDS
        ranking = [
            (Should, Query.term_query(self._schema, name, token, index_option="freq"))
            for name in fields
            for token in set(spelled.of(name))
        ]
        return Query.boolean_query([*((Must, one) for one in must), *ranking])

    def _flat(self, field: str, term: str) -> tantivy.Query:
        return Query.const_score_query(Query.term_query(self._schema, field, term, index_option="basic"), 0.0)
