"""Communications training: classes, who attended, certificates, and how far a subtree has come on a day."""

from datetime import date

import pytest

from kit import db
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import caller_as, queries
from org.people.service import add_person, appoint, record_attendance, record_certificate, record_class

CLASS = """mutation ($input: RecordTrainingClassInput!) { recordTrainingClass(input: $input) {
  __typename ... on RecordTrainingClassSuccess { trainingClass { id name topic firstDay lastDay attended unit { code } } }
  ... on Problem { code } } }"""
ATTENDED = """mutation ($input: RecordTrainingAttendanceInput!) { recordTrainingAttendance(input: $input) {
  __typename ... on RecordTrainingAttendanceSuccess { added trainingClass { attended attendees { nodes { name } } } }
  ... on Problem { code } } }"""
DID_NOT = """mutation ($input: RemoveTrainingAttendanceInput!) { removeTrainingAttendance(input: $input) {
  __typename ... on RemoveTrainingAttendanceSuccess { trainingClass { attended } } ... on Problem { code } } }"""
CERTIFICATE = """mutation ($input: RecordCertificateInput!) { recordCertificate(input: $input) {
  __typename ... on RecordCertificateSuccess { id person { certificates { nodes { kind issuer issuedOn validUntil } } } }
  ... on Problem { code } } }"""
NO_CERTIFICATE = """mutation ($input: RemoveCertificateInput!) { removeCertificate(input: $input) {
  __typename ... on RemoveCertificateSuccess { person { certificates { nodes { id } } } } ... on Problem { code } } }"""
SUMMARY = """query ($code: String!, $asOf: Date, $posts: [String!], $certificates: [String!], $level: String) {
  unitByCode(code: $code) { communicationsTraining(asOf: $asOf, posts: $posts, certificates: $certificates, level: $level) {
    day officers trained certified trainedShare certifiedShare units unitsWithoutOfficers } } }"""
PERSON = """query ($id: ID!, $first: Int! = 20, $after: String) { unionPerson(id: $id) {
  name trainings(first: $first, after: $after) { nodes { name attended } pageInfo { hasNextPage endCursor } }
  certificates { nodes { kind } } } }"""

JULY = date(2025, 7, 1)


@pytest.fixture
async def school(tree):
    """Three communications officers in Hà Nội and below it, one in Huế; a class that two attended, and certificates."""
    tree.people = {}
    for name, unit in (("An", tree.hanoi), ("Bình", tree.garment), ("Chín", tree.garment), ("Huế", tree.hue)):
        tree.people[name] = await add_person(SYSTEM, name, unit_id=unit["id"])
        await appoint(SYSTEM, tree.people[name].id, unit["id"], "communications_officer", JULY)
    await appoint(SYSTEM, tree.people["An"].id, tree.hanoi["id"], "chair", JULY)
    tree.class_id = await record_class(
        SYSTEM, tree.hanoi["id"], "Viết tin, bài", "writing", date(2025, 9, 1), date(2025, 9, 3)
    )
    await record_attendance(SYSTEM, tree.class_id, [tree.people["An"].id, tree.people["Bình"].id])
    await record_certificate(
        SYSTEM, tree.people["An"].id, "journalism", "Học viện A", date(2025, 10, 1), date(2026, 10, 1)
    )
    await record_certificate(SYSTEM, tree.people["Chín"].id, "spokesperson", "Học viện A", date(2025, 10, 1))
    return tree


async def summary(ask, caller, code, **more):
    found = (await ask(SUMMARY, caller, code=code, **more)).field["communicationsTraining"]
    return tuple(found.values()) if found else None


async def test_counts_who_was_trained_and_certified_in_a_subtree_on_a_day(ask, school):
    analyst = caller_as("analyst", school.hanoi)
    # three officers in two of the three units of Hà Nội
    assert await summary(ask, analyst, "HN", asOf="2025-09-02") == ("2025-09-02", 3, 0, 0, 0.0, 0.0, 3, 1)
    assert await summary(ask, analyst, "HN", asOf="2025-09-03") == ("2025-09-03", 3, 2, 0, 66.7, 0.0, 3, 1)
    assert await summary(ask, analyst, "HN", asOf="2025-10-01") == ("2025-10-01", 3, 2, 1, 66.7, 33.3, 3, 1)
    assert await summary(ask, analyst, "HN", asOf="2026-10-01") == ("2026-10-01", 3, 2, 0, 66.7, 0.0, 3, 1)
    assert await summary(ask, analyst, "HN-001", asOf="2025-10-01") == ("2025-10-01", 2, 1, 0, 50.0, 0.0, 2, 1)


async def test_what_nobody_put_on_record_is_missing_and_not_zero(ask, school):
    assert await summary(ask, caller_as("analyst", school.top), "EVN", asOf="2025-10-01") == (
        "2025-10-01",
        0,
        None,
        None,
        None,
        None,
        1,
        1,
    )


