"""Files go out to those who may see them, in ranges, and as nothing a browser could run."""

import time
from uuid import UUID

import pytest
from archive_world import Union, add, contributor, picture, scanned_pdf, worker

from kit import db
from kit.identity import ANONYMOUS, Caller
from kit.jobs import MemoryQueue
from kit.testing import Client
from media_archive.files.addresses import file_path
from media_archive.files.naming import given_name
from media_archive.renditions.public_jobs import make_public

TEXT = "Bài phát thanh sáng thứ Hai"


async def public_text(union: Union) -> str:
    asset_id = await add(union.factory, "Bài phát thanh", TEXT.encode(), visibility="public", file_name="bài.txt")
    return file_path(UUID(asset_id), "original", "bài.txt")


async def test_sends_the_original_with_its_type_as_a_download(client: Client, union: Union):
    reply = await client.get(await public_text(union))
    assert (reply.status_code, reply.text) == (200, TEXT)
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.headers["content-disposition"] == "attachment; filename*=UTF-8''b%C3%A0i.txt"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in reply.headers["content-security-policy"]
    assert reply.headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize(
    ("name", "media_type", "given"),
    [
        ("bài.txt", "text/plain", "bài.txt"),
        ("Bảng.CSV", "text/plain", "Bảng.CSV"),
        ("chạy.bat", "text/plain", "chạy.bat.txt"),
        ("trang.html", "text/plain", "trang.html.txt"),
        ("ảnh.jpeg", "image/jpeg", "ảnh.jpeg"),
        ("ảnh.HEIC", "image/jpeg", "ảnh.jpg"),
        ("ảnh.png.exe", "image/png", "ảnh.png.exe.png"),
        ("không đuôi", "application/pdf", "không đuôi.pdf"),
        (".pdf", "application/pdf", ".pdf.pdf"),
        ("CON.txt", "text/plain", "_CON.txt"),
        ("com1", "image/png", "_com1.png"),
        ("phim.m3u8", "application/vnd.apple.mpegurl", "phim.m3u8"),
    ],
)
def test_a_name_says_what_the_file_is(name: str, media_type: str, given: str):
    assert given_name(name, media_type) == given


async def test_no_address_makes_a_text_a_program(client: Client, union: Union):
    path = await public_text(union)
    reply = await client.get(path.rpartition("/")[0] + "/setup.bat")
    assert reply.headers["content-disposition"] == "attachment; filename*=UTF-8''setup.bat.txt"
    assert reply.headers["referrer-policy"] == "no-referrer"


async def test_pictures_may_be_shown_and_pdfs_are_downloads(client: Client, union: Union):
    shown = UUID(await add(union.factory, "Ảnh", picture(), visibility="public"))
    kept = UUID(await add(union.factory, "Kế hoạch", scanned_pdf("Kế hoạch"), visibility="public"))
    for asset_id in (shown, kept):
        await make_public(str(asset_id))
    assert (await client.get(file_path(shown, "original", "a"))).headers["content-disposition"].startswith("inline;")
    assert (await client.get(file_path(kept, "original", "a"))).headers["content-disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("asked", "status", "content", "said"),
    [
        ("bytes=0-3", 206, 4, "bytes 0-3/{size}"),
        ("bytes=5-", 206, -5, "bytes 5-{last}/{size}"),
        ("bytes=-4", 206, 4, "bytes {from_end}-{last}/{size}"),
        ("bytes=0-999999", 206, 0, "bytes 0-{last}/{size}"),
        ("bytes=999-", 416, None, "bytes */{size}"),
        ("bytes=99999999999999999999-", 416, None, "bytes */{size}"),
        ("bytes=-0", 416, None, "bytes */{size}"),
        ("bytes=3-1", 200, 0, None),
        ("bytes=0-1,4-5", 200, 0, None),
        ("lines=1-2", 200, 0, None),
        ("bytes=-", 200, 0, None),
    ],
)
async def test_answers_ranges(
    client: Client, union: Union, asked: str, status: int, content: int | None, said: str | None
):
    body = TEXT.encode()
    reply = await client.get(await public_text(union), headers={"range": asked})
    assert reply.status_code == status
    sizes = {"size": len(body), "last": len(body) - 1, "from_end": len(body) - 4}
    assert reply.headers.get("content-range") == (said.format(**sizes) if said else None)
    if content is not None:
        expected = {"bytes=0-3": body[:4], "bytes=5-": body[5:], "bytes=-4": body[-4:]}.get(asked, body)
        assert reply.content == expected
        assert reply.headers["content-length"] == str(len(expected))


