"""The menu shows what its reader can open, and every page that it leads to opens."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from archive_browser import PHONE, check, open_page, origin
from archive_world import Union, add, editor, small_union
from playwright.async_api import Browser

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import Client, caller_as
from media_archive.rights.service import set_rights

__all__ = ["origin"]
EVERYBODY = ["/archive/", "/archive/collections"]
PEOPLE = [*EVERYBODY, "/archive/mine"]
MAKERS = [*PEOPLE, "/archive/upload", "/archive/work"]
CONTRIBUTORS = ["/archive/alike", "/archive/reuse", "/archive/coverage"]
EDITORS = ["/archive/requests", "/archive/expiring", *CONTRIBUTORS, "/archive/deleted", "/archive/guard"]


def links(page: str, part: str) -> list[str]:
    inside = re.search(part, page, re.DOTALL)
    assert inside is not None
    return re.findall(r'href="(/archive/[^"]*)"', inside[0])


@pytest.mark.parametrize(
    ("who", "menu", "work"),
    [
        ("nobody", EVERYBODY, None),
        ("worker", PEOPLE, None),
        ("analyst", [*PEOPLE, "/archive/work"], ["/archive/coverage"]),
        ("contributor", MAKERS, CONTRIBUTORS),
        ("editor", MAKERS, EDITORS),
        ("admin", MAKERS, [*EDITORS[:5], "/archive/royalties", "/archive/limits", *EDITORS[5:]]),
    ],
)
async def test_each_sees_what_is_theirs(
    client: Client, union: Union, who: Any, menu: list[str], work: list[str] | None
):
    caller: Caller = ANONYMOUS if who == "nobody" else caller_as(who, union.north)
    page = await client.get("/archive/collections", caller=caller)
    assert links(page.text, r'<nav class="parts".*?</nav>') == menu
    tasks = await client.get("/archive/work", caller=caller)
    if work is None:
        assert tasks.status_code == (401 if who == "nobody" else 403)
    else:
        assert links(tasks.text, r'<ul class="cards tasks">.*?</ul>') == work
    for path in (*menu, *(work or [])):
        assert (path, (await client.get(path, caller=caller)).status_code) == (path, 200)


async def test_the_work_that_waits_is_counted(client: Client, union: Union):
    one, other = [await add(union.factory, title, visibility="union") for title in ("A", "B")]
    await db.execute(
        """INSERT INTO near_duplicate (first_id, second_id, is_mirrored, difference)
           VALUES (least($1::uuid, $2::uuid), greatest($1::uuid, $2::uuid), false, 0.1)""",
        one,
        other,
    )
    for asset_id in (one, other):
        await set_rights(SYSTEM, UUID(asset_id), "own_work", "", today() + timedelta(days=20))
    page = await client.get("/archive/work", caller=editor(union.factory))
    counts = re.findall(r'href="/archive/([^"]+)"><strong>[^<]+</strong></a> <span class="waiting">([^<]+)<', page.text)
    assert counts == [("expiring", "2"), ("alike", "1")]
    elsewhere = await client.get("/archive/work", caller=editor(union.south))
    assert "waiting" not in elsewhere.text


@pytest.mark.committed
async def test_is_accessible_and_fits_a_phone(browser: Browser, origin: str):
    union = await small_union()
    page = await open_page(browser, PHONE, caller_as("admin", union.root))
    await page.goto(f"{origin}/archive/work")
    await check(page, "work")
