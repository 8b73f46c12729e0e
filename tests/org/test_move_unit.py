"""Moving a unit with its subtree."""

from datetime import date, timedelta

import orjson
import pytest

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput, NotFound
from kit.identity import SYSTEM, Caller, Grant
from kit.paths import depth, label
from kit.testing import caller_as
from org.units.service import (
    UnitCycle,
    UnitDateBackwards,
    UnitDateTooFar,
    UnitLevelNotAllowed,
    UnitNames,
    UnitNameTaken,
    UnitParentNotThere,
    ancestor_numbers,
    begin,
    change_unit,
    derive_paths,
    find_unit,
    find_unit_by_code,
    move_unit,
    rename_unit,
)
from org.units.service.versions import close

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
    above = [tree.top["number"], tree.hanoi["number"], zone["number"], tree.garment["number"]]
    assert ancestor_numbers(deep["path"]) == above
    await move_unit(SYSTEM, tree.garment["id"], tree.hanoi["id"], date(2026, 4, 1))
    assert (await find_unit(tree.section["id"]))["path"] == tree.section["path"]


async def stood(unit):
    """Return under which parents a unit has stood, with the days."""
    rows = await db.rows(
        "SELECT parent_id, since, until FROM unit_version WHERE unit_id = $1 ORDER BY since", unit["id"]
    )
    return [tuple(row) for row in rows]


async def paths(unit):
    """Return where a unit has stood, with the days."""
    rows = await db.rows("SELECT path, since, until FROM unit_path WHERE unit_id = $1 ORDER BY since", unit["id"])
    return [tuple(row) for row in rows]


async def test_keeps_where_it_stood(tree):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], date(2026, 3, 1))
    assert await stood(tree.garment) == [
        (tree.hanoi["id"], date(2025, 7, 1), date(2026, 3, 1)),
        (tree.hue["id"], date(2026, 3, 1), date.max),
    ]
    new_path = tree.hue["path"] + tree.section["path"][-10:]
    assert await paths(tree.section) == [
        (tree.section["path"], date(2025, 7, 1), date(2026, 3, 1)),
        (new_path, date(2026, 3, 1), date.max),
    ]


async def test_a_second_move_on_one_day_replaces_the_first(tree):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], date(2026, 3, 1))
    await move_unit(SYSTEM, tree.garment["id"], tree.evn["id"], date(2026, 3, 1))
    assert [parent for parent, *_ in await stood(tree.garment)] == [tree.hanoi["id"], tree.evn["id"]]


async def test_a_move_recorded_late_holds_until_the_next(tree):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], date(2026, 3, 1))
    await move_unit(SYSTEM, tree.garment["id"], tree.evn["id"], date(2026, 1, 1))
    assert await stood(tree.garment) == [
        (tree.hanoi["id"], date(2025, 7, 1), date(2026, 1, 1)),
        (tree.evn["id"], date(2026, 1, 1), date(2026, 3, 1)),
        (tree.hue["id"], date(2026, 3, 1), date.max),
    ]


async def test_a_planned_move_is_made_on_its_day(tree, events):
    before, day = await events(1), today() + timedelta(days=90)
    moved = await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], day)
    assert moved["path"] == tree.garment["path"]
    assert (await find_unit(tree.section["id"], day - timedelta(days=1)))["path"] == tree.section["path"]
    there = await find_unit(tree.section["id"], day)
    assert there["path"] == tree.hue["path"] + tree.section["path"][-10:]
    assert await events(1) == before


async def test_leaves_an_audit_entry(tree):
    version = await db.value("SELECT version FROM tree_version")
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], date(2026, 3, 1))
    entry = await db.row("SELECT * FROM audit ORDER BY id DESC LIMIT 1")
    assert (entry["action"], entry["unit_id"], entry["thing_id"]) == (
        "unit.moved",
        tree.garment["id"],
        str(tree.garment["id"]),
    )
    assert orjson.loads(entry["before"]) == {"parent_id": str(tree.hanoi["id"])}
    assert orjson.loads(entry["after"]) == {
        "parent_id": str(tree.hue["id"]),
        "on": "2026-03-01",
        "version": version + 1,
        "units": 2,
    }


async def test_changes_nothing_under_the_same_parent(tree, everything):
    before = await everything()
    await move_unit(SYSTEM, tree.garment["id"], tree.hanoi["id"])
    assert await everything() == before


