"""Places of materials are shown, found and typed by their names, which are those of the day the material was made."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from archive_world import Union, add, contributor
from places_world import COMMUNES, DISTRICTS, PROVINCES, place, tell_places, version
from test_oai import list_records

from kit import db
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import Ask, Client, queries
from media_archive.interop.linked_data import public_description
from media_archive.search.follow import Follower

NAMES = "query ($id: ID!) { asset(id: $id) { about { placeCodes placeNames } } }"


async def shown(union: Union, codes: list[str], *, made_on: str = "2026-03-01", **more: Any) -> str:
    """Add a material at places."""
    asset_id = await add(union.factory, "Ảnh", created_on=date.fromisoformat(made_on), **more)
    await db.execute("INSERT INTO asset_about (asset_id, place_codes) VALUES ($1::uuid, $2)", asset_id, codes)
    return asset_id


@pytest.fixture
async def places(union: Union) -> None:
    await tell_places(*PROVINCES, *DISTRICTS, *COMMUNES)


@pytest.mark.parametrize(
    ("code", "made_on", "vi", "en"),
    [
        ("22", "2026-03-01", "Tỉnh Quảng Ninh", "Quang Ninh Province"),
        # The code is another province's since the reform.
        ("15", "2025-06-30", "Tỉnh Yên Bái", "Yen Bai Province"),
        ("15", "2025-07-01", "Tỉnh Lào Cai", "Lao Cai Province"),
        (
            "00004",
            "2010-01-01",
            "Phường Trúc Bạch, Quận Ba Đình, Thành phố Hà Nội",
            "Truc Bach Ward, Quận Ba Đình, Ha Noi City",
        ),
        ("00004", "2026-03-01", "Phường Ba Đình, Thành phố Hà Nội", "Phường Ba Đình, Ha Noi City"),
        # It ended before that day, or begins after it.
        ("001", "2026-03-01", "Quận Ba Đình, Thành phố Hà Nội", "Quận Ba Đình, Ha Noi City"),
        ("06649", "2010-01-01", "Phường Hồng Gai, Tỉnh Quảng Ninh", "Phường Hồng Gai, Quang Ninh Province"),
    ],
)
async def test_a_code_is_called_as_on_the_day_the_material_was_made(
    ask: Ask, union: Union, places: None, code: str, made_on: str, vi: str, en: str
):
    asset_id = await shown(union, [code], made_on=made_on)
    assert (await ask(NAMES, SYSTEM, id=asset_id)).field["about"] == {"placeCodes": [code], "placeNames": [vi]}
    assert (await ask(NAMES, SYSTEM, language="en", id=asset_id)).field["about"]["placeNames"] == [en]


async def test_names_come_in_the_order_of_the_codes_and_without_what_is_not_on_record(
    ask: Ask, union: Union, places: None
):
    asset_id = await shown(union, ["22", "99999", "01"])
    assert (await ask(NAMES, SYSTEM, id=asset_id)).field["about"]["placeNames"] == [
        "Tỉnh Quảng Ninh",
        "Thành phố Hà Nội",
    ]


async def test_names_cost_one_statement_for_a_whole_list(ask: Ask, union: Union, places: None):
    counts = set[int]()
    for _ in range(3):
        await shown(union, ["22", "06649"])
        with queries() as statements:
            await ask("{ assets { nodes { about { placeNames } } } }", SYSTEM)
        counts.add(statements.count)
    assert counts == {3}


async def test_the_page_of_a_material_shows_names_that_lead_to_a_search(client: Client, union: Union, places: None):
    asset_id = await shown(union, ["06649", "99999"])
    page = (await client.get(f"/archive/items/{asset_id}?lang=vi", caller=contributor(union.factory))).text
    assert ">Phường Hồng Gai, Tỉnh Quảng Ninh</a>; " in page
    assert "?q=%22Ph%C6%B0%E1%BB%9Dng%20H%E1%BB%93ng%20Gai%2C%20T%E1%BB%89nh%20Qu%E1%BA%A3ng%20Ninh%22" in page
    assert ">99999</a>" in page
    page = (await client.get(f"/archive/items/{asset_id}?lang=en", caller=contributor(union.factory))).text
    assert ">Phường Hồng Gai, Quang Ninh Province</a>; " in page


async def test_linked_data_names_each_place_once(union: Union, places: None):
    asset_id = UUID(await shown(union, ["22", "06649", "99999"], visibility="public"))
    await db.execute("UPDATE asset_about SET places = ARRAY['Vịnh Hạ Long', 'Tỉnh Quảng Ninh']")
    said = await public_description(asset_id)
    assert said is not None
    assert said["contentLocation"] == [
        {"@type": "Place", "name": "Vịnh Hạ Long"},
        {"@type": "Place", "name": "Tỉnh Quảng Ninh"},
        {"@type": "Place", "name": "Phường Hồng Gai, Tỉnh Quảng Ninh"},
    ]


async def test_harvesters_are_told_the_names_in_both_languages(client: Client, union: Union, places: None):
    await shown(union, ["06649", "99999", "22"], visibility="public")
    await db.execute("UPDATE asset_about SET places = ARRAY['Vịnh Hạ Long']")
    (record,) = await list_records(client)
    assert record.all("coverage") == [
        "Vịnh Hạ Long",
        "Phường Hồng Gai, Tỉnh Quảng Ninh",
        "Phường Hồng Gai, Quang Ninh Province",
        "Tỉnh Quảng Ninh",
        "Quang Ninh Province",
    ]


async def found(ask: Ask, query: str) -> int:
    document = "query ($q: String!) { searchAssets(query: $q) { totalCount } }"
    return (await ask(document, ANONYMOUS, q=query)).field["totalCount"]


async def test_a_material_is_found_by_the_names_of_its_places(ask: Ask, union: Union, search: Follower, places: None):
    await shown(union, ["06649"], visibility="public")
    await shown(union, ["15"], made_on="2020-01-01", visibility="public")
    await search.catch_up()
    for query in (
        "Hồng Gai",
        "phuong hong gai",
        '"Phường Hồng Gai, Tỉnh Quảng Ninh"',
        "Quang Ninh Province",
        "Yên Bái",
    ):
        assert (query, await found(ask, query)) == (query, 1)
    assert await found(ask, "Lào Cai") == 0


async def test_the_search_page_says_which_place_answers(client: Client, union: Union, search: Follower, places: None):
    await shown(union, ["01", "06649"], visibility="public")
    await search.catch_up()
    page = (await client.get("/archive/?q=hong+gai&lang=vi")).text
    assert "Nhắc đến <mark>Phường Hồng Gai, Tỉnh Quảng Ninh</mark></p>" in page
    page = (await client.get("/archive/?q=hong+gai&lang=en")).text
    assert "Names <mark>Phường Hồng Gai, Quang Ninh Province</mark></p>" in page


async def test_a_new_name_is_searched_as_soon_as_org_tells_it(ask: Ask, union: Union, search: Follower, places: None):
    await shown(union, ["06649"], visibility="public")
    await shown(union, ["01"], visibility="public")
    await search.catch_up()
    await tell_places(place("province", "22", version("Thành phố Quảng Ninh", None, "22", None, None)))
    assert await search.catch_up() == 1
    assert await found(ask, '"Thành phố Quảng Ninh"') == 1
    assert await found(ask, '"Tỉnh Quảng Ninh"') == 0


async def test_org_tells_all_else_of_a_place_by_its_code_and_a_day_on_which_it_meant_that(
    ask: Ask, union: Union, places: None
):
    asset_id = await shown(union, ["22", "001", "06649", "99999"], made_on="2025-08-01")
    document = "query ($id: ID!) { asset(id: $id) { about { placesOnRecord { code day } } } }"
    assert (await ask(document, SYSTEM, id=asset_id)).field["about"]["placesOnRecord"] == [
        {"code": "22", "day": "2025-08-01"},
        # Its last day, and not the material's.
        {"code": "001", "day": "2025-06-30"},
        {"code": "06649", "day": "2025-08-01"},
    ]


async def test_a_reference_to_a_place_needs_a_day(ask: Ask):
    document = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Place { code day } } }"
    of = [{"__typename": "Place", "code": "22", "day": day} for day in ("2026-01-01", "today")]
    reply = await ask(document, of=of)
    assert reply.field == [{"code": "22", "day": "2026-01-01"}, None]
    assert reply.errors[0]["extensions"]["code"] == "INVALID_INPUT"
