"""A worker that is killed in the middle of a job leaves nothing half visible, and the job is done again."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from archive_world import add, picture, small_union
from media_world import needs, telling_film

from kit import db, jobs
from kit.jobs import open_queue
from media_archive.app import service
from media_archive.renditions.jobs import resume_unfinished
from media_archive.uploads import keeping

# The worker stops itself in the middle of its first job, after the decoding and before anything is kept: from there
# the test kills it as the kernel would for lack of memory.
STOPPING = """
import os, signal, sys
import uvloop
from kit import settings
from kit import worker
from media_archive.app import service
from media_archive.renditions import ffmpeg, images

decode = images.thumbnails
encode = ffmpeg.small_film

def stopping(*args):
    made = decode(*args)
    os.kill(os.getpid(), signal.SIGSTOP)
    return made

async def stopping_too(*args):
    made = await encode(*args)
    os.kill(os.getpid(), signal.SIGSTOP)
    return made

if sys.argv[1] == "pictures":
    images.thumbnails = stopping
else:
    ffmpeg.small_film = stopping_too
uvloop.run(worker._main(service, drain=False, replay=None))
"""


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not holds():
            await asyncio.sleep(0.05)


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] == "T"


@pytest.mark.committed
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see that the worker stands still")
@pytest.mark.parametrize("what", ["pictures", "film"])
async def test_nothing_half_is_seen_and_the_job_is_done_again(database: object, valkey: str, what: str):
    needs(*(["ffmpeg"] if what == "film" else []))
    names, files = (("thumb%", 4), ("%480", 6))[what == "film"]
    queue = await open_queue(service.name, valkey)
    jobs.use_queue(queue)
    environment = {**os.environ, "LOA_REDIS_URL": valkey}
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", STOPPING, what, env=environment)
    try:
        union = await small_union()
        await add(union.factory, "Tài liệu", picture() if what == "pictures" else telling_film("webm", 1))
        await until(lambda: is_stopped(worker.pid))
        os.kill(worker.pid, signal.SIGKILL)
        await worker.wait()
        assert set(await states(names)) == {"running"}
        done = "SELECT count(*) FROM rendition WHERE sha256 IS NOT NULL AND name LIKE $1"
        assert await db.value(done, names) == 0

        # A quarter of an hour later the timer finds it; here the clock of the row is turned.
        await queue.pool.flushdb()
        await db.execute("UPDATE rendition SET changed_at = now() - interval '16 minutes'")
        await resume_unfinished()
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "kit.worker", "media_archive.app", "--drain", env=environment
        )
        assert await worker.wait() == 0
        assert set(await states(names)) == {"done"}
        assert await db.value("SELECT count(*) FROM stored_file") == files
        # What another job of that worker was just putting into the store is swept later on.
        await keeping.sweep_abandoned(older_than_hours=0)
        assert await db.value("SELECT count(*) FROM file_in_transit") == 0
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
        jobs.use_queue(None)
        await queue.pool.aclose()


async def states(names: str) -> list[str]:
    return [row["state"] for row in await db.rows("SELECT state FROM rendition WHERE name LIKE $1", names)]
