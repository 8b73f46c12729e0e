"""Units from a table: what is new begins, what differs changes from a day on, what is not named stays as it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid4

from kit import db
from kit.errors import DomainError, Forbidden, InvalidInput, NotFound
from kit.identity import Caller
from kit.paths import WIDTH
from org.exchange.outcome import Done, RowsRefused, wrong
from org.exchange.reading import Remark, Row
from org.exchange.service.headcounts import day_of
from org.reorganisations.service.carrying_out import PlanRefused, Step, carry_out, quietly
from org.reorganisations.service.checks import before_writing
from org.reorganisations.service.plan import Beginning, Plan
from org.units.service import COLUMNS, Decision, UnitFacts, UnitNames
from org.units.service.create import checked_code
from org.units.service.rules import lock_tree

# What the table calls fields and columns of units that it does not call alike.
_CALLED = {"nameVi": "name_vi", "nameEn": "name_en", "shortName": "short_name", "parent_id": "parent_code"}
_FACTS = ("province", "commune", "address", "phone", "email", "website")


@dataclass(slots=True)
class _Read:
    """What rows say: the unit of each, units that begin by their first day, and columns that change."""

    remarks: list[Remark] = field(default_factory=list[Remark])
    rows: dict[UUID, Row] = field(default_factory=dict[UUID, Row])
    begins: dict[date, list[Beginning]] = field(default_factory=dict[date, list[Beginning]])
    changes: dict[UUID, dict[str, object]] = field(default_factory=dict[UUID, dict[str, object]])


async def import_units(
    caller: Caller,
    rows: Sequence[Row],
    columns: Sequence[str],
    on: date,
    decision: Decision | None = None,
    tell: Step = quietly,
) -> Done:
    """Take in a table of units, all of it or nothing, in the caller's transaction: RowsRefused with what is wrong.

    A row names its unit by the id, or else by the code. A column that the file does not have stays as it is; a blank
    cell empties what may be empty. A new unit begins on its own first day, changes hold from `on`. The caller is an
    admin of what is above each unit, before and after.
    """
    caller.require_someone()
    await lock_tree()
    known = await _known(rows, on)
    read = _read(rows, columns, known, on)
    read.remarks += _missing_rights(caller, read, known)
    plans = [Plan("batch", day, begins=begins) for day, begins in sorted(read.begins.items())]
    if read.changes:
        plans.append(Plan("batch", on, changes=read.changes))
    if read.remarks:
        raise RowsRefused([*read.remarks, *await _wrong_cells(read, plans)])
    version = None
    for plan in plans:
        try:
            version = (await carry_out(caller, plan, decision, tell)).change.version
        except PlanRefused as refused:
            raise RowsRefused(_said(refused, read)) from refused
    created = sum(len(begins) for begins in read.begins.values())
    counts = {"created": created, "changed": len(read.changes), "unchanged": len(rows) - created - len(read.changes)}
    return Done(counts, version)


async def _wrong_cells(read: _Read, plans: Sequence[Plan]) -> list[Remark]:
    """Return what else can be told of a file whose rows do not make plans yet: wrong days, codes and places."""
    told = {(remark.row, remark.column) for remark in read.remarks}
    found = [one for plan in plans for one in _said(PlanRefused(await before_writing(plan)), read)]
    return [remark for remark in found if (remark.row, remark.column) not in told]


@dataclass(frozen=True, slots=True)
class _Known:
    by_id: dict[UUID, db.Record]
    by_code: dict[str, UUID]


async def _known(rows: Sequence[Row], on: date) -> _Known:
    codes = {row[column].upper() for row in rows for column in ("code", "parent_code")}
    ids = [unit_id for row in rows if (unit_id := _id(row))]
    found = await db.rows(
        f"SELECT {COLUMNS} FROM units_on($1) WHERE code = ANY($2) OR id = ANY($3)", on, list(codes - {""}), ids
    )
    above = await db.rows(
        f"SELECT {COLUMNS} FROM units_on($1) WHERE id = ANY($2)", on, [row["parent_id"] for row in found]
    )
    return _Known({row["id"]: row for row in (*above, *found)}, {row["code"]: row["id"] for row in (*above, *found)})


def _id(row: Row) -> UUID | None:
    try:
        return UUID(row["id"]) if row["id"] else None
    except ValueError:
        return None


def _read(rows: Sequence[Row], columns: Sequence[str], known: _Known, on: date) -> _Read:
    read = _Read()
    codes = dict(known.by_code)
    units: list[tuple[Row, UUID]] = []
    for row in rows:
        unit_id = _id(row) or known.by_code.get(row["code"].upper()) or uuid4()
        if row["id"] and _id(row) is None:
            read.remarks.append(wrong(row, "id", NotFound("unit", row["id"])))
        elif (other := codes.get(row["code"].upper(), unit_id)) in read.rows or other != unit_id:
            read.remarks.append(wrong(row, "code", _taken(read.rows.get(other), known.by_id.get(other))))
        else:
            read.rows[unit_id] = row
            codes[row["code"].upper()] = unit_id
            units.append((row, unit_id))
    for row, unit_id in units:
        read.remarks += _take(read, row, unit_id, known, codes, columns, on)
    return read


def _taken(earlier: Row | None, unit: db.Record | None) -> InvalidInput:
    """Return the refusal of a code that an earlier row has, or else another unit."""
    if earlier:
        return InvalidInput("code", f"đã có ở dòng {earlier.number}.", f"is in row {earlier.number} already.")
    name_vi, name_en = (unit["name_vi"], unit["name_en"] or unit["name_vi"]) if unit else ("?", "?")
    return InvalidInput("code", f"là mã của “{name_vi}”.", f"is the code of “{name_en}”.")


def _take(
    read: _Read, row: Row, unit_id: UUID, known: _Known, codes: dict[str, UUID], columns: Sequence[str], on: date
) -> Iterator[Remark]:
    """Put a row where it belongs; what is wrong with it is said instead."""
    try:
        new = _columns(row, codes)
        if unit_id not in known.by_id:
            day = day_of(row, "created_on") if row["created_on"] else on
            if day > on:
                text = ("sau ngày hiệu lực của tệp.", "is after the day on which the file takes effect.")
                raise InvalidInput("created_on", *text)
            read.begins.setdefault(day, []).append(_beginning(row, unit_id, new))
            return
    except DomainError as error:
        yield wrong(row, None, error, _CALLED)
        return
    here = known.by_id[unit_id]
    asked = {"sort_key", "search_accented"} if "name_vi" in columns else set[str]()
    asked |= {"parent_id"} if "parent_code" in columns else set[str]()
    differing = {
        name: value
        for name, value in new.items()
        if name in asked | set(columns) and (name == "search_accented" or here[name] != value)
    }
    if differing.keys() - {"search_accented"}:
        read.changes[unit_id] = differing


def _columns(row: Row, codes: dict[str, UUID]) -> dict[str, object]:
    """Return the columns of a version that a row gives; InvalidInput or NotFound for what can't be."""
    for name in ("level", "kind"):
        if not row[name]:
            raise InvalidInput(name, "không được để trống.", "must not be blank.")
    parent = codes.get(row["parent_code"].upper()) if row["parent_code"] else None
    if row["parent_code"] and parent is None:
        raise InvalidInput(
            "parent_code",
            f"không có đơn vị mang mã “{row['parent_code'][:40]}”.",
            f"there is no unit of the code “{row['parent_code'][:40]}”.",
        )
    return {
        **UnitNames.checked(row["name_vi"], row["name_en"] or None, row["short_name"] or None).columns(),
        **UnitFacts.checked(**{name: row[name] or None for name in _FACTS}).columns(),
        "code": checked_code(row["code"]),
        "level": row["level"],
        "kind": row["kind"],
        "region": row["region"] or None,
        "parent_id": parent,
    }


