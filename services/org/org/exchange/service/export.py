"""Tables of what a unit and those below it are, how many people they have and who works for them, as of a day."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.identity import Caller
from org.audit.service import record
from org.exchange.sheets import UNITS
from org.headcounts import service as headcounts
from org.units.service import find_unit

AT_ONCE = 2_000
Cells = tuple[object, ...]

_OF_UNITS = ", ".join(
    {"parent_code": "above.code AS parent_code"}.get(column.name, f"unit.{column.name}") for column in UNITS.columns
)


async def export_units(unit_id: UUID, on: date | None = None) -> AsyncIterator[Cells]:
    """Give the rows of a unit and of those below it as of a day (None: today), each after the one above it."""
    day = on or today()
    unit = await find_unit(unit_id, day)
    after = ""
    while True:
        rows = await db.rows(
            f"""SELECT {_OF_UNITS}, unit.path FROM units_on($1) AS unit
                LEFT JOIN unit_version AS above
                  ON above.unit_id = unit.parent_id AND above.since <= $1 AND above.until > $1
                WHERE unit.path >= $2 AND unit.path < $2 || '~' AND unit.path > $3::text COLLATE "C"
                ORDER BY unit.path LIMIT $4""",
            day,
            unit["path"],
            after,
            AT_ONCE,
        )
        for row in rows:
            yield tuple(row)[:-1]
        if len(rows) < AT_ONCE:
            return
        after = rows[-1]["path"]


async def export_headcounts(caller: Caller, unit_id: UUID, on: date | None = None) -> AsyncIterator[Cells]:
    """Give a row for each cell of the newest publications up to a day below a unit whose headcounts the caller may see.

    SignInRequired or Forbidden otherwise. Units that have published nothing have no row.
    """
    day = on or today()
    headcounts.require_seeing(caller, (await find_unit(unit_id))["path"])
    top = await find_unit(unit_id, day)
    after = ""
    while True:
        rows = await db.rows(
            """SELECT id, code, path FROM units_on($1)
               WHERE path >= $2 AND path < $2 || '~' AND path > $3::text COLLATE "C" ORDER BY path LIMIT $4""",
            day,
            top["path"],
            after,
            AT_ONCE,
        )
        found = await headcounts.cells_on([row["id"] for row in rows], day)
        for row in rows:
            told = found.get(row["id"])
            for cell in told.cells if told else ():
                people = (cell.education, cell.field, cell.members, cell.workers)
                yield (
                    row["code"],
                    told.day if told else None,
                    cell.age_band,
                    cell.gender,
                    *people,
                    told and told.source,
                )
        if len(rows) < AT_ONCE:
            return
        after = rows[-1]["path"]


async def export_people(caller: Caller, unit_id: UUID, on: date | None = None) -> Sequence[Cells]:
    """Return a row for each post that is held on a day in units below one of which the caller is an editor.

    Who took out personal data, of how many posts, stays on record.
    """
    day = on or today()
    governed = await find_unit(unit_id)
    caller.require("editor", governed["path"])
    top = await find_unit(unit_id, day)
    async with db.transaction():
        rows = await db.rows(
            """SELECT unit.code, person.display_name, held.post, department.name_vi AS department, lower(held.valid),
                      upper(held.valid), held.decision_number, person.email, person.phone, person.id, held.id
               FROM units_on($1) AS unit JOIN appointment AS held ON held.unit_id = unit.id AND held.valid @> $1::date
               JOIN person ON person.id = held.person_id AND person.erased_on IS NULL
               JOIN unit_path AS governed ON governed.unit_id = unit.id AND governed.since <= $3 AND governed.until > $3
                 AND governed.path >= $4 AND governed.path < $4 || '~'
               LEFT JOIN department_version AS department
                 ON department.department_id = held.department_id AND department.valid @> $1::date
               WHERE unit.path >= $2 AND unit.path < $2 || '~'
               ORDER BY unit.path, held.post, person.sort_key, held.id""",
            day,
            top["path"],
            today(),
            governed["path"],
        )
        after = {"posts": len(rows), "on": day}
        await record(caller, "people.exported", unit_id, "people", str(unit_id), None, after)
    return [tuple(row) for row in rows]
