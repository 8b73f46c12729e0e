"""Connections to one service: raw HTTP/1.1 with back-pressure both ways, for a tenth of a general client's cost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast
from urllib.parse import urlsplit

import httptools

from loa.front_door.headers import Headers

CONNECT_SECONDS = 2.0
WAIT_SECONDS = 5.0
IDLE_SECONDS = 3.0
"""Shorter than the services' keep-alive (uvicorn: 5 s), so that a connection isn't used just as it is being closed."""
MOST_BUFFERED = 256 * 1024
LONGEST_HEAD = 64 * 1024


class UpstreamError(Exception):
    """The service can't be reached, or broke off, or doesn't speak HTTP."""


class Unreachable(UpstreamError):
    """There is no connection to be had: the service is down or all connections are taken."""


class ClosedUnanswered(UpstreamError):
    """A kept connection was closed without a single byte of an answer."""


class Connection(asyncio.Protocol):
    """One connection, used for one exchange after another."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._writable: asyncio.Future[None] | None = None
        self._readable: asyncio.Future[None] | None = None
        self.idle_since = 0.0
        self.is_reused = False
        self._reset(is_head=False)

    def _reset(self, *, is_head: bool) -> None:
        self.head: asyncio.Future[None] = self._loop.create_future()
        self.status = 0
        self.headers: Headers = []
        self.is_complete = False
        self._is_head = is_head
        self._is_answered = False
        self._until_eof = False
        self._keeps_alive = False
        self._head_size = 0
        self._received_of_head = 0
        self._chunks: list[bytes] = []
        self._buffered = 0
        self._reading_paused = False
        self._error: Exception | None = None

    # --- used by the proxy

    def start(self, head: bytes, *, is_head: bool) -> None:
        """Begin an exchange: write the request's head (with as much of the body as is there)."""
        self._reset(is_head=is_head)
        self._parser = httptools.HttpResponseParser(self)
        self.write(head)

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the service has taken enough of what was written."""
        if self._writable is not None:
            await self._writable
        if self._error is not None:
            raise self._error

    async def read(self) -> bytes:
        """Return what has arrived of the body since, at least one byte unless it is complete."""
        while not self._chunks and not self.is_complete:
            if self._error is not None:
                raise self._error
            self._readable = self._loop.create_future()
            await self._readable
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks = []
        self._buffered = 0
        if self._reading_paused and self._transport is not None:
            self._reading_paused = False
            self._transport.resume_reading()
        return data

    def fail(self, error: Exception) -> None:
        """End the exchange: whoever waits for the answer gets this error."""
        if self._error is None and not self.is_complete:
            self._error = error
            if not self.head.done():
                self.head.set_exception(error)
                self.head.exception()  # Seen: an exchange may be given up while nobody waits for its head.
            self._wake()
        self.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    @property
    def is_reusable(self) -> bool:
        return self.is_complete and self._keeps_alive and not self._chunks and self.is_open and not self._reading_paused

    # --- called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not inherit from asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self.is_complete or self._parser is None:
            self.close()  # Nobody asked.
            return
        self._is_answered = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.fail(UpstreamError(type(error).__name__))
            return
        if not self.head.done():
            # What the parser holds back of an unfinished head counts, too.
            self._received_of_head += len(data)
            if self._received_of_head > LONGEST_HEAD:
                self.fail(UpstreamError("the answer's head is too long"))

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._until_eof and exc is None and not self.is_complete and self._error is None:
            self._complete()
        elif not self.is_complete:
            self.fail(UpstreamError("broke off") if self._is_answered else ClosedUnanswered())
        self.resume_writing()

    def pause_writing(self) -> None:
        if self._writable is None:
            self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._writable is not None:
            if not self._writable.done():
                self._writable.set_result(None)
            self._writable = None

    # --- called by the parser

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.head.done():
            return  # A trailer.
        self.headers.append((name.lower(), value))
        self._head_size += len(name) + len(value)
        if self._head_size > LONGEST_HEAD:
            raise UpstreamError("the answer's head is too long")

    def on_headers_complete(self) -> None:
        parser = self._parser
        assert parser is not None
        self.status = parser.get_status_code()
        if self.status < 200:
            self.headers = []  # An interim answer; the final one follows.
            return
        bodiless = self._is_head or self.status in (204, 304)
        framed = any(name in (b"content-length", b"transfer-encoding") for name, _ in self.headers)
        self._until_eof = not bodiless and not framed
        self._keeps_alive = parser.should_keep_alive()
        if not self.head.done():
            self.head.set_result(None)
        if self._is_head:
            self._complete()

    def on_body(self, body: bytes) -> None:
        if self.is_complete:
            self._keeps_alive = False  # A body where none may be: what follows can't be trusted.
            return
        self._chunks.append(body)
        self._buffered += len(body)
        if self._buffered > MOST_BUFFERED and not self._reading_paused and self._transport is not None:
            self._reading_paused = True
            self._transport.pause_reading()
        self._wake()

    def on_message_complete(self) -> None:
        if self.status >= 200 and not self.is_complete:
            self._complete()

    def _complete(self) -> None:
        self.is_complete = True
        self._wake()

    def _wake(self) -> None:
        if self._readable is not None:
            if not self._readable.done():
                self._readable.set_result(None)
            self._readable = None


class Upstream:
    """The connections to one service."""

    def __init__(self, url: str, connections: int) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname or parts.path.strip("/"):
            raise ValueError("a service's address is http://host:port")
        self._host = parts.hostname
        self._port = parts.port or 80
        self.netloc = parts.netloc.encode()
        self._idle: list[Connection] = []
        self._places = asyncio.Semaphore(connections)

    @asynccontextmanager
    async def connection(self, *, fresh: bool = False) -> AsyncGenerator[Connection]:
        """Lend a connection for one exchange; it is kept for the next one when the exchange ended well.

        Raises Unreachable.
        """
        await self._take_place()
        try:
            connection = (None if fresh else self._kept()) or await self._connect()
            try:
                yield connection
            finally:
                self._give_back(connection)
        finally:
            self._places.release()

    def close(self) -> None:
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    async def _take_place(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise Unreachable("all connections are taken") from None

    def _kept(self) -> Connection | None:
        oldest = asyncio.get_running_loop().time() - IDLE_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and connection.idle_since > oldest:
                connection.is_reused = True
                return connection
            connection.close()
        return None

    async def _connect(self) -> Connection:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await asyncio.get_running_loop().create_connection(Connection, self._host, self._port)
        except (OSError, TimeoutError) as error:
            raise Unreachable(type(error).__name__) from error
        return connection

    def _give_back(self, connection: Connection) -> None:
        if connection.is_reusable:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
        else:
            connection.close()
