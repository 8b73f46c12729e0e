"""The tree as it is written: codes and names are one unit's, parents are there and not below, levels fit."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kit import db
from kit.errors import DomainError, Name
from org.reorganisations.service.checks.violations import MOST, Violation
from org.reorganisations.service.plan import Plan, UnitHasChildren
from org.units.service import (
    UnitCodeTaken,
    UnitCycle,
    UnitLevelNotAllowed,
    UnitNameTaken,
    UnitParentNotThere,
)
from org.units.service.rules import require_level


async def standing_wrong(touched: Sequence[UUID], on: date, closed: Sequence[UUID]) -> list[Violation]:
    """Return units whose code, name, parent or place in the tree can't be, on whatever day from `on`."""
    units = list(touched)
    return [
        *await _codes(units, on),
        *await _names(units, on),
        *await _parents(units, on, list(closed)),
        *await _rings(units, on),
    ]


async def _codes(units: list[UUID], on: date) -> list[Violation]:
    rows = await db.rows(
        """SELECT DISTINCT ON (new.code, new.unit_id) new.unit_id, new.code, other.name_vi, other.name_en
           FROM unit_version AS new JOIN unit_version AS other
             ON other.code = new.code AND other.unit_id <> new.unit_id
             AND other.since < new.until AND other.until > new.since
           WHERE new.unit_id = ANY($1) AND new.until > $2 ORDER BY new.code, new.unit_id LIMIT $3""",
        units,
        on,
        MOST,
    )
    return [Violation(row["unit_id"], UnitCodeTaken(row["code"], row), "code") for row in rows]


async def _names(units: list[UUID], on: date) -> list[Violation]:
    rows = await db.rows(
        """SELECT DISTINCT ON (new.name_vi, new.unit_id) new.unit_id, new.name_vi, new.code,
                  other.unit_id AS other_id, other.code AS other_code
           FROM unit_version AS new JOIN unit_version AS other
             ON coalesce(other.parent_id, $4) = coalesce(new.parent_id, $4)
             AND lower(other.name_vi) = lower(new.name_vi)
             AND other.unit_id <> new.unit_id AND other.since < new.until AND other.until > new.since
           WHERE new.unit_id = ANY($1) AND new.until > $2 ORDER BY new.name_vi, new.unit_id LIMIT $3""",
        units,
        on,
        MOST,
        UUID(int=0),
    )
    if not rows:
        return []
    above = await _places_before([unit for row in rows for unit in (row["unit_id"], row["other_id"])], on)

    def told(unit_id: UUID, code: str) -> str:
        return f"{code} ({above[unit_id]})" if unit_id in above else code

    return [
        Violation(
            row["unit_id"],
            UnitNameTaken(
                row["name_vi"], [told(row["unit_id"], row["code"]), told(row["other_id"], row["other_code"])]
            ),
            "name_vi",
        )
        for row in rows
    ]


async def _places_before(units: list[UUID], on: date) -> dict[UUID, str]:
    """Return the name of what was directly above units on the day before, where there was anything."""
    rows = await db.rows(
        """SELECT version.unit_id, above.name_vi FROM unit_version AS version
           JOIN unit_version AS above ON above.unit_id = version.parent_id AND above.since < $2 AND above.until >= $2
           WHERE version.unit_id = ANY($1) AND version.since < $2 AND version.until >= $2""",
        units,
        on,
    )
    return {row["unit_id"]: row["name_vi"] for row in rows}


async def _parents(units: list[UUID], on: date, closed: list[UUID]) -> list[Violation]:
    """Return units whose parent is not there on all their days; those below one that closes as its own."""
    rows = await db.rows(
        """WITH standing AS (
             SELECT unit_id, parent_id, since, until FROM unit_version
             WHERE unit_id = ANY($1) AND until > $3 AND parent_id IS NOT NULL
             UNION SELECT unit_id, parent_id, since, until FROM unit_version WHERE parent_id = ANY($2) AND until > $3
           ), lives AS (
             SELECT above.unit_id, above.days, last.name_vi
             FROM (SELECT unit_id, range_agg(daterange(since, until)) AS days FROM unit_version
                   WHERE unit_id IN (SELECT parent_id FROM standing) GROUP BY unit_id) AS above
             CROSS JOIN LATERAL (SELECT name_vi FROM unit_version WHERE unit_id = above.unit_id
                                 ORDER BY since DESC LIMIT 1) AS last)
           SELECT standing.unit_id, standing.parent_id, standing.since, lives.name_vi, lower(lives.days) AS began,
                  upper(lives.days) AS ended, standing.parent_id = ANY($2) AS closes
           FROM standing LEFT JOIN lives ON lives.unit_id = standing.parent_id
           WHERE NOT coalesce(daterange(standing.since, standing.until) <@ lives.days, false)""",
        units,
        closed,
        on,
    )
    left = dict[UUID, set[UUID]]()
    names = dict[UUID, str]()
    for row in rows:
        if row["closes"]:
            left.setdefault(row["parent_id"], set()).add(row["unit_id"])
            names[row["parent_id"]] = row["name_vi"]
    refusals = [Violation(unit, UnitHasChildren(unit=names[unit], count=len(below))) for unit, below in left.items()]
    return refusals + [Violation(row["unit_id"], _not_there(row), "parent_id") for row in rows if not row["closes"]]


