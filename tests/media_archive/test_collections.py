"""Collections: begun, described, put inside each other, and shown as far as each is shared."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor, picture, tell, worker

from kit import db
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.jobs import MemoryQueue
from kit.testing import Ask, caller_as, queries
from media_archive.collections.service import CollectionTooDeep, move_collection

CREATE = """mutation ($input: CreateCollectionInput!) { createCollection(input: $input) {
    ... on CollectionSuccess { collection { id title description visibility depth unit { id } } }
    ... on Problem { code message } } }"""
DESCRIBE = """mutation ($input: DescribeCollectionInput!) { describeCollection(input: $input) {
    ... on CollectionSuccess { collection { title description visibility } } ... on Problem { code } } }"""
MOVE = """mutation ($id: ID!, $parent: ID) { moveCollection(id: $id, parentId: $parent) {
    ... on CollectionSuccess { collection { depth } } ... on Problem { code message } } }"""
DELETE = """mutation ($id: ID!) { deleteCollection(id: $id) {
    ... on DeleteCollectionSuccess { id } ... on Problem { code } } }"""
ADD = """mutation ($id: ID!, $assets: [ID!]!) { addToCollection(id: $id, assetIds: $assets) {
    ... on CollectionSuccess { collection { itemCount } } ... on Problem { code } } }"""
TREE = """{ collections(first: 100, onlyOutermost: true) { nodes { title children(first: 10) { nodes { title
    ancestors { title } } } } } }"""


async def create(ask: Ask, caller: Caller, unit: Any, title: str, **said: object) -> str:
    reply = await ask(CREATE, caller, input={"unitId": str(unit.id), "title": title, **said})
    assert reply.code is None, reply
    return reply.field["collection"]["id"]


async def row(collection_id: str) -> tuple[Any, ...]:
    found = await db.row("SELECT parent_id, depth, visibility FROM collection WHERE id = $1", UUID(collection_id))
    assert found is not None
    return tuple(found)


async def test_a_contributor_begins_one_and_says_what_it_is(ask: Ask, union: Union):
    said = {"unitId": str(union.factory.id), "title": "  Hội thao\n 2026 ", "description": "Ảnh và tin"}
    reply = await ask(CREATE, contributor(union.factory), input=said)
    made = reply.field["collection"]
    collection_id = made.pop("id")
    assert made == {
        "title": "Hội thao 2026",
        "description": "Ảnh và tin",
        "visibility": "unit",
        "depth": 1,
        "unit": {"id": str(union.factory.id)},
    }
    changed = {"id": collection_id, "title": "Hội thao", "visibility": "union"}
    reply = await ask(DESCRIBE, contributor(union.factory), input=changed)
    assert reply.field["collection"] == {"title": "Hội thao", "description": "Ảnh và tin", "visibility": "union"}
    told = await db.rows("SELECT action, before, after FROM audit WHERE kind = 'collection' ORDER BY id")
    assert [row["action"] for row in told] == ["collection.created", "collection.described"]
    assert "thao" not in str([tuple(row) for row in told])


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"title": " "}, "INVALID_INPUT"),
        ({"title": "x" * 301}, "INVALID_INPUT"),
        ({"title": "A", "visibility": "secret"}, "INVALID_INPUT"),
        ({"title": "A", "unitId": "6f9619ff-8b86-d011-b42d-00c04fc964ff"}, "NOT_FOUND"),
        ({"title": "A", "parentId": "6f9619ff-8b86-d011-b42d-00c04fc964ff"}, "NOT_FOUND"),
        ({"title": "A", "visibility": "public"}, "FORBIDDEN"),
    ],
)
async def test_refuses_what_can_not_be(ask: Ask, union: Union, said: dict[str, str], code: str):
    reply = await ask(CREATE, contributor(union.factory), input={"unitId": str(union.factory.id)} | said)
    assert reply.code == code
    assert await db.value("SELECT count(*) FROM collection") == 0


async def test_only_who_contributes_there_changes_it(ask: Ask, union: Union):
    collection_id = await create(ask, editor(union.factory), union.factory, "Của xưởng", visibility="public")
    for caller, code in (
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (worker(union.factory), "FORBIDDEN"),
        (editor(union.south), "FORBIDDEN"),
        # Public ones are an editor's.
        (contributor(union.factory), "FORBIDDEN"),
    ):
        assert (await ask(DESCRIBE, caller, input={"id": collection_id, "title": "Khác"})).code == code
        assert (await ask(MOVE, caller, id=collection_id)).code == code
        assert (await ask(DELETE, caller, id=collection_id)).code == code
        assert (await ask(ADD, caller, id=collection_id, assets=[collection_id])).code == code
    assert await db.value("SELECT title FROM collection") == "Của xưởng"


async def test_each_is_shown_as_far_as_it_is_shared(ask: Ask, union: Union):
    for visibility in ("private", "unit", "subtree", "union", "public"):
        await create(ask, SYSTEM, union.north, visibility, visibility=visibility)
    expected = {
        ANONYMOUS: ["public"],
        worker(union.south): ["public", "union"],
        worker(union.factory): ["public", "subtree", "union"],
        worker(union.north): ["public", "subtree", "union", "unit"],
        worker(union.root): ["public", "subtree", "union", "unit"],
        contributor(union.root): ["private", "public", "subtree", "union", "unit"],
        contributor(union.factory): ["public", "subtree", "union"],
        SYSTEM: ["private", "public", "subtree", "union", "unit"],
    }
    for caller, titles in expected.items():
        found = (await ask("{ collections(first: 50) { nodes { id title } } }", caller)).field["nodes"]
        assert [one["title"] for one in found] == titles, caller
    hidden = await db.value("SELECT id::text FROM collection WHERE title = 'private'")
    one = "query ($id: ID!) { collection(id: $id) { title } }"
    assert (await ask(one, worker(union.north), id=hidden)).code == "NOT_FOUND"
    assert (await ask(one, contributor(union.north), id=hidden)).field == {"title": "private"}


async def test_they_stand_in_each_other_as_far_as_one_sees(ask: Ask, union: Union):
    outer = await create(ask, SYSTEM, union.north, "Năm 2026", visibility="private")
    inner = await create(ask, SYSTEM, union.north, "Hội thao", visibility="union", parentId=outer)
    await create(ask, SYSTEM, union.north, "Chung kết", visibility="union", parentId=inner)
    await create(ask, SYSTEM, union.north, "Bán kết", visibility="unit", parentId=inner)
    seen = (await ask(TREE, SYSTEM)).field["nodes"]
    assert seen == [
        {"title": "Năm 2026", "children": {"nodes": [{"title": "Hội thao", "ancestors": [{"title": "Năm 2026"}]}]}}
    ]
    # Whoever does not see the outer one finds the inner one outermost.
    seen = (await ask(TREE, worker(union.south))).field["nodes"]
    inside = [{"title": "Chung kết", "ancestors": [{"title": "Hội thao"}]}]
    assert seen == [{"title": "Hội thao", "children": {"nodes": inside}}]


async def test_moving_takes_along_what_stands_inside(ask: Ask, union: Union):
    one, two = [await create(ask, SYSTEM, union.north, title) for title in ("Một", "Hai")]
    inside = await create(ask, SYSTEM, union.north, "Trong", parentId=one)
    reply = await ask(MOVE, contributor(union.north), id=one, parent=two)
    assert reply.field["collection"] == {"depth": 2}
    assert (await row(inside))[1] == 3
    assert (await ask(MOVE, contributor(union.north), id=one)).field["collection"] == {"depth": 1}
    assert [(await row(each))[1] for each in (one, two, inside)] == [1, 1, 2]


async def test_neither_rings_nor_more_than_five_levels(ask: Ask, union: Union):
    chain = [await create(ask, SYSTEM, union.north, "1")]
    for level in range(2, 6):
        chain.append(await create(ask, SYSTEM, union.north, str(level), parentId=chain[-1]))
    before = [await row(one) for one in chain]
    too_deep = await ask(CREATE, SYSTEM, input={"unitId": str(union.north.id), "title": "6", "parentId": chain[-1]})
    assert (too_deep.code, "5 tầng" in too_deep.field["message"]) == ("COLLECTION_TOO_DEEP", True)
    for parent in (chain[0], chain[2], chain[4]):
        assert (await ask(MOVE, SYSTEM, id=chain[0], parent=parent)).code == "COLLECTION_TOO_DEEP"
    other = await create(ask, SYSTEM, union.north, "Khác")
    assert (await ask(MOVE, SYSTEM, id=chain[0], parent=other)).code == "COLLECTION_TOO_DEEP"
    assert [await row(one) for one in chain] == before


@pytest.mark.committed
async def test_two_moves_at_once_make_no_ring(ask: Ask, union: Union):
    one, two = [await create(ask, SYSTEM, union.north, title) for title in ("Một", "Hai")]

    async def move(what: str, into: str) -> str:
        try:
            await move_collection(SYSTEM, UUID(what), UUID(into))
        except CollectionTooDeep:
            return "refused"
        return "moved"

    outcomes = await asyncio.gather(move(one, two), move(two, one))
    assert sorted(outcomes) == ["moved", "refused"]


async def test_one_that_holds_others_is_not_deleted(ask: Ask, union: Union):
    outer = await create(ask, SYSTEM, union.north, "Ngoài")
    inner = await create(ask, SYSTEM, union.north, "Trong", parentId=outer)
    asset_id = await add(union.north, "Tin")
    await ask(ADD, SYSTEM, id=inner, assets=[asset_id])
    assert (await ask(DELETE, contributor(union.north), id=outer)).code == "COLLECTION_HOLDS_OTHERS"
    assert (await ask(DELETE, contributor(union.north), id=inner)).field == {"id": inner}
    assert (await ask(DELETE, contributor(union.north), id=outer)).field == {"id": outer}
    counts = "SELECT (SELECT count(*) FROM collection), (SELECT count(*) FROM collection_item), count(*) FROM asset"
    assert tuple(await db.row(counts) or ()) == (0, 0, 1)


async def test_it_follows_its_unit(ask: Ask, union: Union):
    await create(ask, SYSTEM, union.factory, "Của xưởng")
    await tell(
        "unit.moved",
        id=str(union.factory.id),
        parent_id=str(union.south.id),
        old_path=union.factory.path,
        new_path=union.south.path + "00003",
        valid_from="2025-07-01",
        tree_version=10,
    )
    titles = "{ collections { nodes { title } } }"
    assert (await ask(titles, worker(union.south))).field["nodes"] == [{"title": "Của xưởng"}]
    assert (await ask(titles, worker(union.north))).field["nodes"] == []


async def test_lists_are_paged_and_filtered_by_unit(ask: Ask, union: Union):
    for number in (3, 1, 2):
        await create(ask, SYSTEM, union.factory, f"Bộ {number}")
    await create(ask, SYSTEM, union.south, "Bộ Nam")
    document = """query ($after: String, $within: ID) { collections(first: 2, after: $after, within: $within) {
        nodes { title } pageInfo { hasNextPage endCursor } } }"""
    page = (await ask(document, SYSTEM, within=str(union.north.id))).field
    assert ([one["title"] for one in page["nodes"]], page["pageInfo"]["hasNextPage"]) == (["Bộ 1", "Bộ 2"], True)
    page = (await ask(document, SYSTEM, within=str(union.north.id), after=page["pageInfo"]["endCursor"])).field
    assert ([one["title"] for one in page["nodes"]], page["pageInfo"]["hasNextPage"]) == (["Bộ 3"], False)
    assert (await ask(document, SYSTEM, after="nonsense")).code == "INVALID_INPUT"


async def test_a_list_with_all_its_parts_costs_the_same_few_statements(ask: Ask, union: Union, job_queue: MemoryQueue):
    document = """{ collections(first: 10) { nodes { title itemCount unit { id } ancestors { title } cover { title }
        children(first: 5) { nodes { title } } items(first: 5) { nodes { title isFavourite collections { title } } }
        } } }"""
    counts: list[int] = []
    for number in range(3):
        outer = await create(ask, SYSTEM, union.north, f"Bộ {number}")
        await create(ask, SYSTEM, union.north, f"Trong {number}", parentId=outer)
        asset_id = await add(union.north, f"Ảnh {number}", picture("PNG", (9 + number, 9)))
        await job_queue.run_all()
        await ask(ADD, SYSTEM, id=outer, assets=[asset_id])
        with queries() as seen:
            nodes = (await ask(document, caller_as("admin", union.root))).field["nodes"]
        counts.append(seen.count)
        assert len(nodes) == 2 * (number + 1)
    assert nodes[2]["items"]["nodes"] == [{"title": "Ảnh 2", "isFavourite": False, "collections": [{"title": "Bộ 2"}]}]
    assert (nodes[2]["itemCount"], nodes[2]["cover"]) == (1, {"title": "Ảnh 2"})
    # The list, its counts, ancestors, covers, children, items, and two questions about the items.
    assert counts == [8, 8, 8]


PLACE = "VALUES ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000001', '00001'"
A = "'00000000-0000-0000-0000-00000000000a'"


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        (f"INSERT INTO collection (id, unit_id, unit_path, title, visibility) {PLACE}, 'A', 'unit')", "pkey"),
        ("UPDATE collection SET parent_id = id, parent_depth = 9", "depth_bounded"),
        ("UPDATE collection SET parent_id = id, parent_depth = 1", "depth_bounded"),
        (f"UPDATE collection SET parent_id = '{UUID(int=999)}', parent_depth = 1", "inside"),
        ("UPDATE collection SET parent_id = id", "inside"),
        ("UPDATE collection SET unit_path = '0000'", "unit_path_labels"),
        ("UPDATE collection SET title = ''", "title_length"),
        ("UPDATE collection SET description = repeat('a', 10001)", "description_length"),
        ("UPDATE collection SET visibility = 'all'", "visibility_known"),
        ("UPDATE collection SET item_count = 5001", "items_bounded"),
        ("UPDATE collection SET cover_asset_id = id", "cover_is_an_item"),
        (f"INSERT INTO collection_item VALUES ({A}, (SELECT id FROM asset), 2)", "item_pkey"),
        (f"INSERT INTO collection_item VALUES ({A}, {A}, 2)", "item_asset_fkey"),
        ("INSERT INTO collection_item SELECT id, id, 2 FROM asset", "item_collection_fkey"),
        ("UPDATE collection_item SET position = 2", "item_position_key"),
    ],
)
async def test_the_database_keeps_the_rules(union: Union, statement: str, constraint: str):
    asset_id = await add(union.north, "Tin")
    other = await add(union.north, "Bài")
    await db.execute(f"INSERT INTO collection (id, unit_id, unit_path, title, visibility) {PLACE}, 'A', 'unit')")
    if "position = 2" in statement:
        await db.execute(f"INSERT INTO collection_item VALUES ({A}, $1, 7)", UUID(other))
    else:
        await db.execute("DELETE FROM asset WHERE id = $1", UUID(other))
    await db.execute(f"INSERT INTO collection_item VALUES ({A}, $1, 1)", UUID(asset_id))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as broken:
        async with db.transaction():
            await db.execute(statement)
    assert db.violated(broken.value) == f"collection_{constraint}"
