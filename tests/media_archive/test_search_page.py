"""The search page: an address is a question; narrowing, sorting, showing and paging are links and a plain form."""

import re
from datetime import date
from html import unescape
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import pytest
from archive_browser import DESK, PHONE, check, open_page, origin
from archive_world import Union, add, small_union, worker
from playwright.async_api import Browser

from kit.identity import SYSTEM
from kit.testing import Client, queries
from media_archive.assets.service import Changes, describe_asset
from media_archive.description.about import About
from media_archive.search.follow import Follower

__all__ = ["origin"]


@pytest.fixture
async def shelf(union: Union, search: Follower) -> Union:
    """Four things: three of the north, of two kinds and two years, and one of the south."""
    await add_some(union)
    await search.catch_up()
    return union


async def add_some(union: Union) -> None:
    for title, unit, kind, year in (
        ("An toàn điện", union.factory, "leaflet", 2024),
        ("Áo bảo hộ và an toàn", union.factory, "photo", 2023),
        ("Bảng an toàn", union.north, "leaflet", 2023),
        ("An toàn trên biển", union.south, "leaflet", 2024),
    ):
        await add(unit, title, kind=kind, created_on=date(year, 3, 1), visibility="public", topics=("benefits",))


def titles(page: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'<h3><a href="/archive/items/[^"]+">([^<]+)</a>', page)]


def links(page: str) -> dict[str, str]:
    found = re.findall(r'<a href="(/archive/[^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {" ".join(unescape(re.sub("<[^>]+>", " ", text)).split()): unescape(url) for url, text in found}


async def test_boxes_that_are_ticked_narrow_and_links_take_them_away(client: Client, shelf: Union):
    page = (await client.get("/archive/?q=an+toan&kind=leaflet&year=2023&year=2024")).text
    assert set(titles(page)) == {"An toàn điện", "Bảng an toàn", "An toàn trên biển"}
    assert "3 kết quả cho “an toan”" in page
    assert re.search(r'name="kind" value="leaflet" form="ask" checked><span>Tờ rơi</span> <span class="count">3<', page)
    assert re.search(r'name="kind" value="photo" form="ask"><span>Ảnh</span> <span class="count">1<', page)
    assert '<details class="facets">' in page
    to = links(page)
    without = dict(parse_qsl(urlsplit(to["Bỏ lọc 2024 ✕"]).query))
    assert without == {"q": "an toan", "kind": "leaflet", "year": "2023"}
    assert titles((await client.get(to["Bỏ lọc 2024 ✕"])).text) == ["Bảng an toàn"]
    assert to["Bỏ tất cả"] == "/archive/?q=an+toan"


async def test_one_goes_down_the_tree_and_up_again(client: Client, shelf: Union):
    top = links((await client.get("/archive/")).text)
    down = top[f"{shelf.north.name_vi} 3"]
    assert down == f"/archive/?unit={shelf.north.id}"
    north = (await client.get(down)).text
    assert set(titles(north)) == {"An toàn điện", "Áo bảo hộ và an toàn", "Bảng an toàn"}
    factory = (await client.get(links(north)[f"{shelf.factory.name_vi} 2"])).text
    assert set(titles(factory)) == {"An toàn điện", "Áo bảo hộ và an toàn"}
    assert f'<strong aria-current="location">{shelf.factory.name_vi}</strong>' in factory
    up = links(factory)
    assert up[shelf.north.name_vi] == down
    assert up["Mọi đơn vị"] == "/archive/"


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("title", ["An toàn điện", "An toàn trên biển", "Áo bảo hộ và an toàn", "Bảng an toàn"]),
        ("added", ["An toàn trên biển", "Bảng an toàn", "Áo bảo hộ và an toàn", "An toàn điện"]),
        ("newest", ["An toàn trên biển", "An toàn điện", "Bảng an toàn", "Áo bảo hộ và an toàn"]),
        ("oldest", ["Áo bảo hộ và an toàn", "Bảng an toàn", "An toàn điện", "An toàn trên biển"]),
        ("nonsense", ["An toàn trên biển", "Bảng an toàn", "Áo bảo hộ và an toàn", "An toàn điện"]),
    ],
)
async def test_the_list_is_sorted_as_asked(client: Client, shelf: Union, sort: str, order: list[str]):
    page = (await client.get(f"/archive/?sort={sort}")).text
    assert titles(page) == order
    assert ('value="relevance"' in page) is False


