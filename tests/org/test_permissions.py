"""Who may change what: nobody, a stranger, a reader and a writer at each mutation, and nothing changed after a refusal."""

from datetime import timedelta

import pytest

from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM, Caller, Grant
from kit.testing import caller_as
from org.access.service import caller_of, explain, grant_role

DOCUMENTS = {
    name: f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ __typename ... on Problem {{ code }} }} }}"
    for name, kind in {
        "createUnit": "CreateUnitInput",
        "renameUnit": "RenameUnitInput",
        "moveUnit": "MoveUnitInput",
        "publishHeadcounts": "PublishHeadcountsInput",
        "grantRole": "GrantRoleInput",
        "revokeRole": "RevokeRoleInput",
        "extendRole": "ExtendRoleInput",
    }.items()
}


def inputs(tree):
    """Return an input for each mutation that an admin of Hà Nội may make."""
    hanoi, garment = str(tree.hanoi["id"]), str(tree.garment["id"])
    cell = {"ageBand": "under_25", "gender": "female", "members": 1, "workers": 1}
    return {
        "createUnit": {
            "parentId": hanoi,
            "nameVi": "Công đoàn M",
            "code": "M",
            "level": "grassroots",
            "kind": "school",
        },
        "renameUnit": {"id": garment, "nameVi": "Công đoàn N"},
        "moveUnit": {"id": str(tree.section["id"]), "parentId": garment},
        "publishHeadcounts": {"unitId": garment, "day": "2026-01-01", "source": "x", "cells": [cell]},
        "grantRole": {"subject": "lan", "role": "worker", "unitId": garment},
        "revokeRole": {"grantId": str(tree.grant["id"])},
        "extendRole": {"grantId": str(tree.grant["id"])},
    }


# The least roles, on Hà Nội, with which each mutation succeeds.
NEEDED = {
    "createUnit": {"admin"},
    "renameUnit": {"editor", "admin"},
    "moveUnit": {"admin"},
    "publishHeadcounts": {"editor", "admin"},
    "grantRole": {"admin"},
    "revokeRole": {"admin"},
    "extendRole": {"admin"},
}
ROLES = ["worker", "contributor", "editor", "analyst", "admin"]


@pytest.fixture
async def world(tree, new_unit):
    """The tree, with something to revoke or extend, and a section that may move within Hà Nội."""
    until = today() + timedelta(days=9)
    tree.grant = await grant_role(SYSTEM, "mai", "worker", tree.garment["id"], until=until)
    tree.office = await new_unit(tree.hanoi, "Công đoàn Cơ quan Thành phố", "HN-900", "grassroots")
    return tree


def asked(world, name):
    given = inputs(world)[name]
    return {**given, "parentId": str(world.office["id"])} if name == "moveUnit" else given


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_role_on_the_unit_may_do_what_it_is_for(ask, world, everything, name, role):
    before = await everything()
    reply = await ask(DOCUMENTS[name], caller_as(role, world.hanoi), input=asked(world, name))
    if role in NEEDED[name]:
        assert reply.code is None
        assert await everything() != before
    else:
        assert reply.code == "FORBIDDEN"
        assert await everything() == before


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("place", ["hue", "evn", "section"])
@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_role_elsewhere_or_below_may_do_nothing(ask, world, everything, name, place, role):
    before = await everything()
    reply = await ask(DOCUMENTS[name], caller_as(role, getattr(world, place)), input=asked(world, name))
    assert reply.code == "FORBIDDEN"
    assert await everything() == before


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_nobody_has_to_sign_in(ask, world, everything, name):
    before = await everything()
    reply = await ask(DOCUMENTS[name], ANONYMOUS, input=asked(world, name))
    assert reply.code == "SIGN_IN_REQUIRED"
    assert await everything() == before


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_signing_in_alone_is_not_enough(ask, world, everything, name):
    before = await everything()
    reply = await ask(DOCUMENTS[name], Caller("someone"), input=asked(world, name))
    assert reply.code == "FORBIDDEN"
    assert await everything() == before


async def test_an_editor_of_one_province_can_not_change_another(ask, world, everything):
    editor = caller_as("editor", world.hanoi)
    rename = {"id": str(world.hue["id"]), "nameVi": "Của chúng tôi"}
    before = await everything()
    assert (await ask(DOCUMENTS["renameUnit"], editor, input=rename)).code == "FORBIDDEN"
    assert await everything() == before


@pytest.mark.parametrize("place", ["hanoi", "hue"])
async def test_a_move_needs_an_admin_at_both_ends(ask, world, everything, place):
    move = {"id": str(world.garment["id"]), "parentId": str(world.hue["id"])}
    before = await everything()
    assert (await ask(DOCUMENTS["moveUnit"], caller_as("admin", getattr(world, place)), input=move)).code == "FORBIDDEN"
    assert await everything() == before
    grants = tuple(Grant("admin", str(unit["id"]), unit["path"]) for unit in (world.hanoi, world.hue))
    assert (await ask(DOCUMENTS["moveUnit"], Caller("both", grants), input=move)).code is None


async def test_an_admin_of_a_unit_can_not_take_it_away_from_its_parent(ask, world, everything):
    grants = tuple(Grant("admin", str(unit["id"]), unit["path"]) for unit in (world.garment, world.hue))
    move = {"id": str(world.garment["id"]), "parentId": str(world.hue["id"])}
    before = await everything()
    assert (await ask(DOCUMENTS["moveUnit"], Caller("half", grants), input=move)).code == "FORBIDDEN"
    assert await everything() == before


async def test_nobody_moves_the_top(ask, world, everything):
    move = {"id": str(world.top["id"]), "parentId": str(world.hue["id"])}
    before = await everything()
    assert (await ask(DOCUMENTS["moveUnit"], caller_as("admin", world.top), input=move)).code == "FORBIDDEN"
    assert await everything() == before


# What each mutation above is called when somebody asks why they may not, and on which unit it is judged.
EXPLAINED = {
    "createUnit": [("unit.create", "hanoi")],
    "renameUnit": [("unit.rename", "garment")],
    "moveUnit": [("unit.move", "section"), ("unit.receive", "office")],
    "publishHeadcounts": [("headcount.publish", "garment")],
    "grantRole": [("grant.give", "garment")],
    "revokeRole": [("grant.give", "garment")],
    "extendRole": [("grant.give", "garment")],
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("place", ["hanoi", "garment", "section", "hue"])
@pytest.mark.parametrize("name", DOCUMENTS)
async def test_an_explanation_says_what_a_mutation_does(ask, world, name, place, role):
    await grant_role(SYSTEM, "asker", role, getattr(world, place)["id"])
    caller = await caller_of("asker")
    explained = [await explain(caller, action, getattr(world, where)["id"]) for action, where in EXPLAINED[name]]
    reply = await ask(DOCUMENTS[name], caller, input=asked(world, name))
    assert reply.code == (None if all(found.allowed for found in explained) else "FORBIDDEN")
