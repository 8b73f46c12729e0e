"""What org tells of units reaches the archive, in order, also late, and again from the start."""

from typing import Any
from uuid import UUID

import orjson
import pytest
from archive_world import TestUnit, Union, add, tell, tell_topics, worker
from redis.asyncio import Redis

from kit import db, events
from kit.identity import SYSTEM
from kit.testing import Ask
from media_archive.app import service
from media_archive.search.follow import Follower
from media_archive.units.service import ORG_EVENTS, units_to_choose


async def units() -> dict[int, tuple[Any, ...]]:
    rows = await db.rows("SELECT number, path, name_vi, parent_id, tree_version FROM unit ORDER BY number")
    return {row["number"]: tuple(row)[1:] for row in rows}


async def test_units_are_known_by_name_and_place(union: Union):
    assert (await units())[3] == ("000010000200003", union.factory.name_vi, union.north.id, 3)


async def test_a_rename_changes_names_only(union: Union):
    before = await units()
    await tell(
        "unit.renamed",
        id=str(union.north.id),
        name_vi="Mới",
        name_en="New",
        short_name="M",
        valid_from="2025-07-01",
        tree_version=9,
    )
    after = await units()
    assert after.pop(2) == (before.pop(2)[0], "Mới", union.root.id, 9)
    assert after == before


async def move_factory(union: Union) -> None:
    await tell(
        "unit.moved",
        id=str(union.factory.id),
        parent_id=str(union.south.id),
        old_path=union.factory.path,
        new_path=union.south.path + "00003",
        valid_from="2025-07-01",
        tree_version=10,
    )


async def test_a_move_takes_assets_along_in_lists_rights_and_searches(ask: Ask, union: Union, search: Follower):
    asset_id = await add(union.factory, "Bản tin xưởng", visibility="unit")
    await search.catch_up()
    await move_factory(union)
    assert await search.catch_up() == 1
    assert (await units())[3] == ("000010000400003", union.factory.name_vi, union.south.id, 10)
    assert await db.value("SELECT unit_path FROM asset WHERE id = $1::uuid", asset_id) == "000010000400003"
    document = '{ searchAssets(query: "ban tin") { totalCount } }'
    assert (await ask(document, worker(union.south))).field == {"totalCount": 1}
    assert (await ask(document, worker(union.north))).field == {"totalCount": 0}
    within = 'query ($id: ID!) { searchAssets(query: "ban tin", within: $id) { totalCount } }'
    assert (await ask(within, SYSTEM, id=str(union.south.id))).field == {"totalCount": 1}
    assert (await ask(within, SYSTEM, id=str(union.north.id))).field == {"totalCount": 0}


async def test_a_move_takes_everything_below_along(union: Union):
    below = await add(union.factory, "Của xưởng")
    beside = await add(union.mine, "Của mỏ")
    await tell(
        "unit.moved",
        id=str(union.north.id),
        parent_id=str(union.mine.id),
        old_path=union.north.path,
        new_path=union.mine.path + "00002",
        valid_from="2025-07-01",
        tree_version=11,
    )
    paths = {number: row[0] for number, row in (await units()).items()}
    assert paths == {1: "00001", 2: "000010000500002", 3: "00001000050000200003", 4: "0000100004", 5: "0000100005"}
    assert await db.value("SELECT unit_path FROM asset WHERE id = $1::uuid", below) == "00001000050000200003"
    assert await db.value("SELECT unit_path FROM asset WHERE id = $1::uuid", beside) == "0000100005"


def state(unit: TestUnit, path: str, parent: TestUnit, **more: Any) -> dict[str, Any]:
    """Everything that org tells of a unit; the archive has no use for its dated paths."""
    scope = {"path": unit.path, "since": "2023-01-01", "until": more.get("closed_on")}
    told = created(unit.number, path, str(parent.id)) | {"name_vi": unit.name_vi, "created_on": "2023-01-01"}
    del told["valid_from"], told["tree_version"]
    return told | {"closed_on": None, "scopes": [scope]} | more


