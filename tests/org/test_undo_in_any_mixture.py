"""Random changes one upon another: nobody is lost on the way, and undone backwards each earlier tree is there again."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from reorganisation_world import FOUNDED, cells, newest, state

from kit import db
from kit.calendar import today
from kit.errors import DomainError
from kit.identity import SYSTEM
from org.headcounts.service.carry import cells_on
from org.reorganisations.service import Beginning, Part, destinations_of, merge_units, split_unit, undo_reorganisation
from org.units.service import UnitNames, move_unit, rename_unit

DAYS = [date(2026, month, 1) for month in range(1, 10)] + [today() + timedelta(days=20 * n) for n in (1, 2)]


async def everybody(day):
    """Return all members of the tree of a day."""
    units = [row["id"] for row in await db.rows("SELECT id FROM units_on($1)", day)]
    return sum(cell.members for one in (await cells_on(units, day)).values() for cell in one.cells)


@pytest.fixture
async def factories(tree, new_unit):
    made = [await new_unit(tree.hanoi, f"Công đoàn Công ty {n}", f"HN-1{n:02}", "grassroots") for n in range(8)]
    for number, unit in enumerate(made):
        await cells(unit, FOUNDED, {("under_25", "female"): (7 * number + 3, 70), ("25_34", "male"): (number, 9)})
        await new_unit(unit, "Tổ 1", f"HN-1{number:02}-1", "team", kind="section")
    return made


@pytest.mark.parametrize("seed", range(8))
async def test_comes_back_step_by_step(seed, tree, factories):
    chance = random.Random(seed)
    whole, trees, day = await everybody(today()), [], DAYS[0]
    for step in range(14):
        before = await state()
        day = max(day, chance.choice(DAYS[: len(DAYS) * (step + 3) // 14]))
        try:
            async with db.transaction():
                await change(chance, tree, day, step)
        except DomainError:
            assert await state() == before
            continue
        trees.append((before, await newest()))
        assert await everybody(today()) == whole
    assert len(trees) >= 5
    await nobody_is_nowhere(factories)
    for before, made in reversed(trees):
        await undo_reorganisation(SYSTEM, made)
        assert await state() == before


async def change(chance, tree, day, step):
    """Do one of the changes to units that exist on the day."""
    rows = await db.rows("SELECT id FROM units_on($1) WHERE level = 'grassroots' ORDER BY number", day)
    units = [row["id"] for row in rows]
    new = Beginning(tree.hanoi["id"], UnitNames(f"Mới {step}"), f"NEW-{step}", "grassroots", "enterprise")
    kind = chance.choice(["merge", "merge", "split", "split", "go on", "rename", "move"])
    first, second, third = chance.sample(units, 3)
    if kind == "merge":
        await merge_units(SYSTEM, [first, second], chance.choice([third, new]), day)
    elif kind == "split":
        parts = [Part(new, Decimal("0.35"), takes_other_children=True), Part(second), Part(third)]
        await split_unit(SYSTEM, first, parts, day)
    elif kind == "go on":
        await split_unit(
            SYSTEM, first, [Part(new, Decimal("0.4")), Part(second, Decimal("0.1"))], day, source_continues=True
        )
    elif kind == "rename":
        await rename_unit(SYSTEM, first, UnitNames(f"Tên {step}"), day)
    else:
        await move_unit(SYSTEM, first, chance.choice([tree.hue, tree.evn])["id"], day)


async def nobody_is_nowhere(factories):
    found = await destinations_of([unit["id"] for unit in factories])
    for destinations in found.values():
        assert sum(one.share for one in destinations) == pytest.approx(1, abs=1e-6)
