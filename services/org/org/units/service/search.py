"""Finding units by words of their names or code: accents may be left out, but one that is typed is meant."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput
from org.units.service.read import COLUMNS, find_unit
from org.vietnamese import search_form
from org.vocabularies.service import is_code

LONGEST_QUERY = 200


@dataclass(frozen=True, slots=True)
class UnitSearch:
    """Which units are asked for; what is None does not matter."""

    query: str | None = None
    level: str | None = None
    kind: str | None = None
    region: str | None = None
    within: UUID | None = None
    on: date | None = None
    """The day whose tree is searched; None is today."""

    @property
    def day(self) -> date:
        """The day whose tree is searched."""
        return self.on or today()


# Ranks, best first: the whole name or code; its beginning; every word begins one of the unit's.
# Within these: accents typed that the unit lacks; words that do not stand together; depth.
_EVERY_WORD = """
SELECT unit.*, (
    CASE WHEN folded IN (name_folded, short_folded, code_folded) THEN 0
         WHEN starts_with(name_folded, folded) OR starts_with(short_folded, folded)
              OR starts_with(code_folded, folded) THEN 1
         ELSE 2 END * 100000
    + least(9, {misses}) * 10000
    + (strpos(search_folded, ' ' || folded) = 0)::int * 100
    + length(path) / 5 - 1)::bigint AS rank
FROM asked, units_on($6) AS unit WHERE {words} AND {conditions}
"""
# When no unit has every word: those whose letters are similar, the most similar first.
_SIMILAR = """
SELECT unit.*,
    ({similar} + least(9, {misses}) * 10000
     + round((1 - word_similarity(folded, search_folded)) * 1000))::bigint AS rank
FROM asked, units_on($6) AS unit WHERE search_folded %> (SELECT folded FROM asked) AND {conditions}
"""
_RANKED = f"""
WITH asked AS MATERIALIZED (SELECT search_words($1) AS folded)
SELECT {COLUMNS}, rank FROM ({{found}}) AS found
WHERE $2::bigint IS NULL OR (rank, sort_key, number) > ($2, $3, $4::bigint)
ORDER BY rank, sort_key, number LIMIT $5
"""
_LISTED = f"""
SELECT {COLUMNS}, 0::bigint AS rank FROM units_on($5)
WHERE ($1::bigint IS NULL OR (sort_key, number) > ($2, $3::bigint)) AND {{conditions}}
ORDER BY sort_key, number LIMIT $4
"""
_SIMILAR_FROM = 300_000


async def search_units(asked: UnitSearch, limit: int, after: tuple[int, str, int] | None) -> list[db.Record]:
    """Return up to `limit` units after (rank, sort key, number): best match first, without words in order of names."""
    if asked.query is None:
        return await _listed(asked, limit, after)
    if len(asked.query) > LONGEST_QUERY:
        raise InvalidInput("query", f"dài hơn {LONGEST_QUERY} ký tự.", f"is longer than {LONGEST_QUERY} characters.")
    words = search_form(asked.query).split()
    if not words:
        return []
    conditions = await _conditions(asked, first_parameter=7 + len(words))
    values = (" ".join(words), *(after or (None, None, None)), limit, asked.day, *words, *conditions.values)
    if after is None or after[0] < _SIMILAR_FROM:
        found = await db.rows(_ranked(_EVERY_WORD, words, conditions.sql), *values)
        if found or after is not None:
            return found
    return await db.rows(_ranked(_SIMILAR, words, conditions.sql), *values)


def _ranked(found: str, words: list[str], conditions: str) -> str:
    """Return a search for words, which are the parameters from $7 on."""
    numbers = range(7, 7 + len(words))
    # A subquery without a table is evaluated once, and its result can be looked up in the index.
    every = [f"search_folded LIKE (SELECT '% ' || search_words(${n}) || '%')" for n in numbers]
    accented = [n for n, word in zip(numbers, words, strict=True) if not word.isascii()]
    misses = [f"(strpos(search_accented, ' ' || ${n}) = 0)::int" for n in accented]
    return _RANKED.format(
        found=found.format(
            words=" AND ".join(every),
            misses=" + ".join(misses) or "0",
            similar=_SIMILAR_FROM,
            # PostgreSQL has to be told the type of parameters that this statement happens not to use.
            conditions=" AND ".join([conditions, *(f"${n}::text IS NOT NULL" for n in numbers)]),
        )
    )


async def _listed(asked: UnitSearch, limit: int, after: tuple[int, str, int] | None) -> list[db.Record]:
    conditions = await _conditions(asked, first_parameter=6)
    return await db.rows(
        _LISTED.format(conditions=conditions.sql), *(after or (None, None, None)), limit, asked.day, *conditions.values
    )


@dataclass(frozen=True, slots=True)
class _Conditions:
    sql: str
    values: list[object]


async def _conditions(asked: UnitSearch, first_parameter: int) -> _Conditions:
    parts, values = ["TRUE"], list[object]()
    for column in ("level", "kind", "region"):
        wanted = getattr(asked, column)
        if wanted is not None:
            if not is_code(wanted):
                raise InvalidInput(column, "không phải là mã.", "is not a code.")
            parts.append(f"{column} = ${first_parameter + len(values)}")
            values.append(wanted)
    if asked.within is not None:
        n = first_parameter + len(values)
        parts.append(f"path >= ${n} AND path < ${n} || '~'")
        values.append((await find_unit(asked.within, asked.day))["path"])
    return _Conditions(" AND ".join(parts), values)
