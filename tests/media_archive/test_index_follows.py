"""Indexes of several processes say the same as PostgreSQL after a moment, whenever they started."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from archive_world import Union, add, small_union, tell

from kit import db
from kit.identity import SYSTEM
from media_archive import settings
from media_archive.assets.changes import record_changes
from media_archive.assets.visibility import Sight
from media_archive.search import follow, reading
from media_archive.search.follow import Follower, follow_index
from media_archive.search.index import AssetIndex, Found, Question
from media_archive.search.service import search_assets


def find(follower: Follower, text: str) -> Found:
    return follower.index.search(Question(text, Sight(everything=True)), limit=50)


async def test_two_replicas_catch_up(union: Union, tmp_path: Path):
    early, late = Follower(AssetIndex(tmp_path / "early")), Follower(AssetIndex(tmp_path / "late"))
    first = await add(union.factory, "Bản tin số một")
    await early.build()
    second = await add(union.factory, "Bản tin số hai")
    await late.build()
    assert set(find(early, "ban tin").ids) == {first}
    assert await early.catch_up() == 1
    assert await late.catch_up() == 0
    assert set(find(early, "ban tin").ids) == set(find(late, "ban tin").ids) == {first, second}
    assert early.position == late.position


async def test_a_topic_that_has_another_name_is_found_by_it(union: Union, search: Follower):
    asset_id = await add(union.factory, "Bản tin số một", topics=("benefits",))
    await add(union.factory, "Bản tin số hai", topics=("labour_law",))
    await search.catch_up()
    assert find(search, "phuc loi").total == 0
    names = {"labour_law": "Pháp luật lao động", "benefits": "Phúc lợi đoàn viên"}
    terms = [
        {"code": code, "vi": vi, "en": code, "position": 1, "valid_from": "2020-01-01", "valid_to": None}
        for code, vi in names.items()
    ]
    await tell("vocabulary.changed", vocabulary="topic", terms=terms)
    assert await search.catch_up() == 1
    assert set(find(search, "phuc loi").ids) == {asset_id}


async def test_what_is_deleted_is_gone(union: Union, search: Follower):
    asset_id = await add(union.factory, "Bản tin số một")
    await search.catch_up()
    await db.execute("DELETE FROM asset")
    await record_changes([UUID(asset_id)])
    await search.catch_up()
    assert find(search, "ban tin") == Found([], 0)


async def test_more_changes_than_one_batch(union: Union, search: Follower, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(follow, "_AT_ONCE", 2)
    monkeypatch.setattr(reading, "_AT_ONCE", 2)
    for number in range(5):
        await add(union.factory, f"Bản tin số {number}")
    for unit in (union.root, union.north, union.mine):
        await add(unit, f"Áp phích của {unit.name_vi}")
    again = Follower(search.index)
    await again.build()
    assert find(again, "ban tin").total == 5
    assert find(again, "ap phich").total == 3
    search.position = 0
    assert await search.catch_up() == 8
    assert find(search, "ban tin").total == 5


@pytest.mark.committed
async def test_numbers_of_changes_are_in_the_order_of_commits(database: object):
    order: list[str] = []
    one_noted, other_may_end = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with db.transaction():
            await record_changes([uuid4()])
            one_noted.set()
            await other_may_end.wait()
            order.append("slow")

    async def fast() -> None:
        await one_noted.wait()
        async with db.transaction():
            asyncio.get_running_loop().call_later(0.2, other_may_end.set)
            await record_changes([uuid4()])
            order.append("fast")

    await asyncio.gather(slow(), fast())
    # Without the lock the fast one would have ended first, with the higher number.
    assert order == ["slow", "fast"]


@pytest.mark.committed
async def test_a_web_process_builds_its_index_and_follows(
    database: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LOA_SEARCH_FOLDER", str(tmp_path / "indexes"))
    monkeypatch.setenv("LOA_SEARCH_PAUSE_SECONDS", "0.05")
    settings.current.cache_clear()
    union = await small_union()
    await add(union.factory, "Bản tin số một")
    task = asyncio.create_task(follow_index())
    try:
        await until(lambda: follow._Process.follower is not None)  # pyright: ignore[reportPrivateUsage]
        assert (await search_assets(SYSTEM, "ban tin")).total == 1
        await add(union.factory, "Bản tin số hai")
        await until_found("ban tin", 2)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        monkeypatch.undo()
        settings.current.cache_clear()
    assert follow._Process.follower is None  # pyright: ignore[reportPrivateUsage]
    # What it leaves the next process goes on with.
    (left,) = (tmp_path / "indexes").iterdir()
    assert (left / "state.json").exists()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.02)


async def until_found(query: str, total: int) -> None:
    async with asyncio.timeout(10):
        while (await search_assets(SYSTEM, query)).total != total:
            await asyncio.sleep(0.02)
