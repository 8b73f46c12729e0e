"""What comes in and a saved search finds is told its owner, once, as far as they may see it when it is told and when read."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from archive_world import Union, add

from kit import db
from kit.calendar import today
from kit.events import Event
from kit.identity import ANONYMOUS, Caller
from kit.testing import Ask, caller_as, queries
from media_archive.app import service
from media_archive.collections import jobs
from media_archive.collections.saved_searches import save_search, see_search

NOTICES = """query ($unseen: Boolean = false, $first: Int = 20, $after: String) {
    mySearchNotices(unseenOnly: $unseen, first: $first, after: $after) {
    nodes { id savedSearch { name } assetCount seenAt newestAssets { title } }
    pageInfo { hasNextPage endCursor } } }"""
SEE = """mutation ($ids: [ID!]!) { seeSearchNotices(ids: $ids) {
    ... on SeeSearchNoticesSuccess { notices { savedSearch { name } seenAt } } ... on Problem { code message } } }"""


def lan(union: Union) -> Caller:
    return caller_as("worker", union.south, subject="lan")


async def told(ask: Ask, caller: Caller, **how: Any) -> list[tuple[str, int, list[str]]]:
    found = (await ask(NOTICES, caller, **how)).field["nodes"]
    return [
        (one["savedSearch"]["name"], one["assetCount"], [each["title"] for each in one["newestAssets"]])
        for one in found
    ]


async def events() -> list[dict[str, Any]]:
    return [
        orjson.loads(row["payload"])
        for row in await db.rows("SELECT payload FROM outbox WHERE type = 'search.found' ORDER BY number")
    ]


async def test_what_came_in_is_told_once(ask: Ask, union: Union):
    search = await save_search(lan(union), "An toàn", "q=an+toan+dien")
    await save_search(lan(union), "Ảnh", "kind=photo")
    await save_search(lan(union), "Ở tỉnh", f"unit={union.north.id}")
    await add(union.south, "Bản tin an toàn điện")
    await add(union.south, "Toàn dân")
    for _ in range(2):
        await jobs.tell_of_new_materials()
        assert await told(ask, lan(union)) == [("An toàn", 1, ["Bản tin an toàn điện"])]
    [event] = await events()
    notice_id = await db.value("SELECT id::text FROM search_notice")
    assert event == {"id": notice_id, "saved_search_id": str(search["id"])}


async def test_more_joins_a_notice_until_it_is_seen(ask: Ask, union: Union):
    await save_search(lan(union), "Tin", "kind=news")
    for title in ("A", "B"):
        await add(union.south, title, kind="news")
        await jobs.tell_of_new_materials()
    assert await told(ask, lan(union)) == [("Tin", 2, ["B", "A"])]
    assert len(await events()) == 1
    [notice] = (await ask(NOTICES, lan(union))).field["nodes"]
    assert notice["seenAt"] is None
    [seen] = (await ask(SEE, lan(union), ids=[notice["id"]])).field["notices"]
    assert seen["seenAt"] is not None
    assert (await ask(SEE, lan(union), ids=[notice["id"]])).field["notices"] == [seen]
    assert await told(ask, lan(union), unseen=True) == []
    await add(union.south, "C", kind="news")
    # What was told changes: it is not told again.
    await db.execute("INSERT INTO asset_change (asset_id) SELECT id FROM asset")
    await jobs.tell_of_new_materials()
    assert await told(ask, lan(union)) == [("Tin", 1, ["C"]), ("Tin", 2, ["B", "A"])]
    assert await told(ask, lan(union), unseen=True) == [("Tin", 1, ["C"])]
    assert len(await events()) == 2


async def test_looking_at_a_search_sees_its_notice(ask: Ask, union: Union):
    search = await save_search(lan(union), "Tin", "kind=news")
    await add(union.south, "A", kind="news")
    await jobs.tell_of_new_materials()
    await see_search(lan(union), search["id"])
    assert await told(ask, lan(union), unseen=True) == []
    await add(union.south, "B", kind="news")
    await see_search(lan(union), search["id"])
    await jobs.tell_of_new_materials()
    assert await told(ask, lan(union)) == [("Tin", 1, ["A"])]


async def test_nobody_hears_of_what_they_may_not_see(ask: Ask, union: Union):
    minh = caller_as("contributor", union.north, subject="minh")
    for who in (lan(union), minh):
        await save_search(who, "Tin", "kind=news")
    await add(union.north, "Chỉ người làm", kind="news", visibility="private")
    await add(union.north, "Trong tỉnh", kind="news", visibility="unit")
    await add(union.north, "Chưa đến ngày", kind="news", visibility="union")
    await db.execute("UPDATE asset SET embargo_until = $1 WHERE visibility = 'union'", today() + timedelta(days=1))
    await jobs.tell_of_new_materials()
    assert await told(ask, lan(union)) == []
    assert await told(ask, minh) == [("Tin", 3, ["Chưa đến ngày", "Trong tỉnh", "Chỉ người làm"])]
    assert len(await events()) == 1


async def test_what_may_be_seen_no_more_is_not_told_when_it_is_read(ask: Ask, union: Union):
    await save_search(lan(union), "Tin", "kind=news")
    for title in ("A", "B"):
        await add(union.north, title, kind="news", visibility="union")
    await jobs.tell_of_new_materials()
    assert await told(ask, lan(union)) == [("Tin", 2, ["B", "A"])]
    await db.execute("UPDATE asset SET visibility = 'unit' WHERE title = 'B'")
    assert await told(ask, lan(union)) == [("Tin", 1, ["A"])]
    await db.execute("UPDATE asset SET hidden = 'consent_withdrawn' WHERE title = 'A'")
    assert await told(ask, lan(union)) == []
    # Nor after one's own roles have gone.
    await db.execute("UPDATE asset SET hidden = NULL")
    assert await told(ask, Caller("lan")) == []


async def test_an_embargo_that_ends_is_told_on_its_day(ask: Ask, union: Union):
    await save_search(lan(union), "Tin", "kind=news")
    await add(union.north, "Hôm nay", kind="news", visibility="union")
    await db.execute("UPDATE asset SET embargo_until = $1", today())
    await db.execute("DELETE FROM asset_change")
    await db.execute("UPDATE search_watch SET day = $1", today() - timedelta(days=1))
    await jobs.tell_of_new_materials()
    assert await told(ask, lan(union)) == [("Tin", 1, ["Hôm nay"])]


async def test_roles_that_changed_are_forgotten_until_their_owner_comes(ask: Ask, union: Union):
    await save_search(lan(union), "Tin", "kind=news")
    changed = Event(9, "grant.changed", datetime.now(UTC), {"subject": "lan"})
    await service.consumes["org"]["grant.changed"](changed)
    assert await db.value("SELECT standing FROM saved_search") is None
    await add(union.south, "Của đơn vị", kind="news", visibility="unit")
    await add(union.north, "Của mọi người", kind="news", visibility="public")
    await jobs.tell_of_new_materials()
    assert await told(ask, lan(union)) == [("Tin", 1, ["Của mọi người"])]
    await add(union.south, "Sau khi trở lại", kind="news", visibility="unit")
    await jobs.tell_of_new_materials()
    assert await told(ask, lan(union)) == [("Tin", 2, ["Sau khi trở lại", "Của mọi người"])]
    # The news of a forgotten person name nobody.
    await service.consumes["org"]["grant.changed"](Event(10, "grant.changed", datetime.now(UTC), {}))
    assert await db.value("SELECT standing FROM saved_search") is not None


async def test_roles_of_somebody_long_away_are_not_trusted(ask: Ask, union: Union):
    await save_search(lan(union), "Tin", "kind=news")
    await db.execute("UPDATE saved_search SET standing_at = now() - interval '31 days'")
    await add(union.south, "Của đơn vị", kind="news", visibility="unit")
    await jobs.tell_of_new_materials()
    assert await told(ask, lan(union)) == []


async def test_a_unit_that_moved_is_looked_for_where_it_stands(ask: Ask, union: Union):
    await save_search(caller_as("worker", union.factory, subject="lan"), "Tin", f"kind=news&unit={union.factory.id}")
    path = union.south.path + union.factory.path[-5:]
    await db.execute("UPDATE unit SET path = $1 WHERE id = $2", path, union.factory.id)
    await add(union.factory, "Tin xưởng", kind="news", visibility="unit")
    await jobs.tell_of_new_materials()
    assert len(await events()) == 1


async def test_words_that_stand_apart_are_no_news(ask: Ask, union: Union):
    await save_search(lan(union), "An toàn", "q=an+toan")
    await save_search(lan(union), "Trong ngoặc", "q=%22an+toàn%22")
    await add(union.south, "An ninh, dân chủ và toàn diện")
    await jobs.tell_of_new_materials()
    assert await told(ask, lan(union)) == []
    await add(union.south, "Giữ an toàn")
    await jobs.tell_of_new_materials()
    assert sorted(one[0] for one in await told(ask, lan(union))) == ["An toàn", "Trong ngoặc"]


async def test_a_notice_tells_of_a_hundred_at_most(ask: Ask, union: Union):
    await save_search(lan(union), "Tin", "kind=news")
    await add(union.south, "0", kind="news")
    await db.execute(
        """WITH made AS (INSERT INTO asset (id, unit_id, unit_path, kind, title, visibility, sha256, file_name,
                            created_on, added_at)
               SELECT gen_random_uuid(), unit_id, unit_path, kind, number::text, visibility, sha256, file_name,
                      created_on, added_at FROM asset, generate_series(1, 104) AS number RETURNING id)
           INSERT INTO asset_change (asset_id) SELECT id FROM made"""
    )
    await jobs.tell_of_new_materials()
    [(name, number, titles)] = await told(ask, lan(union))
    assert (name, number, len(titles)) == ("Tin", 100, 5)
    await add(union.south, "Thêm", kind="news")
    await jobs.tell_of_new_materials()
    assert [one[1] for one in await told(ask, lan(union))] == [100]


async def test_what_can_not_be_asked_tells_nothing(ask: Ask, union: Union):
    for question in ("q=!!!", "unit=x", f"unit={uuid4()}", "q=" + "a+" * 200, "&".join(["kind=news"] * 51)):
        await save_search(lan(union), "A", question)
    await add(union.south, "Tin", kind="news")
    await jobs.tell_of_new_materials()
    assert await told(ask, lan(union)) == []


async def test_old_materials_are_no_news_and_old_notices_go(ask: Ask, union: Union):
    await save_search(lan(union), "Tin", "kind=news")
    await db.execute("UPDATE saved_search SET seen_at = now() - interval '1 year'")
    await add(union.south, "Cũ", kind="news")
    await db.execute("UPDATE asset SET added_at = now() - interval '31 days'")
    await jobs.tell_of_new_materials()
    assert await told(ask, lan(union)) == []
    await add(union.south, "Mới", kind="news")
    await jobs.tell_of_new_materials()
    await db.execute("UPDATE search_notice SET made_at = now() - interval '91 days'")
    await jobs.tell_of_new_materials()
    assert await db.value("SELECT count(*) FROM search_notice") == 0


async def test_changes_that_were_forgotten_are_passed_over(ask: Ask, union: Union):
    await save_search(lan(union), "Tin", "kind=news")
    await add(union.south, "A", kind="news")
    await db.execute("UPDATE search_log SET pruned = (SELECT max(number) FROM asset_change)")
    await db.execute("DELETE FROM asset_change")
    await add(union.south, "B", kind="news")
    await jobs.tell_of_new_materials()
    assert await told(ask, lan(union)) == [("Tin", 1, ["B"])]


async def test_thousands_of_searches_are_asked_in_blocks(ask: Ask, union: Union):
    await save_search(lan(union), "Tin", "q=an+toan&kind=news")
    await db.execute(
        """INSERT INTO saved_search (id, subject, place, name, question, standing, standing_at)
           SELECT gen_random_uuid(), 'p' || number, 1, 'A', question, standing, standing_at
           FROM saved_search, generate_series(2, 1500) AS number"""
    )
    await add(union.south, "Tin an toàn", kind="news")
    with queries() as seen:
        await jobs.tell_of_new_materials()
    assert await db.value("SELECT count(*) FROM search_notice") == 1_500
    assert len(await events()) == 1_500
    # Two for each thousand searches: their rows, and where their units stand.
    assert seen.count == 17


async def test_each_page_costs_the_same(ask: Ask, union: Union):
    counts: list[int] = []
    for number in range(3):
        await save_search(lan(union), f"Tin {number}", "kind=news")
        await add(union.south, f"A{number}", kind="news")
        await jobs.tell_of_new_materials()
        with queries() as seen:
            await ask(NOTICES, lan(union), first=2)
        counts.append(seen.count)
    assert counts == [3, 3, 3]
    page = (await ask(NOTICES, lan(union), first=2)).field
    assert [one["savedSearch"]["name"] for one in page["nodes"]] == ["Tin 2", "Tin 1"]
    page = (await ask(NOTICES, lan(union), first=2, after=page["pageInfo"]["endCursor"])).field
    assert [one["savedSearch"]["name"] for one in page["nodes"]] == ["Tin 0"]
    assert page["pageInfo"]["hasNextPage"] is False


async def test_others_notices_are_not_ones_own(ask: Ask, union: Union):
    await save_search(lan(union), "Tin", "kind=news")
    await add(union.south, "A", kind="news")
    await jobs.tell_of_new_materials()
    notice_id = await db.value("SELECT id::text FROM search_notice")
    minh = caller_as("admin", union.root, subject="minh")
    assert await told(ask, minh) == []
    assert (await ask(SEE, minh, ids=[notice_id])).code == "NOT_FOUND"
    assert (await ask(SEE, lan(union), ids=[notice_id, str(uuid4())])).code == "NOT_FOUND"
    assert (await ask(SEE, ANONYMOUS, ids=[notice_id])).code == "SIGN_IN_REQUIRED"
    assert (await ask(NOTICES, ANONYMOUS)).code == "SIGN_IN_REQUIRED"
    assert (await ask(SEE, lan(union), ids=[])).code == "INVALID_INPUT"
    assert await db.value("SELECT seen_at FROM search_notice") is None


async def test_a_run_that_dies_before_its_end_is_done_again(ask: Ask, union: Union):
    await save_search(lan(union), "Tin", "kind=news")
    await add(union.south, "A", kind="news")
    await db.execute("ALTER TABLE outbox ADD CONSTRAINT dies CHECK (type <> 'search.found') NOT VALID")
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.transaction():
            await jobs.tell_of_new_materials()
    assert await told(ask, lan(union)) == []
    await db.execute("ALTER TABLE outbox DROP CONSTRAINT dies")
    await jobs.tell_of_new_materials()
    assert await told(ask, lan(union)) == [("Tin", 1, ["A"])]
    assert len(await events()) == 1


@pytest.mark.committed
async def test_two_workers_at_once_tell_once(union: Union):
    await save_search(lan(union), "Tin", "kind=news")
    await add(union.south, "A", kind="news")
    await asyncio.gather(jobs.tell_of_new_materials(), jobs.tell_of_new_materials())
    assert [len(row["asset_ids"]) for row in await db.rows("SELECT asset_ids FROM search_notice")] == [1]
    assert len(await events()) == 1


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE saved_search SET standing_at = NULL", "saved_search_standing_dated"),
        ("INSERT INTO search_notice (id, search_id, asset_ids) SELECT id, search_id, asset_ids FROM search_notice",
         "search_notice_pkey"),
        ("UPDATE search_notice SET search_id = gen_random_uuid()", "search_notice_search_fkey"),
        ("UPDATE search_notice SET asset_ids = '{}'", "search_notice_bounded"),
        ("UPDATE search_notice SET seen_at = NULL", "search_notice_one_unseen"),
        ("INSERT INTO search_watch (position, day) VALUES (1, '2026-01-01')", "search_watch_pkey"),
        ("INSERT INTO search_watch VALUES (false, 1, '2026-01-01')", "search_watch_single"),
    ],
)  # fmt: skip
async def test_the_database_keeps_the_rules(union: Union, statement: str, constraint: str):
    search = await save_search(lan(union), "Tin", "kind=news")
    for number in range(2):
        await db.execute(
            "INSERT INTO search_notice (id, search_id, asset_ids, seen_at) VALUES ($1, $2, $3, now())",
            UUID(int=number),
            search["id"],
            [uuid4()],
        )
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as broken:
        async with db.transaction():
            await db.execute(statement)
    assert db.violated(broken.value) == constraint
