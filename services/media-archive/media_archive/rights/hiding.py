"""Hiding an asset for the sake of somebody's rights, and showing it again once nothing stands against that.

Whether it is hidden follows from its consents and its rights alone; the column `asset.hidden` says it for every reader.
"""

from collections.abc import Sequence
from uuid import UUID

from kit import db
from kit.audit import Entry, record_all
from kit.calendar import today
from kit.events import publish_all
from kit.identity import SYSTEM, Caller
from kit.jobs import job
from media_archive.assets.changes import record_changes

_AT_ONCE = 500

_SETTLE = """
WITH due AS (
    SELECT asset.id, asset.hidden AS was, CASE
        WHEN EXISTS (SELECT FROM consent WHERE consent.asset_id = asset.id AND consent.settled_at IS NULL
                     AND consent.withdrawn_at IS NOT NULL) THEN 'consent_withdrawn'
        WHEN EXISTS (SELECT FROM consent WHERE consent.asset_id = asset.id AND consent.settled_at IS NULL
                     AND consent.until <= $2) THEN 'consent_expired'
        WHEN asset.rights_until <= $2 THEN 'rights_expired' END AS why
    FROM asset WHERE asset.id = ANY($1::uuid[]))
UPDATE asset SET hidden = due.why FROM due
WHERE asset.id = due.id AND asset.hidden IS DISTINCT FROM due.why
RETURNING asset.id, asset.unit_id, due.was, due.why
"""

_DUE = """
SELECT asset.id FROM asset WHERE asset.rights_until <= $1 AND asset.hidden IS NULL
UNION
SELECT asset.id FROM consent JOIN asset ON asset.id = consent.asset_id
WHERE consent.until <= $1 AND consent.settled_at IS NULL AND asset.hidden IS NULL
LIMIT $2
"""


async def settle_hidden(caller: Caller, asset_ids: Sequence[UUID]) -> None:
    """Hide those that must be, show again those that may be, tell of both; last in a transaction that holds them."""
    changed = await db.rows(_SETTLE, list(asset_ids), today())
    await record_all(
        caller,
        [
            Entry(
                "asset.hidden" if row["why"] else "asset.unhidden",
                row["unit_id"],
                "asset",
                str(row["id"]),
                {"hidden": row["was"]},
                {"hidden": row["why"]},
            )
            for row in changed
        ],
    )
    for told in ("asset.hidden", "asset.unhidden"):
        await publish_all(
            told,
            [
                {"asset_id": str(row["id"]), "unit_id": str(row["unit_id"]), "reason": row["why"] or row["was"]}
                for row in changed
                if bool(row["why"]) == (told == "asset.hidden")
            ],
        )
    await record_changes([row["id"] for row in changed])


@job("media_archive.hide_expired", timeout=60)
async def hide_expired() -> None:
    """Hide what ended with the day: consents and rights."""
    async with db.transaction():
        due = [row["id"] for row in await db.rows(_DUE, today(), _AT_ONCE)]
        if due:
            await db.execute("SELECT FROM asset WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE", due)
            await settle_hidden(SYSTEM, due)
