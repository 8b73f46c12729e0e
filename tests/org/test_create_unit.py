"""Creating a unit: through the graph for what clients see, through the service for the many refusals."""

from datetime import date, timedelta

import pytest

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput, NotFound
from kit.identity import SYSTEM
from kit.paths import label
from kit.testing import caller_as
from org.units.service import (
    NewUnit,
    UnitCodeTaken,
    UnitDateBackwards,
    UnitDateInFuture,
    UnitLevelNotAllowed,
    UnitNames,
    UnitNameTaken,
    create_unit,
)

CREATE = """
mutation ($input: CreateUnitInput!) { createUnit(input: $input) {
  __typename
  ... on CreateUnitSuccess { unit { id code nameVi nameEn shortName name level kind region createdOn parent { code } } }
  ... on Problem { code message }
  ... on InvalidInput { field }
  ... on UnitLevelNotAllowed { parentLevel childLevel }
  ... on UnitDateBackwards { earliest }
} }"""


def new(parent, **changes):
    values = {"names": UnitNames("Công đoàn Công ty Giày Thượng Đình"), "code": "HN-002", "level": "grassroots"}
    values |= {"kind": "enterprise", "on": date(2026, 1, 2), "parent_id": parent["id"] if parent else None} | changes
    return NewUnit(**values)


async def test_creates_a_unit_below_a_parent(ask, tree):
    variables = {
        "parentId": str(tree.hanoi["id"]),
        "nameVi": "  Công đoàn   Công ty Giày Thượng Đình ",
        "nameEn": "Thuong Dinh Shoes Union",
        "code": "hn-002",
        "level": "grassroots",
        "kind": "enterprise",
        "region": "red_river_delta",
        "on": "2026-01-02",
    }
    reply = await ask(CREATE, caller_as("admin", tree.hanoi), input=variables)
    unit = reply.field["unit"]
    row = await db.row("SELECT * FROM unit WHERE code = 'HN-002'")
    assert unit == {
        "id": str(row["id"]),
        "code": "HN-002",
        "nameVi": "Công đoàn Công ty Giày Thượng Đình",
        "nameEn": "Thuong Dinh Shoes Union",
        "shortName": None,
        "name": "Công đoàn Công ty Giày Thượng Đình",
        "level": "grassroots",
        "kind": "enterprise",
        "region": "red_river_delta",
        "createdOn": "2026-01-02",
        "parent": {"code": "HN"},
    }
    assert row["path"] == tree.hanoi["path"] + label(row["number"])
    assert row["ancestors"] == [tree.top["number"], tree.hanoi["number"]]


async def test_keeps_the_name_and_the_parent_with_their_dates(tree):
    unit = await create_unit(SYSTEM, new(tree.hanoi))
    name = await db.row(
        "SELECT name_vi, lower(valid) AS since, upper(valid) AS until FROM unit_name WHERE unit_id = $1", unit["id"]
    )
    assert tuple(name) == ("Công đoàn Công ty Giày Thượng Đình", date(2026, 1, 2), None)
    edge = await db.row(
        "SELECT parent_id, lower(valid) AS since, upper(valid) AS until FROM unit_parent WHERE unit_id = $1", unit["id"]
    )
    assert tuple(edge) == (tree.hanoi["id"], date(2026, 1, 2), None)


async def test_tells_the_other_services(tree, events):
    version = await db.value("SELECT version FROM tree_version")
    unit = await create_unit(SYSTEM, new(tree.hanoi, region="red_river_delta"))
    assert await events() == [
        (
            "unit.created",
            {
                "id": str(unit["id"]),
                "number": unit["number"],
                "path": unit["path"],
                "parent_id": str(tree.hanoi["id"]),
                "name_vi": "Công đoàn Công ty Giày Thượng Đình",
                "name_en": "Công đoàn Công ty Giày Thượng Đình",
                "short_name": "Công đoàn Công ty Giày Thượng Đình",
                "code": "HN-002",
                "level": "grassroots",
                "kind": "enterprise",
                "region": "red_river_delta",
                "valid_from": "2026-01-02",
                "tree_version": version + 1,
            },
        )
    ]


async def test_composes_a_name_that_came_decomposed(tree):
    import unicodedata

    name = unicodedata.normalize("NFD", "Công đoàn Bệnh viện Thủ Đức")
    unit = await create_unit(SYSTEM, new(tree.hanoi, names=UnitNames.checked(name, None, None)))
    assert unit["name_vi"] == unicodedata.normalize("NFC", name)


