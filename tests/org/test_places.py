"""The statistics office's places: what a code means depends on the day."""

from datetime import date

import pytest

from kit import db
from kit.calendar import today
from kit.errors import Forbidden, InvalidInput, SignInRequired, UnknownCode
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as, queries
from org.demo.places import PLACES
from org.places.service import PlaceRow, SuccessionRow, bare_name, load_places, region_of, require_place

LAST, FIRST = date(2025, 6, 30), date(2025, 7, 1)

PLACE = """
query ($code: String!, $kind: String! = "province", $asOf: Date) { place(code: $code, kind: $kind, asOf: $asOf) {
  kind code nameVi nameEn name region validFrom validUntil parent { nameVi } province { nameVi }
  predecessors { nodes { oldCode newCode on isPartial note predecessor { nameVi } successor { nameVi } } }
  successors { nodes { oldCode newCode on isPartial note predecessor { nameVi } successor { nameVi } } } } }"""
PLACES_OF = """
query ($kind: String! = "province", $query: String, $within: String, $asOf: Date, $first: Int! = 100, $after: String) {
  places(kind: $kind, query: $query, within: $within, asOf: $asOf, first: $first, after: $after) {
    nodes { code nameVi } pageInfo { hasNextPage endCursor } } }"""


def before(kind, code, name, parent, province="01", **more):
    return PlaceRow(kind, code, name, parent, province, None, FIRST, **more)


def since(code, name, province="01"):
    return PlaceRow("commune", code, name, province, province, FIRST, None)


BA_DINH = [
    before("district", "001", "Quận Ba Đình", "01"),
    before("commune", "00001", "Phường Phúc Xá", "001"),
    before("commune", "00004", "Phường Trúc Bạch", "001", name_en="Truc Bach Ward"),
    since("00004", "Phường Ba Đình"),
    since("00008", "Phường Ngọc Hà"),
]
WENT = [
    SuccessionRow("00001", "00004", FIRST, is_partial=True, note="Nhập một phần"),
    SuccessionRow("00001", "00008", FIRST, is_partial=True, note="Nhập một phần diện tích"),
    SuccessionRow("00004", "00004", FIRST, is_partial=False, note="Nhập toàn bộ"),
]


@pytest.fixture
async def ba_dinh(database):
    await load_places(SYSTEM, BA_DINH, WENT)


async def stored():
    tables = ("place", "place_succession", "audit")
    return {
        table: [tuple(row) for row in await db.rows(f"SELECT * FROM {table} AS t ORDER BY t::text")] for table in tables
    }


async def names(ask, **more):
    return [place["nameVi"] for place in (await ask(PLACES_OF, **more)).field["nodes"]]


async def test_there_were_sixty_three_provinces_and_there_are_thirty_four(ask):
    old = await ask(PLACES_OF, asOf="2025-06-30")
    new = await ask(PLACES_OF)
    assert (len(old.field["nodes"]), len(new.field["nodes"])) == (63, 34)
    assert old.field["nodes"][0] == {"code": "89", "nameVi": "Tỉnh An Giang"}
    assert new.field["nodes"][0] == {"code": "91", "nameVi": "Tỉnh An Giang"}


async def test_provinces_are_in_the_seven_regions():
    rows = await db.rows(
        """SELECT region, count(*) FILTER (WHERE valid @> $1::date) AS old, count(*) FILTER (WHERE valid @> $2::date) AS new
           FROM place GROUP BY region""",
        LAST,
        FIRST,
    )
    assert {row["region"]: (row["old"], row["new"]) for row in rows} == {
        "red_river_delta": (11, 6),
        "northern_midlands": (14, 9),
        "north_central": (6, 5),
        "south_central": (8, 3),
        "central_highlands": (5, 3),
        "southeast": (6, 3),
        "mekong_delta": (13, 5),
    }


async def test_agrees_with_the_demo_on_where_the_provinces_are(ask):
    shown = {place["code"]: place["nameVi"] for place in (await ask(PLACES_OF)).field["nodes"]}
    assert shown == {place.number: f"{'Thành phố' if place.is_city else 'Tỉnh'} {place.name}" for place in PLACES}
    for place in PLACES:
        assert await region_of(place.number, today()) == place.region


