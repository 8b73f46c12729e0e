"""Finding units by words of their names or code: accents may be left out, but one that is typed is meant."""

from dataclasses import dataclass
from uuid import UUID

from kit import db
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


# Ranks, best first: the whole name or code; its beginning; every word begins one of the unit's; similar letters.
# Within these: accents typed that the unit lacks; words that do not stand together (or are less similar); depth.
_MATCHING = f"""
WITH asked AS MATERIALIZED (
  SELECT folded, string_to_array(folded, ' ') AS words, string_to_array($1, ' ') AS accented
  FROM search_words($1) AS folded)
SELECT {COLUMNS}, rank FROM (
  SELECT unit.*,
    (tier * 100000
    + least(9, (SELECT count(*) FROM unnest(accented) AS word
                WHERE word <> vi_fold(word) AND strpos(search_accented, ' ' || word) = 0)) * 10000
    + CASE WHEN tier = 3 THEN round((1 - word_similarity(folded, search_folded)) * 1000)
           ELSE (strpos(search_folded, ' ' || folded) = 0)::int * 100 + cardinality(ancestors) END)::bigint AS rank
  FROM asked, unit, LATERAL (SELECT CASE
    WHEN folded IN (name_folded, search_words(short_name), search_words(code)) THEN 0
    WHEN starts_with(name_folded, folded) OR starts_with(search_words(short_name), folded)
         OR starts_with(search_words(code), folded) THEN 1
    WHEN (SELECT bool_and(strpos(search_folded, ' ' || word) > 0) FROM unnest(words) AS word) THEN 2
    ELSE 3 END AS tier) AS judged
  WHERE (search_folded LIKE (SELECT '%' || word || '%' FROM asked, unnest(words) AS word
                             ORDER BY length(word) DESC LIMIT 1)
         OR search_folded %> (SELECT folded FROM asked))
    AND (tier < 3 OR search_folded %> folded)
    AND {{conditions}}
) AS found WHERE $2::bigint IS NULL OR (rank, sort_key, number) > ($2, $3, $4::bigint)
ORDER BY rank, sort_key, number LIMIT $5
"""

_LISTED = f"""
SELECT {COLUMNS}, 0::bigint AS rank FROM unit
WHERE ($1::text IS NULL AND $2::bigint IS NULL OR (sort_key, number) > ($3, $4::bigint)) AND {{conditions}}
ORDER BY sort_key, number LIMIT $5
"""


async def search_units(asked: UnitSearch, limit: int, after: tuple[int, str, int] | None) -> list[db.Record]:
    """Return up to `limit` units after (rank, sort key, number): best match first, without words in order of names."""
    if asked.query is not None and len(asked.query) > LONGEST_QUERY:
        raise InvalidInput("query", f"dài hơn {LONGEST_QUERY} ký tự.", f"is longer than {LONGEST_QUERY} characters.")
    words = search_form(asked.query) if asked.query is not None else None
    if words == "":
        return []
    conditions, values = await _conditions(asked, first_parameter=6)
    sql = (_LISTED if words is None else _MATCHING).format(conditions=conditions)
    return await db.rows(sql, words, *(after or (None, None, None)), limit, *values)


async def _conditions(asked: UnitSearch, first_parameter: int) -> tuple[str, list[object]]:
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
        values.append((await find_unit(asked.within))["path"])
    return " AND ".join(parts), values
