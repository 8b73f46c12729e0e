"""Admins see on a page what roles may upload to a unit, bound it, and let those above decide again."""

import re
from html import unescape
from typing import Any

import pytest
from archive_browser import DESK, PHONE, check, open_page, origin
from archive_world import TestUnit, Union, editor, small_union
from playwright.async_api import Browser

from kit import db
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import Client, caller_as
from media_archive.uploads.limits import Limits
from media_archive.uploads.limits_of_units import set_limits

__all__ = ["origin"]
PLACE = "/archive/limits"
SOME = Limits(100, 5, 50, ("image", "pdf"))


def admin(unit: TestUnit) -> Caller:
    return caller_as("admin", unit)


def said(unit: TestUnit, **change: Any) -> dict[str, Any]:
    usual = {"do": "set", "role": "contributor", "most_megabytes": "1.000", "most_open": "5", "most_a_day": "9"}
    return {"unit": str(unit.id), **usual, "families": ["pdf", "image"], **change}


def told(page: str) -> list[str]:
    """What holds for contributors, editors and admins."""
    lists = re.findall(r"<dl>(.*?)</dl>", page, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", one)).split()) for one in lists]


async def own() -> list[tuple[Any, ...]]:
    rows = await db.rows("SELECT role, most_megabytes, most_open, most_a_day, families FROM unit_upload_limit")
    return [tuple(row) for row in rows]


async def test_limits_are_seen_set_and_cleared(client: Client, union: Union):
    who = admin(union.north)
    contributors = told((await client.get(f"{PLACE}?lang=en", caller=who)).text)[0]
    assert contributors == (
        "A file at most 2,000 MB Unfinished uploads at most 50 of one person A day at most 500 files of one person "
        "Types of files pictures, PDFs, office documents, plain texts, sounds, films "
        "Set by units above, or the archive's own"
    )
    done = await client.post(PLACE, caller=who, data=said(union.north))
    assert (done.status_code, done.headers["location"]) == (303, f"{PLACE}?unit={union.north.id}")
    assert await own() == [("contributor", 1_000, 5, 9, ["pdf", "image"])]
    contributors = told((await client.get(f"{PLACE}?lang=vi", caller=who)).text)[0]
    assert contributors == (
        "Một tệp nhiều nhất 1.000 MB Tệp dang dở nhiều nhất 5 của một người Một ngày nhiều nhất 9 tệp của một người "
        "Loại tệp ảnh, PDF Do ai đặt đơn vị này"
    )
    below = (await client.get(f"{PLACE}?unit={union.factory.id}", caller=who)).text
    assert "nhiều nhất 1.000 MB" in told(below)[0]
    assert ("từ 1 đến 1.000" in below, 'id="contributor-video"' in below) == (True, False)
    cleared = await client.post(
        PLACE, caller=who, data={"unit": str(union.north.id), "role": "contributor", "do": "clear"}
    )
    assert (cleared.status_code, await own()) == (303, [])


async def test_a_refusal_keeps_what_was_typed(client: Client, union: Union):
    await set_limits(SYSTEM, union.root.id, "contributor", SOME)
    for change, problem in (
        ({"most_megabytes": "200"}, "Cấp trên chỉ cho phép nhiều nhất: 100"),
        ({"most_open": "x"}, "cần một số nguyên"),
        ({"most_a_day": "0"}, "cần một số từ 1"),
        ({"families": []}, "ảnh"),
        ({"families": ["pdf", "video"]}, "Cấp trên chỉ cho phép"),
        ({"role": "worker"}, "người đóng góp"),
        ({"do": ""}, "không có việc này"),
    ):
        page = await client.post(PLACE, caller=admin(union.north), data=said(union.north, most_megabytes="99") | change)
        problems = re.findall(r'<p class="problem" role="alert">(.*?)</p>', page.text)
        assert (page.status_code, problem in problems[0]) == (422, True), change
        assert len(await own()) == 1
    typed = await client.post(PLACE, caller=admin(union.north), data=said(union.north, most_megabytes="200"))
    assert ('value="200"' in typed.text, "<details open>" in typed.text) == (True, True)


async def test_less_from_above_is_told(client: Client, union: Union):
    await set_limits(SYSTEM, union.north.id, "editor", SOME)
    await set_limits(SYSTEM, union.root.id, "editor", Limits(10, 5, 50, ("text",)))
    page = (await client.get(f"{PLACE}?unit={union.north.id}", caller=admin(union.root))).text
    assert "cấp trên nay cho phép ít hơn" in page
    assert ("10 MB" in told(page)[1], "không loại nào" in told(page)[1]) == (True, True)


async def test_units_below_that_say_something_are_listed(client: Client, union: Union):
    for unit, role in ((union.north, "editor"), (union.north, "contributor"), (union.factory, "admin")):
        await set_limits(SYSTEM, unit.id, role, SOME)
    page = (await client.get(f"{PLACE}?unit={union.root.id}", caller=admin(union.root))).text
    listed = re.findall(r'<li class="card"><a href="/archive/limits\?unit=(.*?)">.*?class="facts">(.*?)<', page)
    assert listed == [
        (str(union.north.id), "người đóng góp, biên tập viên"),
        (str(union.factory.id), "quản trị viên"),
    ]
    page = (await client.get(f"{PLACE}?unit={union.south.id}", caller=admin(union.root))).text
    assert '<li class="card">' not in page
    wrong = await client.get(f"{PLACE}?unit={union.root.id}&after=x", caller=admin(union.root))
    assert wrong.status_code == 400


async def test_only_admins_come_near(client: Client, union: Union):
    for caller, status in ((ANONYMOUS, 401), (editor(union.root), 403), (admin(union.south), 403)):
        assert (await client.get(f"{PLACE}?unit={union.north.id}", caller=caller)).status_code == status
        assert (await client.post(PLACE, caller=caller, data=said(union.north))).status_code == status
    elsewhere = await client.post(
        PLACE, caller=admin(union.north), data=said(union.north), headers={"origin": "https://evil.example"}
    )
    assert (elsewhere.status_code, await own()) == (403, [])


@pytest.mark.committed
@pytest.mark.browser
@pytest.mark.parametrize(("size", "shown_in"), [(PHONE, "vi"), (DESK, "en")], ids=["phone", "desk"])
async def test_it_is_accessible_and_fits(browser: Browser, origin: str, size: dict[str, int], shown_in: str):
    union = await small_union()
    await set_limits(SYSTEM, union.factory.id, "editor", SOME)
    page = await open_page(browser, size, admin(union.north), java_script_enabled=False)
    await page.goto(f"{origin}{PLACE}?unit={union.north.id}&lang={shown_in}")
    await page.locator("summary").first.click()
    await page.locator("#contributor-most_megabytes").fill("99999")
    await page.locator("details button").first.click()
    await page.get_by_role("alert").wait_for()
    await page.locator("#contributor-most_megabytes").fill("99")
    await page.locator("details button").first.click()
    await page.get_by_text("99 MB").wait_for()
    page = await open_page(browser, size, admin(union.north))
    await page.goto(f"{origin}{PLACE}?unit={union.north.id}&lang={shown_in}")
    await page.locator("summary").first.click()
    await check(page, f"limits-{shown_in}")
