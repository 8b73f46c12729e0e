"""The pages on which an office makes a quick poll on a phone and finds link, QR code, texts and HTML to pass on."""

import asyncio
import contextvars
import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect
from polls_world import YES_NO, answer, finish, make, polls, shown
from survey_world import MILL, MINE, PATHS, unit_id

from kit.calendar import VIETNAM, today
from kit.identity import ANONYMOUS
from kit.testing import caller_as
from survey.polls import service
from survey.polls.question import Bilingual, PollQuestion
from survey.web.polls import qr_svg

pytestmark = pytest.mark.usefixtures("world")
OFFICE = caller_as("contributor", PATHS[MILL])
SAME = {"sec-fetch-site": "same-origin"}
TYPED = {"unit": "U7", "kind": "single", "question_vi": "Có no không?", "choices_vi": "Có\r\n\r\n Không ", "hours": "8"}


async def post(client, path: str = "/results/polls", caller=OFFICE, headers=None, **data: str):
    return await client.post(path, caller=caller, headers=headers or SAME, data=data)


async def test_five_fields_make_a_poll_and_lead_to_what_passes_it_on(client):
    assert 'href="/results/polls"' in (await client.get("/results/", caller=OFFICE)).text
    assert 'href="/results/polls"' not in (await client.get("/results/", caller=ANONYMOUS)).text
    empty = (await client.get("/results/polls", caller=OFFICE)).text
    assert 'name="unit" required maxlength="100" value="u7"' in empty
    reply = await post(client, **TYPED)
    assert reply.status_code == 303
    poll = await shown(UUID(reply.headers["location"].removeprefix("/results/polls/")))
    assert (poll.question_vi, poll.question_en, poll.kind) == ("Có no không?", None, "single")
    assert (poll.closes_at - poll.opens_at).total_seconds() == pytest.approx(8 * 3600, abs=60)
    made = unescape((await client.get(reply.headers["location"], caller=OFFICE)).text)
    assert f'<a href="{poll.link}">{poll.link}</a>' in made
    assert f"Công đoàn Mill hỏi nhanh: “Có no không?”\nTrả lời trong một phút, không hỏi tên: {poll.link}\n" in made
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in made
    # Nobody may show it within a page, so there is nothing to paste.
    assert "<iframe" not in made
    assert reply.headers["location"] in (await client.get("/results/polls", caller=OFFICE)).text


async def test_all_that_can_be_said_about_a_poll_is_taken(client):
    more = {
        "kind": "scale",
        "choices_vi": "Kém\nTốt",
        "question_en": "Enough?",
        "choices_en": "Bad\nGood",
        "scale": "0-10",
        "hours": "72",
        "opens_on": (today() + timedelta(days=3)).isoformat(),
        "opens_hour": "19",
        "origins": "https://example.vn\n",
        "gender": "1",
    }
    reply = await post(client, **{**TYPED, **more})
    poll = await shown(UUID(reply.headers["location"].removeprefix("/results/polls/")))
    assert (poll.state, poll.kind, poll.question_en) == ("planned", "scale", "Enough?")
    opens = poll.opens_at.astimezone(VIETNAM)
    assert (opens.date().isoformat(), opens.hour) == (more["opens_on"], 19)
    made = unescape((await client.get(f"{reply.headers['location']}?lang=en", caller=OFFICE)).text)
    assert f'<iframe src="{poll.embed}"' in made
    assert f"Mill Union asks: “Enough?”\nIt takes a minute and no name: {poll.link}?lang=en" in made
    called_off = await post(client, f"{reply.headers['location']}/close")
    assert called_off.status_code == 303
    assert (await shown(poll.id)).state == "cancelled"


@pytest.mark.parametrize(
    ("typed", "status", "field"),
    [
        ({"question_vi": " "}, 422, "question_vi"),
        ({"choices_vi": "một"}, 422, "choices_vi"),
        ({"choices_en": "Yes"}, 422, "choices_en"),
        ({"hours": "1000000"}, 422, "hours"),
        ({"opens_on": "mai"}, 422, "opens_on"),
        ({"opens_on": "2020-01-01"}, 422, "opens_on"),
        ({"opens_on": "2026-01-01", "opens_hour": "25"}, 422, "opens_on"),
        ({"scale": "1-99"}, 422, "scale"),
        ({"origins": "example.vn"}, 422, "origins"),
        ({"unit": "u9999"}, 404, "unit"),
        ({"unit": "u4"}, 403, "unit"),
    ],
)
async def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(client, typed, status, field):
    reply = await post(client, **{**TYPED, **typed})
    assert reply.status_code == status
    assert re.search(rf'id="{field}" [^>]*aria-invalid="true" aria-describedby="fault"', reply.text)
    if field != "question_vi":
        assert 'value="Có no không?"' in reply.text
    assert await polls() == 0


