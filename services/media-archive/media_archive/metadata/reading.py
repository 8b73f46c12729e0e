"""Reading what a file says of itself, whatever type it is. Nothing a file says can keep it out of the archive."""

import asyncio
from pathlib import Path

from media_archive.metadata import documents, exif, iim, xmp
from media_archive.metadata.blocks import blocks_of
from media_archive.metadata.embedded import Embedded, merged, said
from media_archive.metadata.encodings import decoded
from media_archive.uploads.media_types import MediaType


async def read_embedded(path: Path, media_type: MediaType) -> Embedded:
    """Return what a whole file of this type says; empty for types that say nothing.

    XMP comes first, then IIM, then EXIF: in this order programs have been keeping them (MWG guidelines 2.0).
    """
    if media_type.family == "pdf":
        return await documents.of_pdf(path)
    if media_type.family == "office":
        return await asyncio.to_thread(documents.of_office, path)
    if media_type.family == "image":
        return await asyncio.to_thread(_of_picture, path, media_type.name)
    return Embedded()


def _of_picture(path: Path, media_type: str) -> Embedded:
    blocks = blocks_of(path, media_type)
    words = {name: decoded(text) for name, text in (blocks.words or {}).items()}
    return merged([xmp.read(blocks.xmp), iim.read(blocks.iim), exif.read(exif.tags_of(blocks.exif)), said(**words)])