def _beginning(row: Row, unit_id: UUID, new: dict[str, object]) -> Beginning:
    parent = new["parent_id"]
    return Beginning(
        parent_id=parent if isinstance(parent, UUID) else None,
        names=UnitNames.checked(row["name_vi"], row["name_en"] or None, row["short_name"] or None),
        code=str(new["code"]),
        level=row["level"],
        kind=row["kind"],
        region=row["region"] or None,
        facts=UnitFacts.checked(**{name: row[name] or None for name in _FACTS}),
        id=unit_id,
    )


def _missing_rights(caller: Caller, read: _Read, known: _Known) -> Iterator[Remark]:
    parents: dict[UUID, object] = {b.id: b.parent_id for begins in read.begins.values() for b in begins}
    parents |= {unit_id: columns.get("parent_id") for unit_id, columns in read.changes.items()}
    for unit_id, parent in parents.items():
        above = [known.by_id[parent]["path"]] if isinstance(parent, UUID) and parent in known.by_id else []
        if unit_id in known.by_id:
            above.append(known.by_id[unit_id]["path"][:-WIDTH])
        elif parent is None:
            above.append("")
        if not all(caller.may("admin", path) for path in above):
            yield wrong(read.rows[unit_id], "code", Forbidden())


def _said(refused: PlanRefused, read: _Read) -> Iterator[Remark]:
    for violation in refused.violations:
        row = read.rows.get(violation.unit_id) or Row(0, {})
        yield wrong(row, violation.column, violation.error, _CALLED)
