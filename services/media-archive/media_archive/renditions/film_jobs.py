"""The jobs that make films and sounds smaller: for weak lines and for phones that can't play the original."""

import tempfile
from pathlib import Path
from uuid import UUID

from kit.jobs import job
from media_archive.renditions import ffmpeg, images, work
from media_archive.renditions.plans import FILM, HLS, HLS_MEDIA, OPUS, SOUND, VIDEO, WAVEFORM
from media_archive.uploads import keeping

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"


@job("media_archive.make_film", timeout=9 * 3_600, tries=3)
async def make_film(asset_id: str) -> None:
    """Make a film of 480 lines, and the same for streaming by HLS; all of it appears at once."""
    original = await work.begin(UUID(asset_id), FILM)
    if original is None:
        return
    try:
        async with original.file() as path, work.staying_alive(original.asset_id, FILM):
            film = await ffmpeg.small_film(path, original.media_type, path.parent)
            made = {
                VIDEO: _film(await keeping.keep(film.whole, "video/mp4"), film.probe),
                HLS_MEDIA: _film(await keeping.keep(film.pieces, "video/mp4"), film.probe),
                HLS: _film(await keeping.keep(film.playlist, PLAYLIST_TYPE), film.probe),
            }
            await work.finish(original, made)
    except ffmpeg.FfmpegUnavailable as missing:
        await work.wait(original.asset_id, FILM, missing.reason)
    except ffmpeg.MediaBroken as broken:
        await work.fail(original.asset_id, FILM, broken.reason)


def _film(file: keeping.KeptFile, found: ffmpeg.Probe) -> work.Made:
    return work.Made(file, found.width, found.height, found.seconds)


@job("media_archive.make_sound", timeout=9 * 3_600, tries=3)
async def make_sound(asset_id: str) -> None:
    """Make a sound's small copy and the picture of its waves."""
    original = await work.begin(UUID(asset_id), SOUND)
    if original is None:
        return
    try:
        async with original.file() as path, work.staying_alive(original.asset_id, SOUND):
            made = await _sound(original, path)
            await work.finish(original, made)
    except ffmpeg.FfmpegUnavailable as missing:
        await work.wait(original.asset_id, SOUND, missing.reason)
    except ffmpeg.MediaBroken as broken:
        await work.fail(original.asset_id, SOUND, broken.reason)
    except images.UNREADABLE:
        await work.fail(original.asset_id, SOUND, "FILE_BROKEN")


async def _sound(original: work.Original, path: Path) -> dict[str, work.Made]:
    with tempfile.TemporaryDirectory(prefix="loa-sound-") as folder:
        small = Path(folder, "small.webm")
        found = await ffmpeg.opus(path, original.media_type, small)
        picture = await ffmpeg.waveform(path, original.media_type, Path(folder))
        kept = await keeping.keep(small, "audio/webm")
        drawn = await keeping.keep(picture.content, picture.media_type)
    return {
        OPUS: work.Made(kept, seconds=found.seconds),
        WAVEFORM: work.Made(drawn, picture.width, picture.height),
    }
