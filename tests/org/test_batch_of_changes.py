"""Batches: a file of changes is checked row by row, and carried out all or none, in the background."""

import io
import unicodedata
from datetime import date

import pytest
from openpyxl import Workbook
from reorganisation_world import FOUNDED, cells, counts, lineage, newest, state

from kit import db
from kit.errors import Forbidden, InvalidInput, NotFound
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.access.service import grant_role
from org.exchange.runs import ImportNotReady, apply_import, find_imports, import_state, remarks_of
from org.exchange.sheets import REORGANISATION
from org.reorganisations.service import submit_batch, undo_reorganisation
from org.reorganisations.service.batch_rows import COLUMNS
from org.units.service import Decision, find_unit, find_unit_by_code

# A batch tells how far it is from outside its transaction, so these tests need real commits.
pytestmark = pytest.mark.committed

ON = date(2026, 3, 1)
HEAD = "operation,old_code,new_code,new_parent_code,new_name,level,kind,share,note\n"
ROWS = (
    "create,,HN-010,HN,Công đoàn Khu phố cổ,grassroots,enterprise,,\n"
    "merge,HN-001,HN-010,,,,,,\n"
    "split,HN-002,HN-010,,,,,0.25,một phần\n"
    "split,HN-002,HN-003,,,,,,phần còn lại\n"
    "rename,HN-003,,,Công đoàn Công ty Nhựa Việt,,,,\n"
    "move,EVN-1,,HN,,,,,\n"
)


@pytest.fixture
async def world(tree, new_unit):
    await new_unit(tree.hanoi, "Công đoàn Công ty Giày", "HN-002", "grassroots")
    await new_unit(tree.hanoi, "Công đoàn Công ty Nhựa", "HN-003", "grassroots")
    await new_unit(tree.evn, "Công đoàn Thủy điện", "EVN-1", "grassroots")
    await cells(await find_unit_by_code("HN-002"), FOUNDED, {("under_25", "female"): (10, 10)})
    return tree


async def submitted(job_queue, content, caller=SYSTEM, name="dot-1.csv", **options):
    """Submit a file, let the jobs run, and return the batch with what is said of it: (row, column, code)."""
    data = content if isinstance(content, bytes) else content.encode()
    batch_id = await submit_batch(caller, data, name, ON, **options)
    await job_queue.run_all()
    said = await remarks_of([batch_id], 100, None)
    return await import_state(SYSTEM, batch_id), [(one["row"], one["column_name"], one["code"]) for one in said]


async def test_is_checked_first_and_applied_when_told(world, job_queue):
    before = await state()
    batch, said = await submitted(job_queue, HEAD + ROWS, decision=Decision("50/QĐ-LĐLĐ"))
    assert (batch["state"], batch["step"], batch["rows"], batch["done"]) == ("ready", "finished", 6, 6)
    assert said == [(3, "old_code", "GOES_ALONG")]
    assert await state() == before
    await apply_import(SYSTEM, batch["id"])
    await job_queue.run_all()
    batch = await import_state(SYSTEM, batch["id"])
    assert batch["state"] == "applied"
    made = await db.row("SELECT kind, version, decision_number FROM reorganisation ORDER BY version DESC LIMIT 1")
    assert tuple(made) == ("batch", batch["version"], "50/QĐ-LĐLĐ")
    old_quarter = await find_unit_by_code("HN-010")
    assert (await find_unit(world.section["id"]))["parent_id"] == old_quarter["id"]
    assert (await find_unit_by_code("HN-003"))["name_vi"] == "Công đoàn Công ty Nhựa Việt"
    assert (await find_unit_by_code("EVN-1"))["parent_id"] == world.hanoi["id"]
    assert [(old, new, float(share), assumed) for old, new, share, assumed in await lineage()] == [
        ("HN-001", "HN-010", 1, False),
        ("HN-002", "HN-003", 0.75, True),
        ("HN-002", "HN-010", 0.25, False),
    ]
    assert await counts(old_quarter, ON) == {("under_25", "female"): (2, 2)}
    assert await counts(await find_unit_by_code("HN-003"), ON) == {("under_25", "female"): (8, 8)}
    await undo_reorganisation(SYSTEM, await newest())
    assert await state() == before


