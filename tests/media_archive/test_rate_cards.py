"""A rate card comes in from a spreadsheet after it was looked through, whole or not at all; an old one is copied."""

import io
import re
from datetime import date
from html import unescape

import httpx
import pytest
from archive_browser import PHONE, check, open_page, origin
from archive_world import Union, editor, small_union
from openpyxl import Workbook, load_workbook
from playwright.async_api import Browser
from royalty_world import a_rate

from kit import db
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import Ask, Client, caller_as
from media_archive.royalties.cards import MOST_LINES, copy_card
from media_archive.royalties.rates import RateCardTaken

__all__ = ["origin"]
PLACE = "/archive/royalties/card"
HEAD = "Loại,Từ ngày,Hệ số cao nhất,Giá trị một đơn vị hệ số (đồng),Căn cứ"
COPY = """mutation ($input: CopyRoyaltyRatesInput!) { copyRoyaltyRates(input: $input) {
    ... on CopyRoyaltyRatesSuccess { number } ... on Problem { code message } ... on InvalidInput { field } } }"""


def admin(union: Union) -> Caller:
    return caller_as("admin", union.north)


def table(*lines: str, head: str = HEAD) -> bytes:
    return "\r\n".join([head, *lines]).encode()


async def look(client: Client, union: Union, content: bytes, caller: Caller | None = None) -> httpx.Response:
    said = {"unit": str(union.north.id), "do": "look"}
    return await client.post(PLACE, caller=caller or admin(union), data=said, files={"file": ("a.csv", content)})


async def card() -> list[tuple[str, str, str | None, int, int]]:
    rows = await db.rows(
        """SELECT kind, valid_from::text, valid_to::text, coefficient, unit_value FROM royalty_rate
           ORDER BY kind, valid_from"""
    )
    return [tuple(row) for row in rows]


async def test_is_looked_through_and_then_brought_in_whole(client: Client, union: Union):
    await a_rate(union.north)
    content = table('Tờ rơi,01/07/2026,"1,5",250.000,QĐ 7', "news,2026-07-01,0.5,250000", ",,,,")
    page = await look(client, union, content)
    assert (page.status_code, "2 dòng đều hợp lệ" in page.text, len(await card())) == (200, True, 1)
    rows = unescape(re.findall(r'name="rows" value="([^"]*)"', page.text)[0])
    said = {"unit": str(union.north.id), "do": "bring", "rows": rows}
    done = await client.post(PLACE, caller=admin(union), data=said)
    assert (done.status_code, done.headers["location"]) == (303, f"/archive/royalties?unit={union.north.id}")
    assert await card() == [
        ("leaflet", "2026-01-01", "2026-07-01", 150, 234_000),
        ("leaflet", "2026-07-01", None, 150, 250_000),
        ("news", "2026-07-01", None, 50, 250_000),
    ]
    again = await client.post(PLACE, caller=admin(union), data=said)
    assert (again.status_code, "đã có mức nhuận bút" in again.text, len(await card())) == (422, True, 3)


async def test_each_wrong_line_says_what_is_wrong_and_nothing_is_written(client: Client, union: Union):
    await a_rate(union.north)
    content = table(
        "leaflet,2026-01-01,1,234000",
        "news,2026-01-01,1,234000",
        "news,2026-01-01,1,234000",
        "video ngắn nào đó,2026-01-01,1,234000",
        "photo,30/02/2026,1,234000",
        "photo,2026-01-01,nhiều,234000",
        "photo,2026-01-01,1,tiền",
        "photo,2026-01-01,1,1",
    )
    page = await look(client, union, content)
    problems = re.findall(r"<tr><th scope=\"row\">(\d+)</th><td>(?:<strong>(.*?)</strong>)?</td>", page.text)
    assert [(number, bool(problem)) for number, problem in problems] == [
        ("2", True),
        ("3", False),
        *((str(number), True) for number in range(4, 10)),
    ]
    assert ("7 dòng có lỗi" in page.text, 'name="rows"' in page.text, len(await card())) == (True, False, 1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"PK\x03\x04 no workbook",
        table(head="a,b"),
        table('news,"2026'),
        table(*["news,2026-01-01,1,234000"] * (MOST_LINES + 1)),
    ],
    ids=["nothing", "no text", "no workbook", "no columns", "an open quotation", "too long"],
)
async def test_what_is_no_card_is_refused(client: Client, union: Union, content: bytes):
    page = await look(client, union, content)
    assert (page.status_code, 'class="problem"' in page.text, await card()) == (422, True, [])


