"""Who may change what about people: nobody, strangers, readers and writers at each mutation, and nothing after a refusal."""

from datetime import date

import pytest

from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import caller_as
from org.people.service import (
    add_collaborator,
    add_person,
    appoint,
    found_department,
    record_attendance,
    record_certificate,
    record_class,
)

JULY = date(2025, 7, 1)
ROLES = ["worker", "contributor", "editor", "analyst", "admin"]
EDITORS, ADMINS = {"editor", "admin"}, {"admin"}

# The input type of each mutation, and the roles on Hà Nội with which it succeeds.
MUTATIONS = {
    "foundDepartment": ("FoundDepartmentInput", EDITORS),
    "renameDepartment": ("RenameDepartmentInput", EDITORS),
    "closeDepartment": ("CloseDepartmentInput", EDITORS),
    "setPostSeats": ("SetPostSeatsInput", EDITORS),
    "addPerson": ("AddPersonInput", EDITORS),
    "correctPerson": ("CorrectPersonInput", EDITORS),
    "linkPersonAccount": ("LinkPersonAccountInput", ADMINS),
    "appointPerson": ("AppointPersonInput", EDITORS),
    "endAppointment": ("EndAppointmentInput", EDITORS),
    "addCollaborator": ("AddCollaboratorInput", EDITORS),
    "endCollaboration": ("EndCollaborationInput", EDITORS),
    "recordTrainingClass": ("RecordTrainingClassInput", EDITORS),
    "recordTrainingAttendance": ("RecordTrainingAttendanceInput", EDITORS),
    "removeTrainingAttendance": ("RemoveTrainingAttendanceInput", EDITORS),
    "recordCertificate": ("RecordCertificateInput", EDITORS),
    "removeCertificate": ("RemoveCertificateInput", EDITORS),
    "exportPerson": ("ExportPersonInput", ADMINS),
    "erasePerson": ("ErasePersonInput", ADMINS),
}


def document(name):
    return f"mutation ($input: {MUTATIONS[name][0]}!) {{ {name}(input: $input) {{ __typename ... on Problem {{ code }} }} }}"


@pytest.fixture
async def inputs(tree):
    """An input for each mutation; all of Hà Nội's own."""
    hanoi = tree.hanoi["id"]
    person = await add_person(SYSTEM, "Trần Thị Bình", unit_id=hanoi, phone="0900 000 001")
    department = await found_department(SYSTEM, hanoi, None, "Văn phòng", None, JULY)
    held = await appoint(SYSTEM, person.id, hanoi, "chair", JULY)
    collaborator = await add_collaborator(SYSTEM, person.id, hanoi, "press", JULY)
    class_id = await record_class(SYSTEM, hanoi, "Viết tin", "writing", JULY, JULY)
    await record_attendance(SYSTEM, class_id, [person.id])
    newcomer = await add_person(SYSTEM, "Nguyễn Văn An", unit_id=hanoi)
    certificate = await record_certificate(SYSTEM, person.id, "journalism", "Học viện A", JULY)
    unit, who = {"unitId": str(hanoi)}, {"personId": str(person.id)}
    return {
        "foundDepartment": {**unit, "nameVi": "Ban Nữ công"},
        "renameDepartment": {"id": str(department.id), "nameVi": "Văn phòng mới"},
        "closeDepartment": {"id": str(department.id)},
        "setPostSeats": {**unit, "post": "chair", "seats": 1},
        "addPerson": {**unit, "displayName": "Đỗ Văn Chín"},
        "correctPerson": {"id": str(person.id), "displayName": "Trần Thị Bình"},
        "linkPersonAccount": {"id": str(person.id), "account": "binh"},
        "appointPerson": {**who, **unit, "post": "spokesperson"},
        "endAppointment": {"id": str(held.id), "reason": "resigned"},
        "addCollaborator": {**who, **unit, "kind": "public_opinion"},
        "endCollaboration": {"id": str(collaborator.id)},
        "recordTrainingClass": {
            **unit,
            "name": "Ảnh",
            "topic": "photo_video",
            "firstDay": "2026-01-01",
            "lastDay": "2026-01-01",
        },
        "recordTrainingAttendance": {"classId": str(class_id), "personIds": [str(newcomer.id)]},
        "removeTrainingAttendance": {"classId": str(class_id), **who},
        "recordCertificate": {**who, "kind": "communications", "issuer": "B", "issuedOn": "2026-01-01"},
        "removeCertificate": {"id": str(certificate)},
        "exportPerson": {"id": str(person.id)},
        "erasePerson": {"id": str(person.id)},
    }


@pytest.mark.parametrize("name", MUTATIONS)
async def test_each_role_may_do_what_it_is_for(ask, tree, inputs, everything, name):
    before = await everything()
    for role in [role for role in ROLES if role not in MUTATIONS[name][1]]:
        assert (await ask(document(name), caller_as(role, tree.hanoi), input=inputs[name])).code == "FORBIDDEN"
    assert await everything() == before
    reply = await ask(
        document(name),
        caller_as("editor" if "editor" in MUTATIONS[name][1] else "admin", tree.hanoi),
        input=inputs[name],
    )
    assert reply.field["__typename"] == f"{name[0].upper()}{name[1:]}Success"
    assert await everything() != before


@pytest.mark.parametrize("name", MUTATIONS)
async def test_an_admin_above_may_and_those_elsewhere_or_below_may_not(ask, tree, inputs, everything, name):
    before = await everything()
    for place in (tree.hue, tree.evn, tree.garment, tree.section):
        assert (await ask(document(name), caller_as("admin", place), input=inputs[name])).code == "FORBIDDEN"
    assert await everything() == before
    assert (await ask(document(name), caller_as("admin", tree.top), input=inputs[name])).code is None


@pytest.mark.parametrize("name", MUTATIONS)
async def test_nobody_and_those_without_a_role_may_nothing(ask, tree, inputs, everything, name):
    before = await everything()
    assert (await ask(document(name), ANONYMOUS, input=inputs[name])).code == "SIGN_IN_REQUIRED"
    assert (await ask(document(name), Caller("someone"), input=inputs[name])).code == "FORBIDDEN"
    assert await everything() == before


@pytest.mark.parametrize("name", MUTATIONS)
async def test_what_there_is_not_is_not_found(ask, tree, inputs, everything, name):
    nothing = "00000000-0000-0000-0000-000000000000"
    lost = {
        key: nothing if key in ("id", "unitId", "classId", "personId") else value for key, value in inputs[name].items()
    }
    before = await everything()
    assert (await ask(document(name), caller_as("admin", tree.top), input=lost)).code == "NOT_FOUND"
    assert await everything() == before
