"""Workbooks that people bring, read without trusting them: bounded in bytes, rows and columns, and never run.

XLSX is read with openpyxl, the XLS of before 2007 with xlrd. Of a formula its last result counts; macros, pictures
and links are not looked at.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import repeat
from typing import Any, Literal

import xlrd
from openpyxl import load_workbook

from kit.texts import nfc

XLSX = b"PK\x03\x04"
XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_COLUMNS = 256
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
# As many as a spreadsheet can have. A file may claim more.
_MOST_LINES = 1_048_576

# Why a cell says nothing: its formula was never calculated, or came to an error.
FaultKind = Literal["formula", "error"]


class WorkbookUnreadable(Exception):
    """The bytes are no workbook of their kind, or one with a password."""


class WorkbookTooLarge(Exception):
    """The workbook has more rows or, unpacked, more bytes than are taken."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell whose value can't be known; `column` counts from 0."""

    row: int
    column: int
    kind: FaultKind


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that is not blank: its number as the spreadsheet shows it, and its cells as texts."""

    number: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class WorkbookSheet:
    """A sheet as texts: its name, the rows that are not blank, and the cells whose value can't be known."""

    name: str
    rows: Sequence[SheetRow]
    faults: Sequence[Fault]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken: bytes when unpacked, sheets, and rows with content in a sheet."""

    unpacked: int = 100 * 1024 * 1024
    sheets: int = 50
    rows: int = 20_000


def read_workbook(content: bytes, limits: Limits | None = None) -> list[WorkbookSheet]:
    """Return the sheets of an XLSX or XLS workbook; WorkbookUnreadable or WorkbookTooLarge."""
    limits = limits or Limits()
    if content.startswith(XLS):
        return _xls(content, limits)
    if content.startswith(XLSX):
        return _xlsx(content, limits)
    raise WorkbookUnreadable()


def first_sheet(content: bytes, *, unpacked: int, most_rows: int, most_columns: int) -> Iterator[tuple[int, list[str]]]:
    """Give the rows of an XLSX workbook's first sheet as they are read, blank ones too, cut off at these numbers."""
    _check_size(content, unpacked)
    sheets = _opened(content, formulas=False).worksheets
    if not sheets:
        raise WorkbookUnreadable()
    for number, cells in enumerate(_rows(sheets[0], most_rows, most_columns), start=1):
        yield number, [cell_text(cell) for cell in cells]


