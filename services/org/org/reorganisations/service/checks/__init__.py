"""The rules of the tree, asked of all that a reorganisation has written, set by set: what breaks which."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from kit import db
from kit.errors import Name
from org.reorganisations.service.checks.codes import unknown_places, unknown_terms
from org.reorganisations.service.checks.days import counted_later, outside_their_days, succeeded_later, taught_later
from org.reorganisations.service.checks.tree import standing_wrong, under_wrong_levels
from org.reorganisations.service.checks.violations import MOST, Violation, together
from org.reorganisations.service.plan import Plan
from org.units.service import UnitCycle
from org.units.service.versions import Version

__all__ = ["Violation", "after_undoing", "after_writing", "before_writing", "together", "under_themselves"]


async def before_writing(plan: Plan) -> list[Violation]:
    """Return what is wrong with the days and codes of a plan, seen before anything is written."""
    return [
        *await outside_their_days(plan),
        *await counted_later(plan),
        *await taught_later(plan),
        *await succeeded_later(plan),
        *await unknown_terms(plan),
        *await unknown_places(plan),
    ]


def under_themselves(plan: Plan, after: Mapping[UUID, Sequence[Version]]) -> list[Violation]:
    """Return units that would stand under themselves: the table can't even hold these to be checked with the others."""
    names = {
        beginning.id: Name(beginning.names.vi, beginning.names.en)
        for beginning in plan.begins
        if beginning.parent_id == beginning.id
    }
    for unit_id, versions in after.items():
        under_itself = [version for version in versions if version["parent_id"] == unit_id]
        names.update((unit_id, Name(version["name_vi"], version["name_en"])) for version in under_itself)
    return [Violation(unit_id, UnitCycle(parent=name, unit=name), "parent_id") for unit_id, name in names.items()]


async def after_writing(plan: Plan, touched: Sequence[UUID]) -> list[Violation]:
    """Return what is wrong with the tree as it is written, before paths are derived from it."""
    # The planner must know of what has just been written, or it joins ten thousand rows one by one.
    if len(touched) > MOST:
        await db.execute("ANALYZE unit_version")
    found = await standing_wrong(touched, plan.on, list(plan.closes))
    if any(violation.column != "code" and violation.column != "name_vi" for violation in found):
        # Of a unit whose parent is not there nobody can say whether the levels fit.
        return found
    return found + await under_wrong_levels(plan, touched)


async def after_undoing(touched: Sequence[UUID], on: date) -> list[Violation]:
    """Return what has changed elsewhere since, so that what was can't be again. Levels were allowed when they began."""
    return await standing_wrong(touched, on, [])
