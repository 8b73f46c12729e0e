"""The upload page with its script: several files at once, over lines that end, and what becomes of them."""

import asyncio
import re
from pathlib import Path

import pytest
from archive_browser import DESK, PHONE, check, open_page, origin
from archive_world import Union, add, contributor, picture, small_union
from playwright.async_api import Browser, Page, Route, expect

from kit import db
from kit.jobs import MemoryQueue

pytestmark = [pytest.mark.committed, pytest.mark.browser]

__all__ = ["origin"]


@pytest.fixture
async def union(database: object) -> Union:
    return await small_union()


async def opened(browser: Browser, origin: str, union: Union, size: dict[str, int] = DESK) -> Page:
    page = await open_page(browser, size, contributor(union.mine))
    await page.goto(f"{origin}/archive/upload")
    return page


def rows(page: Page):
    return page.locator("#sending > li")


@pytest.mark.parametrize(("size", "name"), [(PHONE, "phone"), (DESK, "desk")], ids=["phone", "desk"])
async def test_several_files_are_sent_at_once_and_lead_to_their_pages(
    browser: Browser,
    origin: str,
    union: Union,
    job_queue: MemoryQueue,
    tmp_path: Path,
    size: dict[str, int],
    name: str,
):
    (tmp_path / "Hội thao 1.jpg").write_bytes(picture(size=(800, 600)))
    (tmp_path / "Hội thao 2.jpg").write_bytes(picture(size=(640, 480)))
    (tmp_path / "giả.jpg").write_bytes(b"<svg onload='alert(1)'/>")
    page = await opened(browser, origin, union, size)
    await page.get_by_label("Mô tả").fill("Hội thao ngành than")
    await page.get_by_label("Tệp (ảnh").set_input_files(sorted(tmp_path.glob("*.jpg")))
    await page.get_by_role("button", name="Tải lên").click()
    for number in range(3):
        await expect(rows(page).nth(number)).to_contain_text("đang kiểm tra tệp")
    await job_queue.run_all()
    told = {"giả.jpg": "Kho không nhận loại tệp này", "Hội thao 1.jpg": "Đã vào kho", "Hội thao 2.jpg": "Đã vào kho"}
    for file, text in told.items():
        await expect(rows(page).filter(has_text=file)).to_contain_text(text)
    await check(page, f"upload-done-{name}")
    assert [tuple(row) for row in await db.rows("SELECT title, description FROM asset ORDER BY title")] == [
        ("Hội thao 1", "Hội thao ngành than"),
        ("Hội thao 2", "Hội thao ngành than"),
    ]
    leads = await rows(page).get_by_role("link", name="mở tài liệu: Hội thao 2.jpg").get_attribute("href")
    await page.get_by_role("link", name="Mô tả 2 tài liệu vừa gửi").click()
    chosen = page.get_by_role("group", name="Tài liệu được chọn (2)")
    await expect(chosen.get_by_role("checkbox", checked=True)).to_have_count(2)
    await expect(chosen.locator("img")).to_have_count(2)
    await page.goto(f"{origin}{leads}")
    assert await page.locator("h1").inner_text() == "Hội thao 2"
    await page.context.close()


async def test_one_file_keeps_the_title_that_was_typed(
    browser: Browser, origin: str, union: Union, job_queue: MemoryQueue, tmp_path: Path
):
    file = tmp_path / "IMG_0001.jpg"
    file.write_bytes(picture())
    page = await opened(browser, origin, union)
    await page.get_by_label("Tiêu đề").fill("Công nhân mỏ Hà Lầm nhận quà Tết")
    await page.get_by_label("Công khai").check()
    await page.get_by_label("Tệp (ảnh").set_input_files(file)
    await page.get_by_role("button", name="Tải lên").click()
    # Making something public takes an editor: it is said before anything is sent.
    await expect(rows(page)).to_contain_text("không có quyền")
    assert await db.value("SELECT count(*) FROM upload") == 0
    await page.get_by_label("Mọi người trong công đoàn").check()
    await page.get_by_label("Tệp (ảnh").set_input_files(file)
    await page.get_by_role("button", name="Tải lên").click()
    await expect(rows(page).nth(1)).to_contain_text("đang kiểm tra tệp")
    await job_queue.run_all()
    row = await db.row("SELECT title, visibility, file_name FROM asset")
    assert row is not None
    assert tuple(row) == ("Công nhân mỏ Hà Lầm nhận quà Tết", "union", "IMG_0001.jpg")
    await page.context.close()


