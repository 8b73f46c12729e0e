"""A worker that makes one file, in a process of its own for its memory: `python -m bench.downloads.making RELEASE …`.

Writes how long it took, the most memory that was used, what a worker has before it begins, and how large the file is.
"""

import asyncio
import sys
import time
from uuid import UUID

import orjson

from bench.memory import peak_memory
from kit import app, db
from kit.identity import SYSTEM
from survey.downloads import making, service

SERVICE = "survey.app"


async def make(release_id: UUID, kind: str, file_format: str) -> dict[str, object]:
    """Have a file made as the worker does; return seconds (by the clock, of its own work), memory in MiB, bytes."""
    await db.connect(app.load(SERVICE).database())
    try:
        asked = await service.ask_download(SYSTEM, release_id, kind=kind, format=file_format, language="vi")
        before, began, worked = peak_memory(), time.perf_counter(), time.process_time()
        await making.make_download(asked.id)
        seconds, worked = time.perf_counter() - began, time.process_time() - worked
        found = await service.download(SYSTEM, asked.id)
        return {
            "state": found.state,
            "problem": found.problem,
            "seconds": seconds,
            "worked": worked,
            "memory": peak_memory(),
            "idle": before,
            "bytes": found.bytes,
        }
    finally:
        await db.disconnect()


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(asyncio.run(make(UUID(sys.argv[1]), *sys.argv[2:4]))) + b"\n")
