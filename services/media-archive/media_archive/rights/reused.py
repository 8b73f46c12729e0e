"""Who has a copy of an asset: the units to turn to when somebody takes a consent back."""

from uuid import UUID

from kit import db


async def units_that_reused(asset_id: UUID) -> list[UUID]:
    """Return the units that used an asset, and those it is granted to, or to somebody for them."""
    found = await db.rows(
        """SELECT unit_id FROM reuse WHERE asset_id = $1 AND unit_id IS NOT NULL
           UNION SELECT unit_id FROM asset_grant WHERE asset_id = $1
           UNION SELECT unit_id FROM person_grant WHERE asset_id = $1 ORDER BY unit_id""",
        asset_id,
    )
    return [row["unit_id"] for row in found]
