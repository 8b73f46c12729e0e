"""The tree as it was, is and will be on any day: every question about units takes the day, and passes it on."""

from datetime import date, timedelta

import pytest

from kit import db
from kit.calendar import today
from kit.identity import SYSTEM
from kit.testing import queries
from org.units.service import UnitNames, begin, change_unit, derive_paths, move_unit, rename_unit
from org.units.service.versions import close

MARCH = date(2026, 3, 1)
AHEAD = today() + timedelta(days=100)


@pytest.fixture
async def past(tree):
    """The garment workers' union went from Hà Nội to Huế in March, with a new name; EVN took its section in May."""
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], MARCH)
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn May Huế"), MARCH)
    await db.execute("INSERT INTO level_rule (parent_level, child_level) VALUES ('province_or_industry', 'section')")
    await move_unit(SYSTEM, tree.section["id"], tree.evn["id"], date(2026, 5, 1))
    return tree


async def closed(unit, on):
    """Close a unit without what else a closure needs."""
    change = await begin(SYSTEM, "dissolve", on)
    await close(unit["id"], on, change.version)
    await derive_paths([unit["id"]])


UNIT = "query ($id: ID!, $on: Date) { unit(id: $id, asOf: $on) { code nameVi parent { code } ancestors { code } } }"


@pytest.mark.parametrize(
    ("on", "name", "above"),
    [
        ("2026-02-28", "Công đoàn Công ty May Hòa Bình", "HN"),
        ("2026-03-01", "Công đoàn May Huế", "HUE"),
        (None, "Công đoàn May Huế", "HUE"),
    ],
)
async def test_a_unit_is_what_it_was_that_day(ask, past, on, name, above):
    reply = await ask(UNIT, id=str(past.garment["id"]), on=on)
    assert reply.field == {
        "code": "HN-001",
        "nameVi": name,
        "parent": {"code": above},
        "ancestors": [{"code": "TLD"}, {"code": above}],
    }


@pytest.mark.parametrize("on", ["2025-06-30", "1000-01-01", "0001-01-01"])
async def test_says_that_a_unit_did_not_exist_yet(ask, tree, on):
    reply = await ask(UNIT, language="en", id=str(tree.garment["id"]), on=on)
    assert (reply.code, reply.data) == ("UNIT_NOT_ON_DAY", {"unit": None})
    assert reply.errors[0]["message"] == f"On {on} this unit did not exist yet."


async def test_says_that_a_unit_no_longer_existed(ask, tree):
    await closed(tree.section, MARCH)
    reply = await ask(UNIT, language="en", id=str(tree.section["id"]), on="2026-03-01")
    assert reply.code == "UNIT_NOT_ON_DAY"
    assert reply.errors[0]["message"] == "On 2026-03-01 this unit no longer existed."


async def test_a_closed_unit_is_shown_as_it_was_last(ask, tree):
    await closed(tree.section, MARCH)
    document = """query ($id: ID!) { unit(id: $id) { code closedOn parent { code } ancestors { code }
      children { nodes { code } } subtreeCount descendants { nodes { code } } } }"""
    reply = await ask(document, id=str(tree.section["id"]))
    assert reply.field == {
        "code": "HN-001-01",
        "closedOn": "2026-03-01",
        "parent": {"code": "HN-001"},
        "ancestors": [{"code": "TLD"}, {"code": "HN"}, {"code": "HN-001"}],
        "children": {"nodes": []},
        "subtreeCount": 0,
        "descendants": {"nodes": []},
    }


async def test_a_unit_that_begins_later_is_shown_as_it_will_be_first(ask, tree, new_unit):
    unit = await new_unit(tree.hue, "Công đoàn mới", "NEW", "grassroots", on=AHEAD)
    below = await new_unit(unit, "Bộ phận mới", "NEW-1", "section", kind="section", on=AHEAD)
    document = """query ($id: ID!) { unit(id: $id) { createdOn parent { code } ancestors { code } subtreeCount
      children { nodes { code parent { nameVi } } } } }"""
    reply = await ask(document, id=str(unit["id"]))
    assert reply.field == {
        "createdOn": AHEAD.isoformat(),
        "parent": {"code": "HUE"},
        "ancestors": [{"code": "TLD"}, {"code": "HUE"}],
        "subtreeCount": 1,
        "children": {"nodes": [{"code": below["code"], "parent": {"nameVi": "Công đoàn mới"}}]},
    }
    today_below = await ask('{ unitByCode(code: "HUE") { subtreeCount children { nodes { code } } } }')
    assert today_below.field == {"subtreeCount": 0, "children": {"nodes": []}}


