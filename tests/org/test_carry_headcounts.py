"""Headcounts that a reorganisation carries over, and how its undoing forgets them."""

from datetime import date

import orjson
import pytest

from kit import db
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.headcounts.service import (
    Carried,
    CarriedHeadcountsCorrected,
    Cell,
    carry,
    cells_on,
    correct_headcounts,
    forget_carried,
    publish_headcounts,
    subtree_sum,
)

DAY = date(2026, 3, 1)
OWN = Cell("25_34", "male", 1, 2)
TAKEN = Cell("25_34", "male", 10, 20, "college")


@pytest.fixture
async def merged(tree):
    """Huế takes over the people of another unit on a day; it had published, also for that very day."""
    await publish_headcounts(SYSTEM, tree.hue["id"], date(2026, 1, 1), [OWN], "sổ")
    await publish_headcounts(SYSTEM, tree.hue["id"], DAY, [OWN], "sổ")
    tree.version = await db.value("SELECT version FROM tree_version")
    carried = [Carried(tree.hue["id"], DAY, [OWN, TAKEN], is_assumed=True), Carried(tree.evn["id"], DAY, [TAKEN])]
    await carry(SYSTEM, tree.version, carried)
    return tree


async def on(unit, day=DAY):
    return (await cells_on([unit["id"]], day)).get(unit["id"])


async def test_what_is_carried_is_labelled(merged, events):
    told = await on(merged.hue)
    assert told.cells == (OWN, TAKEN)
    assert (told.origin, told.is_assumed, told.tree_version) == ("reorganisation", True, merged.version)
    other = await on(merged.evn)
    assert (other.cells, other.is_assumed, other.corrects) == ((TAKEN,), False, None)
    assert (await on(merged.hue, date(2026, 2, 28))).cells == (OWN,)
    payloads = [payload for _, payload in await events(2)]
    assert [payload["cells"] for payload in payloads] == [
        [{"age_band": "25_34", "gender": "male", "members": 11, "workers": 22}],
        [{"age_band": "25_34", "gender": "male", "members": 10, "workers": 20}],
    ]


async def test_sums_tell_how_much_is_carried_and_assumed(ask, merged):
    [found] = await subtree_sum([merged.top["path"]], DAY, [])
    assert (found.units_counted, found.units_carried, found.units_assumed) == (2, 2, 1)
    document = """{ unitByCode(code: "HUE") { headcount { unitsCarriedOver unitsAssumed }
        headcountPublication { origin isAssumed treeVersion } } }"""
    reply = await ask(document, caller_as("analyst", merged.hue))
    assert reply.field == {
        "headcount": {"unitsCarriedOver": 1, "unitsAssumed": 1},
        "headcountPublication": {"origin": "reorganisation", "isAssumed": True, "treeVersion": merged.version},
    }


async def test_forgetting_brings_back_what_was(merged, events):
    await forget_carried(SYSTEM, merged.version)
    told = await on(merged.hue)
    assert (told.cells, told.origin, told.replaced_at, told.replaced_why) == ((OWN,), "entered", None, None)
    assert await on(merged.evn) is None
    payloads = {payload["unit_id"]: payload["cells"] for _, payload in await events(2)}
    assert payloads == {
        str(merged.hue["id"]): [{"age_band": "25_34", "gender": "male", "members": 1, "workers": 2}],
        str(merged.evn["id"]): [],
    }
    kept = await db.rows("SELECT replaced_by FROM headcount_publication WHERE tree_version = $1", merged.version)
    assert [tuple(row) for row in kept] == [("system",)] * 2
    audit = await db.rows("SELECT action, unit_id, before, after FROM audit ORDER BY id DESC LIMIT 2")
    assert {row["action"] for row in audit} == {"headcount.forgotten"}
    after = {row["unit_id"]: row["after"] and orjson.loads(row["after"])["members"] for row in audit}
    assert after == {merged.hue["id"]: 1, merged.evn["id"]: None}


async def test_what_was_forgotten_can_be_carried_and_forgotten_again(merged):
    await forget_carried(SYSTEM, merged.version)
    again = await db.value("UPDATE tree_version SET version = version + 1 RETURNING version")
    await db.execute(
        """INSERT INTO reorganisation (version, kind, effective_on, made_by, is_announced)
           VALUES ($1, 'merge', $2, 'x', true)""",
        again,
        DAY,
    )
    await carry(SYSTEM, again, [Carried(merged.hue["id"], DAY, [TAKEN])])
    assert (await on(merged.hue)).cells == (TAKEN,)
    await forget_carried(SYSTEM, again)
    assert (await on(merged.hue)).cells == (OWN,)


async def test_corrected_since_can_not_be_forgotten(merged, everything):
    await correct_headcounts(SYSTEM, merged.hue["id"], DAY, [TAKEN], "sổ", "đếm lại")
    before = await everything()
    with pytest.raises(CarriedHeadcountsCorrected) as refused:
        await forget_carried(SYSTEM, merged.version)
    assert refused.value.details == {"count": 1}
    assert await everything() == before


async def test_nothing_carried_is_nothing_to_forget(tree, everything):
    before = await everything()
    await carry(SYSTEM, 1, [])
    await forget_carried(SYSTEM, 1)
    assert await everything() == before


async def test_a_later_publication_counts_from_its_day(merged):
    await publish_headcounts(SYSTEM, merged.hue["id"], date(2026, 6, 1), [TAKEN], "sổ")
    assert (await on(merged.hue)).until == date(2026, 6, 1)
    assert (await on(merged.hue, date(2026, 6, 1))).origin == "entered"
