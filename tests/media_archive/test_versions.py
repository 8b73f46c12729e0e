"""Versions: numbered without gaps, never changed, downloadable by editors; renditions and texts are the current one's."""

import asyncio
import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor, picture, worker
from tus_world import Tus, metadata

from kit import db
from kit.audit import account_forgotten
from kit.errors import NotFound
from kit.events import Event
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.jobs import MemoryQueue
from kit.testing import Ask, Client, caller_as, queries
from media_archive.app import service
from media_archive.files.addresses import file_path
from media_archive.keeping.versions import add_version, go_back
from media_archive.search.follow import Follower
from media_archive.uploads.inspection import FileTypeNotAllowed

VERSIONS = """query ($id: ID!, $first: Int! = 20, $after: String) { asset(id: $id) { version fileName
    versions(first: $first, after: $after) {
        nodes { number fileName note sha256 fileSize mediaType isCurrent madeFrom addedBy downloadUrl }
        pageInfo { hasNextPage endCursor } } } }"""
GO_BACK = """mutation ($asset: ID!, $number: Int!, $note: String! = "") {
    goBackToVersion(assetId: $asset, number: $number, note: $note) {
    ... on GoBackToVersionSuccess { asset { version fileName } } ... on Problem { code } } }"""


async def upload(
    client: Client, caller: Caller, asset_id: str, content: bytes, name: str = "b.txt", note: str = ""
) -> Any:
    return await client.post(
        f"/archive/api/assets/{asset_id}/versions", caller=caller, files={"file": (name, content)}, data={"note": note}
    )


async def rows(asset_id: str) -> list[tuple[Any, ...]]:
    found = await db.rows(
        "SELECT number, file_name, note, made_from FROM asset_version WHERE asset_id = $1 ORDER BY number",
        UUID(asset_id),
    )
    return [tuple(row) for row in found]


async def test_a_new_file_is_the_next_version(ask: Ask, client: Client, union: Union):
    minh = caller_as("contributor", union.factory, subject="minh")
    asset_id = await add(union.factory, "Nội quy", b"Ban mot")
    reply = await upload(client, minh, asset_id, b"Ban hai", "noi quy 2.txt", " Sửa điều 4 ")
    assert (reply.status_code, reply.json()) == (201, {"id": asset_id, "version": 2, "repaired": False})
    told = (await ask(VERSIONS, minh, id=asset_id)).field
    assert (told["version"], told["fileName"]) == (2, "noi quy 2.txt")
    second, first = told["versions"]["nodes"]
    assert (second["number"], second["note"], second["isCurrent"], second["addedBy"]) == (2, "Sửa điều 4", True, "minh")
    assert (first["number"], first["fileSize"], first["isCurrent"], first["addedBy"]) == (1, 7, False, "system")
    action, after = tuple(await db.row("SELECT action, after FROM audit ORDER BY id DESC LIMIT 1") or ())
    assert (action, "Sửa" in after) == ("asset.versioned", False)


async def test_earlier_ones_are_loaded_by_editors_alone(ask: Ask, client: Client, union: Union):
    asset_id = await add(union.factory, "Nội quy", b"Ban mot", visibility="union")
    await upload(client, editor(union.factory), asset_id, b"Ban hai")
    nodes = (await ask(VERSIONS, editor(union.north), id=asset_id)).field["versions"]["nodes"]
    url = nodes[1]["downloadUrl"].removeprefix("http://localhost:8000")
    url = "/files/" + url.split("/files/")[1]
    assert (await client.get(url, caller=editor(union.north))).content == b"Ban mot"
    nodes = (await ask(VERSIONS, contributor(union.factory), id=asset_id)).field["versions"]["nodes"]
    assert [one["downloadUrl"] for one in nodes] == [None, None]
    for caller in (contributor(union.factory), editor(union.south), ANONYMOUS):
        assert (await client.get(url, caller=caller)).status_code == 404
    unknown = file_path(UUID(asset_id), "v3", "b.txt")
    assert (await client.get(unknown, caller=editor(union.factory))).status_code == 404
    for caller in (worker(union.factory), editor(union.south)):
        assert (await ask(VERSIONS, caller, id=asset_id)).field["versions"] is None


async def test_pictures_and_texts_are_of_the_current_one(
    ask: Ask, client: Client, union: Union, job_queue: MemoryQueue, search: Follower
):
    asset_id = await add(union.factory, "Tin", b"Chuyen an toan dien")
    await job_queue.run_all()
    await upload(client, contributor(union.factory), asset_id, b"Chuyen ve sinh lao dong")
    await job_queue.run_all()
    await search.catch_up()
    found = "query ($q: String!) { searchAssets(query: $q) { totalCount } }"
    counts = [(await ask(found, SYSTEM, q=q)).field["totalCount"] for q in ("an toan dien", "ve sinh lao dong")]
    assert counts == [0, 1]
    await upload(client, contributor(union.factory), asset_id, picture("PNG", (40, 30)), "a.png")
    assert await db.value("SELECT state FROM rendition WHERE name = 'thumb_320'") == "waiting"
    assert await db.value("SELECT count(*) FROM asset_text WHERE source = 'document'") == 0


