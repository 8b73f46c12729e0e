"""A working day in a real browser, through the front door: sign in, look around, upload a scanned page, find it again."""

import io
import os
import shutil
import time
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from PIL import Image, ImageDraw, ImageFont
from playwright.async_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
PAGES = [
    "/",
    "/org/",
    "/org/units/EVN",
    "/results/",
    "/results/information_needs/1?by=gender",
    "/archive/",
    "/needs?by=GENDER",
    "/f/nhucau",
    "/auth/login",
]


async def context(browser: Browser, house, size: dict[str, int], **options) -> BrowserContext:
    """A browser of its own that can reach nothing but the one origin."""
    made = await browser.new_context(viewport=size, locale="vi-VN", base_url=house.url, **options)
    strangers: list[str] = []

    async def only_ours(route) -> None:
        if route.request.url.startswith((house.url, "data:")):
            await route.continue_()
        else:
            strangers.append(route.request.url)
            await route.abort()

    await made.route("**/*", only_ours)
    made.strangers = strangers
    return made


async def sign_in(page: Page, name: str) -> None:
    await page.goto("/auth/login?next=/archive/upload")
    await page.get_by_role("button", name=name).first.click()
    await page.wait_for_url("**/archive/upload")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_pages_are_accessible_fit_and_load_nothing_from_elsewhere(browser, house, size):
    here = await context(browser, house, size)
    page = await here.new_page()
    for path in PAGES:
        reply = await page.goto(path)
        assert reply.status == 200, path
        found = await Axe().run(page, options=AXE)
        assert found.response["violations"] == [], (path, found.generate_report())
        overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, path
        assert await page.evaluate("document.documentElement.lang") == "vi"
    assert here.strangers == []
    await here.close()


async def test_a_scanned_page_is_uploaded_read_and_found_without_diacritics(browser, house, tmp_path):
    if shutil.which("tesseract") is None:
        reason = "tesseract is not installed (Debian: apt install tesseract-ocr tesseract-ocr-vie)"
        pytest.fail(reason) if "LOA_REFERENCE_DIR" in os.environ else pytest.skip(reason)
    # No JavaScript: the plain page is enough.
    here = await context(browser, house, PHONE, java_script_enabled=False)
    page = await here.new_page()
    await sign_in(page, "Cán bộ tuyên giáo")
    await page.set_input_files("#file", {"name": "thông báo.png", "mimeType": "image/png", "buffer": scanned()})
    await page.fill("#title", "Thông báo về bữa ăn giữa ca")
    await page.get_by_label("Mọi người trong công đoàn").check()
    await page.locator("main").get_by_role("button", name="Tải lên").click()
    await page.wait_for_url("**/archive/items/*")
    item = page.url
    for _ in range(60):
        await page.goto("/archive/?q=khau+phan+rau+muong")
        if await page.get_by_role("link", name="Thông báo về bữa ăn giữa ca").count():
            break
        time.sleep(0.5)
    assert await page.get_by_role("link", name="Thông báo về bữa ăn giữa ca").count() > 0
    assert "rau muống" in await page.locator("main").inner_text()
    await page.goto(item)
    assert await page.locator("main img").count() > 0
    await here.close()

    # Who is not signed in does not find it.
    stranger = await context(browser, house, PHONE)
    page = await stranger.new_page()
    await page.goto("/archive/?q=khau+phan+rau+muong")
    assert await page.get_by_role("link", name="Thông báo về bữa ăn giữa ca").count() == 0
    assert (await page.goto(item)).status == 404
    await stranger.close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_a_table_is_taken_out_filled_brought_and_applied(browser, house, size):
    here = await context(browser, house, size, accept_downloads=True)
    page = await here.new_page()
    await sign_in(page, "Quản trị")
    await page.goto("/org/")
    await page.get_by_role("link", name="Nhập, xuất dữ liệu").click()
    await fits_and_is_accessible(page)
    await page.locator("#unit-units").fill("EVN")
    async with page.expect_download() as taken:
        await page.get_by_role("button", name="Tải CSV · Đơn vị").click()
    table = Path(await (await taken.value).path()).read_text("utf-8-sig")
    assert table.splitlines()[1].startswith("EVN,")

    head, *rows = table.splitlines()
    # One column is enough to bring back: what the file lacks stays as it is.
    filled = f"{head}\n{rows[0].replace('EVN,', 'KHONG-CO,', 1)}\nX-1,,,,,,,,,,,,,,,\n"
    await bring_file(page, filled)
    await page.wait_for_selector("text=Có ", timeout=60_000)
    assert "Chưa có gì thay đổi" in await page.locator(".problem").inner_text()
    await fits_and_is_accessible(page)

    await page.goto("/org/exchange")
    await bring_file(page, table)
    await page.get_by_role("button", name="Thực hiện").wait_for(timeout=60_000)
    await fits_and_is_accessible(page)
    await page.get_by_role("button", name="Thực hiện").click()
    await page.get_by_text("Đã thực hiện", exact=True).wait_for(timeout=60_000)
    await fits_and_is_accessible(page)
    assert here.strangers == []
    await here.close()


async def bring_file(page: Page, text: str) -> None:
    """Choose a filled table and send it; the page that follows waits by itself until it is checked."""
    await page.set_input_files("#file", {"name": "đơn vị.csv", "mimeType": "text/csv", "buffer": text.encode()})
    await page.get_by_label("Đơn vị", exact=True).check()
    await page.get_by_role("button", name="Kiểm tra tệp").click()


async def fits_and_is_accessible(page: Page) -> None:
    found = await Axe().run(page, options=AXE)
    assert found.response["violations"] == [], (page.url, found.generate_report())
    overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, page.url


async def test_signing_out_ends_the_session(browser, house):
    here = await context(browser, house, DESK)
    page = await here.new_page()
    await sign_in(page, "Quản trị")
    await page.goto("/org/units/HN")
    assert "Nam" in await page.locator("main").inner_text()  # headcounts by gender
    await page.get_by_role("button", name="Đăng xuất").click()
    await page.goto("/org/units/HN")
    assert await page.get_by_role("link", name="Đăng nhập").count() == 1
    await here.close()


def scanned() -> bytes:
    """A page as a scanner gives it: black letters with Vietnamese diacritics on nearly white paper."""
    page = Image.new("L", (1240, 700), 250)
    letters = ImageFont.truetype("services/media-archive/media_archive/demo/typefaces/DejaVuSans.ttf", 44)
    lines = [
        "THÔNG BÁO",
        "Từ tháng tới, khẩu phần bữa ăn giữa ca",
        "có thêm rau muống và canh chua.",
        "Công đoàn cơ sở",
    ]
    for number, line in enumerate(lines):
        ImageDraw.Draw(page).text((80, 80 + number * 110), line, font=letters, fill=15)
    file = io.BytesIO()
    page.save(file, "PNG")
    return file.getvalue()
