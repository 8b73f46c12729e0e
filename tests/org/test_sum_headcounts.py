"""Summing headcounts over a subtree: missing stays missing, and only analysts and admins of the unit see any."""

from datetime import date

import pytest

from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as, queries
from org.headcounts.service import Cell, SubtreeSum, SummedCell, publish_headcounts, subtree_sum
from org.units.service import change_unit, move_unit

HEADCOUNT = """
query ($code: String!, $on: Date) { unitByCode(code: $code) { headcountVisible headcount(asOf: $on) {
  members workers unitsCounted unitsCarriedOver unitsAssumed oldestDay newestDay sources
  cells { ageBand gender members workers } } } }"""
GROUPS = """
query ($code: String!, $by: [HeadcountDimension!]!, $first: Int!, $after: String) { unitByCode(code: $code) {
  headcount { members workers groups(by: $by, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { ageBand gender education field region level kind members workers } } } } }"""
COVERAGE = """
query ($code: String!, $level: String, $on: Date, $first: Int!, $after: String) { unitByCode(code: $code) {
  headcountCoverage(asOf: $on, level: $level) { units unitsCounted unitsMissing }
  headcountMissing(asOf: $on, level: $level, first: $first, after: $after) {
    nodes { code } pageInfo { hasNextPage endCursor } } } }"""


@pytest.fixture
async def counted(tree, new_unit):
    """Two grassroots unions of Hà Nội with headcounts, one in Huế, one without any."""
    other = await new_unit(
        tree.hanoi, "Công đoàn Bệnh viện Bạch Mai", "HN-002", "grassroots", kind="hospital", region="red_river_delta"
    )
    hue = await new_unit(tree.hue, "Công đoàn Dệt may Huế", "HUE-001", "grassroots", region="north_central")
    old = [Cell("45_plus", "male", 1000, 1000)]
    await publish_headcounts(SYSTEM, tree.garment["id"], date(2025, 8, 1), old, "x")
    await publish_headcounts(
        SYSTEM,
        tree.garment["id"],
        date(2026, 1, 1),
        [Cell("under_25", "female", 10, 12), Cell("25_34", "male", 0, 3)],
        "b",
    )
    await publish_headcounts(SYSTEM, other["id"], date(2025, 9, 1), [Cell("under_25", "female", 5, 5)], "a")
    await publish_headcounts(SYSTEM, hue["id"], date(2026, 2, 1), [Cell("35_44", "other", 7, 8)], "demo")
    tree.hospital, tree.weavers = other, hue
    return tree


async def test_sums_the_newest_of_every_unit_below(ask, counted):
    reply = await ask(HEADCOUNT, caller_as("analyst", counted.hanoi), code="HN")
    assert reply.field == {
        "headcountVisible": True,
        "headcount": {
            "members": 15,
            "workers": 20,
            "unitsCounted": 2,
            "unitsCarriedOver": 0,
            "unitsAssumed": 0,
            "oldestDay": "2025-09-01",
            "newestDay": "2026-01-01",
            "sources": ["a", "b"],
            "cells": [
                {"ageBand": "under_25", "gender": "female", "members": 15, "workers": 17},
                {"ageBand": "25_34", "gender": "male", "members": 0, "workers": 3},
            ],
        },
    }


async def test_what_nobody_published_is_null_and_not_zero(ask, counted):
    reply = await ask(HEADCOUNT, caller_as("analyst", counted.top), code="EVN")
    assert reply.field == {"headcountVisible": True, "headcount": None}


PAST = [
    ("2025-07-31", None),
    ("2025-08-31", (1000, 1, ["x"])),
    ("2025-09-01", (1005, 2, ["a", "x"])),
    ("2025-12-31", (1005, 2, ["a", "x"])),
    ("2026-01-01", (15, 2, ["a", "b"])),
]


@pytest.mark.parametrize(("day", "expected"), PAST)
async def test_any_day_shows_what_was_published_up_to_it(ask, counted, day, expected):
    reply = await ask(HEADCOUNT, caller_as("analyst", counted.hanoi), code="HN", on=day)
    shown = reply.field["headcount"]
    assert (shown and (shown["members"], shown["unitsCounted"], shown["sources"])) == expected


async def test_the_tree_of_the_day_tells_who_is_below(ask, counted):
    await move_unit(SYSTEM, counted.hospital["id"], counted.hue["id"], date(2026, 3, 1))
    both = caller_as("analyst", counted.top)
    for day, in_hanoi, in_hue in (("2026-02-28", 15, 7), ("2026-03-01", 10, 12)):
        for code, members in (("HN", in_hanoi), ("HUE", in_hue)):
            reply = await ask(HEADCOUNT, both, code=code, on=day)
            assert reply.field["headcount"]["members"] == members


