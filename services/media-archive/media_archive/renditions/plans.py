"""What will be made of an asset, by its type; written with the asset, so that people see what is still to come."""

from uuid import UUID

from kit import db
from media_archive.uploads.media_types import MediaType

THUMBNAILS = {"thumb_320": 320, "thumb_1024": 1024}
"""Names of the pictures and the length of their longest side in pixels."""

PICTURED = frozenset({"image", "pdf"})
READ = {"image": ("ocr",), "pdf": ("document", "ocr"), "text": ("document",), "office": ("document",)}


async def plan(asset_id: UUID, media_type: MediaType) -> None:
    """Note the renditions and texts to come. Sound and film have no picture, and say so."""
    pictured = media_type.family in PICTURED
    await db.execute_many(
        "INSERT INTO rendition (asset_id, name, state, reason) VALUES ($1, $2, $3, $4)",
        [(asset_id, name, *_begin(pictured, "TYPE_HAS_NO_PICTURE")) for name in THUMBNAILS],
    )
    await db.execute_many(
        "INSERT INTO asset_text (asset_id, source, state) VALUES ($1, $2, 'waiting')",
        [(asset_id, source) for source in READ.get(media_type.family, ())],
    )


def _begin(possible: bool, otherwise: str) -> tuple[str, str | None]:
    return ("waiting", None) if possible else ("none", otherwise)
