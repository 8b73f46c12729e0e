"""Whose eyes a saved search is looked with while its owner is away: their roles when they were last here.

The archive learns of roles from passports only. A job that tells somebody of something new has none, so the roles are
kept with the search: which role, on which unit, and nothing else; they go with the search. org tells when somebody's
roles change (not to what): what was kept is then forgotten until they come again, and so is what is older than 30
days. With nothing known, one sees what everybody does and what was shared with oneself.
It only decides what is told, never what is shown: whoever reads a notice is asked for a passport.
"""

from collections.abc import Iterable
from uuid import UUID

import orjson

from kit import db
from kit.events import Event
from kit.identity import Caller, Grant

_KNOWN_DAYS = 30

Standing = list[tuple[str, str]]
"""Role and unit of each grant."""


async def note_standing(caller: Caller) -> None:
    """Keep the caller's roles with their saved searches, where they are others than was known or a day old."""
    if caller.subject is None:
        return
    standing = orjson.dumps(sorted({(grant.role, grant.unit_id) for grant in caller.grants})).decode()
    # In the order of their ids, as the job takes them: else each could wait for the other.
    await db.execute(
        """UPDATE saved_search SET standing = $2::jsonb, standing_at = now() WHERE id IN (
               SELECT id FROM saved_search WHERE subject = $1
                 AND (standing IS DISTINCT FROM $2::jsonb OR standing_at < now() - interval '1 day')
               ORDER BY id FOR UPDATE)""",
        caller.subject,
        standing,
    )


async def forget_standing(event: Event) -> None:
    """org tells that somebody's roles changed: what was known of them is not so any more."""
    subject = event.payload.get("subject")
    if subject is not None:
        await db.execute(
            "UPDATE saved_search SET standing = NULL, standing_at = NULL WHERE subject = $1 AND standing IS NOT NULL",
            subject,
        )


KNOWN_STANDING = f"""CASE WHEN saved_search.standing_at > now() - interval '{_KNOWN_DAYS} days'
                     THEN saved_search.standing ELSE '[]' END"""
"""SQL for what is known of the roles of a search's owner."""


def units_of(standing: Standing) -> Iterable[UUID]:
    """Return the units on which somebody holds roles."""
    return (UUID(unit_id) for _, unit_id in standing)


def owner(subject: str, standing: Standing, paths: dict[UUID, str]) -> Caller:
    """Return a search's owner with the roles they were last known to have, where the units stand today."""
    grants = (
        Grant(role, unit_id, paths[UUID(unit_id)])  # pyright: ignore[reportArgumentType]  # from a passport's roles
        for role, unit_id in standing
        if UUID(unit_id) in paths
    )
    return Caller(subject, tuple(grants))
