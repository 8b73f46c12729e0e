"""The archive's pages at a real address, in a real browser, as somebody."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from kit.identity import PASSPORT_HEADER, Caller, sign_passport
from kit.testing import passport_keys

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}


# What reaches beyond the right edge of a page that can be scrolled sideways.
TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    // Text can overflow a box that fits: then the boxes that it overflows are named.
    const wide = [...document.querySelectorAll("*")].filter(
        (one) => one.getBoundingClientRect().right > width || (one.scrollWidth > one.clientWidth && one.clientWidth));
    return [document.documentElement.scrollWidth, ...wide.map((one) => one.outerHTML.slice(0, 200))];
}"""


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


async def open_page(browser: Browser, size: dict[str, int], caller: Caller | None, **options: Any) -> Page:
    headers = {PASSPORT_HEADER: sign_passport(passport_keys()[0], caller)[0]} if caller else {}
    context = await browser.new_context(viewport=size, extra_http_headers=headers, locale="vi-VN", **options)  # pyright: ignore[reportArgumentType]
    return await context.new_page()


async def check(page: Page, name: str) -> None:
    """No violation that axe finds, nothing wider than the window, and a picture for whoever wants to look."""
    found = await Axe().run(page, options=AXE)
    assert [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found.response["violations"]] == []
    assert await page.evaluate(TOO_WIDE) == []
    if folder := os.environ.get("LOA_SCREENSHOTS"):
        await page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)