async def test_can_be_applied_at_once_and_only_once(world, job_queue):
    batch, _ = await submitted(job_queue, HEAD + ROWS, applies=True)
    assert batch["state"] == "applied"
    version = await db.value("SELECT version FROM tree_version")
    with pytest.raises(ImportNotReady):
        await apply_import(SYSTEM, batch["id"])
    await db.execute("UPDATE import_run SET submitted_at = now() - interval '1 day', claimed_at = NULL")
    await find_imports()
    assert job_queue.waiting == []
    assert await db.value("SELECT version FROM tree_version") == version


async def test_a_batch_that_nobody_works_on_is_found_again(world, job_queue):
    batch_id = await submit_batch(SYSTEM, (HEAD + ROWS).encode(), "a.csv", ON)
    job_queue.waiting.clear()
    await find_imports()
    assert job_queue.waiting == []
    await db.execute("UPDATE import_run SET submitted_at = now() - interval '1 day'")
    await find_imports()
    await job_queue.run_all()
    assert (await import_state(SYSTEM, batch_id))["state"] == "ready"


def workbook(text, **cells_of):
    book = Workbook()
    for line in text.strip().split("\n"):
        book.active.append(line.split(","))
    for place, value in cells_of.items():
        book.active[place] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


SAME = {
    "with a byte order mark": lambda text: text.encode("utf-8-sig"),
    "with semicolons": lambda text: text.replace(",", ";").encode(),
    "with letters taken apart": lambda text: unicodedata.normalize("NFD", text).encode(),
    "with Vietnamese headings": lambda text: (
        text.replace("operation,old_code", "Thao tác,Mã cũ")
        .replace("rename,", "Đổi tên,")
        .replace("merge,", "nhập,")
        .encode()
    ),
    "as a workbook": lambda text: workbook(text, H4=0.25),
    "with Windows line ends and blank rows": lambda text: text.replace("\n", "\r\n,,,,,,,,\r\n").encode(),
    "with percents": lambda text: text.replace("0.25", '"25 %"').encode(),
    "with a comma in numbers": lambda text: text.replace("0.25", '"0,25"').encode(),
}


@pytest.mark.parametrize("form", SAME)
async def test_reads_what_spreadsheets_write(form, world, job_queue):
    batch, said = await submitted(job_queue, SAME[form](HEAD + ROWS), applies=True)
    assert (batch["state"], len(said)) == ("applied", 1)
    assert (await find_unit_by_code("HN-003"))["name_vi"] == "Công đoàn Công ty Nhựa Việt"
    assert float((await lineage())[2][2]) == 0.25


WRONG_FILES = {
    "an unknown column": ("operation,old_code,mystery\nmerge,A,B\n", [(1, None, "UNKNOWN_COLUMN")]),
    "no operation": ("old_code,new_code\nA,B\n", [(1, "operation", "MISSING_COLUMN")]),
    "a column twice": ("operation,old_code,Mã cũ\nmerge,A,B\n", [(1, "old_code", "COLUMN_TWICE")]),
    "broken characters": (HEAD.encode() + b"merge,HN-001,\xff\xfe,,,,,,\n", [(2, None, "BROKEN_TEXT")]),
    "characters that were broken before": (HEAD + "rename,HN-001,,,C\ufffdng,,,,\n", [(2, None, "BROKEN_TEXT")]),
    "a text that never ends": (HEAD + 'rename,HN-001,,,"C' + "\n" * 3, [(2, None, "NOT_A_TABLE")]),
    "a workbook that is none": (b"PK\x03\x04 nothing", [(None, None, "NOT_A_TABLE")]),
    "a very long text": (HEAD + f"rename,HN-001,,,{'x' * 600},,,,\n", [(2, "new_name", "TEXT_TOO_LONG")]),
}


