"""The text of office documents is read and found, and a hostile one ends nothing but its own reading."""

import json
import unicodedata
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from archive_world import Union, add, contributor, worker
from office_world import REAL, book, member_list, package, paragraph, relationships, word, word_part

from kit import db
from kit.errors import DomainError
from kit.identity import SYSTEM
from kit.jobs import MemoryQueue
from kit.testing import Ask
from media_archive.renditions import jobs, office
from media_archive.search.follow import Follower
from media_archive.uploads.inspection import FileBroken, FileTypeNotAllowed

TEXTS = "query ($id: ID!) { asset(id: $id) { texts { source state reason text } } }"
FOUND = "query ($query: String!) { searchAssets(query: $query) { totalCount nodes { asset { id } snippet } } }"


async def text_of(ask: Ask, asset_id: str) -> dict[str, Any]:
    (only,) = (await ask(TEXTS, SYSTEM, id=asset_id)).field["texts"]
    assert only["source"] == "document"
    return only


async def read(folder: Path, ending: str, content: bytes, most: int = 100_000) -> office.OfficeText:
    file = folder / "original"
    file.write_bytes(content)
    return await office.read_text(file, ending, most)


async def test_a_document_is_read_with_header_tables_and_footer(ask: Ask, union: Union, job_queue: MemoryQueue):
    asset_id = await add(union.factory, "Kế hoạch", (REAL / "ke-hoach.docx").read_bytes())
    assert (await text_of(ask, asset_id))["state"] == "waiting"
    await job_queue.run_all()
    made = await text_of(ask, asset_id)
    assert (made["state"], made["reason"]) == ("done", None)
    assert made["text"].split("\n") == [
        "CÔNG ĐOÀN THAN – KHOÁNG SẢN VIỆT NAM",
        "",
        "Kế hoạch số 12",
        "Tuyên truyền pháp luật lao động\tnăm 2026",
        "cho đoàn viên",
        "Hỗ trợ thợ lò ở khu tập thể Cẩm Phả",
        "Việc\tChủ trì",
        "Tư vấn lưu động\tBan Chính sách",
        "Ban Tuyên giáo",
        "Tổ chức thực hiện",
        "",
        "Nơi nhận: Ban Thường vụ",
    ]
    assert unicodedata.is_normalized("NFC", made["text"])


async def test_slides_are_read_as_they_are_shown_with_their_notes(ask: Ask, union: Union, job_queue: MemoryQueue):
    asset_id = await add(union.factory, "Bài giảng", (REAL / "bai-giang.pptx").read_bytes())
    await job_queue.run_all()
    assert (await text_of(ask, asset_id))["text"].split("\n") == [
        "Bài giảng an toàn",
        "Bài giảng an toàn là gì?",
        "Ai được hưởng?",
        "",
        "Chào hỏi trước",
        "",
        "Quyền lợi đoàn viên",
        "Quyền lợi đoàn viên là gì?",
        "Ai được hưởng?",
        "Trợ cấp\t2.000.000 đồng",
        "",
        "Nhắc về thẻ đoàn viên",
    ]


async def test_sheets_are_read_with_names_days_and_numbers(ask: Ask, union: Union, job_queue: MemoryQueue):
    asset_id = await add(union.factory, "Danh sách", member_list())
    await job_queue.run_all()
    assert (await text_of(ask, asset_id))["text"].split("\n") == [
        "Đoàn viên",
        "Họ tên\tNgày vào\tMức hỗ trợ\tTỷ lệ",
        "Thật là Trần Thị Bích\t01/05/2026\t12500000\t0.3",
        "",
        "Ghi chú",
        "Số liệu đã chốt",
    ]


