"""The way to the services: a small pool of HTTP/1.1 connections to each, every answer bounded in time and size."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools

from gateway.execution.run import SubgraphFailed

JSON_STATUSES = (200, 400, 401, 403, 422, 429)
"""Statuses under which a service may still tell GraphQL errors; with any other its answer is not read as one."""


class StaleConnection(Exception):
    """The service had closed a kept connection before it saw the request."""


@dataclass(frozen=True)
class PoolLimits:
    """Bounds of the requests to one service; times in seconds."""

    timeout: float
    connections: int
    response_bytes: int
    idle_seconds: float


class HttpPool:
    """Posts GraphQL requests to one service; `Subgraph` in the executor's words."""

    def __init__(self, endpoint: str, limits: PoolLimits) -> None:
        url = urlsplit(endpoint)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"not an http(s) URL of a service: {endpoint!r}")
        self.host = url.hostname
        self.port = url.port or (443 if url.scheme == "https" else 80)
        self.tls = url.scheme == "https"
        self.limits = limits
        self._head = (
            f"POST {url.path or '/'} HTTP/1.1\r\n"
            f"host: {url.netloc}\r\n"
            "content-type: application/json\r\n"
            "accept: application/json\r\n"
        ).encode()
        self._idle: deque[_Connection] = deque()
        self._busy: set[_Connection] = set()
        self._places = asyncio.Semaphore(limits.connections)

    async def post(self, body: bytes, headers: bytes, *, repeatable: bool) -> bytes:
        """Returns the body of the answer; raises `SubgraphFailed` with the reason, for the log.

        `headers` are complete header lines. A request is sent again only if a kept connection turns out to be closed
        and the request is `repeatable`, and then on a new connection.
        """
        request = b"%s%scontent-length: %d\r\n\r\n%s" % (self._head, headers, len(body), body)
        try:
            async with asyncio.timeout(self.limits.timeout), self._places:
                return await self._send(request, repeatable=repeatable)
        except TimeoutError as late:
            raise SubgraphFailed(f"no answer within {self.limits.timeout} s") from late
        except (OSError, StaleConnection) as error:
            raise SubgraphFailed(f"connection: {error}") from error

    async def close(self) -> None:
        for connection in (*self._idle, *self._busy):
            connection.abort()
        self._idle.clear()

    async def _send(self, request: bytes, *, repeatable: bool) -> bytes:
        kept = self._kept()
        if kept is None:
            return await self._exchange(await self._connect(), request)
        try:
            return await self._exchange(kept, request)
        except StaleConnection:
            if not repeatable:
                raise
        return await self._exchange(await self._connect(), request)

    async def _exchange(self, connection: _Connection, request: bytes) -> bytes:
        self._busy.add(connection)
        try:
            body = await connection.send(request)
        except BaseException:
            connection.abort()
            raise
        finally:
            self._busy.discard(connection)
        self._keep(connection)
        return body

    def _kept(self) -> _Connection | None:
        # The connection used last is taken first, so that those not needed any more grow old and are dropped.
        oldest = time.monotonic() - self.limits.idle_seconds
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and connection.used_at > oldest:
                return connection
            connection.abort()
        return None

    def _keep(self, connection: _Connection) -> None:
        if not connection.is_open:
            return
        self._idle.append(connection)
        oldest = time.monotonic() - self.limits.idle_seconds
        while self._idle and self._idle[0].used_at <= oldest:
            self._idle.popleft().abort()

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: _Connection(self.limits.response_bytes), self.host, self.port, ssl=self.tls or None
        )
        return connection


class _Connection(asyncio.Protocol):
    """One connection with at most one request under way."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used_at = time.monotonic()
        self.is_open = False
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[bytes] | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._heard = False
        self._requests = 0

    def send(self, request: bytes) -> asyncio.Future[bytes]:
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._parts, self._size, self._heard = [], 0, False
        self._requests += 1
        self._transport.write(request)
        return self._answer

    def abort(self) -> None:
        self.is_open = False
        if self._transport:
            self._transport.abort()

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not inherit from asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        if self._parser is None or self._answer is None or self._answer.done():
            self.abort()  # Bytes that nobody asked for: what follows could be taken for the next answer.
            return
        self._heard = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(SubgraphFailed(f"not HTTP: {error}"))

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        stale = self._requests > 1 and not self._heard
        self._fail(
            StaleConnection() if stale else SubgraphFailed("the connection was closed before the answer was complete")
        )

    # What the parser calls

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > self.limit:
            self._fail(SubgraphFailed(f"the answer is larger than {self.limit} bytes"))
            return
        self._parts.append(body)

    def on_message_complete(self) -> None:
        assert self._parser is not None
        assert self._answer is not None
        status = self._parser.get_status_code()
        self.is_open = self.is_open and self._parser.should_keep_alive()
        self.used_at = time.monotonic()
        if status not in JSON_STATUSES:
            self._fail(SubgraphFailed(f"status {status}"))
        elif not self._answer.done():
            self._answer.set_result(self._parts[0] if len(self._parts) == 1 else b"".join(self._parts))

    def _fail(self, reason: Exception) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(reason)
