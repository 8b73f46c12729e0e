"""A material's page: leafed through, marked, put into a collection, and told of only as far as it concerns who looks."""

import re
from html import unescape
from io import BytesIO
from uuid import UUID

import pytest
from archive_world import Union, add, contributor, editor, picture, scanned_page, worker
from PIL import Image

from kit import db
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.jobs import MemoryQueue
from kit.testing import Client, caller_as
from media_archive.assets.service import Changes, describe_asset
from media_archive.collections.items import add_items
from media_archive.collections.service import create_collection
from media_archive.description.about import About
from media_archive.reuse.derivations import set_sources


def three_pages() -> bytes:
    pages = [Image.open(BytesIO(scanned_page(f"Trang {number}"))) for number in (1, 2, 3)]
    buffer = BytesIO()
    pages[0].save(buffer, "PDF", resolution=200, save_all=True, append_images=pages[1:])
    return buffer.getvalue()


async def test_a_document_is_leafed_through_without_scripts(client: Client, union: Union, job_queue: MemoryQueue):
    asset_id = await add(union.factory, "Kế hoạch", three_pages(), visibility="public", file_name="ke-hoach.pdf")
    await job_queue.run_all()

    async def leafed(query: str) -> tuple[str, list[str]]:
        page = (await client.get(f"/archive/items/{asset_id}{query}")).text
        shown = re.search(r"Trang (\d+ / \d+)", page)
        assert shown is not None
        return shown[1], re.findall(r'rel="(\w+)" href="\?page=(\d)#view"', page)

    assert await leafed("") == ("1 / 3", [("next", "2")])
    assert await leafed("?page=2") == ("2 / 3", [("prev", "1"), ("next", "3")])
    assert await leafed("?page=3") == ("3 / 3", [("prev", "2")])
    for nonsense in ("0", "4", "-1", "x", "٣", "9" * 30):
        assert await leafed(f"?page={nonsense}") == ("1 / 3", [("next", "2")])
    address = re.search(r'src="(/files/[^"]+/page-1.webp)"', (await client.get(f"/archive/items/{asset_id}")).text)
    assert address is not None
    assert (await client.get(address[1])).headers["content-type"] == "image/webp"


async def test_a_picture_leads_to_a_larger_one(client: Client, union: Union, job_queue: MemoryQueue):
    asset_id = await add(union.factory, "Ảnh", picture(size=(2400, 1800)), visibility="public")
    await job_queue.run_all()
    page = (await client.get(f"/archive/items/{asset_id}")).text
    larger = re.search(r'href="(/files/[^"]+/thumb_2048.jpg)"', page)
    assert larger is not None
    assert (await client.get(larger[1])).status_code == 200


async def test_favourites_are_marked_and_unmarked_by_a_button(client: Client, union: Union):
    asset_id = await add(union.factory, "Tờ rơi", visibility="union")
    me, place = worker(union.south), f"/archive/items/{asset_id}"
    assert "☆ Đánh dấu" in (await client.get(place, caller=me)).text
    for mark, told in (("yes", "★ Bỏ đánh dấu"), ("yes", "★ Bỏ đánh dấu"), ("no", "☆ Đánh dấu")):
        answer = await client.post(f"{place}/favourite", caller=me, data={"mark": mark})
        assert (answer.status_code, answer.headers["location"]) == (303, place)
        assert told in (await client.get(place, caller=me)).text


@pytest.mark.parametrize("caller", [ANONYMOUS, Caller(subject="stranger")])
async def test_what_one_may_not_see_is_not_marked(client: Client, union: Union, caller: Caller):
    asset_id = await add(union.factory, "Riêng", visibility="unit")
    answer = await client.post(f"/archive/items/{asset_id}/favourite", caller=caller, data={"mark": "yes"})
    assert answer.status_code == (401 if caller is ANONYMOUS else 404)
    assert await db.value("SELECT count(*) FROM favourite") == 0


async def test_another_sites_page_marks_nothing(client: Client, union: Union):
    asset_id = await add(union.factory, "Tờ rơi", visibility="public")
    answer = await client.post(
        f"/archive/items/{asset_id}/favourite",
        caller=worker(union.south),
        data={"mark": "yes"},
        headers={"sec-fetch-site": "cross-site"},
    )
    assert (answer.status_code, await db.value("SELECT count(*) FROM favourite")) == (403, 0)


async def test_a_material_is_put_into_a_collection_of_ones_own(client: Client, union: Union):
    asset_id = await add(union.factory, "Tờ rơi", visibility="union")
    me = contributor(union.south)
    place = f"/archive/items/{asset_id}"
    assert "Thêm vào bộ sưu tập" not in (await client.get(place, caller=me)).text
    made = await create_collection(me, union.south.id, "Tháng Công nhân")
    page = (await client.get(place, caller=me)).text
    assert f'<option value="{made["id"]}">Tháng Công nhân</option>' in page
    answer = await client.post(
        "/archive/collections/items", caller=me, data={"collection": str(made["id"]), "asset": asset_id}
    )
    assert answer.status_code == 303
    assert await db.value("SELECT asset_id FROM collection_item") == UUID(asset_id)
    assert "Thêm vào bộ sưu tập" not in (await client.get(place, caller=worker(union.south))).text


async def test_only_public_materials_speak_to_search_engines(client: Client, union: Union):
    shown = await add(union.factory, "Công khai </script>", visibility="public")
    kept = await add(union.factory, "Nội bộ", visibility="union")
    page = (await client.get(f"/archive/items/{shown}", caller=editor(union.factory))).text
    assert page.count("application/ld+json") == 1
    assert "Công khai \\u003c/script>" in page
    assert "application/ld+json" not in (await client.get(f"/archive/items/{kept}", caller=worker(union.root))).text


