"""How many of the people the union's information reached, beside the programme's target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from kit import db
from kit.calendar import VIETNAM
from kit.errors import InvalidInput, NotFound
from kit.identity import Caller
from survey.audit.service import tell_of_programme
from survey.results.cells import CellResult, ChoiceResult
from survey.results.questions import Question
from survey.results.reading import Release, question_result, questions_of
from survey.results.unit_tables import Place

CONCEPT = "information_reached"
YES = "yes"
# The share of members and workers, in percent, that the confederation's programme of 2023–2028 sets itself for a year.
DEFAULT_TARGET = 85
MOST_TARGETS = 5

Standing = Literal["ABOVE", "BELOW", "AROUND"]


@dataclass(frozen=True)
class Target:
    """A share in percent that is to be reached; `since` is None for what holds where a programme set nothing."""

    percent: int
    since: date | None


@dataclass(frozen=True)
class ReachedCell:
    """A segment: who was reached, and where its interval stands to each target; neither when it is hidden."""

    cell: CellResult
    reached: ChoiceResult | None
    standings: tuple[tuple[int, Standing], ...]


@dataclass(frozen=True)
class Reach:
    """A wave's reach figure by segments, and the target of its programme on the day on which it opened."""

    release: Release
    question: Question
    place: Place
    target: Target
    cells: tuple[ReachedCell, ...]


async def reach_of(
    release: Release, by: Sequence[str], filters: Mapping[str, str], place: Place, percents: Sequence[int] | None
) -> Reach:
    """Return a release's reach figure, beside targets in percent (None: the programme's).

    It is the weighted share of those who answered “yes” to the question whose concept is `information_reached`.
    NotFound when the release has no such question, InvalidInput for targets that cannot be.
    """
    question = next(
        (each for each in await questions_of(release) if each.concept == CONCEPT and YES in each.codes), None
    )
    if question is None:
        raise NotFound("question", CONCEPT)
    target = await _target(release.wave_id)
    percents = [target.percent] if percents is None else percents
    if len(percents) > MOST_TARGETS:
        raise InvalidInput("targets", f"nhiều nhất {MOST_TARGETS} chỉ tiêu", f"at most {MOST_TARGETS} targets")
    for percent in percents:
        _require_percent("targets", percent)
    result = await question_result(release, question.code, by, filters, place)
    return Reach(release, question, place, target, tuple(_reached(cell, percents) for cell in result.cells))


async def set_target(caller: Caller, programme_id: UUID, percent: int, since: date) -> Target:
    """Set a programme's target from a day on, in place of one of that day. Needs an editor of its owner unit."""
    caller.require_someone()
    _require_percent("percent", percent)
    async with db.transaction():
        owner = await db.row(
            """
            SELECT unit.path FROM programme JOIN unit ON unit.id = programme.owner_unit_id
            WHERE programme.id = $1 AND programme.kind = 'survey' FOR UPDATE OF programme
            """,
            programme_id,
        )
        if owner is None:
            raise NotFound("survey programme", programme_id)
        caller.require("editor", owner["path"])
        before = await db.value(
            "SELECT percent FROM reach_target WHERE programme_id = $1 AND since = $2", programme_id, since
        )
        await db.execute(
            """
            INSERT INTO reach_target (programme_id, since, percent) VALUES ($1, $2, $3)
            ON CONFLICT ON CONSTRAINT reach_target_pkey DO UPDATE SET percent = excluded.percent
            """,
            programme_id,
            since,
            percent,
        )
        day = since.isoformat()
        was = {"since": day, "percent": before} if before is not None else None
        await tell_of_programme(
            caller, "survey_programme.reach_target_set", programme_id, was, {"since": day, "percent": percent}
        )
    return Target(percent, since)


async def _target(wave_id: UUID) -> Target:
    found = await db.row(
        """
        SELECT target.percent, target.since FROM wave JOIN reach_target target USING (programme_id)
        WHERE wave.id = $1 AND target.since <= (wave.opens_at AT TIME ZONE $2::interval)::date
        ORDER BY target.since DESC LIMIT 1
        """,
        wave_id,
        VIETNAM.utcoffset(None),
    )
    return Target(found["percent"], found["since"]) if found else Target(DEFAULT_TARGET, None)


def _reached(cell: CellResult, percents: Sequence[int]) -> ReachedCell:
    reached = cell.choice(YES)
    if reached is None:
        return ReachedCell(cell, None, ())
    return ReachedCell(cell, reached, tuple((percent, _standing(reached, percent / 100)) for percent in percents))


def _standing(reached: ChoiceResult, target: float) -> Standing:
    if reached.low >= target:
        return "ABOVE"
    return "BELOW" if reached.high < target else "AROUND"


def _require_percent(field: str, percent: int) -> None:
    if not 1 <= percent <= 100:
        raise InvalidInput(field, "chỉ tiêu từ 1 đến 100 %", "a target is from 1 to 100 %")
