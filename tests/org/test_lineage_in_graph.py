"""Predecessors and successors walked both ways, where a unit is today, and the changes on record."""

from datetime import date
from decimal import Decimal

import pytest

from kit.identity import SYSTEM
from kit.testing import caller_as, queries
from org.reorganisations.service import Beginning, Part, dissolve_unit, merge_units, split_unit
from org.units.service import Decision, UnitNames, move_unit, rename_unit

DAYS = [date(2026, month, 1) for month in range(1, 10)]


def begins(parent, name, code):
    return Beginning(parent["id"], UnitNames(name), code, "grassroots", "enterprise")


@pytest.fixture
async def moved(tree, new_unit):
    """Shoes merge into the garment union; that is split into A and B; B into C and D; D goes on without a part E."""
    shoes = await new_unit(tree.hanoi, "Công đoàn Công ty Giày", "HN-002", "grassroots")
    a, b, c, d, e = (begins(tree.hanoi, name, name) for name in "ABCDE")
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], DAYS[0], Decision("01/QĐ", "ho-so/01", "Ghi nhớ"))
    parts = [Part(a, Decimal("0.6"), takes_other_children=True), Part(b)]
    await split_unit(SYSTEM, tree.garment["id"], parts, DAYS[1])
    await split_unit(SYSTEM, b.id, [Part(c, Decimal("0.5")), Part(d, Decimal("0.5"))], DAYS[2])
    await split_unit(SYSTEM, d.id, [Part(e, Decimal("0.25"))], DAYS[3], source_continues=True)
    tree.shoes, tree.a, tree.e = shoes, a, e
    return tree


TODAY = """query ($code: String!) { unitByCode(code: $code) { successorsToday { nodes { share isAssumed unit { code } } } } }"""


async def test_a_unit_is_found_where_its_parts_are_today(ask, moved):
    reply = await ask(TODAY, code="HN-002")
    assert [
        (one["unit"]["code"], one["share"], one["isAssumed"]) for one in reply.field["successorsToday"]["nodes"]
    ] == [
        ("A", 0.6, False),
        ("C", 0.2, True),
        ("D", 0.15, True),
        ("E", 0.05, True),
    ]


async def test_a_unit_that_exists_is_where_it_was_but_for_what_left_it(ask, moved):
    reply = await ask(TODAY, code="D")
    assert [(one["unit"]["code"], one["share"]) for one in reply.field["successorsToday"]["nodes"]] == [
        ("D", 0.75),
        ("E", 0.25),
    ]


async def test_who_joins_later_did_not_leave_before(ask, moved, new_unit):
    late = await new_unit(moved.hanoi, "Công đoàn Công ty Nhựa", "HN-003", "grassroots")
    d = (await ask('{ unitByCode(code: "D") { id } }')).field["id"]
    await merge_units(SYSTEM, [late["id"]], type(late["id"])(d), DAYS[4])
    reply = await ask(TODAY, code="HN-003")
    assert [(one["unit"]["code"], one["share"]) for one in reply.field["successorsToday"]["nodes"]] == [("D", 1.0)]


async def test_what_was_dissolved_is_nowhere(ask, moved):
    await dissolve_unit(SYSTEM, moved.e.id, DAYS[5])
    assert (await ask(TODAY, code="E")).field["successorsToday"]["nodes"] == []
    shares = [one["share"] for one in (await ask(TODAY, code="D")).field["successorsToday"]["nodes"]]
    assert shares == [0.75]


async def test_both_ways_with_shares_and_the_change(ask, moved):
    reply = await ask(
        """{ unitByCode(code: "HN-001") {
          predecessors { nodes { unit { code closedOn } share isAssumed effectiveOn
                                 reorganisation { kind decisionNumber decisionFile note } } }
          successors { nodes { unit { code } share isAssumed effectiveOn reorganisation { kind isUndone } } } } }"""
    )
    assert reply.field["predecessors"]["nodes"] == [
        {
            "unit": {"code": "HN-002", "closedOn": "2026-01-01"},
            "share": 1.0,
            "isAssumed": False,
            "effectiveOn": "2026-01-01",
            # Where the file is and what was noted is told to who is signed in.
            "reorganisation": {"kind": "merge", "decisionNumber": "01/QĐ", "decisionFile": None, "note": None},
        }
    ]
    assert [(one["unit"]["code"], one["share"], one["isAssumed"]) for one in reply.field["successors"]["nodes"]] == [
        ("A", 0.6, False),
        ("B", 0.4, True),
    ]


