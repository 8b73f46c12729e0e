"""Files that are brought are kept, checked, applied whole or not at all, and forgotten."""

import asyncio
import io
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from kit import db
from kit.errors import Forbidden, InvalidInput, NotFound, SignInRequired
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as
from org.access.service import grant_role, revoke_role
from org.exchange.runs import (
    ImportLimitReached,
    ImportNotReady,
    apply_import,
    find_imports,
    forget_imports,
    import_state,
    imports,
    remarks_of,
    run_import,
    submit_import,
)
from org.exchange.runs.keeping import Overtaken, claim, finish
from org.headcounts.service import subtree_sum
from org.units.service import Decision, find_unit_by_code

# A file tells how far it is from outside its transaction, so these tests need real commits.
pytestmark = pytest.mark.committed

ON = date(2026, 3, 1)
UNITS = "code,name_vi,parent_code,level,kind\nHN-002,Công đoàn Giày,HN,grassroots,enterprise\n"
HEADCOUNTS = "unit_code,day,age_band,gender,members,workers\nHN-001,2026-01-31,under_25,female,5,6\n"
PEOPLE = "unit_code,display_name,post,since\nHN,Nguyễn Thị Hạnh,chair,2026-01-01\n"
FILES = {"units": UNITS, "headcounts": HEADCOUNTS, "people": PEOPLE}
COUNTS = {
    "units": '{"changed": 0, "created": 1, "unchanged": 0}',
    "headcounts": '{"corrected": 0, "published": 1, "unchanged": 0}',
    "people": '{"appointed": 1, "unchanged": 0, "people_added": 1, "people_corrected": 0}',
}


async def brought(job_queue, purpose, text, caller=SYSTEM, **options):
    """Bring a file, let the jobs run, and return the run with what is said of it: (row, column, code)."""
    content = text.encode() if isinstance(text, str) else text
    run_id = await submit_import(caller, purpose, content, "tệp.csv", ON, **options)
    await job_queue.run_all()
    said = await remarks_of([run_id], 100)
    return await import_state(SYSTEM, run_id), [(one["row"], one["column_name"], one["code"]) for one in said]


async def trail():
    rows = await db.rows("SELECT subject, action FROM audit WHERE kind = 'import' ORDER BY id")
    return [tuple(row) for row in rows]


@pytest.fixture
async def but_the_run(everything):
    """Return a function that tells all that is stored but the files themselves and their trail."""

    async def told():
        found = await everything()
        return {name: rows for name, rows in found.items() if not name.startswith("import_") and name != "audit"}

    return told


@pytest.mark.parametrize("purpose", FILES)
async def test_a_file_is_checked_first_and_applied_when_somebody_says_so(tree, job_queue, but_the_run, purpose):
    await grant_role(SYSTEM, "chi", "admin", tree.hanoi["id"])
    chi = caller_as("admin", tree.hanoi, subject="chi")
    before = await but_the_run()
    run, said = await brought(job_queue, purpose, FILES[purpose], chi, decision=Decision("50/QĐ"))
    assert (run["state"], run["step"], run["rows"], run["done"], said) == ("ready", "finished", 1, 1, [])
    assert run["counts"] == COUNTS[purpose]
    assert await but_the_run() == before

    assert (await apply_import(chi, run["id"]))["state"] == "to_apply"
    await job_queue.run_all()
    run = await import_state(chi, run["id"])
    assert (run["state"], run["counts"]) == ("applied", COUNTS[purpose])
    assert (run["version"] is not None) == (purpose == "units")
    assert await trail() == [("chi", "import.submitted"), ("chi", "import.confirmed"), ("chi", "import.applied")]
    with pytest.raises(ImportNotReady):
        await apply_import(chi, run["id"])


async def test_what_was_applied_is_there(tree, job_queue):
    for purpose, text in FILES.items():
        run, _ = await brought(job_queue, purpose, text, applies=True)
        assert run["state"] == "applied"
    assert (await find_unit_by_code("HN-002"))["created_on"] == ON
    [sums] = await subtree_sum([tree.hanoi["path"]], ON, ("age_band",))
    assert [(cell.members, cell.workers) for cell in sums.cells] == [(5, 6)]
    assert await db.value("SELECT source FROM headcount_publication") == "tệp.csv"
    assert await db.value("SELECT display_name FROM person") == "Nguyễn Thị Hạnh"


