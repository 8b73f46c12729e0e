"""Files come in whole or not at all, kept once under the hash of their content."""

import hashlib
import struct
import zlib
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from archive_world import Union, add, box, contributor, editor, office_file, picture, scanned_pdf, worker

from kit import db
from kit.errors import Forbidden, InvalidInput, NotFound, SignInRequired
from kit.identity import ANONYMOUS, Caller
from kit.jobs import MemoryQueue
from kit.storage import storage
from kit.testing import Client
from loa.front_door.paths import LONGEST_PATH, clean_segments
from media_archive import settings
from media_archive.files.addresses import file_path
from media_archive.uploads import keeping

UPLOADS = "/archive/api/uploads"


async def send(client: Client, caller: Caller, content: bytes, name: str = "anh.jpg", **fields: Any) -> Any:
    return await client.post(UPLOADS, caller=caller, data=fields, files={"file": (name, content, "image/jpeg")})


async def counts() -> tuple[int, int, int, int]:
    row = await db.row(
        """SELECT (SELECT count(*) FROM asset), (SELECT count(*) FROM stored_file),
                  (SELECT count(*) FROM asset_change), (SELECT count(*) FROM file_in_transit)"""
    )
    assert row is not None
    return tuple(row)  # pyright: ignore[reportReturnType]


async def test_keeps_a_file_byte_for_byte_under_its_hash(client: Client, union: Union):
    content = picture()
    reply = await send(client, contributor(union.factory), content, unit=str(union.factory.id), title="Hội thao")
    assert reply.status_code == 201
    row = await db.row("SELECT * FROM asset JOIN stored_file USING (sha256)")
    assert row is not None
    assert reply.json() == {"id": str(row["id"])}
    assert reply.headers["location"] == f"/archive/items/{row['id']}"
    assert row["sha256"] == hashlib.sha256(content).digest()
    assert (row["size"], row["media_type"], row["kind"], row["title"]) == (
        len(content),
        "image/jpeg",
        "photo",
        "Hội thao",
    )
    assert (row["unit_path"], row["visibility"], row["language"]) == (union.factory.path, "unit", "vi")
    assert await storage().get(keeping.key_of(row["sha256"])) == content
    assert await counts() == (1, 1, 1, 0)


async def test_jobs_wait_for_the_commit_and_carry_the_id(client: Client, union: Union, job_queue: MemoryQueue):
    reply = await send(client, contributor(union.factory), picture(), unit=str(union.factory.id), title="Hội thao")
    waiting = [(job.name, ids) for job, ids in job_queue.waiting]
    asset_id = reply.json()["id"]
    names = ("make_renditions", "read_text")
    assert waiting == [(f"media_archive.{name}", (asset_id,)) for name in names]


async def test_keeps_exact_duplicates_once(union: Union):
    content = picture()
    await add(union.factory, "Một", content)
    await add(union.south, "Hai", content)
    assert await counts() == (2, 1, 2, 0)


async def test_the_name_decides_nothing_and_is_cleaned(union: Union):
    asset_id = await add(union.factory, "Ảnh", picture("PNG", (50, 50)), file_name='..\\..\\etc/pass"wd<\r\n>.pdf')
    row = await db.row(
        "SELECT file_name, media_type FROM asset JOIN stored_file USING (sha256) WHERE id = $1::uuid", asset_id
    )
    assert row is not None
    assert tuple(row) == ("passwd.pdf", "image/png")


