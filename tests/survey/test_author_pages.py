"""An editor brings a workbook on a page, reads what came of it, and sees the draft as a phone shows it."""

import re

import pytest
from kinds_world import every_kind
from survey_world import NORTH, PATHS, SOUTH, apply, union_events, unit_id
from xlsform_books import YES_NO, asked, canonical, rows, workbook

from kit import db
from kit.identity import ANONYMOUS
from kit.testing import caller_as
from survey.questionnaires import service
from survey.questionnaires.xlsform.reading import import_workbook

PAGE = "/results/questionnaires"
EDITOR = caller_as("editor", PATHS[NORTH])
BOOK = workbook(rows(asked("text", "a"), asked("gps", "<b>")), YES_NO, [("form_id",), ("quick",)])


@pytest.fixture(autouse=True)
async def union(database):
    await apply(union_events())


async def brought(client, do: str, content: bytes = BOOK, caller=EDITOR, **data):
    files = {"file": ("form.xlsx", content)}
    return await client.post(PAGE, caller=caller, files=files, data={"unit": f"u{NORTH}", "code": "", "do": do, **data})


async def drafted():
    return await service.create_questionnaire(
        EDITOR, code="kinds", owner_unit_id=unit_id(NORTH), definition=every_kind()
    )


async def test_the_results_lead_those_who_may_edit_to_the_page(client):
    link = f'<a class="button" href="{PAGE}">'
    for caller, is_shown in ((EDITOR, True), (caller_as("analyst", PATHS[NORTH]), False), (ANONYMOUS, False)):
        assert (link in (await client.get("/results/", caller=caller)).text) is is_shown


async def test_who_may_not_write_questionnaires_is_told_so_and_offered_nothing(client):
    shown = await client.get(PAGE, caller=EDITOR)
    assert 'type="file"' in shown.text
    # The unit that somebody writes for stands there already.
    assert f'name="unit" value="u{NORTH}"' in shown.text
    shown = await client.get(PAGE, caller=caller_as("contributor", PATHS[NORTH]))
    assert shown.status_code == 200
    assert 'type="file"' not in shown.text
    assert "Chỉ người biên tập (editor) của một đơn vị mới soạn được phiếu hỏi." in shown.text
    assert (
        "ask an admin of your unit"
        in (await client.get(f"{PAGE}?lang=en", caller=caller_as("contributor", PATHS[NORTH]))).text
    )


async def test_checking_shows_the_report_and_saves_nothing(client):
    reply = await brought(client, "check")
    assert reply.status_code == 200
    assert "2 dòng; nhập được 1, không nhập 1." in reply.text
    assert "phiếu ẩn danh không thu thập vị trí" in reply.text
    assert await db.value("SELECT count(*) FROM questionnaire") == 0


async def test_importing_saves_a_draft_and_links_to_its_preview(client):
    reply = await brought(client, "import")
    version = await db.value("SELECT id FROM questionnaire_version")
    assert f'href="{PAGE}/{version}/preview"' in reply.text
    again = await brought(client, "import", workbook(rows(asked("text", "changed"))), code="quick")
    assert again.status_code == 200
    assert await db.value("SELECT count(*) FROM questionnaire_version") == 1
    assert "changed" in await db.value("SELECT definition::text FROM questionnaire_version")


