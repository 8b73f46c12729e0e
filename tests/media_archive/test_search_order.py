"""Lists of results in every order, page by page: nothing twice and nothing left out, whatever comes in meanwhile."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from archive_world import Union, add

from kit.identity import SYSTEM
from kit.testing import Ask
from media_archive.assets.visibility import Sight
from media_archive.search.alphabet import packed, sort_key
from media_archive.search.asking import Order, Question
from media_archive.search.documents import IndexedAsset
from media_archive.search.follow import Follower
from media_archive.search.index import AssetIndex
from media_archive.search.ordering import MAX_RESULTS_DEEP

ALL = Sight(everything=True)
BEGUN = datetime(2025, 1, 1, tzinfo=UTC)
SEARCH = """query ($query: String! = "", $sort: AssetSearchSort! = RELEVANCE, $first: Int! = 2, $after: String) {
    searchAssets(query: $query, sort: $sort, first: $first, after: $after) {
        totalCount nodes { asset { title } } pageInfo { hasNextPage endCursor } } }"""


def material(number: int, title: str = "", *, day: int = 0, minute: int = 0, text: str = "bản tin") -> IndexedAsset:
    return IndexedAsset(
        f"{number:04}",
        text,
        title or f"Số {number:04}",
        created_on=date(2024, 1, 1) + timedelta(days=day),
        added_at=BEGUN + timedelta(minutes=minute),
    )


def read(
    index: AssetIndex, order: Order, *, by: int, text: str = "", between: Callable[[], None] | None = None
) -> list[str]:
    ids: list[str] = []
    after = None
    while True:
        found = index.search(Question(text, ALL), limit=by, order=order, after=after)
        assert found.has_more == (len(found.ids) == by and found.has_more)
        ids += found.ids
        if not found.has_more:
            return ids
        after = found.places[-1]
        if between is not None:
            between()


@pytest.mark.parametrize("by", [1, 2, 3, 7])
def test_every_order_is_told_whole_by_pages(tmp_path: Path, by: int):
    index = AssetIndex(tmp_path / "index")
    index.write([material(0, day=3, minute=1), material(1, day=1, minute=2), material(2, day=2, minute=3)])
    # In several segments, with equal days and equal moments.
    index.write([material(3, day=3, minute=0), material(4, day=3, minute=1), material(5, day=3, minute=1)])
    same = {"0000", "0004", "0005"}
    newest = read(index, Order.NEWEST, by=by)
    assert (set(newest[:3]), newest[3:]) == (same, ["0003", "0002", "0001"])
    oldest = read(index, Order.OLDEST, by=by)
    assert (oldest[:3], set(oldest[3:])) == (["0001", "0002", "0003"], same)
    added = read(index, Order.ADDED, by=by)
    assert (added[:2], set(added[2:5]), added[5:]) == (["0002", "0001"], same, ["0003"])
    assert read(index, Order.TITLE, by=by) == [f"{number:04}" for number in range(6)]


def test_titles_come_in_the_order_of_the_alphabet(tmp_path: Path):
    titles = [
        "An toàn",
        "Ảnh chụp",
        "Áo dài",
        "Ăn ca",
        "Ấm no",
        "Bản tin",
        "Bản tin",
        "Cờ",
        "Dân",
        "Đoàn kết",
        "Em",
        "Ê",
    ]
    index = AssetIndex(tmp_path / "index")
    index.write(material(number, title) for number, title in reversed(list(enumerate(titles))))
    found = [titles[int(one)] for one in read(index, Order.TITLE, by=2)]
    assert found == titles


@pytest.mark.parametrize(
    "word", ["ma", "mà", "mả", "mã", "má", "mạ", "Ma", "đa", "kế hoạch số 1", "", "ж", "#", "ng" * 40]
)
def test_packed_keys_never_sort_against_keys(word: str):
    others = ["", "ma", "Mà", "mạ", "nữ", "kế hoạch số 2", "kế hoạch", "z", "жж", "1", " "]
    for other in others:
        if sort_key(word) < sort_key(other):
            assert packed(sort_key(word)) <= packed(sort_key(other))
    assert 0 <= packed(sort_key(word)) < 2**63


@pytest.mark.parametrize("order", [Order.NEWEST, Order.OLDEST, Order.ADDED, Order.TITLE, Order.RELEVANCE])
def test_what_comes_in_meanwhile_shifts_no_page(tmp_path: Path, order: Order):
    index = AssetIndex(tmp_path / "index")
    # Of one length, so that only how often the words stand there ranks them, with many equal answers.
    texts = ["bản tin " * often + "khác hẳn " * (5 - often) for often in range(1, 6)]
    there = [material(number, day=number, minute=number, text=texts[number % 5]) for number in range(40)]
    index.write(there)
    new = iter(range(100, 1000))

    def something_comes_in() -> None:
        # Before and behind what was shown, and better answers than any.
        at = next(new)
        index.write(
            [
                material(at, "Bản tin", day=500 + at, minute=500 + at, text="bản tin"),
                material(at + 400, "A", day=-at, minute=-at, text="khác hẳn với những bản tin đã có"),
            ]
        )

    ids = read(index, order, by=6, text="ban tin", between=something_comes_in)
    old = [one for one in ids if int(one) < 40]
    assert len(ids) == len(set(ids))
    assert set(old) == {one.id for one in there}


def test_many_titles_that_begin_alike_are_told_once_each(tmp_path: Path):
    index = AssetIndex(tmp_path / "index")
    index.write(material(number, f"Kế hoạch hoạt động của công đoàn số {number:03}") for number in range(300))
    assert read(index, Order.TITLE, by=50) == [f"{number:04}" for number in range(300)]


def test_an_answer_that_is_gone_does_not_stop_the_reading(tmp_path: Path):
    index = AssetIndex(tmp_path / "index")
    index.write(material(number, text="bản tin " + "khác " * number) for number in range(9))
    first = index.search(Question("ban tin", ALL), limit=4)
    index.write([], gone=first.ids)
    rest = index.search(Question("ban tin", ALL), limit=9, after=first.places[-1])
    assert set(first.ids) | set(rest.ids) == {f"{number:04}" for number in range(9)}


def test_a_ranked_list_ends_after_a_thousand(tmp_path: Path):
    index = AssetIndex(tmp_path / "index")
    index.write(material(number) for number in range(MAX_RESULTS_DEEP + 30))
    assert len(read(index, Order.RELEVANCE, by=100, text="ban tin")) == MAX_RESULTS_DEEP
    assert len(read(index, Order.NEWEST, by=100)) == MAX_RESULTS_DEEP + 30


@pytest.mark.parametrize("sort", ["RELEVANCE", "NEWEST", "OLDEST", "ADDED", "TITLE"])
@pytest.mark.parametrize("query", ["", "ban tin"])
async def test_the_graph_pages_every_order(ask: Ask, union: Union, search: Follower, sort: str, query: str):
    titles = [f"Bản tin số {number}" for number in range(5)]
    for number, title in enumerate(titles):
        await add(union.factory, title, created_on=date(2024, 1, 1 + number))
    await search.catch_up()
    seen: list[str] = []
    after = None
    for more in (True, True, False):
        page = (await ask(SEARCH, SYSTEM, query=query, sort=sort, after=after)).field
        assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (5, more)
        seen += [node["asset"]["title"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert sorted(seen) == titles
    if sort == "RELEVANCE" and query:
        return
    assert seen == (titles if sort in ("OLDEST", "TITLE") else titles[::-1])


async def test_a_cursor_of_another_order_is_refused(ask: Ask, union: Union, search: Follower):
    for number in range(3):
        await add(union.factory, f"Bản tin số {number}")
    await search.catch_up()
    cursors = {
        sort: (await ask(SEARCH, SYSTEM, query="ban tin", sort=sort)).field["pageInfo"]["endCursor"]
        for sort in ("RELEVANCE", "NEWEST", "OLDEST", "ADDED", "TITLE")
    }
    for sort in cursors:
        for other, cursor in cursors.items():
            reply = await ask(SEARCH, SYSTEM, query="ban tin", sort=sort, after=cursor)
            assert reply.code == (None if sort == other else "INVALID_INPUT"), (sort, other)