async def test_what_was_taken_out_is_taken_in_again(client: Client, union: Union):
    await a_rate(union.root)
    path = f"?unit={union.north.id}"
    taken = await client.get(f"{PLACE}.xlsx{path}", caller=admin(union))
    book = load_workbook(io.BytesIO(taken.content))
    (sheet,) = book.worksheets
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        HEAD.split(","),
        ["Tờ rơi", "2026-01-01", "1,50", 234_000, "QĐ 12/QĐ-LĐLĐ"],
    ]
    sheet["B2"] = date(2026, 8, 1)
    file = io.BytesIO()
    book.save(file)
    assert "1 dòng đều hợp lệ" in (await look(client, union, file.getvalue())).text
    csv = (await client.get(f"{PLACE}.csv{path}", caller=admin(union))).content
    assert "1 dòng đều hợp lệ" in (await look(client, union, csv)).text
    with_words = Workbook()
    words = with_words.create_sheet(index=0)
    words.append(["Biểu nhuận bút năm 2026"])
    words.append(["Kind", "From", "Highest coefficient", "Value of a unit (dong)"])
    words.append(["Leaflet", date(2026, 8, 1), 1.5, 234000])
    file = io.BytesIO()
    with_words.save(file)
    assert "1 dòng đều hợp lệ" in (await look(client, union, file.getvalue())).text


async def test_last_years_card_holds_again_with_a_new_value(ask: Ask, client: Client, union: Union):
    await a_rate(union.north, since=date(2025, 1, 1))
    await a_rate(union.root, since=date(2025, 1, 1))
    await a_rate(union.root, since=date(2025, 1, 1), kind="news")
    said = {"unit": str(union.north.id), "do": "copy", "on": "2025-12-31", "valid_from": "2026-01-01"}
    done = await client.post(PLACE, caller=admin(union), data={**said, "unit_value": "260.000"})
    assert done.status_code == 303
    own = await db.rows(
        "SELECT kind, coefficient, unit_value, basis FROM royalty_rate WHERE unit_id = $1 AND valid_to IS NULL ORDER BY 1",
        union.north.id,
    )
    assert [tuple(row) for row in own] == [
        ("leaflet", 150, 260_000, "QĐ 12/QĐ-LĐLĐ"),
        ("news", 150, 260_000, "QĐ 12/QĐ-LĐLĐ"),
    ]
    asked = {"unitId": str(union.north.id), "heldOn": "2026-02-01", "validFrom": "2027-01-01", "basis": "QĐ 1"}
    for caller, code in ((ANONYMOUS, "SIGN_IN_REQUIRED"), (editor(union.root), "FORBIDDEN")):
        assert (await ask(COPY, caller, input=asked)).code == code
    assert (await ask(COPY, admin(union), input=asked)).field == {"number": 2}
    assert (await ask(COPY, admin(union), input=asked)).code == "RATE_CARD_TAKEN"
    assert (await ask(COPY, admin(union), input={**asked, "heldOn": "2024-01-01"})).field["field"] == "on"


async def test_a_copy_that_can_not_be_whole_is_none(union: Union):
    await a_rate(union.north)
    await a_rate(union.north, kind="news")
    await a_rate(union.north, kind="news", since=date(2026, 6, 1))
    before = await card()
    with pytest.raises(RateCardTaken):
        await copy_card(SYSTEM, union.north.id, date(2026, 2, 1), date(2026, 5, 1))
    assert await card() == before


async def test_only_admins_come_near(client: Client, union: Union):
    for caller, status in ((ANONYMOUS, 401), (editor(union.root), 403)):
        for path in (PLACE, f"{PLACE}.xlsx", f"{PLACE}.csv"):
            assert (await client.get(f"{path}?unit={union.north.id}", caller=caller)).status_code == status
        assert (await look(client, union, table(), caller)).status_code == status


@pytest.mark.committed
@pytest.mark.browser
async def test_it_is_accessible_and_fits(browser: Browser, origin: str):
    union = await small_union()
    page = await open_page(browser, PHONE, admin(union))
    await page.goto(f"{origin}{PLACE}?unit={union.north.id}&lang=vi")
    lines = table("Tờ rơi,01/07/2026,1.5,250.000,QĐ 7", "video nào đó,01/07/2026,1,1")
    await page.set_input_files("#file", {"name": "a.csv", "mimeType": "text/csv", "buffer": lines})
    await page.get_by_role("button", name="Xem lại").click()
    await page.get_by_text("1 dòng có lỗi").wait_for()
    await check(page, "rate-card-phone-vi")
