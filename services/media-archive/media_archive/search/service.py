"""Searching for a caller: the index proposes, PostgreSQL decides what is shown."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from kit.db import Record
from kit.errors import InvalidInput
from kit.graphql import foreign_cursor
from kit.identity import Caller
from kit.paths import WIDTH
from media_archive.assets.service import assets_by_id, texts_of
from media_archive.assets.visibility import sight_of
from media_archive.search.follow import current_follower
from media_archive.search.index import MAX_RESULTS_DEEP, Question
from media_archive.search.snippets import Piece, snippet
from media_archive.search.vietnamese import syllables

LONGEST_QUERY = 300


@dataclass(frozen=True, slots=True)
class Hit:
    """An asset that answers, and the passage that does."""

    asset: Record
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits, how many assets answer in all, and whether more follow."""

    hits: list[Hit]
    total: int
    has_next_page: bool


async def search_assets(
    caller: Caller,
    query: str,
    *,
    within_path: str | None = None,
    kind: str | None = None,
    first: int = 20,
    offset: int = 0,
) -> Results:
    """Return the assets that answer best among those the caller may see.

    InvalidInput for a query without a word or longer than 300 characters; SearchNotReady while the index is built.
    """
    _check(query, offset)
    question = Question(query, sight_of(caller), within_path[-WIDTH:] if within_path else None, kind)
    index = current_follower().index
    found = await asyncio.to_thread(index.search, question, limit=first, offset=offset)
    ids = [UUID(one) for one in found.ids]
    allowed = await assets_by_id(caller, ids)
    shown = [one for one in ids if one in allowed]
    texts = await _passages(shown)
    hits = [Hit(allowed[one], snippet(_searched(allowed[one], texts.get(one, "")), query)) for one in shown]
    # What PostgreSQL refused is not counted either: the index may be a moment behind.
    total = found.total - (len(ids) - len(shown))
    return Results(hits, total, has_next_page=found.total > offset + first and offset + first < MAX_RESULTS_DEEP)


def _check(query: str, offset: int) -> None:
    if len(query) > LONGEST_QUERY:
        raise InvalidInput("query", f"nhiều nhất {LONGEST_QUERY} ký tự", f"at most {LONGEST_QUERY} characters")
    if not syllables(query):
        raise InvalidInput("query", "cần ít nhất một từ", "needs at least one word")
    if not 0 <= offset < MAX_RESULTS_DEEP:
        raise foreign_cursor()


async def _passages(ids: list[UUID]) -> dict[UUID, str]:
    texts: dict[UUID, str] = {}
    for row in await texts_of(ids):
        texts[row["asset_id"]] = f"{texts.get(row['asset_id'], '')}\n{row['text']}".strip()
    return texts


def _searched(asset: Record, text: str) -> str:
    return f"{asset['description']}\n{text}".strip()
