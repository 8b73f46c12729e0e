"""Reads of near-duplicates in batches."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from strawberry.dataloader import DataLoader

from kit.db import Record
from kit.identity import Caller
from media_archive.similarity.service import near_duplicates_of

Key = tuple[Caller, str, int, str | None]
"""Who asks, the asset, how many at most, in which state."""


def near_duplicates_loader() -> DataLoader[Key, list[Record]]:
    """Return the loader of one request."""
    return DataLoader(_near_duplicates)


async def _near_duplicates(keys: Sequence[Key]) -> list[list[Record]]:
    wanted: dict[tuple[int, str | None], set[UUID]] = defaultdict(set)
    for _, asset_id, first, state in keys:
        wanted[first, state].add(UUID(asset_id))
    # All keys of a request have its one caller.
    found = {
        (first, state): await near_duplicates_of(keys[0][0], sorted(ids), first, state)
        for (first, state), ids in wanted.items()
    }
    return [found[first, state][UUID(asset_id)] for _, asset_id, first, state in keys]
