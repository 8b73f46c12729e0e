"""What the archive holds on a topic for a unit, counted as far as the caller may see."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from archive_world import Union, add, worker

from kit.calendar import today
from kit.identity import ANONYMOUS
from kit.testing import Ask, queries

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


async def test_all_topics_are_counted_together(ask: Ask, union: Union):
    await fill(union)
    for topics in (("benefits",), ("benefits", "labour_law", "about_union")):
        with queries() as seen:
            await ask(HOLDING, worker(union.root), all=topic_in(union.root.id, *topics))
        assert seen.count == 3, seen.texts
