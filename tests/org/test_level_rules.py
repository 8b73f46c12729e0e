"""Which level may stand under which: dated, public, changed by admins of the top, and told to the other services."""

from datetime import date, timedelta

import orjson
import pytest

from kit import db
from kit.calendar import today
from kit.errors import Forbidden, SignInRequired, UnknownCode
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as, queries
from org.units.service import UnitLevelNotAllowed
from org.vocabularies.service import LevelRuleExists, LevelRuleUnknown, add_term, allow_level, end_level_rule

RULES = """
query ($asOf: Date, $first: Int! = 100, $after: String) { levelRules(asOf: $asOf, first: $first, after: $after) {
  nodes { parentLevel childLevel validFrom validUntil } pageInfo { hasNextPage endCursor } } }"""


async def pairs(ask, **more):
    reply = await ask(RULES, **more)
    return [(rule["parentLevel"], rule["childLevel"]) for rule in reply.field["nodes"]]


async def stored():
    rows = await db.rows("SELECT parent_level, child_level, valid FROM level_rule ORDER BY 2, 1, 3")
    return [tuple(row) for row in rows], await db.value("SELECT count(*) FROM outbox")


async def test_rules_are_those_of_the_day(ask):
    assert await pairs(ask, asOf="2025-06-30") == [
        (None, "confederation"),
        ("confederation", "grassroots"),
        ("confederation", "province_or_industry"),
        ("grassroots", "section"),
        ("grassroots", "team"),
        ("province_or_industry", "grassroots"),
        ("province_or_industry", "upper_direct"),
        ("section", "team"),
        ("upper_direct", "grassroots"),
    ]
    after = [
        (None, "confederation"),
        ("confederation", "grassroots"),
        ("confederation", "province_or_industry"),
        ("confederation", "special"),
        ("grassroots", "section"),
        ("grassroots", "team"),
        ("province_or_industry", "grassroots"),
        ("province_or_industry", "special"),
        ("section", "team"),
        ("special", "grassroots"),
    ]
    assert await pairs(ask, asOf="2025-07-01") == after
    assert await pairs(ask) == after


async def test_rules_come_page_by_page_in_one_statement_each(ask):
    with queries() as asked:
        first = (await ask(RULES, first=4)).field
    assert asked.count == 1
    rest = (await ask(RULES, first=100, after=first["pageInfo"]["endCursor"])).field
    assert (len(first["nodes"]), len(rest["nodes"])) == (4, 6)
    assert first["nodes"][3] == {
        "parentLevel": "confederation",
        "childLevel": "special",
        "validFrom": "2025-07-01",
        "validUntil": None,
    }


async def test_the_other_services_know_the_rules_from_the_start():
    payload = orjson.loads(await db.value("SELECT payload FROM outbox WHERE type = 'level_rules.changed'"))
    assert len(payload["rules"]) == 12
    assert payload["rules"][0] == {
        "parent_level": None,
        "child_level": "confederation",
        "valid_from": None,
        "valid_to": None,
    }


ALLOW = """
mutation ($input: AllowLevelInput!) { allowLevel(input: $input) {
  ... on AllowLevelSuccess { rule { parentLevel childLevel validFrom validUntil } }
  ... on Problem { code message } ... on LevelRuleExists { parentLevel childLevel }
  ... on UnknownCode { field unknownCode } } }"""


async def test_a_level_may_stand_where_it_is_allowed_from_that_day_on(ask, tree, new_unit, events):
    on = today() - timedelta(days=3)
    await add_term(SYSTEM, "level", "commune_union", "Công đoàn xã, phường", "Commune union", on)
    given = {"parentLevel": "province_or_industry", "childLevel": "commune_union", "since": on.isoformat()}
    reply = await ask(ALLOW, caller_as("admin", tree.top), input=given)
    rule = {"parentLevel": "province_or_industry", "childLevel": "commune_union"}
    assert reply.field["rule"] == {**rule, "validFrom": on.isoformat(), "validUntil": None}
    ((type_, payload),) = await events(1)
    assert (type_, len(payload["rules"])) == ("level_rules.changed", 13)
    unit = await new_unit(tree.hanoi, "Công đoàn phường Ba Đình", "HN-BD", "commune_union", on=on)
    assert unit["level"] == "commune_union"


