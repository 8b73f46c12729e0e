"""Each MUST of tus 1.0.0 (https://tus.io/protocols/resumable-upload), asked of the server by hand."""

import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import uuid4

import httpx
import pytest
from archive_world import Union, contributor
from tus_world import ADDRESS, Tus, kept, metadata

from kit import db
from kit.jobs import MemoryQueue
from kit.storage import storage
from kit.testing import Client, caller_as
from media_archive.uploads.tus.jobs import sweep_uploads
from media_archive.uploads.tus.pieces import FOLDER

TEXT = "Tám giờ làm việc, tám giờ nghỉ ngơi.".encode()


async def objects() -> list[str]:
    return [key async for key, _ in storage().keys(FOLDER)]


@pytest.fixture
async def tus(client: Client, union: Union) -> Tus:
    """A contributor's client. The store is all tests'; what others left of uploads goes."""
    for key in await objects():
        await storage().delete(key)
    return Tus(client, contributor(union.factory))


def checksum(content: bytes, algorithm: str = "sha1") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


async def in_chunks(*contents: bytes) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


# Core protocol: HEAD


async def test_head_tells_where_the_upload_stands(tus: Tus, union: Union):
    url = await tus.opened(union.factory, len(TEXT))
    await tus.send(url, 0, TEXT[:10])
    reply = await tus.ask("HEAD", url)
    assert (reply.status_code, reply.headers["upload-offset"], reply.headers["upload-length"]) == (
        200,
        "10",
        str(len(TEXT)),
    )
    assert (reply.headers["cache-control"], reply.headers["tus-resumable"]) == ("no-store", "1.0.0")
    assert reply.headers["upload-metadata"] == metadata(unit=str(union.factory.id), filename="tai-lieu.txt")


@pytest.mark.parametrize("url", [f"{ADDRESS}/{uuid4()}", f"{ADDRESS}/no-id"], ids=["unknown", "no id"])
@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE"])
async def test_what_is_not_there_is_404_without_an_offset(tus: Tus, method: str, url: str):
    reply = await tus.ask(method, url, upload_offset="0", content_type="application/offset+octet-stream", content=b"x")
    assert reply.status_code == 404
    assert "upload-offset" not in reply.headers


async def test_somebody_elses_upload_is_not_there(tus: Tus, client: Client, union: Union):
    url = await tus.opened(union.factory, len(TEXT))
    other = Tus(client, caller_as("admin", union.root, subject="somebody-else"))
    assert [
        (await other.ask("HEAD", url)).status_code,
        (await other.send(url, 0, TEXT)).status_code,
        (await other.ask("DELETE", url)).status_code,
    ] == [404, 404, 404]
    assert await tus.offset(url) == 0


# Core protocol: PATCH


async def test_patch_adds_bytes_and_tells_the_new_offset(tus: Tus, union: Union, job_queue: MemoryQueue):
    url = await tus.opened(union.factory, len(TEXT), title="Tám giờ")
    first, second = await tus.send(url, 0, TEXT[:10]), await tus.send(url, 10, TEXT[10:])
    assert (first.status_code, first.headers["upload-offset"], first.content) == (204, "10", b"")
    assert (second.status_code, second.headers["upload-offset"]) == (204, str(len(TEXT)))
    await job_queue.run_all()
    row = await db.row("SELECT title, sha256, visibility FROM asset")
    assert row is not None
    assert tuple(row) == ("Tám giờ", hashlib.sha256(TEXT).digest(), "unit")
    assert await objects() == []


async def test_an_empty_patch_changes_nothing(tus: Tus, union: Union):
    url = await tus.opened(union.factory, len(TEXT))
    assert (await tus.send(url, 0, b"")).headers["upload-offset"] == "0"


async def refused(tus: Tus, url: str, reply: httpx.Response, status: int, code: str) -> None:
    """The refusal says so, and nothing moved nor stayed behind."""
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert "upload-offset" not in reply.headers
    assert await tus.offset(url) == 10
    assert (await kept())[:2] == (1, 1)
    assert len(await objects()) == 1


@pytest.fixture
async def begun(tus: Tus, union: Union) -> str:
    """An upload of which ten bytes are there."""
    url = await tus.opened(union.factory, len(TEXT))
    await tus.send(url, 0, TEXT[:10])
    return url


