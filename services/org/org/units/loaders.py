"""Units by id and by number, and pages of children and descendants of many units at once."""

from uuid import UUID

from strawberry.dataloader import DataLoader

from kit import db
from kit.graphql import Window
from org.pages import PageKey, page_loader
from org.units import service


def unit_by_id() -> DataLoader[UUID, db.Record | None]:
    """Return a loader of a unit by id, None where there is none."""

    async def load(ids: list[UUID]) -> list[db.Record | None]:
        found = {row["id"]: row for row in await service.units_by_id(ids)}
        return [found.get(unit_id) for unit_id in ids]

    return DataLoader(load)


def unit_by_number() -> DataLoader[int, db.Record]:
    """Return a loader of a unit by its number, which stands in other units' ancestors."""

    async def load(numbers: list[int]) -> list[db.Record]:
        found = {row["number"]: row for row in await service.units_by_number(numbers)}
        return [found[number] for number in numbers]

    return DataLoader(load)


def children_by_unit() -> DataLoader[PageKey[UUID, None], list[db.Record]]:
    """Return a loader of children by (parent, window, None)."""

    async def read(parents: list[UUID], window: Window, _: None) -> list[db.Record]:
        return await service.children_of(parents, window.limit, window.after)

    return page_loader("parent_id", read)


def descendants_by_path() -> DataLoader[PageKey[str, str | None], list[db.Record]]:
    """Return a loader of descendants by (path, window, level or None)."""

    async def read(paths: list[str], window: Window, level: str | None) -> list[db.Record]:
        return await service.descendants_of(paths, level, window.limit, window.after[0] if window.after else None)

    return page_loader("root", read)


def subtree_count_by_path() -> DataLoader[str, int]:
    """Return a loader of the number of units below a path."""

    async def load(paths: list[str]) -> list[int]:
        found = {row["path"]: row["units"] for row in await service.subtree_counts(paths)}
        return [found[path] for path in paths]

    return DataLoader(load)
