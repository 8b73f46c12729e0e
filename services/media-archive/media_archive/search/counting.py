"""The facets of a search as people read them: values with their names and counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from kit import db
from kit.paths import WIDTH
from media_archive.assets.languages import LANGUAGES
from media_archive.search.asking import Facet, Question
from media_archive.search.facets import ALL_FACETS, Count
from media_archive.search.follow import current_follower
from media_archive.units import service as units

# Terms of topics are dated: the name a topic has, or had last.
_NAMES = """
SELECT 'kind' AS facet, code, code AS value, vi, en FROM asset_kind WHERE code = ANY($1)
UNION ALL
(SELECT DISTINCT ON (code) 'topic', code, code, vi, en FROM term
 WHERE vocabulary = 'topic' AND code = ANY($2) ORDER BY code, valid_from DESC)
UNION ALL
SELECT 'rights', code, code, vi, en FROM licence WHERE code = ANY($3)
UNION ALL
SELECT 'unit', path, id::text, name_vi, coalesce(nullif(name_en, ''), name_vi) FROM unit
WHERE number = ANY($4::integer[])
"""
_LONGEST_YEAR = 4
_TOLD_BY_DATABASE = (Facet.KIND, Facet.TOPIC, Facet.RIGHTS)


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
    every = {
        facet: _with_chosen(counts[facet], question.filters.get(facet, ())) for facet in ALL_FACETS if facet in counts
    }
    names = await _names(every)
    return {
        facet: [
            FacetValue(*names[facet, one.value], one.count, one.value in question.filters.get(facet, ()))
            for one in _in_order(facet, counted)
            if (facet, one.value) in names
        ]
        for facet, counted in every.items()
    }


def _with_chosen(counted: list[Count], chosen: Sequence[str]) -> list[Count]:
    there = {count.value for count in counted}
    return [*counted, *(Count(value, 0) for value in chosen if value not in there)]


def _in_order(facet: Facet, counts: list[Count]) -> list[Count]:
    if facet is not Facet.YEAR:
        return counts
    return sorted(counts, key=lambda one: _year(one.value), reverse=True)


def _year(value: str) -> int:
    """Return a year as a number; 0 for what was chosen and is none."""
    return int(value) if value.isdecimal() and len(value) <= _LONGEST_YEAR else 0


async def _names(counts: Mapping[Facet, list[Count]]) -> dict[tuple[Facet, str], tuple[str, str, str]]:
    """Return for each value what it is asked for by, and its names; a code without names is its own.

    Units are known to the index by their labels, which are their numbers; to people by id and name. One that is not
    known has none.
    """
    # PostgreSQL keeps no NUL: what was chosen with one has no name there.
    codes = {facet: [one.value for one in counted if "\0" not in one.value] for facet, counted in counts.items()}
    names = {
        (facet, one.value): (one.value, one.value, one.value)
        for facet, counted in counts.items()
        for one in counted
        if facet is not Facet.UNIT
    }
    for code in codes.get(Facet.LANGUAGE, ()):
        names[Facet.LANGUAGE, code] = (code, *LANGUAGES.get(code, (code, code)))
    numbers = {int(label, 36): label for label in codes.get(Facet.UNIT, ()) if label}
    told = await db.rows(_NAMES, *(codes.get(facet, []) for facet in _TOLD_BY_DATABASE), [*numbers])
    for row in told:
        facet = Facet(row["facet"])
        code = row["code"][-WIDTH:] if facet is Facet.UNIT else row["code"]
        names[facet, code] = (row["value"], row["vi"], row["en"])
    return names


async def labels_of(unit_ids: list[UUID]) -> list[str]:
    """Return the labels by which the index knows units; one that nothing has for a unit we know nothing of."""
    paths = await units.paths_of(unit_ids) if unit_ids else {}
    return [paths[one][-WIDTH:] if one in paths else "" for one in unit_ids]
