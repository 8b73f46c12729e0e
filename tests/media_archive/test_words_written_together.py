"""Words written together, as in hashtags, find nothing: what they are apart is offered, as far as that finds something."""

import random
from time import perf_counter
from urllib.parse import quote_plus

import pytest
from archive_world import Union, add, contributor, worker

from kit.identity import ANONYMOUS
from kit.testing import Ask, Client
from media_archive.search.apart import LONGEST, taken_apart
from media_archive.search.follow import Follower

SUGGEST = "query ($q: String!) { suggestSearch(query: $q) { text sort } }"
KNOWN = {"an", "toan", "to", "vien", "on", "lao", "dong", "ve", "sinh", "cong", "doan", "do", "a", "o", "nghieng"}
PAIRS = {("an", "toan"): 90, ("toan", "lao"): 30, ("lao", "dong"): 80, ("ve", "sinh"): 9, ("cong", "doan"): 50}


def cut(word: str) -> list[str]:
    """Return the ways in which a word is taken apart, with spaces."""
    ways = taken_apart(word, KNOWN.__contains__, lambda first, second: PAIRS.get((first, second), 0))
    return [" ".join(word[start:end] for start, end in zip(way, [*way[1:], len(word)], strict=True)) for way in ways]


@pytest.mark.parametrize(
    ("word", "apart"),
    [
        ("antoan", "an toan"),
        ("antoanlaodong", "an toan lao dong"),
        ("antoanvesinhlaodong", "an toan ve sinh lao dong"),
        ("congdoan", "cong doan"),
        ("laodongcongdoan", "lao dong cong doan"),
    ],
)
def test_syllables_that_stand_together_are_preferred(word: str, apart: str):
    assert cut(word) == [apart]


def test_two_ways_that_are_as_good_are_both_told():
    known = {"hoan", "hoang", "anh", "gan", "ganh", "an"}
    ways = taken_apart("hoanganh", known.__contains__, lambda first, second: 0)
    assert ways == [[0, 4], [0, 5]]


@pytest.mark.parametrize("word", ["an", "toan", "antoanx", "xantoan", "antoanđien", "internet", "2026", "an2026", ""])
def test_what_is_not_made_of_known_syllables_is_left(word: str):
    assert cut(word) == []


def test_one_syllable_is_not_apart():
    assert cut("nghieng") == []


def test_long_words_are_bounded():
    longest = ("an" * LONGEST)[:LONGEST]
    asked: list[str] = []

    def is_known(syllable: str) -> bool:
        asked.append(syllable)
        return True

    pairs: list[str] = []

    def together(first: str, second: str) -> int:
        pairs.append(first + second)
        return 1

    assert taken_apart(longest, is_known, together)
    # Seven syllables end at each letter, and seven stand before each of them.
    assert len(asked) <= 7 * LONGEST
    assert len(pairs) <= 49 * LONGEST
    assert taken_apart(longest + "a", is_known, together) == []
    begun = perf_counter()
    for number in range(20):
        taken_apart("".join(random.Random(number).choices("aeounghtc", k=LONGEST)), is_known, together)
    assert perf_counter() - begun < 2


@pytest.fixture
async def shelf(union: Union, search: Follower) -> Union:
    for title in ("An toàn lao động trong xưởng", "Tháng hành động an toàn", "Vệ sinh lao động", "Công đoàn vững mạnh"):
        await add(union.factory, title, visibility="public")
    await add(union.south, "Nghỉ hưu sớm", visibility="private")
    await search.catch_up()
    return union


async def offered(ask: Ask, q: str, caller: object = ANONYMOUS) -> list[str]:
    found = (await ask(SUGGEST, caller, q=q)).field  # pyright: ignore[reportArgumentType]
    assert all(one["sort"] == "words" for one in found)
    return [one["text"] for one in found]


async def test_the_graph_offers_them_apart_as_titles_spell_them(ask: Ask, shelf: Union):
    assert (await offered(ask, "antoanlaodong"))[0] == "an toàn lao động"
    assert (await offered(ask, "#AnToanLaoDong"))[0] == "an toàn lao động"
    # No title has all of it in a row.
    assert (await offered(ask, "antoanvesinhlaodong"))[0] == "an toan ve sinh lao dong"
    # Only what is written together changes, and typed accents stay.
    assert await offered(ask, "congđoàn") == ["công đoàn"]
    assert (await offered(ask, "xưởng antoàn"))[0] == "xưởng an toàn"


async def test_nothing_is_offered_of_what_the_caller_may_not_see(ask: Ask, shelf: Union):
    assert await offered(ask, "nghihuu") == []
    assert await offered(ask, "nghihuu", worker(shelf.factory)) == []
    assert (await offered(ask, "nghihuu", contributor(shelf.south)))[0] == "nghỉ hưu"


async def test_the_page_asks_back(client: Client, shelf: Union):
    for q, text in (("antoan", "an toàn"), ("#antoanlaodong", "an toàn lao động")):
        page = (await client.get("/archive/", params={"q": q})).text
        assert "Có phải anh/chị tìm:" in page
        assert f'href="/archive/?q={quote_plus(text)}"' in page.partition("Có phải anh/chị tìm:")[2]
        assert text in page
    assert "Có phải anh/chị tìm:" not in (await client.get("/archive/", params={"q": "zyxwvut"})).text


async def test_a_word_that_finds_something_is_left(ask: Ask, shelf: Union, search: Follower):
    await add(shelf.factory, "Thẻ #antoan của Công đoàn", visibility="public")
    await search.catch_up()
    found = (await ask(SUGGEST, q="antoan")).field
    assert found == [
        {"text": "antoan", "sort": "words"},
        {"text": "Thẻ #antoan của Công đoàn", "sort": "title"},
    ]
