"""People: as little as is needed to know who holds a post, and how to reach them where they agreed to that."""

import re
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import SYSTEM, Caller
from org.audit.service import Entry, record, record_all
from org.people.models import Person
from org.people.service.rules import (
    PersonErased,
    check_optional,
    check_text,
    locked_person,
    paths_answering,
    require_editor_of,
    scope,
)
from org.units.service import find_unit
from org.vietnamese import clean, sort_key

LONGEST_NAME = 150
LONGEST_EMAIL = 200
LONGEST_SUBJECT = 200
LONGEST_QUERY = 200
# How long somebody who serves nowhere can still be reached; then the contact is forgotten by itself.
CONTACT_KEPT = timedelta(days=365)

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_PHONE = re.compile(r"\+?[0-9][0-9 .-]{4,28}")


class PersonAccountTaken(DomainError):
    """The account belongs to somebody else on record."""

    code = "PERSON_ACCOUNT_TAKEN"
    vi = "Tài khoản này đã gắn với người khác."
    en = "This account belongs to somebody else."


async def add_person(
    caller: Caller,
    display_name: str,
    subject: str | None = None,
    person_id: UUID | None = None,
    unit_id: UUID | None = None,
    email: str | None = None,
    phone: str | None = None,
) -> Person:
    """Put a person on record, kept by a unit of which the caller is an editor; only the product keeps any without one.

    Linking an account needs an admin of the unit and of every unit on which the account holds a role.
    """
    caller.require_someone()
    async with db.transaction():
        unit = await find_unit(unit_id) if unit_id else None
        caller.require("editor", unit["path"] if unit else "")
        if subject is not None:
            caller.require("admin", unit["path"] if unit else "")
            await _require_admin_of_account(caller, check_subject(subject))
        name = check_text("displayName", display_name, LONGEST_NAME)
        async with db.refusing({"person_subject_unique": PersonAccountTaken()}):
            made = await db.value(
                """INSERT INTO person (id, subject, display_name, sort_key, unit_id, email, phone, recorded_on)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id""",
                person_id or uuid4(),
                subject,
                name,
                sort_key(name),
                unit_id,
                check_email(email),
                check_phone(phone),
                today(),
            )
        given = [field for field, value in (("email", email), ("phone", phone), ("subject", subject)) if value]
        await record(caller, "person.added", unit_id, "person", str(made), None, {"given": given})
        return await Person.get(id=made)


async def correct_person(
    caller: Caller, person_id: UUID, display_name: str, email: str | None, phone: str | None
) -> None:
    """Replace a person's name and contact; a contact that is None is no longer kept.

    The caller is an editor of a unit that answers for the person.
    """
    caller.require_someone()
    async with db.transaction():
        person = await require_editor_of(caller, person_id)
        name = check_text("displayName", display_name, LONGEST_NAME)
        wanted = {"display_name": name, "email": check_email(email), "phone": check_phone(phone)}
        changed = [field for field, value in wanted.items() if person[field] != value]
        if not changed:
            return
        await db.execute(
            "UPDATE person SET display_name = $2, sort_key = $3, email = $4, phone = $5 WHERE id = $1",
            person_id,
            name,
            sort_key(name),
            wanted["email"],
            wanted["phone"],
        )
        after = {"changed": changed}
        await record(caller, "person.corrected", await unit_of(person_id), "person", str(person_id), None, after)


async def link_account(caller: Caller, person_id: UUID, subject: str | None) -> None:
    """Say which account is the person's (None: none); roles stay with the accounts that hold them.

    Needs an admin of every unit that answers for the person, and on which either account holds a role.
    """
    caller.require_someone()
    async with db.transaction():
        person = await require_admin_of(caller, person_id)
        if person["erased_on"]:
            raise PersonErased()
        if subject is not None:
            await _require_admin_of_account(caller, check_subject(subject))
        async with db.refusing({"person_subject_unique": PersonAccountTaken()}):
            await db.execute("UPDATE person SET subject = $2 WHERE id = $1", person_id, subject)
        before, after = {"linked": person["subject"] is not None}, {"linked": subject is not None}
        await record(caller, "person.account_linked", await unit_of(person_id), "person", str(person_id), before, after)


