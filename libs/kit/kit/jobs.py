"""What happens later: jobs behind one small interface, so that the queue's library can be replaced in a day.

Jobs carry ids only and may run twice without harm. arq is kept inside this module; its traps (pickle, one default
queue for everyone, exceptions that are final, results that block a job id, jobs of a killed worker that wait for the
longest timeout of all) are closed here.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, Protocol

import orjson
from arq import Retry
from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.constants import in_progress_key_prefix
from arq.cron import CronJob, cron
from arq.worker import Function, Worker, func
from redis.exceptions import RedisError

from kit import db

log = logging.getLogger("kit.jobs")

# Seconds; doubled with each failed try.
FIRST_PAUSE = 1.0
# How often a worker looks for jobs: seldom enough to cost nothing while idle. A burst is never idle.
_TICK_SECONDS, _BURST_TICK_SECONDS = 0.2, 0.02
_PLACES = 4
# Seconds for which a worker has a job to itself; it asks for more while the job goes on. When the worker was killed,
# another takes the job up once they are over: arq's own lease would be as long as the longest job's timeout.
LEASE = 60.0
_RENEWALS_IN_A_LEASE = 4


class TryLater(Exception):
    """Raised by a job that can't be done yet; it does not count as a failure until the tries are used up."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"try again in {seconds:g} s")


@dataclass(frozen=True)
class Job:
    """A named piece of later work. Calling it does the work at once."""

    name: str
    work: Callable[..., Awaitable[None]]
    timeout: float
    tries: int

    async def __call__(self, *ids: str) -> None:
        await self.work(*ids)


def job(name: str, *, timeout: float = 60, tries: int = 5) -> Callable[[Callable[..., Awaitable[None]]], Job]:
    """Make a job of a coroutine function that takes ids. `timeout` in seconds for one try."""
    return lambda work: Job(name=name, work=work, timeout=timeout, tries=tries)


@dataclass(frozen=True)
class Every:
    """A job without arguments that runs again and again, once per cluster."""

    job: Job
    minutes: frozenset[int]
    seconds: frozenset[int]


def every(job: Job, *, minutes: int = 0, seconds: int = 0) -> Every:
    """Run a job every so many minutes or seconds; the number must divide 60."""
    step = minutes or seconds
    if not step or 60 % step:
        raise ValueError("give minutes or seconds that divide 60")
    ticks = frozenset(range(0, 60, step))
    return Every(job=job, minutes=ticks, seconds=frozenset({0})) if minutes else Every(job, frozenset(range(60)), ticks)


class Queue(Protocol):
    """Where jobs wait."""

    async def put(self, job: Job, ids: Sequence[str]) -> None: ...


@dataclass
class ArqQueue:
    """Jobs in Valkey, one queue for each service."""

    service: str
    pool: ArqRedis

    async def put(self, job: Job, ids: Sequence[str]) -> None:
        await self.pool.enqueue_job(job.name, *ids, _queue_name=queue_name(self.service))

    async def close(self) -> None:
        """Let go of the connections."""
        await self.pool.aclose(close_connection_pool=True)


@dataclass
class MemoryQueue:
    """Jobs in a list, for tests: they look at it, or run it with `run_all`."""

    waiting: list[tuple[Job, tuple[str, ...]]] = field(default_factory=list[tuple[Job, tuple[str, ...]]])

    async def put(self, job: Job, ids: Sequence[str]) -> None:
        self.waiting.append((job, tuple(ids)))

    async def run_all(self) -> int:
        """Do all that waits, also what that adds; return how many jobs ran."""
        count = 0
        while self.waiting:
            job, ids = self.waiting.pop(0)
            await job(*ids)
            count += 1
        return count


_queue: Queue | None = None


def use_queue(queue: Queue | None) -> None:
    """Say where this process's jobs go."""
    global _queue  # noqa: PLW0603  # one queue for each process, chosen at its start
    _queue = queue


def current_queue() -> Queue | None:
    """Return where this process's jobs go."""
    return _queue


async def enqueue(job: Job, *ids: str) -> None:
    """Have a job done soon; inside a transaction only once that has committed.

    What is committed can't be taken back, so while Valkey can't be reached this only says so in the log: each service
    has a timed job that finds in the database what was left undone.
    """
    if _queue is None:
        raise RuntimeError("no job queue is in use")
    queue = _queue
    await db.on_commit(lambda: _put(queue, job, ids))


