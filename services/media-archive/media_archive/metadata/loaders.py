"""Reads of what files say of themselves, in batches."""

from collections.abc import Sequence
from uuid import UUID

from strawberry.dataloader import DataLoader

from kit.identity import Caller
from media_archive.metadata.embedded import Embedded
from media_archive.metadata.service import embedded_of


def embedded_loader() -> DataLoader[tuple[Caller, str], Embedded | None]:
    """Return the loader of one request."""
    return DataLoader(_embedded)


async def _embedded(keys: Sequence[tuple[Caller, str]]) -> list[Embedded | None]:
    # All keys of a request have its one caller.
    found = await embedded_of(keys[0][0], [UUID(asset_id) for _, asset_id in keys])
    return [found.get(UUID(asset_id)) for _, asset_id in keys]
