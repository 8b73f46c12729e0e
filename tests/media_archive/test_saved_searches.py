"""What a person marks for themself: favourites, saved searches and how much is new; forgotten with the person."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from archive_world import Union, add, worker

from kit import db
from kit.audit import account_forgotten
from kit.events import Event
from kit.identity import ANONYMOUS, Caller
from kit.testing import Ask, caller_as, queries
from media_archive.app import service
from media_archive.search import follow
from media_archive.search.follow import Follower

MARK = "mutation ($id: ID!) { markFavourite(assetId: $id) { ... on MarkFavouriteSuccess { asset { isFavourite } } ... on Problem { code } } }"
UNMARK = "mutation ($id: ID!) { unmarkFavourite(assetId: $id) { ... on UnmarkFavouriteSuccess { id } ... on Problem { code } } }"
FAVOURITES = """query ($first: Int! = 50, $after: String) { favouriteAssets(first: $first, after: $after) {
    nodes { title isFavourite } pageInfo { hasNextPage endCursor } } }"""
SAVE = """mutation ($name: String!, $question: String!) { saveSearch(name: $name, question: $question) {
    ... on SavedSearchSuccess { savedSearch { id name question newCount } } ... on Problem { code message } } }"""
SEE = """mutation ($id: ID!) { seeSavedSearch(id: $id) {
    ... on SavedSearchSuccess { savedSearch { newCount } } ... on Problem { code } } }"""
FORGET = """mutation ($id: ID!) { forgetSavedSearch(id: $id) {
    ... on ForgetSavedSearchSuccess { id } ... on Problem { code } } }"""
SEARCHES = "{ savedSearches { name question newCount } }"


def person(union: Union, name: str) -> Caller:
    return caller_as("worker", union.south, subject=name)


async def favourites(ask: Ask, caller: Caller) -> list[str]:
    return [one["title"] for one in (await ask(FAVOURITES, caller)).field["nodes"]]


async def test_favourites_are_each_persons_own(ask: Ask, union: Union):
    lan, minh = person(union, "lan"), person(union, "minh")
    assets = [await add(union.south, title) for title in ("A", "B")]
    for one in [*assets, assets[0]]:
        assert (await ask(MARK, lan, id=one)).field["asset"] == {"isFavourite": True}
    assert await favourites(ask, lan) == ["B", "A"]
    assert await favourites(ask, minh) == []
    assert (await ask(UNMARK, minh, id=assets[0])).code is None
    assert await favourites(ask, lan) == ["B", "A"]
    assert (await ask(UNMARK, lan, id=assets[0])).field == {"id": assets[0]}
    assert await favourites(ask, lan) == ["B"]


async def test_a_favourite_is_shown_while_one_may_see_it(ask: Ask, union: Union):
    lan = person(union, "lan")
    asset_id = await add(union.north, "A", visibility="union")
    await ask(MARK, lan, id=asset_id)
    await db.execute("UPDATE asset SET visibility = 'unit'")
    assert await favourites(ask, lan) == []
    assert (await ask(MARK, lan, id=asset_id)).code == "NOT_FOUND"
    for document in (MARK, UNMARK):
        assert (await ask(document, ANONYMOUS, id=asset_id)).code == "SIGN_IN_REQUIRED"
    assert (await ask(FAVOURITES, ANONYMOUS)).code == "SIGN_IN_REQUIRED"
    assert (
        await ask("query ($id: ID!) { asset(id: $id) { isFavourite } }", worker(union.north), id=asset_id)
    ).field == {"isFavourite": False}


async def test_favourites_are_paged(ask: Ask, union: Union):
    lan = person(union, "lan")
    for number in range(3):
        await ask(MARK, lan, id=await add(union.south, str(number)))
    page = (await ask(FAVOURITES, lan, first=2)).field
    assert [one["title"] for one in page["nodes"]] == ["2", "1"]
    with queries() as seen:
        page = (await ask(FAVOURITES, lan, first=2, after=page["pageInfo"]["endCursor"])).field
    assert ([one["title"] for one in page["nodes"]], page["pageInfo"]["hasNextPage"]) == (["0"], False)
    assert seen.count == 2


async def saved(ask: Ask, caller: Caller, name: str, question: str) -> dict[str, Any]:
    return (await ask(SAVE, caller, name=name, question=question)).field["savedSearch"]


async def test_a_search_tells_what_is_new_since_one_last_looked(ask: Ask, union: Union, search: Follower):
    lan = person(union, "lan")
    await add(union.south, "Bản tin an toàn điện số 1")
    await search.catch_up()
    one = await saved(ask, lan, " An  toàn ", "?q=an+toan+dien&lang=en&after=WzI0XQ")
    assert (one["name"], one["question"], one["newCount"]) == ("An toàn", "q=an+toan+dien", 0)
    await saved(ask, lan, "Ảnh", "kind=photo")
    await saved(ask, lan, "Tin của tỉnh", f"unit={union.north.id}&kind=news")
    await add(union.south, "Bản tin an toàn điện số 2")
    await add(union.north, "Bản tin an toàn điện, chỉ cho Bắc Ninh")
    await add(union.north, "Tin", kind="news", visibility="union")
    await add(union.factory, "Tin xưởng", kind="news")
    await search.catch_up()
    told = (await ask(SEARCHES, lan)).field
    assert [(one["name"], one["newCount"]) for one in told] == [("An toàn", 1), ("Ảnh", 0), ("Tin của tỉnh", 1)]
    assert (await ask(SEE, lan, id=one["id"])).field["savedSearch"] == {"newCount": 0}
    assert [one["newCount"] for one in (await ask(SEARCHES, lan)).field] == [0, 0, 1]


async def test_all_news_cost_the_same_few_statements(ask: Ask, union: Union, search: Follower):
    lan = person(union, "lan")
    counts: list[int] = []
    for number in range(2):
        await add(union.south, f"Tin {number}", kind="news")
        await saved(ask, lan, f"A{number}", f"q=tin+{number}")
        await saved(ask, lan, f"B{number}", "kind=news&year=2026&topic=benefits")
        await search.catch_up()
        with queries() as seen:
            await ask(SEARCHES, lan)
        counts.append(seen.count)
    assert counts == [3, 3]


async def test_what_can_not_be_counted_says_so(ask: Ask, union: Union, search: Follower):
    lan = person(union, "lan")
    await add(union.south, "Tin")
    await search.catch_up()
    await saved(ask, lan, "Không có từ", "q=!!!")
    await db.execute("UPDATE saved_search SET seen_at = '2020-1-1'")
    follow.use(None)
    await saved(ask, lan, "Chưa sẵn sàng", "q=tin")
    await saved(ask, lan, "Đơn vị lạ", f"unit={uuid4()}")
    assert [one["newCount"] for one in (await ask(SEARCHES, lan)).field] == [None, None, None]


@pytest.mark.parametrize(
    ("name", "question"), [("", "q=a"), ("x" * 101, "q=a"), ("A", ""), ("A", "?lang=vi"), ("A", "q=" + "a" * 2000)]
)
async def test_refuses_what_is_no_search(ask: Ask, union: Union, name: str, question: str):
    assert (await ask(SAVE, person(union, "lan"), name=name, question=question)).code == "INVALID_INPUT"
    assert await db.value("SELECT count(*) FROM saved_search") == 0


async def test_fifty_are_enough(ask: Ask, union: Union):
    lan = person(union, "lan")
    await db.execute(
        """INSERT INTO saved_search (id, subject, place, name, question)
           SELECT gen_random_uuid(), 'lan', number, 'A', 'q=a' FROM generate_series(1, 50) AS number"""
    )
    reply = await ask(SAVE, lan, name="A", question="q=a")
    assert (reply.code, reply.field["message"]) == ("TOO_MANY_SAVED_SEARCHES", "Mỗi người lưu tối đa 50 câu tìm kiếm.")
    assert (await ask(SAVE, person(union, "minh"), name="A", question="q=a")).code is None
    first = await db.value("SELECT id::text FROM saved_search WHERE place = 7")
    assert (await ask(FORGET, person(union, "minh"), id=first)).code == "NOT_FOUND"
    assert (await ask(FORGET, lan, id=first)).field == {"id": first}
    assert (await ask(SAVE, lan, name="B", question="q=b")).code is None
    assert await db.value("SELECT name FROM saved_search WHERE subject = 'lan' AND place = 7") == "B"


async def test_others_neither_see_nor_touch_them(ask: Ask, union: Union):
    one = await saved(ask, person(union, "lan"), "A", "kind=news")
    minh = person(union, "minh")
    assert (await ask(SEARCHES, minh)).field == []
    assert (await ask(SEE, minh, id=one["id"])).code == "NOT_FOUND"
    assert (await ask(SEARCHES, ANONYMOUS)).code == "SIGN_IN_REQUIRED"
    for document in (SEE, FORGET):
        assert (await ask(document, ANONYMOUS, id=one["id"])).code == "SIGN_IN_REQUIRED"


async def test_they_go_with_the_person(ask: Ask, union: Union):
    asset_id = await add(union.south, "A")
    for name in ("lan", "minh"):
        await ask(MARK, person(union, name), id=asset_id)
        await saved(ask, person(union, name), "A", "kind=news")
    told = account_forgotten("lan", f"erased:{uuid4()}")
    await service.consumes["org"]["account.forgotten"](Event(9, "account.forgotten", datetime.now(UTC), told))
    for table in ("favourite", "saved_search"):
        assert [row["subject"] for row in await db.rows(f"SELECT subject FROM {table}")] == ["minh"]


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("INSERT INTO favourite SELECT 'lan', id FROM asset", "favourite_pkey"),
        ("INSERT INTO favourite VALUES ('lan', gen_random_uuid())", "favourite_asset_fkey"),
        ("UPDATE saved_search SET id = $1", "saved_search_pkey"),
        ("UPDATE saved_search SET place = 3", "saved_search_place_key"),
        ("UPDATE saved_search SET place = 51 WHERE place = 1", "saved_search_place_bounded"),
        ("UPDATE saved_search SET name = ''", "saved_search_name_length"),
        ("UPDATE saved_search SET question = ''", "saved_search_question_length"),
    ],
)
async def test_the_database_keeps_the_rules(ask: Ask, union: Union, statement: str, constraint: str):
    lan = person(union, "lan")
    await ask(MARK, lan, id=await add(union.south, "A"))
    for name in ("A", "B"):
        await saved(ask, lan, name, "kind=news")
    arguments = [UUID(int=1)] if "$1" in statement else []
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as broken:
        async with db.transaction():
            await db.execute(statement, *arguments)
    assert db.violated(broken.value) == constraint
