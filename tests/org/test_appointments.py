"""Posts with seats, terms and their ends, vacancies and what is about to end."""

import asyncio
from datetime import date, timedelta

import pytest

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM, Caller, Grant
from kit.testing import caller_as, queries
from org.people.service import (
    add_person,
    appoint,
    end_appointment,
    found_department,
    set_seats,
)

SEATS = "mutation ($input: SetPostSeatsInput!) { setPostSeats(input: $input) { __typename ... on Problem { code } } }"
APPOINT = """mutation ($input: AppointPersonInput!) { appointPerson(input: $input) {
  __typename ... on AppointPersonSuccess { id unit { code } } ... on Problem { code message } } }"""
END = """mutation ($input: EndAppointmentInput!) { endAppointment(input: $input) {
  __typename ... on PeopleDateBackwards { earliest } ... on Problem { code } } }"""
POSTS = """query ($code: String!, $asOf: Date) { unitByCode(code: $code) { posts(asOf: $asOf) {
  nodes { post seats holders vacant since until department { nameVi } } } } }"""
VACANCIES = """query ($code: String!, $asOf: Date, $post: String, $first: Int! = 20, $after: String) {
  unitByCode(code: $code) { vacancies(asOf: $asOf, post: $post, first: $first, after: $after) {
    nodes { unit { code } post seats vacant } pageInfo { hasNextPage endCursor } } } }"""
EXPIRING = """query ($code: String!, $asOf: Date, $days: Int! = 90, $first: Int! = 20, $after: String) {
  unitByCode(code: $code) { expiringTerms(asOf: $asOf, days: $days, first: $first, after: $after) {
    nodes { name post until unit { code } } pageInfo { hasNextPage endCursor } } } }"""
OFFICERS = """query ($code: String!, $post: String, $asOf: Date) { unitByCode(code: $code) { officers(post: $post, asOf: $asOf) {
  nodes { name post since until termUntil decisionNumber endReason } } } }"""

JULY, AUTUMN, WINTER = date(2025, 7, 1), date(2025, 10, 1), date(2026, 1, 1)


@pytest.fixture
def editor(tree):
    return caller_as("editor", tree.hanoi)


@pytest.fixture
async def binh(tree):
    return await add_person(SYSTEM, "Trần Thị Bình", unit_id=tree.hanoi["id"])


@pytest.fixture
async def an(tree):
    return await add_person(SYSTEM, "Nguyễn Văn An", unit_id=tree.hanoi["id"])


def term(person, unit, post="chair", **more):
    return {"personId": str(person.id), "unitId": str(unit["id"]), "post": post, "on": "2025-07-01", **more}


async def test_an_editor_appoints_with_term_and_decision(ask, tree, editor, binh):
    wanted = term(binh, tree.hanoi, until="2028-07-01", decisionNumber=" 12/QĐ-LĐLĐ ")
    reply = await ask(APPOINT, editor, input=wanted)
    assert reply.field == {
        "__typename": "AppointPersonSuccess",
        "id": reply.field["id"],
        "unit": {"code": "HN"},
    }
    officers = (await ask(OFFICERS, editor, code="HN", asOf="2026-01-01")).field["officers"]["nodes"]
    assert officers == [
        {
            "name": "Trần Thị Bình",
            "post": "chair",
            "since": "2025-07-01",
            "until": "2028-07-01",
            "termUntil": "2028-07-01",
            "decisionNumber": "12/QĐ-LĐLĐ",
            "endReason": None,
        }
    ]


async def test_a_post_has_no_more_holders_than_seats_on_any_day(ask, tree, editor, binh, an, everything):
    await set_seats(SYSTEM, tree.hanoi["id"], "chair", 1, JULY)
    await appoint(SYSTEM, binh.id, tree.hanoi["id"], "chair", AUTUMN, WINTER)
    before = await everything()
    for on, until in (("2025-07-01", None), ("2025-12-31", None), ("2025-07-01", "2025-10-02")):
        assert (await ask(APPOINT, editor, input=term(an, tree.hanoi, on=on, until=until))).code == "POST_FULL"
    assert await everything() == before
    assert (await ask(APPOINT, editor, input=term(an, tree.hanoi, until="2025-10-01"))).code is None
    assert (await ask(APPOINT, editor, input=term(an, tree.hanoi, on="2026-01-01"))).code is None


