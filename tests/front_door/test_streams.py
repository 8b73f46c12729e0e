"""Bodies pass in pieces, both ways: nothing is held but what is on its way, and nothing half is taken for whole."""

from __future__ import annotations

import asyncio
import hashlib
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from auth_origin import Origin, one_origin, plain_client
from auth_world import bound_socket, serving, url_of
from raw_http import connect, get, hang_up, say, status_of
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

MEGABYTE = 1024 * 1024


class Files:
    """A service with files and faults."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.taken = 0
        self.cancelled = asyncio.Event()
        self.go = asyncio.Event()
        self.sent = 0

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/files/real", self.real, methods=["GET", "HEAD"]),
                Route("/files/endless", self.endless),
                Route("/files/refuse", self.refuse, methods=["POST"]),
                Route("/files/slow-taker", self.slow_taker, methods=["POST"]),
                Route("/files/dies", Dying()),
                Route("/files/nothing", self.nothing),
                Route("/files/echo", Echoing()),
            ]
        )

    async def real(self, request: Request) -> Response:
        return FileResponse(self.file, media_type="application/pdf")

    async def nothing(self, request: Request) -> Response:
        return Response(status_code=204)

    async def endless(self, request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                while True:
                    self.sent += MEGABYTE
                    await asyncio.sleep(0)  # Or uvicorn would never get to say that nobody listens.
                    yield b"x" * MEGABYTE
            finally:
                self.cancelled.set()

        return StreamingResponse(pieces())

    async def refuse(self, request: Request) -> Response:
        return Response("too much", status_code=413, headers={"connection": "close"})

    async def slow_taker(self, request: Request) -> Response:
        await self.go.wait()
        async for piece in request.stream():
            self.taken += len(piece)
        return Response(str(self.taken))


class Dying:
    """Promises more than it sends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"100000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})


