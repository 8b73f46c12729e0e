"""What a unit has published over time, corrected and withdrawn publications included."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kit import db
from org.headcounts.service.cells import Cell
from org.headcounts.service.numbers import Meanings, read_meanings
from org.headcounts.service.store import STORED


@dataclass(frozen=True, slots=True)
class Publication:
    """A stored publication. `until`: the first day on which a later one counts, None while there is none.

    `replaced_at` is set when it counts no longer: corrected or withdrawn. `published_by` is None where it was not yet
    recorded.
    """

    id: UUID
    unit_id: UUID
    day: date
    until: date | None
    source: str
    origin: str
    is_assumed: bool
    tree_version: int | None
    published_by: str | None
    published_at: datetime
    replaced_at: datetime | None
    replaced_by: str | None
    replaced_why: str | None
    corrects: UUID | None
    cells: tuple[Cell, ...]


def published(row: db.Record, meanings: Meanings) -> Publication:
    """Return a stored row as it was published."""
    return Publication(
        id=row["id"],
        unit_id=row["unit_id"],
        day=row["day"],
        until=None if row["until"] == date.max else row["until"],
        source=row["source"],
        origin=row["origin"],
        is_assumed=row["is_assumed"],
        tree_version=row["tree_version"],
        published_by=row["published_by"],
        published_at=row["published_at"],
        replaced_at=row["replaced_at"],
        replaced_by=row["replaced_by"],
        replaced_why=row["replaced_why"],
        corrects=row["corrects"],
        cells=meanings.cells(row["cells"], row["members"], row["workers"]),
    )


async def publications_of(
    units: Sequence[UUID], limit: int, after: tuple[date, datetime, UUID] | None
) -> dict[UUID, list[Publication]]:
    """Return up to `limit` publications of each unit, the newest day first, after (day, published at, id).

    Who may see them is asked before.
    """
    day, published_at, publication_id = after or (None, None, None)
    found = await db.rows(
        f"""SELECT found.* FROM unnest($1::uuid[]) AS asked (unit_id) CROSS JOIN LATERAL (
              SELECT {STORED} FROM headcount_publication
              WHERE unit_id = asked.unit_id AND ($3::date IS NULL OR (day, published_at, id) < ($3, $4, $5::uuid))
              ORDER BY day DESC, published_at DESC, id DESC LIMIT $2) AS found""",
        list(units),
        limit,
        day,
        published_at,
        publication_id,
    )
    meanings = await read_meanings()
    of_unit: dict[UUID, list[Publication]] = {unit_id: [] for unit_id in units}
    for row in found:
        of_unit[row["unit_id"]].append(published(row, meanings))
    return of_unit
