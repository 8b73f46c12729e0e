"""Renaming a unit: the new names hold from a day on, the former ones stay on record."""

from datetime import date, timedelta

import orjson
import pytest

from kit import db
from kit.calendar import today
from kit.errors import NotFound
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.units.service import (
    UnitDateBackwards,
    UnitDateTooFar,
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
    rows = await db.rows("SELECT name_vi, since, until FROM unit_version WHERE unit_id = $1 ORDER BY since", unit["id"])
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
        ("Công đoàn B", date(2026, 3, 1), date.max),
    ]


async def test_a_second_name_on_one_day_replaces_the_first(tree):
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"), date(2026, 3, 1))
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn C"), date(2026, 3, 1))
    assert await versions(tree.garment) == [
        ("Công đoàn Công ty May Hòa Bình", date(2025, 7, 1), date(2026, 3, 1)),
        ("Công đoàn C", date(2026, 3, 1), date.max),
    ]


async def test_changes_nothing_when_the_names_are_the_same(tree, everything):
    before = await everything()
    await rename_unit(SYSTEM, tree.evn["id"], UnitNames("Công đoàn Điện lực Việt Nam", short="Công đoàn EVN"))
    assert await everything() == before


async def test_is_found_by_its_new_name_and_stands_in_its_new_place(tree):
    await rename_unit(SYSTEM, tree.hue["id"], UnitNames("A Lưới"), date(2026, 3, 1))
    assert (await find_unit(tree.hue["id"]))["sort_key"] < tree.evn["sort_key"]


REFUSALS = [
    pytest.param(date(2025, 6, 30), UnitDateBackwards, id="before the unit came into being"),
    pytest.param(today() + timedelta(days=5 * 366 + 1), UnitDateTooFar, id="too far in the future"),
]


@pytest.mark.parametrize(("on", "refusal"), REFUSALS)
async def test_refuses_a_day(tree, everything, on, refusal):
    before = await everything()
    with pytest.raises(refusal):
        await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"), on)
    assert await everything() == before


async def test_tells_the_earliest_day_possible(tree):
    with pytest.raises(UnitDateBackwards) as refused:
        await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn C"), date(2025, 6, 30))
    assert refused.value.details["earliest"] == date(2025, 7, 1)
    assert (
        refused.value.message("en")
        == "The effective date 2025-06-30 is too early: the earliest possible is 2025-07-01."
    )


async def test_a_name_recorded_late_holds_until_the_next(tree, events):
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"), date(2026, 3, 1))
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn C"), date(2026, 1, 1))
    assert await versions(tree.garment) == [
        ("Công đoàn Công ty May Hòa Bình", date(2025, 7, 1), date(2026, 1, 1)),
        ("Công đoàn C", date(2026, 1, 1), date(2026, 3, 1)),
        ("Công đoàn B", date(2026, 3, 1), date.max),
    ]
    ((kind, payload),) = await events()
    assert (kind, payload["units"][0]["name_vi"]) == ("units.rewritten", "Công đoàn B")


async def test_a_planned_name_holds_from_its_day(tree, events):
    told, day = await events(1), today() + timedelta(days=10)
    renamed = await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"), day)
    assert renamed["name_vi"] == "Công đoàn Công ty May Hòa Bình"
    assert (await find_unit(tree.garment["id"], day))["name_vi"] == "Công đoàn B"
    assert await events(1) == told


async def test_a_name_given_before_a_planned_move_is_taken_along(tree):
    day = today() + timedelta(days=10)
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], day)
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"))
    there = await find_unit(tree.garment["id"], day)
    assert (there["name_vi"], there["parent_id"]) == ("Công đoàn B", tree.hue["id"])


async def test_refuses_a_name_that_a_sibling_of_later_days_has(tree, new_unit, everything):
    await new_unit(tree.hue, "Công đoàn B", "HUE-1", "grassroots")
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], today() + timedelta(days=10))
    before = await everything()
    with pytest.raises(UnitNameTaken):
        await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"))
    assert await everything() == before


async def test_keeps_what_it_replaced_and_which_change_did(tree):
    version = await db.value("SELECT version FROM tree_version")
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"), date(2026, 3, 1))
    rows = await db.rows(
        "SELECT name_vi, since, until, replaced_in FROM unit_version_was WHERE unit_id = $1", tree.garment["id"]
    )
    assert [tuple(row) for row in rows] == [("Công đoàn Công ty May Hòa Bình", date(2025, 7, 1), date.max, version + 1)]


async def test_leaves_an_audit_entry(tree):
    version = await db.value("SELECT version FROM tree_version")
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B", en="Union B"), date(2026, 3, 1))
    entry = await db.row("SELECT * FROM audit ORDER BY id DESC LIMIT 1")
    assert (entry["action"], entry["unit_id"], entry["subject"]) == ("unit.renamed", tree.garment["id"], "system")
    former = {"name_vi": "Công đoàn Công ty May Hòa Bình", "name_en": None, "short_name": None}
    assert orjson.loads(entry["before"]) == former
    after = {"name_vi": "Công đoàn B", "name_en": "Union B", "short_name": None}
    assert orjson.loads(entry["after"]) == after | {"on": "2026-03-01", "version": version + 1}


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


async def test_a_rename_before_a_move_keeps_both_histories(tree):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], date(2026, 3, 1))
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"), date(2026, 2, 1))
    rows = await db.rows(
        "SELECT name_vi, parent_id, since FROM unit_version WHERE unit_id = $1 ORDER BY since", tree.garment["id"]
    )
    assert [tuple(row) for row in rows] == [
        ("Công đoàn Công ty May Hòa Bình", tree.hanoi["id"], date(2025, 7, 1)),
        ("Công đoàn B", tree.hanoi["id"], date(2026, 2, 1)),
        ("Công đoàn B", tree.hue["id"], date(2026, 3, 1)),
    ]
