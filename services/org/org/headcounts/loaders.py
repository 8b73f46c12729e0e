"""Sums, coverage and publications of many units at once, each as of a day. Who may see them is asked before."""

from datetime import date, datetime
from uuid import UUID

from strawberry.dataloader import DataLoader

from kit import db
from kit.graphql import Window, foreign_cursor
from org.headcounts import service
from org.headcounts.service import Coverage, Dimension, Publication, SubtreeSum
from org.pages import PageKey, page_loader
from org.units.loaders import by_day


class HeadcountLoaders:
    """One loader for each way in which headcounts are looked up."""

    def __init__(self) -> None:
        self.coverage_by_path = coverage_by_path()
        self.groups_by_path = groups_by_path()
        self.missing_by_path = missing_by_path()
        self.publication_by_unit = publication_by_unit()
        self.publications_by_unit = publications_by_unit()
        self.sources_by_path = sources_by_path()
        self.sum_by_path = sum_by_path()


def sum_by_path() -> DataLoader[tuple[str, tuple[date, tuple[Dimension, ...]]], SubtreeSum | None]:
    """Return a loader of sums by (path, (day, dimensions))."""

    async def read(paths: list[str], asked: tuple[date, tuple[Dimension, ...]]) -> dict[str, SubtreeSum]:
        return dict(zip(paths, await service.subtree_sum(paths, *asked), strict=True))

    return DataLoader(by_day(read))


def groups_by_path() -> DataLoader[tuple[str, tuple[date, tuple[Dimension, ...]]], SubtreeSum | None]:
    """Return a loader of sums by (path, (day, dimensions)) that are read page by page, request by request."""

    async def read(paths: list[str], asked: tuple[date, tuple[Dimension, ...]]) -> dict[str, SubtreeSum]:
        return dict(zip(paths, await service.remembered_sum(paths, *asked), strict=True))

    return DataLoader(by_day(read))


def sources_by_path() -> DataLoader[tuple[str, date], list[str] | None]:
    """Return a loader of the sources of sums by (path, day)."""
    return DataLoader(by_day(service.sources_of))


def coverage_by_path() -> DataLoader[tuple[str, tuple[date, str | None]], Coverage | None]:
    """Return a loader of how many units have published by (path, (day, level or None))."""

    async def read(paths: list[str], asked: tuple[date, str | None]) -> dict[str, Coverage]:
        return await service.coverage(paths, *asked)

    return DataLoader(by_day(read))


def missing_by_path() -> DataLoader[PageKey[str, tuple[str | None, date]], list[db.Record]]:
    """Return a loader of units that have not published by (path, window, (level or None, day))."""

    async def read(paths: list[str], window: Window, asked: tuple[str | None, date]) -> list[db.Record]:
        level, day = asked
        return await service.missing_units(paths, day, level, window.limit, window.after[0] if window.after else None)

    return page_loader("root", read)


def publication_by_unit() -> DataLoader[tuple[UUID, date], Publication | None]:
    """Return a loader of the publication that counts for a unit itself by (unit, day)."""
    return DataLoader(by_day(service.cells_on))


def publications_by_unit() -> DataLoader[tuple[UUID, Window], list[Publication] | None]:
    """Return a loader of all publications of a unit itself by (unit, window)."""

    async def read(units: list[UUID], window: Window) -> dict[UUID, list[Publication]]:
        return await service.publications_of(units, window.limit, _position(window))

    return DataLoader(by_day(read))


def _position(window: Window) -> tuple[date, datetime, UUID] | None:
    if window.after is None:
        return None
    day, published_at, publication_id = window.after
    try:
        return date.fromisoformat(day), datetime.fromisoformat(published_at), UUID(publication_id)
    except ValueError as error:
        raise foreign_cursor() from error
