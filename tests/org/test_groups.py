"""Groups of units across the tree: dated membership, sets in which a unit is in one group at most, public to read."""

from datetime import date
from uuid import uuid4

import orjson
import pytest

from kit import db
from kit.errors import Forbidden, InvalidInput, NotFound, SignInRequired
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as, queries
from org.groups.service import (
    UnitGroupNameTaken,
    UnitGroupNotOnDay,
    UnitInOtherGroup,
    UnitOutsideGroup,
    add_units,
    close_group,
    found_group,
    found_set,
    remove_units,
    rename_group,
    rename_set,
)
from org.units.service import UnitNotOnDay, move_unit

BEGAN = date(2026, 1, 1)
SPRING = date(2026, 4, 1)

GROUP = """
query ($id: ID!, $asOf: Date, $first: Int! = 20, $after: String) { unitGroup(id: $id, asOf: $asOf) {
  nameVi nameEn since until unitCount owner { code } groupSet { nameVi }
  units(first: $first, after: $after) { nodes { code } pageInfo { hasNextPage endCursor } } } }"""


async def stored():
    tables = ("unit_group_set", "unit_group", "unit_group_member", "audit", "outbox")
    return {
        table: [tuple(row) for row in await db.rows(f"SELECT * FROM {table} AS t ORDER BY t::text")] for table in tables
    }


async def members(group):
    rows = await db.rows(
        """SELECT version.code, lower(member.valid), upper(member.valid) FROM unit_group_member AS member
           JOIN unit_version AS version USING (unit_id) WHERE group_id = $1 ORDER BY 1, 2""",
        group["id"],
    )
    return [tuple(row) for row in rows]


@pytest.fixture
async def large(tree):
    """A group of the confederation, in no set."""
    return await found_group(SYSTEM, tree.top["id"], "Trên 500 đoàn viên", "Over 500 members", since=BEGAN)


@pytest.fixture
async def sizes(tree):
    """A set of two groups: large and small."""
    made = await found_set(SYSTEM, tree.top["id"], "Quy mô", "Size")
    groups = [await found_group(SYSTEM, tree.top["id"], name, name, made["id"], BEGAN) for name in ("Lớn", "Nhỏ")]
    return made, *groups


async def test_an_editor_of_the_owner_makes_a_group(ask, tree):
    document = """mutation ($input: CreateUnitGroupInput!) { createUnitGroup(input: $input) {
      ... on CreateUnitGroupSuccess { group { id nameVi nameEn name since until owner { code } groupSet { nameVi } } }
      ... on Problem { code message } } }"""
    given = {
        "ownerId": str(tree.hanoi["id"]),
        "nameVi": " Vốn  nước ngoài",
        "nameEn": "Foreign-invested",
        "since": "2026-01-01",
    }
    reply = await ask(document, caller_as("editor", tree.hanoi), language="en", input=given)
    group = reply.field["group"]
    assert group == {
        "id": group["id"],
        "nameVi": "Vốn nước ngoài",
        "nameEn": "Foreign-invested",
        "name": "Foreign-invested",
        "since": "2026-01-01",
        "until": None,
        "owner": {"code": "HN"},
        "groupSet": None,
    }
    entry = await db.row("SELECT * FROM audit ORDER BY id DESC LIMIT 1")
    assert (entry["action"], entry["unit_id"], entry["thing_id"]) == (
        "unit_group.founded",
        tree.hanoi["id"],
        group["id"],
    )


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("nobody", SignInRequired),
        ("worker", Forbidden),
        ("analyst", Forbidden),
        ("below", Forbidden),
        ("elsewhere", Forbidden),
    ],
)
async def test_nobody_else_keeps_a_units_groups(tree, who, refusal):
    group_set = await found_set(SYSTEM, tree.hanoi["id"], "Bộ", "Set")
    group = await found_group(SYSTEM, tree.hanoi["id"], "Nhóm", "Group")
    callers = {
        "nobody": ANONYMOUS,
        "below": caller_as("admin", tree.garment),
        "elsewhere": caller_as("admin", tree.hue),
    }
    caller = callers.get(who) or caller_as(who, tree.hanoi)
    before = await stored()
    for attempt in (
        lambda: found_set(caller, tree.hanoi["id"], "x", "x"),
        lambda: rename_set(caller, group_set["id"], "x", "x"),
        lambda: found_group(caller, tree.hanoi["id"], "x", "x"),
        lambda: rename_group(caller, group["id"], "x", "x"),
        lambda: close_group(caller, group["id"]),
        lambda: add_units(caller, group["id"], [tree.garment["id"]]),
        lambda: remove_units(caller, group["id"], [tree.garment["id"]]),
    ):
        with pytest.raises(refusal):
            await attempt()
    assert await stored() == before


