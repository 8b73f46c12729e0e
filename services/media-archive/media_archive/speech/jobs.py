"""The job that has what is said written down."""

from uuid import UUID

from kit import db
from kit.identity import SYSTEM
from kit.jobs import job
from media_archive.captions.service import NewTrack, replace_captions
from media_archive.captions.webvtt import CaptionsInvalid, write_captions
from media_archive.renditions import work
from media_archive.speech.providers import CannotListen, TranscriberMissing, transcriber


@job("media_archive.transcribe", timeout=4 * 3_600, tries=3)
async def transcribe(asset_id: str) -> None:
    """Write down what is said in a film or sound as captions that say a machine wrote them."""
    original = await work.begin_captions(UUID(asset_id))
    if original is None:
        return
    language: str = await db.value("SELECT language FROM asset WHERE id = $1", original.asset_id)
    try:
        async with original.file() as path:
            cues = await transcriber().transcribe(path, language)
        track = NewTrack(language, "captions", write_captions(tuple(cues)), is_automatic=True)
        await replace_captions(SYSTEM, original.asset_id, track)
    except TranscriberMissing as missing:
        await work.end_captions(original.asset_id, "waiting", missing.code)
    except (CannotListen, CaptionsInvalid):
        await work.end_captions(original.asset_id, "failed", "NOT_UNDERSTOOD")
