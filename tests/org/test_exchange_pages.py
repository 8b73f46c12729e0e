"""The pages on which an office takes tables out, brings filled ones, and sees what came of them; without JavaScript."""

import csv
import io
from datetime import date
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook

from kit import db
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.access.service import grant_role
from org.exchange.runs import forget_imports, import_state, imports
from org.exchange.sheets import SHEETS
from org.headcounts.service import Cell, publish_headcounts
from org.people.service import add_person, appoint
from org.units.service import find_unit_by_code

# A file tells how far it is from outside its transaction, so these tests need real commits.
pytestmark = pytest.mark.committed

DAY = date(2026, 1, 31)
UNITS = "code,name_vi,parent_code,level,kind\nHN-002,Công đoàn Giày,HN,grassroots,enterprise\n"
PEOPLE = "unit_code,display_name,post,since\nHN,Nguyễn Thị Hạnh,chair,2026-01-01\n"
HERE = {"origin": "http://127.0.0.1:8080", "sec-fetch-site": "same-origin"}


@pytest.fixture
async def chi(tree):
    """An admin of Hà Nội, whose roles are on record."""
    await grant_role(SYSTEM, "chi", "admin", tree.hanoi["id"])
    return caller_as("admin", tree.hanoi, subject="chi")


async def bring(client, caller, text, **fields):
    """Bring a file as a browser does."""
    content = text.encode() if isinstance(text, str) else text
    data = {"purpose": "units", "on": "2026-03-01", "decision_number": "50/QĐ", "source": "", **fields}
    return await client.post(
        "/org/exchange", caller=caller, data=data, files={"file": ("tệp.csv", content)}, headers=HERE
    )


async def test_a_file_is_brought_checked_and_applied(client, chi, job_queue):
    sent = await bring(client, chi, UNITS)
    assert sent.status_code == 303
    address = sent.headers["location"]
    waiting = await client.get(address, caller=chi)
    # Scripts follow it; without them the page comes again by itself.
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in waiting.text
    assert 'id="running"' in waiting.text
    assert '<progress id="progress" data-now="progress" max="1" value="0">' in waiting.text

    await job_queue.run_all()
    checked = await client.get(address, caller=chi)
    assert "refresh" not in checked.text
    assert "<dt>Đơn vị lập mới</dt><dd>1</dd>" in checked.text
    assert "<button>Thực hiện</button>" in checked.text
    assert "50/QĐ" in checked.text
    applied = await client.post(address, caller=chi, headers=HERE)
    assert (applied.status_code, applied.headers["location"]) == (303, address)
    assert "Đang thực hiện" in (await client.get(address, caller=chi)).text

    await job_queue.run_all()
    done = await client.get(address, caller=chi)
    assert "Đã thực hiện" in done.text
    assert '<a href="/org/units/HN-002" lang="vi">Công đoàn Giày</a>' in done.text
    assert "<button>Thực hiện</button>" not in done.text
    assert (await find_unit_by_code("HN-002"))["created_on"] == date(2026, 3, 1)
    listed = await client.get("/org/exchange", caller=chi)
    assert f'<a href="{address}">tệp.csv</a>' in listed.text
    again = await client.post(address, caller=chi, headers=HERE)
    assert again.status_code == 400


async def test_what_is_wrong_is_told_by_row_and_can_be_taken_out(client, chi, job_queue):
    rows = "".join(f"HN,Người {n},king,2026-01-01\n" for n in range(250))
    sent = await bring(client, chi, PEOPLE + rows, purpose="people")
    await job_queue.run_all()
    address = sent.headers["location"]
    page = await client.get(address, caller=chi)
    assert "Có 250 lỗi. Chưa có gì thay đổi" in page.text
    assert page.text.count('<th scope="row" class="number">') == 200
    assert '<th scope="row" class="number">3</th><td>Chức danh</td><td>Danh mục “Chức danh”' in page.text
    assert "Tệp đã được xóa khỏi hệ thống." in page.text
    told = await client.get(f"{address}/remarks.csv", caller=chi)
    lines = list(csv.reader(io.StringIO(told.content.decode("utf-8-sig"))))
    assert (lines[0], len(lines)) == (["Dòng", "Cột", "Mã", "Nội dung"], 251)
    assert lines[1][:3] == ["3", "Chức danh", "UNKNOWN_CODE"]
    assert lines[1][3] == "Danh mục “Chức danh” không có mã “king” vào ngày 01/01/2026."
    english = await client.get(f"{address}/remarks.csv?lang=en", caller=chi)
    assert english.text.lstrip("\ufeff").startswith("Row,Column,Code,What")
    assert await db.value("SELECT count(*) FROM person") == 0


