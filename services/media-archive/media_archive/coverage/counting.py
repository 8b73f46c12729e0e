"""Counting what the archive holds, for each unit, year and kind, in one statement.

A material is of the year in which it was made. It is

- described when it has a title, a description, at least one topic and a language;
- shared when somebody beyond its own unit's branch may see it: for all below the unit, the union, the public, or
  granted to another unit; not while it is hidden, under embargo or after its lease;
- reused when a unit other than its own used it.
"""

from datetime import date

from kit import db
from kit.calendar import today
from kit.jobs import job

_LOCK = 7421105

_COUNT = """
INSERT INTO coverage_count (unit_id, year, kind, items, described, shared, reused)
SELECT asset.unit_id, extract(year FROM asset.created_on)::int, asset.kind, count(*),
    count(*) FILTER (WHERE asset.title <> '' AND asset.description <> '' AND cardinality(asset.topics) > 0
                     AND asset.language <> ''),
    count(*) FILTER (WHERE asset.hidden IS NULL AND coalesce(asset.embargo_until <= $1, TRUE)
                     AND coalesce(asset.lease_until > $1, TRUE)
                     AND (asset.visibility IN ('subtree', 'union', 'public') OR granted.asset_id IS NOT NULL)),
    count(*) FILTER (WHERE reused.asset_id IS NOT NULL)
FROM asset
LEFT JOIN (SELECT DISTINCT asset_id FROM asset_grant WHERE coalesce(until > $1, TRUE)) AS granted
    ON granted.asset_id = asset.id
LEFT JOIN (SELECT DISTINCT reuse.asset_id FROM reuse JOIN asset AS used ON used.id = reuse.asset_id
           WHERE reuse.unit_id <> used.unit_id) AS reused ON reused.asset_id = asset.id
WHERE asset.state = 'kept'
GROUP BY 1, 2, 3
"""


@job("media_archive.count_coverage", timeout=290)
async def count_coverage() -> None:
    """Count everything anew; until that is done, what was counted before is told."""
    await count_as_of(today())


async def count_as_of(day: date) -> None:
    """Count with embargoes, leases and grants as they are on a day."""
    async with db.transaction():
        # Two at once would each write all rows; the second has nothing to add.
        if not await db.value("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            return
        await db.execute("DELETE FROM coverage_count")
        await db.execute(_COUNT, day)
        await db.execute(
            """INSERT INTO coverage_state (counted_at) VALUES (now())
               ON CONFLICT ON CONSTRAINT coverage_state_pkey DO UPDATE SET counted_at = excluded.counted_at"""
        )
