"""Creating a unit: through the graph for what clients see, through the service for the many refusals."""

from datetime import date, timedelta

import orjson
import pytest

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput, NotFound
from kit.identity import SYSTEM
from kit.paths import label
from kit.testing import caller_as
from org.units.service import (
    Decision,
    NewUnit,
    UnitCodeTaken,
    UnitDateBackwards,
    UnitDateTooFar,
    UnitFacts,
    UnitLevelNotAllowed,
    UnitNames,
    UnitNameTaken,
    UnitNotOnDay,
    UnitParentNotThere,
    ancestor_numbers,
    begin,
    create_unit,
    derive_paths,
    find_unit,
    find_unit_by_code,
    move_unit,
)
from org.units.service.versions import close

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
    row = await find_unit_by_code("HN-002")
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
    assert ancestor_numbers(row["path"]) == [tree.top["number"], tree.hanoi["number"]]


async def test_keeps_the_name_and_the_parent_with_their_dates(tree):
    unit = await create_unit(SYSTEM, new(tree.hanoi))
    rows = await db.rows("SELECT name_vi, parent_id, since, until FROM unit_version WHERE unit_id = $1", unit["id"])
    assert [tuple(row) for row in rows] == [
        ("Công đoàn Công ty Giày Thượng Đình", tree.hanoi["id"], date(2026, 1, 2), date.max)
    ]
    paths = await db.rows("SELECT path, since, until, open FROM unit_path WHERE unit_id = $1", unit["id"])
    assert [tuple(row) for row in paths] == [
        (tree.hanoi["path"] + label(unit["number"]), date(2026, 1, 2), date.max, True)
    ]


async def test_is_on_record_with_its_decision(tree):
    version = await db.value("SELECT version FROM tree_version")
    unit = await create_unit(
        SYSTEM, new(tree.hanoi), Decision.checked(" 12/QĐ-LĐLĐ ", "https://example.org/12.pdf", "Thành lập mới")
    )
    made = await db.row("SELECT * FROM reorganisation WHERE version = $1", version + 1)
    assert (made["kind"], made["effective_on"], made["made_by"]) == ("create", date(2026, 1, 2), "system")
    assert (made["decision_number"], made["decision_file"], made["note"]) == (
        "12/QĐ-LĐLĐ",
        "https://example.org/12.pdf",
        "Thành lập mới",
    )
    assert await db.value("SELECT made_in FROM unit_version WHERE unit_id = $1", unit["id"]) == version + 1
    assert await db.value("SELECT version FROM tree_version") == version + 1


async def test_leaves_an_audit_entry(tree):
    version = await db.value("SELECT version FROM tree_version")
    unit = await create_unit(SYSTEM, new(tree.hanoi))
    (entry,) = await db.rows("SELECT * FROM audit WHERE thing_id = $1", str(unit["id"]))
    assert (entry["subject"], entry["action"], entry["unit_id"], entry["kind"], entry["before"]) == (
        "system",
        "unit.created",
        unit["id"],
        "unit",
        None,
    )
    assert orjson.loads(entry["after"]) == {
        "code": "HN-002",
        "name_vi": "Công đoàn Công ty Giày Thượng Đình",
        "level": "grassroots",
        "kind": "enterprise",
        "region": None,
        "parent_id": str(tree.hanoi["id"]),
        "created_on": "2026-01-02",
        "version": version + 1,
    }


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
    pytest.param({"on": today() + timedelta(days=5 * 366 + 1)}, UnitDateTooFar, id="a day too far in the future"),
    pytest.param({"on": date(9999, 12, 31)}, UnitDateTooFar, id="the last day there is"),
    pytest.param({"on": date(1, 1, 1)}, UnitDateBackwards, id="the first day there is"),
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


async def close_unit(unit, on):
    """Close a unit without asking what else a closure needs."""
    await close(unit["id"], on, (await begin(SYSTEM, "dissolve", on)).version)
    await derive_paths([unit["id"]])


async def test_a_unit_may_begin_later(ask, tree, events):
    before = await events(1)
    day = today() + timedelta(days=400)
    unit = await create_unit(SYSTEM, new(tree.hanoi, on=day))
    assert unit["created_on"] == day
    assert await events(1) == before
    with pytest.raises(UnitNotOnDay) as refused:
        await find_unit(unit["id"], day - timedelta(days=1))
    assert (refused.value.details["created_on"], refused.value.details["closed_on"]) == (day, None)
    assert (await find_unit(unit["id"], day))["path"] == tree.hanoi["path"] + label(unit["number"])


async def test_five_years_ahead_is_not_too_far(tree):
    day = today() + timedelta(days=5 * 366)
    assert (await create_unit(SYSTEM, new(tree.hanoi, on=day)))["created_on"] == day


async def test_tells_the_latest_day_possible(ask, tree):
    variables = {
        "parentId": str(tree.hanoi["id"]),
        "nameVi": "A",
        "code": "A",
        "level": "grassroots",
        "kind": "enterprise",
    }
    latest = today() + timedelta(days=5 * 366)
    variables["on"] = (latest + timedelta(days=1)).isoformat()
    document = CREATE.replace("... on UnitDateBackwards { earliest }", "... on UnitDateTooFar { latest }")
    reply = await ask(document, caller_as("admin", tree.hanoi), language="en", input=variables)
    assert (reply.code, reply.field["latest"]) == ("DATE_TOO_FAR", latest.isoformat())


