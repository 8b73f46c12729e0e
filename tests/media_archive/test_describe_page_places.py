"""On the page of describing, places are typed by name or code and shown by both."""

from datetime import date
from typing import Any

import pytest
from archive_world import Union, add, contributor
from places_world import COMMUNES, DISTRICTS, PROVINCES, REFORM, place, tell_places, version

from kit import db
from kit.testing import Client

TWO_ALIKE = [
    place("commune", "00010", version("Xã Tân Thành", None, "15", REFORM, None)),
    place("commune", "00011", version("Xã Tân Thành", None, "22", REFORM, None)),
    place("commune", "00012", version("Xã Tân Thạnh", None, "22", REFORM, None)),
    place("district", "002", version("Huyện Thường Tín", None, "01", None, REFORM, "01")),
    place("district", "003", version("Huyện Thanh Oai", None, "01", None, REFORM, "01")),
    place("commune", "00013", version("Xã Hòa Bình", None, "01", None, REFORM, "002")),
    place("commune", "00014", version("Xã Hòa Bình", None, "01", None, REFORM, "003")),
]

SEVERAL = (
    "“Xã Tân Thành” là tên của 2 nơi; hãy ghi thêm huyện, tỉnh hoặc mã: "
    "Xã Tân Thành, Tỉnh Lào Cai (00010); Xã Tân Thành, Tỉnh Quảng Ninh (00011)"
)


@pytest.fixture
async def places(union: Union) -> None:
    await tell_places(*PROVINCES, *DISTRICTS, *COMMUNES, *TWO_ALIKE)


async def save(client: Client, union: Union, asset_id: str, lines: str, language: str = "vi") -> Any:
    said = {"title": "Ảnh", "kind": "photo", "language": "vi", "place_codes": lines}
    return await client.post(
        f"/archive/items/{asset_id}/describe?lang={language}",
        caller=contributor(union.factory),
        data=said,
        headers={"Sec-Fetch-Site": "same-origin"},
    )


async def made(union: Union, day: str) -> str:
    return await add(union.factory, "Ảnh", created_on=date.fromisoformat(day))


@pytest.mark.parametrize(
    ("lines", "day", "codes"),
    [
        ("Tỉnh Quảng Ninh\r\nThành phố Hà Nội", "2026-03-01", ["22", "01"]),
        ("quang ninh\r\nHà Nội\r\n", "2026-03-01", ["22", "01"]),
        ("22\r\nPhường Hồng Gai, Tỉnh Quảng Ninh (06649)", "2026-03-01", ["22", "06649"]),
        # Each name as of the day: two provinces were called so, one after the other.
        ("Lào Cai", "2026-03-01", ["15"]),
        ("Lào Cai", "2025-06-30", ["10"]),
        ("Phường Trúc Bạch", "2010-01-01", ["00004"]),
        ("Xã Hòa Bình, Huyện Thường Tín", "2010-01-01", ["00013"]),
        ("xa hoa binh, thanh oai, ha noi", "2010-01-01", ["00014"]),
        # What ended is meant where no other place has the name.
        ("Quận Ba Đình", "2026-03-01", ["001"]),
        ("Yên Bái", "2025-06-30", ["15"]),
        ("Xã Tân Thành, Quảng Ninh", "2026-03-01", ["00011"]),
        ("xa tan thanh, lao cai", "2026-03-01", ["00010"]),
        # Typed accents are meant.
        ("Xã Tân Thạnh", "2026-03-01", ["00012"]),
    ],
)
async def test_a_name_is_taken_for_its_code(
    client: Client, union: Union, places: None, lines: str, day: str, codes: list[str]
):
    asset_id = await made(union, day)
    assert (await save(client, union, asset_id, lines)).status_code == 303
    assert await db.value("SELECT place_codes FROM asset_about") == codes


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Hà Lội", "“Hà Lội” không phải tên hay mã của tỉnh, huyện, xã nào."),
        # The code is Lào Cai's since the reform.
        ("Yên Bái", "“Yên Bái” không phải tên hay mã của tỉnh, huyện, xã nào."),
        ("Xã Tân Thành, Hà Nội", "“Xã Tân Thành, Hà Nội” không phải tên hay mã"),
        ("Phường Hồng Gai, Ba Đình, Quảng Ninh", "“Phường Hồng Gai, Ba Đình, Quảng Ninh” không phải tên hay mã"),
        ("Xã Tân Thành", SEVERAL),
        ("99", "danh mục “Tỉnh, thành phố” không có mã “99”"),
        ("Nơi này (00099)", "danh mục “Xã, phường, đặc khu” không có mã “00099”"),
        ("\r\n".join(["22"] * 20 + ["Hà Nội"]), "nhiều nhất 20 mã"),
    ],
)
async def test_what_names_no_place_or_several_is_refused_and_nothing_typed_is_lost(
    client: Client, union: Union, places: None, line: str, said: str
):
    asset_id = await made(union, "2026-03-01")
    reply = await save(client, union, asset_id, line)
    assert reply.status_code == 422
    assert said in reply.text
    assert line.replace("\r\n", "\n") + "</textarea>" in reply.text
    assert await db.value("SELECT count(*) FROM asset_about") == 0


async def test_what_is_shown_is_what_is_kept_when_it_is_saved(client: Client, union: Union, places: None):
    asset_id = await made(union, "2026-03-01")
    codes = ["22", "00010", "001", "15"]
    await db.execute("INSERT INTO asset_about (asset_id, place_codes) VALUES ($1::uuid, $2)", asset_id, codes)
    path = f"/archive/items/{asset_id}/describe"
    vi = (await client.get(f"{path}?lang=vi", caller=contributor(union.factory))).text
    shown = (
        "Tỉnh Quảng Ninh (22)\nXã Tân Thành, Tỉnh Lào Cai (00010)\nQuận Ba Đình, Thành phố Hà Nội (001)\n"
        "Tỉnh Lào Cai (15)"
    )
    assert f">{shown}</textarea>" in vi
    assert (await save(client, union, asset_id, shown)).status_code == 303
    assert await db.value("SELECT place_codes FROM asset_about") == codes
    en = (await client.get(f"{path}?lang=en", caller=contributor(union.factory))).text
    assert ">Quang Ninh Province (22)\nXã Tân Thành, Lao Cai Province (00010)\n" in en


async def test_a_code_without_a_name_is_shown_as_it_is(client: Client, union: Union):
    asset_id = await made(union, "2026-03-01")
    assert (await save(client, union, asset_id, "22\n06649")).status_code == 303
    page = (await client.get(f"/archive/items/{asset_id}/describe", caller=contributor(union.factory))).text
    assert ">22\n06649</textarea>" in page
