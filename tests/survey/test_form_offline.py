"""A form on a phone without a network: it is opened, filled in, kept and sent later, and nothing unsent is ever lost."""

import asyncio
from urllib.parse import urlsplit

import pytest
from form_phone import Wire, is_offline_ready, is_ready, stored_on, unsent, until
from playwright.async_api import expect
from survey_world import build_world, code_of, waiting
from test_form_in_browser import origin, overflow, phone, too_small, violations

from kit.identity import SYSTEM
from survey.programmes.service import waves

pytestmark = [pytest.mark.committed, pytest.mark.browser]

__all__ = ["origin", "phone"]


@pytest.fixture
async def wave(database):
    """An open wave."""
    return await (await build_world()).open_wave()


@pytest.fixture
async def address(wave) -> str:
    """The path of its form."""
    return f"/f/{await code_of(wave)}"


async def answer(page, comment: str) -> None:
    """Fill in what must be, and a text."""
    await page.get_by_label("Có", exact=True).check()
    await page.locator("[name=comment]").fill(comment)


async def send(page) -> None:
    await page.get_by_role("button", name="Gửi câu trả lời").click()


async def test_what_is_being_answered_is_kept_within_300_ms_and_is_there_after_a_reload(phone, origin, address):
    await phone.goto(origin + address)
    await is_ready(phone)
    took = await phone.evaluate(
        """async () => {
            const open = await new Promise((resolve) => (indexedDB.open("loa").onsuccess = ({ target }) => resolve(target.result)));
            const read = () => new Promise((resolve) => {
                open.transaction("drafts").objectStore("drafts").getAll().onsuccess = ({ target }) => resolve(target.result);
            });
            const box = document.querySelector("[name=comment]");
            box.value = "Cần thêm quạt.";
            const began = performance.now();
            box.dispatchEvent(new Event("input", { bubbles: true }));
            while (!(await read()).some((draft) => draft.body.includes("comment=C"))) await new Promise((go) => setTimeout(go, 10));
            open.close();
            return performance.now() - began;
        }"""
    )
    assert took < 300
    await phone.get_by_label("Có", exact=True).check()
    await phone.get_by_label("Zalo").check()
    await asyncio.sleep(0.5)
    await phone.reload()
    await expect(phone.locator("#note")).to_contain_text("Câu trả lời đang làm dở vẫn còn đây.")
    assert await phone.locator("[name=comment]").input_value() == "Cần thêm quạt."
    assert await phone.get_by_label("Zalo").is_checked()
    assert await violations(phone) == []
    phone.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await phone.get_by_role("button", name="Xoá và làm lại từ đầu").click()
    await expect(phone.locator("[name=comment]")).to_have_value("")
    assert (await stored_on(phone))["drafts"] == []


async def test_a_form_is_opened_filled_and_kept_without_a_network_and_goes_by_itself(phone, origin, address):
    await phone.goto(origin + address)
    await is_offline_ready(phone, address)
    await phone.context.set_offline(True)
    await phone.reload()
    await answer(phone, "Trong hầm lò")
    await send(phone)
    await expect(phone.locator("main")).to_contain_text("Chưa gửi được. Phiếu nằm trong máy này")
    await expect(phone.locator("#queue")).to_contain_text("1 phiếu chờ gửi.")
    assert await violations(phone) == []
    assert await too_small(phone) == []
    assert await waiting() == []
    await phone.reload()
    await expect(phone.locator("h1")).to_have_text("Máy này đã trả lời phiếu này")
    await phone.context.set_offline(False)
    await until(lambda: _is(1))
    assert [each["comment"] for each in await waiting()] == ["Trong hầm lò"]
    await expect(phone.locator("#queue")).to_be_hidden()
    assert await unsent(phone) == 0


