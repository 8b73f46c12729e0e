"""What is told of programmes, waves and questionnaires, and reading it back.

An entry's thing is a `survey_programme`, a `survey_wave` or a `questionnaire`, and its unit the one that runs it. What
is printed, released or signed for a wave is told of the wave. Of who answers, fetches a credential or what anybody said
nothing is told: those calls are not here, and a test sees to it that they stay away.
"""

from collections.abc import Mapping
from uuid import UUID

from kit import db
from kit.audit import forget_account, record
from kit.errors import NotFound
from kit.events import Event
from kit.identity import Caller
from survey.units.service import path_of

Values = Mapping[str, object]


async def tell_of_programme(
    caller: Caller, action: str, programme_id: UUID, before: Values | None, after: Values | None
) -> None:
    """Write down what somebody did to a programme."""
    owner = await db.value("SELECT owner_unit_id FROM programme WHERE id = $1", programme_id)
    await record(caller, action, owner, "survey_programme", str(programme_id), before, after)


async def tell_of_wave(
    caller: Caller, action: str, wave_id: UUID, before: Values | None = None, after: Values | None = None
) -> None:
    """Write down what somebody did to a wave, or for it."""
    owner = await db.value(
        "SELECT p.owner_unit_id FROM wave w JOIN programme p ON p.id = w.programme_id WHERE w.id = $1", wave_id
    )
    await record(caller, action, owner, "survey_wave", str(wave_id), before, after)


async def tell_of_questionnaire(
    caller: Caller, action: str, questionnaire_id: UUID, before: Values | None, after: Values | None
) -> None:
    """Write down what somebody did to a questionnaire."""
    owner = await db.value("SELECT owner_unit_id FROM questionnaire WHERE id = $1", questionnaire_id)
    await record(caller, action, owner, "questionnaire", str(questionnaire_id), before, after)


async def apply_forgotten(event: Event) -> None:
    """Put an alias in the place of the account of somebody who was erased: in the trail, and at files asked for."""
    await forget_account(event.payload, (("audit", "subject"), ("download", "asked_by")))


def differences(before: Values, after: Values) -> tuple[Values, Values]:
    """Return of two states of a thing only what differs."""
    changed = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in changed}, {name: after[name] for name in changed}


# The programme itself, its waves, and the questionnaire that it asks.
_OF_PROGRAMME = """(
    kind = 'survey_programme' AND thing_id = $4::uuid::text
    OR kind = 'survey_wave' AND thing_id IN (SELECT id::text FROM wave WHERE programme_id = $4)
    OR kind = 'questionnaire' AND thing_id = (SELECT questionnaire_id::text FROM programme WHERE id = $4))"""


async def trail_of(
    caller: Caller, unit_id: UUID, programme_id: UUID | None, limit: int, before: int | None
) -> list[db.Record]:
    """Return up to `limit` entries of a unit and those below it as they are today, newest first, before an id.

    With a programme, only those of it, its waves and its questionnaire, as far as these units run them. Needs an admin
    of the unit.
    """
    caller.require_someone()
    path = await path_of(unit_id)
    caller.require("admin", path)
    if programme_id and not await db.value("SELECT EXISTS (SELECT FROM programme WHERE id = $1)", programme_id):
        raise NotFound("survey programme", programme_id)
    return await db.rows(
        f"""SELECT id, at, subject, action, unit_id, kind, thing_id, before, after, request_id FROM audit
            WHERE EXISTS (SELECT FROM unit WHERE unit.id = audit.unit_id
                          AND unit.path >= $1 AND unit.path < $1 || '~')
              AND ($2::bigint IS NULL OR id < $2) AND ($4::uuid IS NULL OR {_OF_PROGRAMME})
            ORDER BY id DESC LIMIT $3""",
        path,
        before,
        limit,
        programme_id,
    )
