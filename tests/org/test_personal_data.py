"""Personal data law: everything about a person on request, and, on request, nothing of it anywhere any more."""

from datetime import date, timedelta
from hashlib import sha256

import asyncpg
import orjson
import pytest

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM, Caller, Grant
from kit.testing import caller_as
from org.access.service import caller_of, grant_role, grants_of, revoke_role
from org.people.service import (
    CONTACT_KEPT,
    add_collaborator,
    add_person,
    appoint,
    correct_person,
    erase_person,
    export_person,
    forget_old_contacts,
    found_department,
    link_account,
    record_attendance,
    record_certificate,
    record_class,
    set_seats,
)
from org.units.service import UnitNames, rename_unit
from org.vietnamese import search_form, sort_key

EXPORT = """mutation ($input: ExportPersonInput!) { exportPerson(input: $input) {
  __typename ... on ExportPersonSuccess { json } ... on Problem { code } } }"""
ERASE = """mutation ($input: ErasePersonInput!) { erasePerson(input: $input) {
  __typename ... on ErasePersonSuccess { person { id name erased } termsEnded collaborationsEnded grantsEnded }
  ... on Problem { code } } }"""

JULY, AUGUST = date(2025, 7, 1), date(2025, 8, 1)
NAME, FORMER, ACCOUNT = "Quỳnh Xuân Độc Nhất", "Quỳnh Xuân Một Thời", "oidc|quynh-4711"
EMAIL, PHONE = "quynh.4711@example.vn", "+84 900 471 147"


@pytest.fixture
async def quynh(tree):
    """Somebody about whom much is stored, who did much, and to whom much was done."""
    person = await add_person(SYSTEM, FORMER, ACCOUNT, unit_id=tree.hanoi["id"], email=EMAIL, phone=PHONE)
    await correct_person(SYSTEM, person.id, NAME, EMAIL, PHONE)
    await grant_role(SYSTEM, ACCOUNT, "editor", tree.hanoi["id"], reason=f"Theo đề nghị của {NAME}")
    held = await grant_role(SYSTEM, ACCOUNT, "analyst", tree.hanoi["id"])
    await revoke_role(SYSTEM, held["id"], reason=f"{NAME} chuyển việc")
    await grant_role(SYSTEM, ACCOUNT, "worker", tree.garment["id"], since=today() + timedelta(days=5))
    chief = Caller(ACCOUNT, (Grant("admin", str(tree.hanoi["id"]), tree.hanoi["path"]),), 1)
    await grant_role(chief, "lan", "worker", tree.garment["id"])
    await rename_unit(chief, tree.garment["id"], UnitNames("Công đoàn May Hòa Bình"))
    await set_seats(chief, tree.hanoi["id"], "chair", 1, JULY)
    await found_department(chief, tree.hanoi["id"], None, "Văn phòng", None, JULY)
    await appoint(chief, person.id, tree.hanoi["id"], "chair", AUGUST, date(2029, 7, 1))
    await appoint(chief, person.id, tree.hanoi["id"], "committee_member", JULY, AUGUST)
    await appoint(chief, person.id, tree.hanoi["id"], "spokesperson", today() + timedelta(days=9))
    await add_collaborator(chief, person.id, tree.hanoi["id"], "press", JULY)
    class_id = await record_class(chief, tree.hanoi["id"], "Viết tin", "writing", JULY, JULY)
    await record_attendance(chief, class_id, [person.id])
    await record_certificate(chief, person.id, "journalism", "Học viện A", JULY)
    return person


async def everywhere(text):
    """Return every place of the database where a text stands, in whatever column of whatever table."""
    columns = await db.rows(
        """SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
           WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm') AND attnum > 0 AND NOT attisdropped"""
    )
    assert {("outbox", "payload"), ("audit", "subject"), ("audit", "after"), ("person", "sort_key")} <= {
        (row["relname"], row["attname"]) for row in columns
    }
    return [
        f"{column['relname']}.{column['attname']}"
        for column in columns
        if await db.value(
            f"""SELECT EXISTS (SELECT FROM "{column["relname"]}"
                WHERE strpos(lower("{column["attname"]}"::text), lower($1)) > 0)""",
            text,
        )
    ]


