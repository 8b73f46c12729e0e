"""Whoever owns the database server can't tell who said what once the day is over, and finds out all of a naive design.

A thousand simulated workers (fixed seed) in ten response groups, four segments in each: by chance one guess in 25 is
right. Then a thousand in two groups over five days, mixed each night, where the night on which an answer was mixed may
tell, and nothing besides; and a poll's thousand, whose phones have even been searched for the keys they made, beside a
naive poll of the same thousand. The product's own randomness comes from the operating system and can't be seeded, so
its figures differ a little from run to run; the bound is one false alarm in 100,000 for each way of attacking.
"""

import asyncio
import os
import random
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from linking_attacker import SECRET, Attacker, Target, files_below
from scipy.stats import binomtest

from kit.testing import with_database
from loa.embedded import Postgres, running
from loa.embedded.postgres import programs_folder
from survey.sealing.boxes import Place, Unopenable, open_all

pytestmark = pytest.mark.slow

OURS = Target("spent_key", "answer", "inbox")
NAIVE = Target("naive_spent", "naive_answer", None)
WORKERS, IN_A_CELL = 1_000, 25


@dataclass
class House:
    """The house under attack, and what its owner collects."""

    postgres: Postgres
    url: str
    folder: Path
    process: asyncio.subprocess.Process

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def known(self) -> list[dict]:
        return orjson.loads((self.folder / "known.json").read_bytes())

    async def do(self, what: str) -> None:
        """Have the house do something and wait until it is done."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{what}\n".encode())
        said = await self.process.stdout.readline()
        assert said == b"ok\n", (self.folder / "house.log").read_text()

    async def value(self, sql: str):
        """Ask the database as its superuser."""
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    def backup(self, name: str) -> Path:
        """Take a base backup with the log it needs."""
        target = self.folder / name
        command = [programs_folder() / "pg_basebackup", "-D", target, "-X", "fetch", "-c", "fast"]
        at = ["-h", "127.0.0.1", "-p", str(self.postgres.port), "-U", "postgres"]
        subprocess.run([*command, *at], check=True, env={**os.environ, "PGPASSWORD": self.postgres.password})
        return target

    async def boxes(self) -> list[tuple[UUID, Place, bytes]]:
        """What waits in the inbox."""
        connection = await asyncpg.connect(self.url)
        try:
            return [
                (row["sealing_key_id"], Place(row["wave_id"], row["response_group_id"]), row["sealed"])
                for row in await connection.fetch("SELECT * FROM inbox")
            ]
        finally:
            await connection.close()

    def private_keys(self) -> dict[UUID, X25519PrivateKey]:
        """Every private key that lies in the worker's folder now."""
        return {UUID(path.stem): X25519PrivateKey.from_private_bytes(path.read_bytes()) for path in self.keys.iterdir()}


@pytest.fixture
def server(tmp_path) -> Iterator[Postgres]:
    """A PostgreSQL of the house's own, set up as `up` does: with a full log and fsync."""
    postgres = Postgres.at(tmp_path / "postgres")
    postgres.initialise()
    with running(postgres.program(), tmp_path / "postgres.log"):
        yield postgres


@pytest.fixture
async def house(server, tmp_path, valkey, request) -> AsyncIterator[House]:
    """A house of 1,000 workers who have not answered yet; the parameter says in how many groups, and how they answer."""
    layout = getattr(request, "param", ("10", str(IN_A_CELL), "slip"))
    administrator = await asyncpg.connect(server.url)
    await administrator.execute("ALTER SYSTEM SET wal_keep_size = '2GB'")
    await administrator.execute("SELECT pg_reload_conf()")
    await administrator.execute("CREATE DATABASE survey")
    await administrator.close()
    told = {
        **os.environ,
        "LOA_DATABASE_URL": with_database(server.url, "survey"),
        "LOA_REDIS_URL": valkey,
        "LOA_SEALING_KEYS": str(tmp_path / "keys"),
    }
    subprocess.run([sys.executable, "-m", "kit.migrate", "survey.app"], check=True, env=told)
    with (tmp_path / "house.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(Path(__file__).with_name("linking_house.py")), str(tmp_path / "known.json"), *layout),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=told,
        )
        assert process.stdin
        yield House(server, told["LOA_DATABASE_URL"], tmp_path, process)
        process.stdin.close()
        await process.wait()


