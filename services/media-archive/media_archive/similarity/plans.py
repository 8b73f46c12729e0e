"""That a picture's near-duplicates are to be looked for; written with the asset's file, like what else is to come."""

from uuid import UUID

from kit import db


async def plan(asset_id: UUID) -> None:
    """Have the file that an asset is now looked at anew, if it is a picture; what was known of another is forgotten.

    That begins when its small pictures are made.
    """
    await db.execute("DELETE FROM picture_print WHERE asset_id = $1", asset_id)
    await db.execute(
        "DELETE FROM near_duplicate WHERE state = 'suggested' AND (first_id = $1 OR second_id = $1)", asset_id
    )
    await db.execute(
        """INSERT INTO picture_print (asset_id)
           SELECT asset.id FROM asset JOIN stored_file USING (sha256)
           WHERE asset.id = $1 AND media_type LIKE 'image/%'""",
        asset_id,
    )