async def test_a_draft_is_published_once_and_only_by_its_editors(client):
    version = await drafted()
    address = f"{PAGE}/{version.id}/publish"
    assert f'href="{address}"' in (await client.get(PAGE, caller=EDITOR)).text
    shown = await client.get(address, caller=EDITOR)
    assert "Công bố phiên bản 1 của “kinds”?" in shown.text
    assert "không sửa được nữa" in shown.text
    stranger = caller_as("contributor", PATHS[NORTH])
    for caller, status in ((ANONYMOUS, 401), (stranger, 403)):
        assert (await client.get(address, caller=caller)).status_code == status
        assert (await client.post(address, caller=caller)).status_code == status
    foreign = await client.post(address, caller=EDITOR, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    assert await db.value("SELECT published_at FROM questionnaire_version") is None
    done = await client.post(address, caller=EDITOR)
    assert (done.status_code, done.headers["location"]) == (303, PAGE)
    published_at = await db.value("SELECT published_at FROM questionnaire_version")
    assert published_at is not None
    listed = (await client.get(PAGE, caller=EDITOR)).text
    assert ("đã công bố" in listed, f'href="{address}"' in listed) == (True, False)
    again = await client.post(address, caller=EDITOR)
    assert again.status_code == 422
    assert "đã công bố" in again.text
    assert await db.value("SELECT published_at FROM questionnaire_version") == published_at


async def test_a_draft_of_codes_that_the_union_does_not_have_is_not_published(client):
    document = every_kind()
    asked_last = document["sections"][-1]["questions"][-1]
    asked_last |= {"role": "education"}
    version = await service.create_questionnaire(
        EDITOR, code="kinds", owner_unit_id=unit_id(NORTH), definition=document
    )
    reply = await client.post(f"{PAGE}/{version.id}/publish", caller=EDITOR)
    assert reply.status_code == 422
    assert 'role="alert"' in reply.text
    assert await db.value("SELECT published_at FROM questionnaire_version") is None


async def test_what_goes_wrong_is_said_on_the_page(client):
    for reply, status, words in (
        (await brought(client, "import", b"%PDF"), 422, "Không nhập được bảng tính"),
        (await brought(client, "import", unit="nowhere"), 404, "nowhere"),
        (await brought(client, "import", unit=f"u{SOUTH}"), 403, "không có quyền"),
        (await brought(client, "import", b""), 422, "Hãy chọn một tệp"),
        (await brought(client, "import", caller=ANONYMOUS), 401, "Đăng nhập"),
        (await client.get(PAGE, caller=ANONYMOUS), 401, "Đăng nhập"),
    ):
        assert (reply.status_code, words in reply.text) == (status, True)
    assert await db.value("SELECT count(*) FROM questionnaire") == 0


async def test_another_sites_page_can_not_bring_a_workbook(client):
    files, headers = {"file": ("form.xlsx", BOOK)}, {"sec-fetch-site": "cross-site"}
    reply = await client.post(
        PAGE, caller=EDITOR, files=files, data={"unit": f"u{NORTH}", "do": "import"}, headers=headers
    )
    assert reply.status_code == 403
    assert await db.value("SELECT count(*) FROM questionnaire") == 0


async def test_the_preview_shows_every_question_and_sends_nothing(client):
    version = await drafted()
    reply = await client.get(f"{PAGE}/{version.id}/preview", caller=EDITOR)
    assert reply.status_code == 200
    assert "Bản xem trước" in reply.text
    # How it will be answered is yet to be chosen.
    assert "Ai có địa chỉ này" not in reply.text
    for code in ("works", "channels", "born", "best", "care.heard", "useful"):
        assert f'name="{code}"' in reply.text
    assert re.findall(r"<form[^>]*>", reply.text) == ['<form autocomplete="off">']
    assert all("disabled" in each for each in re.findall(r"<button[^>]*>", reply.text))
    assert 'name="_key"' not in reply.text
    policy = reply.headers["content-security-policy"]
    assert "form-action 'none'" in policy
    assert "connect-src 'none'" in policy
    nonce = re.search(r"script-src 'nonce-([^']+)';", policy)[1]
    assert re.findall(r'<script src="([^"]+)" nonce="([^"]+)"', reply.text) == [(f"{PAGE}/preview.js", nonce)]


async def test_a_further_language_is_data_only(client):
    head = ("type", "name", "label::Tiếng Việt (vi)", "label::Khmer (km)", "required")
    words = [("language", "vietnamese", "text"), ("km", "", "ភាសាខ្មែរ"), ("km", "bắt buộc", "ចាំបាច់")]
    book = workbook([head, ("text", "a", "Tên", "ឈ្មោះ", "yes")], settings=[("form_id",), ("khmer",)], loa_words=words)
    await brought(client, "import", book)
    address = f"{PAGE}/{await db.value('SELECT id FROM questionnaire_version')}/preview"
    shown = await client.get(f"{address}?lang=km", caller=EDITOR)
    assert shown.headers["content-language"] == "km"
    assert '<html lang="km">' in shown.text
    assert "1. ឈ្មោះ <small>(ចាំបាច់)</small>" in shown.text
    # What is not translated stays Vietnamese.
    assert "Gửi câu trả lời" in shown.text
    vietnamese = (await client.get(address, caller=EDITOR)).text
    assert '<a href="?lang=km" lang="km" hreflang="km">ភាសាខ្មែរ</a>' in vietnamese
    assert '<html lang="vi">' in (await client.get(f"{address}?lang=fr", caller=EDITOR)).text


async def test_a_preview_takes_no_answers(client):
    version = await drafted()
    assert (await client.post(f"{PAGE}/{version.id}/preview", caller=EDITOR, data={"works": "a"})).status_code == 405


async def test_the_preview_is_for_those_who_may_edit(client):
    version = await drafted()
    address = f"{PAGE}/{version.id}/preview"
    for caller, status in (
        (ANONYMOUS, 401),
        (caller_as("editor", PATHS[SOUTH]), 403),
        (caller_as("analyst", PATHS[NORTH]), 403),
    ):
        assert (await client.get(address, caller=caller)).status_code == status
    assert (await client.get(f"{PAGE}/{unit_id(99)}/preview", caller=EDITOR)).status_code == 404


async def test_the_previews_script_knows_no_way_to_send(client):
    reply = await client.get(f"{PAGE}/preview.js")
    assert reply.status_code == 200
    assert "loaLogic" in reply.text
    assert not re.search(r"fetch|XMLHttp|sendBeacon|indexedDB|localStorage|serviceWorker", reply.text)


async def test_a_version_is_taken_out_as_a_workbook(client):
    version = await drafted()
    reply = await client.get(f"{PAGE}/{version.id}.xlsx", caller=EDITOR)
    assert reply.headers["content-disposition"] == 'attachment; filename="kinds-1.xlsx"'
    assert canonical(import_workbook(reply.content).definition) == canonical(every_kind())
    assert (await client.get(f"{PAGE}/{version.id}.xlsx", caller=ANONYMOUS)).status_code == 404
