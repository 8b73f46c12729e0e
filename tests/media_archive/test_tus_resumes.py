"""Lines are cut and servers killed in the middle of an upload; the clients that people have go on, and the file is whole.

The clients are tus-js-client and tuspy, which nobody here wrote; between them and the server stands a line that ends
every so many bytes.
"""

import asyncio
import hashlib
import os
import random
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import orjson
import pytest
from archive_world import Union, contributor, small_union
from tus_world import ADDRESS, BYTES, kept, metadata
from tusclient.client import TusClient

from gateway.planner.node import install, node_program
from kit import db
from kit.identity import PASSPORT_HEADER, sign_passport
from kit.jobs import MemoryQueue, use_queue
from kit.storage import storage
from kit.testing import passport_keys
from media_archive.uploads.keeping import key_of
from media_archive.uploads.tus.jobs import take_upload

CLIENT = Path(__file__).with_name("tus_js")
FILM = b"\x00\x00\x00\x14ftypisom\x00\x00\x00\x00isom"


def film(size: int) -> bytes:
    """A file that passes for a film, of bytes that nothing could guess."""
    content = random.Random(size).randbytes(size - len(FILM) - 16)
    moov = (8).to_bytes(4, "big") + b"moov"
    return FILM + moov + (len(content) + 8).to_bytes(4, "big") + b"mdat" + content


@dataclass
class Server:
    """A web process of the archive that can be killed and come back at the same port."""

    port: int
    process: asyncio.subprocess.Process | None = None
    drains: list[asyncio.Task[bytes]] = field(default_factory=list)

    async def start(self) -> None:
        """Start and wait until it listens."""
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "uvicorn", "media_archive.app:app", "--port", str(self.port), "--no-access-log"),
            stderr=asyncio.subprocess.PIPE,
            env=os.environ,
        )
        assert self.process.stderr
        while line := (await self.process.stderr.readline()).decode():
            if re.search(r"running on", line):
                # What nobody reads would stop the process once the pipe is full.
                self.drains.append(asyncio.create_task(self.process.stderr.read()))
                return
        raise AssertionError("the web process did not start")

    async def kill(self) -> None:
        """End it as the kernel would for lack of memory."""
        assert self.process
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


@dataclass
class Line:
    """A line to the server that ends after so many bytes, again and again, until it has ended often enough."""

    to: int
    every: int
    most_cuts: int
    cuts: int = 0
    passed: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on."""
        try:
            up, down = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            writer.close()
            return
        back = asyncio.create_task(self._copy(up, writer))
        try:
            await self._forward(reader, down)
        finally:
            for end in (down, writer):
                end.close()
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, down: asyncio.StreamWriter) -> None:
        """Pass on what the client sends, until either ends or the line does."""
        while chunk := await self._read(reader):
            self.passed += len(chunk)
            if self.cuts < self.most_cuts and self.passed > self.every:
                self.cuts += 1
                self.passed = 0
                # In the middle of what was read: a network knows nothing of the bounds of messages.
                down.write(chunk[: len(chunk) // 2])
                return
            down.write(chunk)
            await self._drain(down)

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.read(65_536)
        except OSError:
            return b""

    async def _drain(self, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await writer.drain()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65_536):
                writer.write(chunk)
                await writer.drain()
            writer.close()


@asynccontextmanager
async def cut_line(server: Server, every: int, cuts: int) -> AsyncIterator[tuple[Line, str]]:
    line = Line(server.port, every, cuts)
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        connections.add(task)
        with suppress(OSError, asyncio.CancelledError):
            await line.serve(reader, writer)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield line, f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}{ADDRESS}"
    finally:
        listening.close()
        # Clients may keep connections open, which nobody will end.
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


@contextmanager
def jobs_in_memory() -> Iterator[MemoryQueue]:
    queue = MemoryQueue()
    use_queue(queue)
    try:
        yield queue
    finally:
        use_queue(None)


@pytest.fixture
async def server(database: object, valkey: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.setenv("LOA_REDIS_URL", valkey)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = Server(port)
    await running.start()
    yield running
    await running.kill()


@pytest.fixture
async def union(database: object) -> Union:
    return await small_union()


@pytest.fixture
def passport(union: Union) -> str:
    return sign_passport(passport_keys()[0], contributor(union.factory))[0]


async def taken(content: bytes) -> str:
    """Let the job run, twice as a queue may, and return the one asset's title; its file is what was sent."""
    upload_id = await db.value("SELECT id FROM upload WHERE state = 'complete'")
    with jobs_in_memory():
        await take_upload(str(upload_id))
        await take_upload(str(upload_id))
    row = await db.row("SELECT title, sha256 FROM asset")
    assert row is not None
    assert row["sha256"] == hashlib.sha256(content).digest()
    assert await storage().get(key_of(row["sha256"])) == content
    assert await kept() == (1, 0, 1, 1)
    return row["title"]


