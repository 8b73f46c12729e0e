"""Small files are brought and applied through the graph, which tells how far each is."""

import pytest

from kit import db
from kit.identity import SYSTEM
from kit.testing import caller_as, queries
from org.access.service import grant_role
from org.exchange.runs import submit_import

# A file tells how far it is from outside its transaction, so these tests need real commits.
pytestmark = pytest.mark.committed

PEOPLE = "unit_code,display_name,post,since\nHN,Nguyễn Thị Hạnh,chair,2026-01-01\n"
HEADCOUNTS = "unit_code,day,age_band,gender,members,workers\nHN-001,2026-01-31,under_25,female,5,6\n"
SUBMIT = """mutation ($input: SubmitImportInput!) { submitImport(input: $input) {
  ... on SubmitImportSuccess { run { id purpose state step fileName source } } ... on Problem { code } } }"""
APPLY = """mutation ($id: ID!) { applyImport(id: $id) {
  ... on ApplyImportSuccess { run { state } } ... on Problem { code } } }"""
READ = """query ($id: ID!) { importRun(id: $id) { state rows done problemCount counts { kind count }
  reorganisation { kind } remarks { nodes { isProblem row column code message } } } }"""
LIST = """query ($first: Int!, $purpose: String, $after: String) {
  importRuns(first: $first, purpose: $purpose, after: $after) {
    nodes { purpose state remarks(first: 5) { nodes { row code } } } pageInfo { hasNextPage endCursor } } }"""


@pytest.fixture
async def chi(tree):
    await grant_role(SYSTEM, "chi", "editor", tree.hanoi["id"])
    return caller_as("editor", tree.hanoi, subject="chi")


async def test_a_file_is_brought_and_applied(ask, chi, job_queue):
    asked = {"purpose": "headcounts", "csv": HEADCOUNTS, "source": "Sổ đoàn viên"}
    made = (await ask(SUBMIT, chi, input=asked)).field["run"]
    assert {**made, "id": ""} == {
        "id": "",
        "purpose": "headcounts",
        "state": "to_check",
        "step": "waiting",
        "fileName": "import.csv",
        "source": "Sổ đoàn viên",
    }
    await job_queue.run_all()
    assert (await ask(APPLY, chi, id=made["id"])).field["run"]["state"] == "to_apply"
    await job_queue.run_all()
    run = (await ask(READ, chi, id=made["id"])).field
    assert (run["state"], run["rows"], run["done"], run["reorganisation"]) == ("applied", 1, 1, None)
    assert {one["kind"]: one["count"] for one in run["counts"]} == {"published": 1, "corrected": 0, "unchanged": 0}
    assert (await ask(APPLY, chi, id=made["id"])).code == "IMPORT_NOT_READY"


async def test_problems_are_told_by_row(ask, chi, job_queue):
    asked = {"purpose": "people", "csv": PEOPLE.replace("chair", "king"), "apply": True}
    made = (await ask(SUBMIT, chi, input=asked)).field["run"]
    await job_queue.run_all()
    run = (await ask(READ, chi, id=made["id"])).field
    assert (run["state"], run["problemCount"]) == ("refused", 1)
    [remark] = run["remarks"]["nodes"]
    assert (remark["isProblem"], remark["row"], remark["column"], remark["code"]) == (True, 2, "post", "UNKNOWN_CODE")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"purpose": "salaries", "csv": "x"}, "INVALID_INPUT"),
        ({"purpose": "units", "csv": "x"}, "FORBIDDEN"),
        ({"purpose": "people", "csv": ""}, "INVALID_INPUT"),
        ({"purpose": "people", "csv": "x", "on": "2199-01-01"}, "DATE_TOO_FAR"),
        ({"purpose": "people", "csv": "x", "source": "x" * 201}, "INVALID_INPUT"),
    ],
)
async def test_what_can_not_be_brought_is_refused(ask, chi, everything, asked, code):
    before = await everything()
    assert (await ask(SUBMIT, chi, input=asked)).code == code
    assert (await ask(SUBMIT, input=asked)).code == "SIGN_IN_REQUIRED"
    assert await everything() == before


async def test_too_many_files_are_refused(ask, chi):
    for _ in range(20):
        await submit_import(chi, "people", PEOPLE.encode(), "a.csv")
    assert (await ask(SUBMIT, chi, input={"purpose": "people", "csv": PEOPLE})).code == "IMPORT_LIMIT_REACHED"


async def test_files_are_listed_by_the_page_with_as_many_statements_for_many_as_for_few(ask, chi, job_queue):
    for _ in range(3):
        await submit_import(chi, "people", PEOPLE.replace("chair", "king").encode(), "a.csv")
        await submit_import(chi, "headcounts", HEADCOUNTS.encode(), "a.csv")
    await job_queue.run_all()
    # Statements are counted on one connection, which a transaction keeps.
    async with db.transaction():
        with queries() as few:
            first = (await ask(LIST, chi, first=2)).field
    assert [(run["purpose"], run["state"]) for run in first["nodes"]] == [
        ("headcounts", "ready"),
        ("people", "refused"),
    ]
    assert first["nodes"][1]["remarks"]["nodes"] == [{"row": 2, "code": "UNKNOWN_CODE"}]
    async with db.transaction():
        with queries() as many:
            rest = (await ask(LIST, chi, first=20, after=first["pageInfo"]["endCursor"])).field
    assert (len(rest["nodes"]), rest["pageInfo"]["hasNextPage"]) == (4, False)
    assert few.count == many.count == 3
    of_people = (await ask(LIST, chi, first=20, purpose="people")).field
    assert [run["purpose"] for run in of_people["nodes"]] == ["people"] * 3


async def test_a_list_has_an_end_and_a_cursor_of_its_own(ask, chi):
    assert (await ask(LIST, chi, first=101)).code == "INVALID_INPUT"
    assert (await ask(LIST, chi, first=1, after="nonsense")).code == "INVALID_INPUT"
