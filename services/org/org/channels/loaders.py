"""Channels, and counts of them, of many units at once, as far as the caller may see them."""

from datetime import date
from uuid import UUID

from strawberry.dataloader import DataLoader

from kit import db
from kit.graphql import Window
from kit.identity import Caller
from org.channels import reading
from org.pages import PageKey, page_loader
from org.units.loaders import by_day

Asked = tuple[Caller, date, tuple[str, ...] | None]
"""Who asks, for which day, and for which kinds of channels (None: any)."""


def channels_by_unit() -> DataLoader[PageKey[UUID, Asked], list[db.Record]]:
    """Return a loader of channels by (unit, window, (caller, day, kinds))."""

    async def read(units: list[UUID], window: Window, asked: Asked) -> list[db.Record]:
        caller, on, kinds = asked
        return await reading.channels_of(caller, units, on, kinds, window.limit, window.after)

    return page_loader("unit_id", read)


def units_without_channel() -> DataLoader[PageKey[UUID, Asked], list[db.Record]]:
    """Return a loader of a subtree's units without a channel by (unit, window, (caller, day, kinds))."""

    async def read(units: list[UUID], window: Window, asked: Asked) -> list[db.Record]:
        caller, on, kinds = asked
        after = window.after[0] if window.after else None
        return await reading.units_without(caller, units, on, kinds, window.limit, after)

    return page_loader("top", read)


def subtree_size_by_unit() -> DataLoader[tuple[UUID, date], int | None]:
    """Return a loader of the number of units in a subtree by (unit, day), None where the unit is not there that day."""

    async def read(units: list[UUID], on: date) -> dict[UUID, int]:
        return {row["id"]: row["units"] for row in await reading.subtree_sizes(units, on)}

    return DataLoader(by_day(read))


def channel_counts_by_unit() -> DataLoader[tuple[UUID, Asked], list[db.Record] | None]:
    """Return a loader of a subtree's counts of channels by (unit, (caller, day, kinds)), None where there are none."""

    async def read(units: list[UUID], asked: Asked) -> dict[UUID, list[db.Record]]:
        caller, on, kinds = asked
        counts: dict[UUID, list[db.Record]] = {}
        for row in await reading.channel_counts(caller, units, on, kinds):
            counts.setdefault(row["id"], []).append(row)
        return counts

    return DataLoader(by_day(read))
