"""What a unit shows of who came before and after it, so that the unit itself need not know."""

from typing import Protocol

import strawberry

from kit import db
from kit.graphql import After, Connection, First, Info, window
from org.reorganisations.types import UnitDestination, UnitSuccession


class KnownUnit(Protocol):
    """What these fields need to know of the unit they belong to."""

    row: db.Record


@strawberry.type
class UnitLineage:
    """Fields of a unit: predecessors, successors, and where it is today."""

    @strawberry.field(description="The units that it came from, wholly or in part, the earliest first.")
    async def predecessors(
        self: KnownUnit, info: Info, first: First = 20, after: After = None
    ) -> Connection[UnitSuccession]:
        return await _successions(self, info, first, after, ahead=False)

    @strawberry.field(description="The units that it went to, wholly or in part, the earliest first.")
    async def successors(
        self: KnownUnit, info: Info, first: First = 20, after: After = None
    ) -> Connection[UnitSuccession]:
        return await _successions(self, info, first, after, ahead=True)

    @strawberry.field(
        description="Where it is today, through all reorganisations: the unit itself while it exists, and the units "
        "that exist today to which parts of it went, the largest part first. Empty when it was dissolved without a "
        "successor."
    )
    async def successors_today(
        self: KnownUnit, info: Info, first: First = 20, after: After = None
    ) -> Connection[UnitDestination]:
        asked = window(first, after, int)
        found = await info.context.loaders.lineage.destinations_by_unit.load(self.row["id"])
        start = asked.after[0] if asked.after else 0
        numbered = list(enumerate(found, start=1))[start : start + asked.limit]
        return asked.page(numbered, lambda one: UnitDestination.of(one[1]), lambda one: (one[0],))


async def _successions(
    unit: KnownUnit, info: Info, first: int, after: str | None, *, ahead: bool
) -> Connection[UnitSuccession]:
    asked = window(first, after, str, str, str)
    rows = await info.context.loaders.lineage.successions_by_unit.load((unit.row["id"], asked, ahead))
    return asked.page(
        rows,
        UnitSuccession.of,
        lambda row: (row["effective_on"].isoformat(), str(row["share"]), str(row["other_id"])),
    )