async def test_a_copy_that_was_sent_is_linked_to_what_it_was_made_from(
    browser: Browser, origin: str, union: Union, job_queue: MemoryQueue, tmp_path: Path
):
    source = await add(union.south, "Bản gốc", visibility="union")
    page = await open_page(browser, DESK, contributor(union.mine))
    await page.goto(f"{origin}/archive/upload?from={source}")
    (tmp_path / "rut-gon.txt").write_text("Ngắn hơn.")
    await page.get_by_label("Tệp (ảnh").set_input_files(tmp_path / "rut-gon.txt")
    await page.get_by_role("button", name="Tải lên").click()
    await expect(rows(page)).to_contain_text("đang kiểm tra tệp")
    await job_queue.run_all()
    await expect(rows(page)).to_contain_text("Đã vào kho")
    assert await db.value("SELECT source_id::text FROM derivation") == source
    await page.context.close()


@pytest.mark.parametrize(("size", "name"), [(PHONE, "phone"), (DESK, "desk")], ids=["phone", "desk"])
async def test_what_the_archive_had_already_is_said_and_may_be_taken_back(
    browser: Browser,
    origin: str,
    union: Union,
    job_queue: MemoryQueue,
    tmp_path: Path,
    size: dict[str, int],
    name: str,
):
    there = await add(union.south, "Ảnh của Khu Nam", picture(), visibility="union")
    for file in ("Hội thao 1.jpg", "Hội thao 2.jpg"):
        (tmp_path / file).write_bytes(picture())
    page = await opened(browser, origin, union, size)
    await page.get_by_label("Tệp (ảnh").set_input_files(sorted(tmp_path.glob("*.jpg")))
    await page.get_by_role("button", name="Tải lên").click()
    for number in range(2):
        await expect(rows(page).nth(number)).to_contain_text("đang kiểm tra tệp")
    await job_queue.run_all()
    first, second = (rows(page).filter(has=page.locator("strong", has_text=f"Hội thao {n}.jpg")) for n in (1, 2))
    for row in (first, second):
        await expect(row).to_contain_text("Kho đã có đúng tệp này: Ảnh của Khu Nam")
    await check(page, f"upload-same-{name}")
    await second.get_by_role("button", name="Giữ cả hai").click()
    await expect(second.get_by_role("button")).to_have_count(0)
    await first.get_by_role("button", name="Bỏ bản vừa gửi").click()
    await expect(first).to_contain_text("Đã bỏ bản vừa gửi. Kho vẫn có: Ảnh của Khu Nam")
    assert f"/archive/items/{there}" == await first.get_by_role("link").first.get_attribute("href")
    await expect(page.locator("#next")).to_be_hidden()
    assert [tuple(row) for row in await db.rows("SELECT title, state FROM asset ORDER BY title")] == [
        ("Hội thao 1", "deleted"),
        ("Hội thao 2", "kept"),
        ("Ảnh của Khu Nam", "kept"),
    ]
    await page.context.close()


