"""Officers and collaborators put on record by hand: found or new, appointed, released, with what is vacant or ends soon."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from kit import db
from kit.calendar import today
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.people.service import add_collaborator, add_person, appoint, set_seats

HERE = {"origin": "http://127.0.0.1:8080", "sec-fetch-site": "same-origin"}
PAGE = "/org/units/HN-001/people"


@pytest.fixture
def chi(tree):
    """An editor of Hà Nội."""
    return caller_as("editor", tree.hanoi, subject="chi")


def filled(**more: str) -> dict[str, str]:
    fields = {
        "key": str(uuid4()),
        "step": "save",
        "q": "",
        "person": "new",
        "display_name": "Nguyễn Thị Hạnh",
        "email": "",
        "phone": "",
        "post": "chair",
        "department": "",
        "on": "2026-01-01",
        "until": "",
        "decision_number": "",
    }
    return fields | more


async def send(client, caller, address: str, fields: dict[str, str]):
    return await client.post(address, data=fields, caller=caller, headers=HERE)


async def test_somebody_new_is_put_on_record_and_appointed_once(client, tree, chi):
    form = await client.get(f"{PAGE}/officer?post=chair", caller=chi)
    assert '<option value="chair" selected>' in form.text
    fields = filled(until="2028-07-01", decision_number="5/QĐ")
    first = await send(client, chi, f"{PAGE}/officer", fields)
    assert (first.status_code, first.headers["location"]) == (303, f"{PAGE}?done=appointed")
    again = await send(client, chi, f"{PAGE}/officer", fields)
    assert again.status_code == 303
    assert await db.value("SELECT count(*) FROM person") == 1
    assert await db.value("SELECT count(*) FROM appointment") == 1
    page = await client.get(first.headers["location"], caller=chi)
    assert "<strong>Nguyễn Thị Hạnh</strong> · Chủ tịch" in page.text
    assert "kết thúc từ 01/07/2028" in page.text


async def test_somebody_on_record_is_found_and_appointed(client, tree, chi):
    person = await add_person(SYSTEM, "Trần Văn Nam", unit_id=tree.hanoi["id"])
    await appoint(SYSTEM, person.id, tree.hanoi["id"], "vice_chair", date(2026, 1, 1))
    found = await send(client, chi, f"{PAGE}/officer", filled(step="search", q="tran nam", person="", email="a@b"))
    assert found.status_code == 200
    assert f'value="{person.id}"' in found.text
    assert "Phó Chủ tịch" in found.text
    assert 'value="a@b"' in found.text
    reply = await send(client, chi, f"{PAGE}/officer", filled(person=str(person.id), q="tran nam"))
    assert reply.status_code == 303
    assert await db.value("SELECT unit_id FROM appointment WHERE post = 'chair'") == tree.garment["id"]
    nobody = await send(client, chi, f"{PAGE}/officer", filled(step="search", q="zzz"))
    assert "Không tìm thấy ai" in nobody.text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"person": ""}, 'id="person-error">Hãy chọn một người.'),
        ({"person": "nobody"}, "Không tìm thấy"),
        ({"display_name": " "}, 'id="display_name-error">Không được để trống.'),
        ({"email": "hanh"}, 'id="email-error">Không phải là địa chỉ thư điện tử.'),
        ({"post": ""}, 'id="post-error">Không được để trống.'),
        ({"post": "king"}, 'id="post-error">Danh mục'),
        ({"on": "2026-13-01"}, 'id="on-error">Không phải là ngày hợp lệ.'),
        ({"until": "2025-01-01"}, 'id="until-error">Ngày 01/01/2025 quá sớm'),
        ({"department": str(uuid4())}, "Không tìm thấy"),
        ({"decision_number": "x" * 101}, 'id="decision_number-error">Dài hơn 100 ký tự.'),
    ],
)
async def test_refuses_beside_its_field_and_keeps_what_was_filled_in(client, tree, chi, everything, fields, told):
    before = await everything()
    reply = await send(client, chi, f"{PAGE}/officer", filled(**fields))
    assert reply.status_code == 400
    assert told in reply.text
    assert 'value="Nguyễn Thị Hạnh"' in reply.text or "display_name" in fields
    assert await everything() == before


async def test_a_term_is_ended_with_a_reason(client, tree, chi):
    person = await add_person(SYSTEM, "Trần Văn Nam", unit_id=tree.hanoi["id"])
    held = await appoint(SYSTEM, person.id, tree.garment["id"], "chair", date(2026, 1, 1))
    address = f"{PAGE}/officer/{held.id}/end"
    assert f'href="{address}"' in (await client.get(PAGE, caller=chi)).text
    form = await client.get(address, caller=chi)
    assert "<h1>Kết thúc: Trần Văn Nam</h1>" in form.text
    refused = await send(client, chi, address, {"on": "2026-02-01", "reason": ""})
    assert (refused.status_code, 'id="reason-error"' in refused.text) == (400, True)
    early = await send(client, chi, address, {"on": "2025-12-01", "reason": "resigned"})
    assert 'id="on-error">Ngày 01/12/2025 quá sớm: sớm nhất là 02/01/2026.' in early.text
    [reason] = [
        one["code"]
        for one in await db.rows(
            "SELECT code FROM term WHERE vocabulary = 'appointment_end_reason' ORDER BY position LIMIT 1"
        )
    ]
    for _ in range(2):
        ended = await send(client, chi, address, {"on": "2026-02-01", "reason": reason})
        assert (ended.status_code, ended.headers["location"]) == (303, f"{PAGE}?done=ended")
    assert await db.value("SELECT upper(valid) FROM appointment") == date(2026, 2, 1)


async def test_what_is_vacant_and_what_ends_soon_is_listed(client, tree, chi):
    seats = await send(client, chi, f"{PAGE}/seats", {"post": "vice_chair", "seats": "2", "on": "2026-01-01"})
    assert seats.headers["location"] == f"{PAGE}?done=seats"
    person = await add_person(SYSTEM, "Trần Văn Nam", unit_id=tree.hanoi["id"])
    soon = today() + timedelta(days=120)
    await appoint(SYSTEM, person.id, tree.garment["id"], "chair", date(2026, 1, 1), soon)
    page = await client.get("/org/units/HN/people", caller=chi)
    assert 'href="/org/units/HN-001/people/officer?post=vice_chair"' in page.text
    assert "Phó Chủ tịch × 2" in page.text
    assert "Không có nhiệm kỳ nào." in page.text
    later = await client.get("/org/units/HN/people?days=180", caller=chi)
    assert f"<strong>{soon:%d/%m/%Y}</strong> · Trần Văn Nam · Chủ tịch" in later.text


@pytest.mark.parametrize("seats", ["", "many", "-1", "1001", "99999999999"])
async def test_seats_that_can_not_be_are_refused(client, tree, chi, everything, seats):
    before = await everything()
    reply = await send(client, chi, f"{PAGE}/seats", {"post": "chair", "seats": seats, "on": "2026-01-01"})
    assert (reply.status_code, 'id="seats-error"' in reply.text) == (400, True)
    assert await everything() == before


async def test_long_lists_go_on(client, tree, chi, new_unit):
    for number in range(25):
        unit = await new_unit(tree.hanoi, f"Công đoàn {number:02}", f"H-{number:02}", "grassroots")
        await set_seats(SYSTEM, unit["id"], "chair", 1, date(2026, 1, 1))
    first = await client.get("/org/units/HN/people", caller=chi)
    assert first.text.count("officer?post=chair") == 20
    following = first.text.split('href="?days=90&amp;vacant_after=')[1].split("#")[0]
    second = await client.get(f"/org/units/HN/people?vacant_after={following}", caller=chi)
    assert second.text.count("officer?post=chair") == 5


async def test_a_collaborator_is_added_and_released(client, tree, chi):
    kind = await db.value("SELECT code FROM term WHERE vocabulary = 'collaborator_kind' ORDER BY position LIMIT 1")
    fields = filled(post=kind)
    for _ in range(2):
        added = await send(client, chi, f"{PAGE}/collaborator", fields)
    assert added.status_code == 303
    assert await db.value("SELECT count(*) FROM collaborator") == 1
    page = await client.get(PAGE, caller=chi)
    address = page.text.split(f'href="{PAGE}/collaborator/')[1].split('"')[0]
    ended = await send(client, chi, f"{PAGE}/collaborator/{address}", {"on": "2026-02-01"})
    assert ended.status_code == 303
    assert await db.value("SELECT upper(valid) FROM collaborator") == date(2026, 2, 1)


async def test_only_those_who_may_are_let_in(client, tree, everything):
    before = await everything()
    assert (await client.get(PAGE)).status_code == 303
    worker = caller_as("worker", tree.hanoi)
    page = await client.get(PAGE, caller=worker)
    assert page.status_code == 200
    assert "Bổ nhiệm" not in page.text
    assert "Cộng tác viên" not in page.text
    assert (await client.get(PAGE, caller=caller_as("admin", tree.hue))).status_code == 403
    for who in (worker, caller_as("admin", tree.hue), caller_as("analyst", tree.hanoi)):
        assert (await client.get(f"{PAGE}/officer", caller=who)).status_code == 403
        assert (await send(client, who, f"{PAGE}/officer", filled())).status_code == 403
        assert (await send(client, who, f"{PAGE}/seats", {"post": "chair", "seats": "1"})).status_code == 403
    editor = caller_as("editor", tree.hanoi)
    stranger = await client.post(
        f"{PAGE}/officer", data=filled(), caller=editor, headers={"sec-fetch-site": "cross-site"}
    )
    assert stranger.status_code == 403
    assert (await client.get(f"{PAGE}/king", caller=editor)).status_code == 404
    assert (await client.get(f"{PAGE}/officer/{uuid4()}/end", caller=editor)).status_code == 404
    assert await everything() == before


async def test_a_term_that_is_yet_to_begin_is_listed_and_can_be_ended(client, tree, chi):
    person = await add_person(SYSTEM, "Trần Văn Nam", unit_id=tree.hanoi["id"])
    begins = today() + timedelta(days=20)
    made = await appoint(SYSTEM, person.id, tree.garment["id"], "chair", begins, begins + timedelta(days=700))
    page = (await client.get(PAGE, caller=chi)).text
    assert '<h2 id="coming">Sẽ giữ chức danh</h2>' in page
    assert f"từ {begins:%d/%m/%Y}" in page
    address = f"{PAGE}/officer/{made.id}/end"
    assert f'href="{address}"' in page
    form = await client.get(address, caller=chi)
    first = begins + timedelta(days=1)
    assert f'value="{first.isoformat()}"' in form.text
    early = await send(client, chi, address, {"on": today().isoformat(), "reason": "resigned"})
    assert early.status_code == 400
    assert await db.value("SELECT upper(valid) FROM appointment") == begins + timedelta(days=700)
    done = await send(client, chi, address, {"on": first.isoformat(), "reason": "resigned"})
    assert (done.status_code, done.headers["location"]) == (303, f"{PAGE}?done=ended")
    assert await db.value("SELECT upper(valid) FROM appointment") == first
    other = caller_as("editor", tree.hue, subject="lan")
    assert (await client.get(address, caller=other)).status_code == 403


async def test_the_network_is_read_to_its_end(client, tree, chi):
    for number in range(23):
        person = await add_person(SYSTEM, f"Người {number:02}", unit_id=tree.hanoi["id"])
        await add_collaborator(SYSTEM, person.id, tree.garment["id"], "press", date(2026, 1, 1))
    first = (await client.get(PAGE, caller=chi)).text
    assert [f"Người {number:02}" in first for number in (0, 19, 20)] == [True, True, False]
    more = first.split("&amp;network_after=")[1].split("#")[0]
    second = (await client.get(f"{PAGE}?days=90&network_after={more}", caller=chi)).text
    assert [f"Người {number:02}" in second for number in (0, 19, 20, 22)] == [False, False, True, True]
    assert "Xem tiếp" not in second
    assert (await client.get(f"{PAGE}?network_after=x", caller=chi)).status_code == 400
