"""Changing a programme that runs: its title, rule, ways and minimum base; pausing, resuming and ending it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NoReturn
from uuid import UUID

from kit import db
from kit.errors import InvalidInput
from kit.identity import Caller
from survey.audit.service import differences, tell_of_programme
from survey.collection.service import Way
from survey.programmes.models import Programme, Wave
from survey.programmes.service.authoring import (
    SurveyProgrammeEnded,
    check_numbers,
    check_titles,
    checked_ways,
    editable_programme,
    told_of,
)
from survey.programmes.service.cadence import chosen_rule, preset_named
from survey.programmes.service.planning import Effect, cancel, lock, replan
from survey.programmes.service.reading import programmes_by_id

STATES = ("active", "paused", "ended")


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different about a programme; None: as it is."""

    title_vi: str | None = None
    title_en: str | None = None
    recurrence: str | None = None
    cadence: str | None = None
    starts_on: date | None = None
    wave_days: int | None = None
    ways: Sequence[str] | None = None
    minimum_base: int | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A programme after a change, and what the change did to its planned waves."""

    programme: db.Record
    effects: list[Effect]


class _Undone(Exception):
    """Undoes a change that was made to see what it would do."""

    def __init__(self, changed: Changed) -> None:
        super().__init__()
        self.changed = changed


async def change_programme(caller: Caller, programme_id: UUID, change: Change) -> Changed:
    """Change a programme and bring its planned waves into line. Needs an editor of the owner unit.

    Waves that were ever open, or that an editor has placed, stay as they are. While a programme is paused nothing
    opens or is planned; resuming it brings the planned waves to the next days of the rule. Ending it cancels what is
    planned, for good. The minimum base can only be raised: what was kept back as too small stays so.
    """
    async with db.transaction():
        return await _change(caller, programme_id, change)


async def preview_change(caller: Caller, programme_id: UUID, change: Change) -> Changed:
    """Return what `change_programme` would, and change nothing."""
    try:
        async with db.transaction():
            await _change_and_undo(caller, programme_id, change)
    except _Undone as undone:
        return undone.changed


async def _change_and_undo(caller: Caller, programme_id: UUID, change: Change) -> NoReturn:
    raise _Undone(await _change(caller, programme_id, change))


async def _change(caller: Caller, programme_id: UUID, change: Change) -> Changed:
    await lock(await editable_programme(caller, programme_id))
    programme = await editable_programme(caller, programme_id)
    if programme.state == "ended":
        raise SurveyProgrammeEnded()
    before, ways_before = told_of(programme), programme.ways
    _set_words(programme, change)
    _set_rule(programme, change)
    if change.ways is not None:
        programme.ways = checked_ways(change.ways)
    if change.state is not None:
        if change.state not in STATES:
            known = ", ".join(STATES)
            raise InvalidInput("state", f"phải là một trong: {known}", f"must be one of: {known}")
        programme.state = change.state
    await programme.save()
    await tell_of_programme(caller, "programme.changed", programme.id, *differences(before, told_of(programme)))
    effects = await _effects(caller, programme, ways_before)
    (row,) = await programmes_by_id(caller, [programme.id])
    assert row is not None
    return Changed(row, effects)


def _set_words(programme: Programme, change: Change) -> None:
    programme.title_vi = (programme.title_vi if change.title_vi is None else change.title_vi).strip()
    programme.title_en = (programme.title_en if change.title_en is None else change.title_en).strip()
    check_titles(programme.title_vi, programme.title_en)


def _set_rule(programme: Programme, change: Change) -> None:
    starts_on = change.starts_on or programme.starts_on
    wave_days = programme.wave_days if change.wave_days is None else change.wave_days
    minimum_base = programme.minimum_base if change.minimum_base is None else change.minimum_base
    check_numbers(starts_on, wave_days, minimum_base)
    if minimum_base < programme.minimum_base:
        raise InvalidInput(
            "minimumBase",
            f"chỉ được tăng, hiện là {programme.minimum_base}",
            f"can only rise from {programme.minimum_base}",
        )
    recurrence, cadence = change.recurrence, change.cadence
    if recurrence is None and cadence is None:
        # A rule that has a name keeps it, also from another first day.
        named = preset_named(programme.recurrence, programme.starts_on)
        recurrence, cadence = (None, named.code) if named else (programme.recurrence, None)
    programme.recurrence = chosen_rule(recurrence, cadence, starts_on, wave_days)
    programme.starts_on, programme.wave_days, programme.minimum_base = starts_on, wave_days, minimum_base


async def _effects(caller: Caller, programme: Programme, ways_before: Sequence[Way]) -> list[Effect]:
    if programme.state == "active":
        return await replan(caller, programme, ways_before)
    if programme.state == "paused":
        return []
    planned = await Wave.filter(programme_id=programme.id, state="planned").order_by("opens_at").select_for_update()
    return [await cancel(caller, wave) for wave in planned]
