"""Answers that come by graph are counted with those of the form, by the network that the gateway tells of."""

from contextlib import nullcontext

import pytest
from survey_world import code_of, waiting

from kit.identity import ANONYMOUS, Caller
from survey.answers import service
from survey.answers.allowances import FORM, GARBAGE, MISTAKE, MOST, SHARED, Limits
from survey.answers.fields import charged
from survey.collection.refusals import SlipMistyped

SUBMIT = """
mutation ($input: SubmitSurveyAnswersInput!) { submitSurveyAnswers(input: $input) {
  ... on SubmitSurveyAnswersSuccess { receipt }
  ... on TooManyRequests { code message seconds }
  ... on Problem { code } } }"""
HERE, ELSEWHERE = "203.0.113.0", "2001:db8:7::"


@pytest.fixture
async def code(world) -> str:
    return await code_of(await world.open_wave())


@pytest.fixture
def post(client):
    """Send a form as the gateway does, from a network; gives what the one mutation answers."""

    async def send(code: str, key: str, network: str | None = HERE, value: str = "yes", document: str = SUBMIT):
        given = {"collector": code, "submissionKey": key.ljust(22, "-")}
        given["answers"] = [{"question": "reached", "values": [value]}]
        reply = await client.post(
            "/graphql",
            json={"query": document, "variables": {"input": given}},
            headers={"loa-network": network} if network else {},
            caller=ANONYMOUS,
        )
        return reply.json()["data"]

    yield send
    SHARED._allowances.clear()


async def test_a_network_that_has_sent_too_much_is_told_and_nothing_is_stored(post, code):
    SHARED.of(b"\xcb\x00\x71").take(MOST + 2_400)
    told = (await post(code, "a"))["submitSurveyAnswers"]
    assert told["code"] == "TOO_MANY_REQUESTS"
    assert 8 <= told["seconds"] <= 12
    assert await waiting() == []
    # Others are not kept out, nor is who comes from this machine.
    assert "receipt" in (await post(code, "b", ELSEWHERE))["submitSurveyAnswers"]
    assert "receipt" in (await post(code, "c", None))["submitSurveyAnswers"]
    assert len(await waiting()) == 2


@pytest.mark.parametrize(
    ("outcome", "price"),
    [
        (None, FORM),
        (service.AlreadySubmitted(receipt=""), FORM),
        (service.TryLater(), FORM),
        (service.AnswersInvalid([]), MISTAKE),
        (service.AlreadyAnswered(), MISTAKE),
        (SlipMistyped(), MISTAKE),
        (service.UnknownCollector(collector="x"), GARBAGE),
    ],
)
async def test_each_costs_what_it_costs_at_the_form(outcome, price):
    counted = Limits(lambda: 0.0)
    with pytest.raises(type(outcome)) if outcome else nullcontext(), charged("203.0.113.9", counted):
        if outcome:
            raise outcome
    assert MOST - counted.of(b"\xcb\x00\x71").left == price


async def test_many_in_one_document_are_counted_each(post, code):
    many = " ".join(
        f"m{number}: submitSurveyAnswers(input: $input) {{ ... on Problem {{ code }} }}" for number in range(50)
    )
    document = f"mutation ($input: SubmitSurveyAnswersInput!) {{ {many} }}"
    SHARED.of(b"\xcb\x00\x71").take(MOST - 2 * FORM)
    codes = [each.get("code") for each in (await post(code, "a", document=document)).values()]
    assert codes[:2] == [None, "ALREADY_SUBMITTED"]
    assert codes.count("TOO_MANY_REQUESTS") > 10


async def test_who_is_signed_in_is_refused(ask, code):
    given = {"collector": code, "submissionKey": "a" * 22, "answers": []}
    assert (await ask(SUBMIT, Caller("somebody"), input=given)).code == "SIGNED_IN"
