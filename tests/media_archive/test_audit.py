"""The audit trail of materials: every change leaves a trace, admins read it, nobody alters it, people can be forgotten."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import pytest
from archive_world import UNTOLD, Union, add, contributor, editor
from tus_world import Tus

from kit import db
from kit.audit import account_forgotten
from kit.events import Event
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.jobs import MemoryQueue
from kit.testing import Ask, Client, caller_as, mutations, queries, reaches_the_trail
from loa.databases import ensure_databases
from media_archive.app import service
from media_archive.schema import Mutation

TRAIL = """
query ($unit: ID!, $asset: ID, $first: Int! = 50, $after: String) {
  archiveAuditTrail(unitId: $unit, assetId: $asset, first: $first, after: $after) {
    nodes { subject action kind thingId before after unit { id } }
    pageInfo { hasNextPage endCursor } } }"""
DESCRIBE = """mutation ($input: DescribeAssetInput!) { describeAsset(input: $input) {
    ... on DescribeAssetSuccess { asset { title } } ... on Problem { code } } }"""


async def trail(ask: Ask, caller: Caller, **asked: object) -> list[tuple[str, str, object, object]]:
    reply = await ask(TRAIL, caller, **asked)
    return [
        (one["subject"], one["action"], orjson.loads(one["before"] or "null"), orjson.loads(one["after"] or "null"))
        for one in reply.field["nodes"]
    ]


async def test_tells_who_added_and_who_described_without_any_text(ask: Ask, union: Union):
    admin = caller_as("admin", union.root, subject="lan")
    asset_id = await add(union.factory, "Chị Nguyễn Thị Mai", caller=contributor(union.factory))
    said = {"id": asset_id, "title": "Chị Mai", "description": "Ở Bắc Ninh", "visibility": "union", "kind": "article"}
    assert (await ask(DESCRIBE, editor(union.factory), input=said)).code is None
    told = await trail(ask, admin, unit=str(union.root.id), asset=asset_id)
    sha256 = await db.value("SELECT encode(sha256, 'hex') FROM asset")
    assert told == [
        (
            "test-person",
            "asset.described",
            {"visibility": "unit"},
            {"visibility": "union", "texts": ["description", "title"]},
        ),
        ("test-person", "asset.added", None, {"kind": None, "visibility": "unit", "sha256": sha256}),
    ]
    assert "Mai" not in str(await db.rows("SELECT before, after FROM audit"))


async def test_what_changes_nothing_is_not_told(ask: Ask, union: Union):
    asset_id = await add(union.factory, "Tờ rơi")
    before = await db.value("SELECT count(*) FROM asset_change")
    assert (await ask(DESCRIBE, editor(union.factory), input={"id": asset_id, "title": "Tờ rơi"})).code is None
    assert await db.value("SELECT count(*) FROM audit") == 1
    assert await db.value("SELECT count(*) FROM asset_change") == before


async def test_an_upload_in_pieces_is_told_of_whoever_sent_it(
    ask: Ask, client: Client, union: Union, job_queue: MemoryQueue
):
    tus = Tus(client, caller_as("contributor", union.factory, subject="minh"))
    await tus.send(await tus.opened(union.factory, 3), 0, b"abc")
    await job_queue.run_all()
    told = await trail(ask, SYSTEM, unit=str(union.factory.id))
    assert [(subject, action) for subject, action, _, _ in told] == [("minh", "asset.added")]


async def test_admins_read_what_was_done_to_their_unit_and_those_below(ask: Ask, union: Union):
    for unit in (union.factory, union.north, union.south):
        await add(unit, unit.name_vi)
    told = {
        unit.number: len(await trail(ask, caller_as("admin", union.root), unit=str(unit.id)))
        for unit in (union.root, union.north, union.factory, union.south, union.mine)
    }
    assert told == {1: 3, 2: 2, 3: 1, 4: 1, 5: 0}


async def test_nobody_else_reads_it(ask: Ask, union: Union):
    await add(union.factory, "Tờ rơi", visibility="public")
    for caller, code in (
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (editor(union.root), "FORBIDDEN"),
        (caller_as("admin", union.south), "FORBIDDEN"),
    ):
        reply = await ask(TRAIL, caller, unit=str(union.factory.id))
        assert (reply.code, reply.data) == (code, {"archiveAuditTrail": None})
    unknown = await ask(TRAIL, editor(union.root), unit=str(uuid4()))
    assert unknown.code == "FORBIDDEN"


async def test_is_read_page_by_page_with_the_same_number_of_statements(ask: Ask, union: Union):
    for number in range(5):
        await add(union.factory, f"Tờ rơi {number}")
    admin = caller_as("admin", union.root)
    seen: list[str] = []
    after, counts = None, set[int]()
    while True:
        with queries() as statements:
            page = (await ask(TRAIL, admin, unit=str(union.root.id), first=2, after=after)).field
        counts.add(statements.count)
        seen += [one["thingId"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == 5
    assert counts == {2}


@pytest.mark.parametrize("name", [name for name, _ in mutations(Mutation)])
def test_every_mutation_reaches_the_trail_but_what_is_only_for_oneself(name: str):
    parts = name.split("_")
    in_graph = parts[0] + "".join(part.capitalize() for part in parts[1:])
    assert reaches_the_trail(dict(mutations(Mutation))[name]) is (in_graph not in UNTOLD)


@pytest.fixture
async def production(test_servers: Any) -> AsyncIterator[asyncpg.Connection]:
    """Connected as the service is in production: as the role that `up` makes, which owns its database and its tables."""
    name = f"archive_audit_{secrets.token_hex(4)}"
    server = await asyncpg.connect(test_servers[0])
    try:
        (url,) = (await ensure_databases(test_servers[0], [name], lambda _: "secret")).values()
        command = (sys.executable, "-m", "kit.migrate", "media_archive.app")
        migrating = await asyncio.create_subprocess_exec(*command, env={**os.environ, "LOA_DATABASE_URL": url})
        assert await migrating.wait() == 0
        connection = await asyncpg.connect(url)
        try:
            yield connection
        finally:
            await connection.close()
    finally:
        await server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await server.execute(f'DROP ROLE IF EXISTS "{name}"')
        await server.close()


async def test_the_service_itself_may_add_and_forget_but_not_alter(production: asyncpg.Connection):
    assert not await production.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    await production.execute("INSERT INTO audit (subject, action, kind, thing_id) VALUES ('lan', 'a.b', 'asset', '1')")
    for statement in ("UPDATE audit SET action = 'a.c'", "DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await production.execute(statement)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await production.execute("UPDATE audit SET subject = 'minh'")
    assert db.violated(refused.value) == "audit_only_forgets"
    await production.execute("UPDATE audit SET subject = 'erased:00000000-0000-0000-0000-000000000001'")
    assert await production.fetchval("SELECT action FROM audit") == "a.b"


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("INSERT INTO audit (subject, action, kind, thing_id) VALUES ('a', 'added', 'asset', '1')", "action_is_a_code"),
        ("INSERT INTO audit (subject, action, kind, thing_id) VALUES ('a', 'a.b', 'person', '1')", "kind_known"),
        ("INSERT INTO audit (subject, action, kind, thing_id) VALUES ('a', 'a.b', 'asset', '')", "says_what"),
    ],
)
async def test_an_entry_says_what_was_done_to_what(database: object, statement: str, constraint: str):
    with pytest.raises(asyncpg.CheckViolationError) as broken:
        async with db.transaction():
            await db.execute(statement)
    assert db.violated(broken.value) == f"audit_{constraint}"


async def test_an_erased_persons_account_becomes_an_alias(client: Client, union: Union):
    await add(union.factory, "Tờ rơi", caller=caller_as("contributor", union.factory, subject="lan"))
    await add(union.factory, "Áp phích", caller=caller_as("contributor", union.factory, subject="minh"))
    await Tus(client, caller_as("contributor", union.factory, subject="lan")).opened(union.factory, 3)
    alias = f"erased:{uuid4()}"
    apply = service.consumes["org"]["account.forgotten"]
    await apply(
        Event(number=9, type="account.forgotten", at=datetime.now(UTC), payload=account_forgotten("lan", alias))
    )
    assert [row["subject"] for row in await db.rows("SELECT subject FROM audit ORDER BY id")] == [alias, "minh"]
    assert await db.value("SELECT subject FROM upload") == alias
    assert [row["subject"] for row in await db.rows("SELECT subject FROM upload_count ORDER BY files DESC")] == [
        alias,
        "minh",
    ]