async def test_a_post_whose_seats_are_not_set_has_any_number_of_holders(ask, tree, editor, binh, an):
    for person in (binh, an):
        assert (await ask(APPOINT, editor, input=term(person, tree.hanoi, "committee_member"))).code is None


async def test_the_seats_of_a_department_are_its_own(ask, tree, editor, binh, an):
    office = await found_department(SYSTEM, tree.hanoi["id"], "office", "Văn phòng", None, JULY)
    await set_seats(SYSTEM, tree.hanoi["id"], "department_head", 1, JULY, office.id)
    await appoint(SYSTEM, binh.id, tree.hanoi["id"], "department_head", JULY, None, office.id)
    inside = term(an, tree.hanoi, "department_head", departmentId=str(office.id))
    assert (await ask(APPOINT, editor, input=inside)).code == "POST_FULL"
    assert (await ask(APPOINT, editor, input=term(an, tree.hanoi, "department_head"))).code is None


async def test_seats_can_not_be_fewer_than_holders(ask, tree, editor, binh, an, everything):
    for person in (binh, an):
        await appoint(SYSTEM, person.id, tree.hanoi["id"], "vice_chair", AUTUMN)
    before = await everything()
    wanted = {"unitId": str(tree.hanoi["id"]), "post": "vice_chair", "seats": 1, "on": "2025-07-01"}
    assert (await ask(SEATS, editor, input=wanted)).code == "POST_FULL"
    assert await everything() == before
    assert (await ask(SEATS, editor, input={**wanted, "seats": 2})).code is None


async def test_the_number_of_seats_changes_from_a_day_on(ask, tree, editor):
    wanted = {"unitId": str(tree.hanoi["id"]), "post": "vice_chair"}
    for on, seats in (("2025-07-01", 2), ("2025-10-01", 9), ("2025-10-01", 3), ("2026-01-01", 0)):
        assert (await ask(SEATS, editor, input={**wanted, "seats": seats, "on": on})).code is None
    shown = [
        (await ask(POSTS, editor, code="HN", asOf=day)).field["posts"]["nodes"]
        for day in ("2025-09-30", "2025-10-01", "2026-01-01")
    ]
    post = {"post": "vice_chair", "holders": 0, "department": None}
    assert shown == [
        [{**post, "seats": 2, "vacant": 2, "since": "2025-07-01", "until": "2025-10-01"}],
        [{**post, "seats": 3, "vacant": 3, "since": "2025-10-01", "until": "2026-01-01"}],
        [],
    ]
    assert (await ask(SEATS, editor, input={**wanted, "seats": 1, "on": "2025-09-30"})).code == "DATE_BACKWARDS"


async def test_vacancies_are_listed_for_the_subtree_on_a_day(ask, tree, binh):
    for unit, post, seats in (
        (tree.garment, "communications_officer", 2),
        (tree.hanoi, "chair", 1),
        (tree.hanoi, "spokesperson", 1),
        (tree.hue, "chair", 1),
    ):
        await set_seats(SYSTEM, unit["id"], post, seats, JULY)
    await appoint(SYSTEM, binh.id, tree.hanoi["id"], "chair", JULY, WINTER)
    await appoint(SYSTEM, binh.id, tree.garment["id"], "communications_officer", JULY)

    async def seen(caller, code, **more):
        nodes = (await ask(VACANCIES, caller, code=code, **more)).field["vacancies"]["nodes"]
        return [(node["unit"]["code"], node["post"], node["vacant"]) for node in nodes]

    worker = caller_as("worker", tree.hanoi)
    spokesperson, officer = ("HN", "spokesperson", 1), ("HN-001", "communications_officer", 1)
    assert await seen(worker, "HN", asOf="2025-12-31") == [spokesperson, officer]
    assert await seen(worker, "HN", asOf="2026-01-01") == [("HN", "chair", 1), spokesperson, officer]
    assert await seen(worker, "HN", asOf="2026-01-01", post="chair") == [("HN", "chair", 1)]
    assert await seen(worker, "TLD", asOf="2025-12-31") == [spokesperson, officer]
    assert await seen(caller_as("worker", tree.top), "TLD", asOf="2025-12-31", post="chair") == [("HUE", "chair", 1)]
    assert await seen(worker, "HN", asOf="2025-06-30") == []
    for nobody in (ANONYMOUS, Caller("someone"), caller_as("admin", tree.hue)):
        assert await seen(nobody, "HN") == []

    first = (await ask(VACANCIES, worker, code="HN", first=2)).field["vacancies"]
    rest = (await ask(VACANCIES, worker, code="HN", first=2, after=first["pageInfo"]["endCursor"])).field["vacancies"]
    assert [node["post"] for node in first["nodes"] + rest["nodes"]] == [
        "chair",
        "spokesperson",
        "communications_officer",
    ]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


