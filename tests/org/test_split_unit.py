"""Splitting a unit: parts with shares, known or assumed; children go where they are sent."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from reorganisation_world import FOUNDED, cells, counts, lineage

from kit.calendar import today
from kit.errors import Forbidden, InvalidInput
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.headcounts.service.carry import cells_on
from org.reorganisations.service import Beginning, Part, UnitHasChildren, come_into_force, split_unit
from org.units.service import UnitLevelNotAllowed, UnitNames, find_unit

ON = date(2026, 3, 1)


def begins(parent, name, code, level="grassroots", kind="enterprise"):
    return Beginning(parent["id"], UnitNames(name), code, level, kind)


@pytest.fixture
async def shoes(tree, new_unit):
    return await new_unit(tree.hanoi, "Công đoàn Công ty Giày Thăng Long", "HN-002", "grassroots")


async def test_shares_the_people_out_to_the_person(tree):
    people = {("under_25", "female"): (10, 11), ("25_34", "male"): (1, 2), ("35_44", "male"): (0, 0)}
    await cells(tree.garment, FOUNDED, people)
    parts = [begins(tree.hanoi, name, code) for name, code in (("A", "A"), ("B", "B"), ("C", "C"))]
    shares = [Decimal("0.5"), Decimal("0.3"), Decimal("0.2")]
    await split_unit(
        SYSTEM,
        tree.garment["id"],
        [Part(part, share, takes_other_children=part is parts[0]) for part, share in zip(parts, shares, strict=True)],
        ON,
    )
    a, b, c = [await counts({"id": part.id}, ON) for part in parts]
    assert a == {("under_25", "female"): (5, 6), ("25_34", "male"): (1, 1), ("35_44", "male"): (0, 0)}
    assert b == {("under_25", "female"): (3, 3), ("25_34", "male"): (0, 1), ("35_44", "male"): (0, 0)}
    assert c == {("under_25", "female"): (2, 2), ("25_34", "male"): (0, 0), ("35_44", "male"): (0, 0)}
    for key, whole in people.items():
        assert tuple(sum(part[key][i] for part in (a, b, c)) for i in (0, 1)) == whole
    assert not any(one.is_assumed for one in (await cells_on([part.id for part in parts], ON)).values())


async def test_parts_without_a_share_get_equal_parts_of_the_rest_as_assumptions(tree, shoes):
    await cells(tree.section, FOUNDED, {("under_25", "female"): (5, 5)})
    a, b = begins(tree.garment, "A", "A", "section", "section"), begins(tree.garment, "B", "B", "section", "section")
    await split_unit(SYSTEM, tree.section["id"], [Part(shoes["id"], Decimal("0.4")), Part(a), Part(b)], ON)
    assert await lineage() == [
        ("HN-001-01", "A", Decimal("0.3"), True),
        ("HN-001-01", "B", Decimal("0.3"), True),
        ("HN-001-01", "HN-002", Decimal("0.4"), False),
    ]
    known = await cells_on([a.id, b.id, shoes["id"]], ON)
    assert [(known[unit].cells[0].members, known[unit].is_assumed) for unit in (shoes["id"], a.id, b.id)] == [
        (2, False),
        (2, True),
        (1, True),
    ]


async def test_the_largest_part_keeps_the_records(tree, shoes):
    new = begins(tree.hanoi, "A", "A")
    parts = [Part(new, Decimal("0.4"), takes_other_children=True), Part(shoes["id"], Decimal("0.6"))]
    await split_unit(SYSTEM, tree.garment["id"], parts, ON)
    assert (await find_unit(tree.garment["id"]))["path"] == shoes["path"] + tree.garment["path"][-5:]


async def test_a_source_that_goes_on_keeps_the_rest(tree):
    await cells(tree.garment, FOUNDED, {("under_25", "female"): (10, 20)})
    new = begins(tree.hanoi, "A", "A")
    await split_unit(
        SYSTEM, tree.garment["id"], [Part(new, Decimal("0.25"), [tree.section["id"]])], ON, source_continues=True
    )
    assert (await find_unit(tree.garment["id"]))["closed_on"] is None
    assert await counts(tree.garment, ON) == {("under_25", "female"): (7, 15)}
    assert await counts({"id": new.id}, ON) == {("under_25", "female"): (3, 5)}
    assert (await find_unit(tree.section["id"]))["parent_id"] == new.id


async def test_nobody_goes_with_a_share_of_nothing(tree, shoes):
    await cells(tree.section, FOUNDED, {("under_25", "female"): (5, 5)})
    new = begins(tree.garment, "A", "A", "section", "section")
    await split_unit(SYSTEM, tree.section["id"], [Part(shoes["id"], Decimal(0)), Part(new, Decimal(1))], ON)
    assert await counts(shoes, ON) == {}
    assert await counts({"id": new.id}, ON) == {("under_25", "female"): (5, 5)}


async def test_says_how_many_children_nobody_placed(tree, shoes, new_unit, everything):
    await new_unit(tree.garment, "Công đoàn bộ phận Xưởng may", "HN-001-02", "section", kind="section")
    new = begins(tree.hanoi, "A", "A")
    before = await everything()
    with pytest.raises(UnitHasChildren) as refused:
        await split_unit(SYSTEM, tree.garment["id"], [Part(shoes["id"], None, [tree.section["id"]]), Part(new)], ON)
    assert refused.value.details["count"] == 1
    assert await everything() == before


@pytest.mark.parametrize(
    "shares",
    [["0.5", "0.4"], ["0.7", "0.7"], ["1", None], ["-0.1", "1.1"], ["0.5"]],
    ids=["too little", "too much", "nothing left", "negative", "one part only"],
)
async def test_refuses_shares_that_make_no_whole(shares, tree, shoes, everything):
    before = await everything()
    targets = [begins(tree.hanoi, "A", "A"), shoes["id"]]
    parts = [
        Part(into, Decimal(share) if share else None, takes_other_children=into is targets[0])
        for into, share in zip(targets, shares, strict=False)
    ]
    with pytest.raises(InvalidInput):
        await split_unit(SYSTEM, tree.garment["id"], parts, ON)
    assert await everything() == before


async def test_refuses_children_that_are_none_and_parts_that_repeat(tree, shoes):
    new = begins(tree.hanoi, "A", "A")
    cases = [
        [Part(shoes["id"], None, [tree.evn["id"]]), Part(new)],
        [Part(shoes["id"]), Part(shoes["id"])],
        [Part(shoes["id"]), Part(tree.garment["id"])],
        [Part(shoes["id"], takes_other_children=True), Part(new, takes_other_children=True)],
    ]
    for parts in cases:
        with pytest.raises(InvalidInput):
            await split_unit(SYSTEM, tree.garment["id"], parts, ON)


async def test_refuses_who_is_no_admin_of_a_part(tree, shoes, everything):
    before = await everything()
    parts = [Part(shoes["id"]), Part(begins(tree.hue, "A", "A"), takes_other_children=True)]
    with pytest.raises(Forbidden):
        await split_unit(caller_as("admin", tree.hanoi), tree.garment["id"], parts, ON)
    assert await everything() == before


async def test_what_lies_ahead_is_told_on_its_day_units_before_people(tree, shoes, events):
    """The day has come when the day of the change is no longer ahead: here it is set back, as time would."""
    from kit import db

    await cells(tree.section, FOUNDED, {("under_25", "female"): (5, 5)})
    day = today() + timedelta(days=3)
    await split_unit(SYSTEM, tree.section["id"], [Part(shoes["id"]), Part(tree.garment["id"])], day)
    assert await come_into_force() == 0
    assert await counts(shoes, day) == {}
    # Someone counts again before the day: that is what is carried over.
    await cells(tree.section, today(), {("under_25", "female"): (8, 8)})
    await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
    await db.execute("SET CONSTRAINTS ALL DEFERRED")
    for table, columns in (("unit_version", ("since", "until")), ("unit_path", ("since", "until"))):
        for column in columns:
            await db.execute(f"UPDATE {table} SET {column} = $1 WHERE {column} = $2", today(), day)
    await db.execute("UPDATE reorganisation SET effective_on = $1 WHERE effective_on = $2", today(), day)
    await db.execute("UPDATE succession SET effective_on = $1", today())
    await db.execute("UPDATE unit SET closed_on = $1 WHERE closed_on = $2", today(), day)
    await db.execute("UPDATE headcount_publication SET day = day - 1 WHERE day = $1", today())
    assert await come_into_force() == 1
    told = [(kind, len(payload.get("units", []))) for kind, payload in await events(3)]
    assert told == [("units.rewritten", 1), ("headcount.published", 0), ("headcount.published", 0)]
    assert await counts(shoes, today()) == {("under_25", "female"): (4, 4)}
    assert await come_into_force() == 0


async def test_tells_to_whom_the_people_went(tree, shoes, events):
    await split_unit(
        SYSTEM, tree.section["id"], [Part(shoes["id"], Decimal("0.6")), Part(tree.garment["id"], Decimal("0.4"))], ON
    )
    ((kind, payload),) = await events(1)
    (section,) = (one for one in payload["units"] if one["id"] == str(tree.section["id"]))
    assert (kind, section["closed_on"]) == ("units.rewritten", ON.isoformat())
    assert section["successors"] == [
        {"unit_id": str(shoes["id"]), "share": 0.6, "since": ON.isoformat()},
        {"unit_id": str(tree.garment["id"]), "share": 0.4, "since": ON.isoformat()},
    ]
    assert [one["code"] for one in payload["units"] if "successors" in one] == [tree.section["code"]]


async def test_a_part_that_stood_below_the_source_comes_to_stand_beside_it(tree, new_unit):
    team = await new_unit(tree.section, "Tổ may 1", "HN-001-01-T1", "team", kind="team")
    other = await new_unit(tree.section, "Tổ may 2", "HN-001-01-T2", "team", kind="team")
    new = begins(tree.garment, "Công đoàn bộ phận Xưởng may", "HN-001-02", "section", "section")
    parts = [Part(team["id"], Decimal("0.2")), Part(new, Decimal("0.8"), takes_other_children=True)]
    await split_unit(SYSTEM, tree.section["id"], parts, ON)
    assert (await find_unit(team["id"], ON))["parent_id"] == tree.garment["id"]
    assert (await find_unit(other["id"], ON))["parent_id"] == new.id


async def test_a_part_below_the_source_takes_its_siblings_only_where_levels_allow_it(tree, new_unit, everything):
    team = await new_unit(tree.section, "Tổ may 1", "HN-001-01-T1", "team", kind="team")
    await new_unit(tree.section, "Tổ may 2", "HN-001-01-T2", "team", kind="team")
    new = begins(tree.garment, "Công đoàn bộ phận Xưởng may", "HN-001-02", "section", "section")
    before = await everything()
    with pytest.raises(UnitLevelNotAllowed):
        await split_unit(SYSTEM, tree.section["id"], [Part(team["id"], takes_other_children=True), Part(new)], ON)
    assert await everything() == before
