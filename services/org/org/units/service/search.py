"""Finding units by words of their names, code or place: accents may be left out, but one that is typed is meant.

What is found comes in tiers, the best first, and a cursor's rank tells in which of them its page ended: names and codes
of that day; places; former names, and closed units where they are asked for; and, when there is none of these, names
whose letters are similar. Words that thousands of units share ("công đoàn") are not ranked, which would mean to read
them all: their units come level by level in order of names.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput
from org.units.service.read import COLUMNS, DATED, find_unit
from org.vietnamese import search_form
from org.vocabularies.service import codes_known, unknown_code

LONGEST_QUERY = 200
_VOCABULARIES = {"level": "level", "kind": "unit_kind", "region": "region"}
_PLACES_FROM, _FORMER_FROM, _SIMILAR_FROM, _MANY_FROM = 300_000, 400_000, 500_000, 1_000_000

After = tuple[int, str, int] | None


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
    with_closed: bool = False
    """Also units that have closed by that day, by whatever name they had."""

    @property
    def day(self) -> date:
        """The day whose tree is searched."""
        return self.on or today()


# PostgreSQL has to be told the types of parameters that a statement happens not to use.
_ASKED = """WITH asked AS MATERIALIZED (SELECT search_words($1) AS folded), given AS (
  SELECT $2::bigint, $3::text, $4::bigint, $5::bigint, $6::date, {texts})"""
# What is shown of units is read when it is known which ones the page has: thousands may be found.
_SHOWN = f"""page.unit_id AS id, shown.number, page.path, unit.created_on, unit.closed_on,
  {", ".join(f"shown.{column}" for column in DATED)}"""
_SHOWN_FROM = """JOIN unit_version AS shown ON shown.unit_id = page.unit_id AND shown.since = page.since
JOIN unit ON unit.id = page.unit_id"""
_PAGE = f"""
SELECT {_SHOWN}, page.rank FROM (
  SELECT * FROM ({{found}}) AS found
  WHERE $2::bigint IS NULL OR (rank, sort_key, number) > ($2, $3, $4::bigint)
  ORDER BY rank, sort_key, number LIMIT $5) AS page {_SHOWN_FROM}
ORDER BY page.rank, shown.sort_key, shown.number
"""
# Where a version's unit stands on the day. A subquery of its own, so that it is looked up for each that was found:
# the planner expects so many that it would rather read where all units stand.
_STANDS_HERE = """CROSS JOIN LATERAL (
  SELECT path FROM unit_path AS stands
  WHERE stands.unit_id = unit.unit_id AND stands.since <= $6 AND stands.until > $6 AND stands.open LIMIT 1) AS here"""
_THAT_DAY = "unit.since <= $6 AND unit.until > $6"
# The units that an index of their names finds.
_HAVING = f"""(
  SELECT unit.*, here.path FROM unit_version AS unit {_STANDS_HERE} WHERE {_THAT_DAY} AND {{having}})"""
# The units of a subtree, one by one, for when they are fewer than those that have the words.
_BELOW = f"""(
  SELECT version.*, stands.path FROM unit_path AS stands CROSS JOIN LATERAL (
    SELECT * FROM unit_version AS unit WHERE unit.unit_id = stands.unit_id AND {_THAT_DAY} LIMIT 1) AS version
  WHERE {{within}} AND stands.since <= $6 AND stands.until > $6 AND stands.open)"""
# Ranks, best first: the whole name or code; its beginning; every word begins one of the unit's.
# Within these: accents typed that the unit lacks; words that do not stand together; depth.
_BY_NAME = """
SELECT unit.unit_id, unit.since, unit.sort_key, unit.number, unit.path, (
    CASE WHEN folded IN (name_folded, short_folded, code_folded) THEN 0
         WHEN starts_with(name_folded, folded) OR starts_with(short_folded, folded)
              OR starts_with(code_folded, folded) THEN 1
         ELSE 2 END * 100000
    + least(9, {misses}) * 10000
    + (strpos(search_folded, ' ' || folded) = 0)::int * 100
    + length(unit.path) / 5 - 1)::bigint AS rank
FROM asked, {units} AS unit WHERE {read} AND {conditions}
"""
# Units in a province or commune whose name or code has every word, unless their own name has.
_BY_PLACE = f"""
SELECT unit.id AS unit_id, unit.since, unit.sort_key, unit.number, unit.path,
       ({_PLACES_FROM} + length(path) / 5 - 1)::bigint AS rank
