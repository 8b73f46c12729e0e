"""Training in communications: classes, who attended, certificates, and how far a subtree has come."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from asyncpg import Range

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from org.audit.service import record
from org.people.service.persons import unit_of
from org.people.service.rules import (
    TRAINERS,
    PersonErased,
    check_day,
    check_text,
    require_editor_of,
    require_not_before,
    require_open,
    scope,
)
from org.units.service import find_unit, held_unit
from org.vocabularies.service import require_term

LONGEST_CLASS_NAME = 250
LONGEST_ISSUER = 200
LONGEST_CLASS = timedelta(days=366)
MOST_AT_ONCE = 100
MOST_CODES = 20

# Those who do communications, and the certificates that count for them, unless others are asked for.
OFFICERS = ("communications_officer",)
CERTIFICATES = ("journalism", "communications")


class TrainingClassExists(DomainError):
    """The unit held a class of this name on some of these days."""

    code = "TRAINING_CLASS_EXISTS"
    vi = "Đơn vị đã có lớp tập huấn “{name}” trong những ngày đó."
    en = "The unit held a class “{name}” on some of these days already."


class CertificateExists(DomainError):
    """The person holds such a certificate of this issuer on some of these days."""

    code = "CERTIFICATE_EXISTS"
    vi = "Người này đã có chứng chỉ loại này của “{issuer}” trong thời gian đó."
    en = "This person holds a certificate of this kind from “{issuer}” on some of these days already."


async def record_class(caller: Caller, unit_id: UUID, name: str, topic: str, first_day: date, last_day: date) -> UUID:
    """Put on record that a unit, of which the caller is an editor, held a class from one day to another."""
    caller.require_someone()
    async with db.transaction():
        unit = await held_unit(unit_id)
        caller.require("editor", unit["path"])
        name = check_text("name", name, LONGEST_CLASS_NAME)
        require_not_before(check_day("lastDay", last_day), check_day("firstDay", first_day))
        if last_day - first_day > LONGEST_CLASS:
            raise InvalidInput("lastDay", "lớp kéo dài hơn một năm.", "the class would last longer than a year.")
        require_open(unit, first_day)
        require_open(unit, last_day)
        await require_term("topic", "training_topic", topic, first_day)
        async with db.refusing({"training_class_once": TrainingClassExists(name=name)}):
            made: UUID = await db.value(
                "INSERT INTO training_class (unit_id, name, topic, held) VALUES ($1, $2, $3, $4) RETURNING id",
                unit_id,
                name,
                topic,
                Range(first_day, last_day + timedelta(days=1)),
            )
        after = {"topic": topic, "first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
        await record(caller, "training.class_recorded", unit_id, "training_class", str(made), None, after)
    return made


async def record_attendance(caller: Caller, class_id: UUID, people: Sequence[UUID]) -> int:
    """Put on record who attended a class; return how many were not on record before.

    The caller is an editor of the unit that held it, and for each person of one that answers for them.
    """
    caller.require_someone()
    async with db.transaction():
        unit_id = await _unit_of_class(caller, class_id)
        if not 1 <= len(people) <= MOST_AT_ONCE:
            raise InvalidInput(
                "personIds", f"phải có từ 1 đến {MOST_AT_ONCE} người.", f"must name 1 to {MOST_AT_ONCE} people."
            )
        # In one order, or two lists at once could wait for one another.
        wanted = sorted(set(people))
        for person_id in wanted:
            await require_editor_of(caller, person_id)
        async with db.refusing({"person_not_erased": PersonErased()}):
            new = await db.rows(
                """INSERT INTO training_attendance (class_id, person_id) SELECT $1, * FROM unnest($2::uuid[])
                   ON CONFLICT (class_id, person_id) DO NOTHING RETURNING person_id""",
                class_id,
                wanted,
            )
        after = {"person_ids": [row["person_id"] for row in new]}
        await record(caller, "training.attendance_recorded", unit_id, "training_class", str(class_id), None, after)
    return len(new)


async def remove_attendance(caller: Caller, class_id: UUID, person_id: UUID) -> None:
    """Take back that somebody attended a class, which was a mistake; NotFound when it was not on record."""
    caller.require_someone()
    async with db.transaction():
        unit_id = await _unit_of_class(caller, class_id)
        gone = await db.value(
            "DELETE FROM training_attendance WHERE class_id = $1 AND person_id = $2 RETURNING id", class_id, person_id
        )
        if gone is None:
            raise NotFound("attendance", person_id)
        before = {"person_id": person_id}
        await record(caller, "training.attendance_removed", unit_id, "training_class", str(class_id), before, None)


async def _unit_of_class(caller: Caller, class_id: UUID) -> UUID:
    unit_id = await db.value("SELECT unit_id FROM training_class WHERE id = $1 FOR SHARE", class_id)
    if unit_id is None:
        raise NotFound("training class", class_id)
    unit = await find_unit(unit_id)
    caller.require("editor", unit["path"])
    return unit_id


async def record_certificate(
    caller: Caller, person_id: UUID, kind: str, issuer: str, issued_on: date, valid_until: date | None = None
) -> UUID:
    """Put a person's certificate on record; the caller is an editor of a unit that answers for them."""
    caller.require_someone()
    async with db.transaction():
        await require_editor_of(caller, person_id)
        issuer = check_text("issuer", issuer, LONGEST_ISSUER)
        check_day("issuedOn", issued_on)
        if valid_until is not None:
            require_not_before(check_day("validUntil", valid_until), issued_on + timedelta(days=1))
        await require_term("kind", "certificate_kind", kind, issued_on)
        refusals = {"certificate_once": CertificateExists(issuer=issuer), "person_not_erased": PersonErased()}
        async with db.refusing(refusals):
            made: UUID = await db.value(
                "INSERT INTO certificate (person_id, kind, issuer, valid) VALUES ($1, $2, $3, $4) RETURNING id",
                person_id,
                kind,
                issuer,
                Range(issued_on, valid_until),
            )
        after = {"person_id": person_id, "kind": kind, "issued_on": issued_on.isoformat()}
        await record(caller, "certificate.recorded", await unit_of(person_id), "certificate", str(made), None, after)
    return made


