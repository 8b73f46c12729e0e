"""Every kind of question on a narrow phone: what does not apply is hidden at once, and without JavaScript explained."""

from datetime import date

import pytest
from form_phone import is_ready
from kinds_world import every_kind
from playwright.async_api import expect
from survey_world import World, build_world, code_of, waiting
from test_form_in_browser import PHONE, origin, overflow, phone, too_small, violations

from kit.calendar import today
from kit.identity import SYSTEM
from survey.questionnaires import service as questionnaires

pytestmark = [pytest.mark.committed, pytest.mark.browser]

__all__ = ["origin", "phone"]


@pytest.fixture
async def address(database, origin) -> str:
    """An open form of every kind of question."""
    return await opened(origin, every_kind())


async def opened(origin: str, document: dict) -> str:
    world: World = await build_world()
    draft = await questionnaires.save_draft(SYSTEM, world.questionnaire_id, document)
    await questionnaires.publish_version(SYSTEM, draft.id)
    return f"{origin}/f/{await code_of(await world.open_wave())}"


async def shown(page, *codes: str) -> list[bool]:
    return [await page.locator(f"#q-{code}").is_visible() for code in codes]


async def test_conditions_are_followed_while_the_form_is_filled(phone, address):
    await phone.goto(address)
    errors: list[str] = []
    phone.on("pageerror", lambda error: errors.append(str(error)))
    assert await shown(phone, "works", "pay", "poor", "unsafe") == [True, False, False, False]
    assert not await phone.get_by_text("Lương tính bằng triệu đồng.").is_visible()
    assert not await phone.get_by_role("heading", name="Việc làm").is_visible()
    await phone.get_by_label("Một", exact=True).first.check()
    assert await shown(phone, "pay", "poor") == [True, False]
    assert await phone.get_by_text("Lương tính bằng triệu đồng.").is_visible()
    await phone.locator("[name=pay]").fill("5,1")
    await phone.locator("[name=rent]").fill("2.6")
    await phone.locator("[name=useful]").first.check()
    assert await shown(phone, "poor") == [False]
    await phone.locator("[name=rent]").fill("2,61")
    await phone.locator("[name=useful]").first.check()
    await phone.locator("[name=useful]").last.check()
    assert await shown(phone, "poor") == [True]
    await phone.locator("[name='care.safe'][value=no]").check()
    assert await shown(phone, "unsafe") == [True]
    await phone.locator("[name='care.safe'][value=yes]").check()
    assert await shown(phone, "unsafe") == [False]
    await phone.locator("select[name=best]").nth(1).select_option("c")
    assert await shown(phone, "unsafe") == [True]
    await phone.get_by_label("Hai", exact=True).first.check()
    assert await shown(phone, "pay", "poor") == [False, False]
    assert errors == []


async def test_a_constraint_speaks_before_anything_is_sent(phone, address):
    await phone.goto(address)
    said = phone.get_by_text("Xin chọn nhiều nhất ba kênh.")
    for number in range(3):
        await phone.locator(f"[name=channels][value=c{number}]").check()
    assert not await said.is_visible()
    await phone.locator("[name=channels][value=c3]").check()
    assert await said.is_visible()
    assert await violations(phone) == []
    await phone.locator("[name=channels][value=c0]").uncheck()
    assert not await said.is_visible()


async def test_the_phone_offers_and_takes_only_the_days_that_may_be_answered(phone, database, origin):
    document = every_kind()
    born = document["sections"][0]["questions"][-1]
    del born["constraint"]
    born |= {"earliest": {"date": "1960-01-01"}, "latest": {"today": 0, "years": -15}}
    await phone.goto(await opened(origin, document))
    await is_ready(phone)
    # Where this year has a 29 February, most have not.
    of_the_month = min(today().day, 28) if today().month == 2 else today().day
    box, latest = phone.locator("[name=born]"), f"{today().year - 15}{today():-%m}-{of_the_month:02}"
    assert await box.get_attribute("min") == "1960-01-01"
    assert await box.get_attribute("max") == latest
    await phone.get_by_label("Hai", exact=True).first.check()
    await box.fill("1959-12-31")
    await phone.get_by_role("button", name="Gửi câu trả lời").click()
    told = f"Xin nhập một ngày từ 01/01/1960 đến {date.fromisoformat(latest):%d/%m/%Y}."
    await expect(phone.locator(".summary")).to_contain_text(told)
    assert await violations(phone) == []
    assert await waiting() == []
    await box.fill("1960-01-01")
    await phone.get_by_role("button", name="Gửi câu trả lời").click()
    await expect(phone.locator("h1")).to_have_text("Cảm ơn anh/chị!")
    (stored,) = await waiting()
    assert stored["born"] == "1960-01-01"


