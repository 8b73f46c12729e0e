"""Which places there are the archive learns from org, in order, replaced code by code, and again from the start."""

from datetime import date
from typing import Any

import asyncpg
import pytest
from archive_world import Union
from places_world import COMMUNES, DISTRICTS, PROVINCES, REFORM, place, tell_places, version
from redis.asyncio import Redis
from test_units_follow_org import HISTORY, relay
from tortoise.exceptions import IntegrityError

from kit import db, events
from media_archive.app import service

FIRST = date.fromisoformat(REFORM)


async def known() -> list[tuple[Any, ...]]:
    rows = await db.rows(
        """SELECT kind, code, name_vi, name_en, province_code, nullif(since, '-infinity') AS since, until
           FROM place ORDER BY code, place.since"""
    )
    return [tuple(row) for row in rows]


async def test_places_are_known_with_their_days():
    await tell_places(*PROVINCES[:3], *DISTRICTS)
    assert await known() == [
        ("district", "001", "Quận Ba Đình", None, "01", None, FIRST),
        ("province", "01", "Thành phố Hà Nội", "Ha Noi City", "01", None, None),
        ("province", "10", "Tỉnh Lào Cai", "Lao Cai Province", "10", None, FIRST),
        ("province", "15", "Tỉnh Yên Bái", "Yen Bai Province", "15", None, FIRST),
        ("province", "15", "Tỉnh Lào Cai", "Lao Cai Province", "15", FIRST, None),
    ]


async def test_what_is_told_of_a_code_replaces_what_was_known_of_it_and_of_no_other():
    await tell_places(*COMMUNES, *PROVINCES[:1])
    before = await known()
    await tell_places(place("commune", "00004", version("Phường Ba Đình mới", "Ba Dinh Ward", "01", REFORM, None)))
    assert await known() == [
        ("commune", "00004", "Phường Ba Đình mới", "Ba Dinh Ward", "01", FIRST, None),
        *[row for row in before if row[1] != "00004"],
    ]
    await tell_places(place("commune", "00004"))
    assert await known() == [row for row in before if row[1] != "00004"]


async def test_the_same_told_twice_changes_nothing():
    await tell_places(*PROVINCES, *COMMUNES)
    before = await known(), await db.value("SELECT count(*) FROM asset_change")
    await tell_places(*COMMUNES)
    assert (await known(), await db.value("SELECT count(*) FROM asset_change")) == before


@pytest.mark.committed
async def test_events_are_applied_and_replayed_from_zero(valkey: str, database: object):
    corrected = place("commune", "06649", version("Phường Hòn Gai", None, "22", REFORM, None))
    told = [HISTORY[0], *[("places.changed", {"places": some}) for some in (PROVINCES, COMMUNES, [corrected])]]
    handlers = service.consumes["org"]
    async with Redis.from_url(valkey) as redis:
        await relay(redis, told)
        assert await events.consume_once(redis, "org", handlers) == 4
        before = await known()
        assert ("commune", "06649", "Phường Hòn Gai", None, "22", FIRST, None) in before
        assert len(before) == 8
        await events.replay("org", handlers)
        assert await known() == []
        assert await events.consume_once(redis, "org", handlers) == 4
        assert await known() == before


BROKEN = {
    "place_pkey": "INSERT INTO place (code, kind, since, name_vi, province_code) SELECT code, kind, since, 'x', '01' FROM place",
    "place_ends_later": "UPDATE place SET until = '2020-01-01', since = '2020-01-01'",
}


@pytest.mark.parametrize("constraint", BROKEN)
async def test_the_database_keeps_the_rules_of_places(union: Union, constraint: str):
    await tell_places(*DISTRICTS)
    with pytest.raises((IntegrityError, asyncpg.IntegrityConstraintViolationError)) as broken:
        async with db.transaction():
            await db.execute(BROKEN[constraint])
    assert db.violated(broken.value) == constraint