async def merge_factory_into_mine(union: Union) -> None:
    """The factory's union closes; the mine's keeps its records."""
    closed = state(union.factory, union.mine.path + "00003", union.north, closed_on="2025-07-01")
    await tell("units.rewritten", units=[state(union.mine, union.mine.path, union.root), closed], tree_version=12)


async def test_rewritten_units_replace_what_was_known(union: Union):
    new = TestUnit(UUID(int=6), 6, "0000100006", "Liên đoàn mới")
    renamed = state(union.factory, "000010000600003", new, name_vi="Tên khác", level="section")
    await tell("units.rewritten", units=[state(new, new.path, union.root), renamed], tree_version=12)
    known = await units()
    assert known[6] == ("0000100006", "Liên đoàn mới", union.root.id, 12)
    assert known[3] == ("000010000600003", "Tên khác", new.id, 12)
    assert await db.value("SELECT level FROM unit WHERE number = 3") == "section"


async def test_the_materials_of_a_closed_unit_are_found_by_its_heir(ask: Ask, union: Union, search: Follower):
    asset_id = await add(union.factory, "Bản tin xưởng", visibility="unit")
    beside = await add(union.north, "Bản tin tỉnh", visibility="unit")
    await search.catch_up()
    await merge_factory_into_mine(union)
    assert await search.catch_up() == 1
    where = "SELECT unit_path FROM asset WHERE id = $1::uuid"
    assert await db.value(where, asset_id) == "000010000500003"
    assert await db.value(where, beside) == union.north.path
    document = '{ searchAssets(query: "ban tin") { totalCount nodes { asset { id unit { id } } } } }'
    found = (await ask(document, worker(union.mine))).field
    # It still names the unit that made it.
    assert found == {"totalCount": 1, "nodes": [{"asset": {"id": asset_id, "unit": {"id": str(union.factory.id)}}}]}
    within = 'query ($id: ID!) { searchAssets(query: "ban tin", within: $id) { totalCount } }'
    assert (await ask(within, SYSTEM, id=str(union.mine.id))).field == {"totalCount": 1}
    assert (await ask(within, SYSTEM, id=str(union.north.id))).field == {"totalCount": 1}


