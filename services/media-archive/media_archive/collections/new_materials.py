"""A few materials that just came in, held in memory so that thousands of saved searches can be asked of them."""

from collections.abc import Sequence

import tantivy

from media_archive.search.asking import Question, words
from media_archive.search.documents import IndexedAsset, document, schema
from media_archive.search.queries import Queries

_WRITER_MEMORY = 15_000_000


class NewMaterials:
    """An index of some hundred materials; it blocks for milliseconds and may be asked from any thread."""

    def __init__(self, assets: Sequence[IndexedAsset]) -> None:
        index = tantivy.Index(schema())
        writer = index.writer(_WRITER_MEMORY, num_threads=1)
        for asset in assets:
            writer.add_document(document(asset))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()
        self._queries = Queries(index.schema)

    def found(self, question: Question, most: int) -> list[str]:
        """Return the ids of those that a question finds, `most` at most, those added last.

        Words that stand nowhere together are no news: the search page lists such a material only while nothing better
        answers, and whether something does is not known here.
        """
        best = self._queries.matching(words(question.text))[0] if question.text else []
        query = self._queries.together([*self._queries.scope(question), *best])
        hits = self._searcher.search(query, limit=most, count=False, order_by_field="added").hits
        return [str(self._searcher.doc(address)["id"][0]) for _, address in hits]