async def test_going_back_makes_a_new_number(ask: Ask, client: Client, union: Union):
    who = contributor(union.factory)
    asset_id = await add(union.factory, "Nội quy", b"Ban mot", file_name="a.txt")
    await upload(client, who, asset_id, b"Ban hai")
    assert (await ask(GO_BACK, who, asset=asset_id, number=2)).code == "VERSION_UNCHANGED"
    reply = await ask(GO_BACK, who, asset=asset_id, number=1, note="Bản hai sai")
    assert reply.field == {"asset": {"version": 3, "fileName": "a.txt"}}
    assert await rows(asset_id) == [(1, "a.txt", "", None), (2, "b.txt", "", None), (3, "a.txt", "Bản hai sai", 1)]
    assert await db.value("SELECT count(*) FROM stored_file") == 2
    for caller, number, code in (
        (who, 9, "NOT_FOUND"),
        (worker(union.factory), 1, "FORBIDDEN"),
        (editor(union.south), 1, "NOT_FOUND"),
        (ANONYMOUS, 1, "SIGN_IN_REQUIRED"),
    ):
        assert (await ask(GO_BACK, caller, asset=asset_id, number=number)).code == code
    assert len(await rows(asset_id)) == 3


@pytest.mark.parametrize(
    ("content", "note", "status", "code"),
    [
        (b"Ban mot", "", 422, "VERSION_UNCHANGED"),
        (b"", "", 422, "FILE_EMPTY"),
        (b"<svg/>", "", 422, "FILE_TYPE_NOT_ALLOWED"),
        (b"Khac", "x" * 1001, 422, "INVALID_INPUT"),
    ],
)
async def test_refuses_what_is_no_version(
    client: Client, union: Union, content: bytes, note: str, status: int, code: str
):
    asset_id = await add(union.factory, "Nội quy", b"Ban mot")
    reply = await upload(client, contributor(union.factory), asset_id, content, note=note)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert len(await rows(asset_id)) == 1


async def test_who_may_not_change_it_adds_none(client: Client, union: Union):
    asset_id = await add(union.factory, "Công khai", b"Ban mot", visibility="public")
    for caller, status in (
        (ANONYMOUS, 401),
        (worker(union.factory), 403),
        (contributor(union.factory), 403),
        (editor(union.south), 403),
    ):
        assert (await upload(client, caller, asset_id, b"Ban hai")).status_code == status
    assert (await upload(client, editor(union.factory), asset_id, b"Ban hai")).status_code == 201
    hidden = await add(union.factory, "Riêng", b"Ban khac", visibility="private")
    assert (await upload(client, editor(union.south), hidden, b"Ban ba")).status_code == 404


async def test_comes_by_tus_too(client: Client, union: Union, job_queue: MemoryQueue):
    asset_id = await add(union.factory, "Nội quy", b"Ban mot", visibility="public")
    told = metadata(asset=asset_id, filename="c.txt", note="Qua tus")
    refused = await Tus(client, contributor(union.factory)).ask(
        "POST", upload_length="7", upload_metadata=told, content_type=None
    )
    assert refused.status_code == 403
    tus = Tus(client, editor(union.factory))
    opened = await tus.ask("POST", upload_length="7", upload_metadata=told)
    url = opened.headers["location"]
    await tus.send(url, 0, b"Ban hai")
    await job_queue.run_all()
    outcome = (await tus.ask("GET", url)).json()
    assert (outcome["state"], outcome["asset"]) == ("taken", asset_id)
    assert await rows(asset_id) == [(1, "tai-lieu.txt", "", None), (2, "c.txt", "Qua tus", None)]
    assert await db.value("SELECT count(*) FROM asset") == 1


async def test_tus_refuses_a_version_of_what_went_or_became_public_meanwhile(
    client: Client, union: Union, job_queue: MemoryQueue
):
    asset_id = await add(union.factory, "Nội quy", b"Ban mot")
    tus = Tus(client, contributor(union.factory))
    codes: list[str] = []
    for content, change in (
        (b"Ban hai", "UPDATE asset SET visibility = 'public'"),
        (b"Ban mot", "UPDATE asset SET visibility = 'unit'"),
        (
            b"Ban bay",
            """UPDATE asset SET state = 'deleted', deleted_at = now(), deletion_reason = 'other',
               keep_until = '2999-01-01'""",
        ),
    ):
        opened = await tus.ask("POST", upload_length="7", upload_metadata=metadata(asset=asset_id, filename="c.txt"))
        assert opened.status_code == 201
        await tus.send(opened.headers["location"], 0, content)
        await db.execute(change)
        await job_queue.run_all()
        codes.append((await tus.ask("GET", opened.headers["location"])).json()["code"])
        await db.execute("UPDATE asset SET visibility = 'unit'")
    assert codes == ["FORBIDDEN", "VERSION_UNCHANGED", "NOT_FOUND"]
    assert len(await rows(asset_id)) == 1


