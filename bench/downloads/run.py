"""The whole of it: fill a wave, make its release, then each kind of file of it in a worker of its own."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from bench import place
from bench.load import WrongAnswer
from bench.results.run import SERVICE, Plan, fill, release
from survey.downloads.kinds import FORMATS

Say = Callable[[str], None]

# A file is for somebody who waits; all answers of a wave may take a worker no more memory than its release. Seconds are
# of the worker's own work: those by the clock depend on what else goes on.
MOST_SECONDS = 120.0
MOST_MEMORY = 2048.0


def run(plan: Plan, out: Path, say: Say) -> bool:
    """Measure and show; return whether all bounds are kept."""
    with place.scene() as scene, place.database(scene, SERVICE):
        filled = asyncio.run(fill(scene, plan))
        release(filled)
        release_id = asyncio.run(_release_id(scene))
        say(f"a release of {filled.answers:,} answers of {filled.groups:,} groups")
        made = {
            f"{kind}.{file_format}": _make(release_id, kind, file_format)
            for kind, formats in FORMATS.items()
            for file_format in formats
        }
    for name, figures in made.items():
        say(
            f"{name:16} {figures['seconds']:7.1f} s (work {figures['worked']:.1f})  {figures['memory']:6.0f} MiB "
            f"(idle {figures['idle']:.0f})  {figures['bytes'] / 1e6:8.2f} MB"
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(orjson.dumps({"plan": vars(plan), "answers": filled.answers, "files": made}))
    say(f"Written to {out}")
    return all(each["worked"] <= MOST_SECONDS and each["memory"] <= MOST_MEMORY for each in made.values())


async def _release_id(scene: place.Scene) -> UUID:
    connection = await asyncpg.connect(scene.database_url)
    try:
        return await connection.fetchval("SELECT id FROM release")
    finally:
        await connection.close()


def _make(release_id: UUID, kind: str, file_format: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.downloads.making", str(release_id), kind, file_format]
    figures = orjson.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    if figures["state"] != "ready":
        raise WrongAnswer(f"{kind}.{file_format}: {figures['state']}, {figures['problem']}")
    return figures
