"""Channels as the graph shows them."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from kit import db
from kit.graphql import Info

if TYPE_CHECKING:
    from org.units.types import Unit


@strawberry.type(description="Where a unit speaks to people: a page, a bulletin, a loudspeaker, a notice board.")
class UnitChannel:
    id: strawberry.ID = strawberry.field(description="Opaque id; it stays the same when the address changes.")
    kind: str = strawberry.field(description="Code of the vocabulary `channel_kind`.")
    name: str = strawberry.field(description="What people call it.")
    address: str | None = strawberry.field(
        description="Web address, mailbox, or where it stands or hangs; null when it needs none."
    )
    audience: str = strawberry.field(description="Whom it is for: code of the vocabulary `channel_audience`.")
    is_public: bool = strawberry.field(
        description="Whether everybody may see it; else only callers with a role covering the unit."
    )
    since: date = strawberry.field(description="The first day of these facts: of the channel, or of its last change.")
    until: date | None = strawberry.field(
        description="The first day on which they no longer hold; null when no end is known."
    )
    opened_on: date = strawberry.field(description="The channel's first day.")
    closed_on: date | None = strawberry.field(
        description="The first day on which it no longer exists; null when no end is known."
    )
    manager_department_id: strawberry.ID | None = strawberry.field(
        description="The department that looks after it; "
        "null for none, and for callers without a role covering the unit."
    )
    manager_appointment_id: strawberry.ID | None = strawberry.field(
        description="The appointment whose holder looks after it; "
        "null for none, and for callers without a role covering the unit."
    )
    row: strawberry.Private[db.Record]
    asked_on: strawberry.Private[date | None]

    @classmethod
    def of(cls, row: db.Record, on: date | None = None) -> "UnitChannel":
        """Return the channel of a row, as it was on a day."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            kind=row["kind"],
            name=row["name"],
            address=row["address"],
            audience=row["audience"],
            is_public=row["is_public"],
            since=row["since"],
            until=row["until"],
            opened_on=row["opened_on"],
            closed_on=row["closed_on"],
            manager_department_id=_manager(row, "department"),
            manager_appointment_id=_manager(row, "appointment"),
            row=row,
            asked_on=on,
        )

    @strawberry.field(description="The unit whose channel it is.")
    async def unit(self, info: Info) -> Annotated["Unit", strawberry.lazy("org.units.types")] | None:
        from org.units.types import unit_or_none  # units' types show channels, and these their unit

        return await unit_or_none(info, self.row["unit_id"], self.asked_on)


def _manager(row: db.Record, kind: str) -> strawberry.ID | None:
    return strawberry.ID(str(row["manager_id"])) if row["manager_kind"] == kind else None


@strawberry.type(description="How many channels of a kind a unit and those below it have.")
class UnitChannelKindCount:
    kind: str = strawberry.field(description="Code of the vocabulary `channel_kind`.")
    channels: int = strawberry.field(description="How many channels there are.")
    units: int = strawberry.field(description="How many units have at least one.")


@strawberry.type(
    description="How many channels a unit and those below it have on a day, as far as the caller may see channels."
)
class UnitChannelCounts:
    by_kind: list[UnitChannelKindCount] = strawberry.field(
        description="By kind, in the order of the codes; a kind that nobody has is missing. At most 500."
    )
    channels: int = strawberry.field(description="How many channels there are of the kinds asked for.")
    units: int = strawberry.field(description="How many units there are, the unit itself counted.")
    units_with: int = strawberry.field(description="How many of them have at least one channel of the kinds asked for.")
    units_without: int = strawberry.field(description="How many of them have none.")

    @classmethod
    def of(cls, units: int, counts: list[db.Record]) -> "UnitChannelCounts":
        """Return the counts of a subtree; the row without a kind is of all kinds together."""
        total = next((row for row in counts if row["kind"] is None), None)
        reached = total["units"] if total else 0
        return cls(
            by_kind=[
                UnitChannelKindCount(kind=row["kind"], channels=row["channels"], units=row["units"])
                for row in counts
                if row["kind"] is not None
            ],
            channels=total["channels"] if total else 0,
            units=units,
            units_with=reached,
            units_without=units - reached,
        )
