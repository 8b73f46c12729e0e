"""Creating a unit."""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput
from kit.events import publish
from kit.identity import Caller
from kit.paths import label
from org.ranges import since
from org.units.models import Unit, UnitName, UnitParent
from org.units.service import rules
from org.units.service.read import find_unit
from org.vietnamese import search_form, sort_key
from org.vocabularies.service import require_term

_CODE = re.compile(r"[A-Z0-9]+([.-][A-Z0-9]+)*")
_LONGEST_CODE = 40


class UnitCodeTaken(DomainError):
    """Another unit has this code; codes are never used twice, not even after a unit has closed."""

    code = "UNIT_CODE_TAKEN"
    vi = "Mã “{taken}” đã được dùng cho đơn vị khác."
    en = "The code “{taken}” belongs to another unit."


@dataclass(frozen=True, slots=True)
class NewUnit:
    """What is known of a unit that is to be created. `on` is the day it came into being (None: today)."""

    parent_id: UUID | None
    names: rules.UnitNames
    code: str
    level: str
    kind: str
    region: str | None = None
    on: date | None = None
    # An import that has stable ids of its own keeps them.
    id: UUID | None = None


async def create_unit(caller: Caller, new: NewUnit) -> db.Record:
    """Create a unit under a parent of which the caller is an admin; only the product itself creates a top."""
    caller.require_someone()
    async with db.transaction():
        await rules.lock_tree()
        parent = await find_unit(new.parent_id) if new.parent_id else None
        caller.require("admin", parent["path"] if parent else "")
        code, on = _code(new.code), new.on or today()
        await _check(new, parent, code, on)
        version = await rules.next_tree_version()
        unit = await _write(new, parent, code, on, version)
        await publish("unit.created", _told(unit, version))
    return unit


def _code(text: str) -> str:
    code = text.strip().upper()
    if len(code) > _LONGEST_CODE or not _CODE.fullmatch(code):
        raise InvalidInput(
            "code",
            f"gồm chữ cái không dấu và số, ngăn bằng “-” hoặc “.”, không quá {_LONGEST_CODE} ký tự.",
            f"consists of letters A–Z and digits, separated by “-” or “.”, at most {_LONGEST_CODE} characters.",
        )
    return code


async def _check(new: NewUnit, parent: db.Record | None, code: str, on: date) -> None:
    rules.require_not_future(on)
    await require_term("level", "level", new.level, on)
    await require_term("kind", "unit_kind", new.kind, on)
    if new.region is not None:
        await require_term("region", "region", new.region, on)
    if parent:
        rules.require_not_before(on, parent["created_on"])
        rules.require_depth(len(parent["ancestors"]) + 2)
    await rules.require_level(parent["level"] if parent else None, new.level, on)
    await rules.require_free_name(new.parent_id, new.names.vi)
    if await db.value("SELECT EXISTS (SELECT FROM unit WHERE code = $1)", code):
        raise UnitCodeTaken(taken=code)


async def _write(new: NewUnit, parent: db.Record | None, code: str, on: date, version: int) -> db.Record:
    number = await db.value("SELECT nextval('unit_number')::int")
    unit_id, names = new.id or uuid4(), new.names
    await Unit.create(
        id=unit_id,
        number=number,
        name_vi=names.vi,
        name_en=names.en,
        short_name=names.short,
        code=code,
        level=new.level,
        kind=new.kind,
        region=new.region,
        parent_id=new.parent_id,
        path=(parent["path"] if parent else "") + label(number),
        ancestors=[*parent["ancestors"], parent["number"]] if parent else [],
        created_on=on,
        tree_version=version,
        search_accented=searchable(names),
        sort_key=sort_key(names.vi),
    )
    await UnitName.create(unit_id=unit_id, name_vi=names.vi, name_en=names.en, short_name=names.short, valid=since(on))
    if parent:
        await UnitParent.create(unit_id=unit_id, parent_id=parent["id"], valid=since(on))
    return await find_unit(unit_id)


def searchable(names: rules.UnitNames) -> str:
    """Return the words of a unit's names for a search in which accents count."""
    return " " + search_form(f"{names.vi} {names.short or ''} {names.en or ''}")


def _told(unit: db.Record, version: int) -> dict[str, object]:
    return {
        "id": str(unit["id"]),
        "number": unit["number"],
        "path": unit["path"],
        "parent_id": str(unit["parent_id"]) if unit["parent_id"] else None,
        **told_names(unit),
        "code": unit["code"],
        "level": unit["level"],
        "kind": unit["kind"],
        "region": unit["region"],
        "valid_from": unit["created_on"].isoformat(),
        "tree_version": version,
    }


def told_names(unit: db.Record) -> dict[str, str]:
    """Return a unit's names as other services learn them: where one is missing, the Vietnamese name stands in."""
    return {
        "name_vi": unit["name_vi"],
        "name_en": unit["name_en"] or unit["name_vi"],
        "short_name": unit["short_name"] or unit["name_vi"],
    }
