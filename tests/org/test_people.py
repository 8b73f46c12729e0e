"""Departments and officers: for callers whose scope covers the unit, for nobody else."""

from datetime import date

import pytest

from kit import db
from kit.errors import Forbidden, InvalidInput
from kit.graphql import encode_cursor
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import caller_as, queries
from org.people.service import add_person, appoint, end_appointment, found_department
from org.units.service import move_unit

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
    await appoint(SYSTEM, people[3].id, tree.hanoi["id"], "chair", day, date(2025, 8, 1))
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
        await found_department(SYSTEM, staffed.top["id"], "union_work", "a", "a", date(2025, 6, 30))


ASKED = """query ($code: String!, $asOf: Date) { unitByCode(code: $code) {
  officers(asOf: $asOf) { nodes { name } } asOf(on: "2025-06-30") { officers { nodes { name } } } } }"""


async def test_officers_of_any_day_can_be_asked_for(ask, staffed):
    viewer = caller_as("worker", staffed.hanoi)
    past = (await ask(ASKED, viewer, code="HN", asOf="2025-07-31")).field["officers"]["nodes"]
    assert [officer["name"] for officer in past] == ["Lê Văn Cũ", "Trần Thị Bình", "Đỗ Văn Chín", "Nguyễn Văn An"]
    later = (await ask(ASKED, viewer, code="HN", asOf="2028-07-01")).field["officers"]["nodes"]
    assert later == [{"name": "Đỗ Văn Chín"}, {"name": "Nguyễn Văn An"}]


async def test_the_day_that_led_to_a_unit_is_the_day_of_its_officers(ask, staffed, new_unit):
    school = await new_unit(staffed.top, "Công đoàn Trường", "T", "grassroots", kind="school", on=date(2020, 1, 1))
    person = await add_person(SYSTEM, "Hồ Thị Xưa")
    await appoint(SYSTEM, person.id, school["id"], "chair", date(2020, 1, 1), date(2025, 7, 1))
    reply = await ask(ASKED, caller_as("worker", staffed.top), code="T")
    assert reply.field == {"officers": {"nodes": []}, "asOf": {"officers": {"nodes": [{"name": "Hồ Thị Xưa"}]}}}


async def test_who_may_see_former_officers_is_judged_by_the_tree_of_today(ask, staffed):
    person = await add_person(SYSTEM, "Hồ Thị Xưa")
    await appoint(SYSTEM, person.id, staffed.garment["id"], "chair", date(2025, 7, 1), date(2026, 1, 1))
    await move_unit(SYSTEM, staffed.garment["id"], staffed.hue["id"], date(2026, 2, 1))
    document = '{ unitByCode(code: "HN-001") { officers(asOf: "2025-12-31") { nodes { name } } } }'
    assert (await ask(document, caller_as("worker", staffed.hanoi))).field["officers"]["nodes"] == []
    assert (await ask(document, caller_as("worker", staffed.hue))).field["officers"]["nodes"] == [
        {"name": "Hồ Thị Xưa"}
    ]


CONTACT = """query ($id: ID!) { unionPerson(id: $id) { name erased contact { email phone account } } }"""
ADD = """mutation ($input: AddPersonInput!) { addPerson(input: $input) { __typename
  ... on AddPersonSuccess { person { id name contact { email phone account } } } ... on InvalidInput { field }
  ... on Problem { code } } }"""
CORRECT = """mutation ($input: CorrectPersonInput!) { correctPerson(input: $input) { __typename
  ... on CorrectPersonSuccess { person { name contact { email phone } } } ... on Problem { code } } }"""
PEOPLE_WITHIN = """query ($within: ID!, $query: String, $first: Int! = 20, $after: String) {
  unionPeople(within: $within, query: $query, first: $first, after: $after) {
    nodes { name } pageInfo { hasNextPage endCursor } } }"""


@pytest.fixture
async def reachable(tree):
    """The chair of Hà Nội, who has an account and can be reached."""
    person = await add_person(
        SYSTEM, "Trần Thị Bình", "binh", unit_id=tree.hanoi["id"], email="binh@example.vn", phone="0900 000 001"
    )
    await appoint(SYSTEM, person.id, tree.hanoi["id"], "chair", date(2025, 7, 1))
    return person


async def contact(ask, caller, person):
    reply = await ask(CONTACT, caller, id=str(person.id))
    return reply.code or reply.field["contact"]


