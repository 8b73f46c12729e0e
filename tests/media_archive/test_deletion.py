"""Deletion: out of sight at once, taken back until its day, gone after it with all that nobody else needs."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor, picture, worker

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM
from kit.jobs import MemoryQueue
from kit.storage import storage
from kit.testing import Ask, Client, caller_as, queries
from media_archive.collections.items import add_items
from media_archive.collections.service import create_collection
from media_archive.files.addresses import ORIGINAL, file_path
from media_archive.keeping.jobs import purge_deleted
from media_archive.search.follow import Follower
from media_archive.uploads import keeping

DELETE = """mutation ($id: ID!, $reason: String! = "mistake") { deleteAsset(assetId: $id, reason: $reason) {
    ... on DeleteAssetSuccess { id keepUntil } ... on Problem { code } } }"""
RESTORE = """mutation ($id: ID!) { restoreAsset(assetId: $id) {
    ... on RestoreAssetSuccess { asset { title } } ... on Problem { code } } }"""
HOLD = """mutation ($id: ID!) { holdAsset(assetId: $id) {
    ... on HoldAssetSuccess { asset { isHeld } } ... on Problem { code } } }"""
RELEASE = HOLD.replace("holdAsset", "releaseAsset")
DELETED = """query ($first: Int! = 20, $after: String) { deletedAssets(first: $first, after: $after) {
    nodes { id title reason keepUntil unit { id } } pageInfo { hasNextPage endCursor } } }"""


async def over(asset_id: str) -> None:
    """Let the day come on which it goes."""
    await db.execute("UPDATE asset SET keep_until = $2 WHERE id = $1", UUID(asset_id), today())


async def counts() -> dict[str, int]:
    tables = ("asset", "asset_version", "stored_file", "rendition", "tombstone")
    return {table: await db.value(f"SELECT count(*) FROM {table}") for table in tables}


async def test_it_is_out_of_every_list_search_and_file_at_once(
    ask: Ask, client: Client, union: Union, search: Follower
):
    asset_id = await add(union.factory, "An toàn điện", b"Noi dung", visibility="public")
    collection = await create_collection(SYSTEM, union.factory.id, "Bộ", visibility="public")
    await add_items(SYSTEM, collection["id"], [UUID(asset_id)])
    url = file_path(UUID(asset_id), ORIGINAL, "a.txt")
    await search.catch_up()
    assert (await client.get(url)).status_code == 200
    reply = await ask(DELETE, editor(union.factory), id=asset_id)
    assert reply.field == {"id": asset_id, "keepUntil": (today() + timedelta(days=90)).isoformat()}
    for caller in (ANONYMOUS, editor(union.factory), caller_as("admin", union.root)):
        assert (await client.get(url, caller=caller)).status_code == 404
        assert (await ask("query ($id: ID!) { asset(id: $id) { id } }", caller, id=asset_id)).code == "NOT_FOUND"
        assert (await ask("{ assets { nodes { id } } }", caller)).field["nodes"] == []
        found = 'query { searchAssets(query: "an toan dien") { totalCount nodes { asset { id } } } }'
        assert (await ask(found, caller)).field["nodes"] == []
        assert (await ask("{ collections { nodes { itemCount } } }", caller)).field["nodes"] == [{"itemCount": 0}]
        assert (await client.get(f"/archive/items/{asset_id}", caller=caller)).status_code == 404
    await search.catch_up()
    assert (await ask(found, SYSTEM)).field["totalCount"] == 0


async def test_an_editor_brings_it_back_as_it_was(ask: Ask, union: Union, search: Follower):
    asset_id = await add(union.factory, "An toàn điện", visibility="union")
    await ask(DELETE, editor(union.factory), id=asset_id, reason="duplicate")
    listed = (await ask(DELETED, editor(union.north))).field["nodes"]
    assert [(one["id"], one["title"], one["reason"]) for one in listed] == [(asset_id, "An toàn điện", "duplicate")]
    assert (await ask(DELETED, editor(union.south))).field["nodes"] == []
    for caller, code in (
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (contributor(union.factory), "NOT_FOUND"),
        (editor(union.south), "NOT_FOUND"),
    ):
        assert (await ask(RESTORE, caller, id=asset_id)).code == code
    assert (await ask(RESTORE, editor(union.factory), id=asset_id)).field == {"asset": {"title": "An toàn điện"}}
    assert (await ask(RESTORE, editor(union.factory), id=asset_id)).code == "NOT_FOUND"
    await search.catch_up()
    assert (await ask('{ searchAssets(query: "an toan") { totalCount } }', SYSTEM)).field["totalCount"] == 1
    told = [row["action"] for row in await db.rows("SELECT action FROM audit ORDER BY id")]
    assert told == ["asset.added", "asset.deleted", "asset.restored"]


async def test_who_may_not_deletes_nothing(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Tin", visibility="union")
    for caller, code in (
        (ANONYMOUS, "NOT_FOUND"),
        (worker(union.factory), "FORBIDDEN"),
        (contributor(union.factory), "FORBIDDEN"),
        (editor(union.south), "FORBIDDEN"),
    ):
        assert (await ask(DELETE, caller, id=asset_id)).code == code
    assert (await ask(DELETE, editor(union.factory), id=asset_id, reason="boredom")).code == "INVALID_INPUT"
    assert (await ask(DELETED, contributor(union.factory))).code == "FORBIDDEN"
    assert await db.value("SELECT state FROM asset") == "kept"


async def test_what_is_held_stays(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Tin")
    admin = caller_as("admin", union.factory)
    assert (await ask(HOLD, editor(union.factory), id=asset_id)).code == "FORBIDDEN"
    assert (await ask(HOLD, admin, id=asset_id)).field == {"asset": {"isHeld": True}}
    assert (await ask(HOLD, admin, id=asset_id)).field == {"asset": {"isHeld": True}}
    assert (await ask(DELETE, editor(union.factory), id=asset_id)).code == "ASSET_HELD"
    with pytest.raises(asyncpg.CheckViolationError) as broken:
        async with db.transaction():
            await db.execute("DELETE FROM asset")
    assert db.violated(broken.value) == "asset_held_stays"
    assert (await ask(RELEASE, admin, id=asset_id)).field == {"asset": {"isHeld": False}}
    assert (await ask(DELETE, editor(union.factory), id=asset_id)).code is None


async def test_after_its_day_it_goes_with_what_nobody_else_needs(ask: Ask, union: Union, job_queue: MemoryQueue):
    photo, shared = picture("PNG", (40, 30)), b"Noi dung chung"
    alone = await add(union.factory, "Ảnh", photo)
    one, other = await add(union.factory, "Một", shared), await add(union.south, "Hai", shared)
    await job_queue.run_all()
    before = await counts()
    keys = {keeping.key_of(row["sha256"]) for row in await db.rows("SELECT sha256 FROM stored_file")}
    for asset_id in (alone, one):
        await ask(DELETE, editor(union.root), id=asset_id, reason="outdated")
    await purge_deleted()
    assert await counts() == before
    for asset_id in (alone, one):
        await over(asset_id)
    await purge_deleted()
    kept = await db.rows("SELECT sha256 FROM stored_file")
    left = {keeping.key_of(row["sha256"]) for row in kept}
    assert await counts() == before | {
        "asset": 1,
        "asset_version": 1,
        "stored_file": 1,
        "rendition": before["rendition"] // 3,
        "tombstone": 2,
    } | {"rendition": await db.value("SELECT count(*) FROM rendition WHERE asset_id = $1", UUID(other))}
    assert [await storage().size(key) is not None for key in sorted(keys)] == [key in left for key in sorted(keys)]
    stones = await db.rows("SELECT asset_id::text, unit_id, reason FROM tombstone ORDER BY asset_id::text")
    assert [tuple(row) for row in stones] == sorted((each, union.factory.id, "outdated") for each in (alone, one))
    assert (await ask(RESTORE, editor(union.root), id=one)).code == "NOT_FOUND"
    assert await db.value("SELECT count(*) FROM file_in_transit") == 0


async def test_a_file_that_comes_again_while_it_goes_is_kept(union: Union, ask: Ask):
    content = b"Noi dung"
    asset_id = await add(union.factory, "Một", content)
    sha256 = await db.value("SELECT sha256 FROM stored_file")
    await ask(DELETE, editor(union.factory), id=asset_id)
    await over(asset_id)
    # Put, and not settled yet, when the purge comes.
    kept = await keeping.keep(content, "text/plain")
    await purge_deleted()
    assert await storage().size(keeping.key_of(sha256)) == len(content)
    async with db.transaction():
        await keeping.settle(kept)
    assert await db.value("SELECT count(*) FROM file_in_transit") == 0
    assert await storage().get(keeping.key_of(sha256)) == content


async def test_the_list_is_paged_with_the_same_number_of_statements(ask: Ask, union: Union):
    for number in range(3):
        await ask(DELETE, SYSTEM, id=await add(union.factory, str(number)))
    with queries() as seen:
        page = (await ask(DELETED, SYSTEM, first=2)).field
    assert ([one["title"] for one in page["nodes"]], seen.count) == (["2", "1"], 1)
    page = (await ask(DELETED, SYSTEM, first=2, after=page["pageInfo"]["endCursor"])).field
    assert ([one["title"] for one in page["nodes"]], page["pageInfo"]["hasNextPage"]) == (["0"], False)


DELETED_ROW = (
    "UPDATE asset SET state = 'deleted', deleted_at = now(), deletion_reason = 'other', keep_until = '2999-1-1'"
)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        (DELETED_ROW.replace("'other'", "'boredom'"), "asset_deletion_reason_known"),
        (DELETED_ROW + ", held_at = now()", "asset_held_is_kept"),
        (
            "INSERT INTO tombstone SELECT id, unit_id, 'other', now() + interval '1 day' FROM asset",
            "tombstone_after_deletion",
        ),
        (
            "INSERT INTO tombstone SELECT id, unit_id, 'other', added_at FROM asset, generate_series(1, 2)",
            "tombstone_pkey",
        ),
    ],
)
async def test_the_database_keeps_the_rules(union: Union, statement: str, constraint: str):
    await add(union.factory, "Tin")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as broken:
        async with db.transaction():
            await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
            await db.execute(statement)
    assert db.violated(broken.value) == constraint
