"""Renaming a unit: the new names hold from a day on, the former ones stay on record."""

from datetime import date, timedelta

import pytest

from kit import db
from kit.calendar import today
from kit.errors import NotFound
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.units.service import (
    UnitDateBackwards,
    UnitDateInFuture,
    UnitNames,
    UnitNameTaken,
    find_unit,
    move_unit,
    rename_unit,
)

RENAME = """
mutation ($input: RenameUnitInput!) { renameUnit(input: $input) {
  __typename
  ... on RenameUnitSuccess { unit { id nameVi nameEn shortName } }
  ... on Problem { code message }
} }"""


async def versions(unit):
    rows = await db.rows(
        "SELECT name_vi, lower(valid) AS since, upper(valid) AS until FROM unit_name WHERE unit_id = $1 ORDER BY valid",
        unit["id"],
    )
    return [tuple(row) for row in rows]


async def test_gives_a_unit_its_names(ask, tree, events):
    version = await db.value("SELECT version FROM tree_version")
    variables = {
        "id": str(tree.garment["id"]),
        "nameVi": "Công đoàn Công ty May Hoà Bình Xanh",
        "nameEn": "Green Peace Garment",
    }
    reply = await ask(RENAME, caller_as("editor", tree.hanoi), input={**variables, "on": "2026-03-01"})
    assert reply.field == {
        "__typename": "RenameUnitSuccess",
        "unit": {
            "id": str(tree.garment["id"]),
            "nameVi": "Công đoàn Công ty May Hoà Bình Xanh",
            "nameEn": "Green Peace Garment",
            "shortName": None,
        },
    }
    assert await events() == [
        (
            "unit.renamed",
            {
                "id": str(tree.garment["id"]),
                "name_vi": "Công đoàn Công ty May Hoà Bình Xanh",
                "name_en": "Green Peace Garment",
                "short_name": "Công đoàn Công ty May Hoà Bình Xanh",
                "valid_from": "2026-03-01",
                "tree_version": version + 1,
            },
        )
    ]


async def test_keeps_the_former_name_with_its_days(tree):
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"), date(2026, 3, 1))
    assert await versions(tree.garment) == [
        ("Công đoàn Công ty May Hòa Bình", date(2025, 7, 1), date(2026, 3, 1)),
        ("Công đoàn B", date(2026, 3, 1), None),
    ]


async def test_a_second_name_on_one_day_replaces_the_first(tree):
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"), date(2026, 3, 1))
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn C"), date(2026, 3, 1))
    assert await versions(tree.garment) == [
        ("Công đoàn Công ty May Hòa Bình", date(2025, 7, 1), date(2026, 3, 1)),
        ("Công đoàn C", date(2026, 3, 1), None),
    ]


async def test_changes_nothing_when_the_names_are_the_same(tree, everything):
    before = await everything()
    await rename_unit(SYSTEM, tree.evn["id"], UnitNames("Công đoàn Điện lực Việt Nam", short="Công đoàn EVN"))
    assert await everything() == before


async def test_is_found_by_its_new_name_and_stands_in_its_new_place(tree):
    await rename_unit(SYSTEM, tree.hue["id"], UnitNames("A Lưới"), date(2026, 3, 1))
    assert (await find_unit(tree.hue["id"]))["sort_key"] < tree.evn["sort_key"]


REFUSALS = [
    pytest.param(date(2025, 6, 30), UnitDateBackwards, id="before the unit's last name"),
    pytest.param(today() + timedelta(days=1), UnitDateInFuture, id="in the future"),
]


@pytest.mark.parametrize(("on", "refusal"), REFUSALS)
async def test_refuses_a_day(tree, everything, on, refusal):
    before = await everything()
    with pytest.raises(refusal):
        await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"), on)
    assert await everything() == before


async def test_tells_the_earliest_day_possible(tree):
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"), date(2026, 3, 1))
    with pytest.raises(UnitDateBackwards) as refused:
        await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn C"), date(2026, 2, 28))
    assert refused.value.details["earliest"] == date(2026, 3, 1)
    assert (
        refused.value.message("en")
        == "The effective date 2026-02-28 is too early: the earliest possible is 2026-03-01."
    )


async def test_refuses_a_siblings_name(tree, everything):
    before = await everything()
    with pytest.raises(UnitNameTaken):
        await rename_unit(SYSTEM, tree.hue["id"], UnitNames("liên đoàn lao động thành phố HÀ NỘI"))
    assert await everything() == before


async def test_a_unit_may_change_the_case_of_its_own_name(tree):
    renamed = await rename_unit(SYSTEM, tree.hue["id"], UnitNames("LIÊN ĐOÀN LAO ĐỘNG THÀNH PHỐ HUẾ"))
    assert renamed["name_vi"] == "LIÊN ĐOÀN LAO ĐỘNG THÀNH PHỐ HUẾ"


async def test_refuses_an_unknown_unit(tree):
    with pytest.raises(NotFound):
        await rename_unit(SYSTEM, "00000000-0000-0000-0000-000000000000", UnitNames("A"))


async def test_a_rename_after_a_move_keeps_both_histories(tree):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], date(2026, 3, 1))
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"), date(2026, 2, 1))
    assert len(await versions(tree.garment)) == 2