async def test_an_expired_file_says_so(client, chi, job_queue):
    sent = await bring(client, chi, UNITS)
    await job_queue.run_all()
    await db.execute("UPDATE import_run SET submitted_at = submitted_at - interval '8 days'")
    await forget_imports()
    page = await client.get(sent.headers["location"], caller=chi)
    assert "Quá 7 ngày chưa thực hiện nên tệp đã bị xóa." in page.text
    assert "<button>Thực hiện</button>" not in page.text


REFUSED = {
    "a purpose that is none": ({"purpose": "salaries"}, UNITS),
    "a day that is none": ({"on": "yesterday"}, UNITS),
    "an empty file": ({}, ""),
    "a decision that is too long": ({"decision_number": "x" * 101}, UNITS),
    "a file over 20 MB": ({}, b"x" * (20 * 1024 * 1024 + 1)),
    "a form far over 20 MB": ({}, b"x" * (22 * 1024 * 1024)),
}


@pytest.mark.parametrize(("fields", "text"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_can_not_be_brought_is_refused_with_a_page(client, chi, everything, fields, text):
    before = await everything()
    reply = await bring(client, chi, text, **fields)
    assert reply.status_code == 400
    assert 'class="problem"' in reply.text
    assert await everything() == before


async def test_a_form_without_a_file_is_refused(client, chi, everything):
    before = await everything()
    reply = await client.post("/org/exchange", caller=chi, data={"purpose": "units"}, headers=HERE)
    assert reply.status_code == 400
    assert "hãy chọn tệp" in reply.text
    assert await everything() == before


async def test_other_sites_can_not_send_or_apply_files(client, chi, job_queue, everything):
    sent = await bring(client, chi, UNITS)
    await job_queue.run_all()
    before = await everything()
    stranger = {"sec-fetch-site": "cross-site"}
    for address, more in (("/org/exchange", {"files": {"file": ("a.csv", UNITS)}}), (sent.headers["location"], {})):
        reply = await client.post(address, caller=chi, headers=stranger, **more)
        assert reply.status_code == 403
    assert await everything() == before


async def test_nobody_is_led_to_where_one_signs_in(client, tree, everything):
    before = await everything()
    reply = await client.get("/org/exchange")
    assert (reply.status_code, reply.headers["location"]) == (303, "/auth/login?next=/org/exchange")
    table = await client.get("/org/exchange/tables/people.csv?unit=HN")
    assert table.status_code == 303
    assert unquote(table.headers["location"]) == "/auth/login?next=/org/exchange/tables/people.csv?unit=HN"
    assert (await client.post("/org/exchange", files={"file": ("a.csv", UNITS)}, headers=HERE)).status_code == 401
    assert await everything() == before


@pytest.mark.parametrize(
    ("role", "brings", "takes"),
    [
        ("worker", [], ["units"]),
        ("contributor", [], ["units"]),
        ("analyst", [], ["units", "headcounts"]),
        ("editor", ["headcounts", "people"], ["units", "headcounts", "people"]),
        ("admin", ["units", "headcounts", "people", "reorganisation"], ["units", "headcounts", "people"]),
    ],
)
async def test_everybody_is_shown_what_is_theirs_to_do(client, tree, role, brings, takes):
    who = caller_as(role, tree.hanoi)
    page = await client.get("/org/exchange", caller=who)
    assert [name for name in SHEETS if f'name="purpose" value="{name}"' in page.text] == brings
    assert [name for name in SHEETS if f'action="/org/exchange/tables/{name}.csv"' in page.text] == takes
    assert ('name="unit" required maxlength="60" value="HN"' in page.text) is True
    for name in ("units", "headcounts", "people"):
        reply = await client.get(f"/org/exchange/tables/{name}.csv?unit=HN", caller=who)
        assert reply.status_code == (200 if name in takes else 403)
    reply = await bring(client, who, "", purpose="people")
    assert reply.status_code == (400 if brings else 403)
    overview = await client.get("/org/", caller=who)
    assert ('href="/org/exchange"' in overview.text) == bool(brings or role == "analyst")


async def test_others_do_not_see_a_run(client, chi, tree, job_queue, everything):
    sent = await bring(client, chi, UNITS)
    await job_queue.run_all()
    before = await everything()
    for other in (caller_as("admin", tree.hanoi, subject="an"), caller_as("editor", tree.top, subject="an")):
        address = sent.headers["location"]
        assert (await client.get(address, caller=other)).status_code == 404
        assert (await client.get(f"{address}/remarks.csv", caller=other)).status_code == 404
        assert (await client.post(address, caller=other, headers=HERE)).status_code == 404
        assert "tệp.csv" not in (await client.get("/org/exchange", caller=other)).text
    assert await everything() == before
    [run] = await imports(chi, 10)
    assert (await import_state(caller_as("admin", tree.top), run["id"]))["state"] == "ready"


async def test_tables_come_as_csv_and_as_workbooks(client, tree):
    await publish_headcounts(SYSTEM, tree.garment["id"], DAY, [Cell("under_25", "female", 12, 15)], "Sổ")
    person = await add_person(SYSTEM, "Nguyễn Thị Hạnh", unit_id=tree.hanoi["id"])
    await appoint(SYSTEM, person.id, tree.hanoi["id"], "chair", date(2026, 1, 1))
    codes = {
        "units": ["HN", "HN-001", "HN-001-01"],
        "headcounts": ["HN-001"],
        "people": ["HN"],
    }
    who = caller_as("admin", tree.hanoi)
    for name, expected in codes.items():
        text = await client.get(f"/org/exchange/tables/{name}.csv?unit=hn&on=2026-06-30", caller=who)
        assert text.headers["content-disposition"] == f'attachment; filename="{name}-HN-2026-06-30.csv"'
        lines = list(csv.reader(io.StringIO(text.content.decode("utf-8-sig"))))
        assert lines[0] == [column.name for column in SHEETS[name].columns]
        assert [line[0] for line in lines[1:]] == expected
        book = await client.get(f"/org/exchange/tables/{name}.xlsx?unit=HN&on=2026-06-30", caller=who)
        cells = load_workbook(io.BytesIO(book.content)).worksheets[0].iter_rows(values_only=True)
        assert [[cell or "" for cell in row] for row in cells] == lines


async def test_a_table_that_was_taken_out_can_be_brought_back(client, chi, tree, job_queue):
    table = await client.get("/org/exchange/tables/units.csv?unit=HN-001", caller=chi)
    sent = await bring(client, chi, table.content)
    await job_queue.run_all()
    page = await client.get(sent.headers["location"], caller=chi)
    assert "<dt>Giữ nguyên</dt><dd>2</dd>" in page.text


async def test_a_table_comes_in_pieces(client, tree, new_unit):
    for n in range(600):
        await new_unit(tree.hue, f"Công đoàn cơ sở Công ty Thử nghiệm số {n:03}", f"H-{n:03}", "grassroots")
    text = await client.get("/org/exchange/tables/units.csv?unit=HUE")
    assert "content-length" not in text.headers
    lines = list(csv.reader(io.StringIO(text.content.decode("utf-8-sig"))))
    assert (len(lines), lines[-1][0]) == (602, "H-599")


@pytest.mark.parametrize("name", SHEETS)
async def test_templates_can_be_had(client, name):
    reply = await client.get(f"/org/exchange/templates/{name}.xlsx")
    assert reply.status_code == 200
    book = load_workbook(io.BytesIO(reply.content))
    assert [cell.value for cell in book.worksheets[0][1]] == [column.vi for column in SHEETS[name].columns]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/org/exchange/templates/salaries.xlsx", 404),
        ("/org/exchange/tables/reorganisation.csv?unit=HN", 404),
        ("/org/exchange/tables/units.pdf?unit=HN", 404),
        ("/org/exchange/tables/units.csv?unit=NONE", 404),
        ("/org/exchange/tables/units.csv", 404),
        ("/org/exchange/tables/units.csv?unit=HN&on=yesterday", 400),
        ("/org/exchange/nothing", 404),
        ("/org/exchange?after=nonsense", 400),
    ],
)
async def test_refuses_with_a_page(client, tree, address, status):
    reply = await client.get(address, caller=caller_as("admin", tree.top))
    assert reply.status_code == status
    assert 'class="problem"' in reply.text


async def test_speaks_english(client, chi, job_queue):
    page = await client.get("/org/exchange?lang=en", caller=chi)
    assert "<h1>Import and export</h1>" in page.text
    assert "at the latest after 7 days" in page.text
    sent = await bring(client, chi, UNITS)
    await job_queue.run_all()
    run = await client.get(f"{sent.headers['location']}?lang=en", caller=chi)
    assert "<dt>Units created</dt><dd>1</dd>" in run.text
