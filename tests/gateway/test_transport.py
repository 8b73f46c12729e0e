"""The connections to the services: kept, bounded, and repeated only when a kept one turns out to be closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from gateway.execution.run import SubgraphFailed
from gateway.transport import HttpPool, PoolLimits

Handler = Callable[[int, asyncio.StreamReader, asyncio.StreamWriter], object]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head + await reader.readexactly(length)


@asynccontextmanager
async def pool_to(handle: Handler, **changes: float) -> AsyncIterator[tuple[HttpPool, list[int]]]:
    """A pool to a server of the test's own, and the numbers of the connections it was asked on."""
    asked: list[int] = []
    opened = 0

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        number = opened
        try:
            while True:
                await read_request(reader)
                asked.append(number)
                await handle(len(asked), reader, writer)  # type: ignore[misc]
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    limits = {"timeout": 5.0, "connections": 4, "response_bytes": 1000, "idle_seconds": 4.0, **changes}
    pool = HttpPool(f"http://127.0.0.1:{port}/graphql", PoolLimits(**limits))  # type: ignore[arg-type]
    try:
        yield pool, asked
    finally:
        await pool.close()
        server.close()


async def answer_ok(_: int, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)


async def test_a_connection_is_kept_for_the_next_request() -> None:
    async with pool_to(answer_ok) as (pool, asked):
        for _ in range(3):
            assert await pool.post(b"{}", b"", repeatable=True) == b"{}"
        assert asked == [1, 1, 1]


async def test_no_more_connections_than_allowed() -> None:
    async def slowly(_: int, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        writer.write(OK)

    async with pool_to(slowly) as (pool, asked):
        await asyncio.gather(*[pool.post(b"{}", b"", repeatable=True) for _ in range(20)])
        assert set(asked) == {1, 2, 3, 4}
        assert len(asked) == 20


async def close_after_first(number: int, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if number == 1:
        writer.write(OK)
        return
    if number == 2:
        writer.close()
        return
    writer.write(OK)


async def test_a_query_is_repeated_when_the_kept_connection_was_closed() -> None:
    async with pool_to(close_after_first) as (pool, asked):
        await pool.post(b"{}", b"", repeatable=True)
        assert await pool.post(b"{}", b"", repeatable=True) == b"{}"
        assert asked == [1, 1, 2]


async def test_a_mutation_is_not() -> None:
    async with pool_to(close_after_first) as (pool, asked):
        await pool.post(b"{}", b"", repeatable=False)
        with pytest.raises(SubgraphFailed):
            await pool.post(b"{}", b"", repeatable=False)
        assert asked == [1, 1]


async def test_a_new_connection_that_is_closed_is_not_tried_again() -> None:
    async def hang_up(_: int, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with pool_to(hang_up) as (pool, asked):
        with pytest.raises(SubgraphFailed):
            await pool.post(b"{}", b"", repeatable=True)
        assert asked == [1]


async def test_an_answer_that_breaks_off_is_not_repeated() -> None:
    async def half(number: int, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK if number == 1 else b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{")
        if number > 1:
            writer.close()

    async with pool_to(half) as (pool, asked):
        await pool.post(b"{}", b"", repeatable=True)
        with pytest.raises(SubgraphFailed, match="closed before"):
            await pool.post(b"{}", b"", repeatable=True)
        assert asked == [1, 1]


async def test_an_old_connection_is_not_used_again() -> None:
    async with pool_to(answer_ok, idle_seconds=0.05) as (pool, asked):
        await pool.post(b"{}", b"", repeatable=False)
        await asyncio.sleep(0.1)
        await pool.post(b"{}", b"", repeatable=False)
        assert asked == [1, 2]


async def test_a_connection_that_says_close_is_not_kept() -> None:
    async def closing(_: int, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK.replace(b"content-length", b"connection: close\r\ncontent-length"))

    async with pool_to(closing) as (pool, asked):
        await pool.post(b"{}", b"", repeatable=True)
        await pool.post(b"{}", b"", repeatable=True)
        assert asked == [1, 2]


async def test_chunked_answers_are_read() -> None:
    async def chunked(_: int, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(b"1\r\n}\r\n0\r\n\r\n")

    async with pool_to(chunked) as (pool, _):
        assert await pool.post(b"{}", b"", repeatable=True) == b"{}"


async def test_bytes_after_an_answer_are_never_taken_for_the_next() -> None:
    async def twice(number: int, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + OK.replace(b"{}", b"[]") if number == 1 else OK)

    async with pool_to(twice) as (pool, _):
        for _ in range(3):
            assert await pool.post(b"{}", b"", repeatable=True) == b"{}"


@pytest.mark.parametrize("nonsense", [b"SSH-2.0-OpenSSH\r\n\r\n", b"\x00" * 50, b"HTTP/1.1 two hundred\r\n\r\n"])
async def test_what_is_not_http_is_a_failure(nonsense: bytes) -> None:
    async def talk(_: int, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(nonsense)

    async with pool_to(talk) as (pool, _):
        with pytest.raises(SubgraphFailed, match="not HTTP"):
            await pool.post(b"{}", b"", repeatable=True)


async def test_size_and_time_are_bounded() -> None:
    async def large(_: int, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n" + b"x" * 5000)

    async def never(_: int, __: asyncio.StreamReader, ___: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.5)

    async with pool_to(large) as (pool, _):
        with pytest.raises(SubgraphFailed, match="larger than 1000"):
            await pool.post(b"{}", b"", repeatable=True)
    async with pool_to(never, timeout=0.05) as (pool, asked):
        with pytest.raises(SubgraphFailed, match="no answer"):
            await pool.post(b"{}", b"", repeatable=True)
        assert asked == [1]


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not an http"):
        HttpPool("org:8001", PoolLimits(1, 1, 1, 1))
