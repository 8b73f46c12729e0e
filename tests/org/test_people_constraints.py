"""The database itself refuses what breaks a rule about people and posts, whatever the Python in front of it does."""

from datetime import date

import asyncpg
import pytest

from kit import db
from kit.db import violated
from kit.identity import SYSTEM
from org.people.service import add_person, appoint, found_department, record_class, set_seats

JULY = date(2025, 7, 1)


@pytest.fixture
async def ids(tree):
    """A department with a head and one seat in Hà Nội; a class; what statements name."""
    person = await add_person(SYSTEM, "Trần Thị Bình", unit_id=tree.hanoi["id"])
    other = await add_person(SYSTEM, "Nguyễn Văn An", unit_id=tree.hanoi["id"])
    department = await found_department(SYSTEM, tree.hanoi["id"], None, "Văn phòng", None, JULY)
    await set_seats(SYSTEM, tree.hanoi["id"], "department_head", 1, JULY, department.id)
    await appoint(SYSTEM, person.id, tree.hanoi["id"], "department_head", JULY, date(2028, 7, 1), department.id)
    # Long ago, so that days before the department's are not days before the unit's.
    await db.execute("UPDATE unit SET created_on = '2000-01-01' WHERE id = $1", tree.hanoi["id"])
    await db.execute(
        "UPDATE unit SET created_on = '2000-01-01', closed_on = '2026-06-01' WHERE id = $1", tree.hue["id"]
    )
    class_id = await record_class(SYSTEM, tree.hanoi["id"], "Viết tin", "writing", JULY, JULY)
    return {
        "hanoi": tree.hanoi["id"],
        "hue": tree.hue["id"],
        "person": person.id,
        "other": other.id,
        "department": department.id,
        "class": class_id,
    }


PERSON = "UPDATE person SET {} WHERE display_name = 'Trần Thị Bình'"
VERSION = "INSERT INTO department_version (department_id, unit_id, name_vi, sort_key, valid) VALUES ('{department}', "
POST = "INSERT INTO post (unit_id, department_id, code, seats, valid) VALUES ('{hanoi}', "
HELD = "INSERT INTO appointment (person_id, unit_id, department_id, post, valid) VALUES "
NETWORK = "INSERT INTO collaborator (person_id, unit_id, kind, valid) VALUES ('{person}', '{hanoi}', 'press', "
CLASS = "INSERT INTO training_class (unit_id, name, topic, held) VALUES ('{hanoi}', "
CERTIFICATE = "INSERT INTO certificate (person_id, kind, issuer, valid) VALUES ('{person}', 'journalism', "

