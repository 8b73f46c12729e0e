"""The form in a real browser: on a narrow phone and on a desk, with and without JavaScript, for people of all abilities."""

import asyncio
from collections.abc import AsyncIterator
from importlib.resources import files

import httpx
import orjson
import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect
from survey_world import World, apply, build_world, code_of, vocabulary, waiting

from kit import db
from kit.identity import SYSTEM
from survey.programmes.service import waves
from survey.questionnaires import service as questionnaires

pytestmark = [pytest.mark.committed, pytest.mark.browser]

PHONE = {"width": 360, "height": 640}
DESK = {"width": 1280, "height": 800}
AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
DEMO = orjson.loads(files("survey.demo").joinpath("questionnaire.json").read_bytes())


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


@pytest.fixture
async def demo_world(database) -> World:
    """The small union, asking the demo's questionnaire."""
    world = await build_world()
    for question in (q for section in DEMO["sections"] for q in section["questions"]):
        if question.get("role") not in (None, "hours"):
            await apply([vocabulary(question["role"], *(choice["code"] for choice in question["choices"]))])
    draft = await questionnaires.save_draft(SYSTEM, world.questionnaire_id, DEMO)
    await questionnaires.publish_version(SYSTEM, draft.id)
    return world


@pytest.fixture
async def phone(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """A page on a narrow phone; the parameter `no_script` turns JavaScript off."""
    script = getattr(request, "param", "script") != "no_script"
    context = await browser.new_context(viewport=PHONE, java_script_enabled=script, has_touch=True)
    yield await context.new_page()
    await context.close()


async def violations(page: Page) -> list[str]:
    """What axe finds wrong, or can't judge."""
    found = await Axe().run(page, options=AXE)
    doubtful = found.response["violations"] + found.response["incomplete"]
    return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in doubtful]


async def too_small(page: Page) -> list[str]:
    """What can be touched and is lower or narrower than 48 px. A radio button is touched by its whole label."""
    return await page.evaluate(
        """() => [...document.querySelectorAll("fieldset label, button, select, textarea, input[type=text], header a")]
            .filter((one) => one.offsetParent)
            .filter((one) => Math.min(one.getBoundingClientRect().height, one.getBoundingClientRect().width) < 48)
            .map((one) => one.outerHTML)"""
    )


async def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_the_demo_form_is_accessible_at_every_width(browser, origin, demo_world, size):
    code = await code_of(await demo_world.open_wave())
    page = await browser.new_page(viewport=size)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for query in ("", "?lang=en"):
        await page.goto(f"{origin}/f/{code}{query}")
        await page.locator("[name=reached]").first.check()
        assert await violations(page) == []
        assert await too_small(page) == []
        assert await overflow(page) == 0
    assert all(url.startswith((origin, "data:")) for url in requests)
    assert await page.context.cookies() == []
    await page.close()


async def test_a_worker_answers_on_a_phone_and_is_thanked(phone, origin, demo_world):
    code = await code_of(await demo_world.open_wave())
    await phone.goto(f"{origin}/f/{code}")
    assert await phone.locator("fieldset:has-text('Tin tức đó đến với anh/chị qua đâu?')").is_hidden()
    await phone.get_by_label("Có", exact=True).check()
    await phone.get_by_label("Zalo", exact=True).first.check()
    await phone.get_by_label("Luật lao động và quyền của người lao động").check()
    await phone.get_by_label("Điện thoại thông minh của riêng tôi").check()
    await phone.locator("[name=satisfied][value='4']").check()
    await phone.locator("select[name=field]").select_option("mining")
    await phone.get_by_role("button").click()
    await expect(phone.locator("h1")).to_have_text("Cảm ơn anh/chị!")
    assert await violations(phone) == []
    (stored,) = await waiting()
    assert stored == {
        "reached": "yes",
        "reached_by": ["zalo"],
        "topics": ["labour_law"],
        "phone": "own_smartphone",
        "satisfied": 4,
        "field": "mining",
    }


