"""What else somebody may mean who typed a text: the end of a word, a unit, a year, a topic that is called so."""

from dataclasses import dataclass, replace

from kit.errors import Language
from kit.identity import Caller
from media_archive.search import counting, suggesting, vietnamese
from media_archive.search.asking import Facet, Question
from media_archive.web.showing import picked

FEW = 5
"""So many answers say that what was typed found what was meant."""
_MOST = 4


@dataclass(frozen=True, slots=True)
class Meant:
    """A value of a facet that is called as was typed, or, without a facet, a text to search for; `count` if known."""

    label: str
    value: str
    facet: Facet | None = None
    count: int | None = None


async def meant(caller: Caller, question: Question, shown_in: Language) -> list[Meant]:
    """Return up to four texts that begin as this one, and up to four values of facets that are called so."""
    typed = vietnamese.syllables(vietnamese.fold(question.text))
    if not typed or len(question.text) > suggesting.LONGEST_TYPED:
        return []
    return [*await _completed(caller, question.text), *await _called(question, typed, shown_in)]


async def _completed(caller: Caller, text: str) -> list[Meant]:
    found = await suggesting.suggest(caller, text)
    words = [one.text for one in found if one.sort == "words"]
    return [Meant(one, one) for one in words if vietnamese.canonical(one) != vietnamese.canonical(text)][:_MOST]


async def _called(question: Question, typed: list[str], shown_in: Language) -> list[Meant]:
    facets = await counting.facets_of(replace(question, kind=None, text="", filters={}))
    return [
        Meant(picked(shown_in, one.name_vi, one.name_en), one.value, facet, one.count)
        for facet, values in facets.items()
        for one in values
        if _is_called(f"{one.name_vi} {one.name_en}", typed)
    ][:_MOST]


def _is_called(name: str, typed: list[str]) -> bool:
    """Whether all that was typed is in a name, the last word perhaps only begun."""
    words = vietnamese.syllables(vietnamese.fold(name))
    return all(word in words for word in typed[:-1]) and any(word.startswith(typed[-1]) for word in words)
