"""What will be made of an asset, by its type; written with the asset, so that people see what is still to come."""

from collections.abc import Mapping
from uuid import UUID

from kit import db
from media_archive.uploads.media_types import Family, MediaType

THUMBNAILS = {"thumb_320": 320, "thumb_1024": 1024, "thumb_2048": 2048}
"""Names of the pictures and the length of their longest side in pixels."""

POSTER = "poster"
POSTER_SIDE = 854
PUBLIC = "public"
VIDEO = "video_480"
HLS = "hls"
HLS_MEDIA = "hls_480"
WAVEFORM = "waveform"
OPUS = "audio_opus"
PAGES = "pages"
SEARCHABLE = "searchable"

PICTURES = (*THUMBNAILS, POSTER)
FILM = (VIDEO, HLS, HLS_MEDIA)
SOUND = (WAVEFORM, OPUS)

READ: Mapping[Family, tuple[str, ...]] = {
    "image": ("ocr",),
    "pdf": ("document", "ocr"),
    "text": ("document",),
    "office": ("document",),
}
_MADE: Mapping[Family, tuple[str, ...]] = {
    "image": (*THUMBNAILS, SEARCHABLE, PUBLIC),
    "pdf": (*THUMBNAILS, PAGES, SEARCHABLE, PUBLIC),
    "office": (PUBLIC,),
    "text": (),
    "audio": (*SOUND, PUBLIC),
    "video": (*PICTURES, *FILM, PUBLIC),
}


async def plan(asset_id: UUID, media_type: MediaType) -> None:
    """Note the renditions and texts to come of the file that the asset is now, and forget those of another before.

    Captions stay: people wrote them. What has no picture says so.
    """
    await db.execute("DELETE FROM asset_page WHERE asset_id = $1", asset_id)
    await db.execute("DELETE FROM rendition WHERE asset_id = $1", asset_id)
    await db.execute("DELETE FROM asset_text WHERE asset_id = $1 AND source <> 'captions'", asset_id)
    made = _MADE[media_type.family]
    without = [name for name in THUMBNAILS if name not in made]
    await db.execute_many(
        "INSERT INTO rendition (asset_id, name, state, reason) VALUES ($1, $2, $3, $4)",
        [
            *((asset_id, name, "waiting", None) for name in made),
            *((asset_id, name, "none", "TYPE_HAS_NO_PICTURE") for name in without),
        ],
    )
    await db.execute_many(
        "INSERT INTO asset_text (asset_id, source, state) VALUES ($1, $2, 'waiting')",
        [(asset_id, source) for source in READ.get(media_type.family, ())],
    )