async def test_those_who_governed_a_closed_unit_see_its_own_materials_no_more(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin xưởng", visibility="unit")
    await merge_factory_into_mine(union)
    document = "query ($id: ID!) { asset(id: $id) { title } }"
    assert (await ask(document, worker(union.mine), id=asset_id)).field == {"title": "Bản tin xưởng"}
    assert (await ask(document, worker(union.north), id=asset_id)).field is None


async def test_a_closed_unit_still_shows_its_materials(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Bản tin xưởng", visibility="public")
    await merge_factory_into_mine(union)
    document = """query ($of: [_Any!]!) { _entities(representations: $of) {
      ... on Unit { assetCount newestAssets { id } } } }"""
    closed = {"__typename": "Unit", "id": str(union.factory.id)}
    (shown,) = (await ask(document, of=[closed])).field
    assert shown == {"assetCount": 1, "newestAssets": [{"id": asset_id}]}


async def test_a_closed_unit_is_not_offered_to_choose_from(union: Union):
    async def offered(chosen: UUID | None) -> list[str]:
        return [unit.name_vi for unit in await units_to_choose([union.root.path], chosen)]

    tops = [union.root.name_vi, union.north.name_vi, union.south.name_vi, union.mine.name_vi]
    assert await offered(union.factory.id) == [*tops[:2], union.factory.name_vi, *tops[2:]]
    await merge_factory_into_mine(union)
    assert await offered(union.factory.id) == tops
    below_mine = [unit.name_vi for unit in await units_to_choose([union.mine.path], None)]
    assert below_mine == [union.mine.name_vi]


async def test_a_vocabulary_replaces_the_one_before(union: Union):
    await tell("vocabulary.changed", vocabulary="topic", terms=[])
    assert await db.value("SELECT count(*) FROM term") == 0
    await tell_topics()
    assert await db.value("SELECT string_agg(code, ',' ORDER BY position) FROM term") == "labour_law,benefits"


def created(number: int, path: str, parent: str | None) -> dict[str, Any]:
    return {
        "id": f"00000000-0000-0000-0000-{number:012}",
        "number": number,
        "path": path,
        "parent_id": parent,
        "name_vi": f"Đơn vị {number}",
        "name_en": f"Unit {number}",
        "short_name": None,
        "code": f"U{number}",
        "level": "grassroots",
        "kind": "federation",
        "region": None,
        "valid_from": "2024-01-01",
        "tree_version": number,
    }


HISTORY: list[tuple[str, dict[str, Any]]] = [
    ("unit.created", created(1, "00001", None)),
    ("unit.created", created(2, "0000100002", "00000000-0000-0000-0000-000000000001")),
    ("unit.created", created(3, "000010000200003", "00000000-0000-0000-0000-000000000002")),
    ("unit.created", created(4, "0000100004", "00000000-0000-0000-0000-000000000001")),
    (
        "headcount.published",
        {"unit_id": "00000000-0000-0000-0000-000000000001", "day": "2024-01-01", "cells": [], "tree_version": 4},
    ),
    (
        "unit.moved",
        {
            "id": "00000000-0000-0000-0000-000000000003",
            "parent_id": "00000000-0000-0000-0000-000000000004",
            "old_path": "000010000200003",
            "new_path": "000010000400003",
            "valid_from": "2025-07-01",
            "tree_version": 5,
        },
    ),
]


# The factory closes, and what it left is kept by the unit that it had been moved away from.
CLOSED: dict[str, Any] = {
    **created(3, "000010000200003", "00000000-0000-0000-0000-000000000004"),
    "created_on": "2024-01-01",
    "closed_on": "2026-01-01",
    "scopes": [
        {"path": "000010000200003", "since": "2024-01-01", "until": "2025-07-01"},
        {"path": "000010000400003", "since": "2025-07-01", "until": "2026-01-01"},
    ],
}
HISTORY.append(("units.rewritten", {"units": [CLOSED], "tree_version": 6}))


async def everything_learnt() -> list[list[db.Record]]:
    """What a replay must give again, and where it must leave the assets."""
    learnt = [await db.rows(f"SELECT * FROM {table} AS learnt ORDER BY learnt") for table in ("unit", "term")]
    return [*learnt, await db.rows("SELECT id, unit_id, unit_path FROM asset ORDER BY id")]


async def relay(redis: Redis, entries: list[tuple[str, dict[str, Any]]], start: int = 1) -> None:
    """Org's side of the stream, as its relay writes it."""
    for number, (what, payload) in enumerate(entries, start=start):
        fields = {"type": what, "payload": orjson.dumps(payload), "at": "2026-01-01T00:00:00+00:00"}
        await redis.xadd(events.stream_of("org"), fields, id=f"{number}-0")


@pytest.mark.committed
async def test_events_are_applied_after_being_down_and_replayed_from_zero(valkey: str, database: object):
    async with Redis.from_url(valkey) as redis:
        await relay(redis, HISTORY[:3])
        assert await events.consume_once(redis, "org", service.consumes["org"]) == 3

        asset_id = await add(TestUnit(UUID(int=3), 3, "", ""), "Bản tin")
        # The worker is down while org moves the unit.
        await relay(redis, HISTORY[3:6], start=4)
        assert await events.consume_once(redis, "org", service.consumes["org"]) == 3
        where = "SELECT unit_path FROM asset WHERE id = $1::uuid"
        assert (await units())[3][0] == await db.value(where, asset_id) == "000010000400003"
        await relay(redis, HISTORY[6:], start=7)
        assert await events.consume_once(redis, "org", service.consumes["org"]) == 1
        known = await everything_learnt()
        assert await db.value(where, asset_id) == "000010000200003"

        await events.replay("org", ORG_EVENTS)
        assert await units() == {}
        assert await db.value(where, asset_id) == "000010000200003"
        assert await events.consume_once(redis, "org", service.consumes["org"]) == 7
        assert await everything_learnt() == known
