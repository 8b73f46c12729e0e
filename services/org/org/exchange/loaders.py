"""What is to be said about files, by the page."""

from uuid import UUID

from strawberry.dataloader import DataLoader

from kit import db
from kit.graphql import Window
from org.exchange import runs
from org.pages import PageKey, page_loader


def remarks_by_import() -> DataLoader[PageKey[UUID, None], list[db.Record]]:
    """Return a loader of remarks by (run, window, None)."""

    async def read(ids: list[UUID], window: Window, _: None) -> list[db.Record]:
        return await runs.remarks_of(ids, window.limit, window.after)

    return page_loader("run_id", read)
