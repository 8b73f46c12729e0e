"""A worker opens the form, fills it in, sends it; what can go wrong on the way is told, and nothing is stored twice."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from survey_world import code_of, waiting
from ways_world import code_for, offering

from kit import db
from kit.identity import SYSTEM
from survey.programmes.service import waves

FORM = "application/x-www-form-urlencoded"


async def opened(client, world) -> tuple[str, str]:
    """The form's address and the key of a page just opened."""
    code = await code_of(await world.open_wave())
    page = await client.get(f"/f/{code}")
    assert page.status_code == 200
    return f"/f/{code}", key_in(page.text)


def key_in(html: str) -> str:
    found = re.search(r'name="_key" value="([^"]+)"', html)
    assert found
    return found[1]


async def stored() -> list[dict]:
    return await waiting()


async def test_stores_what_was_answered_and_thanks(client, world):
    address, key = await opened(client, world)
    filled = {
        "_key": key,
        "reached": "yes",
        "channels": ["board", "zalo"],
        "useful": "4",
        "hours": "48",
        "missing": "  " + unicodedata.normalize("NFD", "Lương  thưởng") + " ",
        "comment": "",
        "age": "45_plus",
    }
    reply = await client.post(address, data=filled)
    assert reply.status_code == 303
    thanked = re.fullmatch(rf"{address}/thanks\?r=((?:[0-9A-Z]{{4}}-){{3}}[0-9A-Z]{{4}})", reply.headers["location"])
    assert thanked
    assert await stored() == [
        {
            "reached": "yes",
            "channels": ["zalo", "board"],
            "useful": 4,
            "hours": 48,
            "missing": "Lương thưởng",
            "age": "45_plus",
        }
    ]
    thanks = await client.get(reply.headers["location"])
    assert thanks.status_code == 200
    assert "Cảm ơn anh/chị!" in thanks.text
    assert f"<strong>{thanked[1]}</strong>" in thanks.text


async def test_a_second_post_of_the_same_page_thanks_and_stores_nothing(client, world):
    address, key = await opened(client, world)
    first = await client.post(address, data={"_key": key, "reached": "yes"})
    second = await client.post(address, data={"_key": key, "reached": "no"})
    assert first.headers["location"] == second.headers["location"]
    assert await stored() == [{"reached": "yes"}]


async def test_a_page_opened_again_is_another_form(client, world):
    address, key = await opened(client, world)
    other = key_in((await client.get(address)).text)
    await client.post(address, data={"_key": key, "reached": "yes"})
    await client.post(address, data={"_key": other, "reached": "no"})
    assert other != key
    assert len(await stored()) == 2


async def test_faults_come_back_beside_their_questions_with_the_answers_kept(client, world):
    address, key = await opened(client, world)
    reply = await client.post(
        address, data={"_key": key, "channels": "zalo", "hours": "200", "missing": "x" * 21, "comment": "giữ <lại>"}
    )
    assert reply.status_code == 422
    assert await stored() == []
    assert '<p class="wrong" id="e-reached">Xin trả lời câu này.</p>' in reply.text
    assert '<p class="wrong" id="e-hours">Xin nhập một số từ 0 đến 112.</p>' in reply.text
    assert "Câu trả lời dài 21 ký tự; xin rút còn 20." in reply.text
    assert 'value="200"' in reply.text
    assert "giữ &lt;lại&gt;</textarea>" in reply.text
    assert 'value="zalo" id="q-channels" checked' in reply.text
    assert [f'href="#q-{code}"' in reply.text for code in ("reached", "hours", "missing")] == [True] * 3
    assert key_in(reply.text) == key


async def test_a_question_that_does_not_apply_is_dropped(client, world):
    address, key = await opened(client, world)
    await client.post(address, data={"_key": key, "reached": "no", "channels": ["zalo", "none"]})
    assert await stored() == [{"reached": "no"}]


async def test_english_by_the_link_and_no_cookie_ever(client, world):
    address, key = await opened(client, world)
    page = await client.get(f"{address}?lang=en", headers={"accept-language": "vi"})
    assert '<html lang="en">' in page.text
    assert "Did news reach you?" in page.text
    reply = await client.post(f"{address}?lang=en", data={"_key": key, "reached": "no"})
    assert reply.headers["location"].startswith(f"{address}/thanks?lang=en&r=")
    assert "set-cookie" not in page.headers
    assert "set-cookie" not in reply.headers


async def test_an_open_link_is_called_so_and_a_slips_page_is_not(client, world):
    await offering(world, "open_link", "slip")
    wave = await world.open_wave()
    said = "Ai có địa chỉ này cũng trả lời được; xin mỗi người một lần."
    assert said in (await client.get(f"/f/{await code_for(wave, 'open_link')}")).text
    assert (
        "Anybody who has this address can answer"
        in (await client.get(f"/f/{await code_for(wave, 'open_link')}?lang=en")).text
    )
    assert said not in (await client.get(f"/f/{await code_for(wave, 'slip')}")).text


