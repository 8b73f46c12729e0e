"""How well the search ranks: runs a test collection (corpus, queries, judgements) through the index of the product.

The form is BEIR's: `corpus.jsonl` (`_id title text`), `queries.jsonl` (`_id text text_bare text_nfd`), `qrels.tsv`,
and our `accent_confusable.jsonl` (`_id text relevant`). nDCG@10 with binary gains as in Järvelin & Kekäläinen (2002).
"""

import json
import math
import tempfile
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from media_archive.assets.visibility import Sight
from media_archive.search.index import AssetIndex, IndexedAsset, Question

DEPTH = 10


@dataclass(frozen=True, slots=True)
class Figures:
    """nDCG@10 of the questions as written, bare and decomposed; P@10 of the confusable ones; milliseconds a query."""

    documents: int
    questions: int
    ndcg_as_written: float
    ndcg_bare: float
    ndcg_decomposed: float
    confusable_questions: int
    confusable_precision: float
    median_ms: float
    p95_ms: float


def evaluate(folder: Path) -> Figures:
    """Load the collection in `folder` into a fresh index and ask it everything."""
    with tempfile.TemporaryDirectory(prefix="loa-evaluation-") as place:
        index = AssetIndex(Path(place))
        corpus = list(_lines(folder / "corpus.jsonl"))
        index.write(IndexedAsset(id=one["_id"], title=one["title"], text=one["text"]) for one in corpus)
        return _ask_everything(index, folder, documents=len(corpus))


def _ask_everything(index: AssetIndex, folder: Path, *, documents: int) -> Figures:
    clock = _Stopwatch(index)
    relevant = _judgements(folder / "qrels.tsv")
    questions = [one for one in _lines(folder / "queries.jsonl") if one["_id"] in relevant]
    confusable = list(_lines(folder / "accent_confusable.jsonl"))

    def ndcg(form: str) -> float:
        return _mean([_ndcg(clock.ask(one[form]), relevant[one["_id"]]) for one in questions])

    return Figures(
        documents=documents,
        questions=len(questions),
        ndcg_as_written=ndcg("text"),
        ndcg_bare=ndcg("text_bare"),
        ndcg_decomposed=ndcg("text_nfd"),
        confusable_questions=len(confusable),
        confusable_precision=_mean([_precision(clock.ask(one["text"]), one["relevant"]) for one in confusable]),
        median_ms=clock.percentile(0.5),
        p95_ms=clock.percentile(0.95),
    )


class _Stopwatch:
    def __init__(self, index: AssetIndex) -> None:
        self._index = index
        self._seconds: list[float] = []

    def ask(self, text: str) -> list[str]:
        begun = time.perf_counter()
        found = self._index.search(Question(text, Sight(everything=True)), limit=DEPTH)
        self._seconds.append(time.perf_counter() - begun)
        return found.ids

    def percentile(self, share: float) -> float:
        ranked = sorted(self._seconds)
        return 1000 * ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else 0.0


def _ndcg(ids: list[str], relevant: Collection[str]) -> float:
    gained = sum(1 / math.log2(rank + 2) for rank, one in enumerate(ids) if one in relevant)
    ideal = sum(1 / math.log2(rank + 2) for rank in range(min(len(relevant), DEPTH)))
    return gained / ideal


def _precision(ids: list[str], relevant: Collection[str]) -> float:
    return len(set(ids).intersection(relevant)) / DEPTH


def _mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def _judgements(path: Path) -> dict[str, set[str]]:
    relevant: dict[str, set[str]] = {}
    for line in path.read_text("utf-8").splitlines()[1:]:
        question, document, score = line.split("\t")
        if int(score) > 0:
            relevant.setdefault(question, set()).add(document)
    return relevant


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
