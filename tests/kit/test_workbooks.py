"""Workbooks that people bring are read as texts, whatever is wrong with them, and never more of one than is allowed."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from kit.workbooks import (
    MOST_COLUMNS,
    XLS,
    XLSX,
    Fault,
    Limits,
    SheetRow,
    WorkbookTooLarge,
    WorkbookUnreadable,
    first_sheet,
    read_workbook,
)

SHEET = "xl/worksheets/sheet1.xml"
# ế as an e with two marks, as macOS writes it in names of files and what is copied from them.
NFD, NFC = "Tie\u0302\u0301ng Vie\u0323\u0302t", "Ti\u1ebfng Vi\u1ec7t"


def sheet(*rows: Sequence[Any]) -> tuple[Workbook, Worksheet]:
    """A workbook with one sheet of these rows."""
    book = Workbook()
    found = book.active
    assert isinstance(found, Worksheet)
    for row in rows:
        found.append(list(row))
    return book, found


def saved(book: Workbook) -> bytes:
    """A workbook's file."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def written(*rows: Sequence[Any]) -> bytes:
    """The file of a workbook with one sheet of these rows."""
    return saved(sheet(*rows)[0])


def replaced(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """A file with something else in one of its parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as again:
        for name in packed.namelist():
            inside = packed.read(name)
            assert name != part or old in inside
            again.writestr(name, inside.replace(old, new) if name == part else inside)
    return file.getvalue()


def cells(content: bytes) -> list[list[str]]:
    """The rows of the first sheet."""
    return [list(row.cells) for row in read_workbook(content)[0].rows]


async def test_cells_are_texts_as_somebody_would_type_them():
    content = written(
        ("a", 1, 2.0, 2.5, -7, True, False),
        (date(2026, 7, 28), datetime.fromisoformat("2026-07-28T13:05"), time(7, 30), None, "  b  "),
        ("007", "1e3", 123456789012345),
    )
    assert cells(content) == [
        ["a", "1", "2", "2.5", "-7", "TRUE", "FALSE"],
        ["2026-07-28", "2026-07-28", "07:30:00", "", "  b  "],
        ["007", "1e3", "123456789012345"],
    ]


async def test_texts_with_loose_diacritics_are_put_together():
    assert NFD != NFC
    assert cells(written((NFD,))) == [[NFC]]
    assert list(first_sheet(written((NFD,)), unpacked=10**6, most_rows=5, most_columns=5)) == [(1, [NFC])]


async def test_blank_rows_are_left_out_and_the_others_keep_their_numbers():
    content = written(("a",), (), (" ", None), ("b", "", " "))
    (found,) = read_workbook(content)
    assert found.rows == [SheetRow(1, ["a"]), SheetRow(4, ["b"])]


async def test_of_a_formula_its_last_result_counts():
    book, found = sheet(("sum", "=1+1"), ("error", "=1/0"), ("never", "=2+2"))
    formula = b'<c r="B1"><f>1+1</f><v></v></c>'
    content = replaced(saved(book), SHEET, formula, b'<c r="B1"><f>1+1</f><v>2</v></c>')
    wrong = b'<c r="B2"><f>1/0</f><v></v></c>'
    content = replaced(content, SHEET, wrong, b'<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>')
    (found,) = read_workbook(content)
    assert [list(row.cells) for row in found.rows] == [["sum", "2"], ["error"], ["never"]]
    # The number is not guessed: the place is named, so that somebody can be told.
    assert list(found.faults) == [Fault(2, 1, "error"), Fault(3, 1, "formula")]


async def test_a_text_that_looks_like_a_formula_is_not_run():
    book, found = sheet()
    found["A1"].value = '=HYPERLINK("http://example.org")'
    found["A1"].data_type = "s"
    assert cells(saved(book)) == [['=HYPERLINK("http://example.org")']]


async def test_merged_cells_say_their_text_once_where_they_begin():
    book, found = sheet(("a", "b", "c"), ("d", "e", "f"))
    found.merge_cells("A1:B2")
    assert cells(saved(book)) == [["a", "", "c"], ["", "", "f"]]


async def test_hidden_sheets_rows_and_columns_are_read_like_others():
    book, found = sheet(("a", "b"), ("c", "d"))
    found.row_dimensions[2].hidden = True
    found.column_dimensions["B"].hidden = True
    other = book.create_sheet("choices")
    other.append(["x"])
    other.sheet_state = "hidden"
    read = read_workbook(saved(book))
    assert [(each.name, [list(row.cells) for row in each.rows]) for each in read] == [
        ("Sheet", [["a", "b"], ["c", "d"]]),
        ("choices", [["x"]]),
    ]


async def test_a_wide_row_is_cut_off_at_so_many_columns():
    content = written(range(MOST_COLUMNS + 10), ("a",))
    assert [len(row) for row in cells(content)] == [MOST_COLUMNS, 1]
    assert cells(content)[0][-1] == str(MOST_COLUMNS - 1)
    assert list(first_sheet(content, unpacked=10**6, most_rows=1, most_columns=3)) == [(1, ["0", "1", "2"])]


async def test_a_sheet_that_lies_about_its_size_is_read_whole():
    content = replaced(written(("a", "b"), ("c", "d")), SHEET, b'ref="A1:B2"', b'ref="A1"')
    assert cells(content) == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize(
    "limits", [Limits(rows=2), Limits(sheets=0), Limits(unpacked=2_000)], ids=["rows", "sheets", "bytes"]
)
async def test_more_than_is_taken_is_refused(limits):
    with pytest.raises(WorkbookTooLarge):
        read_workbook(written(("a",), ("b",), ("c",)), limits)


async def test_as_much_as_is_taken_is_read():
    content = written(("a",), ("b",), ())
    size = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(content)).infolist())
    assert len(read_workbook(content, Limits(rows=2, sheets=1, unpacked=size))[0].rows) == 2


async def test_a_small_file_that_unpacks_to_very_much_is_refused_before_it_is_unpacked():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(SHEET, bytes(20 * 1024 * 1024))
    assert len(file.getvalue()) < 100_000
    with pytest.raises(WorkbookTooLarge):
        read_workbook(file.getvalue(), Limits(unpacked=10 * 1024 * 1024))
    with pytest.raises(WorkbookTooLarge):
        list(first_sheet(file.getvalue(), unpacked=10 * 1024 * 1024, most_rows=1, most_columns=1))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2\n",
        b"%PDF-1.7",
        XLSX,
        XLSX + bytes(100),
        XLS,
        XLS + bytes(2_000),
        written(("a",))[:-200],
        written(("a",) * 50)[:1_000],
        replaced(written(("a",)), SHEET, b"<sheetData>", b"<sheetData><row"),
        replaced(written(("a",)), "xl/workbook.xml", b"</workbook>", b""),
    ],
    ids=["nothing", "text", "pdf", "xlsx", "zeros", "xls", "xls_zeros", "cut", "half", "broken_sheet", "broken_book"],
)
async def test_what_is_no_workbook_or_a_broken_one_is_said_to_be_so(content):
    with pytest.raises(WorkbookUnreadable):
        read_workbook(content)


async def test_a_folder_of_other_files_is_no_workbook():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("letter.txt", "no workbook")
    with pytest.raises(WorkbookUnreadable):
        read_workbook(file.getvalue())
    with pytest.raises(WorkbookUnreadable):
        list(first_sheet(file.getvalue(), unpacked=10**6, most_rows=1, most_columns=1))


async def test_texts_that_would_grow_without_end_are_refused():
    levels = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "aaaaaaaaaa"}">' for n in range(9)]
    document = f"<!DOCTYPE x [{''.join(levels)}]><worksheet".encode()
    content = replaced(written(("a",)), SHEET, b"<worksheet", document)
    content = replaced(content, SHEET, b"<sheetData>", b'<sheetData><row r="1"><c t="str"><v>&a8;</v></c></row>')
    with pytest.raises(WorkbookUnreadable):
        read_workbook(content)


async def test_the_first_sheet_is_given_row_by_row_blank_ones_too():
    book, _ = sheet(("a",), (), ("b", 2.0))
    book.create_sheet("other").append(["x"])
    rows = list(first_sheet(saved(book), unpacked=10**6, most_rows=3, most_columns=2))
    assert [(number, cells) for number, cells in rows if any(cells)] == [(1, ["a"]), (3, ["b", "2"])]
    assert [number for number, _ in rows] == [1, 2, 3]
    assert len(list(first_sheet(saved(book), unpacked=10**6, most_rows=2, most_columns=2))) == 2
