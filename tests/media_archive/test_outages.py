"""PostgreSQL goes away in the middle of an upload: whoever sends is told to come back, and the file comes in whole."""

import random
from collections.abc import AsyncIterator

import pytest
from archive_world import TestUnit, Union, contributor, editor, picture, small_union
from tus_world import ADDRESS, Tus, kept

from kit import db
from kit.app import Service
from kit.jobs import MemoryQueue
from kit.storage import storage
from kit.testing import Ask, Client, DatabaseLine, database_line
from media_archive.uploads.keeping import key_of
from media_archive.uploads.tus.jobs import resume_uploads

pytestmark = pytest.mark.committed

TEXT = b"C\xc3\xb4ng \xc4\x91o\xc3\xa0n. " + bytes(random.Random(7).choices(b"abcdefghij \n", k=40_000))
SENTENCE = "Hệ thống tạm thời chưa sẵn sàng. Hãy thử lại sau ít phút."


@pytest.fixture
async def line(database: Service) -> AsyncIterator[DatabaseLine]:
    async with database_line(database) as line:
        yield line


@pytest.fixture
async def union(line: DatabaseLine) -> Union:
    """A union whose making is committed."""
    return await small_union()


def sender(client: Client, unit: TestUnit) -> Tus:
    return Tus(client, contributor(unit))


async def test_each_request_of_tus_is_answered_503(client: Client, union: Union, line: DatabaseLine):
    tus = sender(client, union.factory)
    url = await tus.opened(union.factory, len(TEXT))
    assert (await tus.send(url, 0, TEXT[:1_000])).status_code == 204
    line.cut()
    begun = await tus.begin(union.factory, len(TEXT))
    sent = await tus.send(url, 1_000, TEXT[1_000:])
    for reply in (begun, sent, await tus.ask("GET", url), await tus.ask("DELETE", url)):
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
        assert reply.json() == {"code": "SERVICE_UNAVAILABLE", "message": SENTENCE}
    assert begun.headers["tus-resumable"] == sent.headers["tus-resumable"] == "1.0.0"
    asked = await tus.ask("HEAD", url)
    assert (asked.status_code, asked.headers["retry-after"]) == (503, "5")
    assert asked.headers["tus-resumable"] == "1.0.0"
    await line.mend()
    assert await tus.offset(url) == 1_000
    assert await kept() == (1, 1, 0, 0)


async def test_an_upload_goes_on_where_it_stood(
    client: Client, union: Union, line: DatabaseLine, job_queue: MemoryQueue
):
    tus = sender(client, union.factory)
    url = await tus.opened(union.factory, len(TEXT))
    assert (await tus.send(url, 0, TEXT[:9_000])).status_code == 204
    # Not even the bytes that had reached the server count when PostgreSQL never heard of them.
    line.cut()
    assert (await tus.send(url, 9_000, TEXT[9_000:])).status_code == 503
    await line.mend()
    assert await tus.offset(url) == 9_000
    assert (await tus.send(url, 9_000, TEXT[9_000:])).status_code == 204
    await job_queue.run_all()
    assert await storage().get(key_of(await only_file())) == TEXT


@pytest.mark.parametrize("begins_with_it", [False, True], ids=["a later piece", "the piece that came with the opening"])
async def test_a_piece_whose_commit_nobody_heard_of_is_not_lost(
    client: Client, union: Union, line: DatabaseLine, job_queue: MemoryQueue, begins_with_it: bool
):
    tus = sender(client, union.factory)
    if begins_with_it:
        # Of all statements only the one that counts the last piece says `complete`.
        line.cut_after(b"complete")
        begun = await tus.begin(union.factory, len(TEXT), TEXT)
        assert (begun.status_code, begun.headers["upload-offset"]) == (201, "0")
        url = begun.headers["location"]
    else:
        url = await tus.opened(union.factory, len(TEXT))
        assert (await tus.send(url, 0, TEXT[:9_000])).status_code == 204
        line.cut_after(b"complete")
        assert (await tus.send(url, 9_000, TEXT[9_000:])).status_code == 503
    await line.mend()
    assert await tus.offset(url) == len(TEXT)
    await db.execute("UPDATE upload SET changed_at = now() - interval '2 minutes'")
    await job_queue.run_all()
    await resumed(job_queue)
    assert await storage().get(key_of(await only_file())) == TEXT
    assert (await tus.ask("GET", url)).json()["state"] == "taken"


async def test_a_file_in_one_request_is_kept_whole_or_not_at_all(client: Client, union: Union, line: DatabaseLine):
    form = {"unit": str(union.factory.id), "title": "Hội thao"}
    content = picture()
    for page, told in (("/archive/api/uploads", "application/json"), ("/archive/upload", "text/html; charset=utf-8")):
        # The last statement before the commit that has something to do with the material itself.
        line.cut_after(b"asset.added")
        reply = await client.post(
            page,
            caller=contributor(union.factory),
            data=form,
            files={"file": ("anh.jpg", content, "image/jpeg")},
            headers={"accept": told.partition(";")[0]},
        )
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
        assert reply.headers["content-type"] == told
        await line.mend()
        assert await kept() == (0, 0, 0, 0)
    again = await client.post(
        "/archive/api/uploads",
        caller=contributor(union.factory),
        data=form,
        files={"file": ("anh.jpg", content, "image/jpeg")},
    )
    assert again.status_code == 201
    assert await kept() == (0, 0, 1, 1)
    assert await storage().get(key_of(await only_file())) == content


async def test_pages_files_and_the_graph_say_so_too(client: Client, ask: Ask, union: Union, line: DatabaseLine):
    line.cut()
    for path in ("/archive/mine", "/archive/upload", "/archive/items/00000000-0000-4000-8000-000000000000"):
        reply = await client.get(path, caller=editor(union.factory), headers={"accept": "text/html"})
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
        assert SENTENCE in reply.text
    options = await client.request("OPTIONS", ADDRESS)
    assert (options.status_code, options.headers["retry-after"]) == (503, "5")
    asked = await ask(
        "query ($id: ID!) { asset(id: $id) { title } }",
        editor(union.factory),
        id="00000000-0000-4000-8000-000000000000",
    )
    assert (asked.code, asked.errors[0]["message"]) == ("SERVICE_UNAVAILABLE", SENTENCE)


async def only_file() -> bytes:
    sha256 = await db.value("SELECT sha256 FROM asset")
    assert isinstance(sha256, bytes)
    assert await db.value("SELECT count(*) FROM asset") == 1
    return sha256


async def resumed(queue: MemoryQueue) -> None:
    """What comes back every minute, for what is whole and whose job nobody asked for."""
    await resume_uploads()
    await queue.run_all()
