"""The pages of collections: made, filled and put in order by plain forms, in both languages."""

import re
from uuid import UUID

import pytest
from archive_browser import DESK, PHONE, check, open_page, origin
from archive_world import Union, add, contributor, editor, picture, small_union, worker
from playwright.async_api import Browser

from kit import db
from kit.identity import ANONYMOUS, SYSTEM
from kit.jobs import MemoryQueue
from kit.testing import Client
from media_archive.collections import items
from media_archive.collections.service import create_collection
from media_archive.search.follow import Follower

__all__ = ["origin"]
PLACE = "/archive/collections"


async def begun(union: Union, title: str = "Hội thao 2026", **said: object) -> str:
    return str((await create_collection(SYSTEM, union.north.id, title, **said))["id"])  # pyright: ignore[reportArgumentType]


async def test_a_collection_is_begun_filled_and_sorted_without_a_script(client: Client, union: Union):
    who = contributor(union.north)
    assert "Lập bộ sưu tập" in (await client.get(PLACE, caller=who)).text
    assert union.north.name_vi in (await client.get(f"{PLACE}/new", caller=who)).text
    made = await client.post(f"{PLACE}/new", caller=who, data={"unit": str(union.north.id), "title": "Hội thao"})
    assert made.status_code == 303
    url = made.headers["location"]
    collection_id = url.rsplit("/", 1)[-1]
    assets = [await add(union.north, title) for title in ("Một", "Hai")]
    for one in assets:
        added = await client.post(f"{PLACE}/items", caller=who, data={"collection": collection_id, "asset": one})
        assert (added.status_code, added.headers["location"]) == (303, url)
    page = (await client.get(url, caller=who)).text
    assert page.index("Một</a>") < page.index("Hai</a>")
    moved = await client.post(url, caller=who, data={"act": "up", "asset": assets[1]})
    assert moved.headers["location"] == f"{url}#item-{assets[1]}"
    page = (await client.get(url, caller=who)).text
    assert page.index("Hai</a>") < page.index("Một</a>")
    await client.post(url, caller=who, data={"act": "down", "asset": assets[1]})
    await client.post(url, caller=who, data={"act": "take", "asset": assets[0]})
    page = (await client.get(url, caller=who)).text
    assert ("Một</a>" in page, "Hai</a>" in page, "1 tài liệu" in page) == (False, True, True)
    said = {"act": "describe", "title": "Hội thao hè", "description": "Ở Bắc Ninh", "visibility": "union"}
    assert (await client.post(url, caller=who, data=said)).status_code == 303
    page = (await client.get(f"{url}?lang=en", caller=worker(union.south))).text
    assert ("Hội thao hè" in page, "Use as cover" in page) == (True, False)
    assert (await client.post(url, caller=who, data={"act": "delete"})).headers["location"] == PLACE
    assert await db.value("SELECT count(*) FROM collection") == 0


async def test_what_is_ticked_on_the_search_page_is_put_into_a_collection(
    client: Client, union: Union, search: Follower
):
    ids = [await add(union.south, title, visibility="union") for title in ("An toàn điện", "An toàn lao động")]
    await search.catch_up()
    who, found = contributor(union.north), "/archive/?q=an+toan"
    assert 'form="many"' not in (await client.get(found, caller=who)).text
    collection_id = await begun(union)
    page = (await client.get(found, caller=who)).text
    assert set(re.findall(r'name="id" value="([^"]+)" form="many"', page)) == set(ids)
    assert f'<option value="{collection_id}">Hội thao 2026</option>' in page
    # What others made is collected, not described.
    assert "Mô tả những tài liệu đã chọn" not in page
    nothing = await client.post(f"{PLACE}/items", caller=who, data={"collection": collection_id})
    assert (nothing.status_code, "Hãy chọn ít nhất một tài liệu." in nothing.text) == (400, True)
    added = await client.post(f"{PLACE}/items", caller=who, data={"collection": collection_id, "id": ids})
    assert (added.status_code, added.headers["location"]) == (303, f"{PLACE}/{collection_id}")
    kept = await db.rows("SELECT asset_id::text FROM collection_item ORDER BY position")
    assert [row["asset_id"] for row in kept] == ids


