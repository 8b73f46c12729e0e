"""Carries one request to a service and its answer back, piece by piece: nothing is held but what is on its way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from loa.front_door.doors import Rule
from loa.front_door.headers import Headers, has_body, is_chunked, response_headers
from loa.front_door.upstream import ClosedUnanswered, Connection, Upstream, UpstreamError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

ANSWER_SECONDS = 60.0
"""How long a service may think before it answers, and pause while it does."""
UPLOAD_IDLE_SECONDS = 60.0
"""How long a caller may pause within a body."""
DOWNLOAD_IDLE_SECONDS = 120.0
"""How long a caller may take no more of an answer."""
PIECES_BEFORE_WATCHING = 4
"""Short answers need nobody to look whether the caller is still there."""

_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})


class CallerGone(Exception):
    """The caller hung up: there is nobody to answer."""


class CallerTooSlow(Exception):
    """The caller stopped in the middle of a body."""


class ServiceTooSlow(UpstreamError):
    """The service did not answer in time."""


class AnswerBroken(Exception):
    """The answer had begun and can't be finished: the connection must end, so that nobody takes half of it for all."""


@dataclass(slots=True)
class Exchange:
    """One request on its way. `forward` may be awaited once."""

    scope: Scope
    receive: Receive
    send: Send
    head: bytes
    rule: Rule
    request_id: bytes
    status: int = 0

    async def forward(self, upstream: Upstream) -> None:
        """Send the request and pass the answer on.

        Raises UpstreamError, CallerTooSlow or CallerGone before an answer began, AnswerBroken after.
        """
        first, more = await self._first_piece()
        try:
            async with upstream.connection() as connection:
                await self._exchange(connection, first, more=more)
        except ClosedUnanswered:
            if more or self.scope["method"] not in _REPEATABLE:
                raise
            # The service closed a connection that had been idle, as it may at any time; nothing was lost but that.
            async with upstream.connection(fresh=True) as connection:
                await self._exchange(connection, first, more=False)

    async def _first_piece(self) -> tuple[bytes, bool]:
        headers: Headers = self.scope["headers"]
        if not has_body(headers):
            return b"", False
        body, more = await self._piece()
        if not is_chunked(headers):
            return body, more
        return (_chunk(body) if more else _chunk(body) + b"0\r\n\r\n"), more

    async def _piece(self) -> tuple[bytes, bool]:
        try:
            async with asyncio.timeout(UPLOAD_IDLE_SECONDS):
                message = await self.receive()
        except TimeoutError:
            raise CallerTooSlow() from None
        if message["type"] == "http.disconnect":
            raise CallerGone()
        return message.get("body", b""), message.get("more_body", False)

    async def _exchange(self, connection: Connection, first: bytes, *, more: bool) -> None:
        connection.start(self.head + first, is_head=self.scope["method"] == "HEAD")
        upload = asyncio.create_task(self._upload(connection)) if more else None
        try:
            await self._head(connection, upload)
            await self._answer(connection, upload)
        finally:
            if upload is not None:
                if not upload.done():
                    connection.close()  # It got half a request: nothing more can be said on it.
                upload.cancel()
                with suppress(asyncio.CancelledError):
                    await upload

    async def _upload(self, connection: Connection) -> None:
        """Pass on the rest of the body as fast as the service takes it; a failure ends the wait for the answer."""
        chunked = is_chunked(self.scope["headers"])
        more = True
        try:
            while more:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await connection.drain()
                body, more = await self._piece()
                connection.write(_chunk(body) if chunked else body)
            if chunked:
                connection.write(b"0\r\n\r\n")
        except TimeoutError:
            connection.fail(ServiceTooSlow())
        except (UpstreamError, CallerGone, CallerTooSlow) as error:
            connection.fail(error)

    async def _head(self, connection: Connection, upload: asyncio.Task[None] | None) -> None:
        if upload is not None:
            await asyncio.wait({upload, connection.head}, return_when=asyncio.FIRST_COMPLETED)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await connection.head
        except TimeoutError:
            raise ServiceTooSlow() from None

    async def _answer(self, connection: Connection, upload: asyncio.Task[None] | None) -> None:
        unread = upload is not None and not upload.done()
        headers = response_headers(connection.headers, rule=self.rule, request_id=self.request_id, close=unread)
        self.status = connection.status
        await self.send({"type": "http.response.start", "status": connection.status, "headers": headers})
        try:
            await self._body(connection, upload)
        except (UpstreamError, TimeoutError, CallerGone, CallerTooSlow) as error:
            raise AnswerBroken() from error

    async def _body(self, connection: Connection, upload: asyncio.Task[None] | None) -> None:
        if connection.is_complete:
            await self.send({"type": "http.response.body", "body": await connection.read()})
            return
        pieces = 0
        watch: asyncio.Task[None] | None = None
        try:
            while not connection.is_complete:
                async with asyncio.timeout(ANSWER_SECONDS):
                    body = await connection.read()
                async with asyncio.timeout(DOWNLOAD_IDLE_SECONDS):
                    await self.send({"type": "http.response.body", "body": body, "more_body": True})
                pieces += 1
                if watch is None and pieces >= PIECES_BEFORE_WATCHING and upload is None:
                    watch = asyncio.create_task(self._gone())
                if watch is not None and watch.done():
                    raise CallerGone()
            await self.send({"type": "http.response.body", "body": await connection.read()})
        finally:
            if watch is not None:
                watch.cancel()

    async def _gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


def _chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body) if body else b""
