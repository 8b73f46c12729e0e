"""Pages tell who used a material, what units used, what is owed for it, and how far the targets are reached."""

import csv
import io
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from archive_world import Union, add, contributor, worker
from openpyxl import load_workbook
from royalty_world import a_product, a_rate, published

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, Caller
from kit.testing import Client, caller_as
from media_archive.coverage.counting import count_coverage
from media_archive.royalties import charges


async def post(client: Client, path: str, caller: Caller, **fields: object):
    return await client.post(path, caller=caller, data={k: str(v) for k, v in fields.items()}, follow_redirects=False)


async def test_a_use_is_told_on_the_materials_page_of_uses(client: Client, union: Union):
    asset_id = await add(union.north, "Tờ rơi", visibility="union")
    path, caller = f"/archive/items/{asset_id}/reuse", contributor(union.factory)
    said = {"unit": union.factory.id, "kind": "publication", "day": "2026-03-10", "campaign": "Tháng Công nhân"}
    reply = await post(client, path, caller, **said, link="https://example.org/tin")
    assert (reply.status_code, reply.headers["location"]) == (303, f"{path}?done=")
    page = (await client.get(f"{path}?done=", caller=caller)).text
    for shown in (
        "Đã ghi lần dùng này.",
        union.factory.name_vi,
        "10/03/2026",
        "Tháng Công nhân",
        'href="https://example.org/tin"',
        "<strong>1</strong>",
    ):
        assert shown in page
    wrong = await post(client, path, caller, **said, link="javascript:alert(1)")
    assert wrong.status_code == 422
    for kept in ("cần địa chỉ http hoặc https", 'value="Tháng Công nhân"', 'value="2026-03-10"', " open>"):
        assert kept in wrong.text
    for change in ({"day": "10/03/2026"}, {"kind": "x"}, {"unit": "x"}):
        assert (await post(client, path, caller, **{**said, **change})).status_code in (404, 422)
    assert await db.value("SELECT count(*) FROM reuse") == 1
    assert (await post(client, path, caller, **said, link=" congdoan.example/tin?so=2 ")).status_code == 303
    assert await db.value("SELECT link FROM reuse ORDER BY id DESC LIMIT 1") == "https://congdoan.example/tin?so=2"


@pytest.mark.parametrize(
    "path",
    [
        "/archive/items/{id}/reuse",
        "/archive/reuse",
        "/archive/reuse.csv",
        "/archive/royalties",
        "/archive/items/{id}/authors",
        "/archive/coverage",
        "/archive/coverage.csv",
        "/archive/royalties/statement.xlsx?year=2026&half=1",
    ],
)
async def test_who_does_not_work_with_materials_is_refused(client: Client, union: Union, path: str):
    asset_id = await add(union.north, "Tờ rơi", visibility="public")
    for caller, status in ((ANONYMOUS, 401), (worker(union.north), 403)):
        assert (await client.get(path.format(id=asset_id), caller=caller)).status_code == status


async def test_what_my_units_used_is_a_page_and_a_table(client: Client, union: Union):
    asset_id = UUID(await add(union.south, "=Tờ rơi", visibility="union"))
    hidden = UUID(await add(union.south, "Riêng", visibility="unit"))
    for one in (asset_id, hidden):
        await published(one, union.factory, datetime(2026, 11, 1, tzinfo=UTC))
    caller = contributor(union.north)
    page = (await client.get("/archive/reuse", caller=caller)).text
    for shown in (union.north.name_vi, union.factory.name_vi, "=Tờ rơi", "(không còn hoặc không được xem)", "11/2026"):
        assert shown in page
    assert "Riêng" not in page
    unit = str(union.factory.id)
    table = (await client.get(f"/archive/reuse.csv?unit={unit}&lang=en", caller=caller)).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(table)))
    assert rows[0][:4] == ["Day", "Unit", "Use", "Material"]
    assert [row[3] for row in rows[1:]] == ["(gone, or not for you to see)", "'=Tờ rơi"]
    book = load_workbook(io.BytesIO((await client.get(f"/archive/reuse.xlsx?unit={unit}", caller=caller)).content))
    cells = [list(row) for row in book.active.iter_rows(values_only=True)]  # pyright: ignore[reportOptionalMemberAccess]
    assert cells[2][:4] == [
        datetime(2026, 11, 1),  # noqa: DTZ001  # a cell has no zone
        union.factory.name_vi,
        "đăng, phát",
        "'=Tờ rơi",
    ]
    assert (await client.get(f"/archive/reuse?unit={union.south.id}", caller=caller)).status_code == 403


async def test_more_uses_than_a_page_holds_are_reached_by_links(client: Client, union: Union):
    asset_id = UUID(await add(union.north, "Tờ rơi", visibility="union"))
    for minute in range(53):
        await published(asset_id, union.factory, datetime(2026, 3, 1, 8, minute, tzinfo=UTC))
    for start in (f"/archive/items/{asset_id}/reuse", "/archive/reuse"):
        pages, url = 0, start
        while url:
            page = (await client.get(url, caller=contributor(union.north))).text
            pages += page.count("https://example.org/1</a>")
            more = re.search(r'class="button quiet" href="(/archive/[^"]*after=[^"]+)"', page)
            url = more[1].replace("&amp;", "&") if more else ""
        assert pages == 53


