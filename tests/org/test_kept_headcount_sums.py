"""Sums of headcounts are kept, and at every moment they are what would be summed up anew, for every day."""

import asyncio
from datetime import date

import pytest
from kept_sums_world import kept_wrongly, on, pieces

from kit import db
from kit.identity import SYSTEM
from org.headcounts.jobs import headcount_sums_folded
from org.headcounts.service import Cell, correct_headcounts, publish_headcounts, subtree_sum, withdraw_headcounts
from org.units.service import find_unit, move_unit

DAY, LATER, MOVED = date(2026, 1, 1), date(2026, 4, 1), date(2026, 2, 1)


def cell(members: int) -> list[Cell]:
    return [Cell("under_25", "female", members, members + 1)]


async def members(unit, day) -> int:
    """Return how many members a unit has with all below it on a day."""
    found = await find_unit(unit["id"], day)
    [total] = await subtree_sum([found["path"]], day, [])
    return sum(one.members for one in total.cells)


async def changes() -> int:
    return await db.value("SELECT count(*) FROM headcount_sum_change")


@pytest.fixture
async def counted(tree):
    """The union has 5 members, from April 9; its section 100; the province itself 1,000."""
    await publish_headcounts(SYSTEM, tree.garment["id"], DAY, cell(5), "x")
    await publish_headcounts(SYSTEM, tree.garment["id"], LATER, cell(9), "x")
    await publish_headcounts(SYSTEM, tree.section["id"], DAY, cell(100), "x")
    await publish_headcounts(SYSTEM, tree.hanoi["id"], DAY, cell(1_000), "x")
    return tree


async def test_what_was_just_written_counts_before_it_is_folded_in(counted):
    assert await changes() > 0
    assert [await members(counted.hanoi, day) for day in (DAY, LATER)] == [1_105, 1_109]
    await headcount_sums_folded()
    assert await changes() == 0
    assert [await members(counted.hanoi, day) for day in (DAY, LATER)] == [1_105, 1_109]
    await correct_headcounts(SYSTEM, counted.garment["id"], LATER, cell(10), "x", "y")
    assert [await members(counted.hanoi, day) for day in (DAY, LATER)] == [1_105, 1_110]
    await withdraw_headcounts(SYSTEM, counted.section["id"], DAY, "y")
    assert [await members(counted.top, day) for day in (DAY, LATER)] == [1_005, 1_010]
    assert await kept_wrongly() == []


async def test_a_subtree_that_moves_takes_its_sums_along_and_leaves_those_within_alone(counted):
    await headcount_sums_folded()
    within = (await pieces())[counted.garment["path"][-5:]]
    await move_unit(SYSTEM, counted.garment["id"], counted.hue["id"], MOVED)
    assert (await pieces())[counted.garment["path"][-5:]] == within
    assert [await members(counted.hanoi, day) for day in (DAY, MOVED, LATER)] == [1_105, 1_000, 1_000]
    assert [await members(counted.hue, day) for day in (DAY, MOVED, LATER)] == [0, 105, 109]
    assert [await members(counted.top, day) for day in (DAY, MOVED, LATER)] == [1_105, 1_105, 1_109]
    assert await kept_wrongly() == []


async def test_paths_that_are_all_derived_at_once_give_the_same_sums(counted):
    await move_unit(SYSTEM, counted.garment["id"], counted.hue["id"], MOVED)
    before = {root: on(kept, LATER) for root, kept in (await pieces()).items() if on(kept, LATER)}
    await db.execute("DELETE FROM unit_path")
    assert [on(kept, LATER) for kept in (await pieces()).values() if on(kept, LATER)] == []
    await db.execute("SELECT derive_unit_paths(array_agg(id)) FROM unit")
    assert {root: on(kept, LATER) for root, kept in (await pieces()).items() if on(kept, LATER)} == before
    assert await kept_wrongly() == []


async def test_sums_of_nobody_are_not_kept(counted):
    await headcount_sums_folded()
    for unit, day in ((counted.garment, DAY), (counted.garment, LATER), (counted.section, DAY), (counted.hanoi, DAY)):
        await withdraw_headcounts(SYSTEM, unit["id"], day, "y")
    assert await members(counted.top, LATER) == 0
    await headcount_sums_folded()
    assert await pieces() == {}


async def test_who_looks_for_what_is_wrong_finds_it(counted):
    await db.execute("UPDATE headcount_sum_change SET members = members + 1 WHERE units > 0")
    assert (counted.hanoi["path"][-5:], DAY) in await kept_wrongly()
    assert await kept_wrongly() == []


@pytest.mark.committed
async def test_counts_and_moves_at_one_moment_lose_nobody(tree, new_unit):
    units = [await new_unit(tree.garment, f"Tổ {n}", f"T-{n}", "team", kind="team") for n in range(6)]
    for round_, home in enumerate((tree.hue, tree.hanoi, tree.evn)):
        day = date(2026, round_ + 1, 1)
        outcomes = await asyncio.gather(
            *(publish_headcounts(SYSTEM, unit["id"], day, cell(10**number), "x") for number, unit in enumerate(units)),
            move_unit(SYSTEM, tree.garment["id"], home["id"], day),
            *(headcount_sums_folded() for _ in range(2)),
            return_exceptions=True,
        )
        assert [outcome for outcome in outcomes if isinstance(outcome, BaseException)] == []
        assert await members(home, day) == await members(tree.top, day) == 111_111
    assert await kept_wrongly() == []