async def test_groups_by_every_single_dimension(counted):
    path, day = counted.top["path"], date(2026, 3, 1)

    async def grouped(dimension):
        [found] = await subtree_sum([path], day, [dimension])
        return [(getattr(cell, dimension), cell.members, cell.workers) for cell in found.cells]

    await publish_headcounts(
        SYSTEM,
        counted.section["id"],
        date(2026, 1, 5),
        [Cell("25_34", "female", 100, 200, "college", "mining"), Cell("25_34", "female", 1, 2)],
        "s",
    )
    assert await grouped("age_band") == [("under_25", 15, 17), ("25_34", 101, 205), ("35_44", 7, 8)]
    assert await grouped("gender") == [("female", 116, 219), ("male", 0, 3), ("other", 7, 8)]
    assert await grouped("education") == [("college", 100, 200), (None, 23, 30)]
    assert await grouped("field") == [("mining", 100, 200), (None, 23, 30)]
    assert await grouped("region") == [("red_river_delta", 15, 20), ("north_central", 7, 8), (None, 101, 202)]
    assert await grouped("level") == [("grassroots", 22, 28), ("section", 101, 202)]
    assert await grouped("kind") == [("enterprise", 17, 23), ("hospital", 5, 5), ("section", 101, 202)]
    [total] = await subtree_sum([path], day, [])
    assert total == SubtreeSum(4, 0, 0, date(2025, 9, 1), date(2026, 2, 1), (SummedCell(123, 230),))


async def test_groups_by_several_in_the_order_asked_for(counted):
    [found] = await subtree_sum([counted.top["path"]], date(2026, 3, 1), ["region", "gender", "education"])
    assert [(cell.region, cell.gender, cell.education, cell.workers) for cell in found.cells] == [
        ("red_river_delta", "female", None, 17),
        ("red_river_delta", "male", None, 3),
        ("north_central", "other", None, 8),
    ]


async def test_region_is_that_of_the_day(counted):
    await change_unit(SYSTEM, counted.weavers["id"], {"region": "south_central"}, date(2026, 4, 1))
    for day, region in ((date(2026, 3, 31), "north_central"), (date(2026, 4, 1), "south_central")):
        [found] = await subtree_sum([counted.hue["path"]], day, ["region"])
        assert found.cells == (SummedCell(7, 8, region=region),)


async def test_a_subtree_without_any_has_no_groups(counted):
    [found] = await subtree_sum([counted.evn["path"]], date(2026, 3, 1), ["gender", "level"])
    assert found == SubtreeSum(0, 0, 0, None, None, ())


async def test_the_graph_gives_groups_a_page_at_a_time(ask, counted):
    caller, seen, after = caller_as("analyst", counted.top), [], None
    while True:
        reply = await ask(GROUPS, caller, code="TLD", by=["AGE_BAND", "KIND"], first=2, after=after)
        page = reply.field["headcount"]["groups"]
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert [(group["ageBand"], group["kind"], group["members"], group["workers"]) for group in seen] == [
        ("under_25", "enterprise", 10, 12),
        ("under_25", "hospital", 5, 5),
        ("25_34", "enterprise", 0, 3),
        ("35_44", "enterprise", 7, 8),
    ]
    assert {group["gender"] for group in seen} == {None}


async def test_a_dimension_twice_is_refused(ask, counted):
    reply = await ask(GROUPS, caller_as("analyst", counted.top), code="TLD", by=["GENDER", "GENDER"], first=2)
    assert reply.code == "INVALID_INPUT"


async def test_sums_beyond_the_graphs_int_are_refused_in_words(ask, counted, new_unit):
    largest = [Cell(band, "male", 0, 10_000_000) for band in ("under_25", "25_34", "35_44", "45_plus")]
    for number in range(54):
        unit = await new_unit(counted.evn, f"Công đoàn {number}", f"E-{number}", "grassroots")
        await publish_headcounts(SYSTEM, unit["id"], date(2026, 1, 1), largest, "x")
    reply = await ask(HEADCOUNT, caller_as("analyst", counted.top), "en", code="EVN")
    assert reply.code == "HEADCOUNT_BEYOND_INT"
    assert reply.errors[0]["message"].startswith("The sum is more than 2,147,483,647 people")
    assert reply.field == {"headcountVisible": True, "headcount": None}
    [found] = await subtree_sum([counted.evn["path"]], date(2026, 1, 1), ["gender"])
    assert found.cells == (SummedCell(0, 2_160_000_000, gender="male"),)


