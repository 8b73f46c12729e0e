"""A form for an address that takes no more stays on the phone, which says why, and is in no other form's way."""

import asyncio

import pytest
from form_phone import is_ready, stored_on, unsent, until
from playwright.async_api import expect
from survey_world import MINE, PATHS, build_world, code_of, unit_id, waiting
from test_form_in_browser import origin, phone, violations
from test_open_links_are_bounded import fill
from ways_world import code_for, contributor, offering

from survey.answers import room
from survey.collection.slips.service import make_slips

pytestmark = [pytest.mark.committed, pytest.mark.browser]

__all__ = ["origin", "phone"]

FULL = "Địa chỉ này đã nhận đủ số phiếu tối đa"


@pytest.fixture
async def world(database):
    """The small union."""
    return await build_world()


async def full(world):
    """A wave with slips, too, whose open link has room for no form more."""
    await offering(world, "open_link", "slip")
    wave = await world.open_wave()
    await fill(wave, None, room.ALWAYS + 3 * 375)
    return wave


async def send(page) -> None:
    await page.get_by_label("Không", exact=True).first.check()
    await page.get_by_role("button", name="Gửi câu trả lời").click()


async def test_it_is_said_that_the_link_is_full_and_no_network_is_waited_for(phone, origin, world):
    wave = await full(world)
    await phone.goto(f"{origin}/f/{await code_of(wave)}")
    await is_ready(phone)
    await send(phone)
    await expect(phone.locator("h1")).to_have_text("Phiếu còn trong máy")
    await expect(phone.locator("main")).to_contain_text(FULL)
    await expect(phone.locator("main")).to_contain_text("báo công đoàn cơ sở")
    assert "khi có mạng" not in await phone.locator("main").text_content()
    await expect(phone.locator("#queue")).to_contain_text("1 phiếu chờ gửi.")
    assert await violations(phone) == []
    # Whoever opens the form again is told the same.
    await phone.reload()
    await expect(phone.locator("#queue")).to_contain_text(FULL)
    assert await waiting() == []
    assert await unsent(phone) == 1


async def test_in_english_too(phone, origin, world):
    wave = await full(world)
    await phone.goto(f"{origin}/f/{await code_of(wave)}?lang=en")
    await is_ready(phone)
    await phone.get_by_label("No", exact=True).first.check()
    await phone.get_by_role("button", name="Send my answers").click()
    await expect(phone.locator("h1")).to_have_text("Forms on this phone")
    await expect(phone.locator("main")).to_contain_text("tell your union office")


async def test_other_forms_on_the_phone_are_sent_nevertheless(phone, origin, world):
    wave = await full(world)
    made = await make_slips(contributor(PATHS[MINE]), wave_id=wave.id, unit_id=unit_id(MINE), amount=1)
    await phone.goto(f"{origin}/f/{await code_of(wave)}")
    await is_ready(phone)
    await send(phone)
    await expect(phone.locator("#queue")).to_contain_text("1 phiếu chờ gửi.")
    await phone.goto(f"{origin}/f/{await code_for(wave, 'slip')}#s={made.codes[0]}")
    await is_ready(phone)
    await phone.context.set_offline(True)
    await send(phone)
    await expect(phone.locator("#queue")).to_contain_text("2 phiếu chờ gửi.")
    await phone.context.set_offline(False)
    await until(lambda: _is_one(phone))
    assert await waiting() == [{"reached": "no"}]
    (left,) = (await stored_on(phone))["queue"]
    assert left["told"]["code"] == "OPEN_LINK_FULL"


async def _is_one(phone) -> bool:
    await asyncio.sleep(0.1)
    return await unsent(phone) == 1
