"""Reading units: one by one, and page by page for many parents in one statement."""

from collections.abc import Sequence
from uuid import UUID

from kit import db
from kit.errors import NotFound

COLUMNS = """id, number, name_vi, name_en, short_name, code, level, kind, region,
             parent_id, path, ancestors, created_on, closed_on, sort_key"""


async def find_unit(unit_id: UUID) -> db.Record:
    """Return a unit, or raise NotFound."""
    found = await db.row(f"SELECT {COLUMNS} FROM unit WHERE id = $1", unit_id)
    if found is None:
        raise NotFound("unit", unit_id)
    return found


async def find_unit_by_code(code: str) -> db.Record:
    """Return the unit of a code, written in either case, or raise NotFound."""
    found = None if "\x00" in code else await db.row(f"SELECT {COLUMNS} FROM unit WHERE code = upper($1)", code)
    if found is None:
        raise NotFound("unit", code)
    return found


async def top_units(limit: int) -> list[db.Record]:
    """Return up to `limit` units that have none above them."""
    return await db.rows(
        f"SELECT {COLUMNS} FROM unit WHERE parent_id IS NULL ORDER BY sort_key, number LIMIT $1", limit
    )


async def units_by_id(ids: Sequence[UUID]) -> list[db.Record]:
    """Return those of the units that exist, in no order."""
    return await db.rows(f"SELECT {COLUMNS} FROM unit WHERE id = ANY($1)", list(ids))


async def units_by_number(numbers: Sequence[int]) -> list[db.Record]:
    """Return those of the units that exist, in no order."""
    return await db.rows(f"SELECT {COLUMNS} FROM unit WHERE number = ANY($1)", list(numbers))


async def children_of(parents: Sequence[UUID], limit: int, after: tuple[str, int] | None) -> list[db.Record]:
    """Return up to `limit` units directly under each parent, in Vietnamese order of names, after (sort key, number)."""
    key, number = after or (None, None)
    return await db.rows(
        f"""SELECT child.* FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
              SELECT {COLUMNS} FROM unit
              WHERE parent_id = asked.id AND ($3::text IS NULL OR (sort_key, number) > ($3, $4::bigint))
              ORDER BY sort_key, number LIMIT $2) AS child""",
        list(parents),
        limit,
        key,
        number,
    )


async def descendants_of(paths: Sequence[str], level: str | None, limit: int, after: str | None) -> list[db.Record]:
    """Return up to `limit` units below each path, parents before their children, after the path `after`.

    `root` names the path that was asked for.
    """
    return await db.rows(
        f"""SELECT asked.path AS root, below.* FROM unnest($1::text[]) AS asked (path) CROSS JOIN LATERAL (
              SELECT {COLUMNS} FROM unit
              WHERE path > greatest(asked.path, $4::text COLLATE "C") AND path < asked.path || '~'
                AND ($3::text IS NULL OR level = $3)
              ORDER BY path LIMIT $2) AS below""",
        list(paths),
        limit,
        level,
        after,
    )


async def subtree_counts(paths: Sequence[str]) -> list[db.Record]:
    """Return `path, units` for each path: how many units are below it, itself not counted."""
    return await db.rows(
        """SELECT asked.path,
                  (SELECT count(*) FROM unit WHERE unit.path > asked.path AND unit.path < asked.path || '~') AS units
           FROM unnest($1::text[]) AS asked (path)""",
        list(paths),
    )
