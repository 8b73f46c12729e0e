"""Finding units by name or code: with accents or without, composed or not, the best match first."""

import unicodedata

import pytest

from kit.testing import queries

SEARCH = """
query ($query: String, $first: Int! = 20, $after: String, $level: String, $kind: String, $region: String, $within: ID) {
  units(query: $query, first: $first, after: $after, level: $level, kind: $kind, region: $region, within: $within) {
    nodes { code } pageInfo { hasNextPage endCursor } } }"""


async def found(ask, query=None, **more):
    reply = await ask(SEARCH, query=query, **more)
    return [node["code"] for node in reply.field["nodes"]]


@pytest.fixture
async def names(tree, new_unit):
    """Units whose names differ in accents, and in how much of a name they share."""
    for code, name in [
        ("HOA1", "Công đoàn Công ty Hóa chất"),
        ("HOA2", "Công đoàn Công ty Hoa Sen"),
        ("HOA3", "Công đoàn Công ty Hòa Phát"),
        ("SEN", "Hoa Sen"),
        ("SENVANG", "Hoa Sen Vàng"),
        ("THUY", "Công đoàn Công ty Thuỷ sản Cà Mau"),
    ]:
        await new_unit(tree.hue, name, code, "grassroots", region="north_central")
    return tree


async def test_the_whole_name_comes_before_its_beginning_before_its_words(ask, names):
    assert await found(ask, "hoa sen") == ["SEN", "SENVANG", "HOA2"]


@pytest.mark.parametrize("query", ["hà nội", "ha noi", "HÀ NỘI", "Ha Nội", "hà-nội"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_finds_with_and_without_accents_in_any_form(ask, tree, query, form):
    assert (await found(ask, unicodedata.normalize(form, query)))[0] == "HN"


async def test_an_accent_that_is_typed_is_meant(ask, names):
    assert (await found(ask, "công ty hóa"))[0] == "HOA1"
    assert (await found(ask, "công ty hòa"))[0] == "HOA3"
    assert set(await found(ask, "cong ty hoa")) >= {"HOA1", "HOA2", "HOA3"}


@pytest.mark.parametrize("query", ["thủy sản", "thuỷ sản", "thuy san"])
async def test_both_placements_of_a_tone_are_one_word(ask, names, query):
    assert (await found(ask, query))[0] == "THUY"


async def test_a_word_may_be_typed_halfway(ask, names):
    assert (await found(ask, "thuy sa"))[0] == "THUY"


async def test_a_slip_is_forgiven(ask, names):
    assert "THUY" in await found(ask, "thuy sann ca mau")


@pytest.mark.parametrize("query", ["EVN", "evn", "hn-001", "HN 001"])
async def test_finds_by_code_and_short_name(ask, tree, query):
    assert (await found(ask, query))[0] == "EVN" if "evn" in query.lower() else "HN-001"


async def test_finds_by_the_english_name(ask, tree):
    assert await found(ask, "general confederation") == ["TLD"]


@pytest.mark.parametrize("query", ["%", "_", "\\", "...", "", "   ", "\x00", "zzzz qqqq xxxx"])
async def test_finds_nothing_for_what_no_unit_has(ask, tree, query):
    assert await found(ask, query) == []


async def test_signs_in_a_query_mean_nothing(ask, tree):
    assert await found(ask, "%huế%") == ["HUE"]


async def test_without_words_lists_all_in_vietnamese_order(ask, tree):
    assert await found(ask) == ["HN-001-01", "HN-001", "EVN", "HN", "HUE", "TLD"]


async def test_narrows_by_level_kind_region_and_place(ask, tree):
    assert await found(ask, level="section") == ["HN-001-01"]
    assert await found(ask, kind="central_industry") == ["EVN"]
    assert await found(ask, region="north_central") == ["HUE"]
    assert await found(ask, within=str(tree.hanoi["id"])) == ["HN-001-01", "HN-001", "HN"]
    assert await found(ask, "công đoàn", within=str(tree.hanoi["id"]), level="grassroots") == ["HN-001"]


async def test_comes_page_by_page_without_gaps_or_repeats(ask, names):
    whole = await found(ask, "cong doan")
    assert len(whole) > 5
    pages, after = [], None
    while True:
        page = (await ask(SEARCH, query="cong doan", first=2, after=after)).field
        pages += [node["code"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert pages == whole


@pytest.mark.parametrize("first", [1, 3])
async def test_the_list_comes_page_by_page(ask, tree, first):
    pages, after = [], None
    while after is not None or not pages:
        page = (await ask(SEARCH, first=first, after=after)).field
        pages += [node["code"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    assert pages == await found(ask)


async def test_a_search_takes_one_statement(ask, names):
    with queries() as asked:
        await found(ask, "hoa sen")
    assert asked.count == 1


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        ({"query": "x" * 201}, "INVALID_INPUT", "query"),
        ({"level": "No Code"}, "INVALID_INPUT", "level"),
        ({"kind": "\x00"}, "INVALID_INPUT", "kind"),
        ({"region": "É"}, "INVALID_INPUT", "region"),
        ({"first": 101}, "INVALID_INPUT", "first"),
        ({"after": "WzFd"}, "INVALID_INPUT", "after"),
        ({"within": "x"}, "NOT_FOUND", None),
        ({"within": "00000000-0000-0000-0000-000000000000"}, "NOT_FOUND", None),
    ],
)
async def test_refuses(ask, tree, arguments, code, field):
    reply = await ask(SEARCH, **arguments)
    assert (reply.code, reply.errors[0]["extensions"].get("field")) == (code, field)
