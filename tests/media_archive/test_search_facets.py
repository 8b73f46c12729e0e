"""What a search can be narrowed by: counts of what one may see, values that widen, facets that narrow."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from archive_world import Union, add, worker

from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import Ask, Client, queries
from media_archive.assets.visibility import Sight
from media_archive.search.asking import Facet, Question
from media_archive.search.documents import IndexedAsset
from media_archive.search.follow import Follower
from media_archive.search.index import AssetIndex

ALL = Sight(everything=True)
SEARCH = """query ($query: String! = "", $within: ID, $filter: AssetSearchFilter, $first: Int! = 20) {
    searchAssets(query: $query, within: $within, filter: $filter, first: $first) {
        totalCount nodes { asset { title } }
        facets { facet values { value nameVi nameEn count isChosen } } } }"""


@pytest.fixture
def shelf(tmp_path: Path) -> AssetIndex:
    index = AssetIndex(tmp_path / "index")
    told = [
        ("news", ("labour_law",), 2024, "vi", ("00001", "00002", "00003")),
        ("news", ("benefits",), 2024, "vi", ("00001", "00002", "00004")),
        ("photo", ("benefits",), 2023, "en", ("00001", "00005")),
        ("photo", ("benefits", "labour_law"), 2022, "vi", ("00001", "00002")),
    ]
    index.write(
        IndexedAsset(
            str(number),
            "bản tin",
            kind=kind,
            topics=topics,
            created_on=date(year, 1, 1),
            language=language,
            units=units,
            added_at=datetime(2025, 1, 1 + number, tzinfo=UTC),
        )
        for number, (kind, topics, year, language, units) in enumerate(told)
    )
    return index


def counts(index: AssetIndex, question: Question) -> dict[str, dict[str, int]]:
    return {facet.value: {one.value: one.count for one in some} for facet, some in index.facets(question).items()}


@pytest.mark.parametrize("text", ["", "ban tin", '"bản tin"'])
def test_every_facet_is_counted(shelf: AssetIndex, text: str):
    assert counts(shelf, Question(text, ALL)) == {
        "kind": {"news": 2, "photo": 2},
        "unit": {"00002": 3, "00005": 1},
        "topic": {"benefits": 3, "labour_law": 2},
        "year": {"2024": 2, "2023": 1, "2022": 1},
        "language": {"vi": 3, "en": 1},
        "rights": {},
    }


def test_values_of_a_facet_widen_facets_narrow_and_a_facet_does_not_count_itself(shelf: AssetIndex):
    question = Question("ban tin", ALL, filters={Facet.KIND: ("news",), Facet.TOPIC: ("benefits", "labour_law")})
    assert set(shelf.search(question, limit=9).ids) == {"0", "1"}
    told = counts(shelf, question)
    assert told["kind"] == {"news": 2, "photo": 2}
    assert told["topic"] == {"benefits": 1, "labour_law": 1}
    assert told["year"] == {"2024": 2}
    assert shelf.search(question.without(Facet.TOPIC), limit=9).total == 2
    years = Question("", ALL, filters={Facet.YEAR: ("2023", "2022"), Facet.LANGUAGE: ("vi",)})
    assert shelf.search(years, limit=9).ids == ["3"]


def test_units_are_counted_right_below_the_one_looked_at(shelf: AssetIndex):
    assert counts(shelf, Question("", ALL, "00002", level=2))["unit"] == {"00003": 1, "00004": 1}
    assert counts(shelf, Question("", ALL, "00001", level=1))["unit"] == {"00002": 3, "00005": 1}
    chosen = Question("", ALL, "00001", level=1, filters={Facet.UNIT: ("00005", "00003")})
    assert set(shelf.search(chosen, limit=9).ids) == {"0", "2"}


@pytest.mark.parametrize("year", ["x", "", "99999", "²"])
def test_what_is_no_year_is_no_ones_year(shelf: AssetIndex, year: str):
    assert shelf.search(Question("", ALL, filters={Facet.YEAR: (year,)}), limit=9).total == 0


def test_taking_a_filter_away_never_leaves_fewer(tmp_path: Path):
    index = AssetIndex(tmp_path / "apart")
    index.write(
        [
            IndexedAsset("row", "ảnh tết", kind="photo"),
            IndexedAsset("apart", "ảnh chụp ngày tết", kind="news"),
        ]
    )
    assert index.search(Question("ảnh tết", ALL), limit=9).ids == ["row"]
    narrowed = Question("ảnh tết", ALL, filters={Facet.KIND: ("news",)})
    assert index.search(narrowed, limit=9).total == 0
    assert counts(index, narrowed)["kind"] == {"photo": 1}


async def test_the_graph_names_values_and_says_which_are_chosen(ask: Ask, union: Union, search: Follower):
    await add(union.factory, "Bản tin một", kind="news", topics=("benefits",), created_on=date(2024, 5, 1))
    await add(union.factory, "Bản tin hai", kind="photo", created_on=date(2023, 5, 1))
    await add(union.south, "Bản tin ba", kind="news", language="en", created_on=date(2023, 5, 1))
    await search.catch_up()
    chosen = {"kinds": ["news", "poster"], "units": [str(union.north.id)]}
    found = (await ask(SEARCH, SYSTEM, query="ban tin", filter=chosen)).field
    assert (found["totalCount"], [node["asset"]["title"] for node in found["nodes"]]) == (1, ["Bản tin một"])
    told = {one["facet"]: one["values"] for one in found["facets"]}
    assert told["kind"] == [
        {"value": "news", "nameVi": "Tin", "nameEn": "News", "count": 1, "isChosen": True},
        {"value": "photo", "nameVi": "Ảnh", "nameEn": "Photo", "count": 1, "isChosen": False},
        {"value": "poster", "nameVi": "Áp phích, pa nô", "nameEn": "Poster or panel", "count": 0, "isChosen": True},
    ]
    assert {(one["value"], one["nameVi"], one["count"], one["isChosen"]) for one in told["unit"]} == {
        (str(union.north.id), union.north.name_vi, 1, True),
        (str(union.south.id), union.south.name_vi, 1, False),
    }
    assert [(one["value"], one["nameEn"]) for one in told["topic"]] == [("benefits", "Benefits of membership")]
    assert [(one["value"], one["count"]) for one in told["year"]] == [("2024", 1)]
    assert [(one["nameVi"], one["nameEn"]) for one in told["language"]] == [("Tiếng Việt", "Vietnamese")]
    assert [(one["value"], one["nameEn"]) for one in told["rights"]] == [("unknown", "Not known")]


@pytest.mark.parametrize("year", ["9" * 5_000, "²", "٣٣", "-1"], ids=["long", "small", "arabic", "negative"])
async def test_a_year_that_is_none_finds_nothing_and_is_shown_last(client: Client, search: Follower, year: str):
    page = await client.get("/archive/", params={"year": year})
    assert page.status_code == 200


async def test_only_what_one_may_see_is_counted(ask: Ask, union: Union, search: Follower):
    await add(union.factory, "Bản tin công khai", kind="news", visibility="public")
    await add(union.factory, "Bản tin nội bộ", kind="report", visibility="unit")
    await search.catch_up()
    for caller, kinds in (
        (ANONYMOUS, {"news"}),
        (worker(union.south), {"news"}),
        (worker(union.factory), {"news", "report"}),
    ):
        found = (await ask(SEARCH, caller)).field
        assert {value["value"] for value in found["facets"][0]["values"]} == kinds
        assert found["totalCount"] == len(kinds)


async def test_a_page_with_facets_takes_as_many_statements_however_much_it_shows(
    plain_ask: Ask, union: Union, search: Follower
):
    for number in range(6):
        await add(union.factory, f"Bản tin số {number}", topics=("benefits",))
    await search.catch_up()
    for first in (1, 6):
        with queries() as counted:
            found = (await plain_ask(SEARCH, SYSTEM, query="ban tin", first=first)).field
        # The assets, their texts, and the names of what is counted.
        assert (len(found["nodes"]), counted.count) == (first, 3)


FACETS_IN_FRAGMENTS = """query { searchAssets {
    ... on AssetSearchPage { ...Narrowing } totalCount } }
  fragment Narrowing on AssetSearchPage { counted: facets { facet values { value count } } }"""


async def test_facets_are_told_wherever_the_question_asks_for_them_and_only_then_counted(
    plain_ask: Ask, union: Union, search: Follower
):
    await add(union.factory, "Bản tin", kind="news")
    await search.catch_up()
    found = (await plain_ask(FACETS_IN_FRAGMENTS, SYSTEM)).field
    assert found["counted"][0] == {"facet": "kind", "values": [{"value": "news", "count": 1}]}
    with queries() as counted:
        await plain_ask("{ searchAssets { totalCount } }", SYSTEM)
    # The assets; no names of what would be counted.
    assert counted.count == 1


async def test_no_more_than_fifty_values_can_be_chosen(ask: Ask, union: Union, search: Follower):
    reply = await ask(SEARCH, SYSTEM, filter={"years": list(range(51))})
    assert (reply.code, reply.errors[0]["message"]) == ("INVALID_INPUT", "filter: chọn nhiều nhất 50 giá trị")


async def test_a_unit_nobody_knows_finds_nothing(ask: Ask, union: Union, search: Follower):
    await add(union.factory, "Bản tin")
    await search.catch_up()
    unknown = {"units": ["6f9619ff-8b86-d011-b42d-00c04fc964ff"]}
    assert (await ask(SEARCH, SYSTEM, filter=unknown)).field["totalCount"] == 0


def test_counts_are_whole_however_the_index_is_cut_into_segments(tmp_path: Path):
    index = AssetIndex(tmp_path / "segments")
    # Each unit is rare in every segment; the one that all segments have is the most frequent of all.
    for segment in range(3):
        index.write(
            IndexedAsset(f"{segment}-{unit}-{number}", "bản tin", units=("00001", f"{unit:05}"))
            for unit in [*range(100 + segment * 700, 700 + segment * 700), 99]
            for number in range(1 if unit == 99 else 2)
        )
    told = index.facets(Question("", ALL, "00001", level=1), (Facet.UNIT,))[Facet.UNIT]
    assert len(told) == 50
    assert (told[0].value, told[0].count) == ("00099", 3)
