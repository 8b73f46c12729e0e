"""Who reused this, and what a subtree reused, beside a million uses: each answered in a tenth of a second."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from bench import place
from bench.asked import Question, Say, are_within, asked, shown
from bench.reuse.fill import Places, fill
from kit.calendar import today
from kit.identity import Caller, Grant
from media_archive.reuse import reading
from media_archive.reuse.loaders import first_month
from media_archive.reuse.service import note_reuse

SERVICE = "media_archive.app"
MOST_MILLISECONDS = 100.0
_FIRST = 21


@dataclass(frozen=True)
class Plan:
    """How many uses there are, and how often each question is asked."""

    uses: int
    asks: int


def run(plan: Plan, out: Path, say: Say) -> bool:
    """Measure and show; return whether the bound is kept at the 95th percentile of every question."""
    with place.scene() as scene, place.database(scene, SERVICE) as service:
        began = time.perf_counter()
        places = asyncio.run(fill(scene.database_url, plan.uses))
        say(f"{plan.uses:,} uses in {time.perf_counter() - began:.0f} s")
        figures = asyncio.run(asked(service.database(), _questions(places), plan.asks))
    shown(figures, vars(plan), out, say)
    return are_within(figures, MOST_MILLISECONDS)


def _questions(places: Places) -> dict[str, Question]:
    whole = Caller("lan", (Grant("contributor", "", places.root),))
    stranger = Caller("minh", (Grant("contributor", "", places.unit),))
    since = first_month(today())
    a_year_ago = today().replace(year=today().year - 1, day=1)
    questions: dict[str, Question] = {}
    for name, asset in (("a much used material", places.busiest), ("an ordinary material", places.ordinary)):
        questions |= _of_material(name, asset, whole)
    questions["a much used material, to another unit"] = _listed(places.busiest, stranger)
    for name, path in (("the union", places.root), ("a province", places.province), ("a unit", places.unit)):
        questions[f"newest of {name}"] = lambda path=path: reading.reuses_in_subtree(path, _FIRST, None)
        questions[f"months of {name}"] = lambda path=path: reading.months_in_subtrees([path], since)
        questions[f"units of {name}"] = lambda path=path: reading.units_in_subtree(path, a_year_ago)
    questions["a use noted"] = lambda: note_reuse(places.busiest, "download", UUID(int=time.perf_counter_ns()))
    return questions


def _listed(asset: UUID, caller: Caller) -> Question:
    return lambda: reading.reuses_of_assets(caller, [asset], _FIRST, None)


def _of_material(name: str, asset: UUID, caller: Caller) -> dict[str, Question]:
    return {
        f"newest uses of {name}": _listed(asset, caller),
        f"count of {name}": lambda: reading.counts_of_assets(caller, [asset]),
        f"units of {name}": lambda: reading.units_of_asset(caller, asset),
        f"months of {name}": lambda: reading.months_of_asset(caller, asset, first_month(today())),
    }