async def test_what_is_wrong_is_said_and_what_was_typed_stays(client: Client, union: Union):
    who = contributor(union.north)
    typed = {"unit": str(union.north.id), "title": " ", "description": "Đã gõ nhiều"}
    page = await client.post(f"{PLACE}/new", caller=who, data=typed)
    assert (page.status_code, "cần từ 1 đến 300 ký tự" in page.text, "Đã gõ nhiều" in page.text) == (422, True, True)
    url = f"{PLACE}/{await begun(union)}"
    page = await client.post(url, caller=who, data={"act": "describe", "title": "", "description": "Đã gõ nhiều"})
    assert (page.status_code, "Đã gõ nhiều" in page.text) == (422, True)
    assert (await client.post(url, caller=who, data={"act": "burn"})).status_code == 422


async def test_others_may_look_or_not_but_not_touch(client: Client, union: Union):
    url = f"{PLACE}/{await begun(union, visibility='union')}"
    assert (await client.get(url)).status_code == 404
    assert (await client.get(url, caller=worker(union.south))).status_code == 200
    for caller, status in ((worker(union.north), 403), (editor(union.south), 403), (ANONYMOUS, 404)):
        page = await client.post(url, caller=caller, data={"act": "describe", "title": "Khác"})
        assert page.status_code == (401 if caller is ANONYMOUS else status)
    page = await client.post(
        url, caller=contributor(union.north), data={"act": "delete"}, headers={"sec-fetch-site": "cross-site"}
    )
    assert page.status_code == 403
    assert (await client.get(f"{PLACE}/new")).status_code == 401
    assert (await client.get(f"{PLACE}/new", caller=worker(union.north))).status_code == 403
    assert (await client.get(f"{PLACE}?after=nonsense")).status_code == 400
    assert await db.value("SELECT title FROM collection") == "Hội thao 2026"


async def test_long_ones_are_paged(client: Client, union: Union):
    collection_id = await begun(union, visibility="public")
    assets = [await add(union.north, f"Tài liệu số {number:02}", visibility="public") for number in range(26)]
    await items.add_items(SYSTEM, UUID(collection_id), [UUID(one) for one in assets])
    page = (await client.get(f"{PLACE}/{collection_id}")).text
    assert page.count('class="tile"') == 24
    following = re.search(r'href="(/archive/collections/[^"]+after=[^"]+)"', page)
    assert following is not None
    page = (await client.get(following[1])).text
    assert [f"số {number:02}" in page for number in (23, 24, 25)] == [False, True, True]


@pytest.mark.committed
@pytest.mark.browser
@pytest.mark.parametrize(("size", "name"), [(PHONE, "phone"), (DESK, "desk")])
async def test_the_pages_are_accessible_and_fit(
    browser: Browser, origin: str, job_queue: MemoryQueue, size: dict[str, int], name: str
):
    union = await small_union()
    collection_id = await begun(union, description="Ảnh, tin và phóng sự\ncủa cả mùa hè")
    await begun(union, "Vòng chung kết", parent_id=UUID(collection_id))
    assets = [await add(union.north, "Trận mở màn", picture(size=(640, 480))), await add(union.north, "Thể lệ")]
    await items.add_items(SYSTEM, UUID(collection_id), [UUID(one) for one in assets])
    await job_queue.run_all()
    page = await open_page(browser, size, editor(union.root), java_script_enabled=True)
    for language in ("vi", "en"):
        for path in ("", "/new", f"/new?parent={collection_id}", f"/{collection_id}"):
            await page.goto(f"{origin}{PLACE}{path}{'&' if '?' in path else '?'}lang={language}")
            if path == f"/{collection_id}":
                await page.locator("details summary").click()
            await check(page, f"collections-{path[1:4].replace('?', '') or 'list'}{len(path)}-{name}-{language}")
    await page.get_by_role("button", name="Move earlier: Thể lệ").click()
    await page.wait_for_load_state()
    assert await page.locator("ol.grid h3").all_inner_texts() == ["Thể lệ", "Trận mở màn"]