@pytest.mark.parametrize("offset", [0, 9, 11, 999_999_999_999_999])
async def test_another_offset_is_409(tus: Tus, begun: str, offset: int):
    await refused(tus, begun, await tus.send(begun, offset, TEXT[10:]), 409, "UPLOAD_POSITION_WRONG")


@pytest.mark.parametrize("offset", [None, "-1", "ten", "", "1e3", "1" * 16])
async def test_an_offset_that_is_none_is_400(tus: Tus, begun: str, offset: str | None):
    await refused(tus, begun, await tus.send(begun, 10, TEXT[10:], upload_offset=offset), 400, "TUS_HEADER_INVALID")


@pytest.mark.parametrize("content_type", [None, "application/octet-stream", "multipart/form-data; boundary=x"])
async def test_another_content_type_is_415(tus: Tus, begun: str, content_type: str | None):
    reply = await tus.send(begun, 10, TEXT[10:], content_type=content_type)
    await refused(tus, begun, reply, 415, "TUS_CONTENT_TYPE_WRONG")


async def test_more_bytes_than_announced_are_413(tus: Tus, begun: str):
    await refused(tus, begun, await tus.send(begun, 10, TEXT[10:] + b"!"), 413, "UPLOAD_TOO_LONG")
    in_pieces = await tus.send(begun, 10, in_chunks(TEXT[10:], b"!"))
    await refused(tus, begun, in_pieces, 413, "UPLOAD_TOO_LONG")


async def test_bytes_may_come_in_chunks_of_unknown_number(tus: Tus, begun: str):
    reply = await tus.send(begun, 10, in_chunks(TEXT[10:20], TEXT[20:30]))
    assert (reply.status_code, reply.headers["upload-offset"]) == (204, "30")


async def test_a_whole_upload_takes_no_more_bytes(tus: Tus, begun: str):
    await tus.send(begun, 10, TEXT[10:])
    again = await tus.send(begun, 10, TEXT[10:])
    assert (again.status_code, again.json()["code"]) == (409, "UPLOAD_POSITION_WRONG")
    assert (await tus.send(begun, len(TEXT), b"!")).status_code == 413
    assert (await tus.send(begun, len(TEXT), b"")).status_code == 204


# Core protocol: versions and methods


@pytest.mark.parametrize("method", ["POST", "HEAD", "PATCH", "DELETE"])
@pytest.mark.parametrize("version", [None, "0.2.2", "1.0.1"])
async def test_another_version_is_412_and_not_processed(tus: Tus, begun: str, method: str, version: str | None):
    url = ADDRESS if method == "POST" else begun
    reply = await tus.ask(
        method,
        url,
        TEXT[10:],
        tus_resumable=version,
        upload_offset="10",
        upload_length="5",
        content_type="application/offset+octet-stream",
    )
    assert (reply.status_code, reply.headers["tus-version"]) == (412, "1.0.0")
    assert await tus.offset(begun) == 10
    assert (await kept())[0] == 1


@pytest.mark.parametrize("version", [None, "0.2.2", "1.0.0"])
async def test_options_describes_the_server_whatever_version_is_asked(tus: Tus, version: str | None):
    reply = await tus.ask("OPTIONS", tus_resumable=version)
    assert reply.status_code == 204
    assert {name: reply.headers[name] for name in reply.headers if name.startswith("tus-")} == {
        "tus-resumable": "1.0.0",
        "tus-version": "1.0.0",
        "tus-extension": "creation,creation-with-upload,expiration,checksum,termination",
        "tus-max-size": "5000000000",
        "tus-checksum-algorithm": "sha1,sha256,sha512",
    }


async def test_the_method_can_be_named_in_a_header(tus: Tus, begun: str):
    reply = await tus.ask(
        "POST",
        begun,
        TEXT[10:],
        x_http_method_override="PATCH",
        upload_offset="10",
        content_type="application/offset+octet-stream",
    )
    assert (reply.status_code, reply.headers["upload-offset"]) == (204, str(len(TEXT)))


@pytest.mark.parametrize(("method", "url"), [("PATCH", ADDRESS), ("PUT", ADDRESS)])
async def test_other_methods_are_405(tus: Tus, method: str, url: str):
    assert (await tus.ask(method, url)).status_code == 405


# Creation


async def test_post_creates_an_upload_with_an_address(tus: Tus, union: Union):
    reply = await tus.begin(union.factory, 100)
    assert reply.status_code == 201
    assert reply.headers["location"].startswith(f"{ADDRESS}/")
    assert reply.headers["tus-resumable"] == "1.0.0"
    assert await tus.offset(reply.headers["location"]) == 0


