"""`loa replay`: lets a service forget what it learnt from others and read their events again from the start."""

import asyncio
import importlib

import click

from loa.commands.failing import told_plainly
from loa.errands import MIGRATIONS, Errand, run_errands
from loa.place import Place
from loa.services import SERVICES, ServiceName, service_named
from loa.voice import Voice


@click.command("replay")
@click.argument("service", metavar="SERVICE", type=click.Choice([one.package for one in SERVICES]))
def command(service: str) -> None:
    """Rebuild SERVICE's copies of what others told it, such as its units, from their events."""
    name = service_named(service)
    streams = _streams_of(name)
    if not streams:
        raise click.ClickException(f"{service} listens to no other service.")
    errands = [
        Errand(name, ("-m", "kit.worker", name.app, "--replay", stream), f"{service} reads {stream}'s events again")
        for stream in streams
    ]
    drain = Errand(name, ("-m", "kit.worker", name.app, "--drain"), f"{service} catches up")
    with told_plainly():
        asyncio.run(run_errands(Place.default(), Voice(), f"Replaying to {service}", [*MIGRATIONS, *errands, drain]))


def _streams_of(name: ServiceName) -> list[str]:
    return list(importlib.import_module(name.app).service.consumes)
