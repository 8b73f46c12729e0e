"""Correcting and withdrawing headcounts: what was published stays on record, with who, when and why."""

from datetime import date

import orjson
import pytest

from kit import db
from kit.errors import InvalidInput
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import caller_as, queries
from org.headcounts.service import (
    Cell,
    HeadcountsNotPublished,
    cells_on,
    correct_headcounts,
    publish_headcounts,
    withdraw_headcounts,
)

CORRECT = """
mutation ($input: CorrectHeadcountsInput!) { correctHeadcounts(input: $input) {
  __typename ... on CorrectHeadcountsSuccess { unit { code } day } ... on Problem { code message } } }"""
WITHDRAW = """
mutation ($input: WithdrawHeadcountsInput!) { withdrawHeadcounts(input: $input) {
  __typename ... on WithdrawHeadcountsSuccess { unit { code } day } ... on Problem { code message } } }"""
HISTORY = """
query ($code: String!, $first: Int!, $after: String) { unitByCode(code: $code) {
  headcountPublication { day source }
  headcountPublications(first: $first, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    id day source origin isAssumed treeVersion publishedBy publishedAt replacedAt replacedBy replacedWhy corrects
    cells { ageBand gender education field members workers } } } } }"""
DAY = date(2026, 1, 1)
CELL = {"ageBand": "under_25", "gender": "male", "members": 7, "workers": 8}
WRONG = [Cell("under_25", "male", 70, 80)]


@pytest.fixture
async def counted(tree):
    """May Hòa Bình has published ten times too much."""
    await publish_headcounts(caller_as("editor", tree.hanoi, "lan"), tree.garment["id"], DAY, WRONG, "bản chụp")
    return tree


def correction(tree, **more):
    unit_id = str(tree.garment["id"])
    return {"unitId": unit_id, "day": "2026-01-01", "source": "sổ", "cells": [CELL], "why": " gõ nhầm ", **more}


async def test_a_correction_replaces_and_keeps_what_was(ask, counted, events):
    reply = await ask(CORRECT, caller_as("editor", counted.hanoi, "mai"), input=correction(counted))
    assert reply.field == {"__typename": "CorrectHeadcountsSuccess", "unit": {"code": "HN-001"}, "day": "2026-01-01"}
    [told] = (await cells_on([counted.garment["id"]], DAY)).values()
    assert told.cells == (Cell("under_25", "male", 7, 8),)
    [(kind, payload)] = await events()
    assert kind == "headcount.published"
    assert payload["cells"] == [{"age_band": "under_25", "gender": "male", "members": 7, "workers": 8}]

    reply = await ask(HISTORY, caller_as("analyst", counted.hanoi), code="HN-001", first=20)
    new, old = reply.field["headcountPublications"]["nodes"]
    assert reply.field["headcountPublication"] == {"day": "2026-01-01", "source": "sổ"}
    assert (old["publishedBy"], old["replacedBy"], old["replacedWhy"]) == ("lan", "mai", "gõ nhầm")
    assert old["replacedAt"] >= old["publishedAt"]
    assert old["cells"] == [{**CELL, "education": None, "field": None, "members": 70, "workers": 80}]
    assert (new["publishedBy"], new["corrects"], new["replacedAt"]) == ("mai", old["id"], None)
    assert new["cells"] == [{**CELL, "education": None, "field": None}]


async def test_the_audit_has_both(counted):
    before = (await cells_on([counted.garment["id"]], DAY))[counted.garment["id"]]
    await correct_headcounts(
        SYSTEM, counted.garment["id"], DAY, [Cell("25_34", "male", 1, 2), Cell("25_34", "female", 1, 1)], "b", "vì"
    )
    row = await db.row("SELECT * FROM audit ORDER BY id DESC LIMIT 1")
    assert row["action"] == "headcount.corrected"
    was = {"id": str(before.id), "day": "2026-01-01", "cells": 1, "members": 70, "workers": 80}
    assert orjson.loads(row["before"]) == was
    assert orjson.loads(row["after"]) == {"day": "2026-01-01", "cells": 2, "members": 2, "workers": 3}


async def test_a_withdrawal_leaves_nothing_but_the_record(ask, counted, events):
    withdrawn = {"unitId": str(counted.garment["id"]), "day": "2026-01-01", "why": "của đơn vị khác"}
    reply = await ask(WITHDRAW, caller_as("editor", counted.hanoi, "mai"), input=withdrawn)
    assert reply.field == {"__typename": "WithdrawHeadcountsSuccess", "unit": {"code": "HN-001"}, "day": "2026-01-01"}
    assert await cells_on([counted.garment["id"]], DAY) == {}
    [(kind, payload)] = await events()
    assert (kind, payload["day"], payload["cells"]) == ("headcount.published", "2026-01-01", [])
    reply = await ask(HISTORY, caller_as("analyst", counted.hanoi), code="HN-001", first=20)
    [old] = reply.field["headcountPublications"]["nodes"]
    assert (old["replacedBy"], old["replacedWhy"], old["corrects"]) == ("mai", "của đơn vị khác", None)
    assert reply.field["headcountPublication"] is None
    await publish_headcounts(SYSTEM, counted.garment["id"], DAY, WRONG, "lại")
    assert len(await cells_on([counted.garment["id"]], DAY)) == 1


