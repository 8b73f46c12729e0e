"""Units as a table: taken out, changed in a spreadsheet, taken in again, whole or not at all."""

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from kit import db
from kit.calendar import today
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.exchange.reading import read_table
from org.exchange.service import RowsRefused, export_units, import_units
from org.exchange.sheets import UNITS
from org.exchange.templates import template
from org.exchange.writing import as_csv, as_xlsx
from org.units.service import find_unit_by_code, move_unit

COLUMNS = [column.name for column in UNITS.columns]


async def table(unit, on=None):
    return [row async for row in export_units(unit["id"], on)]


async def take_in(content, caller=SYSTEM, on=None):
    rows = read_table(content, UNITS.headings, UNITS.required).rows
    async with db.transaction():
        return await import_units(caller, rows, COLUMNS, on or today())


def changed(rows, code, **new):
    return [
        tuple(new.get(name, cell) for name, cell in zip(COLUMNS, row, strict=True)) if row[0] == code else row
        for row in rows
    ]


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
async def test_taking_in_what_was_taken_out_changes_nothing(tree, everything, write):
    content = write(UNITS, await table(tree.top))
    before = await everything()
    done = await take_in(content)
    assert (done.counts, done.version) == ({"created": 0, "changed": 0, "unchanged": 6}, None)
    assert await everything() == before


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
@pytest.mark.committed
async def test_a_tree_goes_into_an_empty_database_and_comes_out_the_same(database, new_unit, write):
    top = await new_unit(None, "Tổng Liên đoàn", "TLD", "confederation", kind="confederation", on=date(1929, 7, 28))
    hanoi = await new_unit(top, "Liên đoàn Lao động Hà Nội", "HN", "province_or_industry", region="red_river_delta")
    await new_unit(hanoi, "=Công đoàn “A”, B; C", "HN-001", "grassroots", short_name="-CĐ", on=date(2026, 2, 3))
    exported = await table(top)
    content = write(UNITS, exported)
    tables = "unit_path, unit_version, unit_version_was, succession, headcount_publication, outbox"
    await db.execute(f"TRUNCATE {tables}, reorganisation, unit, tree_version RESTART IDENTITY CASCADE")
    await db.execute("INSERT INTO tree_version DEFAULT VALUES")
    done = await take_in(content)
    assert done.counts == {"created": 3, "changed": 0, "unchanged": 0}
    assert await table(top) == exported
    assert (exported[2][0], exported[2][1], exported[2][3]) == ("HN-001", "=Công đoàn “A”, B; C", "-CĐ")
    assert (await find_unit_by_code("HN-001"))["created_on"] == date(2026, 2, 3)


async def test_what_differs_changes_from_the_day_on(tree):
    rows = changed(
        await table(tree.top), "HN-001", name_vi="Công đoàn May Hà Nội", parent_code="HUE", phone="0243 123 456"
    )
    done = await take_in(as_csv(UNITS, rows), on=date(2026, 3, 1))
    assert done.counts == {"created": 0, "changed": 1, "unchanged": 5}
    after = await find_unit_by_code("HN-001", date(2026, 3, 1))
    assert (after["name_vi"], after["parent_id"], after["phone"]) == (
        "Công đoàn May Hà Nội",
        tree.hue["id"],
        "0243 123 456",
    )
    before = await find_unit_by_code("HN-001", date(2026, 2, 28))
    assert (before["name_vi"], before["parent_id"]) == ("Công đoàn Công ty May Hòa Bình", tree.hanoi["id"])


async def test_new_units_may_stand_under_one_another_in_any_order(tree):
    head = "code,name_vi,parent_code,level,kind\r\n"
    lines = "HUE-001-T1,Tổ 1,HUE-001,team,team\r\nHUE-001,Công đoàn Dệt,HUE,grassroots,enterprise\r\n"
    done = await take_in((head + lines).encode(), caller_as("admin", tree.hue))
    assert done.counts == {"created": 2, "changed": 0, "unchanged": 0}
    team = await find_unit_by_code("HUE-001-T1")
    assert team["path"].startswith(tree.hue["path"])
    assert team["created_on"] == today()


async def test_a_column_that_the_file_lacks_stays_as_it_is(tree):
    rows = read_table(
        "code,name_vi,parent_code,level,kind\r\nEVN,Công đoàn Điện lực,TLD,province_or_industry,central_industry".encode(),
        UNITS.headings,
        UNITS.required,
    ).rows
    async with db.transaction():
        await import_units(SYSTEM, rows, ["code", "name_vi", "parent_code", "level", "kind"], today())
    evn = await find_unit_by_code("EVN")
    assert (evn["name_vi"], evn["short_name"]) == ("Công đoàn Điện lực", "Công đoàn EVN")


