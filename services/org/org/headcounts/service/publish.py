"""Publishing, correcting and withdrawing the headcounts of one unit and day.

A headcount tells how many people there are; it is for planning, and protects no one's answer. Small cells are shown
as they are to those who may see them at all: editors, who publish them, analysts and admins of the unit.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kit import db
from kit.errors import DomainError
from kit.identity import Caller, Role
from org.audit.service import record
from org.headcounts.service.cells import Cell, check_cells
from org.headcounts.service.store import (
    LONGEST_REASON,
    LONGEST_SOURCE,
    NewPublication,
    checked_text,
    end,
    lock_units,
    standing_on,
    store,
    summary,
    tell,
)
from org.units.service import find_unit
from org.units.service.rules import require_not_future

SEEING: tuple[Role, ...] = ("editor", "analyst")
"""The roles that see headcounts: who publishes them has to see what stands, and to check what came of it."""


class HeadcountsAlreadyPublished(DomainError):
    """The unit's headcounts of that day are published; a correction of them needs a reason."""

    code = "HEADCOUNTS_ALREADY_PUBLISHED"
    vi = "Số liệu ngày {day} của đơn vị đã được công bố; hãy đính chính và nêu lý do."
    en = "The unit's headcounts of {day} are already published; correct them and say why."


class HeadcountsNotPublished(DomainError):
    """Nothing is published for the unit and that day, so there is nothing to correct or withdraw."""

    code = "HEADCOUNTS_NOT_PUBLISHED"
    vi = "Đơn vị chưa công bố số liệu ngày {day}."
    en = "The unit has published no headcounts of {day}."


def may_see(caller: Caller, path: str) -> bool:
    """Whether the caller may see headcounts of the unit that is governed at `path` today, and of those below it."""
    return any(caller.may(role, path) for role in SEEING)


def require_seeing(caller: Caller, path: str) -> None:
    """Raise SignInRequired or Forbidden unless the caller may see headcounts of the unit governed at `path` today."""
    if not may_see(caller, path):
        caller.require("analyst", path)


async def publish_headcounts(
    caller: Caller, unit_id: UUID, day: date, cells: Sequence[Cell], source: str
) -> NewPublication:
    """Publish what is known of the people attached to a unit itself (not to units below it) on a day.

    The caller must be an editor of the unit. HeadcountsAlreadyPublished when that day has its headcounts.
    """
    caller.require_someone()
    async with db.transaction():
        new = await _checked(caller, unit_id, day, cells, source)
        if await standing_on([new.place]):
            raise HeadcountsAlreadyPublished(day=day)
        await store(caller, [new], why=None)
    return new


async def correct_headcounts(
    caller: Caller, unit_id: UUID, day: date, cells: Sequence[Cell], source: str, why: str
) -> NewPublication:
    """Put other cells in the place of those that a unit published for a day; the former stay on record with the reason.

    The caller must be an editor of the unit. HeadcountsNotPublished when there is nothing to correct.
    """
    caller.require_someone()
    async with db.transaction():
        new = await _checked(caller, unit_id, day, cells, source)
        reason = checked_text("why", why, LONGEST_REASON)
        if not await standing_on([new.place]):
            raise HeadcountsNotPublished(day=day)
        await store(caller, [new], why=reason)
    return new


async def withdraw_headcounts(caller: Caller, unit_id: UUID, day: date, why: str) -> None:
    """Let the headcounts of a unit and day count no longer, as if never published; they stay on record with the reason.

    The caller must be an editor of the unit. HeadcountsNotPublished when there is nothing to withdraw.
    """
    caller.require_someone()
    async with db.transaction():
        unit = await find_unit(unit_id)
        caller.require("editor", unit["path"])
        reason = checked_text("why", why, LONGEST_REASON)
        await lock_units([unit_id])
        ended = await end(caller, [(unit_id, day)], reason)
        if not ended:
            raise HeadcountsNotPublished(day=day)
        former = ended[unit_id, day]
        await tell([(unit_id, day, ())])
        await record(
            caller,
            "headcount.withdrawn",
            unit_id,
            "headcount_publication",
            str(former["id"]),
            before=summary(former),
        )


async def _checked(caller: Caller, unit_id: UUID, day: date, cells: Sequence[Cell], source: str) -> NewPublication:
    unit = await find_unit(unit_id)
    caller.require("editor", unit["path"])
    require_not_future(day)
    await lock_units([unit_id])
    await find_unit(unit_id, day)
    checked = NewPublication(unit_id, day, cells, checked_text("source", source, LONGEST_SOURCE))
    await check_cells(cells, day)
    return checked