FROM asked, units_on($6) AS unit
WHERE {{in_place}} AND id = ANY(ARRAY(SELECT unit_id FROM unit_version WHERE {{in_place}}))
  AND NOT ({{read}}) AND {{conditions}}
"""
# Units by a name or code that they no longer have, and closed ones by any that they had; each as it was last.
_BY_FORMER = f"""
SELECT DISTINCT ON (unit.id) unit.id AS unit_id, shown.since, shown.sort_key, unit.number, {{path}} AS path,
       ({_FORMER_FROM}
        + CASE WHEN folded IN (former.name_folded, former.short_folded, former.code_folded) THEN 0 ELSE 10000 END
        + length({{path}}) / 5 - 1)::bigint AS rank
FROM asked, unit_version AS former
JOIN unit_path AS stands
  ON stands.unit_id = former.unit_id AND stands.since <= $6 AND stands.until > $6 AND (stands.open OR {{closed}})
JOIN unit AS unit ON unit.id = former.unit_id
CROSS JOIN LATERAL (
  SELECT * FROM unit_version WHERE unit_id = former.unit_id AND since <= $6 ORDER BY since DESC LIMIT 1) AS shown
WHERE {{few}} AND former.until <= $6 AND {{has_words}} AND NOT (stands.open AND {{read}}) AND {{conditions}}
ORDER BY unit.id, rank
"""
_IN_PLACE = """(province = ANY(ARRAY(SELECT code FROM place WHERE kind = 'province' AND valid @> $6 AND {indexed}))
  OR commune = ANY(ARRAY(SELECT code FROM place WHERE kind = 'commune' AND valid @> $6 AND {indexed})))"""
# When no unit has every word: those whose letters are similar, the most similar first.
_SIMILAR_RANK = f"""({_SIMILAR_FROM} + least(9, {{misses}}) * 10000
    + round((1 - word_similarity(folded, search_folded)) * 1000))::bigint AS rank"""
_SIMILAR = f"""
SELECT unit.unit_id, unit.since, unit.sort_key, unit.number, unit.path, {_SIMILAR_RANK}
FROM asked, {{units}} AS unit WHERE {{read}} AND {{conditions}}
"""
_IS_SIMILAR = "search_folded %> (SELECT folded FROM asked)"
# Whether a subtree is so small that going through it is faster than through all who have the letters.
_FEW_BELOW = 2_000
_IS_SMALL = f"""
SELECT count(*) < {_FEW_BELOW} FROM (
  SELECT FROM unit_path WHERE path >= $1 AND path < $1 || '~' AND since <= $2 AND until > $2 AND open
  LIMIT {_FEW_BELOW}) AS below
"""
# Whether so many units have the words, and are what else is asked for, that ranking them would take too long: one
# version in two hundred is looked at, always the same ones.
_ARE_MANY = """
SELECT count(*) >= 20 AS words, count(*) FILTER (WHERE {conditions}) >= 20 AS units
FROM unit_version AS unit TABLESAMPLE SYSTEM (0.5) REPEATABLE (1) {standing}
WHERE unit.since <= $6 AND unit.until > $6 AND {read}
"""
_STANDING = """JOIN unit_path AS stands
  ON stands.unit_id = unit.unit_id AND stands.open AND stands.since <= $6 AND stands.until > $6"""
_CALLED_SO = "ARRAY[name_folded, short_folded, code_folded] && ARRAY[(SELECT folded FROM asked)]"
# In the order of an index that has all that is asked for: most are read to be passed over.
_OF_MANY = f"""
SELECT {_SHOWN}, {{rank}}::bigint AS rank FROM (
  SELECT unit.unit_id, unit.since, here.path FROM unit_version AS unit {_STANDS_HERE}
  WHERE {_THAT_DAY} AND ($2::bigint IS NULL OR (sort_key, number) > ($3, $4::bigint)) AND {{which}} AND {{conditions}}
  ORDER BY sort_key, number LIMIT $5) AS page {_SHOWN_FROM}
