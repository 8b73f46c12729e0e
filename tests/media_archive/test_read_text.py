"""Text is read from scans by OCR, from PDFs by their text layer, and where there is no tesseract it waits and says so."""

from typing import Any

import pypdfium2
import pytest
from archive_world import (
    Union,
    add,
    contributor,
    needs_tesseract,
    picture,
    scanned_page,
    scanned_pages,
    scanned_pdf,
    worker,
)
from media_world import kept

from kit import db
from kit.identity import SYSTEM
from kit.jobs import MemoryQueue
from kit.testing import Ask, Client
from media_archive.demo.documents import text_pdf
from media_archive.renditions import jobs
from media_archive.search.follow import Follower

TEXTS = "query ($id: ID!) { asset(id: $id) { texts { source state reason text } } }"
LINES = ("KẾ HOẠCH TUYÊN TRUYỀN", "Tháng Công nhân năm 2026", "Hỗ trợ thợ lò ở khu tập thể Cẩm Phả")


async def texts(ask: Ask, asset_id: str) -> dict[str, dict[str, Any]]:
    return {one["source"]: one for one in (await ask(TEXTS, SYSTEM, id=asset_id)).field["texts"]}


async def test_a_scan_is_read_and_found_without_diacritics(
    ask: Ask, client: Client, union: Union, job_queue: MemoryQueue, search: Follower
):
    needs_tesseract()
    fields = {"unit": str(union.mine.id), "title": "Trang quét", "visibility": "union"}
    caller = contributor(union.mine)
    reply = await client.post(
        "/archive/api/uploads", caller=caller, data=fields, files={"file": ("scan.png", scanned_page(*LINES))}
    )
    asset_id = reply.json()["id"]
    await job_queue.run_all()
    read = (await texts(ask, asset_id))["ocr"]["text"]
    for line in LINES:
        assert line in read
    await search.catch_up()
    document = '{ searchAssets(query: "ho tro tho lo cam pha") { totalCount nodes { asset { id renditions { state } } snippet } } }'
    found = (await ask(document, worker(union.factory))).field
    assert found["totalCount"] == 1
    assert found["nodes"][0]["asset"] == {"id": asset_id, "renditions": [{"state": "done"}] * 5}
    assert "Hỗ trợ thợ lò ở khu tập thể Cẩm Phả" in found["nodes"][0]["snippet"]


async def test_a_scanned_pdf_is_read_page_by_page(ask: Ask, union: Union, job_queue: MemoryQueue):
    needs_tesseract()
    asset_id = await add(union.factory, "Kế hoạch", scanned_pdf(*LINES))
    await job_queue.run_all()
    made = await texts(ask, asset_id)
    assert (made["document"]["state"], made["document"]["text"]) == ("done", "")
    assert made["ocr"]["state"] == "done"
    assert "Tháng Công nhân năm 2026" in made["ocr"]["text"]


async def test_pages_keep_their_order_and_an_empty_one_its_place(ask: Ask, union: Union, job_queue: MemoryQueue):
    # So many that the programs which draw and read are started more than once, however many cores there are.
    needs_tesseract()
    said = [f"Điều {word} của nội quy lao động" for word in ("một", "hai", "", "ba", "bốn", "năm")]
    said[2] = ""
    asset_id = await add(union.factory, "Nội quy", scanned_pages(*([line] if line else [] for line in said)))
    await job_queue.run_all()
    made = (await texts(ask, asset_id))["ocr"]
    assert made["text"].split("\n\n") == said
    with pypdfium2.PdfDocument(await kept(asset_id, "searchable")) as document:
        assert [" ".join(page.get_textpage().get_text_bounded().split()) for page in document] == said


