"""`python -m kit.worker org.app`: a service's jobs, timed jobs, outbox relay and event consumers in one process.

With `--drain` it relays, consumes and works until nothing waits, then ends: for set-up and demos.
With `--replay STREAM` it forgets what it learnt from another service and reads that service's events from the start.
"""

import argparse
import asyncio
import contextlib
import signal

import uvloop
from redis.asyncio import Redis

from kit import app, events, jobs, settings


def main() -> None:
    """Run the worker named on the command line."""
    options = argparse.ArgumentParser(prog="python -m kit.worker")
    options.add_argument("module")
    options.add_argument("--drain", action="store_true")
    options.add_argument("--replay", metavar="STREAM")
    given = options.parse_args()
    service = app.load(given.module)
    uvloop.run(_main(service, drain=given.drain, replay=given.replay))


async def _main(service: app.Service, *, drain: bool, replay: str | None) -> None:
    async with service.connected(), Redis.from_url(settings.current().redis_url) as redis:
        if replay is not None:
            await events.replay(replay, service.consumes[replay])
        elif drain:
            await drain_once(service, redis)
        else:
            await _until_told(service, redis)


async def drain_once(service: app.Service, redis: Redis) -> None:
    """Relay, consume and do jobs until nothing waits."""
    while service.publishes and await events.relay_once(redis, service.name):
        pass
    for stream, handlers in service.consumes.items():
        while await events.consume_once(redis, stream, handlers):
            pass
    # Jobs may publish, so relay again afterwards.
    if service.jobs:
        await jobs.work_until_empty(service.name, settings.current().redis_url, service.jobs, service.crons)
    while service.publishes and await events.relay_once(redis, service.name):
        pass


async def _until_told(service: app.Service, redis: Redis) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    work = [asyncio.create_task(_keep_working(service))] if service.jobs or service.crons else []
    if service.publishes:
        work.append(asyncio.create_task(events.keep_relaying(redis, service.name)))
    work += [
        asyncio.create_task(events.keep_consuming(redis, stream, handlers))
        for stream, handlers in service.consumes.items()
    ]
    told = asyncio.create_task(stop.wait())
    try:
        # One part that ends on its own ends the process: whoever supervises it starts it again.
        await asyncio.wait([told, *work], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (told, *work):
            task.cancel()
        ended = await asyncio.gather(*work, return_exceptions=True)
    for outcome in ended:
        if isinstance(outcome, Exception):
            raise outcome


async def _keep_working(service: app.Service) -> None:
    worker = jobs.worker(service.name, settings.current().redis_url, service.jobs, service.crons)
    try:
        await worker.main()
    finally:
        with contextlib.suppress(Exception):  # the connection may be what ended it
            await worker.close()


if __name__ == "__main__":
    main()
