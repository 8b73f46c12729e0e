"""The same answers give the same release wherever it is computed, and one whose worker dies is made as if it had not."""

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid5

import asyncpg
import pytest
from release_again import Undone, made
from results_world import UNITS, make_world
from workings_world import make_varied_world, workings_in

from kit import db
from kit.identity import SYSTEM
from survey.results.jobs import release_requests_swept
from survey.results.service import request_release

AGES = ("under_25", "25_34")
SCRIPT = str(Path(__file__).with_name("release_again.py"))


async def computed(wave_id: UUID, *, seed: int, hash_seed: int) -> dict:
    """A release that another process makes and undoes."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, SCRIPT, "again", str(wave_id), str(seed)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(told)


async def shuffle_answers() -> None:
    """Write all answers anew in another order."""
    before = await db.rows("SELECT answer::text FROM answer")
    async with db.transaction():
        await db.execute("CREATE TEMP TABLE taken ON COMMIT DROP AS SELECT * FROM answer")
        await db.execute("DELETE FROM answer")
        await db.execute("INSERT INTO answer SELECT * FROM taken ORDER BY md5(random()::text)")
    after = await db.rows("SELECT answer::text FROM answer")
    assert before != after
    assert sorted(map(tuple, before)) == sorted(map(tuple, after))


@pytest.mark.committed
async def test_another_process_and_another_order_of_answers_give_the_same_bytes(database, valkey, monkeypatch):
    monkeypatch.setenv("LOA_REDIS_URL", valkey)
    world = await make_varied_world()
    first = await computed(world.wave_id, seed=5, hash_seed=1)
    assert json.loads(first["release"]["method"])["placed"] > 10
    assert first["release"]["answers_used"] == 508
    await shuffle_answers()
    assert await computed(world.wave_id, seed=5, hash_seed=2) == first


def shown_by_one(one: dict, other: dict) -> int:
    """Assert that two releases' cells are alike where both show them; return how many only one of them shows."""
    differing = 0
    rows = {(row["question_code"], row["unit_id"], row["region"]): row for row in other["tables"]}
    keys = {(row["question_code"], row["unit_id"], row["region"]) for row in one["tables"]}
    differing += sum(sum(n is not None for n in rows[key]["n"]) for key in rows.keys() - keys)
    for row in one["tables"]:
        same = rows.get((row["question_code"], row["unit_id"], row["region"]))
        for name, values in row.items():
            if isinstance(values, list):
                others = same[name] if same else [None] * len(values)
                both = [(a, b) for a, b in zip(values, others, strict=True) if a is not None and b is not None]
                assert all(a == b for a, b in both)
                differing += sum((a is None) != (b is None) for a, b in zip(values, others, strict=True))
    return differing


async def computed_here(wave_id: UUID, *, seed: int) -> dict:
    """A release that is made and undone by this process."""
    told = "{}"
    with suppress(Undone):
        async with db.transaction():
            told = await made(wave_id, seed)
            raise Undone
    return json.loads(told)


async def test_the_seed_decides_on_nothing_but_which_cells_are_hidden(database):
    """Four young women of the one region: to hide them, young men are as good as young people of another gender."""
    world = await make_world()
    await db.execute(
        "INSERT INTO frame_cell SELECT wave_id, response_group_id, age_band, 'other', 100 FROM frame_cell"
        " WHERE gender = 'male'"
    )
    cells = [(age, gender, region) for age in AGES for gender in ("female", "male", "other") for region in UNITS]
    few = ("under_25", "female", "southeast")
    await world.add_answers({cell: (2, 2) if cell == few else (15, 15) for cell in cells})
    first = await computed_here(world.wave_id, seed=1)
    others = [await computed_here(world.wave_id, seed=seed) for seed in range(2, 7)]
    assert max(shown_by_one(first, other) for other in others) > 0
    assert await computed_here(world.wave_id, seed=1) == first


async def until(condition: str, *arguments: object) -> None:
    """Wait for something to be true in the database."""
    for _ in range(3_000):
        if await db.value(condition, *arguments):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(condition)


# What the job is made to wait for and then killed: halfway through storing, and with nothing left but to commit.
STORING = "LOCK TABLE release IN SHARE ROW EXCLUSIVE MODE"
FINISHING = "SELECT FROM release_request FOR UPDATE"

IS_RUNNING = "SELECT state = 'running' FROM release_request"
WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def kill_at(moment: str, request_id: UUID) -> None:
    """Have another process make a release, and kill it when it waits for what another connection has locked."""
    connection = await asyncpg.connect(os.environ["LOA_DATABASE_URL"])
    transaction = connection.transaction()
    await transaction.start()
    if moment != FINISHING:
        await connection.execute(moment)
    process = await asyncio.create_subprocess_exec(sys.executable, SCRIPT, "make", str(request_id), env=os.environ)
    await until(IS_RUNNING)
    if moment == FINISHING:
        await connection.execute(moment)
    await until(f"SELECT EXISTS ({WAITING})")
    backend = await db.value(WAITING)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    await transaction.rollback()
    await connection.close()
    await until("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)", backend)


@pytest.mark.committed
async def test_killed_at_any_moment_nothing_is_half_written_and_the_sweep_makes_it(
    database, job_queue, valkey, monkeypatch, tmp_path
):
    monkeypatch.setenv("LOA_REDIS_URL", valkey)
    world = await make_varied_world()
    expected = (await computed_here(world.wave_id, seed=5))["release"]["sha256"]
    request = await request_release(SYSTEM, world.wave_id, is_public=True, seed=5)
    folder = tmp_path / "workings"
    with workings_in(folder):
        for moment in (STORING, FINISHING):
            await db.execute("UPDATE release_request SET state = 'waiting'")
            await kill_at(moment, request.id)
            assert await db.value("SELECT state FROM release_request") == "running"
            for table in ("release", "release_table", "release_base"):
                assert await db.value(f"SELECT count(*) FROM {table}") == 0
        await release_requests_swept()
        assert job_queue.waiting == []
        await db.execute("UPDATE release_request SET requested_at = now() - interval '1 hour'")
        await release_requests_swept()
        (folder / f".{uuid5(request.id, 'release')}").mkdir()
        await job_queue.run_all()
    release = await db.row("SELECT id, sha256 FROM release")
    assert release
    assert release["sha256"] == expected
    assert await db.value("SELECT state FROM release_request") == "done"
    assert [each.name for each in folder.iterdir()] == [str(release["id"])]
