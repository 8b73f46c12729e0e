"""The facets of a search as people read them: values with their names and counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from kit import db
from kit.paths import WIDTH
from media_archive.assets.service import kinds
from media_archive.search.asking import Facet, Question
from media_archive.search.facets import ALL_FACETS, Count
from media_archive.search.follow import current_follower
from media_archive.units import service as units

_LANGUAGES = {
    "vi": ("Tiếng Việt", "Vietnamese"),
    "en": ("Tiếng Anh", "English"),
    "fr": ("Tiếng Pháp", "French"),
    "ru": ("Tiếng Nga", "Russian"),
    "zh": ("Tiếng Trung", "Chinese"),
    "ko": ("Tiếng Hàn", "Korean"),
    "ja": ("Tiếng Nhật", "Japanese"),
    "km": ("Tiếng Khmer", "Khmer"),
    "lo": ("Tiếng Lào", "Lao"),
    "th": ("Tiếng Thái Lan", "Thai"),
    "cjm": ("Tiếng Chăm", "Cham"),
    "hmn": ("Tiếng Mông", "Hmong"),
    "jra": ("Tiếng Gia Rai", "Jarai"),
    "rad": ("Tiếng Ê Đê", "Rade"),
    "tyz": ("Tiếng Tày", "Tày"),
}
Names = dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value to narrow results by: `value` is a code, a year or a unit's id; `count` how many results it leaves."""

    value: str
    name_vi: str
    name_en: str
    count: int
    is_chosen: bool


async def facets_of(question: Question, facets: Iterable[Facet] = ALL_FACETS) -> dict[Facet, list[FacetValue]]:
    """Return the values of facets, at most 50 of each, those with the most results first; years the latest first.

    What was chosen is there also when no result has it. SearchNotReady while the index is built.
    """
    follower = current_follower()
    counts = await follower.ask(follower.index.facets, question, tuple(facets))
    shown: dict[Facet, list[FacetValue]] = {}
    for facet, counted in counts.items():
        chosen = question.filters.get(facet, ())
        there = {count.value for count in counted}
        every = [*counted, *(Count(value, 0) for value in chosen if value not in there)]
        shown[facet] = await _named(facet, every, frozenset(chosen))
    return {facet: shown[facet] for facet in ALL_FACETS if facet in shown}


async def _named(facet: Facet, counts: list[Count], chosen: frozenset[str]) -> list[FacetValue]:
    if facet is Facet.UNIT:
        return await _units(counts, chosen)
    names = await _names(facet) if counts else {}
    if facet is Facet.YEAR:
        counts = sorted(counts, key=lambda count: int(count.value) if count.value.isdecimal() else 0, reverse=True)
    return [
        FacetValue(one.value, *names.get(one.value, (one.value, one.value)), one.count, one.value in chosen)
        for one in counts
    ]


async def _names(facet: Facet) -> Names:
    match facet:
        case Facet.KIND:
            return {row["code"]: (row["vi"], row["en"]) for row in await kinds()}
        case Facet.TOPIC:
            return {topic.code: (topic.vi, topic.en) for topic in await units.topics()}
        case Facet.LANGUAGE:
            return _LANGUAGES
        case Facet.RIGHTS:
            return {row["code"]: (row["vi"], row["en"]) for row in await db.rows("SELECT code, vi, en FROM licence")}
        case _:
            return {}


async def _units(counts: list[Count], chosen: frozenset[str]) -> list[FacetValue]:
    """Units are known to the index by their labels, which are their numbers; to people by id and name."""
    numbers = {int(one.value, 36): one for one in counts if one.value}
    found = await db.rows("SELECT id, number, name_vi, name_en FROM unit WHERE number = ANY($1::integer[])", [*numbers])
    known = {row["number"]: row for row in found}
    return [
        FacetValue(str(row["id"]), row["name_vi"], row["name_en"] or row["name_vi"], one.count, one.value in chosen)
        for number, one in numbers.items()
        if (row := known.get(number)) is not None
    ]


async def labels_of(unit_ids: list[UUID]) -> list[str]:
    """Return the labels by which the index knows units; one that nothing has for a unit we know nothing of."""
    paths = await units.paths_of(unit_ids) if unit_ids else {}
    return [paths[one][-WIDTH:] if one in paths else "" for one in unit_ids]
