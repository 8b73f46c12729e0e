"""Whoever works with materials and takes an original leaves a trace; who looks at a page does not."""

from uuid import UUID

from archive_world import Union, add, contributor, worker

from kit import db
from kit.identity import ANONYMOUS
from kit.testing import Client
from media_archive.files.addresses import ORIGINAL, file_path


async def test_an_original_that_is_taken_leaves_one_trace(client: Client, union: Union):
    address = file_path(UUID(await add(union.north, "Tờ rơi", visibility="public")), ORIGINAL, "a.txt")
    caller = contributor(union.factory)
    for who in (ANONYMOUS, worker(union.factory)):
        await client.get(address, caller=who)
    for shown in ("image", "audio", "video"):
        await client.get(address, caller=caller, headers={"sec-fetch-dest": shown})
    await client.request("HEAD", address, caller=caller)
    assert await db.value("SELECT count(*) FROM reuse") == 0
    for headers in ({}, {"range": "bytes=0-3"}):
        assert (await client.get(address, caller=caller, headers=headers)).status_code in (200, 206)
    traces = await db.rows("SELECT unit_id, kind, subject FROM reuse")
    assert [tuple(row) for row in traces] == [(union.factory.id, "download", None)]
