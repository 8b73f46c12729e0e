"""Departments and officers: for callers whose scope covers the unit, for nobody else."""

from datetime import date

import pytest

from kit.errors import Forbidden, InvalidInput
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import caller_as, queries
from org.people.service import add_person, appoint, found_department

PEOPLE = """
query ($code: String!, $first: Int! = 20, $after: String) { unitByCode(code: $code) {
  departments { nodes { kind nameVi nameEn since } }
  officers(first: $first, after: $after) { nodes { name post since until department { nameVi } } pageInfo { hasNextPage endCursor } }
} }"""


@pytest.fixture
async def staffed(tree):
    """Hà Nội with a department, a chair, two members, and somebody whose term is over."""
    day = date(2025, 7, 1)
    department = await found_department(
        SYSTEM, tree.hanoi["id"], "communications", "Ban Tuyên giáo", "Communications department", day
    )
    people = [await add_person(SYSTEM, name) for name in ("Trần Thị Bình", "Nguyễn Văn An", "Đỗ Văn Chín", "Lê Văn Cũ")]
    await appoint(SYSTEM, people[0].id, tree.hanoi["id"], "chair", day, date(2028, 7, 1))
    await appoint(SYSTEM, people[1].id, tree.hanoi["id"], "department_head", day, department_id=department.id)
    await appoint(SYSTEM, people[2].id, tree.hanoi["id"], "department_head", day)
    await appoint(SYSTEM, people[3].id, tree.hanoi["id"], "chair", date(2020, 1, 1), date(2025, 7, 1))
    return tree


async def test_shows_departments_and_todays_officers_the_chair_first(ask, staffed):
    reply = await ask(PEOPLE, caller_as("worker", staffed.hanoi), code="HN")
    department = {"kind": "communications", "nameVi": "Ban Tuyên giáo", "nameEn": "Communications department"}
    assert reply.field["departments"]["nodes"] == [{**department, "since": "2025-07-01"}]
    head = {"post": "department_head", "since": "2025-07-01", "until": None}
    assert reply.field["officers"]["nodes"] == [
        {"name": "Trần Thị Bình", "post": "chair", "since": "2025-07-01", "until": "2028-07-01", "department": None},
        {"name": "Đỗ Văn Chín", **head, "department": None},
        {"name": "Nguyễn Văn An", **head, "department": {"nameVi": "Ban Tuyên giáo"}},
    ]


async def test_officers_come_page_by_page(ask, staffed):
    viewer = caller_as("worker", staffed.top)
    first = (await ask(PEOPLE, viewer, code="HN", first=2)).field["officers"]
    second = (await ask(PEOPLE, viewer, code="HN", first=2, after=first["pageInfo"]["endCursor"])).field["officers"]
    assert [officer["name"] for officer in first["nodes"] + second["nodes"]] == [
        "Trần Thị Bình",
        "Đỗ Văn Chín",
        "Nguyễn Văn An",
    ]


@pytest.mark.parametrize("role", ["worker", "contributor", "editor", "analyst", "admin"])
async def test_any_role_that_covers_the_unit_sees_them(ask, staffed, role):
    reply = await ask(PEOPLE, caller_as(role, staffed.top), code="HN")
    assert (len(reply.field["departments"]["nodes"]), len(reply.field["officers"]["nodes"])) == (1, 3)


STRANGERS = ["hue", "garment", "evn"]


@pytest.mark.parametrize("unit", STRANGERS)
async def test_an_admin_of_elsewhere_or_below_sees_nothing(ask, staffed, unit):
    reply = await ask(PEOPLE, caller_as("admin", getattr(staffed, unit)), code="HN")
    assert (reply.field["departments"]["nodes"], reply.field["officers"]["nodes"]) == ([], [])


@pytest.mark.parametrize("viewer", [ANONYMOUS, Caller("someone")], ids=["nobody", "without grants"])
async def test_an_empty_scope_sees_nothing(ask, staffed, viewer):
    reply = await ask(PEOPLE, viewer, code="HN")
    assert (reply.field["departments"]["nodes"], reply.field["officers"]["nodes"]) == ([], [])


async def test_takes_four_statements_for_a_list_of_units(ask, staffed):
    document = "{ units { nodes { departments { nodes { id } } officers { nodes { name department { id } } } } } }"
    with queries() as asked:
        reply = await ask(document, caller_as("worker", staffed.top))
    assert reply.errors == []
    assert asked.count == 4


async def test_only_editors_of_the_unit_appoint(staffed):
    person = await add_person(SYSTEM, "Phạm Thị Dung")
    with pytest.raises(Forbidden):
        await appoint(caller_as("editor", staffed.hue), person.id, staffed.hanoi["id"], "chair", date(2026, 1, 1))
    with pytest.raises(Forbidden):
        await found_department(
            caller_as("worker", staffed.hanoi), staffed.hanoi["id"], "office", "a", "a", date(2026, 1, 1)
        )
    with pytest.raises(Forbidden):
        await add_person(caller_as("admin", staffed.top), "Ai đó")


async def test_refuses_unknown_posts_and_kinds(staffed):
    person = await add_person(SYSTEM, "Phạm Thị Dung")
    with pytest.raises(InvalidInput):
        await appoint(SYSTEM, person.id, staffed.hanoi["id"], "emperor", date(2026, 1, 1))
    with pytest.raises(InvalidInput):  # the department's kind exists since 1 July 2025
        await found_department(SYSTEM, staffed.hanoi["id"], "union_work", "a", "a", date(2025, 6, 30))
