"""A worker that makes one file, in a process of its own for its memory: `python -m bench.downloads.making RELEASE …`.

Writes how long it took, the most memory that was used, what a worker has before it begins, and how large the file is.
"""

import asyncio
import resource
import sys
import time
from uuid import UUID

import orjson

from kit import app, db
from kit.identity import SYSTEM
from survey.downloads import making, service

SERVICE = "survey.app"


async def make(release_id: UUID, kind: str, file_format: str) -> dict[str, object]:
    """Have a file made as the worker does; return seconds, memory in MiB and bytes."""
    await db.connect(app.load(SERVICE).database())
    try:
        asked = await service.ask_download(SYSTEM, release_id, kind=kind, format=file_format, language="vi")
        before, began = _memory(), time.perf_counter()
        await making.make_download(asked.id)
        seconds = time.perf_counter() - began
        found = await service.download(SYSTEM, asked.id)
        return {
            "state": found.state,
            "problem": found.problem,
            "seconds": seconds,
            "memory": _memory(),
            "idle": before,
            "bytes": found.bytes,
        }
    finally:
        await db.disconnect()


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(asyncio.run(make(UUID(sys.argv[1]), *sys.argv[2:4]))) + b"\n")
