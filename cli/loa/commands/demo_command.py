"""`loa demo`: fills the databases with a made-up but believable union, in the order in which services need it."""

import asyncio

import click

from loa.commands.failing import told_plainly
from loa.errands import MIGRATIONS, Errand, run_errands
from loa.occupancy import running
from loa.place import Place
from loa.services import MEDIA_ARCHIVE, ORG, SERVICES, SURVEY, ServiceName
from loa.voice import Voice


def _demo(service: ServiceName, title: str) -> Errand:
    return Errand(service, ("-m", f"{service.package}.demo"), title)


def _drain(service: ServiceName) -> Errand:
    """Let a service tell its news, hear the others', and do the jobs that follow from them."""
    return Errand(service, ("-m", "kit.worker", service.app, "--drain"), f"{service.package} takes in the news")


STEPS = (
    *MIGRATIONS,
    _demo(ORG, "units, headcounts, officers"),
    *(_drain(service) for service in SERVICES),
    _demo(SURVEY, "questionnaire, a closed wave with answers and its release, an open wave"),
    _demo(MEDIA_ARCHIVE, "materials of every kind"),
    *(_drain(service) for service in SERVICES),
)


@click.command("demo")
def command() -> None:
    """Fill the databases with the demo (its numbers are made up). May be run again: nothing is made twice.

    Beside a running `up` it fills that one's databases; else it starts PostgreSQL and Valkey for as long as it takes.
    """
    voice = Voice()
    card = running(Place.default())
    with told_plainly():
        asyncio.run(run_errands(Place.default(), voice, "Filling in the demo", STEPS))
    look = f"Look at {card.public_url}" if card else "Start Loa with: python run.py up"
    voice.say(f"The demo is in place. {look}")
