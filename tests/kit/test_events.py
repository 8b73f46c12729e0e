"""Events leave with the change, in one order, and are applied once."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis
from sample_service import service

from kit import db, events

pytestmark = pytest.mark.committed
HANDLERS = service.consumes["sample"]


@pytest.fixture
async def redis(valkey: str) -> Any:
    async with Redis.from_url(valkey) as opened:
        yield opened


async def seen() -> list[tuple[int, str]]:
    return [(row["number"], row["text"]) for row in await db.rows("SELECT number, text FROM seen ORDER BY number")]


async def publish(*texts: str) -> None:
    for text in texts:
        await events.publish("note.taken", {"text": text})


async def test_an_event_reaches_the_consumer(redis: Redis) -> None:
    await publish("một", "hai")
    assert await events.relay_once(redis, "sample") == 2
    assert await events.consume_once(redis, "sample", HANDLERS) == 2
    assert await seen() == [(1, "một"), (2, "hai")]


async def test_an_event_of_a_change_undone_never_existed(redis: Redis) -> None:
    with pytest.raises(RuntimeError):
        async with db.transaction():
            await publish("undone")
            raise RuntimeError
    await publish("kept")
    await events.relay_once(redis, "sample")
    await events.consume_once(redis, "sample", HANDLERS)
    assert await seen() == [(1, "kept")]


async def test_numbers_have_no_gaps_and_follow_commits(redis: Redis) -> None:
    await asyncio.gather(*(publish(str(n)) for n in range(20)))
    numbers = [row["number"] for row in await db.rows("SELECT number FROM outbox ORDER BY number")]
    assert numbers == list(range(1, 21))


async def test_two_relays_write_every_event_once(redis: Redis) -> None:
    await publish(*(str(n) for n in range(50)))
    await asyncio.gather(events.relay_once(redis, "sample"), events.relay_once(redis, "sample"))
    assert [int(i.split(b"-")[0]) for i, _ in await redis.xrange("loa:events:sample")] == list(range(1, 51))


async def test_two_consumers_apply_every_event_once(redis: Redis) -> None:
    await publish(*(str(n) for n in range(20)))
    await events.relay_once(redis, "sample")
    await asyncio.gather(*(events.consume_once(redis, "sample", HANDLERS) for _ in range(3)))
    assert await seen() == [(n + 1, str(n)) for n in range(20)]


async def test_a_consumer_that_was_down_catches_up_in_order(redis: Redis) -> None:
    await publish("a")
    await events.relay_once(redis, "sample")
    await events.consume_once(redis, "sample", HANDLERS)
    await publish("b", "c")
    await events.relay_once(redis, "sample")
    await events.consume_once(redis, "sample", HANDLERS)
    assert await seen() == [(1, "a"), (2, "b"), (3, "c")]


async def test_a_lost_stream_is_written_again(redis: Redis) -> None:
    await publish("a", "b")
    await events.relay_once(redis, "sample")
    await events.consume_once(redis, "sample", HANDLERS)
    await redis.flushdb()
    await publish("c")
    assert await events.relay_once(redis, "sample") == 3
    await events.consume_once(redis, "sample", HANDLERS)
    assert await seen() == [(1, "a"), (2, "b"), (3, "c")]


async def test_a_replay_rebuilds_from_zero(redis: Redis) -> None:
    await publish("a", "b")
    await events.relay_once(redis, "sample")
    await events.consume_once(redis, "sample", HANDLERS)
    await events.replay("sample", HANDLERS)
    assert await seen() == []
    await events.consume_once(redis, "sample", HANDLERS)
    assert await seen() == [(1, "a"), (2, "b")]


async def test_a_handlers_bug_stops_the_order_and_loses_nothing(redis: Redis) -> None:
    await publish("a")
    await events.publish("note.taken", {"text": "b", "fails": True})
    await publish("c")
    await events.relay_once(redis, "sample")
    with pytest.raises(RuntimeError, match="a handler's bug"):
        await events.consume_once(redis, "sample", HANDLERS)
    assert await seen() == [(1, "a")]
    assert await db.value("SELECT position FROM consumed") == 1


async def test_a_replay_while_events_are_applied_loses_none(redis: Redis) -> None:
    await publish("a", "b", "c", "d")
    await events.relay_once(redis, "sample")
    half_way, replayed = asyncio.Event(), False

    async def slowly_after_b(event: events.Event) -> None:
        await HANDLERS["note.taken"](event)
        if event.payload["text"] == "b" and not replayed:
            half_way.set()
            # Long enough for a replay that does not wait to forget everything but this event.
            await asyncio.sleep(0.2)

    async def replay() -> None:
        nonlocal replayed
        await half_way.wait()
        replayed = True
        await events.replay("sample", HANDLERS)

    handlers = {**HANDLERS, "note.taken": slowly_after_b}
    await asyncio.gather(replay(), events.consume_once(redis, "sample", handlers))
    while await events.consume_once(redis, "sample", handlers):
        pass
    assert await seen() == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


async def test_a_gap_in_the_stream_is_not_walked_over(redis: Redis) -> None:
    await publish("a", "b")
    await events.relay_once(redis, "sample")
    await redis.xdel("loa:events:sample", "1-0")
    with pytest.raises(events.EventsMissing):
        await events.consume_once(redis, "sample", HANDLERS)
    assert await seen() == []
