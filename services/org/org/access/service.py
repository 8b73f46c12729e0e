"""Granting and revoking roles, and the passport that carries what a subject holds now."""

from uuid import UUID, uuid4

from asyncpg import Range

from kit import db
from kit.errors import DomainError, InvalidInput, NotFound
from kit.events import publish
from kit.identity import ROLES, Caller, Grant, Role, sign_passport
from org.access.models import RoleGrant
from org.units.service import current_tree_version, find_unit, find_unit_by_code

LONGEST_SUBJECT = 200
# A passport travels in a header of every request: what it lists must stay small.
MOST_GRANTS = 50


class GrantExists(DomainError):
    """The subject holds this role on this unit already."""

    code = "GRANT_EXISTS"
    vi = "Tài khoản này đã có vai trò “{role}” tại đơn vị."
    en = "This account already holds the role “{role}” on the unit."


class GrantLimitReached(DomainError):
    """The subject holds as many roles as an account may."""

    code = "GRANT_LIMIT_REACHED"
    vi = "Mỗi tài khoản có nhiều nhất {most} vai trò; hãy thu hồi bớt hoặc cấp ở đơn vị cao hơn."
    en = "An account may hold at most {most} roles; revoke some, or grant on a higher unit."


async def grants_of(subject: str) -> tuple[Grant, ...]:
    """Return what a subject holds now, with the paths that the units have now; nothing for an unknown subject."""
    found = await db.rows(
        """SELECT role, unit_id::text, unit.path FROM role_grant JOIN unit ON unit.id = role_grant.unit_id
           WHERE subject = $1 AND valid @> clock_timestamp() ORDER BY unit.path, role LIMIT $2""",
        subject,
        MOST_GRANTS,
    )
    return tuple(Grant(role=row["role"], unit_id=row["unit_id"], path=row["path"]) for row in found)


async def caller_of(subject: str) -> Caller:
    """Return the caller that a subject is now."""
    return Caller(subject=subject, grants=await grants_of(subject), tree_version=await current_tree_version())


async def issue_passport(subject: str, private_key: str) -> tuple[str, int]:
    """Return a signed passport of what a subject holds now, and when it expires (seconds since 1970)."""
    return sign_passport(private_key, await caller_of(check_subject(subject)))


async def grant_role(caller: Caller, subject: str, role: str, unit_id: UUID) -> RoleGrant:
    """Let a subject hold a role on a unit of which the caller is an admin, from now on.

    An admin of a unit may grant on it and below it, so never more than they hold themselves.
    """
    caller.require_someone()
    async with db.transaction():
        unit = await find_unit(unit_id)
        caller.require("admin", unit["path"])
        subject, role = check_subject(subject), check_role(role)
        # Lock the subject: two grants at once must not pass the limit or double each other.
        await db.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", subject)
        await _require_room(subject, role, unit_id)
        # The database's clock, by which grants are read, dates them too.
        began = await db.value("SELECT clock_timestamp()")
        made = await RoleGrant.create(
            id=uuid4(), subject=subject, role=role, unit_id=unit_id, valid=Range(began, None), granted_by=caller.subject
        )
        await publish("grant.changed", {"subject": subject})
    return made


async def _require_room(subject: str, role: Role, unit_id: UUID) -> None:
    held = await db.rows(
        "SELECT role, unit_id FROM role_grant WHERE subject = $1 AND valid @> clock_timestamp()", subject
    )
    if any(row["role"] == role and row["unit_id"] == unit_id for row in held):
        raise GrantExists(role=role)
    if len(held) >= MOST_GRANTS:
        raise GrantLimitReached(most=MOST_GRANTS)


async def revoke_role(caller: Caller, subject: str, role: str, unit_id: UUID) -> None:
    """End a subject's role on a unit of which the caller is an admin; NotFound when it holds none."""
    caller.require_someone()
    async with db.transaction():
        unit = await find_unit(unit_id)
        caller.require("admin", unit["path"])
        subject, role = check_subject(subject), check_role(role)
        ended = await db.value(
            """UPDATE role_grant SET valid = tstzrange(lower(valid), clock_timestamp())
               WHERE subject = $1 AND role = $2 AND unit_id = $3 AND valid @> clock_timestamp() RETURNING id""",
            subject,
            role,
            unit_id,
        )
        if ended is None:
            raise NotFound("grant", f"{role} {subject}")
        await publish("grant.changed", {"subject": subject})


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
        names = ", ".join(ROLES)
        raise InvalidInput("role", f"phải là một trong: {names}.", f"must be one of: {names}.")
    return text


async def ensure_role(caller: Caller, subject: str, role: str, unit_code: str) -> None:
    """Let a subject hold a role on the unit of a code, whether or not it did before."""
    unit = await find_unit_by_code(unit_code)
    try:
        await grant_role(caller, subject, role, unit["id"])
    except GrantExists:
        return


async def development_people() -> list[db.Record]:
    """Return `subject, name, role, unit_name` of the demo's people, for the login page of a development machine."""
    return await db.rows(
        """SELECT subject, person.display_name AS name, role, unit.name_vi AS unit_name
           FROM person JOIN role_grant USING (subject) JOIN unit ON unit.id = role_grant.unit_id
           WHERE starts_with(subject, 'demo:') AND valid @> clock_timestamp() ORDER BY unit.path, role LIMIT 100"""
    )
