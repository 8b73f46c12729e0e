"""A worker that is killed while it applies a file: another takes it up within two minutes, and it is applied once."""

import asyncio
import os
import signal
import sys
from datetime import date

import pytest

from kit import db, jobs
from kit.identity import SYSTEM
from kit.jobs import open_queue
from org.app import service as org
from org.exchange.runs import import_state, run_import, submit_import
from org.exchange.runs.keeping import BEAT_SECONDS, STALE_SECONDS, claim, hold

pytestmark = pytest.mark.committed

ON = date(2026, 3, 1)
PASSED = STALE_SECONDS - 10
PEOPLE = "unit_code,display_name,post,since\n" + "".join(
    f"HN,Người số {number},communications_officer,2026-01-01\n" for number in range(200)
)


@pytest.fixture
async def queue(valkey):
    made = await open_queue(org.name, valkey)
    jobs.use_queue(made)
    yield made
    jobs.use_queue(None)
    await made.close()


async def worker_process(valkey):
    environment = {**os.environ, "LOA_REDIS_URL": valkey}
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "kit.worker", "org.app", env=environment)


async def until(run_id, holds, seconds):
    async with asyncio.timeout(seconds):
        while not holds(await import_state(SYSTEM, run_id)):
            await asyncio.sleep(0.05)


async def claimed_ago(run_id):
    return await db.value(
        "SELECT extract(epoch FROM clock_timestamp() - claimed_at)::float FROM import_run WHERE id = $1", run_id
    )


async def attempts(run_id):
    return await db.value("SELECT attempts FROM import_run WHERE id = $1", run_id)


@pytest.mark.slow
async def test_another_worker_takes_it_up_by_itself_and_it_is_applied_once(tree, queue, valkey):
    run_id = await submit_import(SYSTEM, "people", PEOPLE.encode(), "a.csv", ON, applies=True)
    first = await worker_process(valkey)
    second = None
    try:
        await until(run_id, lambda run: run["step"] == "writing" and run["done"] > 5, 60)
        os.kill(first.pid, signal.SIGKILL)
        await first.wait()
        assert (await import_state(SYSTEM, run_id))["state"] == "to_apply"
        assert await db.value("SELECT count(*) FROM person") == 0
        # All of it as if it had been so much earlier: most of the minute in which the first is not heard of has passed.
        await db.execute(
            """UPDATE import_run SET submitted_at = submitted_at - make_interval(secs => $1),
                                     claimed_at = claimed_at - make_interval(secs => $1)""",
            PASSED,
        )
        second = await worker_process(valkey)
        killed = asyncio.get_running_loop().time()
        async with asyncio.timeout(300):
            while await attempts(run_id) < 2:
                await asyncio.sleep(0.2)
        # As soon as the first counts as dead and the next sweep comes by; the rest is the second worker's start.
        assert asyncio.get_running_loop().time() - killed < STALE_SECONDS - PASSED + 30 + 45
        await until(run_id, lambda run: run["state"] == "applied", 240)
        assert await attempts(run_id) == 2
        assert await db.value("SELECT count(*) FROM person") == 200
        assert await db.value("SELECT count(*) FROM appointment") == 200
        assert await db.value("SELECT count(*) FROM audit WHERE action = 'import.applied'") == 1
    finally:
        for process in (first, second):
            if process and process.returncode is None:
                process.kill()
                await process.wait()


async def test_who_says_that_it_is_alive_keeps_its_run(tree, job_queue):
    assert BEAT_SECONDS * 3 < STALE_SECONDS
    run_id = await submit_import(SYSTEM, "people", PEOPLE.encode(), "a.csv", ON, applies=True)
    run = await claim(run_id)
    for _ in range(3):
        await db.execute("UPDATE import_run SET claimed_at = claimed_at - interval '50 seconds'")
        await hold(run)
        assert await claimed_ago(run_id) < 10
        assert await claim(run_id) is None
    await db.execute("UPDATE import_run SET claimed_at = claimed_at - interval '61 seconds'")
    other = await claim(run_id)
    assert other["attempts"] == 2
    # Whoever was thought dead does not hold up the other's run.
    await db.execute("UPDATE import_run SET claimed_at = claimed_at - interval '61 seconds'")
    await hold(run)
    assert await claimed_ago(run_id) > 60
    await run_import(str(run_id))
    assert (await import_state(SYSTEM, run_id))["state"] == "applied"
    assert await db.value("SELECT count(*) FROM person") == 200