ADD = """
mutation ($input: AddUnitsToGroupInput!) { addUnitsToGroup(input: $input) {
  ... on AddUnitsToGroupSuccess { added group { unitCount units { nodes { code } } } }
  ... on Problem { code message }
  ... on UnitInOtherGroup { unitIds }
  ... on UnitOutsideGroup { unitIds }
  ... on UnitGroupNotOnDay { since until } } }"""


async def test_units_are_in_a_group_from_a_day_to_a_day(ask, tree, large):
    ids = [str(unit["id"]) for unit in (tree.garment, tree.evn, tree.garment)]
    reply = await ask(
        ADD, caller_as("editor", tree.top), input={"id": str(large["id"]), "unitIds": ids, "on": "2026-01-01"}
    )
    assert reply.field == {
        "added": 2,
        "group": {"unitCount": 2, "units": {"nodes": [{"code": "HN-001"}, {"code": "EVN"}]}},
    }
    document = """mutation ($input: RemoveUnitsFromGroupInput!) { removeUnitsFromGroup(input: $input) {
      ... on RemoveUnitsFromGroupSuccess { removed group { unitCount } } ... on Problem { code } } }"""
    given = {"id": str(large["id"]), "unitIds": ids[:1], "on": "2026-04-01"}
    assert (await ask(document, caller_as("editor", tree.top), input=given)).field == {
        "removed": 1,
        "group": {"unitCount": 1},
    }
    assert await members(large) == [("EVN", BEGAN, None), ("HN-001", BEGAN, SPRING)]

    async def on(day):
        group = (await ask(GROUP, id=str(large["id"]), asOf=day)).field
        return group["unitCount"], [unit["code"] for unit in group["units"]["nodes"]]

    assert await on("2025-12-31") == (0, [])
    assert await on("2026-03-31") == (2, ["HN-001", "EVN"])
    assert await on("2026-04-01") == (1, ["EVN"])
    entries = await db.rows("SELECT action, after FROM audit WHERE kind = 'unit_group' ORDER BY id")
    assert [entry["action"] for entry in entries] == [
        "unit_group.founded",
        "unit_group.units_added",
        "unit_group.units_removed",
    ]
    assert orjson.loads(entries[2]["after"]) == {"units": ids[:1], "on": "2026-04-01"}


async def test_adding_again_changes_nothing_and_adding_earlier_begins_earlier(tree, large):
    await add_units(SYSTEM, large["id"], [tree.evn["id"]], SPRING)
    assert await add_units(SYSTEM, large["id"], [tree.evn["id"]], date(2026, 5, 1)) == 0
    assert await members(large) == [("EVN", SPRING, None)]
    assert await add_units(SYSTEM, large["id"], [tree.evn["id"]], BEGAN) == 1
    assert await members(large) == [("EVN", BEGAN, None)]


async def test_a_unit_may_leave_and_come_back(tree, large):
    await add_units(SYSTEM, large["id"], [tree.evn["id"]], BEGAN)
    assert await remove_units(SYSTEM, large["id"], [tree.evn["id"], tree.hue["id"]], SPRING) == 1
    await add_units(SYSTEM, large["id"], [tree.evn["id"]], date(2026, 6, 1))
    assert await members(large) == [("EVN", BEGAN, SPRING), ("EVN", date(2026, 6, 1), None)]
    assert await remove_units(SYSTEM, large["id"], [tree.evn["id"]], BEGAN) == 1
    assert await members(large) == []


async def test_a_unit_is_in_one_group_of_a_set_at_a_time(ask, tree, sizes):
    _, big, small = sizes
    await add_units(SYSTEM, big["id"], [tree.evn["id"]], SPRING)
    before = await stored()
    ids = [str(tree.hue["id"]), str(tree.evn["id"])]
    given = {"id": str(small["id"]), "unitIds": ids, "on": "2026-01-01"}
    reply = await ask(ADD, caller_as("editor", tree.top), input=given)
    assert reply.field == {
        "code": "UNIT_IN_OTHER_GROUP",
        "message": "Từ ngày 01/01/2026 trở đi, 1 đơn vị đã thuộc nhóm khác trong cùng bộ nhóm.",
        "unitIds": ids[1:],
    }
    assert await stored() == before
    await remove_units(SYSTEM, big["id"], [tree.evn["id"]], date(2026, 5, 1))
    await add_units(SYSTEM, small["id"], [tree.evn["id"]], date(2026, 5, 1))
    assert (await members(big), await members(small)) == (
        [("EVN", SPRING, date(2026, 5, 1))],
        [("EVN", date(2026, 5, 1), None)],
    )