@pytest.mark.parametrize("length", [None, "-5", "many", "1.5"])
async def test_an_upload_without_a_length_is_400(tus: Tus, union: Union, length: str | None):
    said = metadata(unit=str(union.factory.id))
    reply = await tus.ask("POST", upload_length=length, upload_metadata=said)
    assert (reply.status_code, reply.json()["header"]) == (400, "Upload-Length")
    # A length that is told later is an extension that is not offered.
    deferred = await tus.ask("POST", upload_length=length, upload_defer_length="1", upload_metadata=said)
    assert deferred.status_code == 400
    assert await kept() == (0, 0, 0, 0)


async def test_an_upload_beyond_the_largest_size_is_413(tus: Tus, union: Union):
    reply = await tus.begin(union.factory, 2_000_000_001)
    assert (reply.status_code, reply.json()["code"], reply.json()["most_megabytes"]) == (413, "FILE_TOO_LARGE", 2000)
    assert await kept() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "said",
    ["unit *", "unit YQ==,unit YQ==", "ụnit YQ==".encode(), "title /w==", ",", "unit  ,"],
    ids=["not base64", "twice", "not ASCII", "not UTF-8", "no keys", "no last key"],
)
async def test_metadata_that_breaks_the_rules_is_400(tus: Tus, said: str | bytes):
    reply = await tus.ask("POST", upload_length="5", upload_metadata=said)
    assert (reply.status_code, reply.json()["header"]) == (400, "Upload-Metadata")
    assert await kept() == (0, 0, 0, 0)


async def test_metadata_may_have_a_key_without_a_value(tus: Tus, union: Union):
    said = metadata(unit=str(union.factory.id), filename="a.txt") + ",is_confidential"
    reply = await tus.ask("POST", upload_length="5", upload_metadata=said)
    assert reply.status_code == 201
    assert (await tus.ask("HEAD", reply.headers["location"])).headers["upload-metadata"] == said


async def test_what_is_said_of_the_asset_is_checked_before_any_byte_comes(tus: Tus, union: Union):
    replies = [
        await tus.begin(union.factory, 5, visibility="everyone"),
        await tus.begin(union.factory, 5, topics="labour_law,astrology"),
        await tus.begin(union.factory, 5, visibility="public"),
        await tus.begin(union.south, 5),
        await tus.ask("POST", upload_length="5"),
    ]
    assert [(reply.status_code, reply.json()["code"]) for reply in replies] == [
        (422, "INVALID_INPUT"),
        (422, "UNKNOWN_CODE"),
        (403, "FORBIDDEN"),
        (403, "FORBIDDEN"),
        (404, "NOT_FOUND"),
    ]
    assert await kept() == (0, 0, 0, 0)


# Creation with upload


async def test_bytes_may_come_with_the_creation(tus: Tus, union: Union, job_queue: MemoryQueue):
    reply = await tus.begin(union.factory, len(TEXT), TEXT)
    assert (reply.status_code, reply.headers["upload-offset"]) == (201, str(len(TEXT)))
    await job_queue.run_all()
    outcome = (await tus.ask("GET", reply.headers["location"])).json()
    assert outcome["state"] == "taken"
    assert str(await db.value("SELECT id FROM asset")) == outcome["asset"]


async def test_some_of_the_bytes_may_come_with_the_creation(tus: Tus, union: Union):
    reply = await tus.begin(union.factory, len(TEXT), TEXT[:7])
    assert (reply.status_code, reply.headers["upload-offset"]) == (201, "7")
    assert await tus.offset(reply.headers["location"]) == 7


async def test_bytes_of_another_type_create_nothing(tus: Tus, union: Union):
    said = metadata(unit=str(union.factory.id), filename="a.txt")
    reply = await tus.ask("POST", content=TEXT, upload_length="99", upload_metadata=said, content_type="text/plain")
    assert reply.status_code == 415
    assert await kept() == (0, 0, 0, 0)


async def test_too_many_bytes_with_the_creation_create_nothing(tus: Tus, union: Union):
    reply = await tus.begin(union.factory, 5, TEXT)
    assert (reply.status_code, reply.json()["code"]) == (413, "UPLOAD_TOO_LONG")
    assert await kept() == (0, 0, 0, 0)
    assert await objects() == []


# Expiration


