"""A phone that many use: what one person answered is sealed at once, and whoever takes up the phone next finds nothing."""

import pytest
from form_phone import is_offline_ready, kept_by, stored_on, until
from playwright.async_api import expect
from survey_world import build_world, code_of, waiting
from test_form_in_browser import origin, overflow, phone, too_small, violations

from kit import db
from kit.identity import SYSTEM
from survey.programmes.service import waves

pytestmark = [pytest.mark.committed, pytest.mark.browser]

__all__ = ["origin", "phone"]

SECRET = "Quản đốc ép tăng ca"


@pytest.fixture
async def wave(database):
    """An open wave."""
    return await (await build_world()).open_wave()


@pytest.fixture
async def address(wave) -> str:
    """The path of its form."""
    return f"/f/{await code_of(wave)}"


async def answer(page) -> None:
    await page.get_by_label("Có", exact=True).check()
    await page.get_by_label("Zalo").check()
    await page.locator("[name=comment]").fill(SECRET)


async def send(page) -> None:
    await page.get_by_role("button", name="Gửi câu trả lời").click()


def has_traces(kept: str) -> bool:
    """Whether the words are there, as they are or as a form is encoded."""
    return any(trace in kept for trace in (SECRET, "T%C4%83ng", "t%C4%83ng", "comment=Q"))


async def test_nothing_of_a_person_is_left_while_the_sealed_form_waits_for_a_network(phone, origin, address):
    await phone.goto("about:blank")
    await phone.goto(f"{origin}{address}?shared=1")
    await is_offline_ready(phone, address)
    await phone.context.set_offline(True)
    await answer(phone)
    assert (await stored_on(phone))["drafts"] == []
    await send(phone)
    await expect(phone.locator("main")).to_contain_text("Phiếu nằm niêm phong trong máy")
    assert await violations(phone) == []
    assert await too_small(phone) == []
    (item,) = (await stored_on(phone))["queue"]
    assert set(item) == {"key", "code", "query", "body", "sealed", "state", "tries", "next"}
    assert not has_traces(await kept_by(phone))
    # Back and forward again, and the next person's page.
    await phone.go_back()
    await phone.go_forward()
    await expect(phone.locator("h1")).to_have_text("Tin tức và anh/chị")
    assert not has_traces(await kept_by(phone))
    assert await phone.locator(":checked:not(#shared):not(option)").count() == 0
    assert (await stored_on(phone))["done"] == []
    await phone.context.set_offline(False)
    await until(lambda: _is(1))
    assert [each["comment"] for each in await waiting()] == [SECRET]
    await until(lambda: _is_empty(phone))
    assert (await stored_on(phone))["done"] == []


async def test_with_a_network_the_receipt_is_shown_until_the_next_person_begins(phone, origin, address):
    await phone.goto(f"{origin}{address}?shared=1")
    await is_offline_ready(phone, address)
    await answer(phone)
    await send(phone)
    await expect(phone.locator(".receipt strong")).to_have_text(
        r := await phone.locator(".receipt strong").text_content()
    )
    assert r.count("-") == 3
    assert not has_traces(await kept_by(phone))
    await phone.get_by_role("button", name="Người tiếp theo").click()
    await expect(phone.locator("h1")).to_have_text("Tin tức và anh/chị")
    assert r not in await kept_by(phone)
    await answer(phone)
    await send(phone)
    await expect(phone.locator("h1")).to_have_text("Cảm ơn anh/chị!")
    assert len(await waiting()) == 2


async def test_the_switch_on_the_page_forgets_the_draft(phone, origin, address):
    await phone.goto(origin + address)
    await is_offline_ready(phone, address)
    await answer(phone)
    await until(lambda: _has_draft(phone))
    await phone.get_by_label("Máy này nhiều người dùng: đừng để lại gì của tôi trong máy").check()
    assert phone.url.endswith("?shared=1")
    await until(lambda: _has_no_draft(phone))
    await phone.locator("[name=comment]").fill("khác")
    await phone.reload()
    assert await phone.locator("[name=comment]").input_value() == ""
    assert await overflow(phone) == 0


async def test_a_tampered_envelope_is_told_and_one_of_a_closed_wave_stays_shut(phone, origin, address, wave):
    await phone.goto(f"{origin}{address}?shared=1")
    await is_offline_ready(phone, address)
    await phone.context.set_offline(True)
    await answer(phone)
    await send(phone)
    await expect(phone.locator("#queue")).to_contain_text("1 phiếu chờ gửi.")
    await phone.evaluate(
        """() => new Promise((resolve) => {
            indexedDB.open("loa").onsuccess = ({ target }) => {
                const change = target.result.transaction("queue", "readwrite");
                change.oncomplete = () => { target.result.close(); resolve(); };
                change.objectStore("queue").openCursor().onsuccess = ({ target }) => {
                    const cursor = target.result;
                    if (cursor) cursor.update({ ...cursor.value, body: cursor.value.body.slice(0, -9) + "AAAAAAAAA" });
                };
            };
        })"""
    )
    await phone.context.set_offline(False)
    await expect(phone.locator("#queue")).to_contain_text("Không mở được phiếu niêm phong")
    assert await phone.get_by_role("button", name="Sửa").count() == 0
    assert await violations(phone) == []
    assert await waiting() == []
    await waves.close_wave(SYSTEM, wave.id)
    assert await db.value("SELECT count(*) FROM envelope_key") == 0


async def _is(count: int) -> bool:
    return len(await waiting()) == count


async def _is_empty(page) -> bool:
    return (await stored_on(page))["queue"] == []


async def _has_draft(page) -> bool:
    return len((await stored_on(page))["drafts"]) == 1


async def _has_no_draft(page) -> bool:
    return (await stored_on(page))["drafts"] == []
