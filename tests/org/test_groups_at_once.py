"""Two people at one moment put a unit into two groups of one set: one of them is told so."""

import asyncio
from datetime import timedelta

import pytest

from kit import db
from kit.identity import SYSTEM
from org.groups.service import UnitInOtherGroup, add_units, close_group, found_group, found_set
from org.units.service import NewUnit, UnitNames, create_unit


@pytest.mark.committed
async def test_a_unit_gets_into_one_of_two_groups():
    top = await create_unit(SYSTEM, NewUnit(None, UnitNames("Tổng Liên đoàn"), "TLD", "confederation", "confederation"))
    sizes = await found_set(SYSTEM, top["id"], "Quy mô", "Size")
    groups = [await found_group(SYSTEM, top["id"], name, name, sizes["id"]) for name in ("Lớn", "Nhỏ")]
    outcomes = await asyncio.gather(
        *(add_units(SYSTEM, group["id"], [top["id"]]) for group in groups), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["UnitInOtherGroup", "int"]
    assert any(isinstance(outcome, UnitInOtherGroup) for outcome in outcomes)
    assert await db.value("SELECT count(*) FROM unit_group_member") == 1


@pytest.mark.committed
async def test_no_unit_stays_in_a_group_that_closes_meanwhile():
    top = await create_unit(SYSTEM, NewUnit(None, UnitNames("Tổng Liên đoàn"), "TLD", "confederation", "confederation"))
    day = await db.value("SELECT created_on FROM unit")
    group = await found_group(SYSTEM, top["id"], "Nhóm", "Group")
    later = day + timedelta(days=400)
    await asyncio.gather(add_units(SYSTEM, group["id"], [top["id"]]), close_group(SYSTEM, group["id"], later))
    assert await db.value("SELECT upper(valid) FROM unit_group_member") == later
