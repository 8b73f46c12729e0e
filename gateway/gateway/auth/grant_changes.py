"""Listens to org's events for changed grants, so that a withdrawn right ends at once and not a minute later."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.auth.passports import Passports

log = logging.getLogger("gateway.auth")

STREAM = "loa:events:org"
BLOCK_MILLISECONDS = 5_000
PAUSE_SECONDS = 1.0
BATCH = 500


async def follow_grant_changes(redis: Redis, passports: Passports) -> None:
    """Forget passports as `grant.changed` events arrive, for ever; what happened before the start doesn't matter.

    While Valkey can't be reached nothing is heard: everything is forgotten when it comes back, and listening goes on
    after the last event that was seen.
    """
    position: bytes | None = None
    while True:
        try:
            position = position or await _newest(redis)
            # What was exchanged before the position was known may already be out of date.
            passports.forget_all()
            while True:
                position = await _forget_changed(redis, passports, position)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("org's events can't be followed at the moment: %s", type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS)


async def _newest(redis: Redis) -> bytes:
    newest = cast("list[tuple[bytes, Any]]", await redis.xrevrange(STREAM, count=1))
    return newest[0][0] if newest else b"0-0"


async def _forget_changed(redis: Redis, passports: Passports, position: bytes) -> bytes:
    answer = await redis.xread({STREAM: position}, count=BATCH, block=BLOCK_MILLISECONDS)
    streams = cast("list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]]", answer or [])
    entries = [entry for _stream, entries in streams for entry in entries]
    for _number, fields in entries:
        if fields.get(b"type") == b"grant.changed":
            _forget(passports, fields.get(b"payload", b""))
    return entries[-1][0] if entries else position


def _forget(passports: Passports, payload: bytes) -> None:
    try:
        passports.forget(str(orjson.loads(payload)["subject"]))
    except (orjson.JSONDecodeError, KeyError, TypeError):
        # An event that can't be read changed somebody's grants all the same.
        passports.forget_all()