async def _put(queue: Queue, job: Job, ids: Sequence[str]) -> None:
    try:
        await queue.put(job, ids)
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("job %s waits for the next sweep: %s", job.name, type(error).__name__)


def queue_name(service: str) -> str:
    """Return the name of a service's queue in Valkey."""
    return f"loa:jobs:{service}"


async def open_queue(service: str, redis_url: str) -> ArqQueue:
    """Connect to a service's queue."""
    pool = await create_pool(
        RedisSettings.from_dsn(redis_url), job_serializer=orjson.dumps, job_deserializer=orjson.loads
    )
    return ArqQueue(service, pool)


async def work_until_empty(service: str, redis_url: str, jobs: Sequence[Job], crons: Sequence[Every] = ()) -> None:
    """Do the jobs that wait, and those they add, then return.

    Timed jobs are not begun here; but one that a worker beside us began waits in the same queue, and is done like the
    others: arq would drop it as unknown.
    """
    burst = worker(service, redis_url, jobs, crons, burst=True)
    try:
        await burst.main()
    finally:
        await burst.close()


class _PromptWorker(Worker):
    """arq looks for jobs at every tick only: of short ones no more are done in a second than it has places and ticks.

    When all places are taken more may be waiting, so this one looks again as soon as a place is free. What it does is
    its own for as long as it lives and a little longer: see `LEASE`.
    """

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.in_progress_timeout_s = LEASE

    async def _poll_iteration(self) -> None:
        await super()._poll_iteration()
        while self.job_counter >= self.max_jobs:
            await asyncio.wait(self.tasks.values(), timeout=self.poll_delay_s, return_when=asyncio.FIRST_COMPLETED)
            await super()._poll_iteration()

    async def run_job(self, job_id: str, score: int) -> None:
        renewing = asyncio.create_task(self._renew(job_id))
        try:
            await super().run_job(job_id, score)
        finally:
            renewing.cancel()

    async def _renew(self, job_id: str) -> None:
        while True:
            await asyncio.sleep(self.in_progress_timeout_s / _RENEWALS_IN_A_LEASE)
            with contextlib.suppress(RedisError, OSError):  # tried again before the lease is over
                await self.pool.pexpire(in_progress_key_prefix + job_id, int(self.in_progress_timeout_s * 1000))


def worker(service: str, redis_url: str, jobs: Sequence[Job], crons: Sequence[Every], *, burst: bool = False) -> Worker:
    """Return an arq worker for a service's jobs; in a burst it begins no timed ones."""
    timed = [_arq_cron(entry) for entry in crons]
    return _PromptWorker(
        functions=[*(_arq_function(job) for job in jobs), *(map(_begun_elsewhere, timed) if burst else ())],
        cron_jobs=[] if burst else timed,
        redis_settings=RedisSettings.from_dsn(redis_url),
        queue_name=queue_name(service),
        job_serializer=orjson.dumps,
        job_deserializer=orjson.loads,
        max_jobs=_PLACES,
        keep_result=0,
        job_completion_wait=5,
        health_check_interval=30,
        poll_delay=_BURST_TICK_SECONDS if burst else _TICK_SECONDS,
        burst=burst,
        handle_signals=False,
        timezone=UTC,
        log_results=False,
    )


def _arq_function(job: Job) -> Function:
    async def run(ctx: dict[str, Any], *ids: str) -> None:
        await _run(job, ids, int(ctx["job_try"]))

    return func(run, name=job.name, timeout=job.timeout, max_tries=job.tries, keep_result=0)


async def _run(job: Job, ids: Sequence[str], attempt: int) -> None:
    try:
        await job(*ids)
    except TryLater as later:
        raise Retry(defer=later.seconds) from later
    except Exception:
        # An ordinary exception is final to arq: make it a retry until the tries are used up.
        log.exception("job %s failed (try %d of %d)", job.name, attempt, job.tries)
        if attempt < job.tries:
            raise Retry(defer=min(FIRST_PAUSE * 2**attempt, 300)) from None
        raise


def _begun_elsewhere(timed: CronJob) -> Function:
    return func(timed.coroutine, name=timed.name, timeout=timed.timeout_s, keep_result=0)


def _arq_cron(entry: Every) -> CronJob:
    async def run(ctx: dict[str, Any]) -> None:
        await _run(entry.job, (), int(ctx.get("job_try", 1)))

    return cron(
        run,
        name=f"cron:{entry.job.name}",
        minute=set(entry.minutes),
        second=set(entry.seconds),
        timeout=entry.job.timeout,
        keep_result=0,
    )
