"""Merging units into one that exists or begins; what merges is closed and known for ever by its successor."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kit.calendar import today
from kit.errors import InvalidInput
from kit.identity import Caller
from org.reorganisations.service.allocate import UNITS
from org.reorganisations.service.carrying_out import Outcome, carry_out, reorganising, require_admin_above
from org.reorganisations.service.plan import Beginning, Plan, Transfer
from org.units.service import find_unit
from org.units.service.change import Decision
from org.units.service.create import checked_code

MOST_UNITS = 1000


async def merge_units(
    caller: Caller,
    sources: Sequence[UUID],
    into: UUID | Beginning,
    on: date | None = None,
    decision: Decision | None = None,
    *,
    children_to: UUID | None = None,
    gives_grants: bool = False,
) -> Outcome:
    """Merge units into another from a day on (None: today).

    The caller is an admin above each source and of the successor (of the unit above one that begins). Units directly
    below the sources go to the successor, or to `children_to`. With `gives_grants`, who holds a role on a source holds
    it on the successor instead.
    """
    caller.require_someone()
    async with reorganising():
        plan = Plan("merge", on or today(), gives_grants=gives_grants)
        units = await require_admin_above(caller, _checked(sources))
        successor = await taken_into(caller, plan, into)
        if successor in sources:
            raise InvalidInput("into", "cũng là đơn vị được sáp nhập.", "is one of those that are merged.")
        if children_to is not None:
            caller.require("admin", (await find_unit(children_to))["path"])
        for unit in units:
            plan.closes[unit["id"]] = children_to or successor
            plan.transfers.append(Transfer(unit["id"], successor, UNITS, is_assumed=False))
        await keep_beside_source(plan, successor)
        return await carry_out(caller, plan, decision)


def _checked(sources: Sequence[UUID]) -> Sequence[UUID]:
    if not 1 <= len(sources) <= MOST_UNITS:
        raise InvalidInput(
            "sources", f"phải có từ 1 đến {MOST_UNITS} đơn vị.", f"must be between 1 and {MOST_UNITS} units."
        )
    if len(set(sources)) < len(sources):
        raise InvalidInput("sources", "có đơn vị lặp lại.", "names a unit twice.")
    return sources


async def taken_into(caller: Caller, plan: Plan, into: UUID | Beginning) -> UUID:
    """Return the unit that receives, which a plan may let begin; the caller must be an admin where it is."""
    if isinstance(into, UUID):
        found = await find_unit(into)
        caller.require("admin", found["path"])
        # Named among what changes, its days are checked.
        plan.changes.setdefault(into, {})
        return into
    parent = await find_unit(into.parent_id) if into.parent_id else None
    caller.require("admin", parent["path"] if parent else "")
    checked_code(into.code)
    plan.begins.append(into)
    return into.id


async def keep_beside_source(plan: Plan, successor: UUID) -> None:
    """Let a successor that stands directly below a source come to stand beside it, not below itself."""
    if successor in plan.begun or "parent_id" in plan.changes[successor]:
        return
    above = (await find_unit(successor))["parent_id"]
    if above not in plan.closes:
        return
    while above in plan.closes:
        above = (await find_unit(above))["parent_id"]
    plan.changes[successor]["parent_id"] = above
