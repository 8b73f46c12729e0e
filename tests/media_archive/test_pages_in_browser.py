"""The pages in a real browser: a small phone and a desk, no JavaScript, nothing from elsewhere, accessible."""

from pathlib import Path

import pytest
from archive_browser import DESK, PHONE, check, open_page, origin
from archive_world import Union, add, contributor, needs_tesseract, scanned_page, small_union
from playwright.async_api import Browser

from kit.jobs import MemoryQueue
from media_archive.demo.catalogue import catalogue
from media_archive.demo.filling import fill_archive
from media_archive.search.follow import Follower

pytestmark = [pytest.mark.committed, pytest.mark.browser]

# Resolves once the browser knows how long it lasts, and fails with the browser's reason when it can't play it.
DURATION = """one => new Promise((done, fail) => {
    if (one.readyState >= 1) return done(one.duration);
    one.onloadedmetadata = () => done(one.duration);
    one.onerror = () => fail(new Error(one.error.message));
    one.load();
})"""
__all__ = ["origin"]

SOME = ("photo", "leaflet", "loudspeaker_script", "video", "audio_bulletin", "slides")


@pytest.fixture
async def filled(database: object, search: Follower, job_queue: MemoryQueue) -> Union:
    """A few of the demo's materials of several kinds, with their pictures."""
    union = await small_union()
    chosen = {item.kind: item for item in catalogue() if item.kind in SOME}
    await fill_archive(lambda *_: None, list(chosen.values()))
    await job_queue.run_all()
    await search.catch_up()
    return union


@pytest.mark.parametrize(("size", "name"), [(PHONE, "phone"), (DESK, "desk")])
async def test_every_page_is_accessible_and_fits(
    browser: Browser, origin: str, filled: Union, size: dict[str, int], name: str
):
    page = await open_page(browser, size, contributor(filled.root))
    requested: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    for language in ("vi", "en"):
        await page.goto(f"{origin}/archive/?lang={language}")
        await check(page, f"newest-{name}-{language}")
        await page.goto(f"{origin}/archive/?q=an+toan&lang={language}")
        await check(page, f"search-{name}-{language}")
        await page.goto(f"{origin}/archive/upload?lang={language}")
        await check(page, f"upload-{name}-{language}")
        for kind in SOME:
            await page.goto(f"{origin}/archive/?kind={kind}&lang={language}")
            await page.locator(".tile a").first.click()
            await page.wait_for_load_state()
            await check(page, f"item-{kind}-{name}-{language}")
        await page.get_by_role("link", name="Phiên bản" if language == "vi" else "Versions").click()
        await check(page, f"keep-{name}-{language}")
    assert {url.split("/")[2] for url in requested if not url.startswith("data:")} == {origin.split("/")[2]}
    assert problems == []
    await page.context.close()


async def test_films_and_sounds_can_be_played(browser: Browser, origin: str, filled: Union):
    page = await open_page(browser, DESK, contributor(filled.root))
    lasting: dict[str, float] = {}
    for kind, tag in (("video", "video"), ("audio_bulletin", "audio")):
        await page.goto(f"{origin}/archive/?kind={kind}")
        await page.locator(".tile a").first.click()
        await page.wait_for_load_state()
        lasting[kind] = await page.locator(tag).evaluate(DURATION)
    assert lasting["video"] == 6.0
    assert lasting["audio_bulletin"] > 1
    await page.context.close()


async def test_a_scan_is_uploaded_read_and_found_without_javascript_on_a_phone(
    browser: Browser, origin: str, search: Follower, job_queue: MemoryQueue, tmp_path: Path
):
    needs_tesseract()
    union = await small_union()
    await add(union.factory, "Khác", visibility="public")
    file = tmp_path / "trang.png"
    file.write_bytes(scanned_page("Hỗ trợ thợ lò ở khu tập thể", "Cẩm Phả, ngày 2 tháng 4"))
    page = await open_page(browser, PHONE, contributor(union.mine), java_script_enabled=False)
    await page.goto(f"{origin}/archive/")
    await page.get_by_role("link", name="Tải lên").click()
    await page.get_by_label("Tiêu đề").fill("Thông báo quét")
    await page.get_by_label("Mọi người trong công đoàn").check()
    await page.get_by_label("Tệp (ảnh").set_input_files(file)
    await page.get_by_role("button", name="Tải lên").click()
    assert await page.locator("h1").inner_text() == "Thông báo quét"
    await job_queue.run_all()
    await search.catch_up()
    await page.goto(f"{origin}/archive/")
    await page.get_by_label("Tìm tài liệu").fill("ho tro tho lo cam pha")
    await page.get_by_role("button", name="Tìm").click()
    assert await page.locator(".tile h3").all_inner_texts() == ["Thông báo quét"]
    assert "thợ lò" in " ".join((await page.locator(".passage").inner_text()).split())
    picture = page.locator(".tile img")
    assert await picture.get_attribute("width") == "320"
    await page.context.close()


@pytest.mark.parametrize("size", [PHONE], ids=["phone"])
async def test_a_refused_upload_names_the_fault_accessibly(
    browser: Browser, origin: str, tmp_path: Path, size: dict[str, int]
):
    union = await small_union()
    file = tmp_path / "ảnh.jpg"
    file.write_bytes(b"<svg onload='alert(1)'/>")
    page = await open_page(browser, size, contributor(union.mine))
    await page.goto(f"{origin}/archive/upload")
    await page.get_by_label("Tiêu đề").fill("Ảnh")
    await page.get_by_label("Tệp (ảnh").set_input_files(file)
    # As a browser without JavaScript sends it.
    await page.locator("#upload").evaluate("form => form.submit()")
    await page.wait_for_load_state()
    assert "Kho không nhận loại tệp này" in await page.locator("[role=alert]").inner_text()
    assert await page.get_by_label("Tiêu đề").input_value() == "Ảnh"
    await check(page, "refused-phone")
    await page.context.close()