def cell_text(cell: object) -> str:
    """Return a cell as it would be typed: whole numbers without a point, days in ISO form, texts in NFC."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return nfc(str(cell))


def _check_size(content: bytes, most: int) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            # No part can be unpacked to more than it declares: zipfile stops there.
            size = sum(part.file_size for part in packed.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise WorkbookUnreadable() from error
    if size > most:
        raise WorkbookTooLarge()


def _opened(content: bytes, *, formulas: bool) -> Any:
    try:
        return load_workbook(io.BytesIO(content), read_only=True, data_only=not formulas, keep_links=False)
    except Exception as error:
        # Whatever a broken file makes its reader stumble on, the file is what is wrong.
        raise WorkbookUnreadable() from error


def _rows(sheet: Any, most_rows: int, most_columns: int = MOST_COLUMNS) -> Iterator[Sequence[object]]:
    try:
        # Sheets lie about their size: blank columns, or a single cell. What is there is read.
        sheet.reset_dimensions()
        for cells in sheet.iter_rows(values_only=True, max_row=most_rows):
            yield cells[:most_columns]
    except Exception as error:
        raise WorkbookUnreadable() from error


def _xlsx(content: bytes, limits: Limits) -> list[WorkbookSheet]:
    _check_size(content, limits.unpacked)
    values = _opened(content, formulas=False)
    # Reading twice tells a formula that was never calculated from a blank cell; most workbooks have no formula.
    formulas = _opened(content, formulas=True) if _has_formulas(content) else None
    try:
        sheets = values.worksheets
        if len(sheets) > limits.sheets:
            raise WorkbookTooLarge()
        written = formulas.worksheets if formulas else [None] * len(sheets)
        return [_xlsx_sheet(one, other, limits) for one, other in zip(sheets, written, strict=True)]
    finally:
        for book in (values, formulas):
            if book is not None:
                book.close()


def _has_formulas(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            sheets = (name for name in packed.namelist() if "worksheets/" in name)
            return any(_FORMULA.search(packed.read(name)) for name in sheets)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise WorkbookUnreadable() from error


def _xlsx_sheet(sheet: Any, formulas: Any | None, limits: Limits) -> WorkbookSheet:
    rows, faults = list[SheetRow](), list[Fault]()
    written = _rows(formulas, _MOST_LINES) if formulas is not None else repeat(())
    for number, (cells, formula) in enumerate(zip(_rows(sheet, _MOST_LINES), written, strict=False), start=1):
        if cells or formula:
            faults += _faults(number, cells, formula)
            _add(rows, number, [_known(cell_text(cell)) for cell in cells], limits)
    return WorkbookSheet(str(sheet.title), rows, faults)


def _faults(number: int, cells: Sequence[object], written: Sequence[object]) -> Iterator[Fault]:
    for column, cell in enumerate(cells):
        if isinstance(cell, str) and cell in _ERRORS:
            yield Fault(number, column, "error")
        elif cell is None and column < len(written) and written[column] is not None:
            yield Fault(number, column, "formula")


def _add(rows: list[SheetRow], number: int, cells: list[str], limits: Limits) -> None:
    while cells and not cells[-1].strip():
        cells.pop()
    if not cells:
        return
    if len(rows) >= limits.rows:
        raise WorkbookTooLarge()
    rows.append(SheetRow(number, cells))


def _known(text: str) -> str:
    return "" if text in _ERRORS else text


def _xls(content: bytes, limits: Limits) -> list[WorkbookSheet]:
    book = _opened_xls(content)
    if book.nsheets > limits.sheets:
        raise WorkbookTooLarge()
    return [_xls_sheet(_loaded(book, index), book.datemode, limits) for index in range(book.nsheets)]


def _opened_xls(content: bytes) -> Any:
    try:
        # It would print what it thinks of the file.
        return xlrd.open_workbook(file_contents=content, logfile=io.StringIO(), on_demand=True, ragged_rows=True)
    except Exception as error:
        # Whatever a broken file makes its reader stumble on, the file is what is wrong.
        raise WorkbookUnreadable() from error


def _loaded(book: Any, index: int) -> Any:
    try:
        return book.sheet_by_index(index)
    except Exception as error:
        # As above: a sheet is read only now.
        raise WorkbookUnreadable() from error


def _xls_sheet(sheet: Any, datemode: Literal[0, 1], limits: Limits) -> WorkbookSheet:
    rows, faults = list[SheetRow](), list[Fault]()
    for index in range(sheet.nrows):
        cells = sheet.row(index)[:MOST_COLUMNS]
        faults += [
            Fault(index + 1, column, "error") for column, cell in enumerate(cells) if cell.ctype == xlrd.XL_CELL_ERROR
        ]
        _add(rows, index + 1, [_xls_text(cell, datemode) for cell in cells], limits)
    return WorkbookSheet(str(sheet.name), rows, faults)


def _xls_text(cell: Any, datemode: Literal[0, 1]) -> str:
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return ""
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return cell_text(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_DATE:
        return _xls_moment(cell.value, datemode)
    return cell_text(cell.value)


def _xls_moment(value: float, datemode: Literal[0, 1]) -> str:
    try:
        moment: datetime = xlrd.xldate_as_datetime(value, datemode)
    except (ValueError, OverflowError):
        return cell_text(value)
    return moment.time().isoformat() if value < 1 else cell_text(moment)


_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"})