BROKEN = [
    ("person_has_a_name", PERSON.format("display_name = ''")),
    ("person_name_bounded", PERSON.format("display_name = repeat('x', 151)")),
    ("person_subject_bounded", PERSON.format("subject = repeat('x', 201)")),
    ("person_subject_not_blank", PERSON.format("subject = ''")),
    ("person_email_is_one", PERSON.format("email = 'nobody'")),
    ("person_email_is_one", PERSON.format("email = 'a b@c'")),
    ("person_phone_is_one", PERSON.format("phone = 'call me'")),
    ("person_phone_is_one", PERSON.format("phone = '1'")),
    ("person_named_or_erased", PERSON.format("display_name = NULL")),
    ("person_named_or_erased", PERSON.format("erased_on = '2026-01-01', sort_key = ''")),
    (
        "person_erased_holds_nothing",
        PERSON.format("display_name = NULL, erased_on = '2026-01-01', sort_key = '', email = 'a@b'"),
    ),
    ("person_erased_holds_nothing", PERSON.format("display_name = NULL, erased_on = '2026-01-01'")),
    ("person_unit_known", PERSON.format("unit_id = gen_random_uuid()")),
    ("department_version_has_a_name", VERSION + "'{hanoi}', '', '', '[2020-01-01,2020-02-01)')"),
    ("department_version_names_bounded", VERSION + "'{hanoi}', repeat('x', 251), '', '[2020-01-01,2020-02-01)')"),
    ("department_version_valid_not_empty", VERSION + "'{hanoi}', 'A', '', 'empty')"),
    ("department_version_no_overlap", VERSION + "'{hanoi}', 'A', '', '[2026-01-01,2026-02-01)')"),
    ("department_version_of_a_department", VERSION + "'{hue}', 'A', '', '[2020-01-01,2020-02-01)')"),
    ("department_version_decision_bounded", "UPDATE department_version SET decision_number = ''"),
    ("department_keeps_its_posts", "UPDATE department_version SET valid = '[2025-07-01,2026-01-01)'"),
    ("department_keeps_its_posts", "DELETE FROM department_version"),
    ("post_has_seats", POST + "NULL, 'chair', 0, '[2026-01-01,)')"),
    ("post_has_seats", POST + "NULL, 'chair', 1001, '[2026-01-01,)')"),
    ("post_valid_not_empty", POST + "NULL, 'chair', 1, 'empty')"),
    ("post_no_overlap", POST + "'{department}', 'department_head', 1, '[2026-01-01,)')"),
    ("post_decision_bounded", "UPDATE post SET decision_number = repeat('x', 101)"),
    ("department_there", POST + "'{department}', 'department_deputy', 1, '[2025-06-30,)')"),
    (
        "post_department_of_the_unit",
        "INSERT INTO post (unit_id, department_id, code, seats, valid) VALUES ('{hue}', '{department}', 'chair', 1, '[2026-01-01,)')",
    ),
    ("post_within_seats", HELD + "('{other}', '{hanoi}', '{department}', 'department_head', '[2028-06-30,)')"),
    (
        "post_within_seats",
        HELD + "('{other}', '{hanoi}', '{department}', 'department_head', '[2025-07-01,2025-07-02)')",
    ),
    ("department_there", HELD + "('{other}', '{hanoi}', '{department}', 'department_deputy', '[2020-01-01,)')"),
    ("appointment_department_of_the_unit", HELD + "('{other}', '{hue}', '{department}', 'chair', '[2026-01-01,)')"),
    ("appointment_no_overlap", HELD + "('{person}', '{hanoi}', '{department}', 'department_head', '[2026-01-01,)')"),
    ("appointment_valid_not_empty", "UPDATE appointment SET valid = 'empty', term_until = NULL"),
    ("appointment_ends_within_its_term", "UPDATE appointment SET valid = '[2025-07-01,2028-07-02)'"),
    ("appointment_ends_within_its_term", "UPDATE appointment SET valid = '[2025-07-01,)'"),
    (
        "appointment_end_has_a_day",
        "UPDATE appointment SET end_reason = 'other', term_until = NULL, valid = '[2025-07-01,)'",
    ),
    ("appointment_decision_bounded", "UPDATE appointment SET decision_number = ''"),
    ("collaborator_valid_not_empty", NETWORK + "'empty')"),
    ("collaborator_no_overlap", NETWORK + "'[2026-01-01,)'), ('{person}', '{hanoi}', 'press', '[2027-01-01,)')"),
    ("training_class_has_a_name", CLASS + "'', 'law', '[2026-01-01,2026-01-02)')"),
    ("training_class_held_on_days", CLASS + "'A', 'law', '[2026-01-01,)')"),
    ("training_class_held_on_days", CLASS + "'A', 'law', 'empty')"),
    ("training_class_once", CLASS + "'VIẾT TIN', 'law', '[2025-07-01,2025-07-03)')"),
    (
        "training_attendance_once",
        "INSERT INTO training_attendance (class_id, person_id) VALUES ('{class}', '{person}'), ('{class}', '{person}')",
    ),
    ("within_a_unit", HELD + "('{person}', '{hanoi}', NULL, 'chair', '[1999-12-31,)')"),
    ("within_a_unit", HELD + "('{person}', '{hue}', NULL, 'chair', '[2026-06-01,)')"),
    ("within_a_unit", "UPDATE appointment SET valid = '[1999-12-31,2028-07-01)'"),
    ("within_a_unit", "UPDATE post SET unit_id = '{hue}', department_id = NULL, valid = '[2026-07-01,)'"),
    ("within_a_unit", NETWORK + "'[1999-12-31,)')"),
    ("within_a_unit", POST + "NULL, 'chair', 1, '[1999-12-31,)')"),
    ("within_a_unit", VERSION + "'{hanoi}', 'A', '', '[1999-12-31,2000-02-01)')"),
    ("within_a_unit", CLASS + "'A', 'law', '[1999-12-31,2000-01-02)')"),
    ("certificate_has_an_issuer", CERTIFICATE + "'', '[2026-01-01,)')"),
    ("certificate_valid_from_a_day", CERTIFICATE + "'A', '(,2026-01-01)')"),
    ("certificate_once", CERTIFICATE + "'A', '[2026-01-01,)'), ('{person}', 'journalism', 'a', '[2026-02-01,)')"),
]


@pytest.mark.parametrize(("constraint", "statement"), BROKEN)
async def test_the_database_refuses(ids, everything, constraint, statement):
    before = await everything()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with db.transaction():
            await db.execute(statement.format(**ids))
    assert violated(refused.value) == constraint
    assert await everything() == before


async def test_two_departments_of_a_unit_have_no_name_in_common(ids, everything):
    await db.execute("INSERT INTO department (id, unit_id) VALUES (gen_random_uuid(), $1)", ids["hanoi"])
    before = await everything()
    with pytest.raises(asyncpg.ExclusionViolationError) as refused:
        async with db.transaction():
            await db.execute(
                """INSERT INTO department_version (department_id, unit_id, name_vi, sort_key, valid)
                   SELECT id, unit_id, 'VĂN PHÒNG', '', '[2026-01-01,)' FROM department WHERE id <> $1""",
                ids["department"],
            )
    assert violated(refused.value) == "department_version_name_once_a_day"
    assert await everything() == before


async def test_the_service_may_only_add_to_the_audit_trail_and_forget_in_it():
    """By permission: the owner of the tables has lost the right to change anything of the trail but whose account it was."""
    granted = await db.rows(
        """SELECT column_name, privilege_type FROM information_schema.column_privileges
           WHERE table_name = 'audit' AND privilege_type = 'UPDATE'"""
    )
    assert [tuple(row) for row in granted] == [("subject", "UPDATE")]
