"""Changing a unit's code, level, kind, region, place and contact from a day on."""

from datetime import date, timedelta

import orjson
import pytest

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput, UnknownCode
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import caller_as
from org.units.service import (
    UnitClosed,
    UnitCodeTaken,
    UnitDateBackwards,
    UnitDateTooFar,
    UnitLevelNotAllowed,
    begin,
    change_unit,
    derive_paths,
    find_unit,
    move_unit,
)
from org.units.service.versions import close

CHANGE = """
mutation ($input: ChangeUnitInput!) { changeUnit(input: $input) {
  __typename
  ... on ChangeUnitSuccess { unit { code level kind region province commune address phone email website } }
  ... on Problem { code }
  ... on InvalidInput { field }
} }"""
MARCH = date(2026, 3, 1)
AHEAD = today() + timedelta(days=30)


async def history(unit, column):
    rows = await db.rows(
        f"SELECT {column}, since, until FROM unit_version WHERE unit_id = $1 ORDER BY since", unit["id"]
    )
    return [tuple(row) for row in rows]


async def test_changes_what_is_given_and_nothing_else(ask, tree):
    given = {"id": str(tree.garment["id"]), "on": "2026-03-01", "phone": "024 1234 5678", "province": "01"}
    reply = await ask(CHANGE, caller_as("editor", tree.garment), input=given)
    assert reply.field["unit"] == {
        "code": "HN-001",
        "level": "grassroots",
        "kind": "enterprise",
        "region": "red_river_delta",
        "province": "01",
        "commune": None,
        "address": None,
        "phone": "024 1234 5678",
        "email": None,
        "website": None,
    }
    assert await history(tree.garment, "phone") == [
        (None, date(2025, 7, 1), MARCH),
        ("024 1234 5678", MARCH, date.max),
    ]


async def test_null_empties_what_may_be_empty(ask, tree):
    given = {"id": str(tree.garment["id"]), "region": None}
    reply = await ask(CHANGE, caller_as("editor", tree.garment), input=given)
    assert reply.field["unit"]["region"] is None
    for name in ("code", "level", "kind"):
        reply = await ask(CHANGE, caller_as("admin", tree.hanoi), input={"id": str(tree.garment["id"]), name: None})
        assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", name)


async def test_each_column_reaches_as_far_as_what_it_changes(tree):
    await change_unit(SYSTEM, tree.garment["id"], {"phone": "024 1111 1111"}, AHEAD)
    await change_unit(SYSTEM, tree.garment["id"], {"phone": "024 2222 2222", "address": "1 Yết Kiêu"}, MARCH)
    assert await history(tree.garment, "phone") == [
        (None, date(2025, 7, 1), MARCH),
        ("024 2222 2222", MARCH, AHEAD),
        ("024 1111 1111", AHEAD, date.max),
    ]
    assert [address for address, *_ in await history(tree.garment, "address")] == [None, "1 Yết Kiêu", "1 Yết Kiêu"]


async def test_what_it_has_already_changes_nothing(tree, everything):
    before = await everything()
    await change_unit(SYSTEM, tree.garment["id"], {"code": "hn-001", "region": "red_river_delta", "phone": " "})
    assert await everything() == before


@pytest.mark.parametrize("role", ["worker", "contributor", "analyst"])
async def test_a_reader_may_not(ask, tree, everything, role):
    before = await everything()
    given = {"id": str(tree.garment["id"]), "phone": "024 1234 5678"}
    assert (await ask(CHANGE, caller_as(role, tree.hanoi), input=given)).code == "FORBIDDEN"
    assert await everything() == before


@pytest.mark.parametrize("name", ["code", "level", "kind"])
async def test_code_level_and_kind_are_for_admins_of_the_unit_above(ask, tree, everything, name):
    before = await everything()
    given = {"id": str(tree.garment["id"]), name: {"code": "HN-9", "level": "special", "kind": "school"}[name]}
    for caller in (caller_as("editor", tree.hanoi), caller_as("admin", tree.garment), Caller("stranger")):
        assert (await ask(CHANGE, caller, input=given)).code == "FORBIDDEN"
    assert (await ask(CHANGE, ANONYMOUS, input=given)).code == "SIGN_IN_REQUIRED"
    assert await everything() == before
    if name != "level":
        assert (await ask(CHANGE, caller_as("admin", tree.hanoi), input=given)).field["unit"][name] == given[name]


async def test_a_level_must_fit_what_is_above_and_what_is_below(tree, everything):
    before = await everything()
    with pytest.raises(UnitLevelNotAllowed) as above:
        await change_unit(SYSTEM, tree.garment["id"], {"level": "confederation"})
    levels = [above.value.details[name] for name in ("parent_level", "child_level")]
    assert levels == ["confederation", "section"]
    with pytest.raises(UnitLevelNotAllowed) as above:
        await change_unit(SYSTEM, tree.section["id"], {"level": "grassroots"})
    assert above.value.details["parent_level"] == "grassroots"
    with pytest.raises(UnitLevelNotAllowed) as below:
        await change_unit(SYSTEM, tree.garment["id"], {"level": "team"})
    assert below.value.details["day"] == today()
    assert await everything() == before


