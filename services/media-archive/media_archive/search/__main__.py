"""`python -m media_archive.search`: builds the index anew, which all web processes then go over to."""

import asyncio
import time

import click

from media_archive.app import service
from media_archive.search.jobs import reindex


@click.command()
def command() -> None:
    """Build the search index anew from the database; searches go on meanwhile."""
    begun = time.monotonic()
    held = asyncio.run(_run())
    click.echo(
        f"{held} materials indexed in {time.monotonic() - begun:.1f} s; web processes go over to it by themselves"
    )


async def _run() -> int:
    async with service.connected():
        return await reindex()


if __name__ == "__main__":
    command(prog_name="python run.py archive reindex")
