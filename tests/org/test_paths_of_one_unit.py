"""One unit that changed: its paths, and those of all below it, are what they would be among many units that did."""

import contextlib
import random
from datetime import date, timedelta

import asyncpg
import pytest
from tortoise.transactions import in_transaction

from kit import db
from kit.identity import SYSTEM
from org.units.service.change import begin, derive_paths
from org.units.service.versions import amend

DAYS = [date(2025, 8, 1) + timedelta(days=40 * number) for number in range(12)]
ONE = "SELECT write_paths_of_one_unit($1, ARRAY(SELECT unit_path FROM unit_path WHERE unit_id = $1 ORDER BY since))"
MANY = "SELECT write_paths_of_units(ARRAY[$1::uuid])"


async def written(sql, unit, on, parent):
    """Return which units get other paths by a move, and all paths and lives then; None where it is refused."""
    found = None
    with contextlib.suppress(asyncpg.CheckViolationError):
        async with in_transaction("default") as taken_back:
            change = await begin(SYSTEM, "move", on)
            await amend(unit, on, change.version, {"parent_id": parent})
            changed = await db.value(sql, unit)
            if changed is not None:
                paths = await db.rows("SELECT * FROM unit_path ORDER BY unit_id, since")
                lives = await db.rows("SELECT id, created_on, closed_on FROM unit ORDER BY id")
                found = sorted(changed), [tuple(row) for row in paths], [tuple(row) for row in lives]
            await taken_back.rollback()
    return found


@pytest.mark.parametrize("seed", range(3))
async def test_are_written_alike(tree, new_unit, seed):
    chance = random.Random(seed)
    units = [tree.top["id"], tree.hanoi["id"], tree.hue["id"], tree.garment["id"]]
    for number in range(8):
        made = await new_unit(
            tree.hanoi, f"Công đoàn {number}", f"N-{number}", "grassroots", on=chance.choice(DAYS[:4])
        )
        units.append(made["id"])
    alike = 0
    for _ in range(40):
        unit, parent = chance.choice(units[1:]), chance.choice(units)
        on = chance.choice(DAYS)
        if unit == parent or not await stands(unit, on) or not await stands(parent, on):
            continue
        one, many = await written(ONE, unit, on, parent), await written(MANY, unit, on, parent)
        if one is None:
            continue
        assert one == many
        alike += 1
        await really(unit, on, parent)
    assert alike >= 10


async def stands(unit, on):
    return await db.value("SELECT EXISTS (SELECT FROM units_on($1) WHERE id = $2)", on, unit)


async def really(unit, on, parent):
    change = await begin(SYSTEM, "move", on)
    await amend(unit, on, change.version, {"parent_id": parent})
    await derive_paths([unit])
    # What the database checks when a transaction ends.
    await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
    await db.execute("SET CONSTRAINTS ALL DEFERRED")


async def test_a_new_name_touches_no_path(tree):
    places = "SELECT ctid::text FROM unit_path ORDER BY 1"
    before = await db.rows(places)
    async with db.transaction():
        change = await begin(SYSTEM, "rename", DAYS[3])
        await amend(tree.hanoi["id"], DAYS[3], change.version, {"name_vi": "Tên khác"})
        assert await derive_paths([tree.hanoi["id"]]) == []
    assert await db.rows(places) == before


async def test_what_moves_back_on_its_day_has_never_been_away(tree, new_unit):
    """Two rows of each unit become one again; a unit that began in between keeps its own."""
    section = await new_unit(tree.garment, "Công đoàn bộ phận", "N-1", "section", on=DAYS[2])
    before = await db.rows("SELECT * FROM unit_path ORDER BY unit_id, since")
    await really(tree.garment["id"], DAYS[5], tree.hue["id"])
    assert len(await db.rows("SELECT FROM unit_path WHERE unit_id = $1", section["id"])) == 2
    one = await written(ONE, tree.garment["id"], DAYS[5], tree.hanoi["id"])
    assert one == await written(MANY, tree.garment["id"], DAYS[5], tree.hanoi["id"])
    assert {tree.garment["id"], section["id"]} <= set(one[0])
    assert one[1] == [tuple(row) for row in before]
    late = await new_unit(tree.garment, "Công đoàn lập sau", "N-2", "section", on=DAYS[6])
    one = await written(ONE, tree.garment["id"], DAYS[5], tree.hanoi["id"])
    assert one == await written(MANY, tree.garment["id"], DAYS[5], tree.hanoi["id"])
    assert [row[2] for row in one[1] if row[0] == late["id"]] == [DAYS[6]]