async def test_pages_that_were_never_opened_say_so_without_a_network(phone, origin, address):
    await phone.goto(origin + address)
    await is_offline_ready(phone, address)
    await phone.context.set_offline(True)
    await phone.goto(f"{origin}/f/receipt")
    await expect(phone.locator("h1")).to_have_text("Không có mạng")
    assert await violations(phone) == []
    assert await overflow(phone) == 0


async def test_a_form_that_comes_too_late_stays_on_the_phone_until_the_person_deletes_it(phone, origin, address, wave):
    await phone.goto(origin + address)
    await is_offline_ready(phone, address)
    await phone.context.set_offline(True)
    await answer(phone, "Quá muộn")
    await send(phone)
    await expect(phone.locator("#queue")).to_contain_text("1 phiếu chờ gửi.")
    await waves.close_wave(SYSTEM, wave.id)
    await phone.context.set_offline(False)
    await expect(phone.locator("#queue")).to_contain_text("Đợt hỏi ý kiến đã kết thúc")
    assert await waiting() == []
    reply = await phone.reload()
    assert reply.status == 410
    await expect(phone.locator("#queue")).to_contain_text("Đợt hỏi ý kiến đã kết thúc")
    assert await violations(phone) == []
    async with phone.expect_download() as downloading:
        await phone.get_by_role("button", name="Lưu thành tệp").click()
    saved = (await (await downloading.value).path()).read_text(encoding="utf-8")
    assert "Nhắn thêm?\n   Quá muộn" in saved
    assert await phone.get_by_role("button", name="Sửa").count() == 0
    phone.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await phone.get_by_role("button", name="Xoá").click()
    await expect(phone.locator("#queue")).to_be_hidden()
    assert await unsent(phone) == 0


async def test_what_the_server_finds_wrong_is_corrected_and_sent_again(phone, origin, address):
    await phone.goto(origin + address)
    await is_offline_ready(phone, address)
    await phone.context.set_offline(True)
    await answer(phone, "Sửa tôi đi")
    await send(phone)
    await expect(phone.locator("#queue")).to_contain_text("1 phiếu chờ gửi.")
    # Somebody tampers with what waits: the server judges it as it judges any form.
    await phone.evaluate(
        """() => new Promise((resolve) => {
            indexedDB.open("loa").onsuccess = ({ target }) => {
                const change = target.result.transaction("queue", "readwrite");
                change.oncomplete = () => { target.result.close(); resolve(); };
                change.objectStore("queue").openCursor().onsuccess = ({ target }) => {
                    if (target.result) target.result.update({ ...target.result.value, body: target.result.value.body.replace("hours=", "hours=900") });
                };
            };
        })"""
    )
    await phone.context.set_offline(False)
    await expect(phone.locator("#queue")).to_contain_text("Có 1 câu cần xem lại.")
    assert await waiting() == []
    await phone.get_by_role("button", name="Sửa").click()
    await expect(phone.locator(".summary")).to_contain_text("Xin nhập một số từ 0 đến 112.")
    assert await phone.locator("[name=comment]").input_value() == "Sửa tôi đi"
    await phone.locator("[name=hours]").fill("40")
    await send(phone)
    await expect(phone.locator("h1")).to_have_text("Cảm ơn anh/chị!")
    (stored,) = await waiting()
    assert (stored["comment"], stored["hours"]) == ("Sửa tôi đi", 40)


@pytest.mark.parametrize(
    "says",
    [
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<h1>Wi-Fi: please sign in</h1>",
        b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\n\r\n",
        b'HTTP/1.1 503 Service Unavailable\r\nretry-after: 3\r\n\r\n{"code": "TRY_LATER"}',
        b"HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\n\r\n<h1>no such page</h1>",
    ],
    ids=["sign-in page", "too many", "try later", "somebody else's 404"],
)
async def test_only_the_server_itself_can_take_a_form_from_the_queue_and_it_is_tried_again(
    phone, origin, address, says
):
    wire = Wire(urlsplit(origin).port)
    async with wire.running() as outside:
        await phone.goto(outside + address)
        await is_ready(phone)
        wire.says = says
        await answer(phone, "Thử lại")
        await send(phone)
        await expect(phone.locator("main")).to_contain_text("Chưa gửi được.")
        assert (await unsent(phone), wire.replies) == (1, 1)
        wire.says = None
        # Nobody touches the phone.
        await until(lambda: _is(1))
        await expect(phone.locator("#queue")).to_be_hidden()
    assert wire.replies == 2


