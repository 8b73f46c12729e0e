"""The page of an admin who looks after files: what is damaged, what was held apart, and nobody else's business."""

from datetime import date

import pytest
from archive_browser import DESK, PHONE, check, open_page, origin
from archive_world import Union, add, contributor, editor, small_union
from playwright.async_api import Browser

from kit import db
from kit.errors import DomainError
from kit.identity import ANONYMOUS
from kit.testing import Client, caller_as

__all__ = ["origin"]
PLACE = "/archive/guard"


async def filled(union: Union) -> None:
    await add(union.factory, "Ảnh hội thao", b"Noi dung")
    await db.execute("UPDATE stored_file SET damage = 'changed', checked_at = now()")
    with pytest.raises(DomainError):
        await add(union.factory, "Giả", b"<svg onload='alert(1)'/>", file_name="ảnh <b>đẹp.jpg")
    await db.execute("UPDATE quarantined_file SET purge_on = '2999-12-31'")


async def test_admins_see_what_is_damaged_and_held_apart(client: Client, union: Union):
    await filled(union)
    page = await client.get(PLACE, caller=caller_as("admin", union.north))
    assert page.status_code == 200
    for text in ("Ảnh hội thao", "đã thay đổi", "tên tệp nói sai loại", "31/12/2999", union.factory.name_vi):
        assert text in page.text
    assert "<b>" not in page.text
    elsewhere = (await client.get(PLACE, caller=caller_as("admin", union.south))).text
    assert ("Ảnh hội thao" in elsewhere, "Không có tệp nào bị giữ lại" in elsewhere) == (False, True)


async def test_editors_see_what_is_damaged_alone(client: Client, union: Union):
    await filled(union)
    page = await client.get(PLACE, caller=editor(union.north))
    assert ("Ảnh hội thao" in page.text, "tên tệp nói sai loại" in page.text) == (True, False)


async def test_nobody_else_does_and_foreign_places_are_refused(client: Client, union: Union):
    await filled(union)
    assert (await client.get(PLACE, caller=ANONYMOUS)).status_code == 401
    assert (await client.get(PLACE, caller=contributor(union.root))).status_code == 403
    for asked in ("damaged=x", "held=x"):
        assert (await client.get(f"{PLACE}?{asked}", caller=caller_as("admin", union.root))).status_code == 400


async def test_long_lists_are_paged(client: Client, union: Union):
    admin = caller_as("admin", union.root)
    await db.execute(
        """INSERT INTO quarantined_file (id, sha256, size, file_name, reason, unit_id, purge_on)
           SELECT gen_random_uuid(), sha256(number::text::bytea), 1, 'tep-' || number || '.jpg', 'VIRUS_FOUND', $1, $2
           FROM generate_series(1, 26) AS number""",
        union.factory.id,
        date(2999, 1, 1),
    )
    page = (await client.get(PLACE, caller=admin)).text
    assert page.count("tep-") == 24
    following = page.split('href="/archive/guard?held=')[1].split('"')[0]
    assert (await client.get(f"{PLACE}?held={following}", caller=admin)).text.count("tep-") == 2


@pytest.mark.committed
@pytest.mark.browser
@pytest.mark.parametrize(("size", "name"), [(PHONE, "phone"), (DESK, "desk")])
async def test_it_is_accessible_and_fits(browser: Browser, origin: str, size: dict[str, int], name: str):
    union = await small_union()
    await filled(union)
    page = await open_page(browser, size, caller_as("admin", union.root))
    for language in ("vi", "en"):
        await page.goto(f"{origin}{PLACE}?lang={language}")
        await check(page, f"guard-{name}-{language}")
