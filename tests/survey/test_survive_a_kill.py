"""An answer that was thanked for is on disk: killing the process right after loses nothing and stores nothing twice."""

import asyncio
import os
import re
import signal
import sys

import httpx
import pytest
from survey_world import build_world, code_of

from kit import db

pytestmark = pytest.mark.committed


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
            return process, found[1]
    raise AssertionError("the web process did not start")


async def test_acknowledged_answers_survive_kill_9(database, valkey, monkeypatch):
    monkeypatch.setenv("LOA_REDIS_URL", valkey)
    world = await build_world()
    code = await code_of(await world.open_wave())
    thanked: list[str] = []
    process, origin = await started()
    async with httpx.AsyncClient(base_url=origin) as http:
        for _ in range(10):
            key = re.search(r'name="_key" value="([^"]+)"', (await http.get(f"/f/{code}")).text)[1]
            reply = await http.post(f"/f/{code}", data={"_key": key, "reached": "yes"})
            assert reply.status_code == 303
            thanked.append(key)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert await db.value("SELECT count(*) FROM inbox") == 10
    process, origin = await started()
    async with httpx.AsyncClient(base_url=origin) as http:
        for key in thanked:
            reply = await http.post(f"/f/{code}", data={"_key": key, "reached": "no"})
            assert reply.status_code == 303
    process.terminate()
    await process.wait()
    assert await db.value("SELECT count(*) FROM inbox WHERE values->>'reached' = 'yes'") == 10
    assert await db.value("SELECT count(*) FROM inbox") == 10
