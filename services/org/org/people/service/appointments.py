"""Appointing people to posts, ending their terms, and who holds or held what."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4

from asyncpg import Range

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from org.audit.service import record
from org.people.models import Appointment
from org.people.service.posts import DepartmentNotThere, PostFull
from org.people.service.rules import (
    PersonErased,
    check_day,
    check_decision,
    check_span,
    require_editor_of,
    require_not_before,
    require_open,
    scope,
)
from org.units.service import find_unit, held_unit
from org.vocabularies.service import labels, require_term

LONGEST_LOOK_AHEAD = 3660


class PostHeldAlready(DomainError):
    """The person holds this post already on some of the days."""

    code = "POST_HELD_ALREADY"
    vi = "Người này đã giữ chức danh “{post_vi}” trong thời gian đó."
    en = "This person holds the post “{post_en}” already on some of these days."


class TermOver(DomainError):
    """The term ended before that day; what was stays as it was."""

    code = "TERM_OVER"
    vi = "Nhiệm kỳ này đã kết thúc từ ngày {ended}."
    en = "This term ended on {ended}."


async def appoint(
    caller: Caller,
    person_id: UUID,
    unit_id: UUID,
    post: str,
    on: date,
    until: date | None = None,
    department_id: UUID | None = None,
    appointment_id: UUID | None = None,
    decision: str | None = None,
) -> Appointment:
    """Give a person a post in a unit from a day on to before `until` (None: open).

    The caller is an editor of the unit, and of one that answers for the person: whoever appoints comes to see how to
    reach them. PostFull, PostHeldAlready or DepartmentNotThere when the days do not allow it.
    """
    caller.require_someone()
    async with db.transaction():
        unit = await held_unit(unit_id)
        caller.require("editor", unit["path"])
        await require_editor_of(caller, person_id)
        check_span(on, until)
        require_open(unit, on)
        await require_term("post", "post", post, on)
        await _require_department(unit_id, department_id)
        made = await _write(person_id, unit_id, post, on, until, department_id, appointment_id, decision)
        after = {
            "person_id": person_id,
            "post": post,
            "department_id": department_id,
            "since": on.isoformat(),
            "until": until.isoformat() if until else None,
        }
        await record(caller, "person.appointed", unit_id, "appointment", str(made), None, after)
        return await Appointment.get(id=made)


async def _require_department(unit_id: UUID, department_id: UUID | None) -> None:
    if department_id is None:
        return
    # Shared: the department can't close meanwhile.
    if not await db.value(
        "SELECT true FROM department WHERE id = $1 AND unit_id = $2 FOR SHARE", department_id, unit_id
    ):
        raise NotFound("department", department_id)


async def _write(
    person_id: UUID,
    unit_id: UUID,
    post: str,
    on: date,
    until: date | None,
    department_id: UUID | None,
    appointment_id: UUID | None,
    decision: str | None,
) -> UUID:
    post_vi, post_en = await labels("post", post, on)
    refusals = {
        "post_within_seats": PostFull(post_vi=post_vi, post_en=post_en),
        "appointment_no_overlap": PostHeldAlready(post_vi=post_vi, post_en=post_en),
        "department_there": DepartmentNotThere(),
        "person_not_erased": PersonErased(),
    }
    async with db.refusing(refusals):
        return await db.value(
            """INSERT INTO appointment (id, person_id, unit_id, department_id, post, valid, term_until, decision_number)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id""",
            appointment_id or uuid4(),
            person_id,
            unit_id,
            department_id,
            post,
            Range(on, until),
            until,
            check_decision(decision),
        )


async def end_appointment(caller: Caller, appointment_id: UUID, on: date, reason: str) -> UUID:
    """Let a term end on a day before its time, for a reason of the vocabulary; return the unit.

    The day is after the first of the term; TermOver when it has ended by then already.
    """
    caller.require_someone()
    async with db.transaction():
        held = await db.row(
            "SELECT unit_id, lower(valid) AS since, upper(valid) AS until FROM appointment WHERE id = $1 FOR UPDATE",
            appointment_id,
        )
        if held is None:
            raise NotFound("appointment", appointment_id)
        unit = await find_unit(held["unit_id"])
        caller.require("editor", unit["path"])
        await require_term("reason", "appointment_end_reason", reason, check_day("on", on))
        if held["since"] is not None:
            require_not_before(on, held["since"] + timedelta(days=1))
        if held["until"] is not None and held["until"] <= on:
            raise TermOver(ended=held["until"])
        await db.execute(
            "UPDATE appointment SET valid = daterange(lower(valid), $2), end_reason = $3 WHERE id = $1",
            appointment_id,
            on,
            reason,
        )
        before = {"until": held["until"].isoformat() if held["until"] else None}
        after = {"until": on.isoformat(), "reason": reason}
        await record(caller, "appointment.ended", held["unit_id"], "appointment", str(appointment_id), before, after)
    return held["unit_id"]


# Somebody who was erased has no name; the rank of a post is its place in the vocabulary on the day in $3.
_COLUMNS = """held.id::text, held.unit_id, held.person_id, held.post, held.department_id,
              lower(held.valid) AS since, upper(held.valid) AS until, held.term_until, held.decision_number,
              held.end_reason, coalesce(person.display_name, '—') AS display_name, person.sort_key,
              person.erased_on IS NOT NULL AS is_erased, coalesce(term.position, 0) AS rank, stands.path AS governed"""
_JOINS = """JOIN person ON person.id = held.person_id
            LEFT JOIN term ON term.vocabulary = 'post' AND term.code = held.post AND term.valid @> $3::date"""
_STANDS = "stands.since <= $4 AND stands.until > $4"


async def officers_of(
    caller: Caller,
    units: Sequence[UUID],
    limit: int,
    after: tuple[int, str, str] | None,
    on: date | None = None,
    post: str | None = None,
) -> list[db.Record]:
    """Return up to `limit` posts held in each unit on a day (None: today), all or those of one code.

    By rank of the post and name, after (rank, sort key, id). `governed` is where the unit is governed from today.
    """
    seen, scopes = scope(caller, ["worker"], "stands.path", first_parameter=9)
    rank, key, appointment = after or (None, None, None)
    return await db.rows(
        f"""SELECT found.*
            FROM unnest($1::uuid[]) AS asked (id)
            JOIN unit_path AS stands ON stands.unit_id = asked.id AND {_STANDS} AND {seen}
            CROSS JOIN LATERAL (
              SELECT * FROM (
                SELECT {_COLUMNS} FROM appointment AS held {_JOINS}
                WHERE held.unit_id = asked.id AND held.valid @> $3::date
                  AND ($8::text IS NULL OR held.post = $8)) AS officer
              WHERE $5::bigint IS NULL OR (rank, sort_key, id) > ($5, $6, $7::text)
              ORDER BY rank, sort_key, id LIMIT $2) AS found""",
        list(units),
        limit,
        on or today(),
        today(),
        rank,
        key,
        appointment,
        post,
        *scopes,
    )


async def officers_to_come(caller: Caller, unit_id: UUID, limit: int, on: date) -> list[db.Record]:
    """Return up to `limit` terms in a unit that begin after a day, the first to begin first."""
    seen, scopes = scope(caller, ["worker"], "stands.path", first_parameter=5)
    return await db.rows(
        f"""SELECT {_COLUMNS} FROM appointment AS held {_JOINS}
            JOIN unit_path AS stands ON stands.unit_id = held.unit_id AND {_STANDS} AND {seen}
            WHERE held.unit_id = $1 AND lower(held.valid) > $3 ORDER BY lower(held.valid), held.id LIMIT $2""",
        unit_id,
        limit,
        on,
        today(),
        *scopes,
    )


async def terms_of(
    caller: Caller, people: Sequence[UUID], limit: int, after: tuple[date, str] | None
) -> list[db.Record]:
    """Return up to `limit` terms of each person, past and to come too, the latest first, after (first day, id).

    Only those in units that the caller's scope covers; the person themself sees all.
    """
    seen, scopes = scope(caller, ["worker"], "stands.path", first_parameter=8)
    since, appointment = after or (None, None)
    return await db.rows(
        f"""SELECT found.* FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
              SELECT {_COLUMNS} FROM appointment AS held {_JOINS}
              JOIN unit_path AS stands ON stands.unit_id = held.unit_id AND {_STANDS}
              WHERE held.person_id = asked.id AND ({seen} OR person.subject = $5)
                AND ($6::date IS NULL OR (coalesce(lower(held.valid), '-infinity'), held.id::text) < ($6, $7::text))
              ORDER BY coalesce(lower(held.valid), '-infinity') DESC, held.id::text DESC LIMIT $2) AS found""",
        list(people),
        limit,
        today(),
        today(),
        caller.subject,
        since,
        appointment,
        *scopes,
    )


async def expiring_below(
    caller: Caller, paths: Sequence[str], limit: int, after: tuple[date, str] | None, on: date, days: int
) -> list[db.Record]:
    """Return up to `limit` terms of each subtree that run on a day and end within so many days of it.

    The first to end comes first, after (end, id); `root` names the path that was asked for, in the tree of that day.
    """
    if not 1 <= days <= LONGEST_LOOK_AHEAD:
        raise InvalidInput(
            "days", f"phải từ 1 đến {LONGEST_LOOK_AHEAD}.", f"must be between 1 and {LONGEST_LOOK_AHEAD}."
        )
    seen, scopes = scope(caller, ["worker"], "stands.path", first_parameter=8)
    end, appointment = after or (None, None)
    return await db.rows(
        f"""SELECT asked.path AS root, found.*
            FROM unnest($1::text[]) AS asked (path) CROSS JOIN LATERAL (
              SELECT {_COLUMNS} FROM appointment AS held {_JOINS}
              JOIN unit_path AS place ON place.unit_id = held.unit_id
                AND place.since <= $3 AND place.until > $3 AND place.open
                AND place.path >= asked.path AND place.path < asked.path || '~'
              JOIN unit_path AS stands ON stands.unit_id = held.unit_id AND {_STANDS} AND {seen}
              WHERE held.valid @> $3::date AND upper(held.valid) > $3 AND upper(held.valid) <= $3 + $5::int
                AND ($6::date IS NULL OR (upper(held.valid), held.id::text) > ($6, $7::text))
              ORDER BY upper(held.valid), held.id::text LIMIT $2) AS found""",
        list(paths),
        limit,
        on,
        today(),
        days,
        end,
        appointment,
        *scopes,
    )
