"""A poll on another website's page: one script, no cookie, framed by those who may, the result in the end."""

import asyncio
import contextvars
import re

import pytest
from polls_world import CANTEEN, answer, finish, in_hours, make, polls, shown
from survey_world import waiting

from kit import db
from kit.identity import SYSTEM
from survey.polls import service
from survey.polls.question import Bilingual, PollQuestion
from survey.web import assets
from survey.web.notices import Notice

pytestmark = pytest.mark.usefixtures("world")
SITE = "https://congdoan.example.vn"
FRAMED = f"frame-ancestors {SITE} https://bao.example.vn:8443"


async def test_only_the_polls_websites_may_frame_it_and_only_its_guard_runs_in_it(client):
    poll = await make(allowed_origins=[f"{SITE}/", "https://BAO.example.vn:8443", SITE])
    reply = await client.get(f"/f/{poll.collector}/embed")
    policy = reply.headers["content-security-policy"]
    assert reply.status_code == 200
    assert policy.endswith(FRAMED)
    assert "x-frame-options" not in reply.headers
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'sha256-")
    assert re.findall(r"<script[^>]*>", reply.text) == [f'<script src="{assets.address("embed.js")}" defer>']
    assert "set-cookie" not in reply.headers
    assert reply.headers["referrer-policy"] == "no-referrer"
    # The ordinary page of the same poll stays unframed.
    ordinary = await client.get(f"/f/{poll.collector}")
    assert "frame-ancestors 'none'" in ordinary.headers["content-security-policy"]


async def test_without_allowed_websites_nobody_frames_it(client):
    poll = await make()
    reply = await client.get(f"/f/{poll.collector}/embed")
    assert reply.headers["content-security-policy"].endswith("frame-ancestors 'none'")
    assert reply.headers["x-frame-options"] == "DENY"


async def test_an_answer_from_within_a_frame_is_stored_once_and_thanked_for_there(client):
    poll = await make(allowed_origins=[SITE])
    path = f"/f/{poll.collector}/embed"
    text = (await client.get(path)).text
    fields = dict(re.findall(r'type="hidden" name="(_\w+)" value="([^"]+)"', text))
    assert sorted(fields) == ["_key", "_version"]
    for _ in range(2):
        reply = await client.post(path, data={**fields, "question": "2"}, headers={"origin": SITE})
        assert reply.status_code == 303
    assert await waiting() == [{"question": "2"}]
    thanks = await client.get(reply.headers["location"])
    assert reply.headers["location"].startswith(f"{path}/thanks?r=")
    assert re.search(r"<strong>(\w{4}-){3}\w{4}</strong>", thanks.text)
    for each in (reply, thanks):
        assert each.headers["content-security-policy"].endswith(f"frame-ancestors {SITE}")
        assert "set-cookie" not in each.headers


async def test_what_is_missing_is_said_within_the_frame_and_nothing_is_stored(client):
    poll = await make(allowed_origins=[SITE])
    reply = await client.post(f"/f/{poll.collector}/embed", data={"_key": "k" * 32})
    assert reply.status_code == 422
    assert 'role="alert"' in reply.text
    assert '<a href="#q-question">' in reply.text
    assert reply.headers["content-security-policy"].endswith(f"frame-ancestors {SITE}")
    signed_in = await client.post(
        f"/f/{poll.collector}/embed", data={"_key": "k" * 32, "question": "1"}, headers={"authorization": "Bearer x"}
    )
    assert signed_in.status_code == 400
    assert Notice.SIGNED_IN.value.vi.title in signed_in.text
    assert await db.value("SELECT count(*) FROM inbox") == 0


async def test_the_same_page_shows_the_result_after_the_end_and_never_before(client, job_queue):
    poll = await make(PollQuestion("single", CANTEEN.text, CANTEEN.choices, segments=["gender"]))
    await answer(poll, 18, "1", gender=["female"])
    await answer(poll, 6, "2", gender=["female"])
    await answer(poll, 7, "1", gender=["male"])
    await answer(poll, 5, "2", gender=["male"])
    path = f"/f/{poll.collector}/embed"
    assert "<table" not in (await client.get(path)).text
    await finish(poll)
    making = await client.get(path)
    assert making.status_code == 200
    assert "Kết quả đang được tính" in making.text
    late = await client.post(path, data={"_key": "k" * 32, "question": "1"})
    assert late.status_code == 410
    assert Notice.CLOSED.value.vi.title in late.text
    assert f'href="{path}"' in late.text
    await service.ask_for_results()
    await job_queue.run_all()
    told = (await client.get(path)).text
    assert "<strong>36</strong> trên 200 người được hỏi" in told
    # Of 36 answers shares are multiples of a twentieth.
    assert '1. Có</th><td class="count">70,0%</td>' in told
    assert '<th scope="row">female</th>\n<td class="count">24</td>' in told
    # Nobody of the third gender: hidden, as what is too small is.
    assert '<th scope="row">other</th>\n<td colspan="3"><span class="kept">Không công bố</span></td>' in told
    english = (await client.get(f"{path}?lang=en")).text
    assert "<strong>36</strong> of 200 asked" in english
    assert "1. Yes</th>" in english
    assert await db.value("SELECT count(*) FROM spent_key") == 36


