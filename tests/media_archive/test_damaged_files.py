"""What was found damaged is sent to nobody, its unit is told, and what can be made again is made again."""

from collections.abc import Mapping
from uuid import UUID

import orjson
from archive_world import Union, add, contributor, editor, picture, run_without_reading, worker
from PIL import ExifTags, Image
from share_world import files_of, link_to

from kit import db
from kit.identity import ANONYMOUS, Caller
from kit.jobs import MemoryQueue
from kit.storage import storage
from kit.testing import Ask, Client
from media_archive.files.addresses import file_path
from media_archive.keeping.jobs import check_fixity
from media_archive.keeping.places import key_of
from media_archive.renditions.jobs import resume_unfinished


async def photo(union: Union, job_queue: MemoryQueue) -> str:
    said = Image.Exif()
    said[ExifTags.Base.Artist] = "Mai"  # So that the copy for everybody is another file.
    content = picture(size=(400, 300), exif=said)
    asset_id = await add(union.factory, "Ảnh tổ may", content, visibility="public", file_name="a.jpg")
    await run_without_reading(job_queue)
    return asset_id


async def harm(sha256: bytes) -> None:
    """Change a byte of a kept file, and let the check of all files find it."""
    content = bytearray(await storage().get(key_of(sha256)))
    content[3] ^= 1
    await storage().put(key_of(sha256), bytes(content))
    await db.execute("UPDATE stored_file SET created_at = now() - interval '31 days', checked_at = NULL")
    await check_fixity()


async def original_of(asset_id: str) -> bytes:
    return await db.value("SELECT sha256 FROM asset WHERE id = $1::text::uuid", asset_id)


async def rendition_of(asset_id: str, name: str) -> bytes:
    return await db.value("SELECT sha256 FROM rendition WHERE asset_id = $1::text::uuid AND name = $2", asset_id, name)


async def answers(client: Client, asset_id: str, who: Caller, variants: Mapping[str, int]) -> dict[str, int]:
    """Return the status of each variant of a material's file."""
    paths = {variant: file_path(UUID(asset_id), variant, "a.jpg") for variant in variants}
    return {variant: (await client.get(path, caller=who)).status_code for variant, path in paths.items()}


async def events() -> list[tuple[str, dict[str, object]]]:
    found = await db.rows("SELECT type, payload FROM outbox WHERE type IN ('asset.damaged', 'asset.repaired')")
    return [(row["type"], orjson.loads(row["payload"])) for row in found]


async def test_a_damaged_original_is_refused_and_what_was_made_of_it_goes_on(
    client: Client, union: Union, job_queue: MemoryQueue
):
    asset_id = await photo(union, job_queue)
    await harm(await original_of(asset_id))
    makers = {"original": 503, "thumb_320": 200, "v1": 503}
    assert await answers(client, asset_id, editor(union.factory), makers) == makers
    others = {"original": 200, "thumb_320": 200, "public": 200}
    assert await answers(client, asset_id, ANONYMOUS, others) == others
    path = file_path(UUID(asset_id), "original", "a.jpg")
    reply = await client.get(path, caller=contributor(union.factory))
    assert (reply.json()["code"], reply.headers["cache-control"]) == ("FILE_DAMAGED", "no-store")
    page = await client.get(path, caller=contributor(union.factory), headers={"accept": "text/html"})
    assert page.status_code == 503
    assert page.text.count("Tệp này bị hỏng trong kho") == 2  # the title and the heading


async def test_a_damaged_copy_is_refused_to_others_and_by_links(client: Client, union: Union, job_queue: MemoryQueue):
    asset_id = await photo(union, job_queue)
    shared = files_of(await client.get(await link_to(asset_id)))
    # With its original, so that none can be made again.
    await db.execute("UPDATE stored_file SET damage = 'changed', checked_at = now()")
    expected = {"original": 503, "public": 503, "thumb_320": 503}
    assert await answers(client, asset_id, ANONYMOUS, expected) == expected
    assert [(await client.get(path)).status_code for path in shared] == [503] * len(shared)


