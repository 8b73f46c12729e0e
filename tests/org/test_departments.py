"""Departments: founded, renamed and closed on days, with any name; what they were called before stays on record."""

from datetime import date

import pytest

from kit import db
from kit.calendar import today
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.people.service import add_person, appoint, close_department, found_department, rename_department, set_seats

FOUND = """mutation ($input: FoundDepartmentInput!) { foundDepartment(input: $input) {
  __typename ... on FoundDepartmentSuccess { department { id kind nameVi nameEn since until } }
  ... on Problem { code message } } }"""
RENAME = """mutation ($input: RenameDepartmentInput!) { renameDepartment(input: $input) {
  __typename ... on RenameDepartmentSuccess { department { id kind nameVi nameEn since until } }
  ... on PeopleDateBackwards { earliest } ... on Problem { code } } }"""
CLOSE = """mutation ($input: CloseDepartmentInput!) { closeDepartment(input: $input) {
  __typename ... on CloseDepartmentSuccess { department { nameVi until } }
  ... on DepartmentInUse { holders } ... on Problem { code } } }"""
NAMES = """query ($asOf: Date) { unitByCode(code: "HN") {
  departments(asOf: $asOf) { nodes { kind nameVi nameEn since until } } } }"""

JULY, AUTUMN, WINTER = date(2025, 7, 1), date(2025, 10, 1), date(2026, 1, 1)


@pytest.fixture
def editor(tree):
    return caller_as("editor", tree.hanoi)


async def names(ask, caller, day):
    reply = await ask(NAMES, caller, asOf=day.isoformat())
    return [department["nameVi"] for department in reply.field["departments"]["nodes"]]


async def test_a_department_may_have_any_name_and_no_kind(ask, tree, editor):
    wanted = {"unitId": str(tree.hanoi["id"]), "nameVi": " Tổ  truyền thông số ", "on": "2025-07-01"}
    made = (await ask(FOUND, editor, input=wanted)).field["department"]
    assert made == {
        "id": made["id"],
        "kind": None,
        "nameVi": "Tổ truyền thông số",
        "nameEn": "Tổ truyền thông số",
        "since": "2025-07-01",
        "until": None,
    }


async def test_former_names_stay_on_record_and_the_id_stays(ask, tree, editor):
    made = await found_department(SYSTEM, tree.hanoi["id"], "communications", "Ban Tuyên giáo", "Comms", JULY)
    wanted = {"id": str(made.id), "nameVi": "Ban Công tác công đoàn", "kind": "union_work", "on": "2025-10-01"}
    renamed = (await ask(RENAME, editor, input=wanted)).field["department"]
    assert renamed == {
        "id": str(made.id),
        "kind": "union_work",
        "nameVi": "Ban Công tác công đoàn",
        "nameEn": "Ban Công tác công đoàn",
        "since": "2025-07-01",
        "until": None,
    }
    assert await names(ask, editor, date(2025, 9, 30)) == ["Ban Tuyên giáo"]
    assert await names(ask, editor, AUTUMN) == ["Ban Công tác công đoàn"]
    assert await names(ask, editor, date(2025, 6, 30)) == []


async def test_a_second_renaming_on_one_day_replaces_the_first(ask, tree, editor):
    made = await found_department(SYSTEM, tree.hanoi["id"], None, "A", None, JULY)
    await set_seats(SYSTEM, tree.hanoi["id"], "department_head", 1, JULY, made.id)
    for name in ("B", "C"):
        assert (await ask(RENAME, editor, input={"id": str(made.id), "nameVi": name, "on": "2025-10-01"})).code is None
    assert await names(ask, editor, date(2025, 9, 30)) == ["A"]
    assert await names(ask, editor, AUTUMN) == ["C"]
    assert await db.value("SELECT count(*) FROM department_version") == 2


async def test_refuses_a_date_before_the_last_names(ask, tree, editor, everything):
    made = await found_department(SYSTEM, tree.hanoi["id"], None, "A", None, AUTUMN)
    before = await everything()
    reply = await ask(RENAME, editor, input={"id": str(made.id), "nameVi": "B", "on": "2025-09-30"})
    assert (reply.code, reply.field["earliest"]) == ("DATE_BACKWARDS", "2025-10-01")
    assert await everything() == before


async def test_two_departments_of_a_unit_never_have_one_name_on_a_day(ask, tree, editor, everything):
    await found_department(SYSTEM, tree.hanoi["id"], None, "Văn phòng", None, JULY)
    other = await found_department(SYSTEM, tree.hanoi["id"], None, "Ban Nữ công", None, JULY)
    before = await everything()
    taken = {"unitId": str(tree.hanoi["id"]), "nameVi": "VĂN PHÒNG", "on": "2026-01-01"}
    assert (await ask(FOUND, editor, input=taken)).code == "DEPARTMENT_NAME_TAKEN"
    renamed = {"id": str(other.id), "nameVi": "văn phòng", "on": "2026-01-01"}
    assert (await ask(RENAME, editor, input=renamed)).code == "DEPARTMENT_NAME_TAKEN"
    assert await everything() == before
    assert (
        await ask(FOUND, caller_as("editor", tree.hue), input={**taken, "unitId": str(tree.hue["id"])})
    ).code is None