async def remove_certificate(caller: Caller, certificate_id: UUID) -> UUID:
    """Take back a certificate that was recorded by mistake, and return whose it was."""
    caller.require_someone()
    async with db.transaction():
        person_id = await db.value("SELECT person_id FROM certificate WHERE id = $1", certificate_id)
        if person_id is None:
            raise NotFound("certificate", certificate_id)
        await require_editor_of(caller, person_id)
        await db.execute("DELETE FROM certificate WHERE id = $1", certificate_id)
        unit_id, before = await unit_of(person_id), {"person_id": person_id}
        await record(caller, "certificate.removed", unit_id, "certificate", str(certificate_id), before, None)
    return person_id


_CLASS = """class.id, class.unit_id, class.name, class.topic, lower(class.held) AS first_day,
            upper(class.held) - 1 AS last_day,
            (SELECT count(*)::int FROM training_attendance WHERE class_id = class.id) AS attended"""


async def classes_below(
    caller: Caller, paths: Sequence[str], limit: int, after: tuple[date, str] | None, on: date
) -> list[db.Record]:
    """Return up to `limit` classes that units of each subtree had begun to hold by a day, the newest first.

    After (first day, id); `root` names the path that was asked for, in the tree of that day. For editors, analysts
    and admins.
    """
    seen, scopes = scope(caller, TRAINERS, "stands.path", first_parameter=7)
    first_day, row_id = after or (None, None)
    return await db.rows(
        f"""SELECT asked.path AS root, found.*
            FROM unnest($1::text[]) AS asked (path) CROSS JOIN LATERAL (
              SELECT {_CLASS} FROM training_class AS class
              JOIN unit_path AS place ON place.unit_id = class.unit_id
                AND place.since <= $3 AND place.until > $3 AND place.open
                AND place.path >= asked.path AND place.path < asked.path || '~'
              JOIN unit_path AS stands ON stands.unit_id = class.unit_id
                AND stands.since <= $4 AND stands.until > $4 AND {seen}
              WHERE lower(class.held) <= $3
                AND ($5::date IS NULL OR (lower(class.held), class.id::text) < ($5, $6::text))
              ORDER BY lower(class.held) DESC, class.id::text DESC LIMIT $2) AS found""",
        list(paths),
        limit,
        on,
        today(),
        first_day,
        row_id,
        *scopes,
    )