async def test_head_says_the_same_without_the_body(client: Client, union: Union):
    reply = await client.request("HEAD", await public_text(union))
    assert (reply.status_code, reply.headers["content-length"], reply.content) == (200, str(len(TEXT.encode())), b"")


async def test_what_the_browser_holds_is_not_sent_again(client: Client, union: Union):
    path = await public_text(union)
    etag = (await client.get(path)).headers["etag"]
    assert (await client.get(path, headers={"if-none-match": etag})).status_code == 304
    stale = await client.get(path, headers={"range": "bytes=0-1", "if-range": '"something else"'})
    assert (stale.status_code, stale.text) == (200, TEXT)


async def test_what_the_browser_holds_is_asked_for_again_and_gone_once_hidden(client: Client, union: Union):
    path, me = await public_text(union), worker(union.factory)
    for caller, who in ((ANONYMOUS, "public"), (me, "private")):
        held = await client.get(path, caller=caller)
        assert held.headers["cache-control"] == f"{who}, no-cache"
        again = await client.get(path, caller=caller, headers={"if-none-match": held.headers["etag"]})
        assert (again.status_code, again.headers["cache-control"], again.content) == (304, f"{who}, no-cache", b"")
    await db.execute("UPDATE asset SET hidden = 'consent_withdrawn'")
    for caller in (ANONYMOUS, me):
        gone = await client.get(path, caller=caller, headers={"if-none-match": held.headers["etag"]})
        assert (gone.status_code, gone.headers["cache-control"]) == (404, "no-store")


async def test_an_address_holds_for_hours_and_is_the_same_within_one(union: Union):
    asset_id = UUID(await add(union.factory, "x"))
    now = 1_800_000_000 // 3600 * 3600
    assert file_path(asset_id, "original", "a", now=now + 1) == file_path(asset_id, "original", "a", now=now + 3599)


async def test_refuses_what_was_not_signed_or_is_over(client: Client, union: Union):
    asset_id = UUID(await add(union.factory, "x", visibility="public"))
    good = file_path(asset_id, "original", "a")
    other = file_path(UUID(await add(union.factory, "y", visibility="public")), "original", "a").split("/")
    forged = good.split("/")
    forged[5] = other[5]
    assert await code(client, "/".join(forged)) == (403, "FILE_LINK_INVALID")
    later = good.split("/")
    later[4] = str(int(later[4]) + 3600)
    assert await code(client, "/".join(later)) == (403, "FILE_LINK_INVALID")
    old = file_path(asset_id, "original", "a", now=time.time() - 8 * 3600)
    assert await code(client, old) == (410, "FILE_LINK_EXPIRED")
    assert await code(client, good.replace(str(asset_id), "nonsense")) == (404, "NOT_FOUND")
    for moment in ("9" * 5_000, "٣", "-1", "x"):
        assert await code(client, good.replace(good.split("/")[4], moment)) == (403, "FILE_LINK_INVALID")


async def code(client: Client, path: str, caller: Caller = ANONYMOUS) -> tuple[int, str | None]:
    reply = await client.get(path, caller=caller)
    return reply.status_code, reply.json()["code"] if reply.status_code >= 400 else None


async def test_a_link_is_worth_nothing_to_who_may_not_see(client: Client, union: Union, job_queue: MemoryQueue):
    hidden = UUID(await add(union.factory, "Ảnh nội bộ", picture(), visibility="unit"))
    await job_queue.run_all()
    for variant in ("original", "thumb_320"):
        path = file_path(hidden, variant, "a")
        assert await code(client, path) == (404, "NOT_FOUND")
        assert await code(client, path, worker(union.south)) == (404, "NOT_FOUND")
        assert await code(client, path, worker(union.factory)) == (200, None)
        assert await code(client, path, contributor(union.root)) == (200, None)


async def test_a_link_ends_when_an_asset_is_no_longer_public(client: Client, union: Union):
    path = await public_text(union)
    assert await code(client, path) == (200, None)
    await db.execute("UPDATE asset SET visibility = 'unit'")
    assert await code(client, path) == (404, "NOT_FOUND")


async def test_a_rendition_that_is_not_done_is_not_there(client: Client, union: Union):
    asset_id = UUID(await add(union.factory, "Ảnh", picture(), visibility="public"))
    assert await code(client, file_path(asset_id, "thumb_320", "a")) == (404, "NOT_FOUND")
    assert await code(client, file_path(asset_id, "no_such", "a")) == (404, "NOT_FOUND")