async def test_a_file_that_is_found_missing_when_it_is_asked_for_is_refused_and_told_at_once(
    client: Client, union: Union, job_queue: MemoryQueue
):
    asset_id = await photo(union, job_queue)
    await storage().delete(key_of(await original_of(asset_id)))
    path, me = file_path(UUID(asset_id), "original", "a.jpg"), editor(union.factory)
    for _ in range(2):
        reply = await client.get(path, caller=me)
        assert (reply.status_code, reply.json()["code"]) == (503, "FILE_DAMAGED")
        assert (reply.headers["cache-control"], reply.headers["content-type"]) == ("no-store", "application/json")
    assert [(kind, told["damage"]) for kind, told in await events()] == [("asset.damaged", "missing")]
    assert await db.value("SELECT count(*) FROM fixity_check WHERE outcome = 'missing'") == 1
    assert await db.value("SELECT count(*) FROM reuse") == 0


async def test_those_who_work_with_it_are_told_what_to_do_and_others_that_it_is_known(
    ask: Ask, client: Client, union: Union, job_queue: MemoryQueue
):
    asset_id = await photo(union, job_queue)
    place, asked = f"/archive/items/{asset_id}", "query ($id: ID!) { asset(id: $id) { isDamaged } }"
    assert (await ask(asked, ANONYMOUS, id=asset_id)).field == {"isDamaged": False}
    assert "bị hỏng" not in (await client.get(place)).text
    await harm(await original_of(asset_id))
    assert (await ask(asked, ANONYMOUS, id=asset_id)).field == {"isDamaged": True}
    theirs = (await client.get(place, caller=contributor(union.factory))).text
    assert ("Đưa lại tệp" in theirs, "Tải bản gốc" in theirs) == (True, False)
    page = (await client.get(place, caller=worker(union.south))).text
    assert ("đơn vị sở hữu đã được báo" in page, "Đưa lại tệp" in page, "Tải về" in page) == (True, False, True)
    assert "Tải về" not in (await client.get(f"{place}/keep", caller=editor(union.factory))).text


async def test_an_event_tells_its_unit_once_and_another_when_it_is_right_again(
    client: Client, union: Union, job_queue: MemoryQueue
):
    content = picture(size=(400, 300))
    asset_id = await add(union.factory, "Ảnh tổ may", content, visibility="public", file_name="a.jpg")
    await harm(await original_of(asset_id))
    told = {"asset_id": asset_id, "unit_id": str(union.factory.id), "is_current": True}
    damaged = ("asset.damaged", {**told, "damage": "changed"})
    assert await events() == [damaged]
    await db.execute("UPDATE stored_file SET checked_at = now() - interval '31 days'")
    await check_fixity()
    assert await events() == [damaged]
    again = await client.post(
        f"/archive/api/assets/{asset_id}/versions", caller=editor(union.factory), files={"file": ("a.jpg", content)}
    )
    assert again.status_code == 200
    assert await events() == [damaged, ("asset.repaired", told)]
    assert await answers(client, asset_id, editor(union.factory), {"original": 200}) == {"original": 200}


async def test_a_damaged_rendition_is_made_again_of_a_sound_original(
    client: Client, union: Union, job_queue: MemoryQueue
):
    asset_id = await photo(union, job_queue)
    thumbnail = await rendition_of(asset_id, "thumb_320")
    await harm(thumbnail)
    missing, there = {"thumb_320": 404, "original": 200}, {"thumb_320": 200, "original": 200}
    assert await answers(client, asset_id, editor(union.factory), missing) == missing
    assert await events() == []
    await db.execute("UPDATE rendition SET changed_at = now() - interval '2 minutes' WHERE state = 'waiting'")
    await resume_unfinished()
    await run_without_reading(job_queue)
    assert await answers(client, asset_id, ANONYMOUS, there) == there
    assert await rendition_of(asset_id, "thumb_320") == thumbnail
    assert await db.value("SELECT damage FROM stored_file WHERE sha256 = $1", thumbnail) is None