async def test_what_waits_goes_while_no_page_is_open_when_the_browser_says_that_there_is_a_network(
    phone, origin, address
):
    wire = Wire(urlsplit(origin).port)
    async with wire.running() as outside:
        await phone.goto(outside + address)
        await is_offline_ready(phone, address)
        wire.is_cut = True
        await answer(phone, "Đã đóng trang")
        await send(phone)
        await expect(phone.locator("main")).to_contain_text("Chưa gửi được.")
        wire.is_cut = False
        # A page without our scripts, so that nothing but the service worker is there to send.
        await phone.goto(f"{outside}/f/questionnaire.schema.json")
        browser = await phone.context.new_cdp_session(phone)
        registrations: list[str] = []
        browser.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda told: registrations.extend(each["registrationId"] for each in told["registrations"]),
        )
        await browser.send("ServiceWorker.enable")
        await until(lambda: _any(registrations))
        event = {"origin": outside, "registrationId": registrations[0], "tag": "loa-queue", "lastChance": False}

        async def is_stored() -> bool:
            # Not before the pause is over that the phone makes after a failure.
            await browser.send("ServiceWorker.dispatchSyncEvent", event)
            await asyncio.sleep(1)
            return len(await waiting()) == 1

        await until(is_stored)
        assert [each["comment"] for each in await waiting()] == ["Đã đóng trang"]
        assert wire.replies == 1
        await until(lambda: _is_empty(phone))


async def test_several_tabs_send_what_waits_once(phone, origin, address):
    wire = await _sent_by_three_tabs(phone, origin, address)
    assert sorted(each["comment"] for each in await waiting()) == [f"Phiếu {number}" for number in range(6)]
    assert wire.replies == 6


async def test_without_the_lock_tabs_send_twice_what_is_stored_once(phone, origin, address):
    """What the one before would see if the tabs did not wait for each other."""
    await phone.context.add_init_script("delete Navigator.prototype.locks")
    wire = await _sent_by_three_tabs(phone, origin, address)
    assert sorted(each["comment"] for each in await waiting()) == [f"Phiếu {number}" for number in range(6)]
    assert wire.replies > 6


async def _sent_by_three_tabs(phone, origin, address) -> Wire:
    """Let six forms wait in three tabs, and the network come back; gives what has carried them.

    What a tab posts while it is still without a network reaches nobody: only the wire knows what the server was asked.
    """
    wire = Wire(urlsplit(origin).port)
    async with wire.running() as outside:
        await phone.goto(f"{outside}{address}?batch=1")
        await is_offline_ready(phone, address)
        tabs = [phone, *[await phone.context.new_page() for _ in range(2)]]
        for tab in tabs[1:]:
            await tab.goto(f"{outside}{address}?batch=1")
            await is_ready(tab)
        await phone.context.set_offline(True)
        for number in range(6):
            await answer(tabs[number % 3], f"Phiếu {number}")
            await send(tabs[number % 3])
            await expect(tabs[number % 3].locator("[name=comment]")).to_have_value("")
        # Long enough for each tab to begin before the first has heard.
        wire.takes = 0.5
        await phone.context.set_offline(False)
        await until(lambda: _is(6))
        for tab in tabs:
            await expect(tab.locator("#queue")).to_be_hidden(timeout=30_000)
    return wire


async def _is(count: int) -> bool:
    return len(await waiting()) == count


async def _any(found: list[str]) -> bool:
    return bool(found)


async def _is_empty(phone) -> bool:
    return await unsent(phone) == 0
