"""Files are read again: a byte that changed is found, told to editors, left alone, and put right by the same bytes only."""

import logging
import os
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor

from kit import db
from kit.identity import ANONYMOUS, SYSTEM
from kit.storage import storage
from kit.testing import Ask, Client, caller_as, queries
from media_archive.keeping.fixity import check_files
from media_archive.keeping.jobs import check_fixity
from media_archive.keeping.places import QUARANTINE, key_of

DAMAGED = """query ($first: Int! = 20, $after: String) { damagedFiles(first: $first, after: $after) {
    nodes { sha256 size damage assets { title } } pageInfo { hasNextPage endCursor } } }"""


async def old(days: int = 31) -> None:
    """Let all files have been read so many days ago."""
    await db.execute("UPDATE stored_file SET created_at = now() - make_interval(days => $1), checked_at = NULL", days)


async def hash_of(asset_id: str) -> bytes:
    return await db.value("SELECT sha256 FROM asset WHERE id = $1", UUID(asset_id))


async def corrupt(asset_id: str) -> bytes:
    """Change one byte of an asset's file in the store; return what it is now."""
    key = key_of(await hash_of(asset_id))
    content = bytearray(await storage().get(key))
    content[3] ^= 1
    await storage().put(key, bytes(content))
    return bytes(content)


async def history(asset_id: str) -> list[str]:
    found = await db.rows("SELECT outcome FROM fixity_check WHERE sha256 = $1 ORDER BY id", await hash_of(asset_id))
    return [row["outcome"] for row in found]


async def test_a_changed_byte_and_a_missing_file_are_found(ask: Ask, union: Union, caplog: pytest.LogCaptureFixture):
    good, bad, gone = [await add(union.factory, title) for title in ("Tốt", "Hỏng", "Mất")]
    await corrupt(bad)
    await storage().delete(key_of(await hash_of(gone)))
    await old()
    with caplog.at_level(logging.ERROR, "media_archive.fixity"):
        await check_fixity()
    wrong = [f"{(await hash_of(bad)).hex()} is changed", f"{(await hash_of(gone)).hex()} is missing"]
    told = sorted(record.getMessage() for record in caplog.records)
    assert told == sorted(f"a kept file is damaged: {one}" for one in wrong)
    assert [await history(one) for one in (good, bad, gone)] == [["intact"], ["changed"], ["missing"]]
    nodes = (await ask(DAMAGED, caller_as("admin", union.north))).field["nodes"]
    assert sorted((one["damage"], one["assets"][0]["title"]) for one in nodes) == [
        ("changed", "Hỏng"),
        ("missing", "Mất"),
    ]
    await old()
    caplog.clear()
    await check_fixity()
    assert (await history(bad), caplog.records) == (["changed", "changed"], [])


async def test_only_editors_of_what_needs_it_are_told(ask: Ask, union: Union):
    await corrupt(await add(union.factory, "Hỏng"))
    await old()
    await check_fixity()
    assert (await ask(DAMAGED, editor(union.south))).field["nodes"] == []
    assert len((await ask(DAMAGED, editor(union.factory))).field["nodes"]) == 1
    for caller, code in ((ANONYMOUS, "SIGN_IN_REQUIRED"), (contributor(union.root), "FORBIDDEN")):
        assert (await ask(DAMAGED, caller)).code == code


async def test_those_that_waited_longest_come_first_and_a_run_is_bounded(union: Union):
    ids = [await add(union.factory, title, title.encode() * 10) for title in ("A", "B", "C", "D")]
    for days, one in zip((40, 60, 50, 5), ids, strict=True):
        await db.execute(
            "UPDATE stored_file SET created_at = '2020-1-1', checked_at = now() - make_interval(days => $2) WHERE sha256 = $1",
            await hash_of(one),
            days,
        )
    done = await check_files(20)
    assert (done.files, done.size) == (2, 20)
    assert [len(await history(one)) for one in ids] == [0, 1, 1, 0]
    assert (await check_files(1_000)).files == 1
    assert (await check_files(1_000)).files == 0


async def test_what_can_not_be_read_now_keeps_no_other_from_being_read(union: Union, caplog: pytest.LogCaptureFixture):
    first, second = [await add(union.factory, title) for title in ("A", "B")]
    key = key_of(await hash_of(first))
    folder = Path(os.environ["LOA_STORAGE_URL"].removeprefix("file://"))
    content = await storage().get(key)
    # A link that leads to itself: there is something, and it can't be read.
    (folder / key).unlink()
    (folder / key).symlink_to(folder / key)
    await old()
    try:
        done = await check_files(1_000)
    finally:
        (folder / key).unlink()
        await storage().put(key, content)
    assert (done.files, await history(first), await history(second)) == (1, [], ["intact"])
    assert await db.value("SELECT count(*) FROM stored_file WHERE damage IS NOT NULL") == 0
    assert [record.getMessage().split(" (")[0] for record in caplog.records] == [
        f"a kept file can't be read: {(await hash_of(first)).hex()}"
    ]
    await check_files(1_000)
    assert await history(first) == ["intact"]