async def test_nothing_anywhere_holds_what_was_erased(ask, tree, quynh):
    texts = [NAME, FORMER, EMAIL, PHONE, ACCOUNT, sort_key(NAME), search_form(NAME), "quynh xuan"]
    assert sorted(await everywhere(NAME)) == ["person.display_name", "role_grant.end_reason", "role_grant.reason"]
    assert {"audit.subject", "outbox.payload", "person.subject", "role_grant.granted_by", "role_grant.subject"} <= set(
        await everywhere(ACCOUNT)
    )
    assert await everywhere(sort_key(NAME)) == ["person.sort_key"]
    reply = await ask(ERASE, caller_as("admin", tree.hanoi), input={"id": str(quynh.id)})
    assert reply.field == {
        "__typename": "ErasePersonSuccess",
        "person": {"id": str(quynh.id), "name": None, "erased": True},
        "termsEnded": 2,
        "collaborationsEnded": 1,
        "grantsEnded": 2,
    }
    assert [await everywhere(text) for text in texts] == [[] for _ in texts]


async def test_somebody_who_erases_themself_leaves_no_trace_either(tree, quynh):
    chief = Caller(ACCOUNT, (Grant("admin", str(tree.hanoi["id"]), tree.hanoi["path"]),), 1)
    await erase_person(chief, quynh.id)
    assert await everywhere(ACCOUNT) == []
    assert await db.value("SELECT subject FROM audit WHERE action = 'person.erased'") == f"erased:{quynh.id}"


async def test_counts_and_history_add_up_afterwards(ask, tree, quynh):
    await erase_person(SYSTEM, quynh.id)
    document = """query ($asOf: Date) { unitByCode(code: "HN") { officers(asOf: $asOf) {
      nodes { name post until endReason person { id name erased contact { email } terms { nodes { post } } } } }
      posts(asOf: $asOf) { nodes { post vacant } } communicationsTraining(posts: ["chair"], asOf: $asOf) { officers trained certified } } }"""
    editor = caller_as("editor", tree.hanoi)
    past = (await ask(document, editor, asOf="2025-12-31")).field
    assert past["officers"]["nodes"] == [
        {
            "name": "—",
            "post": "chair",
            "until": today().isoformat(),
            "endReason": "erased",
            "person": {
                "id": str(quynh.id),
                "name": None,
                "erased": True,
                "contact": None,
                "terms": {"nodes": [{"post": "chair"}, {"post": "committee_member"}]},
            },
        }
    ]
    assert past["communicationsTraining"] == {"officers": 1, "trained": 1, "certified": 1}
    assert past["posts"]["nodes"] == [{"post": "chair", "vacant": 0}]
    now = (await ask(document, editor)).field
    assert (now["officers"]["nodes"], now["posts"]["nodes"]) == ([], [{"post": "chair", "vacant": 1}])
    assert await db.value("SELECT count(*) FROM audit WHERE subject = $1", f"erased:{quynh.id}") == 11


async def test_the_account_holds_nothing_and_stays_on_record_as_an_alias(tree, quynh, events):
    await erase_person(SYSTEM, quynh.id)
    assert await grants_of(ACCOUNT) == ()
    assert (await caller_of(ACCOUNT)).grants == ()
    assert await db.value("SELECT count(*) FROM role_grant WHERE subject = $1", f"erased:{quynh.id}") == 2
    # It names nobody, at which the gateway forgets every passport.
    granted, forgotten = await events(2)
    assert granted == ("grant.changed", {})
    # Neither do other services read from it whose account it was, but they know it again.
    name, told = forgotten
    assert (name, told["alias"], sorted(told)) == ("account.forgotten", f"erased:{quynh.id}", ["alias", "hash", "salt"])
    assert told["hash"] == sha256((told["salt"] + ACCOUNT).encode()).hexdigest()
    assert await db.value("SELECT granted_by FROM role_grant WHERE subject = 'lan'") == f"erased:{quynh.id}"


