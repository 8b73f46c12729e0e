"""Reads of collections in batches. Keys carry the caller, who is one in a request."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from strawberry.dataloader import DataLoader

from kit.db import Record
from kit.identity import Caller
from media_archive.collections import favourites, items, saved_searches, service

Page = tuple[Caller, UUID, int, tuple[object, ...] | None]
One = tuple[Caller, UUID]


class CollectionLoaders:
    """The loaders of one request."""

    def __init__(self) -> None:
        self.ancestors: DataLoader[One, list[Record]] = DataLoader(_ancestors)
        self.children: DataLoader[Page, list[Record]] = DataLoader(_children)
        self.items: DataLoader[Page, list[Record]] = DataLoader(_items)
        self.counts: DataLoader[One, int] = DataLoader(_counts)
        self.covers: DataLoader[One, Record | None] = DataLoader(_covers)
        self.holding: DataLoader[One, list[Record]] = DataLoader(_holding)
        self.favourites: DataLoader[One, bool] = DataLoader(_favourites)
        self.news: DataLoader[tuple[Caller, str, datetime], int | None] = DataLoader(_news)


async def _ancestors(keys: Sequence[One]) -> list[list[Record]]:
    found = await service.ancestors_of(keys[0][0], [one for _, one in keys])
    return [found[one] for _, one in keys]


async def _children(keys: Sequence[Page]) -> list[list[Record]]:
    return await _pages(keys, service.children_of)


async def _items(keys: Sequence[Page]) -> list[list[Record]]:
    return await _pages(keys, items.items_of)


Read = Callable[[Caller, Sequence[UUID], int, Sequence[object] | None], Awaitable[dict[UUID, list[Record]]]]


async def _pages(keys: Sequence[Page], read: Read) -> list[list[Record]]:
    """One statement for all collections of which the same page is asked: an answer asks for one or two."""
    wanted: dict[tuple[int, tuple[object, ...] | None], list[UUID]] = defaultdict(list)
    for _, one, limit, after in keys:
        wanted[limit, after].append(one)
    found = {page: await read(keys[0][0], some, *page) for page, some in wanted.items()}
    return [found[limit, after][one] for _, one, limit, after in keys]


async def _counts(keys: Sequence[One]) -> list[int]:
    found = await items.counts_of(keys[0][0], [one for _, one in keys])
    return [found[one] for _, one in keys]


async def _covers(keys: Sequence[One]) -> list[Record | None]:
    found = await items.covers_of(keys[0][0], [one for _, one in keys])
    return [found.get(one) for _, one in keys]


async def _holding(keys: Sequence[One]) -> list[list[Record]]:
    found = await items.holding(keys[0][0], [one for _, one in keys])
    return [found[one] for _, one in keys]


async def _favourites(keys: Sequence[One]) -> list[bool]:
    if keys[0][0].subject is None:
        return [False] * len(keys)
    found = await favourites.which_are_favourites(keys[0][0], [one for _, one in keys])
    return [one in found for _, one in keys]


async def _news(keys: Sequence[tuple[Caller, str, datetime]]) -> list[int | None]:
    return await saved_searches.count_news(keys[0][0], [(question, since) for _, question, since in keys])
