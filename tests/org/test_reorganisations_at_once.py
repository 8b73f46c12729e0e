"""Reorganisations that meet: with real commits, one waits for the other and judges what that one left."""

import asyncio
from datetime import date

import pytest
from reorganisation_world import newest, state

from kit import db
from kit.identity import SYSTEM
from org.reorganisations.service import (
    ReorganisationUndone,
    dissolve_unit,
    merge_units,
    previewed,
    undo_reorganisation,
)
from org.units.service import UnitClosed, find_unit

pytestmark = pytest.mark.committed

ON = date(2026, 3, 1)


async def at_once(*changes):
    """Return what came of changes made at the same time, errors as their classes."""
    done = await asyncio.gather(*changes, return_exceptions=True)
    return {type(one) for one in done}


@pytest.fixture
async def shoes(tree, new_unit):
    return await new_unit(tree.hanoi, "Công đoàn Công ty Giày", "HN-002", "grassroots")


async def test_a_unit_closes_once(tree, shoes):
    merged = merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON)
    dissolved = dissolve_unit(SYSTEM, shoes["id"], ON)
    outcomes = await at_once(merged, dissolved)
    assert UnitClosed in outcomes
    assert len(outcomes) == 2
    assert await db.value("SELECT count(*) FROM reorganisation WHERE kind IN ('merge', 'dissolve')") == 1
    assert (await find_unit(shoes["id"]))["closed_on"] == ON


async def test_two_units_that_merge_into_each_other_do_not_both_vanish(tree, shoes):
    await merge_units(SYSTEM, [tree.section["id"]], shoes["id"], ON)
    one = merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], date(2026, 4, 1))
    other = merge_units(SYSTEM, [tree.garment["id"]], shoes["id"], date(2026, 4, 1))
    assert UnitClosed in await at_once(one, other)
    assert await db.value("SELECT count(*) FROM units_on($1) WHERE level = 'grassroots'", date(2026, 4, 1)) == 1


async def test_a_change_is_undone_once(tree, shoes):
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON)
    made = await newest()
    outcomes = await at_once(undo_reorganisation(SYSTEM, made), undo_reorganisation(SYSTEM, made))
    assert ReorganisationUndone in outcomes
    assert await db.value("SELECT count(*) FROM reorganisation WHERE kind = 'undo'") == 1


async def test_a_preview_commits_nothing_and_lets_others_go_on(tree, shoes):
    before, told = await state(), await db.value("SELECT count(*) FROM outbox")
    effects = await previewed(SYSTEM, lambda: merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON))
    assert effects is not None
    assert len(effects.lists["units"]) == effects.totals["units"] == 1
    assert await state() == before
    assert await db.value("SELECT count(*) FROM outbox") == told
    await merge_units(SYSTEM, [shoes["id"]], tree.garment["id"], ON)
