"""Keeping groups of units: founded, renamed and closed by editors of the unit that owns them.

Groups and sets are public, as the tree is.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from org.audit.service import record
from org.groups.reading import find_group, find_set
from org.units.service import find_unit, hold_units
from org.vietnamese import clean, sort_key

LONGEST_NAME = 200
MOST_UNITS = 500


class UnitGroupNameTaken(DomainError):
    """The owner has another group, or set, of this Vietnamese name."""

    code = "UNIT_GROUP_NAME_TAKEN"
    vi = "Đơn vị đã có nhóm hoặc bộ nhóm tên “{name}”."
    en = "The unit has a group or a group set named “{name}” already."


class UnitGroupNotOnDay(DomainError):
    """The group does not exist on that day; `since` and `until` say when it does."""

    code = "UNIT_GROUP_NOT_ON_DAY"
    vi = "Ngày {day} không có nhóm này."
    en = "The group does not exist on {day}."
    extra = {"since": date, "until": date | None}


class UnitInOtherGroup(DomainError):
    """On that day or later these units are in another group of the same set."""

    code = "UNIT_IN_OTHER_GROUP"
    vi = "Từ ngày {day} trở đi, {count} đơn vị đã thuộc nhóm khác trong cùng bộ nhóm."
    en = "On {day} or later {count} units are in another group of the same set."
    extra = {"unit_ids": list[str]}


class UnitOutsideGroup(DomainError):
    """On that day these units are not below the unit that owns the group, or do not exist."""

    code = "UNIT_OUTSIDE_GROUP"
    vi = "Ngày {day}, {count} đơn vị không trực thuộc đơn vị quản lý nhóm hoặc không tồn tại."
    en = "On {day} {count} units are not below the unit that owns the group, or do not exist."
    extra = {"unit_ids": list[str]}


async def found_set(caller: Caller, owner_id: UUID, name_vi: str, name_en: str) -> db.Record:
    """Make a set of groups in which a unit is in one group at most; the caller must be an editor of its owner."""
    caller.require_someone()
    async with db.transaction():
        caller.require("editor", (await find_unit(owner_id))["path"])
        vi, en = _name("nameVi", name_vi), _name("nameEn", name_en)
        set_id = uuid4()
        await _named(
            vi,
            "INSERT INTO unit_group_set (id, owner_id, name_vi, name_en, sort_key) VALUES ($1, $2, $3, $4, $5)",
            set_id,
            owner_id,
            vi,
            en,
            sort_key(vi),
        )
        after = {"name_vi": vi, "name_en": en}
        await record(caller, "unit_group_set.founded", owner_id, "unit_group_set", str(set_id), None, after)
        return await find_set(set_id)


async def rename_set(caller: Caller, set_id: UUID, name_vi: str, name_en: str) -> db.Record:
    """Give a set of groups other names; the caller must be an editor of its owner."""
    caller.require_someone()
    async with db.transaction():
        before = await find_set(set_id)
        caller.require("editor", (await find_unit(before["owner_id"]))["path"])
        await _rename("unit_group_set", caller, before, name_vi, name_en)
        return await find_set(set_id)


async def found_group(
    caller: Caller, owner_id: UUID, name_vi: str, name_en: str, set_id: UUID | None = None, since: date | None = None
) -> db.Record:
    """Make a group of units from a day on (None: today), in a set of the same owner or in none.

    The caller must be an editor of the owner, which must exist on that day.
    """
    caller.require_someone()
    since = since or today()
    async with db.transaction():
        caller.require("editor", (await find_unit(owner_id))["path"])
        await find_unit(owner_id, since)
        vi, en = _name("nameVi", name_vi), _name("nameEn", name_en)
        if set_id is not None and (await find_set(set_id))["owner_id"] != owner_id:
            raise NotFound("group set", set_id)
        group_id = uuid4()
        await _named(
            vi,
            """INSERT INTO unit_group (id, owner_id, set_id, name_vi, name_en, sort_key, valid)
               VALUES ($1, $2, $3, $4, $5, $6, daterange($7, NULL))""",
            group_id,
            owner_id,
            set_id,
            vi,
            en,
            sort_key(vi),
            since,
        )
        after = {"name_vi": vi, "name_en": en, "set_id": set_id, "since": since}
        await record(caller, "unit_group.founded", owner_id, "unit_group", str(group_id), None, after)
        return await find_group(group_id)


async def rename_group(caller: Caller, group_id: UUID, name_vi: str, name_en: str) -> db.Record:
    """Give a group other names; the caller must be an editor of its owner."""
    async with db.transaction():
        before = await _lock_group(caller, group_id)
        await _rename("unit_group", caller, before, name_vi, name_en)
        return await find_group(group_id)


async def close_group(caller: Caller, group_id: UUID, on: date | None = None) -> db.Record:
    """End a group: from a day on (None: today) no unit is in it. The caller must be an editor of its owner.

    It must have existed before that day: UnitGroupNotOnDay.
    """
    on = on or today()
    async with db.transaction():
        group = await _lock_group(caller, group_id)
        if on <= group["since"]:
            raise _not_on_day(group, on)
        _require_day(group, on)
        left = await _leave(group_id, None, on)
        await db.execute("UPDATE unit_group SET valid = daterange(lower(valid), $2) WHERE id = $1", group_id, on)
        before, after = {"until": group["until"]}, {"until": on, "units": left}
        await record(caller, "unit_group.closed", group["owner_id"], "unit_group", str(group_id), before, after)
        return await find_group(group_id)


async def add_units(caller: Caller, group_id: UUID, units: Sequence[UUID], since: date | None = None) -> int:
    """Put up to 500 units into a group from a day on (None: today); return how many were not in it that day.

    The caller must be an editor of the group's owner. All units must be below the owner that day, and none in another
    group of the set from then on; else nothing is changed.
    """
    since = since or today()
    asked = _units(units)
    async with db.transaction():
        group = await _lock_group(caller, group_id, asked)
        _require_day(group, since)
        await _require_below(group["owner_id"], asked, since)
        added = await _enter(group, asked, since)
        after = {"units": [str(unit) for unit in asked], "since": since}
        await record(caller, "unit_group.units_added", group["owner_id"], "unit_group", str(group_id), None, after)
    return added


async def remove_units(caller: Caller, group_id: UUID, units: Sequence[UUID], on: date | None = None) -> int:
    """Take up to 500 units out of a group from a day on (None: today); return how many were in it then or later.

    The caller must be an editor of the group's owner. Units that are not in it change nothing.
    """
    on = on or today()
    asked = _units(units)
    async with db.transaction():
        group = await _lock_group(caller, group_id)
        left = await _leave(group_id, asked, on)
        after = {"units": [str(unit) for unit in asked], "on": on}
        await record(caller, "unit_group.units_removed", group["owner_id"], "unit_group", str(group_id), None, after)
    return left


async def _lock_group(caller: Caller, group_id: UUID, units: Sequence[UUID] = ()) -> db.Record:
    """Return a group of an owner of which the caller is an editor; nobody closes it, or these units, meanwhile."""
    caller.require_someone()
    caller.require("editor", (await find_unit((await find_group(group_id))["owner_id"]))["path"])
    # Units first, as whoever closes one does.
    await hold_units(units)
    await db.execute("SELECT FROM unit_group WHERE id = $1 FOR UPDATE", group_id)
    return await find_group(group_id)


def _units(units: Sequence[UUID]) -> list[UUID]:
    asked = list(dict.fromkeys(units))
    if not 1 <= len(asked) <= MOST_UNITS:
        raise InvalidInput(
            "unitIds", f"phải có từ 1 đến {MOST_UNITS} đơn vị.", f"must have between 1 and {MOST_UNITS} units."
        )
    return asked


def _require_day(group: db.Record, day: date) -> None:
    if day < group["since"] or (group["until"] is not None and day >= group["until"]):
        raise _not_on_day(group, day)


def _not_on_day(group: db.Record, day: date) -> UnitGroupNotOnDay:
    return UnitGroupNotOnDay(day=day, since=group["since"], until=group["until"])


async def _require_below(owner_id: UUID, units: list[UUID], on: date) -> None:
    owner = await find_unit(owner_id, on)
    found = await db.rows(
        """SELECT unit_id FROM unit_path WHERE unit_id = ANY($1) AND since <= $2 AND until > $2 AND open
           AND path >= $3 AND path < $3 || '~'""",
        units,
        on,
        owner["path"],
    )
    below = {row["unit_id"] for row in found}
    outside = [str(unit) for unit in units if unit not in below]
    if outside:
        raise UnitOutsideGroup(day=on, count=len(outside), unit_ids=outside)


async def _enter(group: db.Record, units: list[UUID], since: date) -> int:
    """Let units be in a group from a day to the group's end; return how many were not in it that day."""
    exclusive_in = group["set_id"] or group["id"]
    # What else the set has of these units can't change meanwhile, so that the check below is kind and the rule holds.
    await db.execute("SELECT FROM unit_group_set WHERE id = $1 FOR UPDATE", exclusive_in)
    held = await db.rows(
        """SELECT unit_id, group_id, lower(valid) AS since, valid @> $3::date AS is_in FROM unit_group_member
           WHERE exclusive_in = $1 AND unit_id = ANY($2) AND valid && daterange($3, NULL)""",
        exclusive_in,
        units,
        since,
    )
    elsewhere = list(dict.fromkeys(str(row["unit_id"]) for row in held if row["group_id"] != group["id"]))
    if elsewhere:
        raise UnitInOtherGroup(day=since, count=len(elsewhere), unit_ids=elsewhere)
    began = {row["unit_id"]: row["since"] for row in held if row["is_in"]}
    await db.execute(
        "DELETE FROM unit_group_member WHERE group_id = $1 AND unit_id = ANY($2) AND valid && daterange($3, NULL)",
        group["id"],
        units,
        since,
    )
    await db.execute(
        """INSERT INTO unit_group_member (group_id, exclusive_in, unit_id, valid)
           SELECT $1, $2, unit_id, daterange(since, $5)
           FROM unnest($3::uuid[], $4::date[]) AS entered (unit_id, since)""",
        group["id"],
        exclusive_in,
        units,
        [began.get(unit, since) for unit in units],
        group["until"],
    )
    return len(units) - len(began)


