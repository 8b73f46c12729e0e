"""A line to the test's database that can be cut, as when PostgreSQL is killed, and mended."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

from tortoise.context import TortoiseContext, _current_context  # pyright: ignore[reportPrivateUsage]

from kit import app, settings


class DatabaseLine:
    """Carries bytes between the service under test and PostgreSQL."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._there, self._port = host, port, 0
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._deaf_to: bytes | None = None

    async def mend(self) -> int:
        """Let connections through; return the port at which they are taken, ever the same."""
        self._deaf_to = None
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self._port

    def cut(self) -> None:
        """End all connections without a word, and let no new one come about."""
        if self._server is not None:
            self._server.close()
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    def cut_after(self, words: bytes) -> None:
        """Cut the line once PostgreSQL was sent something with `words` in it and answers: its reply is lost."""
        self._deaf_to = words

    async def _carry(self, near: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        far, asks = await asyncio.open_connection(self._host, self._there)
        self._ends |= {answers, asks}
        deaf = asyncio.Event()
        await asyncio.gather(self._there_to(near, asks, deaf), self._back(far, answers, deaf), return_exceptions=True)
        for end in (answers, asks):
            end.close()
            self._ends.discard(end)

    async def _there_to(self, near: asyncio.StreamReader, asks: asyncio.StreamWriter, deaf: asyncio.Event) -> None:
        while sent := await near.read(1 << 16):
            if self._deaf_to is not None and self._deaf_to in sent:
                deaf.set()
            asks.write(sent)
            await asks.drain()
        asks.close()

    async def _back(self, far: asyncio.StreamReader, answers: asyncio.StreamWriter, deaf: asyncio.Event) -> None:
        while said := await far.read(1 << 16):
            if deaf.is_set():
                self.cut()
                return
            answers.write(said)
            await answers.drain()
        answers.close()


@contextlib.asynccontextmanager
async def database_line(service: app.Service) -> AsyncIterator[DatabaseLine]:
    """Have a `committed` test reach its own database over a line that it can cut."""
    url = urlsplit(settings.current().database_url)
    assert url.hostname is not None
    line = DatabaseLine(url.hostname, url.port or 5432)
    port = await line.mend()
    host = f"{url.netloc.rpartition('@')[0]}@127.0.0.1:{port}"
    context = TortoiseContext()
    before = _current_context.get()
    _current_context.set(context)
    try:
        await context.init(config=service.database(urlunsplit(url._replace(netloc=host))))
        yield line
    finally:
        line.cut()
        await context.connections.close_all(discard=False)
        _current_context.set(before)