@pytest.mark.parametrize("case", WRONG_FILES)
async def test_refuses_files_that_are_no_such_table(case, world, job_queue):
    content, expected = WRONG_FILES[case]
    before = await state()
    batch, said = await submitted(job_queue, content, applies=True)
    assert (batch["state"], said) == ("refused", expected)
    assert await state() == before


WRONG_ROWS = {
    "an unknown operation": ("join,HN-001,HN-002,,,,,,\n", (2, "operation", "UNKNOWN_OPERATION")),
    "a value is missing": ("merge,HN-001,,,,,,,\n", (2, "new_code", "MISSING_VALUE")),
    "an unknown unit": ("merge,HN-999,HN-002,,,,,,\n", (2, "old_code", "UNKNOWN_UNIT")),
    "an unknown successor": ("merge,HN-001,HN-999,,,,,,\n", (2, "new_code", "UNKNOWN_UNIT")),
    "an unknown parent": ("move,HN-001,,HN-999,,,,,\n", (2, "new_parent_code", "UNKNOWN_UNIT")),
    "the same unit twice": (
        "merge,HN-002,HN-003,,,,,,\nmerge,HN-002,HN-001,,,,,,\n",
        (3, "old_code", "DUPLICATE"),
    ),
    "a unit that closes is renamed": (
        "merge,HN-002,HN-003,,,,,,\nrename,HN-002,,,Tên mới,,,,\n",
        (3, "old_code", "DUPLICATE"),
    ),
    "created twice": (
        "create,,X-1,HN,A,grassroots,enterprise,,\ncreate,,X-1,HN,B,grassroots,enterprise,,\n",
        (3, "new_code", "DUPLICATE"),
    ),
    "two parents on one day": (
        "move,HN-002,,HUE,,,,,\nmove,HN-002,,TLD,,,,,\n",
        (3, "new_parent_code", "DUPLICATE"),
    ),
    "another name without the first": (
        "change,HN-002,,,,grassroots,,,\nrename,HN-001,,,,,,,\n",
        (3, "new_name", "MISSING_VALUE"),
    ),
    "renamed twice": ("rename,HN-002,,,A,,,,\nrename,HN-002,,,B,,,,\n", (3, "new_name", "DUPLICATE")),
    "a part twice": (
        "split,HN-002,HN-003,,,,,0.5,\nsplit,HN-002,HN-003,,,,,0.5,\n",
        (3, "new_code", "DUPLICATE"),
    ),
    "a successor that closes": (
        "merge,HN-002,HN-003,,,,,,\nmerge,HN-003,HN-001,,,,,,\n",
        (2, "new_code", "CLOSES"),
    ),
    "a share that is none": ("split,HN-002,HN-003,,,,,half,\n", (2, "share", "BAD_SHARE")),
    "shares that make no whole": (
        "split,HN-002,HN-003,,,,,0.5,\nsplit,HN-002,HN-001,,,,,0.4,\n",
        (2, "share", "INVALID_INPUT"),
    ),
    "a code that is none": ("create,,mã mới,HN,A,grassroots,enterprise,,\n", (2, "new_code", "INVALID_INPUT")),
    "an unknown level": ("create,,X-1,HN,A,nothing,enterprise,,\n", (2, "level", "UNKNOWN_CODE")),
    "a level that may not be there": ("create,,X-1,HN,A,team,section,,\n", (2, "level", "LEVEL_NOT_ALLOWED")),
    "a name that is taken": (
        "create,,X-1,HN,công đoàn công ty nhựa,grassroots,enterprise,,\n",
        (2, "new_name", "UNIT_NAME_TAKEN"),
    ),
    "a code that is taken": ("create,,HN-002,HN,A,grassroots,enterprise,,\n", (2, "new_code", "UNIT_CODE_TAKEN")),
    "a ring": ("move,HN-001,,HN-001-01,,,,,\n", (2, "new_parent_code", "CYCLE")),
    "a unit under itself": ("move,HN-001,,HN-001,,,,,\n", (2, "new_parent_code", "CYCLE")),
    "a new unit under itself": ("create,,X-1,X-1,A,grassroots,enterprise,,\n", (2, "new_parent_code", "CYCLE")),
    "children that go nowhere": ("dissolve,HN-001,,,,,,,\n", (2, None, "UNIT_HAS_CHILDREN")),
    "nothing changes": ("change,HN-001,,,,,,,\n", (2, None, "NOTHING_CHANGES")),
}


