"""Departments and officers of many units at once, as far as the caller may see them."""

from uuid import UUID

from strawberry.dataloader import DataLoader

from kit import db
from kit.graphql import Window
from kit.identity import Caller
from org.pages import PageKey, page_loader
from org.people import service


def departments_by_unit() -> DataLoader[PageKey[UUID, Caller], list[db.Record]]:
    """Return a loader of departments by (unit, window, caller)."""

    async def read(units: list[UUID], window: Window, caller: Caller) -> list[db.Record]:
        return await service.departments_of(caller, units, window.limit, window.after)

    return page_loader("unit_id", read)


def officers_by_unit() -> DataLoader[PageKey[UUID, Caller], list[db.Record]]:
    """Return a loader of officers by (unit, window, caller)."""

    async def read(units: list[UUID], window: Window, caller: Caller) -> list[db.Record]:
        return await service.officers_of(caller, units, window.limit, window.after)

    return page_loader("unit_id", read)


def department_by_id() -> DataLoader[tuple[Caller, UUID], db.Record | None]:
    """Return a loader of one department by (caller, id); all keys of a request have the same caller."""

    async def load(keys: list[tuple[Caller, UUID]]) -> list[db.Record | None]:
        found = {
            row["id"]: row
            for row in await service.departments_by_id(keys[0][0], [department_id for _, department_id in keys])
        }
        return [found.get(department_id) for _, department_id in keys]

    return DataLoader(load)