REFUSALS = [
    pytest.param("garment", "garment", None, UnitCycle, id="under itself"),
    pytest.param("hanoi", "section", None, UnitCycle, id="under a unit below it"),
    pytest.param("top", "hanoi", None, UnitCycle, id="the top under a unit below it"),
    pytest.param("section", "hue", None, UnitLevelNotAllowed, id="under a level that may not be above it"),
    pytest.param("garment", "hue", date(2025, 6, 30), UnitDateBackwards, id="before it came into being"),
    pytest.param("garment", "hue", today() + timedelta(days=5 * 366 + 1), UnitDateTooFar, id="too far in the future"),
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
    assert depth(deep["path"]) == 16
    before = await everything()
    with pytest.raises(InvalidInput):
        await new_unit(deep, "Bộ phận quá sâu", "D-X", "section", kind="section")
    other = await find_unit_by_code("D-0")
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


async def test_refuses_a_unit_that_will_stand_too_deep(tree, new_unit, everything):
    """Its parent is to move so far down next month that nothing more fits below it."""
    await db.execute("INSERT INTO level_rule (parent_level, child_level) VALUES ('section', 'section')")
    deep = tree.section
    for n in range(11):
        deep = await new_unit(deep, f"Bộ phận {n}", f"D-{n}", "section", kind="section")
    other = await new_unit(tree.garment, "Bộ phận khác", "O", "section", kind="section")
    await move_unit(SYSTEM, other["id"], deep["id"], today() + timedelta(days=30))
    before = await everything()
    with pytest.raises(InvalidInput) as refused:
        await new_unit(other, "Bộ phận dưới", "O-1", "section", kind="section")
    assert refused.value.details["field"] == "parentId"
    assert await everything() == before


async def test_refuses_a_ring_that_would_close_later(tree, new_unit, everything):
    await db.execute("INSERT INTO level_rule (parent_level, child_level) VALUES ('section', 'section')")
    one = await new_unit(tree.garment, "Một", "ONE", "section", kind="section")
    two = await new_unit(tree.garment, "Hai", "TWO", "section", kind="section")
    await move_unit(SYSTEM, one["id"], two["id"], today() + timedelta(days=30))
    before = await everything()
    with pytest.raises(UnitCycle):
        await move_unit(SYSTEM, two["id"], one["id"])
    assert await everything() == before


async def test_two_units_may_be_above_each_other_on_different_days(tree, new_unit):
    await db.execute("INSERT INTO level_rule (parent_level, child_level) VALUES ('section', 'section')")
    one = await new_unit(tree.garment, "Một", "ONE", "section", kind="section")
    two = await new_unit(tree.garment, "Hai", "TWO", "section", kind="section")
    await move_unit(SYSTEM, one["id"], two["id"], date(2026, 1, 1))
    await move_unit(SYSTEM, one["id"], tree.garment["id"], date(2026, 2, 1))
    await move_unit(SYSTEM, two["id"], one["id"], date(2026, 2, 1))
    january, february = date(2026, 1, 31), date(2026, 2, 1)
    assert (await find_unit(one["id"], january))["path"] == two["path"] + one["path"][-5:]
    assert (await find_unit(two["id"], february))["path"] == one["path"] + two["path"][-5:]


async def test_refuses_a_name_that_it_will_have_to_share(tree, new_unit, everything):
    """The names differ today; the unit is to get its new sibling's name while it stands there."""
    await new_unit(tree.hue, "Công đoàn B", "HUE-1", "grassroots")
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"), today() + timedelta(days=30))
    before = await everything()
    with pytest.raises(UnitNameTaken):
        await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"])
    assert await everything() == before


async def test_refuses_a_parent_that_closes_meanwhile(tree, everything):
    change = await begin(SYSTEM, "dissolve", today() + timedelta(days=30))
    await close(tree.evn["id"], change.on, change.version)
    await derive_paths([tree.evn["id"]])
    before = await everything()
    with pytest.raises(UnitParentNotThere):
        await move_unit(SYSTEM, tree.garment["id"], tree.evn["id"])
    assert await everything() == before


async def test_may_stand_under_a_parent_that_closes_once_it_has_left(tree):
    day = today() + timedelta(days=30)
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], day)
    change = await begin(SYSTEM, "dissolve", day)
    await close(tree.evn["id"], day, change.version)
    await derive_paths([tree.evn["id"]])
    await move_unit(SYSTEM, tree.garment["id"], tree.evn["id"])
    assert [(parent, until) for parent, _, until in await stood(tree.garment)][-2:] == [
        (tree.evn["id"], day),
        (tree.hue["id"], date.max),
    ]


async def test_a_level_that_a_later_law_has_ended_stands_but_may_not_be_moved_to(tree, new_unit, everything):
    """District unions stood under provinces until July 2025; those that are left keep standing, none is moved there."""
    hanoi = await new_unit(tree.top, "Tỉnh cũ", "CU", "province_or_industry", on=date(2020, 1, 1))
    other = await new_unit(tree.top, "Tỉnh khác", "KHAC", "province_or_industry", on=date(2020, 1, 1))
    district = await new_unit(hanoi, "Huyện", "CU-1", "upper_direct", on=date(2020, 1, 1))
    await move_unit(SYSTEM, district["id"], other["id"], date(2024, 1, 1))
    await change_unit(SYSTEM, district["id"], {"phone": "024 1234 5678"}, date(2026, 1, 1))
    before = await everything()
    with pytest.raises(UnitLevelNotAllowed):
        await move_unit(SYSTEM, district["id"], hanoi["id"], date(2026, 1, 1))
    assert await everything() == before


async def test_who_is_to_lose_the_unit_must_agree(ask, tree, everything):
    """The unit goes to Huế next month. From then on Hà Nội, which has it today, can't give it to somebody else."""
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], today() + timedelta(days=30))
    before = await everything()
    variables = {"id": str(tree.garment["id"]), "parentId": str(tree.evn["id"])}
    variables["on"] = (today() + timedelta(days=31)).isoformat()
    grants = tuple(Grant("admin", str(unit["id"]), unit["path"]) for unit in (tree.hanoi, tree.evn))
    reply = await ask(MOVE, Caller("two-ends", grants), input=variables)
    assert reply.code == "FORBIDDEN"
    assert await everything() == before
    whole = tuple(Grant("admin", str(unit["id"]), unit["path"]) for unit in (tree.hanoi, tree.hue, tree.evn))
    assert (await ask(MOVE, Caller("all-three", whole), input=variables)).code is None
