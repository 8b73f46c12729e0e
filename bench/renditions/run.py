"""The three figures, each beside what it is held against."""

import asyncio
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import orjson

from bench.place import database, scene
from bench.renditions import ingest, reading, sizes
from bench.renditions.photos import photo, scanned_pages

SERVICE = "media_archive.app"
_PAGES = 8

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How many photos come in, how many rounds the sizes are made."""

    photos: int
    rounds: int
    seed: int


def run(plan: Plan, out: Path, say: Say) -> bool:
    """Measure, tell and write the figures; return whether the bounds are kept that could be measured here."""
    with ProcessPoolExecutor() as processes:
        photos = list(processes.map(photo, range(plan.seed, plan.seed + plan.photos)))
    made = sizes.measured(photos[:4], plan.rounds)
    one, each = made["one decode"], made["a decode each"]
    say(f"three sizes: {one:.0f} ms, with a decode for each {each:.0f} ms: {made['ratio']:.2f}")
    with scene() as place, database(place, SERVICE) as service:
        taken = asyncio.run(ingest.taken(place, service, photos))
    say(f"photos of 12 megapixels taken in and made ready, without OCR: {taken.a_second:.1f} a second")
    say(f"each of them took {taken.processor_ms:.0f} ms of a processor, all that had part in it together")
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        read = reading.measured(scanned_pages(_PAGES), _PAGES, Path(folder))
    say(f"pages read: {read['loa']:.2f} a second; ocrmypdf: {_told(read['ocrmypdf'])}; ratio: {_told(read['ratio'])}")
    out.parent.mkdir(parents=True, exist_ok=True)
    figures = {
        "sizes": made,
        "photos_a_second": taken.a_second,
        "processor_ms_a_photo": taken.processor_ms,
        "pages_a_second": read,
    }
    out.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))
    say(f"Written to {out}")
    ratio = read["ratio"]
    return made["ratio"] <= sizes.BOUND and taken.a_second >= ingest.BOUND and (ratio is None or ratio >= reading.BOUND)


def _told(figure: float | None) -> str:
    return "not installed" if figure is None else f"{figure:.2f}"
