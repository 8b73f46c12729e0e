"""The pages of downloads in a browser, narrow and wide: everyone can ask for a file, fetch it, and read texts."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from downloads_world import OWNER, released_world
from playwright.async_api import Browser, Page, expect

from kit.identity import PASSPORT_HEADER, sign_passport
from kit.testing import passport_keys

pytestmark = [pytest.mark.committed, pytest.mark.browser]

TEXTS = tuple(f"Ý kiến thứ {number}" for number in range(1, 13))


@pytest.fixture
async def origin(database) -> AsyncIterator[str]:
    """The service's pages at a real address."""
    config = uvicorn.Config(database.asgi(), port=0, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await running


@pytest.fixture(params=[360, 1280])
async def desk(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """An analyst's browser; what its pages' policies refuse fails the test."""
    passport = {PASSPORT_HEADER: sign_passport(passport_keys()[0], OWNER)[0]}
    context = await browser.new_context(
        viewport={"width": request.param, "height": 800}, locale="vi-VN", extra_http_headers=passport
    )
    page = await context.new_page()
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security" in said.text else None)
    yield page
    await context.close()
    assert refused == []


async def is_usable(page: Page) -> None:
    """Nothing that axe-core finds, and nothing to scroll sideways for."""
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_an_analyst_asks_fetches_and_reads(desk, origin, job_queue):
    _, release_id = await released_world(texts=TEXTS)
    await desk.goto(f"{origin}/results/downloads/of/{release_id}")
    await is_usable(desk)
    await desk.get_by_label("Bảng số liệu, CSV").check()
    await desk.get_by_role("button", name="Tạo tệp").click()
    await expect(desk.get_by_text("Đang tạo")).to_be_visible()
    await is_usable(desk)
    await job_queue.run_all()
    await desk.goto(f"{origin}/results/downloads")
    await is_usable(desk)
    async with desk.expect_download() as fetched:
        await desk.get_by_role("link", name="Tải về").click()
    assert (await fetched.value).suggested_filename == "needs-1-1-tables.csv"
    await desk.goto(f"{origin}/results/downloads/of/{release_id}/texts")
    await is_usable(desk)
    await expect(desk.get_by_text("Ý kiến thứ 7", exact=True)).to_be_visible()
