"""Publishing headcounts of many units at once, from the rows of a file: all is applied, or every problem is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from org.headcounts.service.cells import IN_A_FILE, MOST_CELLS, Cell, Codes, problems_of, read_codes
from org.headcounts.service.numbers import read_meanings
from org.headcounts.service.publish import HeadcountsAlreadyPublished
from org.headcounts.service.store import (
    LONGEST_REASON,
    LONGEST_SOURCE,
    NewPublication,
    checked_text,
    keep_tree_still,
    lock_units,
    standing_on,
    store,
)
from org.units.service import UnitDateInFuture, units_by_id
from org.vietnamese import clean

MOST_ROWS = 250_000


class UnitNotOnRecord(NotFound):
    """No unit has the code on the day on which its people were counted; it may have it on others."""

    vi = "Ngày {day} không có đơn vị nào mang mã “{id}”."
    en = "On {day} no unit has the code “{id}”."

    def __init__(self, code: str, day: date) -> None:
        DomainError.__init__(self, kind="unit", id=code[:100], day=day)


@dataclass(frozen=True, slots=True)
class HeadcountRow:
    """One cell of one unit and day, with the number of the row that says so, and its source where it has its own."""

    row: int
    unit_code: str
    day: date
    cell: Cell
    source: str | None = None


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row."""

    row: int
    error: DomainError