async def find_class(caller: Caller, class_id: UUID) -> db.Record:
    """Return a class that the caller may see, or raise NotFound."""
    seen, scopes = scope(caller, TRAINERS, "stands.path", first_parameter=3)
    found = await db.row(
        f"""SELECT {_CLASS} FROM training_class AS class JOIN unit_path AS stands ON stands.unit_id = class.unit_id
              AND stands.since <= $2 AND stands.until > $2 AND {seen}
            WHERE class.id = $1""",
        class_id,
        today(),
        *scopes,
    )
    if found is None:
        raise NotFound("training class", class_id)
    return found


async def attendees_of(
    caller: Caller, classes: Sequence[UUID], limit: int, after: tuple[str, str] | None
) -> list[db.Record]:
    """Return up to `limit` people who attended each class, by name, after (sort key, id).

    Classes of units of which the caller is an editor, analyst or admin.
    """
    seen, scopes = scope(caller, TRAINERS, "stands.path", first_parameter=6)
    key, person = after or (None, None)
    return await db.rows(
        f"""SELECT found.* FROM unnest($1::uuid[]) AS asked (id)
            JOIN training_class AS class ON class.id = asked.id
            JOIN unit_path AS stands ON stands.unit_id = class.unit_id
              AND stands.since <= $5 AND stands.until > $5 AND {seen}
            CROSS JOIN LATERAL (
              SELECT class.id AS class_id, person.id, person.display_name, person.sort_key,
                     person.erased_on IS NOT NULL AS is_erased
              FROM training_attendance AS came JOIN person ON person.id = came.person_id
              WHERE came.class_id = class.id
                AND ($3::text IS NULL OR (person.sort_key, person.id::text) > ($3, $4::text))
              ORDER BY person.sort_key, person.id::text LIMIT $2) AS found""",
        list(classes),
        limit,
        key,
        person,
        today(),
        *scopes,
    )


# People of whose training the caller may know: a unit answers for them of which they are an editor, analyst or admin.
_KNOWN = """(person.subject = $4 OR EXISTS (
              SELECT FROM units_answering($3) AS answers JOIN unit_path AS stands USING (unit_id)
              WHERE answers.person_id = person.id AND stands.since <= $3 AND stands.until > $3 AND {seen}))"""


async def trainings_of(
    caller: Caller, people: Sequence[UUID], limit: int, after: tuple[date, str] | None
) -> list[db.Record]:
    """Return up to `limit` classes that each person attended, the newest first, after (first day, id)."""
    seen, scopes = scope(caller, TRAINERS, "stands.path", first_parameter=7)
    first_day, row_id = after or (None, None)
    return await db.rows(
        f"""SELECT found.* FROM unnest($1::uuid[]) AS asked (id) JOIN person ON person.id = asked.id
            CROSS JOIN LATERAL (
              SELECT person.id AS person_id, {_CLASS} FROM training_attendance AS came
              JOIN training_class AS class ON class.id = came.class_id
              WHERE came.person_id = person.id
                AND ($5::date IS NULL OR (lower(class.held), class.id::text) < ($5, $6::text))
              ORDER BY lower(class.held) DESC, class.id::text DESC LIMIT $2) AS found
            WHERE {_KNOWN.format(seen=seen)}""",
        list(people),
        limit,
        today(),
        caller.subject,
        first_day,
        row_id,
        *scopes,
    )


