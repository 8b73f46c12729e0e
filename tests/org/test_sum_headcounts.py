"""Summing headcounts over a subtree: missing stays missing, and only analysts and admins of the unit see any."""

from datetime import date

import pytest

from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as, queries
from org.headcounts.service import Cell, publish_headcounts

HEADCOUNT = """
query ($code: String!) { unitByCode(code: $code) { headcountVisible headcount {
  members workers unitsCounted oldestDay newestDay sources cells { ageBand gender members workers } } } }"""


@pytest.fixture
async def counted(tree, new_unit):
    """Two grassroots unions of Hà Nội with headcounts, one in Huế, one without any."""
    other = await new_unit(tree.hanoi, "Công đoàn Bệnh viện Bạch Mai", "HN-002", "grassroots", kind="hospital")
    hue = await new_unit(tree.hue, "Công đoàn Dệt may Huế", "HUE-001", "grassroots")
    old = [Cell("45_plus", "male", 1000, 1000)]
    await publish_headcounts(SYSTEM, tree.garment["id"], date(2025, 8, 1), old, "x")
    await publish_headcounts(
        SYSTEM,
        tree.garment["id"],
        date(2026, 1, 1),
        [Cell("under_25", "female", 10, 12), Cell("25_34", "male", 0, 3)],
        "b",
    )
    await publish_headcounts(SYSTEM, other["id"], date(2025, 9, 1), [Cell("under_25", "female", 5, 5)], "a")
    await publish_headcounts(SYSTEM, hue["id"], date(2026, 2, 1), [Cell("35_44", "other", 7, 8)], "demo")
    return tree


async def test_sums_the_newest_of_every_unit_below(ask, counted):
    reply = await ask(HEADCOUNT, caller_as("analyst", counted.hanoi), code="HN")
    assert reply.field == {
        "headcountVisible": True,
        "headcount": {
            "members": 15,
            "workers": 20,
            "unitsCounted": 2,
            "oldestDay": "2025-09-01",
            "newestDay": "2026-01-01",
            "sources": ["a", "b"],
            "cells": [
                {"ageBand": "under_25", "gender": "female", "members": 15, "workers": 17},
                {"ageBand": "25_34", "gender": "male", "members": 0, "workers": 3},
            ],
        },
    }


async def test_what_nobody_published_is_null_and_not_zero(ask, counted):
    reply = await ask(HEADCOUNT, caller_as("analyst", counted.top), code="EVN")
    assert reply.field == {"headcountVisible": True, "headcount": None}


VIEWERS = [
    ("analyst", "hanoi", True),
    ("admin", "hanoi", True),
    ("admin", "top", True),
    ("editor", "hanoi", False),
    ("contributor", "hanoi", False),
    ("worker", "hanoi", False),
    ("analyst", "hue", False),
    ("analyst", "garment", False),
]


@pytest.mark.parametrize(("role", "unit", "sees"), VIEWERS)
async def test_only_analysts_and_admins_of_the_unit_see_it(ask, counted, role, unit, sees):
    reply = await ask(HEADCOUNT, caller_as(role, getattr(counted, unit)), code="HN")
    assert reply.field["headcountVisible"] is sees
    assert (reply.field["headcount"] is not None) is sees


async def test_nobody_sees_none(ask, counted):
    reply = await ask(HEADCOUNT, ANONYMOUS, code="HN")
    assert reply.field == {"headcountVisible": False, "headcount": None}


async def test_takes_three_statements_for_a_list_of_units(ask, counted):
    with queries() as asked:
        reply = await ask("{ units { nodes { code headcount { members } } } }", caller_as("admin", counted.top))
    assert asked.count == 3
    shown = {unit["code"]: unit["headcount"] and unit["headcount"]["members"] for unit in reply.field["nodes"]}
    assert shown == {
        "TLD": 22,
        "HN": 15,
        "HN-001": 10,
        "HN-002": 5,
        "HN-001-01": None,
        "HUE": 7,
        "HUE-001": 7,
        "EVN": None,
    }
