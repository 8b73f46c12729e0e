"""Headcounts from a table: one row for each cell, published as one publication for each unit and day."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from kit.errors import DomainError, InvalidInput
from kit.identity import Caller
from kit.numbers import written_number
from org.exchange.outcome import Done, RowsRefused, wrong
from org.exchange.reading import Remark, Row
from org.headcounts import service as headcounts

_WHY = "Nhập từ tệp."
# What is wrong with a whole publication is said of the column that it follows from.
_COLUMN_OF = {"NOT_FOUND": "unit_code", "DATE_IN_FUTURE": "day", "DATE_BACKWARDS": "day", "UNIT_CLOSED": "day"}


async def import_headcounts(caller: Caller, rows: Sequence[Row], source: str) -> Done:
    """Publish the rows, all of them or none: RowsRefused with what is wrong in which row.

    Rows of one unit and day are one publication; where there was another one, it is corrected and stays on record.
    A row's own source counts for its unit and day, `source` where it has none; it is the same in all rows of these.
    """
    caller.require_someone()
    remarks: list[Remark] = []
    read: list[headcounts.HeadcountRow] = []
    for row in rows:
        remarks += (problems := _problems(row))
        if not problems:
            read.append(_read(row))
    counts: dict[str, int] = {}
    if read:
        try:
            counts = asdict(await headcounts.publish_headcounts_in_bulk(caller, read, source, _WHY))
        except headcounts.HeadcountRowsRefused as refused:
            remarks += [_remark(problem.row, problem.error) for problem in refused.problems]
        except DomainError as error:
            remarks.append(_remark(read[0].row, error))
    if remarks:
        raise RowsRefused(remarks)
    return Done(counts)


def _problems(row: Row) -> list[Remark]:
    """Return what is wrong with the cells of a row, each for itself."""
    found: list[Remark] = []
    for column, read in (("day", day_of), ("members", whole), ("workers", whole)):
        try:
            read(row, column)
        except InvalidInput as error:
            found.append(wrong(row, column, error))
    return found


def _read(row: Row) -> headcounts.HeadcountRow:
    cell = headcounts.Cell(
        row["age_band"],
        row["gender"],
        whole(row, "members"),
        whole(row, "workers"),
        row["education"] or None,
        row["field"] or None,
    )
    return headcounts.HeadcountRow(row.number, row["unit_code"], day_of(row, "day"), cell, row["source"] or None)


def _remark(number: int, error: DomainError) -> Remark:
    return wrong(Row(number, {}), _COLUMN_OF.get(error.code), error)


def whole(row: Row, column: str) -> int:
    """Return a cell as a whole number; thousands may be grouped. InvalidInput for anything else."""
    number = written_number(row[column])
    if number is None:
        shown = row[column][:20]
        raise InvalidInput(column, f"“{shown}” không phải số nguyên.", f"“{shown}” is not a whole number.")
    return number


def day_of(row: Row, column: str) -> date:
    """Return a cell as a day: 2025-07-01, or 1/7/2025 as it is written in Viet Nam. InvalidInput for anything else."""
    text = row[column]
    try:
        if "/" in text:
            day, month, year = (part.strip() for part in text.split("/"))
            # Of the year all four digits: 25 is not taken for one.
            return date.fromisoformat(f"{year}-{month:>02}-{day:>02}")
        return date.fromisoformat(text)
    except ValueError as error:
        shown = text[:20]
        raise InvalidInput(
            column, f"“{shown}” không phải ngày, ví dụ 2025-07-01.", f"“{shown}” is not a day, such as 2025-07-01."
        ) from error
