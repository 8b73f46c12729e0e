"""The job that makes an original's public copy, which is what people outside of its unit's makers are given."""

import asyncio
from pathlib import Path
from uuid import UUID

from kit.jobs import job
from media_archive.renditions import ffmpeg, images, work
from media_archive.renditions.clean import outside
from media_archive.renditions.clean.errors import CannotBeCleaned
from media_archive.renditions.clean.pictures import clean_picture
from media_archive.renditions.plans import PUBLIC
from media_archive.uploads import keeping


@job("media_archive.make_public", timeout=900)
async def make_public(asset_id: str) -> None:
    """Make the copy of an original that tells no place, no device and nobody's name."""
    original = await work.begin(UUID(asset_id), [PUBLIC])
    if original is None:
        return
    try:
        async with original.file() as path, work.staying_alive(original.asset_id, [PUBLIC]):
            file = await _copy(original, path)
            await work.finish(original, {PUBLIC: work.Made(file)})
    except ffmpeg.FfmpegUnavailable as missing:
        await work.wait(original.asset_id, [PUBLIC], missing.reason)
    except ffmpeg.MediaBroken as broken:
        await work.fail(original.asset_id, [PUBLIC], broken.reason)
    except (CannotBeCleaned, *images.UNREADABLE):
        await work.fail(original.asset_id, [PUBLIC], "CANNOT_BE_CLEANED")


async def _copy(original: work.Original, path: Path) -> keeping.KeptFile:
    media_type = original.media_type
    if media_type.family == "image":
        content, media_type = await asyncio.to_thread(clean_picture, path, media_type)
        return await keeping.keep(content, media_type.name)
    made = path.with_name(f"public.{media_type.ending}")
    if media_type.family == "pdf":
        await outside.clean_pdf(path, made)
    elif media_type.family == "office":
        await outside.clean_package(path, made)
    else:
        await ffmpeg.clean_copy(path, media_type, made)
    return await keeping.keep(made, media_type.name)
