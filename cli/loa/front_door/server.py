"""Serves the front door by uvicorn, with the limits on a request's head that uvicorn itself does not have."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from loa.front_door.app import FrontDoor
from loa.front_door.settings import FrontDoorSettings
from loa.issuer import IssuerSettings, issuer_app

HEAD_SECONDS = 10.0
"""How long a caller may take to say what it wants."""
LONGEST_HEAD = 32 * 1024
MOST_HEADERS = 100
KEEP_ALIVE_SECONDS = 15
STOP_SECONDS = 10


class HeadTooLong(Exception):
    """The request's head exceeds the limits."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a bound on the size of a request's head and on the time until it is complete."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._head_timer: asyncio.TimerHandle | None = None
        self._in_head = True
        self._head_size = 0
        self._header_count = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        began_in_head = self._in_head
        super().data_received(data)
        if self.transport.is_closing() or not self._in_head:
            return
        # Still no complete head: what the parser holds back counts, too.
        self._head_size = self._head_size + len(data) if began_in_head else len(data)
        if self._head_size > LONGEST_HEAD:
            self.send_400_response("Request header fields too large.")
        elif self.url and self._head_timer is None:
            self._start_timer()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._head_size = 0
        self._header_count = 0

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_count += 1
        self._count(len(name) + len(value))
        # Trailers come when the headers have long been judged.
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._head_size = 0

    def _unsupported_upgrade_warning(self) -> None:
        """The front door answers it; there is nothing to warn of."""

    def _count(self, size: int) -> None:
        self._head_size += size
        if self._head_size > LONGEST_HEAD or self._header_count > MOST_HEADERS:
            raise HeadTooLong()

    def _start_timer(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_late)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_late(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


def server_of(settings: FrontDoorSettings, app: FrontDoor) -> uvicorn.Server:
    """Return the server, not yet started."""
    config = uvicorn.Config(
        app,
        host=settings.listen_host,
        port=settings.listen_port,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        limit_concurrency=settings.concurrency,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )
    return uvicorn.Server(config)


async def serve(settings: FrontDoorSettings) -> None:
    """Serve until told to stop."""
    issuer = issuer_app(IssuerSettings()) if settings.issuer_key_file is not None else None
    app = FrontDoor(settings, issuer)
    gc.freeze()
    try:
        await server_of(settings, app).serve()
    finally:
        app.close()
