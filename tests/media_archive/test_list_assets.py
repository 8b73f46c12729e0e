"""Lists are paged by position, filtered, and cost the same few statements however long they are."""

import base64

import pytest
from archive_world import Union, add, contributor, editor, picture, worker

from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.jobs import MemoryQueue
from kit.testing import Ask, queries
from media_archive.search.follow import Follower

LIST = """query ($first: Int! = 2, $after: String, $unit: ID, $within: ID, $kind: String, $topic: String) {
    assets(first: $first, after: $after, unitId: $unit, within: $within, kind: $kind, topic: $topic) {
        nodes { title } pageInfo { hasNextPage endCursor } } }"""


async def titles(ask: Ask, **variables: object) -> list[str]:
    return [node["title"] for node in (await ask(LIST, SYSTEM, first=50, **variables)).field["nodes"]]


async def test_pages_newest_first_without_gaps(ask: Ask, union: Union):
    for number in range(5):
        await add(union.factory, f"Số {number}")
    seen: list[str] = []
    after = None
    sizes: list[int] = []
    while True:
        page = (await ask(LIST, SYSTEM, after=after)).field
        seen += [node["title"] for node in page["nodes"]]
        sizes.append(len(page["nodes"]))
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["Số 4", "Số 3", "Số 2", "Số 1", "Số 0"]
    assert sizes == [2, 2, 1]


async def test_an_empty_list_is_a_list(ask: Ask, union: Union):
    page = (await ask(LIST, ANONYMOUS)).field
    assert page == {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}


async def test_filters(ask: Ask, union: Union):
    await add(union.factory, "Ảnh", picture("PNG", (9, 9)), topics=("benefits",))
    await add(union.north, "Tin", kind="news", topics=("labour_law", "benefits"))
    await add(union.south, "Bài")
    assert await titles(ask, unit=str(union.north.id)) == ["Tin"]
    assert await titles(ask, within=str(union.north.id)) == ["Tin", "Ảnh"]
    assert await titles(ask, within=str(union.root.id)) == ["Bài", "Tin", "Ảnh"]
    assert await titles(ask, kind="photo") == ["Ảnh"]
    assert await titles(ask, topic="benefits") == ["Tin", "Ảnh"]
    assert await titles(ask, within=str(union.south.id), topic="benefits") == []


async def test_a_code_that_no_database_could_keep_is_nothings_code(ask: Ask, union: Union):
    await add(union.factory, "Bài")
    assert await titles(ask, kind="news\0") == []
    assert await titles(ask, topic="\0") == []


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "after",
    [
        "nonsense",
        "",
        cursor('[1,"x"]'),
        cursor('["1",2]'),
        cursor("[99999999999999999999999,1]"),
        cursor('[9000000000000000000,"x"]'),
    ],
)
async def test_refuses_cursors_it_did_not_make(ask: Ask, union: Union, after: str):
    assert (await ask(LIST, SYSTEM, after=after)).code == "INVALID_INPUT"


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_refuses_pages_without_measure(ask: Ask, union: Union, first: int):
    assert (await ask(LIST, SYSTEM, first=first)).code == "INVALID_INPUT"
    entity = """query ($id: ID!, $first: Int!) { _entities(representations: [{__typename: "Unit", id: $id}]) {
        ... on Unit { newestAssets(first: $first) { id } } } }"""
    assert (await ask(entity, SYSTEM, id=str(union.root.id), first=first)).errors[0]["extensions"][
        "code"
    ] == "INVALID_INPUT"


@pytest.mark.parametrize("unit", ["6f9619ff-8b86-d011-b42d-00c04fc964ff", "nonsense"])
async def test_unknown_units_are_not_found(ask: Ask, union: Union, unit: str):
    assert (await ask(LIST, SYSTEM, within=unit)).code == "NOT_FOUND"


async def test_a_list_costs_one_statement_and_one_for_each_kind_of_detail(
    ask: Ask, union: Union, job_queue: MemoryQueue
):
    for number in range(6):
        await add(union.factory, f"Số {number}")
    await job_queue.run_all()
    document = (
        "{ assets(first: 6) { nodes { title renditions { name state } texts { source state text } unit { id } } } }"
    )
    with queries() as seen:
        nodes = (await ask(document, SYSTEM)).field["nodes"]
    assert len(nodes) == 6
    assert nodes[0]["unit"] == {"id": str(union.factory.id)}
    assert nodes[0]["texts"] == [{"source": "document", "state": "done", "text": "Nội dung của Số 5"}]
    assert nodes[0]["renditions"] == [
        {"name": name, "state": "none"} for name in ("thumb_320", "thumb_1024", "thumb_2048")
    ]
    assert seen.count == 3


async def test_a_search_costs_the_same_few_statements(ask: Ask, union: Union, search: Follower):
    for number in range(6):
        await add(union.factory, f"Bản tin số {number}")
    await search.catch_up()
    with queries() as seen:
        found = (
            await ask('{ searchAssets(query: "ban tin") { nodes { asset { title } snippet } totalCount } }', SYSTEM)
        ).field
    assert (len(found["nodes"]), found["totalCount"]) == (6, 6)
    assert seen.count == 2


async def test_units_fields_are_batched(ask: Ask, union: Union):
    await add(union.factory, "Một")
    await add(union.north, "Hai")
    await add(union.mine, "Ba")
    representations = [
        {"__typename": "Unit", "id": str(unit.id)}
        for unit in (union.root, union.north, union.factory, union.south, union.mine)
    ]
    strangers = [{"__typename": "Unit", "id": one} for one in ("6f9619ff-8b86-d011-b42d-00c04fc964ff", "nonsense")]
    document = """query ($r: [_Any!]!) { _entities(representations: $r) {
        ... on Unit { id assetCount newestAssets(first: 2) { title } } } }"""
    with queries() as seen:
        answer = (await ask(document, SYSTEM, r=[*representations, *strangers])).field
    shown = [
        (one["assetCount"], one["newestAssets"] and [asset["title"] for asset in one["newestAssets"]]) for one in answer
    ]
    assert shown == [
        (3, ["Ba", "Hai"]),
        (2, ["Hai", "Một"]),
        (1, ["Một"]),
        (0, []),
        (1, ["Ba"]),
        (None, None),
        (None, None),
    ]
    assert seen.count == 4


async def test_kinds_have_names_in_both_languages(ask: Ask, union: Union):
    kinds = (await ask("{ assetKinds { code nameVi nameEn } }")).field
    assert len(kinds) == 14
    assert {"code": "leaflet", "nameVi": "Tờ rơi", "nameEn": "Leaflet"} in kinds


async def test_a_front_end_is_told_what_its_user_may_do(ask: Ask, union: Union):
    ids = {sight: await add(union.factory, sight, visibility=sight) for sight in ("union", "public")}
    document = "query ($id: ID!) { asset(id: $id) { mayDescribe mayManage } }"

    async def told(caller: Caller, sight: str) -> tuple[bool, bool]:
        field = (await ask(document, caller, id=ids[sight])).field
        return field["mayDescribe"], field["mayManage"]

    for caller, of_union, of_public in (
        (editor(union.factory), (True, True), (True, True)),
        (contributor(union.factory), (True, False), (False, False)),
        (editor(union.south), (False, False), (False, False)),
        (worker(union.factory), (False, False), (False, False)),
    ):
        assert await told(caller, "union") == of_union
        assert await told(caller, "public") == of_public
    assert await told(ANONYMOUS, "public") == (False, False)
