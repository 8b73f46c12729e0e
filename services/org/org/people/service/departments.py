"""Founding, renaming and closing departments; what they were called before stays on record."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4

from kit import db
from kit.calendar import today
from kit.errors import DomainError, NotFound
from kit.identity import Caller
from org.audit.service import record
from org.people.models import Department
from org.people.service.rules import (
    EARLIEST,
    check_day,
    check_decision,
    check_optional,
    check_text,
    require_not_before,
    require_open,
    scope,
)
from org.units.service import held_unit
from org.vietnamese import sort_key
from org.vocabularies.service import require_term

LONGEST_NAME = 250


class DepartmentNameTaken(DomainError):
    """The unit has another department of this name on some of the days."""

    code = "DEPARTMENT_NAME_TAKEN"
    vi = "Đơn vị đã có ban, bộ phận tên “{name}”."
    en = "The unit already has a department named “{name}”."


class DepartmentClosed(DomainError):
    """The department does not exist on that day."""

    code = "DEPARTMENT_CLOSED"
    vi = "Ban, bộ phận này không hoạt động vào ngày {day}."
    en = "This department does not exist on {day}."


class DepartmentInUse(DomainError):
    """People still hold posts in the department on that day or later; `holders` counts them."""

    code = "DEPARTMENT_IN_USE"
    vi = "Còn {holders} người giữ chức danh trong ban, bộ phận này từ ngày {day}."
    en = "{holders} people still hold posts in this department on {day} or later."
    extra = {"holders": int}


async def found_department(
    caller: Caller,
    unit_id: UUID,
    kind: str | None,
    name_vi: str,
    name_en: str | None,
    on: date,
    department_id: UUID | None = None,
    decision: str | None = None,
) -> Department:
    """Give a unit of which the caller is an editor a department from a day on; it may be of no known kind."""
    caller.require_someone()
    async with db.transaction():
        unit = await held_unit(unit_id)
        caller.require("editor", unit["path"])
        require_open(unit, check_day("on", on))
        made = await Department.create(id=department_id or uuid4(), unit_id=unit_id)
        await _write(made.id, unit_id, kind, name_vi, name_en, decision, on, None)
        after = {"kind": kind, "since": on.isoformat()}
        await record(caller, "department.founded", unit_id, "department", str(made.id), None, after)
    return made


async def rename_department(
    caller: Caller,
    department_id: UUID,
    kind: str | None,
    name_vi: str,
    name_en: str | None,
    on: date,
    decision: str | None = None,
) -> None:
    """Give a department its names and kind from a day on; a second change on one day replaces the first.

    The day is not before the last names begin, and the department exists on it.
    """
    caller.require_someone()
    async with db.transaction():
        last = await _locked(caller, department_id)
        require_not_before(check_day("on", on), last["since"])
        if last["until"] is not None and last["until"] <= on:
            raise DepartmentClosed(day=on)
        await _write(department_id, last["unit_id"], kind, name_vi, name_en, decision, on, last)
        before, after = {"kind": last["kind"]}, {"kind": kind, "since": on.isoformat()}
        await record(caller, "department.renamed", last["unit_id"], "department", str(department_id), before, after)


async def close_department(caller: Caller, department_id: UUID, on: date) -> None:
    """Let a department and its posts no longer exist from a day on; DepartmentInUse while somebody holds one."""
    caller.require_someone()
    async with db.transaction():
        last = await _locked(caller, department_id)
        if last["until"] is not None:
            raise DepartmentClosed(day=on)
        require_not_before(check_day("on", on), last["since"] + timedelta(days=1))
        holders = await db.value(
            """SELECT count(DISTINCT person_id)::int FROM appointment
               WHERE department_id = $1 AND valid && daterange($2, NULL)""",
            department_id,
            on,
        )
        if holders:
            raise DepartmentInUse(holders=holders, day=on)
        await _end_posts(department_id, on)
        await db.execute(
            "UPDATE department_version SET valid = daterange(lower(valid), $2) WHERE id = $1", last["id"], on
        )
        after = {"until": on.isoformat()}
        await record(caller, "department.closed", last["unit_id"], "department", str(department_id), None, after)


async def _locked(caller: Caller, department_id: UUID) -> db.Record:
    """Return a department's last version; whoever appoints somebody to it waits."""
    unit_id = await db.value("SELECT unit_id FROM department WHERE id = $1", department_id)
    if unit_id is None:
        raise NotFound("department", department_id)
    unit = await held_unit(unit_id)
    caller.require("editor", unit["path"])
    await db.execute("SELECT FROM department WHERE id = $1 FOR UPDATE", department_id)
    last = await db.row(
        """SELECT id, unit_id, kind, coalesce(lower(valid), $2) AS since, upper(valid) AS until FROM department_version
           WHERE department_id = $1 ORDER BY lower(valid) DESC NULLS LAST LIMIT 1""",
        department_id,
        EARLIEST,
    )
    assert last is not None
    return last


