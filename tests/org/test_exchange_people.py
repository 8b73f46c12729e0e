"""People and posts as a table: taken out by editors, taken in whole or not at all."""

from datetime import date

import pytest

from kit import db
from kit.errors import Forbidden
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.exchange.reading import read_table
from org.exchange.service import RowsRefused, export_people, import_people
from org.exchange.sheets import PEOPLE
from org.exchange.writing import as_csv, as_xlsx
from org.people.service import add_person, appoint, found_department

SINCE, UNTIL = date(2026, 1, 1), date(2028, 7, 1)
TABLES = ("person", "appointment")
HEAD = "unit_code,display_name,post,department,since,until\r\n"


async def take_in(content, caller=SYSTEM):
    rows = read_table(content, PEOPLE.headings, PEOPLE.required).rows
    async with db.transaction():
        return await import_people(caller, rows)


async def on_record():
    return {table: [tuple(row) for row in await db.rows(f"SELECT * FROM {table} ORDER BY 1")] for table in TABLES}


@pytest.fixture
async def staffed(tree):
    department = await found_department(SYSTEM, tree.hanoi["id"], "communications", "Ban Tuyên giáo", None, SINCE)
    chair = await add_person(
        SYSTEM, "Nguyễn Thị Hạnh", unit_id=tree.hanoi["id"], email="hanh@congdoan.example", phone="+84 912 345 678"
    )
    await appoint(SYSTEM, chair.id, tree.hanoi["id"], "chair", SINCE, UNTIL, decision="12/QĐ-CĐ")
    await appoint(SYSTEM, chair.id, tree.hanoi["id"], "department_head", SINCE, None, department.id)
    return tree


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
async def test_what_was_taken_out_can_be_taken_in_and_is_the_same(staffed, write):
    rows = await export_people(SYSTEM, staffed.top["id"])
    assert [(row[0], row[1], row[2], row[3], row[4], row[5], row[6]) for row in rows] == [
        ("HN", "Nguyễn Thị Hạnh", "chair", None, SINCE, UNTIL, "12/QĐ-CĐ"),
        ("HN", "Nguyễn Thị Hạnh", "department_head", "Ban Tuyên giáo", SINCE, None, None),
    ]
    content = write(PEOPLE, rows)
    before = await on_record()
    assert (await take_in(content)).counts == {
        "people_added": 0,
        "people_corrected": 0,
        "appointed": 0,
        "unchanged": 2,
    }
    assert await on_record() == before

    await db.execute("DELETE FROM appointment")
    await db.execute("DELETE FROM person")
    done = await take_in(content)
    assert (done.counts["people_added"], done.counts["appointed"]) == (1, 2)
    assert await export_people(SYSTEM, staffed.top["id"]) == rows


async def test_one_new_person_may_hold_two_posts(staffed):
    lines = "HUE,Trần Văn Nam,chair,,2026-01-01,\r\nHUE,Trần Văn Nam,spokesperson,,2026-01-01,\r\n"
    done = await take_in((HEAD + lines).encode(), caller_as("editor", staffed.hue))
    assert (done.counts["people_added"], done.counts["appointed"]) == (1, 2)


REFUSED = {
    "a unit that nobody knows": ("XX,An,chair,,2026-01-01,", "INVALID_INPUT"),
    "a post that nobody knows": ("HUE,An,king,,2026-01-01,", "UNKNOWN_CODE"),
    "a department that the unit lacks": ("HUE,An,chair,Ban Không Có,2026-01-01,", "INVALID_INPUT"),
    "an end before the beginning": ("HUE,An,chair,,2026-01-01,2025-01-01", "DATE_BACKWARDS"),
    "a day before the unit was there": ("HUE,An,chair,,2020-01-01,", "INVALID_INPUT"),
}


@pytest.mark.parametrize(("line", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_refuses_naming_the_row_and_takes_in_nothing(staffed, line, code):
    before = await on_record()
    with pytest.raises(RowsRefused) as refused:
        await take_in((HEAD + "HUE,Bình,vice_chair,,2026-01-01,\r\n" + line + "\r\n").encode())
    assert [(remark.row, remark.code) for remark in refused.value.remarks] == [(3, code)]
    assert await on_record() == before


async def test_only_editors_take_out_people_and_it_stays_on_record(staffed):
    for caller in (caller_as("analyst", staffed.hanoi), caller_as("admin", staffed.hue)):
        with pytest.raises(Forbidden):
            await export_people(caller, staffed.hanoi["id"])
    await export_people(caller_as("editor", staffed.hanoi), staffed.hanoi["id"])
    told = await db.row("SELECT action, unit_id, after FROM audit ORDER BY id DESC LIMIT 1")
    assert (told["action"], told["unit_id"]) == ("people.exported", staffed.hanoi["id"])
    assert "Hạnh" not in told["after"]