async def test_the_end_is_told_with_creation_and_every_patch_and_moves_on(tus: Tus, union: Union):
    reply = await tus.begin(union.factory, len(TEXT))
    first = parsedate_to_datetime(reply.headers["upload-expires"])
    assert timedelta(hours=47, minutes=59) < first - datetime.now(UTC) <= timedelta(hours=48)
    url = reply.headers["location"]
    await db.execute("UPDATE upload SET expires_at = now() + interval '1 hour'")
    later = await tus.send(url, 0, TEXT[:5])
    assert parsedate_to_datetime(later.headers["upload-expires"]) >= first
    assert (await tus.ask("HEAD", url)).headers["upload-expires"] == later.headers["upload-expires"]


async def test_after_its_end_an_upload_is_410_and_then_swept(tus: Tus, begun: str):
    await db.execute("UPDATE upload SET expires_at = now() - interval '1 second'")
    for reply in (await tus.ask("HEAD", begun), await tus.send(begun, 10, TEXT[10:]), await tus.ask("GET", begun)):
        assert reply.status_code == 410
    await sweep_uploads()
    assert (await tus.ask("HEAD", begun)).status_code == 404
    assert await kept() == (0, 0, 0, 0)
    assert await objects() == []


# Checksum


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
async def test_bytes_that_fit_their_checksum_count(tus: Tus, begun: str, algorithm: str):
    reply = await tus.send(begun, 10, TEXT[10:20], upload_checksum=checksum(TEXT[10:20], algorithm))
    assert (reply.status_code, reply.headers["upload-offset"]) == (204, "20")


async def test_bytes_that_do_not_fit_are_460_and_thrown_away(tus: Tus, begun: str):
    wrong = await tus.send(begun, 10, TEXT[10:20], upload_checksum=checksum(b"other bytes"))
    await refused(tus, begun, wrong, 460, "CHECKSUM_MISMATCH")
    last = await tus.send(begun, 10, TEXT[10:], upload_checksum=checksum(b"other bytes"))
    await refused(tus, begun, last, 460, "CHECKSUM_MISMATCH")
    assert (await tus.ask("GET", begun)).json()["state"] == "open"


@pytest.mark.parametrize("said", ["crc32 AAAA", "sha1 ***", "sha1", ""])
async def test_a_checksum_that_is_none_is_400(tus: Tus, begun: str, said: str):
    code = "CHECKSUM_ALGORITHM_UNKNOWN" if said.startswith(("crc32",)) or not said else "TUS_HEADER_INVALID"
    reply = await tus.send(begun, 10, TEXT[10:], upload_checksum=said)
    if said == "sha1":
        # No digest at all is one that fits nothing.
        await refused(tus, begun, reply, 460, "CHECKSUM_MISMATCH")
    else:
        await refused(tus, begun, reply, 400, code)


# Termination


async def test_delete_ends_an_upload_and_frees_what_it_held(tus: Tus, begun: str):
    reply = await tus.ask("DELETE", begun)
    assert (reply.status_code, reply.content) == (204, b"")
    assert (await tus.ask("HEAD", begun)).status_code == 404
    assert (await tus.send(begun, 10, TEXT[10:])).status_code == 404
    assert await kept() == (0, 0, 0, 0)
    assert await objects() == []


async def test_what_was_taken_in_stays_when_its_upload_is_ended(tus: Tus, begun: str, job_queue: MemoryQueue):
    await tus.send(begun, 10, TEXT[10:])
    await job_queue.run_all()
    assert (await tus.ask("DELETE", begun)).status_code == 204
    assert await kept() == (0, 0, 1, 1)


async def test_what_was_given_up_before_its_job_becomes_nothing(tus: Tus, begun: str, job_queue: MemoryQueue):
    await tus.send(begun, 10, TEXT[10:])
    await tus.ask("DELETE", begun)
    await job_queue.run_all()
    assert await kept() == (0, 0, 0, 0)


async def test_an_empty_file_is_refused_by_its_job(tus: Tus, union: Union, job_queue: MemoryQueue):
    url = await tus.opened(union.factory, 0)
    await job_queue.run_all()
    outcome = (await tus.ask("GET", url, accept_language="en")).json()
    assert outcome == {
        "state": "refused",
        "position": 0,
        "length": 0,
        "code": "FILE_EMPTY",
        "message": "The file is empty.",
    }
    assert (await kept())[2:] == (0, 0)