async def test_a_pdf_with_text_needs_no_ocr(ask: Ask, union: Union, job_queue: MemoryQueue):
    content = text_pdf(
        "Kế hoạch số 12", ["Tuyên truyền pháp luật lao động cho đoàn viên", "Đơn vị chủ trì: Ban Tuyên giáo"]
    )
    asset_id = await add(union.factory, "Kế hoạch", content)
    await job_queue.run_all()
    made = await texts(ask, asset_id)
    assert made["document"]["state"] == "done"
    assert "Tuyên truyền pháp luật lao động cho đoàn viên" in " ".join(made["document"]["text"].split())
    assert (made["ocr"]["state"], made["ocr"]["reason"]) == ("none", "EVERY_PAGE_HAS_TEXT")


async def test_a_text_file_is_its_own_text(ask: Ask, union: Union, job_queue: MemoryQueue):
    asset_id = await add(union.factory, "Bài", "\ufeffKính thưa đoa\u0300n viên\r\nHai".encode())
    await job_queue.run_all()
    assert (await texts(ask, asset_id))["document"] == {
        "source": "document",
        "state": "done",
        "reason": None,
        "text": "Kính thưa đoàn viên\nHai",
    }


async def test_a_photograph_has_no_text(ask: Ask, union: Union, job_queue: MemoryQueue):
    needs_tesseract()
    asset_id = await add(union.factory, "Ảnh", picture(size=(600, 400)))
    await job_queue.run_all()
    assert (await texts(ask, asset_id))["ocr"] == {"source": "ocr", "state": "done", "reason": None, "text": ""}


@pytest.fixture
def no_tesseract(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("PATH", "")
    return monkeypatch


async def test_without_tesseract_reading_waits_and_says_so(
    ask: Ask, client: Client, union: Union, job_queue: MemoryQueue, search: Follower, no_tesseract: pytest.MonkeyPatch
):
    asset_id = await add(union.factory, "Trang quét", scanned_page(*LINES), visibility="public")
    await job_queue.run_all()
    assert (await texts(ask, asset_id))["ocr"] == {
        "source": "ocr",
        "state": "waiting",
        "reason": "TESSERACT_MISSING",
        "text": "",
    }
    # Nothing else stops: the picture is made, the title is found, the page tells.
    states = await db.rows("SELECT state, name = 'searchable' AS is_read FROM rendition")
    assert sorted((row["is_read"], row["state"]) for row in states) == [(False, "done")] * 4 + [(True, "waiting")]
    await search.catch_up()
    assert (await ask('{ searchAssets(query: "trang quet") { totalCount } }')).field == {"totalCount": 1}
    page = (await client.get(f"/archive/items/{asset_id}")).text
    assert "máy chủ chưa cài bộ nhận dạng chữ, sẽ tự thử lại sau" in page
    english = (await client.get(f"/archive/items/{asset_id}?lang=en")).text
    assert "the server has no text recognition installed; it will try again by itself" in english


async def test_what_waited_for_tesseract_is_read_once_it_is_there(
    ask: Ask, union: Union, job_queue: MemoryQueue, no_tesseract: pytest.MonkeyPatch
):
    asset_id = await add(union.factory, "Trang quét", scanned_page(*LINES))
    await job_queue.run_all()
    await db.execute("UPDATE asset_text SET changed_at = now() - interval '2 minutes'")
    await jobs.resume_unfinished()
    assert job_queue.waiting == []
    no_tesseract.undo()
    needs_tesseract()
    await jobs.resume_unfinished()
    assert [(job.name, ids) for job, ids in job_queue.waiting] == [("media_archive.read_text", (asset_id,))]
    await job_queue.run_all()
    assert (await texts(ask, asset_id))["ocr"]["state"] == "done"


async def test_a_pdf_keeps_its_text_layer_while_its_scans_wait(
    ask: Ask, union: Union, job_queue: MemoryQueue, no_tesseract: pytest.MonkeyPatch
):
    asset_id = await add(union.factory, "Kế hoạch", scanned_pdf(*LINES))
    await job_queue.run_all()
    made = await texts(ask, asset_id)
    assert made["document"]["state"] == "done"
    assert (made["ocr"]["state"], made["ocr"]["reason"]) == ("waiting", "TESSERACT_MISSING")
