"""The pages of the wave kit: who gets one, for which unit and wave, in one click or part by part, and for everybody."""

import asyncio
import contextvars
import io
import zipfile

import pytest
from axe_playwright_python.async_playwright import Axe
from survey_world import MILL, MINE, NORTH, PATHS, ROOT, TINY, unit_id
from ways_world import code_for, contributor, offering

from kit import db
from kit.identity import SYSTEM
from kit.testing import caller_as, queries
from survey.programmes.service import waves

AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
OFFICE = contributor(PATHS[MINE])


@pytest.fixture
async def wave(world):
    await offering(world, "open_link", "slip")
    return await world.open_wave()


async def code_of_mine(wave) -> str:
    """The address of the mine's own group."""
    return await db.value(
        "SELECT c.code FROM collector c JOIN frame_unit f"
        " ON f.wave_id = c.wave_id AND f.response_group_id = c.response_group_id WHERE c.wave_id = $1 AND f.unit_id = $2",
        wave.id,
        unit_id(MINE),
    )


async def test_an_office_gets_its_kit_in_one_click(client, wave):
    code = await code_of_mine(wave)
    assert f'href="/results/kit/{wave.id}"' in (await client.get("/results/kit", caller=OFFICE)).text
    page = (await client.get(f"/results/kit/{wave.id}", caller=OFFICE)).text
    # Its own unit, and the address of its own group.
    assert 'name="unit" required maxlength="100" value="u4"' in page
    assert f"/f/{code}</a>" in page
    assert f'href="/results/kit/{wave.id}/bo-tai-lieu.zip?unit=u4"' in page
    assert f'href="/results/slips/{wave.id}"' in page
    for words in ("Công đoàn Mine mời anh chị em trả lời: Khảo sát tin tức", "Mine Union asks you: News survey"):
        assert words in page
    reply = await client.get(f"/results/kit/{wave.id}/bo-tai-lieu.zip?unit=u4", caller=OFFICE)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/zip")
    assert reply.headers["content-disposition"] == 'attachment; filename="u4-bo-tai-lieu.zip"'
    assert reply.headers["cache-control"] == "no-store"
    packed = zipfile.ZipFile(io.BytesIO(reply.content))
    assert len(packed.namelist()) == 7
    assert f"/f/{code}" in packed.read("zalo.txt").decode("utf-8-sig")


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("ap-phich.pdf", "application/pdf"),
        ("ma-qr.svg", "image/svg+xml"),
        ("ma-qr.png", "image/png"),
        ("zalo.txt", "text/plain; charset=utf-8"),
    ],
)
async def test_each_part_comes_alone_too(client, wave, part, kind):
    reply = await client.get(f"/results/kit/{wave.id}/{part}?unit={unit_id(MINE)}", caller=OFFICE)
    assert (reply.status_code, reply.headers["content-type"]) == (200, kind)
    assert reply.headers["content-disposition"] == f'attachment; filename="u4-{part}"'
    assert reply.headers["x-content-type-options"] == "nosniff"
    shown = await client.get(f"/results/kit/{wave.id}/{part}?show=1", caller=OFFICE)
    assert shown.headers["content-disposition"].startswith("inline")
    assert shown.content == reply.content


async def test_the_address_is_that_of_the_way_that_asks_least(client, world):
    await offering(world, "credential", "slip")
    wave = await world.open_wave()
    page = (await client.get(f"/results/kit/{wave.id}", caller=OFFICE)).text
    assert f"/f/{await code_for(wave, 'slip')}</a>" in page
    assert "Cần mã trên phiếu mã" in page


async def test_before_the_opening_it_is_the_whole_waves(client, world):
    wave = await world.planned_wave()
    page = (await client.get(f"/results/kit/{wave.id}", caller=OFFICE)).text
    assert f"/f/{await code_for(wave, 'open_link')}</a>" in page
    assert "Đợt này chưa mở" in page


