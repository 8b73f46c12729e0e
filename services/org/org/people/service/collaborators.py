"""The network of collaborators: who writes for the press, and who tells what workers think."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4

from asyncpg import Range

from kit import db
from kit.calendar import today
from kit.errors import DomainError, NotFound
from kit.identity import Caller
from org.audit.service import record
from org.people.models import Collaborator
from org.people.service.appointments import TermOver
from org.people.service.rules import (
    TRAINERS,
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


class CollaboratorAlready(DomainError):
    """The person is a collaborator of this kind in the unit already on some of the days."""

    code = "COLLABORATOR_ALREADY"
    vi = "Người này đã là cộng tác viên loại “{kind_vi}” của đơn vị trong thời gian đó."
    en = "This person is a collaborator of the kind “{kind_en}” in the unit already on some of these days."


async def add_collaborator(
    caller: Caller,
    person_id: UUID,
    unit_id: UUID,
    kind: str,
    on: date,
    until: date | None = None,
    decision: str | None = None,
) -> Collaborator:
    """Take a person into a unit's network from a day on.

    The caller is an editor of the unit and of one that answers for the person.
    """
    caller.require_someone()
    async with db.transaction():
        unit = await held_unit(unit_id)
        caller.require("editor", unit["path"])
        await require_editor_of(caller, person_id)
        check_span(on, until)
        require_open(unit, on)
        await require_term("kind", "collaborator_kind", kind, on)
        kind_vi, kind_en = await labels("collaborator_kind", kind, on)
        already = CollaboratorAlready(kind_vi=kind_vi, kind_en=kind_en)
        refusals = {"collaborator_no_overlap": already, "person_not_erased": PersonErased()}
        async with db.refusing(refusals):
            made = await db.value(
                """INSERT INTO collaborator (id, person_id, unit_id, kind, valid, decision_number)
                   VALUES ($1, $2, $3, $4, $5, $6) RETURNING id""",
                uuid4(),
                person_id,
                unit_id,
                kind,
                Range(on, until),
                check_decision(decision),
            )
        after = {"person_id": person_id, "kind": kind, "since": on.isoformat()}
        await record(caller, "collaborator.added", unit_id, "collaborator", str(made), None, after)
        return await Collaborator.get(id=made)


async def end_collaboration(caller: Caller, collaborator_id: UUID, on: date) -> UUID:
    """Let a person no longer be in a unit's network from a day on; return the unit."""
    caller.require_someone()
    async with db.transaction():
        held = await db.row(
            "SELECT unit_id, lower(valid) AS since, upper(valid) AS until FROM collaborator WHERE id = $1 FOR UPDATE",
            collaborator_id,
        )
        if held is None:
            raise NotFound("collaborator", collaborator_id)
        unit = await find_unit(held["unit_id"])
        caller.require("editor", unit["path"])
        check_day("on", on)
        if held["since"] is not None:
            require_not_before(on, held["since"] + timedelta(days=1))
        if held["until"] is not None and held["until"] <= on:
            raise TermOver(ended=held["until"])
        await db.execute(
            "UPDATE collaborator SET valid = daterange(lower(valid), $2) WHERE id = $1", collaborator_id, on
        )
        after = {"until": on.isoformat()}
        await record(caller, "collaborator.ended", held["unit_id"], "collaborator", str(collaborator_id), None, after)
    return held["unit_id"]


# The network of the subtrees in $1 on the day in $2, as far as the caller's scope covers it on the day in $3.
_NETWORK = """JOIN unit_path AS place ON place.path >= asked.path AND place.path < asked.path || '~'
                AND place.since <= $2 AND place.until > $2 AND place.open
              JOIN unit_path AS stands ON stands.unit_id = place.unit_id
                AND stands.since <= $3 AND stands.until > $3 AND {seen}
              JOIN collaborator ON collaborator.unit_id = place.unit_id AND collaborator.valid @> $2::date"""


async def collaborators_below(
    caller: Caller,
    paths: Sequence[str],
    limit: int,
    after: tuple[str, str, str] | None,
    on: date,
    kind: str | None = None,
) -> list[db.Record]:
    """Return up to `limit` collaborators of each subtree on a day, unit by unit, after (path, sort key, id).

    Only for editors, analysts and admins: who tells what colleagues think is not for everybody to know.
    """
    seen, scopes = scope(caller, TRAINERS, "stands.path", first_parameter=9)
    place, key, row_id = after or (None, None, None)
    return await db.rows(
        f"""SELECT root.path AS root, found.*
            FROM unnest($1::text[]) AS root (path) CROSS JOIN LATERAL (
              SELECT place.path, collaborator.id::text, collaborator.unit_id, collaborator.person_id, collaborator.kind,
                     lower(collaborator.valid) AS since, upper(collaborator.valid) AS until,
                     collaborator.decision_number,
                     coalesce(person.display_name, '—') AS display_name, person.sort_key,
                     person.erased_on IS NOT NULL AS is_erased
              FROM (SELECT root.path) AS asked {_NETWORK.format(seen=seen)}
              JOIN person ON person.id = collaborator.person_id
              WHERE ($8::text IS NULL OR collaborator.kind = $8)
                AND ($5::text IS NULL OR (place.path, person.sort_key, collaborator.id::text) > ($5, $6, $7::text))
              ORDER BY place.path, person.sort_key, collaborator.id::text LIMIT $4) AS found""",
        list(paths),
        on,
        today(),
        limit,
        place,
        key,
        row_id,
        kind,
        *scopes,
    )


async def collaborator_counts(caller: Caller, paths: Sequence[str], on: date) -> list[db.Record]:
    """Return `path, kind, people, units` of each subtree and kind on a day; a kind without anybody has no row."""
    seen, scopes = scope(caller, TRAINERS, "stands.path", first_parameter=4)
    return await db.rows(
        f"""SELECT asked.path, collaborator.kind, count(DISTINCT collaborator.person_id)::int AS people,
                   count(DISTINCT collaborator.unit_id)::int AS units
            FROM unnest($1::text[]) AS asked (path) {_NETWORK.format(seen=seen)}
            LEFT JOIN term ON term.vocabulary = 'collaborator_kind' AND term.code = collaborator.kind
              AND term.valid @> $2::date
            GROUP BY asked.path, collaborator.kind, term.position
            ORDER BY asked.path, term.position, collaborator.kind""",
        list(paths),
        on,
        today(),
        *scopes,
    )
