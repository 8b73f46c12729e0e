"""Merging, splitting, dissolving and undoing through the graph: typed answers in both languages."""

import pytest
from reorganisation_world import newest

from kit.testing import caller_as

MERGE = """mutation ($input: MergeUnitsInput!) { mergeUnits(input: $input) { __typename
  ... on MergeUnitsSuccess { unit { code predecessors { nodes { unit { code } share } } }
                             reorganisation { kind effectiveOn decisionNumber isUndone } }
  ... on UnitHasChildren { count } ... on Problem { code message } } }"""
SPLIT = """mutation ($input: SplitUnitInput!) { splitUnit(input: $input) { __typename
  ... on SplitUnitSuccess { unit { code closedOn successors { nodes { unit { code } share isAssumed } } }
                            reorganisation { kind } }
  ... on UnitHasChildren { count } ... on Problem { code message } } }"""
DISSOLVE = """mutation ($input: DissolveUnitInput!) { dissolveUnit(input: $input) { __typename
  ... on DissolveUnitSuccess { unit { code closedOn } reorganisation { kind } }
  ... on UnitHasChildren { count } ... on Problem { code message } } }"""
UNDO = """mutation ($input: UndoReorganisationInput!) { undoReorganisation(input: $input) { __typename
  ... on UndoReorganisationSuccess { reorganisation { kind undoes { kind isUndone undoneBy { kind } } } }
  ... on ReorganisationInUse { dependents } ... on Problem { code message } } }"""
ON = "2026-03-01"


@pytest.fixture
async def shoes(tree, new_unit):
    return await new_unit(tree.hanoi, "Công đoàn Công ty Giày", "HN-002", "grassroots")


def new(parent, code, name="Mới"):
    return {"parentId": str(parent["id"]), "nameVi": name, "code": code, "level": "grassroots", "kind": "enterprise"}


async def test_merges_and_undoes(ask, tree, shoes):
    admin = caller_as("admin", tree.hanoi)
    asked = {
        "sources": [str(tree.garment["id"]), str(shoes["id"])],
        "intoNew": new(tree.hanoi, "HN-001"),
        "on": ON,
        "decision": {"number": "12/QĐ-LĐLĐ"},
    }
    reply = await ask(MERGE, admin, input=asked)
    assert reply.field == {
        "__typename": "MergeUnitsSuccess",
        "unit": {
            "code": "HN-001",
            "predecessors": {"nodes": reply.field["unit"]["predecessors"]["nodes"]},
        },
        "reorganisation": {"kind": "merge", "effectiveOn": ON, "decisionNumber": "12/QĐ-LĐLĐ", "isUndone": False},
    }
    assert sorted((one["unit"]["code"], one["share"]) for one in reply.field["unit"]["predecessors"]["nodes"]) == [
        ("HN-001", 1.0),
        ("HN-002", 1.0),
    ]
    made = str(await newest())
    reply = await ask(UNDO, admin, input={"id": made})
    assert reply.field["reorganisation"] == {
        "kind": "undo",
        "undoes": {"kind": "merge", "isUndone": True, "undoneBy": {"kind": "undo"}},
    }
    assert (await ask(UNDO, admin, input={"id": made})).code == "REORGANISATION_UNDONE"


async def test_splits(ask, tree, shoes):
    parts = [
        {"into": str(shoes["id"]), "share": "0.25"},
        {"intoNew": new(tree.hanoi, "HN-003"), "children": [str(tree.section["id"])]},
    ]
    asked = {"source": str(tree.garment["id"]), "parts": parts, "on": ON}
    reply = await ask(SPLIT, caller_as("admin", tree.hanoi), input=asked)
    assert reply.field == {
        "__typename": "SplitUnitSuccess",
        "unit": {
            "code": "HN-001",
            "closedOn": ON,
            "successors": {
                "nodes": [
                    {"unit": {"code": "HN-003"}, "share": 0.75, "isAssumed": True},
                    {"unit": {"code": "HN-002"}, "share": 0.25, "isAssumed": False},
                ]
            },
        },
        "reorganisation": {"kind": "split"},
    }


async def test_dissolves(ask, tree):
    asked = {"id": str(tree.section["id"]), "on": ON}
    reply = await ask(DISSOLVE, caller_as("admin", tree.garment), input=asked)
    assert reply.field == {
        "__typename": "DissolveUnitSuccess",
        "unit": {"code": "HN-001-01", "closedOn": ON},
        "reorganisation": {"kind": "dissolve"},
    }


async def test_says_in_the_callers_language_what_stands_in_the_way(ask, tree, everything):
    before = await everything()
    asked = {"id": str(tree.garment["id"]), "on": ON}
    reply = await ask(DISSOLVE, caller_as("admin", tree.hanoi), "en", input=asked)
    assert reply.field == {
        "__typename": "UnitHasChildren",
        "code": "UNIT_HAS_CHILDREN",
        "message": "“Công đoàn Công ty May Hòa Bình” still has 1 units directly below it; say where they go.",
        "count": 1,
    }
    assert await everything() == before


@pytest.mark.parametrize("what", ["both", "neither", "share", "infinite", "id"])
async def test_refuses_what_makes_no_sense(what, ask, tree, shoes, everything):
    before = await everything()
    part = {
        "both": {"into": str(shoes["id"]), "intoNew": new(tree.hanoi, "X")},
        "neither": {"share": "0.5"},
        "share": {"into": str(shoes["id"]), "share": "half"},
        "infinite": {"into": str(shoes["id"]), "share": "Infinity"},
        "id": {"into": "nobody"},
    }[what]
    asked = {"source": str(tree.section["id"]), "parts": [part, {"intoNew": new(tree.hanoi, "Y")}], "on": ON}
    reply = await ask(SPLIT, caller_as("admin", tree.top), input=asked)
    assert reply.code == ("NOT_FOUND" if what == "id" else "INVALID_INPUT")
    assert await everything() == before


async def test_nobody_and_strangers_may_not(ask, tree, shoes, everything):
    before = await everything()
    merge = {"sources": [str(shoes["id"])], "into": str(tree.garment["id"]), "on": ON}
    dissolve = {"id": str(tree.section["id"]), "on": ON}
    undo = {"id": str(await newest())}
    for document, asked in ((MERGE, merge), (DISSOLVE, dissolve), (UNDO, undo)):
        assert (await ask(document, input=asked)).code == "SIGN_IN_REQUIRED"
        for caller in (caller_as("editor", tree.top), caller_as("admin", tree.hue)):
            assert (await ask(document, caller, input=asked)).code == "FORBIDDEN"
    assert await everything() == before
