"""The demo's materials: of every kind, made here, labelled as made up, and put in once."""

import io
import unicodedata
import wave

import pytest
from archive_world import Union, tell
from PIL import ImageFont

from kit import db
from kit.jobs import MemoryQueue
from media_archive.demo import films, scenes, sounds
from media_archive.demo.catalogue import catalogue
from media_archive.demo.filling import NoUnits, fill_archive
from media_archive.demo.fonts import font
from media_archive.demo.using import use_archive
from media_archive.uploads.inspection import inspect


def test_at_least_forty_materials_of_every_kind():
    items = catalogue()
    assert len(items) == 50
    assert len({item.title for item in items}) == 50
    assert {item.kind for item in items} == {
        "news",
        "article",
        "photo",
        "photo_essay",
        "video",
        "audio_bulletin",
        "loudspeaker_script",
        "infographic",
        "leaflet",
        "poster",
        "slides",
        "report",
        "scanned_document",
        "document",
    }


async def everything_about_use() -> dict[str, int]:
    tables = ("collection", "collection_item", "reuse", "material_count", "royalty_rate", "royalty_charge", "audit")
    return {table: await db.value(f"SELECT count(*) FROM {table}") for table in tables}


async def test_fills_the_archive_once(union: Union, job_queue: MemoryQueue):
    shown: list[tuple[int, int]] = []
    assert await fill_archive(lambda done, total, _: shown.append((done, total))) == 50
    assert shown == [(done, 50) for done in range(1, 51)]
    rows = await db.rows("SELECT unit_id, kind, is_made_up, media_type FROM asset JOIN stored_file USING (sha256)")
    assert len(rows) == 50
    assert all(row["is_made_up"] for row in rows)
    assert len({row["kind"] for row in rows}) == 14
    assert {row["media_type"] for row in rows} == {
        "application/pdf",
        "audio/wav",
        "image/jpeg",
        "image/png",
        "text/plain",
        "video/webm",
    }
    assert await use_archive() == 160
    used = await everything_about_use()
    assert (used["collection"], used["reuse"], used["material_count"]) == (3, 160, 20)
    assert used["royalty_charge"] > 0
    assert await db.value("SELECT count(*) FROM asset WHERE licence = 'unknown'") == 0
    assert await use_archive() == 0
    assert await everything_about_use() == used
    mine = [row for row in rows if row["unit_id"] == union.mine.id]
    assert len(mine) >= 6
    job_queue.waiting.clear()
    assert await fill_archive(lambda *_: None) == 0
    assert await db.value("SELECT count(*) FROM asset") == 50
    assert job_queue.waiting == []


async def test_says_so_when_org_has_told_of_no_unit(database: object):
    with pytest.raises(NoUnits):
        await fill_archive(lambda *_: None)


async def test_topics_that_org_does_not_have_are_left_out(union: Union):
    await tell("vocabulary.changed", vocabulary="topic", terms=[])
    some = [item for item in catalogue() if item.kind == "news"]
    assert await fill_archive(lambda *_: None, some) == 4
    assert await db.value("SELECT count(*) FROM asset WHERE topics <> '{}'") == 0


def test_a_film_is_key_frames_in_a_webm(tmp_path):
    pictures = list(scenes.frames("mine", 1, 3, (320, 180)))
    film = films.webm(pictures, 4)
    assert film.startswith(b"\x1aE\xdf\xa3")
    assert film.count(b"\x9d\x01\x2a\x40\x01\xb4\x00") == 3  # start code of a VP8 key frame, 320 × 180 (RFC 6386, 9.1)


def test_the_signal_is_sound():
    with wave.open(io.BytesIO(sounds.signal())) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (1, 16_000)
        assert sound.getnframes() == 86_400
        assert max(sound.readframes(16_000)) > 0


def test_a_bulletin_says_how_it_was_made(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    made = sounds.bulletin("Bản tin")
    assert (made.wav, made.source) == (sounds.signal(), "Tín hiệu nhạc do phần mềm tạo (máy chưa cài espeak-ng)")


async def test_our_film_passes_our_own_inspection(tmp_path):
    file = tmp_path / "film"
    file.write_bytes(films.webm(list(scenes.frames("mine", 1, 3, (320, 180))), 4))
    assert (await inspect(file)).name == "video/webm"


def test_the_fonts_cover_vietnamese():
    vowels = [
        unicodedata.normalize("NFC", base + tone)
        for base in "aăâeêioôơuưy"
        for tone in ("", *"\u0300\u0309\u0303\u0301\u0323")
    ]
    letters = "".join([*vowels, "đ", *(vowel.upper() for vowel in vowels), "Đ"])
    for face in ("sans", "bold", "serif"):
        drawn = ImageFont.truetype(font(face), 40)
        missing = drawn.getmask("\ufffe").getbbox(), bytes(drawn.getmask("\ufffe"))
        assert [
            letter for letter in letters if (drawn.getmask(letter).getbbox(), bytes(drawn.getmask(letter))) == missing
        ] == []
