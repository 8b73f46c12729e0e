"""`loa test`: every test, against a PostgreSQL and a Valkey of its own."""

import os
import subprocess
import sys

import click

from loa.house import ordinary_environment
from loa.place import ROOT


@click.command("test", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Run pytest in two processes; ARGUMENTS are pytest's (`loa test tests/org -k move`).

    tests/conftest.py starts PostgreSQL and Valkey, so plain `pytest` works as well.
    """
    parallel = [] if _chosen(arguments) else ["-n", "2", "--dist", "loadgroup"]
    # Not this shell's settings of a running Loa, but those that speak of tests.
    environment = {**ordinary_environment(), **_meant_for_tests()}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *parallel, *arguments], cwd=ROOT, env=environment, check=False
    )
    raise SystemExit(done.returncode)


def _chosen(arguments: tuple[str, ...]) -> bool:
    """Whether the person says how many processes there shall be."""
    return any(one.startswith(("-n", "--numprocesses")) for one in arguments)


def _meant_for_tests() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(("LOA_TEST_", "LOA_REFERENCE_"))}
