"""The pages for form authors in a real browser: everyone can use them, and a preview follows its conditions alone."""

from collections.abc import AsyncIterator

import pytest
from browser_desk import desk_of, is_usable, serving
from kinds_world import every_kind
from playwright.async_api import Browser, Page, expect
from survey_world import NORTH, PATHS, SOUTH, apply, union_events, unit_id
from xlsform_books import asked, rows, workbook

from kit.testing import caller_as
from survey.questionnaires import service

pytestmark = [pytest.mark.committed, pytest.mark.browser]

HOME = "/results/questionnaires"
EDITOR = caller_as("editor", PATHS[NORTH])
BOOK = workbook(
    rows(
        asked("select_one yn", "has"),
        asked("begin_repeat", "children"),
        asked("integer", "age", relevant="${has} = 'yes' and position(..) = 1"),
        {"type": "end_repeat"},
        asked("geopoint", "place"),
    ),
    settings=[("form_id",), ("children",)],
)


@pytest.fixture(autouse=True)
async def union(database) -> None:
    """The small union, as org tells of it."""
    await apply(union_events())


@pytest.fixture
async def origin(database) -> AsyncIterator[str]:
    """The service's pages at a real address."""
    async with serving(database) as address:
        yield address


@pytest.fixture(params=[360, 1280])
async def desk(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """An editor's browser, narrow and wide."""
    async with desk_of(browser, EDITOR, request.param) as page:
        yield page


async def test_everyone_can_bring_a_workbook_and_read_what_came_of_it(desk, origin):
    await desk.goto(f"{origin}/results/")
    await is_usable(desk)
    await desk.get_by_role("link", name="Soạn phiếu hỏi").click()
    await is_usable(desk)
    await desk.get_by_label("Tệp XLSX hoặc XLS").set_input_files(
        {"name": "con.xlsx", "mimeType": "application/octet-stream", "buffer": BOOK}
    )
    await desk.get_by_label("Mã đơn vị soạn phiếu").fill(f"u{NORTH}")
    await desk.get_by_role("button", name="Lưu thành bản nháp").click()
    await expect(desk.get_by_role("heading", name="Kết quả đọc “con.xlsx”")).to_be_visible()
    await is_usable(desk)
    changed = desk.get_by_role("region", name="Nhập được, nhưng nghĩa khác đi")
    await expect(changed.get_by_role("row")).to_have_count(3)
    await expect(changed).to_contain_text("các câu trong nhóm lặp được hỏi một lần")
    await expect(changed).to_contain_text("“position” chỉ có nghĩa khi hỏi lặp lại")
    await expect(desk.get_by_role("region", name="Không nhập được")).to_contain_text("không thu thập vị trí")
    await desk.locator("#report ~ p").get_by_role("link", name="Xem trước").click()
    await expect(desk.get_by_role("heading", name="Bản xem trước – không gửi gì đi")).to_be_visible()


async def test_everyone_can_publish_a_draft(desk, origin):
    await service.create_questionnaire(EDITOR, code="kinds", owner_unit_id=unit_id(NORTH), definition=every_kind())
    await desk.goto(origin + HOME)
    await is_usable(desk)
    await desk.get_by_role("link", name="Công bố").click()
    await expect(desk.get_by_role("heading", name="Công bố phiên bản 1 của “kinds”?")).to_be_visible()
    await is_usable(desk)
    await desk.get_by_role("button", name="Công bố").click()
    await expect(desk.get_by_text("phiên bản 1 · đã công bố")).to_be_visible()


async def test_everyone_can_use_the_page_that_says_what_went_wrong(desk, origin):
    draft = await service.create_questionnaire(
        caller_as("editor", PATHS[SOUTH]), code="other", owner_unit_id=unit_id(SOUTH), definition=every_kind()
    )
    await desk.goto(f"{origin}{HOME}/{draft.id}/preview")
    await expect(desk.get_by_role("heading", name="Không làm được")).to_be_visible()
    await is_usable(desk)


async def test_the_preview_follows_its_conditions_and_sends_nothing(desk, origin):
    draft = await service.create_questionnaire(
        EDITOR, code="kinds", owner_unit_id=unit_id(NORTH), definition=every_kind()
    )
    await desk.goto(f"{origin}{HOME}/{draft.id}/preview")
    await is_usable(desk)
    asked_for: list[str] = []
    desk.on("request", lambda request: asked_for.append(request.url))
    pay, poor = desk.get_by_text("4. Lương?"), desk.get_by_text("Bù vào bằng cách nào?")
    await expect(poor).to_be_hidden()
    # Who does not work is not asked for pay.
    await desk.locator("[name=works][value=b]").check()
    await expect(pay).to_be_hidden()
    await desk.locator("[name=works][value=a]").check()
    await expect(pay).to_be_visible()
    too_much = desk.get_by_text("Tiền nhà lớn hơn lương?")
    await desk.locator("[name=pay]").fill("6,5")
    await desk.locator("[name=rent]").fill("7")
    await desk.locator("[name=rent]").blur()
    await expect(too_much).to_be_visible()
    await desk.locator("[name=rent]").fill("5")
    await desk.locator("[name=rent]").blur()
    await expect(too_much).to_be_hidden()
    await expect(poor).to_be_visible()
    await is_usable(desk)
    # Enter in a field sends a form; this one has nowhere to go.
    await desk.locator("[name=rent]").press("Enter")
    await expect(desk.get_by_role("button", name="Gửi câu trả lời")).to_be_disabled()
    assert asked_for == []
    assert desk.url == f"{origin}{HOME}/{draft.id}/preview"
