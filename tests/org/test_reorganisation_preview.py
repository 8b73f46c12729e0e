"""Previews: everything a change would do, and nothing of it done."""

from datetime import date, timedelta

import pytest
from reorganisation_world import FOUNDED, cells, newest

from kit.calendar import today
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.access.service import grant_role
from org.people.service import add_person, appoint
from org.reorganisations.service import merge_units

PREVIEW = """mutation ($input: PreviewReorganisationInput!) { previewReorganisation(input: $input) {
  __typename
  ... on PreviewReorganisationSuccess { preview {
    effectiveOn unitCount alongCount headcountCount officerCount grantCount
    units { nodes { what codeBefore codeAfter nameBefore nameAfter placeBefore placeAfter
                    unit { code successors { nodes { share } } } } }
    headcounts { nodes { membersBefore membersAfter workersBefore workersAfter isAssumed unit { code }
                         cells { ageBand gender membersBefore membersAfter } } }
    officers { nodes { what code named unit { code } } } grants { nodes { what code named unit { code } } }
    others { kind count } } }
  ... on UnitHasChildren { code message count }
  ... on Problem { code message } } }"""
ON = "2026-03-01"


@pytest.fixture
def ask(plain_ask):
    """What is taken back counts as written, and leaves no trail: these tests compare all that is stored instead."""
    return plain_ask


@pytest.fixture
async def shoes(tree, new_unit):
    unit = await new_unit(tree.hanoi, "Công đoàn Công ty Giày", "HN-002", "grassroots")
    person = await add_person(SYSTEM, "Nguyễn Thị Hạnh", unit_id=unit["id"])
    await appoint(SYSTEM, person.id, unit["id"], "chair", date(2025, 8, 1))
    await grant_role(SYSTEM, "chi", "editor", unit["id"])
    await cells(unit, FOUNDED, {("under_25", "female"): (7, 8)})
    await cells(tree.garment, FOUNDED, {("under_25", "female"): (3, 4), ("25_34", "male"): (1, 1)})
    return unit


def merging(tree, shoes, on=ON, **more):
    return {"merge": {"sources": [str(shoes["id"])], "into": str(tree.garment["id"]), "on": on, **more}}


LISTS = ("units", "headcounts", "officers", "grants")


async def preview_of(ask, caller, asked):
    """Return a preview, its lists as lists of what is on their first pages."""
    preview = (await ask(PREVIEW, caller, input=asked)).field["preview"]
    return {**preview, **{name: preview[name]["nodes"] for name in LISTS}}


async def test_lists_units_people_officers_and_roles_and_leaves_all_as_it_was(ask, tree, shoes, everything):
    before = await everything()
    preview = await preview_of(ask, caller_as("admin", tree.top), merging(tree, shoes))
    place = ["Tổng Liên đoàn Lao động Việt Nam", "Liên đoàn Lao động thành phố Hà Nội"]
    assert preview == {
        "effectiveOn": ON,
        "unitCount": 1,
        "alongCount": 0,
        "headcountCount": 2,
        "officerCount": 1,
        "grantCount": 1,
        "units": [
            {
                "what": ["closed"],
                "codeBefore": "HN-002",
                "codeAfter": None,
                "nameBefore": "Công đoàn Công ty Giày",
                "nameAfter": None,
                "placeBefore": place,
                "placeAfter": [],
                # The unit as it is now: other services tell what they have of it.
                "unit": {"code": "HN-002", "successors": {"nodes": []}},
            }
        ],
        "headcounts": [
            {
                "membersBefore": 4,
                "membersAfter": 11,
                "workersBefore": 5,
                "workersAfter": 13,
                "isAssumed": False,
                "unit": {"code": "HN-001"},
                "cells": [
                    {"ageBand": "under_25", "gender": "female", "membersBefore": 3, "membersAfter": 10},
                    {"ageBand": "25_34", "gender": "male", "membersBefore": 1, "membersAfter": 1},
                ],
            },
            {
                "membersBefore": 7,
                "membersAfter": None,
                "workersBefore": 8,
                "workersAfter": None,
                "isAssumed": False,
                "unit": {"code": "HN-002"},
                "cells": [{"ageBand": "under_25", "gender": "female", "membersBefore": 7, "membersAfter": None}],
            },
        ],
        "officers": [{"what": "ended", "code": "chair", "named": "Nguyễn Thị Hạnh", "unit": {"code": "HN-002"}}],
        "grants": [{"what": "ended", "code": "editor", "named": "chi", "unit": {"code": "HN-002"}}],
        "others": [],
    }
    assert await everything() == before


async def test_shows_a_new_unit_with_what_it_would_get(ask, tree, shoes, everything):
    before = await everything()
    new = {
        "parentId": str(tree.hanoi["id"]),
        "nameVi": "Mới",
        "code": "hn-002",
        "level": "grassroots",
        "kind": "enterprise",
    }
    asked = {
        "merge": {"sources": [str(shoes["id"]), str(tree.garment["id"])], "intoNew": new, "on": ON, "carryGrants": True}
    }
    preview = await preview_of(ask, caller_as("admin", tree.top), asked)
    assert [
        (one["what"], one["codeBefore"], one["codeAfter"], one["unit"] and one["unit"]["code"])
        for one in preview["units"]
    ] == [
        (["closed"], "HN-001", None, "HN-001"),
        (["closed"], "HN-002", None, "HN-002"),
        (["created"], None, "HN-002", None),
        (["moved"], "HN-001-01", "HN-001-01", "HN-001-01"),
    ]
    assert preview["units"][3]["placeAfter"][-1] == "Mới"
    assert sorted((one["what"], one["unit"] and one["unit"]["code"]) for one in preview["grants"]) == [
        ("ended", "HN-002"),
        ("given", None),
    ]
    assert await everything() == before


