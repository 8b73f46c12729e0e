"""Who works for a unit: visible to callers whose own scope covers it, to nobody else."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

from asyncpg import Range

from kit import db
from kit.calendar import today
from kit.identity import Caller, scope_predicate
from org.people.models import Appointment, Department, Person
from org.ranges import since
from org.units.service import find_unit
from org.vietnamese import clean, sort_key
from org.vocabularies.service import require_term


async def add_person(
    caller: Caller, display_name: str, subject: str | None = None, person_id: UUID | None = None
) -> Person:
    """Put a person on record; needs an admin of the whole tree, since a person belongs to no unit yet."""
    caller.require("admin", "")
    name = clean(display_name)
    return await Person.create(id=person_id or uuid4(), subject=subject, display_name=name, sort_key=sort_key(name))


async def found_department(
    caller: Caller, unit_id: UUID, kind: str, name_vi: str, name_en: str, on: date, department_id: UUID | None = None
) -> Department:
    """Give a unit of which the caller is an editor a department from a day on."""
    unit = await find_unit(unit_id)
    caller.require("editor", unit["path"])
    await require_term("kind", "department_kind", kind, on)
    vi = clean(name_vi)
    return await Department.create(
        id=department_id or uuid4(),
        unit_id=unit_id,
        kind=kind,
        name_vi=vi,
        name_en=clean(name_en),
        sort_key=sort_key(vi),
        valid=since(on),
    )


async def appoint(
    caller: Caller,
    person_id: UUID,
    unit_id: UUID,
    post: str,
    on: date,
    until: date | None = None,
    department_id: UUID | None = None,
    appointment_id: UUID | None = None,
) -> Appointment:
    """Give a person a post in a unit of which the caller is an editor, from a day on to before `until` (None: open)."""
    unit = await find_unit(unit_id)
    caller.require("editor", unit["path"])
    await require_term("post", "post", post, on)
    return await Appointment.create(
        id=appointment_id or uuid4(),
        person_id=person_id,
        unit_id=unit_id,
        department_id=department_id,
        post=post,
        valid=Range(on, until),
    )


async def departments_of(
    caller: Caller, units: Sequence[UUID], limit: int, after: tuple[str, str] | None
) -> list[db.Record]:
    """Return up to `limit` departments that each unit has today, in Vietnamese order, after (sort key, id)."""
    scope, scopes = scope_predicate(caller, "worker", "unit.path", first_parameter=6)
    key, department = after or (None, None)
    return await db.rows(
        f"""SELECT found.*
            FROM unnest($1::uuid[]) AS asked (id) JOIN unit ON unit.id = asked.id AND {scope} CROSS JOIN LATERAL (
              SELECT id, unit_id, kind, name_vi, name_en, sort_key, lower(valid) AS since FROM department
              WHERE unit_id = unit.id AND valid @> $3::date
                AND ($4::text IS NULL OR (sort_key, id::text) > ($4, $5::text))
              ORDER BY sort_key, id::text LIMIT $2) AS found""",
        list(units),
        limit,
        today(),
        key,
        department,
        *scopes,
    )


async def officers_of(
    caller: Caller, units: Sequence[UUID], limit: int, after: tuple[int, str, str] | None
) -> list[db.Record]:
    """Return up to `limit` posts held in each unit today, by rank of the post and name, after (rank, sort key, id)."""
    scope, scopes = scope_predicate(caller, "worker", "unit.path", first_parameter=7)
    rank, key, appointment = after or (None, None, None)
    return await db.rows(
        f"""SELECT found.*
            FROM unnest($1::uuid[]) AS asked (id) JOIN unit ON unit.id = asked.id AND {scope} CROSS JOIN LATERAL (
              SELECT * FROM (
                SELECT held.id::text, held.unit_id, held.post, held.department_id,
                       lower(held.valid) AS since, upper(held.valid) AS until,
                       person.display_name, person.sort_key, coalesce(term.position, 0) AS rank
                FROM appointment AS held JOIN person ON person.id = held.person_id
                LEFT JOIN term ON term.vocabulary = 'post' AND term.code = held.post AND term.valid @> $3::date
                WHERE held.unit_id = unit.id AND held.valid @> $3::date) AS officer
              WHERE $4::bigint IS NULL OR (rank, sort_key, id) > ($4, $5, $6::text)
              ORDER BY rank, sort_key, id LIMIT $2) AS found""",
        list(units),
        limit,
        today(),
        rank,
        key,
        appointment,
        *scopes,
    )


async def departments_by_id(caller: Caller, ids: Sequence[UUID]) -> list[db.Record]:
    """Return those of the departments that exist and the caller may see, in no order."""
    scope, scopes = scope_predicate(caller, "worker", "unit.path", first_parameter=2)
    return await db.rows(
        f"""SELECT department.id, unit_id, department.kind, department.name_vi, department.name_en, department.sort_key,
                   lower(valid) AS since
            FROM department JOIN unit ON unit.id = department.unit_id WHERE department.id = ANY($1) AND {scope}""",
        list(ids),
        *scopes,
    )


async def name_of(subject: str) -> str | None:
    """Return the name of the person behind an account, None when there is none on record."""
    return await db.value("SELECT display_name FROM person WHERE subject = $1", subject)