@pytest.mark.parametrize("case", WRONG_ROWS)
async def test_names_the_row_and_applies_nothing(case, world, job_queue):
    rows, expected = WRONG_ROWS[case]
    before = await state()
    told = await db.value("SELECT count(*) FROM outbox")
    batch, said = await submitted(job_queue, HEAD + rows + "rename,EVN-1,,,Tên khác,,,,\n", applies=True)
    assert batch["state"] == "refused"
    assert expected in said
    assert {column for _, column, _ in said} <= {None, *(column.name for column in REORGANISATION.columns)}
    assert await state() == before
    assert await db.value("SELECT count(*) FROM outbox") == told


async def test_says_all_that_is_wrong_in_both_languages(world, job_queue):
    rows = "merge,HN-998,HN-002,,,,,,\nmove,HN-001,,HN-999,,,,,\ncreate,,X-1,HN,A,nothing,enterprise,,\n"
    batch, said = await submitted(job_queue, HEAD + rows)
    assert (batch["state"], batch["problems"]) == ("refused", 3)
    assert said == [
        (2, "old_code", "UNKNOWN_UNIT"),
        (3, "new_parent_code", "UNKNOWN_UNIT"),
        (4, "level", "UNKNOWN_CODE"),
    ]
    first = (await remarks_of([batch["id"]], 1, None))[0]
    assert (first["vi"], first["en"]) == (
        "Ngày 01/03/2026 không có đơn vị nào mang mã “HN-998”.",
        "On 2026-03-01 no unit has the code “HN-998”.",
    )


async def test_what_a_checked_file_would_do_is_listed_until_it_is_applied(ask, client, world, job_queue):
    await grant_role(SYSTEM, "chi", "editor", (await find_unit_by_code("HN-002"))["id"])
    batch, _ = await submitted(job_queue, HEAD + ROWS)
    admin = caller_as("admin", world.top)
    listing = """query ($id: ID!) { importRun(id: $id) { preview { unitCount grantCount
      units { nodes { what codeBefore codeAfter } } headcounts { nodes { code membersBefore membersAfter } }
      grants { nodes { unitCode code named } } } } }"""
    preview = (await ask(listing, admin, id=str(batch["id"]))).field["preview"]
    assert (preview["unitCount"], preview["grantCount"]) == (6, 1)
    assert [(one["codeBefore"], one["codeAfter"]) for one in preview["units"]["nodes"]][:3] == [
        ("HN-001", None),
        ("HN-002", None),
        (None, "HN-010"),
    ]
    assert sorted((one["code"], one["membersAfter"]) for one in preview["headcounts"]["nodes"]) == [
        ("HN-002", None),
        ("HN-003", 8),
        ("HN-010", 2),
    ]
    assert preview["grants"]["nodes"] == [{"unitCode": "HN-002", "code": "editor", "named": "chi"}]
    file = (await client.get(f"/org/exchange/{batch['id']}/effects.csv", caller=admin)).text.splitlines()
    assert len(file) == 1 + 6 + 3 + 1
    assert file[-1].startswith("Quyền,kết thúc,HN-002,")
    assert file[-1].endswith(",biên tập viên,chi")
    await apply_import(SYSTEM, batch["id"])
    await job_queue.run_all()
    assert (await ask(listing, admin, id=str(batch["id"]))).field["preview"] is None
    assert await db.value("SELECT count(*) FROM import_effect") == 0