async def test_strangers_and_other_sites_make_close_and_see_nothing(client):
    poll = await make()
    assert (await client.get("/results/polls", caller=ANONYMOUS)).status_code == 401
    assert (await post(client, caller=ANONYMOUS, **TYPED)).status_code == 401
    assert (await post(client, headers={"sec-fetch-site": "cross-site"}, **TYPED)).status_code == 403
    close = f"/results/polls/{poll.id}/close"
    assert (await post(client, close, headers={"sec-fetch-site": "cross-site"})).status_code == 403
    other = caller_as("editor", PATHS[MINE])
    assert (await post(client, close, caller=other)).status_code == 403
    assert (await client.get(f"/results/polls/{poll.id}", caller=other)).status_code == 404
    assert (await client.get(f"/results/polls/{poll.id}", caller=ANONYMOUS)).status_code == 401
    assert poll.question_vi not in (await client.get("/results/polls", caller=other)).text
    assert await polls() == 1
    assert (await shown(poll.id)).state == "open"


def test_a_qr_code_is_one_that_scanners_read():
    picture = str(qr_svg("https://loa.example.vn/f/abcdefg"))
    (size,) = map(int, re.findall(r'viewBox="0 0 (\d+)', picture))
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", picture)}
    # Four light modules around, and the three corner squares.
    assert min(min(place) for place in dark) == 4
    assert max(max(place) for place in dark) == size - 5
    for x, y in ((4, 4), (size - 11, 4), (4, size - 11)):
        assert all((x + step, y) in dark and (x, y + step) in dark for step in range(7))


@pytest.mark.parametrize("width", [360, 1200])
async def test_everyone_can_make_answer_and_read_a_poll(client, browser, job_queue, width):
    asked = PollQuestion("single", Bilingual("Có no không?", "Enough?"), YES_NO, segments=["gender"])
    open_poll, closed = await make(asked, allowed_origins=["https://example.vn"]), await make(asked)
    points = await make(PollQuestion("scale", Bilingual("Mấy điểm?"), [Bilingual("Kém"), Bilingual("Tốt")]))
    await answer(closed, 40, gender=["female"])
    await finish(closed)
    await service.ask_for_results()
    await job_queue.run_all()
    here = contextvars.copy_context()
    page = await browser.new_page(viewport={"width": width, "height": 800})

    async def reply(route):
        request = route.request
        url, body = request.url.removeprefix("http://localhost"), request.post_data_buffer
        said = {"content-type": request.headers.get("content-type", ""), **SAME} if body else {}
        call = client.request(request.method, url, caller=OFFICE, headers=said, content=body)
        # The browser calls from a task that knows nothing of this test's database.
        found = await asyncio.create_task(call, context=here)
        sent = {name: value for name, value in found.headers.items() if name != "content-encoding"}
        await route.fulfill(status=found.status_code, headers=sent, body=found.content)

    await page.route("**/*", reply)
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    for url in (
        "/results/polls",
        "/results/polls?lang=en",
        f"/results/polls/{open_poll.id}",
        f"/results/polls/{open_poll.id}?lang=en",
        f"/results/polls/{closed.id}",
        f"/results/polls/{unit_id(1)}",
        f"/f/{open_poll.collector}/embed",
        f"/f/{points.collector}/embed",
        f"/f/{open_poll.collector}/embed/thanks?lang=en&r=0000-0000-0000-0000",
        f"/f/{closed.collector}/embed",
        f"/f/{closed.collector}/embed?lang=en",
    ):
        await page.goto(f"http://localhost{url}")
        found = await Axe().run(page)
        assert found.violations_count == 0, f"{url}: {found.generate_report()}"
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, url
    # The page of thanks was here: whoever comes next is told so, and may answer.
    await page.goto(f"http://localhost/f/{open_poll.collector}/embed")
    await expect(page.locator("#again")).to_contain_text("Trình duyệt này đã trả lời câu hỏi này.")
    assert await page.locator("form").is_hidden()
    assert (await Axe().run(page)).violations_count == 0
    await page.click("#again button")
    # Nothing chosen: what is wrong is said, and that page is no worse.
    await page.click("form button")
    assert await page.locator(".summary li").count() == 1
    assert (await Axe().run(page)).violations_count == 0
    assert refused == []
    await page.close()