async def test_a_level_must_fit_what_comes_below_later(tree, new_unit, everything):
    team = await new_unit(tree.garment, "Tổ", "T", "team", kind="team")
    await new_unit(tree.hue, "Công đoàn Huế", "HUE-1", "grassroots")
    await db.execute("INSERT INTO level_rule (parent_level, child_level) VALUES ('province_or_industry', 'team')")
    await move_unit(SYSTEM, team["id"], tree.evn["id"])
    await move_unit(SYSTEM, team["id"], tree.garment["id"], AHEAD)
    await db.execute("DELETE FROM level_rule WHERE parent_level = 'special' AND child_level = 'team'")
    await db.execute("DELETE FROM level_rule WHERE parent_level = 'special' AND child_level = 'section'")
    await db.execute("INSERT INTO level_rule (parent_level, child_level) VALUES ('special', 'section')")
    before = await everything()
    with pytest.raises(UnitLevelNotAllowed) as refused:
        await change_unit(SYSTEM, tree.garment["id"], {"level": "special"})
    assert (refused.value.details["child_level"], refused.value.details["day"]) == ("team", AHEAD)
    assert await everything() == before


async def test_a_code_is_taken_as_long_as_somebody_has_it(tree, new_unit, everything):
    other = await new_unit(tree.hue, "Công đoàn Huế", "X", "grassroots")
    await change_unit(SYSTEM, other["id"], {"code": "Y"}, AHEAD)
    before = await everything()
    with pytest.raises(UnitCodeTaken):
        await change_unit(SYSTEM, tree.garment["id"], {"code": "X"}, MARCH)
    assert await everything() == before
    await change_unit(SYSTEM, tree.garment["id"], {"code": "X"}, AHEAD)
    assert (await find_unit(tree.garment["id"], AHEAD))["code"] == "X"
    # Between two codes of its own a code is enough that nobody has on those days.
    await change_unit(SYSTEM, tree.evn["id"], {"code": "EVN-2"}, AHEAD)
    await change_unit(SYSTEM, tree.evn["id"], {"code": "Z"}, MARCH)
    assert [code for code, *_ in await history(tree.evn, "code")] == ["EVN", "Z", "EVN-2"]


async def test_a_term_that_has_ended_stays_where_it_stands(tree, new_unit):
    old = await new_unit(tree.top, "Tỉnh cũ", "CU", "province_or_industry", on=date(2020, 1, 1))
    district = await new_unit(old, "Huyện", "CU-1", "upper_direct", on=date(2020, 1, 1))
    changed = await change_unit(SYSTEM, district["id"], {"phone": "024 1234 5678"}, MARCH)
    assert (changed["phone"], changed["level"]) == ("024 1234 5678", "upper_direct")
    with pytest.raises(InvalidInput):
        await change_unit(SYSTEM, tree.garment["id"], {"level": "upper_direct"}, MARCH)


async def test_refuses_days_on_which_the_unit_does_not_exist(tree, everything):
    change = await begin(SYSTEM, "dissolve", MARCH)
    await close(tree.section["id"], MARCH, change.version)
    await derive_paths([tree.section["id"]])
    before = await everything()
    for unit, on, refusal in (
        (tree.garment, date(2025, 6, 30), UnitDateBackwards),
        (tree.garment, today() + timedelta(days=5 * 366 + 1), UnitDateTooFar),
        (tree.section, MARCH, UnitClosed),
        (tree.section, None, UnitClosed),
    ):
        with pytest.raises(refusal):
            await change_unit(SYSTEM, unit["id"], {"phone": "024 1234 5678"}, on)
    assert await everything() == before


async def test_the_trail_names_contact_that_changed_and_does_not_hold_it(tree):
    await change_unit(
        SYSTEM, tree.garment["id"], {"code": "HN-2", "phone": "0912 345 678", "email": "lan@example.org"}, MARCH
    )
    entry = await db.row("SELECT * FROM audit ORDER BY id DESC LIMIT 1")
    assert (entry["action"], entry["unit_id"]) == ("unit.changed", tree.garment["id"])
    assert orjson.loads(entry["before"]) == {"code": "HN-001"}
    after = orjson.loads(entry["after"])
    assert after.pop("version") == await db.value("SELECT version FROM tree_version")
    assert after == {"code": "HN-2", "changed": ["code", "email", "phone"], "on": "2026-03-01"}


async def test_the_region_follows_from_the_province(tree):
    moved = await change_unit(SYSTEM, tree.garment["id"], {"province": "46"}, date(2026, 3, 1))
    assert (moved["province"], moved["region"]) == ("46", "north_central")
    kept = await change_unit(SYSTEM, tree.garment["id"], {"province": "01", "region": "southeast"}, date(2026, 4, 1))
    assert (kept["province"], kept["region"]) == ("01", "southeast")


async def test_refuses_a_province_that_is_no_more(tree, everything):
    """Hà Giang was one until 30 June 2025."""
    before = await everything()
    with pytest.raises(UnknownCode):
        await change_unit(SYSTEM, tree.garment["id"], {"province": "02"}, date(2026, 3, 1))
    assert await everything() == before