async def require_admin_of(caller: Caller, person_id: UUID) -> db.Record:
    """Return a person, locked; the caller is an admin of every unit that answers for them or gave their account a role.

    Somebody for whom no unit answers belongs to the product itself. NotFound or Forbidden otherwise.
    """
    caller.require_someone()
    person = await locked_person(person_id)
    for path in await paths_answering(person_id) or [""]:
        caller.require("admin", path)
    if person["subject"]:
        await _require_admin_of_account(caller, person["subject"])
    return person


async def _require_admin_of_account(caller: Caller, subject: str) -> None:
    """Raise Forbidden unless the caller is an admin wherever an account holds a role.

    Whoever links an account to a person may, by erasing the person, have its roles ended.
    """
    rows = await db.rows(
        """SELECT DISTINCT stands.path FROM role_grant JOIN unit_path AS stands ON stands.unit_id = role_grant.unit_id
             AND stands.since <= $2 AND stands.until > $2
           WHERE subject = $1 AND (upper_inf(valid) OR upper(valid) > clock_timestamp())""",
        subject,
        today(),
    )
    for row in rows:
        caller.require("admin", row["path"])


async def unit_of(person_id: UUID) -> UUID | None:
    """Return the unit under which the audit trail keeps what is done with a person: the first that answers for them."""
    return await db.value(
        "SELECT unit_id FROM units_answering($2) WHERE person_id = $1 ORDER BY unit_id LIMIT 1", person_id, today()
    )


def check_subject(text: str) -> str:
    """Return an account as the identity provider writes it, or raise InvalidInput."""
    if not text.strip() or len(text) > LONGEST_SUBJECT or "\x00" in text:
        raise InvalidInput(
            "account",
            f"phải có từ 1 đến {LONGEST_SUBJECT} ký tự.",
            f"must have between 1 and {LONGEST_SUBJECT} characters.",
        )
    return text


def check_email(text: str | None) -> str | None:
    """Return an e-mail address, None for none, or raise InvalidInput."""
    email = check_optional("email", text, LONGEST_EMAIL)
    if email is not None and not _EMAIL.fullmatch(email):
        raise InvalidInput("email", "không phải là địa chỉ thư điện tử.", "is not an e-mail address.")
    return email


def check_phone(text: str | None) -> str | None:
    """Return a telephone number, None for none, or raise InvalidInput."""
    phone = clean(text or "") or None
    if phone is not None and not _PHONE.fullmatch(phone):
        raise InvalidInput(
            "phone",
            "gồm 5–30 chữ số, dấu cách, “.” hoặc “-”, có thể bắt đầu bằng “+”.",
            "has 5 to 30 digits, blanks, “.” or “-”, and may begin with “+”.",
        )
    return phone


async def find_person(caller: Caller, person_id: UUID) -> db.Record:
    """Return `id, display_name, is_erased`; NotFound for somebody whom the caller may not know to be on record.

    Holders of posts, also former ones, are known to all whose role covers the unit; others to editors, analysts and
    admins of the units that answer for them; and everybody to themself.
    """
    covered, scopes = scope(caller, ["worker"], "stands.path", first_parameter=4)
    trusted, more = scope(caller, ["editor", "analyst"], "stands.path", first_parameter=4 + len(scopes))
    stands = "stands.since <= $3 AND stands.until > $3"
    found = await db.row(
        f"""SELECT id, display_name, erased_on IS NOT NULL AS is_erased FROM person WHERE id = $1 AND (
              subject = $2
              OR EXISTS (SELECT FROM appointment AS held JOIN unit_path AS stands ON stands.unit_id = held.unit_id
                         WHERE held.person_id = person.id AND {stands} AND {covered})
              OR EXISTS (SELECT FROM units_answering($3) AS answers JOIN unit_path AS stands USING (unit_id)
                         WHERE answers.person_id = person.id AND {stands} AND {trusted}))""",
        person_id,
        caller.subject,
        today(),
        *scopes,
        *more,
    )
    if found is None:
        raise NotFound("person", person_id)
    return found