async def test_the_source_of_numbers_is_the_one_that_was_told(tree, job_queue):
    await brought(job_queue, "headcounts", HEADCOUNTS, source="Sổ đoàn viên", applies=True)
    assert await db.value("SELECT source FROM headcount_publication") == "Sổ đoàn viên"


WRONG = {
    "a parent that nobody knows": ("units", UNITS.replace(",HN,", ",XX,"), (2, "parent_code", "INVALID_INPUT")),
    "an age band that nobody knows": (
        "headcounts",
        HEADCOUNTS.replace("under_25", "old"),
        (2, "age_band", "UNKNOWN_CODE"),
    ),
    "a post that nobody knows": ("people", PEOPLE.replace("chair", "king"), (2, "post", "UNKNOWN_CODE")),
    "columns of another table": ("people", HEADCOUNTS, (1, None, "UNKNOWN_COLUMN")),
    "a column that is missing": ("headcounts", "unit_code\nHN\n", (1, "day", "MISSING_COLUMN")),
    "broken UTF-8": ("people", PEOPLE.encode().replace(b"chair", b"cha\xff\xfe"), (2, None, "BROKEN_TEXT")),
    "a file that is none": ("units", b"PK\x03\x04rubbish", (None, None, "NOT_A_TABLE")),
    "a comma in a name without quotes": (
        "units",
        UNITS.replace("Công đoàn Giày", "Giày, dép"),
        (2, None, "TOO_MANY_CELLS"),
    ),
    "a unit under itself": ("units", UNITS.replace(",HN,", ",HN-002,"), (2, "parent_code", "CYCLE")),
    "no rows": ("headcounts", HEADCOUNTS.split("\n")[0], (None, None, "NO_ROWS")),
}


@pytest.mark.parametrize(("purpose", "content", "remark"), WRONG.values(), ids=WRONG.keys())
async def test_a_bad_file_is_refused_with_its_rows_and_nothing_changes(
    tree, job_queue, but_the_run, purpose, content, remark
):
    before = await but_the_run()
    run, said = await brought(job_queue, purpose, content, applies=True)
    assert run["state"] == "refused"
    assert said[0] == remark
    assert run["problems"] == len(said)
    assert await but_the_run() == before
    with pytest.raises(ImportNotReady):
        await apply_import(SYSTEM, run["id"])


async def test_one_bad_row_among_good_ones_keeps_all_of_them_out(tree, job_queue, but_the_run):
    before = await but_the_run()
    run, said = await brought(job_queue, "people", PEOPLE + "HN,An,king,2026-01-01\nHUE,Bình,chair,2026-01-01\n")
    assert (run["state"], said) == ("refused", [(3, "post", "UNKNOWN_CODE")])
    assert await but_the_run() == before


