"""Versions of a unit: what is dated about it. A change from a day on reaches as far as what it changes reached."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from kit import db

DATED = (
    "name_vi",
    "name_en",
    "short_name",
    "code",
    "level",
    "kind",
    "province",
    "commune",
    "region",
    "address",
    "phone",
    "email",
    "website",
    "parent_id",
    "search_accented",
    "sort_key",
)
NAMES = ("name_vi", "name_en", "short_name", "search_accented", "sort_key")
_COLUMNS = ", ".join(DATED)
_VALUES = ", ".join(f"${position}" for position in range(6, 6 + len(DATED)))

Version = dict[str, Any]


async def add_version(
    unit_id: UUID, number: int, since: date, until: date, made_in: int, values: Mapping[str, object]
) -> None:
    """Add a version; columns that `values` lacks are null."""
    await db.execute(
        f"""INSERT INTO unit_version (unit_id, number, since, until, made_in, {_COLUMNS})
            VALUES ($1, $2, $3, $4, $5, {_VALUES})""",
        unit_id,
        number,
        since,
        until,
        made_in,
        *(values.get(column) for column in DATED),
    )


async def versions_from(unit_id: UUID, on: date) -> list[Version]:
    """Return the versions of a unit that hold on a day or later, in their order."""
    found = await db.rows(
        f"""SELECT unit_id, number, since, until, {_COLUMNS} FROM unit_version
            WHERE unit_id = $1 AND until > $2 ORDER BY since""",
        unit_id,
        on,
    )
    return [dict(row) for row in found]


def changed_until(versions: list[Version], columns: tuple[str, ...]) -> date:
    """Return the first day on which these columns are not those of the first version any more."""
    first = versions[0]
    for version in versions:
        if any(version[column] != first[column] for column in columns):
            return version["since"]
    return versions[-1]["until"]


def amended(versions: list[Version], on: date, changes: Mapping[str, object]) -> list[Version]:
    """Return the versions of a unit from a day on, the first of which that day is in, as a change makes them.

    A column changes until the day on which it was to change anyway: a rename recorded late, or before a move that is
    already planned, leaves what comes later as it is. The names count as one column.
    """
    ends = {column: changed_until(versions, NAMES if column in NAMES else (column,)) for column in changes}
    new = list[Version]()
    for version in versions:
        began = max(version["since"], on)
        new.append(
            version | {column: changes[column] for column, end in ends.items() if began < end} | {"since": began}
        )
    return new


async def amend(unit_id: UUID, on: date, made_in: int, changes: Mapping[str, object]) -> None:
    """Change columns of a unit from a day on, which must be one of its days, as far as `amended` says."""
    versions = await versions_from(unit_id, on)
    for version, new in zip(versions, amended(versions, on, changes), strict=True):
        other = {column: new[column] for column in changes if new[column] != version[column]}
        if not other:
            continue
        if version["since"] < on:
            await _end(unit_id, version["since"], on, made_in)
            await add_version(unit_id, version["number"], on, version["until"], made_in, new)
        else:
            await _rewrite(unit_id, version["since"], made_in, other)


async def close(unit_id: UUID, on: date, made_in: int) -> None:
    """Let a unit exist no longer from a day on."""
    await db.execute("DELETE FROM unit_version WHERE unit_id = $1 AND since >= $2", unit_id, on)
    await db.execute(
        "UPDATE unit_version SET until = $2, made_in = $3 WHERE unit_id = $1 AND since < $2 AND until > $2",
        unit_id,
        on,
        made_in,
    )


async def _end(unit_id: UUID, since: date, until: date, made_in: int) -> None:
    await db.execute(
        "UPDATE unit_version SET until = $3, made_in = $4 WHERE unit_id = $1 AND since = $2",
        unit_id,
        since,
        until,
        made_in,
    )


async def _rewrite(unit_id: UUID, since: date, made_in: int, new: Mapping[str, object]) -> None:
    columns = ", ".join(f"{column} = ${position}" for position, column in enumerate(new, start=4))
    await db.execute(
        f"UPDATE unit_version SET made_in = $3, {columns} WHERE unit_id = $1 AND since = $2",
        unit_id,
        since,
        made_in,
        *new.values(),
    )
