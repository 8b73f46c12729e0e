"""Giving, extending and taking roles."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from kit import db
from kit.calendar import VIETNAM, today
from kit.errors import InvalidInput
from kit.identity import ANONYMOUS, SYSTEM, Caller, Grant
from kit.testing import caller_as, queries
from org.access.service import (
    MOST_GRANTS,
    GrantLimitReached,
    caller_of,
    extend_role,
    grant_role,
    grants_of,
    revoke_role,
)

GRANT = """mutation ($input: GrantRoleInput!) { grantRole(input: $input) { __typename
  ... on GrantRoleSuccess { grant { subject role since until grantedBy reason unit { code } } }
  ... on GrantDateBackwards { earliest } ... on InvalidInput { field } ... on Problem { code } } }"""
REVOKE = """mutation ($input: RevokeRoleInput!) { revokeRole(input: $input) { __typename
  ... on RevokeRoleSuccess { grant { until endedBy endReason } }
  ... on InvalidInput { field } ... on Problem { code } } }"""
EXTEND = """mutation ($input: ExtendRoleInput!) { extendRole(input: $input) { __typename
  ... on ExtendRoleSuccess { grant { until endedBy reason } }
  ... on InvalidInput { field } ... on Problem { code } } }"""
ME = "{ me { subject displayName grants { role unit { code } until } } }"


def role(unit, role="editor", subject="lan", **more):
    return {"subject": subject, "role": role, "unitId": str(unit["id"]), **more}


def day(ahead):
    return today() + timedelta(days=ahead)


def midnight(ahead):
    """When a day begins, as the graph writes it."""
    return datetime.combine(day(ahead), datetime.min.time(), VIETNAM).astimezone(UTC).isoformat()


async def only_grant():
    return await db.row("SELECT *, lower(valid) AS since, upper(valid) AS until FROM role_grant")


async def test_an_admin_grants_and_revokes(ask, tree, events):
    admin = caller_as("admin", tree.hanoi, subject="chief")
    reply = await ask(GRANT, admin, input=role(tree.hanoi, reason=" QĐ  12/2026 "))
    given = reply.field["grant"]
    assert datetime.now(UTC) - datetime.fromisoformat(given.pop("since")) < timedelta(seconds=5)
    assert given == {
        "subject": "lan",
        "role": "editor",
        "until": None,
        "grantedBy": "chief",
        "reason": "QĐ 12/2026",
        "unit": {"code": "HN"},
    }
    assert await grants_of("lan") == (Grant("editor", str(tree.hanoi["id"]), tree.hanoi["path"]),)
    made = await only_grant()
    reply = await ask(REVOKE, admin, input={"grantId": str(made["id"]), "reason": "Nghỉ hưu"})
    ended = await only_grant()
    assert reply.field == {
        "__typename": "RevokeRoleSuccess",
        "grant": {"until": ended["until"].isoformat(), "endedBy": "chief", "endReason": "Nghỉ hưu"},
    }
    assert (ended["since"], ended["reason"]) == (made["since"], "QĐ 12/2026")
    assert await grants_of("lan") == ()
    assert await events(2) == [("grant.changed", {"subject": "lan"})] * 2


async def test_a_grant_begins_and_ends_with_days_in_viet_nam(ask, tree):
    admin = caller_as("admin", tree.hanoi)
    given = role(tree.hanoi, since=day(3).isoformat(), until=day(10).isoformat())
    reply = (await ask(GRANT, admin, input=given)).field["grant"]
    assert (reply["since"], reply["until"]) == (midnight(3), midnight(10))
    assert await grants_of("lan") == ()


async def test_a_grant_that_begins_today_begins_at_once(tree):
    await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"], since=today(), until=day(1))
    assert [grant.role for grant in await grants_of("lan")] == ["editor"]


@pytest.mark.parametrize(
    ("since", "until", "earliest"), [(-1, None, 0), (None, 0, 1), (None, -5, 1), (3, 3, 4), (3, 1, 4), (0, 0, 1)]
)
async def test_refuses_dates_backwards(ask, tree, everything, since, until, earliest):
    before = await everything()
    dates = {name: day(ahead).isoformat() for name, ahead in (("since", since), ("until", until)) if ahead is not None}
    reply = await ask(GRANT, caller_as("admin", tree.hanoi), input=role(tree.hanoi, **dates))
    assert reply.field == {
        "__typename": "GrantDateBackwards",
        "code": "DATE_BACKWARDS",
        "earliest": day(earliest).isoformat(),
    }
    assert await everything() == before


async def test_refuses_a_day_beyond_reason(ask, tree, everything):
    before = await everything()
    for dates in ({"until": "9999-12-31"}, {"since": "3000-01-01"}):
        reply = await ask(GRANT, caller_as("admin", tree.hanoi), input=role(tree.hanoi, **dates))
        assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", *dates)
    assert await everything() == before


async def test_a_revoked_grant_stays_on_record_and_may_be_given_again(tree):
    grant = await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"])
    await revoke_role(SYSTEM, grant["id"])
    await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"])
    assert await db.value("SELECT count(*) FROM role_grant") == 2
    assert len(await grants_of("lan")) == 1


async def test_a_grant_can_be_revoked_on_a_day_to_come_and_extended_again(ask, tree):
    admin = caller_as("admin", tree.hanoi, subject="chief")
    grant = await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"])
    reply = await ask(REVOKE, admin, input={"grantId": str(grant["id"]), "on": day(7).isoformat()})
    assert reply.field["grant"] == {"until": midnight(7), "endedBy": "chief", "endReason": None}
    assert len(await grants_of("lan")) == 1
    longer = {"grantId": str(grant["id"]), "until": day(30).isoformat(), "reason": "Gia hạn"}
    assert (await ask(EXTEND, admin, input=longer)).field["grant"] == {
        "until": midnight(30),
        "endedBy": None,
        "reason": "Gia hạn",
    }
    for_good = {"grantId": str(grant["id"])}
    assert (await ask(EXTEND, admin, input=for_good)).field["grant"]["until"] is None


async def test_a_grant_revoked_before_it_begins_leaves_nothing_but_its_trail(ask, tree):
    for on in (None, day(2)):
        grant = await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"], since=day(2))
        asked = {"grantId": str(grant["id"]), "on": on and on.isoformat()}
        assert (await ask(REVOKE, caller_as("admin", tree.top), input=asked)).field["grant"] is None
    assert await db.value("SELECT count(*) FROM role_grant") == 0
    actions = await db.rows("SELECT action FROM audit WHERE kind = 'role_grant' ORDER BY id")
    assert [row["action"] for row in actions] == ["role.granted", "role.withdrawn"] * 2


async def test_refuses_to_revoke_or_extend_what_has_ended(ask, tree, everything):
    grant = await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"])
    await revoke_role(SYSTEM, grant["id"])
    before = await everything()
    for document in (REVOKE, EXTEND):
        reply = await ask(document, caller_as("admin", tree.top), input={"grantId": str(grant["id"])})
        assert reply.code == "GRANT_ENDED"
    assert await everything() == before


async def test_refuses_to_revoke_later_than_it_ends_or_to_extend_to_earlier(ask, tree, everything):
    grant = await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"], until=day(5))
    open_ended = await grant_role(SYSTEM, "lan", "analyst", tree.hanoi["id"])
    before = await everything()
    for document, changes, field in (
        (REVOKE, {"grantId": str(grant["id"]), "on": day(5).isoformat()}, "on"),
        (EXTEND, {"grantId": str(grant["id"]), "until": day(5).isoformat()}, "until"),
        (EXTEND, {"grantId": str(grant["id"]), "until": day(-5).isoformat()}, "until"),
        (EXTEND, {"grantId": str(open_ended["id"]), "until": day(900).isoformat()}, "until"),
    ):
        reply = await ask(document, caller_as("admin", tree.top), input=changes)
        assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    past = {"grantId": str(grant["id"]), "on": day(-1).isoformat()}
    assert (await ask(REVOKE, caller_as("admin", tree.top), input=past)).code == "DATE_BACKWARDS"
    assert await everything() == before


async def test_refuses_a_role_that_is_held_already(ask, tree, everything):
    await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"])
    before = await everything()
    for dates in ({}, {"since": day(40).isoformat()}, {"until": day(1).isoformat()}):
        reply = await ask(GRANT, caller_as("admin", tree.top), input=role(tree.hanoi, **dates))
        assert reply.code == "GRANT_EXISTS"
    assert await everything() == before


async def test_grants_of_one_role_may_follow_one_another_but_not_overlap(ask, tree, everything):
    first = await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"], until=day(5))
    await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"], since=day(5), until=day(9))
    before = await everything()
    longer = {"grantId": str(first["id"]), "until": day(6).isoformat()}
    assert (await ask(EXTEND, caller_as("admin", tree.top), input=longer)).code == "GRANT_EXISTS"
    assert await everything() == before


async def test_refuses_to_change_a_grant_that_is_not_there(ask, tree, everything):
    before = await everything()
    for document in (REVOKE, EXTEND):
        for unknown in (str(uuid4()), "x", ""):
            assert (await ask(document, caller_as("admin", tree.top), input={"grantId": unknown})).code == "NOT_FOUND"
    assert await everything() == before


async def test_an_admin_can_not_grant_above_the_own_unit(ask, tree, everything):
    before = await everything()
    admin = caller_as("admin", tree.hanoi)
    for unit in (tree.top, tree.hue):
        assert (await ask(GRANT, admin, input=role(unit, "worker"))).code == "FORBIDDEN"
    assert await everything() == before
    assert (await ask(GRANT, admin, input=role(tree.section, "admin"))).code is None


@pytest.mark.parametrize(
    "bad",
    [
        {"role": "king"},
        {"role": "Admin"},
        {"subject": " "},
        {"subject": "x" * 201},
        {"subject": "a\x00"},
        {"reason": "x" * 501},
    ],
)
async def test_refuses_an_unknown_role_a_bad_subject_or_a_long_reason(ask, tree, everything, bad):
    before = await everything()
    reply = await ask(GRANT, caller_as("admin", tree.top), input={**role(tree.hanoi), **bad})
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", *bad)
    assert await everything() == before


async def test_a_blank_reason_is_none(tree):
    assert (await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"], reason="  "))["reason"] is None


@pytest.fixture
async def full(tree, new_unit):
    """Lan holds as many roles as an account may, each to the same day."""
    units = [await new_unit(tree.hue, f"Công đoàn {n}", f"X-{n}", "grassroots") for n in range(MOST_GRANTS)]
    for unit in units:
        await grant_role(SYSTEM, "lan", "worker", unit["id"], until=day(10))
    return tree


async def test_an_account_holds_a_bounded_number_of_roles_at_a_time(full):
    with pytest.raises(GrantLimitReached):
        await grant_role(SYSTEM, "lan", "worker", full.hue["id"])
    with pytest.raises(GrantLimitReached):
        await grant_role(SYSTEM, "lan", "worker", full.hue["id"], since=day(9))
    assert len(await grants_of("lan")) == MOST_GRANTS
    assert await db.value("SELECT count(*) FROM role_grant") == MOST_GRANTS
    # When the others have ended there is room, and another account has its own.
    later = await grant_role(SYSTEM, "lan", "worker", full.hue["id"], since=day(10))
    assert later["role"] == "worker"
    await grant_role(SYSTEM, "mai", "worker", full.hue["id"])


async def test_a_grant_can_not_be_extended_beyond_the_limit(full):
    await grant_role(SYSTEM, "lan", "worker", full.hanoi["id"], since=day(10), until=day(20))
    grants = await db.rows("SELECT id FROM role_grant WHERE upper(valid) = $1", datetime.fromisoformat(midnight(10)))
    for row in grants[1:]:
        await extend_role(SYSTEM, row["id"], day(15))
    with pytest.raises(GrantLimitReached):
        await extend_role(SYSTEM, grants[0]["id"], day(15))


async def test_me_tells_the_roles_held_now(ask, tree):
    await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"])
    await grant_role(SYSTEM, "lan", "analyst", tree.evn["id"], until=day(1))
    await grant_role(SYSTEM, "lan", "admin", tree.hue["id"], since=day(1))
    await db.execute("INSERT INTO person (subject, display_name, sort_key) VALUES ('lan', 'Phạm Thị Lan', '')")
    with queries() as asked:
        reply = await ask(ME, Caller("lan"))
    assert reply.field == {
        "subject": "lan",
        "displayName": "Phạm Thị Lan",
        "grants": [
            {"role": "editor", "unit": {"code": "HN"}, "until": None},
            {"role": "analyst", "unit": {"code": "EVN"}, "until": midnight(1)},
        ],
    }
    assert asked.count == 4


async def test_me_is_nobody_without_signing_in(ask, tree):
    assert (await ask(ME, ANONYMOUS)).field is None


async def test_a_grant_follows_its_unit_when_it_moves(tree):
    from org.units.service import move_unit

    await grant_role(SYSTEM, "lan", "editor", tree.garment["id"])
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"])
    caller = await caller_of("lan")
    assert caller.may("editor", tree.hue["path"] + tree.section["path"][10:])
    assert not caller.may("editor", tree.section["path"])
    assert caller.tree_version == await db.value("SELECT version FROM tree_version")


async def test_a_move_on_a_day_to_come_changes_no_right_before_it(tree):
    from org.units.service import move_unit

    await grant_role(SYSTEM, "lan", "editor", tree.garment["id"])
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], day(5))
    assert (await caller_of("lan")).grants == (Grant("editor", str(tree.garment["id"]), tree.garment["path"]),)


async def test_a_service_refuses_a_bad_role_by_itself(tree):
    with pytest.raises(InvalidInput):
        await grant_role(SYSTEM, "lan", "king", tree.hanoi["id"])


async def test_the_trail_tells_role_and_days_but_not_whose(tree):
    import orjson

    grant = await grant_role(caller_as("admin", tree.hanoi, subject="chief"), "lan", "editor", tree.hanoi["id"])
    await revoke_role(SYSTEM, grant["id"], day(3), "Nghỉ hưu")
    told = await db.rows("SELECT * FROM audit WHERE kind = 'role_grant' ORDER BY id")
    assert [(row["action"], row["subject"], row["unit_id"], row["thing_id"]) for row in told] == [
        ("role.granted", "chief", tree.hanoi["id"], str(grant["id"])),
        ("role.revoked", "system", tree.hanoi["id"], str(grant["id"])),
    ]
    since = grant["since"].isoformat()
    assert [(row["before"], orjson.loads(row["after"])) for row in told[:1]] == [
        (None, {"role": "editor", "since": since, "until": None})
    ]
    assert orjson.loads(told[1]["before"]) == {"role": "editor", "since": since, "until": None}
    until = datetime.fromisoformat(midnight(3))
    assert orjson.loads(told[1]["after"]) == {"role": "editor", "since": since, "until": until.isoformat()}


BROKEN = {
    "role_grant_begins_at_an_instant": "tstzrange(NULL, now())",
    "role_grant_ends_at_an_instant": "tstzrange(now(), 'infinity')",
    "role_grant_valid_not_empty": "tstzrange(now(), now())",
    "role_grant_who_ends_it_says_when": "tstzrange(now(), NULL)",
}


@pytest.mark.parametrize("constraint", BROKEN)
async def test_the_database_keeps_no_grant_without_a_beginning_or_with_an_endless_end(tree, constraint):
    with pytest.raises(Exception) as raised:  # noqa: PT011  # which constraint it broke is what counts
        await db.execute(
            f"""INSERT INTO role_grant (subject, role, unit_id, valid, granted_by, ended_by)
                VALUES ('lan', 'editor', $1, {BROKEN[constraint]}, 'x', $2)""",
            tree.hanoi["id"],
            "x" if constraint == "role_grant_who_ends_it_says_when" else None,
        )
    assert db.violated(raised.value) == constraint