async def attacker_of(house: House, target: Target, since: str) -> Attacker:
    """Somebody who has read all there is."""
    attacker = Attacker(house.known, target)
    connection = await asyncpg.connect(house.url)
    try:
        await attacker.read(connection, since)
    finally:
        await connection.close()
    assert len(attacker.answers) == WORKERS
    return attacker


async def attacked(house: House, target: Target, since: str, raw: list[bytes]) -> dict[str, int]:
    """How many workers each way of attacking links with their answer."""
    attacker = await attacker_of(house, target, since)
    rng = random.Random(7)
    return {name: attacker.hits(guesses, rng) for name, guesses in attacker.attacks(raw).items()}


def assert_bites(naive: dict[str, int]) -> None:
    """The attack finds out nearly everybody where nothing is done against it, so what it does not find is not there."""
    for name in (
        "one transaction wrote both",
        "who came first lies first",
        "the log has both in one transaction",
        "the log has both in one order",
    ):
        assert naive[name] >= 0.95 * WORKERS, name


def wal(house: House) -> list[bytes]:
    """The whole write-ahead log, as one piece."""
    return [b"".join(files_below(house.postgres.folder / "pg_wal", "0*"))]


async def test_a_days_answers_are_linked_to_nobody_and_those_of_a_naive_design_to_everybody(house, tmp_path):
    since = await house.value("SELECT pg_current_wal_lsn()::text")
    await house.do("fill")
    keys_of_the_day, boxes_of_the_day = house.private_keys(), await house.boxes()
    assert len(boxes_of_the_day) == WORKERS
    # A box says nothing by its length.
    assert len({len(box) for *_, box in boxes_of_the_day}) == 1
    backup = house.backup("during")
    everything = b"".join([*files_below(backup), *wal(house), (tmp_path / "postgres.log").read_bytes()])
    assert SECRET.search(everything) is None
    for private in keys_of_the_day.values():
        assert private.private_bytes_raw() not in everything
    # What remains: whoever has the day's key before the day is over reads everything.
    assert not any(isinstance(each, Unopenable) for each in open_all(keys_of_the_day, boxes_of_the_day))

    await house.do("turn")
    assert await house.value("SELECT count(*) FROM answer") == 500
    assert await house.value("SELECT count(*) FROM inbox") == 500
    # Its key is destroyed: the backup of the day, and all that the log holds of it, stay shut.
    assert all(isinstance(each, Unopenable) for each in open_all(house.private_keys(), boxes_of_the_day))
    await house.do("close")
    await house.do("turn")
    assert await house.value("SELECT count(*) FROM inbox") == 0
    after = house.backup("after")
    raw = [*wal(house), *files_below(backup / "base"), *files_below(after / "base")]
    ours = await attacked(house, OURS, since, raw)

    since = await house.value("SELECT pg_current_wal_lsn()::text")
    await house.do("naive")
    naive = await attacked(house, NAIVE, since, [*wal(house), *files_below(house.backup("naive") / "base")])
    logs = (tmp_path / "postgres.log").read_text() + (tmp_path / "house.log").read_text()
    for worker in house.known:
        assert worker["text"][:22] not in logs
        assert worker["slip"] not in logs
        assert worker["token"] not in logs

    figures = [f"{name:38} naive {naive[name] / WORKERS:6.1%}  ours {ours[name] / WORKERS:5.1%}" for name in ours]
    (tmp_path / "linked.txt").write_text("\n".join(figures))
    assert_bites(naive)
    for name, hits in ours.items():
        chance = binomtest(hits, WORKERS, 1 / IN_A_CELL, alternative="greater").pvalue
        assert chance > 1e-5, (name, hits)


