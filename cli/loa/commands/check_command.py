"""`loa check`: says yes before anyone else is asked to look."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from loa import manifests, schemas
from loa.embedded import CannotStart
from loa.place import ROOT


class Failed(Exception):
    """A step says no; the message is what it found."""


class Skipped(Exception):
    """A step could not look on this machine; the message says why."""


@dataclass(frozen=True)
class Outcome:
    """What one step said."""

    name: str
    seconds: float
    verdict: str
    said: str


def _tool(*words: str) -> str:
    """Run a tool of this environment over the checkout."""
    program = Path(sys.executable).with_name(words[0])
    done = subprocess.run([str(program), *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).strip()
    if done.returncode:
        raise Failed(said)
    return said.rpartition("\n")[2]


def _schema() -> str:
    try:
        stale = schemas.stale()
    except CannotStart as error:
        raise Failed(str(error)) from error
    if stale:
        files = ", ".join(str(path.relative_to(ROOT)) for path in stale)
        raise Failed(f"stale: {files}\nRewrite with: python run.py schema")
    return "schema files current, composition accepted"


def _manifests() -> str:
    try:
        return manifests.check()
    except manifests.NotRendered as error:
        raise Skipped(str(error)) from error
    except manifests.Invalid as error:
        raise Failed(str(error)) from error


STEPS: dict[str, Callable[[], str]] = {
    "format": partial(_tool, "ruff", "format", "--check", "."),
    "lint": partial(_tool, "ruff", "check", "--output-format=concise", "."),
    "types": partial(_tool, "basedpyright", "--level", "error"),
    "imports": partial(_tool, "lint-imports"),
    "schema": _schema,
    "manifests": _manifests,
}


@click.command("check")
@click.argument("steps", nargs=-1, type=click.Choice(list(STEPS)))
def command(steps: tuple[str, ...]) -> None:
    """Run all checks (or the STEPS named), each to its end, and fail if any did."""
    console = Console(highlight=False)
    outcomes = [_outcome(console, name) for name in steps or STEPS]
    _print_table(console, outcomes)
    raise SystemExit(any(outcome.verdict == "failed" for outcome in outcomes))


def _outcome(console: Console, name: str) -> Outcome:
    began = time.monotonic()
    try:
        verdict, said = "ok", STEPS[name]()
    except Failed as error:
        verdict, said = "failed", str(error)
        console.print(Text(f"── {name}\n{said}\n"), soft_wrap=True)
    except Skipped as error:
        verdict, said = "skipped", str(error)
    return Outcome(name, time.monotonic() - began, verdict, said)


_COLOURS = {"ok": "green", "failed": "bold red", "skipped": "yellow"}


def _print_table(console: Console, outcomes: Sequence[Outcome]) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for outcome in outcomes:
        note = "see above" if outcome.verdict == "failed" else outcome.said
        verdict = Text(outcome.verdict, style=_COLOURS[outcome.verdict])
        table.add_row(outcome.name, f"{outcome.seconds:5.1f} s", verdict, Text(note, overflow="fold"))
    console.print(table)
