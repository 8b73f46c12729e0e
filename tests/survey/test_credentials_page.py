"""The page on which a member fetches a credential, what it asks of the service, and the keys for everybody."""

import hashlib
import re

import orjson
import pytest
from blind_client import blind, finish
from survey_world import MINE, SMALL
from ways_world import code_for, member, offering, spent, submit

from kit import db
from kit.identity import SYSTEM, Caller
from survey.collection.credentials.keys import published_keys
from survey.collection.credentials.service import message_of, read_bytes, written_bytes
from survey.programmes.service import waves

SAME = {"sec-fetch-site": "same-origin", "content-type": "application/json"}


@pytest.fixture
async def wave(world):
    await offering(world, "credential", "slip")
    return await world.open_wave()


@pytest.fixture
async def path(wave) -> str:
    return f"/results/my-credential/{await code_for(wave, 'credential')}"


def told(html: str) -> dict[str, str]:
    return dict(re.findall(r'data-(code|group|message|key|modulus|exponent)="([^"]*)"', html))


async def test_the_page_tells_its_script_what_to_blind_for(client, wave, path):
    html = (await client.get(path, caller=member(MINE))).text
    [key] = await published_keys(wave.id, 9, None)
    assert told(html) == {
        "code": await code_for(wave, "credential"),
        "group": str(key.response_group_id),
        "message": message_of(wave.id).decode(),
        "key": written_bytes(key.key_id),
        "modulus": written_bytes(key.numbers.n.to_bytes(256)),
        "exponent": "65537",
    }
    for name in re.findall(r'src="(/results/static/[^"]+)"', html):
        assert (await client.get(name)).status_code == 200
    assert "hôm khác" in html
    assert f"/results/credential-keys/{wave.id}" in html


async def test_the_script_gets_a_signature_once(client, wave, path):
    who = member(MINE)
    page = told((await client.get(path, caller=who)).text)
    n = int.from_bytes(read_bytes(page["modulus"]) or b"")
    made = blind(b"\1" * 32 + page["message"].encode(), n, 65_537)
    body = orjson.dumps({"key": page["key"], "blinded": written_bytes(made.blinded)})
    first, again = [await client.post(path, caller=who, headers=SAME, content=body) for _ in range(2)]
    assert first.status_code == 200
    assert first.json() == again.json()
    signature = finish(read_bytes(first.json()["signature"]) or b"", made, n)
    credential = written_bytes((read_bytes(page["key"]) or b"") + b"\1" * 32 + signature)
    await submit(page["code"], "by-page", credential=credential)
    assert await spent() == 1
    other = blind(b"\2" * 32 + page["message"].encode(), n, 65_537)
    refused = await client.post(
        path,
        caller=who,
        headers=SAME,
        content=orjson.dumps({"key": page["key"], "blinded": written_bytes(other.blinded)}),
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "CREDENTIAL_ALREADY_ISSUED")
    assert refused.json()["message"].startswith("Anh/chị đã nhận quyền trả lời")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"[]", 422),
        (b"{", 422),
        (b"\xff", 422),
        (b"null", 422),
        (b'{"key":1,"blinded":2}', 422),
        (b'{"key":"AA","blinded":"?"}', 422),
        (b'{"key":"AA","blinded":"AAAA"}', 409),
        (b"x" * 5_000, 413),
    ],
)
async def test_what_is_no_request_is_refused_and_uses_up_nothing(client, path, body, status):
    reply = await client.post(path, caller=member(MINE), headers=SAME, content=body)
    assert reply.status_code == status
    assert await db.value("SELECT count(*) FROM credential_issue") == 0


async def test_not_from_elsewhere(client, path):
    body = b'{"key":"AA","blinded":"AAAA"}'
    reply = await client.post(path, caller=member(MINE), headers={"sec-fetch-site": "cross-site"}, content=body)
    assert reply.status_code == 403


async def test_who_may_not_have_one_is_told_why(client, wave, path):
    nobody = await client.get(path)
    assert (nobody.status_code, "/auth/login?next=/results/my-credential/" in nobody.text) == (401, True)
    assert (await client.post(path, headers=SAME, content=b"{}")).json()["code"] == "SIGN_IN_REQUIRED"
    stranger = await client.get(path, caller=Caller("a-stranger"))
    assert (stranger.status_code, "không hỏi đơn vị của anh/chị" in stranger.text) == (403, True)
    for code in ("nichts", await code_for(wave, "slip"), "<b>"):
        assert (await client.get(f"/results/my-credential/{code}", caller=member(MINE))).status_code == 404
    await waves.close_wave(SYSTEM, wave.id)
    closed = await client.get(path, caller=member(MINE))
    assert (closed.status_code, "hiện không cấp quyền trả lời" in closed.text) == (409, True)


async def test_everybody_can_compare_the_keys(client, wave, path):
    await client.get(path, caller=member(MINE))
    await client.get(path, caller=member(SMALL))
    html = (await client.get(f"/results/credential-keys/{wave.id}")).text
    published = await published_keys(wave.id, 9, None)
    assert len(published) == 2
    assert all(hashlib.sha256(key.public_key).hexdigest() in html.replace(" ", "") for key in published)
    code = await code_for(wave, "credential")
    for key in published:
        seen = (await client.get(f"/f/{code}/key?group={key.response_group_id}")).json()
        assert seen == {
            "id": written_bytes(key.key_id),
            "modulus": written_bytes(key.numbers.n.to_bytes(256)),
            "exponent": 65_537,
        }
    for wrong in (f"/f/{code}/key", f"/f/{code}/key?group=x", f"/f/{code}/key?group={wave.id}", "/f/nichts/key"):
        assert (await client.get(wrong)).status_code == 404
    assert (await client.get(f"/results/credential-keys/{wave.id}?after=x")).status_code in (409, 422)