@pytest.mark.parametrize("house", [("2", "125", "slip")], indirect=True)
async def test_over_several_days_only_the_night_of_mixing_tells(house):
    since = await house.value("SELECT pg_current_wal_lsn()::text")
    mixed = []
    for _ in range(5):
        await house.do(f"fill {WORKERS // 5}")
        await house.do("turn")
        mixed.append(await house.value("SELECT count(*) FROM answer"))
    # Each night 50 of a group stay behind, whoever they are; all 97 of the one in which a hundred have not answered yet.
    assert mixed == [53, 300, 500, 700, 900]
    await house.do("close")
    await house.do("turn")
    attacker = await attacker_of(house, OURS, since)
    raw = [*wal(house), *files_below(house.backup("after") / "base")]
    rng = random.Random(7)
    for name, guesses in attacker.attacks(raw).items():
        hits, by_chance = attacker.hits_by_the_night(guesses, rng, 300)
        above = sum(each >= hits for each in by_chance)
        assert above > 0, (name, hits, max(by_chance))
        # And what the night tells is little: of those who answer in a segment, one in a dozen at the best.
        assert hits <= WORKERS / 12, (name, hits)


@pytest.mark.parametrize("house", [("1", "250", "open_link")], indirect=True)
async def test_a_poll_that_is_mixed_on_the_day_itself_links_nobody_either(house):
    since = await house.value("SELECT pg_current_wal_lsn()::text")
    await house.do("fill")
    await house.do("close")
    await house.do("mix")
    assert await house.value("SELECT count(*) FROM inbox") == 0
    raw = [*wal(house), *files_below(house.backup("after") / "base")]
    ours = await attacked(house, OURS, since, raw)

    since = await house.value("SELECT pg_current_wal_lsn()::text")
    await house.do("naive")
    assert_bites(await attacked(house, NAIVE, since, [*wal(house), *files_below(house.backup("naive") / "base")]))
    for name, hits in ours.items():
        chance = binomtest(hits, WORKERS, 1 / 250, alternative="greater").pvalue
        assert chance > 1e-5, (name, hits)


@pytest.mark.committed
async def test_the_web_process_writes_nothing_about_who_submits(database, valkey, monkeypatch):
    import httpx
    from survey_world import build_world, code_of
    from test_submit_answers import SUBMIT, filled
    from test_survive_a_kill import drains, started

    monkeypatch.setenv("LOA_REDIS_URL", valkey)
    monkeypatch.setenv("LOA_LOG_LEVEL", "debug")
    world = await build_world()
    code = await code_of(await world.open_wave())
    process, origin = await started()
    headers = {
        "x-forwarded-for": "203.0.113.77",
        "user-agent": "Nokia-105",
        "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01",
    }
    async with httpx.AsyncClient(base_url=origin, headers=headers) as http:
        key = re.search(r'name="?_key"? value="?([^">\s]+)', (await http.get(f"/f/{code}")).text)[1]
        assert (await http.post(f"/f/{code}", data={"_key": key, "reached": "yes"})).status_code == 303
        assert (await http.post(f"/f/{code}", data={"_key": "short", "reached": "yes"})).status_code == 400
        # An app's answers come by the graph.
        app = {"query": SUBMIT, "variables": {"input": filled(code, "an-app-made-this-key-0002", reached=["yes"])}}
        told = (await http.post("/graphql", json=app)).json()["data"]["submitSurveyAnswers"]
        assert told["__typename"] == "SubmitSurveyAnswersSuccess"
    process.terminate()
    written = (await drains[-1]).decode()
    await process.wait()
    for trace in ("203.0.113.77", "Nokia", "abababab", key, "an-app-made", f"/f/{code}", "/graphql", "POST"):
        assert trace not in written