async def test_too_few_answers_are_said_to_be_so(client):
    poll = await make()
    await answer(poll, 9)
    await finish(poll)
    await service.ask_for_results()
    told = (await client.get(f"/f/{poll.collector}/embed")).text
    assert "Có quá ít người trả lời" in told
    assert "<table" not in told


async def test_before_its_time_and_called_off_it_takes_nothing(client):
    poll = await make(opens_at=in_hours(2))
    path = f"/f/{poll.collector}/embed"
    assert Notice.NOT_YET_OPEN.value.vi.title in (await client.get(path)).text
    assert CANTEEN.text.vi not in (await client.get(path)).text.split("<main")[1]
    await service.close_poll(SYSTEM, poll.id)
    assert Notice.CLOSED.value.vi.title in (await client.post(path, data={"question": "1"})).text
    assert (await shown(poll.id)).state == "cancelled"


async def test_other_waves_and_unknown_codes_have_no_such_page(client, world):
    code = await db.value("SELECT code FROM collector WHERE wave_id = $1", (await world.open_wave()).id)
    for each in (code, "2222222", "kh%C3%B4ng"):
        assert (await client.get(f"/f/{each}/embed")).status_code == 404
        assert (await client.post(f"/f/{each}/embed", data={"question": "1"})).status_code == 404
        assert (await client.get(f"/f/{each}/embed/thanks")).status_code == 404
    assert await polls() == 0


@pytest.mark.parametrize("kind", ["multiple", "scale"])
async def test_each_kind_has_its_controls(client, kind):
    ends = [Bilingual("Rất kém"), Bilingual("Rất tốt")]
    poll = await make(PollQuestion(kind, Bilingual("Thế nào?"), ends))
    text = (await client.get(f"/f/{poll.collector}/embed")).text
    if kind == "multiple":
        assert re.findall(r'<input type="checkbox" name="question" value="(\d)"', text) == ["1", "2"]
    else:
        assert re.findall(r'<input type="radio" name="question" value="(\d)"', text) == ["1", "2", "3", "4", "5"]
        assert ">1 – Rất kém</label>" in text
        assert ">5 – Rất tốt</label>" in text
    # It is asked in Vietnamese alone.
    assert "English" not in text


async def test_a_browser_without_javascript_answers_within_an_allowed_page_and_within_no_other(client, browser):
    poll = await make(allowed_origins=[SITE])
    here = contextvars.copy_context()
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = await context.new_page()

    async def reply(route):
        request = route.request
        if "loa.example.vn" not in request.url:
            frame = f'<iframe src="https://loa.example.vn/f/{poll.collector}/embed" title="?"></iframe>'
            await route.fulfill(status=200, content_type="text/html", body=f"<!doctype html>{frame}")
            return
        url, body = request.url.removeprefix("https://loa.example.vn"), request.post_data_buffer
        said = {name: value for name, value in request.headers.items() if name in ("content-type", "origin")}
        # The browser calls from a task that knows nothing of this test's database.
        call = client.request(request.method, url, headers=said, content=body)
        found = await asyncio.create_task(call, context=here)
        while found.status_code == 303:
            # Playwright does not follow what a route sends on; the page is the same.
            found = await asyncio.create_task(client.get(found.headers["location"]), context=here)
        sent = {name: value for name, value in found.headers.items() if name != "content-encoding"}
        await route.fulfill(status=found.status_code, headers=sent, body=found.content)

    await page.route("**/*", reply)
    await page.goto("https://stranger.example.vn/")
    assert await page.frame_locator("iframe").locator("form").count() == 0
    await page.goto(f"{SITE}/")
    frame = page.frame_locator("iframe")
    await frame.get_by_label("Không").check()
    await frame.get_by_role("button").click()
    await frame.get_by_role("heading", name="Cảm ơn anh/chị!").wait_for()
    assert await waiting() == [{"question": "2"}]
    assert await context.cookies() == []
    await context.close()


async def test_a_poll_is_found_as_its_form_is_with_characters_that_look_alike(client):
    poll = await make()
    await db.execute("UPDATE collector SET code = 'ab9z2v7' WHERE code = $1", poll.collector)
    for written in ("ab9z2v7", "AB9-Z2V7", "abgz2v7", "ab9 2zu7", "aBq.zzv7"):
        assert (await client.get(f"/f/{written}/embed")).status_code == 200, written
        assert (await client.get(f"/f/{written}")).status_code == 200, written
    assert (await client.get("/f/ab9z2v8/embed")).status_code == 404
