"""A language besides Vietnamese and English is data: also its conditions, its messages, and the phone's own words."""

import re

import orjson
import pytest
from survey_world import code_of, definition

from kit.identity import SYSTEM
from survey.answers.service import new_key
from survey.collection.service import find_collection
from survey.programmes.models import Wave
from survey.programmes.service import waves
from survey.questionnaires import service as questionnaires
from survey.web.assets import content

WORDS = {
    "Chỉ trả lời nếu {0}.": "ONLY {0}!",
    "ở câu {0} anh/chị chọn {1}": "Q{0}={1}",
    "Xin nhập một số từ {minimum} đến {maximum}.": "NUMBER {minimum}-{maximum}",
    # A translation with a place that there is not: the Vietnamese stays.
    "Xin trả lời câu này.": "ANSWER {whom}",
    "Gửi ngay": "NOW",
    "Có {count} câu cần xem lại.": "{count} WRONG",
    "Đợt hỏi ý kiến đã kết thúc": "OVER",
    "Cảm ơn anh/chị!": "THANKS",
}


def translate(item) -> None:
    """Give every text the third language."""
    if isinstance(item, dict) and "vi" in item:
        item["hmn"] = item["vi"]
    elif not isinstance(item, str | int | float):
        for each in item.values() if isinstance(item, dict) else item:
            translate(each)


@pytest.fixture
async def code(world) -> str:
    """The address of a form that is asked in Hmong, too."""
    asked = definition()
    asked["languages"] = ["vi", "en", "hmn"]
    asked["further_languages"] = {"hmn": {"name": "Hmoob", "words": WORDS}}
    translate(asked)
    asked["sections"][0]["questions"][0]["choices"][0]["text"]["hmn"] = "YAWG"
    draft = await questionnaires.save_draft(SYSTEM, world.questionnaire_id, asked)
    await questionnaires.publish_version(SYSTEM, draft.id)
    return await code_of(await world.open_wave())


async def test_conditions_are_told_in_it(client, code):
    assert "ONLY Q1=“YAWG”!" in (await client.get(f"/f/{code}?lang=hmn")).text
    assert "Chỉ trả lời nếu ở câu 1 anh/chị chọn “Có”." in (await client.get(f"/f/{code}")).text
    assert "Only if you answered “Yes” to question 1." in (await client.get(f"/f/{code}?lang=en")).text


async def test_what_is_wrong_is_told_in_it_on_the_page_and_to_the_phone(client, code):
    given = {"_key": new_key(), "hours": "900"}
    page = await client.post(f"/f/{code}?lang=hmn", data=given)
    assert page.status_code == 422
    assert '<html lang="hmn">' in page.text
    assert "NUMBER 0-112" in page.text
    assert "Xin trả lời câu này." in page.text
    told = await client.post(f"/f/{code}?lang=hmn", data=given, headers={"accept": "application/json"})
    assert told.json()["message"] == "2 WRONG"
    assert {each["question"]: each["message"] for each in told.json()["issues"]} == {
        "reached": "Xin trả lời câu này.",
        "hours": "NUMBER 0-112",
    }


async def test_what_is_in_the_way_of_a_form_is_told_in_it_as_far_as_it_has_the_words(client, world, code):
    wave = await Wave.get(id=(await find_collection(code)).wave_id)
    await waves.close_wave(SYSTEM, wave.id)
    given, as_json = {"_key": new_key(), "reached": "no"}, {"accept": "application/json"}
    told = await client.post(f"/f/{code}?lang=hmn", data=given, headers=as_json)
    assert (told.status_code, told.json()) == (
        410,
        {"code": "WAVE_CLOSED", "message": "OVER. Phiếu này không nhận câu trả lời nữa. Cảm ơn anh/chị đã quan tâm."},
    )
    page = await client.get(f"/f/{code}?lang=hmn")
    assert (page.status_code, '<html lang="hmn">' in page.text, "<h1>OVER</h1>" in page.text) == (410, True, True)
    assert page.text.count("<h1>") == 1
    # A language that the questionnaire lacks is Vietnamese.
    other = await client.post(f"/f/{code}?lang=km", data=given, headers=as_json)
    assert other.json()["message"].startswith("Đợt hỏi ý kiến đã kết thúc.")


async def test_thanks_are_said_in_it(client, code):
    reply = await client.post(f"/f/{code}?lang=hmn", data={"_key": new_key(), "reached": "no"})
    assert reply.status_code == 303
    assert "<h1>THANKS</h1>" in (await client.get(reply.headers["location"])).text


async def test_the_phone_has_its_words(client, code):
    def texts(page: str) -> dict[str, str]:
        return orjson.loads(re.search(r'id="?texts"?[^>]*>(.*?)</script>', page, re.DOTALL)[1])

    spoken = texts((await client.get(f"/f/{code}?lang=hmn")).text)
    assert (spoken["now"], spoken["range"]) == ("NOW", "NUMBER {minimum}-{maximum}")
    assert spoken["delete"] == "Xoá"
    # In our two languages they come with the script that says them.
    assert "now" not in texts((await client.get(f"/f/{code}")).text)
    assert '"now":"Gửi ngay"'.encode() in content("more.js")
