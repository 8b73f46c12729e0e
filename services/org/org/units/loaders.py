"""Units by id and by number, and pages of children and descendants of many units at once, each as of a day."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from kit import db
from kit.graphql import Window
from org.pages import PageKey, page_loader
from org.units import service

Key = TypeVar("Key", bound=Hashable)
Day = TypeVar("Day", bound=Hashable)
Found = TypeVar("Found")


def unit_by_id() -> DataLoader[tuple[UUID, date | None], db.Record | None]:
    """Return a loader of a unit by (id, day or None), None where there is none that day."""

    async def read(ids: list[UUID], on: date | None) -> dict[UUID, db.Record]:
        return {row["id"]: row for row in await service.units_by_id(ids, on)}

    return DataLoader(by_day(read))


def unit_by_number() -> DataLoader[tuple[int, date], db.Record | None]:
    """Return a loader of a unit by (number, day); numbers stand in other units' paths."""

    async def read(numbers: list[int], on: date) -> dict[int, db.Record]:
        return {row["number"]: row for row in await service.units_by_number(numbers, on)}

    return DataLoader(by_day(read))


def children_by_unit() -> DataLoader[PageKey[UUID, date], list[db.Record]]:
    """Return a loader of children by (parent, window, day)."""

    async def read(parents: list[UUID], window: Window, on: date) -> list[db.Record]:
        return await service.children_of(parents, window.limit, window.after, on)

    return page_loader("parent_id", read)


def descendants_by_path() -> DataLoader[PageKey[str, tuple[str | None, date]], list[db.Record]]:
    """Return a loader of descendants by (path, window, (level or None, day))."""

    async def read(paths: list[str], window: Window, asked: tuple[str | None, date]) -> list[db.Record]:
        level, on = asked
        return await service.descendants_of(paths, level, window.limit, window.after[0] if window.after else None, on)

    return page_loader("root", read)


def subtree_count_by_path() -> DataLoader[tuple[str, date], int]:
    """Return a loader of the number of units below a path by (path, day)."""

    async def read(paths: list[str], on: date) -> dict[str, int]:
        return {row["path"]: row["units"] for row in await service.subtree_counts(paths, on)}

    async def load(keys: list[tuple[str, date]]) -> list[int]:
        return [count or 0 for count in await by_day(read)(keys)]

    return DataLoader(load)


def by_day(
    read: Callable[[list[Key], Day], Awaitable[dict[Key, Found]]],
) -> Callable[[Sequence[tuple[Key, Day]]], Awaitable[list[Found | None]]]:
    """Return a batch function of (key, day) that reads all keys of one day in one statement."""

    async def load(keys: Sequence[tuple[Key, Day]]) -> list[Found | None]:
        found = {
            (key, day): value
            for day in dict.fromkeys(day for _, day in keys)
            for key, value in (await read(list({key for key, asked in keys if asked == day}), day)).items()
        }
        return [found.get(key) for key in keys]

    return load
