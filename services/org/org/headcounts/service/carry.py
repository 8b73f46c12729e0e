"""Headcounts carried over by reorganisations: the people of a unit that closes are those of its successors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kit import db
from kit.errors import DomainError
from kit.identity import Caller
from org.audit.service import Entry, record_all
from org.headcounts.service.cells import Cell
from org.headcounts.service.history import Publication, published
from org.headcounts.service.numbers import read_meanings
from org.headcounts.service.store import STORED, NewPublication, lock_units, store, summary, tell


class CarriedHeadcountsCorrected(DomainError):
    """Headcounts that the reorganisation carried over were corrected since, so it can't be undone as it was."""

    code = "CARRIED_HEADCOUNTS_CORRECTED"
    vi = "Đã có {count} số liệu chuyển tiếp được đính chính sau khi sắp xếp, nên không thể hoàn tác."
    en = "{count} headcounts that were carried over have been corrected since; the change can't be undone."
    extra = {"count": int}


@dataclass(frozen=True, slots=True)
class Carried:
    """What a unit has from its predecessors on a day; `is_assumed` when their shares were assumptions."""

    unit_id: UUID
    day: date
    cells: Sequence[Cell]
    is_assumed: bool = False


async def cells_on(units: Sequence[UUID], day: date) -> dict[UUID, Publication]:
    """Return what counts on a day for each of the units that have published; who may know is asked before."""
    found = await db.rows(
        f"""SELECT {STORED} FROM headcount_publication
            WHERE unit_id = ANY($1) AND day <= $2 AND until > $2 AND replaced_at IS NULL""",
        list(units),
        day,
    )
    meanings = await read_meanings()
    return {row["unit_id"]: published(row, meanings) for row in found}


async def carry(caller: Caller, version: int, carried: Sequence[Carried]) -> None:
    """Publish what the reorganisation of a tree version carries over, inside its transaction.

    What a unit had published for that very day is replaced, and comes back with `forget_carried`. The caller has been
    asked for the rights that the reorganisation needs; the cells were checked when they were first published.
    """
    if not carried:
        return
    source = f"Chuyển tiếp khi sắp xếp tổ chức, phiên bản cây {version}"
    new = [
        NewPublication(one.unit_id, one.day, one.cells, source, "reorganisation", version, one.is_assumed)
        for one in carried
    ]
    await lock_units([one.unit_id for one in carried])
    await store(caller, new, why=source)


async def forget_carried(caller: Caller, version: int) -> None:
    """Undo what `carry` did for a tree version; CarriedHeadcountsCorrected when some of it was corrected since."""
    units = await db.rows("SELECT DISTINCT unit_id FROM headcount_publication WHERE tree_version = $1", version)
    if not units:
        return
    await lock_units([row["unit_id"] for row in units])
    found = await db.rows(f"SELECT {STORED} FROM headcount_publication WHERE tree_version = $1", version)
    if corrected := sum(1 for row in found if row["replaced_at"]):
        raise CarriedHeadcountsCorrected(count=corrected)
    ended = await db.rows(
        f"""UPDATE headcount_publication
            SET replaced_at = clock_timestamp(), replaced_by = $2, replaced_why = $3
            WHERE tree_version = $1 RETURNING {STORED}""",
        version,
        caller.subject,
        f"Hoàn tác phiên bản cây {version}",
    )
    back = await db.rows(
        f"""UPDATE headcount_publication SET replaced_at = NULL, replaced_by = NULL, replaced_why = NULL
            WHERE id = ANY($1) RETURNING {STORED}""",
        [row["corrects"] for row in ended if row["corrects"]],
    )
    meanings = await read_meanings()
    again = {(row["unit_id"], row["day"]): published(row, meanings).cells for row in back}
    places = [(row["unit_id"], row["day"]) for row in ended]
    await tell([(*place, again.get(place, ())) for place in places])
    restored = {row["id"]: row for row in back}
    await record_all(caller, [_forgotten(row, restored.get(row["corrects"])) for row in ended])


def _forgotten(row: db.Record, restored: db.Record | None) -> Entry:
    return Entry(
        "headcount.forgotten",
        row["unit_id"],
        "headcount_publication",
        str(row["id"]),
        before=summary(row),
        after=summary(restored) if restored else None,
    )
