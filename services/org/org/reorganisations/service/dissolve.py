"""Dissolving a unit that nobody succeeds; what it leaves is kept by the unit above it."""

from datetime import date
from uuid import UUID

from kit.calendar import today
from kit.identity import Caller
from org.reorganisations.service.carrying_out import Outcome, carry_out, reorganising, require_admin_above
from org.reorganisations.service.plan import Plan
from org.units.service import find_unit
from org.units.service.change import Decision


async def dissolve_unit(
    caller: Caller,
    unit_id: UUID,
    on: date | None = None,
    decision: Decision | None = None,
    *,
    children_to: UUID | None = None,
) -> Outcome:
    """Let a unit end on a day (None: today): that is the first day without it.

    The caller is an admin of the unit above it, and of the one to which the units directly below it go;
    UnitHasChildren when there are such units and nothing is said.
    """
    caller.require_someone()
    async with reorganising():
        plan = Plan("dissolve", on or today())
        await require_admin_above(caller, [unit_id])
        if children_to is not None:
            caller.require("admin", (await find_unit(children_to))["path"])
        plan.closes[unit_id] = children_to
        return await carry_out(caller, plan, decision)
