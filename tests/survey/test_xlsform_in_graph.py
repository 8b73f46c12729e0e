"""A workbook becomes a draft through the graph, and a version goes out as a workbook."""

import base64

import pytest
from survey_world import NORTH, PATHS, ROOT, SOUTH, apply, definition, union_events, unit_id
from xlsform_books import YES_NO, asked, canonical, rows, workbook

from kit import db
from kit.identity import ANONYMOUS
from kit.testing import caller_as
from survey.questionnaires import service
from survey.questionnaires.xlsform.reading import import_workbook

IMPORT = """
mutation ($input: ImportQuestionnaireInput!) {
  importQuestionnaire(input: $input) {
    __typename
    ... on ImportQuestionnaireSuccess {
      questionnaire { id code } version { id number definition publishedAt }
      report { rows importedRows refusedRows choices importedChoices isComplete remarks { level code sheet row column reason } }
    }
    ... on Problem { code message }
  }
}
"""
EXPORT = "query ($id: ID!) { questionnaireWorkbook(versionId: $id) { fileName mediaType content } }"
EDITOR = caller_as("editor", PATHS[NORTH])
BOOK = workbook(
    rows(asked("select_one yn", "a"), asked("geopoint", "here"), asked("text", "b", relevant="${here} != ''")),
    YES_NO,
    [("form_title", "form_id"), ("Hỏi nhanh", "quick")],
)


def wish(content: bytes = BOOK, **more):
    return {"content": base64.b64encode(content).decode(), "ownerUnitId": str(unit_id(NORTH)), **more}


@pytest.fixture(autouse=True)
async def union(database):
    await apply(union_events())


async def test_a_workbook_becomes_a_draft_with_a_report(ask):
    reply = await ask(IMPORT, EDITOR, input=wish())
    field = reply.field
    assert (field["questionnaire"]["code"], field["version"]["number"], field["version"]["publishedAt"]) == (
        "quick",
        1,
        None,
    )
    assert canonical(field["version"]["definition"]) == canonical(import_workbook(BOOK).definition)
    report = field["report"]
    assert (report["rows"], report["importedRows"], report["refusedRows"], report["isComplete"]) == (3, 2, 1, False)
    assert [
        (each["level"], each["code"], each["sheet"], each["row"], each["column"])
        for each in report["remarks"]
        if each["level"] != "noted"
    ] == [
        ("refused", "PLACE", "survey", 3, None),
        ("changed", "CONDITION_DROPPED", "survey", 4, "relevant"),
    ]
    assert "ẩn danh" in next(each["reason"] for each in report["remarks"] if each["code"] == "PLACE")


async def test_checking_only_writes_nothing_even_when_nothing_can_be_imported(ask):
    reply = await ask(IMPORT, EDITOR, input=wish(b"%PDF", checkOnly=True))
    assert (reply.field["version"], reply.field["report"]["remarks"][0]["code"]) == (None, "NOT_A_WORKBOOK")
    assert (await ask(IMPORT, EDITOR, input=wish(checkOnly=True))).field["report"]["importedRows"] == 2
    assert await db.value("SELECT count(*) FROM questionnaire") == 0


async def test_a_workbook_of_which_nothing_can_be_imported_is_refused(ask):
    reply = await ask(IMPORT, EDITOR, input=wish(b"%PDF"))
    assert reply.code == "QUESTIONNAIRE_WORKBOOK_REFUSED"
    assert reply.field["message"].startswith("Không nhập được bảng tính: ")
    assert await db.value("SELECT count(*) FROM questionnaire") == 0


async def test_the_next_draft_of_a_questionnaire(ask):
    first = (await ask(IMPORT, EDITOR, input=wish())).field
    again = workbook(rows(asked("text", "only")))
    reply = await ask(
        IMPORT,
        EDITOR,
        input={"content": base64.b64encode(again).decode(), "questionnaireId": first["questionnaire"]["id"]},
    )
    assert reply.field["version"]["id"] == first["version"]["id"]
    assert reply.field["version"]["definition"]["sections"][0]["questions"][0]["code"] == "only"
    assert (await ask(IMPORT, EDITOR, input=wish())).code == "QUESTIONNAIRE_CODE_TAKEN"


@pytest.mark.parametrize(
    "changed", [{"content": "not base64!"}, {"content": "QUJD" * 60_000}, {"ownerUnitId": None}, {"code": "No Code"}]
)
async def test_bad_input_is_named(ask, changed):
    reply = await ask(IMPORT, EDITOR, input=wish() | changed)
    assert reply.code == "INVALID_INPUT"
    assert await db.value("SELECT count(*) FROM questionnaire") == 0


async def test_a_version_goes_out_as_a_workbook_that_reads_back_the_same(ask):
    version = await service.create_questionnaire(
        EDITOR, code="news", owner_unit_id=unit_id(NORTH), definition=definition()
    )
    file = (await ask(EXPORT, EDITOR, id=str(version.id))).field
    assert (file["fileName"], file["mediaType"].endswith("spreadsheetml.sheet")) == ("news-1.xlsx", True)
    back = import_workbook(base64.b64decode(file["content"]))
    assert (back.code, canonical(back.definition)) == ("news", canonical(definition()))


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (caller_as("editor", PATHS[SOUTH]), "FORBIDDEN"),
        (caller_as("analyst", PATHS[NORTH]), "FORBIDDEN"),
        (caller_as("worker", PATHS[ROOT]), "FORBIDDEN"),
    ],
)
async def test_only_editors_of_the_owner_bring_workbooks(ask, caller, code):
    for check_only in (True, False):
        assert (await ask(IMPORT, caller, input=wish(checkOnly=check_only))).code == code
    assert await db.value("SELECT count(*) FROM questionnaire") == 0


async def test_a_draft_goes_out_to_the_owners_staff_only(ask):
    version = await service.create_questionnaire(
        EDITOR, code="news", owner_unit_id=unit_id(NORTH), definition=definition()
    )
    assert (await ask(EXPORT, caller_as("analyst", PATHS[NORTH]), id=str(version.id))).field[
        "fileName"
    ] == "news-1.xlsx"
    for caller in (ANONYMOUS, caller_as("editor", PATHS[SOUTH]), caller_as("worker", PATHS[ROOT])):
        assert (await ask(EXPORT, caller, id=str(version.id))).code == "NOT_FOUND"
