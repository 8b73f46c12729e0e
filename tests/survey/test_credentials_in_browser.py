"""A member fetches a credential in a real browser and answers with it later; the pages are for people of all abilities."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Route
from survey_world import MINE, PATHS, World, unit_id
from ways_world import code_for, contributor, groups_in_inbox, member, offering, spent

from kit import db
from kit.identity import PASSPORT_HEADER, Caller, sign_passport
from kit.testing import passport_keys
from survey.collection.slips import service as slips
from survey.programmes.models import Wave

pytestmark = [pytest.mark.committed, pytest.mark.browser]

PHONE = {"width": 360, "height": 740}
AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}


@dataclass(frozen=True)
class Place:
    """The service at a real address, with an open wave that offers every way."""

    origin: str
    wave: Wave


@pytest.fixture
async def place(database, world: World) -> AsyncIterator[Place]:
    await offering(world, "open_link", "slip", "credential", "paper")
    wave = await world.open_wave()
    server = uvicorn.Server(uvicorn.Config(database.asgi(), port=0, lifespan="off", log_level="error"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield Place(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", wave)
    server.should_exit = True
    await running


async def page_of(browser: Browser, who: Caller | None) -> Page:
    """A phone whose requests are what the front door would make of them: known at /results, unknown at /f."""
    context = await browser.new_context(viewport=PHONE, has_touch=True, locale="vi-VN")
    passport = sign_passport(passport_keys()[0], who)[0] if who else None

    async def through_the_door(route: Route) -> None:
        headers = dict(route.request.headers)
        if passport and "/results/" in route.request.url:
            headers[PASSPORT_HEADER] = passport
        await route.continue_(headers=headers)

    await context.route("**/*", through_the_door)
    return await context.new_page()


async def test_a_credential_is_fetched_kept_and_spent_in_the_form(browser, place):
    page = await page_of(browser, member(MINE))
    code = await code_for(place.wave, "credential")
    await page.goto(f"{place.origin}/results/my-credential/{code}")
    await page.get_by_role("button", name="Nhận quyền trả lời").click()
    link = page.get_by_role("link", name="Mở phiếu hỏi")
    await link.wait_for(state="visible", timeout=20_000)
    assert await db.value("SELECT count(*) FROM credential_issue") == 1
    # Days later, the browser opened again: it is still there, and not fetched twice.
    await page.reload()
    await link.wait_for(state="visible")
    await link.click()
    await page.wait_for_url(f"**/f/{code}")
    await page.get_by_label("Không", exact=True).first.check()
    await page.get_by_role("button", name="Gửi câu trả lời").click()
    for _ in range(200):
        if await spent():
            break
        await asyncio.sleep(0.1)
    assert await spent() == 1
    assert len(await groups_in_inbox()) == 1
    await page.context.close()


async def test_a_lost_reply_is_asked_for_again_with_the_same_message(browser, place):
    page = await page_of(browser, member(MINE))
    code = await code_for(place.wave, "credential")
    lost: list[bytes] = []

    async def lose_the_first(route: Route) -> None:
        if route.request.method != "POST" or lost:
            await route.fallback()
            return
        reply = await route.fetch(
            headers={**route.request.headers, PASSPORT_HEADER: sign_passport(passport_keys()[0], member(MINE))[0]}
        )
        lost.append(await reply.body())
        await route.abort()

    await page.route("**/results/my-credential/*", lose_the_first)
    await page.goto(f"{place.origin}/results/my-credential/{code}")
    await page.get_by_role("button", name="Nhận quyền trả lời").click()
    await page.get_by_text("Chưa nhận được vì mạng có lỗi").wait_for(timeout=20_000)
    assert len(lost) == 1
    assert await db.value("SELECT count(*) FROM credential_issue") == 1
    # Also after the page was loaded again.
    await page.reload()
    await page.get_by_role("button", name="Nhận quyền trả lời").click()
    await page.get_by_role("link", name="Mở phiếu hỏi").wait_for(state="visible", timeout=20_000)
    assert await db.value("SELECT count(*) FROM credential_issue") == 1
    await page.context.close()


async def test_a_key_that_others_do_not_get_is_not_used(browser, place):
    page = await page_of(browser, member(MINE))
    code = await code_for(place.wave, "credential")

    async def another_key(route: Route) -> None:
        await route.fulfill(json={"id": "AAAAAAAAAAA", "modulus": "AQAB", "exponent": 65537})

    await page.route("**/key?*", another_key)
    await page.goto(f"{place.origin}/results/my-credential/{code}")
    await page.get_by_role("button", name="Nhận quyền trả lời").click()
    await page.get_by_text("không giống của những người khác").wait_for(timeout=20_000)
    assert await db.value("SELECT count(*) FROM credential_issue") == 0
    await page.context.close()


async def test_a_second_browser_is_told_why_it_gets_none(browser, place):
    code = await code_for(place.wave, "credential")
    for words in ("Máy này đã có quyền trả lời", "Anh/chị đã nhận quyền trả lời của đợt này rồi"):
        page = await page_of(browser, member(MINE))
        await page.goto(f"{place.origin}/results/my-credential/{code}")
        await page.get_by_role("button", name="Nhận quyền trả lời").click()
        await page.get_by_text(words).wait_for(timeout=20_000)
        await page.context.close()
    assert await db.value("SELECT count(*) FROM credential_issue") == 1


async def test_the_pages_are_accessible_and_fit_a_phone(browser, place):
    code = await code_for(place.wave, "credential")
    made = await slips.make_slips(contributor(PATHS[MINE]), wave_id=place.wave.id, unit_id=unit_id(MINE), amount=3)
    both = Caller("both", (*member(MINE).grants, *contributor(PATHS[MINE]).grants), 1)
    page = await page_of(browser, both)
    for path in (
        f"/results/my-credential/{code}",
        "/results/my-credential/none",
        f"/results/credential-keys/{place.wave.id}",
        "/results/slips",
        f"/results/slips/{place.wave.id}",
        f"/results/slips/{place.wave.id}?after=x",
    ):
        await page.goto(place.origin + path)
        found = (await Axe().run(page, options=AXE)).response
        assert found["violations"] == [], (path, found["violations"])
        assert found["incomplete"] == [], (path, found["incomplete"])
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    assert made.batch.amount == 3
    await page.context.close()


async def test_an_office_downloads_its_slips(browser, place):
    page = await page_of(browser, contributor(PATHS[MINE]))
    await page.goto(f"{place.origin}/results/slips/{place.wave.id}")
    await page.get_by_label("Số phiếu").fill("12")
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Tạo và tải tệp PDF").click()
    download = await coming.value
    assert download.suggested_filename == "phieu-ma-u4.pdf"
    assert await db.value("SELECT amount FROM slip_batch") == 12
    await page.context.close()
