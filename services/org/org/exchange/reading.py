"""Rows of a CSV or XLSX file as spreadsheets write them, each with its number, or what is wrong with the file."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kit.workbooks import XLSX, WorkbookTooLarge, WorkbookUnreadable, first_sheet
from org.exchange.sheets import EXAMPLE_CODE
from org.vietnamese import clean

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 50_000
LONGEST_CELL = 500
_MOST_UNPACKED = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to be said about a file, or about one row (and column) of it; a problem stands in the way."""

    row: int | None
    column: str | None
    code: str
    vi: str
    en: str
    is_problem: bool = True


class SheetUnreadable(Exception):
    """The file is no table of the columns that are known; `remarks` says why."""

    def __init__(self, *remarks: Remark) -> None:
        self.remarks = remarks
        super().__init__(f"{len(remarks)} remarks")


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its number in the file, and its cells that are not blank by the columns' names."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Table:
    """What a file says: the columns that it has, its rows, and what is to be said of them as they were read."""

    columns: tuple[str, ...]
    rows: list[Row]
    remarks: list[Remark] = field(default_factory=list[Remark])

    def with_remarks(self, others: Iterable[Remark]) -> list[Remark]:
        """Return its own remarks and others, but for those about what could not be read rightly to begin with."""
        problems = [remark for remark in self.remarks if remark.is_problem]
        rows = {remark.row for remark in problems if remark.column is None}
        cells = {(remark.row, remark.column) for remark in problems}
        return [
            *self.remarks,
            *(one for one in others if one.row is None or (one.row not in rows and (one.row, one.column) not in cells)),
        ]

    def without_example(self, example: Mapping[str, str]) -> "Table":
        """Return the table without the template's example row, which is remarked; one that was changed is a problem."""
        if not example:
            return self
        key, code = next(iter((name, text) for name, text in example.items() if text == EXAMPLE_CODE))
        left = [row for row in self.rows if dict(row.cells) == example]
        changed = [row.number for row in self.rows if row[key].upper() == code and row not in left]
        remarks = [
            *(_example(row.number) for row in left),
            *(_changed_example(number, key) for number in changed[:100]),
        ]
        return Table(self.columns, [row for row in self.rows if row not in left], [*self.remarks, *remarks])


def read_table(content: bytes, columns: Mapping[str, str], required: Mapping[str, tuple[str, str]]) -> Table:
    """Return the rows below the line of headings, blank ones left out, and the columns that the file has.

    CSV is UTF-8, with or without a byte order mark, separated by commas, semicolons or tabs; of XLSX the first sheet
    counts. Texts are in NFC afterwards. `columns` gives the column that a heading means, in lower case; `required` the
    headings, vi and en, of those that must be there. SheetUnreadable for what is no such file, names columns that are
    not known, lacks a required one or has one twice. What is wrong with some rows only is among the table's remarks,
    so that it is told with all else that is wrong.
    """
    if len(content) > MOST_BYTES:
        raise SheetUnreadable(_remark("FILE_TOO_LARGE", "Tệp lớn hơn 20 MB.", "The file is larger than 20 MB."))
    lines = _xlsx(content) if content.startswith(XLSX) else _csv(content)
    number, headings = next(lines, (1, []))
    names, remarks = _named(number, headings, columns, required)
    # With a column misspelt, what would be said of the rows is that its cells are missing.
    are_known = not remarks
    rows, wide = list[Row](), list[int]()
    for number, cells in lines:
        if any(clean(cell) for cell in cells[len(names) :]):
            wide.append(number)
        if (row := _row(number, cells, names)).cells:
            rows.append(row)
    if len(rows) > MOST_ROWS:
        text = f"{MOST_ROWS:,}"
        raise SheetUnreadable(_remark("TOO_MANY_ROWS", f"Tệp có hơn {text} dòng.", f"The file has over {text} rows."))
    broken = [row.number for row in rows if any("\ufffd" in cell for cell in row.cells.values())]
    long = [(row.number, name) for row in rows for name, cell in row.cells.items() if len(cell) > LONGEST_CELL]
    remarks += [_too_wide(number) for number in wide[:100]]
    remarks += [_broken(number) for number in broken[:100]]
    remarks += [_too_long(number, name) for number, name in long[:100]]
    if not are_known:
        raise SheetUnreadable(*remarks)
    return Table(tuple(name for name in names if name), [_bounded(row) for row in rows], remarks)