async def test_pages_of_successors(ask, moved):
    document = """query ($after: String) { unitByCode(code: "HN-001") {
      successors(first: 1, after: $after) { nodes { unit { code } } pageInfo { hasNextPage endCursor } }
      successorsToday(first: 3, after: $after) { nodes { unit { code } } } } }"""
    first = (await ask(document)).field
    assert [one["unit"]["code"] for one in first["successors"]["nodes"]] == ["A"]
    assert first["successors"]["pageInfo"]["hasNextPage"] is True
    second = await ask(
        document.replace("successorsToday(first: 3, after: $after) { nodes { unit { code } } }", ""),
        after=first["successors"]["pageInfo"]["endCursor"],
    )
    assert [one["unit"]["code"] for one in second.field["successors"]["nodes"]] == ["B"]
    assert second.field["successors"]["pageInfo"]["hasNextPage"] is False


async def test_lineage_of_many_units_takes_as_many_statements_as_of_one(ask, moved):
    document = """query ($n: Int) { units(first: $n) { nodes {
      predecessors { nodes { unit { code } reorganisation { kind } } }
      successors { nodes { unit { code } } } successorsToday { nodes { unit { code } } } } } }"""
    counts = []
    for n in (4, 12):
        with queries() as seen:
            assert (await ask(document, n=n)).errors == []
        counts.append(seen.count)
    assert counts[0] == counts[1] <= 12


ALL = """query ($unit: ID, $kind: String, $since: Date, $until: Date, $first: Int! = 20, $after: String) {
  reorganisations(unit: $unit, kind: $kind, since: $since, until: $until, first: $first, after: $after) {
    nodes { kind effectiveOn units { nodes { what unit { code } } } } pageInfo { hasNextPage endCursor } } }"""


async def test_changes_are_listed_by_unit_kind_and_day(ask, moved):
    reply = await ask(ALL, unit=str(moved.garment["id"]))
    assert [(one["kind"], one["effectiveOn"]) for one in reply.field["nodes"]] == [
        ("split", "2026-02-01"),
        ("merge", "2026-01-01"),
        ("create", "2025-07-01"),
    ]
    split = reply.field["nodes"][0]
    assert {(one["what"], one["unit"]["code"]) for one in split["units"]["nodes"]} == {
        ("closed", "HN-001"),
        ("changed", "HN-001-01"),
        ("created", "A"),
        ("created", "B"),
    }
    reply = await ask(ALL, kind="split", since="2026-02-02", until="2026-04-01")
    assert [one["effectiveOn"] for one in reply.field["nodes"]] == ["2026-03-01"]
    reply = await ask(ALL, kind="split", first=2)
    assert [one["effectiveOn"] for one in reply.field["nodes"]] == ["2026-04-01", "2026-03-01"]
    reply = await ask(ALL, kind="split", first=2, after=reply.field["pageInfo"]["endCursor"])
    assert [one["effectiveOn"] for one in reply.field["nodes"]] == ["2026-02-01"]


async def test_one_change_and_unknown_ones(ask, moved):
    reply = await ask(ALL, kind="merge")
    change = (await ask('{ reorganisations(kind: "merge") { nodes { id } } }')).field["nodes"][0]["id"]
    reply = await ask(
        "query ($id: ID!) { reorganisation(id: $id) { treeVersion decisionNumber decisionFile note undoes { id } undoneBy { id } } }",
        caller_as("worker", moved.section),
        id=change,
    )
    assert {**reply.field, "treeVersion": None} == {
        "treeVersion": None,
        "decisionNumber": "01/QĐ",
        "decisionFile": "ho-so/01",
        "note": "Ghi nhớ",
        "undoes": None,
        "undoneBy": None,
    }
    missing = await ask('{ reorganisation(id: "11111111-1111-4111-8111-111111111111") { id } }')
    assert missing.code == "NOT_FOUND"
    assert (await ask('{ reorganisations(kind: "nothing") { nodes { id } } }')).code == "INVALID_INPUT"


async def test_renamings_and_moves_are_on_record_too(ask, tree):
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Khác"), DAYS[0])
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], DAYS[1])
    reply = await ask(ALL, unit=str(tree.garment["id"]))
    assert [one["kind"] for one in reply.field["nodes"]] == ["move", "rename", "create"]
