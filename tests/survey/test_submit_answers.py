"""Union apps send answers through the graph, judged by the form's own check."""

import re

import pytest
from survey_world import PATHS, ROOT, code_of, waiting

from kit import db
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as
from survey.programmes.service import waves

SUBMIT = """
mutation ($input: SubmitSurveyAnswersInput!) {
  submitSurveyAnswers(input: $input) {
    __typename
    ... on SubmitSurveyAnswersSuccess { thanks receipt }
    ... on Problem { code message }
    ... on AlreadySubmitted { receipt }
    ... on AnswersInvalid { issues { question code message } }
  }
}
"""
RECEIPT = "query ($receipt: String!) { surveyReceipt(receipt: $receipt) }"
FORM = "query ($code: String!) { surveyForm(code: $code) { code phase titleVi url questionnaireVersion { number definition } } }"
KEY = "an-app-made-this-key-0001"


def filled(collector: str, key: str = KEY, **answers: list[str]) -> dict:
    return {
        "collector": collector,
        "submissionKey": key,
        "answers": [{"question": code, "values": values} for code, values in answers.items()],
    }


async def stored() -> int:
    return await db.value("SELECT count(*) FROM inbox")


async def test_an_app_reads_the_form_and_sends_answers_without_signing_in(ask, world):
    code = await code_of(await world.open_wave())
    form = (await ask(FORM, code=code.upper())).field
    assert (form["code"], form["phase"], form["titleVi"]) == (code, "open", "Khảo sát tin tức")
    assert form["questionnaireVersion"]["definition"]["sections"][0]["code"] == "news"
    reply = await ask(SUBMIT, input=filled(code, reached=["yes"], channels=["board"]))
    assert reply.field["thanks"] == "Cảm ơn anh/chị. Câu trả lời đã được nhận."
    assert await waiting() == [{"reached": "yes", "channels": ["board"]}]


async def test_somebody_who_is_signed_in_is_refused(ask, world):
    code = await code_of(await world.open_wave())
    signed_in = caller_as("worker", PATHS[ROOT], subject="nguyen-van-a")
    assert (await ask(SUBMIT, signed_in, input=filled(code, reached=["yes"]))).code == "SIGNED_IN"
    assert await stored() == 0


async def test_a_receipt_tells_that_the_form_is_stored_and_nothing_else(ask, world):
    code = await code_of(await world.open_wave())
    receipt = (await ask(SUBMIT, input=filled(code, reached=["yes"]))).field["receipt"]
    assert re.fullmatch(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", receipt)
    written = receipt.lower().replace("-", " ").replace("1", "l").replace("0", "o")
    assert (await ask(RECEIPT, receipt=written)).field == "received"
    for unknown in ("0000-0000-0000-0000", "", receipt[:-1], "Ω" * 16):
        assert (await ask(RECEIPT, receipt=unknown)).field == "unknown"


async def test_faults_are_told_question_by_question_and_nothing_is_stored(ask, world):
    code = await code_of(await world.open_wave())
    reply = await ask(SUBMIT, ANONYMOUS, "en", input=filled(code, hours=["200"], salary=["1"]))
    assert reply.code == "ANSWERS_INVALID"
    assert reply.field["message"] == "3 answers need another look."
    assert reply.field["issues"] == [
        {"question": "reached", "code": "REQUIRED", "message": "Please answer this question."},
        {"question": "hours", "code": "OUT_OF_RANGE", "message": "Please enter a number from 0 to 112."},
        {
            "question": "salary",
            "code": "UNKNOWN_QUESTION",
            "message": "This questionnaire has no such question.",
        },
    ]
    assert await stored() == 0


async def test_the_same_key_is_stored_once(ask, world):
    code = await code_of(await world.open_wave())
    first = (await ask(SUBMIT, input=filled(code, reached=["yes"]))).field
    again = await ask(SUBMIT, input=filled(code, reached=["no"]))
    assert (again.code, again.field["receipt"]) == ("ALREADY_SUBMITTED", first["receipt"])
    assert await stored() == 1


async def test_an_unknown_collector_a_closed_wave_and_a_planned_one_take_nothing(ask, world):
    wave = await world.planned_wave()
    code = await code_of(wave)
    assert (await ask(SUBMIT, input=filled("nhucau", reached=["yes"]))).code == "UNKNOWN_COLLECTOR"
    assert (await ask(SUBMIT, input=filled(code, reached=["yes"]))).code == "WAVE_CLOSED"
    await waves.open_wave(SYSTEM, wave.id)
    await waves.close_wave(SYSTEM, wave.id)
    assert (await ask(SUBMIT, input=filled(code, reached=["yes"]))).code == "WAVE_CLOSED"
    form = (await ask(FORM, code=code)).field
    assert (form["phase"], form["questionnaireVersion"]) == ("closed", None)
    assert await stored() == 0


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with spaces in it, which no key has", "ключ" * 8])
async def test_refuses_a_key_that_anybody_could_guess(ask, world, key):
    code = await code_of(await world.open_wave())
    assert (await ask(SUBMIT, input=filled(code, key, reached=["yes"]))).code == "INVALID_INPUT"
    assert await stored() == 0


async def test_refuses_a_question_named_twice(ask, world):
    code = await code_of(await world.open_wave())
    twice = filled(code, reached=["yes"])
    twice["answers"] *= 2
    assert (await ask(SUBMIT, input=twice)).code == "INVALID_INPUT"
    assert await stored() == 0
