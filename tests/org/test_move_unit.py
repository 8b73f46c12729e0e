"""Moving a unit with its subtree."""

from datetime import date, timedelta

import pytest

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput, NotFound
from kit.identity import SYSTEM
from kit.paths import label
from kit.testing import caller_as
from org.units.service import (
    UnitCycle,
    UnitDateBackwards,
    UnitDateInFuture,
    UnitLevelNotAllowed,
    UnitNameTaken,
    find_unit,
    move_unit,
)

MOVE = """
mutation ($input: MoveUnitInput!) { moveUnit(input: $input) {
  __typename
  ... on MoveUnitSuccess { unit { id parent { code } ancestors { code } children { nodes { code ancestors { code } } } } }
  ... on Problem { code message }
} }"""


async def test_takes_the_subtree_along(ask, tree, events):
    version = await db.value("SELECT version FROM tree_version")
    variables = {"id": str(tree.garment["id"]), "parentId": str(tree.hue["id"]), "on": "2026-03-01"}
    reply = await ask(MOVE, caller_as("admin", tree.top), input=variables)
    assert reply.field["unit"] == {
        "id": str(tree.garment["id"]),
        "parent": {"code": "HUE"},
        "ancestors": [{"code": "TLD"}, {"code": "HUE"}],
        "children": {
            "nodes": [{"code": "HN-001-01", "ancestors": [{"code": "TLD"}, {"code": "HUE"}, {"code": "HN-001"}]}]
        },
    }
    new_path = tree.hue["path"] + label(tree.garment["number"])
    assert (await find_unit(tree.section["id"]))["path"] == new_path + label(tree.section["number"])
    assert await events() == [
        (
            "unit.moved",
            {
                "id": str(tree.garment["id"]),
                "parent_id": str(tree.hue["id"]),
                "old_path": tree.garment["path"],
                "new_path": new_path,
                "valid_from": "2026-03-01",
                "tree_version": version + 1,
            },
        )
    ]


async def test_moves_deeper_and_back_again(tree, new_unit):
    zone = await new_unit(
        tree.hanoi, "Công đoàn Khu công nghiệp Thăng Long", "HN-KCN", "special", kind="industrial_zone"
    )
    await move_unit(SYSTEM, tree.garment["id"], zone["id"], date(2026, 3, 1))
    deep = await find_unit(tree.section["id"])
    assert deep["ancestors"] == [tree.top["number"], tree.hanoi["number"], zone["number"], tree.garment["number"]]
    await move_unit(SYSTEM, tree.garment["id"], tree.hanoi["id"], date(2026, 4, 1))
    back = await find_unit(tree.section["id"])
    assert (back["path"], back["ancestors"]) == (tree.section["path"], tree.section["ancestors"])


async def test_keeps_where_it_stood(tree):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], date(2026, 3, 1))
    rows = await db.rows(
        "SELECT parent_id, lower(valid) AS since, upper(valid) AS until FROM unit_parent WHERE unit_id = $1 ORDER BY valid",
        tree.garment["id"],
    )
    assert [tuple(row) for row in rows] == [
        (tree.hanoi["id"], date(2025, 7, 1), date(2026, 3, 1)),
        (tree.hue["id"], date(2026, 3, 1), None),
    ]


async def test_a_second_move_on_one_day_replaces_the_first(tree):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], date(2026, 3, 1))
    await move_unit(SYSTEM, tree.garment["id"], tree.evn["id"], date(2026, 3, 1))
    rows = await db.rows("SELECT parent_id FROM unit_parent WHERE unit_id = $1 ORDER BY valid", tree.garment["id"])
    assert [row["parent_id"] for row in rows] == [tree.hanoi["id"], tree.evn["id"]]


async def test_changes_nothing_under_the_same_parent(tree, everything):
    before = await everything()
    await move_unit(SYSTEM, tree.garment["id"], tree.hanoi["id"])
    assert await everything() == before


REFUSALS = [
    pytest.param("garment", "garment", None, UnitCycle, id="under itself"),
    pytest.param("hanoi", "section", None, UnitCycle, id="under a unit below it"),
    pytest.param("top", "hanoi", None, UnitCycle, id="the top under a unit below it"),
    pytest.param("section", "hue", None, UnitLevelNotAllowed, id="under a level that may not be above it"),
    pytest.param("garment", "hue", date(2025, 6, 30), UnitDateBackwards, id="before its last move"),
    pytest.param("garment", "hue", today() + timedelta(days=1), UnitDateInFuture, id="in the future"),
]


@pytest.mark.parametrize(("unit", "parent", "on", "refusal"), REFUSALS)
async def test_refuses(tree, everything, unit, parent, on, refusal):
    before = await everything()
    with pytest.raises(refusal):
        await move_unit(SYSTEM, getattr(tree, unit)["id"], getattr(tree, parent)["id"], on)
    assert await everything() == before


async def test_refuses_a_parent_that_did_not_exist_yet(tree, new_unit, everything):
    young = await new_unit(tree.top, "Công đoàn Dầu khí Việt Nam", "PVN", "province_or_industry", on=date(2026, 5, 1))
    before = await everything()
    with pytest.raises(UnitDateBackwards) as refused:
        await move_unit(SYSTEM, tree.garment["id"], young["id"], date(2026, 4, 30))
    assert refused.value.details["earliest"] == date(2026, 5, 1)
    assert await everything() == before


async def test_refuses_a_name_that_the_new_parent_has(tree, new_unit, everything):
    await new_unit(tree.hue, "Công đoàn công ty may Hòa Bình", "HUE-1", "grassroots")
    before = await everything()
    with pytest.raises(UnitNameTaken):
        await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"])
    assert await everything() == before


async def test_refuses_a_tree_that_is_too_deep(tree, new_unit, everything):
    await db.execute("INSERT INTO level_rule (parent_level, child_level) VALUES ('section', 'section')")
    deep = tree.section
    for n in range(12):
        deep = await new_unit(deep, f"Bộ phận {n}", f"D-{n}", "section", kind="section")
    assert len(deep["ancestors"]) == 15
    before = await everything()
    with pytest.raises(InvalidInput):
        await new_unit(deep, "Bộ phận quá sâu", "D-X", "section", kind="section")
    other = await db.row("SELECT * FROM unit WHERE code = 'D-0'")
    with pytest.raises(UnitCycle):
        await move_unit(SYSTEM, other["id"], deep["id"])
    assert await everything() == before


@pytest.mark.parametrize("missing", ["id", "parentId"])
async def test_says_that_a_unit_does_not_exist(ask, tree, missing):
    variables = {"id": str(tree.garment["id"]), "parentId": str(tree.hue["id"])}
    variables[missing] = "00000000-0000-0000-0000-000000000000"
    reply = await ask(MOVE, caller_as("admin", tree.top), input=variables)
    assert reply.code == "NOT_FOUND"


async def test_a_service_call_with_an_unknown_parent_is_refused(tree):
    with pytest.raises(NotFound):
        await move_unit(SYSTEM, tree.garment["id"], "00000000-0000-0000-0000-000000000000")