async def test_editors_and_admins_of_the_unit_see_how_to_reach_its_people(ask, tree, reachable):
    seen = {"email": "binh@example.vn", "phone": "0900 000 001", "account": None}
    assert await contact(ask, caller_as("editor", tree.hanoi), reachable) == seen
    assert await contact(ask, caller_as("editor", tree.top), reachable) == seen
    assert await contact(ask, caller_as("admin", tree.hanoi), reachable) == {**seen, "account": "binh"}
    assert await contact(ask, Caller("binh"), reachable) == {**seen, "account": "binh"}


@pytest.mark.parametrize("role", ["worker", "contributor", "analyst"])
async def test_others_whose_role_covers_the_unit_see_the_name_only(ask, tree, reachable, role):
    reply = await ask(CONTACT, caller_as(role, tree.hanoi), id=str(reachable.id))
    assert reply.field == {"name": "Trần Thị Bình", "erased": False, "contact": None}


async def test_strangers_do_not_learn_that_somebody_is_on_record(ask, tree, reachable):
    strangers = [ANONYMOUS, Caller("someone"), *(caller_as("admin", unit) for unit in (tree.hue, tree.garment))]
    for stranger in strangers:
        assert await contact(ask, stranger, reachable) == "NOT_FOUND"
    assert (await ask(CONTACT, caller_as("admin", tree.top), id="nonsense")).code == "NOT_FOUND"


async def test_the_unit_that_keeps_a_record_answers_only_for_who_serves_nowhere(ask, tree, new_unit):
    person = await add_person(SYSTEM, "Lê Thị Mới", unit_id=tree.hanoi["id"], phone="0900 000 002")
    hanoi, hue = caller_as("editor", tree.hanoi), caller_as("editor", tree.hue)
    assert (await contact(ask, hanoi, person))["phone"] == "0900 000 002"
    assert await contact(ask, caller_as("worker", tree.hanoi), person) == "NOT_FOUND"
    held = await appoint(SYSTEM, person.id, tree.hue["id"], "chair", date(2025, 7, 1))
    assert (await contact(ask, hue, person))["phone"] == "0900 000 002"
    assert await contact(ask, hanoi, person) == "NOT_FOUND"
    await end_appointment(SYSTEM, held.id, date(2026, 1, 1), "transferred")
    assert await contact(ask, hue, person) is None
    assert (await contact(ask, hanoi, person))["phone"] == "0900 000 002"


async def test_an_editor_puts_somebody_on_record_and_corrects_it(ask, tree):
    editor = caller_as("editor", tree.hanoi)
    wanted = {"unitId": str(tree.hanoi["id"]), "displayName": " Đỗ  Văn Chín ", "phone": "+84 900-000.003"}
    made = (await ask(ADD, editor, input=wanted)).field["person"]
    assert made == {
        "id": made["id"],
        "name": "Đỗ Văn Chín",
        "contact": {"email": None, "phone": "+84 900-000.003", "account": None},
    }
    reply = await ask(CORRECT, editor, input={"id": made["id"], "displayName": "Đỗ Văn Chính", "email": "c@example.vn"})
    assert reply.field["person"] == {"name": "Đỗ Văn Chính", "contact": {"email": "c@example.vn", "phone": None}}
    rows = await db.rows("SELECT action, unit_id, after::text FROM audit WHERE thing_id = $1 ORDER BY id", made["id"])
    assert [tuple(row) for row in rows] == [
        ("person.added", tree.hanoi["id"], '{"given": ["phone"]}'),
        ("person.corrected", tree.hanoi["id"], '{"changed": ["display_name", "email", "phone"]}'),
    ]


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"displayName": " "}, "displayName"),
        ({"displayName": "x" * 151}, "displayName"),
        ({"email": "nobody"}, "email"),
        ({"email": "x" * 200 + "@example.vn"}, "email"),
        ({"phone": "gọi tôi"}, "phone"),
        ({"phone": "0" * 31}, "phone"),
        ({"account": " "}, "account"),
        ({"account": "x" * 201}, "account"),
    ],
)
async def test_refuses_what_is_no_name_or_contact(ask, tree, everything, bad, field):
    before = await everything()
    wanted = {"unitId": str(tree.hanoi["id"]), "displayName": "Đỗ Văn Chín", **bad}
    reply = await ask(ADD, caller_as("admin", tree.hanoi), input=wanted)
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    assert await everything() == before


