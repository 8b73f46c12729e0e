"""Sums of many subtrees at once."""

from strawberry.dataloader import DataLoader

from kit import db
from org.headcounts import service

Sums = tuple[db.Record, list[db.Record]]


def headcount_by_path() -> DataLoader[str, Sums | None]:
    """Return a loader of (coverage, cells) by path; None where nothing is published.

    Who may see them is asked before.
    """

    async def load(paths: list[str]) -> list[Sums | None]:
        cells: dict[str, list[db.Record]] = {}
        for row in await service.subtree_cells(paths):
            cells.setdefault(row["path"], []).append(row)
        coverage = {row["path"]: row for row in await service.subtree_coverage(paths)}
        return [(coverage[path], cells[path]) if path in coverage else None for path in paths]

    return DataLoader(load)
