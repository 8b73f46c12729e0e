"""CPU per request of a gateway process under one ASGI server or another: `python gateway_measure.py`, in this folder."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import orjson
import psutil
from gateway_servers import new_apps, serving
from gateway_subgraphs import SCHEMAS

from gateway.app import Gateway
from gateway.composition import compose
from gateway.execution.run import SubgraphFailed
from gateway.settings import Settings
from gateway.transport import HttpPool, PoolLimits

SERVERS = {
    "uvicorn": ["-m", "uvicorn", "--factory", "gateway_measure:build", "--no-access-log", "--log-level", "error"],
    "granian": ["-m", "granian", "--factory", "gateway_measure:build", "--interface", "asgi", "--log-level", "error"],
}
QUESTIONS = {
    "one service, 12 rows": "{ units(first: 12) { id name memberCount } }",
    "join of 20 rows": "{ surveys(first: 20) { id title unit { name memberCount } } }",
    "three services": "{ units(first: 12) { name surveys { title isOpen } materials { title unit { name } } } }",
}
REQUESTS = 400
AT_ONCE = 16


def build() -> Gateway:
    return Gateway(Settings())


async def main() -> None:
    folder = Path(tempfile.mkdtemp())
    for name, schema in SCHEMAS.items():
        (folder / name).write_text(schema.as_str(), encoding="utf-8")
    (folder / "supergraph").write_text(compose({name: folder / name for name in SCHEMAS}), encoding="utf-8")
    async with AsyncExitStack() as stack:
        urls = {name: await stack.enter_async_context(serving(app)) for name, app in new_apps().items()}
        addresses = {f"LOA_{name.upper()}_URL": url for name, url in urls.items()}
        for server, command in SERVERS.items():
            figures = await _measure(command, {"LOA_SUPERGRAPH": str(folder / "supergraph"), **addresses})
            sys.stdout.write(f"{server}: {figures}\n")


async def _measure(command: list[str], environment: dict[str, str]) -> dict[str, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    arguments = [sys.executable, *command, "--port", port]
    process = subprocess.Popen(arguments, env={**os.environ, **environment})
    pool = HttpPool(f"http://127.0.0.1:{port}", PoolLimits(300, AT_ONCE, 1 << 24, 4))
    try:
        await _until_up(pool)
        return {name: await _figure(pool, process.pid, question) for name, question in QUESTIONS.items()}
    finally:
        await pool.close()
        process.terminate()
        process.wait()


async def _until_up(pool: HttpPool) -> None:
    for _ in range(100):
        try:
            await pool.post(b'{"query": "{ __typename }"}', b"", repeatable=True)
        except SubgraphFailed:
            await asyncio.sleep(0.2)
        else:
            return


async def _figure(pool: HttpPool, pid: int, question: str) -> str:
    body = orjson.dumps({"query": question})
    await _ask(pool, body, 50)
    before = _cpu(pid)
    await _ask(pool, body, REQUESTS)
    return f"{(_cpu(pid) - before) / REQUESTS * 1e6:.0f} µs"


async def _ask(pool: HttpPool, body: bytes, count: int) -> None:
    answers = await asyncio.gather(*[pool.post(body, b"", repeatable=True) for _ in range(count)])
    assert not any(b'"errors"' in answer for answer in answers)


def _cpu(pid: int) -> float:
    process = psutil.Process(pid)
    return sum(sum(each.cpu_times()[:2]) for each in (process, *process.children(recursive=True)))


if __name__ == "__main__":
    asyncio.run(main())
