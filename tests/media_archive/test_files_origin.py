"""Files from an origin of their own: led there with a pass that is worth one material, for an hour, and no session."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from archive_world import Union, add, contributor, editor, picture, run_without_reading, worker
from pydantic import ValidationError

from kit import db
from kit.identity import ANONYMOUS, SYSTEM, Caller, Grant
from kit.jobs import MemoryQueue
from kit.testing import Client
from media_archive.files import origin
from media_archive.files.addresses import FileLinkExpired, FileLinkInvalid, file_path
from media_archive.files.origin import path_for, read_pass
from media_archive.settings import ArchiveSettings, current
from media_archive.sharing.links import NewLink, make_link

FILES = "https://files.loa.test"
THERE = {"host": "files.loa.test"}


@pytest.fixture
def elsewhere(database: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The archive as one that sends files from an origin of their own."""
    monkeypatch.setenv("LOA_FILES_URL", FILES)
    current.cache_clear()
    yield
    monkeypatch.undo()
    current.cache_clear()


async def led(client: Client, path: str, caller: Caller) -> str:
    reply = await client.get(path, caller=caller)
    assert (reply.status_code, reply.headers["location"].startswith(FILES + "/files/")) == (307, True)
    return reply.headers["location"].removeprefix(FILES)


async def there(client: Client, path: str, **headers: str) -> httpx.Response:
    """Ask the files' origin, which gets neither session nor passport."""
    return await client.get(path, headers={**THERE, **headers})


async def test_who_may_see_a_file_is_led_to_where_it_is_sent(client: Client, union: Union, elsewhere: None):
    asset_id = UUID(
        await add(union.factory, "Bản tin", "Nội dung".encode(), visibility="unit", file_name="bản tin.txt")
    )
    path = file_path(asset_id, "original", "bản tin.txt")
    for caller in (ANONYMOUS, worker(union.south)):
        assert (await client.get(path, caller=caller)).status_code == 404
    target = await led(client, path, worker(union.factory))
    reply = await there(client, target)
    assert (reply.status_code, reply.text) == (200, "Nội dung")
    assert reply.headers["content-disposition"] == "attachment; filename*=UTF-8''b%E1%BA%A3n%20tin.txt"
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
    assert (await there(client, target, range="bytes=0-2")).status_code == 206
    # Without a pass there is nothing there, and the same address is given out for half an hour.
    assert (await there(client, path)).status_code == 404
    assert await led(client, path, worker(union.factory)) == target
    await db.execute("UPDATE asset SET hidden = 'rights_expired'")
    assert (await there(client, target)).status_code == 404
    assert (await there(client, await led(client, path, editor(union.north)))).status_code == 200


async def test_a_pass_is_worth_one_material_to_one_sight_for_an_hour(client: Client, union: Union, elsewhere: None):
    ids = [UUID(await add(union.factory, title, visibility="private")) for title in ("Một", "Hai")]
    paths = [file_path(one, "original", "a") for one in ids]
    mine = await led(client, paths[0], contributor(union.factory))
    token = mine.split("/")[3]
    for forged in (
        mine.replace(str(ids[0]), str(ids[1])),
        paths[1].replace("/files/", f"/files/p/{token}/"),
        mine.replace(token, token[:-1] + ("A" if token[-1] != "A" else "B")),
        mine.replace(token, "x"),
        mine.replace(token, "é.é"),
        mine.replace(token, "=.="),
    ):
        assert (await there(client, forged)).status_code == 403
    assert "test-person" not in str(read_pass(token, ids[0]))
    soon = path_for(contributor(union.factory), ids[0], union.factory.path, paths[0]).split("/")[3]
    assert read_pass(soon, ids[0])[0].grants == (Grant("contributor", "", union.factory.path),)
    with pytest.raises(FileLinkInvalid):
        read_pass(soon, ids[1])


async def test_a_pass_ends(union: Union, elsewhere: None):
    asset_id = UUID(await add(union.factory, "Bản tin"))
    made = origin._pass_of  # pyright: ignore[reportPrivateUsage]  # an older pass than any that is given out now
    now = time.time()
    with pytest.raises(FileLinkExpired):
        read_pass(made(worker(union.factory), asset_id, union.factory.path, now=now - 3600), asset_id)
    many = tuple(Grant("worker", "", union.south.path) for _ in range(30)) + worker(union.factory).grants
    kept, _ = read_pass(made(Caller("x", many), asset_id, union.factory.path, now=now), asset_id)
    assert (len(kept.grants), kept.may("worker", union.factory.path)) == (8, True)


async def test_links_and_what_is_public_go_there_without_a_pass(
    client: Client, union: Union, job_queue: MemoryQueue, elsewhere: None
):
    asset_id = UUID(await add(union.factory, "Ảnh", picture(), visibility="public", file_name="a.jpg"))
    await run_without_reading(job_queue)
    path = file_path(asset_id, "thumb_320", "a.webp")
    assert await led(client, path, ANONYMOUS) == path
    assert (await there(client, path)).status_code == 200
    _, secret = await make_link(SYSTEM, NewLink(asset_id, datetime.now(UTC) + timedelta(days=1)))
    page = await client.get(f"/archive/s/{secret}")
    assert f"img-src 'self' {FILES} data:" in page.headers["content-security-policy"]
    assert f"media-src 'self' {FILES};" in page.headers["content-security-policy"]
    shown = page.text.partition('<img src="')[2].partition('"')[0]
    assert await led(client, shown, ANONYMOUS) == shown
    assert (await there(client, shown)).status_code == 200
    assert await db.value("SELECT uses FROM share_link") == 1
    for one in ("/archive/", f"/archive/items/{asset_id}", "/archive/collections", f"/archive/embed/{asset_id}"):
        assert FILES in (await client.get(one)).headers["content-security-policy"]


@pytest.mark.parametrize("url", ["files.loa.test", "https://files.loa.test/", "https://files.loa.test/x", "ftp://x"])
def test_an_origin_is_an_origin(url: str):
    with pytest.raises(ValidationError):
        ArchiveSettings(files_url=url)  # pyright: ignore[reportCallIssue]  # every field has a default
