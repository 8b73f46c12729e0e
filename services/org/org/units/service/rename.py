"""Renaming a unit; the names it had stay on record with their dates."""

from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.identity import Caller
from org.audit.service import record
from org.units.service import rules
from org.units.service.announce import announce_renamed
from org.units.service.change import Decision, begin
from org.units.service.read import find_unit
from org.units.service.versions import amend, amended, versions_from


async def rename_unit(
    caller: Caller, unit_id: UUID, names: rules.UnitNames, on: date | None = None, decision: Decision | None = None
) -> db.Record:
    """Give a unit of which the caller is an editor its names from a day on (None: today).

    They hold until the day on which the unit is renamed anyway. Names that it has already change nothing.
    """
    caller.require_someone()
    on = on or today()
    async with db.transaction():
        await rules.lock_tree()
        unit = await find_unit(unit_id)
        caller.require("editor", unit["path"])
        rules.require_not_too_far(on)
        rules.require_open(unit, on)
        before = await find_unit(unit_id, on)
        if names == rules.UnitNames(vi=before["name_vi"], en=before["name_en"], short=before["short_name"]):
            return unit
        versions = await versions_from(unit_id, on)
        await rules.require_free_names(unit_id, amended(versions, on, names.columns()))
        change = await begin(caller, "rename", on, decision)
        await amend(unit_id, on, change.version, names.columns())
        await announce_renamed(change, unit_id, names)
        await record(
            caller,
            "unit.renamed",
            unit_id,
            "unit",
            str(unit_id),
            _names(before),
            {
                "name_vi": names.vi,
                "name_en": names.en,
                "short_name": names.short,
                "on": on,
                "version": change.version,
            },
        )
        return await find_unit(unit_id)


def _names(unit: db.Record) -> dict[str, object]:
    return {name: unit[name] for name in ("name_vi", "name_en", "short_name")}