def _not_there(row: db.Record) -> DomainError:
    ended = row["ended"] if row["ended"] != date.max else None
    return UnitParentNotThere(parent=row["name_vi"] or "?", since=row["began"], until=ended, day=row["since"])


async def _rings(units: list[UUID], on: date) -> list[Violation]:
    rows = await db.rows(
        """WITH RECURSIVE above AS (
             SELECT unit_id, parent_id, since, until, 1 AS steps FROM unit_version
             WHERE unit_id = ANY($1) AND until > $2 AND parent_id IS NOT NULL
             UNION ALL
             SELECT above.unit_id, next.parent_id, greatest(above.since, next.since), least(above.until, next.until),
                    steps + 1
             FROM above JOIN unit_version AS next ON next.unit_id = above.parent_id
               AND next.since < above.until AND next.until > above.since
             WHERE above.parent_id <> above.unit_id AND next.parent_id IS NOT NULL AND steps < 20)
           SELECT DISTINCT ON (unit_id) above.unit_id, own.name_vi, own.name_en,
             parent.name_vi AS parent_vi, parent.name_en AS parent_en
           FROM above
           JOIN unit_version AS own ON own.unit_id = above.unit_id
             AND own.since <= above.since AND own.until > above.since
           JOIN unit_version AS parent ON parent.unit_id = own.parent_id
             AND parent.since <= above.since AND parent.until > above.since
           WHERE above.unit_id = above.parent_id LIMIT $3""",
        units,
        on,
        MOST,
    )
    return [Violation(row["unit_id"], _ring(row), "parent_id") for row in rows]


def _ring(row: db.Record) -> UnitCycle:
    return UnitCycle(parent=Name(row["parent_vi"], row["parent_en"]), unit=Name(row["name_vi"], row["name_en"]))


async def under_wrong_levels(plan: Plan, touched: Sequence[UUID]) -> list[Violation]:
    """Return units that come under a level that may not be above theirs, on the day on which they do."""
    rows = await db.rows(
        """WITH standing AS (
             SELECT child.unit_id, child.level AS child_level, above.unit_id AS parent_id, above.level AS parent_level,
                    greatest(child.since, above.since) AS day
             FROM unit_version AS child LEFT JOIN unit_version AS above
               ON above.unit_id = child.parent_id AND above.since < child.until AND above.until > child.since
             WHERE child.unit_id = ANY($1) OR child.parent_id = ANY($3)
           ), begun AS (
             SELECT *, lag((child_level, parent_id, parent_level)) OVER (PARTITION BY unit_id ORDER BY day)
                       IS DISTINCT FROM (child_level, parent_id, parent_level) AS is_new
             FROM standing)
           SELECT unit_id, parent_level, child_level, day FROM begun
           WHERE is_new AND day >= $2 AND NOT EXISTS (
             SELECT FROM level_rule AS rule WHERE rule.child_level = begun.child_level
               AND rule.parent_level IS NOT DISTINCT FROM begun.parent_level AND rule.valid @> begun.day)
           LIMIT $4""",
        list(touched),
        plan.on,
        [unit_id for unit_id, columns in plan.changes.items() if "level" in columns],
        MOST,
    )
    return [
        Violation(row["unit_id"], error, "level")
        for row in rows
        if (error := await _level_error(row["parent_level"], row["child_level"], row["day"]))
    ]


async def _level_error(parent_level: str | None, child_level: str, day: date) -> UnitLevelNotAllowed | None:
    try:
        await require_level(parent_level, child_level, day)
    except UnitLevelNotAllowed as error:
        return error
    return None