async def test_what_was_erased_stays_erased(ask, tree, quynh, everything):
    await erase_person(SYSTEM, quynh.id)
    before = await everything()
    person, admin = str(quynh.id), caller_as("admin", tree.top)
    assert (await ask(ERASE, admin, input={"id": person})).code == "PERSON_ERASED"
    for change in (
        'correctPerson(input: {id: $id, displayName: "A"})',
        'linkPersonAccount(input: {id: $id, account: "a"})',
        f'appointPerson(input: {{personId: $id, unitId: "{tree.hanoi["id"]}", post: "chair"}})',
        f'addCollaborator(input: {{personId: $id, unitId: "{tree.hanoi["id"]}", kind: "press"}})',
        'recordCertificate(input: {personId: $id, kind: "journalism", issuer: "A", issuedOn: "2026-01-01"})',
    ):
        reply = await ask(f"mutation ($id: ID!) {{ {change} {{ ... on Problem {{ code }} }} }}", admin, id=person)
        assert reply.code == "PERSON_ERASED", change
    assert await everything() == before
    for statement in (
        "UPDATE person SET display_name = 'A', erased_on = NULL WHERE id = $1",
        "UPDATE person SET erased_on = '2020-01-01' WHERE id = $1",
        "INSERT INTO appointment (person_id, unit_id, post, valid) SELECT id, unit_id, 'chair', '[2099-01-01,)' FROM person WHERE id = $1",
        "INSERT INTO collaborator (person_id, unit_id, kind, valid) SELECT id, unit_id, 'press', '[2099-01-01,)' FROM person WHERE id = $1",
        "INSERT INTO certificate (person_id, kind, issuer, valid) VALUES ($1, 'other', 'A', '[2026-01-01,)')",
        """WITH made AS (INSERT INTO training_class (unit_id, name, topic, held)
           SELECT unit_id, 'Lớp khác', 'law', '[2026-01-01,2026-01-02)' FROM person WHERE id = $1 RETURNING id)
           INSERT INTO training_attendance (class_id, person_id) SELECT id, $1 FROM made""",
    ):
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            async with db.transaction():
                await db.execute(statement, quynh.id)
        assert db.violated(refused.value) in ("person_stays_erased", "person_not_erased")
    assert await everything() == before


async def test_the_audit_trail_forgets_nobody_else_and_nothing_else(tree, quynh):
    for statement in (
        "UPDATE audit SET subject = 'somebody else'",
        f"UPDATE audit SET subject = 'erased:{quynh.id}'",
        "UPDATE audit SET action = 'nothing.happened'",
    ):
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            async with db.transaction():
                await db.execute(statement)
        assert db.violated(refused.value) == "audit_only_forgets"
    await erase_person(SYSTEM, quynh.id)
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.transaction():
            await db.execute(f"UPDATE audit SET subject = 'erased:{quynh.id}', after = NULL WHERE after IS NOT NULL")


async def test_every_column_that_names_an_account_is_one_that_is_forgotten(tree):
    """Whatever table it is in: what holds an account is called `subject` or `…_by`, and is a text."""
    odd = await db.rows(
        """SELECT table_name, column_name, data_type FROM information_schema.columns
           WHERE table_schema = 'public' AND (column_name ~ '(^|_)(subject|account|user)(_|$)' OR column_name ~ '_by$')
             AND NOT ((column_name = 'subject' OR column_name ~ '_by$') AND data_type IN ('text', 'character varying'))"""
    )
    assert [tuple(row) for row in odd] == []


