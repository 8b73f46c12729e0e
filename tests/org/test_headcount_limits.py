"""How large headcounts may become: what a successor takes over, how many pairs of codes there are, how far ahead a day lies."""

from datetime import date, timedelta

import pytest
from reorganisation_world import FOUNDED, newest

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.headcounts.service import Cell, publish_headcounts, publish_headcounts_in_bulk, subtree_sum
from org.headcounts.service.bulk import HeadcountRow, HeadcountRowsRefused
from org.reorganisations.service import (
    CarriedHeadcountTooLarge,
    come_into_force,
    merge_units,
    undo_reorganisation,
)
from org.units.service import UnitNames, find_unit, rename_unit

ON = date(2026, 3, 1)
MERGE = """mutation ($input: MergeUnitsInput!) { mergeUnits(input: $input) { __typename
  ... on CarriedHeadcountTooLarge { code message most } } }"""


@pytest.fixture
async def unions(tree, new_unit):
    return [await new_unit(tree.hanoi, f"Công đoàn {n}", f"HN-2{n:02}", "grassroots") for n in range(11)]


async def test_a_successor_of_too_many_people_is_refused(ask, tree, unions, everything):
    for unit in unions:
        await publish_headcounts(SYSTEM, unit["id"], FOUNDED, [Cell("under_25", "female", 9, 10_000_000)], "x")
    before = await everything()
    sources, into = [str(unit["id"]) for unit in unions[1:]], str(unions[0]["id"])
    asked = {"sources": sources, "into": into, "on": ON.isoformat()}
    admin = caller_as("admin", tree.hanoi)
    refused = (await ask(MERGE, admin, language="en", input=asked)).field
    assert refused == {
        "__typename": "CarriedHeadcountTooLarge",
        "code": "CARRIED_HEADCOUNT_TOO_LARGE",
        "message": "The successor's headcount would be too large: at most 10000 kinds of people, "
        "of each at most 100000000.",
        "most": 100_000_000,
    }
    assert (await ask(MERGE, admin, input=asked)).field["message"] == (
        "Đơn vị tiếp nhận sẽ có số liệu quá lớn: nhiều nhất 10000 nhóm người, mỗi nhóm nhiều nhất 100000000 người."
    )
    assert await everything() == before
    # As many as can be kept are kept.
    await merge_units(SYSTEM, [unit["id"] for unit in unions[1:10]], unions[0]["id"], ON)
    [total] = await subtree_sum([unions[0]["path"]], ON, [])
    assert [cell.workers for cell in total.cells] == [100_000_000]


