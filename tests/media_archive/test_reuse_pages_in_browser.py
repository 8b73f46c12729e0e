"""The pages of uses, royalties and targets as a browser shows them: narrow, wide, in both languages."""

from datetime import date
from uuid import UUID

import pytest
from archive_browser import DESK, PHONE, check, open_page, origin
from archive_world import Union, add
from playwright.async_api import Browser
from royalty_world import a_product, a_rate, published

from kit.identity import SYSTEM
from kit.testing import caller_as
from media_archive.coverage.counting import count_coverage
from media_archive.coverage.service import set_material_count
from media_archive.royalties import charges

pytestmark = [pytest.mark.committed, pytest.mark.browser]
__all__ = ["origin"]


async def _fill(union: Union) -> UUID:
    await a_rate(union.factory)
    paid = await a_product(union, "Nguyễn Thị Lan", "Trần Văn Minh")
    await charges.charge(SYSTEM, await published(paid, union.factory))
    for unit in (union.factory, union.south, union.factory):
        await published(paid, unit)
    await add(union.factory, "Ảnh hội thao", visibility="union", created_on=date(2026, 3, 1))
    await set_material_count(SYSTEM, union.factory.id, 2026, "leaflet", 12, is_digital=False)
    await count_coverage()
    return paid


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_the_pages_are_usable_by_everybody(browser: Browser, origin: str, union: Union, size: dict[str, int]):
    paid = await _fill(union)
    page = await open_page(browser, size, caller_as("admin", union.root))
    for name, path in (
        ("reuse-item", f"/archive/items/{paid}/reuse"),
        ("reuse-units", f"/archive/reuse?unit={union.north.id}"),
        ("royalties", f"/archive/royalties?unit={union.factory.id}"),
        ("royalty-shares", f"/archive/items/{paid}/authors?lang=en"),
        ("coverage", f"/archive/coverage?unit={union.north.id}&year=2026&lang=vi"),
    ):
        await page.goto(origin + path)
        assert await page.locator("h1").count() == 1
        await check(page, f"{name}-{size['width']}")
