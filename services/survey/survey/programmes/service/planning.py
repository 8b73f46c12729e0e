"""Waves that the rule plans: the next two of each programme, which follow the rule when it changes.

What an editor has placed stays where it is, and so does whatever was ever open. A day of the rule is taken once: also
when its wave was moved elsewhere or cancelled by hand, the rule does not plan another for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Literal
from uuid import uuid4

from kit import db
from kit.errors import DomainError
from kit.identity import SYSTEM, Caller
from survey.audit.service import tell_of_wave
from survey.calendar import now, start_of
from survey.collection.service import Way, add_collectors, set_ways
from survey.collection.slips.service import require_none_out
from survey.programmes.models import Programme, Wave
from survey.programmes.service.recurrence import days_of
from survey.programmes.service.telling import tell

PLANNED_AHEAD = 2


class SurveyWavesOverlap(DomainError):
    """The programme has another wave in this time."""

    code = "SURVEY_WAVES_OVERLAP"
    vi = "Chương trình đã có một đợt khảo sát trong khoảng thời gian này."
    en = "The programme has another wave in this time."


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that the rule has for a wave."""

    day: date
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of a planned wave; `before` is when it was to open and close, None when it is new."""

    wave: Wave
    change: Literal["kept", "moved", "cancelled", "planned"]
    before: tuple[datetime, datetime] | None


async def plan_ahead() -> None:
    """See to it that each active programme has its next two waves planned by its rule."""
    for programme in await Programme.filter(state="active"):
        await replan(SYSTEM, programme)


async def replan(caller: Caller, programme: Programme, ways_before: Sequence[Way] | None = None) -> list[Effect]:
    """Bring the waves that the rule has planned into line with it, and plan those that are missing; tell what became.

    Waves move and are not made anew: what was printed for one stays right. One for which the rule has no time any
    more is cancelled. Of those that are answered as the programme was until now, `ways_before`, the ways follow it,
    too; a wave that was given ways of its own keeps them.
    """
    async with db.transaction():
        await lock(programme)
        waves = await Wave.filter(programme_id=programme.id).order_by("opens_at").select_for_update()
        following = [wave for wave in waves if _is_ahead(wave) and not wave.is_fixed]
        slots = _next_slots(programme, [wave for wave in waves if wave not in following])
        pairs = list(zip_longest(following, slots))
        cancelled = [await cancel(caller, wave) for wave, slot in pairs if wave and not slot]
        moved = await _move(caller, [(wave, slot) for wave, slot in pairs if wave and slot])
        for wave in following:
            if wave.state == "planned" and wave.ways == ways_before:
                await give_ways(caller, wave, programme.ways)
        planned = [await _plan(caller, programme, slot) for wave, slot in pairs if slot and not wave]
        return [*moved, *planned, *cancelled]


def _is_ahead(wave: Wave) -> bool:
    """Say whether a wave that stands for a day of the rule is still to come."""
    return wave.state == "planned" and wave.rule_day is not None and wave.closes_at > now()


def _next_slots(programme: Programme, others: Sequence[Wave]) -> list[Slot]:
    """Return the rule's next times that are free of other waves, as many as are to be planned ahead besides those."""
    taken = {wave.rule_day for wave in others}
    busy = [(wave.opens_at, wave.closes_at) for wave in others if wave.state != "cancelled"]
    wanted = PLANNED_AHEAD - sum(_is_ahead(wave) for wave in others)
    slots: list[Slot] = []
    for day in days_of(programme.recurrence, programme.starts_on):
        if len(slots) >= wanted:
            break
        slot = Slot(day, start_of(day), start_of(day + timedelta(days=programme.wave_days)))
        if slot.closes_at <= now() or day in taken:
            continue
        if not any(opens_at < slot.closes_at and slot.opens_at < closes_at for opens_at, closes_at in busy):
            slots.append(slot)
    return slots


