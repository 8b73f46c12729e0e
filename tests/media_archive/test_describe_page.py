"""The page on which a material is described, with what its file says and with pictures that look alike."""

from typing import Any

import pytest
from archive_browser import DESK, PHONE, check, open_page, origin
from archive_world import Union, add, contributor, editor, small_union, tell, worker
from bench.near_duplicates.alterations import ALTERATIONS
from playwright.async_api import Browser
from test_embedded_metadata import XMP, written
from test_near_duplicates import drawn, jpeg

from kit import db
from kit.identity import ANONYMOUS
from kit.jobs import MemoryQueue
from kit.testing import Client
from media_archive.renditions.jobs import make_renditions
from media_archive.similarity.jobs import find_near_duplicates

__all__ = ["origin"]

SAID = {"title": "Tên mới", "description": "a\r\nb", "kind": "photo", "language": "vi", "creator": "Lan",
        "people": "Trần Văn Hòa\r\n\r\n Nguyễn Thị Mai ", "places": "Hòn Gai", "place_codes": "22\n06649",
        "topics": ["benefits"], "events": ["mining_day"], "audiences": ["workers", "society"]}  # fmt: skip


async def post(client: Client, path: str, caller: Any, said: dict[str, Any]) -> Any:
    return await client.post(path, caller=caller, data=said, headers={"Sec-Fetch-Site": "same-origin"})


async def test_everything_typed_is_kept(client: Client, union: Union):
    asset_id = await add(union.factory, "Ảnh")
    path = f"/archive/items/{asset_id}/describe"
    reply = await post(client, path, contributor(union.factory), SAID)
    assert (reply.status_code, reply.headers["location"]) == (303, f"/archive/items/{asset_id}")
    row = await db.row("SELECT * FROM asset JOIN asset_about ON asset_about.asset_id = asset.id")
    assert row is not None
    assert (row["title"], row["description"], row["topics"], row["visibility"]) == (
        "Tên mới",
        "a\nb",
        ["benefits"],
        "unit",
    )
    assert (row["creator"], row["people"], row["places"], row["place_codes"]) == (
        "Lan",
        ["Trần Văn Hòa", "Nguyễn Thị Mai"],
        ["Hòn Gai"],
        ["22", "06649"],
    )
    assert (row["events"], row["audiences"]) == (["mining_day"], ["workers", "society"])
    shown = (await client.get(path, caller=contributor(union.factory))).text
    assert 'value="mining_day" checked' in shown
    assert "Trần Văn Hòa\nNguyễn Thị Mai</textarea>" in shown


@pytest.mark.parametrize(
    ("who", "status"), [("nobody", 401), ("a stranger", 404), ("a worker", 403), ("a contributor", 200)]
)
async def test_who_is_shown_it(client: Client, union: Union, who: str, status: int):
    asset_id = await add(union.factory, "Ảnh")
    caller = {
        "nobody": ANONYMOUS,
        "a stranger": editor(union.south),
        "a worker": worker(union.factory),
        "a contributor": contributor(union.factory),
    }[who]
    path = f"/archive/items/{asset_id}/describe"
    assert (await client.get(path, caller=caller)).status_code == status
    assert (await post(client, path, caller, SAID)).status_code == (303 if status == 200 else status)
    assert (await db.value("SELECT title FROM asset") == "Ảnh") == (status != 200)


async def test_a_public_material_is_described_by_editors(client: Client, union: Union):
    asset_id = await add(union.factory, "Ảnh", visibility="public")
    path = f"/archive/items/{asset_id}/describe"
    assert (await client.get(path, caller=contributor(union.factory))).status_code == 403
    assert (await client.get(path, caller=editor(union.factory))).status_code == 200


async def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(client: Client, union: Union):
    asset_id = await add(union.factory, "Ảnh")
    path = f"/archive/items/{asset_id}/describe"
    reply = await post(client, path, contributor(union.factory), {**SAID, "place_codes": "Hà Nội"})
    assert reply.status_code == 422
    assert 'id="place_codes" name="place_codes" rows="2" aria-invalid="true"' in reply.text
    assert 'value="Tên mới"' in reply.text
    assert "Hà Nội</textarea>" in reply.text
    assert await db.value("SELECT count(*) FROM asset_about") == 0


