"""What lies in a collection: added, taken out, put in order by many people at once, shown to whoever may see it."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor, picture, worker

from kit import db
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.jobs import MemoryQueue
from kit.testing import Ask
from media_archive.collections import items
from media_archive.collections.service import create_collection

CHANGED = "{ ... on CollectionSuccess { collection { itemCount } } ... on Problem { code } } }"
ADD = f"mutation ($id: ID!, $assets: [ID!]!) {{ addToCollection(id: $id, assetIds: $assets) {CHANGED}"
TAKE = f"mutation ($id: ID!, $asset: ID!) {{ takeFromCollection(id: $id, assetId: $asset) {CHANGED}"
MOVE = f"""mutation ($id: ID!, $asset: ID!, $before: ID, $after: ID) {{
    moveInCollection(id: $id, assetId: $asset, beforeId: $before, afterId: $after) {CHANGED}"""
COVER = f"mutation ($id: ID!, $asset: ID) {{ setCollectionCover(id: $id, assetId: $asset) {CHANGED}"
ITEMS = """query ($id: ID!, $first: Int! = 50, $after: String) { collection(id: $id) { cover { title }
    items(first: $first, after: $after) { nodes { title } pageInfo { hasNextPage endCursor } } } }"""


async def filled(union: Union, *titles: str) -> tuple[str, dict[str, str]]:
    row = await create_collection(SYSTEM, union.north.id, "Hội thao", visibility="union")
    assets = {title: await add(union.north, title, visibility="union") for title in titles}
    if assets:
        await items.add_items(SYSTEM, row["id"], [UUID(one) for one in assets.values()])
    return str(row["id"]), assets


async def titles(ask: Ask, collection_id: str, caller: Caller = SYSTEM) -> list[str]:
    return [one["title"] for one in (await ask(ITEMS, caller, id=collection_id)).field["items"]["nodes"]]


async def test_materials_come_in_at_the_end_and_once(ask: Ask, union: Union):
    collection_id, assets = await filled(union, "A", "B")
    more = await add(union.north, "C")
    reply = await ask(ADD, contributor(union.north), id=collection_id, assets=[more, assets["A"], more])
    assert reply.field["collection"] == {"itemCount": 3}
    assert await titles(ask, collection_id) == ["A", "B", "C"]
    reply = await ask(TAKE, contributor(union.north), id=collection_id, asset=assets["A"])
    assert reply.field["collection"] == {"itemCount": 2}
    assert await titles(ask, collection_id) == ["B", "C"]
    assert await db.value("SELECT count(*) FROM asset") == 3
    assert await db.value("SELECT item_count FROM collection") == 2


async def test_each_sees_of_it_what_each_may_see(ask: Ask, union: Union):
    collection_id, _ = await filled(union, "A", "B")
    secret = await add(union.north, "Riêng", visibility="private")
    assert (await ask(ADD, contributor(union.north), id=collection_id, assets=[secret])).code is None
    assert await titles(ask, collection_id, contributor(union.north)) == ["A", "B", "Riêng"]
    assert await titles(ask, collection_id, worker(union.south)) == ["A", "B"]
    count = "query ($id: ID!) { collection(id: $id) { itemCount } }"
    assert (await ask(count, worker(union.south), id=collection_id)).field == {"itemCount": 2}
    assert (await ask(ITEMS, ANONYMOUS, id=collection_id)).code == "NOT_FOUND"


@pytest.mark.parametrize("what", ["unknown", "hidden", "none", "many", "full"])
async def test_refuses_what_can_not_be_added(ask: Ask, union: Union, what: str):
    collection_id, _ = await filled(union, "A")
    chosen = {
        "unknown": [str(uuid4())],
        "hidden": [await add(union.south, "Riêng", visibility="private")],
        "none": [],
        "many": [str(uuid4())] * 101,
        "full": [await add(union.north, "Thêm")],
    }[what]
    if what == "full":
        await db.execute("UPDATE collection SET item_count = 5000")
    code = {"full": "COLLECTION_FULL", "none": "INVALID_INPUT", "many": "INVALID_INPUT"}.get(what, "NOT_FOUND")
    reply = await ask(ADD, contributor(union.north), id=collection_id, assets=chosen)
    assert reply.code == code
    assert await titles(ask, collection_id) == ["A"]


async def test_an_order_is_made_by_neighbours(ask: Ask, union: Union):
    collection_id, assets = await filled(union, "A", "B", "C", "D")
    who = contributor(union.north)
    await ask(MOVE, who, id=collection_id, asset=assets["D"], before=assets["A"])
    assert await titles(ask, collection_id) == ["D", "A", "B", "C"]
    await ask(MOVE, who, id=collection_id, asset=assets["A"], after=assets["B"])
    assert await titles(ask, collection_id) == ["D", "B", "A", "C"]
    await ask(MOVE, who, id=collection_id, asset=assets["D"], after=assets["C"])
    assert await titles(ask, collection_id) == ["B", "A", "C", "D"]
    for said in ({}, {"before": assets["B"], "after": assets["C"]}, {"before": assets["A"]}):
        assert (await ask(MOVE, who, id=collection_id, asset=assets["A"], **said)).code == "INVALID_INPUT"
    stranger = await add(union.north, "E")
    assert (await ask(MOVE, who, id=collection_id, asset=assets["A"], before=stranger)).code == "NOT_FOUND"
    assert (await ask(MOVE, worker(union.north), id=collection_id, asset=assets["A"], before=assets["B"])).code == (
        "FORBIDDEN"
    )
    assert await titles(ask, collection_id) == ["B", "A", "C", "D"]


async def test_where_no_room_is_left_all_are_numbered_anew(ask: Ask, union: Union):
    collection_id, assets = await filled(union, "A", "B", "C")
    for _ in range(30):
        for one in ("C", "B"):
            await items.move_item(SYSTEM, UUID(collection_id), UUID(assets[one]), after=UUID(assets["A"]))
    assert await titles(ask, collection_id) == ["A", "B", "C"]


async def test_a_step_passes_the_next_one_that_is_seen(ask: Ask, union: Union):
    collection_id, assets = await filled(union, "A", "B", "C")
    await db.execute("UPDATE asset SET visibility = 'private', unit_path = $1 WHERE title = 'B'", union.south.path)
    north = contributor(union.north)
    await items.step_item(north, UUID(collection_id), UUID(assets["A"]), "down")
    assert await titles(ask, collection_id) == ["B", "C", "A"]
    await items.step_item(north, UUID(collection_id), UUID(assets["C"]), "up")
    assert await titles(ask, collection_id) == ["B", "C", "A"]
    await items.step_item(SYSTEM, UUID(collection_id), UUID(assets["C"]), "up")
    assert await titles(ask, collection_id) == ["C", "B", "A"]


@pytest.mark.committed
async def test_people_who_sort_at_once_lose_and_double_nothing(ask: Ask, union: Union):
    collection_id, assets = await filled(union, *"ABCDEF")
    ids = [UUID(one) for one in assets.values()]
    moves = [items.move_item(SYSTEM, UUID(collection_id), one, before=ids[0]) for one in ids[1:]]
    moves += [items.move_item(SYSTEM, UUID(collection_id), one, after=ids[-1]) for one in ids[:-1]]
    await asyncio.gather(*moves)
    assert sorted(await titles(ask, collection_id)) == list("ABCDEF")
    assert await db.value("SELECT count(DISTINCT position) FROM collection_item") == 6


async def test_pages_follow_the_order(ask: Ask, union: Union):
    collection_id, _ = await filled(union, *"ABCDE")
    seen, after = [], None
    while True:
        page = (await ask(ITEMS, SYSTEM, id=collection_id, first=2, after=after)).field["items"]
        seen += [one["title"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == list("ABCDE")
    assert (await ask(ITEMS, SYSTEM, id=collection_id, after="nonsense")).code == "INVALID_INPUT"


async def test_the_cover_is_what_was_chosen_or_the_first_picture(ask: Ask, union: Union, job_queue: MemoryQueue):
    collection_id, assets = await filled(union, "Tin")
    photo = await add(union.north, "Ảnh", picture("PNG", (9, 9)), visibility="union")
    await job_queue.run_all()
    who = contributor(union.north)
    assert (await ask(COVER, who, id=collection_id, asset=photo)).code == "NOT_FOUND"
    await ask(ADD, who, id=collection_id, assets=[photo])
    assert (await ask(ITEMS, who, id=collection_id)).field["cover"] == {"title": "Ảnh"}
    assert (await ask(COVER, who, id=collection_id, asset=assets["Tin"])).code is None
    assert (await ask(ITEMS, who, id=collection_id)).field["cover"] == {"title": "Tin"}
    await ask(TAKE, who, id=collection_id, asset=assets["Tin"])
    assert (await ask(ITEMS, who, id=collection_id)).field["cover"] == {"title": "Ảnh"}
    assert (await ask(COVER, editor(union.south), id=collection_id)).code == "FORBIDDEN"


async def test_what_leaves_the_archive_leaves_its_collections(union: Union):
    collection_id, assets = await filled(union, "A", "B")
    async with db.transaction():
        await db.execute("DELETE FROM asset WHERE id = $1", UUID(assets["A"]))
    assert await db.value("SELECT item_count FROM collection WHERE id = $1", UUID(collection_id)) == 1


async def test_positions_are_one_for_each(union: Union):
    await filled(union, "A", "B")
    with pytest.raises(asyncpg.UniqueViolationError):
        async with db.transaction():
            await db.execute("UPDATE collection_item SET position = 7")
