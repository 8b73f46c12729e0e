"""All that a unit has, and all that a search finds, leave as bags that `bagit` finds valid, as far as one is given it."""

import io
import re
import zipfile
from html import unescape
from pathlib import Path
from uuid import UUID, uuid4

import bagit
import pytest
from archive_world import Union, add, contributor, editor, picture, worker

from kit import db
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import Client, queries
from media_archive.keeping.bags import Bag
from media_archive.keeping.choosing import BagTooLarge, bag_of_search, bag_of_unit, is_still_given
from media_archive.search.follow import Follower

SEARCH = "/archive/api/search/bag"


def place_of(unit_id: UUID) -> str:
    return f"/archive/api/units/{unit_id}/bag"


async def unpacked(client: Client, caller: Caller, path: str, folder: Path) -> bagit.Bag:
    reply = await client.get(path, caller=caller)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/zip"), reply.text
    with zipfile.ZipFile(io.BytesIO(reply.content)) as packed:
        packed.extractall(folder)
    (root,) = folder.iterdir()
    bag = bagit.Bag(str(root))
    bag.validate()
    return bag


def files_in(bag: bagit.Bag) -> list[str]:
    return sorted(path for path in bag.payload_entries() if path != "data/metadata.csv")


def titles(bag: Bag) -> list[str]:
    return [one.row["title"] for one in bag.files]


async def test_a_unit_is_taken_out_with_those_below_it(client: Client, union: Union, tmp_path: Path):
    await add(union.factory, "Ảnh", picture(size=(64, 48)), visibility="private", file_name="ảnh.jpg")
    await add(union.north, "Thể lệ", b"Dieu 1", file_name="thể lệ.txt")
    await add(union.south, "Nơi khác", b"Noi khac", visibility="public")
    bag = await unpacked(client, contributor(union.north), place_of(union.north.id), tmp_path)
    assert files_in(bag) == ["data/00001/thể lệ.txt", "data/00002/ảnh.jpg"]
    assert (bag.info["External-Description"], bag.info["External-Identifier"]) == (
        union.north.name_vi,
        str(union.north.id),
    )
    told = await db.rows("SELECT action, unit_id, after->>'files' FROM audit WHERE action LIKE '%exported'")
    assert [tuple(row) for row in told] == [("unit.exported", union.north.id, "2")]


async def test_only_who_works_there_takes_a_unit_out(client: Client, union: Union):
    for caller, status in ((ANONYMOUS, 401), (worker(union.north), 403), (contributor(union.factory), 403)):
        assert (await client.get(place_of(union.north.id), caller=caller)).status_code == status
    for missing in (place_of(uuid4()), "/archive/api/units/x/bag"):
        assert (await client.get(missing, caller=editor(union.root))).status_code == 404
    assert await db.value("SELECT count(*) FROM audit WHERE action LIKE '%exported'") == 0


async def test_what_a_search_finds_is_taken_out_as_far_as_one_is_given_it(
    client: Client, union: Union, search: Follower, tmp_path: Path
):
    await add(union.factory, "Bản tin an toàn", b"Mot", visibility="union", kind="news")
    await add(union.factory, "Bản tin kín", b"Hai", visibility="private", kind="news")
    await add(union.factory, "Bản tin ảnh", picture(), visibility="union", kind="photo", file_name="a.jpg")
    await add(union.south, "Bản tin miền Nam", b"Ba", visibility="union", kind="news")
    await add(union.south, "Tờ rơi", b"Bon", visibility="union", kind="leaflet")
    await search.catch_up()
    path = f"{SEARCH}?q=ban+tin&kind=news"
    bag = await unpacked(client, worker(union.mine), path, tmp_path / "a")
    assert (len(files_in(bag)), bag.info["External-Description"]) == (2, "Kết quả tìm kiếm: ban tin")
    # There is no copy of the picture for everybody yet.
    bag = await unpacked(client, worker(union.mine), f"{SEARCH}?q=ban+tin&kind=photo", tmp_path / "b")
    assert (files_in(bag), bag.info["Internal-Sender-Description"].split()[0]) == ([], "1")
    bag = await unpacked(client, editor(union.root), f"{path}&unit={union.factory.id}", tmp_path / "c")
    assert len(files_in(bag)) == 2
    bag = await unpacked(client, editor(union.root), SEARCH, tmp_path / "d")
    assert len(files_in(bag)) == 5
    trail = await db.rows("SELECT after FROM audit WHERE action = 'search.exported'")
    assert (len(trail), "ban tin" in str(trail)) == (4, False)


async def test_the_search_page_leads_there(client: Client, union: Union, search: Follower, tmp_path: Path):
    await add(union.factory, "Bản tin", b"Mot", visibility="public", kind="news")
    await search.catch_up()
    asked = f"/archive/?q=ban+tin&unit={union.factory.id}&kind=news&view=list"
    assert SEARCH not in (await client.get(asked)).text
    page = (await client.get(asked, caller=worker(union.mine))).text
    (path,) = (unescape(one) for one in re.findall(rf'href="({SEARCH}[^"]*)"', page))
    assert len(files_in(await unpacked(client, worker(union.mine), path, tmp_path / "bag"))) == 1


async def test_a_search_that_can_not_be_asked_is_refused_as_on_its_page(client: Client, union: Union, search: Follower):
    for asked, caller, status, code in (
        ("", ANONYMOUS, 401, "SIGN_IN_REQUIRED"),
        ("q=...", worker(union.mine), 422, "INVALID_INPUT"),
        (f"unit={uuid4()}", worker(union.mine), 404, "NOT_FOUND"),
    ):
        reply = await client.get(f"{SEARCH}?{asked}", caller=caller)
        assert (reply.status_code, reply.json()["code"]) == (status, code)


async def test_no_more_than_so_many_at_once(union: Union, search: Follower):
    one = await add(union.factory, "Bản tin", b"Mot")
    await search.catch_up()
    await db.execute(
        """WITH made AS (
               INSERT INTO asset_version (asset_id, number, sha256, file_name)
               SELECT gen_random_uuid(), 1, sha256, file_name FROM asset, generate_series(1, 10000) WHERE id = $1
               RETURNING asset_id)
           INSERT INTO asset (id, unit_id, unit_path, kind, title, visibility, sha256, file_name, created_on)
           SELECT made.asset_id, unit_id, unit_path, kind, title, visibility, sha256, file_name, created_on
           FROM asset, made WHERE id = $1""",
        UUID(one),
    )
    with pytest.raises(BagTooLarge):
        await bag_of_unit(SYSTEM, union.factory.id)
    assert titles(await bag_of_search(SYSTEM, "ban tin")) == ["Bản tin"]


async def test_what_is_hidden_on_the_way_is_noticed_and_many_cost_no_more_than_few(union: Union):
    counts: list[int] = []
    for title in ("Một", "Hai"):
        await add(union.factory, title, title.encode())
        with queries() as counted:
            bag = await bag_of_unit(SYSTEM, union.factory.id)
        counts.append(counted.count)
    assert counts[0] == counts[1]
    me = contributor(union.factory)
    assert await is_still_given(me, bag)
    await db.execute("UPDATE asset SET hidden = 'consent_withdrawn' WHERE title = 'Hai'")
    assert not await is_still_given(me, bag)