async def test_a_province_knows_what_went_into_it(ask):
    place = (await ask(PLACE, code="52", language="en")).field
    assert (place["nameVi"], place["nameEn"], place["name"]) == (
        "Tỉnh Gia Lai",
        "Gia Lai Province",
        "Gia Lai Province",
    )
    assert (place["validFrom"], place["validUntil"], place["region"]) == ("2025-07-01", None, "central_highlands")
    shown = [(node["oldCode"], node["predecessor"]["nameVi"]) for node in place["predecessors"]["nodes"]]
    assert shown == [("52", "Tỉnh Bình Định"), ("64", "Tỉnh Gia Lai")]
    assert place["successors"]["nodes"] == []


async def test_a_code_meant_another_province_before(ask):
    place = (await ask(PLACE, code="52", asOf="2025-06-30")).field
    assert (place["nameVi"], place["region"], place["validUntil"]) == ("Tỉnh Bình Định", "south_central", "2025-07-01")
    assert place["successors"]["nodes"] == [
        {
            "oldCode": "52",
            "newCode": "52",
            "on": "2025-07-01",
            "isPartial": False,
            "note": None,
            "predecessor": {"nameVi": "Tỉnh Bình Định"},
            "successor": {"nameVi": "Tỉnh Gia Lai"},
        }
    ]
    assert await region_of("52", LAST) == "south_central"
    assert await region_of("52", FIRST) == "central_highlands"


async def test_every_old_province_went_into_one_that_there_is():
    rows = await db.rows(
        """SELECT place.code, count(succession.new_code) AS successors, count(next.code) AS known FROM place
           LEFT JOIN place_succession AS succession ON succession.old_code = place.code AND effective_on = $1
           LEFT JOIN place AS next ON next.code = succession.new_code AND next.valid @> $1::date
           WHERE place.valid @> $1::date - 1 AND upper(place.valid) = $1 GROUP BY place.code""",
        FIRST,
    )
    assert len(rows) == 52
    assert {(row["successors"], row["known"]) for row in rows} == {(1, 1)}


async def test_hue_became_a_city_half_a_year_earlier(ask):
    assert (await ask(PLACE, code="46", asOf="2024-12-31")).field["nameVi"] == "Tỉnh Thừa Thiên Huế"
    hue = (await ask(PLACE, code="46", asOf="2025-01-01")).field
    assert (hue["nameVi"], hue["validFrom"], hue["validUntil"]) == ("Thành phố Huế", "2025-01-01", None)
    assert [node["predecessor"]["nameVi"] for node in hue["predecessors"]["nodes"]] == ["Tỉnh Thừa Thiên Huế"]


@pytest.mark.parametrize(
    ("code", "kind"), [("28", "province"), ("001", "province"), ("٠١", "province"), ("", "commune")]
)
async def test_says_that_a_code_means_nothing(ask, code, kind):
    assert (await ask(PLACE, code=code, kind=kind)).code == "NOT_FOUND"


async def test_says_that_there_is_no_such_kind(ask):
    reply = await ask(PLACE, code="01", kind="planet")
    assert (reply.code, reply.errors[0]["extensions"]["field"]) == ("INVALID_INPUT", "kind")
    assert (await ask(PLACES_OF, kind="planet")).code == "INVALID_INPUT"


async def test_a_commune_was_in_a_district_and_is_in_a_province(ask, ba_dinh):
    old = (await ask(PLACE, code="00004", kind="commune", asOf="2025-06-30", language="en")).field
    assert (old["nameVi"], old["name"]) == ("Phường Trúc Bạch", "Truc Bach Ward")
    assert (old["parent"], old["province"]) == ({"nameVi": "Quận Ba Đình"}, {"nameVi": "Thành phố Hà Nội"})
    new = (await ask(PLACE, code="00004", kind="commune")).field
    assert (new["nameVi"], new["region"], new["validFrom"]) == ("Phường Ba Đình", None, "2025-07-01")
    assert (new["parent"], new["province"]) == ({"nameVi": "Thành phố Hà Nội"}, {"nameVi": "Thành phố Hà Nội"})


