"""A desk with a browser before it, at the service's real address: for tests of the pages that officers work with."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from kit.identity import PASSPORT_HEADER, Caller, sign_passport
from kit.testing import passport_keys


@contextlib.asynccontextmanager
async def serving(database: Any) -> AsyncIterator[str]:
    """Serve the service's pages; the address is of this test alone."""
    server = uvicorn.Server(uvicorn.Config(database.asgi(), port=0, lifespan="off", log_level="error"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await running


@contextlib.asynccontextmanager
async def desk_of(browser: Browser, caller: Caller, width: int) -> AsyncIterator[Page]:
    """Open somebody's browser; what its pages' policies refuse fails the test."""
    passport = {PASSPORT_HEADER: sign_passport(passport_keys()[0], caller)[0]}
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, locale="vi-VN", extra_http_headers=passport
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
