"""Films and sounds get a picture, a small copy and a stream for phones, or say why not; ffmpeg may be missing."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from archive_world import Union, add, box, worker
from media_world import kept, needs, state, telling_film

from kit import db
from kit.identity import ANONYMOUS, SYSTEM
from kit.jobs import MemoryQueue
from kit.storage import storage
from kit.testing import Ask, Client
from media_archive.demo import films, scenes
from media_archive.files.addresses import file_path
from media_archive.renditions import jobs
from media_archive.renditions.ffmpeg import MediaBroken, probe
from media_archive.renditions.film_jobs import make_film, make_sound
from media_archive.renditions.plans import FILM, PICTURES, SOUND
from media_archive.uploads.keeping import key_of
from media_archive.uploads.media_types import MP4

RENDITIONS = "query ($id: ID!) { asset(id: $id) { renditions { name state mediaType width height seconds url } } }"


async def renditions(ask: Ask, asset_id: str) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in (await ask(RENDITIONS, SYSTEM, id=asset_id)).field["renditions"]}


def streams(file: Path, *before: str) -> list[dict[str, Any]]:
    asked = ["-show_entries", "stream=codec_name,width,height", "-of", "json"]
    done = subprocess.run(
        ["ffprobe", "-v", "error", *before, *asked, str(file)], capture_output=True, check=True, timeout=30
    )
    return json.loads(done.stdout)["streams"]


def shaped(film: bytes, across: int, down: int) -> bytes:
    """The film with points of another shape (`pasp`, ISO/IEC 14496-12, 12.1.4)."""
    at = film.index(b"pasp") + 4
    return film[:at] + across.to_bytes(4, "big") + down.to_bytes(4, "big") + film[at + 8 :]


async def test_a_film_that_says_to_be_five_million_points_wide_is_not_drawn(union: Union, tmp_path: Path):
    needs("ffmpeg")
    film = telling_film("mp4", 1, "160x120")
    Path(tmp_path, "film").write_bytes(shaped(film, 65_535, 1))
    with pytest.raises(MediaBroken, match="PICTURE_TOO_LARGE"):
        await probe(Path(tmp_path, "film"), MP4)
    Path(tmp_path, "film").write_bytes(shaped(film, 0, 0))
    found = await probe(Path(tmp_path, "film"), MP4)
    assert (found.width, found.height) == (160, 120)


async def test_a_film_gets_pictures_a_small_copy_and_a_stream(ask: Ask, union: Union, job_queue: MemoryQueue):
    needs("ffmpeg")
    asset_id = await add(union.factory, "Phim", telling_film("webm", 2, "1280x720"))
    await job_queue.run_all()
    made = await renditions(ask, asset_id)
    assert {one["state"] for one in made.values()} == {"done"}
    sizes = {name: (one["mediaType"], one["width"], one["height"]) for name, one in made.items()}
    assert sizes == {
        "thumb_320": ("image/webp", 320, 180),
        "thumb_1024": ("image/webp", 1024, 576),
        "thumb_2048": ("image/jpeg", 1280, 720),
        "poster": ("image/webp", 854, 480),
        "video_480": ("video/mp4", 854, 480),
        "hls": ("application/vnd.apple.mpegurl", 854, 480),
        "hls_480": ("video/mp4", 854, 480),
        "public": ("video/webm", None, None),
    }
    assert 1.9 < made["video_480"]["seconds"] < 2.2
    assert made["hls"]["url"].endswith("/hls.m3u8")


async def test_the_small_copy_plays_on_every_phone(union: Union, tmp_path: Path):
    needs("ffmpeg")
    asset_id = await add(union.factory, "Phim", telling_film("webm", 1))
    await make_film(asset_id)
    file = Path(tmp_path, "small.mp4")
    file.write_bytes(await kept(asset_id, "video_480"))
    assert [one["codec_name"] for one in streams(file)] == ["h264", "aac"]
    content = file.read_bytes()
    # Its table of contents comes first, so that it plays while it loads.
    assert content.index(b"moov") < content.index(b"mdat")


async def test_the_stream_is_pieces_of_one_file_under_a_signed_address(client: Client, union: Union, tmp_path: Path):
    needs("ffmpeg")
    asset_id = await add(union.factory, "Phim", telling_film("mp4", 14, "160x120"), visibility="public")
    await make_film(asset_id)
    reply = await client.get(file_path(UUID(asset_id), "hls", "hls.m3u8"))
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/vnd.apple.mpegurl")
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in reply.text
    assert "#EXT-X-ENDLIST" in reply.text
    assert len(re.findall("#EXTINF", reply.text)) == 3
    (address,) = {line for line in reply.text.splitlines() if line.startswith("/files/")}
    assert f'#EXT-X-MAP:URI="{address}"' in reply.text
    pieces = [tuple(map(int, found)) for found in re.findall(r'BYTERANGE[:=]"?(\d+)@(\d+)', reply.text)]
    assert len(pieces) == 4
    together = b""
    for length, start in pieces:
        piece = await client.get(address, headers={"range": f"bytes={start}-{start + length - 1}"})
        assert (piece.status_code, len(piece.content)) == (206, length)
        together += piece.content
    file = Path(tmp_path, "together.mp4")
    file.write_bytes(together)
    assert [one["codec_name"] for one in streams(file)] == ["h264", "aac"]
    part = await client.get(file_path(UUID(asset_id), "hls", "hls.m3u8"), headers={"range": "bytes=0-6"})
    assert (part.status_code, part.text) == (206, "#EXTM3U")


async def test_a_stream_is_for_those_who_see_the_film(client: Client, union: Union):
    needs("ffmpeg")
    asset_id = await add(union.factory, "Phim", telling_film("mp4", 1, "160x120"), visibility="unit")
    await make_film(asset_id)
    for variant in ("hls", "hls_480", "video_480"):
        path = file_path(UUID(asset_id), variant, "x")
        statuses = [(await client.get(path, caller=who)).status_code for who in (ANONYMOUS, worker(union.factory))]
        assert statuses == [404, 200], variant


async def test_an_upright_film_stays_upright(union: Union, ask: Ask):
    needs("ffmpeg")
    asset_id = await add(union.factory, "Phim", telling_film("mp4", 1, "600x1000"))
    await make_film(asset_id)
    made = (await renditions(ask, asset_id))["video_480"]
    assert (made["width"], made["height"]) == (480, 800)


async def test_a_film_of_the_demo_is_made_smaller(union: Union, ask: Ask):
    needs("ffmpeg")
    content = films.webm(list(scenes.frames("mine", 1, 6, (320, 180))), 4)
    asset_id = await add(union.factory, "Phim", content)
    await make_film(asset_id)
    made = (await renditions(ask, asset_id))["video_480"]
    assert (made["state"], made["width"], made["height"], made["seconds"]) == ("done", 320, 180, 1.5)


@pytest.mark.parametrize("kind", ["mp3", "wav"])
async def test_a_sound_gets_a_small_copy_and_its_waves(
    ask: Ask, union: Union, job_queue: MemoryQueue, tmp_path: Path, kind: str
):
    needs("ffmpeg")
    asset_id = await add(union.factory, "Bản tin", telling_film(kind, 2))
    await job_queue.run_all()
    made = await renditions(ask, asset_id)
    assert (made["waveform"]["state"], made["waveform"]["width"], made["waveform"]["height"]) == ("done", 1200, 240)
    assert (made["audio_opus"]["state"], made["audio_opus"]["mediaType"]) == ("done", "audio/webm")
    assert 1.9 < made["audio_opus"]["seconds"] < 2.1
    file = Path(tmp_path, "small.webm")
    file.write_bytes(await kept(asset_id, "audio_opus"))
    assert [one["codec_name"] for one in streams(file)] == ["opus"]
    assert {made[name]["state"] for name in ("thumb_320", "thumb_1024", "thumb_2048")} == {"none"}


BROKEN = {
    "a film without pictures in it": box(b"ftyp", b"isom\0\0\0\0isom") + box(b"moov") + box(b"mdat", b"x" * 99),
    "a film of noise": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm"
    + b"\x00\xff" * 999,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_film_says_so_and_stays(ask: Ask, union: Union, job_queue: MemoryQueue, content: bytes):
    needs("ffmpeg")
    asset_id = await add(union.factory, "Phim hỏng", content)
    await job_queue.run_all()
    for name in (*PICTURES, *FILM, "public"):
        assert await state(asset_id, name) == ("failed", "FILE_BROKEN"), name
    assert await db.value("SELECT count(*) FROM stored_file") == 1


async def test_a_sound_of_noise_says_so(union: Union, job_queue: MemoryQueue):
    needs("ffmpeg")
    asset_id = await add(union.factory, "Bản tin hỏng", b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"not a sound " * 50)
    await make_sound(asset_id)
    for name in SOUND:
        assert await state(asset_id, name) == ("failed", "FILE_BROKEN"), name


async def test_what_names_other_files_is_not_followed(union: Union, tmp_path: Path):
    """A playlist that calls itself a film: ffmpeg is told how to read it, and so does not read what it names."""
    needs("ffmpeg")
    secret = Path(tmp_path, "secret.wav")
    secret.write_bytes(telling_film("wav", 1))
    asset_id = await add(union.factory, "Bản tin", telling_film("wav", 1))
    playlist = f"ffconcat version 1.0\nfile '{secret}'\n".encode()
    sha256 = await db.value("SELECT sha256 FROM asset WHERE id = $1", UUID(asset_id))
    await storage().put(key_of(sha256), playlist)
    await db.execute("UPDATE stored_file SET size = $1", len(playlist))
    await make_sound(asset_id)
    assert await state(asset_id, "audio_opus") == ("failed", "FILE_BROKEN")
    await storage().delete(key_of(sha256))


@pytest.fixture
def no_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("PATH", "")
    return monkeypatch


async def test_without_ffmpeg_films_wait_and_are_made_once_it_is_there(
    union: Union, job_queue: MemoryQueue, no_ffmpeg: pytest.MonkeyPatch
):
    content = films.webm(list(scenes.frames("mine", 1, 4, (320, 180))), 4)
    asset_id = await add(union.factory, "Phim", content)
    await job_queue.run_all()
    for name in (*PICTURES, *FILM, "public"):
        assert await state(asset_id, name) == ("waiting", "FFMPEG_MISSING"), name
    await db.execute("UPDATE rendition SET changed_at = now() - interval '2 minutes'")
    await jobs.resume_unfinished()
    assert job_queue.waiting == []
    no_ffmpeg.undo()
    needs("ffmpeg")
    await jobs.resume_unfinished()
    assert {job.name.split(".")[1] for job, _ in job_queue.waiting} == {"make_film", "make_public", "make_renditions"}
    await job_queue.run_all()
    for name in (*PICTURES, *FILM, "public"):
        assert await state(asset_id, name) == ("done", None), name
