"""How long it takes to look a picture up among a million: prints drawn from a seed, half of them of 2,000 families.

A family is what notices of one template are: hashes that differ in a few bits. Hashes of strangers differ in half.
"""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from uuid import UUID, uuid4

import asyncpg
import numpy as np
import numpy.typing as npt
import orjson

from bench import place
from kit.app import Service
from media_archive.similarity.finding import looked_up
from media_archive.similarity.prints import WINDOWS, Hashes

Say = Callable[[str], None]
Bits = npt.NDArray[np.bool_]

SERVICE = "media_archive.app"
MOST_MS = 250.0

_FAMILIES, _AT_ONCE, _ASKED = 2_000, 10_000, 100
_COLUMNS = ["asset_id", "state", "keys", "hashes", "details", "small"]


def run(pictures: int, seed: int, out: Path, say: Say) -> bool:
    """Fill a database, look pictures up, show; return whether the 95th percentile is within MOST_MS."""
    with place.scene() as scene, place.database(scene, SERVICE) as service:
        asyncio.run(_fill(scene, pictures, seed))
        milliseconds, found = asyncio.run(_ask(service, seed))
    p50, p95 = np.percentile(milliseconds, (50, 95))
    say(f"{pictures:,} pictures: looked up in p50 {p50:.0f} ms, p95 {p95:.0f} ms; {np.mean(found):,.0f} to look at")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(
        orjson.dumps({"pictures": pictures, "p50_ms": float(p50), "p95_ms": float(p95), "found": float(np.mean(found))})
    )
    return bool(p95 <= MOST_MS)


def _windows(chance: np.random.Generator, whole: Bits) -> Bits:
    """Return the bits of every window (n, 11, 64) of pictures whose whole has these (n, 64): a few others in each."""
    flips = chance.random((len(whole), len(WINDOWS), 64)) < 0.08
    flips[:, 0] = False
    return whole[:, None, :] ^ flips


def _families(seed: int) -> Bits:
    return np.random.default_rng(seed).random((_FAMILIES, 64)) < 0.5


def _prints(pictures: int, seed: int) -> Iterator[list[Hashes]]:
    chance, families = np.random.default_rng(seed + 1), _families(seed)
    for start in range(0, pictures, _AT_ONCE):
        count = min(_AT_ONCE, pictures - start)
        whole = chance.random((count, 64)) < 0.5
        of_family = families[chance.integers(_FAMILIES, size=count // 2)]
        whole[: count // 2] = of_family ^ (chance.random(of_family.shape) < 0.06)
        yield [Hashes(bits) for bits in _windows(chance, whole)]


async def _fill(scene: place.Scene, pictures: int, seed: int) -> None:
    connection = await asyncpg.connect(scene.database_url)
    try:
        # Rows of assets are as bare as can be: what they would refer to is of no use here.
        await connection.execute("SET session_replication_role = replica")
        for hashes in _prints(pictures, seed):
            ids = [uuid4() for _ in hashes]
            await connection.execute(
                """INSERT INTO asset (id, unit_id, unit_path, kind, title, visibility, sha256, file_name, created_on)
                   SELECT id, id, '00001', 'photo', 'x', 'unit', '\\x00', 'x', '2026-01-01'
                   FROM unnest($1::uuid[]) AS id""",
                ids,
            )
            rows = [
                (asset_id, "done", one.found_by(), one.packed(), bytes(512), b"x")
                for asset_id, one in zip(ids, hashes, strict=True)
            ]
            await connection.copy_records_to_table("picture_print", records=rows, columns=_COLUMNS)
        await connection.execute("VACUUM ANALYZE picture_print")
        await connection.execute("ANALYZE asset")
    finally:
        await connection.close()


async def _ask(service: Service, seed: int) -> tuple[list[float], list[int]]:
    chance = np.random.default_rng(seed + 2)
    families = _families(seed)[:_ASKED]
    asked = [Hashes(bits) for bits in _windows(chance, families ^ (chance.random(families.shape) < 0.06))]
    mirrored = [Hashes(bits) for bits in _windows(chance, chance.random(families.shape) < 0.5)]
    milliseconds, found = list[float](), list[int]()
    async with service.connected():
        for one, other in zip(asked, mirrored, strict=True):
            keys = sorted({*one.found_by(), *other.found_by()})
            begun = perf_counter()
            found.append(len(await looked_up(UUID(int=0), keys)))
            milliseconds.append(1000 * (perf_counter() - begun))
    return milliseconds, found
