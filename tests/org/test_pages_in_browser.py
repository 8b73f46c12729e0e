"""The pages on which things are changed, in a real browser: a phone and a desk, no JavaScript needed, accessible."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from kit.identity import PASSPORT_HEADER, SYSTEM, Caller, sign_passport
from kit.testing import caller_as, passport_keys
from org.exchange.runs import submit_import
from org.headcounts.service import Cell, cells_on, publish_headcounts
from org.people.service import add_person, appoint, set_seats
from org.units.service import find_unit

pytestmark = [pytest.mark.committed, pytest.mark.browser]

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
KINDS = ("rename", "details", "create", "move", "merge", "split", "dissolve")


@pytest.fixture
async def origin(database: Any) -> AsyncIterator[str]:
    """The service's pages at a real address."""
    server = uvicorn.Server(uvicorn.Config(database.asgi(), port=0, lifespan="off", log_level="error"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await running


@pytest.fixture
async def chi(tree) -> Caller:
    """An admin of the whole tree, in which people are counted and serve."""
    cells = [Cell("under_25", "female", 1234, 1500), Cell("25_34", "male", 0, 7)]
    await publish_headcounts(SYSTEM, tree.garment["id"], date(2026, 1, 1), cells, "Sổ đoàn viên")
    person = await add_person(SYSTEM, "Nguyễn Thị Hạnh", unit_id=tree.hanoi["id"])
    await appoint(SYSTEM, person.id, tree.garment["id"], "chair", date(2026, 1, 1))
    await set_seats(SYSTEM, tree.garment["id"], "vice_chair", 2, date(2026, 1, 1))
    return caller_as("admin", tree.top, subject="chi")


async def open_page(browser: Browser, origin: str, size: dict[str, int], caller: Caller, **options: Any) -> Page:
    headers = {PASSPORT_HEADER: sign_passport(passport_keys()[0], caller)[0]}
    context = await browser.new_context(
        viewport=size, extra_http_headers=headers, locale="vi-VN", base_url=origin, **options
    )
    return await context.new_page()


async def check(page: Page, name: str) -> None:
    """No violation that axe finds, nothing wider than the window, and a picture for whoever wants to look."""
    found = await Axe().run(page, options=AXE)
    assert [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found.response["violations"]] == [], (
        name
    )
    assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0, name
    if folder := os.environ.get("LOA_SCREENSHOTS"):
        await page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)


@pytest.mark.parametrize(("size", "language"), [(PHONE, "vi"), (DESK, "en"), (DESK, "vi")])
async def test_every_page_is_accessible_and_fits(browser: Browser, origin: str, tree, chi, size, language):
    page = await open_page(browser, origin, size, chi)
    requested: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    change = "/org/units/HN-001/change"
    wrong = (
        f"{change}/split?step=preview&on=x&parts=2&p1-how=new&p1-share=120&p1-parent=ha+noi&p2-how=existing&p2-into=hue"
    )
    new = "new-name_vi=C%C3%B4ng+%C4%91o%C3%A0n+May&new-code=M-1&new-parent=HN&new-level=grassroots&new-kind=enterprise"
    merging = f"{change}/merge?step=preview&on=2026-03-01&how=new&{new}"
    addresses = {
        "card": "/org/units/HN-001",
        "choices": change,
        **{kind: f"{change}/{kind}" for kind in KINDS},
        "wrong": wrong,
        "preview": merging,
        "headcounts": "/org/units/HN-001/headcounts?day=2026-06-30",
        "correction": "/org/units/HN-001/headcounts?day=2026-01-01",
        "people": "/org/units/HN-001/people",
        "appoint": "/org/units/HN-001/people/officer",
        "collaborator": "/org/units/HN-001/people/collaborator",
        "seats": "/org/units/HN-001/people/seats",
        "changes": "/org/reorganisations",
    }
    for title, address in addresses.items():
        reply = await page.goto(f"{address}{'&' if '?' in address else '?'}lang={language}")
        assert reply is not None
        assert reply.status == (400 if title == "wrong" else 200), title
        await check(page, f"{title}-{size['width']}-{language}")
    await page.goto("/org/units/HN-001/people?lang=vi")
    await page.get_by_role("link", name="Kết thúc · Nguyễn Thị Hạnh").click()
    await check(page, f"end-{size['width']}")
    assert {url.split("/")[2] for url in requested if not url.startswith("data:")} == {origin.split("/")[2]}
    assert [problem for problem in problems if "400 (Bad Request)" not in problem] == []
    await page.context.close()


@pytest.mark.parametrize(("size", "name"), [(PHONE, "phone"), (DESK, "desk")])
async def test_a_merger_is_filled_in_made_and_undone_without_javascript(browser, origin, tree, chi, size, name):
    page = await open_page(browser, origin, size, chi, java_script_enabled=False)
    await page.goto("/org/units/HUE")
    await page.get_by_role("link", name="Thay đổi, sắp xếp").click()
    await page.get_by_role("link", name="Sáp nhập").click()
    await page.get_by_label("Ngày hiệu lực").fill("2026-03-01")
    await page.get_by_label("Đơn vị đang có").last.fill("lien doan ha noi")
    await page.get_by_role("button", name="Xem trước mọi ảnh hưởng").click()
    await page.get_by_role("button", name="Liên đoàn Lao động thành phố Hà Nội HN").click()
    assert await page.get_by_label("Đơn vị đang có").last.input_value() == "HN"
    await page.get_by_label("Số quyết định").fill("12/QĐ-TLĐ")
    await page.get_by_role("button", name="Xem trước mọi ảnh hưởng").click()
    assert "Kết thúc Liên đoàn Lao động thành phố Huế" in " ".join((await page.locator("main").inner_text()).split())
    await page.get_by_role("button", name="Sửa lại").click()
    assert await page.get_by_label("Số quyết định").input_value() == "12/QĐ-TLĐ"
    await page.go_back()
    await page.get_by_role("button", name="Thực hiện").click()
    await page.get_by_text("Đã thực hiện.").wait_for()
    assert (await find_unit(tree.hue["id"]))["closed_on"] == date(2026, 3, 1)
    made = page.url

    # Back to the preview, and the button once more: that is the change that was made.
    await page.go_back()
    assert "kết thúc hoạt động từ ngày" in await page.locator("main").inner_text()
    await page.goto(made)
    await page.get_by_role("link", name="Xem trước việc hoàn tác").click()
    assert "Trở lại Liên đoàn Lao động thành phố Huế" in " ".join((await page.locator("main").inner_text()).split())
    await page.get_by_role("button", name="Hoàn tác").click()
    assert page.url == made
    assert "đã được hoàn tác" in await page.locator("main").inner_text()
    assert (await find_unit(tree.hue["id"]))["closed_on"] is None
    await page.context.close()


@pytest.mark.parametrize(("size", "language"), [(PHONE, "vi"), (DESK, "en")])
async def test_a_file_is_followed_until_it_is_checked(browser, origin, tree, chi, job_queue, size, language):
    table = "operation,old_code,new_code\nnhập,HN-001,HUE\ngiải thể,KHONG-CO,\n".encode()
    run_id = await submit_import(chi, "reorganisation", table, "quyết định.csv", date(2026, 3, 1))
    page = await open_page(browser, origin, size, chi)
    await page.goto(f"/org/exchange/{run_id}?lang={language}")
    assert await page.locator("#running").count() == 1
    await check(page, f"running-{size['width']}-{language}")
    await job_queue.run_all()
    await page.locator(".problem").wait_for()
    assert await page.locator("#running").count() == 0
    await check(page, f"refused-{size['width']}-{language}")
    await page.context.close()


async def test_numbers_are_summed_while_they_are_typed(browser, origin, tree, chi):
    page = await open_page(browser, origin, PHONE, chi)
    await page.goto("/org/units/HN/headcounts?day=2026-06-30")
    await page.get_by_label("Dưới 25 tuổi, Nữ: đoàn viên").fill("1.200")
    await page.get_by_label("Dưới 25 tuổi, Nam: đoàn viên").fill("3.4")
    assert await page.locator("output[data-total=members]").inner_text() == "?"
    await page.get_by_label("Dưới 25 tuổi, Nam: đoàn viên").fill("34")
    assert await page.locator("output[data-total=members]").inner_text() == "1.234"
    assert await page.locator("output[data-total=workers]").inner_text() == "–"
    await page.get_by_label("Dưới 25 tuổi, Nữ: người lao động").fill("1500")
    await page.get_by_label("Dưới 25 tuổi, Nam: người lao động").fill("40")
    await page.get_by_label("Nguồn số liệu").fill("Sổ đoàn viên")
    await page.get_by_role("button", name="Công bố").click()
    await page.get_by_text("Đã công bố số liệu ngày 30/06/2026.").wait_for()
    found = await cells_on([tree.hanoi["id"]], date(2026, 6, 30))
    assert set(found[tree.hanoi["id"]].cells) == {
        Cell("under_25", "female", 1200, 1500),
        Cell("under_25", "male", 34, 40),
    }
    await page.context.close()
