"""Merging units: sources close, the successor has their children, people and records."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from reorganisation_world import FOUNDED, cells, counts, lineage

from kit import db
from kit.calendar import today
from kit.errors import Forbidden, InvalidInput, NotFound
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.reorganisations.service.merge import merge_units
from org.reorganisations.service.plan import Beginning
from org.reorganisations.service.split import Part, split_unit
from org.units.service import (
    Decision,
    UnitClosed,
    UnitCodeTaken,
    UnitCycle,
    UnitDateBackwards,
    UnitDateTooFar,
    UnitLevelNotAllowed,
    UnitNames,
    UnitNameTaken,
    UnitNotOnDay,
    find_unit,
    move_unit,
    rename_unit,
)

ON = date(2026, 3, 1)


def begins(parent, name, code, level="grassroots", kind="enterprise"):
    return Beginning(parent["id"], UnitNames(name), code, level, kind)


@pytest.fixture
async def shoes(tree, new_unit):
    return await new_unit(tree.hanoi, "Công đoàn Công ty Giày Thăng Long", "HN-002", "grassroots")


async def test_closes_the_source_and_keeps_it_findable(tree, shoes):
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON, Decision("12/QĐ-LĐLĐ"))
    closed = await find_unit(shoes["id"])
    assert (closed["closed_on"], closed["name_vi"]) == (ON, shoes["name_vi"])
    assert (await find_unit(shoes["id"], ON - timedelta(days=1)))["path"] == shoes["path"]
    with pytest.raises(UnitNotOnDay):
        await find_unit(shoes["id"], ON)
    row = await db.row(
        "SELECT kind, effective_on, decision_number, made_by FROM reorganisation ORDER BY version DESC LIMIT 1"
    )
    assert tuple(row) == ("merge", ON, "12/QĐ-LĐLĐ", "system")


async def test_what_a_source_left_is_governed_by_the_successor(tree, shoes):
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON)
    assert (await find_unit(shoes["id"]))["path"] == tree.garment["path"] + shoes["path"][-5:]
    assert await lineage() == [("HN-002", "HN-001", 1, False)]


async def test_takes_the_children_along(tree, shoes):
    await merge_units(SYSTEM, [tree.garment["id"]], shoes["id"], ON)
    section = await find_unit(tree.section["id"])
    assert (section["parent_id"], section["path"]) == (shoes["id"], shoes["path"] + tree.section["path"][-5:])
    assert (await find_unit(tree.section["id"], FOUNDED))["parent_id"] == tree.garment["id"]


async def test_children_go_where_they_are_sent(tree, shoes, new_unit):
    other = await new_unit(tree.hanoi, "Công đoàn Công ty Nhựa", "HN-003", "grassroots")
    await merge_units(SYSTEM, [tree.garment["id"]], shoes["id"], ON, children_to=other["id"])
    assert (await find_unit(tree.section["id"]))["parent_id"] == other["id"]


async def test_merges_into_a_new_unit_that_takes_a_name_and_a_code_over(tree, shoes):
    new = begins(tree.hanoi, tree.garment["name_vi"], "HN-001")
    await merge_units(SYSTEM, [tree.garment["id"], shoes["id"]], new, ON)
    made = await find_unit(new.id)
    assert (made["code"], made["name_vi"], made["created_on"]) == ("HN-001", tree.garment["name_vi"], ON)
    assert (await find_unit(tree.section["id"]))["parent_id"] == new.id
    assert await lineage() == [("HN-001", "HN-001", 1, False), ("HN-002", "HN-001", 1, False)]


async def test_a_unit_merges_into_one_of_its_own(tree, new_unit):
    zone = await new_unit(tree.hanoi, "Công đoàn Khu công nghiệp", "HN-KCN", "special", kind="industrial_zone")
    works = await new_unit(zone, "Công đoàn Công ty Thép", "HN-KCN-1", "grassroots")
    mate = await new_unit(works, "Tổ 1", "HN-KCN-1-1", "team", kind="section")
    await merge_units(SYSTEM, [zone["id"]], works["id"], ON)
    assert (await find_unit(works["id"]))["parent_id"] == tree.hanoi["id"]
    assert (await find_unit(mate["id"]))["path"] == tree.hanoi["path"] + works["path"][-5:] + mate["path"][-5:]
    assert (await find_unit(zone["id"]))["path"] == tree.hanoi["path"] + works["path"][-5:] + zone["path"][-5:]


async def test_planned_changes_of_the_children_stay(tree, shoes):
    later = ON + timedelta(days=30)
    names = UnitNames("Công đoàn bộ phận Xưởng may")
    await rename_unit(SYSTEM, tree.section["id"], names, later)
    await merge_units(SYSTEM, [tree.garment["id"]], shoes["id"], ON)
    for day, name in ((ON, tree.section["name_vi"]), (later, names.vi)):
        section = await find_unit(tree.section["id"], day)
        assert (section["name_vi"], section["parent_id"]) == (name, shoes["id"])


async def test_a_unit_that_was_to_come_below_a_source_later_comes_below_the_successor(tree, shoes, new_unit):
    cut = await new_unit(tree.garment, "Tổ may 1", "HN-001-02", "team", kind="section")
    await move_unit(SYSTEM, cut["id"], shoes["id"], ON + timedelta(days=30))
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON)
    assert (await find_unit(cut["id"], ON + timedelta(days=30)))["parent_id"] == tree.garment["id"]


async def test_carries_the_people_to_an_existing_successor(tree, shoes):
    await cells(tree.garment, FOUNDED, {("under_25", "female"): (10, 12), ("25_34", "male"): (5, 5)})
    await cells(shoes, date(2025, 9, 1), {("under_25", "female"): (7, 8)})
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON)
    assert await counts(tree.garment, ON - timedelta(days=1)) == {
        ("under_25", "female"): (10, 12),
        ("25_34", "male"): (5, 5),
    }
    assert await counts(tree.garment, ON) == {("under_25", "female"): (17, 20), ("25_34", "male"): (5, 5)}


async def test_carries_nothing_where_nothing_is_known(tree, shoes):
    await cells(tree.garment, FOUNDED, {("under_25", "female"): (10, 12)})
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON)
    assert await db.value("SELECT count(*) FROM headcount_publication WHERE origin = 'reorganisation'") == 0


async def test_tells_the_units_and_then_their_people(tree, shoes, events):
    await cells(shoes, FOUNDED, {("under_25", "female"): (7, 8)})
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON)
    version = await db.value("SELECT version FROM tree_version")
    (first, rewritten), (second, published) = await events(2)
    assert (first, second) == ("units.rewritten", "headcount.published")
    told = {unit["code"]: unit for unit in rewritten["units"]}
    assert set(told) == {"HN-002"}
    assert told["HN-002"]["closed_on"] == "2026-03-01"
    assert told["HN-002"]["path"] == tree.garment["path"] + shoes["path"][-5:]
    assert told["HN-002"]["scopes"] == [{"path": shoes["path"], "since": "2025-07-01", "until": "2026-03-01"}]
    assert (published["unit_id"], published["day"], published["tree_version"]) == (
        str(tree.garment["id"]),
        "2026-03-01",
        version,
    )


async def test_a_merger_that_lies_ahead_is_not_told(tree, shoes):
    await cells(shoes, FOUNDED, {("under_25", "female"): (7, 8)})
    before = await db.value("SELECT count(*) FROM outbox")
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], today() + timedelta(days=10))
    assert await db.value("SELECT count(*) FROM outbox") == before
    assert (await find_unit(shoes["id"]))["path"] == shoes["path"]


REFUSALS = {
    "no source": (lambda t, s: ([], t.garment["id"], ON), InvalidInput),
    "a source twice": (lambda t, s: ([s["id"], s["id"]], t.garment["id"], ON), InvalidInput),
    "into a source": (lambda t, s: ([s["id"]], s["id"], ON), InvalidInput),
    "an unknown source": (lambda t, s: ([t.unknown], s["id"], ON), NotFound),
    "an unknown successor": (lambda t, s: ([s["id"]], t.unknown, ON), NotFound),
    "on its first day": (lambda t, s: ([s["id"]], t.garment["id"], FOUNDED), UnitDateBackwards),
    "too far ahead": (lambda t, s: ([s["id"]], t.garment["id"], today() + timedelta(days=3000)), UnitDateTooFar),
    "a level that may not hold the children": (
        lambda t, s: ([t.garment["id"]], begins(t.hanoi, "Khác", "KHAC", "special", "industrial_zone"), ON),
        UnitLevelNotAllowed,
    ),
    "children under a level that may not be above theirs": (
        lambda t, s: ([t.garment["id"]], t.evn["id"], ON),
        UnitLevelNotAllowed,
    ),
    "a code that is taken": (lambda t, s: ([s["id"]], begins(t.hanoi, "Khác", "HN-001"), ON), UnitCodeTaken),
    "a name that is taken": (
        lambda t, s: ([s["id"]], begins(t.hanoi, t.garment["name_vi"].upper(), "HN-009"), ON),
        UnitNameTaken,
    ),
    "an unknown level": (lambda t, s: ([s["id"]], begins(t.hanoi, "Khác", "HN-009", "nothing"), ON), InvalidInput),
    "a code that is none": (lambda t, s: ([s["id"]], begins(t.hanoi, "Khác", "hà nội"), ON), InvalidInput),
    "into what lies deep below it": (lambda t, s: ([t.hanoi["id"]], t.section["id"], ON), UnitCycle),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_refuses(case, tree, shoes, everything):
    tree.unknown = UUID(int=1)
    make, error = REFUSALS[case]
    before = await everything()
    sources, into, on = make(tree, shoes)
    with pytest.raises(error):
        await merge_units(SYSTEM, sources, into, on)
    assert await everything() == before


async def test_refuses_a_source_that_has_closed_or_will(tree, shoes):
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], today() + timedelta(days=30))
    for on in (ON, today() + timedelta(days=40)):
        with pytest.raises(UnitClosed):
            await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], on)


async def test_refuses_a_successor_that_closes(tree, shoes, new_unit):
    other = await new_unit(tree.hanoi, "Công đoàn Công ty Nhựa", "HN-003", "grassroots")
    await merge_units(SYSTEM, [shoes["id"]], other["id"], ON)
    with pytest.raises(UnitClosed):
        await merge_units(SYSTEM, [tree.garment["id"]], shoes["id"], ON + timedelta(days=1))


async def test_refuses_a_day_before_people_that_were_counted(tree, shoes):
    await cells(shoes, ON, {("under_25", "female"): (7, 8)})
    with pytest.raises(UnitDateBackwards) as refused:
        await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON)
    assert refused.value.details["earliest"] == ON + timedelta(days=1)


@pytest.mark.parametrize("where", ["garment", "hue", "section"])
async def test_refuses_who_is_no_admin_above_the_source_and_of_the_successor(where, tree, shoes, everything):
    before = await everything()
    with pytest.raises(Forbidden):
        await merge_units(caller_as("admin", getattr(tree, where)), [shoes["id"]], tree.garment["id"], ON)
    assert await everything() == before


async def test_an_admin_of_the_province_may(tree, shoes):
    await merge_units(caller_as("admin", tree.hanoi), [shoes["id"]], tree.garment["id"], ON)
    assert (await find_unit(shoes["id"]))["closed_on"] == ON


async def test_two_decisions_of_one_day_add_up(tree, shoes, new_unit):
    plastics = await new_unit(tree.hanoi, "Công đoàn Công ty Nhựa", "HN-003", "grassroots")
    for unit, members in ((tree.garment, 10), (shoes, 7), (plastics, 5)):
        await cells(unit, FOUNDED, {("under_25", "female"): (members, members)})
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON)
    await merge_units(SYSTEM, [plastics["id"]], tree.garment["id"], ON)
    assert await counts(tree.garment, ON) == {("under_25", "female"): (22, 22)}


async def test_nobody_joins_a_unit_before_others_were_carried_away_from_it(tree, shoes, new_unit, everything):
    plastics = await new_unit(tree.hanoi, "Công đoàn Công ty Nhựa", "HN-003", "grassroots")
    new = begins(tree.hanoi, "Mới", "HN-004")
    later = ON + timedelta(days=9)
    await split_unit(SYSTEM, shoes["id"], [Part(new, Decimal("0.5"))], later, source_continues=True)
    before = await everything()
    with pytest.raises(UnitDateBackwards) as refused:
        await merge_units(SYSTEM, [plastics["id"]], shoes["id"], ON)
    assert refused.value.details["earliest"] == later + timedelta(days=1)
    # Nor does it close before that, or on that day.
    with pytest.raises(UnitDateBackwards):
        await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], later)
    assert await everything() == before
    await merge_units(SYSTEM, [plastics["id"]], shoes["id"], later)


async def test_a_unit_to_which_others_will_come_does_not_close_before(tree, shoes, new_unit):
    plastics = await new_unit(tree.hanoi, "Công đoàn Công ty Nhựa", "HN-003", "grassroots")
    await merge_units(SYSTEM, [plastics["id"]], shoes["id"], today() + timedelta(days=9))
    with pytest.raises(UnitDateBackwards):
        await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], today())
