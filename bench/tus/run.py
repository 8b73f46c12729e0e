"""Sends the same file with the same client to the archive and to @tus/server, in turn, round after round."""

import asyncio
import os
import random
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

import click
import orjson
from rich.console import Console
from rich.table import Table

from bench.place import Scene, database, scene
from bench.submit import web
from gateway.planner.node import install, node_program
from kit import db
from kit.app import Service
from kit.identity import Caller, Grant, sign_passport
from loa.embedded import Program, running
from loa.embedded.programs import free_port
from loa.probe import answers

HERE = Path(__file__).parent
SERVICE = "media_archive.app"
UNIT = UUID(int=1)
PATH = "00001"
TIMES = 5
BOUND = 1.0
"""Times of the reference server's median that ours may take."""


@dataclass(frozen=True)
class Plan:
    """How often, and of how many bytes."""

    rounds: int
    size: int = 20_000_000


def run(plan: Plan, out: Path) -> bool:
    """Measure, print and write the figures; return whether the bound is kept."""
    install(HERE, lambda what: click.echo(f"installing {what}"))
    with scene() as place, database(place, SERVICE) as service:
        asyncio.run(_know_a_unit(service))
        file = place.folder / "film"
        # The same bytes for everybody who measures; a film, as far as its first bytes tell.
        content = random.Random(1).randbytes(plan.size - 20)  # noqa: S311  # made up, and for measuring
        file.write_bytes(b"\x00\x00\x00\x14ftypisom\x00\x00\x00\x00isom" + content)
        took = _measured(place, file, plan)
    medians = {name: statistics.median(times) for name, times in took.items()}
    ratio = medians["loa"] / medians["@tus/server"]
    _show(took, ratio)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(
        orjson.dumps({"bytes": plan.size, "milliseconds": took, "ratio": ratio}, option=orjson.OPT_INDENT_2)
    )
    click.echo(f"Written to {out}")
    return ratio <= BOUND


def _measured(place: Scene, file: Path, plan: Plan) -> dict[str, list[float]]:
    passport = sign_passport(os.environ["LOA_PASSPORT_PRIVATE_KEY"], _sender())[0]
    took: dict[str, list[float]] = {"loa": [], "@tus/server": []}
    with web(place, f"{SERVICE}:app") as ours, _reference(place) as theirs:
        addresses = {"loa": f"{ours.url}/archive/api/tus", "@tus/server": f"{theirs}/files"}
        for _ in range(plan.rounds):
            for name, address in addresses.items():
                took[name] += _sent(address, file, passport)
    return took


def _sent(address: str, file: Path, passport: str) -> list[float]:
    command = [str(node_program()), str(HERE / "send.mjs"), address, str(file), str(TIMES), passport, str(UNIT)]
    return orjson.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


@contextmanager
def _reference(place: Scene) -> Iterator[str]:
    port = free_port()
    folder = place.folder / "reference"
    folder.mkdir()
    program = Program(
        name="tus-server",
        command=[str(node_program()), str(HERE / "server.mjs"), str(port), str(folder)],
        folder=HERE,
        ready=partial(answers, f"http://127.0.0.1:{port}/readyz"),
    )
    with running(program, place.folder / "tus-server.log"):
        yield f"http://127.0.0.1:{port}"


def _sender() -> Caller:
    return Caller(subject="bench", grants=(Grant(role="admin", unit_id=str(UNIT), path=PATH),), tree_version=1)


async def _know_a_unit(service: Service) -> None:
    await db.connect(service.database())
    try:
        await db.execute(
            """INSERT INTO unit (id, number, path, name_vi, name_en, code, level, kind, tree_version)
               VALUES ($1, 1, $2, 'Công đoàn', 'Union', 'U', 'grassroots', 'enterprise', 1)""",
            UNIT,
            PATH,
        )
    finally:
        await db.disconnect()


def _show(took: dict[str, list[float]], ratio: float) -> None:
    table = Table("server", "uploads", "median ms", "longest ms")
    for name, times in took.items():
        table.add_row(name, str(len(times)), f"{statistics.median(times):.0f}", f"{max(times):.0f}")
    Console().print(table)
    click.echo(f"loa takes {ratio:.2f} times as long as @tus/server (bound {BOUND})")