def bomb() -> bytes:
    """A workbook whose sheet says nothing but blanks, half a gigabyte of them in less than a megabyte."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet,
    ):
        for _ in range(450):
            sheet.write(b" " * 1_048_576)
    return file.getvalue()


async def test_a_workbook_that_unpacks_to_far_more_is_refused_unread(tree, job_queue):
    run, said = await brought(job_queue, "units", bomb(), applies=True)
    assert (run["state"], said) == ("refused", [(None, None, "FILE_TOO_LARGE")])


async def test_a_formula_that_was_never_calculated_is_no_number(tree, job_queue, but_the_run):
    book = Workbook()
    for line in HEADCOUNTS.strip().split("\n"):
        book.active.append(line.split(","))
    book.active["E2"] = "=2+3"
    file = io.BytesIO()
    book.save(file)
    before = await but_the_run()
    run, said = await brought(job_queue, "headcounts", file.getvalue(), applies=True)
    assert (run["state"], said) == ("refused", [(2, "members", "INVALID_INPUT")])
    assert await but_the_run() == before


async def test_text_that_looks_like_a_formula_stays_text(tree, job_queue):
    await brought(job_queue, "people", PEOPLE.replace("Nguyễn Thị Hạnh", "'=cmd|x"), applies=True)
    assert await db.value("SELECT display_name FROM person") == "=cmd|x"


ROLES = {"units": "admin", "headcounts": "editor", "people": "editor"}
HOLDERS = [("worker", False), ("contributor", False), ("editor", True), ("analyst", False), ("admin", True)]


@pytest.mark.parametrize("purpose", FILES)
@pytest.mark.parametrize(("role", "is_editor"), HOLDERS)
async def test_who_may_bring_what(tree, job_queue, everything, purpose, role, is_editor):
    await grant_role(SYSTEM, "chi", role, tree.hanoi["id"])
    chi = caller_as(role, tree.hanoi, subject="chi")
    if is_editor if ROLES[purpose] == "editor" else role == "admin":
        run, said = await brought(job_queue, purpose, FILES[purpose], chi, applies=True)
        assert (run["state"], said) == ("applied", [])
        return
    before = await everything()
    with pytest.raises(Forbidden):
        await submit_import(chi, purpose, FILES[purpose].encode(), "a.csv", ON)
    assert await everything() == before


FORBIDDEN = "Anh/chị không có quyền làm việc này."
REFUSALS = {
    "units": FORBIDDEN,
    "headcounts": "unit_code: anh/chị không có quyền nhập số liệu của đơn vị này.",
    "people": FORBIDDEN,
}


@pytest.mark.parametrize("purpose", FILES)
async def test_admins_of_another_unit_are_refused_by_the_rows(tree, job_queue, but_the_run, purpose):
    await grant_role(SYSTEM, "chi", "admin", tree.hue["id"])
    before = await but_the_run()
    run, said = await brought(
        job_queue, purpose, FILES[purpose], caller_as("admin", tree.hue, subject="chi"), applies=True
    )
    assert (run["state"], [row for row, *_ in said]) == ("refused", [2])
    told = await remarks_of([run["id"]], 10)
    assert told[0]["vi"] == REFUSALS[purpose]
    assert await but_the_run() == before


async def test_a_role_that_was_taken_away_since_does_not_help(tree, job_queue):
    grant = await grant_role(SYSTEM, "chi", "admin", tree.hanoi["id"])
    run, _ = await brought(job_queue, "people", PEOPLE, caller_as("admin", tree.hanoi, subject="chi"))
    assert run["state"] == "ready"
    await revoke_role(SYSTEM, grant["id"] if not hasattr(grant, "id") else grant.id)
    await apply_import(caller_as("admin", tree.hanoi, subject="chi"), run["id"])
    await job_queue.run_all()
    run = await import_state(SYSTEM, run["id"])
    assert run["state"] == "refused"
    assert await db.value("SELECT count(*) FROM person") == 0


async def test_nobody_and_nothing_are_refused(tree, everything):
    before = await everything()
    with pytest.raises(SignInRequired):
        await submit_import(ANONYMOUS, "units", b"x", "a.csv", ON)
    for content in (b"", b"x" * (20 * 1024 * 1024 + 1)):
        with pytest.raises(InvalidInput):
            await submit_import(SYSTEM, "units", content, "a.csv", ON)
    with pytest.raises(InvalidInput):
        await submit_import(SYSTEM, "salaries", b"x", "a.csv", ON)
    with pytest.raises(InvalidInput):
        await submit_import(SYSTEM, "headcounts", b"x", "a.csv", ON, source="x" * 201)
    assert await everything() == before


async def test_nobody_has_more_than_twenty_files_waiting(tree):
    for _ in range(20):
        await submit_import(SYSTEM, "units", UNITS.encode(), "a.csv", ON)
    with pytest.raises(ImportLimitReached):
        await submit_import(SYSTEM, "units", UNITS.encode(), "a.csv", ON)
    await submit_import(caller_as("admin", tree.hanoi, subject="chi"), "units", UNITS.encode(), "a.csv", ON)


async def test_files_are_seen_by_who_brought_them_and_by_admins_of_all(tree):
    chi = caller_as("editor", tree.hanoi, subject="chi")
    run_id = await submit_import(chi, "people", PEOPLE.encode(), "a.csv", ON)
    for who in (chi, caller_as("admin", tree.top)):
        assert [row["id"] for row in await imports(who, 10)] == [run_id]
        assert [row["id"] for row in await imports(who, 10, purpose="units")] == []
    for who in (caller_as("admin", tree.hanoi, subject="an"), caller_as("editor", tree.top, subject="an"), ANONYMOUS):
        assert await imports(who, 10) == []
        with pytest.raises(NotFound):
            await import_state(who, run_id)


async def content_of(run_id):
    return await db.value("SELECT content FROM import_run WHERE id = $1", run_id)


async def test_a_file_is_dropped_as_soon_as_it_is_done_with(tree, job_queue):
    ready, _ = await brought(job_queue, "people", PEOPLE)
    assert await content_of(ready["id"]) == PEOPLE.encode()
    await apply_import(SYSTEM, ready["id"])
    await job_queue.run_all()
    assert await content_of(ready["id"]) is None
    refused, _ = await brought(job_queue, "people", PEOPLE.replace("chair", "king"))
    assert await content_of(refused["id"]) is None


async def test_a_file_that_nobody_applied_is_dropped_after_a_week_with_what_was_said_of_people(tree, job_queue):
    ready, _ = await brought(job_queue, "people", PEOPLE)
    refused, _ = await brought(job_queue, "people", PEOPLE.replace("chair", "king"))
    await forget_imports()
    assert (await import_state(SYSTEM, ready["id"]))["state"] == "ready"
    await db.execute("UPDATE import_run SET submitted_at = submitted_at - interval '8 days'")
    await forget_imports()
    state = await import_state(SYSTEM, ready["id"])
    assert (state["state"], await content_of(ready["id"])) == ("expired", None)
    assert (await import_state(SYSTEM, refused["id"]))["state"] == "refused"
    assert await remarks_of([refused["id"]], 10) == []
    with pytest.raises(ImportNotReady):
        await apply_import(SYSTEM, ready["id"])


async def test_the_run_of_a_worker_that_was_killed_is_taken_over(tree, job_queue):
    text = PEOPLE + "".join(f"HN,Người số {n},communications_officer,2026-01-01\n" for n in range(400))
    run_id = await submit_import(SYSTEM, "people", text.encode(), "a.csv", ON, applies=True)
    job_queue.waiting.clear()
    worker = asyncio.create_task(run_import.work(str(run_id)))
    while (await import_state(SYSTEM, run_id))["step"] != "writing":
        await asyncio.sleep(0.01)
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker
    assert (await import_state(SYSTEM, run_id))["state"] == "to_apply"
    assert await db.value("SELECT count(*) FROM person") == 0

    await db.execute("UPDATE import_run SET submitted_at = submitted_at - interval '2 minutes'")
    await find_imports()
    assert await job_queue.run_all() == 0
    await db.execute("UPDATE import_run SET claimed_at = claimed_at - interval '61 seconds'")
    await find_imports()
    await job_queue.run_all()
    state = await import_state(SYSTEM, run_id)
    assert (state["state"], state["done"], state["rows"]) == ("applied", 401, 401)
    assert await db.value("SELECT count(*) FROM person") == 401


async def test_a_worker_that_comes_back_late_changes_nothing(tree, job_queue):
    run_id = await submit_import(SYSTEM, "people", PEOPLE.encode(), "a.csv", ON, applies=True)
    job_queue.waiting.clear()
    late = await claim(run_id)
    await db.execute("UPDATE import_run SET claimed_at = claimed_at - interval '61 seconds'")
    await run_import(str(run_id))
    with pytest.raises(Overtaken):
        await finish(late, "refused", [])
    assert (await import_state(SYSTEM, run_id))["state"] == "applied"


async def test_a_file_that_ends_its_worker_each_time_is_given_up(tree, job_queue):
    run_id = await submit_import(SYSTEM, "people", PEOPLE.encode(), "a.csv", ON, applies=True)
    await db.execute("UPDATE import_run SET attempts = 3")
    await job_queue.run_all()
    assert (await import_state(SYSTEM, run_id))["state"] == "refused"
    assert [row["code"] for row in await remarks_of([run_id], 10)] == ["GAVE_UP"]
    assert await db.value("SELECT count(*) FROM person") == 0