async def test_vietnamese_for_a_phone_set_to_english(client, world):
    address, _ = await opened(client, world)
    page = await client.get(address, headers={"accept-language": "en"})
    assert '<html lang="vi">' in page.text


async def test_a_code_may_be_written_in_capitals_with_hyphens(client, world):
    code = await code_of(await world.open_wave())
    page = await client.get(f"/f/{code[:3].upper()}-{code[3:].upper()}")
    assert page.status_code == 200
    assert f'action="/f/{code}"' in page.text


@pytest.mark.parametrize("code", ["zzzzzzz", "abc", "a" * 40, "<script>", "%00", "0il1o", "đường"])
async def test_an_unknown_code_is_not_found_in_both_languages(client, world, code):
    page = await client.get(f"/f/{quote(code)}")
    assert page.status_code == 404
    assert "Không tìm thấy phiếu" in page.text
    assert "There is no such form" in page.text
    assert (await client.post(f"/f/{quote(code)}", data={"reached": "yes"})).status_code == 404


async def test_a_planned_wave_is_not_open_yet(client, world):
    code = await code_of(await world.planned_wave())
    page = await client.get(f"/f/{code}")
    assert page.status_code == 403
    assert "Phiếu chưa mở" in page.text
    assert "The form is not open yet" in page.text


async def test_a_closed_wave_takes_nothing(client, world):
    wave = await world.open_wave()
    address = f"/f/{await code_of(wave)}"
    key = key_in((await client.get(address)).text)
    await waves.close_wave(SYSTEM, wave.id)
    reply = await client.post(address, data={"_key": key, "reached": "yes"})
    assert (await client.get(address)).status_code == 410
    assert reply.status_code == 410
    assert "This survey is over" in reply.text
    assert await stored() == []


async def test_the_clock_closes_a_wave_before_any_job_does(client, world):
    wave = await world.open_wave()
    address = f"/f/{await code_of(wave)}"
    past = datetime.now(UTC) - timedelta(minutes=1)
    await db.execute("UPDATE wave SET opens_at = $2, closes_at = $3 WHERE id = $1", wave.id, past - timedelta(1), past)
    assert (await client.get(address)).status_code == 410


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"reached=yes&_key=%ff%fe", FORM, 400),
        (b"\xff\xfe", FORM, 400),
        (b"reached=yes", FORM, 400),
        (b"reached=yes&_key=short", FORM, 400),
        (b"a=1&" * 3_000, FORM, 400),
        (b"comment=" + b"x" * 600_000, FORM, 413),
        (b'{"reached": "yes"}', "application/json", 415),
        (b"", "", 415),
    ],
)
async def test_what_is_not_a_form_is_refused_in_both_languages(client, world, body, kind, status):
    address, _ = await opened(client, world)
    reply = await client.post(address, content=body, headers={"content-type": kind})
    assert reply.status_code == status
    assert 'lang="vi"' in reply.text
    assert 'lang="en"' in reply.text
    assert await stored() == []


async def test_a_character_that_no_text_has_is_told_beside_its_question(client, world):
    address, key = await opened(client, world)
    reply = await client.post(address, data={"_key": key, "reached": "yes", "comment": "a\0b"})
    assert reply.status_code == 422
    assert "ký tự không đọc được" in reply.text


async def test_pages_are_strict_about_what_they_load(client, world):
    address, _ = await opened(client, world)
    page = await client.get(address)
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert re.findall(r'(?:src|href)="([^"#]+)"', page.text) == [
        match for match in re.findall(r'(?:src|href)="([^"#]+)"', page.text) if match.startswith(("/f/", "data:,"))
    ]


async def test_nothing_of_the_sender_is_stored(client, world):
    address, key = await opened(client, world)
    await client.post(
        address,
        data={"_key": key, "reached": "yes"},
        headers={"user-agent": "Nokia-105", "x-forwarded-for": "203.0.113.7", "cookie": "who=someone"},
    )
    row = await db.row("SELECT * FROM inbox")
    assert set(row.keys()) == {
        "wave_id",
        "response_group_id",
        "sealing_key_id",
        "sealed",
    }
    assert "Nokia" not in str(row)
    assert key not in str(await db.rows("SELECT * FROM spent_key"))


async def test_whoever_says_who_he_is_is_refused(client, world):
    address, key = await opened(client, world)
    filled = {"_key": key, "reached": "yes"}
    reply = await client.post(address, data=filled, headers={"authorization": "Bearer someone"})
    assert reply.status_code == 400
    assert "nobody who is signed in" in reply.text
    assert await stored() == []


async def test_the_script_is_served_and_kept(client, world):
    address, _ = await opened(client, world)
    for name in re.findall(r'"(/f/static/[^"]+)"', (await client.get(address)).text):
        first = await client.get(name)
        again = await client.get(name, headers={"if-none-match": first.headers["etag"]})
        assert (first.status_code, again.status_code) == (200, 304)
    assert (await client.get("/f/static/form.py")).status_code == 404
