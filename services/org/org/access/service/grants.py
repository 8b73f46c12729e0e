"""Giving, extending and taking roles. A grant whose end is known ends by itself."""

from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from uuid import UUID, uuid4

from asyncpg import Range

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, NotFound, none_of
from kit.events import publish
from kit.identity import ROLES, Caller, Role
from org.access.service.actions import ROLE_NAMES, role_name
from org.access.service.moments import midnight, now
from org.audit.service import record
from org.units.service import find_unit, find_unit_by_code
from org.vietnamese import clean

LONGEST_SUBJECT = 200
LONGEST_REASON = 500
# A passport travels in a header of every request: what it lists must stay small.
MOST_GRANTS = 50
LATEST = date(2999, 12, 31)


class GrantExists(DomainError):
    """The subject holds this role on this unit already, at some time of the span."""

    code = "GRANT_EXISTS"
    vi = "Tài khoản này đã có vai trò “{role_vi}” tại đơn vị trong thời gian đó."
    en = "This account already holds the role “{role_en}” on the unit at that time."


class GrantLimitReached(DomainError):
    """The subject holds as many roles at a time as an account may."""

    code = "GRANT_LIMIT_REACHED"
    vi = "Mỗi tài khoản có nhiều nhất {most} vai trò cùng lúc; hãy thu hồi bớt hoặc cấp ở đơn vị cao hơn."
    en = "An account may hold at most {most} roles at a time; revoke some, or grant on a higher unit."


class GrantDateBackwards(DomainError):
    """A grant would begin or end before `earliest`: neither may be in the past, and it ends after it begins."""

    code = "DATE_BACKWARDS"
    vi = "Ngày {day} quá sớm: sớm nhất là {earliest}."
    en = "The day {day} is too early: the earliest possible is {earliest}."
    extra = {"earliest": date}


class GrantEnded(DomainError):
    """The grant has ended: it can be neither revoked nor extended; a new one can be given."""

    code = "GRANT_ENDED"
    vi = "Vai trò này đã kết thúc lúc {ended}; có thể cấp lại."
    en = "This grant ended at {ended}; a new one can be given."


async def grant_role(
    caller: Caller,
    subject: str,
    role: str,
    unit_id: UUID,
    since: date | None = None,
    until: date | None = None,
    reason: str | None = None,
) -> db.Record:
    """Let a subject hold a role on a unit of which the caller is an admin; return the grant.

    It begins at once, or with the day `since`; it ends when the day `until` begins, or when it is revoked.
    An admin of a unit may grant on it and below it, so never more than they hold themselves.
    """
    caller.require_someone()
    async with db.transaction():
        unit = await find_unit(unit_id)
        caller.require("admin", unit["path"])
        subject, role, reason = check_subject(subject), check_role(role), check_reason(reason)
        span = await _span(since, until)
        grant_id = uuid4()
        async with _refusing(role):
            await db.execute(
                """INSERT INTO role_grant (id, subject, role, unit_id, valid, granted_by, reason)
                   VALUES ($1, $2, $3, $4, $5, $6, $7)""",
                grant_id,
                subject,
                role,
                unit_id,
                span,
                caller.subject,
                reason,
            )
        return await _told(caller, "role.granted", grant_id, None)


async def revoke_role(
    caller: Caller, grant_id: UUID, on: date | None = None, reason: str | None = None
) -> db.Record | None:
    """End a grant on a unit of which the caller is an admin: at once, or when the day `on` begins.

    One that has not begun by then is taken back as if it had never been given: None.
    """
    caller.require_someone()
    async with db.transaction():
        grant = await _locked(caller, grant_id)
        reason = check_reason(reason)
        at = await now()
        end = _later_today(on, "on") or at
        _require_not_ended(grant, at)
        if grant["until"] is not None and end >= grant["until"]:
            raise InvalidInput("on", "vai trò đã kết thúc trước ngày này.", "the grant ends before that day already.")
        if end <= grant["since"]:
            await db.execute("DELETE FROM role_grant WHERE id = $1", grant_id)
            await _tell(caller, "role.withdrawn", grant, _remembered(grant), None)
            return None
        await db.execute(
            """UPDATE role_grant SET valid = tstzrange(lower(valid), $2), ended_by = $3, end_reason = $4
               WHERE id = $1""",
            grant_id,
            end,
            caller.subject,
            reason,
        )
        return await _told(caller, "role.revoked", grant_id, grant)


