"""How many filled forms are stored and acknowledged in a second, beside an endpoint that only inserts the same bytes.

Both run as `up` runs a service's web: one uvicorn process, a pool of ten connections, the same PostgreSQL with fsync;
they are asked in turn, round after round. Ours reads, checks, seals and stores each form once; what it acknowledged is
counted in the database afterwards.
"""

import asyncio
import contextlib
import os
import random
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import asyncpg
import click
import orjson
import psutil

from bench.load import Figures, WrongAnswer
from bench.place import Scene, scene
from bench.report import Row, show, write
from kit import app, db
from kit.calendar import today
from loa.embedded import Program, running
from loa.embedded.programs import free_port
from loa.place import ROOT
from loa.probe import answers
from survey.questionnaires import definition as definitions
from survey.questionnaires.definition import Definition, Question
from survey.sealing import service as sealing

SERVICE = "survey.app"
BODIES = 500
CODE = "2bench2"

Server = tuple[str, str]
"""A server's name and its address."""


@dataclass(frozen=True)
class Plan:
    """How long and how hard."""

    connections: int
    seconds: float
    rounds: int
    seed: int


def run(plan: Plan, out: Path) -> None:
    """Measure, print and write the figures. WrongAnswer when an acknowledged form is not stored exactly once."""
    document = demo_questionnaire()
    with waved(document) as place:
        rows = _measured(place, _bodies(document, plan.seed), plan)
    show(rows)
    ours, bare = rows
    click.echo(f"loa stores {ours.per_second / bare.per_second:.0%} of what the bare endpoint inserts")
    write(rows, {"connections": plan.connections, "seconds": plan.seconds, "rounds": plan.rounds}, out)
    click.echo(f"Written to {out}")


@contextlib.contextmanager
def waved(document: dict[str, Any]) -> Iterator[Scene]:
    """A database of its own with an open wave of a questionnaire, for the length of a block."""
    with scene() as place:
        os.environ["LOA_SEALING_KEYS"] = str(place.folder / "sealing-keys")
        service = app.load(SERVICE)
        asyncio.run(_administer(place.server_url, f'CREATE DATABASE "{place.database}" TEMPLATE template0'))
        try:
            asyncio.run(db.migrate(service.database()))
            asyncio.run(open_wave(service, document))
            yield place
        finally:
            asyncio.run(_administer(place.server_url, f'DROP DATABASE IF EXISTS "{place.database}" WITH (FORCE)'))


def _measured(place: Scene, bodies: list[bytes], plan: Plan) -> list[Row]:
    with web(place, f"{SERVICE}:app") as ours, web(place, "bench.bare:app") as bare:
        servers = {"loa": ours, "bare": bare}
        rows = [Row("submit", name, []) for name in servers]
        for row in rows:
            _round(place, servers[row.server], row, bodies, plan, seconds=1.0)
            row.rounds.clear()
        stored = asyncio.run(_stored(place))
        spent = {row.server: 0.0 for row in rows}
        cpu: dict[str, dict[str, float]] = {row.server: {} for row in rows}
        for _ in range(plan.rounds):
            for row in rows:
                used = _round(place, servers[row.server], row, bodies, plan, seconds=plan.seconds)
                for part, seconds in used.items():
                    cpu[row.server][part] = cpu[row.server].get(part, 0.0) + seconds
                spent[row.server] += row.rounds[-1].requests
        for row in rows:
            row.cpu = {part: round(s * 1000 / spent[row.server], 3) for part, s in cpu[row.server].items()}
        if asyncio.run(_stored(place)) - stored != spent["loa"]:
            raise WrongAnswer("not every acknowledged form is stored exactly once")
        return rows


def _round(
    place: Scene, process: "Web", row: Row, bodies: list[bytes], plan: Plan, *, seconds: float
) -> dict[str, float]:
    """Ask one server for so many seconds; return the processor time that it and PostgreSQL took."""
    before = _processor_time(place, process)
    row.rounds.append(asyncio.run(_load(process.url, bodies, plan.connections, seconds)))
    after = _processor_time(place, process)
    return {part: after[part] - before[part] for part in after}


@dataclass(frozen=True)
class Web:
    """A serving process."""

    url: str
    pid: int