async def _leave(group_id: UUID, units: list[UUID] | None, on: date) -> int:
    """Let units (None: all) no longer be in a group from a day on; return how many were in it then or later."""
    return await db.value(
        """WITH gone AS (
             DELETE FROM unit_group_member
             WHERE group_id = $1 AND ($2::uuid[] IS NULL OR unit_id = ANY($2)) AND lower(valid) >= $3
             RETURNING unit_id),
           cut AS (
             UPDATE unit_group_member SET valid = daterange(lower(valid), $3)
             WHERE group_id = $1 AND ($2::uuid[] IS NULL OR unit_id = ANY($2))
               AND lower(valid) < $3 AND valid @> $3::date
             RETURNING unit_id)
           SELECT count(DISTINCT unit_id) FROM (SELECT * FROM gone UNION ALL SELECT * FROM cut) AS left_it""",
        group_id,
        units,
        on,
    )


async def _rename(table: str, caller: Caller, before: db.Record, name_vi: str, name_en: str) -> None:
    vi, en = _name("nameVi", name_vi), _name("nameEn", name_en)
    await _named(
        vi,
        f"UPDATE {table} SET name_vi = $2, name_en = $3, sort_key = $4 WHERE id = $1",
        before["id"],
        vi,
        en,
        sort_key(vi),
    )
    was, now = {"name_vi": before["name_vi"], "name_en": before["name_en"]}, {"name_vi": vi, "name_en": en}
    await record(caller, f"{table}.renamed", before["owner_id"], table, str(before["id"]), was, now)


async def _named(name: str, statement: str, *values: object) -> None:
    """Run a statement that gives something a name, which the owner must not have given already."""
    taken = UnitGroupNameTaken(name=name)
    async with db.refusing({"unit_group_name_once": taken, "unit_group_set_name_once": taken}):
        await db.execute(statement, *values)


def _name(field: str, text: str) -> str:
    name = clean(text)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidInput(
            field, f"phải có từ 1 đến {LONGEST_NAME} ký tự.", f"must have between 1 and {LONGEST_NAME} characters."
        )
    return name