async def test_a_commune_knows_where_it_went_with_the_notes(ask, ba_dinh):
    old = (await ask(PLACE, code="00001", kind="commune", asOf="2025-06-30")).field
    assert [(node["successor"]["nameVi"], node["isPartial"], node["note"]) for node in old["successors"]["nodes"]] == [
        ("Phường Ba Đình", True, "Nhập một phần"),
        ("Phường Ngọc Hà", True, "Nhập một phần diện tích"),
    ]
    new = (await ask(PLACE, code="00004", kind="commune")).field
    assert [(node["predecessor"]["nameVi"], node["isPartial"]) for node in new["predecessors"]["nodes"]] == [
        ("Phường Phúc Xá", True),
        ("Phường Trúc Bạch", False),
    ]


async def test_finds_places_by_words_accents_or_not(ask, ba_dinh):
    assert await names(ask, query="ha noi") == ["Thành phố Hà Nội"]
    assert await names(ask, query="HÀ NỘI") == ["Thành phố Hà Nội"]
    assert (await names(ask, query="hà"))[:2] == ["Thành phố Hà Nội", "Tỉnh Hà Tĩnh"]
    assert await names(ask, query="ha", asOf="2025-06-30") == [
        "Tỉnh Hà Giang",
        "Tỉnh Hà Nam",
        "Thành phố Hà Nội",
        "Tỉnh Hà Tĩnh",
        "Tỉnh Hải Dương",
        "Thành phố Hải Phòng",
        "Tỉnh Hậu Giang",
    ]
    assert await names(ask, query="79") == ["Thành phố Hồ Chí Minh"]
    assert await names(ask, kind="commune", query="ba dinh") == ["Phường Ba Đình"]
    assert await names(ask, kind="district", query="ba dinh") == []
    assert await names(ask, kind="district", query="ba dinh", asOf="2025-06-30") == ["Quận Ba Đình"]
    assert await names(ask, query="...") == []


async def test_an_accent_that_is_typed_is_meant(ask):
    # Decomposed, too.
    for typed in ("Quảng Trị", "Qua\u0309ng Tri\u0323"):
        assert (await names(ask, query=typed))[0] == "Tỉnh Quảng Trị"
    assert (await names(ask, query="hải", asOf="2025-06-30"))[:2] == ["Tỉnh Hải Dương", "Thành phố Hải Phòng"]


async def test_lists_what_is_in_a_province_or_a_district(ask, ba_dinh):
    assert await names(ask, kind="commune", within="01") == ["Phường Ba Đình", "Phường Ngọc Hà"]
    assert await names(ask, kind="commune", within="01", asOf="2025-06-30") == ["Phường Phúc Xá", "Phường Trúc Bạch"]
    assert await names(ask, kind="commune", within="001", asOf="2025-06-30") == ["Phường Phúc Xá", "Phường Trúc Bạch"]
    assert await names(ask, kind="commune", within="79") == []
    assert await names(ask, kind="province", within="01") == []
    assert (await ask(PLACES_OF, kind="commune", within="x")).code == "UNKNOWN_CODE"
    assert (await ask(PLACES_OF, kind="commune", within="00")).code == "UNKNOWN_CODE"
    assert (await ask(PLACES_OF, query="x" * 101)).code == "INVALID_INPUT"


async def test_places_come_page_by_page_in_one_statement_each(ask):
    with queries() as asked:
        first = (await ask(PLACES_OF, first=20)).field
    assert asked.count == 1
    rest = (await ask(PLACES_OF, first=20, after=first["pageInfo"]["endCursor"])).field
    shown = [place["nameVi"] for place in first["nodes"] + rest["nodes"]]
    assert (len(shown), shown) == (34, await names(ask))
    assert rest["pageInfo"]["hasNextPage"] is False


