"""Giving and taking roles."""

import pytest

from kit import db
from kit.errors import InvalidInput
from kit.identity import ANONYMOUS, SYSTEM, Caller, Grant
from kit.testing import caller_as, queries
from org.access.service import MOST_GRANTS, GrantLimitReached, caller_of, grant_role, grants_of, revoke_role

GRANT = """mutation ($input: RoleInput!) { grantRole(input: $input) { __typename ... on GrantRoleSuccess { subject role } ... on Problem { code } } }"""
REVOKE = """mutation ($input: RoleInput!) { revokeRole(input: $input) { __typename ... on RevokeRoleSuccess { subject role } ... on Problem { code } } }"""
ME = "{ me { subject displayName grants { role unit { code } } } }"


def role(unit, role="editor", subject="lan"):
    return {"subject": subject, "role": role, "unitId": str(unit["id"])}


async def test_an_admin_grants_and_revokes(ask, tree, events):
    admin = caller_as("admin", tree.hanoi, subject="chief")
    reply = await ask(GRANT, admin, input=role(tree.hanoi))
    assert reply.field == {"__typename": "GrantRoleSuccess", "subject": "lan", "role": "editor"}
    assert await grants_of("lan") == (Grant("editor", str(tree.hanoi["id"]), tree.hanoi["path"]),)
    assert await db.value("SELECT granted_by FROM role_grant") == "chief"
    reply = await ask(REVOKE, admin, input=role(tree.hanoi))
    assert reply.field == {"__typename": "RevokeRoleSuccess", "subject": "lan", "role": "editor"}
    assert await grants_of("lan") == ()
    assert await events(2) == [("grant.changed", {"subject": "lan"})] * 2


async def test_a_revoked_grant_stays_on_record_and_may_be_given_again(tree):
    await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"])
    await revoke_role(SYSTEM, "lan", "editor", tree.hanoi["id"])
    await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"])
    assert await db.value("SELECT count(*) FROM role_grant") == 2
    assert len(await grants_of("lan")) == 1


async def test_refuses_a_role_that_is_held_already(ask, tree, everything):
    await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"])
    before = await everything()
    assert (await ask(GRANT, caller_as("admin", tree.top), input=role(tree.hanoi))).code == "GRANT_EXISTS"
    assert await everything() == before


async def test_refuses_to_revoke_what_nobody_holds(ask, tree, everything):
    before = await everything()
    assert (await ask(REVOKE, caller_as("admin", tree.top), input=role(tree.hanoi))).code == "NOT_FOUND"
    assert await everything() == before


async def test_an_admin_can_not_grant_above_the_own_unit(ask, tree, everything):
    before = await everything()
    admin = caller_as("admin", tree.hanoi)
    for unit in (tree.top, tree.hue):
        assert (await ask(GRANT, admin, input=role(unit, "worker"))).code == "FORBIDDEN"
    assert await everything() == before
    assert (await ask(GRANT, admin, input=role(tree.section, "admin"))).code is None


@pytest.mark.parametrize(
    "bad", [{"role": "king"}, {"role": "Admin"}, {"subject": " "}, {"subject": "x" * 201}, {"subject": "a\x00"}]
)
async def test_refuses_an_unknown_role_or_a_bad_subject(ask, tree, everything, bad):
    before = await everything()
    for document in (GRANT, REVOKE):
        reply = await ask(document, caller_as("admin", tree.top), input={**role(tree.hanoi), **bad})
        assert reply.code == "INVALID_INPUT"
    assert await everything() == before


async def test_an_account_holds_a_bounded_number_of_roles(tree, new_unit):
    units = [await new_unit(tree.hue, f"Công đoàn {n}", f"X-{n}", "grassroots") for n in range(MOST_GRANTS)]
    for unit in units:
        await grant_role(SYSTEM, "lan", "worker", unit["id"])
    with pytest.raises(GrantLimitReached):
        await grant_role(SYSTEM, "lan", "worker", tree.hue["id"])
    assert len(await grants_of("lan")) == MOST_GRANTS


async def test_me_tells_the_roles_held_now(ask, tree):
    await grant_role(SYSTEM, "lan", "editor", tree.hanoi["id"])
    await grant_role(SYSTEM, "lan", "analyst", tree.evn["id"])
    await db.execute("INSERT INTO person (subject, display_name, sort_key) VALUES ('lan', 'Phạm Thị Lan', '')")
    with queries() as asked:
        reply = await ask(ME, Caller("lan"))
    assert reply.field == {
        "subject": "lan",
        "displayName": "Phạm Thị Lan",
        "grants": [{"role": "editor", "unit": {"code": "HN"}}, {"role": "analyst", "unit": {"code": "EVN"}}],
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
    assert caller.tree_version == await db.value("SELECT version FROM tree_version")


async def test_a_service_refuses_a_bad_role_by_itself(tree):
    with pytest.raises(InvalidInput):
        await grant_role(SYSTEM, "lan", "king", tree.hanoi["id"])
