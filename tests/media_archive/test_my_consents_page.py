"""A person sees what they agreed to and takes it back by themself, also of what they may not see."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from archive_browser import PHONE, check, open_page, origin
from archive_world import Union, add, small_union, worker
from playwright.async_api import Browser

from kit import db
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import Client
from media_archive.rights.consents import NewConsent, record_consent

__all__ = ["origin"]
PLACE = "/archive/consents"


def lan(union: Union) -> Caller:
    return Caller("lan", worker(union.south).grants, 1)


async def agreed(asset_id: str, account: str = "lan", **more: Any) -> UUID:
    new = NewConsent(UUID(asset_id), "Lan", more.pop("scope", "public"), date(2026, 1, 5), account=account, **more)
    return (await record_consent(SYSTEM, new))["id"]


async def withdraw(client: Client, caller: Caller, consent: UUID) -> Any:
    return await client.post(
        PLACE, caller=caller, data={"consent": str(consent)}, headers={"Sec-Fetch-Site": "same-origin"}
    )


async def test_tells_all_that_names_the_account_and_no_more(client: Client, union: Union):
    seen = await add(union.south, "Ảnh hội thao", visibility="public")
    unseen = await add(union.factory, "Ảnh nội bộ", visibility="private")
    await agreed(seen)
    await agreed(unseen, scope="internal")
    await agreed(await add(union.south, "Ảnh người khác", visibility="public"), account="mai")
    page = (await client.get(PLACE, caller=lan(union))).text
    assert page.count("còn hiệu lực") == 2
    assert f'<a href="/archive/items/{seen}">Ảnh hội thao</a>' in page
    assert "Một tài liệu anh/chị không được xem" in page
    assert ("Ảnh nội bộ" in page, "Ảnh người khác" in page) == (False, False)


async def test_what_is_taken_back_is_hidden_at_once(client: Client, union: Union):
    asset_id = await add(union.factory, "Ảnh nội bộ", visibility="private")
    consent = await agreed(asset_id, scope="internal")
    reply = await withdraw(client, lan(union), consent)
    assert (reply.status_code, reply.headers["location"]) == (303, f"{PLACE}?done=1")
    assert await db.value("SELECT hidden FROM asset") == "consent_withdrawn"
    page = (await client.get(f"{PLACE}?done=1", caller=lan(union))).text
    assert "Đã rút lại. Tài liệu không còn được hiện." in page
    assert "<details>" not in page


@pytest.mark.parametrize(("who", "status"), [("nobody", 401), ("another one", 404)])
async def test_is_nobody_elses_to_take_back(client: Client, union: Union, who: str, status: int):
    consent = await agreed(await add(union.factory, "Ảnh nội bộ", visibility="private"), scope="internal")
    caller = ANONYMOUS if who == "nobody" else worker(union.south)
    assert (await withdraw(client, caller, consent)).status_code == status
    assert await db.value("SELECT withdrawn_at FROM consent") is None


@pytest.mark.committed
async def test_is_accessible_and_fits_a_phone(browser: Browser, origin: str):
    union = await small_union()
    await agreed(await add(union.south, "Ảnh hội thao của công đoàn khu công nghiệp phía Nam", visibility="public"))
    page = await open_page(browser, PHONE, lan(union))
    await page.goto(f"{origin}{PLACE}")
    await page.click("summary")
    await check(page, "consents")
    await page.click("details button")
    await page.wait_for_selector("p[role=status]")
    await check(page, "consents-withdrawn")