def png_of(width: int, height: int) -> bytes:
    """A PNG of some hundred bytes that claims to be enormous."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def office_bomb() -> bytes:
    """A document of some hundred bytes whose directory announces 600 MB."""
    package = bytearray(office_file())
    entry = package.rindex(b"PK\x01\x02")
    package[entry + 24 : entry + 28] = (600_000_000).to_bytes(4, "little")
    return bytes(package)


BAD: dict[str, tuple[bytes, str]] = {
    "an empty file": (b"", "FILE_EMPTY"),
    "a script that says it is a picture": (b"#!/bin/sh\n\x00", "FILE_TYPE_NOT_ALLOWED"),
    "an SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "FILE_TYPE_NOT_ALLOWED"),
    "a JPEG cut off": (picture()[:2000], "FILE_BROKEN"),
    "a PNG cut off": (picture("PNG")[:-400], "FILE_BROKEN"),
    "the head of a JPEG and noise": (b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8, "FILE_BROKEN"),
    "a picture of 60,000 × 60,000": (png_of(60_000, 60_000), "FILE_EXPANDS_TOO_MUCH"),
    "a PDF that is none": (b"%PDF-1.7\nnothing of it", "FILE_BROKEN"),
    "a PDF cut off": (scanned_pdf("Một trang")[:3000], "FILE_BROKEN"),
    "an office bomb": (office_bomb(), "FILE_EXPANDS_TOO_MUCH"),
    "an office file damaged": (office_file(content=b"x" * 9000).replace(b"word", b"w0rd", 1), "FILE_BROKEN"),
    "an MP4 without its index": (box(b"ftyp", b"isom\0\0\0\0") + box(b"mdat", b"\0" * 50), "FILE_BROKEN"),
    "an MP4 cut off": (box(b"ftyp", b"isom\0\0\0\0") + box(b"moov") + box(b"mdat", b"\0" * 50)[:-9], "FILE_BROKEN"),
    "an MP3 tag without sound": (b"ID3\x04\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00", "FILE_BROKEN"),
    "a WAV cut off": (b"RIFF\x24\x00\x00\x00WAVEfmt ", "FILE_BROKEN"),
}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Giảm 50% phí.pdf", "Giảm 50% phí.pdf"),
        ("C%C3%B4ng v%C4%83n 12%2F2024.pdf", "CC3B4ng vC483n 122F2024.pdf"),
        ("%%2525.pdf", "2525.pdf"),
        ("😀" * 200, "😀" * 150),
        ("x" + " ." * 97 + ";a.pdf", ";a.pdf"),
    ],
)
async def test_the_front_door_lets_the_address_of_every_file_pass(union: Union, given: str, kept: str):
    asset_id = await add(union.factory, "Tệp", visibility="public", file_name=given)
    name = await db.value("SELECT file_name FROM asset")
    assert name == kept
    path = file_path(UUID(asset_id), "original", name)
    assert len(path) <= LONGEST_PATH
    assert clean_segments(path.encode()) == ["files", asset_id, *path.split("/")[3:-1], name]


@pytest.mark.parametrize("what", BAD)
async def test_refuses_bad_files_and_keeps_nothing(client: Client, union: Union, job_queue: MemoryQueue, what: str):
    content, code = BAD[what]
    reply = await send(client, contributor(union.factory), content, unit=str(union.factory.id), title="Tệp")
    assert (reply.status_code, reply.json()["code"]) == (422, code)
    assert reply.json()["message"]
    assert await counts() == (0, 0, 0, 0)
    assert job_queue.waiting == []


@pytest.fixture
def at_most_one_megabyte(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOA_UPLOAD_MOST_MEGABYTES", "1")
    settings.current.cache_clear()
    yield
    monkeypatch.undo()
    settings.current.cache_clear()


@pytest.mark.usefixtures("at_most_one_megabyte")
@pytest.mark.parametrize("size", [1_000_001, 1_500_000])
async def test_refuses_a_file_that_is_too_large(client: Client, union: Union, size: int):
    reply = await send(client, contributor(union.factory), b"a" * size, unit=str(union.factory.id), title="Tệp")
    assert (reply.status_code, reply.json()["code"]) == (413, "FILE_TOO_LARGE")
    assert "1 MB" in reply.json()["message"]
    assert await counts() == (0, 0, 0, 0)


@pytest.mark.usefixtures("at_most_one_megabyte")
async def test_takes_a_file_of_exactly_the_largest_size(client: Client, union: Union):
    reply = await send(client, contributor(union.factory), b"a" * 1_000_000, unit=str(union.factory.id), title="Tệp")
    assert reply.status_code == 201


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "a" * 301}, "title"),
        ({"kind": "sculpture"}, "kind"),
        ({"language": "vietnamese"}, "language"),
        ({"visibility": "everybody"}, "visibility"),
        ({"created_on": "31/12/2025"}, "created_on"),
        ({"created_on": "2999-01-01"}, "created_on"),
        ({"created_on": "0026-11-22"}, "created_on"),
        ({"description": "a" * 10_001}, "description"),
    ],
)
async def test_refuses_what_is_said_wrongly(client: Client, union: Union, fields: dict[str, str], field: str):
    said = {"unit": str(union.factory.id), "title": "Ảnh", **fields}
    reply = await send(client, editor(union.factory), picture("PNG", (9, 9)), **said)
    assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (422, "INVALID_INPUT", field)
    assert await counts() == (0, 0, 0, 0)


async def test_names_a_topic_that_org_does_not_have(client: Client, union: Union):
    said = {"unit": str(union.factory.id), "title": "Ảnh", "topic": "astrology"}
    reply = await send(client, editor(union.factory), picture("PNG", (9, 9)), **said)
    assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (422, "UNKNOWN_CODE", "topics")
    assert "astrology" in reply.json()["message"]
    assert await counts() == (0, 0, 0, 0)


async def test_refuses_a_form_without_a_file(client: Client, union: Union):
    reply = await client.post(
        UPLOADS, caller=contributor(union.factory), data={"unit": str(union.factory.id), "title": "x"}
    )
    assert (reply.status_code, reply.json()["field"]) == (422, "file")


async def test_refuses_a_body_that_is_no_form(client: Client, union: Union):
    headers = {"content-type": "multipart/form-data; boundary=x"}
    reply = await client.post(UPLOADS, caller=contributor(union.factory), content=b"--y nonsense", headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (422, "INVALID_INPUT")


async def test_refuses_unknown_units(client: Client, union: Union):
    for unit in ("6f9619ff-8b86-d011-b42d-00c04fc964ff", "not-an-id", ""):
        reply = await send(client, contributor(union.factory), picture("PNG", (9, 9)), unit=unit, title="x")
        assert (reply.status_code, reply.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_refuses_a_form_of_another_site(client: Client, union: Union, site: str):
    reply = await client.post(UPLOADS, caller=contributor(union.factory), headers={"sec-fetch-site": site}, data={})
    assert reply.status_code == 403


async def test_who_may_upload_what(union: Union):
    def refusal(caller: Caller, visibility: str) -> Any:
        return add(union.factory, "x", caller=caller, visibility=visibility)

    await add(union.factory, "của đơn vị", caller=contributor(union.factory), visibility="unit")
    await add(union.factory, "của công đoàn", caller=contributor(union.north), visibility="union")
    await add(union.factory, "công khai", caller=editor(union.root), visibility="public")
    before = await counts()
    for caller, visibility, error in [
        (ANONYMOUS, "unit", SignInRequired),
        (worker(union.factory), "unit", Forbidden),
        (contributor(union.south), "unit", Forbidden),
        (editor(union.south), "public", Forbidden),
        (contributor(union.factory), "public", Forbidden),
    ]:
        with pytest.raises(error):
            await refusal(caller, visibility)
    assert await counts() == before


async def test_a_refused_transaction_leaves_the_object_to_be_swept(union: Union):
    kept = await keeping.keep(b"left behind", "text/plain")
    assert await storage().get(keeping.key_of(kept.sha256)) == b"left behind"
    assert await keeping.sweep_abandoned() == 0
    await db.execute("UPDATE file_in_transit SET begun_at = now() - interval '25 hours'")
    assert await keeping.sweep_abandoned() == 1
    assert await storage().size(keeping.key_of(kept.sha256)) is None
    assert await counts() == (0, 0, 0, 0)


async def test_sweeping_spares_what_somebody_settled_or_is_about_to(union: Union):
    for settled in (True, False):
        content = f"needed {settled}".encode()
        await keeping.keep(content, "text/plain")
        await db.execute("UPDATE file_in_transit SET begun_at = now() - interval '25 hours'")
        again = await keeping.keep(content, "text/plain")
        if settled:
            await keeping.settle(again)
        assert await keeping.sweep_abandoned() == 1
        assert await storage().get(keeping.key_of(again.sha256)) == content


async def test_errors_of_the_service_are_typed(union: Union, tmp_path: Path):
    with pytest.raises(InvalidInput):
        await add(union.factory, "", tmp=tmp_path / "x")
    with pytest.raises(NotFound):
        await add(union.factory.__class__(union.factory.id.__class__(int=99), 99, "0000z", "?"), "x")
