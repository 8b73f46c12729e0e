"""Brings the whole house up and keeps it up: servers, databases, migrations, then every process side by side."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import FrameType
from typing import TypeVar

import asyncpg

from loa import lan
from loa.backing import Backing
from loa.databases import applied_migrations
from loa.embedded import CannotStart, leftovers
from loa.house import FRONT_DOOR, GATEWAY, House, Origin
from loa.keys import keys_of
from loa.occupancy import Card, occupied, publish
from loa.place import Place
from loa.services import SERVICES, ServiceName
from loa.supervisor import Supervisor
from loa.voice import Steps, Voice

_T = TypeVar("_T")


@dataclass(frozen=True)
class Wish:
    """What the person asked for."""

    port: int
    lan: bool = False


async def bring_up(place: Place, wish: Wish, voice: Voice, on_ready: Callable[[House, float], None]) -> None:
    """Run everything until somebody asks to stop. Raises CannotStart or Occupied when it cannot be."""
    began = time.monotonic()
    with occupied(place):
        _require_free(wish)
        publish(place, Card(os.getpid(), origin_of(place, wish).url, {}, {}))
        for name in leftovers.end_all(place.processes):
            voice.of(name, "still ran after an earlier, killed start; stopped")
        asked = _asked_to_stop()
        supervisor = Supervisor(place.logs, voice)
        try:
            starting = asyncio.create_task(_start(place, wish, supervisor, voice))
            house = await _unless(asked, starting)
            if house is None:
                return
            on_ready(house, time.monotonic() - began)
            await _unless(asked, asyncio.create_task(supervisor.failed()))
        finally:
            voice.say("Stopping …")
            await supervisor.stop()
            voice.say("Stopped.")


async def _start(place: Place, wish: Wish, supervisor: Supervisor, voice: Voice) -> House:
    # 2 servers, databases, npm packages, migrations, then the processes
    with voice.steps("Starting Loa", count=2 + 1 + 1 + len(SERVICES) + 2 * len(SERVICES) + 2) as steps:
        modules = asyncio.create_task(bring_modules(steps))
        try:
            backing, databases = await start_backing(place, supervisor, steps)
            house = House.plan(place, backing, keys_of(place.keys), databases, origin_of(place, wish))
            card = card_of(house)
            publish(place, card)
            await migrate(house, supervisor, steps)
            await modules
        finally:
            modules.cancel()
        steps.doing("processes")
        await supervisor.start(house.programs(), on_ready=lambda program: steps.done(program.name))
        publish(place, replace(card, ready=True))
    return house


async def start_backing(place: Place, supervisor: Supervisor, steps: Steps) -> tuple[Backing, dict[str, str]]:
    """Start what is embedded, make the databases; return all addresses."""
    steps.doing("PostgreSQL and Valkey")
    backing = Backing.of(place)
    await supervisor.start(backing.programs(), on_ready=lambda program: steps.done(program.name))
    for name in _external(backing):
        steps.done(name)
    steps.doing("databases")
    try:
        databases = await backing.databases()
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise CannotStart(f"cannot make the databases: {error}") from error
    steps.done("databases")
    return backing, databases


def _external(backing: Backing) -> list[str]:
    names = {"PostgreSQL of LOA_DATABASE_URL": backing.postgres, "Valkey of LOA_REDIS_URL": backing.valkey}
    return [name for name, embedded in names.items() if embedded is None]


async def migrate(house: House, supervisor: Supervisor, steps: Steps) -> None:
    """Bring all databases to their newest migration, side by side."""

    async def one(service: ServiceName) -> None:
        # Looking costs a hundredth of the process that would find nothing to do.
        applied = await applied_migrations(house.databases[service.package], service.package)
        if service.migration_names - applied:
            await supervisor.run(house.migration(service))
        steps.done(f"migrations of {service.package}")

    steps.doing("migrations")
    # All are let finish, so that a failure leaves no half-run migration behind.
    outcomes = await asyncio.gather(*(one(service) for service in SERVICES), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


async def bring_modules(steps: Steps) -> None:
    """Bring the npm packages of the gateway's planner and explorer; nothing to do when they are there."""
    from gateway.planner.node import ModulesUnavailable, ensure_explorer, ensure_modules

    try:
        # In a thread: npm may take a minute, and Ctrl-C should still be heard.
        await asyncio.to_thread(ensure_modules, steps.doing)
        await asyncio.to_thread(ensure_explorer, steps.doing)
    except ModulesUnavailable as error:
        raise CannotStart(str(error)) from error
    steps.done("npm packages")


def origin_of(place: Place, wish: Wish) -> Origin:
    """The one origin: of this machine alone, or of its local network with TLS."""
    if not wish.lan:
        return Origin("127.0.0.1", wish.port, f"http://127.0.0.1:{wish.port}")
    host = lan.address()
    return Origin("0.0.0.0", wish.port, f"https://{host}:{wish.port}", lan.certificate_for(place.tls, host))  # noqa: S104 — that is what --lan means


def card_of(house: House) -> Card:
    """What other commands are told of this house."""
    environments = {service.package: house.service_environment(service) for service in SERVICES}
    environments |= {GATEWAY: house.gateway_environment(), FRONT_DOOR: house.front_door_environment()}
    told = {name: _settings(environment) for name, environment in environments.items()}
    addresses = {name: house.url(name) for name in house.ports} | {FRONT_DOOR: house.front_door_url}
    return Card(os.getpid(), house.origin.url, addresses, told)


def _settings(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith("LOA_")}


def _require_free(wish: Wish) -> None:
    """Say clearly that the port is taken, before anything is started."""
    with socket.socket() as probe:
        if os.name != "nt":
            # As the front door will: connections of an earlier run that still linger are no hindrance.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0" if wish.lan else "127.0.0.1", wish.port))  # noqa: S104 — that is what --lan means
        except PermissionError as error:
            raise CannotStart(
                f"port {wish.port} needs more rights than you have; choose one above 1023 with --port."
            ) from error
        except OSError as error:
            raise CannotStart(f"port {wish.port} is in use by another program; choose another with --port.") from error


def _asked_to_stop() -> asyncio.Event:
    """An event that Ctrl-C, SIGTERM or a closed terminal sets."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # `nohup` asks not to be told of a closed terminal. SIGINT is heard even so: a shell script's `up &` ignores it.
        if number is None or (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):
            continue
        try:
            loop.add_signal_handler(number, asked.set)
        except NotImplementedError:  # Windows
            signal.signal(number, _telling(loop, asked))
    return asked


def _telling(loop: asyncio.AbstractEventLoop, asked: asyncio.Event) -> Callable[[int, FrameType | None], None]:
    def tell(number: int, frame: FrameType | None) -> None:
        del number, frame
        loop.call_soon_threadsafe(asked.set)

    return tell


async def _unless(asked: asyncio.Event, task: "asyncio.Task[_T]") -> _T | None:
    """The task's result, or None when somebody asked to stop before it was done; the task is cancelled then."""
    waiting = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        waiting.cancel()
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
