"""Union apps make slips, fetch credentials and answer with them through the graph."""

import pytest
from blind_client import blind, finish
from survey_world import MINE, PATHS, ROOT, SMALL, unit_id
from ways_world import code_for, contributor, member, offering, spent

from kit.identity import ANONYMOUS
from kit.testing import caller_as, queries
from survey.collection.credentials.service import read_bytes, written_bytes

MAKE = """
mutation ($wave: ID!, $unit: ID!, $amount: Int!, $replaces: ID) {
  makeSurveySlips(wave: $wave, unit: $unit, amount: $amount, replaces: $replaces) {
    __typename
    ... on MakeSurveySlipsSuccess { codes url batch { id amount revokedAt unit { id } } }
    ... on Problem { code message }
    ... on TooManySlips { left }
  }
}
"""
REVOKE = """
mutation ($batch: ID!) {
  revokeSurveySlips(batch: $batch) {
    ... on RevokeSurveySlipsSuccess { batch { id revokedAt } } ... on Problem { code message }
  }
}
"""
BATCHES = """
query ($wave: ID!, $first: Int, $after: String) {
  surveySlipBatches(wave: $wave, first: $first, after: $after) {
    nodes { id amount } pageInfo { hasNextPage endCursor }
  }
}
"""
SUBMIT = """
mutation ($input: SubmitSurveyAnswersInput!) {
  submitSurveyAnswers(input: $input) {
    __typename ... on SubmitSurveyAnswersSuccess { receipt } ... on Problem { code message }
  }
}
"""
KEY = "query ($wave: ID!) { surveyCredentialKey(wave: $wave) { id modulus exponent groupEn message } }"
KEYS = """
query ($wave: ID!, $first: Int, $after: String) {
  surveyCredentialKeys(wave: $wave, first: $first, after: $after) {
    nodes { id modulus groupEn } pageInfo { hasNextPage endCursor }
  }
}
"""
ISSUE = """
mutation ($wave: ID!, $key: ID!, $blinded: String!) {
  issueSurveyCredential(wave: $wave, key: $key, blindedMessage: $blinded) {
    __typename ... on IssueSurveyCredentialSuccess { blindSignature } ... on Problem { code message }
  }
}
"""
FORM = "query ($code: String!) { surveyForm(code: $code) { kind waveId } }"


def filled(code: str, key: str, **more: str) -> dict:
    answers = [{"question": "reached", "values": ["no"]}]
    return {"collector": code, "submissionKey": key.ljust(22, "-"), "answers": answers, **more}


@pytest.fixture
async def wave(world):
    await offering(world, "open_link", "slip", "credential", "paper")
    return await world.open_wave()


async def test_slips_are_made_used_listed_and_made_void(ask, wave):
    office = contributor(PATHS[MINE])
    wanted = {"wave": str(wave.id), "unit": str(unit_id(MINE)), "amount": 2}
    made = (await ask(MAKE, office, **wanted)).field
    assert made["batch"]["amount"] == len(made["codes"]) == 2
    assert made["batch"]["unit"] == {"id": str(unit_id(MINE))}
    code = await code_for(wave, "slip")
    assert made["url"].endswith(f"/f/{code}")
    one, other = made["codes"]
    assert "receipt" in (await ask(SUBMIT, input=filled(code, "a", slip=one))).field
    assert (await ask(SUBMIT, input=filled(code, "b", slip=one))).code == "ALREADY_ANSWERED"
    assert (await ask(SUBMIT, input=filled(code, "b"))).code == "SLIP_MISSING"
    assert (await ask(SUBMIT, input=filled(code, "b", slip=one[::-1]))).code == "SLIP_MISTYPED"
    batch = made["batch"]["id"]
    assert (await ask(REVOKE, office, batch=batch)).field["batch"]["revokedAt"] is not None
    reply = await ask(SUBMIT, ANONYMOUS, "en", input=filled(code, "b", slip=other))
    assert (reply.code, reply.field["message"]) == (
        "SLIP_REVOKED",
        "This slip was made invalid, as new ones replace it. Please ask your union for a new one.",
    )
    assert await spent() == 1
    listed = (await ask(BATCHES, office, wave=str(wave.id))).field["nodes"]
    assert listed == [{"id": batch, "amount": 2}]


async def test_refusals_are_typed(ask, wave):
    wanted = {"wave": str(wave.id), "unit": str(unit_id(SMALL)), "amount": 61}
    refused = await ask(MAKE, contributor(PATHS[SMALL]), **wanted)
    assert (refused.code, refused.field["left"]) == ("TOO_MANY_SLIPS", 60)
    assert (await ask(MAKE, ANONYMOUS, **wanted)).code == "SIGN_IN_REQUIRED"
    assert (await ask(MAKE, contributor(PATHS[MINE]), **wanted)).code == "FORBIDDEN"
    assert (await ask(MAKE, contributor(PATHS[ROOT]), **{**wanted, "wave": "x"})).code == "NOT_FOUND"
    assert (await ask(REVOKE, contributor(PATHS[ROOT]), batch="x")).code == "NOT_FOUND"
    assert (await ask(BATCHES, contributor(PATHS[ROOT]), wave=str(wave.id))).field["nodes"] == []


