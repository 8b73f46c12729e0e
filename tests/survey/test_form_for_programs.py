"""What a page's script, or any other program, is told when it sends a form: a status, a stable code, words to show."""

from base64 import urlsafe_b64encode
from html import unescape
from pathlib import Path

import pytest
from survey_world import MINE, PATHS, code_of, unit_id, waiting
from test_submit_form import key_in
from ways_world import code_for, contributor, offering

from kit import db
from kit.identity import SYSTEM
from survey.answers.service import new_key
from survey.collection.slips import service as slips
from survey.programmes.service import waves

JSON = {"accept": "application/json"}


async def send(client, address: str, *, headers: dict[str, str] | None = None, **fields: str):
    """Post a form as the page's script does; gives the status and what is said."""
    reply = await client.post(address, data={"reached": "no", **fields}, headers={**JSON, **(headers or {})})
    return reply.status_code, reply.json()


@pytest.fixture
async def address(world) -> str:
    return f"/f/{await code_of(await world.open_wave())}"


async def test_a_form_is_stored_once_and_both_times_there_is_its_receipt(client, address):
    key = new_key()
    status, said = await send(client, address, _key=key)
    assert (status, said["code"]) == (201, "STORED")
    assert await send(client, address, _key=key) == (200, {**said, "code": "ALREADY_SUBMITTED"})
    assert await waiting() == [{"reached": "no"}]
    page = await client.get(f"/f/receipt?r={said['receipt'].lower().replace('-', ' ')}")
    assert "<strong>Đã nhận.</strong>" in page.text
    assert "<strong>Not known.</strong>" in (await client.get("/f/receipt?lang=en&r=0000-0000-0000-0000")).text
    assert "<strong>Không đọc được mã.</strong>" in (await client.get("/f/receipt?r=%3Cscript%3E")).text


async def test_answers_that_are_wrong_are_named(client, address):
    status, said = await send(client, f"{address}?lang=en", _key=new_key(), hours="900")
    assert (status, said["code"]) == (422, "ANSWERS_INVALID")
    assert said["issues"] == [
        {"question": "hours", "code": "OUT_OF_RANGE", "message": "Please enter a number from 0 to 112."}
    ]
    assert await waiting() == []


@pytest.mark.parametrize(
    ("fields", "headers", "expected"),
    [
        ({"_key": "short"}, {}, (400, "UNREADABLE")),
        ({"_version": "0123456789abcdef"}, {}, (422, "UNKNOWN_VERSION")),
        ({"_sealed": "AAAA"}, {}, (400, "SEAL_BROKEN")),
        ({"_sealed": "ắ"}, {}, (400, "SEAL_BROKEN")),
        ({"_sealed": urlsafe_b64encode(b"\4" + bytes(200)).decode()}, {}, (400, "SEAL_BROKEN")),
        ({}, {"authorization": "Bearer someone"}, (400, "SIGNED_IN")),
        ({}, {"content-type": "text/plain"}, (415, "UNREADABLE")),
        ({"comment": "x" * 600_000}, {}, (413, "TOO_LARGE")),
    ],
)
async def test_what_is_not_taken_is_told_in_words_and_nothing_is_stored(client, address, fields, headers, expected):
    status, said = await send(client, address, headers=headers, **{"_key": new_key(), **fields})
    assert (status, said["code"]) == expected
    assert said["message"]
    assert await waiting() == []
    assert await db.value("SELECT count(*) FROM spent_key") == 0


async def test_the_version_that_is_asked_is_accepted(client, address):
    mark = (await client.get(address)).text.partition('name="_version" value="')[2][:16]
    assert mark == (await db.value("SELECT sha256 FROM questionnaire_version"))[:16]
    assert (await send(client, address, _key=new_key(), _version=mark))[0] == 201


async def test_no_form_and_a_form_that_is_closed_or_not_yet_open(client, world):
    planned = await world.planned_wave()
    address = f"/f/{await code_of(planned)}"
    assert (await send(client, "/f/zzzzzzz", _key=new_key()))[1]["code"] == "UNKNOWN_COLLECTOR"
    status, said = await send(client, address, _key=new_key())
    assert (status, said["code"]) == (403, "NOT_YET_OPEN")
    await waves.open_wave(SYSTEM, planned.id)
    await waves.close_wave(SYSTEM, planned.id)
    status, said = await send(client, address, _key=new_key())
    assert (status, said["code"]) == (410, "WAVE_CLOSED")
    assert said["message"].startswith("Đợt hỏi ý kiến đã kết thúc.")


async def test_a_slip_lets_one_form_in_and_what_is_wrong_with_it_is_told_at_its_field(client, world):
    await offering(world, "slip")
    wave = await world.open_wave()
    address = f"/f/{await code_for(wave, 'slip')}"
    new = await slips.make_slips(contributor(PATHS[MINE]), wave_id=wave.id, unit_id=unit_id(MINE), amount=1)
    status, said = await send(client, address, _key=new_key())
    assert (status, said["code"]) == (422, "SLIP_MISSING")
    assert [issue["question"] for issue in said["issues"]] == ["_slip"]
    assert (await send(client, address, _key=new_key(), _slip=new.codes[0]))[0] == 201
    status, said = await send(client, address, _key=new_key(), _slip=new.codes[0])
    assert (status, said["code"]) == (409, "ALREADY_ANSWERED")
    assert len(await waiting()) == 1
    page = await client.post(address, data={"_key": new_key(), "reached": "no", "_slip": "zzz"})
    assert page.status_code == 422
    assert '<p class="wrong" id="e-_slip">' in page.text
    assert 'name="_slip" type="text" value="zzz"' in page.text
    assert 'value="no" checked' in page.text


async def test_the_key_of_envelopes_is_made_once_for_a_wave_and_gone_with_it(client, world):
    wave = await world.open_wave()
    address = f"/f/{await code_of(wave)}"
    first, second = [(await client.get(address)).text.partition('data-seal="')[2][:87] for _ in range(2)]
    assert first == second
    assert key_in((await client.get(address)).text) != key_in((await client.get(address)).text)
    await waves.close_wave(SYSTEM, wave.id)
    assert await db.value("SELECT count(*) FROM envelope_key") == 0


async def test_the_page_on_trust_says_what_the_document_says(client):
    document = (Path(__file__).parents[2] / "docs" / "trust.md").read_text(encoding="utf-8")
    in_vi, in_en = document.split("## English")
    for query, words in (("", in_vi), ("?lang=en", in_en)):
        page = unescape((await client.get(f"/f/trust{query}")).text)
        promised = [line[2:] for line in words.splitlines() if line.startswith("- ")]
        assert len(promised) > 10
        assert [line for line in promised if f"<li>{line}</li>" not in page] == []


async def test_what_phones_get_was_made_from_these_sources():
    from survey.web import assets

    for name in ("form.js", "more.js", "sw.js"):
        head = (assets.BUILT / name).read_text(encoding="utf-8").splitlines()[0]
        assert head == f"// {assets.source_mark(name)}", "run `python -m survey.web.minify`"