async def test_royalties_are_worked_on_from_one_page(client: Client, union: Union):
    asset_id, admin = await a_product(union), caller_as("admin", union.factory)
    await published(asset_id, union.factory)
    unit = {"unit": union.factory.id}
    publication = await db.value("SELECT id FROM reuse")
    steps = (
        {
            "action": "rate",
            "kind": "leaflet",
            "valid_from": "2026-01-01",
            "coefficient": "1,5",
            "unit_value": "234.000",
        },
        {"action": "author", "name": "Nguyễn Thị Lan"},
    )
    for step in steps:
        assert (await post(client, "/archive/royalties", admin, **unit, **step)).status_code == 303
    author = await db.value("SELECT id FROM author")
    shares = f"/archive/items/{asset_id}/authors"
    wrong = await post(client, shares, admin, author0=author, percent0="99")
    assert (wrong.status_code, 'value="99"' in wrong.text) == (422, True)
    assert (await post(client, shares, admin, author0=author, percent0="100")).status_code == 303
    assert 'value="100,00"' in (await client.get(shares, caller=admin)).text
    charge = {"action": "charge", "publication": publication}
    assert (await post(client, "/archive/royalties", admin, **unit, **charge, coefficient="2")).status_code == 422
    assert (await post(client, "/archive/royalties", admin, **unit, **charge)).status_code == 303
    page = (await client.get("/archive/royalties", caller=admin)).text
    for shown in ("<strong>351.000 đồng</strong>", "Nguyễn Thị Lan", "234.000"):
        assert shown in page
    reverse = {"action": "reverse", "publication": publication, "note": "Đăng nhầm"}
    assert (await post(client, "/archive/royalties", admin, **unit, **reverse)).status_code == 303
    assert (await post(client, "/archive/royalties", admin, **unit, action="erase", author=author)).status_code == 303
    assert (await post(client, "/archive/royalties", admin, **unit, action="x")).status_code == 422
    assert "Nguyễn Thị Lan" not in (await client.get("/archive/royalties", caller=admin)).text
    assert await db.value("SELECT sum(amount) FROM royalty_line") == 0


async def test_a_statement_is_taken_away_as_a_workbook(client: Client, union: Union):
    await a_rate(union.factory)
    await charges.charge(
        caller_as("admin", union.factory), await published(await a_product(union, "Lan"), union.factory)
    )
    admin = caller_as("admin", union.north)
    query = f"unit={union.factory.id}&year=2026&half=1"
    reply = await client.get(f"/archive/royalties/statement.xlsx?{query}&as_of={today().isoformat()}", caller=admin)
    assert reply.headers["content-disposition"] == f'attachment; filename="nhuan-but-2026-1-{today().isoformat()}.xlsx"'
    book = load_workbook(io.BytesIO(reply.content))
    assert next(list(row) for row in book.worksheets[0].iter_rows(values_only=True, min_row=4)) == ["Lan", 1, 351_000]
    for wrong in ("year=x&half=1", "year=2026&half=1&as_of=x", "year=2026&half=1&author=x"):
        reply = await client.get(f"/archive/royalties/statement.xlsx?unit={union.factory.id}&{wrong}", caller=admin)
        assert reply.status_code in (400, 404)


async def test_coverage_is_shown_with_bars_and_told_by_a_form(client: Client, union: Union):
    await add(union.factory, "Ảnh", visibility="union", kind="photo", created_on=datetime(2026, 1, 1).date())  # noqa: DTZ001
    caller = contributor(union.north)
    said = {"unit": union.north.id, "year": 2026, "kind": "leaflet", "form": "paper", "number": "3"}
    reply = await post(client, "/archive/coverage", caller, **said)
    assert reply.headers["location"] == f"/archive/coverage?unit={union.north.id}&year=2026"
    await count_coverage()
    page = (await client.get(reply.headers["location"], caller=caller)).text
    for shown in (
        "25,0 % (1/4)",
        'aria-label="Đã số hóa: 25,0 %; mục tiêu 100 %"',
        "Tờ rơi, chưa số hóa: 3",
        union.factory.name_vi,
    ):
        assert shown in page
    wrong = await post(client, "/archive/coverage", caller, **{**said, "number": "ba"})
    assert (wrong.status_code, 'value="ba"' in wrong.text) == (422, True)
    table = (await client.get(f"/archive/coverage.csv?unit={union.north.id}&year=2026", caller=caller)).content
    rows = list(csv.reader(io.StringIO(table.decode("utf-8-sig"))))
    assert rows[1][1:] == ["2026", "4", "1", "1", "0", "1", "0", "1", "25.0", "0.0", "25.0", "0.0", "25.0"]
    assert rows[2][0] == union.factory.name_vi
    for wrong_query in ("year=1900", "year=x", "unit=x"):
        assert (await client.get(f"/archive/coverage?{wrong_query}", caller=caller)).status_code in (400, 404)


async def test_forms_of_other_sites_are_refused(client: Client, union: Union):
    asset_id = await add(union.north, "Tờ rơi", visibility="public")
    admin = caller_as("admin", union.north)
    for path in (
        f"/archive/items/{asset_id}/reuse",
        "/archive/royalties",
        f"/archive/items/{asset_id}/authors",
        "/archive/coverage",
    ):
        reply = await client.post(path, caller=admin, data={}, headers={"sec-fetch-site": "cross-site"})
        assert reply.status_code == 403
