"""What ends soon: told by events 30, 7 and 1 days before, and listed for editors."""

from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.db import Record
from kit.errors import InvalidInput
from kit.events import publish_all
from kit.graphql import Window, foreign_cursor
from kit.identity import Caller
from kit.jobs import job
from media_archive.units.service import find_unit

DAYS_BEFORE = (30, 7, 1)
_MOST_DAYS = 366
_AT_ONCE = 500

# The nearest of the days that a thing has come to: after a downtime it is told once, not three times.
_TELL = """
WITH near AS (
    SELECT expiring.kind, expiring.thing_id, expiring.asset_id, expiring.ends_on, asset.unit_id,
        (SELECT min(days) FROM unnest($2::integer[]) AS days WHERE expiring.ends_on - $1::date <= days) AS days
    FROM expiring JOIN asset ON asset.id = expiring.asset_id
    WHERE expiring.ends_on > $1::date AND expiring.ends_on <= $1::date + $3::integer),
told AS (
    INSERT INTO expiry_notice (kind, thing_id, ends_on, days)
    SELECT kind, thing_id, ends_on, days FROM near
    WHERE NOT EXISTS (SELECT FROM expiry_notice AS known
                      WHERE (known.kind, known.thing_id, known.ends_on) = (near.kind, near.thing_id, near.ends_on)
                        AND known.days <= near.days)
    ORDER BY ends_on LIMIT $4
    ON CONFLICT DO NOTHING RETURNING kind, thing_id, ends_on)
SELECT near.* FROM near JOIN told USING (kind, thing_id, ends_on) ORDER BY near.ends_on, near.kind, near.thing_id
"""

_LIST = """
SELECT expiring.kind, expiring.thing_id, expiring.asset_id, expiring.ends_on
FROM expiring JOIN asset ON asset.id = expiring.asset_id
WHERE asset.unit_path >= $1 AND asset.unit_path < $1 || '~'
  AND expiring.ends_on > $2 AND expiring.ends_on <= $2 + $3::integer
  AND ($5::date IS NULL OR (expiring.ends_on, expiring.kind, expiring.thing_id) > ($5, $6, $7))
ORDER BY expiring.ends_on, expiring.kind, expiring.thing_id LIMIT $4
"""


@job("media_archive.tell_of_expiry", timeout=60)
async def tell_of_expiry() -> None:
    """Tell once of everything that has come to 30, 7 or 1 days before its end; forget what was told of what is over."""
    async with db.transaction():
        found = await db.rows(_TELL, today(), list(DAYS_BEFORE), max(DAYS_BEFORE), _AT_ONCE)
        await publish_all(
            "rights.expires_soon",
            [
                {
                    "kind": row["kind"],
                    "thing_id": row["thing_id"],
                    "asset_id": str(row["asset_id"]),
                    "unit_id": str(row["unit_id"]),
                    "ends_on": row["ends_on"].isoformat(),
                    "days": (row["ends_on"] - today()).days,
                }
                for row in found
            ],
        )
        await db.execute("DELETE FROM expiry_notice WHERE ends_on < $1::date - 30", today())


async def expiring(caller: Caller, unit_id: UUID, days: int, window: Window) -> list[Record]:
    """Return what ends within so many days for assets of a unit and those below it, the nearest first.

    Needs an editor of the unit; InvalidInput outside 1 to 366 days.
    """
    caller.require_someone()
    path = (await find_unit(unit_id)).path
    caller.require("editor", path)
    if not 1 <= days <= _MOST_DAYS:
        raise InvalidInput("days", f"phải từ 1 đến {_MOST_DAYS}", f"must be between 1 and {_MOST_DAYS}")
    after = window.after
    position = (_day(after[0]), after[1], after[2]) if after else (None, None, None)
    return await db.rows(_LIST, path, today(), days, window.limit, *position)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise foreign_cursor() from error
