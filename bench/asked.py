"""Named questions to a service's own functions, each asked again and again, and held against one bound."""

import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import orjson

from bench.clock import Times
from kit import db

Say = Callable[[str], None]
Question = Callable[[], Awaitable[object]]
Figures = Mapping[str, Times]

_BEFORE = 3
"""Askings of each question that are not counted."""


async def asked(database: Mapping[str, object], questions: Mapping[str, Question], asks: int) -> Figures:
    """Ask every question so many times, of a service's database; return the times of each."""
    await db.connect(dict(database))
    figures = {name: Times() for name in questions}
    try:
        for name, question in questions.items():
            for _ in range(_BEFORE):
                await question()
            for _ in range(asks):
                began = time.perf_counter()
                await question()
                figures[name].each.append((time.perf_counter() - began) * 1000)
    finally:
        await db.disconnect()
    return figures


def shown(figures: Figures, plan: Mapping[str, object], out: Path, say: Say) -> None:
    """Say the figures, and write them down with what was planned."""
    for name, times in figures.items():
        say(f"{name:52} p50 {times.percentile(0.5):7.1f} ms  p95 {times.percentile(0.95):7.1f} ms")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(orjson.dumps({"plan": plan, "milliseconds": {name: times.each for name, times in figures.items()}}))
    say(f"Written to {out}")


def are_within(figures: Figures, milliseconds: float) -> bool:
    """Whether the 95th percentile of every question is."""
    return all(times.percentile(0.95) <= milliseconds for times in figures.values())
