"""Short work on the databases: done beside an `up` once that has started, or with servers started just for it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from loa.embedded import Program
from loa.house import House, ordinary_environment
from loa.keys import keys_of
from loa.occupancy import Card, occupied, running
from loa.place import ROOT, Place
from loa.services import SERVICES, ServiceName
from loa.supervisor import Supervisor
from loa.up import Wish, origin_of, start_backing
from loa.voice import Voice

_LOOKS_EVERY_SECONDS = 0.2

_Environments = Callable[[ServiceName], Mapping[str, str]]


@dataclass(frozen=True)
class Errand:
    """One command of a service, such as filling it with demo data: `python` with these arguments."""

    service: ServiceName
    arguments: Sequence[str]
    title: str


MIGRATIONS = tuple(Errand(one, ("-m", "kit.migrate", one.app), f"migrate {one.package}") for one in SERVICES)


async def run_errands(place: Place, voice: Voice, title: str, errands: Sequence[Errand]) -> None:
    """Run commands one after the other, each with its service's settings.

    Raises CannotStart when one fails (those after it are not begun), Occupied when something but an `up` runs here.
    """
    supervisor = Supervisor(place.logs, voice)
    try:
        async with _environments(place, supervisor, voice) as environment_of:
            with voice.steps(title, len(errands)) as steps:
                for errand in errands:
                    steps.doing(errand.title)
                    await supervisor.run(_program(errand, environment_of(errand.service)))
                    steps.done(errand.title)
    finally:
        await supervisor.stop()


async def attend(place: Place, voice: Voice, errand: Errand) -> int:
    """Run one command at the person's own terminal, who sees what it says as it says it; return how it ended."""
    supervisor = Supervisor(place.logs, voice)
    try:
        async with _environments(place, supervisor, voice) as environment_of:
            process = await asyncio.create_subprocess_exec(
                sys.executable, *errand.arguments, env=dict(environment_of(errand.service))
            )
            return await process.wait()
    finally:
        await supervisor.stop()


@asynccontextmanager
async def _environments(place: Place, supervisor: Supervisor, voice: Voice) -> AsyncIterator[_Environments]:
    card = await _of_whoever_runs(place, voice)
    if card:
        yield lambda service: {**ordinary_environment(), **card.environments[service.package]}
        return
    with occupied(place):
        with voice.steps("Starting the servers", 3) as steps:
            backing, databases = await start_backing(place, supervisor, steps)
        house = House.plan(place, backing, keys_of(place.keys), databases, origin_of(place, Wish(port=8080)))
        yield house.service_environment
        await supervisor.stop()


async def _of_whoever_runs(place: Place, voice: Voice) -> Card | None:
    """What the `up` that runs here tells, once it has started; None when none does, or it failed to start."""
    card = running(place)
    if card and not card.ready:
        voice.say(f"Loa is starting at {card.public_url}: waiting until it has …")
    while card and not card.ready:
        await asyncio.sleep(_LOOKS_EVERY_SECONDS)
        card = running(place)
    return card


def _program(errand: Errand, environment: Mapping[str, str]) -> Program:
    name = "-".join(part.strip("-") for part in errand.arguments if part != "-m").replace(".", "-")
    return Program(name=name, command=[sys.executable, *errand.arguments], environment=environment, folder=ROOT)