async def test_takes_four_statements_for_a_list_with_all_that_hangs_on_it(ask, ba_dinh):
    document = """{ places(kind: "commune") { nodes { parent { nameVi } predecessors { nodes { predecessor { nameVi } } } } } }"""
    with queries() as asked:
        reply = await ask(document)
    assert reply.errors == []
    assert asked.count == 4


async def test_loading_twice_changes_nothing(ba_dinh):
    before = await stored()
    again = await load_places(SYSTEM, BA_DINH, WENT)
    assert (again.places, again.successions) == (0, 0)
    assert await stored() == before


async def test_loading_corrects_what_is_another_now(ba_dinh):
    corrected = [since("00004", "Phường Ba Đình mới")]
    loaded = await load_places(SYSTEM, corrected, [SuccessionRow("00004", "00004", FIRST, is_partial=False, note=None)])
    assert (loaded.places, loaded.successions) == (1, 1)
    assert await db.value("SELECT name_vi FROM place WHERE code = '00004' AND upper_inf(valid)") == "Phường Ba Đình mới"
    assert await db.value("SELECT count(*) FROM place WHERE kind = 'commune'") == 4
    assert await db.value("SELECT action FROM audit ORDER BY id DESC LIMIT 1") == "places.loaded"


async def test_a_hint_adds_but_does_not_correct(ba_dinh):
    hints = [
        before("commune", "00004", "phuong truc bach", "002", is_hint=True),
        before("commune", "00006", "Phường Vĩnh Phúc", "001", is_hint=True),
        before("commune", "00006", "Phường khác", "001", is_hint=True),
    ]
    assert (await load_places(SYSTEM, hints)).places == 1
    rows = await db.rows(
        "SELECT code, name_vi FROM place WHERE kind = 'commune' AND NOT upper_inf(valid) ORDER BY code"
    )
    assert [tuple(row) for row in rows] == [
        ("00001", "Phường Phúc Xá"),
        ("00004", "Phường Trúc Bạch"),
        ("00006", "Phường Vĩnh Phúc"),
    ]


async def test_a_name_in_english_is_not_lost(ba_dinh):
    await load_places(SYSTEM, [before("commune", "00004", "Phường Trúc Bạch", "001")])
    assert await db.value("SELECT name_en FROM place WHERE code = '00004' AND NOT upper_inf(valid)") == "Truc Bach Ward"


@pytest.mark.parametrize(("who", "refusal"), [("nobody", SignInRequired), ("admin", Forbidden)])
async def test_only_the_product_itself_loads_places(tree, who, refusal):
    before = await stored()
    with pytest.raises(refusal):
        await load_places(ANONYMOUS if who == "nobody" else caller_as("admin", tree.top), BA_DINH)
    assert await stored() == before


async def test_the_database_lets_a_code_mean_one_place_a_day(ba_dinh):
    with pytest.raises(Exception, match="place_no_overlap"):
        async with db.transaction():
            await db.execute(
                "UPDATE place SET valid = daterange('2025-06-30', NULL) WHERE code = '00004' AND upper_inf(valid)"
            )


async def test_requires_a_province_that_there_is_that_day():
    await require_place("province", "province", "02", LAST)
    for code in ("02", "99", "1", "٠١", "\x00", ""):
        with pytest.raises(UnknownCode) as refused:
            await require_place("province", "province", code, FIRST)
        assert (refused.value.details["field"], refused.value.details["vocabulary"]) == ("province", "province")


async def test_requires_communes_where_their_list_was_loaded(ba_dinh):
    await require_place("commune", "commune", "00008", FIRST)
    await require_place("commune", "commune", "00008", FIRST, within="01")
    with pytest.raises(UnknownCode) as refused:
        await require_place("commune", "commune", "00001", FIRST)
    assert refused.value.message("en") == "commune: the vocabulary “Communes” has no code “00001” on 2025-07-01."
    with pytest.raises(InvalidInput) as elsewhere:
        await require_place("commune", "commune", "00008", FIRST, within="79")
    assert elsewhere.value.message("en") == "commune: “00008” is in the province 01, not in the province 79."