@pytest.mark.parametrize("phone", ["script", "no_script"], indirect=True)
async def test_every_kind_is_sent_and_what_does_not_apply_is_dropped(phone, address, request):
    await phone.goto(address)
    scripted = await phone.locator("html.js").count() == 1
    await phone.get_by_label("Khác", exact=True).first.check()
    await phone.locator("[name='works.other']").fill("Làm thêm")
    await phone.locator("[name=channels][value=c7]").check()
    await phone.locator("[name=born]").fill("1990-02-01")
    await phone.locator("[name=pay]").fill("12,5")
    if not scripted:
        assert await phone.locator("#w-poor").text_content() == (
            "Chỉ trả lời nếu không phải là câu trả lời ở câu 1 là “Hai” và (câu trả lời ở câu 4 − câu trả lời ở câu 5) nhỏ hơn 2,5."
        )
        await phone.locator("[name=poor]").fill("không áp dụng")
    await phone.locator("select[name=best]").nth(0).select_option("b")
    await phone.locator("select[name=best]").nth(1).select_option("a")
    await phone.locator("[name='care.heard'][value=partly]").check()
    await phone.locator("[name=useful][value='3']").check()
    await phone.get_by_role("button").click()
    await expect(phone.locator("h1")).to_have_text("Cảm ơn anh/chị!")
    (stored,) = await waiting()
    assert stored == {
        "works": "else",
        "works.other": "Làm thêm",
        "channels": ["c7"],
        "born": "1990-02-01",
        "pay": 12.5,
        "best": ["b", "a"],
        "care.heard": "partly",
        "useful": 3,
    }


@pytest.mark.parametrize("phone", ["script", "no_script"], indirect=True)
async def test_every_kind_is_accessible_on_a_narrow_phone(phone, address):
    assert phone.viewport_size == PHONE
    for query in ("", "?lang=en"):
        await phone.goto(address + query)
        await phone.locator("[name=works]").first.check()
        await phone.locator("[name='care.safe'][value=no]").check()
        if await phone.locator("html.js").count():
            assert await violations(phone) == []
        assert await too_small(phone) == []
        assert await overflow(phone) == 0


async def test_the_page_of_faults_keeps_every_answer_and_the_order_of_choices(phone, address):
    await phone.goto(address)
    order = "els => els.map(e => e.value)"
    before = await phone.locator("[name=channels]").evaluate_all(order)
    await phone.locator("[name='care.heard'][value=no]").check()
    await phone.locator("select[name=best]").nth(0).select_option("b")
    await phone.locator("[name=channels][value=else]").check()
    await phone.locator("[name='channels.other']").fill("Loa xã")
    await phone.locator("[name=born]").fill("2020-01-01")
    await phone.get_by_role("button").click()
    assert await phone.get_by_role("alert").locator("li").count() == 2
    assert await phone.locator("[name=channels]").evaluate_all(order) == before
    assert await phone.locator("[name='care.heard'][value=no]").is_checked()
    assert await phone.locator("select[name=best]").nth(0).input_value() == "b"
    assert await phone.locator("[name='channels.other']").input_value() == "Loa xã"
    assert await phone.locator("[name=born]").input_value() == "2020-01-01"
    assert await phone.get_by_text("Phiếu dành cho người từ 15 tuổi.").count() == 2
    assert await violations(phone) == []
    assert await overflow(phone) == 0
