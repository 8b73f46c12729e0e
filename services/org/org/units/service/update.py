"""Changing what else is dated about a unit: code, level, kind, region, place and office contact."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput
from kit.identity import Caller
from kit.paths import WIDTH
from org.audit.service import record
from org.places.service import region_of, require_place
from org.units.service import rules
from org.units.service.announce import announce_rewritten
from org.units.service.change import Decision, begin
from org.units.service.create import checked_code, require_free_code
from org.units.service.facts import UnitFacts
from org.units.service.read import find_unit
from org.units.service.versions import amend, changed_until, versions_from
from org.vocabularies.service import require_term

CHANGEABLE = ("code", "level", "kind", "region", "province", "commune", "address", "phone", "email", "website")
# What makes a unit another one in law or in reports is for admins of the unit above; the rest is for its own editors.
_STRUCTURAL = frozenset({"code", "level", "kind"})
_VOCABULARIES = {"level": "level", "kind": "unit_kind", "region": "region"}
_CONTACT = frozenset({"address", "phone", "email", "website"})


async def change_unit(
    caller: Caller,
    unit_id: UUID,
    changes: Mapping[str, str | None],
    on: date | None = None,
    decision: Decision | None = None,
) -> db.Record:
    """Change columns of CHANGEABLE from a day on (None: today); None empties a column that may be empty.

    Needs an editor of the unit; for code, level and kind an admin of the unit above it.
    """
    caller.require_someone()
    on = on or today()
    async with db.transaction():
        await rules.lock_tree()
        unit = await find_unit(unit_id)
        caller.require("editor", unit["path"])
        if _STRUCTURAL & changes.keys():
            caller.require("admin", unit["path"][:-WIDTH])
        rules.require_not_too_far(on)
        rules.require_open(unit, on)
        before = await find_unit(unit_id, on)
        new = {name: value for name, value in (await _followed(_checked(changes), on)).items() if before[name] != value}
        if not new:
            return unit
        await _check(before, new, on)
        change = await begin(caller, "change", on, decision)
        await amend(unit_id, on, change.version, new)
        if "level" in new:
            await rules.require_levels([unit_id], on, below=True)
        if change.is_in_force:
            await announce_rewritten(change.version, [unit_id])
        await record(
            caller,
            "unit.changed",
            unit_id,
            "unit",
            str(unit_id),
            _told({name: before[name] for name in new}),
            {**_told(new), "changed": sorted(new), "on": on, "version": change.version},
        )
        return await find_unit(unit_id)


def _told(values: Mapping[str, object]) -> dict[str, object]:
    """Return what the audit trail may hold: a small office's address and telephone may be somebody's own."""
    return {name: value for name, value in values.items() if name not in _CONTACT}


def _checked(changes: Mapping[str, str | None]) -> dict[str, str | None]:
    unknown = changes.keys() - set(CHANGEABLE)
    if unknown:
        raise ValueError(f"not columns of a unit that can change: {sorted(unknown)}")
    facts = UnitFacts.checked(**{name: changes[name] for name in UnitFacts.__slots__ if name in changes})
    checked: dict[str, str | None] = {name: getattr(facts, name) for name in UnitFacts.__slots__ if name in changes}
    for name in ("code", "level", "kind"):
        if name in changes:
            value = changes[name]
            if value is None:
                raise InvalidInput(name, "không được để trống.", "must not be blank.")
            checked[name] = checked_code(value) if name == "code" else value
    if "region" in changes:
        checked["region"] = changes["region"]
    return checked


async def _followed(checked: dict[str, str | None], on: date) -> dict[str, str | None]:
    """Return the changes with the region that a new province brings, unless one was given."""
    province = checked.get("province")
    return checked if province is None or "region" in checked else {**checked, "region": await region_of(province, on)}


async def _check(unit: db.Record, new: Mapping[str, str | None], on: date) -> None:
    """Refuse what does not hold on the day; what stays as it was need not be what is allowed today."""
    for field, vocabulary in _VOCABULARIES.items():
        value = new.get(field)
        if value is not None:
            await require_term(field, vocabulary, value, on)
    if new.keys() & {"province", "commune"}:
        after = {**unit, **new}
        if new.get("province"):
            await require_place("province", "province", str(new["province"]), on)
        if after["commune"]:
            await require_place("commune", "commune", str(after["commune"]), on, within=after["province"])
    if "code" in new:
        until = changed_until(await versions_from(unit["id"], on), ("code",))
        await require_free_code(str(new["code"]), on, until, unit["id"])
