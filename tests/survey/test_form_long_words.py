"""Words without blanks, as addresses are, break on a narrow phone: nobody has to scroll sideways to answer."""

from typing import Any

import pytest
from kinds_world import every_kind
from survey_world import build_world, code_of
from test_form_in_browser import origin, overflow, phone, too_small

from kit.identity import SYSTEM
from survey.questionnaires import service as questionnaires

__all__ = ["origin", "phone"]
pytestmark = [pytest.mark.committed, pytest.mark.browser]

LONG = "https://congdoan.example/" + "thongtin" * 12


def lengthened(told: Any) -> Any:
    """A definition in which each text ends with a long word."""
    if isinstance(told, dict):
        if set(told) == {"vi", "en"}:
            return {language: f"{text} {LONG}" for language, text in told.items()}
        return {name: lengthened(each) for name, each in told.items()}
    return [lengthened(each) for each in told] if isinstance(told, list) else told


async def wider(page) -> list[str]:
    """What reaches beyond the window."""
    return await page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter((one) => one.offsetParent && one.getBoundingClientRect().right > innerWidth + 1
                && getComputedStyle(one).position != "absolute")
            .map((one) => one.tagName + "." + one.className + " " + one.getBoundingClientRect().right)"""
    )


@pytest.mark.parametrize("phone", ["script", "no_script"], indirect=True)
async def test_long_words_break_in_the_form_and_beside_its_mistakes(phone, origin, database):
    world = await build_world()
    draft = await questionnaires.save_draft(SYSTEM, world.questionnaire_id, lengthened(every_kind()))
    await questionnaires.publish_version(SYSTEM, draft.id)
    address = f"{origin}/f/{await code_of(await world.open_wave())}"
    await phone.goto(address)
    assert await wider(phone) == []
    assert await overflow(phone) == 0
    assert await too_small(phone) == []
    await phone.locator("[name=works][value=a]").check()
    await phone.locator("[name=pay]").fill("nhiều")
    await phone.locator("main button[type=submit], main form > button").last.click()
    await phone.wait_for_selector(".summary")
    assert await wider(phone) == []
    assert await overflow(phone) == 0
