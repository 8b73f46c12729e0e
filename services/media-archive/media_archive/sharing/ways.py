"""The way of somebody with a share link to the files of its material."""

from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import NotFound
from media_archive.files.addresses import ORIGINAL, shared_path
from media_archive.files.finding import Sent, Way, find_file
from media_archive.renditions.plans import PUBLIC, SEARCHABLE
from media_archive.sharing.links import SHOWN

WHOLE = frozenset({ORIGINAL, PUBLIC, SEARCHABLE})
"""What is given only by links that give the original, and then without what it tells of its makers."""


async def find_shared(link_id: UUID, visit: UUID, variant: str, expires: int) -> tuple[UUID, Sent]:
    """Return the material of a link and a file of it, as far as the link gives it today.

    NotFound for all else, also when the link or its material ended; otherwise as `find_file`.
    """
    asset_id = await db.value("SELECT asset_id FROM share_link WHERE id = $1", link_id)
    if asset_id is None:
        raise NotFound("file", f"{link_id}/{variant}")

    def opened(first: int) -> tuple[str, list[object]]:
        shown = SHOWN.format(day=first + 2)
        return (
            f"""{shown} AND EXISTS (
                SELECT FROM share_link WHERE share_link.id = ${first} AND share_link.asset_id = asset.id
                  AND share_link.revoked_at IS NULL AND share_link.expires_at > now()
                  AND (share_link.with_original OR NOT ${first + 1}::boolean))""",
            [link_id, variant in WHOLE, today()],
        )

    way = Way(None, opened, lambda _: False, lambda _, part, name: shared_path(link_id, visit, part, name, expires))
    return asset_id, await find_file(way, asset_id, variant)
