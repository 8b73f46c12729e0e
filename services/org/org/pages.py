"""One statement for the same page of many owners' lists: what every nested list of this service is read with."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from kit import db
from kit.graphql import Window

Owner = TypeVar("Owner", bound=Hashable)
Extra = TypeVar("Extra", bound=Hashable)
PageKey = tuple[Owner, Window, Extra]


def page_loader(
    owner_column: str, read: Callable[[list[Owner], Window, Extra], Awaitable[list[db.Record]]]
) -> DataLoader[PageKey[Owner, Extra], list[db.Record]]:
    """Return a loader of rows by (owner, window, extra): one statement for each distinct window and extra of a batch.

    `read` returns the rows of several owners, each with its owner in `owner_column`.
    """

    async def load(keys: list[PageKey[Owner, Extra]]) -> list[list[db.Record]]:
        found: dict[Any, list[db.Record]] = {key: [] for key in keys}
        for window, extra in dict.fromkeys((window, extra) for _, window, extra in keys):
            owners = [owner for owner, *asked in keys if asked == [window, extra]]
            for row in await read(owners, window, extra):
                found[row[owner_column], window, extra].append(row)
        return [found[key] for key in keys]

    return DataLoader(load)
