"""An index is disposable: taken over after a crash, thrown away when damaged, fetched by replicas, built anew beside."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from archive_world import Union, add, small_union
from click.testing import CliRunner

from kit import db
from kit.identity import SYSTEM
from kit.storage import storage
from media_archive import settings
from media_archive.assets.visibility import Sight
from media_archive.search import follow, snapshots
from media_archive.search.__main__ import command
from media_archive.search.asking import Question
from media_archive.search.documents import VERSION
from media_archive.search.folders import is_sound, new_folder
from media_archive.search.follow import Follower, Overtaken, SearchNotReady, built, follow_index, made_anew, taken_over
from media_archive.search.jobs import reindex, renew_snapshot, tend_search
from media_archive.search.log import changes_after, prune_changes
from media_archive.search.service import search_assets

ALL = Sight(everything=True)


def found(follower: Follower, text: str = "ban tin") -> int:
    return follower.index.search(Question(text, ALL), limit=9).total


async def fresh(place: Path) -> Follower:
    said = await changes_after(0, 1)
    return await built(new_folder(place), said.identity, said.generation)


async def test_what_a_process_leaves_the_next_goes_on_with(union: Union, tmp_path: Path):
    await add(union.factory, "Bản tin số một")
    first = await fresh(tmp_path)
    await add(union.factory, "Bản tin số hai")
    await first.catch_up()
    assert await taken_over(tmp_path) is None  # it is in use
    await first.leave()
    await add(union.factory, "Bản tin số ba")
    again = await taken_over(tmp_path)
    assert again is not None
    assert found(again) == 2
    assert await again.catch_up() == 1
    assert (found(again), again.position) == (3, first.position + 1)
    await again.remove()
    assert list(tmp_path.iterdir()) == []


async def test_an_index_of_another_database_or_version_is_thrown_away(union: Union, tmp_path: Path):
    for column, value in (("identity", "gen_random_uuid()"), ("generation", "generation + 1"), ("pruned", "1000")):
        await (await fresh(tmp_path)).leave()
        await db.execute(f"UPDATE search_log SET {column} = {value}")
        assert await taken_over(tmp_path) is None, column
        assert list(tmp_path.iterdir()) == []
    await db.execute("UPDATE search_log SET pruned = 0")
    # A database that was put back to an earlier day has fewer changes than the index met.
    await add(union.factory, "Bản tin")
    await (await fresh(tmp_path)).leave()
    await db.execute("DELETE FROM asset_change")
    assert await taken_over(tmp_path) is None


@pytest.mark.parametrize("part", ["assets", "passages"])
@pytest.mark.parametrize("harm", ["changed", "cut", "missing", "meta"])
async def test_a_damaged_index_is_built_anew(union: Union, tmp_path: Path, part: str, harm: str):
    await add(union.factory, "Bản tin", ("nội dung dài " * 800).encode())
    await db.execute(
        "UPDATE asset_text SET state = 'done', text = repeat('nội dung dài ', 800) WHERE source = 'document'"
    )
    follower = await fresh(tmp_path)
    folder = follower.index.folder
    await follower.leave()
    assert is_sound(folder)
    file = folder / part / "meta.json" if harm == "meta" else next((folder / part).glob("*.idx"))
    content = file.read_bytes()
    match harm:
        case "changed":
            file.write_bytes(content[:20] + bytes([content[20] ^ 1]) + content[21:])
        case "cut":
            file.write_bytes(content[: len(content) // 2])
        case "missing":
            file.unlink()
        case _:
            file.write_bytes(b"{")
    assert not is_sound(folder)
    assert await taken_over(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


_WRITES_FOREVER = """
import sys
from pathlib import Path
from media_archive.search.folders import State, new_folder
from media_archive.search.index import AssetIndex, IndexedAsset
folder = new_folder(Path(sys.argv[1]))
index = AssetIndex(folder.index)
number = 0
while True:
    number += 1
    index.write([IndexedAsset(str(number % 50), f"bản tin {number}", title="Số") for number in range(number, number + 20)])
    folder.tell(State(sys.argv[2], 0, int(sys.argv[3]), 0, "2026-01-01"))
    print(number, flush=True)
