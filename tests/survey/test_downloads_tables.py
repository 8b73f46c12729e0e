"""A release's tables as CSV, XLSX and Parquet: every cell once, hidden ones without numbers, nothing that calculates."""

import csv
import io
from uuid import uuid4

import openpyxl
import pyarrow.parquet as pq
from downloads_world import OWNER, made, released_world
from results_world import OWNER_PATH

from kit import db
from survey.downloads.cells import harmless
from survey.questionnaires.definition import SEGMENTS
from survey.results import reading
from survey.results.rounding import SHARE_UNIT


async def rows_of(job_queue, release_id):
    _, content = await made(job_queue, release_id, "tables", "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


async def test_has_a_row_for_each_cell_and_choice(database, job_queue):
    _, release_id = await released_world()
    rows = await rows_of(job_queue, release_id)
    keys = {(r["question"], r["age_band"], r["gender"], r["region"], r["choice"]) for r in rows}
    assert len(keys) == len(rows)
    by_question = {}
    for row in rows:
        by_question.setdefault(row["question"], []).append(row)
    # Two ages, three genders in the vocabulary, two regions, and all of each: 3 × 4 × 3 cells.
    assert {code: len(found) for code, found in by_question.items()} == {
        "*": 36,
        "channel": 72,
        "zalo_often": 72,
        "trust": 108,
    }


async def test_states_what_the_release_states(database, job_queue):
    _, release_id = await released_world()
    rows = await rows_of(job_queue, release_id)
    (zalo,) = (
        r
        for r in rows
        if (r["question"], r["choice"], r["age_band"], r["gender"], r["region"]) == ("channel", "zalo", "", "", "")
    )
    stored = await db.row(
        "SELECT n, share, low, high FROM release_table WHERE release_id = $1 AND question_code = 'channel'"
        " AND region IS NULL AND lies_in IS NULL",
        release_id,
    )
    # The last place is of everyone; of its choices the first.
    assert int(zalo["n"]) == stored["n"][-1] == 254
    assert [float(zalo[name]) for name in ("share", "low", "high")] == [
        stored[name][-2] / SHARE_UNIT for name in ("share", "low", "high")
    ]
    assert (zalo["people"], zalo["status"], zalo["low_base"]) == ("1000", "shown", "0")
    assert (zalo["choice_vi"], zalo["choice_en"]) == ("zalo (vi)", "zalo (en)")
    assert zalo["question_vi"] == "Anh/chị biết tin qua đâu?"


async def test_hidden_cells_are_there_without_numbers(database, job_queue):
    _, release_id = await released_world()
    rows = await rows_of(job_queue, release_id)
    hidden = [row for row in rows if row["status"] == "hidden"]
    assert hidden
    numbers = [
        "low_base",
        "n",
        "people",
        "coverage",
        "share",
        "low",
        "high",
        "standard_error",
        "mean",
        "mean_error",
    ]
    assert {row[name] for row in hidden for name in numbers} == {""}
    small = [
        r
        for r in hidden
        if (r["question"], r["age_band"], r["gender"], r["region"]) == ("channel", "under_25", "female", "southeast")
    ]
    assert [row["choice"] for row in small] == ["zalo", "board"]


async def test_the_workbook_has_tables_codebook_method_and_margins(database, job_queue):
    _, release_id = await released_world()
    _, content = await made(job_queue, release_id, "tables", "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    assert book.sheetnames == ["tables", "codebook", "method", "margins"]
    sheets = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}
    assert len(sheets["tables"]) == 1 + 36 + 72 + 72 + 108
    assert ["choice", "channel", "zalo", "zalo (vi)", "zalo (en)"] in sheets["codebook"]
    assert ["Số người trong khung đối tượng", "1.000", "People of the frame", "1,000"] in sheets["method"]
    assert [None, None, None, "Tất cả", "Everyone", "shown", 1000, 254, 0.254] in sheets["margins"]
    assert [row[5] for row in sheets["margins"] if row[1] == "other"][:3] == ["hidden"] * 3


async def test_nothing_in_a_workbook_calculates(database, job_queue):
    _, release_id = await released_world()
    await db.execute("UPDATE term SET vi = '=HYPERLINK(\"http://evil\")' WHERE code = 'female'")
    _, content = await made(job_queue, release_id, "tables", "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(content))
    found = [cell for sheet in book for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert found
    assert {cell.data_type for cell in found} == {"s"}
    rows = await rows_of(job_queue, release_id)
    assert {row["gender_vi"] for row in rows if row["gender"] == "female"} == {'\'=HYPERLINK("http://evil")'}


def test_marks_what_looks_like_a_formula():
    assert [harmless(text) for text in ("=1", "+1", "-1", "@a", "\tx", "'a", "a=1", "a\x07")] == [
        "'=1",
        "'+1",
        "'-1",
        "'@a",
        "'\tx",
        "''a",
        "a=1",
        "a ",
    ]


async def test_parquet_is_typed(database, job_queue, tmp_path):
    _, release_id = await released_world()
    _, content = await made(job_queue, release_id, "tables", "parquet")
    table = pq.read_table(io.BytesIO(content))
    types = {field.name: str(field.type) for field in table.schema}
    assert (types["n"], types["share"], types["is_simulated"], types["choice"]) == ("int32", "double", "bool", "string")
    assert table.num_rows == 288
    assert table.schema.metadata[b"loa.release"] == str(release_id).encode()
    everyone = [
        row
        for row in table.to_pylist()
        if row["question"] == "trust"
        and row["choice"] == "2"
        and not (row["age_band"] or row["gender"] or row["region"])
    ]
    # Everybody said 2, so the cell is hidden, however large it is.
    assert [(row["status"], row["n"], row["share"]) for row in everyone] == [("hidden", None, None)]


async def test_a_unit_has_its_own_tables(database, job_queue):
    world, release_id = await released_world()
    unit_id = await db.value("SELECT unit_id FROM frame_unit WHERE response_group_id = $1", world.groups["southeast"])
    found, content = await made(job_queue, release_id, "tables", "csv", unit_id=unit_id)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert {row["unit_id"] for row in rows} == {str(unit_id)} == {str(found.unit_id)}
    release = await reading.release_of(OWNER, release_id)
    cells = (await reading.participation(release, [], {}, unit_id)).cells
    assert next(row["n"] for row in rows if row["question"] == "*") == str(cells[0].base) == "124"


async def test_a_unit_of_today_has_the_tables_of_the_units_that_it_is_made_of(database, job_queue):
    """Of the south-east's unit a part went to another new one: its figures are wider than the heir."""
    world, release_id = await released_world()
    old = await db.value("SELECT unit_id FROM frame_unit WHERE response_group_id = $1", world.groups["southeast"])
    heir, other, path = uuid4(), uuid4(), f"{OWNER_PATH}00081"
    await db.execute(
        "INSERT INTO unit (id, number, path, name_vi, name_en, code, level, kind, tree_version)"
        " VALUES ($1, 81, $2, 'Mới', 'New', 'N81', 'grassroots', 'union', 2)",
        *(heir, path),
    )
    await db.execute("UPDATE unit SET path = $2 WHERE id = $1", old, f"{path}00003")
    await db.execute_many(
        "INSERT INTO unit_succession VALUES ($1, $2, $3, '2026-06-01')", [(old, heir, 0.6), (old, other, 0.4)]
    )
    _, content = await made(job_queue, release_id, "tables", "csv", unit_id=heir)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert {(row["unit_vi"], row["is_combined"], row["is_wider"]) for row in rows} == {("Mới", "1", "1")}
    everyone = [row for row in rows if row["question"] == "*" and not any(row[name] for name in SEGMENTS)]
    assert [row["n"] for row in everyone] == ["124"]
    _, content = await made(job_queue, release_id, "tables", "xlsx", unit_id=heir)
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    told = {row[0]: row[1] for row in book["method"].iter_rows(values_only=True)}
    assert told["Đơn vị"].startswith("gộp từ 1 đơn vị của khung đối tượng; gồm cả người đã sang đơn vị khác")