async def send_with_tus_js(endpoint: str, file: Path, passport: str, unit: str, chunk: int) -> dict[str, object]:
    install(CLIENT, lambda _: None)
    process = await asyncio.create_subprocess_exec(
        *(str(node_program()), str(CLIENT / "send.mjs"), endpoint, str(file), passport, unit, str(chunk)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, problem = await asyncio.wait_for(process.communicate(), 90)
    assert process.returncode == 0, problem.decode()
    return orjson.loads(told)


@pytest.mark.committed
@pytest.mark.parametrize("chunk", [0, 1_000_000], ids=["in one request", "a megabyte a request"])
async def test_tus_js_client_goes_on_after_cuts(
    server: Server, union: Union, passport: str, tmp_path: Path, chunk: int
):
    content = film(20_000_000)
    file = tmp_path / "film"
    file.write_bytes(content)
    async with cut_line(server, every=5_000_000, cuts=3) as (line, endpoint):
        told = await send_with_tus_js(endpoint, file, passport, str(union.factory.id), chunk)
    assert line.cuts == 3
    # More when the next request comes before the server has put away what the cut one brought.
    assert int(str(told["retries"])) >= 3
    assert await taken(content) == "Phim tài liệu"


@pytest.mark.committed
async def test_tuspy_goes_on_after_cuts(server: Server, union: Union, passport: str, tmp_path: Path):
    content = film(12_000_000)
    file = tmp_path / "film"
    file.write_bytes(content)
    async with cut_line(server, every=2_500_000, cuts=3) as (line, endpoint):
        client = TusClient(endpoint, headers={PASSPORT_HEADER: passport})
        with file.open("rb") as stream:
            uploader = client.uploader(
                file_stream=stream,
                chunk_size=1_000_000,
                retries=20,
                retry_delay=0,
                metadata={"unit": str(union.factory.id), "filename": "phim.mp4"},
                upload_checksum=True,
            )
            await asyncio.to_thread(uploader.upload)
    assert line.cuts == 3
    assert await taken(content) == "phim"


@pytest.mark.committed
async def test_an_upload_survives_kill_9_of_the_server(server: Server, union: Union, passport: str, tmp_path: Path):
    content = film(60_000_000)
    file = tmp_path / "film"
    file.write_bytes(content)
    endpoint = f"http://127.0.0.1:{server.port}{ADDRESS}"
    sending = asyncio.create_task(send_with_tus_js(endpoint, file, passport, str(union.factory.id), 2_000_000))
    acknowledged = 0
    for _ in range(3):
        async with asyncio.timeout(30):
            while (position := await db.value("SELECT position FROM upload") or 0) <= acknowledged:
                await asyncio.sleep(0.01)
        await server.kill()
        acknowledged = await db.value("SELECT position FROM upload")
        assert position <= acknowledged < len(content)
        await server.start()
    await sending
    assert await taken(content) == "Phim tài liệu"


async def cut_off(port: int, url: str, said: dict[str, str], patience: float) -> None:
    """Announce a thousand bytes, send four hundred, hang up, and give the server the time to put them away."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    head = {"host": "loa", **said, "content-type": BYTES, "upload-offset": "0", "content-length": "1000"}
    lines = [f"PATCH {url} HTTP/1.1", *(f"{name}: {text}" for name, text in head.items()), "", ""]
    writer.write("\r\n".join(lines).encode() + b"x" * 400)
    await writer.drain()
    await asyncio.sleep(patience)
    writer.close()
    await asyncio.sleep(patience)


@pytest.mark.committed
async def test_what_came_before_a_cut_counts(server: Server, union: Union, passport: str):
    said = {"tus-resumable": "1.0.0", PASSPORT_HEADER: passport}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", headers=said) as http:
        begun = await http.post(
            ADDRESS, headers={"upload-length": "1000", "upload-metadata": metadata(unit=str(union.factory.id))}
        )
        url = begun.headers["location"]
        # What the server had not begun to read when the line ended is lost: on a busy machine it takes longer to begin.
        for patience in (0.3, 1, 3, 9):
            await cut_off(server.port, url, said, patience)
            if await db.value("SELECT position FROM upload") == 400:
                break
        assert (await http.head(url)).headers["upload-offset"] == "400"
        assert await kept() == (1, 1, 0, 0)


@pytest.mark.committed
async def test_of_two_who_send_the_same_bytes_at_once_one_is_refused(server: Server, union: Union, passport: str):
    content = film(3_000_000)
    said = {"tus-resumable": "1.0.0", PASSPORT_HEADER: passport}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", headers=said) as http:
        begun = await http.post(
            ADDRESS,
            headers={"upload-length": str(len(content)), "upload-metadata": metadata(unit=str(union.factory.id))},
        )
        patch = {"content-type": BYTES, "upload-offset": "0"}
        replies = await asyncio.gather(
            *(http.patch(begun.headers["location"], content=content, headers=patch) for _ in range(4))
        )
    assert sorted(reply.status_code for reply in replies) == [204, 409, 409, 409]
    assert await taken(content) == "file"