REFUSALS = [
    pytest.param(
        {"names": UnitNames("công đoàn CÔNG TY may hòa bình")}, UnitNameTaken, id="a sibling's name in another case"
    ),
    pytest.param({"code": "hn-001"}, UnitCodeTaken, id="a code in use"),
    pytest.param({"code": "HN 002"}, InvalidInput, id="a code with a blank"),
    pytest.param({"code": "Đ-1"}, InvalidInput, id="a code with an accent"),
    pytest.param({"code": "A" * 41}, InvalidInput, id="a code too long"),
    pytest.param({"level": "confederation"}, UnitLevelNotAllowed, id="a level that may not stand there"),
    pytest.param({"level": "upper_direct"}, InvalidInput, id="a level that has ended"),
    pytest.param({"level": "nonsense"}, InvalidInput, id="an unknown level"),
    pytest.param({"kind": "nonsense"}, InvalidInput, id="an unknown kind"),
    pytest.param({"region": "atlantis"}, InvalidInput, id="an unknown region"),
    pytest.param({"region": "a\x00b"}, InvalidInput, id="a region with a zero byte"),
    pytest.param({"on": date(2025, 6, 30)}, UnitDateBackwards, id="a day before the parent's"),
    pytest.param({"on": today() + timedelta(days=1)}, UnitDateInFuture, id="a day in the future"),
    pytest.param({"parent_id": "00000000-0000-0000-0000-000000000000"}, NotFound, id="a parent that does not exist"),
]


@pytest.mark.parametrize(("changes", "refusal"), REFUSALS)
async def test_refuses(tree, everything, changes, refusal):
    before = await everything()
    with pytest.raises(refusal):
        await create_unit(SYSTEM, new(tree.hanoi, **changes))
    assert await everything() == before


@pytest.mark.parametrize("name", ["", "   ", "\u200b\x00", "x" * 251])
def test_refuses_a_name_that_is_blank_or_too_long(name):
    with pytest.raises(InvalidInput):
        UnitNames.checked(name, None, None)


async def test_names_both_levels_when_refusing_one(ask, tree):
    variables = {"parentId": str(tree.garment["id"]), "nameVi": "Liên đoàn Lao động tỉnh Gia Lai", "code": "GL"}
    variables |= {"level": "province_or_industry", "kind": "provincial_federation", "on": "2026-01-02"}
    reply = await ask(CREATE, caller_as("admin", tree.top), language="en", input=variables)
    assert reply.field == {
        "__typename": "UnitLevelNotAllowed",
        "code": "LEVEL_NOT_ALLOWED",
        "message": "On 2026-01-02, the level “Province, central industry or equivalent” may not stand directly under the level “Grassroots union”.",
        "parentLevel": "grassroots",
        "childLevel": "province_or_industry",
    }


async def test_level_rules_are_those_of_the_day(tree, new_unit):
    coal = await new_unit(
        tree.top, "Công đoàn Than – Khoáng sản Việt Nam", "TKV", "province_or_industry", on=date(2020, 1, 1)
    )
    before = await create_unit(
        SYSTEM, new(coal, code="TKV-1", level="upper_direct", on=date(2025, 6, 30), names=UnitNames("Công đoàn A"))
    )
    assert before["level"] == "upper_direct"
    with pytest.raises(InvalidInput):  # the level no longer exists
        await create_unit(SYSTEM, new(coal, code="TKV-2", level="upper_direct", on=date(2025, 7, 1)))
    with pytest.raises(InvalidInput):  # the level does not exist yet
        await create_unit(SYSTEM, new(coal, code="TKV-2", level="special", on=date(2025, 6, 30)))
    after = await create_unit(
        SYSTEM, new(coal, code="TKV-2", level="special", on=date(2025, 7, 1), names=UnitNames("Công đoàn B"))
    )
    assert after["level"] == "special"


async def test_branches_may_skip_levels(tree):
    team = await create_unit(SYSTEM, new(tree.garment, level="team", kind="team", names=UnitNames("Tổ may 1")))
    assert team["path"].startswith(tree.garment["path"])


async def test_two_parents_may_have_children_of_one_name(tree):
    names = UnitNames("Công đoàn Công ty May Hòa Bình")
    unit = await create_unit(SYSTEM, new(tree.hue, code="HUE-001", names=names))
    assert unit["name_vi"] == tree.garment["name_vi"]


@pytest.mark.parametrize("parent", ["", "no-uuid", "00000000-0000-0000-0000-000000000000", "\x00"])
async def test_says_that_a_parent_does_not_exist(ask, tree, parent):
    variables = {"parentId": parent, "nameVi": "A", "code": "A", "level": "grassroots", "kind": "enterprise"}
    reply = await ask(CREATE, caller_as("admin", tree.top), input=variables)
    assert reply.code == "NOT_FOUND"
