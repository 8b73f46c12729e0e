"""Headcounts as a table: one row for each group of people, published whole or not at all."""

from datetime import date

import pytest

from kit import db
from kit.errors import Forbidden, SignInRequired
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as
from org.exchange.reading import read_table
from org.exchange.service import RowsRefused, export_headcounts, import_headcounts
from org.exchange.sheets import HEADCOUNTS
from org.exchange.writing import as_csv, as_xlsx
from org.headcounts.service import Cell, publish_headcounts, subtree_sum

DAY = date(2026, 1, 31)
CELLS = [Cell("under_25", "female", 1_234, 1_500), Cell("25_34", "male", 40, 44, "university", "electricity")]


async def table(caller, unit, on=None):
    return [row async for row in export_headcounts(caller, unit["id"], on)]


async def take_in(content, caller=SYSTEM):
    rows = read_table(content, HEADCOUNTS.headings, HEADCOUNTS.required).rows
    async with db.transaction():
        return await import_headcounts(caller, rows, "tệp.csv")


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
async def test_what_was_taken_out_can_be_taken_in_and_is_the_same(tree, everything, write):
    await publish_headcounts(SYSTEM, tree.garment["id"], DAY, CELLS, "Sổ đoàn viên")
    rows = await table(SYSTEM, tree.top)
    assert rows == [
        ("HN-001", DAY, "under_25", "female", None, None, 1234, 1500, "Sổ đoàn viên"),
        ("HN-001", DAY, "25_34", "male", "university", "electricity", 40, 44, "Sổ đoàn viên"),
    ]
    content = write(HEADCOUNTS, rows)
    before = await everything()
    assert (await take_in(content)).counts == {"published": 0, "corrected": 0, "unchanged": 1}
    assert await everything() == before

    await db.execute("DELETE FROM headcount_publication")
    assert (await take_in(content)).counts == {"published": 1, "corrected": 0, "unchanged": 0}
    assert await table(SYSTEM, tree.top) == rows


async def test_reads_numbers_and_days_as_they_are_written_in_viet_nam(tree):
    lines = "Mã đơn vị;Ngày thống kê;Nhóm tuổi;Giới tính;Đoàn viên;Người lao động\r\nHN-001;31/1/2026;under_25;female;1.234;1 500\r\n"
    await take_in(lines.encode())
    [sums] = await subtree_sum([tree.top["path"]], DAY, ("age_band",))
    assert [(cell.age_band, cell.members, cell.workers) for cell in sums.cells] == [("under_25", 1234, 1500)]


REFUSED = {
    "a unit that nobody knows": ("XX,2026-01-31,under_25,female,1,1", "NOT_FOUND"),
    "a day before the unit": ("HN-001,2019-01-31,under_25,female,1,1", "NOT_FOUND"),
    "a day that is none": ("HN-001,2026-02-30,under_25,female,1,1", "INVALID_INPUT"),
    "a day to come": ("HN-001,2199-01-01,under_25,female,1,1", "DATE_IN_FUTURE"),
    "an age band that nobody knows": ("HN-001,2026-01-31,old,female,1,1", "UNKNOWN_CODE"),
    "a number that is none": ("HN-001,2026-01-31,under_25,female,some,1", "INVALID_INPUT"),
    "a number with a fraction": ("HN-001,2026-01-31,under_25,female,12.0,13", "INVALID_INPUT"),
    "thousands in two ways": ('HN-001,2026-01-31,under_25,female,1,"1.234,567"', "INVALID_INPUT"),
    "a year of two digits": ("HN-001,1/7/25,under_25,female,1,1", "INVALID_INPUT"),
    "a group told twice": ("HUE,2026-01-31,under_25,female,1,1", "INVALID_INPUT"),
}


@pytest.mark.parametrize(("line", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_refuses_naming_the_row_and_publishes_nothing(tree, everything, line, code):
    head = "unit_code,day,age_band,gender,members,workers\r\nHUE,2026-01-31,under_25,female,5,6\r\n"
    before = await everything()
    with pytest.raises(RowsRefused) as refused:
        await take_in((head + line + "\r\n").encode())
    (remark,) = refused.value.remarks
    assert (remark.row, remark.code) == (3, code)
    assert remark.column in {column.name for column in HEADCOUNTS.columns}
    assert await everything() == before


async def test_who_may_not_see_takes_out_nothing(tree):
    for caller in (caller_as("contributor", tree.hanoi), caller_as("admin", tree.hue), caller_as("editor", tree.hue)):
        with pytest.raises(Forbidden):
            await table(caller, tree.garment)
    with pytest.raises(SignInRequired):
        await table(ANONYMOUS, tree.garment)


@pytest.mark.parametrize("role", ["editor", "analyst", "admin"])
async def test_who_may_see_takes_out_the_same(tree, role):
    await publish_headcounts(SYSTEM, tree.garment["id"], DAY, [Cell("under_25", "female", 5, 6)], "Sổ")
    assert await table(caller_as(role, tree.hanoi), tree.hanoi) == await table(SYSTEM, tree.hanoi)


SOURCES = "unit_code,day,age_band,gender,members,workers,source\r\n"


async def test_each_unit_and_day_has_its_own_source(tree):
    lines = "HUE,2026-01-31,under_25,female,5,6,Sổ\r\nHUE,2026-01-31,under_25,male,5,6,\r\nHN,2026-01-31,under_25,male,1,1,\r\n"
    await take_in((SOURCES + lines).encode())
    found = await db.rows("SELECT unit_id, source, cardinality(cells) FROM headcount_publication ORDER BY 3 DESC")
    assert [tuple(row) for row in found] == [(tree.hue["id"], "Sổ", 2), (tree.hanoi["id"], "tệp.csv", 1)]


async def test_a_unit_and_day_has_one_source(tree, everything):
    before = await everything()
    lines = "HUE,2026-01-31,under_25,female,5,6,Sổ\r\nHUE,2026-01-31,under_25,male,5,6,Bảng lương\r\n"
    with pytest.raises(RowsRefused) as refused:
        await take_in((SOURCES + lines).encode())
    [remark] = refused.value.remarks
    assert (remark.row, remark.code, remark.en) == (3, "INVALID_INPUT", "source: is another one than that of row 2.")
    assert await everything() == before


async def test_who_may_not_publish_takes_in_nothing(tree, everything):
    line = b"unit_code,day,age_band,gender,members,workers\r\nHN-001,2026-01-31,under_25,female,5,6\r\n"
    before = await everything()
    with pytest.raises(RowsRefused):
        await take_in(line, caller_as("editor", tree.hue))
    assert await everything() == before
