"""Codes by which lists are narrowed: an unknown one is refused, since an empty list would look like an answer."""

from collections.abc import Sequence
from datetime import date

from kit.errors import InvalidInput
from kit.graphql import Info
from org.vocabularies.service import unknown_code

MOST_CODES = 50


async def narrowed(
    info: Info, field: str, vocabulary: str, codes: Sequence[str] | None, on: date
) -> tuple[str, ...] | None:
    """Return codes that an argument gives, each once; UnknownCode for one that the vocabulary never had.

    One that held on other days only is no mistake: that day has nothing under it. InvalidInput for more than 50.
    """
    if codes is None:
        return None
    if len(codes) > MOST_CODES:
        raise InvalidInput(field, f"nhiều nhất {MOST_CODES} mã.", f"may have at most {MOST_CODES} codes.")
    asked = tuple(sorted(set(codes)))
    is_known = await info.context.loaders.is_code_known.load_many([(vocabulary, code) for code in asked])
    for code, known in zip(asked, is_known, strict=True):
        if not known:
            raise await unknown_code(field, vocabulary, code, on)
    return asked


async def narrowed_to(info: Info, field: str, vocabulary: str, code: str | None, on: date) -> str | None:
    """Return the one code that an argument gives, as `narrowed` does."""
    found = await narrowed(info, field, vocabulary, [code], on) if code is not None else None
    return found[0] if found else None
