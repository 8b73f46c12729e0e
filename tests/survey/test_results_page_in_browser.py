"""The results pages in a real browser: a phone and a desk, both languages, on paper, accessible, without JavaScript."""

import asyncio
import contextvars
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Route
from results_page_world import NORTH, TOP, make_page_world

from kit.testing import caller_as

pytestmark = pytest.mark.browser

WAVE = "/results/info/3"
AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
# What is printed, and how many tables that has.
PAPER = {
    "overview": ("", 7),
    "segments": ("?question=useful&by=age_band", 4),
    "question": ("?question=reached_by", 1),
}
ANALYST = caller_as("analyst", TOP)

Open = Callable[..., Awaitable[Page]]


@pytest.fixture
async def open_page(client, browser: Browser) -> AsyncIterator[Open]:
    """Open pages that this test's service answers, as an analyst; whatever goes elsewhere, or is refused, fails."""
    here = contextvars.copy_context()
    pages: list[Page] = []
    problems: list[str] = []

    async def answer(route: Route) -> None:
        path = route.request.url.removeprefix("http://localhost")
        if not path.startswith("/"):
            problems.append(route.request.url)
        # The browser calls from a task that knows nothing of this test's database.
        response = await asyncio.create_task(client.get(path, caller=ANALYST), context=here)
        # The body has been unpacked on the way.
        headers = {name: value for name, value in response.headers.items() if not name.startswith("content-e")}
        await route.fulfill(status=response.status_code, headers=headers, body=response.content)

    async def opened(width: int, **options: bool) -> Page:
        context = await browser.new_context(viewport={"width": width, "height": 800}, **options)
        page = await context.new_page()
        await page.route("**/*", answer)
        page.on("console", lambda said: problems.append(said.text) if "Content Security" in said.text else None)
        pages.append(page)
        return page

    yield opened
    for page in pages:
        await page.context.close()
    assert problems == []


async def keep(page: Page, name: str) -> None:
    """Leave a picture for whoever wants to look."""
    if folder := os.environ.get("LOA_SCREENSHOTS"):
        await page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)


async def check(page: Page, name: str) -> None:
    """No violation that axe finds, and nothing wider than the window."""
    await keep(page, name)
    found = await Axe().run(page, options=AXE)
    assert [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found.response["violations"]] == []
    assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0, name


@pytest.mark.parametrize(("width", "language"), [(360, "vi"), (1280, "en")])
async def test_every_state_is_accessible_and_fits(open_page: Open, width: int, language: str):
    world = await make_page_world()
    page = await open_page(width)
    north = f"unit={world.units[NORTH]}"
    for name, query in {
        "overview": "",
        "unit": f"{north}",
        "multiple": "question=reached_by",
        "scale": "question=useful",
        "scale-by-age": "question=useful&by=age_band",
        "by-gender-age": "question=reached&by=age_band&by=gender",
        "by-three": "question=topics&by=age_band&by=gender&by=region",
        "matrix": "question=need",
        "row": "question=need.wages&by=gender",
        "nothing": "question=quiet",
        "parent": f"question=reached&{north}&parent=1",
        "parent-by-age": f"question=reached_by&{north}&parent=1&by=age_band&by=gender&choice=zalo",
        "missing": "question=none",
        "refused": "question=reached&by=nothing",
    }.items():
        await page.goto(f"http://localhost{WAVE}?lang={language}&{query}")
        await check(page, f"{name}-{width}-{language}")


@pytest.mark.parametrize("name", PAPER)
async def test_on_paper_everything_is_open_and_nothing_is_to_be_clicked(open_page: Open, name: str):
    await make_page_world()
    page = await open_page(1280)
    query, count = PAPER[name]
    await page.goto(f"http://localhost{WAVE}{query}")
    await page.emulate_media(media="print")
    if folder := os.environ.get("LOA_SCREENSHOTS"):
        await page.pdf(path=Path(folder, f"{name}.pdf"), prefer_css_page_size=True)
    assert not await page.locator("header.top").is_visible()
    assert await page.locator(".pick:visible").count() == 0
    assert await page.locator("summary:visible").count() == 0
    assert await page.locator(".cell table:visible").count() == await page.locator(".cell table").count() == count


async def test_a_question_is_split_by_keyboard_without_javascript(open_page: Open):
    await make_page_world()
    page = await open_page(360, java_script_enabled=False)
    await page.goto(f"http://localhost{WAVE}")
    await page.get_by_role("link", name="Những tin tức đó giúp ích cho anh/chị đến mức nào?").first.press("Enter")
    await page.get_by_label("Giới tính").press("Space")
    await page.get_by_role("button", name="Xem").press("Enter")
    await page.get_by_role("heading", name="So các nhóm: “Trung bình”").wait_for()
    assert await page.locator("article.cell").count() == 2
    await page.get_by_label("So các nhóm theo").select_option("5 – Rất có ích")
    await page.get_by_role("button", name="Xem").press("Enter")
    await page.get_by_role("heading", name="So các nhóm: “5 – Rất có ích”").wait_for()
    await page.get_by_text("Xem đơn vị bên trong (2)").press("Enter")
    await page.get_by_role("link", name="Liên đoàn Lao động tỉnh Bắc").press("Enter")
    await page.get_by_label("với Tổng Liên đoàn").check()
    await page.get_by_role("button", name="Xem").press("Enter")
    await page.get_by_text("◇").first.wait_for()
    assert await page.get_by_label("Giới tính").is_checked()
