"""Creating a unit."""

import re
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid4

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput
from kit.identity import Caller
from kit.paths import label
from org.audit.service import record
from org.units.service import rules
from org.units.service.announce import announce_created
from org.units.service.change import Change, Decision, begin, derive_paths
from org.units.service.facts import UnitFacts, region_for, require_facts
from org.units.service.read import find_unit
from org.units.service.versions import add_version

_CODE = re.compile(r"[A-Z0-9]+([.-][A-Z0-9]+)*")
_LONGEST_CODE = 40


class UnitCodeTaken(DomainError):
    """Another unit has this code on some of the days; once it has closed, its code is free again.

    Which one it is may be told: names of units are public on every day.
    """

    code = "UNIT_CODE_TAKEN"
    vi = "Mã “{taken}” đã được dùng cho “{holder_vi}”."
    en = "The code “{taken}” belongs to “{holder_en}”."

    def __init__(self, taken: str, holder: db.Record) -> None:
        """`holder`: a row with the names of the unit that has the code."""
        names = {"holder_vi": holder["name_vi"], "holder_en": holder["name_en"] or holder["name_vi"]}
        super().__init__(taken=taken, **names)


@dataclass(frozen=True, slots=True)
class NewUnit:
    """What is known of a unit that is to be created. `on` is the day it comes into being (None: today)."""

    parent_id: UUID | None
    names: rules.UnitNames
    code: str
    level: str
    kind: str
    region: str | None = None
    on: date | None = None
    # An import that has stable ids of its own keeps them.
    id: UUID | None = None
    facts: UnitFacts = field(default_factory=UnitFacts)


async def create_unit(caller: Caller, new: NewUnit, decision: Decision | None = None) -> db.Record:
    """Create a unit under a parent of which the caller is an admin; only the product itself creates a top."""
    caller.require_someone()
    async with db.transaction():
        await rules.lock_tree()
        parent = await find_unit(new.parent_id) if new.parent_id else None
        caller.require("admin", parent["path"] if parent else "")
        on = new.on or today()
        change = await begin(caller, "create", on, decision)
        unit_id = await put_in_tree(change, new)
        unit = await find_unit(unit_id)
        await announce_created(change, unit)
        await record(caller, "unit.created", unit_id, "unit", str(unit_id), after=_written(unit, change))
    return unit


async def put_in_tree(change: Change, new: NewUnit) -> UUID:
    """Check a new unit and write it, within a change that has begun; return its id. Others are not told yet."""
    on, code = new.on or change.on, checked_code(new.code)
    rules.require_not_too_far(on)
    parent = await parent_on(new.parent_id, on) if new.parent_id else None
    await _check(new, parent, code, on)
    unit_id, number = new.id or uuid4(), await db.value("SELECT nextval('unit_number')::int")
    await db.execute(
        "INSERT INTO unit (id, number, label, created_on) VALUES ($1, $2, $3, $4)", unit_id, number, label(number), on
    )
    columns: dict[str, object] = {
        **new.names.columns(),
        **new.facts.columns(),
        "code": code,
        "level": new.level,
        "kind": new.kind,
        "region": await region_for(new.region, new.facts, on),
        "parent_id": new.parent_id,
    }
    await add_version(unit_id, number, on, date.max, change.version, columns)
    await rules.require_levels([unit_id], on)
    await derive_paths([unit_id])
    return unit_id


async def parent_on(parent_id: UUID, on: date) -> db.Record:
    """Return the unit above as it is on a day; the one that does not exist that day as it was or will be."""
    known = await find_unit(parent_id)
    rules.require_parent_there(known, on, date.max)
    return await find_unit(parent_id, on)


def checked_code(text: str) -> str:
    """Return a unit's code in capitals, or raise InvalidInput."""
    code = text.strip().upper()
    if len(code) > _LONGEST_CODE or not _CODE.fullmatch(code):
        raise InvalidInput(
            "code",
            f"gồm chữ cái không dấu và số, ngăn bằng “-” hoặc “.”, không quá {_LONGEST_CODE} ký tự.",
            f"consists of letters A–Z and digits, separated by “-” or “.”, at most {_LONGEST_CODE} characters.",
        )
    return code


async def _check(new: NewUnit, parent: db.Record | None, code: str, on: date) -> None:
    await require_facts(new.level, new.kind, new.region, new.facts, on)
    await rules.require_level(parent["level"] if parent else None, new.level, on)
    await rules.require_free_name(new.parent_id, new.names.vi, on)
    await require_free_code(code, on)


async def require_free_code(code: str, on: date, until: date = date.max, unit_id: UUID | None = None) -> None:
    """Raise UnitCodeTaken when another unit has the code on one of the days."""
    holder = await db.row(
        """SELECT name_vi, name_en FROM unit_version
           WHERE code = $1 AND since < $3 AND until > $2 AND unit_id IS DISTINCT FROM $4 ORDER BY since LIMIT 1""",
        code,
        on,
        until,
        unit_id,
    )
    if holder:
        raise UnitCodeTaken(code, holder)


def _written(unit: db.Record, change: Change) -> dict[str, object]:
    kept = ("code", "name_vi", "level", "kind", "region", "parent_id", "created_on")
    return {**{name: unit[name] for name in kept}, "version": change.version}
