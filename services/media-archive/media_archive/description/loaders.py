"""Reads of what is said of materials, in batches."""

from collections.abc import Sequence
from uuid import UUID

from strawberry.dataloader import DataLoader

from media_archive.description.about import about_of
from media_archive.places.service import KnownPlace, places_of


def about_loader() -> DataLoader[str, dict[str, object]]:
    """Return the loader of one request; keys are ids of assets that were shown to the caller."""
    return DataLoader(_about)


async def _about(ids: Sequence[str]) -> list[dict[str, object]]:
    found = await about_of([UUID(one) for one in ids])
    return [found[UUID(one)] for one in ids]


def places_loader() -> DataLoader[str, list[KnownPlace]]:
    """Return the loader of one request; keys are ids of assets that were shown to the caller."""
    return DataLoader(_places)


async def _places(ids: Sequence[str]) -> list[list[KnownPlace]]:
    found = await places_of([UUID(one) for one in ids])
    return [found[UUID(one)] for one in ids]
