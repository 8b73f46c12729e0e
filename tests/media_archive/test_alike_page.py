"""Pairs of pictures that wait for a decision, listed for whoever looks after the materials of a unit."""

from typing import Any

import pytest
from archive_browser import PHONE, check, open_page, origin
from archive_world import Union, add, contributor, editor, picture, small_union, worker
from playwright.async_api import Browser

from kit import db
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import Ask, Client, queries
from media_archive.similarity.waiting import cursor_of, waiting_pairs

__all__ = ["origin"]
PLACE = "/archive/alike"


async def pair(one: str, other: str, number: int = 1) -> None:
    await db.execute(
        """INSERT INTO near_duplicate (first_id, second_id, is_mirrored, difference, found_at)
           VALUES (least($1::uuid, $2::uuid), greatest($1::uuid, $2::uuid), $4, 0.1,
                   timestamptz '2026-05-01' + $3 * interval '1 hour')""",
        one,
        other,
        number,
        number == 1,
    )


async def two(union: Union) -> tuple[str, str]:
    one, other = (
        await add(union.factory, "Ảnh gốc", visibility="union"),
        await add(union.south, "Ảnh cắt", visibility="union"),
    )
    await pair(one, other)
    return one, other


async def decide(client: Client, caller: Any, union: Union, ids: tuple[str, str], state: str) -> Any:
    said = {"unit": str(union.factory.id), "asset": ids[0], "other": ids[1], "state": state}
    return await client.post(PLACE, caller=caller, data=said, headers={"Sec-Fetch-Site": "same-origin"})


async def test_a_pair_is_shown_and_gone_once_decided(client: Client, union: Union):
    ids = await two(union)
    page = (await client.get(PLACE, caller=contributor(union.factory))).text
    assert [title in page for title in ("Ảnh gốc", "Ảnh cắt", "Lật như trong gương.")] == [True, True, True]
    reply = await decide(client, contributor(union.factory), union, ids, "accepted")
    assert (reply.status_code, reply.headers["location"]) == (303, f"{PLACE}?unit={union.factory.id}&done=1")
    assert await db.value("SELECT state FROM near_duplicate") == "accepted"
    after = (await client.get(reply.headers["location"], caller=contributor(union.factory))).text
    assert ("Ảnh gốc" in after, "Không có ảnh nào đang chờ." in after) == (False, True)


async def test_is_told_to_those_who_look_after_a_side_and_see_both(client: Client, union: Union):
    hidden = await add(union.south, "Ảnh kín", visibility="private")
    await pair(await add(union.factory, "Ảnh gốc"), hidden)
    assert "Ảnh gốc" not in (await client.get(PLACE, caller=contributor(union.factory))).text
    assert "Ảnh gốc" in (await client.get(PLACE, caller=editor(union.root))).text
    elsewhere = await client.get(f"{PLACE}?unit={union.south.id}", caller=contributor(union.factory))
    assert [elsewhere.status_code, (await client.get(PLACE, caller=worker(union.factory))).status_code] == [403, 403]
    assert (await client.get(PLACE, caller=ANONYMOUS)).status_code == 401


async def test_a_refusal_is_said_on_the_page_and_decides_nothing(client: Client, union: Union):
    ids = await two(union)
    reply = await decide(client, contributor(union.factory), union, ids, "perhaps")
    assert (reply.status_code, "chọn accepted hoặc rejected" in reply.text) == (422, True)
    assert await db.value("SELECT state FROM near_duplicate") == "suggested"


