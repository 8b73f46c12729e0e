"""Reads of versions and events in batches."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from strawberry.dataloader import DataLoader

from kit.db import Record
from kit.identity import Caller
from media_archive.keeping import history, versions

VersionsKey = tuple[Caller, UUID, int, int | None]
EventsKey = tuple[UUID, int, tuple[object, ...] | None]


class KeepingLoaders:
    """The loaders of one request."""

    def __init__(self) -> None:
        self.versions: DataLoader[VersionsKey, list[Record]] = DataLoader(_versions)
        self.events: DataLoader[EventsKey, list[Record]] = DataLoader(_events)


async def _versions(keys: Sequence[VersionsKey]) -> list[list[Record]]:
    wanted: dict[tuple[int, int | None], list[UUID]] = defaultdict(list)
    for _, asset_id, limit, before in keys:
        wanted[limit, before].append(asset_id)
    found = {page: await versions.versions_of(keys[0][0], ids, *page) for page, ids in wanted.items()}
    return [found[limit, before][asset_id] or [] for _, asset_id, limit, before in keys]


async def _events(keys: Sequence[EventsKey]) -> list[list[Record]]:
    wanted: dict[tuple[int, tuple[object, ...] | None], list[UUID]] = defaultdict(list)
    for asset_id, limit, after in keys:
        wanted[limit, after].append(asset_id)
    found = {page: await history.events_of(ids, *page) for page, ids in wanted.items()}
    return [found[limit, after][asset_id] for asset_id, limit, after in keys]