async def _move(caller: Caller, pairs: Sequence[tuple[Wave, Slot]]) -> list[Effect]:
    """Give waves their times, in one statement: each may take the place of the next."""
    effects = [_moved(wave, slot) for wave, slot in pairs]
    changed = [effect for effect in effects if effect.change == "moved"]
    await db.execute(
        "UPDATE wave SET opens_at = told.opens_at, closes_at = told.closes_at, rule_day = told.day"
        " FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::date[])"
        " AS told (id, opens_at, closes_at, day) WHERE wave.id = told.id",
        [effect.wave.id for effect in changed],
        [effect.wave.opens_at for effect in changed],
        [effect.wave.closes_at for effect in changed],
        [effect.wave.rule_day for effect in changed],
    )
    for effect in changed:
        await tell("wave.moved", effect.wave.id)
        await tell_of_wave(caller, "wave.moved", effect.wave.id, times(effect.before), times_of(effect.wave))
    return effects


def _moved(wave: Wave, slot: Slot) -> Effect:
    before = (wave.opens_at, wave.closes_at)
    wave.rule_day, wave.opens_at, wave.closes_at = slot.day, slot.opens_at, slot.closes_at
    return Effect(wave, "kept" if before == (slot.opens_at, slot.closes_at) else "moved", before)


async def _plan(caller: Caller, programme: Programme, slot: Slot) -> Effect:
    return Effect(await add_wave(caller, programme, slot.opens_at, slot.closes_at, rule_day=slot.day), "planned", None)


def times_of(wave: Wave) -> dict[str, object]:
    """Return when a wave opens and closes, as the audit trail tells it."""
    return times((wave.opens_at, wave.closes_at))


def times(span: tuple[datetime, datetime] | None) -> dict[str, object]:
    """Return an opening and a closing, as the audit trail tells them."""
    return dict(zip(("opens_at", "closes_at"), span or (), strict=False))


async def cancel(caller: Caller, wave: Wave, *, keep_day: bool = False) -> Effect:
    """Cancel a planned wave. The rule may plan another one for its day unless that day is kept."""
    wave.state = "cancelled"
    wave.problem_code = wave.problem_vi = wave.problem_en = None
    if not keep_day:
        wave.rule_day = None
    await wave.save(update_fields=["state", "rule_day", "problem_code", "problem_vi", "problem_en"])
    await tell("wave.cancelled", wave.id)
    await tell_of_wave(caller, "wave.cancelled", wave.id, before=times_of(wave))
    return Effect(wave, "cancelled", (wave.opens_at, wave.closes_at))


async def give_ways(caller: Caller, wave: Wave, ways: Sequence[Way]) -> None:
    """Let a planned wave be answered in these ways: addresses of others go, those that are missing come.

    SurveySlipsOut while people may hold slips for a way that would go.
    """
    if list(ways) == wave.ways:
        return
    await require_none_out(wave.id, set(wave.ways) - set(ways))
    before, wave.ways = wave.ways, list(ways)
    await tell_of_wave(caller, "wave.ways_changed", wave.id, {"ways": before}, {"ways": wave.ways})
    await wave.save(update_fields=["ways"])
    await set_ways(wave.id, wave.ways)


async def add_wave(
    caller: Caller,
    programme: Programme,
    opens_at: datetime,
    closes_at: datetime,
    *,
    rule_day: date | None = None,
    ways: Sequence[Way] | None = None,
) -> Wave:
    """Add a planned wave, with its addresses; SurveyWavesOverlap when the programme has another one in its time."""
    async with db.refusing({"wave_no_overlap": SurveyWavesOverlap()}):
        await lock(programme)
        newest = await Wave.filter(programme_id=programme.id).order_by("-number").first()
        wave = await Wave.create(
            id=uuid4(),
            programme_id=programme.id,
            number=newest.number + 1 if newest else 1,
            opens_at=opens_at,
            closes_at=closes_at,
            rule_day=rule_day,
            ways=list(ways or programme.ways),
        )
        await add_collectors(wave.id, [None], wave.ways)
        planned = {"number": wave.number, **times_of(wave), "ways": wave.ways}
        await tell_of_wave(caller, "wave.planned", wave.id, after=planned)
        return wave


async def lock(programme: Programme) -> None:
    """Let nobody else plan this programme's waves until the end of the transaction, or two may take one number."""
    await Programme.filter(id=programme.id).select_for_update().first()


async def save(wave: Wave, *fields: str) -> None:
    """Write a wave's fields; SurveyWavesOverlap when the programme has another wave in its time."""
    async with db.refusing({"wave_no_overlap": SurveyWavesOverlap()}):
        await wave.save(update_fields=fields)
