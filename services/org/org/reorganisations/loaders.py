"""Successions, destinations and changes of many units at once."""

from uuid import UUID

from strawberry.dataloader import DataLoader

from kit import db
from kit.graphql import Window
from org.pages import PageKey, page_loader
from org.reorganisations import service
from org.reorganisations.service import Destination


class LineageLoaders:
    """How what came before and after units is looked up."""

    def __init__(self) -> None:
        self.successions_by_unit = successions_by_unit()
        self.destinations_by_unit = destinations_by_unit()
        self.reorganisation_by_version = reorganisation_by_version()
        self.units_by_version = units_by_version()


def successions_by_unit() -> DataLoader[PageKey[UUID, bool], list[db.Record]]:
    """Return a loader of successions by (unit, window, whether to its successors)."""

    async def read(units: list[UUID], window: Window, ahead: bool) -> list[db.Record]:  # a page's key
        return await service.neighbours_of(units, window.limit, window.after, ahead=ahead)

    return page_loader("unit_id", read)


def destinations_by_unit() -> DataLoader[UUID, list[Destination]]:
    """Return a loader of where the parts of a unit are today."""

    async def load(units: list[UUID]) -> list[list[Destination]]:
        found = await service.destinations_of(units)
        return [found[unit_id] for unit_id in units]

    return DataLoader(load)


def reorganisation_by_version() -> DataLoader[int, db.Record | None]:
    """Return a loader of changes by the versions that they made."""

    async def load(versions: list[int]) -> list[db.Record | None]:
        found = {row["version"]: row for row in await service.reorganisations_by_version(versions)}
        return [found.get(version) for version in versions]

    return DataLoader(load)


def units_by_version() -> DataLoader[PageKey[int, None], list[db.Record]]:
    """Return a loader of the units that a change concerned, by (version, window, None)."""

    async def read(versions: list[int], window: Window, _: None) -> list[db.Record]:
        return await service.units_of(versions, window.limit, window.after)

    return page_loader("version", read)