async def test_terms_about_to_end_are_listed_for_the_subtree(ask, tree, binh, an):
    day = date(2026, 1, 1)
    ends = {"HN": day + timedelta(days=90), "HN-001": day + timedelta(days=1), "HUE": day + timedelta(days=30)}
    for unit in (tree.hanoi, tree.garment, tree.hue):
        await appoint(SYSTEM, binh.id, unit["id"], "chair", JULY, ends[unit["code"]])
    await appoint(SYSTEM, an.id, tree.hanoi["id"], "vice_chair", JULY, day + timedelta(days=91))
    await appoint(SYSTEM, an.id, tree.hanoi["id"], "spokesperson", JULY)
    await appoint(SYSTEM, an.id, tree.garment["id"], "spokesperson", JULY, day)

    async def seen(caller, code, **more):
        nodes = (await ask(EXPIRING, caller, code=code, asOf="2026-01-01", **more)).field["expiringTerms"]["nodes"]
        return [(node["unit"]["code"], node["post"]) for node in nodes]

    worker = caller_as("worker", tree.hanoi)
    assert await seen(worker, "HN") == [("HN-001", "chair"), ("HN", "chair")]
    assert await seen(worker, "HN", days=91) == [("HN-001", "chair"), ("HN", "chair"), ("HN", "vice_chair")]
    assert await seen(caller_as("worker", tree.top), "TLD") == [("HN-001", "chair"), ("HUE", "chair"), ("HN", "chair")]
    assert await seen(worker, "TLD") == [("HN-001", "chair"), ("HN", "chair")]
    assert await seen(ANONYMOUS, "TLD") == []
    first = (await ask(EXPIRING, worker, code="HN", asOf="2026-01-01", first=1)).field["expiringTerms"]
    rest = await ask(EXPIRING, worker, code="HN", asOf="2026-01-01", first=1, after=first["pageInfo"]["endCursor"])
    assert rest.field["expiringTerms"]["nodes"] == [
        {"name": "Trần Thị Bình", "post": "chair", "until": "2026-04-01", "unit": {"code": "HN"}}
    ]
    for days in (0, 3661):
        assert (await ask(EXPIRING, worker, code="HN", days=days)).code == "INVALID_INPUT"


async def test_the_spokesperson_is_a_post_that_can_be_asked_for(ask, tree, binh, an):
    await appoint(SYSTEM, binh.id, tree.hanoi["id"], "chair", JULY)
    await appoint(SYSTEM, an.id, tree.hanoi["id"], "spokesperson", JULY)
    reply = await ask(OFFICERS, caller_as("worker", tree.hanoi), code="HN", post="spokesperson")
    assert [officer["name"] for officer in reply.field["officers"]["nodes"]] == ["Nguyễn Văn An"]


