"""The command `loa`: each command is a module of `loa.commands`, imported only when it is called."""

import importlib
import io
import os
import sys
from collections.abc import Sequence

import click

_COMMANDS = {
    "up": "Start everything on this machine and keep it running.",
    "demo": "Fill the databases with the demo: units, a closed wave and an open one, an archive.",
    "archive": "Work on the archive: bring in the files of a folder or a bag, build the search index anew.",
    "token": "Print an access token of a role on a unit, for the running Loa.",
    "migrate": "Bring the databases to the newest migration.",
    "replay": "Let a service read the events of others again from the start.",
    "schema": "Rewrite the schema files and the supergraph in git.",
    "test": "Run the tests against servers of their own.",
    "check": "Formatting, lint, types, imports, schema, composition, manifests.",
    "bench": "Measure named scenarios; `bench --list` names them.",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        return importlib.import_module(f"loa.commands.{cmd_name}_command").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Run, fill, test, check and measure Loa. Data is kept under .data/, or where LOA_DATA says."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the console script."""
    if os.name == "nt":
        # A Vietnamese line must not end the program on a console of another code page.
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="replace")
    command(args=arguments, prog_name="loa")
