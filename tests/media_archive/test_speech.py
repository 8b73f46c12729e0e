"""A text becomes an audio bulletin with its captions; what is said is written down by whoever the settings name."""

import io
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from archive_world import Union, add, contributor, worker
from media_world import needs
from test_captions import SAID, replace

from kit import db
from kit.identity import ANONYMOUS, Caller
from kit.jobs import MemoryQueue
from kit.storage import storage
from kit.testing import Ask
from media_archive.captions.webvtt import Cue, read_captions
from media_archive.demo.sounds import signal
from media_archive.renditions.jobs import resume_unfinished
from media_archive.settings import current
from media_archive.speech.jobs import transcribe
from media_archive.speech.providers import CannotListen
from media_archive.uploads.keeping import key_of

SPEAK = """mutation ($input: SpeakBulletinInput!) { speakBulletin(input: $input) { __typename
    ... on SpeakBulletinSuccess { asset { id kind title mediaType source captions { content isAutomatic } } }
    ... on Problem { code message } } }"""
TRANSCRIBE = """mutation ($id: ID!) { transcribeAsset(assetId: $id) { __typename
    ... on TranscribeAssetSuccess { asset { texts { source state reason } } } ... on Problem { code message } } }"""
TEXT = "Kính thưa các đồng chí! Sáng mai họp lúc bảy giờ.\n\nXin mời đến đông đủ"


def bulletin(union: Union, **said: Any) -> dict[str, Any]:
    return {"unitId": str(union.factory.id), "title": "Bản tin sáng", "text": TEXT, **said}


