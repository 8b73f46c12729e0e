"""What the archive answers of a gap list, beside a million materials: each part in a tenth of a second."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from bench import place
from bench.asked import Question, Say, are_within, asked, shown
from bench.needs.fill import TOPICS, Places, fill
from kit.identity import Caller, Grant, Role
from media_archive.needs import service as needs

SERVICE = "media_archive.app"
MOST_MILLISECONDS = 100.0
_NEWEST = 3


@dataclass(frozen=True)
class Plan:
    """How many materials there are, and how often each question is asked."""

    assets: int
    asks: int


def run(plan: Plan, out: Path, say: Say) -> bool:
    """Measure and show; return whether the bound is kept at the 95th percentile of every question."""
    with place.scene() as scene, place.database(scene, SERVICE) as service:
        began = time.perf_counter()
        places = asyncio.run(fill(scene.database_url, plan.assets))
        say(f"{plan.assets:,} materials in {time.perf_counter() - began:.0f} s")
        figures = asyncio.run(asked(service.database(), _questions(places), plan.asks))
    shown(figures, vars(plan), out, say)
    return are_within(figures, MOST_MILLISECONDS)


def _questions(places: Places) -> dict[str, Question]:
    questions: dict[str, Question] = {}
    who: tuple[tuple[str, Role, tuple[UUID, str]], ...] = (
        ("a worker of a unit", "worker", places.unit),
        ("an editor of a province", "editor", places.province),
        ("an admin of the union", "admin", places.root),
    )
    for name, role, (unit_id, path) in who:
        caller = Caller("lan", (Grant(role, str(unit_id), path),))
        questions |= _of(caller, name, unit_id)
    return questions


def _of(caller: Caller, name: str, unit_id: UUID) -> dict[str, Question]:
    """What `/needs` asks in one request, part by part."""
    return {
        f"holdings of all topics, {name}": lambda: needs.holdings(caller, [(topic, unit_id) for topic in TOPICS]),
        f"for whom they are made, {name}": lambda: needs.made_for(caller, TOPICS, ("age_band",)),
        f"newest on each topic, {name}": lambda: needs.newest_on_topics(caller, TOPICS, _NEWEST),
    }
