"""The page of sharing and rights, and those of requests: each form does its thing, or says what is wrong."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from archive_world import Union, add, contributor, editor, worker

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import Client, caller_as
from media_archive.reuse.service import NewReuse, record_reuse
from media_archive.rights.consents import NewConsent, record_consent
from media_archive.sharing.requests import ask_access

LATER = (today() + timedelta(days=20)).isoformat()


async def post(client: Client, asset_id: str, caller: Caller, **data: str) -> tuple[int, str]:
    reply = await client.post(f"/archive/items/{asset_id}/share", data=data, caller=caller)
    return reply.status_code, reply.headers.get("location", "") or reply.text


async def test_every_form_of_the_page_does_its_thing(client: Client, union: Union):
    asset_id, proof = await add(union.factory, "Bản tin"), await add(union.factory, "Giấy", visibility="private")
    who, here = editor(union.factory), f"/archive/items/{asset_id}/share"
    consent = {"person": "Mai", "scope": "named", "named_use": "Áp phích", "given_on": "2026-01-05"}
    for part, data in (
        ("sight", {"do": "sight", "visibility": "subtree", "embargo_until": "", "lease_until": LATER}),
        ("rights", {"do": "rights", "licence": "cc_by_4", "holder": "Báo", "until": LATER}),
        ("grants", {"do": "grant", "unit": "U4 – Liên đoàn", "until": LATER}),
        ("grants", {"do": "grant", "unit": union.mine.name_vi, "until": ""}),
        ("grants", {"do": "end_grant", "unit": str(union.mine.id)}),
        ("consents", {"do": "record_consent", "proof": f"http://127.0.0.1:8080/archive/items/{proof}/", **consent}),
    ):
        # A consent for a named use does not reach other branches: grants come before it.
        assert await post(client, asset_id, who, **data) == (303, f"{here}?done={part}#{part}")
    row = await db.row(
        "SELECT visibility, lease_until, licence, rights_holder FROM asset WHERE id = $1::uuid", asset_id
    )
    assert tuple(row or ()) == ("subtree", today() + timedelta(days=20), "cc_by_4", "Báo")
    assert [row["unit_id"] for row in await db.rows("SELECT unit_id FROM asset_grant")] == [union.south.id]
    consent_id = str(await db.value("SELECT id FROM consent WHERE proof_id = $1::uuid", proof))
    for act in ({"do": "withdraw"}, {"do": "settle", "why": "Đã làm mờ mặt"}, {"do": "erase"}):
        assert (await post(client, asset_id, who, consent=consent_id, **act))[0] == 303
    page = await client.get(here, caller=who)
    assert (page.status_code, "Mai" in page.text, "(đã xóa tên)" in page.text) == (200, False, True)


async def test_a_new_link_is_shown_once_with_its_code_and_ended_on_the_page(client: Client, union: Union):
    asset_id, who = await add(union.factory, "Bản tin"), editor(union.factory)
    data = {"do": "make_link", "label": "Báo", "expires_on": LATER, "origins": "https://a.vn\nhttps://b.vn"}
    status, page = await post(client, asset_id, who, **data)
    secret = page.partition("/archive/s/")[2].partition('"')[0]
    assert (status, len(secret)) == (200, 32)
    assert 'src="data:image/svg+xml' in page
    assert f"/archive/embed/s/{secret}" in page
    assert (await client.get(f"/archive/s/{secret}")).status_code == 200
    again = (await client.get(f"/archive/items/{asset_id}/share", caller=who)).text
    assert (secret in again, "https://a.vn" in again) == (False, True)
    link = str(await db.value("SELECT id FROM share_link"))
    assert (await post(client, asset_id, who, do="revoke", link=link))[0] == 303
    assert (await client.get(f"/archive/s/{secret}")).status_code == 410


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"do": "sight", "visibility": "union", "embargo_until": "mai"}, "cần ngày dạng 2026-05-01"),
        ({"do": "rights", "licence": "gpl"}, "danh mục “giấy phép” không có mã “gpl”"),
        ({"do": "grant", "unit": "Không có"}, "không rõ đơn vị nào"),
        ({"do": "make_link", "expires_on": LATER, "password": "ngắn", "label": "Báo A"}, "cần từ 8 đến 200 ký tự"),
        ({"do": "make_link", "expires_on": LATER, "most_uses": "٣"}, "cần một số"),
        ({"do": "record_consent", "person": "Mai", "is_minor": "1", "scope": "union"}, "Người dưới 18 tuổi cần"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    client: Client, union: Union, data: dict[str, str], told: str
):
    asset_id = await add(union.factory, "Bản tin")
    status, page = await post(client, asset_id, editor(union.factory), **data)
    assert (status, told in page) == (422, True)
    assert "ngắn" not in page
    for typed in ("label", "person"):
        assert typed not in data or f'value="{data[typed]}"' in page
    counts = [await db.value(f"SELECT count(*) FROM {table}") for table in ("share_link", "consent", "asset_grant")]
    assert counts == [0, 0, 0]


async def test_who_sees_which_part(client: Client, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="union")
    await record_consent(SYSTEM, NewConsent(UUID(asset_id), "Nguyễn Thị Mai", "public", today()))
    seen: dict[str, tuple[int, bool]] = {}
    who = {"nobody": ANONYMOUS, "worker": worker(union.factory), "contributor": contributor(union.factory)}
    for name, caller in (who | {"editor": editor(union.factory), "elsewhere": editor(union.south)}).items():
        page = await client.get(f"/archive/items/{asset_id}/share", caller=caller)
        seen[name] = page.status_code, "Mai" in page.text
    assert seen == {
        "nobody": (404, False),
        "worker": (403, False),
        "contributor": (200, False),
        "editor": (200, True),
        "elsewhere": (403, False),
    }
    assert (await post(client, asset_id, contributor(union.factory), do="rights", licence="own_work"))[0] == 403
    assert (await post(client, asset_id, editor(union.factory), do="nonsense"))[0] == 422


async def test_another_sites_form_changes_nothing(client: Client, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="unit")
    for path in (f"/archive/items/{asset_id}/share", "/archive/access", "/archive/requests"):
        reply = await client.post(
            path, data={"do": "sight"}, caller=editor(union.factory), headers={"sec-fetch-site": "cross-site"}
        )
        assert reply.status_code == 403


async def test_asking_and_answering_on_pages(client: Client, union: Union):
    asset_id = await add(union.factory, "Bí mật", visibility="private")
    asker = caller_as("worker", union.south, subject="lan")
    lost = await client.get(f"/archive/items/{asset_id}", caller=asker)
    assert f"/archive/access?asset={asset_id}" in lost.text
    assert "/archive/access" not in (await client.get(f"/archive/items/{asset_id}")).text

    async def ask(asset: str, **more: Any) -> Any:
        data = {"asset": asset, "unit": str(union.south.id), "reason": "Làm bản tin", **more}
        return await client.post("/archive/access", data=data, caller=asker)

    for address in (f"http://127.0.0.1:8080/archive/items/{asset_id}", str(uuid4())):
        reply = await ask(address)
        assert (reply.status_code, reply.headers["location"]) == (303, "/archive/access?done=asked")
    again = await ask(asset_id)
    assert (again.status_code, "đang chờ trả lời" in again.text, "Bí mật" in again.text) == (422, True, False)
    assert (await client.get("/archive/access")).status_code == 401

    waiting = await client.get("/archive/requests", caller=editor(union.north))
    assert ("Bí mật" in waiting.text, "Làm bản tin" in waiting.text, "lan" in waiting.text) == (True, True, True)
    request_id = str(await db.value("SELECT id FROM access_request WHERE asset_id = $1::uuid", asset_id))
    data = {"do": "accept", "request": request_id, "unit": str(union.north.id), "until": LATER}
    assert (await client.post("/archive/requests", data=data, caller=editor(union.south))).status_code == 403
    reply = await client.post("/archive/requests", data=data, caller=editor(union.north))
    assert (reply.status_code, reply.headers["location"]) == (
        303,
        f"/archive/requests?unit={union.north.id}&done=answered",
    )
    assert "Bí mật" in (await client.get("/archive/access", caller=asker)).text
    assert (await client.get(f"/archive/items/{asset_id}", caller=asker)).status_code == 200
    for caller, status in ((ANONYMOUS, 401), (contributor(union.north), 403)):
        assert (await client.get("/archive/requests", caller=caller)).status_code == status


async def test_what_ends_soon_is_listed_for_editors(client: Client, union: Union):
    await add(union.factory, "Sắp hết")
    await db.execute(
        "UPDATE asset SET rights_until = $1, lease_until = $2",
        today() + timedelta(days=3),
        today() + timedelta(days=60),
    )
    page = (await client.get("/archive/expiring", caller=editor(union.north))).text
    assert ("Quyền sử dụng" in page, "Thời gian công bố" in page, "còn 3 ngày" in page) == (True, False, True)
    wider = (await client.get("/archive/expiring?days=90", caller=editor(union.north))).text
    assert "Thời gian công bố" in wider
    for caller, status in ((ANONYMOUS, 401), (contributor(union.north), 403)):
        assert (await client.get("/archive/expiring", caller=caller)).status_code == status
    other = await client.get(f"/archive/expiring?unit={union.mine.id}", caller=editor(union.north))
    assert other.status_code == 403


async def test_declining_on_the_page_needs_a_reason(client: Client, union: Union):
    asset_id = UUID(await add(union.factory, "Bí mật", visibility="private"))
    request_id = (await ask_access(worker(union.south), asset_id, union.south.id, "x"))["id"]
    data = {"do": "decline", "request": str(request_id), "unit": str(union.factory.id), "reason": ""}
    refused = await client.post("/archive/requests", data=data, caller=editor(union.factory))
    assert (refused.status_code, await db.value("SELECT state FROM access_request")) == (422, "open")
    data["reason"] = "Chưa công bố"
    reply = await client.post("/archive/requests", data=data, caller=editor(union.factory))
    assert (reply.status_code, await db.value("SELECT answer FROM access_request")) == (303, "Chưa công bố")


async def test_who_withdraws_a_consent_is_told_whom_to_tell(client: Client, union: Union):
    asset_id = UUID(await add(union.factory, "Ảnh", visibility="union"))
    who, place = editor(union.factory), f"/archive/items/{asset_id}/share"
    await record_reuse(contributor(union.south), NewReuse(asset_id, union.south.id, "publication"))
    consent = await record_consent(SYSTEM, NewConsent(asset_id, "Mai", "union", today()))
    told = "Hãy báo cho các đơn vị đã dùng hoặc được cấp tài liệu này"
    assert told not in (await client.get(place, caller=who)).text
    assert (await post(client, str(asset_id), who, do="withdraw", consent=str(consent["id"])))[0] == 303
    page = (await client.get(place, caller=who)).text
    assert (told in page, f"<li>{union.south.name_vi}</li>" in page) == (True, True)
