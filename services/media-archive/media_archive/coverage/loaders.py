"""Reads of coverage in batches."""

from collections.abc import Sequence
from uuid import UUID

from strawberry.dataloader import DataLoader

from kit.db import Record
from kit.errors import NotFound
from kit.graphql import parse_id
from kit.identity import Caller
from media_archive.coverage import service
from media_archive.coverage.service import Coverage
from media_archive.units.service import paths_of

_Key = tuple[Caller, str, int]


class CoverageLoaders:
    """The loaders of one request that concern coverage."""

    def __init__(self) -> None:
        super().__init__()
        self.coverage: DataLoader[_Key, Coverage | None] = DataLoader(_coverage)
        self.material_counts: DataLoader[_Key, list[Record] | None] = DataLoader(_material_counts)


async def _coverage(keys: Sequence[_Key]) -> list[Coverage | None]:
    known = await _readable(keys)
    years = sorted({year for _, _, year in keys})
    found = await service.coverage_of(sorted({path for _, path in known.values()}), years)
    return [found[known[unit][1], year] if unit in known else None for _, unit, year in keys]


async def _material_counts(keys: Sequence[_Key]) -> list[list[Record] | None]:
    known = await _readable(keys)
    years = sorted({year for _, _, year in keys})
    rows = await service.material_counts_of([unit_id for unit_id, _ in known.values()], years)
    return [
        [row for row in rows if row["unit_id"] == known[unit][0] and row["year"] == year] if unit in known else None
        for _, unit, year in keys
    ]


async def _readable(keys: Sequence[_Key]) -> dict[str, tuple[UUID, str]]:
    """Return id and path of those units that we know of and that the caller may read; all keys have one caller."""
    parsed: dict[str, UUID] = {}
    for _, one, _ in keys:
        try:
            parsed[one] = parse_id(one, "unit")
        except NotFound:
            continue
    paths = await paths_of(list(parsed.values()))
    caller = keys[0][0]
    return {
        one: (unit_id, paths[unit_id])
        for one, unit_id in parsed.items()
        if unit_id in paths and service.may_read(caller, paths[unit_id])
    }