async def test_an_export_tells_everything_and_is_on_record(ask, tree, quynh):
    reply = await ask(EXPORT, Caller(ACCOUNT), input={})
    told = orjson.loads(reply.field["json"])
    assert told["person"] == {
        "id": str(quynh.id),
        "display_name": NAME,
        "subject": ACCOUNT,
        "email": EMAIL,
        "phone": PHONE,
        "unit_id": str(tree.hanoi["id"]),
        "recorded_on": today().isoformat(),
        "erased_on": None,
    }
    assert [post["post"] for post in told["posts"]] == ["committee_member", "chair", "spokesperson"]
    assert [(c["kind"], c["since"]) for c in told["collaborations"]] == [("press", "2025-07-01")]
    assert [training["name"] for training in told["trainings"]] == ["Viết tin"]
    assert [certificate["issuer"] for certificate in told["certificates"]] == ["Học viện A"]
    assert sorted(role["role"] for role in told["roles"]) == ["analyst", "editor", "worker"]
    assert [entry["action"] for entry in told["recorded_about_you"]] == ["person.corrected", "person.added"]
    assert len(told["done_by_you"]) == told["done_by_you_in_all"] == 11
    assert "system" not in reply.field["json"]
    last = await db.row("SELECT subject, action, unit_id, thing_id, after::text FROM audit ORDER BY id DESC LIMIT 1")
    assert tuple(last) == (ACCOUNT, "person.exported", tree.hanoi["id"], str(quynh.id), '{"own": true}')


async def test_an_export_is_for_the_person_and_for_admins_of_all_they_serve(ask, tree, quynh, everything):
    wanted = {"id": str(quynh.id)}
    before = await everything()
    refused = [
        caller_as("editor", tree.top),
        caller_as("analyst", tree.top),
        caller_as("admin", tree.garment),
        caller_as("admin", tree.hue),
        Caller("someone"),
    ]
    for caller in refused:
        assert (await ask(EXPORT, caller, input=wanted)).code == "FORBIDDEN"
        assert (await ask(ERASE, caller, input=wanted)).code == "FORBIDDEN"
    assert (await ask(ERASE, Caller(ACCOUNT), input=wanted)).code == "FORBIDDEN"
    for document in (EXPORT, ERASE):
        assert (await ask(document, ANONYMOUS, input=wanted)).code == "SIGN_IN_REQUIRED"
        nobody = {"id": "00000000-0000-0000-0000-000000000000"}
        assert (await ask(document, caller_as("admin", tree.top), input=nobody)).code == "NOT_FOUND"
    assert await everything() == before
    assert (await ask(EXPORT, caller_as("admin", tree.hanoi), input=wanted)).code is None


async def test_an_admin_of_one_of_two_units_can_neither_export_nor_erase(ask, tree, quynh, everything):
    await appoint(SYSTEM, quynh.id, tree.hue["id"], "chair", JULY)
    before = await everything()
    for document in (EXPORT, ERASE):
        assert (await ask(document, caller_as("admin", tree.hanoi), input={"id": str(quynh.id)})).code == "FORBIDDEN"
    assert await everything() == before
    both = tuple(Grant("admin", str(unit["id"]), unit["path"]) for unit in (tree.hanoi, tree.hue))
    assert (await ask(ERASE, Caller("both", both), input={"id": str(quynh.id)})).code is None


async def test_nobody_ends_the_roles_of_others_by_claiming_their_account(ask, tree, everything):
    await grant_role(SYSTEM, "chief", "admin", tree.top["id"])
    mine = await add_person(SYSTEM, "Người nào đó", unit_id=tree.hanoi["id"])
    before = await everything()
    admin = caller_as("admin", tree.hanoi)
    link = "mutation ($input: LinkPersonAccountInput!) { linkPersonAccount(input: $input) { ... on Problem { code } } }"
    add = "mutation ($input: AddPersonInput!) { addPerson(input: $input) { ... on Problem { code } } }"
    assert (await ask(link, admin, input={"id": str(mine.id), "account": "chief"})).code == "FORBIDDEN"
    claimed = {"unitId": str(tree.hanoi["id"]), "displayName": "Tôi", "account": "chief"}
    assert (await ask(add, admin, input=claimed)).code == "FORBIDDEN"
    assert await everything() == before
    # When an account got a role elsewhere later, erasing needs an admin there too.
    await link_account(SYSTEM, mine.id, "chief")
    before = await everything()
    assert (await ask(ERASE, admin, input={"id": str(mine.id)})).code == "FORBIDDEN"
    assert (await ask(link, admin, input={"id": str(mine.id)})).code == "FORBIDDEN"
    assert await everything() == before


