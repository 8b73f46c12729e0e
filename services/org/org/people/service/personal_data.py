"""What the law gives people over their own data: all of it on request (export), and none of it any more (erasure).

Personal Data Protection Law 91/2025. Backups and the stream of events in Valkey are outside of this database: what they
hold goes when they are rotated or rebuilt.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson

from kit import db
from kit.audit import account_forgotten
from kit.calendar import today
from kit.errors import InvalidInput
from kit.events import publish
from kit.identity import Caller
from org.access.service import end_grants_of
from org.audit.service import record
from org.people.service.persons import require_admin_of, unit_of
from org.people.service.rules import PersonErased

# What somebody did is exported up to so many entries, the newest; the number of all is told with them.
MOST_ENTRIES = 10_000
ERASED = "erased"


async def export_person(caller: Caller, person_id: UUID | None = None) -> str:
    """Return everything that is stored about a person as JSON text; None: about the caller.

    For the person themself, whose account the caller uses, and for an admin of every unit that answers for them and
    that gave their account a role. Whoever asks about themself and is on record as nobody gets what is stored about
    the account, be it nothing. The export itself is put on record.
    """
    caller.require_someone()
    async with db.transaction():
        person_id = person_id or await db.value("SELECT id FROM person WHERE subject = $1", caller.subject)
        if person_id is None:
            return await _export_account(caller)
        person = await db.row("SELECT * FROM person WHERE id = $1", person_id)
        if person is None or person["subject"] != caller.subject:
            await require_admin_of(caller, person_id)
        assert person is not None
        text = _text(await _everything(person))
        after = {"own": person["subject"] == caller.subject}
        await record(caller, "person.exported", await unit_of(person_id), "person", str(person_id), None, after)
    return text


async def _export_account(caller: Caller) -> str:
    text = _text({**_now(), "person": None, **await _about_account(caller.subject)})
    # Whose account it is stands in the trail's own column, where erasing finds it.
    await record(caller, "person.exported", None, "account", "own", None, {"own": True})
    return text


def _text(parts: dict[str, Any]) -> str:
    return orjson.dumps(parts, default=str, option=orjson.OPT_INDENT_2).decode()


def _now() -> dict[str, str]:
    return {"exported_at": datetime.now(UTC).isoformat(timespec="seconds")}


async def _everything(person: db.Record) -> dict[str, Any]:
    stored = ("id", "display_name", "subject", "email", "phone", "unit_id", "recorded_on", "erased_on")
    parts: dict[str, Any] = {**_now(), "person": {name: person[name] for name in stored}}
    for name, sql in _ABOUT_PERSON.items():
        parts[name] = _plain(await db.rows(sql, person["id"]))
    parts["recorded_about_you"] = _plain(await db.rows(_RECORDED, str(person["id"]), MOST_ENTRIES))
    return {**parts, **await _about_account(person["subject"])}


async def _about_account(account: str | None) -> dict[str, Any]:
    return {
        "roles": _plain(await db.rows(_ROLES, account)) if account else [],
        "done_by_you": _plain(await db.rows(_DONE, account, MOST_ENTRIES)) if account else [],
        "done_by_you_in_all": await db.value("SELECT count(*) FROM audit WHERE subject = $1", account),
    }


def _plain(rows: list[db.Record]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


_ABOUT_PERSON = {
    "posts": """SELECT id, unit_id, department_id, post, lower(valid) AS since, upper(valid) AS until, term_until,
                       decision_number, end_reason
                FROM appointment WHERE person_id = $1 ORDER BY lower(valid), id""",
    "collaborations": """SELECT id, unit_id, kind, lower(valid) AS since, upper(valid) AS until, decision_number
                         FROM collaborator WHERE person_id = $1 ORDER BY lower(valid), id""",
    "trainings": """SELECT class.id, class.name, class.topic, class.unit_id, lower(held) AS first_day,
                           upper(held) - 1 AS last_day
                    FROM training_attendance AS came JOIN training_class AS class ON class.id = came.class_id
                    WHERE came.person_id = $1 ORDER BY lower(held), class.id""",
    "certificates": """SELECT id, kind, issuer, lower(valid) AS issued_on, upper(valid) AS valid_until
                       FROM certificate WHERE person_id = $1 ORDER BY lower(valid), id""",
}
_ROLES = """SELECT id, role, unit_id, lower(valid) AS since, upper(valid) AS until, reason, end_reason
            FROM role_grant WHERE subject = $1 ORDER BY lower(valid), id"""
# Who did it is personal data of somebody else.
_RECORDED = """SELECT at, action, unit_id, before::text, after::text FROM audit
               WHERE kind = 'person' AND thing_id = $1 ORDER BY id DESC LIMIT $2"""
_DONE = "SELECT at, action, unit_id, kind, thing_id FROM audit WHERE subject = $1 ORDER BY id DESC LIMIT $2"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure ended besides forgetting who the person is."""

    terms_ended: int
    collaborations_ended: int
    grants_ended: int


async def erase_person(caller: Caller, person_id: UUID, requested_on: date | None = None) -> Erasure:
    """Forget for good who a person is: name, contact and account go, in whatever table they stand.

    The row stays, nameless, so that counts and the history of posts add up; what the person holds today ends. For an
    admin of every unit that answers for the person and that gave their account a role.
    """
    caller.require_someone()
    async with db.transaction():
        person = await require_admin_of(caller, person_id)
        if person["erased_on"]:
            raise PersonErased()
        day = today()
        if requested_on is not None and requested_on > day:
            raise InvalidInput("requestedOn", "không được ở tương lai.", "must not be in the future.")
        unit_id, account, alias = await unit_of(person_id), person["subject"], f"{ERASED}:{person_id}"
        ended = Erasure(
            terms_ended=await _end("appointment", person_id, day),
            collaborations_ended=await _end("collaborator", person_id, day),
            grants_ended=await end_grants_of(caller, account) if account else 0,
        )
        await db.execute(
            """UPDATE person SET display_name = NULL, sort_key = '', subject = NULL, email = NULL, phone = NULL,
                                 erased_on = $2 WHERE id = $1""",
            person_id,
            day,
        )
        after = {
            "requested_on": requested_on.isoformat() if requested_on else None,
            "terms_ended": ended.terms_ended,
            "collaborations_ended": ended.collaborations_ended,
            "grants_ended": ended.grants_ended,
        }
        await record(caller, "person.erased", unit_id, "person", str(person_id), None, after)
        if account:
            # Last, since somebody may erase themself: what was just written names the account too.
            await db.execute("SELECT forget_account($1, $2)", account, alias)
            await publish("account.forgotten", account_forgotten(account, alias))
    return ended


async def _end(table: str, person_id: UUID, day: date) -> int:
    """End what a person holds on a day, and take back what would begin later; return how much that was."""
    reason = ", end_reason = 'erased'" if table == "appointment" else ""
    gone = await db.rows(
        f"DELETE FROM {table} WHERE person_id = $1 AND lower(valid) >= $2 RETURNING id", person_id, day
    )
    ended = await db.rows(
        f"""UPDATE {table} SET valid = daterange(lower(valid), $2){reason}
            WHERE person_id = $1 AND valid @> $2::date RETURNING id""",
        person_id,
        day,
    )
    return len(gone) + len(ended)
