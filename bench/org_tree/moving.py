"""Moves a subtree of 5,000 units forth and back, by the service and by bare SQL, while somebody goes on reading."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from bench.clock import Times
from bench.load import WrongAnswer
from bench.org_tree.tree import Tree
from kit.calendar import today
from kit.identity import SYSTEM
from loa.place import ROOT
from org.units.service import move_unit

LIMIT = 100.0
"""Most milliseconds for the bare SQL of a move of 5,000 units."""
_QUIET_SECONDS = 2.0

# What the reader asks for: a page of the units that stand, on that day, in the subtree that is moved and beside it.
_READ = """SELECT unit_id, path FROM unit_path WHERE path >= $1 AND path < $1 || '~'
           AND since <= $2::text::date AND until > $2::text::date AND open ORDER BY path LIMIT 100"""


@dataclass
class MoveFigures:
    """What moves and the reader beside them showed."""

    units: int
    bare: Times = field(default_factory=Times)
    service: Times = field(default_factory=Times)
    reader_quiet: Times = field(default_factory=Times)
    reader_beside: Times = field(default_factory=Times)

    @property
    def is_within(self) -> bool:
        """Whether the bare SQL stayed within its limit."""
        return self.bare.percentile(0.95) <= LIMIT


@dataclass(frozen=True)
class Move:
    """A subtree, and the two units between which it goes forth and back."""

    unit: UUID
    homes: tuple[UUID, UUID]

    @classmethod
    def of(cls, tree: Tree) -> "Move":
        """The move that a grown tree is made for."""
        first, second = tree.homes
        return cls(tree.units[tree.moved].id, (tree.units[first].id, tree.units[second].id))


async def measure_moves(connection: asyncpg.Connection, url: str, tree: Tree, times: int) -> MoveFigures:
    """Move forth and back so many times each way; raises WrongAnswer when units do not stand where they should."""
    move = Move.of(tree)
    figures = MoveFigures(await _count(connection, move))
    spans: list[tuple[float, float]] = []
    async with _reading(url, await _path(connection, move.homes[0])) as reader:
        await asyncio.sleep(_QUIET_SECONDS)
        for turn in range(-1, times):
            # The first time of each is a warm-up.
            bare, service = (figures.bare, figures.service) if turn >= 0 else (Times(), Times())
            for home in (move.homes[1], move.homes[0]):
                began = time.monotonic()
                with bare.once():
                    await _move_barely(connection, move.unit, home, today())
                spans.append((began, time.monotonic()))
                await _require_there(connection, move, home, figures.units)
            for home in (move.homes[1], move.homes[0]):
                began = time.monotonic()
                with service.once():
                    await move_unit(SYSTEM, move.unit, home)
                spans.append((began, time.monotonic()))
                await _require_there(connection, move, home, figures.units)
    for began, milliseconds in reader:
        beside = any(began < end and began + milliseconds / 1000 > start for start, end in spans)
        (figures.reader_beside if beside else figures.reader_quiet).each.append(milliseconds)
    return figures


async def _move_barely(connection: asyncpg.Connection, unit: UUID, home: UUID, on: date) -> None:
    """What a move writes and nothing else: no permission, no rule, no audit, no news."""
    async with connection.transaction():
        version = await connection.fetchval("UPDATE tree_version SET version = version + 1 RETURNING version")
        await connection.execute(
            """INSERT INTO reorganisation (version, kind, effective_on, made_by, is_announced)
               VALUES ($1, 'move', $2, 'bench', TRUE)""",
            version,
            on,
        )
        since: Any = await connection.fetchval("SELECT max(since) FROM unit_version WHERE unit_id = $1", unit)
        if since < on:
            await connection.execute(
                "UPDATE unit_version SET until = $3, made_in = $4 WHERE unit_id = $1 AND since = $2",
                unit,
                since,
                on,
                version,
            )
            await connection.execute(
                """INSERT INTO unit_version (unit_id, number, since, name_vi, code, level, kind, region, parent_id,
                                             made_in, search_accented, sort_key)
                   SELECT unit_id, number, $3, name_vi, code, level, kind, region, $5, $4, search_accented, sort_key
                   FROM unit_version WHERE unit_id = $1 AND since = $2""",
                unit,
                since,
                on,
                version,
                home,
            )
        else:
            await connection.execute(
                "UPDATE unit_version SET parent_id = $3, made_in = $4 WHERE unit_id = $1 AND since = $2",
                unit,
                since,
                home,
                version,
            )
        await connection.execute("SELECT derive_unit_paths($1::uuid[])", [unit])


async def _path(connection: asyncpg.Connection, unit: UUID) -> str:
    path: Any = await connection.fetchval(
        "SELECT path FROM unit_path WHERE unit_id = $1 AND since <= $2 AND until > $2", unit, today()
    )
    return path


async def _count(connection: asyncpg.Connection, move: Move) -> int:
    count: Any = await connection.fetchval(
        """SELECT count(*) FROM unit_path
           WHERE path >= $1 AND path < $1 || '~' AND since <= $2 AND until > $2 AND open""",
        await _path(connection, move.unit),
        today(),
    )
    return count


async def _require_there(connection: asyncpg.Connection, move: Move, home: UUID, units: int) -> None:
    path, above = await _path(connection, move.unit), await _path(connection, home)
    found = await _count(connection, move)
    if not path.startswith(above) or found != units:
        raise WrongAnswer(f"after a move {found} units stand at {path}; right are {units} at {above}…")


@asynccontextmanager
async def _reading(url: str, path: str) -> AsyncIterator[list[tuple[float, float]]]:
    """Somebody reads during the block; what they saw, moments and milliseconds, is in the list after it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.org_tree.reader"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        limit=2**30,
    )
    assert process.stdin
    assert process.stdout
    answers: list[tuple[float, float]] = []
    try:
        process.stdin.write(orjson.dumps({"url": url, "sql": _READ, "parameters": [path, today().isoformat()]}) + b"\n")
        await process.stdin.drain()
        if await process.stdout.readline() != b"reading\n":
            raise WrongAnswer("the reader does not begin")
        yield answers
        process.stdin.close()
        answers += [(began, milliseconds) for began, milliseconds in orjson.loads(await process.stdout.readline())]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
