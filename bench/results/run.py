"""The whole of it: fill a wave, make its release in a worker's process, read its tables by SQL and by the graph."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from bench import place
from bench.clock import Times
from bench.load import Connection, Target, WrongAnswer
from bench.results.fill import AGES, GENDERS, REGIONS, Filled, Filler

Say = Callable[[str], None]

SERVICE = "survey.app"
# A million answers should take a worker no longer, and no more memory.
MOST_SECONDS, MOST_MEMORY = 60.0, 2048.0
MOST_MILLISECONDS = 20.0
ASKS = 300
QUESTIONS = ("single_0", "multiple_0", "scale_0")

GRAPH = """
query ($wave: ID!, $question: String!) {
  surveyResult(waveId: $wave, question: $question, by: ["AGE_BAND", "GENDER", "REGION"]) {
    cells {
      ageBand gender region
      cell { ... on SurveyShownCell { base people coverage choices { code share low high standardError } } }
    }
  }
}
"""
BARE = """
SELECT region, n, people, share, low, high, error FROM release_table
WHERE release_id = $1 AND question_code = $2 AND unit_id = $3 AND region IS NOT NULL
"""


@dataclass(frozen=True)
class Plan:
    """How many answers, of how many response groups, and which wave."""

    answers: int
    groups: int
    seed: int


def run(plan: Plan, out: Path, say: Say) -> bool:
    """Measure and show; return whether all bounds are kept."""
    with place.scene() as scene, place.database(scene, SERVICE):
        began = time.perf_counter()
        filled = asyncio.run(fill(scene, plan))
        say(f"{filled.answers:,} answers of {filled.groups:,} groups in {time.perf_counter() - began:.0f} s")
        made = release(filled)
        with place.web(scene, SERVICE) as url:
            bare, graph = asyncio.run(_read(scene, url, filled))
    kept = _show(filled, made, bare, graph, say)
    out.parent.mkdir(parents=True, exist_ok=True)
    figures = {"plan": vars(plan), "release": made, "bare": bare.each, "graph": graph.each}
    out.write_bytes(orjson.dumps(figures))
    say(f"Written to {out}")
    return kept


async def fill(scene: place.Scene, plan: Plan) -> Filled:
    """Write a wave with its answers."""
    connection = await asyncpg.connect(scene.database_url)
    try:
        return await Filler(connection, plan.answers, plan.groups, plan.seed).fill()
    finally:
        await connection.close()


def release(filled: Filled) -> dict[str, Any]:
    """Make its release in a process of its own; return what that took."""
    command = [sys.executable, "-m", "bench.results.releasing", str(filled.wave_id)]
    return orjson.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


async def _read(scene: place.Scene, url: str, filled: Filled) -> tuple[Times, Times]:
    """Read a question by age, gender and region, by turns bare and through the graph."""
    bare, graph = Times(), Times()
    database = await asyncpg.connect(scene.database_url)
    release_id = await database.fetchval("SELECT id FROM release")
    target = Target("loa", url, {})
    try:
        async with Connection(target) as connection:
            for turn in range(-6, ASKS):
                question = QUESTIONS[turn % len(QUESTIONS)]
                began = time.perf_counter()
                rows = await database.fetch(BARE, release_id, question, filled.target_id)
                middle = time.perf_counter()
                answer = await connection.ask(target.request(_body(filled, question)))
                ended = time.perf_counter()
                _check(len(rows), orjson.loads(answer))
                if turn >= 0:
                    bare.each.append((middle - began) * 1000)
                    graph.each.append((ended - middle) * 1000)
    finally:
        await database.close()
    return bare, graph


def _body(filled: Filled, question: str) -> bytes:
    return orjson.dumps({"query": GRAPH, "variables": {"wave": str(filled.wave_id), "question": question}})


def _check(rows: int, answer: dict[str, Any]) -> None:
    cells = (answer.get("data") or {}).get("surveyResult", {}).get("cells", [])
    if rows != len(REGIONS) or len(cells) != len(AGES) * len(GENDERS) * len(REGIONS):
        raise WrongAnswer(f"{rows} rows, {str(answer)[:500]}")
    if sum(bool(cell["cell"]) for cell in cells) < len(cells) / 2:
        raise WrongAnswer("most cells are hidden")


def _show(filled: Filled, made: dict[str, Any], bare: Times, graph: Times, say: Say) -> bool:
    millions = filled.answers / 1e6
    seconds, memory = sum(made["seconds"].values()) / millions, made["memory"] / millions
    say(f"release: {made}")
    say(
        f"for a million answers: {seconds:.1f} s (limit {MOST_SECONDS:.0f}), {memory:.0f} MiB (limit {MOST_MEMORY:.0f})"
    )
    for name, times in (("bare SQL", bare), ("graph", graph)):
        say(f"age × gender × region, {name}: p50 {times.percentile(0.5):.1f} ms, p95 {times.percentile(0.95):.1f} ms")
    return seconds <= MOST_SECONDS and memory <= MOST_MEMORY and graph.percentile(0.95) <= MOST_MILLISECONDS
