"""Whole rate cards: as a table that is looked through before it counts, or as a copy of an old one."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.db import Record
from kit.errors import DomainError, InvalidInput, Name
from kit.identity import Caller
from kit.numbers import written_number
from kit.paths import parents
from kit.workbooks import WorkbookTooLarge, WorkbookUnreadable, first_sheet
from media_archive.royalties.rates import NewRate, RateCardTaken, checked_rate, coefficient_of, set_rates, unit_of_card

COLUMNS = {
    "kind": ("Loại", "Kind"),
    "valid_from": ("Từ ngày", "From"),
    "coefficient": ("Hệ số cao nhất", "Highest coefficient"),
    "unit_value": ("Giá trị một đơn vị hệ số (đồng)", "Value of a unit (dong)"),
    "basis": ("Căn cứ", "Basis"),
}
"""Columns of a card as a table, and what they are called."""

MOST_LINES = 500
_MOST_ABOVE = 10
_UNPACKED = 20_000_000
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: its number in the file, its cells, and the rate that it is, or why it can't be one."""

    number: int
    cells: dict[str, str]
    rate: NewRate | None
    problem: DomainError | None


async def look_through(caller: Caller, unit_id: UUID, content: bytes) -> list[Line]:
    """Return the lines of a CSV or XLSX file, each with what is wrong with it; nothing is written.

    Needs an admin of the unit. InvalidInput for what is no such table, or has over 500 lines.
    """
    await unit_of_card(caller, unit_id)
    kinds = {name: row["code"] for row in await db.rows("SELECT code, vi, en FROM asset_kind") for name in _names(row)}
    newest = {
        row["kind"]: row["day"]
        for row in await db.rows(
            "SELECT kind, max(valid_from) AS day FROM royalty_rate WHERE unit_id = $1 GROUP BY kind", unit_id
        )
    }
    lines: list[Line] = []
    seen: set[tuple[str, date]] = set()
    for number, cells in _read(content):
        try:
            rate = await checked_rate(_rate(unit_id, cells, kinds))
            known = newest.get(rate.kind)
            if (rate.kind, rate.valid_from) in seen or (known is not None and known >= rate.valid_from):
                raise RateCardTaken(valid_from=rate.valid_from)
            seen.add((rate.kind, rate.valid_from))
            lines.append(Line(number, cells, rate, None))
        except DomainError as problem:
            lines.append(Line(number, cells, None, problem))
    return lines


class RoyaltyCardRefused(DomainError):
    """A line of the table can't hold; looking through it only (`checkOnly`) tells what is wrong with each."""

    code = "ROYALTY_CARD_REFUSED"
    vi = "Dòng {line}: {reason}"
    en = "Line {line}: {reason}"
    extra = {"line": int}


async def import_card(caller: Caller, unit_id: UUID, content: bytes, *, check_only: bool) -> list[Line]:
    """Return the lines of a CSV or XLSX file; unless they are only to be looked through, all of them hold, or none.

    Needs an admin of the unit. InvalidInput for what is no such table, RoyaltyCardRefused for the first wrong line.
    """
    lines = await look_through(caller, unit_id, content)
    if check_only:
        return lines
    if not lines:
        raise InvalidInput("content", "không có dòng nào", "has no line")
    for line in lines:
        if line.problem is not None:
            reason = Name(line.problem.message("vi"), line.problem.message("en"))
            raise RoyaltyCardRefused(line=line.number, reason=reason)
    await set_rates(caller, unit_id, [line.rate for line in lines if line.rate is not None])
    return lines


async def bring_in(caller: Caller, unit_id: UUID, content: bytes) -> int:
    """Let all lines of a file hold, or none; return how many. Raises what is wrong with the first that can't be."""
    lines = await look_through(caller, unit_id, content)
    for line in lines:
        if line.problem is not None:
            raise line.problem
    return await set_rates(caller, unit_id, [line.rate for line in lines if line.rate is not None])


