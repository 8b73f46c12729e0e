"""Moving a unit with everything below it under another parent; where it stood stays on record with its dates."""

from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.identity import Caller
from kit.paths import WIDTH
from org.audit.service import record
from org.units.service import rules
from org.units.service.announce import announce_moved, paths_from
from org.units.service.change import Decision, begin, derive_paths
from org.units.service.read import find_unit
from org.units.service.versions import amend, amended, changed_until, versions_from


async def move_unit(
    caller: Caller, unit_id: UUID, parent_id: UUID, on: date | None = None, decision: Decision | None = None
) -> db.Record:
    """Put a unit and its subtree under another parent from a day on (None: today).

    The caller must be an admin at both ends: of the parent that loses the unit and of the one that gains it.
    It stays there until the day on which it is moved anyway. The parent that it has already changes nothing.
    """
    caller.require_someone()
    on = on or today()
    async with db.transaction():
        await rules.lock_tree()
        unit, parent = await find_unit(unit_id), await find_unit(parent_id)
        caller.require("admin", unit["path"][:-WIDTH])
        caller.require("admin", parent["path"])
        rules.require_not_too_far(on)
        rules.require_open(unit, on)
        before = await find_unit(unit_id, on)
        await _require_admin_of_loser(caller, before)
        if before["parent_id"] == parent_id:
            return unit
        await check_move(before, parent, on)
        former = await paths_from(unit_id, on)
        change = await begin(caller, "move", on, decision)
        await amend(unit_id, on, change.version, {"parent_id": parent_id})
        await rules.require_levels([unit_id], on)
        rewritten = await derive_paths([unit_id])
        await announce_moved(change, unit_id, former, rewritten)
        await record(
            caller,
            "unit.moved",
            unit_id,
            "unit",
            str(unit_id),
            {"parent_id": before["parent_id"]},
            {"parent_id": parent_id, "on": on, "version": change.version, "units": len(rewritten)},
        )
        return await find_unit(unit_id)


async def _require_admin_of_loser(caller: Caller, unit: db.Record) -> None:
    """Require an admin of the unit above on that day, which need not be the one above today."""
    if unit["parent_id"]:
        caller.require("admin", (await find_unit(unit["parent_id"]))["path"])


async def check_move(unit: db.Record, parent: db.Record, on: date) -> None:
    """Refuse a move of a unit, as it is on the day, that breaks a rule on one of the days for which it is to hold."""
    versions = await versions_from(unit["id"], on)
    until = changed_until(versions, ("parent_id",))
    await rules.require_no_ring(unit, parent, on, until)
    rules.require_parent_there(parent, on, until)
    above = await find_unit(parent["id"], on)
    await rules.require_level(above["level"], unit["level"], on)
    await rules.require_free_names(unit["id"], amended(versions, on, {"parent_id": parent["id"]}))