async def test_lets_communes_pass_where_no_list_was_loaded():
    await require_place("commune", "commune", "00001", FIRST, within="01")
    with pytest.raises(UnknownCode):
        await require_place("commune", "commune", "123", FIRST)


async def test_a_region_follows_from_a_province_only():
    assert await region_of("01", FIRST) == "red_river_delta"
    for code in ("99", "00001", "\x00", ""):
        assert await region_of(code, FIRST) is None


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("Thành phố Hà Nội", "Hà Nội"),
        ("Tỉnh An Giang", "An Giang"),
        ("Thị xã Sơn Tây", "Sơn Tây"),
        ("xã Trạm Tấu", "Trạm Tấu"),
        ("Phường 1", "Phường 1"),
        ("Xãn Hòa", "Xãn Hòa"),
        ("Đặc khu Phú Quốc", "Phú Quốc"),
    ],
)
def test_names_sort_without_what_they_are(name, bare):
    assert bare_name(name) == bare


async def test_a_unit_stands_in_the_place_its_code_meant(ask, tree, ba_dinh):
    await db.execute(
        "UPDATE unit_version SET province = '01', commune = '00004' WHERE unit_id = $1", tree.garment["id"]
    )
    await db.execute("UPDATE unit_version SET province = '01' WHERE unit_id = $1", tree.hanoi["id"])
    document = "query ($code: String!) { unitByCode(code: $code) { place { nameVi } } }"
    assert (await ask(document, code="HN-001")).field == {"place": {"nameVi": "Phường Ba Đình"}}
    assert (await ask(document, code="HN")).field == {"place": {"nameVi": "Thành phố Hà Nội"}}
    assert (await ask(document, code="EVN")).field == {"place": None}


ENTITIES = """query ($of: [_Any!]!) { _entities(representations: $of) {
  ... on Place { kind code day nameVi parent { nameVi } } } }"""


def reference(code, day):
    return {"__typename": "Place", "code": code, "day": day}


async def test_a_place_is_known_by_its_code_and_a_day(ask, ba_dinh):
    of = [reference("00004", "2025-06-30"), reference("00004", "2025-07-01"), reference("15", "2020-01-01")]
    assert (await ask(ENTITIES, of=of)).field == [
        {
            "kind": "commune",
            "code": "00004",
            "day": "2025-06-30",
            "nameVi": "Phường Trúc Bạch",
            "parent": {"nameVi": "Quận Ba Đình"},
        },
        {
            "kind": "commune",
            "code": "00004",
            "day": "2025-07-01",
            "nameVi": "Phường Ba Đình",
            "parent": {"nameVi": "Thành phố Hà Nội"},
        },
        {"kind": "province", "code": "15", "day": "2020-01-01", "nameVi": "Tỉnh Yên Bái", "parent": None},
    ]


@pytest.mark.parametrize("code", ["99", "00004x", "", "\x00\x00"])
async def test_a_reference_to_no_place_is_null(ask, ba_dinh, code):
    reply = await ask(ENTITIES, of=[reference(code, "2026-01-01"), reference("01", "2026-01-01")])
    assert reply.errors == []
    assert [place and place["nameVi"] for place in reply.field] == [None, "Thành phố Hà Nội"]


async def test_a_reference_needs_a_day(ask):
    reply = await ask(ENTITIES, of=[reference("01", "today"), reference("01", "2026-01-01")])
    assert reply.errors[0]["extensions"]["code"] == "INVALID_INPUT"
    assert [place and place["nameVi"] for place in reply.field] == [None, "Thành phố Hà Nội"]


async def test_references_of_many_days_take_one_statement(ask, ba_dinh):
    of = [reference("00004", f"20{year}-01-01") for year in range(10, 26)]
    with queries() as asked:
        reply = await ask(
            "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Place { nameVi } } }", of=of
        )
    assert {place["nameVi"] for place in reply.field} == {"Phường Trúc Bạch"}
    assert asked.count == 1
