"""What a unit shows of its headcounts, so that the unit itself need not know them."""

from datetime import date
from typing import Annotated, Protocol

import strawberry

from kit import db
from kit.graphql import After, Connection, First, Info, window
from org.headcounts.service import may_see
from org.headcounts.types import HeadcountPublication, UnitHeadcount, UnitHeadcountCoverage
from org.vocabularies.narrowing import narrowed_to

HeadcountAsOf = Annotated[
    date | None,
    strawberry.argument(description="The day that is meant; when left out, the one that led here, or today."),
]
OfLevel = Annotated[
    str | None, strawberry.argument(description="Only units of this level, a code of the vocabulary `level`.")
]


class StandingUnit(Protocol):
    """What these fields need to know of the unit they belong to."""

    row: db.Record

    def day(self, as_of: date | None = None) -> date: ...

    async def standing(self, info: Info, as_of: date | None = None) -> db.Record | None: ...

    async def governing_path(self, info: Info) -> str: ...


async def counted(unit: StandingUnit, info: Info, as_of: date | None) -> db.Record | None:
    """Return a unit as it is in the tree of a day, None when it is not there or the caller may not see its people."""
    if not may_see(info.context.caller, await unit.governing_path(info)):
        return None
    return await unit.standing(info, as_of)


@strawberry.type
class UnitHeadcounts:
    """Fields of a unit: sums over its subtree, what is missing of them, and what it published itself."""

    @strawberry.field(
        description="Whether the caller may see headcounts of this unit: its editors, analysts and admins may."
    )
    async def headcount_visible(self: StandingUnit, info: Info) -> bool:
        return may_see(info.context.caller, await self.governing_path(info))

    @strawberry.field(
        description="People of this unit and all units below it, as known on that day. "
        "Null when nothing is published by then, or when `headcountVisible` is false."
    )
    async def headcount(self: StandingUnit, info: Info, as_of: HeadcountAsOf = None) -> UnitHeadcount | None:
        here, day = await counted(self, info, as_of), self.day(as_of)
        if here is None:
            return None
        key = (here["path"], (day, ("age_band", "gender")))
        return UnitHeadcount.of(await info.context.loaders.headcounts.sum_by_path.load(key), here["path"], day)

    @strawberry.field(
        description="How many of this unit and all units below it have published headcounts by that day. "
        "Null when `headcountVisible` is false, or when the unit does not exist that day."
    )
    async def headcount_coverage(
        self: StandingUnit, info: Info, as_of: HeadcountAsOf = None, level: OfLevel = None
    ) -> UnitHeadcountCoverage | None:
        here, day = await counted(self, info, as_of), self.day(as_of)
        if here is None:
            return None
        key = (here["path"], (day, await narrowed_to(info, "level", "level", level, day)))
        return UnitHeadcountCoverage.of(await info.context.loaders.headcounts.coverage_by_path.load(key))

    @strawberry.field(
        description="What this unit published of the people attached to itself, as known on that day. "
        "Null when there is nothing by then, or when `headcountVisible` is false."
    )
    async def headcount_publication(
        self: StandingUnit, info: Info, as_of: HeadcountAsOf = None
    ) -> HeadcountPublication | None:
        if not may_see(info.context.caller, await self.governing_path(info)):
            return None
        found = await info.context.loaders.headcounts.publication_by_unit.load((self.row["id"], self.day(as_of)))
        return HeadcountPublication.of(found) if found else None

    @strawberry.field(
        description="All that this unit ever published of the people attached to itself, the newest day first, "
        "with what was corrected or withdrawn since. Empty when `headcountVisible` is false."
    )
    async def headcount_publications(
        self: StandingUnit, info: Info, first: First = 20, after: After = None
    ) -> Connection[HeadcountPublication]:
        asked = window(first, after, str, str, str)
        is_visible = may_see(info.context.caller, await self.governing_path(info))
        key = (self.row["id"], asked)
        found = await info.context.loaders.headcounts.publications_by_unit.load(key) if is_visible else []
        return asked.page(found, HeadcountPublication.of, HeadcountPublication.position)