async def test_the_database_keeps_a_unit_in_one_group_of_a_set(tree, sizes):
    group_set, big, small = sizes
    await add_units(SYSTEM, big["id"], [tree.evn["id"]], BEGAN)
    insert = """INSERT INTO unit_group_member (group_id, exclusive_in, unit_id, valid)
                VALUES ($1, $2, $3, daterange('2026-06-01', NULL))"""
    with pytest.raises(Exception, match="unit_group_member_one_group_a_day"):
        async with db.transaction():
            await db.execute(insert, small["id"], group_set["id"], tree.evn["id"])
    # To claim another set does not help.
    with pytest.raises(Exception, match="unit_group_member_of_a_group"):
        async with db.transaction():
            await db.execute(insert, small["id"], small["id"], tree.evn["id"])


async def test_groups_in_no_set_share_units(tree, large):
    other = await found_group(SYSTEM, tree.top["id"], "Vốn nước ngoài", "Foreign-invested", since=BEGAN)
    for group in (large, other):
        assert await add_units(SYSTEM, group["id"], [tree.evn["id"]], BEGAN) == 1


async def test_the_units_are_below_the_owner_on_that_day(ask, tree, new_unit):
    group = await found_group(SYSTEM, tree.hanoi["id"], "Nhóm", "Group", since=BEGAN)
    later = await new_unit(tree.hanoi, "Công đoàn Công ty Mới", "HN-002", "grassroots", on=SPRING)
    before = await stored()
    ids = [str(unit["id"]) for unit in (tree.garment, tree.evn, later)] + [str(uuid4())]
    given = {"id": str(group["id"]), "unitIds": ids, "on": "2026-01-01"}
    reply = await ask(ADD, caller_as("editor", tree.hanoi), input=given)
    assert (reply.code, reply.field["unitIds"]) == ("UNIT_OUTSIDE_GROUP", ids[1:])
    assert await stored() == before
    assert await add_units(SYSTEM, group["id"], [later["id"]], SPRING) == 1


async def test_a_unit_that_has_moved_away_stays_until_it_is_removed(ask, tree):
    group = await found_group(SYSTEM, tree.hanoi["id"], "Nhóm", "Group", since=BEGAN)
    await add_units(SYSTEM, group["id"], [tree.garment["id"]], BEGAN)
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], SPRING)
    assert (await ask(GROUP, id=str(group["id"]))).field["unitCount"] == 1
    with pytest.raises(UnitOutsideGroup):
        await add_units(SYSTEM, group["id"], [tree.section["id"]], SPRING)


@pytest.mark.parametrize("count", [0, 501])
async def test_takes_one_to_five_hundred_units(tree, large, count):
    with pytest.raises(InvalidInput):
        await add_units(SYSTEM, large["id"], [uuid4() for _ in range(count)])
    with pytest.raises(InvalidInput):
        await remove_units(SYSTEM, large["id"], [uuid4() for _ in range(count)])


async def test_five_hundred_units_take_as_many_statements_as_one(tree, large, new_unit):
    units = [
        (await new_unit(tree.hanoi, f"Công đoàn số {number}", f"HN-{number}", "grassroots", on=BEGAN))["id"]
        for number in range(100, 130)
    ]
    with queries() as one:
        await add_units(SYSTEM, large["id"], units[:1], BEGAN)
    with queries() as many:
        await add_units(SYSTEM, large["id"], units, BEGAN)
    assert many.count == one.count


