"""How many units of a subtree have channels, of which kinds, on which day; and which have none."""

from datetime import date

import pytest

from kit import db
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as, queries
from org.channels.service import ChannelFacts, add_channel, close_channel
from org.units.service import move_unit

COUNTS = """
query ($code: String!, $kinds: [String!], $asOf: Date) { unitByCode(code: $code) {
  channelCounts(kinds: $kinds, asOf: $asOf) { channels units unitsWith unitsWithout byKind { kind channels units } } } }"""
WITHOUT = """
query ($code: String!, $kinds: [String!], $asOf: Date, $first: Int! = 20, $after: String) { unitByCode(code: $code) {
  unitsWithoutChannel(kinds: $kinds, asOf: $asOf, first: $first, after: $after) {
    nodes { code } pageInfo { hasNextPage endCursor } } } }"""
SOCIAL = ["facebook_page", "zalo", "youtube", "tiktok"]
SITES = {"facebook_page": "fb.com", "zalo": "zalo.me", "youtube": "youtu.be"}


async def open_channel(unit, kind, name, since=date(2026, 1, 1), *, is_public=True):
    address = f"{SITES[kind]}/{name}" if kind in SITES else None
    facts = ChannelFacts(name=name, audience="society", address=address, is_public=is_public)
    return await add_channel(SYSTEM, unit["id"], kind, facts, since)


@pytest.fixture
async def channels(tree):
    """Pages in Hà Nội (two), its grassroots union and EVN; a board there; a private group in the section."""
    made = {
        "first": await open_channel(tree.hanoi, "facebook_page", "a"),
        "second": await open_channel(tree.hanoi, "facebook_page", "b", date(2026, 3, 1)),
        "garment": await open_channel(tree.garment, "facebook_page", "c"),
        "board": await open_channel(tree.garment, "notice_board", "d"),
        "evn": await open_channel(tree.evn, "youtube", "e"),
        "private": await open_channel(tree.section, "zalo", "f", is_public=False),
    }
    await close_channel(SYSTEM, made["garment"]["id"], date(2026, 6, 1))
    return made


async def counts(ask, code, caller=ANONYMOUS, **more):
    found = (await ask(COUNTS, caller, code=code, **more)).field["channelCounts"]
    by_kind = {row["kind"]: (row["channels"], row["units"]) for row in found["byKind"]}
    return (found["channels"], found["units"], found["unitsWith"], found["unitsWithout"]), by_kind


async def test_counts_channels_and_units_by_kind(ask, tree, channels):
    kinds = {"facebook_page": (3, 2), "notice_board": (1, 1), "youtube": (1, 1)}
    assert await counts(ask, "TLD", asOf="2026-05-31") == ((5, 6, 3, 3), kinds)
    kinds = {"facebook_page": (3, 2), "notice_board": (1, 1)}
    assert await counts(ask, "HN", asOf="2026-05-31") == ((4, 3, 2, 1), kinds)
    assert await counts(ask, "HUE", asOf="2026-05-31") == ((0, 1, 0, 1), {})


async def test_counts_are_those_of_the_day(ask, tree, channels):
    assert await counts(ask, "HN", asOf="2025-12-31") == ((0, 3, 0, 3), {})
    assert await counts(ask, "HN", asOf="2026-02-28") == (
        (3, 3, 2, 1),
        {"facebook_page": (2, 2), "notice_board": (1, 1)},
    )
    assert await counts(ask, "HN") == ((3, 3, 2, 1), {"facebook_page": (2, 1), "notice_board": (1, 1)})


async def test_counts_units_with_at_least_one_social_page(ask, tree, channels):
    assert await counts(ask, "TLD", kinds=SOCIAL) == ((3, 6, 2, 4), {"facebook_page": (2, 1), "youtube": (1, 1)})


async def test_private_channels_count_for_those_who_may_see_them(ask, tree, channels):
    (total, by_kind) = await counts(ask, "TLD", caller_as("worker", tree.garment), kinds=["zalo"])
    assert (total, by_kind) == ((1, 6, 1, 5), {"zalo": (1, 1)})
    for stranger in (ANONYMOUS, caller_as("admin", tree.hue)):
        assert await counts(ask, "TLD", stranger, kinds=["zalo"]) == ((0, 6, 0, 6), {})


async def test_a_subtree_counts_as_it_stood_that_day(ask, tree, channels):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], date(2026, 5, 1))
    assert (await counts(ask, "HUE", asOf="2026-04-30"))[0] == (0, 1, 0, 1)
    assert (await counts(ask, "HUE", asOf="2026-05-01"))[0] == (2, 3, 1, 2)
    assert (await counts(ask, "HN", asOf="2026-05-01"))[0] == (2, 1, 1, 0)


async def test_a_unit_that_is_not_there_has_no_counts(ask, tree, channels):
    reply = await ask(COUNTS, code="HN", asOf="2025-06-30")
    assert reply.field["channelCounts"] is None
    assert (await ask(WITHOUT, code="HN", asOf="2025-06-30")).field["unitsWithoutChannel"]["nodes"] == []


async def test_lists_units_without(ask, tree, channels):
    async def without(caller=ANONYMOUS, **more):
        reply = await ask(WITHOUT, caller, code="TLD", **more)
        return {unit["code"] for unit in reply.field["unitsWithoutChannel"]["nodes"]}

    assert await without(kinds=SOCIAL) == {"TLD", "HUE", "HN-001", "HN-001-01"}
    assert await without(kinds=SOCIAL, asOf="2026-05-31") == {"TLD", "HUE", "HN-001-01"}
    assert await without(caller_as("worker", tree.hanoi), kinds=SOCIAL) == {"TLD", "HUE", "HN-001"}
    assert await without() == {"TLD", "HUE", "HN-001-01"}


async def test_units_without_come_page_by_page(ask, tree, channels):
    first = (await ask(WITHOUT, code="TLD", first=2)).field["unitsWithoutChannel"]
    rest = (await ask(WITHOUT, code="TLD", first=2, after=first["pageInfo"]["endCursor"])).field["unitsWithoutChannel"]
    codes = [unit["code"] for unit in first["nodes"] + rest["nodes"]]
    assert (len(codes), set(codes)) == (3, {"TLD", "HUE", "HN-001-01"})
    assert rest["pageInfo"]["hasNextPage"] is False


async def test_counts_many_units_in_three_statements(ask, tree, channels):
    document = "{ units { nodes { code channelCounts { units unitsWith } } } }"
    with queries() as asked:
        reply = await ask(document)
    shown = {unit["code"]: tuple(unit["channelCounts"].values()) for unit in reply.field["nodes"]}
    assert shown == {
        "TLD": (6, 3),
        "HN": (3, 2),
        "HUE": (1, 0),
        "EVN": (1, 1),
        "HN-001": (2, 1),
        "HN-001-01": (1, 0),
    }
    assert asked.count == 3


async def test_lists_units_without_for_many_units_in_two_statements(ask, tree, channels):
    with queries() as asked:
        reply = await ask("{ units { nodes { code unitsWithoutChannel { nodes { code } } } } }")
    assert reply.errors == []
    assert asked.count == 2


async def test_agrees_with_a_naive_count(ask, tree, channels):
    rows = await db.rows(
        """SELECT count(*) AS channels, count(DISTINCT unit_id) AS units FROM channel_version
           WHERE is_public AND valid @> date '2026-05-31'"""
    )
    (channels_, _, units, _), _ = await counts(ask, "TLD", asOf="2026-05-31")
    assert (channels_, units) == tuple(rows[0])
