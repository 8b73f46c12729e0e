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
from media_archive.units.service import ORG_EVENTS


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
        await relay(redis, HISTORY[3:], start=4)
        assert await events.consume_once(redis, "org", service.consumes["org"]) == 3
        known = await units()
        where = "SELECT unit_path FROM asset WHERE id = $1::uuid"
        assert known[3][0] == await db.value(where, asset_id) == "000010000400003"

        await events.replay("org", ORG_EVENTS)
        assert await units() == {}
        assert await db.value(where, asset_id) == "000010000400003"
        assert await events.consume_once(redis, "org", service.consumes["org"]) == 6
        assert await units() == known
        assert await db.value(where, asset_id) == "000010000400003"
