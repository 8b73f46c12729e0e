"""Passwords of share links: asked for, kept as hashes, proved by the visit, and not to be tried for long."""

import asyncio

import pytest
from archive_world import Union, add
from share_world import files_of, link_to, photo

from kit import db
from kit.jobs import MemoryQueue
from kit.testing import Client


async def test_a_password_is_asked_for_kept_as_a_hash_and_proved_by_the_visit(
    client: Client, union: Union, job_queue: MemoryQueue
):
    asset_id = await photo(union, job_queue)
    path, other = await link_to(asset_id, password="mật khẩu dài"), await link_to(asset_id, password="cái khác kia")
    asks = await client.get(path)
    assert (asks.status_code, "Ảnh tổ may" in asks.text, files_of(asks)) == (200, False, [])
    wrong = await client.post(path, data={"password": "mật khẩu"})
    assert (wrong.status_code, "Mật khẩu không đúng" in wrong.text) == (403, True)
    right = await client.post(path, data={"password": "mật khẩu dài"})
    assert (right.status_code, right.headers["location"]) == (303, path)
    assert "HttpOnly" in right.headers["set-cookie"]
    assert len(files_of(await client.get(path))) == 2
    # What one link proved proves nothing for another.
    value = right.headers["set-cookie"].partition("loa_visit=")[2].partition(";")[0]
    client.http.cookies.clear()
    assert files_of(await client.get(other, headers={"cookie": f"loa_visit={value}"})) == []
    assert "dài" not in str(await db.rows("SELECT password_salt, password_hash FROM share_link"))


async def test_passwords_cannot_be_tried_for_long(client: Client, union: Union):
    path = await link_to(await add(union.factory, "Bản tin"), password="mật khẩu dài")
    codes = [(await client.post(path, data={"password": f"sai lần {n}"})).status_code for n in range(11)]
    assert codes == [403] * 10 + [429]
    late = await client.post(path, data={"password": "mật khẩu dài"})
    assert (late.status_code, late.headers["retry-after"]) == (429, "900")
    await db.execute("UPDATE share_link SET tries_since = now() - interval '16 minutes'")
    assert (await client.post(path, data={"password": "mật khẩu dài"})).status_code == 303


@pytest.mark.committed
async def test_tries_at_one_moment_are_counted_all(client: Client, union: Union):
    path = await link_to(await add(union.factory, "Bản tin"), password="mật khẩu dài")
    replies = await asyncio.gather(*(client.post(path, data={"password": "sai sai sai"}) for _ in range(16)))
    assert sorted(reply.status_code for reply in replies) == [403] * 10 + [429] * 6


async def test_another_sites_form_cannot_type_the_password(client: Client, union: Union):
    path = await link_to(await add(union.factory, "Bản tin"), password="mật khẩu dài")
    reply = await client.post(
        path, data={"password": "mật khẩu dài"}, headers={"sec-fetch-site": "cross-site", "origin": "https://x.vn"}
    )
    assert reply.status_code == 403
