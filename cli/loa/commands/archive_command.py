"""`loa archive …`: work on the archive that is done at a terminal."""

import asyncio
import sys

import click

from loa.commands.failing import told_plainly
from loa.errands import Errand, attend
from loa.place import Place
from loa.services import service_named
from loa.voice import Voice


@click.group("archive")
def command() -> None:
    """Work on the archive."""


@command.command("reindex")
def reindex_command() -> None:
    """Build the search index anew from the database; searches go on with the old one until it is there."""
    errand = Errand(service_named("media_archive"), ("-m", "media_archive.search"), "reindex")
    with told_plainly():
        sys.exit(asyncio.run(attend(Place.default(), Voice(), errand)))


@command.command("import", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def import_command(arguments: tuple[str, ...]) -> None:
    """Bring the files of a folder or of a BagIt bag in: FOLDER --unit CODE; --help says more."""
    errand = Errand(service_named("media_archive"), ("-m", "media_archive.imports", *arguments), "import")
    with told_plainly():
        sys.exit(asyncio.run(attend(Place.default(), Voice(), errand)))