"""


@pytest.mark.parametrize("pause", [0.0, 0.013, 0.041])
async def test_a_process_killed_while_it_writes_leaves_an_index_to_go_on_with(
    union: Union, tmp_path: Path, pause: float
):
    identity = (await changes_after(0, 1)).identity
    command = [sys.executable, "-c", _WRITES_FOREVER, str(tmp_path), identity, str(VERSION)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for _ in range(5):
            writer.stdout.readline()
        await asyncio.sleep(pause)
        os.kill(writer.pid, signal.SIGKILL)
    follower = await taken_over(tmp_path)
    assert follower is not None
    assert found(follower) >= 20
    await follower.catch_up()
    await follower.remove()


async def test_a_new_replica_starts_from_the_snapshot_and_catches_up(union: Union, tmp_path: Path):
    first = await add(union.factory, "Bản tin số một")
    await renew_snapshot()
    await add(union.factory, "Bản tin số hai")
    # What the snapshot holds is not read again.
    await db.execute("UPDATE asset SET title = 'Khác' WHERE id = $1::text::uuid", first)
    replica = await made_anew(tmp_path)
    assert found(replica) == 1
    assert await replica.catch_up() == 1
    assert found(replica) == 2
    await replica.remove()


@pytest.mark.parametrize("harm", ["changed", "missing"])
async def test_a_damaged_snapshot_is_passed_over(union: Union, tmp_path: Path, harm: str):
    await add(union.factory, "Bản tin số một")
    await renew_snapshot()
    newest = await db.value("SELECT id FROM search_snapshot ORDER BY made_at DESC LIMIT 1")
    keys = [key async for key, _ in storage().keys(f"{snapshots.PREFIX}{newest}/") if key.endswith(".idx")]
    if harm == "missing":
        await storage().delete(keys[0])
    else:
        content = await storage().get(keys[0])
        await storage().put(keys[0], bytes([content[0] ^ 1]) + content[1:])
    replica = await made_anew(tmp_path)
    assert found(replica) == 1
    await replica.remove()


async def test_changes_are_pruned_behind_the_snapshot_and_who_is_behind_starts_anew(union: Union, tmp_path: Path):
    for number in range(6):
        await add(union.factory, f"Bản tin số {number}")
    slow = await fresh(tmp_path / "slow")
    for number in range(6):
        await add(union.factory, f"Bản tin số {number + 6}")
    await renew_snapshot()
    await add(union.factory, "Bản tin cuối")
    before = await db.value("SELECT count(*) FROM asset_change")
    assert await prune_changes(keep=before) == 0
    assert await slow.catch_up() == before - 6
    slow.position = 6
    # All could go, but what came after the snapshot stays.
    assert await prune_changes(keep=0) == before - 1
    assert await db.value("SELECT count(*) FROM asset_change") == 1
    with pytest.raises(Overtaken):
        await slow.catch_up()
    await slow.remove()
    replica = await made_anew(tmp_path / "new")
    assert await replica.catch_up() == 1
    assert found(replica) == 13
    await replica.remove()


async def test_what_is_tended_stays_small(union: Union):
    for _ in range(4):
        await renew_snapshot()
        await add(union.factory, "Bản tin")
    await tend_search()
    kept = {str(row["id"]) for row in await db.rows("SELECT id FROM search_snapshot")}
    assert len(kept) == 2
    # Files of those that went are swept when they are a day old: somebody may be fetching them.
    assert {key.split("/")[1] async for key, _ in storage().keys(snapshots.PREFIX)} >= kept


@contextlib.asynccontextmanager
async def following(place: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setenv("LOA_SEARCH_FOLDER", str(place))
    monkeypatch.setenv("LOA_SEARCH_PAUSE_SECONDS", "0.02")
    settings.current.cache_clear()
    task = asyncio.create_task(follow_index())
    try:
        await until(lambda: follow._Process.follower is not None)  # pyright: ignore[reportPrivateUsage]
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        monkeypatch.undo()
        settings.current.cache_clear()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.mark.committed
async def test_reindexing_replaces_the_index_and_no_search_fails_meanwhile(
    database: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    union = await small_union()
    await add(union.factory, "Bản tin số một")
    async with following(tmp_path / "indexes", monkeypatch):
        old = follow.current_follower()
        # Somebody wrote past the log: only an index built anew knows it.
        await db.execute("UPDATE asset SET title = 'Áp phích'")
        assert (await search_assets(SYSTEM, "ap phich")).total == 0
        assert await reindex() == 1
        asked = 0
        while follow.current_follower() is old:
            assert (await search_assets(SYSTEM, "noi dung")).total in (0, 1)
            asked += 1
            await asyncio.sleep(0)
        assert (await search_assets(SYSTEM, "ap phich")).total == 1
        assert follow.current_follower().generation == old.generation + 1
        assert asked > 0
        await add(union.factory, "Áp phích hai")
        await until(lambda: found(follow.current_follower(), "ap phich") == 2)
        await until(lambda: len(list((tmp_path / "indexes").iterdir())) == 1)


@pytest.mark.committed
async def test_an_index_that_can_no_longer_be_read_is_replaced(
    database: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    union = await small_union()
    await add(union.factory, "Bản tin số một")
    async with following(tmp_path / "indexes", monkeypatch):
        old = follow.current_follower()
        old.is_damaged = True
        await until(lambda: follow.current_follower() is not old)
        assert (await search_assets(SYSTEM, "ban tin")).total == 1


@pytest.mark.committed
async def test_an_index_whose_files_were_overwritten_is_replaced(
    database: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    union = await small_union()
    await add(union.factory, "Bản tin số một")
    async with following(tmp_path / "indexes", monkeypatch):
        old = follow.current_follower()
        for file in (old.index.folder / "assets").glob("*.fast"):
            with file.open("r+b") as written:
                written.write(b"\xff" * (file.stat().st_size * 2 // 3))
        with pytest.raises(BaseException, match=r"len|index|range|assert|bits") as error:
            found(old, "ban tin")
        assert type(error.value).__name__ == "PanicException"
        with pytest.raises(SearchNotReady):
            await search_assets(SYSTEM, "ban tin")
        await until(lambda: follow.current_follower() is not old)
        assert (await search_assets(SYSTEM, "ban tin")).total == 1


def test_the_command_says_what_it_is_for():
    told = CliRunner().invoke(command, ["--help"])
    assert "searches go on meanwhile" in told.output


async def test_there_is_one_log(union: Union):
    with pytest.raises(Exception, match="search_log_one_row"):
        await db.execute("INSERT INTO search_log (single) VALUES (false)")