async def copy_card(
    caller: Caller, unit_id: UUID, on: date, valid_from: date, unit_value: int | None = None, basis: str | None = None
) -> int:
    """Let the rates by which a unit paid on a day hold again from another, with a new value or basis where given.

    Those of the nearest unit above, where it had none of its own. Return how many. Needs an admin of the unit;
    InvalidInput when there were none; RateCardTaken when one of its own begins on the day or later.
    """
    found = await card_on(caller, unit_id, on)
    if not found:
        raise InvalidInput("on", "không có biểu nào áp dụng ngày đó", "no rate held on that day")
    copies = [
        NewRate(unit_id, row["kind"], valid_from, row["coefficient"], row["unit_value"], row["basis"]) for row in found
    ]
    if unit_value is not None:
        copies = [replace(one, unit_value=unit_value) for one in copies]
    if basis is not None:
        copies = [replace(one, basis=basis) for one in copies]
    return await set_rates(caller, unit_id, copies)


async def card_on(caller: Caller, unit_id: UUID, day: date) -> list[Record]:
    """Return the rates by which a unit pays on a day, one of each kind at most. Needs an admin of the unit."""
    unit = await unit_of_card(caller, unit_id)
    return await db.rows(
        """SELECT DISTINCT ON (royalty_rate.kind) royalty_rate.kind, royalty_rate.valid_from, royalty_rate.coefficient,
                  royalty_rate.unit_value, royalty_rate.basis
           FROM royalty_rate JOIN unit ON unit.id = royalty_rate.unit_id
           WHERE unit.path = ANY($1::text[]) AND royalty_rate.valid_from <= $2
             AND coalesce(royalty_rate.valid_to > $2, TRUE)
           ORDER BY royalty_rate.kind, length(unit.path) DESC""",
        [*parents(unit.path), unit.path],
        day,
    )


def _rate(unit_id: UUID, cells: dict[str, str], kinds: dict[str, str]) -> NewRate:
    value = written_number(cells["unit_value"])
    if value is None:
        raise InvalidInput("unitValue", "cần một số nguyên", "needs a whole number")
    return NewRate(
        unit_id=unit_id,
        kind=kinds.get(cells["kind"].casefold(), cells["kind"]),
        valid_from=_day(cells["valid_from"]),
        coefficient=coefficient_of(cells["coefficient"]),
        unit_value=value,
        basis=cells["basis"],
    )


def _day(text: str) -> date:
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  # a day alone
        except ValueError:
            continue
    raise InvalidInput("validFrom", f"cần ngày như {today():%d/%m/%Y}", f"needs a day such as {today().isoformat()}")


def _names(row: Record) -> tuple[str, str, str]:
    return row["code"], row["vi"].casefold(), row["en"].casefold()


def _read(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the lines below the one that names the columns, which may stand below some lines of words."""
    rows = _rows(content)
    columns: dict[str, int] = {}
    for _, cells in islice(rows, _MOST_ABOVE):
        columns = _columns(cells)
        if len(columns) >= len(COLUMNS) - 1 and columns.keys() >= COLUMNS.keys() - {"basis"}:
            break
    else:
        wanted = ", ".join(vi for vi, _ in COLUMNS.values()), ", ".join(en for _, en in COLUMNS.values())
        raise InvalidInput("file", f"cần các cột: {wanted[0]}", f"needs the columns: {wanted[1]}")
    count = 0
    for number, cells in rows:
        line = {name: _cell(cells, columns.get(name)) for name in COLUMNS}
        if not any(line.values()):
            continue
        count += 1
        if count > MOST_LINES:
            raise InvalidInput("file", f"nhiều nhất {MOST_LINES} dòng", f"has over {MOST_LINES} lines")
        yield number, line


def _columns(cells: Sequence[str]) -> dict[str, int]:
    called = {name.casefold(): column for column, names in COLUMNS.items() for name in (column, *names)}
    told = [(called.get(cell.strip().casefold()), place) for place, cell in enumerate(cells)]
    return {column: place for column, place in told if column is not None}


def _cell(cells: Sequence[str], place: int | None) -> str:
    return "" if place is None or place >= len(cells) else cells[place].replace("\0", "").strip()


def _rows(content: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    refusal = InvalidInput("file", "cần một tệp CSV (UTF-8) hoặc XLSX", "must be a CSV (UTF-8) or XLSX file")
    try:
        if content.startswith(b"PK"):
            yield from first_sheet(content, unpacked=_UNPACKED, most_rows=MOST_LINES + 100, most_columns=20)
            return
        text = content.decode("utf-8-sig")
        separator = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
        yield from enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1)
    except (UnicodeDecodeError, csv.Error, WorkbookUnreadable, WorkbookTooLarge) as error:
        raise refusal from error
