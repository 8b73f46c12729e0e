"""What was deleted, damaged and held apart in a world's archive: drawn from its materials, the same for all who ask."""

from hashlib import sha256
from uuid import UUID, uuid5

from kit import db
from oracle.world import Asset, NaiveUnit, World


def deleted(world: World) -> list[tuple[UUID, NaiveUnit]]:
    """Return materials that were deleted, which nobody is shown otherwise, with their units."""
    return [(uuid5(asset.id, "deleted"), asset.unit) for asset in world.assets[::3]]


def damaged(world: World) -> list[Asset]:
    """Return the materials whose file was damaged."""
    return world.assets[::2]


def held_apart(world: World) -> list[tuple[UUID, NaiveUnit]]:
    """Return files that were held apart, with the units for which they were sent."""
    return [(uuid5(asset.id, "held"), asset.unit) for asset in world.assets[::4]]


def file_of(asset_id: UUID) -> bytes:
    """Return the hash of a material's file."""
    return sha256(asset_id.bytes).digest()


async def fill_keeping(world: World) -> None:
    """Put them into the archive."""
    for one, unit in deleted(world):
        await db.execute(
            "INSERT INTO stored_file (sha256, size, media_type) VALUES ($1, 1, 'text/plain')", file_of(one)
        )
        await db.execute(
            """WITH version AS (
                 INSERT INTO asset_version (asset_id, number, sha256, file_name) VALUES ($1, 1, $3, 'a.txt'))
               INSERT INTO asset (id, unit_id, unit_path, kind, title, visibility, sha256, file_name, created_on, state,
                                  deleted_at, deletion_reason, keep_until)
               VALUES ($1, $2, (SELECT path FROM unit WHERE id = $2), 'news', 'Sen Biển Lúa', 'public', $3, 'a.txt',
                       '2026-01-01', 'deleted', now(), 'mistake', '2999-01-01')""",
            one,
            unit.id,
            file_of(one),
        )
    for asset in damaged(world):
        await db.execute(
            "UPDATE stored_file SET damage = 'changed', checked_at = now() WHERE sha256 = $1", file_of(asset.id)
        )
    for one, unit in held_apart(world):
        await db.execute(
            """INSERT INTO quarantined_file (id, sha256, size, file_name, reason, unit_id, purge_on)
               VALUES ($1, $2, 1, 'a.jpg', 'VIRUS_FOUND', $3, '2999-01-01')""",
            one,
            file_of(one),
            unit.id,
        )
