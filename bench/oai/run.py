"""A harvest of all public materials from one web process: so many records a second."""

import asyncio
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET

import asyncpg
import orjson

from bench import place
from bench.load import WrongAnswer
from kit import db, paths
from media_archive.interop.following import catch_up

Say = Callable[[str], None]

SERVICE = "media_archive.app"
LEAST_PER_SECOND = 1_000.0
_OAI = "{http://www.openarchives.org/OAI/2.0/}"

_FILL = """
WITH made AS (
    INSERT INTO asset (id, unit_id, unit_path, kind, title, description, topics, visibility, sha256, file_name,
        created_on)
    SELECT gen_random_uuid(), $2, $3, 'leaflet', 'Tờ rơi an toàn lao động số ' || number,
        repeat('Hướng dẫn công nhân về an toàn điện trong mùa mưa bão. ', 4), '{labour_law}', 'public', sha256('x'),
        'a.txt', '2026-01-01'
    FROM generate_series(1, $1::int) AS number RETURNING id),
version AS (
    INSERT INTO asset_version (asset_id, number, sha256, file_name) SELECT id, 1, sha256('x'), 'a.txt' FROM made)
INSERT INTO asset_change (asset_id) SELECT id FROM made
"""


@dataclass(frozen=True)
class Plan:
    """How many records there are, and how often all are harvested."""

    records: int
    rounds: int


def run(plan: Plan, out: Path, say: Say) -> bool:
    """Measure and show; return whether the bound is kept in the median round."""
    with place.scene() as scene, place.database(scene, SERVICE) as service:
        asyncio.run(_fill(scene.database_url, plan.records))
        began = time.perf_counter()
        asyncio.run(_follow(service.database()))
        followed = plan.records / (time.perf_counter() - began)
        say(f"{followed:,.0f} changes a second stamped for harvesters")
        with place.web(scene, SERVICE) as url:
            address = f"{url.removesuffix('/graphql')}/oai"
            rounds = sorted(_harvest(address, plan.records) for _ in range(plan.rounds))
    median = rounds[len(rounds) // 2]
    say(f"{plan.records:,} records: {median:,.0f} a second (least {LEAST_PER_SECOND:,.0f}), rounds {rounds}")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(orjson.dumps({"plan": vars(plan), "stamped": followed, "records_per_second": rounds}))
    say(f"Written to {out}")
    return median >= LEAST_PER_SECOND


async def _fill(url: str, records: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        unit, path = "00000000-0000-0000-0000-000000000001", paths.label(1)
        await connection.execute(
            """INSERT INTO unit (id, number, path, name_vi, name_en, code, level, kind, tree_version)
               VALUES ($1, 1, $2, 'Tổng Liên đoàn', 'Confederation', 'TLD', 'confederation', 'confederation', 1)""",
            unit,
            path,
        )
        await connection.execute("INSERT INTO stored_file VALUES (sha256('x'), 1, 'text/plain')")
        await connection.execute(_FILL, records, unit, path, timeout=600)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _follow(database: dict[str, object]) -> None:
    await db.connect(database)
    try:
        while not await catch_up():
            pass
    finally:
        await db.disconnect()


def _harvest(address: str, expected: int) -> float:
    """Return records a second, with what it takes a harvester to read them."""
    began, told, rest = time.perf_counter(), 0, "metadataPrefix=oai_dc"
    while rest:
        with urllib.request.urlopen(f"{address}?verb=ListRecords&{rest}") as reply:  # noqa: S310  # our own address
            root = ET.fromstring(reply.read())  # noqa: S314  # our own answer
        told += sum(1 for _ in root.iter(f"{_OAI}record"))
        token = root.findtext(f".//{_OAI}resumptionToken")
        rest = f"resumptionToken={quote(token)}" if token else ""
    if told != expected:
        raise WrongAnswer(f"{told} records instead of {expected}")
    return told / (time.perf_counter() - began)