async def test_an_account_belongs_to_one_person(ask, tree, reachable, everything):
    before = await everything()
    wanted = {"unitId": str(tree.hanoi["id"]), "displayName": "Người khác", "account": "binh"}
    assert (await ask(ADD, caller_as("admin", tree.hanoi), input=wanted)).code == "PERSON_ACCOUNT_TAKEN"
    assert (await ask(ADD, caller_as("editor", tree.hanoi), input={**wanted, "account": "new"})).code == "FORBIDDEN"
    assert await everything() == before


async def test_editors_find_people_of_their_subtree_by_name(ask, tree, reachable):
    await add_person(SYSTEM, "Trần Văn Bính", unit_id=tree.garment["id"])
    await add_person(SYSTEM, "Nguyễn Thị Hòa", unit_id=tree.section["id"])
    await add_person(SYSTEM, "Trần Huế", unit_id=tree.hue["id"])
    editor, within = caller_as("editor", tree.hanoi), str(tree.hanoi["id"])

    async def found(query=None, **more):
        reply = await ask(PEOPLE_WITHIN, editor, within=within, query=query, **more)
        return [person["name"] for person in reply.field["nodes"]]

    assert await found() == ["Nguyễn Thị Hòa", "Trần Thị Bình", "Trần Văn Bính"]
    assert await found("binh tran") == ["Trần Thị Bình", "Trần Văn Bính"]
    assert await found("Trần Thị") == ["Trần Thị Bình"]
    assert await found("%") == ["Nguyễn Thị Hòa", "Trần Thị Bình", "Trần Văn Bính"]
    assert await found("nobody") == []
    first = (await ask(PEOPLE_WITHIN, editor, within=within, first=2)).field
    assert await found(first=2, after=first["pageInfo"]["endCursor"]) == ["Trần Văn Bính"]
    assert (await ask(PEOPLE_WITHIN, editor, within=within, query="x" * 201)).code == "INVALID_INPUT"


@pytest.mark.parametrize("role", ["worker", "contributor", "analyst"])
async def test_others_get_no_list_of_people(ask, tree, reachable, role):
    assert (await ask(PEOPLE_WITHIN, caller_as(role, tree.top), within=str(tree.hanoi["id"]))).code == "FORBIDDEN"
    assert (await ask(PEOPLE_WITHIN, ANONYMOUS, within=str(tree.hanoi["id"]))).code == "SIGN_IN_REQUIRED"
    stranger = caller_as("admin", tree.hue)
    assert (await ask(PEOPLE_WITHIN, stranger, within=str(tree.hanoi["id"]))).code == "FORBIDDEN"


async def test_a_persons_terms_are_those_the_caller_may_see(ask, tree, reachable):
    await appoint(SYSTEM, reachable.id, tree.hue["id"], "committee_member", date(2026, 1, 1))
    document = """query ($id: ID!, $first: Int! = 20, $after: String) { unionPerson(id: $id) {
      terms(first: $first, after: $after) { nodes { post unit { code } } pageInfo { hasNextPage endCursor } } } }"""

    async def terms(caller, **more):
        return (await ask(document, caller, id=str(reachable.id), **more)).field["terms"]

    both = [{"post": "committee_member", "unit": {"code": "HUE"}}, {"post": "chair", "unit": {"code": "HN"}}]
    assert (await terms(caller_as("worker", tree.top)))["nodes"] == both
    assert (await terms(Caller("binh")))["nodes"] == both
    assert (await terms(caller_as("worker", tree.hanoi)))["nodes"] == both[1:]
    first = await terms(Caller("binh"), first=1)
    assert (await terms(Caller("binh"), first=1, after=first["pageInfo"]["endCursor"]))["nodes"] == both[1:]


@pytest.mark.parametrize(
    ("field", "cursor"),
    [
        ("officers", ["a", "b", "c"]),
        ("posts", [1]),
        ("vacancies", ["a", 1, "c"]),
        ("expiringTerms", [0, "a"]),
        ("expiringTerms", [2**40, "a"]),
        ("trainingClasses", [-1, "a"]),
        ("collaborators", ["a"]),
        ("departments", [1, 2]),
    ],
)
async def test_a_foreign_cursor_is_refused(ask, staffed, field, cursor):
    document = (
        f'query ($after: String) {{ unitByCode(code: "HN") {{ {field}(after: $after) {{ nodes {{ __typename }} }} }} }}'
    )
    reply = await ask(document, caller_as("admin", staffed.top), after=encode_cursor(cursor))
    assert reply.code == "INVALID_INPUT"
