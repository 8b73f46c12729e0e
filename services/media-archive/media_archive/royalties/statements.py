"""Statements: what a unit owes its authors for a half-year, as it was known at the end of a day.

Only what was recorded by then counts, so the same day always gives the same figures. Names and titles are as they are
today: a name that was erased is not shown again.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from kit import db
from kit.calendar import VIETNAM, today
from kit.db import Record
from kit.errors import InvalidInput
from kit.identity import Caller
from media_archive.units.service import KnownUnit, find_unit

MOST_LINES = 50_000
_FIRST_YEAR = 1946


@dataclass(frozen=True, slots=True)
class Period:
    """A half-year of publications, and the day as of which it is told."""

    year: int
    half: int
    as_of: date

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 1 if self.half == 1 else 7, 1)

    @property
    def end(self) -> date:
        """The first day after it."""
        return date(self.year, 7, 1) if self.half == 1 else date(self.year + 1, 1, 1)

    @property
    def known_until(self) -> datetime:
        """The moment before which something must be recorded to count."""
        return datetime.combine(self.as_of + timedelta(days=1), datetime.min.time(), VIETNAM)


def period(year: int, half: int, as_of: date | None) -> Period:
    """Return a period; InvalidInput for what is none, and for a day that is yet to come."""
    if not _FIRST_YEAR <= year <= today().year:
        raise InvalidInput("year", "không phải một năm hợp lệ", "is not a sensible year")
    if half not in (1, 2):
        raise InvalidInput("half", "chọn 1 hoặc 2", "must be 1 or 2")
    day = as_of or today()
    if not date(_FIRST_YEAR, 1, 1) <= day <= today():
        raise InvalidInput("asOf", "phải là hôm nay hoặc một ngày đã qua", "must be today or a day that has passed")
    return Period(year, half, day)


_SCOPE = """royalty_charge.unit_id = $1 AND royalty_charge.published_on >= $2 AND royalty_charge.published_on < $3
    AND royalty_charge.recorded_at < $4"""


async def unit_of_statement(caller: Caller, unit_id: UUID) -> KnownUnit:
    """Return the unit whose statement is asked. Needs an admin of it."""
    caller.require_someone()
    unit = await find_unit(unit_id)
    caller.require("admin", unit.path)
    return unit


async def sums_by_author(caller: Caller, unit_id: UUID, asked: Period, limit: int, after: UUID | None) -> list[Record]:
    """Return up to `limit` authors by id with `publications` (reversed ones don't count) and `amount` in dong."""
    await unit_of_statement(caller, unit_id)
    return await db.rows(
        f"""SELECT author.id, author.unit_id, author.name, sum(sign(royalty_charge.amount))::int AS publications,
                sum(royalty_line.amount)::bigint AS amount
            FROM royalty_charge JOIN royalty_line ON royalty_line.charge_id = royalty_charge.id
            JOIN author ON author.id = royalty_line.author_id
            WHERE {_SCOPE} AND ($5::uuid IS NULL OR author.id > $5)
            GROUP BY author.id ORDER BY author.id LIMIT $6""",
        unit_id,
        asked.first,
        asked.end,
        asked.known_until,
        after,
        limit,
    )


async def total(caller: Caller, unit_id: UUID, asked: Period) -> tuple[int, int]:
    """Return how many publications count and what is owed for them in dong."""
    await unit_of_statement(caller, unit_id)
    found = await db.row(
        f"""SELECT coalesce(sum(sign(amount)), 0)::int AS publications, coalesce(sum(amount), 0)::bigint AS amount
            FROM royalty_charge WHERE {_SCOPE}""",
        unit_id,
        asked.first,
        asked.end,
        asked.known_until,
    )
    assert found is not None
    return found["publications"], found["amount"]


async def totals_by_unit(
    caller: Caller, unit_id: UUID, asked: Period, limit: int, after: str | None = None
) -> list[Record]:
    """Return up to `limit` units at or below one that owe something, in the order of the tree, each for itself.

    `unit_id`, `path`, names, `publications` (reversed ones don't count) and `amount` in dong. Needs an admin.
    """
    unit = await unit_of_statement(caller, unit_id)
    return await db.rows(
        """SELECT unit.id AS unit_id, unit.path, unit.name_vi, unit.name_en,
                  sum(sign(royalty_charge.amount))::int AS publications, sum(royalty_charge.amount)::bigint AS amount
           FROM unit JOIN royalty_charge ON royalty_charge.unit_id = unit.id
           WHERE unit.path >= $1 AND unit.path < $1 || '~' AND unit.path > $5
             AND royalty_charge.published_on >= $2 AND royalty_charge.published_on < $3
             AND royalty_charge.recorded_at < $4
           GROUP BY unit.id ORDER BY unit.path LIMIT $6""",
        unit.path,
        asked.first,
        asked.end,
        asked.known_until,
        after or "",
        limit,
    )


async def lines(caller: Caller, unit_id: UUID, asked: Period, author_id: UUID | None = None) -> list[Record]:
    """Return every line of a statement, by author and day of publication; InvalidInput beyond 50,000."""
    await unit_of_statement(caller, unit_id)
    found = await db.rows(
        f"""SELECT author.id AS author_id, author.name, royalty_charge.published_on, royalty_charge.asset_id,
                asset.title, royalty_charge.kind, reuse.link, royalty_charge.coefficient, royalty_charge.unit_value,
                royalty_line.share, royalty_line.amount, sign(royalty_charge.amount)::int AS sign,
                royalty_charge.note, royalty_charge.recorded_at
            FROM royalty_charge JOIN royalty_line ON royalty_line.charge_id = royalty_charge.id
            JOIN author ON author.id = royalty_line.author_id JOIN reuse ON reuse.id = royalty_charge.reuse_id
            LEFT JOIN asset ON asset.id = royalty_charge.asset_id
            WHERE {_SCOPE} AND ($5::uuid IS NULL OR author.id = $5)
            ORDER BY vi_fold(author.name), author.id, royalty_charge.published_on, royalty_charge.reuse_id,
                royalty_charge.number LIMIT $6""",
        unit_id,
        asked.first,
        asked.end,
        asked.known_until,
        author_id,
        MOST_LINES + 1,
    )
    if len(found) > MOST_LINES:
        raise InvalidInput("unit", f"quá {MOST_LINES} dòng", f"has over {MOST_LINES} lines")
    return found


async def publications(caller: Caller, unit_id: UUID, most: int = 50) -> list[Record]:
    """Return a unit's newest publications of materials with what is owed for each, None where nothing is recorded."""
    await unit_of_statement(caller, unit_id)
    return await db.rows(
        """SELECT newest.id, newest.asset_id, newest.at, newest.link, asset.title, asset.kind, asset.unit_path,
               (SELECT count(*) FROM asset_author WHERE asset_author.asset_id = newest.asset_id) AS authors,
               (SELECT nullif(sum(amount), 0)::bigint FROM royalty_charge
                WHERE royalty_charge.reuse_id = newest.id) AS amount
           FROM (SELECT id, asset_id, at, link FROM reuse WHERE unit_id = $1 AND kind = 'publication'
                 ORDER BY at DESC, id DESC LIMIT $2) AS newest
           JOIN asset ON asset.id = newest.asset_id ORDER BY newest.at DESC, newest.id DESC""",
        unit_id,
        most,
    )