async def certificates_of(
    caller: Caller, people: Sequence[UUID], limit: int, after: tuple[date, str] | None
) -> list[db.Record]:
    """Return up to `limit` certificates of each person, the newest first, after (day of issue, id)."""
    seen, scopes = scope(caller, TRAINERS, "stands.path", first_parameter=7)
    issued_on, row_id = after or (None, None)
    return await db.rows(
        f"""SELECT found.* FROM unnest($1::uuid[]) AS asked (id) JOIN person ON person.id = asked.id
            CROSS JOIN LATERAL (
              SELECT held.person_id, held.id, held.kind, held.issuer, lower(held.valid) AS issued_on,
                     upper(held.valid) AS valid_until
              FROM certificate AS held
              WHERE held.person_id = person.id
                AND ($5::date IS NULL OR (lower(held.valid), held.id::text) < ($5, $6::text))
              ORDER BY lower(held.valid) DESC, held.id::text DESC LIMIT $2) AS found
            WHERE {_KNOWN.format(seen=seen)}""",
        list(people),
        limit,
        today(),
        caller.subject,
        issued_on,
        row_id,
        *scopes,
    )


def check_codes(field: str, codes: Sequence[str]) -> tuple[str, ...]:
    """Return codes without repetition; InvalidInput for none, and for too many."""
    if not 1 <= len(codes) <= MOST_CODES:
        raise InvalidInput(field, f"phải có từ 1 đến {MOST_CODES} mã.", f"must have 1 to {MOST_CODES} codes.")
    return tuple(sorted(set(codes)))


async def communications_training(
    caller: Caller,
    paths: Sequence[str],
    on: date,
    posts: Sequence[str] = OFFICERS,
    certificates: Sequence[str] = CERTIFICATES,
    level: str | None = None,
) -> list[db.Record]:
    """Return `path, units, units_without, officers, trained, certified` of each subtree on a day.

    `officers` are the people who held one of the posts that day in units of the level (None: of any); `trained` those
    of them who had attended a class that was over by then; `certified` those with a certificate of these kinds that
    held that day. `units_without` counts the units in which nobody is on record for such a post: nothing is known.
    """
    seen, scopes = scope(caller, TRAINERS, "stands.path", first_parameter=7)
    return await db.rows(
        f"""WITH held AS MATERIALIZED (
              SELECT asked.path, place.unit_id, appointment.person_id
              FROM unnest($1::text[]) AS asked (path)
              JOIN unit_path AS place ON place.path >= asked.path AND place.path < asked.path || '~'
                AND place.since <= $2 AND place.until > $2 AND place.open
              JOIN unit_path AS stands ON stands.unit_id = place.unit_id
                AND stands.since <= $3 AND stands.until > $3 AND {seen}
              JOIN unit_version AS version ON version.unit_id = place.unit_id
                AND version.since <= $2 AND version.until > $2 AND ($6::text IS NULL OR version.level = $6)
              LEFT JOIN appointment ON appointment.unit_id = place.unit_id
                AND appointment.post = ANY($4::text[]) AND appointment.valid @> $2::date),
            people AS (
              SELECT DISTINCT path, person_id,
                EXISTS (SELECT FROM training_attendance AS came JOIN training_class AS class ON class.id = came.class_id
                        WHERE came.person_id = held.person_id AND upper(class.held) <= $2 + 1) AS is_trained,
                EXISTS (SELECT FROM certificate WHERE certificate.person_id = held.person_id
                        AND kind = ANY($5::text[]) AND valid @> $2::date) AS is_certified
              FROM held WHERE person_id IS NOT NULL)
            SELECT asked.path,
              (SELECT count(DISTINCT unit_id)::int FROM held WHERE held.path = asked.path) AS units,
              (SELECT count(DISTINCT unit_id)::int FROM held WHERE held.path = asked.path AND person_id IS NULL)
                AS units_without,
              (SELECT count(*)::int FROM people WHERE people.path = asked.path) AS officers,
              (SELECT count(*)::int FROM people WHERE people.path = asked.path AND is_trained) AS trained,
              (SELECT count(*)::int FROM people WHERE people.path = asked.path AND is_certified) AS certified
            FROM unnest($1::text[]) AS asked (path)""",
        list(paths),
        on,
        today(),
        list(posts),
        list(certificates),
        level,
        *scopes,
    )