async def test_what_is_typed_on_the_first_page_is_answered_by_relevance(client: Client, shelf: Union):
    first = (await client.get("/archive/")).text
    assert '<option value="" selected>Mới thêm</option>' in first
    # As a browser sends the form: with the order that stands in it.
    found = (await client.get("/archive/?q=bang+an+toan&sort=")).text
    assert '<option value="" selected>Phù hợp nhất</option>' in found
    assert '<option value="added">Mới thêm</option>' in found
    assert titles(found)[0] == "Bảng an toàn"


async def test_a_name_that_was_found_is_shown(client: Client, shelf: Union, search: Follower):
    asset_id = await add(shelf.factory, "Trao quà", visibility="public")
    said = About(people=("Nguyễn Thị Mai", "Lê Văn Hùng"), places=("Hòn Gai",))
    await describe_asset(SYSTEM, UUID(asset_id), Changes(about=said))
    await search.catch_up()
    for q, shown in (("mai", ["Nguyễn Thị Mai"]), ("hòn gai", ["Hòn Gai"]), ("trao quà", [])):
        page = (await client.get("/archive/", params={"q": q})).text
        assert (titles(page), re.findall("<mark>([^<]+)</mark>", page)) == (["Trao quà"], shown)


async def test_what_was_asked_stays_when_it_is_shown_otherwise(client: Client, shelf: Union):
    page = (await client.get("/archive/?q=an+toan&kind=leaflet&sort=title")).text
    assert '<ul class="grid">' in page
    rows = (await client.get(links(page)["Danh sách"])).text
    assert '<ul class="rows">' in rows
    assert titles(rows) == titles(page)
    assert links(rows)["Lưới"] == "/archive/?q=an+toan&kind=leaflet&sort=title"


async def test_a_search_that_finds_nothing_says_what_would(client: Client, shelf: Union):
    page = (await client.get("/archive/?q=ăn+toàn+điên&kind=video")).text
    ways = links(page)
    assert "Không có tài liệu nào mà anh/chị được xem" in page
    narrowed = [text for text in ways if text.startswith("Bỏ mọi")]
    assert narrowed == ["Bỏ mọi điều kiện lọc"]
    quoted = links((await client.get('/archive/?q="điện an toàn"')).text)
    assert titles((await client.get(quoted["Không có ngoặc kép: điện an toàn"])).text)[0] == "An toàn điện"
    accents = links((await client.get('/archive/?q="ăn toàn"')).text)
    assert accents['Không dấu: "an toan"'] == "/archive/?q=%22an+toan%22"
    elsewhere = links((await client.get(f"/archive/?q=biển&unit={shelf.north.id}")).text)
    assert elsewhere["Ở mọi đơn vị"] == "/archive/?q=bi%E1%BB%83n"
    fewer = links((await client.get("/archive/?q=bảng+lương")).text)
    assert fewer["Ít từ hơn: bảng"] == "/archive/?q=b%E1%BA%A3ng"
    hopeless = (await client.get("/archive/?q=xyz")).text
    assert "Thử từ khác, ít từ hơn hoặc bỏ bớt điều kiện" in hopeless


async def test_what_finds_little_is_asked_back_for_what_is_called_so(client: Client, shelf: Union, search: Follower):
    async def ways(q: str) -> dict[str, str]:
        page = (await client.get("/archive/", params={"q": q})).text
        return links(page.partition("Có phải anh/chị tìm:")[2])

    assert await ways("2023") == {"Năm: 2023": "/archive/?year=2023"}
    assert (await ways("điện lực mien")) == {}
    unit = await ways(shelf.south.name_vi)
    assert unit[f"Đơn vị: {shelf.south.name_vi}"] == f"/archive/?unit={shelf.south.id}"
    assert (await ways("to roi"))["Loại tài liệu: Tờ rơi"] == "/archive/?kind=leaflet"
    # A word that is not typed to its end.
    assert (await ways("bảng an to"))["bảng an toàn"] == "/archive/?q=b%E1%BA%A3ng+an+to%C3%A0n"
    assert titles((await client.get("/archive/", params={"q": "bảng an toàn"})).text)[0] == "Bảng an toàn"
    assert await ways("-") == await ways("x " * 60) == {}
    # What finds enough is not doubted.
    doubted = "/archive/?q=an+toan"
    assert "Có phải anh/chị tìm:" in (await client.get(doubted)).text
    await add(shelf.factory, "An toàn giao thông", visibility="public")
    await search.catch_up()
    assert "Có phải anh/chị tìm:" not in (await client.get(doubted)).text


