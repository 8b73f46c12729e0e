"""Moving a unit with everything below it under another parent; where it stood stays on record with its dates."""

from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import DomainError
from kit.events import publish
from kit.identity import Caller
from kit.paths import WIDTH, is_within
from org.ranges import since
from org.units.models import UnitParent
from org.units.service import rules
from org.units.service.read import find_unit


class UnitCycle(DomainError):
    """The new parent is the unit itself or lies below it."""

    code = "CYCLE"
    vi = "“{parent}” nằm trong chính “{unit}”, không thể làm cấp trên."
    en = "“{parent}” lies within “{unit}” itself and can't be above it."


async def move_unit(caller: Caller, unit_id: UUID, parent_id: UUID, on: date | None = None) -> db.Record:
    """Put a unit and its subtree under another parent from a day on (None: today).

    The caller must be an admin at both ends: of the parent that loses the unit and of the one that gains it.
    A second move on one day replaces the first. The parent that it has already changes nothing.
    """
    caller.require_someone()
    on = on or today()
    async with db.transaction():
        await rules.lock_tree()
        unit, parent = await find_unit(unit_id), await find_unit(parent_id)
        caller.require("admin", unit["path"][:-WIDTH])
        caller.require("admin", parent["path"])
        if unit["parent_id"] == parent_id:
            return unit
        await _check(unit, parent, on)
        version = await rules.next_tree_version()
        await _keep_history(unit_id, parent_id, on)
        new_path = await _write(unit, parent, version)
        await publish(
            "unit.moved",
            {
                "id": str(unit_id),
                "parent_id": str(parent_id),
                "old_path": unit["path"],
                "new_path": new_path,
                "valid_from": on.isoformat(),
                "tree_version": version,
            },
        )
        return await find_unit(unit_id)


async def _check(unit: db.Record, parent: db.Record, on: date) -> None:
    if is_within(parent["path"], unit["path"]):
        raise UnitCycle(parent=parent["name_vi"], unit=unit["name_vi"])
    rules.require_not_future(on)
    last_change = await db.value(
        "SELECT lower(valid) FROM unit_parent WHERE unit_id = $1 AND upper_inf(valid)", unit["id"]
    )
    rules.require_not_before(on, max(last_change or unit["created_on"], parent["created_on"]))
    await rules.require_level(parent["level"], unit["level"], on)
    await rules.require_free_name(parent["id"], unit["name_vi"], unit["id"])
    deepest = await db.value(
        "SELECT max(cardinality(ancestors)) FROM unit WHERE path >= $1 AND path < $1 || '~'",
        unit["path"],
    )
    rules.require_depth(deepest - len(unit["ancestors"]) + len(parent["ancestors"]) + 2)


async def _keep_history(unit_id: UUID, parent_id: UUID, on: date) -> None:
    await db.execute(
        "DELETE FROM unit_parent WHERE unit_id = $1 AND upper_inf(valid) AND lower(valid) = $2", unit_id, on
    )
    await db.execute(
        "UPDATE unit_parent SET valid = daterange(lower(valid), $2) WHERE unit_id = $1 AND upper_inf(valid)",
        unit_id,
        on,
    )
    await UnitParent.create(unit_id=unit_id, parent_id=parent_id, valid=since(on))


async def _write(unit: db.Record, parent: db.Record, version: int) -> str:
    """Rewrite the paths of the whole subtree in one statement: between two, no path would continue its parent's."""
    await db.execute(
        """UPDATE unit SET
             parent_id = CASE WHEN id = $2 THEN $3 ELSE parent_id END,
             path = $4 || substr(path, $8),
             ancestors = $5::int[] || ancestors[cardinality($6::int[]) + 1:],
             tree_version = $7
           WHERE path >= $1 AND path < $1 || '~'""",
        unit["path"],
        unit["id"],
        parent["id"],
        parent["path"],
        [*parent["ancestors"], parent["number"]],
        unit["ancestors"],
        version,
        len(unit["path"]) - WIDTH + 1,
    )
    return parent["path"] + unit["path"][-WIDTH:]
