"""A union of twenty thousand units and their materials on nine topics, in SQL."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from bench.archive_units import fill_units

TOPICS = tuple(f"topic_{number}" for number in range(1, 10))
_AT_ONCE = 100_000

# Nine in ten are on one to three topics, three in four are shared with the whole union, one in five names an age.
_ASSETS = """
WITH unit_list AS (SELECT array_agg(id ORDER BY number) AS ids, array_agg(path ORDER BY number) AS paths FROM unit),
made AS (
    INSERT INTO asset (id, unit_id, unit_path, kind, title, visibility, topics, sha256, file_name, created_on, added_at)
    SELECT gen_random_uuid(), ids[place], paths[place],
        (ARRAY['news', 'photo', 'article', 'leaflet', 'video'])[1 + floor(5 * power(random(), 2))::int],
        'Tài liệu ' || number,
        (ARRAY['union', 'union', 'public', 'unit', 'subtree', 'private', 'union', 'union'])[1 + number % 8],
        CASE WHEN number % 10 = 0 THEN '{}' ELSE ARRAY(
            SELECT DISTINCT 'topic_' || (1 + floor(9 * power(random(), 2))::int)
            FROM generate_series(0, number % 3)) END,
        sha256('x'), 'a.txt', current_date - floor(3650 * power(random(), 1.5))::int,
        now() - number * interval '1 second'
    FROM unit_list, LATERAL (
        SELECT number, 1 + (number * 7919::bigint) % cardinality(ids) AS place
        FROM generate_series($1::int, $2::int) AS number) AS one
    RETURNING id),
about AS (
    INSERT INTO asset_about (asset_id, age_bands)
    SELECT id, ARRAY[(ARRAY['under_25', '25_34', '35_44', '45_plus'])[1 + floor(4 * random())::int]]
    FROM made WHERE random() < 0.2)
INSERT INTO asset_version (asset_id, number, sha256, file_name) SELECT id, 1, sha256('x'), 'a.txt' FROM made
"""


@dataclass(frozen=True)
class Places:
    """The top, a province, and one unit: their ids and paths."""

    root: tuple[UUID, str]
    province: tuple[UUID, str]
    unit: tuple[UUID, str]


async def fill(url: str, assets: int) -> Places:
    """Fill a migrated database."""
    connection = await asyncpg.connect(url)
    try:
        root, province, unit, *_ = await fill_units(connection)
        for start in range(1, assets + 1, _AT_ONCE):
            await connection.execute(_ASSETS, start, min(start + _AT_ONCE - 1, assets), timeout=600)
        await connection.execute("SELECT rebuild_topic_cells()", timeout=600)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return Places(root, province, unit)
