"""Small pictures are made in a job, upright, clean, and all of them or none."""

import io
from pathlib import Path
from typing import Any

import pytest
from archive_world import Union, add, picture, run_without_reading, scanned_pdf
from PIL import Image

from kit import db
from kit.identity import SYSTEM
from kit.jobs import MemoryQueue
from kit.storage import storage
from kit.testing import Ask
from media_archive.renditions import images, jobs
from media_archive.renditions.plans import THUMBNAILS
from media_archive.renditions.public_jobs import make_public
from media_archive.renditions.text_jobs import read_text
from media_archive.uploads.keeping import key_of

RENDITIONS = "query ($id: ID!) { asset(id: $id) { renditions { name state reason width height mediaType url } } }"


async def renditions(ask: Ask, asset_id: str) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in (await ask(RENDITIONS, SYSTEM, id=asset_id)).field["renditions"]}


def in_order(made: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(made.values(), key=lambda one: (one["width"] or 0, one["name"]))


async def stored(asset_id: str, name: str) -> Image.Image:
    sha256 = await db.value("SELECT sha256 FROM rendition WHERE asset_id = $1::uuid AND name = $2", asset_id, name)
    return Image.open(io.BytesIO(await storage().get(key_of(sha256))))


async def test_three_sizes_of_a_picture(ask: Ask, union: Union, job_queue: MemoryQueue):
    asset_id = await add(union.factory, "Ảnh", picture(size=(2400, 1800)))
    assert {name: one["state"] for name, one in (await renditions(ask, asset_id)).items()} == {
        "public": "waiting",
        "searchable": "waiting",
        "thumb_320": "waiting",
        "thumb_1024": "waiting",
        "thumb_2048": "waiting",
    }
    await run_without_reading(job_queue)
    made = await renditions(ask, asset_id)
    assert [(one["name"], one["state"], one["width"], one["height"], one["mediaType"]) for one in in_order(made)] == [
        ("public", "done", None, None, "image/jpeg"),
        ("searchable", "waiting", None, None, None),
        ("thumb_320", "done", 320, 240, "image/webp"),
        ("thumb_1024", "done", 1024, 768, "image/webp"),
        ("thumb_2048", "done", 2048, 1536, "image/jpeg"),
    ]
    assert "/files/" in made["thumb_320"]["url"]
    for name, size in (("thumb_1024", (1024, 768)), ("thumb_2048", (2048, 1536))):
        assert (await stored(asset_id, name)).size == size


async def test_small_pictures_are_not_enlarged(ask: Ask, union: Union, job_queue: MemoryQueue):
    asset_id = await add(union.factory, "Ảnh", picture("PNG", (200, 100)))
    await run_without_reading(job_queue)
    made = await renditions(ask, asset_id)
    assert [(made[name]["width"], made[name]["height"]) for name in THUMBNAILS] == [(200, 100)] * 3


def test_half_of_a_telephones_picture_is_nearly_enough():
    large, small = images.thumbnails(picture(size=(4032, 3024)), [2048, 1024])
    assert [(one.width, one.height) for one in (large, small)] == [(2016, 1512), (1008, 756)]
    (other,) = images.thumbnails(picture("PNG", (2400, 1800)), [2048])
    assert (other.width, other.height) == (2048, 1536)


async def test_upright_and_without_place_or_device(union: Union, job_queue: MemoryQueue):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90°
    exif[0x010F] = "MakerOfTheCamera"
    exif[0xA431] = "SERIAL-12345"
    exif.get_ifd(0x8825)[2] = (21.0, 2.0, 3.0)
    content = picture(size=(1600, 1200), exif=exif.tobytes(), comment=b"taken by somebody")
    assert b"MakerOfTheCamera" in content
    asset_id = await add(union.factory, "Ảnh", content)
    await run_without_reading(job_queue)
    for name, size in (("thumb_320", (240, 320)), ("thumb_1024", (768, 1024)), ("thumb_2048", (1200, 1600))):
        made = await stored(asset_id, name)
        assert made.size == size
        assert dict(made.getexif()) == {}
        # What the formats say of themselves: a WebP may move, a JPEG has a version and square pixels.
        moving = {"background", "duration", "loop", "timestamp"}
        assert set(made.info) <= moving | {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        sha256 = await db.value("SELECT sha256 FROM rendition WHERE asset_id = $1::uuid AND name = $2", asset_id, name)
        content = await storage().get(key_of(sha256))
        assert b"exif" not in content.lower()
        assert b"MakerOfTheCamera" not in content
        assert b"taken by somebody" not in content


def test_what_is_transparent_becomes_white_paper():
    buffer = io.BytesIO()
    Image.new("RGBA", (64, 64), (255, 0, 0, 0)).save(buffer, "PNG")
    (made,) = images.thumbnails(buffer.getvalue(), [32])
    with Image.open(io.BytesIO(made.content)) as image:
        assert image.convert("RGB").getpixel((16, 16)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16", "LA"])
def test_every_kind_of_pixel_is_taken(tmp_path: Path, mode: str):
    file = tmp_path / ("p.tif" if mode == "CMYK" else "p.png")
    Image.new(mode, (40, 20)).save(file)
    (made,) = images.thumbnails(file, [20])
    assert (made.width, made.height) == (20, 10)


async def test_the_first_page_of_a_pdf(ask: Ask, union: Union, job_queue: MemoryQueue):
    asset_id = await add(union.factory, "Kế hoạch", scanned_pdf("Kế hoạch tuyên truyền"))
    job_queue.waiting = [one for one in job_queue.waiting if one[0] is jobs.make_renditions]
    await job_queue.run_all()
    made = await renditions(ask, asset_id)
    assert [(made[name]["state"], made[name]["width"]) for name in THUMBNAILS] == [
        ("done", 320),
        ("done", 1024),
        ("done", 2048),
    ]


async def test_types_without_pictures_say_so(ask: Ask, union: Union, job_queue: MemoryQueue):
    asset_id = await add(union.factory, "Bài phát thanh", b"ID3\x04\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x64")
    made = await renditions(ask, asset_id)
    for name in THUMBNAILS:
        assert (made[name]["state"], made[name]["reason"], made[name]["url"]) == ("none", "TYPE_HAS_NO_PICTURE", None)


async def test_a_job_may_be_done_twice(ask: Ask, union: Union, job_queue: MemoryQueue):
    asset_id = await add(union.factory, "Ảnh", picture())
    await jobs.make_renditions(asset_id)
    files = await db.value("SELECT count(*) FROM stored_file")
    await jobs.make_renditions(asset_id)
    assert await db.value("SELECT count(*) FROM stored_file") == files == 4
    assert (await renditions(ask, asset_id))["thumb_320"]["state"] == "done"


async def test_a_job_for_an_asset_that_is_gone_does_nothing(union: Union):
    await jobs.make_renditions("6f9619ff-8b86-d011-b42d-00c04fc964ff")
    await read_text("6f9619ff-8b86-d011-b42d-00c04fc964ff")


async def test_a_file_that_no_longer_opens_fails_with_a_reason(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Ảnh", picture())
    sha256 = await db.value("SELECT sha256 FROM asset")
    await storage().put(key_of(sha256), b"\xff\xd8\xff damaged on the disk")
    await db.execute("UPDATE stored_file SET size = 28")
    await jobs.make_renditions(asset_id)
    await make_public(asset_id)
    await read_text(asset_id)
    made = await renditions(ask, asset_id)
    for name in THUMBNAILS:
        assert (made[name]["state"], made[name]["reason"]) == ("failed", "FILE_BROKEN")
    assert (made["public"]["state"], made["public"]["reason"]) == ("failed", "CANNOT_BE_CLEANED")
    assert await db.value("SELECT state || ' ' || reason FROM asset_text") == "failed NOT_READABLE"
    await storage().delete(key_of(sha256))


async def test_what_ended_five_workers_is_left_alone(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Ảnh", picture())
    await db.execute("UPDATE rendition SET state = 'running', attempts = 5")
    await jobs.make_renditions(asset_id)
    await make_public(asset_id)
    await read_text(asset_id)
    assert {(one["state"], one["reason"]) for one in (await renditions(ask, asset_id)).values()} == {
        ("failed", "GAVE_UP")
    }


async def test_what_was_lost_is_enqueued_again(union: Union, job_queue: MemoryQueue):
    lost, busy, fresh = [await add(union.factory, f"Ảnh {n}", picture(size=(64 + n, 64))) for n in range(3)]
    job_queue.waiting.clear()
    await db.execute("UPDATE rendition SET changed_at = now() - interval '2 minutes' WHERE asset_id = $1::uuid", lost)
    await db.execute(
        "UPDATE rendition SET state = 'running', changed_at = now() - interval '2 minutes' WHERE asset_id = $1::uuid",
        busy,
    )
    await jobs.resume_unfinished()
    assert [(job.name, ids) for job, ids in job_queue.waiting] == [
        ("media_archive.make_public", (lost,)),
        ("media_archive.make_renditions", (lost,)),
        ("media_archive.read_text", (lost,)),
    ]
    job_queue.waiting.clear()
    await db.execute("UPDATE rendition SET changed_at = now() - interval '16 minutes' WHERE asset_id = $1::uuid", busy)
    await jobs.resume_unfinished()
    assert [ids for _, ids in job_queue.waiting] == [(busy,)] * 3
    assert fresh not in {ids for _, ids in job_queue.waiting}