async def test_a_commune_does_not_stay_where_its_province_goes(world, job_queue):
    await db.execute("DELETE FROM place WHERE kind = 'commune'")
    await db.execute(
        """INSERT INTO place (kind, code, name_vi, parent_code, province_code, valid, sort_key, search_accented)
           VALUES ('commune', '00004', 'Phường Ba Đình', '01', '01', '[2025-07-01,)', 'x', 'x')"""
    )
    table = "operation,old_code,province,commune\nchange,HN-001,01,00004\n"
    batch, said = await submitted(job_queue, table, applies=True)
    assert (batch["state"], said) == ("applied", [])
    batch, said = await submitted(job_queue, "operation,old_code,province\nchange,HN-001,46\n", applies=True)
    assert (batch["state"], said) == ("refused", [(2, "commune", "INVALID_INPUT")])
    [told] = await remarks_of([batch["id"]], 10)
    assert "“Phường Ba Đình” (00004)" in told["vi"]
    assert told["vi"].endswith("(46); hãy đổi cả xã.")


async def test_both_units_that_would_have_one_name_are_told(world, job_queue, new_unit):
    await new_unit(await find_unit_by_code("HN-002"), "Công đoàn bộ phận Xưởng cắt", "HN-002-01", "section")
    batch, said = await submitted(job_queue, HEAD + "merge,HN-001,HN-002,,,,,,\n", applies=True)
    assert (batch["state"], [code for *_, code in said]) == ("refused", ["UNIT_NAME_TAKEN"])
    [told] = await remarks_of([batch["id"]], 10)
    assert "HN-001-01 (Công đoàn Công ty May Hòa Bình)" in told["vi"]
    assert "HN-002-01 (Công đoàn Công ty Giày)" in told["vi"]


async def test_a_code_passes_from_a_unit_that_closes_to_one_that_begins(world, job_queue):
    rows = (
        "create,,HN-002,HN,Công đoàn Công ty Giày,grassroots,enterprise,,\n"
        "merge,HN-002,HN-002,,,,,,\nmerge,HN-003,HN-002,,,,,,\n"
    )
    batch, said = await submitted(job_queue, HEAD + rows, applies=True)
    assert (batch["state"], said) == ("applied", [])
    assert (await find_unit_by_code("HN-002"))["created_on"] == ON


async def test_a_unit_goes_on_with_a_part_of_itself(world, job_queue):
    rows = "split,HN-002,HN-002,,,,,0.6,\nsplit,HN-002,HN-003,,,,,0.4,\n"
    batch, _ = await submitted(job_queue, HEAD + rows, applies=True)
    assert batch["state"] == "applied"
    shoes = await find_unit_by_code("HN-002")
    assert shoes["closed_on"] is None
    assert await counts(shoes, ON) == {("under_25", "female"): (6, 6)}


async def test_is_judged_by_the_rights_of_who_submitted_it_when_it_runs(world, job_queue):
    hanoi, before = caller_as("admin", world.hanoi, subject="chi"), await state()
    await grant_role(SYSTEM, "chi", "admin", world.hanoi["id"])
    before = await state()
    rows = "rename,HN-002,,,Tên khác,,,,\nmove,EVN-1,,HN,,,,,\n"
    batch, said = await submitted(job_queue, HEAD + rows, hanoi, applies=True)
    assert (batch["state"], said) == ("refused", [(3, None, "FORBIDDEN")])
    assert await state() == before
    batch, said = await submitted(job_queue, HEAD + "rename,HN-002,,,Tên khác,,,,\n", hanoi, applies=True)
    assert batch["state"] == "applied"


async def test_refuses_who_is_no_admin_and_files_that_are_too_large(world):
    with pytest.raises(Forbidden):
        await submit_batch(caller_as("editor", world.top), b"x", "a.csv", ON)
    for content in (b"", b"x" * (20 * 1024 * 1024 + 1)):
        with pytest.raises(InvalidInput):
            await submit_batch(SYSTEM, content, "a.csv", ON)
    assert await db.value("SELECT count(*) FROM import_run") == 0


async def test_the_template_names_every_column():
    from pathlib import Path

    text = (Path(__file__).parents[2] / "docs" / "reorganisation-batches.md").read_text()
    assert all(f"`{column}`" in text for column in COLUMNS)


