"""Terms of many vocabularies at once, and whether codes are known."""

from datetime import date

from strawberry.dataloader import DataLoader

from kit import db
from kit.graphql import Window
from org.pages import PageKey, page_loader
from org.vocabularies import service


def terms_by_vocabulary() -> DataLoader[PageKey[str, date], list[db.Record]]:
    """Return a loader of terms by (vocabulary's name, window, day)."""

    async def read(names: list[str], window: Window, on: date) -> list[db.Record]:
        return await service.terms_of(names, window.limit, on, window.after)

    return page_loader("vocabulary", read)


def is_code_known() -> DataLoader[tuple[str, str], bool]:
    """Return a loader of whether a vocabulary has a code on whatever day, by (vocabulary, code)."""

    async def read(codes: list[tuple[str, str]]) -> list[bool]:
        known = await service.codes_known(codes)
        return [code in known for code in codes]

    return DataLoader(read)