async def test_a_term_ends_early_for_a_reason_that_editors_see(ask, tree, editor, binh):
    held = await appoint(SYSTEM, binh.id, tree.hanoi["id"], "chair", JULY, date(2028, 7, 1))
    reply = await ask(END, editor, input={"id": str(held.id), "on": "2026-01-01", "reason": "transferred"})
    assert reply.code is None
    (last,) = (await ask(OFFICERS, editor, code="HN", asOf="2025-12-31")).field["officers"]["nodes"]
    assert (last["until"], last["termUntil"], last["endReason"]) == ("2026-01-01", "2028-07-01", "transferred")
    (seen,) = (await ask(OFFICERS, caller_as("worker", tree.hanoi), code="HN", asOf="2025-12-31")).field["officers"][
        "nodes"
    ]
    assert (seen["name"], seen["endReason"]) == ("Trần Thị Bình", None)
    assert (await ask(OFFICERS, editor, code="HN", asOf="2026-01-01")).field["officers"]["nodes"] == []


@pytest.mark.parametrize(
    ("on", "reason", "code"),
    [
        ("2025-07-01", "resigned", "DATE_BACKWARDS"),
        ("2026-01-01", "resigned", "TERM_OVER"),
        ("2025-10-01", "bored", "UNKNOWN_CODE"),
        ("9999-12-31", "resigned", "INVALID_INPUT"),
    ],
)
async def test_refuses_an_end_that_can_not_be(ask, tree, editor, binh, everything, on, reason, code):
    held = await appoint(SYSTEM, binh.id, tree.hanoi["id"], "chair", JULY, WINTER)
    before = await everything()
    assert (await ask(END, editor, input={"id": str(held.id), "on": on, "reason": reason})).code == code
    assert await everything() == before


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"post": "emperor"}, "UNKNOWN_CODE"),
        ({"until": "2025-07-01"}, "DATE_BACKWARDS"),
        ({"until": "9999-12-31"}, "INVALID_INPUT"),
        ({"decisionNumber": "x" * 101}, "INVALID_INPUT"),
        ({"personId": "00000000-0000-0000-0000-000000000000"}, "NOT_FOUND"),
        ({"departmentId": "00000000-0000-0000-0000-000000000000"}, "NOT_FOUND"),
    ],
)
async def test_refuses_an_appointment_that_can_not_be(ask, tree, editor, binh, everything, bad, code):
    before = await everything()
    assert (await ask(APPOINT, editor, input=term(binh, tree.hanoi, **bad))).code == code
    assert await everything() == before


async def test_nobody_holds_one_post_twice(ask, tree, editor, binh, everything):
    await appoint(SYSTEM, binh.id, tree.hanoi["id"], "chair", JULY, WINTER)
    before = await everything()
    assert (await ask(APPOINT, editor, input=term(binh, tree.hanoi, on="2025-12-31"))).code == "POST_HELD_ALREADY"
    assert await everything() == before
    assert (await ask(APPOINT, editor, input=term(binh, tree.hanoi, on="2026-01-01"))).code is None


async def test_a_post_in_a_department_lasts_no_longer_than_the_department(ask, tree, editor, binh, everything):
    office = await found_department(SYSTEM, tree.hanoi["id"], None, "Văn phòng", None, AUTUMN)
    before = await everything()
    wanted = term(binh, tree.hanoi, "department_head", departmentId=str(office.id))
    assert (await ask(APPOINT, editor, input=wanted)).code == "DEPARTMENT_NOT_THERE"
    seats = {"unitId": str(tree.hanoi["id"]), "post": "department_head", "seats": 1, "on": "2025-07-01"}
    assert (await ask(SEATS, editor, input={**seats, "departmentId": str(office.id)})).code == "DEPARTMENT_NOT_THERE"
    elsewhere = term(binh, tree.garment, "department_head", on="2025-10-01", departmentId=str(office.id))
    assert (await ask(APPOINT, editor, input=elsewhere)).code == "NOT_FOUND"
    assert await everything() == before


async def test_nobody_appoints_people_of_others_to_see_their_contact(ask, tree, everything):
    chair = await add_person(SYSTEM, "Đỗ Văn Chín", unit_id=tree.hue["id"], phone="0900 000 001")
    await appoint(SYSTEM, chair.id, tree.hue["id"], "chair", JULY)
    before = await everything()
    grants = (
        Grant("editor", str(tree.hanoi["id"]), tree.hanoi["path"]),
        Grant("worker", str(tree.top["id"]), tree.top["path"]),
    )
    assert (await ask(APPOINT, Caller("curious", grants), input=term(chair, tree.hanoi))).code == "FORBIDDEN"
    assert await everything() == before
    assert (await ask(APPOINT, caller_as("editor", tree.top), input=term(chair, tree.hanoi))).code is None


