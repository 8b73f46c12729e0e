"""Places by code, and what became of many places, each as of a day."""

from collections.abc import Sequence
from datetime import date

from strawberry.dataloader import DataLoader

from kit import db
from kit.graphql import Window
from org.pages import PageKey, page_loader
from org.places import service


def place_by_code() -> DataLoader[tuple[str, date], db.Record | None]:
    """Return a loader of a place by (code, day), None where there is none; a code's length tells its kind."""

    async def read(asked: Sequence[tuple[str, date]]) -> list[db.Record | None]:
        found = {(row["code"], row["asked_on"]): row for row in await service.places_by_code(asked)}
        return [found.get(key) for key in asked]

    return DataLoader(read)


def successors_by_place() -> DataLoader[PageKey[str, date], list[db.Record]]:
    """Return a loader of successions by (old code, window, day)."""

    async def read(codes: list[str], window: Window, on: date) -> list[db.Record]:
        return await service.successors_of(codes, on, window.limit, window.after[0] if window.after else None)

    return page_loader("asked", read)


def predecessors_by_place() -> DataLoader[PageKey[str, date], list[db.Record]]:
    """Return a loader of successions by (new code, window, day)."""

    async def read(codes: list[str], window: Window, on: date) -> list[db.Record]:
        return await service.predecessors_of(codes, on, window.limit, window.after[0] if window.after else None)

    return page_loader("asked", read)