ORDER BY shown.sort_key, shown.number
"""
_LISTED = f"""
SELECT {COLUMNS}, 0::bigint AS rank FROM units_on($5) AS unit
WHERE ($1::bigint IS NULL OR (sort_key, number) > ($2, $3::bigint)) AND {{conditions}}
ORDER BY sort_key, number LIMIT $4
"""


async def search_units(asked: UnitSearch, limit: int, after: After) -> list[db.Record]:
    """Return up to `limit` units after (rank, sort key, number): best match first, without words in order of names."""
    if asked.query is None:
        return await _listed(asked, limit, after)
    if len(asked.query) > LONGEST_QUERY:
        raise InvalidInput("query", f"dài hơn {LONGEST_QUERY} ký tự.", f"is longer than {LONGEST_QUERY} characters.")
    words = search_form(asked.query).split()
    if not words:
        return []
    conditions = await _conditions(asked, first_parameter=7 + len(words))
    search = _Search(asked, words, conditions, await _is_small(conditions.value_of("path"), asked.day))
    many = await search.how_many()
    # A later page goes on as the first began.
    in_order = many["units"] if after is None else after[0] >= _MANY_FROM
    tiers = search.of_many(after) if in_order else search.ranked(after, are_words_many=many["words"])
    found = list[db.Record]()
    async for tier, begin in tiers:
        rows = await search.page(tier, limit - len(found), begin)
        found += rows
        if len(found) >= limit:
            break
    return found or await search.similar(limit, after)


@dataclass(frozen=True, slots=True)
class _Conditions:
    columns: tuple[str, ...]
    first_parameter: int
    values: tuple[object, ...]

    def sql(self, row: str = "unit", path: str = "unit.path", only: str | None = None) -> str:
        """Return the conditions on rows of one name and paths of another, or the one on `only`."""
        parts = ["TRUE"]
        for n, column in enumerate(self.columns, self.first_parameter):
            if only not in (None, column):
                continue
            parts.append(f"{path} >= ${n} AND {path} < ${n} || '~'" if column == "path" else f"{row}.{column} = ${n}")
        return " AND ".join(parts)

    def value_of(self, column: str) -> object:
        """Return what a column has to be; None when it does not matter."""
        return dict(zip(self.columns, self.values, strict=True)).get(column)


@dataclass(frozen=True, slots=True)
class _Search:
    """A search for words, which are the parameters from $7 on."""

    asked: UnitSearch
    words: list[str]
    conditions: _Conditions
    is_within_few: bool

    async def how_many(self) -> db.Record:
        """Return whether the `words` are those of very many units, and whether these `units` are asked for."""
        sql = _ARE_MANY.format(
            standing=_STANDING if self.asked.within else "",
            read=self._read("unit"),
            conditions=self.conditions.sql(path="stands.path"),
        )
        found = await db.row(self._asking(sql), *self._values(0, None))
        assert found
        return found

    async def ranked(self, after: After, *, are_words_many: bool) -> AsyncIterator[tuple[str, After]]:
        """Yield the tiers from a cursor on, each with where it begins."""
        rank = after[0] if after else 0
        for tier, end in (
            (self._by_name(are_words_many), _PLACES_FROM),
            (self._by_place(), _FORMER_FROM),
            (self._by_former(are_words_many), _SIMILAR_FROM),
        ):
            if rank < end:
                yield _PAGE.format(found=tier), after

    async def of_many(self, after: After) -> AsyncIterator[tuple[str, After]]:
        """Yield who is called just so, then each level's units that have the words."""
        levels = await db.rows(
            "SELECT code FROM term WHERE vocabulary = 'level' GROUP BY code ORDER BY min(position), code"
        )
        # By id, or the planner would go through all units in their order to find the few.
        called_so = f"unit.unit_id = ANY(ARRAY(SELECT unit_id FROM unit_version WHERE {_CALLED_SO})) AND {_CALLED_SO}"
        others = f"{self._read('unit')} AND NOT ({_CALLED_SO})"
        tiers = [called_so, *(f"level = '{row['code']}' AND {others}" for row in levels)]
        for rank, which in enumerate(tiers, _MANY_FROM):
            if after is None or after[0] <= rank:
                tier = _OF_MANY.format(rank=rank, which=which, conditions=self.conditions.sql(path="here.path"))
                yield tier, after if after and after[0] == rank else None

    async def similar(self, limit: int, after: After) -> list[db.Record]:
        """Return units whose letters are similar; only a first page, or one that goes on with such units, has them."""
        if after is not None and not _SIMILAR_FROM <= after[0] < _MANY_FROM:
            return []
        units = self._units(_IS_SIMILAR, one_by_one=self.is_within_few)
        found = _SIMILAR.format(
            misses=self._misses(), units=units, read=_IS_SIMILAR, conditions=self.conditions.sql(path="unit.path")
        )
        return await self.page(_PAGE.format(found=found), limit, after)

    async def page(self, sql: str, limit: int, after: After) -> list[db.Record]:
        """Return a page of a tier."""
        return await db.rows(self._asking(sql), *self._values(limit, after))

    def _values(self, limit: int, after: After) -> tuple[object, ...]:
        begin = after or (None, None, None)
        return (" ".join(self.words), *begin, limit, self.asked.day, *self.words, *self.conditions.values)

    def _asking(self, sql: str) -> str:
        return _ASKED.format(texts=", ".join(f"${n}::text" for n in self._numbers())) + sql

    def _by_name(self, are_words_many: bool) -> str:
        read = self._read("unit")
        units = self._units(read if are_words_many else self._indexed("unit"), one_by_one=are_words_many)
        return _BY_NAME.format(misses=self._misses(), units=units, read=read, conditions=self.conditions.sql())

    def _units(self, having: str, *, one_by_one: bool) -> str:
        """Return where units are looked for: in a subtree, one by one or where it is small, or by what they have."""
        if self.asked.within and (one_by_one or self.is_within_few):
            return _BELOW.format(within=self.conditions.sql(path="stands.path", only="path"))
        return _HAVING.format(having=f"{having} AND {self.conditions.sql(path='here.path')}")

    def _by_place(self) -> str:
        in_place = _IN_PLACE.format(indexed=self._indexed("place"))
        return _BY_PLACE.format(in_place=in_place, read=self._read("unit"), conditions=self.conditions.sql())

    def _by_former(self, are_words_many: bool) -> str:
        is_few_below = are_words_many or self.is_within_few
        having_had = f"SELECT unit_id FROM unit_version WHERE {self._indexed('unit_version')}"
        return _BY_FORMER.format(
            path="stands.path",
            closed=str(self.asked.with_closed).upper(),
            few="TRUE" if is_few_below else f"former.unit_id = ANY(ARRAY({having_had}))",
            has_words=self._read("former"),
            read=self._read("shown"),
            conditions=self.conditions.sql("shown", "stands.path"),
        )

    def _numbers(self) -> range:
        return range(7, 7 + len(self.words))

    def _indexed(self, row: str) -> str:
        """Return that a row has every word, to be looked up in its table's index."""
        # A subquery without a table is evaluated once, and its result can be looked up.
        return " AND ".join(
            f"{row}.search_folded LIKE (SELECT '% ' || search_words(${n}) || '%')" for n in self._numbers()
        )

    def _read(self, row: str) -> str:
        """Return that a row has every word, to be seen when it is read."""
        return " AND ".join(
            f"strpos({row}.search_folded, (SELECT ' ' || search_words(${n}))) > 0" for n in self._numbers()
        )

    def _misses(self) -> str:
        accented = [n for n, word in zip(self._numbers(), self.words, strict=True) if not word.isascii()]
        return " + ".join(f"(strpos(search_accented, ' ' || ${n}) = 0)::int" for n in accented) or "0"


async def _listed(asked: UnitSearch, limit: int, after: After) -> list[db.Record]:
    conditions = await _conditions(asked, first_parameter=6)
    sql = _LISTED.format(conditions=conditions.sql())
    return await db.rows(sql, *(after or (None, None, None)), limit, asked.day, *conditions.values)


async def _is_small(path: object, on: date) -> bool:
    return path is not None and await db.value(_IS_SMALL, path, on)


async def _conditions(asked: UnitSearch, first_parameter: int) -> _Conditions:
    given = {column: getattr(asked, column) for column in _VOCABULARIES}
    wanted: dict[str, object] = {column: code for column, code in given.items() if code is not None}
    asked_for = [(_VOCABULARIES[column], str(code)) for column, code in wanted.items()]
    known = await codes_known(asked_for) if asked_for else set()
    for column, code in wanted.items():
        if (_VOCABULARIES[column], code) not in known:
            raise await unknown_code(column, _VOCABULARIES[column], str(code), asked.day)
    if asked.within is not None:
        wanted["path"] = (await find_unit(asked.within, asked.day))["path"]
    return _Conditions(tuple(wanted), first_parameter, tuple(wanted.values()))
