"""Sums over subtrees as of a day: by any of the dimensions, nobody dropped, and what is missing known to be missing.

A unit counts with its newest publication up to the day. Cells that nobody published are absent, not zero. People whose
education or field of work was not stated stand under None, so that every way of summing gives the same total.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from kit import db
from kit.errors import DomainError
from org.headcounts.service.numbers import SLOT_DIGITS, Meanings, read_meanings
from org.units.service import COLUMNS

Dimension = Literal["age_band", "gender", "education", "field", "region", "level", "kind"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
MOST_GROUPS = 50_000
LARGEST_INT = 2**31 - 1

_OF_CELLS: tuple[Dimension, ...] = ("age_band", "gender", "education", "field")
_OF_UNITS: tuple[Dimension, ...] = ("region", "level", "kind")
_VOCABULARIES = {"kind": "unit_kind"}
_DETAIL_NUMBERS = {"education": "cell / 1000 % 1000", "field": "cell % 1000"}


class HeadcountGroupsTooMany(DomainError):
    """So many dimensions at once give more groups than can be summed; leave out one of them."""

    code = "HEADCOUNT_GROUPS_TOO_MANY"
    vi = "Quá nhiều nhóm; hãy bớt một tiêu chí."
    en = "That makes too many groups; leave out a dimension."


class HeadcountBeyondInt(DomainError):
    """The sum is larger than the graph's Int: so many people do not exist, so a publication below must be wrong."""

    code = "HEADCOUNT_BEYOND_INT"
    vi = "Tổng vượt quá 2.147.483.647 người: một đơn vị bên dưới đã công bố số liệu sai."
    en = "The sum is more than 2,147,483,647 people: a unit below has published something wrong."


