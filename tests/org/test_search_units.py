"""Finding units by name or code: with accents or without, composed or not, the best match first."""

import unicodedata
from datetime import date, timedelta

import pytest

from kit import db
from kit.calendar import today
from kit.identity import SYSTEM
from kit.testing import queries
from org.units.service import UnitNames, begin, change_unit, derive_paths, rename_unit
from org.units.service.versions import close

SEARCH = """
query ($query: String, $first: Int! = 20, $after: String, $level: String, $kind: String, $region: String, $within: ID, $asOf: Date) {
  units(query: $query, first: $first, after: $after, level: $level, kind: $kind, region: $region, within: $within, asOf: $asOf) {
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


async def test_a_search_takes_one_statement_for_each_tier(ask, names):
    with queries() as asked:
        await found(ask, "hoa sen", first=1)
    # How many share the words; by name.
    assert asked.count == 2
    with queries() as asked:
        await found(ask, "hoa sen")
    # Also by place and by former name, as there is room for more.
    assert asked.count == 4


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        ({"query": "x" * 201}, "INVALID_INPUT", "query"),
        ({"level": "No Code"}, "UNKNOWN_CODE", "level"),
        ({"kind": "\x00"}, "UNKNOWN_CODE", "kind"),
        ({"region": "É"}, "UNKNOWN_CODE", "region"),
        ({"level": "zz", "query": "may"}, "UNKNOWN_CODE", "level"),
        ({"kind": "zz"}, "UNKNOWN_CODE", "kind"),
        ({"region": "zz"}, "UNKNOWN_CODE", "region"),
        ({"first": 101}, "INVALID_INPUT", "first"),
        ({"after": "WzFd"}, "INVALID_INPUT", "after"),
        ({"within": "x"}, "NOT_FOUND", None),
        ({"within": "00000000-0000-0000-0000-000000000000"}, "NOT_FOUND", None),
    ],
)
async def test_refuses(ask, tree, arguments, code, field):
    reply = await ask(SEARCH, **arguments)
    assert (reply.code, reply.errors[0]["extensions"].get("field")) == (code, field)


AHEAD = today() + timedelta(days=30)


async def closed(unit, on):
    """Close a unit without what else a closure needs."""
    change = await begin(SYSTEM, "dissolve", on)
    await close(unit["id"], on, change.version)
    await derive_paths([unit["id"]])


async def test_finds_what_had_the_name_on_the_day(ask, tree):
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn Hoa Phượng"), date(2026, 3, 1))
    assert await found(ask, "hoa phuong", asOf="2026-02-28") == []
    assert await found(ask, "hoa phuong", asOf="2026-03-01") == ["HN-001"]
    assert await found(ask, "may hoa binh", asOf="2026-02-28") == ["HN-001"]


async def test_a_former_name_finds_the_unit_after_those_that_have_it_now(ask, tree, new_unit):
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn Hoa Phượng"), date(2026, 3, 1))
    await new_unit(tree.hue, "Công đoàn Nhà máy May Hòa Bình Xanh", "HUE-1", "grassroots")
    assert await found(ask, "may hoa binh") == ["HUE-1", "HN-001"]
    assert await found(ask, "may hòa bình", within=str(tree.hanoi["id"])) == ["HN-001"]


async def test_a_name_that_is_planned_does_not_find_the_unit_yet(ask, tree):
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn Hoa Phượng"), AHEAD)
    assert await found(ask, "phuong") == []
    assert await found(ask, "phuong", asOf=AHEAD.isoformat()) == ["HN-001"]


async def test_closed_units_are_found_when_asked_for_and_marked(ask, tree):
    await rename_unit(SYSTEM, tree.section["id"], UnitNames("Công đoàn bộ phận Hoa Phượng"), date(2026, 2, 1))
    await closed(tree.section, date(2026, 3, 1))
    assert await found(ask, "hoa phuong") == []
    document = """query ($query: String) { units(query: $query, includeClosed: true) {
      nodes { code nameVi closedOn parent { code } ancestors { code } } } }"""
    for query in ("hoa phuong", "xuong cat", "HN-001-01"):
        nodes = (await ask(document, query=query)).field["nodes"]
        assert [node for node in nodes if node["code"] == "HN-001-01"] == [
            {
                "code": "HN-001-01",
                "nameVi": "Công đoàn bộ phận Hoa Phượng",
                "closedOn": "2026-03-01",
                "parent": {"code": "HN-001"},
                "ancestors": [{"code": "TLD"}, {"code": "HN"}, {"code": "HN-001"}],
            }
        ]
    assert await found(ask, "xuong cat", asOf="2026-01-31") == ["HN-001-01"]


async def test_finds_by_the_place_in_which_a_unit_is(ask, tree, new_unit):
    code, name = await db.row(
        "SELECT code, search_folded FROM place WHERE kind = 'province' AND code = '01' AND valid @> $1::date", today()
    )
    assert "ha noi" in name
    await change_unit(SYSTEM, tree.garment["id"], {"province": code}, date(2026, 1, 1))
    assert await found(ask, "ha noi") == ["HN", "HN-001"]
    assert await found(ask, "Hà Nội", within=str(tree.garment["id"])) == ["HN-001"]


async def test_pages_go_through_all_tiers_without_gaps_or_repeats(ask, tree, new_unit):
    for n in range(5):
        unit = await new_unit(tree.hue, f"Công đoàn Sen {n}", f"H-{n}", "grassroots")
        if n % 2:
            await rename_unit(SYSTEM, unit["id"], UnitNames(f"Công đoàn Cúc {n}"), date(2026, 3, 1))
    await new_unit(tree.hanoi, "Sen", "S", "grassroots")
    whole = await found(ask, "sen")
    pages, after = [], None
    while after is not None or not pages:
        page = (await ask(SEARCH, query="sen", first=1, after=after)).field
        pages += [node["code"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    assert whole == ["S", "H-0", "H-2", "H-4", "H-1", "H-3"]
    assert pages == whole


@pytest.fixture
async def crowd(tree):
    """Six thousand grassroots unions, so that "công đoàn" is in the names of very many."""
    await db.execute("SET LOCAL session_replication_role = replica")
    await db.execute(
        """INSERT INTO unit (number, label, created_on)
           SELECT nextval('unit_number'), 'c' || lpad(n::text, 4, '0'), '2025-07-01' FROM generate_series(1, 6000) AS n"""
    )
    await db.execute(
        """INSERT INTO unit_version (unit_id, number, since, name_vi, code, level, kind, parent_id, made_in, search_accented,
                                     sort_key)
           SELECT id, number, created_on, 'Công đoàn ' || label, upper(label), 'grassroots', 'enterprise', $1,
                  (SELECT version FROM tree_version), ' công đoàn ' || label, label FROM unit WHERE label ~ '^c'""",
        tree.hue["id"],
    )
    await db.execute(
        "INSERT INTO unit_path SELECT id, $1 || label, created_on, 'infinity', true FROM unit WHERE label ~ '^c'",
        tree.hue["path"],
    )
    await db.execute("SET LOCAL session_replication_role = origin")
    return tree


async def test_words_that_very_many_share_list_them_level_by_level(ask, crowd, new_unit):
    await new_unit(crowd.evn, "Công đoàn", "CD", "grassroots")
    wanted = ["CD", "EVN", "HN-001", "C0001"]
    pages, after = [], None
    while len(pages) < 4:
        page = (await ask(SEARCH, query="cong doan", first=2, after=after)).field
        pages += [node["code"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert pages == wanted
    assert await found(ask, "cong doan", within=str(crowd.hanoi["id"])) == ["HN-001", "HN-001-01"]
    assert (await found(ask, "cong doan c4711"))[0] == "C4711"
