"""Groups of many units, units of many groups, and sets by id, each as of a day."""

from datetime import date
from uuid import UUID

from strawberry.dataloader import DataLoader

from kit import db
from kit.graphql import Window
from org.groups import reading
from org.pages import PageKey, page_loader
from org.units.loaders import by_day


def groups_by_unit() -> DataLoader[PageKey[UUID, date], list[db.Record]]:
    """Return a loader of groups by (unit, window, day)."""

    async def read(units: list[UUID], window: Window, on: date) -> list[db.Record]:
        return await reading.groups_of_units(units, on, window.limit, window.after)

    return page_loader("unit_id", read)


def groups_by_set() -> DataLoader[PageKey[UUID, date], list[db.Record]]:
    """Return a loader of groups by (set, window, day)."""

    async def read(sets: list[UUID], window: Window, on: date) -> list[db.Record]:
        return await reading.groups_of_sets(sets, on, window.limit, window.after)

    return page_loader("set_id", read)


def units_by_group() -> DataLoader[PageKey[UUID, date], list[db.Record]]:
    """Return a loader of units by (group, window, day)."""

    async def read(groups: list[UUID], window: Window, on: date) -> list[db.Record]:
        return await reading.units_of_groups(groups, on, window.limit, window.after)

    return page_loader("group_id", read)


def unit_count_by_group() -> DataLoader[tuple[UUID, date], int | None]:
    """Return a loader of the number of a group's units by (group, day), None for a group without."""

    async def read(groups: list[UUID], on: date) -> dict[UUID, int]:
        return {row["group_id"]: row["units"] for row in await reading.unit_counts(groups, on)}

    return DataLoader(by_day(read))


def group_set_by_id() -> DataLoader[UUID, db.Record | None]:
    """Return a loader of a group set by id, None where there is none."""

    async def load(ids: list[UUID]) -> list[db.Record | None]:
        found = {row["id"]: row for row in await reading.sets_by_id(ids)}
        return [found.get(set_id) for set_id in ids]

    return DataLoader(load)