async def test_the_same_bytes_put_it_right_and_nothing_else_does(ask: Ask, client: Client, union: Union):
    asset_id = await add(union.factory, "Hỏng", b"Noi dung dung", visibility="public")
    await corrupt_and_check(asset_id)
    damaged = await storage().get(key_of(await hash_of(asset_id)))
    who = editor(union.factory)
    other = await client.post(
        f"/archive/api/assets/{asset_id}/versions", caller=who, files={"file": ("a.txt", b"Noi dung khac")}
    )
    assert other.status_code == 201
    first = await db.value("SELECT sha256 FROM asset_version WHERE number = 1")
    assert await storage().get(key_of(first)) == damaged
    repaired = await client.post(
        f"/archive/api/assets/{asset_id}/versions", caller=who, files={"file": ("a.txt", b"Noi dung dung")}
    )
    assert (repaired.status_code, repaired.json()) == (200, {"id": asset_id, "version": 1, "repaired": True})
    assert await storage().get(key_of(first)) == b"Noi dung dung"
    assert (await ask(DAMAGED, SYSTEM)).field["nodes"] == []
    outcomes = [
        row["outcome"] for row in await db.rows("SELECT outcome FROM fixity_check WHERE sha256 = $1 ORDER BY id", first)
    ]
    assert outcomes == ["changed", "repaired"]
    evidence = [key async for key, _ in storage().keys(f"{QUARANTINE}damaged/{first.hex()}")]
    assert [await storage().get(key) for key in evidence] == [damaged]


async def corrupt_and_check(asset_id: str) -> None:
    await corrupt(asset_id)
    await old()
    await check_fixity()


async def test_another_unit_that_brings_the_same_bytes_puts_it_right_too(union: Union):
    asset_id = await add(union.factory, "Hỏng", b"Noi dung dung")
    await corrupt_and_check(asset_id)
    await add(union.south, "Của người khác", b"Noi dung dung", caller=contributor(union.south))
    assert await history(asset_id) == ["changed", "repaired"]
    assert await storage().get(key_of(await hash_of(asset_id))) == b"Noi dung dung"


async def test_a_version_tells_that_its_file_is_damaged_and_events_tell_when(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Hỏng")
    await corrupt_and_check(asset_id)
    document = """query ($id: ID!) { asset(id: $id) { versions { nodes { isDamaged } }
        events { nodes { type premisType isAutomatic detail } } } }"""
    told = (await ask(document, contributor(union.factory), id=asset_id)).field
    assert told["versions"]["nodes"] == [{"isDamaged": True}]
    assert [(one["type"], one["premisType"], one["isAutomatic"]) for one in told["events"]["nodes"]] == [
        ("file.changed", "fixity check", True),
        ("asset.added", "ingestion", True),
    ]


async def test_events_are_for_contributors_paged_and_cheap(ask: Ask, union: Union):
    document = """query ($first: Int!, $after: String) { assets { nodes { events(first: $first, after: $after) {
        nodes { type } pageInfo { hasNextPage endCursor } } } } }"""
    for title in ("A", "B"):
        await add(union.factory, title, visibility="union")
    for _ in range(2):
        await old()
        await check_fixity()
    with queries() as seen:
        nodes = (await ask(document, contributor(union.factory), first=2)).field["nodes"]
    assert seen.count == 2
    assert [[one["type"] for one in node["events"]["nodes"]] for node in nodes] == [["file.intact", "file.intact"]] * 2
    after = nodes[0]["events"]["pageInfo"]["endCursor"]
    rest = (await ask(document, contributor(union.factory), first=2, after=after)).field["nodes"][0]["events"]
    assert ([one["type"] for one in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == (["asset.added"], False)
    assert [one["events"] for one in (await ask(document, contributor(union.south), first=2)).field["nodes"]] == [
        None,
        None,
    ]


async def test_the_list_is_paged(ask: Ask, union: Union):
    for title in ("A", "B", "C"):
        await corrupt(await add(union.factory, title))
    await old()
    await check_fixity()
    with queries() as seen:
        page = (await ask(DAMAGED, SYSTEM, first=2)).field
    assert (len(page["nodes"]), seen.count) == (2, 2)
    rest = (await ask(DAMAGED, SYSTEM, first=2, after=page["pageInfo"]["endCursor"])).field
    assert (len(rest["nodes"]), rest["pageInfo"]["hasNextPage"]) == (1, False)
    assert (await ask(DAMAGED, SYSTEM, after="WyJ4Il0")).code == "INVALID_INPUT"


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE stored_file SET damage = 'odd'", "stored_file_damage_known"),
        (
            "INSERT INTO fixity_check (sha256, outcome) SELECT sha256, 'odd' FROM stored_file",
            "fixity_check_outcome_known",
        ),
        ("INSERT INTO fixity_check (sha256, outcome) VALUES ('\\x00', 'intact')", "fixity_check_file_fkey"),
    ],
)
async def test_the_database_keeps_the_rules(union: Union, statement: str, constraint: str):
    await add(union.factory, "Tin")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as broken:
        async with db.transaction():
            await db.execute(statement)
    assert db.violated(broken.value) == constraint
