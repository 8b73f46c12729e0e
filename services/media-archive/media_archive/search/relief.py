"""Ways out of a search that finds nothing: the same question with less in it, as far as that finds something."""

from dataclasses import dataclass, replace

from media_archive.search import vietnamese
from media_archive.search.asking import Question
from media_archive.search.follow import current_follower
from media_archive.search.index import AssetIndex

_MOST = 4
_MOST_WORDS = 8
_QUOTES = str.maketrans(dict.fromkeys('"“”„«»', " "))


@dataclass(frozen=True, slots=True)
class Way:
    """A question that finds something, how much, and in words what is different."""

    question: Question
    total: int
    vi: str
    en: str


async def ways_out(question: Question, *, widest: bool) -> list[Way]:
    """Return up to four questions near this one that find something, the nearest first.

    Without filters, without quotation marks, without accents, with a word less; with `widest` in all units.
    """
    follower = current_follower()
    return await follower.ask(_ways_out, follower.index, question, widest)


def _ways_out(index: AssetIndex, question: Question, widest: bool) -> list[Way]:
    found: list[Way] = []
    for way in _less(question, widest):
        if len(found) == _MOST:
            break
        total = index.search(way.question, limit=1).total
        if total:
            found.append(replace(way, total=total))
    return found


def _less(question: Question, widest: bool) -> list[Way]:
    ways: list[Way] = []

    def way(other: Question, vi: str, en: str) -> None:
        if other != question:
            ways.append(Way(other, 0, vi, en))

    text = question.text
    if question.narrowed_by:
        way(question.without(*question.narrowed_by), "Bỏ mọi điều kiện lọc", "Without filters")
    plain = " ".join(text.translate(_QUOTES).split())
    if plain != text:
        way(_asking(question, plain), f"Không có ngoặc kép: {plain}", f"No quotation marks: {plain}")
    bare = vietnamese.fold(text)
    if bare != vietnamese.canonical(text):
        way(_asking(question, bare), f"Không dấu: {bare}", f"Without accents: {bare}")
    if widest and question.within is not None:
        way(replace(question, kind=None, within=None, level=0), "Ở mọi đơn vị", "In all units")
    words = vietnamese.syllables(text)
    if 1 < len(words) <= _MOST_WORDS:
        for left_out in (words[:-1], words[1:]):
            fewer = " ".join(left_out)
            way(_asking(question, fewer), f"Ít từ hơn: {fewer}", f"Fewer words: {fewer}")
    return ways


def _asking(question: Question, text: str) -> Question:
    return replace(question, kind=None, text=text)
