"""Slips and forms on paper: made and drawn in one go, because nobody can show a slip's code a second time."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from kit import db
from kit.errors import InvalidInput, Language, NotFound
from kit.identity import Caller, Role, scope_predicate
from survey.calendar import now
from survey.collection.printing.form_pages import MOST_COPIES, form_pages
from survey.collection.printing.occasion import occasion
from survey.collection.printing.slip_sheets import slip_sheets
from survey.collection.slips.service import NewSlips, make_slips
from survey.programmes.service.waves import QuestionnaireNotPublished
from survey.questionnaires.definition import Definition
from survey.questionnaires.service import newest_published, published_definition

MOST_WAVES = 100

# Drawing keeps one core busy for seconds: one after the other, so that a process goes on answering others.
_drawing = asyncio.Semaphore(1)


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF that nobody can make a second time, and the slips in it."""

    slips: NewSlips
    pdf: bytes


async def print_slips(
    caller: Caller, *, wave_id: UUID, unit_id: UUID, amount: int, replaces: UUID | None = None
) -> Printed:
    """Make slips for a unit's people and draw them. Needs and raises what `make_slips` does."""
    slips = await make_slips(caller, wave_id=wave_id, unit_id=unit_id, amount=amount, replaces=replaces)
    about = await occasion(wave_id, unit_id, slips.collector)
    async with _drawing:
        return Printed(slips, await asyncio.to_thread(slip_sheets, about, slips.codes))


async def print_forms(
    caller: Caller, *, wave_id: UUID, unit_id: UUID, amount: int, language: Language, replaces: UUID | None = None
) -> Printed:
    """Make slips and draw each into a copy of the questionnaire, at most 500 at a time.

    Needs and raises what `make_slips` does, and QuestionnaireNotPublished. Before its wave opens, the questionnaire is
    the newest version that was published.
    """
    caller.require_someone()
    if amount > MOST_COPIES:
        raise InvalidInput("amount", f"nhiều nhất {MOST_COPIES} bản một lần", f"at most {MOST_COPIES} copies at a time")
    definition = await _definition(wave_id)
    slips = await make_slips(caller, wave_id=wave_id, unit_id=unit_id, amount=amount, way="paper", replaces=replaces)
    about = await occasion(wave_id, unit_id, slips.collector)
    async with _drawing:
        return Printed(slips, await asyncio.to_thread(form_pages, about, definition, slips.codes, language))


async def waves_with_slips(caller: Caller) -> list[db.Record]:
    """Return the waves for which the caller may print slips or forms, those that close first to begin with.

    These are planned or open, and ask units whose contributor the caller is. At most a hundred.
    """
    scope, scopes = scope_predicate(caller, "contributor", "t.path", 4)
    return await db.rows(
        f"""
        SELECT w.id, w.number, w.state, w.opens_at, w.closes_at, p.title_vi, p.title_en,
               array_agg(c.kind ORDER BY c.kind DESC) AS ways, min(c.code) FILTER (WHERE c.kind = 'paper') AS paper
        FROM wave w
        JOIN programme p ON p.id = w.programme_id
        JOIN unit t ON t.id = p.target_unit_id
        JOIN collector c ON c.wave_id = w.id AND c.kind IN ('slip', 'paper')
        WHERE w.state IN ('planned', 'open') AND w.closes_at > $2
          AND ({scope} OR EXISTS (SELECT FROM unnest($3::text[]) AS own (path) WHERE starts_with(own.path, t.path)))
        GROUP BY w.id, p.id ORDER BY w.closes_at, w.id LIMIT $1
        """,
        MOST_WAVES,
        now(),
        list(caller.scopes("contributor")),
        *scopes,
    )


async def own_unit_codes(caller: Caller, role: Role = "contributor") -> list[str]:
    """Return the codes of the units on which somebody has a role, the lowest units first."""
    found = await db.rows(
        "SELECT code FROM unit WHERE path = ANY ($1::text[]) ORDER BY length(path) DESC, path LIMIT 20",
        list(caller.scopes(role)),
    )
    return [row["code"] for row in found]


async def unit_by_code(caller: Caller, code: str) -> UUID:
    """Return a unit by the code that people know it by, one that the caller may print for, if there are several.

    Codes are given anew after a unit has ended. Raises NotFound.
    """
    caller.require_someone()
    if "\0" in code:
        raise NotFound("unit", code.replace("\0", " "))
    scope, scopes = scope_predicate(caller, "contributor", "path", 2)
    found = await db.value(
        f"SELECT id FROM unit WHERE lower(code) = lower($1)"
        f" ORDER BY CASE WHEN {scope} THEN 0 ELSE 1 END, number DESC LIMIT 1",
        code.strip(),
        *scopes,
    )
    if found is None:
        raise NotFound("unit", code)
    return found


async def _definition(wave_id: UUID) -> Definition:
    wave = await db.row(
        "SELECT w.questionnaire_version_id, p.questionnaire_id FROM wave w JOIN programme p ON p.id = w.programme_id"
        " WHERE w.id = $1",
        wave_id,
    )
    if wave is None:
        raise NotFound("survey wave", wave_id)
    if wave["questionnaire_version_id"]:
        return await published_definition(wave["questionnaire_version_id"])
    version = await newest_published(wave["questionnaire_id"])
    if version is None:
        raise QuestionnaireNotPublished()
    return await published_definition(version.id)
