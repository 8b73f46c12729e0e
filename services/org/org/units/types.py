"""Units as the graph shows them. Other services add fields to this type by its id."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

import strawberry

from kit import db
from kit.calendar import today
from kit.graphql import After, Connection, First, Info, parse_id, window
from org.channels.types import UnitChannel, UnitChannelCounts
from org.groups.types import UnitGroup, by_name_and_id
from org.headcounts.unit_fields import OfLevel, UnitHeadcounts, counted
from org.people.unit_fields import UnitPeople
from org.places.types import Place, place_or_none
from org.reorganisations.unit_fields import UnitLineage
from org.units.service import ancestor_numbers
from org.vocabularies.narrowing import narrowed, narrowed_to

AsOf = Annotated[
    date | None,
    strawberry.argument(description="The day whose tree is meant; when left out, the one that led here, or today."),
]


ChannelKinds = Annotated[
    list[str] | None,
    strawberry.argument(description="Only these kinds, codes of the vocabulary `channel_kind`; at most 50."),
]


@strawberry.federation.type(
    keys=["id"],
    description="A unit of the union, from the confederation to a team on the shop floor. "
    "Its id stays the same through renamings and moves.",
)
class Unit(UnitPeople, UnitHeadcounts, UnitLineage):
    id: strawberry.ID = strawberry.field(description="Opaque id that never changes.")
    code: str = strawberry.field(description="Short code for people and spreadsheets, such as `EVN`; unique on a day.")
    name_vi: str = strawberry.field(description="Name in Vietnamese.")
    name_en: str | None = strawberry.field(description="Name in English; null when the unit has none.")
    short_name: str | None = strawberry.field(description="Short name; null when the unit has none.")
    level: str = strawberry.field(description="Code of the vocabulary `level`.")
    kind: str = strawberry.field(description="Code of the vocabulary `unit_kind`.")
    region: str | None = strawberry.field(
        description="Code of the vocabulary `region`; null when the unit spans regions."
    )
    province: str | None = strawberry.field(
        description="The province's code in the statistics office's list of that day; null when not known."
    )
    commune: str | None = strawberry.field(
        description="The commune's code in the statistics office's list of that day; null when not known."
    )
    address: str | None = strawberry.field(description="Postal address of its office; null when not known.")
    phone: str | None = strawberry.field(description="Telephone of its office; null when not known.")
    email: str | None = strawberry.field(description="E-mail address of its office; null when not known.")
    website: str | None = strawberry.field(description="Web address; null when not known.")
    created_on: date = strawberry.field(description="The day it came into being.")
    closed_on: date | None = strawberry.field(
        description="The first day on which it no longer exists; null while no end is known."
    )
    row: strawberry.Private[db.Record]
    asked_on: strawberry.Private[date | None]

    @classmethod
    def of(cls, row: db.Record, on: date | None = None) -> "Unit":
        """Return the unit of a row, as it was on a day; None: today, or when it was last."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            code=row["code"],
            name_vi=row["name_vi"],
            name_en=row["name_en"],
            short_name=row["short_name"],
            level=row["level"],
            kind=row["kind"],
            region=row["region"],
            province=row["province"],
            commune=row["commune"],
            address=row["address"],
            phone=row["phone"],
            email=row["email"],
            website=row["website"],
            created_on=row["created_on"],
            closed_on=row["closed_on"],
            row=row,
            asked_on=on,
        )

    @classmethod
    async def resolve_reference(cls, id: strawberry.ID, info: Info) -> "Unit | None":
        """Return the unit that another service refers to, None for an id that org does not know."""
        return await unit_or_none(info, parse_id(id, "unit"))

    def day(self, as_of: date | None = None) -> date:
        """Return the day whose tree is meant: the one asked for, or today, or the unit's last or first day."""
        if as_of or self.asked_on:
            return as_of or self.asked_on or today()
        last = self.closed_on - timedelta(days=1) if self.closed_on else date.max
        return max(self.created_on, min(today(), last))

    async def standing(self, info: Info, as_of: date | None = None) -> db.Record | None:
        """Return the unit as it is in the tree of that day, None when it is not there."""
        day = self.day(as_of)
        if as_of is None and (self.asked_on or day == today()):
            return self.row
        return await info.context.loaders.unit_by_id.load((self.row["id"], day))

    async def governing_path(self, info: Info) -> str:
        """Return the path by which permissions are judged today, whatever day was asked for."""
        if self.asked_on is None or self.asked_on == today():
            return self.row["path"]
        return (await info.context.loaders.unit_by_id.load((self.row["id"], None)))["path"]

    @strawberry.field(description="The same unit as it was on another day; null when it did not exist that day.")
    async def as_of(
        self, info: Info, on: Annotated[date, strawberry.argument(description="The day.")]
    ) -> "Unit | None":
        row = await info.context.loaders.unit_by_id.load((self.row["id"], on))
        return Unit.of(row, on) if row else None

    @strawberry.field(
        description="Name in the language of the request; the Vietnamese one where there is no English one."
    )
    def name(self, info: Info) -> str:
        return (self.name_en or self.name_vi) if info.context.language == "en" else self.name_vi

    @strawberry.field(description="The unit directly above on that day; null at the top.")
    async def parent(self, info: Info, as_of: AsOf = None) -> "Unit | None":
        here = await self.standing(info, as_of)
        if here is None or here["parent_id"] is None:
            return None
        day = self.day(as_of)
        row = await info.context.loaders.unit_by_id.load((here["parent_id"], day))
        return Unit.of(row, passed_on(self, as_of)) if row else None

    @strawberry.field(
        description="All units above on that day, the top first. At most 15, as the tree is never deeper."
    )
    async def ancestors(self, info: Info, as_of: AsOf = None) -> list["Unit"]:
        here = await self.standing(info, as_of)
        if here is None:
            return []
        keys = [(number, self.day(as_of)) for number in ancestor_numbers(here["path"])]
        rows = await info.context.loaders.unit_by_number.load_many(keys)
        return [Unit.of(row, passed_on(self, as_of)) for row in rows]

    @strawberry.field(description="The units directly below on that day, in Vietnamese order of their names.")
    async def children(
        self, info: Info, first: First = 20, after: After = None, as_of: AsOf = None
    ) -> Connection["Unit"]:
        asked = window(first, after, str, int)
        rows = await info.context.loaders.children_by_unit.load((self.row["id"], asked, self.day(as_of)))
        on = passed_on(self, as_of)
        return asked.page(rows, lambda row: Unit.of(row, on), by_name)

    @strawberry.field(description="How many units are below this one at any depth on that day, itself not counted.")
    async def subtree_count(self, info: Info, as_of: AsOf = None) -> int:
        here = await self.standing(info, as_of)
        return await info.context.loaders.subtree_count_by_path.load((here["path"], self.day(as_of))) if here else 0

    @strawberry.field(
        description="The units below this one at any depth on that day, each before those below it. "
        "Null when an argument is refused."
    )
    async def descendants(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        level: Annotated[
            str | None, strawberry.argument(description="Only units of this level, a code of the vocabulary `level`.")
        ] = None,
        as_of: AsOf = None,
    ) -> "Connection[Unit] | None":
        asked, day = window(first, after, str), self.day(as_of)
        of_level = await narrowed_to(info, "level", "level", level, day)
        here, on = await self.standing(info, as_of), passed_on(self, as_of)
        key = (here["path"], asked, (of_level, day)) if here else None
        rows = await info.context.loaders.descendants_by_path.load(key) if key else []
        return asked.page(rows, lambda row: Unit.of(row, on), lambda row: (row["path"],))

    @strawberry.field(
        description="The units, of this one and all below it, that have published no headcounts by that day, "
        "each before those below it. Empty when `headcountVisible` is false. "
        "Null when an argument is refused."
    )
    async def headcount_missing(
        self, info: Info, first: First = 20, after: After = None, as_of: AsOf = None, level: OfLevel = None
    ) -> "Connection[Unit] | None":
        asked, day = window(first, after, str), self.day(as_of)
        here = await counted(self, info, as_of)
        of_level = await narrowed_to(info, "level", "level", level, day)
        key = (here["path"], asked, (of_level, day)) if here else None
        rows = await info.context.loaders.headcounts.missing_by_path.load(key) if key else []
        on = passed_on(self, as_of)
        return asked.page(rows, lambda row: Unit.of(row, on), lambda row: (row["path"],))

    @strawberry.field(
        description="The commune where it stands, or the province where no list of communes was loaded; "
        "null when not known."
    )
    async def place(self, info: Info) -> Place | None:
        # Codes are used again: they mean what they meant on the day from which the unit has them.
        codes, recorded_on = (self.commune, self.province), self.row["since"]
        found = [await place_or_none(info, code, recorded_on) for code in codes if code]
        return next((place for place in found if place), None)

    @strawberry.field(
        description="Channels that the unit has on that day, by kind and name: "
        "public ones, and all for callers with a role covering the unit. "
        "Null when an argument is refused."
    )
    async def channels(
        self, info: Info, first: First = 20, after: After = None, kinds: ChannelKinds = None, as_of: AsOf = None
    ) -> Connection[UnitChannel] | None:
        asked, day = window(first, after, int, str, str), self.day(as_of)
        key = (self.row["id"], asked, (info.context.caller, day, await _channel_kinds(info, kinds, day)))
        rows = await info.context.loaders.channels_by_unit.load(key)
        on = passed_on(self, as_of)
        return asked.page(
            rows, lambda row: UnitChannel.of(row, on), lambda row: (row["rank"], row["sort_key"], str(row["id"]))
        )

    @strawberry.field(
        description="How many channels this unit and those below it have on that day; "
        "null when it is not there that day."
    )
    async def channel_counts(
        self, info: Info, kinds: ChannelKinds = None, as_of: AsOf = None
    ) -> UnitChannelCounts | None:
        loaders, day = info.context.loaders, self.day(as_of)
        asked = (info.context.caller, day, await _channel_kinds(info, kinds, day))
        units = await loaders.subtree_size_by_unit.load((self.row["id"], day))
        counts = await loaders.channel_counts_by_unit.load((self.row["id"], asked))
        return UnitChannelCounts.of(units, counts or []) if units is not None else None

    @strawberry.field(
        description="This unit and those below it that have no channel of these kinds on that day, "
        "each before those below it; channels that the caller may not see count as none. "
        "Null when an argument is refused."
    )
    async def units_without_channel(
        self, info: Info, first: First = 20, after: After = None, kinds: ChannelKinds = None, as_of: AsOf = None
    ) -> "Connection[Unit] | None":
        asked, day = window(first, after, str), self.day(as_of)
        key = (self.row["id"], asked, (info.context.caller, day, await _channel_kinds(info, kinds, day)))
        rows = await info.context.loaders.units_without_channel.load(key)
        on = passed_on(self, as_of)
        return asked.page(rows, lambda row: Unit.of(row, on), lambda row: (row["path"],))

    @strawberry.field(description="Groups in which the unit is on that day, in Vietnamese order of their names.")
    async def groups(
        self, info: Info, first: First = 20, after: After = None, as_of: AsOf = None
    ) -> Connection[UnitGroup]:
        asked = window(first, after, str, str)
        rows = await info.context.loaders.groups_by_unit.load((self.row["id"], asked, self.day(as_of)))
        on = passed_on(self, as_of)
        return asked.page(rows, lambda row: UnitGroup.of(row, on), by_name_and_id)


async def _channel_kinds(info: Info, kinds: list[str] | None, on: date) -> tuple[str, ...] | None:
    return await narrowed(info, "kinds", "channel_kind", kinds, on)


async def unit_or_none(info: Info, unit_id: UUID, on: date | None = None) -> Unit | None:
    """Return a unit through the request's loader."""
    row = await info.context.loaders.unit_by_id.load((unit_id, on))
    return Unit.of(row, on) if row else None


def passed_on(unit: Unit, as_of: date | None) -> date | None:
    """Return the day that the units reached from this one are asked for; None while it is today."""
    day = unit.day(as_of)
    return None if day == today() and unit.asked_on is None and as_of is None else day


def by_name(row: db.Record) -> tuple[str, int]:
    """Return where a unit stands in Vietnamese order of names."""
    return row["sort_key"], row["number"]
