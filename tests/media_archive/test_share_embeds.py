"""Materials within others' pages: public ones anywhere, others where a link says so, always in a sandbox."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID

from archive_world import Union, add, picture, run_without_reading

from kit import db
from kit.identity import SYSTEM
from kit.jobs import MemoryQueue
from kit.testing import Client, caller_as
from media_archive.sharing.links import NewLink, make_link

HERE = "http://127.0.0.1:8080"


async def photo(union: Union, job_queue: MemoryQueue, visibility: str) -> str:
    asset_id = await add(
        union.factory, "Ảnh tổ may", picture(size=(400, 300)), visibility=visibility, file_name="ảnh.jpg"
    )
    await run_without_reading(job_queue)
    return asset_id


async def secret_of(asset_id: str, *origins: str) -> str:
    return (await make_link(SYSTEM, NewLink(UUID(asset_id), datetime.now(UTC) + timedelta(days=1), origins=origins)))[1]


async def test_a_public_material_is_shown_anywhere_in_a_sandbox(client: Client, union: Union, job_queue: MemoryQueue):
    asset_id = await photo(union, job_queue, "public")
    page = await client.get(f"/archive/embed/{asset_id}")
    policy = page.headers["content-security-policy"]
    assert page.status_code == 200
    assert "frame-ancestors *;" in policy
    assert re.search(r"sandbox allow-popups allow-popups-to-escape-sandbox$", policy)
    assert "script-src" not in policy
    (image,) = re.findall(r'src="(/files/[^"]+)"', page.text)
    reply = await client.get(image)
    assert (reply.status_code, reply.headers["cross-origin-resource-policy"]) == (200, "cross-origin")
    assert [tuple(row) for row in await db.rows("SELECT kind, unit_id FROM reuse")] == [("embed", None)]


async def test_what_is_not_public_is_shown_nowhere_also_to_who_may_see_it(
    client: Client, union: Union, job_queue: MemoryQueue
):
    asset_id = await photo(union, job_queue, "union")
    for one in (asset_id, "nonsense"):
        page = await client.get(f"/archive/embed/{one}", caller=caller_as("admin", union.root))
        assert (page.status_code, "Ảnh tổ may" in page.text) == (404, False)
    assert await db.value("SELECT count(*) FROM reuse") == 0


async def test_a_link_is_shown_on_the_websites_it_names_alone(client: Client, union: Union, job_queue: MemoryQueue):
    asset_id = await photo(union, job_queue, "private")
    named = await secret_of(asset_id, "https://Cong-Doan.vn/", "https://bao.vn:8443")
    page = await client.get(f"/archive/embed/s/{named}")
    assert page.status_code == 200
    assert "frame-ancestors https://cong-doan.vn https://bao.vn:8443;" in page.headers["content-security-policy"]
    (image,) = re.findall(r'src="(/files/s/[^"]+)"', page.text)
    assert (await client.get(unescape(image))).status_code == 200
    assert await db.value("SELECT uses FROM share_link") == 1
    assert (await client.get(f"/archive/embed/s/{await secret_of(asset_id)}")).status_code == 404
    await db.execute("UPDATE share_link SET revoked_at = now()")
    assert (await client.get(f"/archive/embed/s/{named}")).status_code == 410
    assert (await client.get(unescape(image))).status_code == 404


async def test_oembed_tells_how_to_show_what_is_public(client: Client, union: Union, job_queue: MemoryQueue):
    asset_id = await photo(union, job_queue, "public")
    address = f"{HERE}/archive/items/{asset_id}"
    reply = await client.get("/archive/oembed", params={"url": address, "maxwidth": "400", "maxheight": "x"})
    told = reply.json()
    assert (reply.status_code, told["version"], told["type"], told["title"]) == (200, "1.0", "rich", "Ảnh tổ may")
    assert (told["width"], told["height"]) == (400, 480)
    assert told["html"].startswith(f'<iframe src="{HERE}/archive/embed/{asset_id}" width="400" height="480"')
    assert " allowfullscreen " in told["html"]
    assert (await client.get("/archive/oembed", params={"url": address, "format": "xml"})).status_code == 501
    secret = await photo(union, job_queue, "union")
    for elsewhere in (
        f"{HERE}/archive/items/{secret}",
        f"https://x.vn/archive/items/{asset_id}",
        f"javascript://127.0.0.1:8080/archive/items/{asset_id}",
        f"{HERE}/archive/other/{asset_id}",
        "http://[",
        "",
    ):
        assert (await client.get("/archive/oembed", params={"url": elsewhere})).status_code == 404
