"""`loa bench`: the measurements of the folder bench/."""

import subprocess
import sys

import click

from loa.place import ROOT


@click.command("bench", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Measure; `bench --list` names the scenarios, `bench --help` the options."""
    done = subprocess.run([sys.executable, "-m", "bench", *arguments], cwd=ROOT, check=False)
    raise SystemExit(done.returncode)
