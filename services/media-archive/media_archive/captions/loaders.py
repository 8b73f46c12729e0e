"""Reads of captions in batches."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from media_archive.captions.service import tracks_of
from media_archive.captions.types import AssetCaptions


async def captions_by_asset(ids: Sequence[str]) -> list[list[AssetCaptions]]:
    """Return the tracks of each asset."""
    by_asset: dict[str, list[AssetCaptions]] = defaultdict(list)
    for row in await tracks_of([UUID(one) for one in ids]):
        by_asset[str(row["asset_id"])].append(AssetCaptions.of(row))
    return [by_asset[one] for one in ids]