def _bounded(row: Row) -> Row:
    if all(len(cell) <= LONGEST_CELL for cell in row.cells.values()):
        return row
    return Row(row.number, {name: cell[:LONGEST_CELL] for name, cell in row.cells.items()})


def _remark(code: str, vi: str, en: str, row: int | None = None, column: str | None = None) -> Remark:
    return Remark(row, column, code, vi, en)


def _broken(row: int) -> Remark:
    return _remark("BROKEN_TEXT", "Có ký tự bị hỏng, không phải UTF-8.", "Has broken characters; it is not UTF-8.", row)


def _too_wide(row: int) -> Remark:
    # Mostly a separator in a text without quotes, after which every cell is in the wrong column.
    return _remark("TOO_MANY_CELLS", "Có nhiều ô hơn dòng tiêu đề.", "Has more cells than the line of headings.", row)


def _too_long(row: int, column: str) -> Remark:
    return _remark(
        "TEXT_TOO_LONG", f"Dài hơn {LONGEST_CELL} ký tự.", f"Longer than {LONGEST_CELL} characters.", row, column
    )


def _example(row: int) -> Remark:
    return Remark(
        row,
        None,
        "EXAMPLE_ROW",
        "Đây là dòng ví dụ của mẫu; dòng này được bỏ qua.",
        "This is the template's example row; it is left out.",
        is_problem=False,
    )


def _changed_example(row: int, column: str) -> Remark:
    return _remark(
        "EXAMPLE_ROW",
        f"“{EXAMPLE_CODE}” là mã của dòng ví dụ trong mẫu; hãy ghi mã thật hoặc xóa dòng này.",
        f"“{EXAMPLE_CODE}” is the code of the template's example row; write a real one, or delete the row.",
        row,
        column,
    )


def _named(
    number: int, headings: Iterable[str], columns: Mapping[str, str], required: Mapping[str, tuple[str, str]]
) -> tuple[list[str | None], list[Remark]]:
    """Return the column that each heading means, and what is wrong with those that mean none."""
    texts = [clean(heading) for heading in headings]
    names = [columns.get(text.lower()) for text in texts]
    unknown = [
        _remark(
            "UNKNOWN_COLUMN",
            f"Cột “{text[:60]}” không có trong mẫu.",
            f"The template has no column “{text[:60]}”.",
            number,
        )
        for text, name in zip(texts, names, strict=True)
        if text and name is None
    ]
    # As it was written last: one may stand there by several names.
    written = {name: text for name, text in zip(names, texts, strict=True) if name}
    wrong = [
        _remark("COLUMN_TWICE", f"Cột “{text}” có hai lần.", f"The column “{text}” is there twice.", number, name)
        for name, text in written.items()
        if names.count(name) > 1
    ]
    wrong += [
        _remark("MISSING_COLUMN", f"Thiếu cột “{vi}”.", f"The column “{en}” is missing.", number, name)
        for name, (vi, en) in required.items()
        if name not in written
    ]
    return names, [*unknown, *wrong][:100]


def _row(number: int, cells: Sequence[str], names: Sequence[str | None]) -> Row:
    texts = zip(names, cells, strict=False)
    return Row(number, {name: text for name, cell in texts if name and (text := _unmarked(clean(cell)))})


def _unmarked(text: str) -> str:
    """Return a text without the mark that kept a spreadsheet from taking it for a formula."""
    return text[1:] if text.startswith("'") and text[1:2] in ("=", "+", "-", "@", "'") else text


def _csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SheetUnreadable(_broken(content.count(b"\n", 0, error.start) + 1)) from error
    if "\x00" in text:
        raise SheetUnreadable(_broken(text.count("\n", 0, text.index("\x00")) + 1))
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    number = 1
    try:
        for cells in reader:
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise SheetUnreadable(
            _remark("NOT_A_TABLE", "Không đúng định dạng CSV.", "This is not CSV.", number)
        ) from error


def _xlsx(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from first_sheet(content, unpacked=_MOST_UNPACKED, most_rows=MOST_ROWS + 2, most_columns=100)
    except WorkbookTooLarge as error:
        raise SheetUnreadable(_remark("FILE_TOO_LARGE", "Tệp quá lớn.", "The file is too large.")) from error
    except WorkbookUnreadable as error:
        raise SheetUnreadable(
            _remark("NOT_A_TABLE", "Không đúng định dạng XLSX.", "This is not an XLSX workbook.")
        ) from error