async def test_counts_other_posts_levels_and_certificates(ask, school):
    top = caller_as("analyst", school.top)
    leaders = await summary(ask, top, "TLD", asOf="2025-10-01", posts=["chair", "vice_chair"])
    assert leaders == ("2025-10-01", 1, 1, 1, 100.0, 100.0, 6, 5)
    grassroots = await summary(ask, top, "TLD", asOf="2025-10-01", level="grassroots")
    assert grassroots == ("2025-10-01", 2, 1, 0, 50.0, 0.0, 1, 0)
    other = await summary(ask, top, "TLD", asOf="2025-10-01", certificates=["spokesperson"])
    assert other == ("2025-10-01", 4, 2, 1, 50.0, 25.0, 6, 3)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"posts": []}, "INVALID_INPUT"),
        ({"posts": ["Not a code"]}, "UNKNOWN_CODE"),
        ({"posts": ["emperor"]}, "UNKNOWN_CODE"),
        ({"certificates": ["x"] * 21}, "INVALID_INPUT"),
        ({"certificates": ["x"]}, "UNKNOWN_CODE"),
        ({"level": "?"}, "UNKNOWN_CODE"),
    ],
)
async def test_refuses_what_are_no_codes(ask, school, bad, code):
    assert (await ask(SUMMARY, caller_as("analyst", school.hanoi), code="HN", **bad)).code == code


@pytest.mark.parametrize("role", ["worker", "contributor"])
async def test_colleagues_see_no_training(ask, school, role):
    caller = caller_as(role, school.top)
    assert await summary(ask, caller, "HN") is None
    reply = await ask(PERSON, caller, id=str(school.people["An"].id))
    assert reply.field == {
        "name": "An",
        "trainings": {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}},
        "certificates": {"nodes": []},
    }
    document = '{ unitByCode(code: "HN") { trainingClasses { nodes { id } } } }'
    assert (await ask(document, caller)).field == {"trainingClasses": {"nodes": []}}


@pytest.mark.parametrize("role", ["editor", "analyst", "admin"])
async def test_those_in_charge_see_training(ask, school, role):
    reply = await ask(PERSON, caller_as(role, school.hanoi), id=str(school.people["An"].id))
    assert [training["name"] for training in reply.field["trainings"]["nodes"]] == ["Viết tin, bài"]
    assert reply.field["certificates"]["nodes"] == [{"kind": "journalism"}]


async def test_everybody_sees_the_own_training(ask, school):
    await db.execute("UPDATE person SET subject = 'chin' WHERE id = $1", school.people["Chín"].id)
    reply = await ask(PERSON, Caller("chin"), id=str(school.people["Chín"].id))
    assert reply.field["certificates"]["nodes"] == [{"kind": "spokesperson"}]
    assert (await ask(PERSON, Caller("chin"), id=str(school.people["An"].id))).code == "NOT_FOUND"


@pytest.mark.parametrize("caller", [ANONYMOUS, Caller("someone")], ids=["nobody", "without grants"])
async def test_an_empty_scope_sees_nothing(ask, school, caller):
    assert await summary(ask, caller, "HN") is None
    document = """query ($id: ID!) { trainingClass(id: $id) { name } }"""
    assert (await ask(document, caller, id=str(school.class_id))).code == "NOT_FOUND"


async def test_classes_of_a_subtree_are_listed_the_newest_first(ask, school):
    await record_class(SYSTEM, school.garment["id"], "Ảnh, video", "photo_video", date(2025, 12, 1), date(2025, 12, 1))
    await record_class(SYSTEM, school.hue["id"], "Mạng xã hội", "social_media", date(2025, 12, 2), date(2025, 12, 2))
    document = """query ($asOf: Date, $first: Int! = 20, $after: String) { unitByCode(code: "HN") {
      trainingClasses(asOf: $asOf, first: $first, after: $after) {
        nodes { name topic firstDay lastDay attended unit { code } attendees { nodes { name } } }
        pageInfo { endCursor hasNextPage } } } }"""
    editor = caller_as("editor", school.hanoi)
    first = (await ask(document, editor, first=1)).field["trainingClasses"]
    rest = (await ask(document, editor, first=1, after=first["pageInfo"]["endCursor"])).field["trainingClasses"]
    assert first["nodes"] == [
        {
            "name": "Ảnh, video",
            "topic": "photo_video",
            "firstDay": "2025-12-01",
            "lastDay": "2025-12-01",
            "attended": 0,
            "unit": {"code": "HN-001"},
            "attendees": {"nodes": []},
        }
    ]
    assert [node["attendees"]["nodes"] for node in rest["nodes"]] == [[{"name": "An"}, {"name": "Bình"}]]
    assert rest["pageInfo"]["hasNextPage"] is False
    on_the_day = (await ask(document, editor, asOf="2025-11-30")).field["trainingClasses"]["nodes"]
    assert [node["name"] for node in on_the_day] == ["Viết tin, bài"]


