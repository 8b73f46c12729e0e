"""A closed-loop load: so many connections, each asking again as soon as it was answered, for so many seconds.

Raw HTTP/1.1 over asyncio, so that the asking side costs little of the two cores that are shared with what is measured.
Every body is compared with the first answer to the same question: fast errors must not look like a great score.
"""

import asyncio
import statistics
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson


class WrongAnswer(Exception):
    """The server answered something else than data."""


@dataclass(frozen=True)
class Target:
    """Where questions go: a GraphQL endpoint, with headers of its own."""

    name: str
    url: str
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def request(self, body: bytes) -> bytes:
        """Return the bytes of one POST."""
        parts = urlsplit(self.url)
        lines = [
            f"POST {parts.path or '/'} HTTP/1.1",
            f"host: {parts.netloc}",
            "content-type: application/json",
            "accept: application/json",
            f"content-length: {len(body)}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


@dataclass
class Figures:
    """What a round showed. Latencies are in milliseconds."""

    requests: int
    seconds: float
    latencies: list[float]

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return self.requests / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that this share of requests stayed within, in milliseconds."""
        if len(self.latencies) < 2:
            return self.latencies[0] if self.latencies else 0.0
        return statistics.quantiles(self.latencies, n=1000, method="inclusive")[min(998, round(share * 1000) - 1)]


class Connection:
    """One keep-alive connection."""

    def __init__(self, target: Target) -> None:
        self._target = target

    async def __aenter__(self) -> "Connection":
        parts = urlsplit(self._target.url)
        self._reader, self._writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def ask(self, request: bytes) -> bytes:
        """Send a request; return the body. WrongAnswer unless the status is 200."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise WrongAnswer(f"{self._target.name}: {head.splitlines()[0].decode()}")
        lowered = head.lower()
        at = lowered.find(b"content-length:")
        if at < 0:
            return await self._chunked()
        return await self._reader.readexactly(int(lowered[at + 15 : lowered.index(b"\r\n", at)]))

    async def _chunked(self) -> bytes:
        chunks: list[bytes] = []
        while size := int(await self._reader.readline(), 16):
            chunks.append(await self._reader.readexactly(size))
            await self._reader.readline()
        await self._reader.readline()
        return b"".join(chunks)


async def first_answer(target: Target, body: bytes) -> dict[str, Any]:
    """Ask once; return the data. WrongAnswer when there are errors."""
    async with Connection(target) as connection:
        answer = orjson.loads(await connection.ask(target.request(body)))
    if answer.get("errors") or answer.get("data") is None:
        raise WrongAnswer(f"{target.name}: {str(answer)[:500]}")
    return answer["data"]


async def run(target: Target, bodies: list[bytes], *, connections: int, seconds: float) -> Figures:
    """Ask the bodies in turn on all connections until the time is up."""
    requests = [target.request(body) for body in bodies]
    expected = [len(orjson.dumps(await first_answer(target, body))) for body in bodies]
    latencies: list[float] = []
    began = time.perf_counter()

    async def loop(number: int) -> None:
        async with Connection(target) as connection:
            turn = number
            while time.perf_counter() - began < seconds:
                which = turn % len(requests)
                asked = time.perf_counter()
                body = await connection.ask(requests[which])
                latencies.append((time.perf_counter() - asked) * 1000)
                # Comparing sizes costs nothing and finds errors; the first answers were read in full.
                if abs(len(body) - expected[which]) > 64:
                    raise WrongAnswer(f"{target.name}: {body[:500]!r}")
                turn += 1

    await asyncio.gather(*(loop(number) for number in range(connections)))
    return Figures(len(latencies), time.perf_counter() - began, latencies)
