"""A collection leaves as a bag that `bagit` finds valid, and comes in again with the same bytes and words."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import bagit
import pytest
from archive_world import Union, add, contributor, editor, picture, worker
from PIL import Image

from kit import db
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.jobs import MemoryQueue
from kit.storage import storage
from kit.testing import Client, queries
from media_archive.collections.items import add_items
from media_archive.collections.service import create_collection
from media_archive.imports.reading import found_in
from media_archive.imports.service import bring_in
from media_archive.keeping.places import key_of
from media_archive.keeping.zipping import StreamedZip
from media_archive.uploads.service import NewAsset


async def collected(union: Union, *assets: str, **said: Any) -> UUID:
    row = await create_collection(
        SYSTEM, union.north.id, said.pop("title", "Hội thao 2026"), visibility="union", **said
    )
    if assets:
        await add_items(SYSTEM, row["id"], [UUID(one) for one in assets])
    return row["id"]


async def unpacked(client: Client, caller: Caller, collection_id: UUID, folder: Path) -> Path:
    reply = await client.get(f"/archive/api/collections/{collection_id}/bag", caller=caller)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(reply.content)) as packed:
        assert packed.testzip() is None
        packed.extractall(folder)
    (bag,) = folder.iterdir()
    assert reply.headers["content-disposition"] == f'attachment; filename="{bag.name}.zip"'
    return bag


async def described() -> list[tuple[Any, ...]]:
    rows = await db.rows(
        """SELECT title, description, kind, language, topics, visibility, created_on, source, file_name, sha256
           FROM asset ORDER BY title"""
    )
    return [tuple(row) for row in rows]


@pytest.mark.committed
async def test_it_is_valid_and_comes_in_again_as_it_was(client: Client, union: Union, tmp_path: Path):
    said: dict[str, Any] = {
        "description": 'Dòng một\nDòng "hai", có phẩy',
        "topics": ("labour_law", "benefits"),
        "visibility": "union",
        "source": '=HYPERLINK("https://evil.example")',
    }
    photo = await add(union.north, "Ảnh; mở màn", picture(size=(64, 48)), file_name="trận mở màn 100%.jpg", **said)
    text = await add(union.factory, "Thể lệ", b"Dieu 1", file_name="thể lệ.txt", kind="news")
    same = await add(union.factory, "Thể lệ in lại", b"Dieu 1 bis", file_name="thể lệ.txt")
    inner_one = await add(union.north, "Chung kết", b"Ket qua", file_name="kết quả.txt")
    collection_id = await collected(union, photo, text, same)
    await collected(union, inner_one, title="Chung kết", parent_id=collection_id)
    bag = await unpacked(client, editor(union.root), collection_id, tmp_path)
    bagit.Bag(str(bag)).validate()
    names = [path.relative_to(bag / "data").as_posix() for path in sorted((bag / "data").rglob("*.*"))]
    assert names == [
        "00001/trận mở màn 100_.jpg",
        "00002/thể lệ.txt",
        "00003/thể lệ.txt",
        "00004/kết quả.txt",
        "metadata.csv",
    ]
    assert (bag / "data/00002/thể lệ.txt").read_bytes() == b"Dieu 1"
    table = (bag / "data/metadata.csv").read_text("utf-8")
    assert "\"'=HYPERLINK(" in table
    info = bagit.Bag(str(bag)).info
    assert (info["External-Description"], info["Source-Organization"]) == ("Hội thao 2026", union.north.name_vi)
    told = json.loads((bag / "metadata/dublin-core.jsonld").read_text("utf-8"))["@graph"]
    assert [one["title"]["@value"] for one in told] == ["Ảnh; mở màn", "Thể lệ", "Thể lệ in lại", "Chung kết"]
    before = await described()
    await db.execute("DELETE FROM asset")
    common = NewAsset(unit_id=union.north.id, title="", file_name="")
    outcome = await bring_in(SYSTEM, common, found_in(bag), lambda *_: None)
    assert (outcome.added, outcome.refused) == (4, [])
    again = [
        one if one[0] != "Ảnh; mở màn" else (*one[:8], "trận mở màn 100%.jpg", one[9]) for one in await described()
    ]
    assert again == before


async def test_who_asks_for_the_head_alone_has_nothing_read_for_them(client: Client, union: Union):
    text = await add(union.north, "Thể lệ", b"Dieu 1", visibility="union")
    path = f"/archive/api/collections/{await collected(union, text)}/bag"
    await storage().delete(key_of(await db.value("SELECT sha256 FROM asset")))
    reply = await client.request("HEAD", path, caller=worker(union.south))
    assert (reply.status_code, reply.headers["content-type"], reply.content) == (200, "application/zip", b"")
    assert "content-length" not in reply.headers


async def test_only_what_one_may_see_is_in_it(client: Client, union: Union, tmp_path: Path, job_queue: MemoryQueue):
    open_one = await add(union.north, "Chung", b"Chung", visibility="union")
    secret = await add(union.north, "Riêng", b"Rieng", visibility="private")
    exif = Image.Exif()
    exif[0x010F] = "May anh cua Lan"
    taken = picture(size=(64, 48), exif=exif)
    photo = await add(union.north, "Ảnh", taken, visibility="union", file_name="a.jpg")
    waiting = await add(union.north, "Chưa xong", picture(size=(80, 48)), visibility="union", file_name="b.jpg")
    collection_id = await collected(union, open_one, secret, photo, waiting)
    inner = await create_collection(SYSTEM, union.north.id, "Kín", visibility="private", parent_id=collection_id)
    inside = await add(union.north, "Trong kín", b"Trong kin", visibility="union")
    await add_items(SYSTEM, inner["id"], [UUID(inside)])
    await job_queue.run_all()
    await db.execute(
        "UPDATE rendition SET state = 'failed', reason = 'X', sha256 = NULL WHERE asset_id = $1 AND name = 'public'",
        UUID(waiting),
    )
    bag = await unpacked(client, worker(union.south), collection_id, tmp_path / "a")
    bagit.Bag(str(bag)).validate()
    files = sorted(path.name for path in (bag / "data").rglob("*.*"))
    assert files == ["a.jpg", "metadata.csv", "tai-lieu.txt"]
    assert "1 materials are left out" in (bag / "bag-info.txt").read_text()
    original = await db.value("SELECT sha256 FROM asset WHERE id = $1", UUID(photo))
    (sent,) = (bag / "data").rglob("a.jpg")
    assert sent.read_bytes() != await storage().get(key_of(original))
    mine = await unpacked(client, contributor(union.north), collection_id, tmp_path / "b")
    assert len(list((mine / "data").rglob("*.*"))) == 6
    (sent,) = (mine / "data").rglob("a.jpg")
    assert sent.read_bytes() == await storage().get(key_of(original))


async def test_a_damaged_file_is_left_out_and_told(client: Client, union: Union, tmp_path: Path):
    collection_id = await collected(union, await add(union.north, "A", b"Mot"), await add(union.north, "B", b"Hai hai"))
    await db.execute("UPDATE stored_file SET damage = 'changed' WHERE size = 3")
    bag = await unpacked(client, contributor(union.north), collection_id, tmp_path)
    bagit.Bag(str(bag)).validate()
    assert [path.read_bytes() for path in (bag / "data").rglob("*.txt")] == [b"Hai hai"]
    assert "1 materials are left out" in (bag / "bag-info.txt").read_text()


async def test_who_may_not_see_it_is_given_none(client: Client, union: Union):
    collection_id = await collected(union)
    for caller, status in ((ANONYMOUS, 401), (worker(union.south), 200)):
        reply = await client.get(f"/archive/api/collections/{collection_id}/bag", caller=caller)
        assert reply.status_code == status
    await db.execute("UPDATE collection SET visibility = 'private'")
    reply = await client.get(f"/archive/api/collections/{collection_id}/bag", caller=worker(union.south))
    assert (reply.status_code, reply.json()["code"]) == (404, "NOT_FOUND")
    told = await db.rows("SELECT action FROM audit WHERE kind = 'collection' ORDER BY id")
    assert [row["action"] for row in told] == ["collection.created", "collection.exported"]


async def test_many_files_cost_no_more_statements_than_few(client: Client, union: Union):
    counts: list[int] = []
    for number in (1, 4):
        assets = [await add(union.north, f"{number} {each}") for each in range(number)]
        collection_id = await collected(union, *assets)
        with queries() as seen:
            await client.get(f"/archive/api/collections/{collection_id}/bag", caller=editor(union.root))
        counts.append(seen.count)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("size", [0, 1, 5_000_000])
async def test_a_zip_is_streamed_in_pieces(union: Union, client: Client, size: int):
    async def content() -> Any:
        for start in range(0, size, 100_000):
            yield b"x" * min(100_000, size - start)

    zipped, now = StreamedZip(), datetime.now(UTC)
    pieces = [piece async for piece in zipped.add("ảnh/một.bin", size, now, content())]
    pieces += [zipped.add_text("b.txt", "Chữ", now), zipped.finish()]
    assert max(map(len, pieces)) < 110_000
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as packed:
        assert [(one.filename, one.file_size) for one in packed.infolist()] == [("ảnh/một.bin", size), ("b.txt", 5)]
        assert packed.testzip() is None