async def test_an_upload_goes_on_by_itself_after_the_line_was_cut(
    browser: Browser, origin: str, union: Union, job_queue: MemoryQueue, tmp_path: Path
):
    file = tmp_path / "phim.txt"
    file.write_bytes("Lời bình của phim.\n".encode() * 800_000)
    page = await opened(browser, origin, union)
    cut: list[str] = []

    async def line(route: Route) -> None:
        offset = route.request.headers.get("upload-offset", "0")
        if route.request.method == "PATCH" and offset != "0" and len(cut) < 2:
            cut.append(offset)
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await page.route(re.compile("/archive/api/tus/."), line)
    await page.get_by_label("Tệp (ảnh").set_input_files(file)
    await page.get_by_role("button", name="Tải lên").click()
    await expect(rows(page)).to_contain_text("đang kiểm tra tệp", timeout=20_000)
    assert cut == ["5000000", "5000000"]
    await job_queue.run_all()
    assert await db.value("SELECT size FROM asset JOIN stored_file USING (sha256)") == file.stat().st_size
    await page.unroute_all(behavior="ignoreErrors")
    await page.context.close()


async def test_a_file_goes_on_after_the_page_was_closed(
    browser: Browser, origin: str, union: Union, job_queue: MemoryQueue, tmp_path: Path
):
    file = tmp_path / "phim.txt"
    file.write_bytes("Lời bình của phim.\n".encode() * 800_000)
    page = await opened(browser, origin, union)

    async def standstill(route: Route) -> None:
        if route.request.headers.get("upload-offset", "0") == "0":
            await route.continue_()
        else:
            await route.abort("connectionreset")

    await page.route(re.compile("/archive/api/tus/."), standstill)
    await page.get_by_label("Tệp (ảnh").set_input_files(file)
    await page.get_by_role("button", name="Tải lên").click()
    await expect(rows(page)).to_contain_text(re.compile(r"\d\d %"))
    while await db.value("SELECT position FROM upload") != 5_000_000:
        await page.wait_for_timeout(50)
    page.on("dialog", lambda dialog: dialog.accept())
    again = await page.context.new_page()
    await page.close()
    # What was under way while the page closed may still have come, in part.
    reached = 0
    while reached != (now := await db.value("SELECT position FROM upload")):
        reached = now
        await again.wait_for_timeout(500)
    offsets: list[str] = []
    again.on("request", lambda request: offsets.append(request.headers.get("upload-offset", "")))
    await again.goto(f"{origin}/archive/upload")
    await expect(again.locator(".note")).to_contain_text(f"phim.txt – {100 * reached // file.stat().st_size} %")
    await check(again, "upload-unfinished")
    await again.get_by_label("Tệp (ảnh").set_input_files(file)
    await again.get_by_role("button", name="Tải lên").click()
    await expect(rows(again)).to_contain_text("đang kiểm tra tệp", timeout=20_000)
    assert next(offset for offset in offsets if offset) == str(reached)
    assert reached >= 5_000_000
    await job_queue.run_all()
    assert await db.value("SELECT count(*) FROM upload") == 1
    assert await db.value("SELECT size FROM asset JOIN stored_file USING (sha256)") == file.stat().st_size
    await again.context.close()


async def test_an_upload_can_be_paused(browser: Browser, origin: str, union: Union, tmp_path: Path):
    file = tmp_path / "phim.txt"
    file.write_bytes("Lời bình của phim.\n".encode() * 800_000)
    page = await opened(browser, origin, union)

    async def slow(route: Route) -> None:
        await asyncio.sleep(0.3)
        await route.continue_()

    await page.route(re.compile("/archive/api/tus/."), slow)
    await page.get_by_label("Tệp (ảnh").set_input_files(file)
    await page.get_by_role("button", name="Tải lên").click()
    await page.get_by_role("button", name="Tạm dừng").click()
    await expect(rows(page)).to_contain_text("Đã tạm dừng")
    await page.get_by_role("button", name="Gửi tiếp").click()
    await expect(rows(page)).to_contain_text("đang kiểm tra tệp", timeout=20_000)
    await page.unroute_all(behavior="ignoreErrors")
    await page.context.close()
