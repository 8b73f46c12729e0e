"""Who sends a file that the archive has already is told so, as far as they may know, and may take theirs back."""

from uuid import UUID

import orjson
import pytest
from archive_world import Union, add, contributor, editor, picture
from tus_world import Tus

from kit import db
from kit.identity import Caller
from kit.jobs import MemoryQueue
from kit.testing import Client

CONTENT = picture()


async def sent(client: Client, caller: Caller, union: Union, queue: MemoryQueue, **told: str) -> tuple[str, str]:
    """Send the file in pieces; return the upload's address and the material that came of it."""
    tus = Tus(client, caller)
    reply = await tus.begin(union.factory, len(CONTENT), CONTENT, **told)
    assert reply.status_code == 201
    await queue.run_all()
    address = reply.headers["location"]
    return address, (await client.get(address, caller=caller)).json()["asset"]


async def states() -> list[tuple[str, str, str | None]]:
    return [tuple(row) for row in await db.rows("SELECT title, state, deletion_reason FROM asset ORDER BY added_at")]


async def test_the_sender_is_told_of_what_they_may_see(client: Client, union: Union, job_queue: MemoryQueue):
    first = await add(union.factory, "Hội thao 2025", CONTENT)
    second = await add(union.south, "Hội thao, ảnh của chúng tôi", CONTENT, visibility="union")
    address, mine = await sent(client, contributor(union.factory), union, job_queue, title="Ảnh mới")
    told = (await client.get(address, caller=contributor(union.factory))).json()
    assert told == {
        "state": "taken",
        "position": len(CONTENT),
        "length": len(CONTENT),
        "asset": mine,
        "same": [
            {"id": first, "title": "Hội thao 2025"},
            {"id": second, "title": "Hội thao, ảnh của chúng tôi"},
        ],
        "may_take_back": True,
    }


async def test_nothing_is_betrayed_of_what_they_may_not_see(client: Client, union: Union, job_queue: MemoryQueue):
    await add(union.south, "Ảnh riêng của đơn vị khác", CONTENT, visibility="private")
    address, mine = await sent(client, contributor(union.factory), union, job_queue)
    told = (await client.get(address, caller=contributor(union.factory))).json()
    assert told == {"state": "taken", "position": len(CONTENT), "length": len(CONTENT), "asset": mine}
    page = await client.get(f"/archive/items/{mine}", caller=contributor(union.factory))
    assert "Đúng tệp này còn có ở" not in page.text
    refused = await client.post(f"/archive/items/{mine}/take-back", caller=contributor(union.factory))
    assert refused.status_code == 400
    assert "Chỉ người gửi mới bỏ lại được" in refused.text
    assert [state for _, state, _ in await states()] == ["kept", "kept"]


async def test_without_a_script_the_page_it_leads_to_says_so(client: Client, union: Union):
    first = await add(union.factory, "Hội thao 2025", CONTENT)
    who = contributor(union.factory)
    form = {"unit": str(union.factory.id), "title": "Ảnh mới"}
    reply = await client.post(
        "/archive/upload", caller=who, data=form, files={"file": ("a.jpg", CONTENT, "image/jpeg")}
    )
    assert reply.status_code == 303
    place = reply.headers["location"]
    page = (await client.get(place, caller=who)).text
    assert f'Đúng tệp này còn có ở: <a href="/archive/items/{first}">Hội thao 2025</a>.' in " ".join(page.split())
    assert f'action="{place}/take-back"' in page
    # Others of the unit see that there are two, and can't take back what they did not send.
    other = (await client.get(place, caller=Caller("somebody-else", who.grants, 0))).text
    assert "Hội thao 2025" in other
    assert "take-back" not in other
    back = await client.post(f"{place}/take-back", caller=who)
    assert (back.status_code, back.headers["location"]) == (303, f"/archive/items/{first}")
    assert await states() == [("Hội thao 2025", "kept", None), ("Ảnh mới", "deleted", "duplicate")]
    told = await db.row("SELECT action, subject, after FROM audit ORDER BY at DESC, id DESC LIMIT 1")
    assert told is not None
    assert (told["action"], told["subject"]) == ("asset.deleted", who.subject)
    assert orjson.loads(told["after"])["reason"] == "duplicate"


@pytest.mark.parametrize("why", ["a day has passed", "it has another version", "it is held", "it is public by now"])
async def test_what_has_become_more_than_a_file_just_sent_stays(client: Client, union: Union, why: str):
    await add(union.factory, "Hội thao 2025", CONTENT)
    mine = await add(union.factory, "Ảnh mới", CONTENT, caller=contributor(union.factory))
    changes = {
        "a day has passed": "UPDATE asset_version SET added_at = added_at - interval '25 hours' WHERE asset_id = $1",
        "it has another version": """WITH more AS (
            INSERT INTO asset_version (asset_id, number, sha256, file_name) SELECT id, 2, sha256, 'a.jpg'
            FROM asset WHERE id = $1) UPDATE asset SET version = 2 WHERE id = $1""",
        "it is held": "UPDATE asset SET held_at = now() WHERE id = $1",
        "it is public by now": "UPDATE asset SET visibility = 'public' WHERE id = $1",
    }
    await db.execute(changes[why], UUID(mine))
    page = (await client.get(f"/archive/items/{mine}", caller=contributor(union.factory))).text
    assert "Hội thao 2025" in page
    assert "take-back" not in page
    refused = await client.post(f"/archive/items/{mine}/take-back", caller=contributor(union.factory))
    assert refused.status_code == 400
    assert await states() == [("Hội thao 2025", "kept", None), ("Ảnh mới", "kept", None)]


async def test_of_two_only_one_can_be_taken_back(client: Client, union: Union):
    who = contributor(union.factory)
    first = await add(union.factory, "Một", CONTENT, caller=who)
    second = await add(union.factory, "Hai", CONTENT, caller=who)
    assert (await client.post(f"/archive/items/{first}/take-back", caller=who)).status_code == 303
    assert (await client.post(f"/archive/items/{second}/take-back", caller=who)).status_code == 400
    assert await states() == [("Một", "deleted", "duplicate"), ("Hai", "kept", None)]


async def test_strangers_learn_nothing(client: Client, union: Union):
    await add(union.factory, "Một", CONTENT)
    mine = await add(union.factory, "Hai", CONTENT, caller=contributor(union.factory))
    assert (await client.post(f"/archive/items/{mine}/take-back")).status_code == 401
    reply = await client.post(f"/archive/items/{mine}/take-back", caller=contributor(union.south))
    assert reply.status_code == 404
    assert [state for _, state, _ in await states()] == ["kept", "kept"]


async def test_what_was_taken_back_can_be_brought_back(client: Client, union: Union):
    await add(union.factory, "Một", CONTENT)
    mine = await add(union.factory, "Hai", CONTENT, caller=contributor(union.factory))
    await client.post(f"/archive/items/{mine}/take-back", caller=contributor(union.factory))
    back = await client.post("/archive/deleted", caller=editor(union.factory), data={"asset": mine})
    assert (back.status_code, back.headers["location"]) == (303, f"/archive/items/{mine}")
    assert [state for _, state, _ in await states()] == ["kept", "kept"]