class HeadcountRowsRefused(DomainError):
    """Some rows can't be published, so none was; `problems` has all that is wrong, in the order of the rows."""

    code = "HEADCOUNT_ROWS_REFUSED"
    vi = "{count} lỗi trong tệp; chưa công bố dòng nào."
    en = "The rows have {count} problems; none was published."
    extra = {"count": int}

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__(count=len(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class PublishedInBulk:
    """How many publications the rows made: new ones, corrections, and those that said what was known already."""

    published: int
    corrected: int
    unchanged: int


@dataclass(slots=True)
class _Group:
    """The rows of one unit and day."""

    rows: list[HeadcountRow]

    @property
    def cells(self) -> list[Cell]:
        return [row.cell for row in self.rows]

    @property
    def source(self) -> str | None:
        """The source of the first row that has one of its own; all of them should have the same."""
        return next((row.source for row in self.rows if row.source), None)


_Place = tuple[UUID, date]


async def publish_headcounts_in_bulk(
    caller: Caller, rows: Sequence[HeadcountRow], source: str, why: str | None = None
) -> PublishedInBulk:
    """Publish rows as one publication for each unit and day; all of them, or none and HeadcountRowsRefused.

    `source` is of rows that have none of their own. The caller must be an editor of every unit. Where a unit's day has
    other headcounts already, they are corrected when `why` says why, and refused otherwise; where it has the same,
    nothing is done.
    """
    caller.require_someone()
    source = checked_text("source", source, LONGEST_SOURCE)
    why = None if why is None else checked_text("why", why, LONGEST_REASON)
    if not 1 <= len(rows) <= MOST_ROWS:
        raise InvalidInput("rows", f"phải có từ 1 đến {MOST_ROWS} dòng.", f"must be between 1 and {MOST_ROWS}.")
    async with db.transaction():
        # Before the units are looked up, or one could close between its row and what is written for it.
        await keep_tree_still()
        problems, groups = await _grouped(caller, rows)
        await lock_units([unit_id for unit_id, _ in groups])
        known = {(row["unit_id"], row["day"]): row for row in await standing_on(list(groups))}
        unchanged = await _unchanged(groups, known)
        corrected = [place for place in known if place not in unchanged]
        if why is None:
            refused = (HeadcountsAlreadyPublished(day=day) for _, day in corrected)
            first_rows = (groups[place].rows[0].row for place in corrected)
            problems += [RowProblem(row, error) for row, error in zip(first_rows, refused, strict=True)]
        if problems:
            raise HeadcountRowsRefused(sorted(problems, key=lambda problem: problem.row))
        new = [
            NewPublication(unit_id, day, group.cells, clean(group.source or "") or source, origin="file")
            for (unit_id, day), group in groups.items()
            if (unit_id, day) not in unchanged
        ]
        if new:
            await store(caller, new, why)
    return PublishedInBulk(len(new) - len(corrected), len(corrected), len(unchanged))


async def _grouped(caller: Caller, rows: Sequence[HeadcountRow]) -> tuple[list[RowProblem], dict[_Place, _Group]]:
    """Return all that is wrong with the rows themselves, and the rows that the caller may publish by unit and day."""
    codes = await read_codes()
    units = await _units(rows)
    paths = {unit["id"]: unit["path"] for unit in await units_by_id(list(set(units.values())))}
    problems: list[RowProblem] = []
    groups: dict[_Place, _Group] = {}
    for row in rows:
        unit_id = units.get((row.unit_code, row.day))
        path = paths[unit_id] if unit_id else None
        problems += [RowProblem(row.row, error) for error in _problems(caller, row, path, codes)]
        if unit_id and path and caller.may("editor", path):
            groups.setdefault((unit_id, row.day), _Group([])).rows.append(row)
    for group in groups.values():
        problems += [*_repeated(group), *_sources(group)]
    return problems, groups


async def _units(rows: Sequence[HeadcountRow]) -> dict[tuple[str, date], UUID]:
    """Return the units that have the codes, in either case, on the days of the rows."""
    asked = [(code, day) for code, day in {(row.unit_code, row.day) for row in rows} if "\x00" not in code]
    found = await db.rows(
        """SELECT asked.code, asked.day, version.unit_id
           FROM unnest($1::text[], $2::text[], $3::date[]) AS asked (code, upper_code, day)
           JOIN unit_version AS version
             ON version.code = asked.upper_code AND version.since <= asked.day AND version.until > asked.day""",
        [code for code, _ in asked],
        [code.upper() for code, _ in asked],
        [day for _, day in asked],
    )
    return {(row["code"], row["day"]): row["unit_id"] for row in found}


def _problems(caller: Caller, row: HeadcountRow, path: str | None, codes: Codes) -> Iterator[DomainError]:
    if path is None:
        yield UnitNotOnRecord(row.unit_code.replace("\x00", "\ufffd"), row.day)
    elif not caller.may("editor", path):
        yield InvalidInput(
            "unit_code", "anh/chị không có quyền nhập số liệu của đơn vị này.", "you are not an editor of this unit."
        )
    if row.day > today():
        yield UnitDateInFuture(day=row.day)
    yield from problems_of(row.cell, row.day, codes, IN_A_FILE)


def _repeated(group: _Group) -> Iterator[RowProblem]:
    first: dict[tuple[str, str, str | None, str | None], int] = {}
    for row in group.rows:
        earlier = first.setdefault(row.cell.key, row.row)
        if earlier != row.row:
            error = InvalidInput("age_band", f"trùng với dòng {earlier}.", f"counts the same people as row {earlier}.")
            yield RowProblem(row.row, error)
    if len(group.rows) > MOST_CELLS:
        error = InvalidInput(
            "unit_code",
            f"một đơn vị không quá {MOST_CELLS} ô một ngày.",
            f"a unit may not have more than {MOST_CELLS} cells a day.",
        )
        yield RowProblem(group.rows[MOST_CELLS].row, error)


def _sources(group: _Group) -> Iterator[RowProblem]:
    """Say what is wrong with the sources of rows that are one publication, which has one source."""
    told = [row for row in group.rows if row.source]
    if told and len(clean(group.source or "")) > LONGEST_SOURCE:
        error = InvalidInput(
            "source", f"dài hơn {LONGEST_SOURCE} ký tự.", f"is longer than {LONGEST_SOURCE} characters."
        )
        yield RowProblem(told[0].row, error)
    for row in told:
        if row.source != group.source:
            vi, en = f"khác với nguồn ở dòng {told[0].row}.", f"is another one than that of row {told[0].row}."
            yield RowProblem(row.row, InvalidInput("source", vi, en))


async def _unchanged(groups: dict[_Place, _Group], known: dict[_Place, db.Record]) -> set[_Place]:
    """Return the units and days whose rows say what is published already."""
    if not known:
        return set()
    meanings = await read_meanings()
    return {
        place
        for place, row in known.items()
        if set(meanings.cells(row["cells"], row["members"], row["workers"])) == set(groups[place].cells)
    }