@pytest.mark.committed
async def test_two_at_once_get_numbers_one_after_the_other(union: Union, tmp_path: Path):
    asset_id = await add(union.factory, "Nội quy", b"Ban mot")
    files = [tmp_path / str(number) for number in range(4)]
    for number, file in enumerate(files):
        file.write_bytes(f"Ban {number}".encode())
    added = await asyncio.gather(*(add_version(SYSTEM, UUID(asset_id), file, file.name) for file in files))
    assert sorted(one.number for one in added) == [2, 3, 4, 5]
    current = await db.row("SELECT version, file_name FROM asset")
    last = max(added, key=lambda one: one.number)
    assert tuple(current or ()) == (5, files[added.index(last)].name)


async def test_lists_are_paged_and_cost_the_same_few_statements(ask: Ask, client: Client, union: Union):
    asset_id = await add(union.factory, "Nội quy", b"Ban 0")
    for number in range(1, 4):
        await upload(client, editor(union.factory), asset_id, f"Ban {number}".encode())
    with queries() as seen:
        page = (await ask(VERSIONS, SYSTEM, id=asset_id, first=2)).field["versions"]
    assert ([one["number"] for one in page["nodes"]], seen.count) == ([4, 3], 3)
    page = (await ask(VERSIONS, SYSTEM, id=asset_id, first=2, after=page["pageInfo"]["endCursor"])).field["versions"]
    assert ([one["number"] for one in page["nodes"]], page["pageInfo"]["hasNextPage"]) == ([2, 1], False)
    beyond = base64.urlsafe_b64encode(b"[9000000000000000000]").decode().rstrip("=")
    page = (await ask(VERSIONS, SYSTEM, id=asset_id, first=1, after=beyond)).field["versions"]
    assert [one["number"] for one in page["nodes"]] == [4]
    with pytest.raises(NotFound):
        await go_back(SYSTEM, UUID(asset_id), 2**40)
    await add(union.factory, "Khác")
    with queries() as seen:
        await ask("{ assets { nodes { versions(first: 2) { nodes { number } } } } }", SYSTEM)
    assert seen.count == 3


async def test_whoever_was_erased_is_an_alias_there_too(client: Client, union: Union):
    lan = caller_as("contributor", union.factory, subject="lan")
    asset_id = await add(union.factory, "Nội quy", b"Ban mot", caller=caller_as("editor", union.root, subject="minh"))
    assert (await upload(client, lan, asset_id, b"Ban hai")).status_code == 201
    with pytest.raises(FileTypeNotAllowed):
        await add(union.factory, "Giả", b"<svg/>", file_name="a.jpg", caller=lan)
    alias = f"erased:{uuid4()}"
    told = account_forgotten("lan", alias)
    await service.consumes["org"]["account.forgotten"](Event(9, "account.forgotten", datetime.now(UTC), told))
    people = await db.rows("SELECT added_by FROM asset_version ORDER BY number")
    assert [row["added_by"] for row in people] == ["minh", alias]
    assert await db.value("SELECT subject FROM quarantined_file") == alias


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE asset_version SET made_from = 9 WHERE number = 10", "asset_version_made_from"),
        ("UPDATE asset_version SET made_from = number", "asset_version_made_from_earlier"),
        ("UPDATE asset_version SET number = 0", "asset_version_number_positive"),
        ("UPDATE asset_version SET note = repeat('a', 1001)", "asset_version_note_length"),
        ("UPDATE asset_version SET sha256 = decode(repeat('00', 32), 'hex') WHERE number = 10", "asset_version_stored"),
        ("INSERT INTO asset_version SELECT * FROM asset_version", "asset_version_pkey"),
        ("UPDATE asset SET version = 2", "asset_is_a_version"),
    ],
)
async def test_the_database_keeps_the_rules(union: Union, statement: str, constraint: str):
    asset_id = await add(union.factory, "Nội quy", b"Ban mot")
    if "number = 10" in statement:
        await db.execute(
            """INSERT INTO asset_version (asset_id, number, sha256, file_name)
               SELECT $1, 10, sha256, 'a' FROM asset WHERE id = $1""",
            UUID(asset_id),
        )
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as broken:
        async with db.transaction():
            await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
            await db.execute(statement)
    assert db.violated(broken.value) == constraint
