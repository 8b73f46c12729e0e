"""The results pages: what they show, to whom, and that everyone can use them."""

import asyncio
import contextvars

import pytest
from axe_playwright_python.async_playwright import Axe
from results_world import OWNER_PATH, make_released_world, make_world

from kit.testing import caller_as

ANALYST = caller_as("analyst", OWNER_PATH)
PAGE = "/results/needs/1"


async def test_lists_the_public_releases(client):
    await make_released_world()
    await make_world(code="unreleased")
    response = await client.get("/results/")
    assert response.status_code == 200
    assert response.text.count('href="/results/needs/1"') == 1
    assert "unreleased" not in response.text
    assert "254 phiếu trả lời" in response.text


async def test_says_when_there_is_nothing_yet(client):
    assert "Chưa có kết quả nào được công bố." in (await client.get("/results/")).text


async def test_shows_participation_and_the_first_question(client):
    await make_released_world()
    text = (await client.get(PAGE)).text
    assert "<strong>254</strong> phiếu trả lời trên <strong>1.000</strong> người được hỏi (25,4%)" in text
    assert '<h2 id="result">Anh/chị biết tin qua đâu?</h2>' in text
    assert '<td class="number">146</td><td class="number">57,5%</td>' in text
    assert text.count("<svg") == 1


async def test_shows_a_question_by_segments_and_hides_in_words_and_pattern(client):
    await make_released_world()
    text = (await client.get(f"{PAGE}?question=channel&by=gender")).text
    assert text.count('<article class="cell">') == 3
    assert text.count('<p class="hidden-box">Không công bố: có thể làm lộ câu trả lời của một nhóm nhỏ.</p>') == 1
    assert text.count("<svg") == 2
    assert '<input type="checkbox" name="by" value="gender" checked>' in text


async def test_many_segments_are_rows_of_one_table(client):
    await make_released_world()
    text = (await client.get(f"{PAGE}?by=age_band&by=gender&by=region")).text
    assert text.count('<td class="hidden-row"') == 12
    assert "<svg" not in text


async def test_flags_small_bases(client):
    await make_released_world()
    text = (await client.get(f"{PAGE}?by=age_band&by=gender")).text
    assert text.count("⚠ ít câu trả lời") == 1


async def test_speaks_english(client):
    await make_released_world()
    text = (await client.get(f"{PAGE}?lang=en&by=gender")).text
    assert '<html lang="en">' in text
    assert "Where do you get news?" in text
    assert "Not published: it could reveal the answers of a small group." in text
    assert "64.9%" in text


async def test_the_wave_may_be_named_by_its_id(client):
    world, _ = await make_released_world()
    assert (await client.get(f"/results/{world.wave_id}/1")).status_code == 200
    assert (await client.get(f"/results/{world.wave_id}/2")).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "/results/needs/2",
        "/results/needs/99999999999999",
        "/results/nothing/1",
        "/results/%00/1",
        "/results/00000000-0000-0000-0000-000000000000/1",
        f"{PAGE}?question=comment",
        f"{PAGE}?question=gender",
        f"{PAGE}?question=%00",
    ],
)
async def test_what_is_not_there_is_a_page_that_says_so(client, url):
    await make_released_world()
    response = await client.get(url)
    assert response.status_code == 404
    assert "Không tìm thấy kết quả" in response.text


async def test_an_unknown_segment_is_refused(client):
    await make_released_world()
    response = await client.get(f"{PAGE}?by=<script>")
    assert response.status_code == 400
    assert "<script>" not in response.text


async def test_an_internal_release_is_shown_to_the_owners_analysts_only(client):
    await make_released_world(is_public=False)
    assert (await client.get(PAGE)).status_code == 404
    assert (await client.get(PAGE, caller=caller_as("editor", OWNER_PATH))).status_code == 404
    response = await client.get(PAGE, caller=ANALYST)
    assert response.status_code == 200
    assert "Chỉ nội bộ" in response.text
    assert "needs" not in (await client.get("/results/", caller=ANALYST)).text


async def test_loads_nothing_from_elsewhere_and_has_no_inline_style(client):
    await make_released_world()
    response = await client.get(f"{PAGE}?by=gender")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "style=" not in response.text
    assert "<script" not in response.text
    assert (await client.get("/results/static/results.css")).status_code == 200


@pytest.mark.parametrize("width", [360, 1280])
async def test_everyone_can_use_it(client, browser, width):
    await make_released_world()
    here = contextvars.copy_context()
    page = await browser.new_page(viewport={"width": width, "height": 800})

    async def answer(route):
        url = route.request.url.removeprefix("http://localhost")
        # The browser calls from a task that knows nothing of this test's database.
        response = await asyncio.create_task(client.get(url), context=here)
        await route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.content)

    await page.route("**/*", answer)
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    for url in ("/results/", PAGE, f"{PAGE}?by=gender", f"{PAGE}?by=age_band&by=gender&by=region", "/results/needs/9"):
        await page.goto(f"http://localhost{url}")
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await page.goto(f"http://localhost{PAGE}")
    await page.select_option("#question", "trust")
    await page.check("input[value=region]")
    await page.click("button")
    assert await page.inner_text("#result") == "Tin tưởng?"
    assert await page.locator("article.cell").count() == 2
    assert await page.locator("article.cell svg").count() == 2
    assert refused == []
    await page.close()