async def people_below(
    caller: Caller, unit_id: UUID, query: str | None, limit: int, after: tuple[str, str] | None
) -> list[db.Record]:
    """Return up to `limit` people for whom units at or below a unit answer today, by name, after (sort key, id).

    For editors of the unit. With words, those whose names have them all; accents may be left out.
    """
    unit = await find_unit(unit_id)
    caller.require("editor", unit["path"])
    if query is not None and len(query) > LONGEST_QUERY:
        raise InvalidInput("query", f"dài hơn {LONGEST_QUERY} ký tự.", f"is longer than {LONGEST_QUERY} characters.")
    key, person = after or (None, None)
    return await db.rows(
        """WITH stands AS MATERIALIZED (
             SELECT unit_id FROM unit_path WHERE path >= $1 AND path < $1 || '~' AND since <= $2 AND until > $2)
           SELECT id, display_name, sort_key, FALSE AS is_erased FROM person
           WHERE erased_on IS NULL
             AND id IN (
               SELECT person_id FROM stands JOIN appointment USING (unit_id) WHERE valid && daterange($2, NULL)
               UNION SELECT person_id FROM stands JOIN collaborator USING (unit_id) WHERE valid && daterange($2, NULL)
               UNION SELECT kept.id FROM stands JOIN person AS kept USING (unit_id)
                 WHERE NOT EXISTS (SELECT FROM units_answering($2) AS answers
                                   WHERE answers.person_id = kept.id AND answers.unit_id <> kept.unit_id))
             AND (SELECT coalesce(bool_and(' ' || name_folded || ' ' LIKE '% ' || word || '%'), TRUE)
                  FROM unnest(string_to_array(nullif(search_words($3), ''), ' ')) AS word)
             AND ($4::text IS NULL OR (sort_key, id::text) > ($4, $5::text))
           ORDER BY sort_key, id::text LIMIT $6""",
        unit["path"],
        today(),
        clean(query or ""),
        key,
        person,
        limit,
    )


async def contacts_of(caller: Caller, people: Sequence[UUID]) -> list[db.Record]:
    """Return `id, email, phone, subject` of those people whose contact the caller may see.

    Editors and admins of a unit that answers for them see how to reach them, admins also the account; everybody
    their own.
    """
    editing, scopes = scope(caller, ["editor"], "stands.path", first_parameter=4)
    ruling, more = scope(caller, ["admin"], "stands.path", first_parameter=4 + len(scopes))
    answering = """EXISTS (SELECT FROM units_answering($3) AS answers JOIN unit_path AS stands USING (unit_id)
                           WHERE answers.person_id = person.id AND stands.since <= $3 AND stands.until > $3 AND {})"""
    return await db.rows(
        f"""SELECT id, email, phone,
                   CASE WHEN subject = $2 OR {answering.format(ruling)} THEN subject END AS subject
            FROM person WHERE id = ANY($1) AND erased_on IS NULL AND (subject = $2 OR {answering.format(editing)})""",
        list(people),
        caller.subject,
        today(),
        *scopes,
        *more,
    )


async def name_of(subject: str) -> str | None:
    """Return the name of the person behind an account, None when there is none on record."""
    return await db.value("SELECT display_name FROM person WHERE subject = $1", subject)


async def forget_old_contacts() -> int:
    """Forget how to reach people who have served nowhere for a year, and return how many; to be run every day."""
    async with db.transaction():
        rows = await db.rows(
            """UPDATE person SET email = NULL, phone = NULL
               WHERE (email IS NOT NULL OR phone IS NOT NULL) AND recorded_on < $1 AND id NOT IN (
                 SELECT person_id FROM appointment WHERE valid && daterange($1, NULL)
                 UNION SELECT person_id FROM collaborator WHERE valid && daterange($1, NULL))
               RETURNING id, unit_id""",
            today() - CONTACT_KEPT,
        )
        await record_all(
            SYSTEM, [Entry("person.contact_forgotten", row["unit_id"], "person", str(row["id"])) for row in rows]
        )
    return len(rows)
