"""A union of twenty thousand units, a hundred thousand materials, and as many uses as are wanted, in SQL."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from bench.archive_units import fill_units

ASSETS = 100_000

_ASSETS = """
WITH unit_list AS (SELECT array_agg(id ORDER BY number) AS ids, array_agg(path ORDER BY number) AS paths FROM unit),
made AS (
    INSERT INTO asset (id, unit_id, unit_path, kind, title, visibility, sha256, file_name, created_on, added_at)
    SELECT gen_random_uuid(), ids[place], paths[place], 'leaflet', 'Tờ rơi ' || number, 'union', sha256('x'), 'a.txt',
        '2026-01-01', now() - number * interval '1 minute'
    FROM unit_list, LATERAL (
        SELECT number, 1 + (number * 7919::bigint) % cardinality(ids) AS place
        FROM generate_series(1, $1::int) AS number) AS one
    RETURNING id)
INSERT INTO asset_version (asset_id, number, sha256, file_name) SELECT id, 1, sha256('x'), 'a.txt' FROM made
"""
# Few materials are used often and most hardly ever; so it is with units.
_USES = """
WITH asset_list AS (SELECT array_agg(id ORDER BY added_at) AS ids FROM asset),
unit_list AS (SELECT array_agg(id ORDER BY number) AS ids FROM unit)
INSERT INTO reuse (asset_id, version, unit_id, subject, kind, at)
SELECT asset_list.ids[1 + floor(cardinality(asset_list.ids) * power(random(), 3))::int], 1,
    unit_list.ids[1 + floor(cardinality(unit_list.ids) * power(random(), 2))::int], 'lan',
    (ARRAY['download', 'share', 'embed', 'publication'])[1 + number % 4],
    now() - random() * interval '1000 days'
FROM asset_list, unit_list, generate_series(1, $1::int) AS number
"""


@dataclass(frozen=True)
class Places:
    """Whom and what is asked about: the top, a province, one unit; a material that is used most, and one hardly."""

    root: str
    province: str
    unit: str
    busiest: UUID
    ordinary: UUID


async def fill(url: str, uses: int) -> Places:
    """Fill a migrated database."""
    connection = await asyncpg.connect(url)
    try:
        root, province, unit, *_ = await fill_units(connection)
        await connection.execute(_ASSETS, ASSETS)
        for start in range(0, uses, 100_000):
            await connection.execute(_USES, min(100_000, uses - start), timeout=600)
        await connection.execute("VACUUM ANALYZE")
        counted = "SELECT asset_id FROM reuse GROUP BY 1 ORDER BY count(*) DESC OFFSET $1 LIMIT 1"
        busiest, ordinary = [await connection.fetchval(counted, offset) for offset in (0, 20_000)]
        return Places(root[1], province[1], unit[1], busiest, ordinary)
    finally:
        await connection.close()
