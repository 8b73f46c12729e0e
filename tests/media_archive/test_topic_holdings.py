"""What the archive holds on a topic for a unit, counted as far as the caller may see."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from archive_world import Union, add, worker

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import Ask, caller_as, queries

HOLDING = """query ($all: [_Any!]!) { _entities(representations: $all) { ... on TopicInUnit {
  topic holding { total own others recent newestOn kinds { kind count } } newestAssets(first: 2) { title } } } }"""


def topic_in(unit: UUID | str, *topics: str) -> list[dict[str, str]]:
    return [{"__typename": "TopicInUnit", "topic": topic, "unit": str(unit)} for topic in topics]


def counts(found: dict[str, Any]) -> tuple[int, int, int]:
    holding = found["holding"]
    assert holding["total"] == holding["own"] + holding["others"] == sum(kind["count"] for kind in holding["kinds"])
    return holding["own"], holding["others"], holding["recent"]


async def fill(union: Union) -> None:
    day = today()
    law, both = ("labour_law",), ("labour_law", "benefits")
    await add(union.factory, "Luật cũ", topics=law, visibility="unit", created_on=day - timedelta(days=366))
    await add(union.north, "Luật mới", topics=both, visibility="union", kind="leaflet", created_on=day)
    await add(union.south, "Quyền lợi ở Cà Mau", topics=("benefits",), visibility="public", created_on=day)
    await add(union.south, "Luật riêng của Cà Mau", topics=law, visibility="unit", created_on=day)
    await add(union.south, "Không chủ đề", visibility="public")


async def test_own_and_what_others_share_are_told_apart(ask: Ask, union: Union):
    await fill(union)
    law, benefits = (
        await ask(HOLDING, worker(union.north), all=topic_in(union.north.id, "labour_law", "benefits"))
    ).field
    assert (counts(law), counts(benefits)) == ((2, 0, 1), (1, 1, 2))
    assert law["holding"]["kinds"] == [{"kind": "article", "count": 1}, {"kind": "leaflet", "count": 1}]
    assert law["holding"]["newestOn"] == today().isoformat()
    assert [one["title"] for one in law["newestAssets"]] == ["Luật mới", "Luật cũ"]
    assert [one["title"] for one in benefits["newestAssets"]] == ["Quyền lợi ở Cà Mau", "Luật mới"]


async def test_nobody_counts_what_they_may_not_see(ask: Ask, union: Union):
    await fill(union)
    (law,) = (await ask(HOLDING, ANONYMOUS, all=topic_in(union.north.id, "labour_law"))).field
    assert law == {
        "topic": "labour_law",
        "holding": {"total": 0, "own": 0, "others": 0, "recent": 0, "newestOn": None, "kinds": []},
        "newestAssets": [],
    }
    (law,) = (await ask(HOLDING, worker(union.factory), all=topic_in(union.factory.id, "labour_law"))).field
    assert counts(law) == (1, 1, 1)


async def test_unknown_units_and_topics_hold_nothing(ask: Ask, union: Union):
    await fill(union)
    unknown = "00000000-0000-4000-8000-000000000000"
    found = (
        await ask(
            HOLDING, worker(union.root), all=[*topic_in(unknown, "benefits"), *topic_in(union.root.id, "a\0b", "x")]
        )
    ).field
    assert [one["holding"] and one["holding"]["total"] for one in found] == [None, 0, 0]


MADE_FOR = """query ($all: [_Any!]!, $by: [String!]!) { _entities(representations: $all) { ... on TopicInUnit {
  madeFor(by: $by) { ageBand gender region total recent } } } }"""
Made = dict[tuple[str | None, ...], tuple[int, int]]


async def made_for(ask: Ask, caller: Caller, union: Union, *by: str) -> Made:
    """How many are made on labour law for each segment, and how many of them lately."""
    ((found,),) = ((await ask(MADE_FOR, caller, all=topic_in(union.root.id, "labour_law"), by=by)).field,)
    return {(one["ageBand"], one["gender"], one["region"]): (one["total"], one["recent"]) for one in found["madeFor"]}


async def describe(asset_id: str, ages: tuple[str, ...] = (), genders: tuple[str, ...] = ()) -> None:
    await db.execute(
        "INSERT INTO asset_about (asset_id, age_bands, genders) VALUES ($1::uuid, $2, $3)", asset_id, ages, genders
    )


async def test_for_whom_materials_are_made_is_told_by_segments(ask: Ask, union: Union):
    said: dict[str, Any] = {"topics": ("labour_law", "benefits"), "visibility": "union", "created_on": today()}
    young = await add(union.factory, "Cho bạn trẻ", **said)
    women = await add(union.factory, "Cho chị em trẻ", **said)
    await add(union.south, "Cho mọi người", **said)
    old = await add(union.south, "Cũ", **{**said, "created_on": today() - timedelta(days=366)})
    hidden = await add(union.south, "Riêng", **{**said, "visibility": "unit"})
    await describe(young, ("under_25", "25_34"))
    await describe(women, ("under_25",), ("female",))
    await describe(old, (), ("female",))
    await describe(hidden, ("45_plus",))
    caller = worker(union.north)
    assert await made_for(ask, caller, union, "AGE_BAND") == {
        ("25_34", None, None): (1, 1),
        ("under_25", None, None): (2, 2),
        (None, None, None): (2, 1),
    }
    assert await made_for(ask, caller, union, "GENDER", "AGE_BAND") == {
        ("25_34", None, None): (1, 1),
        ("under_25", "female", None): (1, 1),
        ("under_25", None, None): (1, 1),
        (None, "female", None): (1, 0),
        (None, None, None): (1, 1),
    }
    assert await made_for(ask, caller, union) == {(None, None, None): (4, 3)}
    assert await made_for(ask, ANONYMOUS, union, "AGE_BAND") == {}


@pytest.mark.parametrize("by", [["SHOE_SIZE"], ["GENDER", "GENDER"]], ids=["unknown", "twice"])
async def test_segments_that_there_are_not_are_refused(ask: Ask, union: Union, by: list[str]):
    reply = await ask(MADE_FOR, worker(union.root), all=topic_in(union.root.id, "labour_law"), by=by)
    assert reply.code == "INVALID_INPUT"


async def test_materials_are_counted_in_one_pass_however_many_topics_are_asked(ask: Ask, union: Union):
    await fill(union)
    with queries() as seen:
        await ask(
            MADE_FOR, worker(union.root), all=topic_in(union.root.id, "benefits", "labour_law", "x"), by=["GENDER"]
        )
    assert seen.count == 1, seen.texts


async def test_all_topics_are_counted_together(ask: Ask, union: Union):
    await fill(union)
    for topics in (("benefits",), ("benefits", "labour_law", "about_union")):
        with queries() as seen:
            await ask(HOLDING, worker(union.root), all=topic_in(union.root.id, *topics))
        assert seen.count == 3, seen.texts


async def whole_readings(statement: str) -> list[bool]:
    """Of each time that a statement's plan reads all materials, where it could look some up, whether it is repeated."""
    await db.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    await db.execute("SET LOCAL enable_seqscan = off")
    await db.execute(f"PREPARE counting AS {statement}")
    nothing = ", ".join("NULL" for _ in set(re.findall(r"\$\d+", statement)))
    (plan,) = orjson.loads(await db.value(f"EXPLAIN (FORMAT JSON) EXECUTE counting ({nothing})"))
    await db.execute("DEALLOCATE counting")

    def found(node: dict[str, Any], is_repeated: bool) -> Iterator[bool]:
        if node.get("Relation Name") == "asset" and node["Node Type"] == "Seq Scan":
            yield is_repeated
        for below in node.get("Plans", ()):
            is_inner = node["Node Type"] == "Nested Loop" and below["Parent Relationship"] == "Inner"
            yield from found(below, is_repeated or is_inner)

    return list(found(plan["Plan"], False))


@pytest.mark.parametrize("who", ["worker", "admin", "nobody", "system"])
async def test_materials_are_looked_up_and_never_read_whole(ask: Ask, union: Union, who: str):
    """Reading all of them took 0.2 s with 300,000 of them, and what is shared with all is most of them."""
    await fill(union)
    caller = {
        "worker": worker(union.factory),
        "admin": caller_as("admin", union.root),
        "nobody": ANONYMOUS,
        "system": SYSTEM,
    }[who]
    said: dict[str, Any] = {"all": topic_in(union.factory.id, "benefits", "labour_law")}
    for document, more in ((HOLDING, said), (MADE_FOR, said | {"by": ["AGE_BAND", "GENDER"]})):
        with queries() as seen:
            await ask(document, caller, **more)
        counting = [text for text in seen.texts if "topic_cell" in text]
        assert [await whole_readings(text) for text in counting] == [[]]
