"""The archive's pages: in both languages, without scripts, and with what was typed kept when something is wrong."""

import re
from typing import Any

import pytest
from archive_world import Union, add, contributor, editor, picture, worker

from kit import db
from kit.identity import ANONYMOUS, Caller
from kit.jobs import MemoryQueue
from kit.testing import Client
from media_archive.search.follow import Follower


async def test_the_newest_are_shown_before_anything_is_asked(client: Client, union: Union):
    await add(union.factory, "Tờ rơi số một", visibility="public", is_made_up=True)
    await add(union.factory, "Nội bộ", visibility="unit")
    page = await client.get("/archive/")
    assert page.status_code == 200
    assert "Tờ rơi số một" in page.text
    assert "tài liệu minh họa" in page.text
    assert union.factory.name_vi in page.text
    assert "Nội bộ" not in page.text
    assert "/archive/upload" not in page.text


async def test_a_search_shows_the_passage_with_marks(client: Client, union: Union, search: Follower):
    await add(union.factory, "Bài", description="Hướng dẫn an toàn điện cho tổ <b>", visibility="public")
    await search.catch_up()
    page = (await client.get("/archive/?q=an+toan+dien")).text
    assert "1 kết quả cho “an toan dien”" in page
    assert "<mark>an</mark> <mark>toàn</mark> <mark>điện</mark>" in page
    assert "<b>" not in page
    english = (await client.get("/archive/?q=an+toan+dien&lang=en")).text
    assert "1 result for “an toan dien”" in english


async def test_a_query_is_shown_as_text(client: Client, union: Union, search: Follower):
    page = await client.get("/archive/", params={"q": '"><script>alert(1)</script>'})
    assert page.status_code == 200
    assert "<script>" not in page.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("q=!!!", 400),
        ("unit=nonsense", 404),
        ("after=nonsense", 400),
        ("q=" + "a" * 301, 400),
        ("q=x&after=WzEwMDBd", 400),
    ],
)
async def test_wrong_addresses_get_a_page_that_says_so(
    client: Client, union: Union, search: Follower, query: str, status: int
):
    page = await client.get(f"/archive/?{query}")
    assert page.status_code == status
    assert 'class="problem"' in page.text


async def test_pages_say_while_the_search_starts(client: Client, union: Union):
    page = await client.get("/archive/?q=x")
    assert page.status_code == 503
    assert "Bộ tìm kiếm đang khởi động" in page.text


async def test_more_than_a_page_is_reached_by_links(client: Client, union: Union, search: Follower):
    for number in range(26):
        await add(union.factory, f"Bản tin số {number:02}", visibility="public")
    await search.catch_up()
    for start in ("/archive/", "/archive/?q=ban+tin"):
        seen: set[str] = set()
        url = start
        while url:
            page = (await client.get(url)).text
            seen |= set(re.findall(r"Bản tin số \d\d", page))
            more = re.search(r'class="button quiet" href="(/archive/\?[^"]*after=[^"]+)"', page)
            url = more[1].replace("&amp;", "&") if more else ""
        assert len(seen) == 26


async def test_headers_forbid_everything_foreign(client: Client, union: Union):
    headers = (await client.get("/archive/")).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"


async def test_an_item_shows_what_is_known(client: Client, union: Union, job_queue: MemoryQueue):
    asset_id = await add(
        union.factory, "Ảnh hội thao", picture(), visibility="public", topics=("benefits",), source="Ban Tuyên giáo"
    )
    await job_queue.run_all()
    page = (await client.get(f"/archive/items/{asset_id}")).text
    for shown in (
        "Ảnh hội thao",
        "Lợi ích đoàn viên",
        "Ban Tuyên giáo",
        "image/jpeg",
        "Mọi người",
        union.factory.name_vi,
    ):
        assert shown in page
    image = re.search(r'<img src="(/files/[^"]+)" width="1024" height="768"', page)
    assert image is not None
    assert (await client.get(image[1])).headers["content-type"] == "image/webp"


@pytest.mark.parametrize("asset_id", ["6f9619ff-8b86-d011-b42d-00c04fc964ff", "nonsense"])
async def test_unknown_items_are_not_found(client: Client, union: Union, asset_id: str):
    page = await client.get(f"/archive/items/{asset_id}")
    assert page.status_code == 404
    assert "Không có gì ở đây mà anh/chị được xem." in page.text


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_uploading_needs_a_contributor(client: Client, union: Union, method: str):
    for caller, status in ((ANONYMOUS, 401), (worker(union.factory), 403)):
        page = await client.request(method, "/archive/upload", caller=caller)
        assert page.status_code == status
        assert ("/auth/login?next=/archive/upload" in page.text) == (status == 401)


