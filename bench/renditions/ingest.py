"""Photos taken in and made ready: uploaded by one process as the archive's door does it, all renditions by a worker."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from bench.place import Scene
from bench.renditions.spent import seconds
from kit import db, jobs
from kit.app import Service
from kit.identity import SYSTEM
from loa.place import ROOT
from media_archive.uploads.service import NewAsset, add_asset

BOUND = 8.0
"""Photos a second, without OCR, on two cores."""

_UNIT = UUID(int=1)
_AT_ONCE = 2
# What is read waits for a program.
_UNFINISHED = """SELECT EXISTS (SELECT FROM rendition WHERE state IN ('waiting', 'running') AND name <> 'searchable')
                     OR EXISTS (SELECT FROM picture_print WHERE state IN ('waiting', 'running'))"""
_LONGEST = 300.0


@dataclass(frozen=True)
class Taken:
    """How many photos came in a second, from the first upload to the last finished rendition, and how many
    milliseconds of a processor each took: of uploading, the worker, PostgreSQL and Valkey together."""

    a_second: float
    processor_ms: float


async def taken(scene: Scene, service: Service, photos: Sequence[bytes]) -> Taken:
    """Take photos in, the first before anything is measured."""
    await db.connect(service.database())
    queue = await jobs.open_queue(service.name, scene.redis_url)
    jobs.use_queue(queue)
    try:
        await db.execute(
            """INSERT INTO unit (id, number, path, name_vi, name_en, code, level, kind, tree_version)
               VALUES ($1, 1, '00001', 'Công đoàn', 'Union', 'U', 'grassroots', 'enterprise', 1)""",
            _UNIT,
        )
        async with _worker():
            # One before the clock starts: the worker is up when it is done.
            await _take_in(photos[:1])
            await _finished()
            begin, spent = time.perf_counter(), seconds()
            await _take_in(photos[1:])
            await _finished()
            count = len(photos) - 1
            return Taken(count / (time.perf_counter() - begin), 1_000 * (seconds() - spent) / count)
    finally:
        jobs.use_queue(None)
        await queue.close()
        await db.disconnect()


@asynccontextmanager
async def _worker() -> AsyncIterator[None]:
    """A worker as it is deployed, but for the programs: none is found, so what would be read by OCR waits."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kit.worker", "media_archive.app", env={**os.environ, "PATH": ""}, cwd=ROOT
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def _take_in(photos: Sequence[bytes]) -> None:
    free = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int, photo: bytes) -> None:
        async with free:
            with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
                file = Path(folder, "photo.jpg")
                await asyncio.to_thread(file.write_bytes, photo)
                await add_asset(SYSTEM, NewAsset(unit_id=_UNIT, title=f"Ảnh {number}", file_name="photo.jpg"), file)

    await asyncio.gather(*(one(number, photo) for number, photo in enumerate(photos)))


async def _finished() -> None:
    async with asyncio.timeout(_LONGEST):
        while await db.value(_UNFINISHED):
            await asyncio.sleep(0.05)
