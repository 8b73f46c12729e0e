"""Publishing headcounts, and summing them over subtrees.

A headcount tells how many people there are; it is for planning, and protects no one's answer. Small cells are shown
as they are to those who may see them at all: analysts and admins of the unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput
from kit.events import publish
from kit.identity import Caller
from org.headcounts.models import Headcount, HeadcountPublication
from org.units.service import current_tree_version, find_unit
from org.units.service.rules import require_not_future
from org.vietnamese import clean
from org.vocabularies.service import codes_on, unknown_code

MOST_CELLS = 100
MOST_PEOPLE = 10_000_000
LONGEST_SOURCE = 200


@dataclass(frozen=True, slots=True)
class Cell:
    """How many members and workers of one age band and gender there are."""

    age_band: str
    gender: str
    members: int
    workers: int


async def publish_headcounts(
    caller: Caller, unit_id: UUID, day: date, cells: Sequence[Cell], source: str
) -> HeadcountPublication:
    """Publish what is known of the people attached to a unit itself (not to units below it) on a day.

    The caller must be an editor of the unit. The cells replace all that was published for that unit and day.
    """
    caller.require_someone()
    async with db.transaction():
        unit = await find_unit(unit_id)
        caller.require("editor", unit["path"])
        require_not_future(day)
        source = _source(source)
        await _check_cells(cells, day)
        publication = await _replace(unit_id, day, cells, source)
        await publish("headcount.published", await _told(unit_id, day, cells))
    return publication


def _source(text: str) -> str:
    source = clean(text)
    if not source:
        raise InvalidInput("source", "không được để trống.", "must not be blank.")
    if len(source) > LONGEST_SOURCE:
        raise InvalidInput("source", f"dài hơn {LONGEST_SOURCE} ký tự.", f"is longer than {LONGEST_SOURCE} characters.")
    return source


async def _check_cells(cells: Sequence[Cell], day: date) -> None:
    if not 1 <= len(cells) <= MOST_CELLS:
        raise InvalidInput("cells", f"phải có từ 1 đến {MOST_CELLS} ô.", f"must have between 1 and {MOST_CELLS} cells.")
    bands, genders = await codes_on("age_band", day), await codes_on("gender", day)
    seen = set[tuple[str, str]]()
    for position, cell in enumerate(cells):
        field = f"cells[{position}]"
        if cell.age_band not in bands:
            raise unknown_code(f"{field}.ageBand", "age_band", cell.age_band, day)
        if cell.gender not in genders:
            raise unknown_code(f"{field}.gender", "gender", cell.gender, day)
        for name, count in (("members", cell.members), ("workers", cell.workers)):
            if not 0 <= count <= MOST_PEOPLE:
                raise InvalidInput(
                    f"{field}.{name}", f"phải từ 0 đến {MOST_PEOPLE}.", f"must be between 0 and {MOST_PEOPLE}."
                )
        if (cell.age_band, cell.gender) in seen:
            raise InvalidInput(
                field, "trùng nhóm tuổi và giới tính với ô trước.", "repeats an earlier age band and gender."
            )
        seen.add((cell.age_band, cell.gender))


async def _replace(unit_id: UUID, day: date, cells: Sequence[Cell], source: str) -> HeadcountPublication:
    # Lock the unit: two publications of one day wait for one another instead of breaking on the constraint.
    await db.execute("SELECT FROM unit WHERE id = $1 FOR NO KEY UPDATE", unit_id)
    await HeadcountPublication.filter(unit_id=unit_id, day=day).delete()
    publication = await HeadcountPublication.create(id=uuid4(), unit_id=unit_id, day=day, source=source)
    await Headcount.bulk_create(
        [
            Headcount(
                publication_id=publication.id,
                age_band=c.age_band,
                gender=c.gender,
                members=c.members,
                workers=c.workers,
            )
            for c in cells
        ]
    )
    return publication


async def _told(unit_id: UUID, day: date, cells: Sequence[Cell]) -> dict[str, object]:
    told = [{"age_band": c.age_band, "gender": c.gender, "members": c.members, "workers": c.workers} for c in cells]
    return {
        "unit_id": str(unit_id),
        "day": day.isoformat(),
        "cells": told,
        "tree_version": await current_tree_version(),
    }


def may_see(caller: Caller, path: str) -> bool:
    """Whether the caller may see headcounts of the unit at `path` and of those below it."""
    return caller.may("analyst", path)


async def subtree_coverage(paths: Sequence[str]) -> list[db.Record]:
    """Return `path, units_counted, oldest_day, newest_day` of each path where anything is published up to today.

    A unit counts with its newest publication.
    """
    return await db.rows(
        f"""SELECT asked.path, count(*)::int AS units_counted,
                   min(latest.day) AS oldest_day, max(latest.day) AS newest_day,
                   (array_agg(DISTINCT latest.source))[1:10] AS sources
            FROM {_LATEST} GROUP BY asked.path""",
        list(paths),
        today(),
    )


async def subtree_cells(paths: Sequence[str]) -> list[db.Record]:
    """Return `path, age_band, gender, members, workers` summed over each subtree; what nobody published has no row."""
    return await db.rows(
        f"""SELECT asked.path, age_band, gender, sum(members)::bigint AS members, sum(workers)::bigint AS workers
            FROM {_LATEST} JOIN headcount ON headcount.publication_id = latest.id
            LEFT JOIN term AS band ON band.vocabulary = 'age_band' AND band.code = age_band AND band.valid @> $2::date
            LEFT JOIN term AS sex ON sex.vocabulary = 'gender' AND sex.code = gender AND sex.valid @> $2::date
            GROUP BY asked.path, age_band, gender, band.position, sex.position
            ORDER BY asked.path, band.position, age_band, sex.position, gender""",
        list(paths),
        today(),
    )


# The newest publication, up to the day in $2, of every unit in the subtrees in $1.
_LATEST = """unnest($1::text[]) AS asked (path)
            JOIN unit ON unit.path >= asked.path AND unit.path < asked.path || '~'
            JOIN LATERAL (SELECT id, day, source FROM headcount_publication AS told
                          WHERE told.unit_id = unit.id AND told.day <= $2
                          ORDER BY told.day DESC LIMIT 1) AS latest ON TRUE"""
