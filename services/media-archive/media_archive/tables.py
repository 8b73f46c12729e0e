"""Tables as files that spreadsheets open: CSV that Excel reads as UTF-8, and XLSX whose numbers are numbers."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
_WHOLE = "#,##0"
_DAY = "dd/mm/yyyy"
# What a spreadsheet would take for a formula is written as text.
_FORMULA = ("=", "+", "-", "@", "\t")

Cell = str | int | date | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: what it is called, lines above it, the columns' names and the rows."""

    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    above: Sequence[str] = ()


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a table as CSV: UTF-8 with a byte order mark, days in ISO form."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_told(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Return a workbook; its columns' names are bold and stay in sight."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        table: WriteOnlyWorksheet = book.create_sheet(sheet.title[:31])
        table.freeze_panes = f"A{len(sheet.above) + 2}"
        for number, name in enumerate(sheet.columns):
            # The stubs leave this out of sheets that are only written.
            widths = table.column_dimensions  # pyright: ignore[reportAttributeAccessIssue]
            widths[chr(ord("A") + number)].width = max(12, len(name) + 4)
        for line in sheet.above:
            table.append([_bold(table, line)])
        table.append([_bold(table, name) for name in sheet.columns])
        for row in sheet.rows:
            table.append([_cell(table, value) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _bold(table: WriteOnlyWorksheet, text: str) -> Any:
    cell = WriteOnlyCell(table, value=_safe(text))
    cell.font = Font(bold=True)
    return cell


def _cell(table: WriteOnlyWorksheet, value: Cell) -> Any:
    if isinstance(value, str):
        return WriteOnlyCell(table, value=_safe(value))
    is_day = isinstance(value, date)
    cell = WriteOnlyCell(table, value=datetime.combine(value, time()) if is_day else value)
    if is_day:
        cell.number_format = _DAY
    elif value is not None:
        cell.number_format = _WHOLE
    return cell


def _told(value: Cell) -> str:
    if value is None:
        return ""
    return _safe(value) if isinstance(value, str) else str(value)


def _safe(text: str) -> str:
    # XML has no way to say most controls, and a workbook that holds one opens nowhere.
    clean = "".join(letter for letter in text if letter in "\t\n" or letter >= " ")
    return no_formula(clean)


def no_formula(text: str) -> str:
    """Return a text as it is written into a cell."""
    return "'" + text if text.startswith(_FORMULA) else text


def read_cell(text: str) -> str:
    """Return the text that was written by `no_formula`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