async def test_a_successor_of_too_many_kinds_of_people_is_refused(tree, new_unit, everything):
    await db.execute(
        """INSERT INTO term (vocabulary, code, label_vi, label_en, position)
           SELECT 'field', 'field_' || number, 'x', 'x', 100 + number FROM generate_series(1, 500) AS number"""
    )
    pairs = [(band, gender) for band in ("under_25", "25_34", "35_44", "45_plus") for gender in ("female", "male")]
    unions = [await new_unit(tree.hanoi, f"Công đoàn {n}", f"HN-2{n:02}", "grassroots") for n in range(21)]
    for number, unit in enumerate(unions):
        # Each has 500 kinds of people whom no other has.
        pair, education = pairs[number % 8], ("college", "university", "postgraduate")[number // 8]
        cells = [Cell(*pair, 1, 1, education, f"field_{field}") for field in range(1, 501)]
        await publish_headcounts(SYSTEM, unit["id"], FOUNDED, cells, "x")
    before = await everything()
    ids = [unit["id"] for unit in unions]
    with pytest.raises(CarriedHeadcountTooLarge):
        await merge_units(SYSTEM, ids[1:], ids[0], ON)
    assert await everything() == before
    await merge_units(SYSTEM, ids[1:20], ids[0], ON)
    carried = "SELECT cardinality(cells) FROM headcount_publication WHERE unit_id = $1 AND day = $2"
    assert await db.value(carried, ids[0], ON) == 10_000


async def test_no_more_than_120_pairs_of_age_and_gender(tree, everything):
    used = await db.value("SELECT count(*) FROM headcount_slot")
    await db.execute(
        """INSERT INTO term (vocabulary, code, label_vi, label_en, position)
           SELECT 'age_band', 'band_' || number, 'x', 'x', 100 + number FROM generate_series(1, 121) AS number"""
    )
    free = 120 - used
    cells = [Cell(f"band_{number}", "female", 1, 1) for number in range(1, 122)]
    before = await everything()
    for some in (cells[: free + 1], cells):
        with pytest.raises(InvalidInput) as refused:
            await publish_headcounts(SYSTEM, tree.hue["id"], ON, some, "x")
        assert refused.value.details["field"] == "ageBand"
        assert "120" in refused.value.message("vi")
        assert await everything() == before
    await publish_headcounts(SYSTEM, tree.hue["id"], ON, cells[:free], "x")
    assert await db.value("SELECT count(*) FROM headcount_slot") == 120
    [total] = await subtree_sum([tree.top["path"]], ON, ["age_band"])
    assert (len(total.cells), sum(cell.members for cell in total.cells)) == (free, free)
    with pytest.raises(InvalidInput):
        await publish_headcounts(SYSTEM, tree.hanoi["id"], ON, cells[free : free + 1], "x")
    await publish_headcounts(SYSTEM, tree.hanoi["id"], ON, cells[:1], "x")


async def test_people_are_not_counted_ahead(tree, everything):
    before = await everything()
    rows = [HeadcountRow(2, "HUE", today() + timedelta(days=1), Cell("under_25", "female", 1, 1))]
    with pytest.raises(HeadcountRowsRefused) as refused:
        await publish_headcounts_in_bulk(SYSTEM, rows, "x")
    assert [(problem.row, problem.error.code) for problem in refused.value.problems] == [(2, "DATE_IN_FUTURE")]
    assert await everything() == before


async def test_a_merger_that_lies_ahead_carries_people_over_on_its_day(tree, unions):
    first, second, ahead = unions[0], unions[1], today() + timedelta(days=3)
    for unit in (first, second):
        await publish_headcounts(SYSTEM, unit["id"], FOUNDED, [Cell("under_25", "female", 5, 6)], "x")
    await merge_units(SYSTEM, [first["id"]], second["id"], ahead)
    assert await come_into_force() == 0
    assert await db.value("SELECT count(*) FROM headcount_publication WHERE origin = 'reorganisation'") == 0
    assert [await members(tree.hanoi, day) for day in (today(), ahead - timedelta(days=1))] == [10, 10]
    # Until the day comes nobody knows how many there will be: who closes counts no longer, who goes on has their own.
    assert await members(tree.hanoi, ahead) == 5
    await undo_reorganisation(SYSTEM, await newest())
    assert await members(tree.hanoi, ahead) == 10


async def test_a_merger_whose_day_has_come_has_carried_people_over(tree, unions):
    first, second = unions[0], unions[1]
    for unit in (first, second):
        await publish_headcounts(SYSTEM, unit["id"], FOUNDED, [Cell("under_25", "female", 5, 6)], "x")
    await merge_units(SYSTEM, [first["id"]], second["id"], today())
    assert await members(tree.hanoi, today()) == 10
    assert await members(second, today()) == 10


@pytest.mark.parametrize("table", ["units", "people"])
async def test_tables_of_a_day_ahead_are_as_it_is_planned(client, tree, table):
    ahead = today() + timedelta(days=10)
    await rename_unit(SYSTEM, tree.hue["id"], UnitNames("Tên mới"), ahead)
    address = f"/org/exchange/tables/{table}.csv?unit=HUE&on="
    then, now = [
        await client.get(address + day.isoformat(), caller=caller_as("editor", tree.hue)) for day in (ahead, today())
    ]
    assert (then.status_code, now.status_code) == (200, 200)
    assert ("Tên mới" in then.text, "Tên mới" in now.text) == (table == "units", False)
    assert f"{table}-HUE-{ahead.isoformat()}.csv" in then.headers["content-disposition"]


async def members(unit, day):
    [total] = await subtree_sum([(await find_unit(unit["id"], day))["path"]], day, [])
    return sum(cell.members for cell in total.cells)
