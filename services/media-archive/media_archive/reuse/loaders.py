"""Reads of uses in batches."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from strawberry.dataloader import DataLoader

from kit.calendar import today
from kit.db import Record
from kit.errors import NotFound
from kit.graphql import parse_id
from kit.identity import Caller
from media_archive.reuse import derivations, reading
from media_archive.reuse.reading import MOST_MONTHS, Position
from media_archive.units.service import paths_of


class ReuseLoaders:
    """The loaders of one request that concern reuse."""

    def __init__(self) -> None:
        super().__init__()
        self.reuses: DataLoader[tuple[Caller, UUID, int, Position], list[Record]] = DataLoader(_reuses)
        self.reuse_counts: DataLoader[tuple[Caller, UUID], int] = DataLoader(_counts)
        self.reuse_accounts: DataLoader[tuple[Caller, UUID | None, str | None], str | None] = DataLoader(_accounts)
        self.sources: DataLoader[tuple[Caller, UUID], list[Record]] = DataLoader(_sources)
        self.adaptations: DataLoader[tuple[Caller, UUID], list[Record]] = DataLoader(_adaptations)
        self.reuses_by_unit: DataLoader[tuple[Caller, str, int, Position], list[Record] | None] = DataLoader(
            _reuses_by_unit
        )
        self.reuse_months_by_unit: DataLoader[tuple[Caller, str], list[Record] | None] = DataLoader(_months_by_unit)


async def _reuses(keys: Sequence[tuple[Caller, UUID, int, Position]]) -> list[list[Record]]:
    # All keys of a request have its one caller; fields asked with other arguments are read by themselves.
    asked: dict[tuple[int, Position], list[UUID]] = defaultdict(list)
    for _, asset_id, limit, after in keys:
        asked[limit, after].append(asset_id)
    found = {
        (limit, after): await reading.reuses_of_assets(keys[0][0], some, limit, after)
        for (limit, after), some in asked.items()
    }
    return [found[limit, after][asset_id] for _, asset_id, limit, after in keys]


async def _counts(keys: Sequence[tuple[Caller, UUID]]) -> list[int]:
    found = await reading.counts_of_assets(keys[0][0], [asset_id for _, asset_id in keys])
    return [found.get(asset_id, 0) for _, asset_id in keys]


async def _accounts(keys: Sequence[tuple[Caller, UUID | None, str | None]]) -> list[str | None]:
    return await reading.accounts_told(keys[0][0], [(unit_id, account) for _, unit_id, account in keys])


async def _sources(keys: Sequence[tuple[Caller, UUID]]) -> list[list[Record]]:
    found = await derivations.sources_of(keys[0][0], [asset_id for _, asset_id in keys])
    return [found[asset_id] for _, asset_id in keys]


async def _adaptations(keys: Sequence[tuple[Caller, UUID]]) -> list[list[Record]]:
    found = await derivations.adaptations_of(keys[0][0], [asset_id for _, asset_id in keys])
    return [found[asset_id] for _, asset_id in keys]


async def _reuses_by_unit(keys: Sequence[tuple[Caller, str, int, Position]]) -> list[list[Record] | None]:
    asked: dict[tuple[int, Position], list[str]] = defaultdict(list)
    paths = await contributed(keys[0][0], [unit_id for _, unit_id, _, _ in keys])
    for _, unit_id, limit, after in keys:
        if unit_id in paths:
            asked[limit, after].append(paths[unit_id])
    found = {
        (limit, after): await reading.reuses_in_subtrees(sorted(set(some)), limit, after)
        for (limit, after), some in asked.items()
    }
    return [found[limit, after][paths[unit]] if unit in paths else None for _, unit, limit, after in keys]


async def _months_by_unit(keys: Sequence[tuple[Caller, str]]) -> list[list[Record] | None]:
    paths = await contributed(keys[0][0], [unit_id for _, unit_id in keys])
    found = await reading.months_in_subtrees(sorted(set(paths.values())), first_month(today()))
    return [found[paths[unit_id]] if unit_id in paths else None for _, unit_id in keys]


def first_month(day: date) -> date:
    """Return the first of the months that are told of as of a day."""
    months = day.year * 12 + day.month - MOST_MONTHS
    return date(months // 12, months % 12 + 1, 1)


async def contributed(caller: Caller, ids: Sequence[str]) -> dict[str, str]:
    """Return the paths of those units that we know of and where the caller contributes."""
    parsed: dict[str, UUID] = {}
    for one in ids:
        try:
            parsed[one] = parse_id(one, "unit")
        except NotFound:
            continue
    known = await paths_of(list(parsed.values()))
    return {
        one: known[unit_id]
        for one, unit_id in parsed.items()
        if unit_id in known and caller.may("contributor", known[unit_id])
    }