async def test_the_hash_and_what_is_still_to_come_are_for_those_who_work_on_it(client: Client, union: Union):
    asset_id = await add(union.factory, "Ảnh", picture(), visibility="public")
    for caller, is_told in ((contributor(union.factory), True), (worker(union.factory), False), (ANONYMOUS, False)):
        page = (await client.get(f"/archive/items/{asset_id}", caller=caller)).text
        assert ("SHA-256" in page, "bản (ảnh nhỏ, bản nhẹ…)" in page) == (is_told, is_told)
        assert ("Tải bản gốc" in page) == is_told


async def test_all_that_is_said_of_a_material_is_told_in_words(client: Client, union: Union):
    asset_id = await add(union.factory, "Ảnh", visibility="public")
    about = About(creator="Tổ truyền thông", people=("Trần Văn Hòa",), places=("Hòn Gai",), events=("mining_day",))
    await describe_asset(SYSTEM, UUID(asset_id), Changes(about=about))
    source = await add(union.factory, "Ảnh gốc", visibility="public")
    await set_sources(SYSTEM, UUID(asset_id), [UUID(source)])
    page = (await client.get(f"/archive/items/{asset_id}")).text
    assert "<dt>Người làm ra</dt><dd>Tổ truyền thông</dd>" in page
    assert '<a href="/archive/?q=%22Tr%E1%BA%A7n%20V%C4%83n%20H%C3%B2a%22">Trần Văn Hòa</a>' in page
    assert '<a href="/archive/?q=%22H%C3%B2n%20Gai%22">Hòn Gai</a>' in page
    (event,) = await db.rows("SELECT vi FROM archive_term WHERE code = 'mining_day'")
    assert f"<dt>Sự kiện</dt><dd>{event['vi']}</dd>" in page
    assert f'<dt>Chuyển thể từ</dt><dd><a href="/archive/items/{source}">Ảnh gốc</a></dd>' in page
    other = (await client.get(f"/archive/items/{source}")).text
    assert f'<dt>Được chuyển thể thành</dt><dd><a href="/archive/items/{asset_id}">Ảnh</a></dd>' in other


async def test_the_code_for_websites_is_offered_for_what_everybody_may_see(client: Client, union: Union):
    public = await add(union.factory, 'Ảnh "chung" <b>', visibility="public")
    page = (await client.get(f"/archive/items/{public}")).text
    code = re.search(r'<textarea id="framed" readonly rows="4">(.*?)</textarea>', page)
    assert code is not None
    frame = unescape(code[1])
    assert frame.startswith(f'<iframe src="http://127.0.0.1:8080/archive/embed/{public}" ')
    assert " allowfullscreen " in frame
    assert 'title="Ảnh &#34;chung&#34; &lt;b&gt;"' in frame
    inner = await add(union.factory, "Ảnh kín", visibility="union")
    assert "framed" not in (await client.get(f"/archive/items/{inner}", caller=editor(union.factory))).text


async def test_authors_are_reached_by_admins(client: Client, union: Union):
    asset_id = await add(union.factory, "Bài viết")
    leads = f'href="/archive/items/{asset_id}/authors"'
    for caller, is_there in ((editor(union.factory), False), (caller_as("admin", union.factory), True)):
        assert (leads in (await client.get(f"/archive/items/{asset_id}", caller=caller)).text) == is_there


async def test_that_a_picture_has_no_words_is_told_to_those_who_make_it(client: Client, union: Union):
    asset_id = await add(union.factory, "Ảnh", picture(), visibility="public")
    await db.execute("UPDATE asset_text SET state = 'done', text = ''")
    for caller, is_told in ((contributor(union.factory), True), (ANONYMOUS, False)):
        page = (await client.get(f"/archive/items/{asset_id}", caller=caller)).text
        assert ("Không có chữ nào." in page, "Chữ đọc từ ảnh" in page) == (is_told, is_told)


async def test_a_file_that_was_there_already_is_told_to_who_brings_it_again(client: Client, union: Union):
    content = picture()
    first = await add(union.factory, "Lễ ra quân", content, visibility="public")
    await add(union.south, "Của nơi khác", content, visibility="private")
    second = await add(union.factory, "IMG_0001", content)
    told = "Đúng tệp này còn có ở:"
    page = (await client.get(f"/archive/items/{second}", caller=contributor(union.factory))).text
    assert f'{told} <a href="/archive/items/{first}">Lễ ra quân</a>. ' in page
    assert "Của nơi khác" not in page
    for caller in (ANONYMOUS, contributor(union.south)):
        assert told not in (await client.get(f"/archive/items/{first}", caller=caller)).text


async def test_a_material_leads_to_the_collections_that_hold_it(client: Client, union: Union):
    asset_id = await add(union.factory, "Tờ rơi", visibility="public")
    for title, visibility in (("Tháng Công nhân", "public"), ("Bản nháp", "unit")):
        made = await create_collection(SYSTEM, union.factory.id, title, visibility=visibility)
        await add_items(SYSTEM, made["id"], [UUID(asset_id)])
    for caller, seen in ((ANONYMOUS, ["Tháng Công nhân"]), (editor(union.factory), ["Bản nháp", "Tháng Công nhân"])):
        page = (await client.get(f"/archive/items/{asset_id}", caller=caller)).text
        assert re.findall(r'<a href="/archive/collections/[^"]+">([^<]+)</a>', page) == seen