@pytest.mark.parametrize("phone", ["script", "no_script"], indirect=True)
async def test_where_a_page_can_keep_nothing_the_form_is_posted_as_any_other(phone, origin, database):
    # As in the windows that some apps open for a link.
    await phone.add_init_script(
        """for (const name of ["indexedDB", "caches"]) Object.defineProperty(window, name, { value: undefined });
        Object.defineProperty(navigator, "serviceWorker", { value: undefined });"""
    )
    code = await code_of(await (await build_world()).open_wave())
    await phone.goto(f"{origin}/f/{code}")
    await phone.get_by_label("Không", exact=True).first.check()
    await phone.get_by_role("button").first.click()
    await phone.wait_for_url("**/thanks?r=*")
    await expect(phone.locator("h1")).to_have_text("Cảm ơn anh/chị!")
    assert await waiting() == [{"reached": "no"}]


async def test_faults_are_summed_up_and_linked_to_their_questions(phone, origin, database):
    world = await build_world()
    await phone.goto(f"{origin}/f/{await code_of(await world.open_wave())}")
    await phone.locator("[name=hours]").fill("500")
    await phone.locator("[name=comment]").fill("Cần thêm quạt ở xưởng.")
    await phone.get_by_role("button").click()
    await expect(phone).to_have_title("Cần xem lại: Tin tức và anh/chị")
    summary = phone.get_by_role("alert")
    assert await summary.locator("h2").text_content() == "Còn 2 câu cần xem lại"
    assert await phone.locator("[name=hours]").input_value() == "500"
    assert (await phone.locator("[name=comment]").input_value()).strip() == "Cần thêm quạt ở xưởng."
    await summary.get_by_role("link").nth(1).click()
    assert phone.url.endswith("#q-hours")
    await phone.locator("[name=hours]").fill("50")
    await phone.get_by_label("Không", exact=True).check()
    await phone.get_by_role("button").click()
    await expect(phone.locator("h1")).to_have_text("Cảm ơn anh/chị!")
    assert await db.value("SELECT count(*) FROM inbox") == 1


async def test_the_page_of_faults_is_accessible_and_reads_itself_first(phone, origin, database):
    world = await build_world()
    await phone.goto(f"{origin}/f/{await code_of(await world.open_wave())}")
    await phone.get_by_role("button").click()
    assert await violations(phone) == []
    assert await overflow(phone) == 0
    assert await phone.evaluate("document.activeElement.getAttribute('role')") == "alert"
    described = await phone.locator("fieldset:has([name=reached])").get_attribute("aria-describedby")
    assert await phone.locator(f"#{described}").text_content() == "Xin trả lời câu này."


async def test_a_double_click_is_one_answer(phone, origin, database):
    world = await build_world()
    await phone.goto(f"{origin}/f/{await code_of(await world.open_wave())}")
    await phone.get_by_label("Có", exact=True).check()
    await phone.get_by_role("button").dblclick()
    await expect(phone.locator("h1")).to_have_text("Cảm ơn anh/chị!")
    await asyncio.sleep(0.2)
    assert await db.value("SELECT count(*) FROM inbox") == 1


async def test_pages_without_a_form_are_accessible(phone, origin, database):
    world = await build_world()
    planned = await world.planned_wave()
    code = await code_of(planned)
    for address in (f"/f/{code}", "/f/nothere"):
        await phone.goto(origin + address)
        assert await violations(phone) == []
    wave = await waves.open_wave(SYSTEM, planned.id)
    await waves.close_wave(SYSTEM, wave.id)
    reply = await phone.goto(f"{origin}/f/{code}")
    assert reply.status == 410
    assert await violations(phone) == []
    assert await overflow(phone) == 0


async def test_the_demo_form_is_small(origin, demo_world):
    code = await code_of(await demo_world.open_wave())
    async with httpx.AsyncClient(headers={"accept-encoding": "gzip"}) as http:
        size = 0
        for address in (f"/f/{code}", "/f/static/form.js"):
            async with http.stream("GET", origin + address) as reply:
                assert reply.headers["content-encoding"] == "gzip"
                size += len(b"".join([chunk async for chunk in reply.aiter_raw()]))
    assert size < 15_000
