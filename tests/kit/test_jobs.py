"""Jobs run after the commit, again after a failure, and in the queue of their own service."""

import asyncio
import sys
import time

import pytest
from arq.connections import ArqRedis
from redis.asyncio import Redis
from sample_service import DONE, work

from kit import db, jobs
from kit.jobs import Job, MemoryQueue, TryLater

ATTEMPTS: list[str] = []


async def _flaky(id: str) -> None:
    ATTEMPTS.append(id)
    if len(ATTEMPTS) < 3:
        raise RuntimeError("not yet")


async def _later(id: str) -> None:
    ATTEMPTS.append(id)
    if len(ATTEMPTS) < 2:
        raise TryLater(0.01)


async def test_a_job_waits_for_the_commit(job_queue: MemoryQueue) -> None:
    async with db.transaction():
        await jobs.enqueue(work, "1")
        assert job_queue.waiting == []
    assert job_queue.waiting == [(work, ("1",))]


async def test_a_job_of_a_change_undone_is_never_done(job_queue: MemoryQueue) -> None:
    with pytest.raises(RuntimeError):
        async with db.transaction():
            await jobs.enqueue(work, "1")
            raise RuntimeError
    assert job_queue.waiting == []


async def test_what_is_committed_succeeds_while_valkey_is_down(
    database: object, caplog: pytest.LogCaptureFixture
) -> None:
    # Nothing listens on port 1.
    jobs.use_queue(jobs.ArqQueue("sample", ArqRedis.from_url("redis://127.0.0.1:1")))
    async with db.transaction():
        await db.execute("INSERT INTO seen (number, text) VALUES (1, 'kept')")
        await jobs.enqueue(work, "1")
    assert await db.value("SELECT text FROM seen") == "kept"
    assert "job sample.work waits for the next sweep" in caplog.text


async def test_a_timed_job_that_a_worker_beside_us_began_is_done_and_no_other_is_begun(valkey: str) -> None:
    DONE.clear()

    async def tick() -> None:
        DONE.append("tick")

    async def tock() -> None:
        DONE.append("tock")

    timed = [jobs.every(Job(f"sample.{one.__name__}", one, 5, 1), seconds=1) for one in (tick, tock)]
    queue = await jobs.open_queue("sample", valkey)
    await queue.pool.enqueue_job("cron:sample.tick", _queue_name=jobs.queue_name("sample"))
    await jobs.work_until_empty("sample", valkey, [work], timed)
    assert DONE == ["tick"]
    await queue.close()


async def test_valkey_carries_a_job_to_the_worker(valkey: str) -> None:
    DONE.clear()
    queue = await jobs.open_queue("sample", valkey)
    await queue.put(work, ["7"])
    await jobs.work_until_empty("other", valkey, [Job("else", _flaky, 5, 1)])
    assert DONE == []
    await jobs.work_until_empty("sample", valkey, [work])
    assert DONE == ["7"]
    await queue.close()


async def test_a_free_place_is_taken_without_waiting_for_the_next_tick(valkey: str) -> None:
    done, all_done = list[str](), asyncio.Event()

    async def short(id: str) -> None:
        done.append(id)
        if len(done) == 12:
            all_done.set()

    one = Job("sample.short", short, 5, 1)
    queue = await jobs.open_queue("sample", valkey)
    for number in range(12):
        await queue.put(one, [str(number)])
    slow = jobs.worker("sample", valkey, [one], [])
    # Three rounds of its places would take an hour.
    slow.poll_delay_s = 1_800
    working = asyncio.create_task(slow.main())
    async with asyncio.timeout(60):
        await all_done.wait()
    await asyncio.wait(slow.tasks.values())
    working.cancel()
    await asyncio.wait([working])
    assert sorted(done, key=int) == [str(number) for number in range(12)]
    await slow.close()
    await queue.close()


async def test_the_same_job_can_be_enqueued_again(valkey: str) -> None:
    DONE.clear()
    queue = await jobs.open_queue("sample", valkey)
    for _ in range(2):
        await queue.put(work, ["7"])
        await jobs.work_until_empty("sample", valkey, [work])
    assert DONE == ["7", "7"]
    await queue.close()


@pytest.mark.parametrize(("does", "attempts"), [(_flaky, 3), (_later, 2)])
async def test_a_job_that_failed_is_tried_again(
    valkey: str, does: object, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ATTEMPTS.clear()
    flaky = Job("sample.flaky", does, 5, 5)  # type: ignore[arg-type]
    monkeypatch.setattr(jobs, "FIRST_PAUSE", 0.01)
    queue = await jobs.open_queue("sample", valkey)
    await queue.put(flaky, ["x"])
    await jobs.work_until_empty("sample", valkey, [flaky])
    assert ["x"] * attempts == ATTEMPTS
    async with Redis.from_url(valkey) as redis:
        assert await redis.zcard(jobs.queue_name("sample")) == 0
    await queue.close()


# A worker as another process, whose one job never ends; it says when it has begun.
NEVER_ENDING = """
import asyncio, sys
from kit import jobs

async def stuck(id):
    print("begun", flush=True)
    await asyncio.sleep(3600)

jobs.LEASE = 1.0
one = jobs.Job("sample.long", stuck, 3600, 5)
asyncio.run(jobs.work_until_empty("sample", sys.argv[1], [one]))
"""


async def test_a_job_whose_worker_was_killed_is_soon_done_by_another(valkey: str) -> None:
    done = list[str]()

    async def long(id: str) -> None:
        done.append(id)

    one = Job("sample.long", long, 3600, 5)
    queue = await jobs.open_queue("sample", valkey)
    await queue.put(one, ["7"])
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", NEVER_ENDING, valkey, stdout=asyncio.subprocess.PIPE
    )
    assert killed.stdout is not None
    assert await killed.stdout.readline() == b"begun\n"
    killed.kill()
    await killed.wait()
    began = time.monotonic()
    async with asyncio.timeout(60):
        await jobs.work_until_empty("sample", valkey, [one])
    assert done == ["7"]
    # Not before the lease is over, which it had for a second.
    assert time.monotonic() - began < 10
    await queue.close()


async def test_a_job_longer_than_its_lease_is_begun_once(valkey: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = list[str]()

    async def long(id: str) -> None:
        begun.append(id)
        await asyncio.sleep(2)

    monkeypatch.setattr(jobs, "LEASE", 0.4)
    one = Job("sample.long", long, 3600, 5)
    queue = await jobs.open_queue("sample", valkey)
    await queue.put(one, ["7"])
    await asyncio.gather(*(jobs.work_until_empty("sample", valkey, [one]) for _ in range(2)))
    assert begun == ["7"]
    await queue.close()