async def _write(
    department_id: UUID,
    unit_id: UUID,
    kind: str | None,
    name_vi: str,
    name_en: str | None,
    decision: str | None,
    on: date,
    last: db.Record | None,
) -> None:
    vi = check_text("nameVi", name_vi, LONGEST_NAME)
    en = check_optional("nameEn", name_en, LONGEST_NAME)
    if kind is not None:
        await require_term("kind", "department_kind", kind, on)
    async with db.refusing({"department_version_name_once_a_day": DepartmentNameTaken(name=vi)}):
        # One statement: a department that has posts has a name on every day, also between two names. What the
        # condition counts is done before the new name is written.
        await db.execute(
            """WITH corrected AS (
                 UPDATE department_version
                 SET kind = $3, name_vi = $4, name_en = $5, sort_key = $6, decision_number = $7
                 WHERE id = $9 AND lower(valid) = $8 RETURNING id),
               former AS (
                 UPDATE department_version SET valid = daterange(lower(valid), $8)
                 WHERE id = $9 AND coalesce(lower(valid) < $8, TRUE) RETURNING id)
               INSERT INTO department_version
                 (department_id, unit_id, kind, name_vi, name_en, sort_key, decision_number, valid)
               SELECT $1, $2, $3, $4, $5, $6, $7, daterange($8, $10)
               WHERE (SELECT count(*) FROM corrected) = 0 AND (SELECT count(*) FROM former) >= 0""",
            department_id,
            unit_id,
            kind,
            vi,
            en,
            sort_key(vi),
            check_decision(decision),
            on,
            last["id"] if last else None,
            last["until"] if last else None,
        )


async def _end_posts(department_id: UUID, on: date) -> None:
    await db.execute("DELETE FROM post WHERE department_id = $1 AND lower(valid) >= $2", department_id, on)
    await db.execute(
        """UPDATE post SET valid = daterange(lower(valid), $2)
           WHERE department_id = $1 AND valid @> $2::date""",
        department_id,
        on,
    )


# The English name is the Vietnamese one where there is none; a department begins and ends with its versions.
_COLUMNS = """version.department_id AS id, version.unit_id, version.kind, version.name_vi,
              coalesce(version.name_en, version.name_vi) AS name_en, version.sort_key, version.decision_number,
              life.since, CASE WHEN life.is_open THEN NULL ELSE life.until END AS until"""
_LIFE = """CROSS JOIN LATERAL (
             SELECT min(lower(valid)) AS since, max(upper(valid)) AS until, bool_or(upper_inf(valid)) AS is_open
             FROM department_version WHERE department_id = version.department_id) AS life"""


async def departments_of(
    caller: Caller, units: Sequence[UUID], limit: int, after: tuple[str, str] | None, on: date | None = None
) -> list[db.Record]:
    """Return up to `limit` departments of each unit on a day (None: today), by name, after (sort key, id)."""
    seen, scopes = scope(caller, ["worker"], "stands.path", first_parameter=7)
    key, department = after or (None, None)
    return await db.rows(
        f"""SELECT found.*
            FROM unnest($1::uuid[]) AS asked (id)
            JOIN unit_path AS stands ON stands.unit_id = asked.id
              AND stands.since <= $4 AND stands.until > $4 AND {seen}
            CROSS JOIN LATERAL (
              SELECT {_COLUMNS} FROM department_version AS version {_LIFE}
              WHERE version.unit_id = asked.id AND version.valid @> $3::date
                AND ($5::text IS NULL OR (version.sort_key, version.department_id::text) > ($5, $6::text))
              ORDER BY version.sort_key, version.department_id::text LIMIT $2) AS found""",
        list(units),
        limit,
        on or today(),
        today(),
        key,
        department,
        *scopes,
    )


async def departments_by_id(caller: Caller, ids: Sequence[UUID], on: date | None = None) -> list[db.Record]:
    """Return those of the departments that exist and the caller may see, in no order.

    As they were on a day (None: today); one that is not there that day as it was last before, or will be first.
    """
    seen, scopes = scope(caller, ["worker"], "stands.path", first_parameter=4)
    return await db.rows(
        f"""SELECT {_COLUMNS} FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
              SELECT * FROM department_version WHERE department_id = asked.id
              ORDER BY valid @> $2::date DESC, lower(valid) <= $2 DESC, abs(lower(valid) - $2) LIMIT 1) AS version
            {_LIFE}
            JOIN unit_path AS stands ON stands.unit_id = version.unit_id
              AND stands.since <= $3 AND stands.until > $3 AND {seen}""",
        list(ids),
        on or today(),
        today(),
        *scopes,
    )
