"""Reads of pages in batches."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from kit import db
from kit.db import Record
from media_archive.renditions.of_asset import AssetPage


async def pages_of(asset_ids: Sequence[UUID]) -> list[Record]:
    """Return the pages of assets that were shown to the caller already, in order."""
    return await db.rows(
        """SELECT asset_id, number, width, height FROM asset_page
           WHERE asset_id = ANY($1::uuid[]) ORDER BY asset_id, number""",
        list(asset_ids),
    )


async def pages_by_asset(ids: Sequence[str]) -> list[list[AssetPage]]:
    """Return the pages of each asset."""
    by_asset: dict[str, list[AssetPage]] = defaultdict(list)
    for row in await pages_of([UUID(one) for one in ids]):
        by_asset[str(row["asset_id"])].append(AssetPage.of(row))
    return [by_asset[one] for one in ids]
