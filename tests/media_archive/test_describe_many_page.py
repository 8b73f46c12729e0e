"""Several materials are ticked on the search page and described alike, all of them or none."""

import re
from typing import Any
from uuid import UUID

import pytest
from archive_browser import PHONE, check, open_page, origin
from archive_world import Union, add, contributor, editor, small_union, worker
from playwright.async_api import Browser

from kit import db
from kit.calendar import today
from kit.db import Record
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import Ask, Client
from media_archive.assets.service import Changes, describe_asset
from media_archive.description.about import About
from media_archive.rights.consents import NewConsent, record_consent
from media_archive.search.follow import Follower

__all__ = ["origin"]
PLACE = "/archive/describe"


async def post(client: Client, caller: Any, said: dict[str, Any]) -> Any:
    return await client.post(PLACE, caller=caller, data=said, headers={"Sec-Fetch-Site": "same-origin"})


async def told() -> list[Record]:
    return await db.rows("""SELECT kind, topics, visibility, coalesce(creator, '') AS creator FROM asset
                            LEFT JOIN asset_about ON asset_about.asset_id = asset.id ORDER BY title""")


async def test_only_what_is_ones_own_to_describe_can_be_ticked(client: Client, union: Union, search: Follower):
    mine = await add(union.factory, "An toàn điện", visibility="public")
    await add(union.south, "An toàn trên biển", visibility="public")
    await search.catch_up()
    page = (await client.get("/archive/?q=an+toan", caller=editor(union.factory))).text
    assert re.findall(r'name="id" value="([^"]+)" form="many"', page) == [mine]
    assert 'action="/archive/describe"' in page
    # What is public is an editor's to describe.
    for caller in (contributor(union.factory), worker(union.factory), ANONYMOUS):
        assert 'form="many"' not in (await client.get("/archive/?q=an+toan", caller=caller)).text


async def test_what_is_filled_in_is_said_of_all_and_the_rest_stays(client: Client, union: Union):
    ids = [await add(union.factory, title, topics=("benefits",)) for title in ("A", "B")]
    await describe_asset(SYSTEM, UUID(ids[0]), Changes(about=About(creator="Lan")))
    form = await client.get(PLACE, params={"id": ids}, caller=contributor(union.factory))
    assert [form.text.count(f'value="{one}" checked') for one in ids] == [1, 1]
    assert '<option value="hmn">Tiếng Mông</option>' in form.text
    reply = await post(client, contributor(union.factory), {"id": ids, "kind": "photo", "visibility": "subtree"})
    assert reply.status_code == 303
    assert [tuple(row) for row in await told()] == [
        ("photo", ["benefits"], "subtree", "Lan"),
        ("photo", ["benefits"], "subtree", ""),
    ]
    after = await client.get(reply.headers["location"], caller=contributor(union.factory))
    assert "Đã ghi cho 2 tài liệu." in after.text


async def test_each_may_be_given_its_title_with_what_is_said_of_all(client: Client, union: Union):
    ids = [await add(union.factory, title) for title in ("IMG_0001", "IMG_0002")]
    me, titles = contributor(union.factory), "SELECT title FROM asset ORDER BY id = $1::uuid DESC"
    said = {"id": ids, f"title-{ids[0]}": " Lễ phát động ", f"title-{ids[1]}": "", "kind": "photo"}
    assert (await post(client, me, said)).status_code == 303
    assert [row["title"] for row in await db.rows(titles, ids[0])] == ["Lễ phát động", "IMG_0002"]
    assert (
        f'name="title-{ids[0]}" value="Lễ phát động"' in (await client.get(PLACE, params={"id": ids}, caller=me)).text
    )
    wrong = {"id": ids, f"title-{ids[0]}": "Ra quân", f"title-{ids[1]}": "x" * 301, "kind": "news"}
    refused = await post(client, me, wrong)
    assert (refused.status_code, 'value="Ra quân"' in refused.text) == (422, True)
    assert [row["title"] for row in await db.rows(titles, ids[0])] == ["Lễ phát động", "IMG_0002"]
    # Of what is not ticked, what stands in its field is not said.
    left_out = {"id": ids[:1], f"title-{ids[1]}": "Khác"}
    assert (await post(client, me, left_out)).status_code == 303
    assert [row["title"] for row in await db.rows(titles, ids[0])] == ["Lễ phát động", "IMG_0002"]
    assert {row["kind"] for row in await told()} == {"photo"}


async def test_when_one_is_refused_none_is_described_and_what_was_typed_stays(client: Client, union: Union):
    ids = [await add(union.factory, "A"), await add(union.factory, "B")]
    before = [tuple(row) for row in await told()]
    reply = await post(client, contributor(union.factory), {"id": ids, "kind": "photo", "language": "x"})
    assert reply.status_code == 422
    assert "cần mã ISO 639, ví dụ vi" in reply.text
    assert '<option value="photo" selected>' in reply.text
    strangers = await add(union.south, "C", visibility="union")
    refused = await post(client, contributor(union.factory), {"id": [*ids, strangers], "kind": "photo"})
    assert refused.status_code == 403
    assert [tuple(row) for row in await told()][:2] == before


async def test_nothing_goes_further_than_those_shown_agreed_to(ask: Ask, union: Union):
    asset_id = await add(union.factory, "A")
    await record_consent(SYSTEM, NewConsent(UUID(asset_id), "Lan", "internal", today()))
    document = """mutation ($ids: [ID!]!) { describeAssets(input: {ids: $ids, visibility: "union"}) {
        ... on ConsentDoesNotReach { code scope } ... on Problem { code } } }"""
    reply = await ask(document, editor(union.factory), ids=[asset_id])
    assert reply.field == {"code": "CONSENT_DOES_NOT_REACH", "scope": "internal"}
    assert [row["visibility"] for row in await told()] == ["unit"]


async def test_what_is_not_ones_own_is_left_out_of_the_form(client: Client, union: Union):
    mine, strangers = await add(union.factory, "A"), await add(union.south, "B", visibility="union")
    asked = {"id": [mine, strangers, "no-id"]}
    page = await client.get(PLACE, params=asked, caller=contributor(union.factory))
    assert "2 tài liệu đã chọn không thuộc quyền mô tả của anh/chị" in page.text
    assert f'value="{strangers}"' not in page.text
    empty = await client.get(PLACE, caller=contributor(union.factory))
    assert "Chưa chọn tài liệu nào" in empty.text
    assert (await client.get(PLACE, params=asked, caller=worker(union.factory))).status_code == 403
    assert (await client.get(PLACE, params=asked, caller=ANONYMOUS)).status_code == 401


@pytest.mark.committed
async def test_is_accessible_and_fits_a_phone(browser: Browser, origin: str):
    union = await small_union()
    for title in ("Kế hoạch tuyên truyền Tháng Công nhân năm 2026 của công đoàn", "Áo bảo hộ"):
        await add(union.factory, title)
    page = await open_page(browser, PHONE, contributor(union.factory))
    await page.goto(f"{origin}/archive/")
    for box in await page.get_by_role("checkbox", name="Chọn").all():
        await box.check()
    await check(page, "search-ticked")
    await page.get_by_role("button", name="Mô tả những tài liệu đã chọn").click()
    await page.get_by_label("Loại tài liệu").select_option("photo")
    await check(page, "describe-many")
    await page.get_by_role("button", name="Lưu cho tất cả").click()
    await page.get_by_role("status").wait_for()
    assert {row["kind"] for row in await told()} == {"photo"}