async def test_what_a_document_says_is_found(ask: Ask, union: Union, job_queue: MemoryQueue, search: Follower):
    plan = await add(union.factory, "Tệp một", (REAL / "ke-hoach.docx").read_bytes(), visibility="union")
    lecture = await add(union.factory, "Tệp hai", (REAL / "bai-giang.pptx").read_bytes(), visibility="union")
    await search.catch_up()
    caller = worker(union.south)
    assert (await ask(FOUND, caller, query="ho tro tho lo")).field["totalCount"] == 0
    await job_queue.run_all()
    await search.catch_up()
    for query, asset_id, snippet in (
        ("ho tro tho lo", plan, "Hỗ trợ thợ lò"),
        ("tuyên truyền pháp luật", plan, "Tuyên truyền pháp luật"),
        ("thẻ đoàn viên", lecture, "Nhắc về thẻ đoàn viên"),
    ):
        best = (await ask(FOUND, caller, query=query)).field["nodes"][0]
        assert best["asset"]["id"] == asset_id
        assert snippet in best["snippet"]


async def test_a_phrase_deep_in_a_long_document_is_found(
    ask: Ask, union: Union, job_queue: MemoryQueue, search: Follower
):
    filling = [paragraph(f"Điều {n}. Người lao động được nghỉ lễ theo quy định chung.") for n in range(20_000)]
    long = word(*filling, paragraph("Phụ lục: giếng khoan Bạch Dương ngừng khai thác"))
    asset_id = await add(union.factory, "Quy chế", long, visibility="union")
    await job_queue.run_all()
    made = await text_of(ask, asset_id)
    assert made["reason"] is None
    assert len(made["text"]) > 1_000_000
    await search.catch_up()
    found = (await ask(FOUND, worker(union.south), query="gieng khoan bach duong")).field
    assert (found["totalCount"], found["nodes"][0]["asset"]["id"]) == (1, asset_id)


async def test_notes_text_boxes_and_changes_of_a_document(tmp_path: Path):
    box = '<mc:AlternateContent><mc:Choice Requires="wps"><w:txbxContent>{}</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>{}</w:txbxContent></mc:Fallback></mc:AlternateContent>'
    body = (
        "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>Giữ </w:t></w:r><w:del><w:r><w:delText>bỏ</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>thêm</w:t></w:r></w:ins><w:r><w:instrText>PAGE</w:instrText></w:r>"
        f"<w:r>{box.format(paragraph('Khung'), paragraph('Khung'))}</w:r>"
        "<w:r><w:t>sau khung 08</w:t><w:noBreakHyphen/><w:t>09</w:t></w:r></w:p>"
    )
    content = word(
        body, footnotes=paragraph("Chú thích"), endnotes=paragraph("Ghi cuối"), comments=paragraph("Ý riêng")
    )
    made = await read(tmp_path, "docx", content)
    assert made.text == "Giữ thêm\nKhung\nsau khung 08-09\n\nChú thích\n\nGhi cuối"


async def test_the_same_header_of_many_sections_is_read_once(tmp_path: Path):
    headers = {f"word/header{n}.xml": word_part(paragraph("Công đoàn"), "hdr") for n in range(3)}
    related = relationships(*(("header", f"header{n}.xml") for n in range(3)))
    body = {"word/document.xml": word_part(paragraph("Thân")), "word/_rels/document.xml.rels": related}
    assert (await read(tmp_path, "docx", package({**body, **headers}))).text == "Công đoàn\n\nThân"


async def test_cells_of_every_kind(tmp_path: Path):
    cells = (
        '<c t="s"><v>0</v></c><c t="inlineStr"><is><r><t>Cẩm </t></r><r><t>Phả</t></r></is></c><c t="str"><f>A1</f><v>tính</v></c>'
        '<c t="b"><v>1</v></c><c t="e"><v>#REF!</v></c><c><v>1.50</v></c><c><v>x</v></c><c t="s"><v>7</v></c><c t="s"><v>-1</v></c>'
    )
    strings = "<si><r><t>Một_x000D_</t></r><r><t>_x005F_hai_xD800_</t></r><rPh><t>đọc</t></rPh></si>"
    made = await read(tmp_path, "xlsx", book(f"<row>{cells}</row>", strings=strings))
    assert made.text == "S1\nMột _hai\tCẩm Phả\ttính\t1.5"


