"""Whoever makes materials for any unit finds, on another unit's material, how to tell of a use and of a copy."""

from archive_world import Union, add, contributor, worker

from kit import db
from kit.identity import ANONYMOUS
from kit.testing import Client


async def test_makers_of_other_units_are_led_to_telling_of_a_use(client: Client, union: Union):
    asset_id = await add(union.factory, "Tờ rơi", visibility="public")
    place = f"/archive/items/{asset_id}"
    page = (await client.get(place, caller=contributor(union.south))).text
    assert f"được ghi là một lần dùng của {union.south.name_vi}." in page
    assert (f'href="{place}/reuse?tell=#tell"' in page, f'href="{place}/describe"' in page) == (True, False)
    for asked, shown in (("", '<details id="tell">'), ("?tell=", '<details id="tell" open>')):
        assert shown in (await client.get(f"{place}/reuse{asked}", caller=contributor(union.south))).text
    for caller in (ANONYMOUS, worker(union.south)):
        assert f"{place}/reuse" not in (await client.get(place, caller=caller)).text


async def test_a_copy_tells_by_addresses_what_it_was_made_from(client: Client, union: Union):
    source = await add(union.south, "Bản gốc", visibility="union")
    copy = await add(union.factory, "Bản rút gọn")
    me, place = contributor(union.factory), f"/archive/items/{copy}"
    given = {"sources": f"https://loa.example/archive/items/{source}?lang=en\r\n"}
    answer = await client.post(f"{place}/describe/sources", caller=me, data=given)
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    for page, other, words in ((copy, source, "Chuyển thể từ"), (source, copy, "Được chuyển thể thành")):
        text = (await client.get(f"/archive/items/{page}", caller=me)).text
        assert f'<dt>{words}</dt><dd><a href="/archive/items/{other}">' in text
    assert f"/archive/items/{source}</textarea>" in (await client.get(f"{place}/describe", caller=me)).text
    for wrong, told in (("abc", "Không tìm thấy"), (copy, "không thể được phỏng theo chính nó")):
        refused = await client.post(f"{place}/describe/sources", caller=me, data={"sources": wrong})
        assert (refused.status_code >= 400, told in refused.text, f">{wrong}</textarea>" in refused.text) == (
            True,
            True,
            True,
        )
    assert await db.value("SELECT source_id::text FROM derivation") == source


async def test_a_copy_is_sent_from_the_page_of_what_it_was_made_from(client: Client, union: Union):
    source = await add(union.south, "Bản gốc", visibility="union")
    me = contributor(union.factory)
    way = f"/archive/upload?from={source}"
    assert f'href="{way}"' in (await client.get(f"/archive/items/{source}", caller=me)).text
    assert f'<a href="/archive/items/{source}">Bản gốc</a>' in (await client.get(way, caller=me)).text
    said = {"unit": str(union.factory.id), "title": "Bản rút gọn", "from": source}
    sent = {"file": ("rut-gon.txt", "Ngắn hơn.".encode())}
    reply = await client.post("/archive/upload", caller=me, data=said, files=sent)
    assert reply.status_code == 303
    linked = await db.rows("SELECT asset_id::text, source_id::text FROM derivation")
    assert [tuple(row) for row in linked] == [(reply.headers["location"].rpartition("/")[2], source)]
    hidden = await add(union.south, "Riêng", visibility="private")
    refused = await client.post("/archive/upload", caller=me, data=said | {"from": hidden}, files=sent)
    assert (refused.status_code, await db.value("SELECT count(*) FROM asset")) == (404, 3)


async def test_strangers_say_of_no_copy_what_it_was_made_from(client: Client, union: Union):
    source = await add(union.south, "Bản gốc", visibility="union")
    copy = await add(union.factory, "Bản rút gọn", visibility="union")
    for caller, status in ((ANONYMOUS, 401), (worker(union.factory), 403), (contributor(union.south), 403)):
        answer = await client.post(
            f"/archive/items/{copy}/describe/sources", caller=caller, data={"sources": str(source)}
        )
        assert answer.status_code == status
    assert await db.value("SELECT count(*) FROM derivation") == 0


async def test_who_is_not_signed_in_is_shown_the_way_in(client: Client, union: Union):
    place = f"/archive/items/{await add(union.factory, 'Nội bộ', visibility='union')}"
    page = await client.get(place)
    assert (page.status_code, f'href="/auth/login?next={place}"' in page.text) == (404, True)
    nothing = await client.get(f"/archive/items/{'0' * 8}-0000-4000-8000-{'0' * 12}")
    assert (nothing.status_code, "/auth/login?next=" in nothing.text) == (404, True)


async def test_who_lacks_a_right_is_told_whom_to_ask(client: Client, union: Union):
    page = await client.get("/archive/upload", caller=worker(union.factory))
    assert (page.status_code, "hãy nhờ người quản trị của đơn vị cấp quyền" in page.text) == (403, True)