WALK = """query ($on: Date) { unitByCode(code: "TLD", asOf: $on) {
  subtreeCount
  children { nodes { code children { nodes { code children { nodes { code nameVi } } } } } }
  descendants { nodes { code parent { code } ancestors { code } } }
} }"""


async def test_what_is_reached_from_a_unit_is_of_the_same_day(ask, past):
    before = (await ask(WALK, on="2026-02-28")).field
    assert before["subtreeCount"] == 5
    assert before["children"]["nodes"] == [
        {"code": "EVN", "children": {"nodes": []}},
        {
            "code": "HN",
            "children": {
                "nodes": [
                    {
                        "code": "HN-001",
                        "children": {"nodes": [{"code": "HN-001-01", "nameVi": "Công đoàn bộ phận Xưởng cắt"}]},
                    }
                ]
            },
        },
        {"code": "HUE", "children": {"nodes": []}},
    ]
    assert [(unit["code"], unit["parent"]["code"]) for unit in before["descendants"]["nodes"]] == [
        ("HN", "TLD"),
        ("HN-001", "HN"),
        ("HN-001-01", "HN-001"),
        ("HUE", "TLD"),
        ("EVN", "TLD"),
    ]
    after = (await ask(WALK, on="2026-05-01")).field
    assert [
        (unit["code"], [above["code"] for above in unit["ancestors"]]) for unit in after["descendants"]["nodes"]
    ] == [
        ("HN", ["TLD"]),
        ("HUE", ["TLD"]),
        ("HN-001", ["TLD", "HUE"]),
        ("EVN", ["TLD"]),
        ("HN-001-01", ["TLD", "EVN"]),
    ]


async def test_a_field_may_name_another_day_than_the_one_it_was_reached_on(ask, past):
    document = """query ($id: ID!) { unit(id: $id, asOf: "2026-04-01") {
      now: parent { code } then: parent(asOf: "2026-02-01") { code nameVi children { nodes { code } } }
      children { nodes { code } } later: children(asOf: "2026-06-01") { nodes { code } }
      above: ancestors(asOf: "2026-02-01") { code } count: subtreeCount(asOf: "2026-06-01") subtreeCount
      below: descendants(asOf: "2026-06-01") { nodes { code } }
      never: subtreeCount(asOf: "2020-01-01") neverParent: parent(asOf: "2020-01-01") { code }
      neverAbove: ancestors(asOf: "2020-01-01") { code } } }"""
    reply = await ask(document, id=str(past.garment["id"]))
    assert reply.field == {
        "now": {"code": "HUE"},
        "then": {"code": "HN", "nameVi": past.hanoi["name_vi"], "children": {"nodes": [{"code": "HN-001"}]}},
        "children": {"nodes": [{"code": "HN-001-01"}]},
        "later": {"nodes": []},
        "above": [{"code": "TLD"}, {"code": "HN"}],
        "count": 0,
        "subtreeCount": 1,
        "below": {"nodes": []},
        "never": 0,
        "neverParent": None,
        "neverAbove": [],
    }


async def test_the_same_unit_on_another_day(ask, past):
    document = """query ($id: ID!) { unit(id: $id) { nameVi
      then: asOf(on: "2026-02-28") { nameVi parent { code } again: asOf(on: "2026-03-01") { nameVi parent { code } } }
      never: asOf(on: "2025-06-30") { nameVi } } }"""
    reply = await ask(document, id=str(past.garment["id"]))
    assert reply.field == {
        "nameVi": "Công đoàn May Huế",
        "then": {
            "nameVi": "Công đoàn Công ty May Hòa Bình",
            "parent": {"code": "HN"},
            "again": {"nameVi": "Công đoàn May Huế", "parent": {"code": "HUE"}},
        },
        "never": None,
    }