async def test_after_a_withdrawal_the_earlier_day_counts_again(counted):
    later = date(2026, 6, 1)
    await publish_headcounts(SYSTEM, counted.garment["id"], later, [Cell("45_plus", "female", 1, 1)], "x")
    await withdraw_headcounts(SYSTEM, counted.garment["id"], later, "vì")
    [told] = (await cells_on([counted.garment["id"]], later)).values()
    assert (told.day, told.until, told.cells) == (DAY, None, tuple(WRONG))


async def test_the_history_comes_a_page_at_a_time_in_one_order(ask, counted):
    for count in range(4):
        await correct_headcounts(
            SYSTEM, counted.garment["id"], DAY, [Cell("25_34", "male", count, 0)], "b", f"lần {count}"
        )
    await publish_headcounts(SYSTEM, counted.garment["id"], date(2026, 3, 1), WRONG, "c")
    caller, seen, after = caller_as("analyst", counted.hanoi), [], None
    while True:
        reply = await ask(HISTORY, caller, code="HN-001", first=2, after=after)
        page = reply.field["headcountPublications"]
        seen += [(node["day"], node["replacedWhy"]) for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    days = [("2026-01-01", why) for why in (None, "lần 3", "lần 2", "lần 1", "lần 0")]
    assert seen == [("2026-03-01", None), *days]


async def test_a_cursor_of_another_list_is_refused(ask, counted):
    reply = await ask(HISTORY, caller_as("analyst", counted.hanoi), code="HN-001", first=2, after="WyJ4IiwieSIsInoiXQ")
    assert reply.code == "INVALID_INPUT"


async def test_histories_of_many_units_take_two_statements_more(ask, counted):
    document = "{ units { nodes { code headcountPublications { nodes { day cells { members } } } } } }"
    with queries() as asked:
        reply = await ask(document, caller_as("admin", counted.top))
    assert asked.count == 3
    shown = {unit["code"]: unit["headcountPublications"]["nodes"] for unit in reply.field["nodes"]}
    assert shown["HN-001"] == [{"day": "2026-01-01", "cells": [{"members": 70}]}]
    assert [code for code, nodes in shown.items() if nodes] == ["HN-001"]


async def test_nothing_is_corrected_or_withdrawn_that_is_not_there(tree, everything):
    before = await everything()
    with pytest.raises(HeadcountsNotPublished):
        await correct_headcounts(SYSTEM, tree.garment["id"], DAY, WRONG, "b", "vì")
    with pytest.raises(HeadcountsNotPublished):
        await withdraw_headcounts(SYSTEM, tree.garment["id"], DAY, "vì")
    assert await everything() == before


@pytest.mark.parametrize("why", ["", " ", "x" * 501])
async def test_a_reason_is_needed(counted, everything, why):
    before = await everything()
    for change in (
        correct_headcounts(SYSTEM, counted.garment["id"], DAY, WRONG, "b", why),
        withdraw_headcounts(SYSTEM, counted.garment["id"], DAY, why),
    ):
        with pytest.raises(InvalidInput) as refused:
            await change
        assert refused.value.details["field"] == "why"
    assert await everything() == before


ROLES = {"worker": False, "contributor": False, "editor": True, "analyst": False, "admin": True}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("place", ["hanoi", "hue", "section"])
@pytest.mark.parametrize("document", [CORRECT, WITHDRAW])
async def test_editors_and_admins_of_the_unit_may(ask, counted, everything, document, place, role):
    before = await everything()
    given = correction(counted)
    if document == WITHDRAW:
        given = {name: given[name] for name in ("unitId", "day", "why")}
    reply = await ask(document, caller_as(role, getattr(counted, place)), input=given)
    if ROLES[role] and place == "hanoi":
        assert reply.code is None
        assert await everything() != before
    else:
        assert reply.code == "FORBIDDEN"
        assert await everything() == before


@pytest.mark.parametrize("document", [CORRECT, WITHDRAW])
async def test_nobody_and_strangers_may_not(ask, counted, everything, document):
    before = await everything()
    given = correction(counted)
    if document == WITHDRAW:
        given = {name: given[name] for name in ("unitId", "day", "why")}
    assert (await ask(document, ANONYMOUS, input=given)).code == "SIGN_IN_REQUIRED"
    assert (await ask(document, Caller("someone"), input=given)).code == "FORBIDDEN"
    assert await everything() == before


@pytest.mark.parametrize("caller", [ANONYMOUS, Caller("someone")])
async def test_the_record_is_shown_to_those_who_may_see_headcounts(ask, counted, caller):
    reply = await ask(HISTORY, caller, code="HN-001", first=20)
    assert reply.field["headcountPublications"]["nodes"] == []
    assert reply.field["headcountPublication"] is None
    for role, place in (
        ("contributor", counted.hanoi),
        ("editor", counted.section),
        ("analyst", counted.hue),
        ("analyst", counted.section),
    ):
        reply = await ask(HISTORY, caller_as(role, place), code="HN-001", first=20)
        assert reply.field["headcountPublications"]["nodes"] == []
        assert reply.field["headcountPublication"] is None
