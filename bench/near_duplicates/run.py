"""The whole of it: every picture altered in each way is looked for among all of them, as a worker does it.

The archive's rules are tuned on the seed of `tests/media_archive/test_near_duplicates.py`; each other seed is new to
them. A pair of two different pictures, altered or not, is a false one.
"""

import io
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import process_time

import orjson
from PIL import Image

from bench.near_duplicates.alterations import ALTERATIONS
from bench.near_duplicates.pictures import draw
from media_archive.renditions.images import encode, sizes
from media_archive.renditions.plans import THUMBNAILS
from media_archive.similarity.details import details_of
from media_archive.similarity.finding import Seen, compared, nearest
from media_archive.similarity.prints import hashes_of, unpacked

Say = Callable[[str], None]

UNALTERED = "as it is"
_TOLD_EACH = 200


@dataclass(frozen=True)
class Plan:
    """How many pictures, of which seed; how many are looked for, and in how many of the ways each is altered."""

    pictures: int
    seed: int
    ways: int
    looks: int

    def looked_for(self) -> list[int]:
        """Return the places of the pictures that are looked for, evenly spread."""
        return [number * self.pictures // self.looks for number in range(self.looks)]

    def ways_of(self, place: int) -> list[str]:
        """Return the names of the alterations of a picture."""
        names = [*ALTERATIONS]
        return [names[(place * self.ways + way) % len(names)] for way in range(self.ways)]


@dataclass(frozen=True, slots=True)
class Kept:
    """What the archive keeps of a picture."""

    copy: bytes
    hashes: bytes
    details: bytes
    found_by: list[int]


@dataclass(slots=True)
class Found:
    """Of each alteration how many were found again, of all how many pairs are false, and what it cost."""

    tried: Counter[str] = field(default_factory=Counter[str])
    again: Counter[str] = field(default_factory=Counter[str])
    false: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    compared: int = 0
    seconds: float = 0.0

    def told(self) -> str:
        """Say how many of all that were altered were found, and how many pairs are false."""
        tried, again = ({**counted, UNALTERED: 0} for counted in (self.tried, self.again))
        return f"{sum(again.values()):,} of {sum(tried.values()):,} found, {len(self.false)} false pairs"

    def add(self, other: "Found") -> None:
        """Count in what another part found."""
        self.tried += other.tried
        self.again += other.again
        self.false |= other.false
        self.compared += other.compared
        self.seconds += other.seconds


def kept_of(picture: Image.Image) -> Kept:
    """Return what the archive keeps of a picture that comes as a JPEG."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    small = encode(sizes(buffer.getvalue(), [*THUMBNAILS.values()])[0])
    seen = unpacked(small.content)
    hashes = hashes_of(seen)
    return Kept(small.content, hashes.packed(), details_of(seen), hashes.found_by())


class Archive:
    """The prints of all pictures, found by their keys as PostgreSQL's index finds them."""

    def __init__(self, kept: Sequence[Kept]) -> None:
        self.kept = kept
        self._by_key: dict[int, list[int]] = defaultdict(list)
        for place, one in enumerate(kept):
            for key in one.found_by:
                self._by_key[key].append(place)

    def pictures_like(self, copy: bytes, *, but: int | None) -> tuple[list[int], int]:
        """Return the places of the pictures that show the same, and how many were compared."""
        seen = Seen.of(unpacked(copy))
        looked_up = sorted({place for key in seen.found_by() for place in self._by_key.get(key, ())} - {but})
        candidates = nearest(seen, [(self.kept[place].hashes, self.kept[place].details) for place in looked_up])
        there = [(one, self.kept[looked_up[one.place]].copy) for one in candidates]
        return [looked_up[one.place] for one, _ in compared(seen, there)], len(there)


class _Process:
    """What one process of the measurement has at hand."""

    archive: Archive


def run(plan: Plan, out: Path, say: Say) -> bool:
    """Measure and show; return whether every altered picture was found again and no pair is false."""
    with ProcessPoolExecutor(_at_once(), initializer=_one_thread) as pool:
        kept = list(pool.map(partial(_kept, plan), range(plan.pictures), chunksize=8))
    size = sum(len(one.copy) for one in kept) / len(kept)
    say(f"{plan.pictures:,} pictures of seed {plan.seed}, a copy of {size:,.0f} B kept of each")
    found = Found()
    with ProcessPoolExecutor(_at_once(), initializer=_open, initargs=(kept,)) as pool:
        parts = pool.map(partial(_look_for, plan), plan.looked_for(), chunksize=4)
        for number, part in enumerate(parts, start=1):
            found.add(part)
            if number % _TOLD_EACH == 0:
                say(f"{number:,} of {plan.looks:,} looked for: {found.told()}")
    _tell(found, say)
    out.parent.mkdir(parents=True, exist_ok=True)
    recall = {name: found.again[name] / found.tried[name] for name in ALTERATIONS if found.tried[name]}
    figures = {"plan": vars(plan), "recall": recall, "false": sorted(found.false), "seconds": found.seconds}
    out.write_bytes(orjson.dumps(figures))
    say(f"Written to {out}")
    return not found.false and all(share == 1 for share in recall.values())


def _tell(found: Found, say: Say) -> None:
    for name in ALTERATIONS:
        say(f"{name:24} {found.again[name]:6,} of {found.tried[name]:6,} found")
    say(f"false pairs: {len(found.false)}  {sorted(found.false)[:10]}")
    asked = sum(found.tried.values())
    say(f"each look: {found.compared / asked:.0f} compared, {1000 * found.seconds / asked:.0f} ms of work")


def _at_once() -> int:
    return len(os.sched_getaffinity(0))


def _one_thread() -> None:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"


def _open(kept: list[Kept]) -> None:
    _one_thread()
    _Process.archive = Archive(kept)


def _kept(plan: Plan, place: int) -> Kept:
    return kept_of(draw(plan.seed, place, plan.pictures))


def _look_for(plan: Plan, place: int) -> Found:
    return look_for(_Process.archive, draw(plan.seed, place, plan.pictures), place, plan.ways_of(place))


def look_for(archive: Archive, picture: Image.Image, place: int, alterations: Iterable[str]) -> Found:
    """Look for a picture of the archive, as it is and altered in each of these ways."""
    found = Found()
    for name in (UNALTERED, *alterations):
        copy = archive.kept[place].copy if name == UNALTERED else kept_of(ALTERATIONS[name](picture)).copy
        begun = process_time()
        alike, count = archive.pictures_like(copy, but=place if name == UNALTERED else None)
        found.seconds += process_time() - begun
        found.compared += count
        found.tried[name] += 1
        found.again[name] += place in alike
        found.false |= {(min(place, other), max(place, other)) for other in alike if other != place}
    return found