async def test_the_erasure_is_on_record_with_the_day_of_the_request(ask, tree, quynh, everything):
    before = await everything()
    tomorrow = (today() + timedelta(days=1)).isoformat()
    late = {"id": str(quynh.id), "requestedOn": tomorrow}
    assert (await ask(ERASE, caller_as("admin", tree.hanoi), input=late)).code == "INVALID_INPUT"
    assert await everything() == before
    await ask(ERASE, caller_as("admin", tree.hanoi), input={"id": str(quynh.id), "requestedOn": "2026-01-05"})
    last = await db.row("SELECT action, unit_id, after FROM audit WHERE action = 'person.erased'")
    assert (last["unit_id"], orjson.loads(last["after"])) == (
        tree.hanoi["id"],
        {"requested_on": "2026-01-05", "terms_ended": 2, "collaborations_ended": 1, "grants_ended": 2},
    )


async def test_an_export_of_somebody_erased_is_the_bare_history(tree, quynh):
    await erase_person(SYSTEM, quynh.id)
    told = orjson.loads(await export_person(SYSTEM, quynh.id))
    assert (told["person"]["display_name"], told["roles"], told["done_by_you"]) == (None, [], [])
    assert len(told["posts"]) == 2


async def test_contacts_are_forgotten_a_year_after_the_last_service(tree):
    long_ago = today() - CONTACT_KEPT - timedelta(days=1)

    async def somebody(name, until=None):
        person = await add_person(SYSTEM, name, unit_id=tree.hanoi["id"], email="a@example.vn", phone="0900 000 000")
        await db.execute("UPDATE person SET recorded_on = '2020-01-01' WHERE id = $1", person.id)
        if until:
            await appoint(SYSTEM, person.id, tree.top["id"], "committee_member", date(2020, 1, 1), until)
        return person.id

    kept = await somebody("Chín", long_ago + timedelta(days=3))
    await somebody("An"), await somebody("Bình", long_ago)
    await add_person(SYSTEM, "Mới", unit_id=tree.hanoi["id"], phone="0900 000 000")
    assert await forget_old_contacts() == 2
    assert await forget_old_contacts() == 0
    rows = await db.rows("SELECT display_name FROM person WHERE phone IS NOT NULL ORDER BY sort_key")
    assert [row["display_name"] for row in rows] == ["Chín", "Mới"]
    assert (
        await db.value("SELECT count(*) FROM audit WHERE action = 'person.contact_forgotten' AND subject = 'system'")
        == 2
    )
    assert kept is not None


async def test_the_job_forgets_old_contacts(tree):
    from org.people.jobs import contacts_forgotten

    person = await add_person(SYSTEM, "An", unit_id=tree.hanoi["id"], phone="0900 000 000")
    await db.execute("UPDATE person SET recorded_on = '2020-01-01' WHERE id = $1", person.id)
    await contacts_forgotten()
    assert await db.value("SELECT phone FROM person WHERE id = $1", person.id) is None


async def test_an_account_that_is_nobodys_on_record_gets_what_is_stored_about_it(ask, tree):
    await grant_role(SYSTEM, "unknown", "worker", tree.hanoi["id"])
    told = orjson.loads((await ask(EXPORT, Caller("unknown"), input={})).field["json"])
    assert told["person"] is None
    assert [role["role"] for role in told["roles"]] == ["worker"]
    assert (told["done_by_you"], told["done_by_you_in_all"]) == ([], 0)
    entry = await db.row("SELECT subject, unit_id, kind, thing_id FROM audit WHERE action = 'person.exported'")
    assert tuple(entry) == ("unknown", None, "account", "own")


async def test_an_account_of_which_nothing_is_stored_gets_an_answer_too(ask, tree):
    told = orjson.loads((await ask(EXPORT, Caller("stranger"), input={})).field["json"])
    assert (told["person"], told["roles"], told["done_by_you"]) == (None, [], [])
    assert (await ask(EXPORT, ANONYMOUS, input={})).code == "SIGN_IN_REQUIRED"
