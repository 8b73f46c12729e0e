"""Groups of units as the graph shows them."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from kit import db
from kit.calendar import today
from kit.graphql import After, Connection, First, Info, window

if TYPE_CHECKING:
    from org.units.types import Unit

GroupDay = Annotated[
    date | None,
    strawberry.argument(description="The day that is meant; when left out, the one that led here, or today."),
]


@strawberry.type(
    description="Units across the tree that belong together for some purpose, such as those with over 500 members."
)
class UnitGroup:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    name_vi: str = strawberry.field(description="Name in Vietnamese.")
    name_en: str = strawberry.field(description="Name in English.")
    since: date = strawberry.field(description="The group's first day.")
    until: date | None = strawberry.field(
        description="The first day on which it no longer exists; null when no end is known."
    )
    row: strawberry.Private[db.Record]
    asked_on: strawberry.Private[date | None]

    @classmethod
    def of(cls, row: db.Record, on: date | None = None) -> "UnitGroup":
        """Return the group of a row; `on` is the day for which its units are asked when they name none."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            name_vi=row["name_vi"],
            name_en=row["name_en"],
            since=row["since"],
            until=row["until"],
            row=row,
            asked_on=on,
        )

    @strawberry.field(description="Name in the language of the request.")
    def name(self, info: Info) -> str:
        return self.name_en if info.context.language == "en" else self.name_vi

    @strawberry.field(description="The unit that owns the group; all units of the group are below it.")
    async def owner(self, info: Info) -> Annotated["Unit", strawberry.lazy("org.units.types")] | None:
        from org.units.types import unit_or_none  # units' types show groups, and these their units

        return await unit_or_none(info, self.row["owner_id"], self.asked_on)

    @strawberry.field(description="The set in which a unit is in one group at most; null when it is in no set.")
    async def group_set(self, info: Info) -> "UnitGroupSet | None":
        if self.row["set_id"] is None:
            return None
        row = await info.context.loaders.group_set_by_id.load(self.row["set_id"])
        return UnitGroupSet.of(row, self.asked_on) if row else None

    @strawberry.field(description="How many units are in it on that day.")
    async def unit_count(self, info: Info, as_of: GroupDay = None) -> int:
        day = as_of or self.asked_on or today()
        return await info.context.loaders.unit_count_by_group.load((self.row["id"], day)) or 0

    @strawberry.field(description="The units in it on that day, in Vietnamese order of their names.")
    async def units(
        self, info: Info, first: First = 20, after: After = None, as_of: GroupDay = None
    ) -> Connection[Annotated["Unit", strawberry.lazy("org.units.types")]]:
        from org.units.types import Unit, by_name  # units' types show groups, and these their units

        asked, on = window(first, after, str, int), as_of or self.asked_on
        rows = await info.context.loaders.units_by_group.load((self.row["id"], asked, on or today()))
        return asked.page(rows, lambda row: Unit.of(row, on), by_name)


@strawberry.type(description="Groups of which a unit is in one at most on a day, such as size classes.")
class UnitGroupSet:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    name_vi: str = strawberry.field(description="Name in Vietnamese.")
    name_en: str = strawberry.field(description="Name in English.")
    row: strawberry.Private[db.Record]
    asked_on: strawberry.Private[date | None]

    @classmethod
    def of(cls, row: db.Record, on: date | None = None) -> "UnitGroupSet":
        """Return the set of a row; `on` is the day for which its groups are asked when they name none."""
        return cls(
            id=strawberry.ID(str(row["id"])), name_vi=row["name_vi"], name_en=row["name_en"], row=row, asked_on=on
        )

    @strawberry.field(description="Name in the language of the request.")
    def name(self, info: Info) -> str:
        return self.name_en if info.context.language == "en" else self.name_vi

    @strawberry.field(description="The groups of the set that exist on that day, in Vietnamese order of their names.")
    async def groups(
        self, info: Info, first: First = 20, after: After = None, as_of: GroupDay = None
    ) -> Connection[UnitGroup]:
        asked, on = window(first, after, str, str), as_of or self.asked_on
        rows = await info.context.loaders.groups_by_set.load((self.row["id"], asked, on or today()))
        return asked.page(rows, lambda row: UnitGroup.of(row, on), by_name_and_id)


def by_name_and_id(row: db.Record) -> tuple[str, str]:
    """Return where a group or a set stands in Vietnamese order of names."""
    return row["sort_key"], str(row["id"])