REFUSED = {
    "an unknown parent": ("HN-9,Công đoàn,XX,grassroots,enterprise", "parent_code", "INVALID_INPUT"),
    "an unknown level": ("HN-9,Công đoàn,HN,kingdom,enterprise", "level", "UNKNOWN_CODE"),
    "a level that may not stand there": ("HN-9,Công đoàn,HN-001,grassroots,enterprise", None, "LEVEL_NOT_ALLOWED"),
    "a blank name": ("HN-9,,HN,grassroots,enterprise", "name_vi", "INVALID_INPUT"),
    "a name that a sibling has": (
        "HN-9,Công đoàn Công ty May Hòa Bình,HN,grassroots,enterprise",
        None,
        "UNIT_NAME_TAKEN",
    ),
    "a code of the row before": ("HUE-007,Công đoàn Khác,HN,grassroots,enterprise", "code", "INVALID_INPUT"),
    "a unit under itself": ("HN-9,Công đoàn,HN-9,grassroots,enterprise", "parent_code", "CYCLE"),
    "a code that is none": ("HN 9,Công đoàn,HN,grassroots,enterprise", "code", "INVALID_INPUT"),
    "a ring": ("HN,Liên đoàn Lao động thành phố Hà Nội,HN-001,province_or_industry,provincial_federation", None, None),
}


@pytest.mark.parametrize(("line", "column", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_refuses_naming_the_row_and_takes_in_nothing(tree, everything, line, column, code):
    good = "HUE-007,Công đoàn Tốt,HUE,grassroots,enterprise"
    before = await everything()
    with pytest.raises(RowsRefused) as refused:
        await take_in(f"code,name_vi,parent_code,level,kind\r\n{good}\r\n{line}\r\n".encode())
    assert 3 in {remark.row for remark in refused.value.remarks}
    assert {remark.column for remark in refused.value.remarks} <= {None, *(column.name for column in UNITS.columns)}
    if code:
        remark = next(remark for remark in refused.value.remarks if remark.row == 3)
        assert remark.code == code
        assert column is None or remark.column == column
    assert await everything() == before


async def test_an_editor_of_another_province_takes_in_nothing(tree, everything):
    rows = changed(await table(tree.top), "HN-001", name_vi="Công đoàn Khác")
    before = await everything()
    with pytest.raises(RowsRefused) as refused:
        await take_in(as_csv(UNITS, rows), caller_as("admin", tree.hue))
    assert {remark.code for remark in refused.value.remarks} == {"FORBIDDEN"}
    assert await everything() == before


async def test_takes_out_the_tree_of_another_day(tree):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], date(2026, 3, 1))
    parents = {row[0]: row[4] for row in await table(tree.top, date(2026, 2, 28))}
    assert parents["HN-001"] == "HN"
    assert {row[0]: row[4] for row in await table(tree.top)}["HN-001"] == "HUE"


async def test_the_template_explains_itself(tree):
    book = load_workbook(io.BytesIO(await template(UNITS, today())))
    filled, about, codes = book.worksheets
    assert [cell.value for cell in filled[1]][:5] == [
        "Mã đơn vị",
        "Tên đơn vị",
        "Tên tiếng Anh",
        "Tên ngắn",
        "Mã đơn vị cấp trên",
    ]
    assert about.max_row == len(UNITS.columns) + 1
    assert ["Cấp", "grassroots", "Công đoàn cơ sở", "Grassroots union"] in [
        [cell.value for cell in row] for row in codes
    ]


async def test_the_templates_example_is_no_unit(tree):
    table = read_table(await template(UNITS, today()), UNITS.headings, UNITS.required).without_example(UNITS.example)
    assert (table.rows, [(one.row, one.code, one.is_problem) for one in table.remarks]) == (
        [],
        [(2, "EXAMPLE_ROW", False)],
    )
    changed = b"code,name_vi,parent_code,level,kind\nvi-du,A,HN,grassroots,enterprise\n"
    table = read_table(changed, UNITS.headings, UNITS.required).without_example(UNITS.example)
    assert [(one.row, one.column, one.code, one.is_problem) for one in table.remarks] == [
        (2, "code", "EXAMPLE_ROW", True)
    ]