async def test_a_code_is_free_again_once_its_unit_has_closed(tree, everything):
    await close_unit(tree.section, date(2026, 3, 1))
    before = await everything()
    with pytest.raises(UnitCodeTaken):
        await create_unit(SYSTEM, new(tree.hanoi, code="HN-001-01", on=date(2026, 2, 28)))
    assert await everything() == before
    again = await create_unit(SYSTEM, new(tree.hanoi, code="HN-001-01", on=date(2026, 3, 1)))
    assert (await find_unit_by_code("HN-001-01"))["id"] == again["id"]
    assert (await find_unit_by_code("HN-001-01", date(2026, 2, 28)))["id"] == tree.section["id"]


async def test_a_name_is_free_again_once_its_unit_has_closed(tree):
    await close_unit(tree.section, date(2026, 3, 1))
    names = UnitNames(tree.section["name_vi"])
    again = await create_unit(
        SYSTEM, new(tree.garment, names=names, level="section", kind="section", on=date(2026, 3, 1))
    )
    assert again["name_vi"] == tree.section["name_vi"]


async def test_refuses_a_name_or_code_that_another_unit_is_to_have_later(tree, everything):
    day = today() + timedelta(days=30)
    await create_unit(SYSTEM, new(tree.hanoi, on=day))
    before = await everything()
    with pytest.raises(UnitNameTaken):
        await create_unit(SYSTEM, new(tree.hanoi, code="HN-003"))
    with pytest.raises(UnitCodeTaken):
        await create_unit(SYSTEM, new(tree.hanoi, names=UnitNames("Công đoàn khác")))
    assert await everything() == before


async def test_refuses_a_parent_that_closes(tree, everything):
    await close_unit(tree.evn, today() + timedelta(days=30))
    before = await everything()
    with pytest.raises(UnitParentNotThere):
        await create_unit(SYSTEM, new(tree.evn, on=today()))
    assert await everything() == before


async def test_refuses_a_level_that_its_parent_will_not_bear_later(tree, everything):
    """Hà Nội is to become a grassroots union, under which no grassroots union may stand."""
    day = today() + timedelta(days=30)
    await change_level(tree.evn, "grassroots", day)
    before = await everything()
    with pytest.raises(UnitLevelNotAllowed) as refused:
        await create_unit(SYSTEM, new(tree.evn, on=today()))
    assert (refused.value.details["parent_level"], refused.value.details["day"]) == ("grassroots", day)
    assert await everything() == before


async def change_level(unit, level, on):
    from org.units.service import change_unit

    await change_unit(SYSTEM, unit["id"], {"level": level}, on)


async def test_a_unit_recorded_late_has_stood_where_its_parent_stood(tree, events):
    """The garment workers' union went to Huế in March; a section that it has had since January went along."""
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], date(2026, 3, 1))
    late = await create_unit(SYSTEM, new(tree.garment, level="section", kind="section", on=date(2026, 1, 1)))
    own, below = label(late["number"]), label(tree.garment["number"])
    rows = await db.rows("SELECT path, since, until FROM unit_path WHERE unit_id = $1 ORDER BY since", late["id"])
    assert [tuple(row) for row in rows] == [
        (tree.hanoi["path"] + below + own, date(2026, 1, 1), date(2026, 3, 1)),
        (tree.hue["path"] + below + own, date(2026, 3, 1), date.max),
    ]
    ((kind, payload),) = await events()
    assert (kind, payload["units"][0]["scopes"]) == (
        "units.rewritten",
        [
            {"path": tree.hanoi["path"] + below + own, "since": "2026-01-01", "until": "2026-03-01"},
            {"path": tree.hue["path"] + below + own, "since": "2026-03-01", "until": None},
        ],
    )


@pytest.mark.parametrize(
    "given",
    [
        {"province": "1"},
        {"province": "०१"},
        {"province": "001"},
        {"commune": "0001"},
        {"commune": "x"},
        {"phone": "call me"},
        {"email": "a@b"},
        {"website": "javascript:alert(1)"},
        {"address": "x" * 301},
    ],
)
def test_refuses_a_place_or_contact_that_can_not_be(given):
    with pytest.raises(InvalidInput) as refused:
        UnitFacts.checked(**given)
    assert refused.value.details["field"] == next(iter(given))


async def test_keeps_place_and_contact(ask, tree):
    facts = {"province": "01", "commune": "00004", "address": "  1  Yết Kiêu ", "phone": "+84 24 1234 567"}
    facts |= {"email": "cd@example.org", "website": "https://example.org/cd"}
    unit = await create_unit(SYSTEM, new(tree.hanoi, facts=UnitFacts.checked(**facts)))
    document = "query ($id: ID!) { unit(id: $id) { province commune address phone email website } }"
    reply = await ask(document, id=str(unit["id"]))
    assert reply.field == facts | {"address": "1 Yết Kiêu"}