class Clerk:
    """A provider of the test's own: hears what its sound's name says."""

    async def transcribe(self, sound: Path, language: str) -> Sequence[Cue]:
        if sound.stat().st_size < 100_000:
            raise CannotListen("too short to hear anything")
        return (Cue(0.5, 2.0, f"Nghe được tiếng {language}"),)


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Settings of who speaks and listens, for one test."""
    current.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    current.cache_clear()


def choose_clerk(chosen: pytest.MonkeyPatch) -> None:
    chosen.setenv("LOA_TRANSCRIBER", "test_speech:Clerk")
    current.cache_clear()


async def test_a_text_becomes_a_bulletin_with_its_captions(ask: Ask, union: Union):
    needs("espeak-ng")
    reply = await ask(SPEAK, contributor(union.factory), input=bulletin(union))
    made = reply.field["asset"]
    assert (made["kind"], made["title"], made["mediaType"]) == ("audio_bulletin", "Bản tin sáng", "audio/wav")
    assert made["source"] == "Giọng đọc máy espeak-ng"
    (track,) = made["captions"]
    assert track["isAutomatic"] is False
    cues = read_captions(track["content"]).cues
    assert [cue.text for cue in cues] == [
        "Kính thưa các đồng chí!",
        "Sáng mai họp lúc bảy giờ.",
        "Xin mời đến đông đủ",
    ]
    sha256 = await db.value("SELECT sha256 FROM asset WHERE id = $1", UUID(made["id"]))
    with wave.open(io.BytesIO(await storage().get(key_of(sha256)))) as sound:
        seconds = sound.getnframes() / sound.getframerate()
    assert cues[0].start == 0
    assert cues[-1].end == pytest.approx(seconds, abs=0.002)
    assert 2 < seconds < 20


async def test_who_may_not_upload_may_not_speak(ask: Ask, union: Union):
    for who, code in ((ANONYMOUS, "SIGN_IN_REQUIRED"), (worker(union.factory), "FORBIDDEN")):
        assert (await ask(SPEAK, who, input=bulletin(union))).code == code
    editors_only = await ask(SPEAK, contributor(union.factory), input=bulletin(union, visibility="public"))
    assert editors_only.code == "FORBIDDEN"
    assert await db.value("SELECT count(*) FROM asset") == 0


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"text": " \n "}, "INVALID_INPUT"),
        ({"text": "…!?"}, "INVALID_INPUT"),
        ({"text": "a" * 10_001}, "INVALID_INPUT"),
        ({"title": ""}, "INVALID_INPUT"),
        ({"language": "xyz"}, "SPEECH_FAILED"),
        ({"unitId": "6f9619ff-8b86-d011-b42d-00c04fc964ff"}, "NOT_FOUND"),
    ],
)
async def test_says_what_can_not_be_spoken(ask: Ask, union: Union, said: dict[str, Any], code: str):
    needs("espeak-ng")
    assert (await ask(SPEAK, contributor(union.factory), input=bulletin(union, **said))).code == code
    assert await db.value("SELECT count(*) FROM asset") == 0


async def test_says_when_there_is_no_speaker(ask: Ask, union: Union, chosen: pytest.MonkeyPatch):
    chosen.setenv("LOA_SPEAKER", "off")
    reply = await ask(SPEAK, contributor(union.factory), input=bulletin(union))
    assert (reply.code, reply.field["message"]) == (
        "SPEAKER_MISSING",
        "Máy chủ chưa cài bộ đọc văn bản (ví dụ espeak-ng).",
    )
    chosen.delenv("LOA_SPEAKER")
    current.cache_clear()
    chosen.setenv("PATH", "")
    assert (await ask(SPEAK, contributor(union.factory), input=bulletin(union))).code == "SPEAKER_MISSING"


async def order(ask: Ask, who: Caller, asset_id: str) -> Any:
    return await ask(TRANSCRIBE, who, id=asset_id)


async def test_what_is_said_is_written_down_by_a_provider(
    ask: Ask, union: Union, job_queue: MemoryQueue, chosen: pytest.MonkeyPatch
):
    asset_id = await add(union.factory, "Bản tin", signal())
    job_queue.waiting.clear()
    choose_clerk(chosen)
    reply = await order(ask, contributor(union.factory), asset_id)
    assert reply.field["asset"]["texts"] == [{"source": "captions", "state": "waiting", "reason": None}]
    assert [(job.name, ids) for job, ids in job_queue.waiting] == [("media_archive.transcribe", (asset_id,))]
    await job_queue.run_all()
    track = await db.row("SELECT content, is_automatic, language FROM caption_track")
    assert track is not None
    assert (track["is_automatic"], track["language"]) == (True, "vi")
    assert "Nghe được tiếng vi" in track["content"]
    assert await db.value("SELECT text FROM asset_text WHERE source = 'captions'") == "Nghe được tiếng vi"
    # Corrected by a person, a machine's words never take their place again.
    await replace(ask, contributor(union.factory), asset_id)
    assert (await order(ask, contributor(union.factory), asset_id)).code == "CAPTIONS_THERE"
    assert await db.value("SELECT content FROM caption_track") == SAID


async def test_what_can_not_be_understood_says_so(ask: Ask, union: Union, chosen: pytest.MonkeyPatch):
    asset_id = await add(union.factory, "Bản tin", signal()[:50_000])
    choose_clerk(chosen)
    await order(ask, contributor(union.factory), asset_id)
    await transcribe(asset_id)
    found = await db.row("SELECT state, reason FROM asset_text WHERE source = 'captions'")
    assert found is not None
    assert (found["state"], found["reason"]) == ("failed", "NOT_UNDERSTOOD")
    assert await db.value("SELECT count(*) FROM caption_track") == 0


async def test_without_a_provider_nothing_is_ordered_and_what_was_waits(
    ask: Ask, union: Union, job_queue: MemoryQueue, chosen: pytest.MonkeyPatch
):
    asset_id = await add(union.factory, "Bản tin", signal())
    assert (await order(ask, contributor(union.factory), asset_id)).code == "TRANSCRIBER_MISSING"
    assert (await order(ask, worker(union.factory), asset_id)).code == "FORBIDDEN"
    assert await db.value("SELECT count(*) FROM asset_text") == 0
    choose_clerk(chosen)
    await order(ask, contributor(union.factory), asset_id)
    chosen.delenv("LOA_TRANSCRIBER")
    current.cache_clear()
    await transcribe(asset_id)
    assert await db.value("SELECT state || ' ' || reason FROM asset_text") == "waiting TRANSCRIBER_MISSING"
    job_queue.waiting.clear()
    await db.execute("DELETE FROM rendition")
    await db.execute("UPDATE asset_text SET changed_at = now() - interval '2 minutes'")
    await resume_unfinished()
    assert job_queue.waiting == []
    choose_clerk(chosen)
    await resume_unfinished()
    assert [job.name for job, _ in job_queue.waiting] == ["media_archive.transcribe"]
