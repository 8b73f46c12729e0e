"""People and posts from a table: one row for each post that somebody holds."""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

from kit import db
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from org.exchange.outcome import Done, RowsRefused, wrong
from org.exchange.reading import Remark, Row
from org.exchange.service.headcounts import day_of
from org.people import service as people

_Same = tuple[str, str, str]
# What the table calls fields of people and terms that it does not call alike.
_CALLED = {"displayName": "display_name", "on": "since", "decisionNumber": "decision_number"}


def _quietly(rows: int) -> None:
    """Tell nobody how many rows are done."""
    del rows


async def import_people(caller: Caller, rows: Sequence[Row], tell: Callable[[int], None] = _quietly) -> Done:
    """Take in a table of people and posts, all of it or nothing, in the caller's transaction: RowsRefused otherwise.

    Somebody is known by the id; rows without one that have the same name and contact are one new person. Names and
    contacts that differ are corrected; an appointment that is on record stays as it is, others are added.
    """
    caller.require_someone()
    units = await _units(rows)
    remarks: list[Remark] = []
    made: dict[_Same, UUID] = {}
    counts = {"people_added": 0, "people_corrected": 0, "appointed": 0, "unchanged": 0}
    for number, row in enumerate(rows, start=1):
        if problems := _problems(row, units):
            remarks += problems
            continue
        try:
            # A refusal of the database would end the whole transaction: each row has its own savepoint.
            async with db.transaction():
                await _take(caller, row, units, made, counts)
        except DomainError as error:
            remarks.append(wrong(row, None, error, _CALLED))
        tell(number)
    if remarks:
        raise RowsRefused(remarks)
    return Done(counts)


async def _units(rows: Sequence[Row]) -> dict[str, list[db.Record]]:
    found = await db.rows(
        "SELECT code, unit_id, since, until FROM unit_version WHERE code = ANY($1) ORDER BY since",
        list({row["unit_code"].upper() for row in rows}),
    )
    units: dict[str, list[db.Record]] = {}
    for row in found:
        units.setdefault(row["code"], []).append(row)
    return units


async def _take(
    caller: Caller, row: Row, units: dict[str, list[db.Record]], made: dict[_Same, UUID], counts: dict[str, int]
) -> None:
    since = day_of(row, "since")
    until = day_of(row, "until") if row["until"] else None
    unit_id = _unit(row, units, since)
    person_id = await _person(caller, row, unit_id, made, counts)
    if await _is_held(row, person_id, unit_id, since):
        counts["unchanged"] += 1
        return
    department = await _department(row, unit_id, since)
    decision = row["decision_number"] or None
    own_id = _uuid(row, "appointment_id", "appointment")
    await people.appoint(caller, person_id, unit_id, row["post"], since, until, department, own_id, decision)
    counts["appointed"] += 1


def _problems(row: Row, units: dict[str, list[db.Record]]) -> list[Remark]:
    """Return what is wrong with the days and the unit of a row, each for itself."""
    found: list[Remark] = []
    for column in ("since", "until"):
        try:
            if row[column] or column == "since":
                day_of(row, column)
        except InvalidInput as error:
            found.append(wrong(row, column, error))
    if not row["display_name"]:
        found.append(wrong(row, "display_name", InvalidInput("display_name", "phải có giá trị.", "needs a value.")))
    try:
        if not found:
            _unit(row, units, day_of(row, "since"))
    except InvalidInput as error:
        found.append(wrong(row, "unit_code", error))
    return found


def _unit(row: Row, units: dict[str, list[db.Record]], day: date) -> UUID:
    for version in units.get(row["unit_code"].upper(), []):
        if version["since"] <= day < version["until"]:
            return version["unit_id"]
    raise InvalidInput(
        "unit_code",
        f"ngày {day:%d/%m/%Y} không có đơn vị mang mã “{row['unit_code'][:40]}”.",
        f"on {day.isoformat()} no unit has the code “{row['unit_code'][:40]}”.",
    )


async def _person(caller: Caller, row: Row, unit_id: UUID, made: dict[_Same, UUID], counts: dict[str, int]) -> UUID:
    person_id = _uuid(row, "person_id", "person")
    email, phone = row["email"] or None, row["phone"] or None
    if person_id and await db.value("SELECT EXISTS (SELECT FROM person WHERE id = $1)", person_id):
        differs = await db.value(
            """SELECT (display_name, email, phone) IS DISTINCT FROM ($2::text, $3::text, $4::text)
               FROM person WHERE id = $1""",
            person_id,
            row["display_name"],
            email,
            phone,
        )
        if differs:
            await people.correct_person(caller, person_id, row["display_name"], email, phone)
            counts["people_corrected"] += 1
        return person_id
    same = (row["display_name"], row["email"], row["phone"])
    if person_id is None and same in made:
        return made[same]
    added = await people.add_person(caller, row["display_name"], None, person_id, unit_id, email, phone)
    made[same] = added.id
    counts["people_added"] += 1
    return added.id


def _uuid(row: Row, column: str, kind: str) -> UUID | None:
    try:
        return UUID(row[column]) if row[column] else None
    except ValueError as error:
        raise NotFound(kind, row[column]) from error


async def _is_held(row: Row, person_id: UUID, unit_id: UUID, since: date) -> bool:
    return await db.value(
        """SELECT EXISTS (SELECT FROM appointment
           WHERE person_id = $1 AND unit_id = $2 AND post = $3 AND lower(valid) = $4)""",
        person_id,
        unit_id,
        row["post"],
        since,
    )


async def _department(row: Row, unit_id: UUID, day: date) -> UUID | None:
    if not row["department"]:
        return None
    found = await db.value(
        """SELECT department_id FROM department_version
           WHERE unit_id = $1 AND lower(name_vi) = lower($2) AND valid @> $3::date""",
        unit_id,
        row["department"],
        day,
    )
    if found is None:
        raise InvalidInput(
            "department",
            f"đơn vị không có ban “{row['department'][:60]}” vào ngày đó.",
            f"the unit has no department “{row['department'][:60]}” on that day.",
        )
    return found
