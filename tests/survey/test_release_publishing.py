"""Who may publish results: analysts and admins of the programme's owner unit, and nobody else."""

import pytest
from results_world import ANSWERS, OWNER_PATH, STRANGER_PATH, make_world

from kit import db
from kit.identity import ANONYMOUS, Caller
from kit.testing import caller_as

PUBLISH = """
mutation ($wave: ID!, $public: Boolean!) {
  publishSurveyRelease(input: {waveId: $wave, isPublic: $public}) {
    __typename
    ... on PublishSurveyReleaseSuccess { request { id state problem releaseId } }
    ... on Problem { code message }
  }
}
"""
REQUEST = "query ($id: ID!) { surveyReleaseRequest(id: $id) { id state problem releaseId } }"
RELEASE = "query ($id: ID!) { surveyRelease(id: $id) { number isPublic answers people minimumBase } }"

ANALYST = caller_as("analyst", OWNER_PATH)
REFUSED = [
    (ANONYMOUS, "SIGN_IN_REQUIRED"),
    (Caller(subject="nobody"), "FORBIDDEN"),
    (caller_as("worker", OWNER_PATH), "FORBIDDEN"),
    (caller_as("contributor", OWNER_PATH), "FORBIDDEN"),
    (caller_as("editor", OWNER_PATH), "FORBIDDEN"),
    (caller_as("analyst", STRANGER_PATH), "FORBIDDEN"),
    (caller_as("admin", STRANGER_PATH), "FORBIDDEN"),
    (caller_as("analyst", OWNER_PATH + "00009"), "FORBIDDEN"),
]


@pytest.mark.parametrize(("caller", "code"), REFUSED)
async def test_refuses_everyone_else(ask, job_queue, caller, code):
    world = await make_world()
    await world.add_answers(ANSWERS)
    reply = await ask(PUBLISH, caller, wave=str(world.wave_id), public=True)
    assert reply.code == code
    assert await db.value("SELECT count(*) FROM release_request") == 0
    assert job_queue.waiting == []


@pytest.mark.parametrize("caller", [ANALYST, caller_as("admin", OWNER_PATH), caller_as("analyst", "00001")])
async def test_an_analyst_publishes_and_sees_it_done(ask, job_queue, caller):
    world = await make_world()
    await world.add_answers(ANSWERS)
    asked = (await ask(PUBLISH, caller, wave=str(world.wave_id), public=False)).field["request"]
    assert (asked["state"], asked["problem"], asked["releaseId"]) == ("waiting", None, None)
    assert await job_queue.run_all() == 1
    done = (await ask(REQUEST, caller, id=asked["id"])).field
    assert (done["state"], done["problem"]) == ("done", None)
    release = (await ask(RELEASE, caller, id=done["releaseId"])).field
    assert release == {"number": 1, "isPublic": False, "answers": 254, "people": 1000, "minimumBase": 10}


async def test_others_do_not_see_the_request(ask):
    world = await make_world()
    await world.add_answers(ANSWERS)
    asked = (await ask(PUBLISH, ANALYST, wave=str(world.wave_id), public=True)).field["request"]
    for caller, _ in REFUSED:
        reply = await ask(REQUEST, caller, id=asked["id"])
        assert reply.code == "NOT_FOUND"


@pytest.mark.parametrize(
    ("state", "frame", "code"),
    [("planned", True, "ANSWERS_NOT_MIXED"), ("cancelled", True, "ANSWERS_NOT_MIXED"), ("closed", False, "NO_FRAME")],
)
async def test_says_what_stands_in_the_way(ask, job_queue, state, frame, code):
    world = await make_world(state=state, frame=frame)
    await world.add_answers(ANSWERS)
    assert (await ask(PUBLISH, ANALYST, wave=str(world.wave_id), public=True)).code == code
    assert job_queue.waiting == []


async def test_says_when_there_is_too_little_to_publish(ask):
    world = await make_world()
    reply = await ask(PUBLISH, ANALYST, language="en", wave=str(world.wave_id), public=True)
    assert reply.code == "NOTHING_NEW"
    assert reply.field["message"] == "At least 10 new answers are needed since the last release."


async def test_says_when_one_is_on_its_way(ask):
    world = await make_world()
    await world.add_answers(ANSWERS)
    await ask(PUBLISH, ANALYST, wave=str(world.wave_id), public=True)
    assert (await ask(PUBLISH, ANALYST, wave=str(world.wave_id), public=True)).code == "RELEASE_UNDER_WAY"


@pytest.mark.parametrize("wave", ["nonsense", "00000000-0000-0000-0000-000000000000", ""])
async def test_an_unknown_wave_is_not_found(ask, wave):
    assert (await ask(PUBLISH, ANALYST, wave=wave, public=True)).code == "NOT_FOUND"