STYLES = """<numFmts><numFmt numFmtId="164" formatCode="[$-42A]dd\\/mm\\/yyyy"/><numFmt numFmtId="165" formatCode="#,##0\\ &quot;đồng/day&quot;"/>
<numFmt numFmtId="166" formatCode="_-* #,##0_d"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
<cellXfs><xf/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/></cellXfs>"""


@pytest.mark.parametrize(
    ("properties", "day"), [("", "01/05/2026"), ('<workbookPr date1904="1"/>', "02/05/2030")], ids=["1900", "1904"]
)
async def test_a_number_is_a_day_where_its_format_shows_one(tmp_path: Path, properties: str, day: str):
    row = "".join(f'<c s="{style}"><v>46143.25</v></c>' for style in range(5))
    far = '<c s="1"><v>3000000</v></c><c s="1"><v>-1</v></c><c s="1"><v>1e400</v></c><c t="d"><v>2026-05-01</v></c>'
    content = book(f"<row>{row}</row><row>{far}</row>", styles=STYLES, properties=properties)
    assert (await read(tmp_path, "xlsx", content)).text.split("\n") == [
        "S1",
        f"46143.25\t{day}\t{day}\t46143.25\t46143.25",
        "3000000\t-1\t2026-05-01",
    ]


async def test_a_sheet_has_20000_rows_and_the_next_is_still_read(ask: Ask, union: Union, job_queue: MemoryQueue):
    rows = "".join(f"<row><c><v>{n}</v></c></row><row><c/></row>" for n in range(1, 20_002))
    asset_id = await add(union.factory, "Bảng", book(rows, "<row><c><v>77777</v></c></row>"))
    await job_queue.run_all()
    made = await text_of(ask, asset_id)
    assert (made["state"], made["reason"]) == ("done", "FIRST_PAGES_ONLY")
    assert made["text"].endswith("\n19999\n20000\n\nS2\n77777")


async def test_a_text_is_cut_where_texts_are(tmp_path: Path):
    made = await read(tmp_path, "docx", word(paragraph("một hai"), paragraph("ba")), most=9)
    assert made == office.OfficeText("một hai\nb", is_cut=True)
    made = await read(tmp_path, "docx", word(paragraph("một hai"), paragraph("ba")), most=10)
    assert made == office.OfficeText("một hai\nba", is_cut=False)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
DECLARED = f'<?xml version="1.0"?><!DOCTYPE w:document [<!ENTITY l0 "ha">{LAUGHS}]>' + word_part(paragraph("&l11;"))
OUTSIDE = '<!DOCTYPE w:document [<!ENTITY file SYSTEM "file:///etc/passwd">]>' + word_part(paragraph("&file;"))
WIDE = f'<?xml version="1.0" encoding="UTF-16"?>{OUTSIDE}'.encode("utf-16")


def long_tag(megabytes: int) -> bytes:
    return word(paragraph("Đầu") + f'<w:pict gfxdata="{"A" * 1_000_000 * megabytes}"/>' + paragraph("Cuối"))