async def test_batches_are_listed_for_contributors_of_their_unit_a_page_at_a_time(ask, wave):
    everybody = contributor(PATHS[ROOT])
    for unit in (MINE, SMALL, MINE):
        await ask(MAKE, everybody, wave=str(wave.id), unit=str(unit_id(unit)), amount=1)
    for who, amount in ((everybody, 3), (contributor(PATHS[MINE]), 2), (caller_as("analyst", PATHS[ROOT]), 0)):
        assert len((await ask(BATCHES, who, wave=str(wave.id))).field["nodes"]) == amount
    assert (await ask(BATCHES, ANONYMOUS, wave=str(wave.id))).field["nodes"] == []
    first = (await ask(BATCHES, everybody, wave=str(wave.id), first=2)).field
    rest = (await ask(BATCHES, everybody, wave=str(wave.id), first=2, after=first["pageInfo"]["endCursor"])).field
    assert (len(first["nodes"]), len(rest["nodes"])) == (2, 1)
    assert not {node["id"] for node in first["nodes"]} & {node["id"] for node in rest["nodes"]}
    assert (await ask(BATCHES, everybody, wave=str(wave.id), after="x")).code == "INVALID_INPUT"
    with queries() as counted:
        await ask(BATCHES, everybody, wave=str(wave.id))
    assert counted.count == 1


async def test_an_app_fetches_a_credential_and_answers_with_it_unknown(ask, wave):
    code, wave_id = await code_for(wave, "credential"), str(wave.id)
    assert (await ask(FORM, code=code)).field == {"kind": "credential", "waveId": wave_id}
    who = member(MINE)
    key = (await ask(KEY, who, wave=wave_id)).field
    assert key["groupEn"].startswith("Mine")
    n = int.from_bytes(read_bytes(key["modulus"]) or b"")
    prefix = b"\7" * 32
    made = blind(prefix + key["message"].encode(), n, key["exponent"])
    asked = {"wave": wave_id, "key": key["id"], "blinded": written_bytes(made.blinded)}
    answer = (await ask(ISSUE, who, **asked)).field["blindSignature"]
    assert (await ask(ISSUE, who, **asked)).field["blindSignature"] == answer
    signature = finish(read_bytes(answer) or b"", made, n)
    credential = written_bytes((read_bytes(key["id"]) or b"") + prefix + signature)
    # Not as the member.
    assert (await ask(SUBMIT, who, input=filled(code, "a", credential=credential))).code == "SIGNED_IN"
    assert "receipt" in (await ask(SUBMIT, input=filled(code, "a", credential=credential))).field
    assert (await ask(SUBMIT, input=filled(code, "b", credential=credential))).code == "ALREADY_ANSWERED"
    assert (await ask(SUBMIT, input=filled(code, "b", credential="x"))).code == "CREDENTIAL_INVALID"
    assert (await ask(SUBMIT, input=filled(code, "b"))).code == "CREDENTIAL_MISSING"
    assert await spent() == 1


async def test_credentials_are_refused_in_types(ask, wave):
    wave_id = str(wave.id)
    asked = {"wave": wave_id, "key": "AAAAAAAAAAA", "blinded": "AAAA"}
    assert (await ask(ISSUE, ANONYMOUS, **asked)).code == "SIGN_IN_REQUIRED"
    assert (await ask(ISSUE, member(MINE), **asked)).code == "CREDENTIAL_KEY_CHANGED"
    assert (await ask(ISSUE, member(MINE), **{**asked, "blinded": "?"})).code == "INVALID_INPUT"
    assert (await ask(ISSUE, member(MINE), **{**asked, "wave": "x"})).code == "NOT_FOUND"


async def test_everybody_sees_the_keys(ask, wave):
    for unit in (MINE, SMALL):
        await ask(KEY, member(unit), wave=str(wave.id))
    first = (await ask(KEYS, ANONYMOUS, wave=str(wave.id), first=1)).field
    rest = (await ask(KEYS, ANONYMOUS, wave=str(wave.id), first=1, after=first["pageInfo"]["endCursor"])).field
    both = [*first["nodes"], *rest["nodes"]]
    assert {node["groupEn"].split()[0] for node in both} == {"Mine", "North"}
    assert rest["pageInfo"]["hasNextPage"] is False
    assert (await ask(KEYS, ANONYMOUS, wave=str(wave.id), after="!")).code == "INVALID_INPUT"
    with queries() as counted:
        await ask(KEYS, ANONYMOUS, wave=str(wave.id))
    assert counted.count == 1