async def test_what_is_planned_can_be_asked_for(ask, tree):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], AHEAD)
    document = """query ($id: ID!, $before: Date!, $on: Date!) { unit(id: $id) { parent { code }
      before: parent(asOf: $before) { code } then: parent(asOf: $on) { code } } }"""
    reply = await ask(
        document, id=str(tree.section["id"]), before=(AHEAD - timedelta(days=1)).isoformat(), on=AHEAD.isoformat()
    )
    assert reply.field == {"parent": {"code": "HN-001"}, "before": {"code": "HN-001"}, "then": {"code": "HN-001"}}
    above = await ask(
        "query ($id: ID!, $on: Date) { unit(id: $id, asOf: $on) { ancestors { code } } }",
        id=str(tree.section["id"]),
        on=AHEAD.isoformat(),
    )
    assert above.field == {"ancestors": [{"code": "TLD"}, {"code": "HUE"}, {"code": "HN-001"}]}


BY_CODE = "query ($code: String!, $on: Date) { unitByCode(code: $code, asOf: $on) { id code } }"


async def test_a_code_is_looked_up_on_the_day(ask, tree, new_unit):
    await change_unit(SYSTEM, tree.garment["id"], {"code": "HN-XYZ"}, MARCH)
    heir = await new_unit(tree.hue, "Công đoàn khác", "HN-001", "grassroots", on=date(2026, 4, 1))
    assert (await ask(BY_CODE, code="HN-001", on="2026-02-28")).field["id"] == str(tree.garment["id"])
    assert (await ask(BY_CODE, code="hn-xyz", on="2026-03-01")).field["id"] == str(tree.garment["id"])
    assert (await ask(BY_CODE, code="HN-001", on="2026-03-15")).code == "NOT_FOUND"
    assert (await ask(BY_CODE, code="HN-001")).field["id"] == str(heir["id"])


async def test_a_code_that_nobody_has_any_more_finds_the_last_that_had_it(ask, tree, new_unit):
    await change_unit(SYSTEM, tree.garment["id"], {"code": "HN-XYZ"}, MARCH)
    found = (await ask(BY_CODE, code="HN-001")).field
    assert found == {"id": str(tree.garment["id"]), "code": "HN-XYZ"}
    await new_unit(tree.hue, "Công đoàn khác", "HN-001", "grassroots", on=AHEAD)
    assert (await ask(BY_CODE, code="HN-001")).field == found
    planned = await new_unit(tree.hue, "Công đoàn thứ ba", "HN-009", "grassroots", on=AHEAD)
    assert (await ask(BY_CODE, code="HN-009")).field["id"] == str(planned["id"])


async def test_the_list_is_of_the_day(ask, past, new_unit):
    await new_unit(past.evn, "Công đoàn Sau", "SAU", "grassroots", on=AHEAD)
    document = "query ($on: Date) { units(asOf: $on) { nodes { code parent { code } } } }"

    async def listed(on):
        return [
            (unit["code"], unit["parent"] and unit["parent"]["code"])
            for unit in (await ask(document, on=on)).field["nodes"]
        ]

    assert await listed("2025-06-30") == [("TLD", None)]
    assert await listed("1929-07-27") == []
    assert await listed("2026-02-28") == [
        ("HN-001-01", "HN-001"),
        ("HN-001", "HN"),
        ("EVN", "TLD"),
        ("HN", "TLD"),
        ("HUE", "TLD"),
        ("TLD", None),
    ]
    assert ("HN-001-01", "EVN") in await listed(None)
    assert "SAU" not in dict(await listed(None))
    assert dict(await listed(AHEAD.isoformat()))["SAU"] == "EVN"


async def test_units_that_others_refer_to_are_those_of_today(ask, past):
    await closed(past.section, today())
    representations = [{"__typename": "Unit", "id": str(unit["id"])} for unit in (past.garment, past.section)]
    document = (
        "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Unit { nameVi closedOn parent { code } } } }"
    )
    reply = await ask(document, r=representations)
    assert reply.field == [
        {"nameVi": "Công đoàn May Huế", "closedOn": None, "parent": {"code": "HUE"}},
        {"nameVi": past.section["name_vi"], "closedOn": today().isoformat(), "parent": {"code": "EVN"}},
    ]


async def test_a_day_costs_no_more_statements_than_today(ask, past):
    document = """query ($on: Date) { units(first: 100, asOf: $on) { nodes { parent { code } ancestors { code } subtreeCount
      children(first: 5) { nodes { code parent { code } } } descendants(first: 5) { nodes { code } } } } }"""
    counts = []
    for on in (None, "2026-02-28"):
        with queries() as asked:
            assert (await ask(document, on=on)).errors == []
        counts.append(asked.count)
    # The list, parents (those of the children among them), ancestors, counts, children, descendants: one each.
    assert counts == [6, 6]
