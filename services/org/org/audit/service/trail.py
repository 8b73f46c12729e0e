"""Reading the audit trail of a unit."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from kit import db
from kit.calendar import VIETNAM, today
from kit.errors import InvalidInput
from kit.identity import Caller
from org.units.service import find_unit
from org.vocabularies.service import is_code


@dataclass(frozen=True, slots=True)
class TrailAsked:
    """Which entries of a unit's trail are asked for; what is None does not matter."""

    with_subtree: bool = True
    kind: str | None = None
    since: date | None = None
    until: date | None = None


async def trail_of(caller: Caller, unit_id: UUID, asked: TrailAsked, limit: int, before: int | None) -> list[db.Record]:
    """Return up to `limit` entries about a unit, and with its subtree as it is today, newest first, before an id.

    Needs an admin of the unit. Days are Viet Nam's; `until` is the first that is not asked for any more.
    """
    caller.require_someone()
    unit = await find_unit(unit_id)
    caller.require("admin", unit["path"])
    if asked.kind is not None and not is_code(asked.kind):
        raise InvalidInput("kind", "không phải là mã.", "is not a code.")
    return await db.rows(
        f"""SELECT id, at, subject, action, unit_id, kind, thing_id, before, after, request_id FROM audit AS entry
            WHERE {_SUBTREE if asked.with_subtree else "unit_id = $1 AND $2::text IS NOT NULL AND $3::date IS NOT NULL"}
              AND ($4::text IS NULL OR kind = $4)
              AND ($5::timestamptz IS NULL OR at >= $5) AND ($6::timestamptz IS NULL OR at < $6)
              AND ($7::bigint IS NULL OR id < $7)
            ORDER BY id DESC LIMIT $8""",
        unit_id,
        unit["path"],
        today(),
        asked.kind,
        _midnight(asked.since),
        _midnight(asked.until),
        before,
        limit,
    )


# Where a unit, or what it left behind, is governed from today; one that begins later, from where it will be first.
_SUBTREE = """(unit_id = $1 OR EXISTS (
  SELECT FROM unit JOIN unit_path AS stands ON stands.unit_id = unit.id
    AND stands.since <= greatest(unit.created_on, $3) AND stands.until > greatest(unit.created_on, $3)
  WHERE unit.id = entry.unit_id AND stands.path >= $2 AND stands.path < $2 || '~'))"""


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), VIETNAM)