@pytest.mark.committed
async def test_two_who_appoint_at_once_do_not_fill_one_seat_twice(database, new_unit):
    top = await new_unit(None, "Tổng Liên đoàn", "TLD", "confederation", kind="confederation", on=date(1929, 7, 28))
    await set_seats(SYSTEM, top["id"], "chair", 1, JULY)
    people = [await add_person(SYSTEM, f"Người {number}") for number in range(8)]
    came = await asyncio.gather(
        *(appoint(SYSTEM, person.id, top["id"], "chair", JULY) for person in people), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in came) == ["Appointment"] + ["PostFull"] * 7
    assert await db.value("SELECT count(*) FROM appointment") == 1


async def test_lists_take_one_statement_for_all_units(ask, tree, binh, an, new_unit):
    units = [await new_unit(tree.hue, f"Công đoàn {n}", f"X-{n}", "grassroots") for n in range(5)]
    for unit in units:
        await set_seats(SYSTEM, unit["id"], "chair", 2, JULY)
        await appoint(SYSTEM, binh.id, unit["id"], "chair", JULY, today() + timedelta(days=30))
    document = """{ units(first: 50) { nodes { posts { nodes { seats department { id } } }
      vacancies { nodes { vacant unit { code } } } expiringTerms { nodes { name unit { code } } } } } }"""
    with queries() as asked:
        reply = await ask(document, caller_as("worker", tree.top))
    assert reply.errors == []
    # units; posts, vacancies, terms; the units of vacancies and terms together
    assert asked.count == 5


async def test_appointments_are_on_record_without_a_name(tree, editor, binh):
    held = await appoint(editor, binh.id, tree.hanoi["id"], "chair", JULY)
    await end_appointment(editor, held.id, WINTER, "retired")
    rows = await db.rows("SELECT action, before::text, after::text FROM audit WHERE kind = 'appointment' ORDER BY id")
    assert [row["action"] for row in rows] == ["person.appointed", "appointment.ended"]
    assert "Bình" not in str([tuple(row) for row in rows])


@pytest.mark.committed
async def test_seats_set_and_taken_at_once_are_never_too_few(database, new_unit):
    top = await new_unit(None, "Tổng Liên đoàn", "TLD", "confederation", kind="confederation", on=date(1929, 7, 28))
    people = [await add_person(SYSTEM, f"Người {number}") for number in range(4)]
    for turn in range(3):
        post = ("chair", "vice_chair", "spokesperson")[turn]
        came = await asyncio.gather(
            *(appoint(SYSTEM, person.id, top["id"], post, JULY) for person in people[:2]),
            set_seats(SYSTEM, top["id"], post, 1, JULY),
            *(appoint(SYSTEM, person.id, top["id"], post, JULY) for person in people[2:]),
            return_exceptions=True,
        )
        assert {type(result).__name__ for result in came} <= {"Appointment", "PostFull", "NoneType"}
        held = await db.value("SELECT count(*) FROM appointment WHERE post = $1", post)
        seats = await db.value("SELECT seats FROM post WHERE code = $1", post)
        assert seats is None or held <= seats


async def test_many_terms_are_written_without_a_lock_for_each_in_shared_memory(tree, new_unit):
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    await set_seats(SYSTEM, tree.hanoi["id"], "committee_member", 1000, JULY)
    before = await db.value(locks)
    await db.execute(
        """WITH people AS (INSERT INTO person (display_name, sort_key) SELECT 'x', '' FROM generate_series(1, 300) RETURNING id)
           INSERT INTO appointment (person_id, unit_id, post, valid)
           SELECT id, $1, 'committee_member', '[2025-07-01,)' FROM people""",
        tree.hanoi["id"],
    )
    assert await db.value(locks) <= before + 1
    await db.execute("UPDATE appointment SET valid = '[2025-07-01,2026-01-01)'")
    assert await db.value(locks) <= before + 1