# Made when they are asked for: some are large.
UNREADABLE: dict[str, Callable[[], bytes]] = {
    "an entity that expands": lambda: package({"word/document.xml": DECLARED}),
    "an entity that is a file": lambda: package({"word/document.xml": OUTSIDE}),
    "an entity in another encoding": lambda: package({"word/document.xml": WIDE}),
    "a part that ends in the middle": lambda: package({"word/document.xml": word_part(paragraph("Một"))[:-9]}),
    "a part that is no XML": lambda: package({"word/document.xml": b"\x00\xff"}),
    "names without a namespace": lambda: package({"word/document.xml": "<w:document/>"}),
    "an unknown encoding": lambda: package({"word/document.xml": '<?xml version="1.0" encoding="klingon"?><a/>'}),
    "slides whose list is broken": lambda: package({"ppt/presentation.xml": "<sldIdLst>"}),
    "a workbook whose strings are broken": lambda: book("", strings="<si>"),
    "a tag of 90 MB": lambda: long_tag(90),
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_is_hostile_or_broken_fails_and_the_next_is_read(
    ask: Ask, union: Union, job_queue: MemoryQueue, content: Callable[[], bytes]
):
    asset_id = await add(union.factory, "Tệp lạ", content())
    good = await add(union.factory, "Tệp tốt", word(paragraph("Vẫn đọc được")))
    await job_queue.run_all()
    made = await text_of(ask, asset_id)
    assert (made["state"], made["reason"], made["text"]) == ("failed", "NOT_READABLE", "")
    assert (await text_of(ask, good))["text"] == "Vẫn đọc được"


DEEP = 300_000
BOUNDED: dict[str, tuple[Callable[[], bytes], str, str | None]] = {
    "nested deeply": (lambda: word("<w:sdt>" * DEEP + paragraph("Đáy") + "</w:sdt>" * DEEP), "Đáy", None),
    "a tag of 3 MB": (lambda: long_tag(3), "Đầu\nCuối", None),
    "50 MB of one text": (lambda: word(f"<w:t><![CDATA[{'  ' * 25_000_000}]]></w:t>"), "", "FIRST_PAGES_ONLY"),
    "150 MB of blanks": (
        lambda: word(paragraph("Đầu"), " " * 150_000_000, paragraph("Cuối")),
        "Đầu",
        "FIRST_PAGES_ONLY",
    ),
    "links to the outside": (
        lambda: package(
            {
                "word/document.xml": word_part(paragraph("Thân")),
                "word/_rels/document.xml.rels": relationships(
                    ("header", "http://127.0.0.1:9/header.xml"), ("footer", "header.xml"), external=True
                ),
                "word/header.xml": word_part(paragraph("Ngoài"), "hdr"),
            }
        ),
        "Thân",
        None,
    ),
    "paths to the outside": (
        lambda: package(
            {
                "word/document.xml": word_part(paragraph("Thân")),
                "word/_rels/document.xml.rels": relationships(
                    ("header", "../../../../../../etc/passwd"), ("footer", "file:///etc/passwd"), ("footer", "")
                ),
            }
        ),
        "Thân",
        None,
    ),
    "macros": (
        lambda: package({"word/document.xml": word_part(paragraph("Thân")), "word/vbaProject.bin": b"Shell"}),
        "Thân",
        None,
    ),
    "slides that are not there": (
        lambda: package(
            {
                "ppt/presentation.xml": '<p xmlns:r="http://purl.oclc.org/ooxml/officeDocument/relationships"><sldId id="1" r:id="rId1"/><sldId id="2" r:id="rId2"/><sldId/></p>',
                "ppt/_rels/presentation.xml.rels": relationships(
                    ("slide", "slides/s1.xml"), ("slide", "Slides/S2.xml")
                ),
                "ppt/slides/s2.xml": '<sld xmlns:a="a"><a:p><a:t>Hai</a:t></a:p></sld>',
            }
        ),
        "Hai",
        None,
    ),
    "a million sheets": (
        lambda: package({"xl/workbook.xml": f"<b>{'<sheet/>' * 1_000_000}</b>"}),
        "",
        "FIRST_PAGES_ONLY",
    ),
    "no relationships at all": (lambda: package({"xl/workbook.xml": "<workbook><sheet/></workbook>"}), "", None),
}


@pytest.mark.parametrize(("content", "text", "reason"), BOUNDED.values(), ids=BOUNDED)
async def test_what_is_strange_is_read_as_far_as_it_goes(
    ask: Ask, union: Union, job_queue: MemoryQueue, content: Callable[[], bytes], text: str, reason: str | None
):
    asset_id = await add(union.factory, "Tệp lạ", content())
    await job_queue.run_all()
    assert await text_of(ask, asset_id) == {"source": "document", "state": "done", "reason": reason, "text": text}


async def test_one_string_in_every_cell_stays_within_bounds(ask: Ask, union: Union, job_queue: MemoryQueue):
    content = book('<row><c t="s"><v>0</v></c></row>' * 10_000, strings=f"<si><t>{'Công đoàn ' * 3_000}</t></si>")
    asset_id = await add(union.factory, "Bảng", content)
    await job_queue.run_all()
    made = await text_of(ask, asset_id)
    assert (made["state"], made["reason"]) == ("done", "FIRST_PAGES_ONLY")
    assert 1_999_990 <= len(made["text"]) <= 2_000_000


def locked(content: bytes) -> bytes:
    """Mark all members as encrypted, as ZIP programs do it."""
    marked = bytearray(content)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = marked.find(signature)
        while at >= 0:
            marked[at + flags] |= 1
            at = marked.find(signature, at + 4)
    return bytes(marked)


LOCKED: list[tuple[bytes, type[DomainError]]] = [
    # With a password, Office puts the whole package into a compound file (MS-OFFCRYPTO).
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4_000), FileTypeNotAllowed),
    (locked(word(paragraph("Mật"))), FileBroken),
]