async def test_a_group_closes_and_what_it_was_stays(ask, tree, large):
    await add_units(SYSTEM, large["id"], [tree.evn["id"], tree.hue["id"]], BEGAN)
    await add_units(SYSTEM, large["id"], [tree.garment["id"]], date(2026, 6, 1))
    document = """mutation ($input: CloseUnitGroupInput!) { closeUnitGroup(input: $input) {
      ... on CloseUnitGroupSuccess { group { until unitCount } } ... on Problem { code } } }"""
    given = {"id": str(large["id"]), "on": "2026-05-01"}
    reply = await ask(document, caller_as("editor", tree.top), input=given)
    assert reply.field == {"group": {"until": "2026-05-01", "unitCount": 0}}
    assert await members(large) == [("EVN", BEGAN, date(2026, 5, 1)), ("HUE", BEGAN, date(2026, 5, 1))]
    await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
    before = await stored()
    for attempt in (
        lambda: close_group(SYSTEM, large["id"], date(2026, 5, 1)),
        lambda: add_units(SYSTEM, large["id"], [tree.evn["id"]], date(2026, 5, 1)),
        lambda: add_units(SYSTEM, large["id"], [tree.evn["id"]], date(2025, 12, 31)),
    ):
        with pytest.raises(UnitGroupNotOnDay):
            await attempt()
    assert await stored() == before
    document = "query ($asOf: Date) { unitGroups(asOf: $asOf) { nodes { nameVi } } }"
    assert (await ask(document)).field["nodes"] == []
    assert (await ask(document, asOf="2026-04-30")).field["nodes"] == [{"nameVi": "Trên 500 đoàn viên"}]


async def test_units_that_come_before_the_end_leave_with_the_group(tree, large):
    await close_group(SYSTEM, large["id"], date(2026, 5, 1))
    await add_units(SYSTEM, large["id"], [tree.evn["id"]], SPRING)
    assert await members(large) == [("EVN", SPRING, date(2026, 5, 1))]


async def test_a_group_does_not_close_on_its_first_day(tree, large):
    with pytest.raises(UnitGroupNotOnDay):
        await close_group(SYSTEM, large["id"], BEGAN)


async def test_the_database_keeps_units_within_the_days_of_their_group(tree, large):
    with pytest.raises(Exception, match="on days on which the group does not exist"):
        async with db.transaction():
            await db.execute(
                """INSERT INTO unit_group_member (group_id, exclusive_in, unit_id, valid)
                   VALUES ($1, $1, $2, daterange('2025-12-31', NULL))""",
                large["id"],
                tree.evn["id"],
            )
    await add_units(SYSTEM, large["id"], [tree.evn["id"]], BEGAN)
    with pytest.raises(Exception, match="on days on which it does not exist"):
        async with db.transaction():
            await db.execute("UPDATE unit_group SET valid = daterange('2026-01-01', '2026-02-01')")
            await db.execute("SET CONSTRAINTS ALL IMMEDIATE")


async def test_names_are_those_of_one_group_at_a_time(tree, large, sizes):
    before = await stored()
    with pytest.raises(UnitGroupNameTaken):
        await found_group(SYSTEM, tree.top["id"], "TRÊN 500 đoàn viên", "x")
    with pytest.raises(UnitGroupNameTaken):
        await rename_group(SYSTEM, large["id"], "lớn", "x")
    with pytest.raises(UnitGroupNameTaken):
        await found_set(SYSTEM, tree.top["id"], "quy mô", "x")
    assert await stored() == before
    await close_group(SYSTEM, large["id"], date(2026, 5, 1))
    await found_group(SYSTEM, tree.top["id"], "Trên 500 đoàn viên", "x", since=date(2026, 5, 1))


async def test_groups_and_sets_are_renamed(ask, tree, large, sizes):
    document = """mutation ($input: RenameUnitGroupInput!, $set: RenameUnitGroupSetInput!) {
      renameUnitGroup(input: $input) { ... on RenameUnitGroupSuccess { group { nameVi nameEn } } }
      renameUnitGroupSet(input: $set) { ... on RenameUnitGroupSetSuccess { groupSet { nameVi nameEn } } } }"""
    names = {"nameVi": "Từ 500 đoàn viên", "nameEn": "500 members and over"}
    variables = {"input": {"id": str(large["id"]), **names}, "set": {"id": str(sizes[0]["id"]), **names}}
    reply = await ask(document, caller_as("editor", tree.top), **variables)
    assert reply.data == {"renameUnitGroup": {"group": names}, "renameUnitGroupSet": {"groupSet": names}}
    entries = await db.rows("SELECT action, before, after FROM audit ORDER BY id DESC LIMIT 2")
    assert [entry["action"] for entry in entries] == ["unit_group_set.renamed", "unit_group.renamed"]
    assert orjson.loads(entries[1]["before"])["name_vi"] == "Trên 500 đoàn viên"


@pytest.mark.parametrize("name", ["", " \n", "x" * 201])
async def test_a_name_says_something(tree, large, name):
    for attempt in (
        lambda: found_group(SYSTEM, tree.top["id"], name, "x"),
        lambda: found_set(SYSTEM, tree.top["id"], "x", name),
        lambda: rename_group(SYSTEM, large["id"], name, "x"),
    ):
        with pytest.raises(InvalidInput):
            await attempt()


