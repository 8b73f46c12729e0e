"""The pages on which people walk the tree: in both languages, without JavaScript, with nothing that is not theirs to see."""

from datetime import date

import pytest

from kit.identity import SYSTEM
from kit.testing import caller_as
from org.channels.service import ChannelFacts, add_channel
from org.headcounts.service import Cell, publish_headcounts
from org.people.service import add_person, appoint
from org.reorganisations.service.merge import merge_units
from org.units.service import Decision, UnitNames, move_unit, rename_unit


async def test_opens_at_the_top_of_the_tree(client, tree):
    page = await client.get("/org/")
    assert page.status_code == 200
    assert '<html lang="vi">' in page.text
    assert "<h1>Tổ chức công đoàn</h1>" in page.text
    assert '<a href="/org/units/TLD">Tổng Liên đoàn Lao động Việt Nam</a>' in page.text
    assert '<a href="/org/units/HN">Liên đoàn Lao động thành phố Hà Nội</a>' in page.text
    assert 'data-below="/org/units/HN/below"' in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


async def test_speaks_english_and_marks_what_is_vietnamese(client, tree):
    page = await client.get("/org/?lang=en")
    assert '<html lang="en">' in page.text
    assert ">Vietnam General Confederation of Labour</a>" in page.text
    assert '<a href="/org/units/HN" lang="vi">Liên đoàn Lao động thành phố Hà Nội</a>' in page.text
    assert "2 units below" in page.text


async def test_unfolds_a_branch_piece_by_piece(client, tree):
    piece = await client.get("/org/units/HN/below")
    assert piece.text.lstrip().startswith('<ul class="tree">')
    assert '<a href="/org/units/HN-001">Công đoàn Công ty May Hòa Bình</a>' in piece.text
    assert "<html" not in piece.text


async def test_shows_the_tree_of_another_day_and_keeps_the_day(client, tree):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], date(2026, 3, 1))
    names = UnitNames.checked("Công đoàn Công ty May Huế", None, None)
    await rename_unit(SYSTEM, tree.garment["id"], names, date(2026, 3, 1))
    before = await client.get("/org/units/HN?on=2026-02-28")
    assert '<a href="/org/units/HN-001?on=2026-02-28">Công đoàn Công ty May Hòa Bình</a>' in before.text
    assert "Đang xem tổ chức như vào ngày 28/02/2026." in before.text
    after = await client.get("/org/units/HUE?on=2026-03-01")
    assert '<a href="/org/units/HN-001?on=2026-03-01">Công đoàn Công ty May Huế</a>' in after.text
    assert 'data-days="2026-02-28 2026-03-01 ' in after.text
    moved = await client.get("/org/units/HN-001?on=2026-02-28")
    assert "<h1>Công đoàn Công ty May Hòa Bình</h1>" in moved.text
    assert (
        '<time datetime="2026-03-01">01/03/2026</time> Đổi tên từ “Công đoàn Công ty May Hòa Bình” thành' in moved.text
    )
    assert "(trước đó thuộc Liên đoàn Lao động thành phố Hà Nội)" in moved.text


async def test_a_day_on_which_a_unit_did_not_exist_is_told(client, tree):
    page = await client.get("/org/units/HN?on=2020-01-01")
    assert page.status_code == 200
    assert "Đơn vị này hoạt động từ ngày 01/07/2025." in page.text
    assert "/org/units/HN-001" not in page.text


async def test_shows_channels_that_are_public_to_anybody(client, tree):
    facts = ChannelFacts("Trang tin Hà Nội", "members_and_workers", "https://example.vn/congdoan")
    await add_channel(SYSTEM, tree.hanoi["id"], "website", facts)
    page = await client.get("/org/units/HN")
    assert '<a href="https://example.vn/congdoan" rel="noopener">Trang tin Hà Nội</a>' in page.text


async def test_shows_what_is_above_and_below_a_unit(client, tree):
    page = await client.get("/org/units/HN-001")
    above = page.text.index("/org/units/TLD"), page.text.index('/org/units/HN"')
    assert above[0] < above[1] < page.text.index("<h1>Công đoàn Công ty May Hòa Bình</h1>")
    assert "/org/units/HN-001-01" in page.text
    assert "Công đoàn cơ sở" in page.text


async def test_a_code_in_small_letters_leads_to_the_unit(client, tree):
    page = await client.get("/org/units/hn")
    assert (page.status_code, page.headers["location"]) == (308, "/org/units/HN")


async def test_finds_units(client, tree):
    page = await client.get("/org/", params={"q": "ha noi"})
    assert "Liên đoàn Lao động thành phố Hà Nội" in page.text
    nothing = await client.get("/org/", params={"q": "zzzz qqqq"})
    assert "Không có đơn vị nào" in nothing.text


async def test_shows_a_query_as_text(client, tree):
    page = await client.get("/org/", params={"q": '"><script>alert(1)</script>'})
    assert "<script>" not in page.text