@dataclass(frozen=True, slots=True)
class SummedCell:
    """The people of one group. A code is None where it was not asked for, not stated, or the unit has none."""

    members: int
    workers: int
    age_band: str | None = None
    gender: str | None = None
    education: str | None = None
    field: str | None = None
    region: str | None = None
    level: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many units a subtree has on a day, and how many of them have published up to it."""

    units: int
    units_counted: int


@dataclass(frozen=True, slots=True)
class SubtreeSum:
    """The people of a subtree, and from what they are summed up.

    `units_counted` have published; for `units_carried` of these the numbers were carried over by a reorganisation, for
    `units_assumed` by shares that are assumptions. Without any the days are None and there are no cells.
    """

    units_counted: int
    units_carried: int
    units_assumed: int
    oldest_day: date | None
    newest_day: date | None
    cells: tuple[SummedCell, ...]


# The publications that count on the day $2 in the subtree of `asked.path`. The labels of its units, as an array, are
# looked up in one pass through the index; a join would go down the tree of the index once for each unit.
STANDING = """headcount_publication AS told
    WHERE told.unit_label = ANY (ARRAY(
        SELECT right(own.path, 5) FROM unit_path AS own
        WHERE own.path >= asked.path AND own.path < asked.path || '~'
          AND own.since <= $2 AND own.until > $2 AND own.open))
      AND told.day <= $2 AND told.until > $2 AND told.replaced_at IS NULL"""

# What is below a unit is kept as sums (migration 0020), and so is what was written since these were folded; the unit's
# own is looked up.
_KEPT_COLUMNS = "day, units, carried, assumed, known, members, workers"
_KEPT = f"""(
        SELECT {_KEPT_COLUMNS} FROM headcount_sum
        WHERE root = right(asked.path, 5) AND since <= $2 AND until > $2
        UNION ALL
        SELECT {_KEPT_COLUMNS} FROM headcount_sum_change
        WHERE root = right(asked.path, 5) AND since <= $2 AND until > $2
        UNION ALL
        SELECT day, 1, (tree_version IS NOT NULL)::int, is_assumed::int, all_cells, all_members, all_workers
        FROM headcount_publication
        WHERE unit_label = right(asked.path, 5) AND day <= $2 AND until > $2 AND replaced_at IS NULL AND EXISTS (
          SELECT FROM unit_path AS own WHERE own.path = asked.path AND own.since <= $2 AND own.until > $2 AND own.open)
      ) AS kept"""
# What the bench measures: the people of subtrees by age band and gender as of a day.
SUM = f"""SELECT asked.path AS root, found.* FROM unnest($1::text[]) AS asked (path) CROSS JOIN LATERAL (
    SELECT coalesce(sum(units), 0)::bigint AS units_counted, coalesce(sum(carried), 0)::bigint AS units_carried,
           coalesce(sum(assumed), 0)::bigint AS units_assumed, min(day) AS oldest_day, max(day) AS newest_day,
           sum(known) AS known, sum(members) AS members, sum(workers) AS workers
    FROM (
      SELECT day, sum(units) AS units, sum(carried) AS carried, sum(assumed) AS assumed, sum(known) AS known,
             sum(members) AS members, sum(workers) AS workers
      FROM {_KEPT} GROUP BY day HAVING sum(units) > 0) AS of_day) AS found"""

_Codes = tuple[str | None, ...]


async def subtree_sum(paths: Sequence[str], day: date, dimensions: Sequence[Dimension]) -> list[SubtreeSum]:
    """Return the people of each subtree as of a day, grouped by the dimensions, in the order of the vocabularies.

    Region, level and kind are those that the units have on the day. Who may see it is asked before.
    HeadcountGroupsTooMany where there are more than 50,000 groups.
    """
    sums = {row["root"]: row for row in await db.rows(SUM, list(paths), day)}
    grouped = list(sums.values())
    of_units = [dimension for dimension in dimensions if dimension in _OF_UNITS]
    details = [dimension for dimension in dimensions if dimension in _DETAIL_NUMBERS]
    if of_units or details:
        grouped = await db.rows(_grouped_sql(of_units, details), list(paths), day)
    if len(grouped) > MOST_GROUPS:
        raise HeadcountGroupsTooMany()
    cells = _summed(grouped, dimensions, of_units, await read_meanings())
    order = await _order(dimensions, day)
    return [_sum_of(sums[path], sorted(cells.get(path, ()), key=order)) for path in paths]


def _sum_of(row: db.Record, cells: list[SummedCell]) -> SubtreeSum:
    return SubtreeSum(
        units_counted=row["units_counted"],
        units_carried=row["units_carried"],
        units_assumed=row["units_assumed"],
        oldest_day=row["oldest_day"],
        newest_day=row["newest_day"],
        cells=tuple(cells),
    )


def _summed(
    rows: Iterable[db.Record], dimensions: Sequence[Dimension], of_units: Sequence[str], meanings: Meanings
) -> dict[str, list[SummedCell]]:
    """Return the groups of each path; rows are finer than these."""
    people: dict[str, dict[_Codes, tuple[int, int]]] = {}
    for row in rows:
        of_path = people.setdefault(row["root"], {})
        of_row = {dimension: row[dimension] for dimension in of_units}
        for codes, members, workers in _cells(row, meanings):
            known = of_row | dict(zip(_OF_CELLS, codes, strict=False))
            key = tuple(known[dimension] for dimension in dimensions)
            before = of_path.get(key, (0, 0))
            of_path[key] = before[0] + members, before[1] + workers
    return {
        path: [SummedCell(*counts, **dict(zip(dimensions, key, strict=True))) for key, counts in groups.items()]
        for path, groups in people.items()
    }


def _grouped_sql(of_units: Sequence[str], details: Sequence[str]) -> str:
    """Return a statement that sums slot by slot, or cell by cell when what only cells tell is asked for."""
    keys = list(of_units)
    told = "SELECT told.* FROM " + STANDING
    if of_units:
        told = f"""SELECT told.*, {", ".join(f"version.{name}" for name in of_units)} FROM ({told}) AS told
                   JOIN unit_version AS version
                     ON version.unit_id = told.unit_id AND version.since <= $2 AND version.until > $2"""
    if details:
        numbers = [f"{_DETAIL_NUMBERS[name]} AS {name}_number" for name in details]
        keys += ["slot", *(f"{name}_number" for name in details)]
        told = f"""SELECT {", ".join(["cell / 1000000 AS slot", *numbers, *of_units])},
                          cell_members AS members, cell_workers AS workers
                   FROM ({told}) AS told
                   CROSS JOIN LATERAL unnest(cells, members, workers) AS counted (cell, cell_members, cell_workers)"""
        sums = "sum(members) AS members, sum(workers) AS workers"
    else:
        sums = "sum(all_cells) AS known, sum(all_members) AS members, sum(all_workers) AS workers"
    names = ", ".join([*keys, sums])
    return f"""SELECT asked.path AS root, found.* FROM unnest($1::text[]) AS asked (path) CROSS JOIN LATERAL (
                 SELECT {names} FROM ({told}) AS told GROUP BY {", ".join(keys)}) AS found LIMIT {MOST_GROUPS + 1}"""


def _cells(row: db.Record, meanings: Meanings) -> list[tuple[_Codes, int, int]]:
    """Return the codes that cells have (age band, gender, education, field), members and workers of a row of sums."""
    if "slot" not in row.keys():  # noqa: SIM118  # a record iterates over its values
        return _unpacked(row, meanings)
    codes = (
        meanings.codes.get((name, row[f"{name}_number"])) if f"{name}_number" in row.keys() else None  # noqa: SIM118
        for name in _DETAIL_NUMBERS
    )
    return [((*meanings.slots[row["slot"]], *codes), int(row["members"]), int(row["workers"]))]


def _unpacked(row: db.Record, meanings: Meanings) -> list[tuple[_Codes, int, int]]:
    if row["known"] is None:
        return []
    known, members, workers = (int(row[name]) for name in ("known", "members", "workers"))
    return [
        (pair, _of_slot(members, slot), _of_slot(workers, slot))
        for slot, pair in meanings.slots.items()
        if _of_slot(known, slot)
    ]


def _of_slot(packed: int, slot: int) -> int:
    return packed // 10 ** (SLOT_DIGITS * (slot - 1)) % 10**SLOT_DIGITS


async def _order(dimensions: Sequence[Dimension], day: date) -> Callable[[SummedCell], tuple[Any, ...]]:
    """Return the sort key of groups: by the positions of their codes on the day, what has none after these."""
    names = [_VOCABULARIES.get(dimension, dimension) for dimension in dimensions]
    found = await db.rows(
        "SELECT vocabulary, code, position FROM term WHERE vocabulary = ANY($1) AND valid @> $2::date", names, day
    )
    positions = {(row["vocabulary"], row["code"]): row["position"] for row in found}

    def key(cell: SummedCell) -> tuple[Any, ...]:
        codes = [getattr(cell, dimension) for dimension in dimensions]
        return tuple(
            (code is None, positions.get((name, code), 1_000_000), code or "")
            for name, code in zip(names, codes, strict=True)
        )

    return key


async def sources_of(paths: Sequence[str], day: date) -> dict[str, list[str]]:
    """Return up to ten different sources of what is summed up for each subtree."""
    found = await db.rows(
        f"""SELECT asked.path, found.sources FROM unnest($1::text[]) AS asked (path) CROSS JOIN LATERAL (
              SELECT (array_agg(source ORDER BY source))[1:10] AS sources
              FROM (SELECT DISTINCT source FROM {STANDING}) AS told) AS found""",
        list(paths),
        day,
    )
    return {row["path"]: row["sources"] or [] for row in found}


async def coverage(paths: Sequence[str], day: date, level: str | None = None) -> dict[str, Coverage]:
    """Return how much of each subtree, or of its units of one level, has published up to a day."""
    units = """SELECT count(*) FROM unit_path AS own WHERE own.path >= asked.path AND own.path < asked.path || '~'
               AND own.since <= $2 AND own.until > $2 AND own.open"""
    counted = f"SELECT coalesce(sum(units), 0)::bigint FROM {_KEPT}"
    if level is not None:
        versions = "SELECT FROM unit_version AS version WHERE version.unit_id = {}.unit_id AND version.level = $3"
        holds = "AND version.since <= $2 AND version.until > $2"
        units += f" AND EXISTS ({versions.format('own')} {holds})"
        counted = f"SELECT count(*) FROM {STANDING} AND EXISTS ({versions.format('told')} {holds})"
    found = await db.rows(
        f"""SELECT asked.path, ({units}) AS units, ({counted}) AS units_counted
            FROM unnest($1::text[]) AS asked (path)""",
        list(paths),
        day,
        *([level] if level is not None else []),
    )
    return {row["path"]: Coverage(row["units"], row["units_counted"]) for row in found}


async def missing_units(
    paths: Sequence[str], day: date, level: str | None, limit: int, after: str | None
) -> list[db.Record]:
    """Return up to `limit` units of each subtree that have not published up to a day, those above first.

    `root` names the path that was asked for; they come after the path `after`.
    """
    return await db.rows(
        f"""SELECT asked.path AS root, missing.* FROM unnest($1::text[]) AS asked (path) CROSS JOIN LATERAL (
              SELECT {COLUMNS} FROM units_on($2) AS unit
              WHERE path >= asked.path AND path < asked.path || '~' AND ($4::text IS NULL OR path > $4)
                AND ($3::text IS NULL OR level = $3)
                AND NOT EXISTS (SELECT FROM headcount_publication AS told
                                WHERE told.unit_id = unit.id AND told.day <= $2 AND told.replaced_at IS NULL)
              ORDER BY path LIMIT $5) AS missing""",
        list(paths),
        day,
        level,
        after,
        limit,
    )