@contextlib.contextmanager
def web(place: Scene, application: str) -> Iterator["Web"]:
    """One process that serves an application as `up` does."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    flags = ["--no-access-log", "--no-server-header", "--timeout-keep-alive", "75", "--log-level", "warning"]
    command = [sys.executable, "-m", "uvicorn", application, "--host", "127.0.0.1", "--port", str(port), *flags]
    name = application.partition(".")[0]
    program = Program(name=name, command=command, folder=ROOT, ready=partial(answers, f"{url}/readyz"))
    with running(program, place.folder / f"{name}.log"):
        yield Web(url, next(each.pid for each in psutil.Process().children(recursive=True) if _serves(each, port)))


def _serves(process: psutil.Process, port: int) -> bool:
    with contextlib.suppress(psutil.Error):
        return str(port) in process.cmdline()
    return False


def _processor_time(place: Scene, process: Web) -> dict[str, float]:
    web = psutil.Process(process.pid).cpu_times()
    used = {"web": web.user + web.system, "PostgreSQL": 0.0}
    for each in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "postgres" in each.name():
                times = each.cpu_times()
                used["PostgreSQL"] += times.user + times.system
    return used


async def _load(url: str, bodies: list[bytes], connections: int, seconds: float) -> Figures:
    """Post forms on all connections until the time is up, each with a key of its own."""
    latencies: list[float] = []
    began = time.perf_counter()

    async def loop(number: int) -> None:
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        turn = number
        while time.perf_counter() - began < seconds:
            request = _request(
                parts.netloc, bodies[turn % len(bodies)] + b"&_key=" + secrets.token_urlsafe(24).encode()
            )
            asked = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            lowered = head.lower()
            at = lowered.find(b"content-length:")
            body = await reader.readexactly(int(lowered[at + 15 : lowered.index(b"\r\n", at)])) if at >= 0 else b""
            latencies.append((time.perf_counter() - asked) * 1000)
            if not head.startswith(b"HTTP/1.1 201"):
                raise WrongAnswer(f"{head.splitlines()[0].decode()} {body[:300].decode()}")
            turn += connections
        writer.close()

    await asyncio.gather(*(loop(number) for number in range(connections)))
    return Figures(len(latencies), time.perf_counter() - began, latencies)


def _request(host: str, body: bytes) -> bytes:
    head = (
        f"POST /f/{CODE} HTTP/1.1\r\nhost: {host}\r\naccept: application/json\r\n"
        f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def demo_questionnaire() -> dict[str, Any]:
    """Return the definition of the questionnaire that the demo asks."""
    return orjson.loads(files("survey.demo").joinpath("questionnaire.json").read_bytes())


async def open_wave(service: app.Service, document: dict[str, Any]) -> None:
    """Make an open wave of a questionnaire, with an open link under `CODE`."""
    questionnaire, version, programme, wave = (uuid4() for _ in range(4))
    await db.connect(service.database())
    try:
        await sealing.provide_keys(today())
        await db.execute("INSERT INTO questionnaire VALUES ($1, 'needs', $2)", questionnaire, uuid4())
        await db.execute(
            "INSERT INTO questionnaire_version (id, questionnaire_id, number, definition, sha256, published_at)"
            " VALUES ($1, $2, 1, $3::text::jsonb, $4, now())",
            version,
            questionnaire,
            orjson.dumps(document).decode(),
            definitions.digest(document),
        )
        await db.execute(
            "INSERT INTO programme"
            " (id, code, title_vi, title_en, owner_unit_id, target_unit_id, questionnaire_id, starts_on)"
            " VALUES ($1, 'needs', 'Khảo sát', 'Survey', $2, $2, $3, current_date)",
            programme,
            uuid4(),
            questionnaire,
        )
        await db.execute(
            "INSERT INTO wave (id, programme_id, number, questionnaire_version_id, opens_at, closes_at, state,"
            " tree_version, frozen_at) VALUES ($1, $2, 1, $3, now(), now() + interval '30 days', 'open', 1, now())",
            wave,
            programme,
            version,
        )
        await db.execute(
            # Of so many that the bound of open links is never reached.
            "INSERT INTO response_group (id, wave_id, name_vi, name_en, path, people)"
            " VALUES ($1, $2, 'Tất cả', 'All', '00001', 10000000)",
            uuid4(),
            wave,
        )
        await db.execute("INSERT INTO collector (code, wave_id) VALUES ($1, $2)", CODE, wave)
    finally:
        await db.disconnect()


def _bodies(document: dict[str, Any], seed: int) -> list[bytes]:
    rng = random.Random(seed)  # noqa: S311  # made-up answers, the same for everybody who measures
    return [_filled(definitions.parsed(document), rng) for _ in range(BODIES)]


def _filled(definition: Definition, rng: random.Random) -> bytes:
    """Return a filled form as a phone sends it: every question answered, a comment by one in three."""
    fields = [pair for question in definition.questions for pair in _answer(question, rng)]
    return urlencode(fields).encode()


def _answer(question: Question, rng: random.Random) -> list[tuple[str, str]]:
    if question.kind == "single":
        return [(question.code, rng.choice(question.codes))]
    if question.kind == "multiple":
        open_to_all = [code for code in question.codes if code not in question.exclusive]
        return [(question.code, code) for code in rng.sample(open_to_all, min(3, len(open_to_all)))]
    if question.kind == "ranking":
        return [(question.code, code) for code in rng.sample(question.codes, question.places)]
    if question.kind == "matrix":
        return [(name, rng.choice(question.codes)) for name in question.row_fields]
    if question.kind in ("scale", "number"):
        return [(question.code, str(rng.randint(question.minimum, min(question.maximum, 60))))]
    if question.kind == "long_text" and rng.random() < 1 / 3:
        return [(question.code, "Mong công đoàn báo sớm hơn khi ca làm hoặc tiền thưởng thay đổi.")]
    return []


async def _stored(place: Scene) -> int:
    connection = await asyncpg.connect(place.database_url)
    try:
        inbox, spent = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM spent_key)"
        )
        if inbox != spent:
            raise WrongAnswer(f"{inbox} answers for {spent} tokens")
        return inbox
    finally:
        await connection.close()


async def _administer(server_url: str, statement: str) -> None:
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
