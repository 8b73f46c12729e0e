"""An editor drafts a questionnaire and publishes it; what is published never changes."""

import pytest
from survey_world import NORTH, PATHS, ROOT, SOUTH, apply, definition, union_events, unit_id
from tortoise.exceptions import IntegrityError

from kit import db
from kit.identity import ANONYMOUS
from kit.testing import caller_as
from survey.questionnaires.definition import digest
from survey.questionnaires.models import QuestionnaireVersion

CREATE = """
mutation ($input: CreateQuestionnaireInput!) {
  createQuestionnaire(input: $input) {
    __typename
    ... on DraftQuestionnaireVersionSuccess { questionnaire { id code } version { id number publishedAt sha256 } }
    ... on Problem { code message }
    ... on InvalidInput { field }
  }
}
"""
DRAFT = """
mutation ($id: ID!, $definition: JSON!) {
  draftQuestionnaireVersion(questionnaireId: $id, definition: $definition) {
    ... on DraftQuestionnaireVersionSuccess { version { id number publishedAt } }
    ... on Problem { code }
  }
}
"""
PUBLISH = """
mutation ($id: ID!) {
  publishQuestionnaireVersion(id: $id) {
    ... on PublishQuestionnaireVersionSuccess { version { number publishedAt } }
    ... on Problem { code message }
    ... on UnknownCode { vocabulary unknownCode }
  }
}
"""
READ = "query ($code: String!) { questionnaire(code: $code) { code versions { number publishedAt definition } } }"

EDITOR = caller_as("editor", PATHS[NORTH])


def new(**changed):
    return {"code": "quick", "ownerUnitId": str(unit_id(NORTH)), "definition": definition(), **changed}


@pytest.fixture(autouse=True)
async def union(database):
    await apply(union_events())


async def test_an_editor_starts_a_questionnaire_with_a_draft(ask):
    reply = await ask(CREATE, EDITOR, input=new())
    version = reply.field["version"]
    assert (version["number"], version["publishedAt"]) == (1, None)
    assert version["sha256"] == digest(definition())


async def test_refuses_a_code_that_is_taken(ask):
    await ask(CREATE, EDITOR, input=new())
    reply = await ask(CREATE, EDITOR, input=new())
    assert reply.code == "QUESTIONNAIRE_CODE_TAKEN"
    assert reply.field["message"] == "Đã có phiếu hỏi mang mã “quick”."
    assert await db.value("SELECT count(*) FROM questionnaire") == 1


@pytest.mark.parametrize("code", ["", "Quick", "1st", "a-b", "x" * 64, "a\n", "đ"])
async def test_refuses_a_malformed_code(ask, code):
    reply = await ask(CREATE, EDITOR, input=new(code=code))
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", "code")


async def test_a_draft_is_changed_in_place_until_it_is_published(ask):
    created = (await ask(CREATE, EDITOR, input=new())).field
    changed = definition()
    changed["title"]["vi"] = "Tên mới"
    reply = await ask(DRAFT, EDITOR, id=created["questionnaire"]["id"], definition=changed)
    assert reply.field["version"] == {"id": created["version"]["id"], "number": 1, "publishedAt": None}
    published = await ask(PUBLISH, EDITOR, id=created["version"]["id"])
    assert published.field["version"]["publishedAt"] is not None
    reply = await ask(DRAFT, EDITOR, id=created["questionnaire"]["id"], definition=definition())
    assert reply.field["version"]["number"] == 2


async def test_publishing_twice_is_refused(ask):
    created = (await ask(CREATE, EDITOR, input=new())).field
    await ask(PUBLISH, EDITOR, id=created["version"]["id"])
    reply = await ask(PUBLISH, EDITOR, id=created["version"]["id"])
    assert reply.code == "QUESTIONNAIRE_VERSION_PUBLISHED"


