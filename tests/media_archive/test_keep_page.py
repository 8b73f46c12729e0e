"""The page on which a material is kept: versions, history, deleting, and bringing back, without scripts."""

import re
from uuid import UUID

import pytest
from archive_world import Union, add, contributor, editor, worker

from kit import db
from kit.identity import ANONYMOUS
from kit.jobs import MemoryQueue
from kit.testing import Client, caller_as

FILE = {"file": ("moi.txt", "Nội dung mới".encode(), "text/plain")}


async def test_a_new_version_is_uploaded_and_an_old_one_taken_again(client: Client, union: Union):
    asset_id = await add(union.factory, "Nội quy")
    me, place = contributor(union.factory), f"/archive/items/{asset_id}/keep"
    answer = await client.post(f"{place}/version", caller=me, data={"note": "Sửa điều 3"}, files=FILE)
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    page = (await client.get(place, caller=me)).text
    assert re.findall(r"<strong>Bản (\d)</strong>", page) == ["2", "1"]
    assert "Sửa điều 3" in page
    assert "có phiên bản mới" in page

    answer = await client.post(place, caller=me, data={"action": "back", "number": "1"})
    assert answer.status_code == 303
    page = (await client.get(place, caller=me)).text
    assert re.findall(r"<strong>Bản (\d)</strong>", page) == ["3", "2", "1"]
    assert "lấy lại từ bản 1" in page
    assert await db.value("SELECT version FROM asset WHERE id = $1", UUID(asset_id)) == 3


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"action": "back", "number": "7"}, "Không tìm thấy"),
        ({"action": "back", "number": "x"}, "không có phiên bản này"),
        ({"action": "back"}, "không có phiên bản này"),
        ({"action": "burn"}, "không có việc này"),
        ({"action": "delete", "reason": "duplicate"}, "không có quyền"),
    ],
)
async def test_what_cannot_be_done_is_told_on_the_page(client: Client, union: Union, given: dict[str, str], told: str):
    asset_id = await add(union.factory, "Nội quy")
    answer = await client.post(f"/archive/items/{asset_id}/keep", caller=contributor(union.factory), data=given)
    assert 400 <= answer.status_code < 500
    problem = re.search(r'class="problem" role="alert">(.*?)<', answer.text)
    assert problem is not None
    assert told in problem[1]
    row = await db.row("SELECT version, state FROM asset WHERE id = $1", UUID(asset_id))
    assert row is not None
    assert tuple(row.values()) == (1, "kept")


async def test_a_form_without_a_file_says_so(client: Client, union: Union):
    asset_id = await add(union.factory, "Nội quy")
    answer = await client.post(f"/archive/items/{asset_id}/keep/version", caller=contributor(union.factory), data={})
    assert (answer.status_code, "chưa chọn tệp" in answer.text) == (422, True)


async def test_a_material_is_deleted_with_a_reason_and_brought_back(
    client: Client, union: Union, job_queue: MemoryQueue
):
    asset_id = await add(union.factory, "Tờ rơi cũ", visibility="public")
    me, place = editor(union.factory), f"/archive/items/{asset_id}"
    answer = await client.post(f"{place}/keep", caller=me, data={"action": "delete", "reason": "outdated"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/archive/deleted")
    assert (await client.get(place, caller=me)).status_code == 404
    listed = (await client.get("/archive/deleted", caller=me)).text
    assert "Tờ rơi cũ" in listed
    assert "không còn đúng" in listed
    assert "Tờ rơi cũ" not in (await client.get("/archive/deleted", caller=editor(union.south))).text

    answer = await client.post("/archive/deleted", caller=editor(union.south), data={"asset": asset_id})
    assert answer.status_code == 404
    answer = await client.post("/archive/deleted", caller=me, data={"asset": asset_id})
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert (await client.get(place, caller=me)).status_code == 200


async def test_who_may_not_keep_is_told_so(client: Client, union: Union):
    asset_id = await add(union.factory, "Tờ rơi", visibility="public")
    place = f"/archive/items/{asset_id}/keep"
    for caller, status in ((ANONYMOUS, 401), (worker(union.factory), 403), (contributor(union.south), 403)):
        assert (await client.get(place, caller=caller)).status_code == status
        assert (await client.post(place, caller=caller, data={"action": "back", "number": "1"})).status_code == status
    assert (await client.get("/archive/deleted", caller=contributor(union.factory))).status_code == 403
    assert (await client.get("/archive/deleted", caller=ANONYMOUS)).status_code == 401
    for caller, is_led in ((editor(union.factory), False), (caller_as("admin", union.factory), True)):
        page = (await client.get("/archive/deleted", caller=caller)).text
        assert ("/archive/guard" in page, "tệp bị giữ riêng" in page) == (True, is_led)


async def test_another_sites_page_deletes_nothing(client: Client, union: Union):
    asset_id = await add(union.factory, "Tờ rơi")
    for path, given in (
        (f"/archive/items/{asset_id}/keep", {"action": "delete", "reason": "other"}),
        ("/archive/deleted", {}),
    ):
        answer = await client.post(
            path, caller=caller_as("admin", union.factory), data=given, headers={"sec-fetch-site": "cross-site"}
        )
        assert answer.status_code == 403
    assert await db.value("SELECT state FROM asset") == "kept"