async def test_what_the_file_says_is_shown_and_taken_over_by_a_button(client: Client, union: Union):
    content = written(jpeg(drawn(0)), "jpg", *XMP)
    asset_id = await add(union.factory, "Ảnh", content)
    path = f"/archive/items/{asset_id}/describe"
    shown = (await client.get(path, caller=contributor(union.factory))).text
    for text in ("Hội nghị người lao động", "Phòng Tuyên giáo", "an toàn; thợ lò", "Của EVN", "01/05/2024"):
        assert text in shown
    reply = await post(client, path, contributor(union.factory), {**SAID, "use": "people"})
    assert reply.status_code == 200
    assert 'value="Tên mới"' in reply.text
    assert '"why">Trần Văn Hòa</textarea>' in reply.text
    assert await db.value("SELECT title FROM asset") == "Ảnh"


async def test_a_pair_is_decided_by_its_buttons(client: Client, union: Union, job_queue: MemoryQueue):
    mine, other = await two_alike(union, job_queue)
    path = f"/archive/items/{mine}/describe"
    caller = contributor(union.root)
    assert "Ảnh cắt</a>" in (await client.get(path, caller=caller)).text
    reply = await post(client, f"{path}/near-duplicate", caller, {"other": other, "state": "accepted"})
    assert (reply.status_code, reply.headers["location"]) == (303, f"{path}#near")
    assert "Đã xác nhận" in (await client.get(path, caller=caller)).text
    await post(client, f"{path}/near-duplicate", caller, {"other": other, "state": "rejected"})
    assert "Ảnh cắt</a>" not in (await client.get(path, caller=caller)).text
    for said, status in (({"other": "x", "state": "accepted"}, 404), ({"other": other, "state": "?"}, 422)):
        assert (await post(client, f"{path}/near-duplicate", caller, said)).status_code == status
    assert await db.value("SELECT state FROM near_duplicate") == "rejected"


async def two_alike(union: Union, job_queue: MemoryQueue) -> tuple[str, str]:
    mine = await add(union.factory, "Ảnh gốc", written(jpeg(drawn(0)), "jpg", *XMP))
    other = await add(union.south, "Ảnh cắt", jpeg(ALTERATIONS["crop 5 % left"](drawn(0))))
    job_queue.waiting = [one for one in job_queue.waiting if one[0] in (find_near_duplicates, make_renditions)]
    await job_queue.run_all()
    return mine, other


@pytest.mark.committed
@pytest.mark.browser
async def test_fits_a_phone_and_a_desk_without_javascript(browser: Browser, origin: str, job_queue: MemoryQueue):
    union = await small_union()
    for vocabulary, name in (("age_band", "Dưới 25"), ("gender", "Nữ"), ("region", "Đông Nam Bộ")):
        term = {"code": vocabulary, "vi": name, "en": name, "position": 1, "valid_from": None, "valid_to": None}
        await tell("vocabulary.changed", vocabulary=vocabulary, terms=[term])
    mine, _ = await two_alike(union, job_queue)
    for size, name, language in ((PHONE, "phone", "vi"), (DESK, "desk", "en")):
        page = await open_page(browser, size, contributor(union.root))
        await page.goto(f"{origin}/archive/items/{mine}/describe?lang={language}")
        await check(page, f"describe-{name}-{language}")
        await page.context.close()
    page = await open_page(browser, PHONE, contributor(union.root), java_script_enabled=False)
    await page.goto(f"{origin}/archive/items/{mine}/describe?lang=vi")
    await page.get_by_role("button", name="Dùng các tên này").click()
    await page.get_by_label("Tiêu đề").fill("Đại hội")
    await page.locator("summary", has_text="Dành cho ai").click()
    await page.get_by_label("Đoàn viên, người lao động").check()
    await page.get_by_label("Tiêu đề").press("Enter")
    assert await page.locator("h1").inner_text() == "Đại hội"
    kept = await db.row("SELECT people, audiences FROM asset_about")
    assert kept is not None
    assert (kept["people"], kept["audiences"]) == (["Trần Văn Hòa"], ["workers"])
    await page.goto(f"{origin}/archive/items/{mine}/describe?lang=vi")
    await page.get_by_role("button", name="Đúng là ảnh giống").click()
    assert "Đã xác nhận" in await page.locator("#near ~ ul").inner_text()
    await page.context.close()