async def test_a_long_list_goes_on_on_a_next_page(client, tree, new_unit):
    for n in range(60):
        await new_unit(tree.hue, f"Công đoàn {n:02}", f"H-{n:02}", "grassroots")
    first = await client.get("/org/units/HUE")
    assert first.text.count('href="/org/units/H-') == 50
    following = first.text.split('data-more="')[1].split('"')[2]
    second = await client.get(following.replace("&amp;", "&"))
    assert second.text.count('href="/org/units/H-') == 10


async def test_a_search_goes_on_on_a_next_page(client, tree, new_unit):
    for n in range(60):
        await new_unit(tree.hue, f"Công đoàn Gốm {n:02}", f"H-{n:02}", "grassroots")
    first = await client.get("/org/", params={"q": "gốm"})
    following = first.text.split('class="button" href="')[1].split('"')[0]
    second = await client.get(following.replace("&amp;", "&"))
    assert (first.text.count('href="/org/units/H-'), second.text.count('href="/org/units/H-')) == (50, 10)


async def test_shows_headcounts_and_officers_to_those_who_may_see_them(client, tree):
    await publish_headcounts(
        SYSTEM, tree.garment["id"], date(2026, 1, 1), [Cell("under_25", "female", 1234, 1500)], "demo"
    )
    person = await add_person(SYSTEM, "Nguyễn Thị Hạnh")
    await appoint(SYSTEM, person.id, tree.garment["id"], "chair", date(2026, 1, 1))
    seen = await client.get("/org/units/HN-001", caller=caller_as("analyst", tree.hanoi))
    assert "1.234" in seen.text
    assert "Số liệu minh họa, không có thật." in seen.text
    assert "Nguyễn Thị Hạnh" in seen.text
    for viewer in ({}, {"caller": caller_as("admin", tree.hue)}):
        hidden = await client.get("/org/units/HN-001", **viewer)
        assert "1.234" not in hidden.text
        assert "Nguyễn Thị Hạnh" not in hidden.text


async def test_says_that_nothing_was_published(client, tree):
    page = await client.get("/org/units/HUE?lang=en", caller=caller_as("analyst", tree.top))
    assert "Nothing has been published yet." in page.text


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/org/units/NONE", 404),
        ("/org/units/%00", 404),
        ("/org/units/HN?after=nonsense", 400),
        ("/org/units/HN?on=yesterday", 400),
        ("/org/units/HN?on=0001-01-01", 400),
        ("/org/units/NONE/below", 404),
        ("/org/?q=ha&after=nonsense", 400),
        (f"/org/?q={'x' * 201}", 400),
    ],
)
async def test_refuses_with_a_page(client, tree, url, status):
    page = await client.get(url)
    assert page.status_code == status
    assert 'class="problem"' in page.text


async def test_the_slider_tells_the_day_that_is_shown_also_between_its_stops(client, tree):
    await merge_units(SYSTEM, [tree.hue["id"]], tree.hanoi["id"], date(2026, 3, 1))
    page = await client.get("/org/?on=1975-05-01")
    assert '<output for="stop">01/05/1975</output>' in page.text


async def test_signing_in_leads_back_to_what_was_looked_at(client):
    page = await client.get("/org/?on=1975-05-01&lang=vi")
    assert 'href="/auth/login?next=/org/%3Fon%3D1975-05-01%26lang%3Dvi"' in page.text
    assert 'href="/auth/login?next=/org/"' in (await client.get("/org/")).text


async def test_an_empty_tree_says_so(client):
    assert "Chưa có đơn vị nào." in (await client.get("/org/")).text


async def test_serves_its_style(client):
    for style in ("org.css", "kit/base.css"):
        served = await client.get(f"/org/static/{style}")
        assert (served.status_code, served.headers["x-content-type-options"]) == (200, "nosniff")


async def test_the_address_without_a_slash_leads_on(client):
    reply = await client.get("/org")
    assert (reply.status_code, reply.headers["location"]) == (308, "/org/")


async def test_a_closed_unit_tells_where_it_went_and_by_which_decision(client, tree):
    await merge_units(SYSTEM, [tree.hue["id"]], tree.hanoi["id"], date(2026, 3, 1), Decision("12/QĐ"))
    page = await client.get("/org/units/HUE")
    assert "Đơn vị này đã kết thúc hoạt động từ ngày 01/03/2026" in page.text
    assert 'Nay là <a href="/org/units/HN" lang="vi">Liên đoàn Lao động thành phố Hà Nội</a>.' in " ".join(
        page.text.split()
    )
    assert '<a href="/org/units/HUE?on=2026-02-28">' in page.text
    founded, went, closed = page.text.split('<ol class="history">')[1].split("</li>")[:3]
    assert "12/QĐ" not in founded
    assert "12/QĐ" in went
    assert "12/QĐ" in closed


async def test_the_slider_stops_on_the_eve_of_the_first_change(client, tree):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], date(2026, 3, 1))
    page = await client.get("/org/?on=2026-01-15")
    assert 'data-days="2026-02-28 2026-03-01 ' in page.text
