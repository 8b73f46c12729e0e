"""`loa migrate`: brings the databases to the newest migration without starting anything else."""

import asyncio

import click

from loa.commands.failing import told_plainly
from loa.errands import MIGRATIONS, run_errands
from loa.place import Place
from loa.voice import Voice


@click.command("migrate")
def command() -> None:
    """Bring all databases to the newest migration (`up` does so by itself)."""
    with told_plainly():
        asyncio.run(run_errands(Place.default(), Voice(), "Migrating", MIGRATIONS))