async def test_who_is_not_signed_in_may_sign_in_and_find_more(client: Client, shelf: Union):
    page = (await client.get("/archive/?q=an+toan&year=2023")).text
    way_in = re.search(r'<a href="/auth/login\?next=([^"]+)">Đăng nhập để tìm cả', page)
    assert way_in is not None
    assert unquote(way_in[1]) == "/archive/?q=an+toan&year=2023"
    assert "Đăng nhập để tìm cả" not in (await client.get("/archive/?q=an+toan", caller=worker(shelf.root))).text


async def test_suggestions_are_a_plain_list(client: Client, shelf: Union):
    assert (await client.get("/archive/api/suggestions?q=an+to")).json() == [
        "an toàn",
        "An toàn trên biển",
        "Bảng an toàn",
        "Áo bảo hộ và an toàn",
        "An toàn điện",
    ]
    for query in ("", "q=", "q=" + "a" * 101, "q=!!"):
        assert (await client.get(f"/archive/api/suggestions?{query}")).json() == []


async def test_suggestions_wait_for_the_search(client: Client, union: Union):
    assert (await client.get("/archive/api/suggestions?q=an")).json() == []


async def test_a_page_takes_as_many_statements_however_much_it_shows(client: Client, shelf: Union):
    counts: list[int] = []
    for query in ("q=biển", "q=an+toan"):
        with queries() as counted:
            await client.get(f"/archive/?{query}")
        counts.append(counted.count)
    assert counts[0] == counts[1]


@pytest.mark.committed
@pytest.mark.browser
@pytest.mark.parametrize(("size", "name"), [(PHONE, "phone"), (DESK, "desk")])
async def test_the_search_is_narrowed_by_keyboard_without_javascript(
    browser: Browser, origin: str, search: Follower, size: dict[str, int], name: str
):
    union = await small_union()
    await add_some(union)
    await search.catch_up()
    page = await open_page(browser, size, worker(union.root), java_script_enabled=False)
    await page.goto(f"{origin}/archive/?q=an+toan")
    if name == "phone":
        await page.get_by_text("Thu hẹp kết quả").focus()
        await page.keyboard.press("Enter")
    await page.get_by_role("checkbox", name="Tờ rơi").focus()
    await page.keyboard.press("Space")
    await page.get_by_role("button", name="Lọc").press("Enter")
    assert await page.locator(".tile h3").count() == 3
    assert "kind=leaflet" in page.url
    await page.get_by_label("Sắp xếp").select_option("title")
    await page.get_by_role("button", name="Xếp lại").click()
    assert (await page.locator(".tile h3").all_inner_texts())[0] == "An toàn điện"
    await page.context.close()


@pytest.mark.committed
@pytest.mark.browser
@pytest.mark.parametrize(("size", "name"), [(PHONE, "phone"), (DESK, "desk")])
async def test_the_page_is_accessible_narrowed_listed_and_empty(
    browser: Browser, origin: str, search: Follower, size: dict[str, int], name: str
):
    union = await small_union()
    await add_some(union)
    await search.catch_up()
    page = await open_page(browser, size, worker(union.root))
    for what, query in (
        ("narrowed", "q=an+toan&kind=leaflet&year=2023"),
        ("listed", f"view=list&unit={union.north.id}"),
        ("empty", "q=%22ăn+toàn%22"),
    ):
        await page.goto(f"{origin}/archive/?{query}")
        await check(page, f"search-{what}-{name}")
    await page.locator("#q").fill("")
    await page.locator("#q").press_sequentially("bang a")
    await page.locator("#suggestions option").first.wait_for(state="attached")
    options = await page.locator("#suggestions option").evaluate_all("all => all.map(one => one.value)")
    assert options == ["bảng an", "Bảng an toàn"]
    await page.context.close()