@pytest.mark.parametrize(
    "sql", ["UPDATE questionnaire_version SET definition = '{}'", "DELETE FROM questionnaire_version"]
)
async def test_the_database_itself_refuses_to_change_what_is_published(ask, sql):
    created = (await ask(CREATE, EDITOR, input=new())).field
    await ask(PUBLISH, EDITOR, id=created["version"]["id"])
    with pytest.raises(Exception, match="cannot be changed") as refusal:
        async with db.transaction():
            await db.execute(sql)
    assert db.violated(refusal.value) == "questionnaire_version_immutable"
    version = await QuestionnaireVersion.get(id=created["version"]["id"])
    assert (version.sha256, digest(version.definition)) == (digest(definition()), digest(definition()))


async def test_one_draft_at_a_time_is_a_rule_of_the_database(ask):
    created = (await ask(CREATE, EDITOR, input=new())).field
    row = await QuestionnaireVersion.get(id=created["version"]["id"])
    with pytest.raises(IntegrityError) as refusal:
        async with db.transaction():
            await QuestionnaireVersion.create(
                id=unit_id(99), questionnaire_id=row.questionnaire_id, number=2, definition={}, sha256="0" * 64
            )
    assert db.violated(refusal.value) == "questionnaire_version_one_draft"


async def test_a_segment_that_org_does_not_know_cannot_be_published(ask):
    unknown = definition()
    unknown["sections"][1]["questions"][2]["choices"][0]["code"] = "atlantis"
    created = (await ask(CREATE, EDITOR, input=new(definition=unknown))).field
    reply = await ask(PUBLISH, EDITOR, id=created["version"]["id"])
    assert (reply.code, reply.field["vocabulary"], reply.field["unknownCode"]) == ("UNKNOWN_CODE", "region", "atlantis")
    assert await db.value("SELECT published_at FROM questionnaire_version") is None


async def test_drafts_are_for_the_owners_staff(ask):
    await ask(CREATE, EDITOR, input=new())
    for caller in (ANONYMOUS, caller_as("editor", PATHS[SOUTH]), caller_as("worker", PATHS[NORTH])):
        assert (await ask(READ, caller, code="quick")).field is None
    for caller in (EDITOR, caller_as("analyst", PATHS[ROOT])):
        assert [v["number"] for v in (await ask(READ, caller, code="quick")).field["versions"]] == [1]
    assert (await ask(READ, EDITOR, code="no such code")).field is None


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (caller_as("editor", PATHS[SOUTH]), "FORBIDDEN"),
        (caller_as("contributor", PATHS[NORTH]), "FORBIDDEN"),
        (caller_as("analyst", PATHS[NORTH]), "FORBIDDEN"),
        (caller_as("worker", PATHS[ROOT]), "FORBIDDEN"),
    ],
)
async def test_only_editors_of_the_owner_write(ask, caller, code):
    assert (await ask(CREATE, caller, input=new())).code == code
    assert await db.value("SELECT count(*) FROM questionnaire") == 0
    created = (await ask(CREATE, EDITOR, input=new())).field
    changed = {**definition(), "introduction": {"vi": "a", "en": "a"}}
    assert (await ask(DRAFT, caller, id=created["questionnaire"]["id"], definition=changed)).code == code
    assert (await ask(PUBLISH, caller, id=created["version"]["id"])).code == code
    assert await db.value("SELECT sha256 FROM questionnaire_version") == digest(definition())
    assert await db.value("SELECT published_at FROM questionnaire_version") is None


@pytest.mark.parametrize("id", ["", "x", "6f1d4a52-0b1e-4d6a-9a53-6c7e27f8a999"])
async def test_unknown_ids_are_not_found(ask, id):
    assert (await ask(DRAFT, EDITOR, id=id, definition=definition())).code == "NOT_FOUND"
    assert (await ask(PUBLISH, EDITOR, id=id)).code == "NOT_FOUND"
    assert (await ask(CREATE, EDITOR, input=new(ownerUnitId=id))).code == "NOT_FOUND"