@pytest.mark.parametrize(("content", "refusal"), LOCKED, ids=["compound file", "encrypted members"])
async def test_what_has_a_password_is_refused(union: Union, content: bytes, refusal: type[DomainError]):
    with pytest.raises(refusal):
        await add(union.factory, "Mật", content, caller=contributor(union.factory))
    assert await db.value("SELECT count(*) FROM asset") == 0


@pytest.mark.parametrize(
    "content",
    [locked(word(paragraph("Mật"))), b"PK\x03\x04 cut off", b"", word(paragraph("Một" * 9))[:-40]],
    ids=["locked", "only a beginning", "empty", "without its end"],
)
async def test_what_was_damaged_later_is_unreadable(tmp_path: Path, content: bytes):
    with pytest.raises(office.OfficeUnreadable):
        await read(tmp_path, "docx", content)


async def test_documents_of_before_are_read_by_the_timer(ask: Ask, union: Union, job_queue: MemoryQueue):
    old = await add(union.factory, "Cũ", word(paragraph("Đã có từ trước")))
    other = await add(union.factory, "Khác", b"Ch\xe1\xbb\xaf")
    await db.execute("UPDATE asset_text SET state = 'none', reason = 'TYPE_IS_NOT_READ' WHERE asset_id = $1::uuid", old)
    await db.execute("UPDATE asset_text SET state = 'none', reason = 'OTHER' WHERE asset_id = $1::uuid", other)
    job_queue.waiting.clear()
    await db.execute(import_module("media_archive.migrations.0005_office_texts").OFFICE_TEXTS)
    await db.execute("UPDATE asset_text SET changed_at = now() - interval '2 minutes'")
    await jobs.resume_unfinished()
    assert [(job.name, ids) for job, ids in job_queue.waiting] == [("media_archive.read_text", (old,))]
    await job_queue.run_all()
    assert (await text_of(ask, old))["text"] == "Đã có từ trước"
    assert (await text_of(ask, other))["state"] == "none"


async def test_reading_twice_is_reading_once(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Kế hoạch", word(paragraph("Một lần")))
    await jobs.read_text(asset_id)
    changes = await db.value("SELECT count(*) FROM asset_change")
    await jobs.read_text(asset_id)
    assert await db.value("SELECT count(*) FROM asset_change") == changes == 2
    assert json.dumps(await text_of(ask, asset_id), ensure_ascii=False).count("Một lần") == 1