async def test_a_rule_that_holds_already_is_not_made_twice(ask, tree):
    before = await stored()
    given = {"parentLevel": "grassroots", "childLevel": "team"}
    reply = await ask(ALLOW, caller_as("admin", tree.top), input=given)
    assert (reply.code, reply.field["parentLevel"], reply.field["childLevel"]) == (
        "LEVEL_RULE_EXISTS",
        "grassroots",
        "team",
    )
    assert await stored() == before


async def test_the_database_holds_no_rule_twice(tree):
    with pytest.raises(Exception, match="level_rule_no_overlap"):
        async with db.transaction():
            await db.execute("INSERT INTO level_rule (child_level) VALUES ('confederation')")


@pytest.mark.parametrize(
    ("parent", "child", "field", "code"),
    [("emperor", "team", "parentLevel", "emperor"), (None, "upper_direct", "childLevel", "upper_direct")],
)
async def test_levels_must_hold_on_the_day(ask, tree, parent, child, field, code):
    before = await stored()
    reply = await ask(ALLOW, caller_as("admin", tree.top), input={"parentLevel": parent, "childLevel": child})
    assert (reply.code, reply.field["field"], reply.field["unknownCode"]) == ("UNKNOWN_CODE", field, code)
    assert await stored() == before


END = """
mutation ($input: EndLevelRuleInput!) { endLevelRule(input: $input) {
  ... on EndLevelRuleSuccess { unitsStanding } ... on Problem { code } } }"""


async def test_a_rule_ends_and_says_who_stands_so_still(ask, tree, new_unit):
    given = {"parentLevel": "grassroots", "childLevel": "section"}
    reply = await ask(END, caller_as("admin", tree.top), input=given)
    assert reply.field == {"unitsStanding": 1}
    rules = await pairs(ask)
    assert ("grassroots", "section") not in rules
    assert ("grassroots", "section") in await pairs(ask, asOf=(today() - timedelta(days=1)).isoformat())
    with pytest.raises(UnitLevelNotAllowed):
        await new_unit(tree.garment, "Xưởng may", "HN-001-02", "section", kind="section", on=today())


async def test_a_rule_about_the_top_ends_too(tree):
    assert await end_level_rule(SYSTEM, None, "confederation", today()) == 1


async def test_a_rule_that_ends_on_its_first_day_never_held(tree):
    (before, _) = await stored()
    await allow_level(SYSTEM, "team", "team")
    await end_level_rule(SYSTEM, "team", "team")
    assert (await stored())[0] == before


@pytest.mark.parametrize("on", [date(2025, 6, 30), None], ids=["before it began", "never"])
async def test_there_must_be_such_a_rule(tree, on):
    before = await stored()
    with pytest.raises(LevelRuleUnknown):
        await end_level_rule(SYSTEM, "special" if on else "team", "grassroots", on)
    with pytest.raises(LevelRuleUnknown):
        await end_level_rule(SYSTEM, "\x00", "grassroots", on)
    assert await stored() == before


@pytest.mark.parametrize("who", ["nobody", "editor", "province"])
async def test_only_an_admin_of_the_top_changes_rules(tree, who):
    caller = {
        "nobody": ANONYMOUS,
        "editor": caller_as("editor", tree.top),
        "province": caller_as("admin", tree.hanoi),
    }[who]
    before = await stored()
    for change in (allow_level, end_level_rule):
        with pytest.raises(SignInRequired if who == "nobody" else Forbidden):
            await change(caller, "grassroots", "section")
    assert await stored() == before


async def test_errors_are_classes_of_their_own(tree):
    with pytest.raises(LevelRuleExists):
        await allow_level(SYSTEM, "grassroots", "section")
    with pytest.raises(UnknownCode):
        await allow_level(SYSTEM, "grassroots", "\x00")
