"""Who may change what all units share: admins of the whole tree."""

from uuid import UUID

from kit import db
from kit.calendar import today
from kit.identity import Caller


async def require_top_admin(caller: Caller) -> UUID | None:
    """Raise unless the caller is an admin of the unit at the top (of each, if there are several); return its id.

    Where there is no unit yet, only the product itself may.
    """
    caller.require_someone()
    tops = await db.rows("SELECT id, path FROM units_on($1) WHERE parent_id IS NULL ORDER BY number LIMIT 100", today())
    for path in [top["path"] for top in tops] or [""]:
        caller.require("admin", path)
    return tops[0]["id"] if tops else None
