"""The jobs that make pictures and texts, and the timer that finds what was lost of any of them. A job may be cut off
at any point and done again: until its one transaction at the end nothing of it can be seen."""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from kit import db
from kit.jobs import Job, enqueue, job
from media_archive.renditions import ffmpeg, images, ocr, pdf, plans, work
from media_archive.renditions.film_jobs import make_film, make_sound
from media_archive.renditions.page_jobs import make_pages
from media_archive.renditions.plans import POSTER, POSTER_SIDE, THUMBNAILS
from media_archive.renditions.public_jobs import make_public
from media_archive.renditions.text_jobs import read_text
from media_archive.similarity.jobs import find_near_duplicates
from media_archive.speech.jobs import transcribe
from media_archive.speech.providers import TranscriberMissing, transcriber
from media_archive.uploads import keeping


@job("media_archive.make_renditions", timeout=150)
async def make_renditions(asset_id: str) -> None:
    """Make the small pictures of an image, a PDF's first page or a moment of a film; have others make the rest."""
    await _enqueue_the_rest(UUID(asset_id))
    original = await work.begin(UUID(asset_id), plans.PICTURES)
    if original is None:
        return
    await _make_pictures(original)
    if original.media_type.family == "image":
        await enqueue(find_near_duplicates, asset_id)


async def _make_pictures(original: work.Original) -> None:
    try:
        async with original.file() as path:
            sides = {**THUMBNAILS, POSTER: POSTER_SIDE} if original.media_type.family == "video" else THUMBNAILS
            source = await _picture(original, path)
            pictures = await asyncio.to_thread(images.thumbnails, source, list(sides.values()))
    except ffmpeg.FfmpegUnavailable as missing:
        await work.wait(original.asset_id, plans.PICTURES, missing.reason)
    except (pdf.PdfUnreadable, ffmpeg.MediaBroken, *images.UNREADABLE):
        await work.fail(original.asset_id, plans.PICTURES, "FILE_BROKEN")
    else:
        kept = await keeping.keep_all([(picture.content, picture.media_type) for picture in pictures])
        made = [work.Made(file, one.width, one.height) for file, one in zip(kept, pictures, strict=True)]
        await work.finish(original, dict(zip(sides, made, strict=True)))


async def _picture(original: work.Original, path: Path) -> Path | bytes:
    """The picture that all sizes are made of."""
    if original.media_type.family == "image":
        return path
    if original.media_type.family == "pdf":
        return await pdf.page_picture(path, 0, max(THUMBNAILS.values()))
    with tempfile.TemporaryDirectory(prefix="loa-poster-") as folder:
        return await ffmpeg.poster(path, original.media_type, Path(folder))


JOB_OF: Mapping[str, Job] = {
    **dict.fromkeys(plans.PICTURES, make_renditions),
    **dict.fromkeys(plans.FILM, make_film),
    **dict.fromkeys(plans.SOUND, make_sound),
    plans.PAGES: make_pages,
    plans.SEARCHABLE: read_text,
    plans.PUBLIC: make_public,
}
"""Which job makes a rendition, by its name."""


async def _enqueue_the_rest(asset_id: UUID) -> None:
    waiting = await db.rows("SELECT name FROM rendition WHERE asset_id = $1 AND state = 'waiting'", asset_id)
    # Texts are asked for by whoever adds a file.
    jobs = {JOB_OF[row["name"]] for row in waiting} - {make_renditions, read_text}
    for one in sorted(jobs, key=lambda each: each.name, reverse=True):
        await enqueue(one, str(asset_id))


@job("media_archive.resume_unfinished", timeout=60)
async def resume_unfinished() -> None:
    """Enqueue again what waits for a minute or has said nothing for a quarter of an hour: its worker is gone."""
    missing = await _missing()
    lost = {(JOB_OF[row["name"]], row["asset_id"]) for row in await _unfinished("rendition", "name", missing)}
    texts = await _unfinished("asset_text", "source", missing)
    lost |= {(transcribe if row["source"] == "captions" else read_text, row["asset_id"]) for row in texts}
    for one, asset_id in sorted(lost, key=lambda each: (each[0].name, each[1])):
        await enqueue(one, str(asset_id))


async def _missing() -> list[str]:
    """Reasons of waiting that still hold: what waits for just that is left alone."""
    reasons: list[str] = []
    try:
        await ocr.require_tesseract()
    except ocr.OcrUnavailable:
        reasons += ["TESSERACT_MISSING", "TESSERACT_VIETNAMESE_MISSING"]
    try:
        ffmpeg.require_ffmpeg()
    except ffmpeg.FfmpegUnavailable as unavailable:
        reasons.append(unavailable.reason)
    try:
        transcriber()
    except TranscriberMissing as unavailable:
        reasons.append(unavailable.code)
    return reasons


async def _unfinished(table: str, name: str, missing: list[str]) -> list[db.Record]:
    return await db.rows(
        f"""UPDATE {table} SET changed_at = now()
            WHERE (asset_id, {name}) IN (
                SELECT asset_id, {name} FROM {table}
                WHERE ((state = 'waiting' AND changed_at < now() - interval '1 minute')
                    OR (state = 'running' AND changed_at < now() - interval '15 minutes'))
                  AND (reason IS NULL OR reason <> ALL ($1::text[]))
                ORDER BY changed_at LIMIT 400)
              AND state IN ('waiting', 'running')
            RETURNING asset_id, {name}""",
        missing,
    )


@job("media_archive.sweep_abandoned_files", timeout=300)
async def sweep_abandoned_files() -> None:
    """Delete what uploads and renditions left behind a day ago without finishing."""
    await keeping.sweep_abandoned()
