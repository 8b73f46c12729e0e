"""The pages of sharing in a real browser: a small phone and a desk, no JavaScript needed, accessible, in a frame."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from archive_browser import DESK, PHONE, check, open_page, origin
from archive_world import Union, add, editor, picture, run_without_reading, small_union
from playwright.async_api import Browser, Route

from kit.calendar import today
from kit.identity import SYSTEM
from kit.jobs import MemoryQueue
from kit.testing import caller_as
from media_archive.rights.consents import NewConsent, record_consent, withdraw_consent
from media_archive.sharing.links import NewLink, make_link
from media_archive.sharing.requests import ask_access
from media_archive.sharing.service import grant_asset

pytestmark = [pytest.mark.committed, pytest.mark.browser]
__all__ = ["origin"]


@pytest.fixture
async def shared(database: object, job_queue: MemoryQueue) -> tuple[Union, UUID]:
    """A photograph of which every part of the page has something to show."""
    union = await small_union()
    asset_id = UUID(await add(union.factory, "Ảnh tổ may số 3", picture(), visibility="unit", file_name="a.jpg"))
    await run_without_reading(job_queue)
    await grant_asset(SYSTEM, asset_id, [union.south.id], today() + timedelta(days=40))
    for person, until in (("Nguyễn Thị Mai", None), ("Trần Văn Nam", today() + timedelta(days=9))):
        await record_consent(SYSTEM, NewConsent(asset_id, person, "public", today(), until=until))
    return union, asset_id


async def link(asset_id: UUID, **more: object) -> str:
    soon = datetime.now(UTC) + timedelta(days=3)
    return (await make_link(SYSTEM, NewLink(asset_id, soon, label="Báo Bắc Ninh", **more)))[1]  # pyright: ignore[reportArgumentType]


async def test_every_page_is_accessible_and_fits_a_phone(browser: Browser, origin: str, shared: tuple[Union, UUID]):
    union, asset_id = shared
    open_link, locked = await link(asset_id), await link(asset_id, password="mật khẩu dài", most_uses=3)
    ended = await record_consent(SYSTEM, NewConsent(asset_id, "Lê Văn Tư", "public", today()))
    page = await open_page(browser, PHONE, caller_as("editor", union.factory))
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    await page.goto(f"{origin}/archive/s/{open_link}")
    await check(page, "shared-phone")
    await page.goto(f"{origin}/archive/s/{locked}")
    await check(page, "shared-password-phone")
    hidden = UUID(await add(union.factory, "Bí mật", visibility="private"))
    await ask_access(caller_as("worker", union.mine, subject="lan"), hidden, union.mine.id, "Làm bản tin tháng Năm")
    await withdraw_consent(SYSTEM, ended["id"])
    await page.goto(f"{origin}/archive/items/{asset_id}/share")
    await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    await check(page, "share-panel-phone")
    for path in ("access", "requests", "expiring"):
        await page.goto(f"{origin}/archive/{path}")
        await check(page, f"{path}-phone")
    assert problems == []
    await page.goto(f"{origin}/archive/s/{open_link}")
    await check(page, "shared-over-phone")
    await page.context.close()


async def test_the_page_of_sharing_is_accessible_in_english_on_a_desk(
    browser: Browser, origin: str, shared: tuple[Union, UUID]
):
    union, asset_id = shared
    await link(asset_id)
    page = await open_page(browser, DESK, editor(union.factory))
    await page.goto(f"{origin}/archive/items/{asset_id}/share?lang=en")
    await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    await check(page, "share-panel-desk-en")
    await page.context.close()


async def test_a_link_is_made_and_opened_with_its_password_without_javascript_on_a_phone(
    browser: Browser, origin: str, shared: tuple[Union, UUID]
):
    union, asset_id = shared
    page = await open_page(browser, PHONE, editor(union.factory), java_script_enabled=False)
    await page.goto(f"{origin}/archive/items/{asset_id}")
    await page.get_by_role("link", name="Chia sẻ và quyền").click()
    await page.get_by_text("Tạo đường dẫn").first.click()
    await page.get_by_label("Gửi cho ai").fill("Báo")
    await page.get_by_label("Mật khẩu (").fill("mật khẩu dài")
    await page.get_by_role("button", name="Tạo đường dẫn").click()
    made = await page.get_by_label("Đường dẫn", exact=True).input_value()
    await page.context.close()
    page = await open_page(browser, PHONE, None, java_script_enabled=False)
    await page.goto(f"{origin}/archive/s/{made.rpartition('/')[2]}")
    await page.get_by_label("Mật khẩu").fill("sai sai sai")
    await page.get_by_role("button", name="Mở").click()
    assert await page.get_by_role("alert").inner_text() == "Mật khẩu không đúng."
    await page.get_by_label("Mật khẩu").fill("mật khẩu dài")
    await page.get_by_role("button", name="Mở").click()
    assert await page.locator("h1").inner_text() == "Ảnh tổ may số 3"
    assert await page.locator(".look img").evaluate("one => one.complete && one.naturalWidth") == 1024
    await page.context.close()


async def test_what_is_embedded_shows_its_picture_on_the_website_named_alone(
    browser: Browser, origin: str, shared: tuple[Union, UUID]
):
    _, asset_id = shared
    allowed = await link(asset_id, origins=("https://trang.test",))
    page = await open_page(browser, DESK, None)

    async def answer(route: Route) -> None:
        if "loa.test" in route.request.url:
            # As if the archive were at an address of its own on the net.
            reply = await route.fetch(url=route.request.url.replace("https://loa.test", origin))
            await route.fulfill(response=reply)
        else:
            frame = f"<iframe src='https://loa.test/archive/embed/s/{allowed}' width=640 height=480></iframe>"
            await route.fulfill(content_type="text/html", body=f"<title>x</title>{frame}")

    await page.route("**/*", answer)
    for host, headings in (("trang.test", ["Ảnh tổ may số 3"]), ("khac.test", [])):
        await page.goto(f"https://{host}/", wait_until="networkidle")
        inside = page.frame_locator("iframe")
        assert await inside.locator("h1").filter(has_text="Ảnh").all_inner_texts() == headings
        if headings:
            assert await inside.locator("img").evaluate("one => one.complete && one.naturalWidth") == 1024
    await page.context.close()