async def test_a_set_holds_groups_of_its_own_owner(tree, sizes):
    with pytest.raises(NotFound):
        await found_group(SYSTEM, tree.hanoi["id"], "x", "x", sizes[0]["id"])
    with pytest.raises(NotFound):
        await found_group(SYSTEM, tree.top["id"], "x", "x", uuid4())


async def test_the_owner_must_exist_on_the_first_day(tree):
    with pytest.raises(UnitNotOnDay):
        await found_group(SYSTEM, tree.hanoi["id"], "x", "x", since=date(2025, 6, 30))


async def test_says_that_a_group_does_not_exist(ask, tree):
    assert (await ask(GROUP, id=str(uuid4()))).code == "NOT_FOUND"
    assert (await ask(GROUP, id="x")).code == "NOT_FOUND"
    with pytest.raises(NotFound):
        await add_units(SYSTEM, uuid4(), [tree.evn["id"]])


async def test_lists_the_groups_of_a_unit_on_a_day(ask, tree, large, sizes):
    _, big, _ = sizes
    for group in (large, big):
        await add_units(SYSTEM, group["id"], [tree.evn["id"]], SPRING)
    document = """query ($asOf: Date, $first: Int! = 20, $after: String) { unitByCode(code: "EVN") {
      groups(asOf: $asOf, first: $first, after: $after) { nodes { nameVi unitCount } pageInfo { endCursor } } } }"""
    shown = (await ask(document)).field["groups"]["nodes"]
    assert shown == [{"nameVi": "Lớn", "unitCount": 1}, {"nameVi": "Trên 500 đoàn viên", "unitCount": 1}]
    assert (await ask(document, asOf="2026-03-31")).field["groups"]["nodes"] == []
    first = (await ask(document, first=1)).field["groups"]
    rest = (await ask(document, first=1, after=first["pageInfo"]["endCursor"])).field["groups"]
    assert [group["nameVi"] for group in rest["nodes"]] == ["Trên 500 đoàn viên"]


async def test_units_of_a_group_come_page_by_page(ask, tree, large):
    await add_units(SYSTEM, large["id"], [unit["id"] for unit in (tree.evn, tree.hue, tree.garment)], BEGAN)
    first = (await ask(GROUP, id=str(large["id"]), first=2)).field["units"]
    rest = (await ask(GROUP, id=str(large["id"]), first=2, after=first["pageInfo"]["endCursor"])).field["units"]
    assert [unit["code"] for unit in first["nodes"] + rest["nodes"]] == ["HN-001", "EVN", "HUE"]
    assert rest["pageInfo"]["hasNextPage"] is False


async def test_lists_sets_with_their_groups_and_units_in_six_statements(ask, tree, sizes):
    group_set, big, small = sizes
    await add_units(SYSTEM, big["id"], [tree.evn["id"]], BEGAN)
    await add_units(SYSTEM, small["id"], [tree.garment["id"]], BEGAN)
    document = """query ($owner: ID) { unitGroupSets(ownerId: $owner) { nodes { name groups { nodes {
      name unitCount owner { code } groupSet { name } units { nodes { code } } } } } } }"""
    with queries() as asked:
        reply = await ask(document, owner=str(tree.top["id"]))
    common = {"owner": {"code": "TLD"}, "groupSet": {"name": "Quy mô"}, "unitCount": 1}
    assert reply.field["nodes"] == [
        {
            "name": "Quy mô",
            "groups": {
                "nodes": [
                    {"name": "Lớn", **common, "units": {"nodes": [{"code": "EVN"}]}},
                    {"name": "Nhỏ", **common, "units": {"nodes": [{"code": "HN-001"}]}},
                ]
            },
        }
    ]
    # Sets, groups, counts, owners, sets by id, units.
    assert asked.count == 6
    assert (await ask(document, owner=str(tree.hanoi["id"]))).field["nodes"] == []
    groups = await ask("query ($set: ID) { unitGroups(setId: $set) { nodes { name } } }", set=str(group_set["id"]))
    assert groups.field["nodes"] == [{"name": "Lớn"}, {"name": "Nhỏ"}]


async def test_other_group_is_an_error_of_its_own(tree, sizes):
    _, big, small = sizes
    await add_units(SYSTEM, big["id"], [tree.evn["id"]])
    with pytest.raises(UnitInOtherGroup):
        await add_units(SYSTEM, small["id"], [tree.evn["id"]])