async def test_those_missing_are_counted_and_listed(ask, counted):
    caller = caller_as("analyst", counted.top)
    reply = await ask(COVERAGE, caller, code="TLD", first=3)
    assert reply.field["headcountCoverage"] == {"units": 8, "unitsCounted": 3, "unitsMissing": 5}
    page = reply.field["headcountMissing"]
    assert [unit["code"] for unit in page["nodes"]] == ["TLD", "HN", "HN-001-01"]
    reply = await ask(COVERAGE, caller, code="TLD", first=3, after=page["pageInfo"]["endCursor"])
    assert [unit["code"] for unit in reply.field["headcountMissing"]["nodes"]] == ["HUE", "EVN"]
    assert reply.field["headcountMissing"]["pageInfo"]["hasNextPage"] is False


async def test_missing_of_one_level_on_one_day(ask, counted):
    reply = await ask(
        COVERAGE, caller_as("analyst", counted.top), code="TLD", level="grassroots", on="2025-12-31", first=9
    )
    assert reply.field == {
        "headcountCoverage": {"units": 3, "unitsCounted": 2, "unitsMissing": 1},
        "headcountMissing": {"nodes": [{"code": "HUE-001"}], "pageInfo": reply.field["headcountMissing"]["pageInfo"]},
    }


async def test_a_level_that_is_no_code_is_refused(ask, counted):
    reply = await ask(COVERAGE, caller_as("analyst", counted.top), code="TLD", level="\x00", first=9)
    assert reply.code == "UNKNOWN_CODE"


VIEWERS = [
    ("analyst", "hanoi", True),
    ("admin", "hanoi", True),
    ("admin", "top", True),
    ("editor", "hanoi", True),
    ("editor", "garment", False),
    ("editor", "hue", False),
    ("contributor", "hanoi", False),
    ("worker", "hanoi", False),
    ("analyst", "hue", False),
    ("analyst", "garment", False),
]


@pytest.mark.parametrize(("role", "unit", "sees"), VIEWERS)
async def test_only_editors_analysts_and_admins_of_the_unit_see_it(ask, counted, role, unit, sees):
    caller = caller_as(role, getattr(counted, unit))
    reply = await ask(HEADCOUNT, caller, code="HN")
    assert reply.field["headcountVisible"] is sees
    assert (reply.field["headcount"] is not None) is sees
    reply = await ask(COVERAGE, caller, code="HN", first=9)
    assert (reply.field["headcountCoverage"] is not None) is sees
    assert (reply.field["headcountMissing"]["nodes"] != []) is sees


async def test_nobody_sees_none(ask, counted):
    reply = await ask(HEADCOUNT, ANONYMOUS, code="HN")
    assert reply.field == {"headcountVisible": False, "headcount": None}


async def test_the_past_is_shown_by_where_the_unit_stands_today(ask, counted):
    await move_unit(SYSTEM, counted.hospital["id"], counted.hue["id"], date(2026, 3, 1))
    for place, sees in ((counted.hanoi, False), (counted.hue, True)):
        reply = await ask(HEADCOUNT, caller_as("analyst", place), code="HN-002", on="2026-01-01")
        assert reply.field["headcountVisible"] is sees
        assert (reply.field["headcount"] is not None) is sees


async def test_takes_four_statements_for_a_list_of_units(ask, counted):
    with queries() as asked:
        reply = await ask("{ units { nodes { code headcount { members } } } }", caller_as("admin", counted.top))
    assert asked.count == 4
    shown = {unit["code"]: unit["headcount"] and unit["headcount"]["members"] for unit in reply.field["nodes"]}
    assert shown == {
        "TLD": 22,
        "HN": 15,
        "HN-001": 10,
        "HN-002": 5,
        "HN-001-01": None,
        "HUE": 7,
        "HUE-001": 7,
        "EVN": None,
    }


LISTS = {
    "headcountCoverage { units }": 2,
    "headcountMissing { nodes { code } }": 2,
    "headcountPublication { day }": 3,
    "headcount { sources }": 5,
    "headcount { groups(by: [EDUCATION, REGION]) { nodes { members } } }": 9,
}


@pytest.mark.parametrize(("field", "statements"), LISTS.items())
async def test_lists_of_many_units_are_read_at_once(ask, counted, field, statements):
    with queries() as asked:
        reply = await ask(f"{{ units {{ nodes {{ code {field} }} }} }}", caller_as("admin", counted.top))
    assert len(reply.field["nodes"]) == 8
    assert asked.count == statements
