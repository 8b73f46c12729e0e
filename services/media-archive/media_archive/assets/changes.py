"""The log of changed assets, which the search indexes of all web processes follow."""

from collections.abc import Sequence
from uuid import UUID

from kit import db

_LOCK = 7421101


async def record_changes(asset_ids: Sequence[UUID]) -> None:
    """Note that these assets changed. Call it last in the transaction: until the commit, others wait to note theirs."""
    if not asset_ids:
        return
    # Under the lock, or a reader could see number 8 before 7 is committed and never come back for it.
    await db.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    await db.execute("INSERT INTO asset_change (asset_id) SELECT unnest($1::uuid[])", list(asset_ids))


async def record_changes_of_topics(codes: Sequence[str]) -> None:
    """Note that all assets on these topics changed; as `record_changes`, last in the transaction."""
    if not codes:
        return
    await db.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    await db.execute(
        "INSERT INTO asset_change (asset_id) SELECT id FROM asset WHERE topics && $1::text[] ORDER BY id", list(codes)
    )


async def record_changes_of_places(codes: Sequence[str]) -> None:
    """Note that all assets at these places, or at places that lie in them, changed; as `record_changes`."""
    if not codes:
        return
    await db.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    await db.execute(
        """INSERT INTO asset_change (asset_id) SELECT asset_id FROM asset_about
           WHERE place_codes <> '{}' AND place_codes && array_cat($1::text[], ARRAY(
               SELECT code FROM place
               WHERE (province_code = ANY($1::text[]) OR parent_code = ANY($1::text[])) AND code <> province_code))
           ORDER BY asset_id""",
        list(codes),
    )
