"""The pages of downloads in a browser, narrow and wide: everyone can ask for a file, fetch it, and read texts."""

from collections.abc import AsyncIterator

import pytest
from browser_desk import desk_of, is_usable, serving
from downloads_world import OWNER, released_world
from playwright.async_api import Browser, Page, expect

pytestmark = [pytest.mark.committed, pytest.mark.browser]

TEXTS = tuple(f"Ý kiến thứ {number}" for number in range(1, 13))


@pytest.fixture
async def origin(database) -> AsyncIterator[str]:
    """The service's pages at a real address."""
    async with serving(database) as address:
        yield address


@pytest.fixture(params=[360, 1280])
async def desk(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """An analyst's browser."""
    async with desk_of(browser, OWNER, request.param) as page:
        yield page


async def test_an_analyst_asks_fetches_and_reads(desk, origin, job_queue):
    _, release_id = await released_world(texts=TEXTS)
    await desk.goto(f"{origin}/results/downloads/of/{release_id}")
    await is_usable(desk)
    await desk.get_by_label("Bảng số liệu, CSV").check()
    await desk.get_by_role("button", name="Tạo tệp").click()
    await expect(desk.get_by_text("Đang tạo")).to_be_visible()
    await is_usable(desk)
    await job_queue.run_all()
    # The list follows by itself.
    await expect(desk.get_by_role("status")).to_have_text("Tệp đã xong.")
    await is_usable(desk)
    async with desk.expect_download() as fetched:
        await desk.get_by_role("link", name="Tải về").click()
    assert (await fetched.value).suggested_filename == "needs-1-1-tables.csv"
    await desk.goto(f"{origin}/results/downloads/of/{release_id}/texts")
    await is_usable(desk)
    await expect(desk.get_by_text("Ý kiến thứ 7", exact=True)).to_be_visible()