async def test_an_editor_records_a_class_and_who_attended(ask, school, everything):
    editor = caller_as("editor", school.hanoi)
    wanted = {
        "unitId": str(school.hanoi["id"]),
        "name": "Người phát ngôn",
        "topic": "press_rules",
        "firstDay": "2026-03-01",
        "lastDay": "2026-03-02",
    }
    made = (await ask(CLASS, editor, input=wanted)).field["trainingClass"]
    assert made == {
        "id": made["id"],
        "name": "Người phát ngôn",
        "topic": "press_rules",
        "firstDay": "2026-03-01",
        "lastDay": "2026-03-02",
        "attended": 0,
        "unit": {"code": "HN"},
    }
    people = [str(school.people[name].id) for name in ("An", "Chín")]
    reply = await ask(ATTENDED, editor, input={"classId": made["id"], "personIds": [people[0], *people]})
    assert reply.field["added"] == 2
    assert reply.field["trainingClass"] == {"attended": 2, "attendees": {"nodes": [{"name": "An"}, {"name": "Chín"}]}}
    assert (await ask(ATTENDED, editor, input={"classId": made["id"], "personIds": people})).field["added"] == 0
    gone = await ask(DID_NOT, editor, input={"classId": made["id"], "personId": people[0]})
    assert gone.field["trainingClass"] == {"attended": 1}
    before = await everything()
    assert (await ask(DID_NOT, editor, input={"classId": made["id"], "personId": people[0]})).code == "NOT_FOUND"
    assert (await ask(CLASS, editor, input={**wanted, "name": "NGƯỜI PHÁT NGÔN"})).code == "TRAINING_CLASS_EXISTS"
    assert await everything() == before


async def test_attendance_of_people_of_others_is_for_an_editor_of_both(ask, school, everything):
    before = await everything()
    wanted = {"classId": str(school.class_id), "personIds": [str(school.people["Huế"].id)]}
    assert (await ask(ATTENDED, caller_as("editor", school.hanoi), input=wanted)).code == "FORBIDDEN"
    assert (await ask(ATTENDED, caller_as("editor", school.hue), input=wanted)).code == "FORBIDDEN"
    assert await everything() == before
    assert (await ask(ATTENDED, caller_as("editor", school.top), input=wanted)).code is None


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"topic": "cooking"}, "UNKNOWN_CODE"),
        ({"name": " "}, "INVALID_INPUT"),
        ({"name": "x" * 251}, "INVALID_INPUT"),
        ({"lastDay": "2026-02-28"}, "DATE_BACKWARDS"),
        ({"lastDay": "2027-03-03"}, "INVALID_INPUT"),
        ({"firstDay": "0001-01-01"}, "INVALID_INPUT"),
    ],
)
async def test_refuses_a_class_that_can_not_be(ask, school, everything, bad, code):
    before = await everything()
    wanted = {
        "unitId": str(school.hanoi["id"]),
        "name": "Lớp",
        "topic": "law",
        "firstDay": "2026-03-01",
        "lastDay": "2026-03-02",
    }
    assert (await ask(CLASS, caller_as("editor", school.hanoi), input={**wanted, **bad})).code == code
    assert await everything() == before


async def test_a_certificate_is_recorded_once_and_may_be_taken_back(ask, school, everything):
    editor = caller_as("editor", school.hanoi)
    wanted = {
        "personId": str(school.people["Bình"].id),
        "kind": "communications",
        "issuer": "Học viện B",
        "issuedOn": "2025-11-01",
        "validUntil": "2028-11-01",
    }
    made = await ask(CERTIFICATE, editor, input=wanted)
    assert made.field["person"]["certificates"]["nodes"] == [
        {"kind": "communications", "issuer": "Học viện B", "issuedOn": "2025-11-01", "validUntil": "2028-11-01"}
    ]
    before = await everything()
    assert (await ask(CERTIFICATE, editor, input=wanted)).code == "CERTIFICATE_EXISTS"
    assert (await ask(CERTIFICATE, editor, input={**wanted, "validUntil": "2025-11-01"})).code == "DATE_BACKWARDS"
    assert (await ask(CERTIFICATE, editor, input={**wanted, "kind": "cooking"})).code == "UNKNOWN_CODE"
    assert (await ask(CERTIFICATE, editor, input={**wanted, "issuer": ""})).code == "INVALID_INPUT"
    assert await everything() == before
    gone = await ask(NO_CERTIFICATE, editor, input={"id": made.field["id"]})
    assert gone.field["person"]["certificates"]["nodes"] == []


async def test_training_takes_as_many_statements_for_many_units_as_for_one(ask, school):
    document = """{ units { nodes { communicationsTraining { officers }
      trainingClasses { nodes { unit { code } attendees { nodes { contact { phone } trainings { nodes { id } }
        certificates { nodes { id } } terms { nodes { id } } } } } } } } }"""
    with queries() as asked:
        reply = await ask(document, caller_as("editor", school.top))
    assert reply.errors == []
    # units, summaries, classes, the classes' units, attendees; their contacts, trainings, certificates, terms
    assert asked.count == 9


async def test_what_is_recorded_names_nobody_in_the_audit_trail(school):
    rows = await db.rows("SELECT before::text, after::text FROM audit WHERE kind IN ('training_class', 'certificate')")
    assert len(rows) == 4
    assert not any(name in str([tuple(row) for row in rows]) for name in ("Bình", "Chín", "Học viện"))