SUBMIT = """mutation ($input: SubmitImportInput!) { submitImport(input: $input) {
  ... on SubmitImportSuccess { run { id state step fileName effectiveOn decisionNumber } }
  ... on Problem { code } } }"""
READ = """query ($id: ID!) { importRun(id: $id) { state rows done problemCount noticeCount
  counts { kind count } reorganisation { kind }
  remarks { nodes { isProblem row column code message } } } }"""
APPLY = """mutation ($id: ID!) { applyImport(id: $id) {
  ... on ApplyImportSuccess { run { state } } ... on Problem { code } } }"""


async def test_the_graph_takes_text_and_tells_how_far_it_is(ask, world, job_queue):
    me = caller_as("admin", world.top, subject="chi")
    await grant_role(SYSTEM, "chi", "admin", world.top["id"])
    asked = {
        "purpose": "reorganisation",
        "csv": HEAD + ROWS,
        "on": "2026-03-01",
        "fileName": "dot-1.csv",
        "decision": {"number": "50/QĐ"},
    }
    made = (await ask(SUBMIT, me, input=asked)).field["run"]
    assert {**made, "id": ""} == {
        "id": "",
        "state": "to_check",
        "step": "waiting",
        "fileName": "dot-1.csv",
        "effectiveOn": "2026-03-01",
        "decisionNumber": "50/QĐ",
    }
    await job_queue.run_all()
    batch = (await ask(READ, me, id=made["id"])).field
    counted = {one["kind"]: one["count"] for one in batch["counts"]}
    assert (batch["state"], batch["problemCount"], batch["noticeCount"], batch["reorganisation"]) == (
        "ready",
        0,
        1,
        None,
    )
    assert counted == {
        "created": 1,
        "closed": 2,
        "changed": 2,
        "along": 1,
        "transfers": 3,
        "assumed": 1,
        "headcounts": 2,
    }
    assert batch["remarks"]["nodes"][0]["message"].startswith("Tệp không nhắc đến “Công đoàn bộ phận Xưởng cắt”")
    assert (await ask(APPLY, me, id=made["id"])).field["run"]["state"] == "to_apply"
    await job_queue.run_all()
    batch = (await ask(READ, me, id=made["id"])).field
    assert (batch["state"], batch["reorganisation"]) == ("applied", {"kind": "batch"})
    assert (await ask(APPLY, me, id=made["id"])).code == "IMPORT_NOT_READY"


async def test_others_do_not_see_a_batch(ask, world):
    batch_id = str(await submit_batch(caller_as("admin", world.hanoi, subject="chi"), b"x", "a.csv", ON))
    own = await ask("{ importRuns { nodes { id } } }", caller_as("admin", world.hanoi, subject="chi"))
    assert [one["id"] for one in own.field["nodes"]] == [batch_id]
    for stranger in (caller_as("admin", world.hanoi, subject="an"), caller_as("editor", world.top)):
        assert (await ask(READ, stranger, id=batch_id)).code == "NOT_FOUND"
        assert (await ask("{ importRuns { nodes { id } } }", stranger)).field["nodes"] == []
        assert (await ask(APPLY, stranger, id=batch_id)).code == "NOT_FOUND"
    assert (await ask(READ, id=batch_id)).code == "NOT_FOUND"
    top = await ask("{ importRuns { nodes { id } } }", caller_as("admin", world.top))
    assert [one["id"] for one in top.field["nodes"]] == [batch_id]
    with pytest.raises(NotFound):
        await import_state(SYSTEM, world.top["id"])


async def test_the_graph_refuses_text_over_a_megabyte(ask, world):
    asked = {"purpose": "reorganisation", "csv": "x" * (200 * 1024 + 1)}
    assert (await ask(SUBMIT, caller_as("admin", world.top), input=asked)).code == "INVALID_INPUT"
    assert (await ask(SUBMIT, input={"purpose": "reorganisation", "csv": "x"})).code == "SIGN_IN_REQUIRED"
