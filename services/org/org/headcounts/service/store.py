"""Writing publications, many in one statement: what they replace stays on record, others are told, the audit too."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from uuid import UUID, uuid4

from kit import db
from kit.errors import InvalidInput
from kit.events import publish_all
from kit.identity import Caller
from org.audit.service import Entry, record_all
from org.headcounts.service.cells import Cell, by_age_and_gender
from org.headcounts.service.numbers import numbers_for
from org.units.service import current_tree_version
from org.vietnamese import clean

LONGEST_SOURCE = 200
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class NewPublication:
    """What is to be published of one unit and day. `tree_version`: the reorganisation that carried it over."""

    unit_id: UUID
    day: date
    cells: Sequence[Cell]
    source: str
    origin: str = "entered"
    tree_version: int | None = None
    is_assumed: bool = False
    id: UUID = field(default_factory=uuid4)

    @property
    def place(self) -> tuple[UUID, date]:
        """The unit and the day, for which one publication counts."""
        return self.unit_id, self.day


def checked_text(name: str, text: str, longest: int) -> str:
    """Return a text without needless blanks; InvalidInput when nothing or too much remains."""
    cleaned = clean(text)
    if not cleaned:
        raise InvalidInput(name, "không được để trống.", "must not be blank.")
    if len(cleaned) > longest:
        raise InvalidInput(name, f"dài hơn {longest} ký tự.", f"is longer than {longest} characters.")
    return cleaned


async def keep_tree_still() -> None:
    """Let changes of the tree wait to the end of this transaction: where units stand now, their people are counted."""
    await db.execute("SELECT keep_tree_still()")


async def lock_units(units: Sequence[UUID]) -> None:
    """Make publications of the same units wait for one another, so that what was checked still holds at the end."""
    await keep_tree_still()
    await db.execute("SELECT FROM unit WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", list(set(units)))


async def standing_on(places: Sequence[tuple[UUID, date]]) -> list[db.Record]:
    """Return the publications that count for exactly these units and days."""
    return await db.rows(
        f"""SELECT {STORED} FROM headcount_publication
            WHERE (unit_id, day) IN (SELECT * FROM unnest($1::uuid[], $2::date[])) AND replaced_at IS NULL""",
        [unit_id for unit_id, _ in places],
        [day for _, day in places],
    )


STORED = """id, unit_id, day, until, source, origin, is_assumed, tree_version, published_by, published_at,
            replaced_at, replaced_by, replaced_why, corrects, cells, members, workers"""


async def store(caller: Caller, new: Sequence[NewPublication], why: str | None) -> None:
    """Write checked publications; those that counted for the same units and days are replaced, because of `why`.

    The units are locked. No two publications are of one unit and day.
    """
    former = await end(caller, [publication.place for publication in new], why) if why else {}
    await _insert(caller, new, {place: row["id"] for place, row in former.items()})
    await tell([(publication.unit_id, publication.day, publication.cells) for publication in new])
    await record_all(caller, [_entry(publication, former.get(publication.place)) for publication in new])


async def end(caller: Caller, places: Sequence[tuple[UUID, date]], why: str) -> dict[tuple[UUID, date], db.Record]:
    """Let what counts for these units and days count no longer; return it."""
    ended = await db.rows(
        f"""UPDATE headcount_publication SET replaced_at = clock_timestamp(), replaced_by = $3, replaced_why = $4
            WHERE (unit_id, day) IN (SELECT * FROM unnest($1::uuid[], $2::date[])) AND replaced_at IS NULL
            RETURNING {STORED}""",
        [unit_id for unit_id, _ in places],
        [day for _, day in places],
        caller.subject,
        why,
    )
    return {(row["unit_id"], row["day"]): row for row in ended}


async def _insert(caller: Caller, new: Sequence[NewPublication], corrected: dict[tuple[UUID, date], UUID]) -> None:
    numbers = await numbers_for(chain.from_iterable(publication.cells for publication in new))
    cells = [(position, cell) for position, one in enumerate(new, start=1) for cell in one.cells]
    await db.execute(
        """INSERT INTO headcount_publication (id, unit_id, unit_label, day, source, origin, is_assumed, tree_version,
                                              corrects, published_by, cells, members, workers)
           SELECT new.id, new.unit_id, unit.label, new.day, new.source, new.origin, new.is_assumed, new.tree_version,
                  new.corrects, $9, counted.cells, counted.members, counted.workers
           FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::text[], $5::text[], $6::boolean[], $7::bigint[],
                       $8::uuid[])
             WITH ORDINALITY AS new (id, unit_id, day, source, origin, is_assumed, tree_version, corrects, position)
           JOIN unit ON unit.id = new.unit_id
           JOIN (SELECT position, array_agg(cell ORDER BY cell) AS cells, array_agg(members ORDER BY cell) AS members,
                        array_agg(workers ORDER BY cell) AS workers
                 FROM unnest($10::int[], $11::int[], $12::int[], $13::int[]) AS told (position, cell, members, workers)
                 GROUP BY position) AS counted ON counted.position = new.position""",
        [one.id for one in new],
        [one.unit_id for one in new],
        [one.day for one in new],
        [one.source for one in new],
        [one.origin for one in new],
        [one.is_assumed for one in new],
        [one.tree_version for one in new],
        [corrected.get(one.place) for one in new],
        caller.subject,
        [position for position, _ in cells],
        [numbers.pack(cell) for _, cell in cells],
        [cell.members for _, cell in cells],
        [cell.workers for _, cell in cells],
    )


async def tell(counts: Sequence[tuple[UUID, date, Sequence[Cell]]]) -> None:
    """Tell the other services what counts now; without cells: nothing is published for that unit and day any more."""
    version = await current_tree_version()
    await publish_all("headcount.published", [_event(unit_id, day, cells, version) for unit_id, day, cells in counts])


def _event(unit_id: UUID, day: date, cells: Sequence[Cell], version: int) -> dict[str, object]:
    told: dict[str, object] = {
        "unit_id": str(unit_id),
        "day": day.isoformat(),
        "cells": [_told(cell) for cell in by_age_and_gender(cells)],
        "tree_version": version,
    }
    if any(cell.education or cell.field for cell in cells):
        told["detail"] = [_told(cell) for cell in cells]
    return told


def _told(cell: Cell) -> dict[str, object]:
    stated = {name: code for name in ("education", "field") if (code := getattr(cell, name)) is not None}
    return {
        "age_band": cell.age_band,
        "gender": cell.gender,
        **stated,
        "members": cell.members,
        "workers": cell.workers,
    }


def _entry(new: NewPublication, former: db.Record | None) -> Entry:
    # Sources and reasons are free text, in which people may be named: the publication has them, the audit has not.
    return Entry(
        action="headcount.carried" if new.tree_version else "headcount.corrected" if former else "headcount.published",
        unit_id=new.unit_id,
        kind="headcount_publication",
        thing_id=str(new.id),
        before=summary(former) if former else None,
        after={
            "day": new.day.isoformat(),
            "cells": len(new.cells),
            "members": sum(cell.members for cell in new.cells),
            "workers": sum(cell.workers for cell in new.cells),
        },
    )


def summary(row: db.Record) -> dict[str, object]:
    """Return what the audit says of a stored publication."""
    return {
        "id": str(row["id"]),
        "day": row["day"].isoformat(),
        "cells": len(row["cells"]),
        "members": sum(row["members"]),
        "workers": sum(row["workers"]),
    }