async def extend_role(caller: Caller, grant_id: UUID, until: date | None, reason: str | None = None) -> db.Record:
    """Let a grant that has not ended hold longer: until the day `until` begins, or until it is revoked (None)."""
    caller.require_someone()
    async with db.transaction():
        grant = await _locked(caller, grant_id)
        reason = check_reason(reason)
        _require_not_ended(grant, await now())
        end = midnight(_bounded(until, "until")) if until is not None else None
        if grant["until"] is None or (end is not None and end <= grant["until"]):
            raise InvalidInput("until", "không muộn hơn ngày kết thúc hiện tại.", "is not later than it ends already.")
        async with _refusing(grant["role"]):
            await db.execute(
                """UPDATE role_grant SET valid = tstzrange(lower(valid), $2), ended_by = NULL, end_reason = NULL,
                     reason = coalesce($3, reason) WHERE id = $1""",
                grant_id,
                end,
                reason,
            )
        return await _told(caller, "role.extended", grant_id, grant)


async def ensure_role(caller: Caller, subject: str, role: str, unit_code: str) -> None:
    """Let a subject hold a role on the unit of a code, whether or not it did before."""
    unit = await find_unit_by_code(unit_code)
    try:
        await grant_role(caller, subject, role, unit["id"])
    except GrantExists:
        return


def check_subject(text: str) -> str:
    """Return a subject as the identity provider writes it, or raise InvalidInput."""
    if not text.strip() or len(text) > LONGEST_SUBJECT or "\x00" in text:
        raise InvalidInput(
            "subject",
            f"phải có từ 1 đến {LONGEST_SUBJECT} ký tự.",
            f"must have between 1 and {LONGEST_SUBJECT} characters.",
        )
    return text


def check_role(text: str) -> Role:
    """Return a role, or raise InvalidInput naming those there are."""
    if text not in ROLES:
        raise none_of("role", ROLE_NAMES)
    return text


def check_reason(text: str | None) -> str | None:
    """Return what is to be remembered, cleaned; None for nothing, InvalidInput for too much."""
    reason = clean(text or "")
    if len(reason) > LONGEST_REASON:
        raise InvalidInput("reason", f"dài hơn {LONGEST_REASON} ký tự.", f"is longer than {LONGEST_REASON} characters.")
    return reason or None


async def _span(since: date | None, until: date | None) -> Range[datetime]:
    """Return the time of a new grant; the database's clock, by which grants are read, dates what begins at once."""
    began = _later_today(since, "since") or await now()
    if until is None:
        return Range(began, None)
    ended = midnight(_bounded(until, "until"))
    if ended <= began:
        first = (since if since is not None else today()).toordinal() + 1
        raise GrantDateBackwards(day=until, earliest=date.fromordinal(first))
    return Range(began, ended)


def _later_today(day: date | None, field: str) -> datetime | None:
    """Return when a day to come begins; None for today, which has begun. GrantDateBackwards for one that is over."""
    if day is None or day == today():
        return None
    if day < today():
        raise GrantDateBackwards(day=day, earliest=today())
    return midnight(_bounded(day, field))


def _bounded(day: date, field: str) -> date:
    if day > LATEST:
        raise InvalidInput(field, f"muộn hơn {LATEST}.", f"is later than {LATEST}.")
    return day


_GRANT = """SELECT id, subject, role, unit_id, lower(valid) AS since, upper(valid) AS until,
                   granted_by, reason, ended_by, end_reason
            FROM role_grant WHERE id = $1"""


async def _locked(caller: Caller, grant_id: UUID) -> db.Record:
    # Lock the grant: of two who end it at once, the second judges what the first left.
    grant = await db.row(f"{_GRANT} FOR UPDATE", grant_id)
    if grant is None:
        raise NotFound("grant", grant_id)
    unit = await find_unit(grant["unit_id"])
    caller.require("admin", unit["path"])
    return grant


def _require_not_ended(grant: db.Record, at: datetime) -> None:
    if grant["until"] is not None and grant["until"] <= at:
        raise GrantEnded(ended=grant["until"])


def _refusing(role: Role) -> AbstractAsyncContextManager[None]:
    exists = GrantExists(role_vi=role_name(role, "vi"), role_en=role_name(role, "en"))
    full = GrantLimitReached(most=MOST_GRANTS)
    return db.refusing({"role_grant_no_overlap": exists, "role_grant_within_limit": full})


async def _told(caller: Caller, action: str, grant_id: UUID, before: db.Record | None) -> db.Record:
    grant = await db.row(_GRANT, grant_id)
    assert grant is not None
    await _tell(caller, action, grant, _remembered(before) if before else None, _remembered(grant))
    return grant


async def _tell(
    caller: Caller, action: str, grant: db.Record, before: dict[str, object] | None, after: dict[str, object] | None
) -> None:
    """Put a change on record and have the gateway forget the subject's passport."""
    await record(caller, action, grant["unit_id"], "role_grant", str(grant["id"]), before, after)
    await publish("grant.changed", {"subject": grant["subject"]})


def _remembered(grant: db.Record) -> dict[str, object]:
    """Return what the audit keeps of a grant; whose it is stays with the grant, since an account may be a name."""
    since, until = grant["since"], grant["until"]
    return {"role": grant["role"], "since": since.isoformat(), "until": until.isoformat() if until else None}
