"""What is held apart: files that lie about their type or would burst, listed to admins, never served, then deleted."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor

from kit import db
from kit.calendar import today
from kit.errors import DomainError
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.storage import storage
from kit.testing import Ask, Client, caller_as, queries
from media_archive.keeping.jobs import purge_quarantine
from media_archive.keeping.places import QUARANTINE, quarantine_key

HELD = """query ($first: Int! = 20, $after: String) { quarantinedFiles(first: $first, after: $after) {
    nodes { id fileName reason size unit { id } purgeOn } pageInfo { hasNextPage endCursor } } }"""
SVG = b"<svg onload='alert(1)'/>"


async def refused(union: Union, content: bytes, name: str, caller: Caller | None = None) -> str:
    with pytest.raises(DomainError) as error:
        await add(union.factory, "Tin", content, file_name=name, caller=caller or contributor(union.factory))
    return error.value.code


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", b"")
        for number in range(10_001):
            package.writestr(f"{number}", b"")
    return buffer.getvalue()


async def test_what_lies_or_would_burst_is_held_and_what_is_only_refused_is_not(ask: Ask, union: Union):
    for content, name, code in (
        (SVG, "ảnh.jpg", "FILE_TYPE_NOT_ALLOWED"),
        (SVG + b" ", "ảnh.svg", "FILE_TYPE_NOT_ALLOWED"),
        (bomb(), "a.docx", "FILE_EXPANDS_TOO_MUCH"),
        (b"\xff\xd8\xff" + b"x" * 100, "hỏng.jpg", "FILE_BROKEN"),
    ):
        assert await refused(union, content, name) == code
    nodes = (await ask(HELD, caller_as("admin", union.north))).field["nodes"]
    assert [(one["fileName"], one["reason"]) for one in nodes] == [
        ("a.docx", "FILE_EXPANDS_TOO_MUCH"),
        ("ảnh.jpg", "FILE_TYPE_NOT_ALLOWED"),
    ]
    assert nodes[1]["size"] == len(SVG)
    assert nodes[1]["unit"] == {"id": str(union.factory.id)}
    assert nodes[1]["purgeOn"] == (today() + timedelta(days=90)).isoformat()
    assert await db.value("SELECT count(*) FROM stored_file") == 0


async def test_only_admins_of_the_unit_are_told(ask: Ask, union: Union):
    await refused(union, SVG, "ảnh.jpg")
    for caller, code in ((ANONYMOUS, "SIGN_IN_REQUIRED"), (editor(union.root), "FORBIDDEN")):
        assert (await ask(HELD, caller)).code == code
    assert (await ask(HELD, caller_as("admin", union.south))).field["nodes"] == []


async def test_it_is_never_served(client: Client, union: Union):
    await refused(union, SVG, "ảnh.jpg")
    held = await db.value("SELECT id FROM quarantined_file")
    for path in (f"/files/{quarantine_key(held)}", f"/{quarantine_key(held)}", f"/files/{held}/original/1/x/a"):
        assert (await client.get(path, caller=caller_as("admin", union.root))).status_code in (403, 404)


async def test_the_same_content_is_held_once_and_nobody_fills_the_store(union: Union):
    await refused(union, SVG, "ảnh.jpg")
    await refused(union, SVG, "khác.png")
    assert await db.value("SELECT count(*) FROM quarantined_file") == 1
    for number in range(60):
        await refused(union, SVG + str(number).encode(), "ảnh.jpg")
    assert await db.value("SELECT count(*) FROM quarantined_file") == 50
    await refused(union, SVG + b"x", "ảnh.jpg", caller_as("editor", union.factory, subject="minh"))
    assert await db.value("SELECT count(*) FROM quarantined_file") == 51


async def test_after_its_time_it_goes(union: Union):
    await refused(union, SVG, "ảnh.jpg")
    await refused(union, SVG + b" ", "ảnh.jpg")
    gone = await db.value("UPDATE quarantined_file SET purge_on = $1 WHERE size = $2 RETURNING id", today(), len(SVG))
    await purge_quarantine()
    left = await db.value("SELECT id FROM quarantined_file")
    assert (await storage().size(quarantine_key(gone)), await storage().size(quarantine_key(left))) == (
        None,
        len(SVG) + 1,
    )
    assert await db.value("SELECT count(*) FROM quarantined_file") == 1


async def test_what_a_cut_off_process_left_is_swept_when_it_is_old(union: Union):
    await storage().put(f"{QUARANTINE}00000000-0000-0000-0000-000000000001", b"x")
    await purge_quarantine()
    assert await storage().size(f"{QUARANTINE}00000000-0000-0000-0000-000000000001") == 1
    await storage().delete(f"{QUARANTINE}00000000-0000-0000-0000-000000000001")


async def test_pages_and_counts(ask: Ask, union: Union):
    for number in range(3):
        await refused(union, SVG + str(number).encode(), f"{number}.jpg")
    with queries() as seen:
        page = (await ask(HELD, SYSTEM, first=2)).field
    assert ([one["fileName"] for one in page["nodes"]], seen.count) == (["2.jpg", "1.jpg"], 1)
    page = (await ask(HELD, SYSTEM, first=2, after=page["pageInfo"]["endCursor"])).field
    assert ([one["fileName"] for one in page["nodes"]], page["pageInfo"]["hasNextPage"]) == (["0.jpg"], False)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE quarantined_file SET reason = 'because'", "reason_is_a_code"),
        ("UPDATE quarantined_file SET sha256 = ''", "sha256_length"),
        ("INSERT INTO quarantined_file SELECT * FROM quarantined_file", "pkey"),
    ],
)
async def test_the_database_keeps_the_rules(union: Union, tmp_path: Path, statement: str, constraint: str):
    await refused(union, SVG, "ảnh.jpg")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as broken:
        async with db.transaction():
            await db.execute(statement)
    assert db.violated(broken.value) == f"quarantined_file_{constraint}"
