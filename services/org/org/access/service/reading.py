"""Reading grants: what a subject holds, who holds what on a unit, and which grants end soon."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput
from kit.identity import Caller, Grant, scope_predicate
from kit.paths import parents
from org.access.service.grants import MOST_GRANTS, check_role, check_subject
from org.access.service.moments import Moment, moment
from org.units.service import current_tree_version, find_unit

MOST_DAYS_AHEAD = 366

_COLUMNS = """role_grant.id, role_grant.subject, role_grant.role, role_grant.unit_id, lower(valid) AS since,
    upper(valid) AS until, granted_by, reason, ended_by, end_reason, stands.path"""
# A grant on a unit that has closed holds where its records went; on one that has not begun it holds nowhere yet.
_STANDS = (
    "JOIN unit_path AS stands ON stands.unit_id = role_grant.unit_id AND stands.since <= {day} AND stands.until > {day}"
)


async def grants_of(subject: str, when: Moment | None = None) -> tuple[Grant, ...]:
    """Return what a subject holds at a moment (None: now), with the paths of that day; nothing for a stranger."""
    when = when or await moment()
    found = await db.rows(
        f"""SELECT role, role_grant.unit_id::text, stands.path FROM role_grant {_STANDS.format(day="$3")}
            WHERE subject = $1 AND valid && $2::tstzrange ORDER BY stands.path, role, role_grant.id LIMIT $4""",
        subject,
        when.span,
        when.day,
        MOST_GRANTS,
    )
    return tuple(Grant(role=row["role"], unit_id=row["unit_id"], path=row["path"]) for row in found)


async def caller_of(subject: str, when: Moment | None = None) -> Caller:
    """Return the caller that a subject is at a moment (None: now)."""
    return Caller(subject=subject, grants=await grants_of(subject, when), tree_version=await current_tree_version())


async def held_by(subject: str) -> list[db.Record]:
    """Return the grants that a subject holds now, as many as there can be."""
    when = await moment()
    return await db.rows(
        f"""SELECT {_COLUMNS}, false AS is_inherited FROM role_grant {_STANDS.format(day="$3")}
            WHERE subject = $1 AND valid && $2::tstzrange ORDER BY stands.path, role, role_grant.id LIMIT $4""",
        subject,
        when.span,
        when.day,
        MOST_GRANTS,
    )


async def grants_on(
    caller: Caller,
    unit_id: UUID,
    when: Moment | None,
    role: str | None,
    limit: int,
    after: tuple[int, str, str] | None,
) -> list[db.Record]:
    """Return up to `limit` grants that hold on a unit at a moment, or ever (None), after (distance, subject, id).

    Those on the unit itself come first, then those on the unit above it that day, and so on. The caller must be an
    admin of the unit; who holds what above it is told too, because it holds here.
    """
    unit = await find_unit(unit_id)
    caller.require("admin", unit["path"])
    if when is not None and when.other_day is not None:
        unit = await find_unit(unit_id, when.day)
    path: str = unit["path"]
    distance, subject, last = after or (None, None, None)
    return await db.rows(
        f"""SELECT * FROM (
              SELECT {_COLUMNS}, ($2 - length(stands.path)) / 5 AS distance, stands.path <> $3 AS is_inherited
              FROM role_grant {_STANDS.format(day="$5")}
              WHERE stands.path = ANY($4) AND ($6::tstzrange IS NULL OR valid && $6) AND ($7::text IS NULL OR role = $7)
            ) AS found
            WHERE $8::int IS NULL OR (distance, subject, id::text) > ($8, $9, $10::text)
            ORDER BY distance, subject, id::text LIMIT $1""",
        limit,
        len(path),
        path,
        [*parents(path), path],
        when.day if when else today(),
        when.span if when else None,
        check_role(role) if role is not None else None,
        distance,
        subject,
        last,
    )


async def grants_held(
    caller: Caller, subject: str | None, when: Moment | None, limit: int, after: tuple[str, str] | None
) -> list[db.Record]:
    """Return up to `limit` grants of a subject (None: the caller) at a moment, or all on record, after (path, id).

    Everybody sees their own; those of another are seen by the admins of the units they are on.
    """
    caller.require_someone()
    subject = check_subject(subject or str(caller.subject))
    visible, scopes = ("TRUE", []) if subject == caller.subject else scope_predicate(caller, "admin", "stands.path", 7)
    path, last = after or (None, None)
    return await db.rows(
        f"""SELECT {_COLUMNS}, false AS is_inherited FROM role_grant {_STANDS.format(day="$3")}
            WHERE subject = $2 AND ($4::tstzrange IS NULL OR valid && $4)
              AND ($5::text IS NULL OR (stands.path, role_grant.id::text) > ($5, $6::text)) AND {visible}
            ORDER BY stands.path, role_grant.id::text LIMIT $1""",
        limit,
        subject,
        # Who may see a grant is judged by where its unit stands today, also when it was held long ago.
        today(),
        when.span if when else None,
        path,
        last,
        *scopes,
    )


async def expiring_grants(
    caller: Caller, unit_id: UUID, days: int, limit: int, after: tuple[datetime, UUID] | None
) -> list[db.Record]:
    """Return up to `limit` grants in a unit's subtree that end within so many days, the first to end first.

    The caller must be an admin of the unit. `after` is (end, id).
    """
    unit = await find_unit(unit_id)
    caller.require("admin", unit["path"])
    if not 1 <= days <= MOST_DAYS_AHEAD:
        raise InvalidInput("days", f"phải từ 1 đến {MOST_DAYS_AHEAD}.", f"must be between 1 and {MOST_DAYS_AHEAD}.")
    end, last = after or (None, None)
    return await db.rows(
        f"""SELECT {_COLUMNS}, false AS is_inherited FROM role_grant {_STANDS.format(day="$3")}
            WHERE stands.path >= $2 AND stands.path < $2 || '~' AND NOT upper_inf(valid)
              AND upper(valid) > clock_timestamp() AND upper(valid) <= clock_timestamp() + $4::interval
              AND ($5::timestamptz IS NULL OR (upper(valid), role_grant.id) > ($5, $6::uuid))
            ORDER BY upper(valid), role_grant.id LIMIT $1""",
        limit,
        unit["path"],
        today(),
        timedelta(days=days),
        end,
        last,
    )


async def units_with_admins(paths: Sequence[str]) -> list[UUID]:
    """Return those units of the paths on which somebody is an admin now, the lowest first."""
    found = await db.rows(
        f"""SELECT role_grant.unit_id FROM role_grant {_STANDS.format(day="$2")}
            WHERE stands.path = ANY($1) AND role = 'admin' AND valid @> clock_timestamp()
            GROUP BY role_grant.unit_id, stands.path ORDER BY length(stands.path) DESC""",
        list(paths),
        today(),
    )
    return [row["unit_id"] for row in found]


async def development_people() -> list[db.Record]:
    """Return `subject, name, role, unit_name` of the demo's people, for the login page of a development machine."""
    return await db.rows(
        """SELECT subject, person.display_name AS name, role, unit.name_vi AS unit_name
           FROM person JOIN role_grant USING (subject) JOIN units_on($1) AS unit ON unit.id = role_grant.unit_id
           WHERE starts_with(subject, 'demo:') AND valid @> clock_timestamp() ORDER BY unit.path, role LIMIT 100""",
        today(),
    )
