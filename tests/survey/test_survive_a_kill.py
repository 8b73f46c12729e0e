"""An answer that was thanked for is on disk: whatever is killed, whenever, it is there exactly once."""

import asyncio
import contextlib
import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import orjson
import psutil
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from survey_world import build_world, code_of, waiting

from kit import db
from kit.identity import SYSTEM
from kit.testing import new_database, with_database
from loa.embedded import Postgres
from survey.answers import mixing
from survey.programmes.service import waves
from survey.sealing.boxes import Place, open_all

SUBMISSIONS = 150
drains: list[asyncio.Task[bytes]] = []


async def started(port: int = 0) -> tuple[asyncio.subprocess.Process, str]:
    """A web process of its own, and its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "uvicorn", "survey.app:app", "--port", str(port), "--no-access-log"),
        stderr=asyncio.subprocess.PIPE,
        env=os.environ,
    )
    assert process.stderr
    while line := (await process.stderr.readline()).decode():
        if found := re.search(r"running on (http://[^ ]+)", line):
            # What nobody reads would stop the process once the pipe is full: of each failure it writes a trace.
            drains.append(asyncio.create_task(process.stderr.read()))
            return process, found[1]
    raise AssertionError("the web process did not start")


@pytest.mark.committed
async def test_acknowledged_answers_survive_kill_9(database, valkey, monkeypatch):
    monkeypatch.setenv("LOA_REDIS_URL", valkey)
    world = await build_world()
    code = await code_of(await world.open_wave())
    thanked = [f"a-key-that-a-phone-made-{number:04}" for number in range(10)]
    process, origin = await started()
    async with httpx.AsyncClient(base_url=origin) as http:
        for key in thanked:
            assert (await http.post(f"/f/{code}", data={"_key": key, "reached": "yes"})).status_code == 303
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert await waiting() == [{"reached": "yes"}] * 10
    process, origin = await started()
    async with httpx.AsyncClient(base_url=origin) as http:
        for key in thanked:
            assert (await http.post(f"/f/{code}", data={"_key": key, "reached": "no"})).status_code == 303
    process.terminate()
    await process.wait()
    assert await waiting() == [{"reached": "yes"}] * 10


class Phones:
    """Six phones that send forms one after the other, each until it is thanked for."""

    def __init__(self, origin: str, code: str, forms: list[dict[str, str]]) -> None:
        self.origin, self.code, self.forms = origin, code, forms
        self.thanked = 0
        self.refused = 0
        self.tasks = [asyncio.create_task(self._send(forms[start::6])) for start in range(6)]

    @property
    def done(self) -> bool:
        return all(task.done() for task in self.tasks)

    async def _send(self, forms: list[dict[str, str]]) -> None:
        async with httpx.AsyncClient(base_url=self.origin, timeout=20) as http:
            for form in forms:
                while not await self._is_thanked(http, form):
                    self.refused += 1
                    await asyncio.sleep(0.05)
                self.thanked += 1

    async def _is_thanked(self, http: httpx.AsyncClient, form: dict[str, str]) -> bool:
        try:
            reply = await http.post(f"/f/{self.code}", data=form)
        except httpx.TransportError:
            return False
        assert reply.status_code in (303, 500, 503), reply.text
        return reply.status_code == 303


async def nights(wave_id: UUID) -> asyncio.subprocess.Process:
    """A worker that has been through one night."""
    script = str(Path(__file__).with_name("nights.py"))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, script, str(wave_id)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ,
    )
    assert process.stdout
    await process.stdout.readline()
    return process


async def killed(process: asyncio.subprocess.Process) -> None:
    """End a process as a power cut does."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)
    await process.wait()


