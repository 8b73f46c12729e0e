"""Reading units as of a day: one by one, and page by page for many parents in one statement."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import DomainError, NotFound

DATED = (
    *("name_vi", "name_en", "short_name", "code", "level", "kind", "province", "commune", "region"),
    *("address", "phone", "email", "website", "parent_id", "sort_key", "since"),
)
_DATED = ", ".join(DATED)
COLUMNS = f"id, number, path, created_on, closed_on, {_DATED}"
"""What a record of a unit has, whichever way it was read."""


class UnitNotOnDay(DomainError):
    """The unit did not exist on the day that was asked for."""

    code = "UNIT_NOT_ON_DAY"
    vi = "Ngày {day}, đơn vị này {why_vi}."
    en = "On {day} this unit {why_en}."
    extra = {"created_on": date, "closed_on": date | None}

    def __init__(self, day: date, created_on: date, closed_on: date | None) -> None:
        is_early = day < created_on
        super().__init__(
            day=day,
            created_on=created_on,
            closed_on=closed_on,
            why_vi="chưa được thành lập" if is_early else "đã kết thúc hoạt động",
            why_en="did not exist yet" if is_early else "no longer existed",
        )


async def find_unit(unit_id: UUID, on: date | None = None) -> db.Record:
    """Return a unit as it was on a day; NotFound for an unknown id, UnitNotOnDay when it did not exist that day.

    Without a day: as it is today; one that has closed as it was last, one that begins later as it will be first.
    `path` is then where it, or what it left behind, is governed from today.
    """
    found = await units_by_id([unit_id], on)
    if found:
        return found[0]
    life = await db.row("SELECT created_on, closed_on FROM unit WHERE id = $1", unit_id)
    if life is None or on is None:
        raise NotFound("unit", unit_id)
    raise UnitNotOnDay(on, life["created_on"], life["closed_on"])


async def held_unit(unit_id: UUID) -> db.Record:
    """Return a unit, as find_unit does, whose days stay what they are to the end of this transaction.

    Before anything that hangs on it is locked: whoever closes a unit locks it first, too.
    """
    await hold_units([unit_id])
    return await find_unit(unit_id)


async def hold_units(ids: Sequence[UUID]) -> None:
    """Let nobody close these units, or change their days otherwise, before the end of this transaction."""
    await db.execute("SELECT FROM unit WHERE id = ANY($1) ORDER BY id FOR SHARE", list(ids))


async def find_unit_by_code(code: str, on: date | None = None) -> db.Record:
    """Return the unit that has a code, written in either case, on a day (None: today), or raise NotFound.

    Without a day, a code that no unit has today finds the last that had it, or else the first that will.
    """
    wanted = None if "\x00" in code else code.upper()
    unit_id = wanted and await db.value(
        "SELECT unit_id FROM unit_version WHERE code = $1 AND since <= $2 AND until > $2", wanted, on or today()
    )
    if wanted and unit_id is None and on is None:
        unit_id = await db.value(
            """SELECT unit_id FROM unit_version WHERE code = $1
               ORDER BY since <= $2 DESC, abs(since - $2) LIMIT 1""",
            wanted,
            today(),
        )
    if not unit_id:
        raise NotFound("unit", code)
    return await find_unit(unit_id, on)


async def top_units(limit: int, on: date | None = None) -> list[db.Record]:
    """Return up to `limit` units that have none above them on a day."""
    return await db.rows(
        f"SELECT {COLUMNS} FROM units_on($1) WHERE parent_id IS NULL ORDER BY sort_key, number LIMIT $2",
        on or today(),
        limit,
    )


async def units_by_id(ids: Sequence[UUID], on: date | None = None) -> list[db.Record]:
    """Return those of the units that exist on a day, in no order; without a day all that are known (see find_unit)."""
    found = await db.rows(f"SELECT {COLUMNS} FROM units_on($2) WHERE id = ANY($1)", list(ids), on or today())
    if on is not None or len(found) == len(ids):
        return found
    return found + await _nearest(list(set(ids) - {row["id"] for row in found}))


async def _nearest(ids: list[UUID]) -> list[db.Record]:
    """Return units that do not exist today: as they were last, or as they will be first."""
    return await db.rows(
        f"""SELECT unit.id, unit.number, governed.path, unit.created_on, unit.closed_on, {_DATED}
            FROM unit CROSS JOIN LATERAL (
              SELECT {_DATED} FROM unit_version WHERE unit_id = unit.id
              ORDER BY since <= $2 DESC, abs(since - $2) LIMIT 1) AS version
            CROSS JOIN LATERAL (
              SELECT path FROM unit_path WHERE unit_id = unit.id
              ORDER BY since <= $2 DESC, abs(since - $2) LIMIT 1) AS governed
            WHERE unit.id = ANY($1)""",
        ids,
        today(),
    )


async def units_by_number(numbers: Sequence[int], on: date | None = None) -> list[db.Record]:
    """Return those of the units that exist on a day, in no order."""
    return await db.rows(f"SELECT {COLUMNS} FROM units_on($2) WHERE number = ANY($1)", list(numbers), on or today())


async def children_of(
    parents: Sequence[UUID], limit: int, after: tuple[str, int] | None, on: date | None = None
) -> list[db.Record]:
    """Return up to `limit` units directly under each parent on a day, by Vietnamese names, after (sort key, number)."""
    key, number = after or (None, None)
    return await db.rows(
        f"""SELECT child.* FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
              SELECT {COLUMNS} FROM units_on($5)
              WHERE parent_id = asked.id AND ($3::text IS NULL OR (sort_key, number) > ($3, $4::bigint))
              ORDER BY sort_key, number LIMIT $2) AS child""",
        list(parents),
        limit,
        key,
        number,
        on or today(),
    )


async def descendants_of(
    paths: Sequence[str], level: str | None, limit: int, after: str | None, on: date | None = None
) -> list[db.Record]:
    """Return up to `limit` units below each path on a day, parents before their children, after the path `after`.

    `root` names the path that was asked for.
    """
    return await db.rows(
        f"""SELECT asked.path AS root, below.* FROM unnest($1::text[]) AS asked (path) CROSS JOIN LATERAL (
              SELECT {COLUMNS} FROM units_on($5)
              WHERE path > greatest(asked.path, $4::text COLLATE "C") AND path < asked.path || '~'
                AND ($3::text IS NULL OR level = $3)
              ORDER BY path LIMIT $2) AS below""",
        list(paths),
        limit,
        level,
        after,
        on or today(),
    )


async def subtree_counts(paths: Sequence[str], on: date | None = None) -> list[db.Record]:
    """Return `path, units` for each path: how many units are below it on a day, itself not counted."""
    return await db.rows(
        """SELECT asked.path,
                  (SELECT count(*) FROM unit_path AS below
                   WHERE below.path > asked.path AND below.path < asked.path || '~'
                     AND below.since <= $2 AND below.until > $2 AND below.open) AS units
           FROM unnest($1::text[]) AS asked (path)""",
        list(paths),
        on or today(),
    )
