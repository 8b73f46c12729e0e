"""A worker's phone for tests: what its browser keeps, a network that loses replies, a server that can be replaced."""

import asyncio
import contextlib
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from playwright.async_api import Page

# What a page's script finds in the database `loa`, whatever its version.
READ_STORE = """async () => {
    const open = await new Promise((resolve, reject) => {
        const request = indexedDB.open("loa");
        request.onsuccess = () => resolve(request.result);
        request.onerror = reject;
    });
    const found = { version: open.version };
    for (const name of open.objectStoreNames) {
        found[name] = await new Promise((resolve) => {
            open.transaction(name).objectStore(name).getAll().onsuccess = ({ target }) => resolve(target.result);
        });
    }
    open.close();
    return found;
}"""


async def stored_on(page: Page) -> dict[str, Any]:
    """Everything in the phone's database `loa`, by store."""
    return await page.evaluate(READ_STORE)


async def unsent(page: Page) -> int:
    """How many forms are in the phone's queue."""
    return len((await stored_on(page))["queue"])


async def kept_by(page: Page) -> str:
    """All that the browser keeps for this origin and shows, as one text to look for traces in."""
    pages = """async () => {
        let all = document.documentElement.outerHTML + JSON.stringify(history.state) + location.href;
        for (const one of document.querySelectorAll("input, textarea, select")) all += "\\n" + one.value;
        for (const box of [localStorage, sessionStorage]) all += JSON.stringify({ ...box });
        for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) all += request.url + (await (await cache.match(request)).text());
        }
        return all;
    }"""
    return await page.evaluate(pages) + str(await stored_on(page))


async def until(condition: Callable[[], Awaitable[object]], seconds: float = 30) -> None:
    """Wait for what happens in the background."""
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.1)


async def is_ready(page: Page) -> None:
    """Wait until the page's scripts are all there."""
    await until(lambda: page.evaluate("!!window.loaMore"))


async def is_offline_ready(page: Page, address: str) -> None:
    """Wait until the phone keeps a form's page and its scripts."""
    kept = """async (path) => {
        const cache = await caches.open("loa-forms");
        const kept = (await cache.keys()).map(({ url }) => new URL(url).pathname);
        const named = [path, "/f/offline", "/f/static/form.js", "/f/static/more.js"];
        return !!navigator.serviceWorker.controller && named.every((each) => kept.includes(each));
    }"""
    await until(lambda: page.evaluate(kept, address))
    await is_ready(page)


class Wire:
    """A network between phone and server that can be cut, and that loses a share of the replies to what is posted."""

    def __init__(self, port: int, *, lost: float = 0.0, seed: int = 1) -> None:
        self.port = port
        self.lost = lost
        self.is_cut = False
        # Whether the server has a newer service worker than the one that it had.
        self.is_newer = False
        # What somebody else on the way says to all that is posted.
        self.says: bytes | None = None
        # For how many seconds a reply to what is posted is on its way.
        self.takes = 0.0
        self.replies = 0
        self.replies_lost = 0
        self._random = random.Random(seed)
        self._open: set[asyncio.StreamWriter] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Carry until the end; gives the origin that the phone sees."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for each in list(self._open):
                each.close()

    async def _carry(self, phone_reader: asyncio.StreamReader, phone: asyncio.StreamWriter) -> None:
        """One request for each connection is enough here."""
        self._open.add(phone)
        try:
            if not self.is_cut:
                await self._one(phone_reader, phone)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(phone)
            phone.close()

    async def _one(self, phone_reader: asyncio.StreamReader, phone: asyncio.StreamWriter) -> None:
        head = await phone_reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        body = await phone_reader.readexactly(length)
        if self.says is not None and head.startswith(b"POST"):
            self.replies += 1
            phone.write(self.says)
            return await phone.drain()
        server_reader, server = await asyncio.open_connection("127.0.0.1", self.port)
        dropped = (b"connection:", b"accept-encoding:", b"if-none-match:")
        lines = [line for line in head.split(b"\r\n")[:-2] if not line.lower().startswith(dropped)]
        server.write(b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body)
        reply = re.sub(rb"content-length: \d+\r\n", b"", await server_reader.read(), count=1)
        server.close()
        if head.startswith(b"POST"):
            self.replies += 1
            await asyncio.sleep(self.takes)
            # The server has done its work; the phone does not hear of it.
            if self._random.random() < self.lost:
                self.replies_lost += 1
                return None
        if self.is_newer and head.startswith(b"GET /f/sw.js "):
            reply += b"// newer"
        phone.write(reply)
        return await phone.drain()
