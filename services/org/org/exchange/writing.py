"""Tables as files that spreadsheets open: CSV that Excel reads as UTF-8, and XLSX whose codes keep their zeros."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from kit.errors import InvalidInput
from org.exchange.sheets import Sheet

Cells = Sequence[object]
# What a spreadsheet would take for a formula is written as text; reading takes the mark away again.
_FORMULA = ("=", "+", "-", "@", "\t")
MARK = "'"
MOST_XLSX_ROWS = 200_000
_PIECE = 32_768


def as_csv(sheet: Sheet, rows: Iterable[Cells]) -> bytes:
    """Return a table as CSV: UTF-8 with a byte order mark, one line for each row below the columns' names."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.name for column in sheet.columns])
    writer.writerows([shown(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


async def as_lines(head: Sequence[str], rows: AsyncIterator[Cells]) -> AsyncIterator[bytes]:
    """Give a table as CSV piece by piece, as the rows come: the same bytes as `as_csv`."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    text.write("\ufeff")
    writer.writerow(head)
    async for row in rows:
        writer.writerow([shown(cell) for cell in row])
        if text.tell() > _PIECE:
            yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    piece = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return piece


def as_xlsx(sheet: Sheet, rows: Sequence[Cells]) -> bytes:
    """Return a table as a workbook of one sheet, every cell as text; InvalidInput for more than 200,000 rows."""
    if len(rows) > MOST_XLSX_ROWS:
        raise InvalidInput(
            "format", f"quá {MOST_XLSX_ROWS} dòng; hãy dùng CSV.", f"has over {MOST_XLSX_ROWS} rows; use CSV."
        )
    book = Workbook(write_only=True)
    table: WriteOnlyWorksheet = book.create_sheet(sheet.vi[:31])
    write_head(table, [column.name for column in sheet.columns])
    for row in rows:
        table.append([shown(cell) for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def write_head(table: WriteOnlyWorksheet, texts: Sequence[str]) -> None:
    """Write a bold line that stays in sight."""
    table.freeze_panes = "A2"
    cells = [WriteOnlyCell(table, value=text) for text in texts]
    for cell in cells:
        cell.font = Font(bold=True)
    table.append(cells)


def shown(value: object) -> str:
    """Return a value as a cell's text; None is blank, days are in ISO form."""
    text = "" if value is None else str(value)
    return MARK + text if text.startswith((*_FORMULA, MARK)) else text
