"""The pages on which people walk the tree: in both languages, without JavaScript, with nothing that is not theirs to see."""

from datetime import date

import pytest

from kit.identity import SYSTEM
from kit.testing import caller_as
from org.headcounts.service import Cell, publish_headcounts
from org.people.service import add_person, appoint


async def test_opens_at_the_top_of_the_tree(client, tree):
    page = await client.get("/org/")
    assert page.status_code == 200
    assert '<html lang="vi">' in page.text
    assert "<h1>Tổng Liên đoàn Lao động Việt Nam</h1>" in page.text
    assert '<a href="/org/units/HN">Liên đoàn Lao động thành phố Hà Nội</a>' in page.text
    assert "<script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


async def test_speaks_english_and_marks_what_is_vietnamese(client, tree):
    page = await client.get("/org/?lang=en")
    assert '<html lang="en">' in page.text
    assert "<h1>Vietnam General Confederation of Labour</h1>" in page.text
    assert '<a href="/org/units/HN" lang="vi">Liên đoàn Lao động thành phố Hà Nội</a>' in page.text
    assert "Units directly below" in page.text


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
    following = first.text.split('class="button" href="')[1].split('"')[0]
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
        ("/org/?q=ha&after=nonsense", 400),
        (f"/org/?q={'x' * 201}", 400),
    ],
)
async def test_refuses_with_a_page(client, tree, url, status):
    page = await client.get(url)
    assert page.status_code == status
    assert 'class="problem"' in page.text


async def test_an_empty_tree_says_so(client):
    assert "Chưa có đơn vị nào." in (await client.get("/org/")).text


async def test_serves_its_style(client):
    assert (await client.get("/org/static/org.css")).status_code == 200
    assert (await client.get("/org/static/kit/base.css")).status_code == 200


async def test_the_address_without_a_slash_leads_on(client):
    reply = await client.get("/org")
    assert (reply.status_code, reply.headers["location"]) == (308, "/org/")
