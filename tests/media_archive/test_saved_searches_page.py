"""The page of what one marked: saved searches that lead to what is new, and favourites; nobody else's."""

from uuid import UUID

import pytest
from archive_browser import DESK, PHONE, check, open_page, origin
from archive_world import Union, add, small_union, worker
from playwright.async_api import Browser

from kit import db
from kit.identity import SYSTEM, Caller
from kit.testing import Client, caller_as
from media_archive.collections.favourites import mark_favourite
from media_archive.collections.jobs import tell_of_new_materials
from media_archive.collections.saved_searches import save_search
from media_archive.search.follow import Follower

__all__ = ["origin"]
PLACE = "/archive/mine"


def lan(union: Union) -> Caller:
    return caller_as("worker", union.south, subject="lan")


async def test_a_search_is_saved_looked_at_and_forgotten(client: Client, union: Union, search: Follower):
    saved = await client.post(
        f"{PLACE}/searches", caller=lan(union), data={"name": "An toàn", "question": "q=an+toan&sort=title"}
    )
    assert (saved.status_code, saved.headers["location"]) == (303, PLACE)
    assert "không có gì mới" in (await client.get(PLACE, caller=lan(union))).text
    await add(union.south, "An toàn điện")
    await search.catch_up()
    assert "1 tài liệu mới" in (await client.get(PLACE, caller=lan(union))).text
    one = f"{PLACE}/searches/{await db.value('SELECT id FROM saved_search')}"
    assert (await client.post(one, caller=caller_as("worker", union.south, subject="minh"))).status_code == 404
    looked = await client.post(one, caller=lan(union), data={"act": "look"})
    assert looked.headers["location"] == "/archive/?q=an+toan&sort=added"
    assert "không có gì mới" in (await client.get(PLACE, caller=lan(union))).text
    assert (await client.post(one, caller=lan(union), data={"act": "forget"})).status_code == 303
    assert await db.value("SELECT count(*) FROM saved_search") == 0


async def test_what_came_in_is_told_until_it_is_seen(client: Client, union: Union):
    who = caller_as("contributor", union.south, subject="lan")
    for name, question in (("An toàn", "q=an+toan"), ("Tin", "kind=news")):
        await client.post(f"{PLACE}/searches", caller=who, data={"name": name, "question": question})
    for number in range(6):
        await add(union.south, f"An toàn số {number}")
    await add(union.south, "Tin <mới>", kind="news")
    await tell_of_new_materials()
    page = (await client.get(PLACE, caller=who)).text
    assert "6 tài liệu mới" in page
    assert ("An toàn số 5</a>" in page, "và 1 tài liệu khác" in page, "An toàn số 0" in page) == (True, True, False)
    assert "Tin &lt;mới&gt;</a>" in page
    assert "2 câu tìm kiếm đã lưu có tài liệu mới" in (await client.get("/archive/work", caller=who)).text
    ids = [str(row["id"]) for row in await db.rows("SELECT id FROM search_notice ORDER BY number")]
    minh = caller_as("contributor", union.south, subject="minh")
    refused = await client.post(f"{PLACE}/notices", caller=minh, data={"notice": ids})
    assert refused.status_code == 404
    assert (await client.post(f"{PLACE}/notices", caller=who)).status_code == 422
    assert await db.value("SELECT count(*) FROM search_notice WHERE seen_at IS NULL") == 2
    seen = await client.post(f"{PLACE}/notices", caller=who, data={"notice": ids})
    assert (seen.status_code, seen.headers["location"]) == (303, PLACE)
    assert "Tài liệu mới về" not in (await client.get(PLACE, caller=who)).text
    assert "câu tìm kiếm đã lưu" not in (await client.get("/archive/work", caller=who)).text


async def test_the_search_page_offers_to_save_what_was_asked(client: Client, union: Union, search: Follower):
    page = (await client.get("/archive/?q=an+toan&kind=news&view=list", caller=lan(union))).text
    assert 'name="question" value="q=an+toan&amp;kind=news&amp;view=list"' in page
    assert 'name="question"' not in (await client.get("/archive/", caller=lan(union))).text
    stranger = (await client.get("/archive/?q=an+toan")).text
    assert ('name="question"' in stranger, "/archive/mine" in stranger) == (False, False)


async def test_it_is_for_whoever_is_signed_in(client: Client, union: Union):
    assert (await client.get(PLACE)).status_code == 401
    assert (await client.post(f"{PLACE}/searches", data={"name": "A", "question": "q=a"})).status_code == 401
    wrong = await client.post(f"{PLACE}/searches", caller=lan(union), data={"name": "", "question": "q=a"})
    assert (wrong.status_code, "cần từ 1 đến 100 ký tự" in wrong.text) == (422, True)
    elsewhere = await client.post(
        f"{PLACE}/searches",
        caller=lan(union),
        data={"name": "A", "question": "q=a"},
        headers={"origin": "https://evil.example"},
    )
    assert elsewhere.status_code == 403
    assert (await client.get(f"{PLACE}?after=x", caller=lan(union))).status_code == 400
    assert await db.value("SELECT count(*) FROM saved_search") == 0


@pytest.mark.committed
@pytest.mark.browser
@pytest.mark.parametrize(("size", "name"), [(PHONE, "phone"), (DESK, "desk")])
async def test_it_is_accessible_and_fits(
    browser: Browser, origin: str, search: Follower, size: dict[str, int], name: str
):
    union = await small_union()
    who = worker(union.south)
    await save_search(who, "Tin của tỉnh", "kind=news")
    await save_search(who, "Tiếng Việt", "language=vi")
    await add(union.south, "Tin mới", kind="news")
    await mark_favourite(who, UUID(await add(union.south, "Bài hay", caller=SYSTEM)))
    await add(union.south, "Một tài liệu có tên rất dài để thấy chữ xuống dòng thế nào trên điện thoại")
    await tell_of_new_materials()
    await search.catch_up()
    page = await open_page(browser, size, who)
    for language in ("vi", "en"):
        await page.goto(f"{origin}{PLACE}?lang={language}")
        await check(page, f"mine-{name}-{language}")
        await page.goto(f"{origin}/archive/?q=tin&lang={language}")
        await page.locator("details.save summary").click()
        await check(page, f"save-{name}-{language}")
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_url(f"**{PLACE}")
    await page.get_by_role("button", name="Got it: Tiếng Việt").click()
    await page.get_by_role("button", name="Got it: Tiếng Việt").wait_for(state="detached")
    await page.get_by_role("button", name="See all: Tin của tỉnh").wait_for()
    await page.get_by_role("button", name="Look: Tin của tỉnh").click()
    await page.wait_for_url("**/archive/?kind=news&sort=added")
