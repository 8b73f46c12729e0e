"""Keeping the records for harvesters at what is public, so that none is ever missed.

One at a time reads the log of changed materials and stamps each record with the second in which it is done, under a
lock. Whoever answers a harvester reads the clock first and then waits for that lock: whatever bears a stamp from before
that reading is committed by then and in the answer, and whatever comes later bears that second or a later one. So a
harvester that asks again from the second of its last answer misses nothing.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS
from kit.jobs import job
from media_archive.assets.visibility import visible_to

_LOCK = 7421103
_AT_ONCE = 2_000
_ROUNDS_IN_A_REQUEST = 5


async def catch_up(rounds: int = _ROUNDS_IN_A_REQUEST) -> bool:
    """Stamp what changed, at most so many times 2,000 changes; return whether that was all."""
    for _ in range(rounds):
        if not await _is_behind():
            return True
        async with db.transaction():
            await db.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            await _step()
    return not await _is_behind()


async def now() -> datetime:
    """Return the second up to which all records bear their stamps, as far as changes are followed."""
    async with db.transaction():
        moment = await db.value("SELECT date_trunc('second', clock_timestamp())")
        await db.execute("SELECT pg_advisory_xact_lock_shared($1)", _LOCK)
    return moment.astimezone(UTC)


@job("media_archive.follow_for_harvesters", timeout=240)
async def follow_for_harvesters() -> None:
    """Follow the log of changes also while nobody harvests, so that the first who does need not wait."""
    await catch_up(rounds=200)


async def _is_behind() -> bool:
    return await db.value(
        """SELECT EXISTS (SELECT FROM asset_change WHERE number > change_number) OR day < $1 FROM oai_progress""",
        today(),
    )


async def _step() -> None:
    progress = await db.row("SELECT change_number, day FROM oai_progress")
    assert progress is not None
    found = await db.rows(
        "SELECT number, asset_id FROM asset_change WHERE number > $1 ORDER BY number LIMIT $2",
        progress["change_number"],
        _AT_ONCE,
    )
    changed = {row["asset_id"] for row in found}
    day = today()
    if progress["day"] < day:
        changed |= await _turned(progress["day"], day)
    await _stamp(sorted(changed))
    await db.execute(
        "UPDATE oai_progress SET change_number = $1, day = $2",
        found[-1]["number"] if found else progress["change_number"],
        max(day, progress["day"]),
    )


async def _turned(since: date, day: date) -> set[UUID]:
    """Return the materials whose embargo or lease ended after one day and until another."""
    found = await db.rows(
        """SELECT id FROM asset WHERE embargo_until > $1 AND embargo_until <= $2
           UNION SELECT id FROM asset WHERE lease_until > $1 AND lease_until <= $2""",
        since,
        day,
    )
    return {row["id"] for row in found}


async def _stamp(asset_ids: Sequence[UUID]) -> None:
    """Give a new number and the present second to each that is public, and to each that was until now."""
    public, arguments = visible_to(ANONYMOUS, 2)
    await db.execute(
        f"""INSERT INTO oai_record (asset_id, number, datestamp, is_deleted, unit_path)
            SELECT touched.id, nextval('oai_record_number'),
                -- Also after the clock was put back, a later number bears no earlier stamp.
                greatest(date_trunc('second', clock_timestamp()), (SELECT max(datestamp) FROM oai_record)),
                shown.id IS NULL, coalesce(shown.unit_path, known.unit_path)
            FROM unnest($1::uuid[]) AS touched (id)
            LEFT JOIN LATERAL (
                SELECT asset.id, asset.unit_path FROM asset WHERE asset.id = touched.id AND {public}) AS shown ON TRUE
            LEFT JOIN oai_record AS known ON known.asset_id = touched.id
            WHERE shown.id IS NOT NULL OR NOT known.is_deleted
            ON CONFLICT (asset_id) DO UPDATE SET
                number = excluded.number, datestamp = excluded.datestamp, is_deleted = excluded.is_deleted,
                unit_path = excluded.unit_path""",
        list(asset_ids),
        *arguments,
    )
