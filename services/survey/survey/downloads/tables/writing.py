"""Released tables written as CSV, XLSX and Parquet."""

import asyncio
import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from survey.downloads.cells import harmless, plain
from survey.downloads.progress import FileTooLarge, Progress
from survey.downloads.service import Download
from survey.downloads.tables.rows import Contents, Row, contents, tidy
from survey.downloads.tables.words import COLUMNS, HIDDEN, method_lines
from survey.questionnaires.definition import SEGMENTS
from survey.results.reading import Release

# A worksheet holds 1,048,576 rows; a file near that is one for other formats.
MOST_ROWS = 1_000_000

_TYPES: Mapping[str, Any] = {
    "wave": pa.int32(),
    "release": pa.int32(),
    "is_simulated": pa.bool_(),
    "is_combined": pa.bool_(),
    "is_wider": pa.bool_(),
    "low_base": pa.bool_(),
    "n": pa.int32(),
    "people": pa.int32(),
    **dict.fromkeys(
        ("coverage", "share", "low", "high", "standard_error", "mean", "mean_error"),
        pa.float64(),
    ),
}


async def write_tables(found: Download, release: Release, path: Path, progress: Progress) -> None:
    """Write a unit's tables in the download's format; raise FileTooLarge above a million rows."""
    read = await contents(release, found.unit_id, lambda part: progress.reach(part * 0.7))
    write: Callable[[Contents, Path], None] = {"csv": _csv, "xlsx": _xlsx, "parquet": _parquet}[found.format]
    await asyncio.to_thread(write, read, path)


def _bounded(read: Contents) -> list[Row]:
    rows: list[Row] = []
    for row in tidy(read):
        rows.append(row)
        if len(rows) > MOST_ROWS:
            raise FileTooLarge()
    return rows


def _csv(read: Contents, path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(Row._fields)
        writer.writerows([_shown(cell) for cell in row] for row in _bounded(read))


def _shown(value: str | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return harmless(value) if isinstance(value, str) else f"{value:.10g}"


def _parquet(read: Contents, path: Path) -> None:
    rows = _bounded(read)
    schema = pa.schema(
        [pa.field(name, _TYPES.get(name, pa.string())) for name in Row._fields],
        metadata={
            "loa.release": str(read.release.id),
            "loa.method": orjson.dumps(read.release.method).decode(),
            "loa.columns": orjson.dumps({name: text.in_("en") for name, text in COLUMNS}).decode(),
        },
    )
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True)
    arrays = [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path, compression="zstd")


def _xlsx(read: Contents, path: Path) -> None:
    book = Workbook(write_only=True)
    _sheet(book, "tables", Row._fields, _bounded(read))
    _codebook(book, read)
    lines = zip(method_lines(read.release, read.place, "vi"), method_lines(read.release, read.place, "en"), strict=True)
    _sheet(
        book,
        "method",
        ("vi", "giá trị", "en", "value"),
        [(vi.name.in_("vi"), vi.value, en.name.in_("en"), en.value) for vi, en in lines],
    )
    _margins(book, read)
    book.save(path)


def _codebook(book: Workbook, read: Contents) -> None:
    segments = [
        ("segment", name, code, text.in_("vi"), text.in_("en"))
        for name in SEGMENTS
        for code, text in read.labels[name].items()
    ]
    questions: list[tuple[str, ...]] = []
    for question in (table.question for table in read.tables if table.question):
        questions.append(("question", question.code, "", question.text.in_("vi"), question.text.in_("en")))
        questions += [
            ("choice", question.code, choice.code, choice.text.in_("vi"), choice.text.in_("en"))
            for choice in question.choices
        ]
    columns = [("column", name, "", text.in_("vi"), text.in_("en")) for name, text in COLUMNS]
    hidden = [("status", "status", "hidden", HIDDEN.in_("vi"), HIDDEN.in_("en"))]
    _sheet(book, "codebook", ("what", "name", "code", "vi", "en"), [*columns, *hidden, *segments, *questions])


def _margins(book: Workbook, read: Contents) -> None:
    """Write whom the answers are weighted to: the people of the frame by cell, as far as shown."""
    head = ("age_band", "gender", "region", "label_vi", "label_en", "status", "people", "answers", "coverage")
    rows = [
        (
            *cell.segment,
            cell.label.in_("vi"),
            cell.label.in_("en"),
            "hidden" if cell.base is None else "shown",
            cell.people,
            cell.base,
            cell.coverage,
        )
        for cell in read.tables[0].cells
    ]
    _sheet(book, "margins", head, rows)


def _sheet(book: Workbook, name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    sheet: WriteOnlyWorksheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    cells = [WriteOnlyCell(sheet, value=text) for text in head]
    for cell in cells:
        cell.font = Font(bold=True)
    sheet.append(cells)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: WriteOnlyWorksheet, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    # What would be taken for a formula or a fault is said to be a text, and stays one.
    if value.startswith(("=", "#")):
        cell = WriteOnlyCell(sheet, value=plain(value))
        cell.data_type = "s"
        return cell
    return plain(value)
