"""The worst week of a steward's phone: a hundred forms, hardly any network, and all the while the product changes."""

import asyncio
from urllib.parse import urlencode, urlsplit

import pytest
from form_phone import Wire, is_offline_ready, is_ready, stored_on, unsent, until
from playwright.async_api import Page
from survey_world import build_world, code_of, waiting
from test_form_in_browser import origin, phone

from survey.answers.service import new_key

pytestmark = [pytest.mark.committed, pytest.mark.browser, pytest.mark.slow]

__all__ = ["origin", "phone"]

# As an older page left its database: fewer stores, and forms that knew nothing of tries.
OLD_DATABASE = """(items) => new Promise((resolve, reject) => {
    const request = indexedDB.open("loa", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("queue", { keyPath: "key" });
    request.onerror = reject;
    request.onsuccess = () => {
        const writing = request.result.transaction("queue", "readwrite");
        for (const item of items) writing.objectStore("queue").put(item);
        writing.oncomplete = () => { request.result.close(); resolve(); };
    };
})"""
# As a page to come makes it, while this one is open.
NEWER_DATABASE = """() => new Promise((resolve, reject) => {
    const request = indexedDB.open("loa", 3);
    request.onupgradeneeded = () => request.result.createObjectStore("to_come");
    request.onerror = request.onblocked = reject;
    request.onsuccess = () => { request.result.close(); resolve(); };
})"""
FILL_AND_SEND = """async (comment) => {
    document.querySelector("[name=reached][value=yes]").click();
    const box = document.querySelector("[name=comment]");
    box.value = comment;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    document.querySelector("form button:not([type])").click();
    const end = Date.now() + 20000;
    while (box.value && Date.now() < end) await new Promise((go) => setTimeout(go, 5));
    return box.value === "";
}"""


def old_item(code: str, number: int) -> dict[str, object]:
    fields = {"_key": new_key(), "reached": "yes", "comment": f"Phiếu {number}"}
    return {
        "key": fields["_key"],
        "code": code,
        "query": "",
        "title": "Cũ",
        "body": urlencode(fields),
        "state": "waiting",
    }


async def fill(page: Page, first: int, last: int) -> int:
    """Fill in the forms with these numbers and reload after every second one; gives the number of reloads."""
    reloads = 0
    for number in range(first, last):
        assert await page.evaluate(FILL_AND_SEND, f"Phiếu {number}")
        if number % 2:
            await page.reload()
            await is_ready(page)
            reloads += 1
    return reloads


async def test_a_hundred_forms_reach_the_server_once_each(phone, origin, database):
    code = await code_of(await (await build_world()).open_wave())
    wire = Wire(urlsplit(origin).port, lost=0.3, seed=7)
    async with wire.running() as outside:
        # Five lie there since a version ago.
        await phone.goto(f"{outside}/f/questionnaire.schema.json")
        await phone.evaluate(OLD_DATABASE, [old_item(code, number) for number in range(5)])
        wire.lost = 1.0
        await phone.goto(f"{outside}/f/{code}?batch=1")
        await is_offline_ready(phone, f"/f/{code}")
        assert (await stored_on(phone))["version"] == 2
        await phone.context.set_offline(True)
        reloads = await fill(phone, 5, 45)
        # A little network, a newer service worker, and off again in the middle of it.
        wire.lost, wire.is_newer = 0.3, True
        await phone.context.set_offline(False)
        renewed = """async () => {
            const changed = new Promise((go) => (navigator.serviceWorker.oncontrollerchange = go));
            await (await navigator.serviceWorker.ready).update();
            await changed;
        }"""
        await phone.evaluate(renewed)
        await phone.context.set_offline(True)
        reloads += await fill(phone, 45, 60)
        await phone.evaluate(NEWER_DATABASE)
        # The rest are of people who share the phone: sealed.
        await phone.goto(f"{outside}/f/{code}?batch=1&shared=1")
        await is_ready(phone)
        reloads += await fill(phone, 60, 100)
        for _ in range(50 - reloads):
            await phone.reload()
            await is_ready(phone)
            reloads += 1
        before = await unsent(phone)
        assert before + len(await waiting()) >= 100
        await phone.context.set_offline(False)
        await until(lambda: _has_sent_all(phone), seconds=120)
    assert sorted(each["comment"] for each in await waiting()) == sorted(f"Phiếu {number}" for number in range(100))
    assert (reloads, (await stored_on(phone))["version"]) == (50, 3)
    assert wire.replies_lost >= 20


async def _has_sent_all(page: Page) -> bool:
    """Press the button as often as it is there."""
    await page.evaluate(
        "[...document.querySelectorAll('#queue button')].filter((one) => one.textContent === 'Gửi ngay').forEach((one) => one.click())"
    )
    await asyncio.sleep(0.3)
    return await unsent(page) == 0
