"""Reads of assets in batches. Keys carry the caller, so nothing depends on how loaders are made."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from strawberry.dataloader import DataLoader

from kit.db import Record
from kit.errors import NotFound
from kit.graphql import parse_id
from kit.identity import Caller
from media_archive.assets import service
from media_archive.assets.types import AssetRendition, AssetText
from media_archive.captions.loaders import captions_by_asset
from media_archive.captions.types import AssetCaptions
from media_archive.collections.loaders import CollectionLoaders
from media_archive.coverage.loaders import CoverageLoaders
from media_archive.description.loaders import about_loader, places_loader
from media_archive.keeping.loaders import KeepingLoaders
from media_archive.metadata.embedded import Embedded
from media_archive.metadata.loaders import embedded_loader
from media_archive.needs.loaders import NeedsLoaders
from media_archive.places.service import KnownPlace
from media_archive.renditions.loaders import pages_by_asset
from media_archive.renditions.of_asset import AssetPage
from media_archive.reuse.loaders import ReuseLoaders
from media_archive.similarity.loaders import Key, near_duplicates_loader
from media_archive.units.service import paths_of


class Loaders(ReuseLoaders, CoverageLoaders):
    """The loaders of one request."""

    def __init__(self) -> None:
        super().__init__()
        self.collections = CollectionLoaders()
        self.keeping = KeepingLoaders()
        self.needs = NeedsLoaders()
        self.about: DataLoader[str, dict[str, object]] = about_loader()
        self.places: DataLoader[str, list[KnownPlace]] = places_loader()
        self.embedded: DataLoader[tuple[Caller, str], Embedded | None] = embedded_loader()
        self.near_duplicates: DataLoader[Key, list[Record]] = near_duplicates_loader()
        self.assets: DataLoader[tuple[Caller, UUID], Record | None] = DataLoader(_assets)
        self.newest: DataLoader[tuple[Caller, str, int], list[Record] | None] = DataLoader(_newest_in_units)
        self.counts: DataLoader[tuple[Caller, str], int | None] = DataLoader(_counts_in_units)
        self.renditions: DataLoader[str, list[AssetRendition]] = DataLoader(_renditions_by_asset)
        self.texts: DataLoader[str, list[AssetText]] = DataLoader(_texts_by_asset)
        self.captions: DataLoader[str, list[AssetCaptions]] = DataLoader(captions_by_asset)
        self.pages: DataLoader[str, list[AssetPage]] = DataLoader(pages_by_asset)


async def _assets(keys: Sequence[tuple[Caller, UUID]]) -> list[Record | None]:
    # All keys of a request have its one caller.
    found = await service.assets_by_id(keys[0][0], [asset_id for _, asset_id in keys])
    return [found.get(asset_id) for _, asset_id in keys]


async def _newest_in_units(keys: Sequence[tuple[Caller, str, int]]) -> list[list[Record] | None]:
    paths = await _paths([unit_id for _, unit_id, _ in keys])
    wanted: dict[int, set[str]] = defaultdict(set)
    for _, unit_id, first in keys:
        if unit_id in paths:
            wanted[first].add(paths[unit_id])
    found = {first: await service.newest_in_subtrees(keys[0][0], sorted(some), first) for first, some in wanted.items()}
    return [found[first][paths[unit_id]] if unit_id in paths else None for _, unit_id, first in keys]


async def _counts_in_units(keys: Sequence[tuple[Caller, str]]) -> list[int | None]:
    paths = await _paths([unit_id for _, unit_id in keys])
    found = await service.counts_in_subtrees(keys[0][0], sorted(set(paths.values())))
    return [found[paths[unit_id]] if unit_id in paths else None for _, unit_id in keys]


async def _paths(ids: Sequence[str]) -> dict[str, str]:
    """Return the paths of the units that we know of; ids that can't be any unit's are among the unknown ones."""
    parsed: dict[str, UUID] = {}
    for one in ids:
        try:
            parsed[one] = parse_id(one, "unit")
        except NotFound:
            continue
    known = await paths_of(list(parsed.values()))
    return {one: known[unit_id] for one, unit_id in parsed.items() if unit_id in known}


async def _renditions_by_asset(ids: Sequence[str]) -> list[list[AssetRendition]]:
    by_asset: dict[str, list[AssetRendition]] = defaultdict(list)
    for row in await service.renditions_of([UUID(one) for one in ids]):
        by_asset[str(row["asset_id"])].append(AssetRendition.of(row))
    return [by_asset[one] for one in ids]


async def _texts_by_asset(ids: Sequence[str]) -> list[list[AssetText]]:
    by_asset: dict[str, list[AssetText]] = defaultdict(list)
    for row in await service.texts_of([UUID(one) for one in ids]):
        by_asset[str(row["asset_id"])].append(AssetText.of(row))
    return [by_asset[one] for one in ids]