async def test_a_name_is_free_again_after_the_department_has_closed(ask, tree, editor):
    made = await found_department(SYSTEM, tree.hanoi["id"], None, "Văn phòng", None, JULY)
    reply = await ask(CLOSE, editor, input={"id": str(made.id), "on": "2025-10-01"})
    assert reply.field["department"] == {"nameVi": "Văn phòng", "until": "2025-10-01"}
    again = {"unitId": str(tree.hanoi["id"]), "nameVi": "Văn phòng", "on": "2025-10-01"}
    assert (await ask(FOUND, editor, input=again)).code is None
    assert await names(ask, editor, date(2025, 9, 30)) == ["Văn phòng"] == await names(ask, editor, AUTUMN)


async def test_closes_with_its_posts_once_nobody_holds_one(ask, tree, editor, everything):
    made = await found_department(SYSTEM, tree.hanoi["id"], None, "Ban Tuyên giáo", None, JULY)
    await set_seats(SYSTEM, tree.hanoi["id"], "department_head", 1, JULY, made.id)
    await set_seats(SYSTEM, tree.hanoi["id"], "department_head", 2, date(2026, 6, 1), made.id)
    person = await add_person(SYSTEM, "Trần Thị Bình")
    await appoint(SYSTEM, person.id, tree.hanoi["id"], "department_head", JULY, WINTER, made.id)
    before = await everything()
    reply = await ask(CLOSE, editor, input={"id": str(made.id), "on": "2025-12-31"})
    assert (reply.code, reply.field["holders"]) == ("DEPARTMENT_IN_USE", 1)
    assert await everything() == before
    assert (await ask(CLOSE, editor, input={"id": str(made.id), "on": "2026-01-01"})).code is None
    rows = await db.rows("SELECT seats, upper(valid) AS until FROM post")
    assert [(row["seats"], row["until"]) for row in rows] == [(1, WINTER)]


async def test_a_closed_department_neither_closes_again_nor_is_renamed(ask, tree, editor, everything):
    made = await found_department(SYSTEM, tree.hanoi["id"], None, "A", None, JULY)
    await close_department(SYSTEM, made.id, AUTUMN)
    before = await everything()
    assert (await ask(CLOSE, editor, input={"id": str(made.id)})).code == "DEPARTMENT_CLOSED"
    assert (await ask(RENAME, editor, input={"id": str(made.id), "nameVi": "B"})).code == "DEPARTMENT_CLOSED"
    assert await everything() == before


async def test_a_department_exists_for_at_least_a_day(ask, tree, editor, everything):
    made = await found_department(SYSTEM, tree.hanoi["id"], None, "A", None, JULY)
    before = await everything()
    assert (await ask(CLOSE, editor, input={"id": str(made.id), "on": "2025-07-01"})).code == "DATE_BACKWARDS"
    assert await everything() == before


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"nameVi": " \t"}, "INVALID_INPUT"),
        ({"nameVi": "x" * 251}, "INVALID_INPUT"),
        ({"nameEn": "x" * 251}, "INVALID_INPUT"),
        ({"decisionNumber": "x" * 101}, "INVALID_INPUT"),
        ({"kind": "palace"}, "UNKNOWN_CODE"),
        ({"kind": "union_work", "on": "2025-06-30"}, "DATE_BACKWARDS"),
        ({"on": "1899-12-31"}, "INVALID_INPUT"),
        ({"on": "9999-12-31"}, "INVALID_INPUT"),
        ({"unitId": "nonsense"}, "NOT_FOUND"),
    ],
)
async def test_refuses_bad_input(ask, tree, editor, everything, bad, code):
    before = await everything()
    wanted = {"unitId": str(tree.hanoi["id"]), "nameVi": "Ban Nữ công", **bad}
    assert (await ask(FOUND, editor, input=wanted)).code == code
    assert await everything() == before


async def test_every_change_is_on_record_without_a_name(tree, editor):
    made = await found_department(editor, tree.hanoi["id"], None, "Ban Tuyên giáo", None, JULY)
    await rename_department(editor, made.id, "union_work", "Ban Công tác công đoàn", None, AUTUMN)
    await close_department(editor, made.id, WINTER)
    rows = await db.rows(
        "SELECT action, unit_id, thing_id, after::text FROM audit WHERE kind = 'department' ORDER BY id"
    )
    assert [row["action"] for row in rows] == ["department.founded", "department.renamed", "department.closed"]
    assert {row["unit_id"] for row in rows} == {tree.hanoi["id"]}
    assert {row["thing_id"] for row in rows} == {str(made.id)}


async def test_founds_today_when_no_day_is_given(ask, tree, editor):
    made = await ask(FOUND, editor, input={"unitId": str(tree.hanoi["id"]), "nameVi": "Ban Nữ công"})
    assert made.field["department"]["since"] == today().isoformat()
