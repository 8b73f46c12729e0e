"""Having a text read aloud as a bulletin, and what is said in a film or sound written down."""

import asyncio
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from kit import db
from kit.errors import DomainError, InvalidInput
from kit.identity import Caller
from kit.jobs import enqueue
from media_archive.assets import description
from media_archive.assets.changes import record_changes
from media_archive.assets.service import asset
from media_archive.audit.service import tell_of_asset
from media_archive.captions.service import NewTrack, replace_captions
from media_archive.captions.webvtt import Cue, write_captions
from media_archive.speech.jobs import transcribe
from media_archive.speech.providers import speaker, transcriber
from media_archive.speech.sounds import CannotSpeak, Sound, as_wave
from media_archive.uploads.service import NewAsset, add_asset, checked, require_uploader

MOST_CHARACTERS = 10_000
_PAUSE_SECONDS = 0.35
_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…]*")
_LONGEST_PIECE = 600


class SpeechFailed(DomainError):
    """The text could not be read aloud."""

    code = "SPEECH_FAILED"
    vi = "Không đọc được văn bản này bằng ngôn ngữ đã chọn."
    en = "This text could not be read aloud in the chosen language."


class CaptionsThere(DomainError):
    """People wrote captions in this language: a machine's would take their place."""

    code = "CAPTIONS_THERE"
    vi = "Tài liệu đã có phụ đề do người viết ở ngôn ngữ này."
    en = "There are captions in this language that people wrote."


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A text to be read aloud, and what is said about the material that becomes of it."""

    unit_id: UUID
    title: str
    text: str
    language: str = "vi"
    kind: str = "audio_bulletin"
    description: str = ""
    topics: tuple[str, ...] = ()
    visibility: str = "unit"


async def speak_bulletin(caller: Caller, bulletin: Bulletin) -> UUID:
    """Have a text read aloud, add the sound as an asset with the text as its captions, and return the asset's id.

    Contributors of the unit may, as for an upload. SpeakerMissing, SpeechFailed; InvalidInput for a text that is empty
    or longer than 10,000 characters; refusals as of `add_asset`.
    """
    new = NewAsset(
        unit_id=bulletin.unit_id,
        title=bulletin.title,
        file_name="ban-tin.wav",
        kind=bulletin.kind,
        description=bulletin.description,
        language=bulletin.language,
        topics=bulletin.topics,
        visibility=bulletin.visibility,
    )
    await require_uploader(caller, new)
    voice = speaker()
    said = await checked(replace(new, source=f"Giọng đọc máy {voice.name}"))
    pieces = _pieces(bulletin.text)
    try:
        sounds = [await voice.speak(piece, said.language) for piece in pieces]
    except CannotSpeak as error:
        raise SpeechFailed() from error
    with tempfile.TemporaryDirectory(prefix="loa-speech-") as folder:
        file = Path(folder, "bulletin.wav")
        await asyncio.to_thread(file.write_bytes, as_wave(sounds, _PAUSE_SECONDS))
        asset_id = await add_asset(caller, said, file)
    content = write_captions(_cues(pieces, sounds))
    await replace_captions(caller, asset_id, NewTrack(said.language, "captions", content))
    return asset_id


def _pieces(text: str) -> list[str]:
    """Sentences, so that each has its time; of one without an end, what is said in a breath or some."""
    clean = description.checked_description(text) if len(text) <= MOST_CHARACTERS else ""
    found = [" ".join(one[0].split()) for one in _SENTENCE.finditer(clean)]
    pieces = [one[at : at + _LONGEST_PIECE] for one in found for at in range(0, len(one), _LONGEST_PIECE)]
    spoken = [one for one in pieces if any(letter.isalnum() for letter in one)]
    if not spoken:
        raise InvalidInput("text", f"cần từ 1 đến {MOST_CHARACTERS} ký tự", f"needs 1 to {MOST_CHARACTERS} characters")
    return spoken


def _cues(pieces: list[str], sounds: list[Sound]) -> tuple[Cue, ...]:
    cues: list[Cue] = []
    at = 0.0
    for piece, sound in zip(pieces, sounds, strict=True):
        cues.append(Cue(at, at + max(sound.seconds, 0.01), piece))
        at += sound.seconds + _PAUSE_SECONDS
    return tuple(cues)


async def transcribe_asset(caller: Caller, asset_id: UUID) -> None:
    """Have what is said in a film or sound written down later, as captions in the asset's language.

    Who may: as for captions. TranscriberMissing; CaptionsThere when people wrote some.
    """
    caller.require_someone()
    async with db.transaction():
        await db.execute("SELECT FROM asset WHERE id = $1 FOR UPDATE", asset_id)
        held = await asset(caller, asset_id)
        caller.require(description.role_for(held["visibility"]), held["unit_path"])
        transcriber()
        if not held["media_type"].startswith(("audio/", "video/")):
            raise InvalidInput("assetId", "chỉ phim và âm thanh có lời", "only films and sounds say something")
        if await db.value("SELECT true FROM caption_track WHERE asset_id = $1 AND NOT is_automatic LIMIT 1", asset_id):
            raise CaptionsThere()
        await db.execute(
            """INSERT INTO asset_text (asset_id, source, state) VALUES ($1, 'captions', 'waiting')
               ON CONFLICT (asset_id, source) DO UPDATE
               SET state = 'waiting', text = '', reason = NULL, attempts = 0, changed_at = now()""",
            asset_id,
        )
        await enqueue(transcribe, str(asset_id))
        await tell_of_asset(caller, "captions.ordered", asset_id, None, {"language": held["language"]})
        await record_changes([asset_id])
