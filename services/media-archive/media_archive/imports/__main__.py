"""`python -m media_archive.imports FOLDER --unit CODE`: brings files in; may be run again after it was cut off."""

import asyncio
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kit.errors import DomainError
from kit.identity import SYSTEM
from media_archive.app import service
from media_archive.assets.visibility import VISIBILITIES
from media_archive.imports.reading import Found, ImportUnreadable, found_in
from media_archive.imports.service import Outcome, bring_in, unit_with_code
from media_archive.uploads.service import NewAsset


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--unit", required=True, metavar="CODE", help="Code of the unit that the materials belong to.")
@click.option("--kind", help="Code of their kind where the table says none; by the type of each file otherwise.")
@click.option("--language", default="vi", show_default=True, help="ISO 639 code of their language.")
@click.option(
    "--visibility",
    type=click.Choice(VISIBILITIES),
    default="unit",
    show_default=True,
    help="Who may see them where the table says nothing.",
)
@click.option("--source", default="", help="Where they come from, in words.")
def command(folder: Path, unit: str, kind: str | None, language: str, visibility: str, source: str) -> None:
    """Bring the files of FOLDER, or of the BagIt bag FOLDER, into the archive."""
    said = {"kind": kind, "language": language, "visibility": visibility, "source": source}
    try:
        found = found_in(folder)
        outcome = asyncio.run(_run(found, unit, said))
    except ImportUnreadable as error:
        raise click.ClickException(_readable(str(error))) from error
    except DomainError as error:
        raise click.ClickException(f"{error.message('vi')} / {error.message('en')}") from error
    _tell(outcome)
    sys.exit(1 if outcome.refused else 0)


async def _run(found: list[Found], unit: str, said: dict[str, str | None]) -> Outcome:
    async with service.connected():
        common = NewAsset(unit_id=await unit_with_code(unit), title="", file_name="", **said)  # pyright: ignore[reportArgumentType]
        with Progress(
            TextColumn("{task.description}", justify="left", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        ) as shown:
            bar = shown.add_task("", total=len(found))

            def progress(done: int, _: int, name: str) -> None:
                shown.update(bar, completed=done, description=_readable(name)[-40:])

            return await bring_in(SYSTEM, common, found, progress)


def _readable(name: str) -> str:
    """A name as strangers gave it may hold what a terminal obeys, or bytes that are no letters."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)


def _tell(outcome: Outcome) -> None:
    click.echo(f"{outcome.added} added, {outcome.there} were there already, {len(outcome.refused)} refused")
    for name, error in outcome.refused:
        click.echo(f"  {_readable(name)}: {error.code} – {error.message('vi')}")
    if outcome.added:
        click.echo("The worker makes their pictures and reads their texts.")


if __name__ == "__main__":
    command(prog_name="python run.py archive import")
