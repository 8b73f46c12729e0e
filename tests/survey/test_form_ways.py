"""A form with a slip, a stack of paper forms, a member's credential: each on a phone, as it is really used."""

import asyncio

import pytest
from form_phone import is_offline_ready, is_ready, stored_on, until
from playwright.async_api import expect
from survey_world import MINE, PATHS, build_world, unit_id, waiting
from test_form_in_browser import DESK, PHONE, origin, overflow, phone, too_small, violations
from ways_world import code_for, contributor, offering

from survey.collection.slips import service as slips

pytestmark = [pytest.mark.committed, pytest.mark.browser]

__all__ = ["origin", "phone"]


@pytest.fixture
async def wave(database):
    """An open wave with every way to answer."""
    world = await build_world()
    await offering(world, "open_link", "slip", "paper", "credential")
    return await world.open_wave()


async def slips_of(wave, amount: int) -> list[str]:
    new = await slips.make_slips(contributor(PATHS[MINE]), wave_id=wave.id, unit_id=unit_id(MINE), amount=amount)
    return list(new.codes)


async def send(page) -> None:
    await page.get_by_role("button", name="Gửi câu trả lời").click()


async def test_a_slip_comes_from_its_qr_code_and_leaves_no_trace_in_the_address(phone, origin, wave):
    (code,) = await slips_of(wave, 1)
    address = f"{origin}/f/{await code_for(wave, 'slip')}"
    await phone.goto(f"{address}#s={code}")
    await is_ready(phone)
    assert phone.url == address
    assert await phone.locator("[name=_slip]").input_value() == code
    await phone.locator("[name=_slip]").fill("")
    await send(phone)
    await expect(phone.locator(".summary")).to_contain_text("Mã trên phiếu giấy")
    assert await violations(phone) == []
    await phone.locator("[name=_slip]").fill("sai mã")
    await phone.get_by_label("Không", exact=True).check()
    await send(phone)
    await expect(phone.locator("#e-_slip")).to_contain_text("Mã phiếu chưa đúng")
    await phone.locator("[name=_slip]").fill(code)
    await send(phone)
    await expect(phone.locator("h1")).to_have_text("Cảm ơn anh/chị!")
    assert len(await waiting()) == 1
    # Another person with the same slip keeps the answers, to correct the code.
    await phone.goto(f"{address}#s={code}")
    await phone.get_by_label("Không", exact=True).check()
    await phone.locator("[name=comment]").fill("Của tôi")
    await send(phone)
    await expect(phone.locator("#e-_slip")).to_contain_text("Mã này đã được dùng")
    assert await phone.locator("[name=comment]").input_value() == "Của tôi"
    assert len(await waiting()) == 1


async def test_a_steward_enters_a_stack_of_paper_forms(phone, origin, wave):
    codes = await slips_of(wave, 3)
    address = f"/f/{await code_for(wave, 'paper')}"
    await phone.goto(f"{origin}{address}?batch=1")
    await is_offline_ready(phone, address)
    for number, code in enumerate([*codes, codes[0]], 1):
        await expect(phone.locator("[name=_slip]")).to_be_focused()
        await phone.keyboard.type(code)
        await phone.get_by_label("Không", exact=True).check()
        await send(phone)
        await expect(phone.locator("#note")).to_have_text(f"Đã nhập {number} phiếu trong lượt này.")
        assert await phone.locator("[name=_slip]").input_value() == ""
    await expect(phone.locator("#queue")).to_contain_text("Mã này đã được dùng")
    await expect(phone.locator("#queue .note")).to_contain_text(codes[0])
    assert await violations(phone) == []
    assert await too_small(phone) == []
    assert await overflow(phone) == 0
    await until(lambda: _is(3))


async def test_a_credential_is_asked_for_and_where_to_get_it(phone, origin, wave):
    await phone.goto(f"{origin}/f/{await code_for(wave, 'credential')}")
    await is_ready(phone)
    await phone.get_by_label("Không", exact=True).check()
    await send(phone)
    await expect(phone.locator(".summary")).to_contain_text("Máy này chưa có quyền trả lời")
    assert await phone.get_by_role("link", name="Nhận quyền trả lời").get_attribute("href") == (
        f"/results/my-credential/{await code_for(wave, 'credential')}"
    )
    assert await violations(phone) == []
    assert (await stored_on(phone))["queue"] == []


async def test_exclusive_choices_take_the_others_away_and_words_choose_other(phone, origin, wave):
    await phone.goto(f"{origin}/f/{await code_for(wave, 'open_link')}")
    await phone.get_by_label("Có", exact=True).check()
    await phone.get_by_label("Zalo").check()
    await phone.get_by_label("Không kênh nào").check()
    assert not await phone.get_by_label("Zalo").is_checked()
    await phone.get_by_label("Bảng tin").check()
    assert not await phone.get_by_label("Không kênh nào").is_checked()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_every_other_page_is_accessible(browser, origin, wave, size):
    page = await browser.new_page(viewport=size)
    code = await code_for(wave, "open_link")
    await page.goto(f"{origin}/f/{code}")
    await is_ready(page)
    await page.get_by_label("Không", exact=True).check()
    await send(page)
    receipt = await page.locator(".receipt strong").text_content()
    assert await violations(page) == []
    addresses = [f"receipt?r={receipt}", "receipt?lang=en&r=0000-0000-0000-0000", "receipt?r=x", "receipt", "offline"]
    for address in [*addresses, "trust", "trust?lang=en", f"{code}/thanks?r={receipt}", f"{code}"]:
        await page.goto(f"{origin}/f/{address}")
        await asyncio.sleep(0.3)
        assert await violations(page) == [], address
        assert await too_small(page) == [], address
        assert await overflow(page) == 0, address
    await page.close()


async def _is(count: int) -> bool:
    return len(await waiting()) == count
