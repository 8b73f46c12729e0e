"""Events between services: an outbox written with the change, relayed in one order, applied effectively once.

A number taken under a lock makes commit order and number order the same, so a reader that has seen number n has seen
all before it. The relay uses the number as the stream's entry id: the stream itself refuses a repeated or late one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from kit import db

log = logging.getLogger("kit.events")

_OUTBOX_LOCK = 7421002
_BATCH = 500
_TOO_SMALL = "equal or smaller"
RESET = "@reset"

Handlers = Mapping[str, Callable[["Event"], Awaitable[None]]]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in another service. `number` counts from 1 without gaps."""

    number: int
    type: str
    at: datetime
    payload: dict[str, Any]


class EventsMissing(Exception):
    """A stream lacks events that this consumer has not seen; going on would leave them out for good."""


def stream_of(service: str) -> str:
    """Return the name of the stream on which a service tells what happened."""
    return f"loa:events:{service}"


async def publish(type: str, payload: Mapping[str, Any]) -> int:
    """Write an event with the change it tells of, in the same transaction; return its number."""
    body = orjson.dumps(payload).decode()
    async with db.transaction():
        await db.execute("SELECT pg_advisory_xact_lock($1)", _OUTBOX_LOCK)
        return await db.value(
            "INSERT INTO outbox (number, type, payload)"
            " SELECT coalesce(max(number), 0) + 1, $1, $2::jsonb FROM outbox RETURNING number",
            type,
            body,
        )


async def publish_all(type: str, payloads: Sequence[Mapping[str, Any]]) -> None:
    """Write many events of one type, in their order and in one statement, with the changes they tell of."""
    if not payloads:
        return
    async with db.transaction():
        await db.execute("SELECT pg_advisory_xact_lock($1)", _OUTBOX_LOCK)
        await db.execute(
            "INSERT INTO outbox (number, type, payload)"
            " SELECT (SELECT coalesce(max(number), 0) FROM outbox) + position, $1, body"
            " FROM unnest($2::jsonb[]) WITH ORDINALITY AS told (body, position)",
            type,
            [orjson.dumps(payload).decode() for payload in payloads],
        )


async def relay_once(redis: Redis, service: str) -> int:
    """Copy what the stream does not hold yet from the outbox; return how many entries were added.

    A stream that was lost is written again from the first event, because its last id is read each time.
    """
    stream = stream_of(service)
    last = await _last_number(redis, stream)
    rows = await db.rows(
        "SELECT number, type, payload, at FROM outbox WHERE number > $1 ORDER BY number LIMIT $2", last, _BATCH
    )
    for row in rows:
        fields: dict[Any, Any] = {"type": row["type"], "payload": row["payload"], "at": row["at"].isoformat()}
        try:
            await redis.xadd(stream, fields, id=f"{row['number']}-0")
        except ResponseError as error:
            # Another relay was faster: the entry is there.
            if _TOO_SMALL not in str(error):
                raise
    return len(rows)


async def _last_number(redis: Redis, stream: str) -> int:
    newest = await redis.xrevrange(stream, count=1)
    return int(newest[0][0].split(b"-")[0]) if newest else 0


async def consume_once(redis: Redis, service: str, handlers: Handlers, *, block_ms: int | None = None) -> int:
    """Apply the next events of another service's stream; return how many are done with.

    A replay that begins meanwhile ends it: what was read lies ahead of the new position. EventsMissing when the stream
    does not go on where this consumer stands.
    """
    stream = stream_of(service)
    position = await db.value("SELECT position FROM consumed WHERE stream = $1", stream) or 0
    reply = await redis.xread({stream: f"{position}-0"}, count=_BATCH, block=block_ms)
    read = [_event(entry_id, fields) for entry_id, fields in (reply[0][1] if reply else [])]
    if read and read[0].number != position + 1:
        raise EventsMissing(f"{stream} goes on with {read[0].number} after {position}")
    for count, event in enumerate(read):
        if not await _apply(stream, event, handlers):
            return count
    return len(read)


def _event(entry_id: bytes, fields: Mapping[bytes, bytes]) -> Event:
    return Event(
        number=int(entry_id.split(b"-")[0]),
        type=fields[b"type"].decode(),
        at=datetime.fromisoformat(fields[b"at"].decode()),
        payload=orjson.loads(fields[b"payload"]),
    )


async def _apply(stream: str, event: Event, handlers: Handlers) -> bool:
    """Apply an event unless that was done before; return False when events before it are still to be applied."""
    async with db.transaction():
        # Two workers must not apply one event twice.
        position = await _locked_position(stream)
        if event.number != position + 1:
            return event.number <= position
        handler = handlers.get(event.type)
        if handler is not None:
            await handler(event)
        await db.execute("UPDATE consumed SET position = $2 WHERE stream = $1", stream, event.number)
    return True


async def _locked_position(stream: str) -> int:
    await db.execute("INSERT INTO consumed (stream) VALUES ($1) ON CONFLICT DO NOTHING", stream)
    return await db.value("SELECT position FROM consumed WHERE stream = $1 FOR UPDATE", stream)


async def replay(service: str, handlers: Handlers) -> None:
    """Forget everything learnt from a service (its `@reset` handler does) and read its stream again from the start."""
    async with db.transaction():
        # An event that is being applied is waited for, or what it wrote would be left behind.
        await _locked_position(stream_of(service))
        await handlers[RESET](Event(number=0, type=RESET, at=datetime.now(UTC), payload={}))
        await db.execute("UPDATE consumed SET position = 0 WHERE stream = $1", stream_of(service))


async def keep_relaying(redis: Redis, service: str, *, pause: float = 0.2) -> None:
    """Relay until cancelled; outages of Valkey and PostgreSQL are waited out."""
    await _keep_doing(lambda: relay_once(redis, service), f"relay of {service}", pause)


async def keep_consuming(redis: Redis, service: str, handlers: Handlers, *, pause: float = 0.2) -> None:
    """Consume until cancelled; outages are waited out, and a failing handler is tried again, so that order holds."""
    await _keep_doing(lambda: consume_once(redis, service, handlers), f"events of {service}", pause)


async def _keep_doing(step: Callable[[], Awaitable[int]], what: str, pause: float) -> None:
    wait = pause
    while True:
        try:
            count = await step()
            wait = pause
        except (RedisConnectionError, RedisTimeoutError, OSError) as error:
            log.warning("%s: waiting for a connection: %s", what, type(error).__name__)
            count, wait = 0, min(wait * 2, 5)
        except Exception:
            # A handler's bug must not skip an event: tell it and try again.
            log.exception("%s: will be tried again", what)
            count, wait = 0, min(wait * 2, 5)
        if count < _BATCH:
            await asyncio.sleep(wait)
