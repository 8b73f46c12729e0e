"""A file that is being sent stops within seconds once whoever loads it may no longer see it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from archive_world import Union, add, contributor, editor

from kit import db
from kit.errors import NotFound
from media_archive.files.finding import find_file, way_of
from media_archive.files.guarding import ASK_EVERY_SECONDS, GuardedResponse, SightEnded, guarded

PIECES = [b"a", b"b", b"c", b"d"]


async def slow_pieces() -> AsyncIterator[bytes]:
    for piece in PIECES:
        await asyncio.sleep(0.02)
        yield piece


async def test_is_asked_again_on_the_way_and_not_for_every_piece():
    asked: list[None] = []

    async def yes() -> bool:
        asked.append(None)
        return True

    assert [piece async for piece in guarded(slow_pieces(), yes)] == PIECES
    assert (asked, ASK_EVERY_SECONDS) == ([], 5.0)
    assert [piece async for piece in guarded(slow_pieces(), yes, every=0.01)] == PIECES
    assert len(asked) == 4


async def test_stops_before_the_next_piece_once_the_right_is_gone(union: Union):
    asset_id = UUID(await add(union.factory, "Bản tin", visibility="union"))
    way, got = way_of(contributor(union.south)), list[bytes]()

    async def still() -> bool:
        try:
            await find_file(way, asset_id, "original")
        except NotFound:
            return False
        return True

    with pytest.raises(SightEnded):
        async for piece in guarded(slow_pieces(), still, every=0.01):
            got.append(piece)
            if len(got) == 2:
                await db.execute("UPDATE asset SET hidden = 'consent_withdrawn'")
    assert got == PIECES[:2]
    assert (await find_file(way_of(editor(union.factory)), asset_id, "original")).size > 0


async def test_what_was_cut_is_not_taken_for_the_whole():
    async def no() -> bool:
        return False

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    reply = GuardedResponse(guarded(slow_pieces(), no, every=0.03), 200, {"content-length": "4"})
    await reply.stream_response(send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    # No last message: the server has to close the connection before all that was announced came.
    assert sent[-1]["more_body"] is True