@pytest.mark.slow
@pytest.mark.committed
async def test_web_and_worker_are_killed_while_answers_come_and_are_mixed(database, valkey, monkeypatch):
    monkeypatch.setenv("LOA_REDIS_URL", valkey)
    world = await build_world()
    wave = await world.open_wave()
    code = await code_of(wave)
    rng = random.Random(11)
    process, origin = await started()
    forms = [
        {"_key": f"a-key-that-a-phone-made-{number:04}", "reached": "yes", "hours": str(number % 113)}
        for number in range(SUBMISSIONS)
    ]
    phones = Phones(origin, code, forms)
    for _ in range(3):
        worker = await nights(wave.id)
        await asyncio.sleep(rng.random())
        await killed(process)
        process, _ = await started(int(origin.rpartition(":")[2]))
        await asyncio.sleep(rng.random())
        await killed(worker)
    await asyncio.gather(*phones.tasks)
    await killed(process)
    expected = sorted(number % 113 for number in range(SUBMISSIONS))
    mixed = await db.rows("SELECT (values->>'hours')::int AS hours FROM answer")
    assert sorted([row["hours"] for row in mixed] + [answer["hours"] for answer in await waiting()]) == expected
    await waves.close_wave(SYSTEM, wave.id)
    await mixing.mix(wave.id)
    mixed = await db.rows("SELECT (values->>'hours')::int AS hours FROM answer ORDER BY 1")
    assert [row["hours"] for row in mixed] == expected
    assert await db.value("SELECT count(*) FROM spent_key") == SUBMISSIONS
    assert await db.value("SELECT count(*) FROM inbox") == 0


class Server:
    """A PostgreSQL that syncs, as `up` starts it, to be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.postgres = Postgres.at(folder / "postgres")
        self.postgres.initialise()
        self._log = folder / "postgres.log"

    async def start(self) -> None:
        """Start it and wait until it has replayed its log."""
        with self._log.open("ab") as log:
            self._process = self.postgres.program().spawn(log.fileno())
        while not await self.postgres.is_ready():
            await asyncio.sleep(0.05)

    def kill(self) -> None:
        """End it and all its backends as a power cut does."""
        for each in [*psutil.Process(self._process.pid).children(recursive=True), self._process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        self._process.wait()


@pytest.mark.slow
async def test_postgresql_is_killed_while_answers_come_and_are_mixed(database, tmp_path, valkey, monkeypatch):
    server = Server(tmp_path)
    await server.start()
    try:
        await new_database(server.postgres.url, "survey")
        url = with_database(server.postgres.url, "survey")
        for name, value in {"DATABASE_URL": url, "REDIS_URL": valkey, "SEALING_KEYS": str(tmp_path / "keys")}.items():
            monkeypatch.setenv(f"LOA_{name}", value)
        subprocess.run([sys.executable, "-m", "kit.migrate", "survey.app"], check=True, env=os.environ)
        # A wave with slips for 1,000 people in ten groups, of whom the first few answer.
        subprocess.run(
            [
                *(sys.executable, str(Path(__file__).with_name("linking_house.py")), str(tmp_path / "known.json")),
                *("10", "25", "slip"),
            ],
            check=True,
            stdin=subprocess.DEVNULL,
        )
        workers = orjson.loads((tmp_path / "known.json").read_bytes())[:SUBMISSIONS]
        connection = await asyncpg.connect(url)
        wave_id = await connection.fetchval("SELECT id FROM wave")
        await connection.close()
        process, origin = await started()
        forms = [{"_key": worker["token"], "_slip": worker["slip"], "comment": worker["text"]} for worker in workers]
        phones = Phones(origin, "2s2ps22", forms)
        rng = random.Random(5)
        for _ in range(3):
            worker = await nights(wave_id)
            await asyncio.sleep(rng.random())
            server.kill()
            await server.start()
            await killed(worker)
        await asyncio.gather(*phones.tasks)
        await killed(process)
        assert phones.thanked == SUBMISSIONS
        assert await everything(url, tmp_path / "keys") == sorted(worker["text"] for worker in workers)
    finally:
        server.kill()


async def everything(url: str, keys: Path) -> list[str]:
    """All texts in the inbox, opened, and among the answers."""
    private = {UUID(path.stem): X25519PrivateKey.from_private_bytes(path.read_bytes()) for path in keys.iterdir()}
    connection = await asyncpg.connect(url)
    try:
        mixed = await connection.fetch("SELECT values->>'comment' AS text FROM answer")
        boxes = [
            (row["sealing_key_id"], Place(row["wave_id"], row["response_group_id"]), row["sealed"])
            for row in await connection.fetch("SELECT * FROM inbox")
        ]
        spent = await connection.fetchval("SELECT count(*) FROM spent_key")
    finally:
        await connection.close()
    texts = [row["text"] for row in mixed] + [orjson.loads(each)["comment"] for each in open_all(private, boxes)]
    assert spent == len(texts)
    return sorted(texts)
