"""Which pictures show what a new one shows: looked up by their hashes, then laid over it one by one."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from kit import db
from kit.db import Record
from media_archive.similarity.comparison import MOST_DIFFERENCE, Planes, difference
from media_archive.similarity.details import MOST_APART, detail_distances
from media_archive.similarity.prints import WINDOWS, Hashes, distances, hashes_of, unpacked

MOST_DISTANCE = 10
"""In so many bits of 64 may the nearest windows of two pictures differ to be compared."""

MOST_COMPARED = 100
"""With so many pictures at most, the nearest by their details, a new one is compared."""

_MOST_LOOKED_UP = 20_000
_PAIRS = 4


@dataclass(frozen=True, slots=True)
class Alike:
    """A picture that shows the same: whose it is, whether as in a mirror, and how little it differs."""

    asset_id: UUID
    is_mirrored: bool
    difference: float


@dataclass(frozen=True, slots=True)
class Seen:
    """A small copy that is looked for: as it is and as a mirror shows it, with the hashes of both."""

    sides: tuple[Image.Image, Image.Image]
    hashes: tuple[Hashes, Hashes]

    @classmethod
    def of(cls, small: Image.Image) -> Self:
        """Look at a small copy in both ways."""
        mirrored = ImageOps.mirror(small)
        return cls((small, mirrored), (hashes_of(small), hashes_of(mirrored)))

    def found_by(self) -> list[int]:
        """Return the keys of which what shows the same has one."""
        return sorted({key for one in self.hashes for key in one.found_by()})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture worth comparing: its place in what was looked up, which windows are alike, how far details are."""

    place: int
    windows: tuple[int, int]
    is_mirrored: bool
    distance: float = 0.0


async def pictures_like(asset_id: UUID, seen: Seen) -> list[Alike]:
    """Return the kept pictures of other assets that show what this small copy shows, least different first."""
    found = await looked_up(asset_id, seen.found_by())
    kept = [(row["hashes"], row["details"]) for row in found]
    candidates = await asyncio.to_thread(nearest, seen, kept)
    copies = {
        row["asset_id"]: row["small"]
        for row in await db.rows(
            "SELECT asset_id, small FROM picture_print WHERE asset_id = ANY($1::uuid[])",
            list({found[one.place]["asset_id"] for one in candidates}),
        )
    }
    # Nothing is there of what was purged meanwhile.
    there = [
        (one, copies[found[one.place]["asset_id"]]) for one in candidates if found[one.place]["asset_id"] in copies
    ]
    alike = await asyncio.to_thread(compared, seen, there)
    return [Alike(found[one.place]["asset_id"], one.is_mirrored, differing) for one, differing in alike]


async def looked_up(asset_id: UUID, keys: list[int]) -> list[Record]:
    """Return the hashes and details of kept pictures of other assets that have one of these keys."""
    async with db.transaction():
        # The planner takes some dozens of keys to meet a quarter of the pictures, and would read the whole table.
        await db.execute("SET LOCAL enable_seqscan = off")
        found = await db.rows(
            "SELECT asset_id FROM picture_print WHERE keys && $1::integer[] AND asset_id <> $2 LIMIT $3",
            keys,
            asset_id,
            _MOST_LOOKED_UP,
        )
    return await db.rows(
        """SELECT picture_print.asset_id, picture_print.hashes, picture_print.details
           FROM picture_print JOIN asset ON asset.id = picture_print.asset_id
           WHERE picture_print.asset_id = ANY($1::uuid[]) AND asset.state = 'kept'""",
        [row["asset_id"] for row in found],
    )


def nearest(seen: Seen, kept: Sequence[tuple[bytes, bytes]]) -> list[Candidate]:
    """Return with which pictures to compare a small copy, by what was kept of each: the bytes of hashes and of details.

    At most MOST_COMPARED, the nearest by their details first.
    """
    if not kept:
        return []
    words = np.frombuffer(b"".join(one for one, _ in kept), ">u8").astype(np.uint64).reshape(len(kept), len(WINDOWS))
    details = np.frombuffer(b"".join(one for _, one in kept), np.uint64).reshape(len(kept), -1)
    candidates = [
        one
        for is_mirrored, (side, hashes) in enumerate(zip(seen.sides, seen.hashes, strict=True))
        for near in _by_windows(distances(hashes.words, words), is_mirrored=bool(is_mirrored)).values()
        for one in _with_details(side, near, details)
    ]
    best: dict[tuple[int, bool], Candidate] = {}
    for one in sorted(candidates, key=lambda one: one.distance):
        best.setdefault((one.place, one.is_mirrored), one)
    return list(best.values())[:MOST_COMPARED]


def _by_windows(apart: npt.NDArray[np.int64], *, is_mirrored: bool) -> dict[tuple[int, int], list[Candidate]]:
    """Return the pictures by pairs of windows that are alike, each by some of its nearest pairs.

    Of a picture with large plain parts several windows have one hash: which pair fits, its details tell.
    """
    flat = apart.reshape(len(apart), -1)
    pairs = np.argpartition(flat, _PAIRS, axis=1)[:, :_PAIRS]
    least = np.take_along_axis(flat, pairs, axis=1)
    found: dict[tuple[int, int], list[Candidate]] = defaultdict(list)
    for place, number in np.argwhere(least <= MOST_DISTANCE):
        windows = divmod(int(pairs[place, number]), len(WINDOWS))
        found[windows].append(Candidate(int(place), windows, is_mirrored))
    return found


def _with_details(side: Image.Image, near: list[Candidate], details: npt.NDArray[np.uint64]) -> Iterator[Candidate]:
    apart = detail_distances(side, near[0].windows, details[[one.place for one in near]])
    for one, distance in zip(near, apart, strict=True):
        if distance <= MOST_APART:
            yield replace(one, distance=float(distance))


def compared(seen: Seen, there: Sequence[tuple[Candidate, bytes]]) -> list[tuple[Candidate, float]]:
    """Return which of these, each with its packed copy, show the same, and how little they differ; the least first."""
    sides = [Planes(side) for side in seen.sides]
    found: dict[int, tuple[Candidate, float]] = {}
    for one, copy in there:
        if one.place not in found:
            differing = difference(sides[one.is_mirrored], Planes(unpacked(copy)), one.windows)
            if differing <= MOST_DIFFERENCE:
                found[one.place] = one, differing
    return sorted(found.values(), key=lambda pair: pair[1])