async def test_a_change_that_lies_ahead_shows_the_people_of_now(ask, tree, shoes):
    day = (today() + timedelta(days=30)).isoformat()
    preview = await preview_of(ask, caller_as("admin", tree.top), merging(tree, shoes, day))
    assert preview["effectiveOn"] == day
    assert [(one["unit"]["code"], one["membersAfter"]) for one in preview["headcounts"]] == [
        ("HN-001", 11),
        ("HN-002", None),
    ]


async def test_a_unit_that_is_to_begin_later_is_shown_as_it_will_begin(ask, tree, new_unit, everything):
    day = date(today().year + 1, 1, 1)
    later = await new_unit(tree.hanoi, "Công đoàn Công ty Mai sau", "HN-003", "grassroots", on=day)
    before = await everything()
    merge = {"merge": {"sources": [str(tree.hanoi["id"])], "into": str(tree.hue["id"])}}
    preview = await preview_of(ask, caller_as("admin", tree.top), merge)
    shown = {one["codeBefore"]: one for one in preview["units"]}
    assert shown[later["code"]]["what"] == ["moved"]
    assert shown[later["code"]]["placeBefore"][-1] == tree.hanoi["name_vi"]
    assert shown[later["code"]]["placeAfter"][-1] == tree.hue["name_vi"]
    assert await everything() == before


async def test_previews_moves_renamings_and_changes_alike(ask, tree, shoes, everything):
    before = await everything()
    caller = caller_as("admin", tree.top)
    move = {"move": {"id": str(tree.garment["id"]), "parentId": str(tree.hue["id"]), "on": ON}}
    preview = await preview_of(ask, caller, move)
    assert [(one["what"], one["codeAfter"]) for one in preview["units"]] == [(["moved"], "HN-001")]
    assert preview["alongCount"] == 1
    rename = {"rename": {"id": str(tree.garment["id"]), "nameVi": "Khác", "on": ON}}
    preview = await preview_of(ask, caller, rename)
    assert [(one["what"], one["nameAfter"]) for one in preview["units"]] == [(["renamed"], "Khác")]
    change = {"change": {"id": str(tree.garment["id"]), "code": "HN-777", "on": ON}}
    preview = await preview_of(ask, caller, change)
    assert [(one["what"], one["codeAfter"]) for one in preview["units"]] == [(["changed"], "HN-777")]
    create = {
        "create": {
            "parentId": str(tree.hanoi["id"]),
            "nameVi": "Mới",
            "code": "HN-9",
            "level": "grassroots",
            "kind": "enterprise",
        }
    }
    preview = await preview_of(ask, caller, create)
    assert [(one["what"], one["codeAfter"]) for one in preview["units"]] == [(["created"], "HN-9")]
    nothing = {"move": {"id": str(tree.garment["id"]), "parentId": str(tree.hanoi["id"])}}
    assert (await preview_of(ask, caller, nothing))["effectiveOn"] is None
    assert await everything() == before


async def test_previews_an_undoing(ask, tree, shoes, everything):
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], date(2026, 3, 1))
    before = await everything()
    preview = await preview_of(ask, caller_as("admin", tree.top), {"undo": {"id": str(await newest())}})
    assert [(one["what"], one["codeBefore"], one["codeAfter"]) for one in preview["units"]] == [
        (["created"], None, "HN-002")
    ]
    assert [(one["unit"]["code"], one["membersBefore"], one["membersAfter"]) for one in preview["headcounts"]] == [
        ("HN-001", 11, 4),
        ("HN-002", None, 7),
    ]
    assert [(one["what"], one["named"]) for one in preview["officers"]] == [("restored", "Nguyễn Thị Hạnh")]
    assert [(one["what"], one["named"]) for one in preview["grants"]] == [("restored", "chi")]
    assert await everything() == before


async def test_refuses_what_the_change_would_be_refused_for(ask, tree, shoes, everything):
    before = await everything()
    dissolve = {"dissolve": {"id": str(tree.garment["id"]), "on": ON}}
    reply = await ask(PREVIEW, caller_as("admin", tree.top), input=dissolve)
    assert (reply.code, reply.field["count"]) == ("UNIT_HAS_CHILDREN", 1)
    assert (await ask(PREVIEW, caller_as("admin", tree.garment), input=dissolve)).code == "FORBIDDEN"
    assert (await ask(PREVIEW, input=dissolve)).code == "SIGN_IN_REQUIRED"
    assert (await ask(PREVIEW, caller_as("admin", tree.top), input={})).code == "INVALID_INPUT"
    two = {**dissolve, **merging(tree, shoes)}
    assert (await ask(PREVIEW, caller_as("admin", tree.top), input=two)).code == "INVALID_INPUT"
    assert await everything() == before