class Echoing:
    """Sends each piece back as it comes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        more = True
        while more:
            piece = await receive()
            more = piece.get("more_body", False)
            await send({"type": "http.response.body", "body": piece["body"], "more_body": more})


@pytest.fixture(scope="module")
async def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    file = tmp_path_factory.mktemp("files") / "real.pdf"
    file.write_bytes(bytes(range(256)) * 4096)
    return Files(file)


@pytest.fixture(scope="module")
async def streaming(store: str, tmp_path_factory: pytest.TempPathFactory, files: Files) -> AsyncIterator[str]:
    """The address of a front door before `files`."""
    async with (
        serving(files.app()) as url,
        one_origin(store, tmp_path_factory.mktemp("issuer"), media_archive_url=url) as origin,
    ):
        yield origin.url


@pytest.fixture
async def client(streaming: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=streaming, trust_env=False, timeout=30) as client:
        yield client


async def test_a_large_upload_goes_through_without_being_held(origin: Origin) -> None:
    size = 200 * MEGABYTE
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(size // MEGABYTE):
            yield b"\x01" * MEGABYTE

    async with httpx.AsyncClient(base_url=origin.url, trust_env=False, timeout=60) as client:
        for headers in ({"content-length": str(size)}, {}):
            answer = await client.post("/archive/upload", content=pieces(), headers=headers)
            assert answer.status_code == 200
            seen = origin.strangers["media-archive"].last
            assert seen.size == size
            assert seen.header("content-length") == headers.get("content-length")
            assert seen.header("transfer-encoding") == (None if headers else "chunked")
    expected = hashlib.sha256()
    for _ in range(size // MEGABYTE):
        expected.update(b"\x01" * MEGABYTE)
    assert seen.sha256 == expected.hexdigest()
    # Kilobytes, of sender, front door and service together.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


async def test_a_service_that_takes_nothing_stops_the_sender(streaming: str, files: Files) -> None:
    reader, writer = await connect(streaming)
    size = 64 * MEGABYTE
    writer.write(get("/files/slow-taker", f"Content-Length: {size}", method="POST"))
    written = 0
    try:
        async with asyncio.timeout(2):
            while written < size:
                writer.write(b"x" * MEGABYTE)
                written += MEGABYTE
                await writer.drain()
    except TimeoutError:
        pass
    assert written < 32 * MEGABYTE, "the kernel's buffers and ours, no more"
    files.go.set()
    while written < size:
        writer.write(b"x" * MEGABYTE)
        written += MEGABYTE
        await writer.drain()
    assert str(size).encode() in await reader.read(65536)
    await hang_up(writer)


async def test_a_caller_who_takes_nothing_stops_the_service(streaming: str, files: Files) -> None:
    files.sent = 0
    files.cancelled.clear()
    reader, writer = await connect(streaming)
    writer.write(get("/files/endless"))
    await reader.read(1000)
    await asyncio.sleep(1)
    stopped_at = files.sent
    await asyncio.sleep(0.5)
    assert files.sent == stopped_at < 32 * MEGABYTE
    writer.transport.abort()
    async with asyncio.timeout(5):
        await files.cancelled.wait()


async def test_a_download_given_up_ends_at_the_service(client: httpx.AsyncClient, files: Files) -> None:
    files.cancelled.clear()
    async with client.stream("GET", "/files/endless") as answer:
        async for _ in answer.aiter_bytes():
            break
    async with asyncio.timeout(5):
        await files.cancelled.wait()


async def test_head_and_ranges_pass(client: httpx.AsyncClient, files: Files) -> None:
    content = files.file.read_bytes()
    whole = await client.get("/files/real")
    assert (whole.status_code, whole.content) == (200, content)
    head = await client.head("/files/real")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(content)), b"")
    part = await client.get("/files/real", headers={"range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, content[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(content)}"
    same = await client.get("/files/real", headers={"range": "bytes=0-9", "if-range": whole.headers["etag"]})
    assert (same.status_code, same.content) == (206, content[:10])
    beyond = await client.get("/files/real", headers={"range": "bytes=99999999-"})
    assert beyond.status_code == 416
    assert (await client.get("/files/nothing")).status_code == 204


async def test_one_connection_serves_every_kind_of_answer_in_turn(client: httpx.AsyncClient, files: Files) -> None:
    for _ in range(3):
        assert (await client.head("/files/real")).status_code == 200
        assert (await client.get("/files/nothing")).status_code == 204
        assert (await client.patch("/files/echo", content=b"")).content == b""
        assert (await client.put("/files/echo", content=b"ab" * 50_000)).content == b"ab" * 50_000
        assert len((await client.get("/files/real")).content) == files.file.stat().st_size


async def test_an_answer_before_the_end_of_the_body_arrives(streaming: str) -> None:
    reader, writer = await connect(streaming)
    writer.write(get("/files/refuse", "Content-Length: 100000000", method="POST") + b"x" * 1000)
    answer = await asyncio.wait_for(reader.readuntil(b"too much"), 5)
    assert status_of(answer) == 413
    assert b"connection: close" in answer
    await hang_up(writer)


async def test_an_answer_that_breaks_off_is_not_taken_for_whole(client: httpx.AsyncClient) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/files/dies")
    assert (await client.get("/files/nothing")).status_code == 204


async def test_a_chunked_answer_that_breaks_off_is_not_taken_for_whole(store: str, tmp_path: Path) -> None:
    said = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    async with misbehaving(said) as url, one_origin(store, tmp_path, media_archive_url=url) as origin:
        answer = await say(origin.url, get("/files/x"), seconds=3)
    assert b"hello" in answer
    assert not answer.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
    ids=["nothing", "garbage", "upgrade", "two lengths", "long head"],
)
async def test_an_answer_that_is_none_is_a_bad_gateway(store: str, tmp_path: Path, answer: bytes) -> None:
    async with misbehaving(answer) as url, one_origin(store, tmp_path, media_archive_url=url) as origin:
        for path, accept, expected in (
            ("/files/x", "application/json", "BAD_GATEWAY"),
            ("/archive/x", "text/html", "Hệ thống gặp trục trặc"),
        ):
            async with httpx.AsyncClient(base_url=origin.url, trust_env=False) as client:
                got = await client.get(path, headers={"accept": accept})
            assert (got.status_code, expected in got.text) == (502, True)
            assert url not in got.text


async def test_interim_answers_and_answers_until_the_end_of_the_connection(store: str, tmp_path: Path) -> None:
    said = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nX-A: b\r\n\r\nuntil the end"
    async with (
        misbehaving(said) as url,
        one_origin(store, tmp_path, media_archive_url=url) as origin,
        plain_client() as client,
    ):
        got = await client.get(f"{origin.url}/files/x")
    assert (got.status_code, got.text, got.headers["x-a"], "link" in got.headers) == (200, "until the end", "b", False)


async def test_a_connection_closed_while_idle_costs_nobody_an_error(store: str, tmp_path: Path) -> None:
    """A service may close a kept connection at any moment; a repeatable request is sent again."""
    asked: list[bytes] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        # The next request on this connection is swallowed.
        await reader.read(1)
        writer.close()

    listening = bound_socket()
    server = await asyncio.start_server(once, sock=listening)
    async with (
        server,
        one_origin(store, tmp_path, media_archive_url=url_of(listening)) as origin,
        plain_client() as client,
    ):
        for _ in range(4):
            assert (await client.get(f"{origin.url}/files/x")).text == "ok"
    assert len(asked) == 4


class misbehaving:  # noqa: N801 - reads as a verb
    """A server that answers everything with these bytes and hangs up."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    async def __aenter__(self) -> str:
        listening = bound_socket()
        self.server = await asyncio.start_server(self._serve, sock=listening)
        return url_of(listening)

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        await self.server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answer)
        await writer.drain()
        writer.close()
