"""Renaming a unit; the names it had stay on record with their dates."""

from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.events import publish
from kit.identity import Caller
from org.ranges import since
from org.units.models import Unit, UnitName
from org.units.service import rules
from org.units.service.create import searchable, told_names
from org.units.service.read import find_unit
from org.vietnamese import sort_key


async def rename_unit(caller: Caller, unit_id: UUID, names: rules.UnitNames, on: date | None = None) -> db.Record:
    """Give a unit of which the caller is an editor its names from a day on (None: today).

    A second renaming on one day replaces the first. Names that it has already change nothing.
    """
    caller.require_someone()
    on = on or today()
    async with db.transaction():
        await rules.lock_tree()
        unit = await find_unit(unit_id)
        caller.require("editor", unit["path"])
        if names == rules.UnitNames(vi=unit["name_vi"], en=unit["name_en"], short=unit["short_name"]):
            return unit
        rules.require_not_future(on)
        last_change = await db.value(
            "SELECT lower(valid) FROM unit_name WHERE unit_id = $1 AND upper_inf(valid)", unit_id
        )
        rules.require_not_before(on, last_change)
        await rules.require_free_name(unit["parent_id"], names.vi, unit_id)
        version = await rules.next_tree_version()
        await _keep_history(unit_id, names, on)
        await _write(unit_id, names, version)
        renamed = await find_unit(unit_id)
        await publish(
            "unit.renamed",
            {"id": str(unit_id), **told_names(renamed), "valid_from": on.isoformat(), "tree_version": version},
        )
    return renamed


async def _keep_history(unit_id: UUID, names: rules.UnitNames, on: date) -> None:
    await db.execute("DELETE FROM unit_name WHERE unit_id = $1 AND upper_inf(valid) AND lower(valid) = $2", unit_id, on)
    await db.execute(
        "UPDATE unit_name SET valid = daterange(lower(valid), $2) WHERE unit_id = $1 AND upper_inf(valid)",
        unit_id,
        on,
    )
    await UnitName.create(unit_id=unit_id, name_vi=names.vi, name_en=names.en, short_name=names.short, valid=since(on))


async def _write(unit_id: UUID, names: rules.UnitNames, version: int) -> None:
    await Unit.filter(id=unit_id).update(
        name_vi=names.vi,
        name_en=names.en,
        short_name=names.short,
        search_accented=searchable(names),
        sort_key=sort_key(names.vi),
        tree_version=version,
    )
