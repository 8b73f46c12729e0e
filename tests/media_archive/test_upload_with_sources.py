"""On the plain form a copy and the link to what it was made from come in together, or neither does."""

import asyncio
from uuid import UUID

import pytest
from archive_world import Union, add, contributor, small_union

from kit import db
from kit.testing import Client

pytestmark = pytest.mark.committed

LOCK = "SELECT pg_advisory_xact_lock(7421102)"
WAITED_FOR = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
KEPT = """SELECT (SELECT array_agg(title) FROM asset WHERE state = 'kept'), (SELECT count(*) FROM derivation),
    (SELECT count(*) FROM asset_version), (SELECT count(*) FROM audit), (SELECT count(*) FROM asset_change)"""


@pytest.fixture
async def union(database: object) -> Union:
    return await small_union()


async def send(client: Client, union: Union, source: str):
    form = {"unit": str(union.factory.id), "title": "Bản rút gọn", "from": source}
    return await client.post(
        "/archive/upload",
        caller=contributor(union.factory),
        data=form,
        files={"file": ("rut-gon.txt", b"Ng\xe1\xba\xafn h\xc6\xa1n.", "text/plain")},
    )


async def test_both_come_in_at_once(client: Client, union: Union):
    source = await add(union.south, "Bản gốc", visibility="union")
    reply = await send(client, union, source)
    assert reply.status_code == 303
    copy = reply.headers["location"].rpartition("/")[2]
    row = await db.row("SELECT asset_id, source_id FROM derivation")
    assert row is not None
    assert tuple(row) == (UUID(copy), UUID(source))
    actions = await db.rows("SELECT action FROM audit WHERE thing_id = $1 ORDER BY id", copy)
    assert [one["action"] for one in actions] == ["asset.added", "asset.derived"]


async def test_a_link_that_is_refused_leaves_no_copy(client: Client, union: Union):
    source = await add(union.south, "Bản gốc", visibility="union")
    before = await db.row(KEPT)
    locked = asyncio.Event()

    async def sent_meanwhile():
        await locked.wait()
        return await send(client, union, source)

    # Begun outside the transaction, so that it has a connection of its own.
    sending = asyncio.create_task(sent_meanwhile())
    async with asyncio.timeout(20):
        async with db.transaction():
            # Whoever links waits here, while its unit takes the source back.
            await db.execute(LOCK)
            locked.set()
            while not await db.value(WAITED_FOR):
                await asyncio.sleep(0.01)
            await db.execute("UPDATE asset SET visibility = 'private' WHERE id = $1", UUID(source))
        reply = await sending
    assert reply.status_code == 404
    after = await db.row(KEPT)
    assert after == before
    assert after is not None
    assert after[0] == ["Bản gốc"]
