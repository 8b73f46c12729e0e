"""A unit that is moved or merged while a file for it comes in takes the file along, and nobody's rights lag behind."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from archive_world import TestUnit, Union, add, contributor, tell, worker

from kit import db
from kit.errors import Forbidden
from kit.identity import SYSTEM, Caller
from kit.testing import Ask

pytestmark = pytest.mark.committed

WHERE = "SELECT unit_path FROM asset WHERE id = $1::uuid"
WAITED_FOR = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
DOCUMENT = "query ($id: ID!) { asset(id: $id) { title } }"


async def move_factory(union: Union) -> None:
    await tell(
        "unit.moved",
        id=str(union.factory.id),
        parent_id=str(union.south.id),
        old_path=union.factory.path,
        new_path=below(union.south),
        valid_from="2025-07-01",
        tree_version=10,
    )


async def merge_factory_into_south(union: Union) -> None:
    closed: dict[str, Any] = {
        "id": str(union.factory.id),
        "number": union.factory.number,
        "path": below(union.south),
        "parent_id": str(union.north.id),
        "name_vi": union.factory.name_vi,
        "name_en": "Factory",
        "short_name": None,
        "code": "U3",
        "level": "grassroots",
        "kind": "enterprise",
        "region": None,
        "created_on": "2023-01-01",
        "closed_on": "2025-07-01",
        "scopes": [{"path": union.factory.path, "since": "2023-01-01", "until": "2025-07-01"}],
    }
    await tell("units.rewritten", units=[closed], tree_version=10)


def below(unit: TestUnit) -> str:
    return unit.path + "00003"


async def somebody_waits() -> None:
    """Return once another connection waits for what this transaction has locked."""
    async with asyncio.timeout(10):
        while not await db.value(WAITED_FOR):
            await asyncio.sleep(0.01)


NEWS = pytest.mark.parametrize("change", [move_factory, merge_factory_into_south])


async def upload_during(change: Callable[[Union], Awaitable[None]], union: Union, caller: Caller) -> str:
    """Begin an upload, which has a connection of its own, while a change of its unit is not committed yet."""
    begun = asyncio.Event()

    async def upload() -> str:
        await begun.wait()
        return await add(union.factory, "Bản tin", caller=caller)

    uploading = asyncio.create_task(upload())
    async with db.transaction():
        await change(union)
        begun.set()
        await somebody_waits()
    return await uploading


@NEWS
async def test_a_file_that_comes_in_during_a_change_stands_where_its_unit_stands_afterwards(
    ask: Ask, union: Union, change: Callable[[Union], Awaitable[None]]
):
    asset_id = await upload_during(change, union, SYSTEM)
    assert await db.value(WHERE, asset_id) == below(union.south)
    assert (await ask(DOCUMENT, worker(union.north), id=asset_id)).field is None
    assert (await ask(DOCUMENT, worker(union.south), id=asset_id)).field == {"title": "Bản tin"}


@NEWS
async def test_who_loses_the_unit_while_the_file_comes_in_is_refused(
    union: Union, change: Callable[[Union], Awaitable[None]]
):
    with pytest.raises(Forbidden):
        await upload_during(change, union, contributor(union.north))
    assert await db.value("SELECT count(*) FROM asset") == 0
    assert await db.value("SELECT count(*) FROM stored_file") == 0


@NEWS
async def test_a_change_that_comes_after_the_file_waits_for_it_and_takes_it_along(
    union: Union, change: Callable[[Union], Awaitable[None]]
):
    begun = asyncio.Event()

    async def told() -> None:
        await begun.wait()
        async with db.transaction():
            await change(union)

    telling = asyncio.create_task(told())
    async with db.transaction():
        asset_id = await add(union.factory, "Bản tin", caller=contributor(union.north))
        assert await db.value(WHERE, asset_id) == union.factory.path
        begun.set()
        await somebody_waits()
    await telling
    assert await db.value(WHERE, asset_id) == below(union.south)