async def test_the_list_goes_on_where_it_ended_at_the_same_cost(client: Client, union: Union):
    ids = sorted([await add(union.factory, f"Ảnh {number}") for number in range(5)])
    for number, one in enumerate(ids[1:], start=1):
        await pair(ids[0], one, number)
    first = await waiting_pairs(SYSTEM, union.factory.path, 2, None)
    rest = await waiting_pairs(SYSTEM, union.factory.path, 9, cursor_of(first[-1]))
    assert [str(row["second_id"]) for row in (*first, *rest)] == [*reversed(ids[1:])]
    counts: list[int] = []
    for number in (4, 1):
        await db.execute(
            "DELETE FROM near_duplicate WHERE found_at > timestamptz '2026-05-01' + $1 * interval '1 hour'", number
        )
        with queries() as asked:
            await client.get(PLACE, caller=contributor(union.factory))
        counts.append(asked.count)
    assert counts[0] == counts[1]


WAITING = """query ($unit: ID!, $first: Int = 20, $after: String) {
    waitingNearDuplicates(unitId: $unit, first: $first, after: $after) {
    nodes { isMirrored asset { id title } other { id title } } pageInfo { hasNextPage endCursor } } }"""
DECIDE = """mutation ($input: DecideNearDuplicateInput!) { decideNearDuplicate(input: $input) {
    ... on DecideNearDuplicateSuccess { asset { id } } ... on Problem { code } } }"""


async def test_the_graph_lists_the_same_pairs_until_they_are_decided(ask: Ask, union: Union):
    ids = await two(union)
    hidden = await add(union.south, "Ảnh kín", visibility="private")
    await pair(ids[0], hidden, 2)
    asked = {"unit": str(union.factory.id)}
    [waiting] = (await ask(WAITING, contributor(union.factory), **asked)).field["nodes"]
    assert waiting["isMirrored"] is True
    assert {waiting["asset"]["title"], waiting["other"]["title"]} == {"Ảnh gốc", "Ảnh cắt"}
    assert len((await ask(WAITING, editor(union.root), **asked)).field["nodes"]) == 2
    for caller, code in ((ANONYMOUS, "SIGN_IN_REQUIRED"), (worker(union.root), "FORBIDDEN")):
        assert (await ask(WAITING, caller, **asked)).code == code
    assert (await ask(WAITING, contributor(union.factory), unit=str(union.south.id))).code == "FORBIDDEN"
    said = {"assetId": waiting["asset"]["id"], "otherId": waiting["other"]["id"], "state": "rejected"}
    assert (await ask(DECIDE, contributor(union.factory), input=said)).code is None
    assert (await ask(WAITING, contributor(union.factory), **asked)).field["nodes"] == []


async def test_the_graph_lists_pairs_page_by_page_at_the_same_cost(ask: Ask, union: Union):
    ids = sorted([await add(union.factory, f"Ảnh {number}") for number in range(6)])
    for number, one in enumerate(ids[1:], start=1):
        await pair(ids[0], one, number)
    seen: list[str] = []
    counts: list[int] = []
    more: list[bool] = []
    after = None
    for _ in range(3):
        said = {"unit": str(union.factory.id), "first": 2, "after": after}
        with queries() as asked:
            reply = await ask(WAITING, contributor(union.factory), **said)
        counts.append(asked.count)
        seen += [one["other"]["id"] for one in reply.field["nodes"]]
        more.append(reply.field["pageInfo"]["hasNextPage"])
        after = reply.field["pageInfo"]["endCursor"]
    assert (seen, more) == ([*reversed(ids[1:])], [True, True, False])
    assert counts == [3, 3, 3]


@pytest.mark.committed
async def test_is_accessible_and_fits_a_phone(browser: Browser, origin: str):
    union = await small_union()
    one = await add(union.factory, "Ảnh hội nghị người lao động", picture(), visibility="union")
    await pair(one, await add(union.south, "Ảnh cắt", picture("PNG"), visibility="union"))
    page = await open_page(browser, PHONE, contributor(union.factory))
    await page.goto(f"{origin}{PLACE}")
    await check(page, "alike")
    await page.get_by_role("button", name="Không phải").click()
    await page.get_by_role("status").wait_for()
    assert await db.value("SELECT state FROM near_duplicate") == "rejected"
