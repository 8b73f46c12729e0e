"""A rate card comes in through the graph: looked through line by line, then whole or not at all."""

import base64
import io
from typing import Any

import pytest
from archive_world import Union, editor
from openpyxl import Workbook
from royalty_world import a_rate

from kit import db
from kit.identity import ANONYMOUS, Caller
from kit.testing import Ask, caller_as
from media_archive.royalties.cards import MOST_LINES

HEAD = "kind,valid_from,coefficient,unit_value,basis"
IMPORT = """mutation ($input: ImportRoyaltyRatesInput!) { importRoyaltyRates(input: $input) {
    ... on ImportRoyaltyRatesSuccess { number lines { number kind validFrom coefficient unitValue basis
        problem { code field message } } }
    ... on Problem { code message } ... on InvalidInput { field } ... on RoyaltyCardRefused { line } } }"""


def admin(union: Union) -> Caller:
    return caller_as("admin", union.north)


def table(*lines: str) -> bytes:
    return "\n".join([HEAD, *lines]).encode()


def said(union: Union, content: bytes, **more: Any) -> dict[str, Any]:
    return {"unitId": str(union.north.id), "content": base64.b64encode(content).decode(), **more}


async def held() -> list[tuple[str, str, int, int]]:
    rows = await db.rows("SELECT kind, valid_from::text, coefficient, unit_value FROM royalty_rate ORDER BY 1, 2")
    return [tuple(row) for row in rows]


async def test_is_looked_through_and_then_brought_in(ask: Ask, union: Union):
    content = table('Tờ rơi,01/07/2026,"1,5",250.000,QĐ 7', "news,2026-07-01,0.5,250000")
    reply = await ask(IMPORT, admin(union), input=said(union, content, checkOnly=True))
    assert (reply.field["number"], await held()) == (0, [])
    assert reply.field["lines"][0] == {
        "number": 2,
        "kind": "Tờ rơi",
        "validFrom": "01/07/2026",
        "coefficient": "1,5",
        "unitValue": "250.000",
        "basis": "QĐ 7",
        "problem": None,
    }
    reply = await ask(IMPORT, admin(union), input=said(union, content))
    assert (reply.field["number"], len(reply.field["lines"])) == (2, 2)
    assert await held() == [("leaflet", "2026-07-01", 150, 250_000), ("news", "2026-07-01", 50, 250_000)]


async def test_a_workbook_comes_in_too(ask: Ask, union: Union):
    book = Workbook()
    sheet = book.create_sheet(index=0)
    for row in (HEAD.split(","), ["news", "2026-07-01", "0,5", 250_000, ""]):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    assert (await ask(IMPORT, admin(union), input=said(union, file.getvalue()))).field["number"] == 1
    assert await held() == [("news", "2026-07-01", 50, 250_000)]


async def test_one_wrong_line_lets_none_hold(ask: Ask, union: Union):
    await a_rate(union.north)
    before = await held()
    content = table("news,2026-07-01,0.5,250000", "photo,2026-07-01,1,x", "leaflet,2020-01-01,1,250000")
    checked = (await ask(IMPORT, admin(union), input=said(union, content, checkOnly=True))).field["lines"]
    assert [(one["problem"] or {}).get("code") for one in checked] == [None, "INVALID_INPUT", "RATE_CARD_TAKEN"]
    assert checked[1]["problem"]["field"] == "unitValue"
    reply = await ask(IMPORT, admin(union), input=said(union, content))
    assert (reply.code, reply.field["line"]) == ("ROYALTY_CARD_REFUSED", 3)
    assert reply.field["message"] == f"Dòng 3: {checked[1]['problem']['message']}"
    assert await held() == before


@pytest.mark.parametrize(
    "content",
    [b"", table(), b"a,b\n1,2", table(*["news,2026-01-01,1,234000"] * (MOST_LINES + 1)), b"x" * 200_001],
    ids=["nothing", "no line", "no columns", "too many lines", "too large"],
)
async def test_refuses_what_is_no_card(ask: Ask, union: Union, content: bytes):
    assert (await ask(IMPORT, admin(union), input=said(union, content))).code == "INVALID_INPUT"
    assert await held() == []


async def test_refuses_what_is_not_base64_and_who_is_no_admin(ask: Ask, union: Union):
    content = table("news,2026-07-01,0.5,250000")
    reply = await ask(IMPORT, admin(union), input={**said(union, content), "content": "é"})
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", "content")
    for caller, code in ((ANONYMOUS, "SIGN_IN_REQUIRED"), (editor(union.root), "FORBIDDEN")):
        for check_only in (True, False):
            reply = await ask(IMPORT, caller, input=said(union, content, checkOnly=check_only))
            assert reply.code == code
    assert await held() == []