@pytest.mark.parametrize(
    ("caller", "unit", "status"),
    [
        (caller_as("worker", PATHS[ROOT]), "u4", 403),
        (caller_as("analyst", PATHS[ROOT]), "u4", 403),
        (contributor(PATHS[TINY]), "u4", 403),
        (contributor(PATHS[MINE]), "u7", 403),
        (contributor(PATHS[MINE]), "nowhere", 404),
        (contributor(PATHS[MINE]), "<b>x</b>", 404),
        (contributor(PATHS[MINE]), "x%00", 404),
        (contributor(PATHS[MINE]), "u4", 200),
        (caller_as("editor", PATHS[NORTH]), "u4", 200),
        (caller_as("admin", PATHS[ROOT]), "u7", 200),
    ],
)
async def test_contributors_of_the_unit_get_it_and_nobody_else(client, wave, caller, unit, status):
    for path in ("", "/ap-phich.pdf", "/bo-tai-lieu.zip"):
        reply = await client.get(f"/results/kit/{wave.id}{path}?unit={unit}", caller=caller)
        assert reply.status_code == status
        assert "<b>x</b>" not in reply.text
        if status != 200:
            assert await code_of_mine(wave) not in reply.text


async def test_who_is_not_signed_in_is_asked_to(client, wave):
    for path in ("/results/kit", f"/results/kit/{wave.id}", f"/results/kit/{wave.id}/ap-phich.pdf?unit=u4"):
        reply = await client.get(path)
        assert (reply.status_code, "/auth/login" in reply.text) == (401, True)


async def test_what_is_over_elsewhere_or_unknown_has_no_kit(client, world, wave):
    assert (await client.get(f"/results/kit/{unit_id(9)}?unit=u4", caller=OFFICE)).status_code == 404
    assert (await client.get(f"/results/kit/{wave.id}/passwd?unit=u4", caller=OFFICE)).status_code == 404
    await db.execute("DELETE FROM frame_unit WHERE unit_id = $1", unit_id(MILL))
    refused = await client.get(f"/results/kit/{wave.id}?unit=u7", caller=contributor(PATHS[MILL]))
    assert (refused.status_code, "không hỏi người của đơn vị đó" in refused.text) == (409, True)
    await waves.close_wave(SYSTEM, wave.id)
    over = await client.get(f"/results/kit/{wave.id}/ap-phich.pdf?unit=u4", caller=OFFICE)
    assert (over.status_code, "đã kết thúc" in over.text) == (409, True)
    assert str(wave.id) not in (await client.get("/results/kit", caller=OFFICE)).text


async def test_the_page_asks_the_database_little(client, wave):
    with queries() as counted:
        await client.get(f"/results/kit/{wave.id}?unit=u4", caller=OFFICE)
    assert counted.count == 6


async def test_the_graph_tells_where_the_kit_is(ask, client, wave):
    document = "query ($id: ID!, $unit: ID!) { surveyWave(id: $id) { kitUrl(unit: $unit) } }"
    reply = await ask(document, id=str(wave.id), unit=str(unit_id(MINE)))
    url = reply.data["surveyWave"]["kitUrl"]
    assert url.endswith(f"/results/kit/{wave.id}?unit={unit_id(MINE)}")
    page = await client.get(url[url.index("/results") :], caller=OFFICE)
    assert (page.status_code, 'value="u4"' in page.text) == (200, True)
    await waves.close_wave(SYSTEM, wave.id)
    assert (await ask(document, id=str(wave.id), unit=str(unit_id(MINE)))).data == {"surveyWave": {"kitUrl": None}}


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
async def test_everyone_can_use_it(client, browser, wave, width, tmp_path):
    here = contextvars.copy_context()
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, permissions=["clipboard-read", "clipboard-write"]
    )
    page = await context.new_page()

    async def answer(route):
        url = route.request.url.removeprefix("http://localhost")
        # The browser calls from a task that knows nothing of this test's database.
        response = await asyncio.create_task(client.get(url, caller=OFFICE), context=here)
        await route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.content)

    await page.route("**/*", answer)
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    for path in ("/results/kit", f"/results/kit/{wave.id}", f"/results/kit/{wave.id}?unit=u7&lang=en"):
        await page.goto(f"http://localhost{path}")
        found = await Axe().run(page, options=AXE)
        doubtful = found.response["violations"] + found.response["incomplete"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in doubtful] == []
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        await page.screenshot(path=tmp_path / f"{width}.png", full_page=True)
    await page.goto(f"http://localhost/results/kit/{wave.id}?lang=vi")
    await page.screenshot(path=tmp_path / f"kit-{width}.png", full_page=True)
    await page.get_by_role("button", name="Sao chép Lời mời cho Zalo, Tiếng Việt").click()
    assert await page.text_content("#copied") == "Đã sao chép"
    assert (await page.evaluate("navigator.clipboard.readText()")).startswith("📣 Công đoàn Mine")
    assert refused == []
    await context.close()
