"""Feeds, a sitemap and linked data tell everybody of public materials, and of no others."""

import re
from uuid import UUID
from xml.etree import ElementTree as ET

import orjson
import pytest
from archive_world import Union, add, picture
from oai_world import many_public

from kit import db
from kit.testing import Client
from media_archive.interop.linked_data import json_ld, public_description

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
PAGE = "http://127.0.0.1:8080/archive/items/"


async def test_rss_tells_of_the_newest_public_materials(client: Client, union: Union):
    await add(union.factory, "Chỉ đơn vị", visibility="unit")
    asset_id = await add(
        union.factory,
        "Tờ <rơi> & “áp phích”",
        visibility="public",
        description="Mô tả",
        topics=("benefits",),
        kind="leaflet",
    )
    reply = await client.get("/archive/feed.rss")
    assert reply.headers["content-type"] == "application/rss+xml; charset=utf-8"
    channel = ET.fromstring(reply.content).find("channel")
    assert channel is not None
    assert channel.findtext("title") == "Kho tư liệu công đoàn"
    (item,) = channel.findall("item")
    assert {one.tag: one.text for one in item if one.tag not in ("pubDate", "category")} == {
        "title": "Tờ <rơi> & “áp phích”",
        "link": PAGE + asset_id,
        "guid": f"urn:uuid:{asset_id}",
        "description": "Mô tả",
    }
    assert [one.text for one in item.findall("category")] == ["leaflet", "benefits"]
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", item.findtext("pubDate") or "")


async def test_atom_tells_the_same(client: Client, union: Union):
    asset_id = await add(union.factory, "Tờ rơi", visibility="public")
    reply = await client.get("/archive/feed.atom?lang=en")
    root = ET.fromstring(reply.content)
    assert root.findtext(f"{ATOM}title") == "The union's archive"
    (entry,) = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"urn:uuid:{asset_id}"
    assert root.findtext(f"{ATOM}updated") == entry.findtext(f"{ATOM}updated")
    for needed in ("id", "title", "updated", "author"):
        assert root.find(ATOM + needed) is not None


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Nam", "Bắc"]),
        ("unit=00000000-0000-0000-0000-000000000002", ["Bắc"]),
        ("topic=benefits", ["Nam"]),
        ("kind=leaflet", ["Bắc"]),
        ("kind=%00", []),
    ],
)
async def test_a_feed_may_be_of_a_unit_a_topic_or_a_kind(client: Client, union: Union, query: str, titles: list[str]):
    await add(union.factory, "Bắc", visibility="public", kind="leaflet")
    await add(union.south, "Nam", visibility="public", kind="news", topics=("benefits",))
    root = ET.fromstring((await client.get(f"/archive/feed.rss?{query}")).content)
    assert [one.findtext("title") for one in root.iter("item")] == titles


async def test_a_feed_of_no_unit_is_not_found(client: Client, union: Union):
    for unit in ("x", "6f9619ff-8b86-d011-b42d-00c04fc964ff"):
        assert (await client.get(f"/archive/feed.rss?unit={unit}")).status_code == 404


async def test_who_has_the_feed_is_told_that_nothing_changed(client: Client, union: Union):
    await add(union.factory, "Tờ rơi", visibility="public")
    first = await client.get("/archive/feed.atom")
    assert first.headers["cache-control"] == "public, no-cache"
    again = await client.get("/archive/feed.atom", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await add(union.factory, "Áp phích", visibility="public")
    changed = await client.get("/archive/feed.atom", headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200


async def test_the_sitemap_lists_public_materials(client: Client, union: Union):
    await add(union.factory, "Chỉ đơn vị", visibility="unit")
    public, hidden = [await add(union.factory, name, visibility="public") for name in ("A", "B")]
    await client.get("/archive/sitemap.xml")
    await db.execute("UPDATE asset SET hidden = 'rights_expired' WHERE id = $1::uuid", hidden)
    root = ET.fromstring((await client.get("/archive/sitemap.xml")).content)
    assert [one.findtext(f"{SITEMAP}loc") for one in root.findall(f"{SITEMAP}url")] == [PAGE + public]
    part = ET.fromstring((await client.get(f"/archive/sitemap/{public[:2]}.xml")).content)
    assert [one.findtext(f"{SITEMAP}loc") for one in part] == [PAGE + public]


async def test_many_materials_have_a_sitemap_in_parts(client: Client, union: Union):
    await many_public(union.factory, 1)
    await db.execute(
        """INSERT INTO oai_record (asset_id, number, datestamp, is_deleted, unit_path)
           SELECT gen_random_uuid(), -place, '2026-01-01', false, '00001' FROM generate_series(1, 20000) AS place"""
    )
    root = ET.fromstring((await client.get("/archive/sitemap.xml")).content)
    parts = [one.findtext(f"{SITEMAP}loc") or "" for one in root]
    assert (len(parts), parts[0], parts[255]) == (
        256,
        "http://127.0.0.1:8080/archive/sitemap/00.xml",
        "http://127.0.0.1:8080/archive/sitemap/ff.xml",
    )
    for wrong in ("0", "000", "zz", "-1", "+1"):
        assert (await client.get(f"/archive/sitemap/{wrong}.xml")).status_code == 404


async def test_linked_data_describes_a_public_material(client: Client, union: Union):
    asset_id = UUID(
        await add(
            union.factory,
            "Ảnh </script><script>alert(1)</script>",
            picture("PNG", (90, 60)),
            visibility="public",
            topics=("benefits",),
        )
    )
    row = await db.row("SELECT added_at, created_on, size FROM asset JOIN stored_file USING (sha256)")
    assert row is not None
    described = await public_description(asset_id)
    assert described == {
        "@context": "https://schema.org",
        "@type": "ImageObject",
        "@id": PAGE + str(asset_id),
        "url": PAGE + str(asset_id),
        "name": "Ảnh </script><script>alert(1)</script>",
        "inLanguage": "vi",
        "dateCreated": row["created_on"].isoformat(),
        "datePublished": row["added_at"].isoformat(),
        "encodingFormat": "image/png",
        "contentSize": f"{row['size']} B",
        "keywords": ["Lợi ích đoàn viên"],
        "isAccessibleForFree": True,
        "publisher": {"@type": "Organization", "name": union.factory.name_vi},
    }
    script = await json_ld(asset_id)
    assert script is not None
    head, body, rest = str(script).partition('<script type="application/ld+json">')[2].partition("</script>")
    assert (orjson.loads(head), body, rest) == (described, "</script>", "")


async def test_linked_data_is_of_public_materials_only(union: Union):
    asset_id = UUID(await add(union.factory, "Tờ rơi", visibility="union"))
    assert await json_ld(asset_id) is None


async def test_linked_data_tells_whom_to_name_and_what_is_allowed(union: Union):
    asset_id = UUID(await add(union.factory, "Ảnh", visibility="public"))
    await db.execute("UPDATE asset SET licence = 'cc_by_4', rights_holder = 'Báo Lao Động'")
    await db.execute(
        "INSERT INTO asset_about (asset_id, creator, places, people) VALUES ($1, 'Tổ ảnh', '{Hạ Long}', '{Chị Hoa}')",
        asset_id,
    )
    described = await public_description(asset_id)
    assert described is not None
    assert {name: described.get(name) for name in ("creditText", "contentLocation", "license", "copyrightNotice")} == {
        "creditText": "Tổ ảnh",
        "contentLocation": [{"@type": "Place", "name": "Hạ Long"}],
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "copyrightNotice": "© Báo Lao Động",
    }
    assert "Chị Hoa" not in str(described)
