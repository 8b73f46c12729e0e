"""A harvester that others wrote (sickle, which Open Access projects use) takes the archive whole and in parts."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from archive_browser import origin
from archive_world import Union, add
from oai_world import many_public
from sickle import Sickle
from sickle.oaiexceptions import NoRecordsMatch

from kit import db
from kit.identity import SYSTEM
from media_archive.assets.service import Changes, describe_asset
from media_archive.interop.following import catch_up

__all__ = ["origin"]

DC = "oai_dc"


@pytest.fixture
def harvester(origin: str) -> Iterator[Sickle]:
    sickle = Sickle(f"{origin}/oai")
    yield sickle
    if session := getattr(sickle, "session", None):
        session.close()


async def taken(ask: Callable[[], Any]) -> list[Any]:
    """What it takes, on a thread of its own: the archive answers on this one."""
    return await asyncio.to_thread(lambda: list(ask()))


def ids(found: list[Any]) -> set[str]:
    headers = [getattr(one, "header", one) for one in found]
    return {one.identifier.rpartition(":")[2] for one in headers}


async def test_takes_all_records_piece_by_piece(harvester: Sickle, union: Union):
    made = {str(one) for one in await many_public(union.factory, 1_203)}
    found = await taken(lambda: harvester.ListRecords(metadataPrefix=DC))
    assert (len(found), ids(found)) == (1_203, made)
    first = found[0].metadata
    assert first["identifier"] == [f"http://127.0.0.1:8080/archive/items/{found[0].header.identifier[-36:]}"]
    assert (first["publisher"], first["language"]) == ([union.factory.name_vi], ["vi"])
    headers = await taken(lambda: harvester.ListIdentifiers(metadataPrefix=DC))
    assert (len(headers), ids(headers)) == (1_203, made)


async def test_takes_a_set_and_what_changed_since_a_day(harvester: Sickle, union: Union):
    north = await add(union.factory, "Bắc", visibility="public")
    south = await add(union.south, "Nam", visibility="public")
    await catch_up()
    await db.execute("UPDATE oai_record SET datestamp = '2026-03-01 12:00Z' WHERE asset_id = $1::uuid", north)
    sets = {one.setSpec: one.setName for one in await taken(harvester.ListSets)}
    assert sets[f"unit:{union.south.id}"] == union.south.name_vi
    for asked, expected in (
        ({}, {north, south}),
        ({"set": f"unit:{union.south.id}"}, {south}),
        ({"set": f"unit:{union.north.id}"}, {north}),
        ({"from": "2026-03-02"}, {south}),
        ({"from": "2026-03-01", "until": "2026-03-01"}, {north}),
        ({"until": "2026-03-01T12:00:00Z", "set": f"unit:{union.root.id}"}, {north}),
    ):
        found = await taken(lambda asked=asked: harvester.ListRecords(metadataPrefix=DC, **asked))
        assert ids(found) == expected, asked
    with pytest.raises(NoRecordsMatch):
        await taken(lambda: harvester.ListRecords(metadataPrefix=DC, until="2026-02-28"))


async def test_learns_of_what_is_public_no_more(harvester: Sickle, union: Union):
    kept, gone = [await add(union.factory, title, visibility="public") for title in ("Còn", "Rút")]
    await catch_up()
    await describe_asset(SYSTEM, UUID(gone), Changes(visibility="unit"))
    found = await taken(lambda: harvester.ListRecords(metadataPrefix=DC))
    assert {one.header.identifier[-36:]: one.deleted for one in found} == {kept: False, gone: True}
    alive = await taken(lambda: harvester.ListRecords(metadataPrefix=DC, ignore_deleted=True))
    assert ids(alive) == {kept}
    record = await asyncio.to_thread(
        lambda: harvester.GetRecord(metadataPrefix=DC, identifier=found[0].header.identifier)
    )
    assert record.header.identifier == found[0].header.identifier


async def test_learns_whom_it_asks(harvester: Sickle, union: Union):
    await add(union.factory, "Tờ rơi", visibility="public")
    told = await asyncio.to_thread(harvester.Identify)
    assert (told.protocolVersion, told.deletedRecord, told.granularity) == ("2.0", "persistent", "YYYY-MM-DDThh:mm:ssZ")
    assert [one.metadataPrefix for one in await taken(harvester.ListMetadataFormats)] == [DC]