async def test_the_form_offers_the_units_one_may_upload_for(client: Client, union: Union):
    page = (await client.get("/archive/upload", caller=contributor(union.north))).text
    assert re.findall(r'<option value="([0-9a-f-]{36})"', page) == [str(union.north.id), str(union.factory.id)]
    chosen = (await client.get(f"/archive/upload?unit={union.factory.id}", caller=contributor(union.root))).text
    assert f'<option value="{union.factory.id}" selected>' in chosen


@pytest.mark.parametrize("unit", ["nonsense", "\0"])
async def test_an_unknown_unit_is_chosen_for_nobody(client: Client, union: Union, unit: str):
    caller = contributor(union.factory)
    page = await client.get("/archive/upload", caller=caller, params={"unit": unit})
    assert page.status_code == 200
    assert " selected>" not in page.text
    again = await post(client, caller, picture("PNG", (90, 60)), unit=unit, title="Trang quét")
    assert again.status_code == 404
    assert 'value="Trang quét"' in again.text
    assert await db.value("SELECT count(*) FROM asset") == 0


async def post(client: Client, caller: Caller, content: bytes, **fields: Any) -> Any:
    files = {"file": ("trang.png", content, "image/png")}
    return await client.post("/archive/upload", caller=caller, data=fields, files=files, follow_redirects=False)


async def test_an_upload_leads_to_its_page(client: Client, union: Union):
    caller = contributor(union.factory)
    reply = await post(
        client, caller, picture("PNG", (90, 60)), unit=str(union.factory.id), title="Trang quét", kind=""
    )
    assert reply.status_code == 303
    page = await client.get(reply.headers["location"], caller=caller)
    assert page.status_code == 200
    assert "Trang quét" in page.text
    assert "đang chờ" in page.text.lower()


async def test_what_is_wrong_is_named_at_its_field_and_what_was_typed_stays(client: Client, union: Union):
    caller = editor(union.factory)
    fields = {
        "unit": str(union.factory.id),
        "title": "Tờ <rơi>",
        "description": "Mô tả",
        "visibility": "public",
        "topic": "benefits",
    }
    reply = await post(client, caller, b"", **fields)
    assert reply.status_code == 422
    assert "Tệp rỗng, không có nội dung." in reply.text
    assert re.search(r'<input type="file"[^>]*aria-invalid="true" aria-describedby="fault"', reply.text)
    for kept in ('value="Tờ &lt;rơi&gt;"', ">Mô tả</textarea>", 'value="public" checked', 'value="benefits" checked'):
        assert kept in reply.text
    assert await db.value("SELECT count(*) FROM asset") == 0


@pytest.mark.parametrize("day", ["31/12/2025", "2999-01-01"])
async def test_a_wrong_day_is_named_at_its_field(client: Client, union: Union, day: str):
    fields = {"unit": str(union.factory.id), "title": "Tờ rơi", "created_on": day}
    reply = await post(client, editor(union.factory), picture("PNG", (90, 60)), **fields)
    assert reply.status_code == 422
    assert re.search(r'<input type="date"[^>]*aria-invalid="true" aria-describedby="fault"', reply.text)


async def test_a_form_of_another_site_is_refused(client: Client, union: Union):
    headers = {"sec-fetch-site": "cross-site"}
    reply = await client.post("/archive/upload", caller=contributor(union.factory), headers=headers)
    assert reply.status_code == 403


async def test_the_archive_without_a_slash_leads_to_the_one_with_it(client: Client, union: Union):
    reply = await client.get("/archive", follow_redirects=False)
    assert (reply.status_code, reply.headers["location"]) == (308, "/archive/")


async def test_the_upload_page_says_how_large_a_file_may_be(client: Client, union: Union):
    await db.execute("UPDATE upload_limit SET most_megabytes = 1500 WHERE role = 'contributor'")
    page = (await client.get("/archive/upload", caller=contributor(union.factory))).text
    at_once, in_pieces = re.findall(r"<span data-with(?:out)?-script(?: hidden)?>([^<]+B)</span>", page)
    assert (at_once, in_pieces) == ("200 MB", "1,5 GB")
    await db.execute("UPDATE upload_limit SET most_megabytes = 50 WHERE role = 'contributor'")
    page = (await client.get("/archive/upload", caller=contributor(union.factory))).text
    assert page.count(">50 MB</span>") == 2
