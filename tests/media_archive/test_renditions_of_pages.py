"""Pages of a PDF are drawn for reading in the browser, and a scan gets a PDF that can be searched and copied from."""

import io
from uuid import UUID

import pikepdf
import pypdfium2
import pytest
from archive_world import Union, add, scanned_page, worker
from asyncpg import PostgresError
from media_world import AUTHOR, kept, needs, state, telling_pdf
from PIL import Image, ImageChops
from reportlab.pdfgen import canvas
from tortoise.exceptions import IntegrityError

from kit import db
from kit.identity import ANONYMOUS
from kit.testing import Ask, Client
from media_archive.files.addresses import file_path
from media_archive.renditions.page_jobs import make_pages
from media_archive.renditions.text_jobs import read_text
from media_archive.settings import current

PAGES = "query ($id: ID!) { asset(id: $id) { pages { number width height url } } }"
LINES = ("KẾ HOẠCH TUYÊN TRUYỀN", "Tháng Công nhân năm 2026")


def plan_of(pages: int) -> bytes:
    buffer = io.BytesIO()
    paper = canvas.Canvas(buffer, pagesize=(595, 842))
    for number in range(1, pages + 1):
        paper.drawString(100, 700, f"Page {number} of a plan with a text that nobody needs to recognise")
        paper.showPage()
    paper.save()
    return buffer.getvalue()


def scan(rotation: int = 0) -> bytes:
    """A page of letters as a picture, turned by the scanner and set upright by the PDF."""
    with Image.open(io.BytesIO(scanned_page(*LINES))) as page:
        turned = page.rotate(rotation, expand=True)
        buffer = io.BytesIO()
        turned.save(buffer, "PDF", resolution=200, author=AUTHOR)
    with pikepdf.open(buffer) as document:
        document.pages[0].obj["/Rotate"] = rotation
        made = io.BytesIO()
        document.save(made)
    return made.getvalue()


async def test_every_page_is_drawn_in_order(ask: Ask, client: Client, union: Union):
    asset_id = await add(union.factory, "Kế hoạch", plan_of(3), visibility="unit")
    assert (await ask(PAGES, worker(union.factory), id=asset_id)).field == {"pages": []}
    await make_pages(asset_id)
    assert await state(asset_id, "pages") == ("done", None)
    pages = (await ask(PAGES, worker(union.factory), id=asset_id)).field["pages"]
    assert [(page["number"], page["width"], page["height"]) for page in pages] == [(n, 1131, 1600) for n in (1, 2, 3)]
    seen: set[bytes] = set()
    for number in (1, 2, 3):
        path = file_path(UUID(asset_id), f"page-{number}", "a.webp")
        assert (await client.get(path, caller=ANONYMOUS)).status_code == 404
        reply = await client.get(path, caller=worker(union.factory))
        assert (reply.status_code, reply.headers["content-type"]) == (200, "image/webp")
        seen.add(reply.content)
    assert len(seen) == 3
    assert (await client.get(file_path(UUID(asset_id), "page-4", "a"), caller=worker(union.factory))).status_code == 404


async def test_of_a_long_document_the_first_pages_are_drawn(union: Union, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOA_VIEWER_MOST_PAGES", "2")
    current.cache_clear()
    try:
        asset_id = await add(union.factory, "Kế hoạch", plan_of(5))
        await make_pages(asset_id)
    finally:
        current.cache_clear()
    assert await state(asset_id, "pages") == ("done", "FIRST_PAGES_ONLY")
    assert await db.value("SELECT array_agg(number ORDER BY number) FROM asset_page") == [1, 2]


@pytest.mark.parametrize("rotation", [0, 90])
async def test_the_text_of_a_scan_lies_unseen_over_its_pages(union: Union, rotation: int):
    needs("tesseract")
    content = scan(rotation)
    asset_id = await add(union.factory, "Kế hoạch", content)
    await read_text(asset_id)
    assert await state(asset_id, "searchable") == ("done", None)
    made = await kept(asset_id, "searchable")
    with pypdfium2.PdfDocument(made) as searchable, pypdfium2.PdfDocument(content) as original:
        page = searchable[0]
        text = page.get_textpage()
        assert "Tháng Công nhân năm 2026" in " ".join(text.get_text_bounded().split())
        # The words stand where they are seen: the heading in the upper part of the page, from the left.
        width, height = page.get_size()
        finder = text.search("TUYÊN")
        found = finder.get_next()
        assert found is not None
        left, bottom, right, top = text.get_charbox(found[0])
        shown = (left / width, top / height) if not rotation else (bottom / width, 1 - left / height)
        assert 0.2 < shown[0] < 0.5, (left, bottom, right, top, width, height)
        assert shown[1] > 0.8, (left, bottom, right, top, width, height)
        before, after = (document[0].render(scale=1).to_pil().convert("L") for document in (original, searchable))
        assert ImageChops.difference(before, after).getbbox() is None
    assert AUTHOR.encode() not in made
    assert AUTHOR.encode("utf-16-be") not in made


async def test_a_pdf_with_text_needs_no_other(union: Union):
    asset_id = await add(union.factory, "Kế hoạch", telling_pdf())
    await read_text(asset_id)
    assert await state(asset_id, "searchable") == ("none", "EVERY_PAGE_HAS_TEXT")


async def test_what_was_read_before_gets_its_searchable_copy_too(union: Union):
    needs("tesseract")
    asset_id = await add(union.factory, "Kế hoạch", scan())
    await db.execute("UPDATE asset_text SET state = 'done'")
    await read_text(asset_id)
    assert await state(asset_id, "searchable") == ("done", None)


BROKEN = {
    "asset_page_counted_from_one": "UPDATE asset_page SET number = 0",
    "asset_page_has_a_size": "UPDATE asset_page SET width = 0",
    "asset_page_stored": "UPDATE asset_page SET sha256 = sha256('not there')",
    "asset_page_pkey": "INSERT INTO asset_page SELECT * FROM asset_page",
    "asset_page_asset_fkey": "UPDATE asset_page SET asset_id = gen_random_uuid()",
    "rendition_done_has_file": "UPDATE rendition SET sha256 = NULL WHERE name = 'pages'",
    "rendition_measured_both_ways": "UPDATE rendition SET width = NULL WHERE name = 'pages'",
    "rendition_lasts_some_time": "UPDATE rendition SET seconds = -1",
}


@pytest.mark.parametrize(("constraint", "statement"), BROKEN.items())
async def test_the_database_keeps_the_rules_of_pages(union: Union, constraint: str, statement: str):
    await make_pages(await add(union.factory, "Kế hoạch", plan_of(1)))
    with pytest.raises((IntegrityError, PostgresError), match=constraint):
        async with db.transaction():
            await db.execute(statement)
