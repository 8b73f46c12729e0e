"""Headcounts follow the people: what a unit last published is shared out among its successors, to the person."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from kit import db
from kit.errors import DomainError
from kit.identity import Caller
from org.headcounts.service.carry import Carried, carry, cells_on
from org.headcounts.service.cells import Cell
from org.headcounts.service.history import Publication
from org.reorganisations.service.allocate import UNITS, as_units, largest_remainder

# What the database keeps of one unit and day (`headcount_publication_has_cells` and its like).
MOST_CELLS = 10_000
MOST_PEOPLE = 100_000_000


class CarriedHeadcountTooLarge(DomainError):
    """A successor would have more kinds of people, or more people of one kind, than can be kept; `most` of them."""

    code = "CARRIED_HEADCOUNT_TOO_LARGE"
    vi = "Đơn vị tiếp nhận sẽ có số liệu quá lớn: nhiều nhất {cells} nhóm người, mỗi nhóm nhiều nhất {most} người."
    en = "The successor's headcount would be too large: at most {cells} kinds of people, of each at most {most}."
    extra = {"most": int}


Key = tuple[str, str, str | None, str | None]


async def carry_counts(caller: Caller, version: int, on: date) -> None:
    """Publish for the successors of a reorganisation, as of its day, what counted for predecessors the day before.

    Each cell of each predecessor is shared out by the method of the largest remainder, so its total stays the same to
    the person; an existing successor, and a source that goes on, have what they had besides. What another
    reorganisation of the same day carried over before counts as had. Where nothing was published nothing is carried:
    unknown stays unknown.
    """
    transfers = await db.rows(
        """SELECT predecessor_id, successor_id, share, is_assumed FROM succession
           JOIN unit ON unit.id = successor_id
           WHERE version = $1 ORDER BY predecessor_id, share DESC, unit.number""",
        version,
    )
    if not transfers:
        return
    concerned = {row["predecessor_id"] for row in transfers} | {row["successor_id"] for row in transfers}
    known = await cells_on(list(concerned), on - timedelta(days=1))
    on_the_day = await cells_on(list(concerned), on)
    known |= {unit: one for unit, one in on_the_day.items() if one.day == on and one.origin == "reorganisation"}
    await carry(caller, version, _bounded(shared_counts(transfers, known, on)))


def _bounded(carried: list[Carried]) -> list[Carried]:
    for one in carried:
        most = max((max(cell.members, cell.workers) for cell in one.cells), default=0)
        if len(one.cells) > MOST_CELLS or most > MOST_PEOPLE:
            raise CarriedHeadcountTooLarge(cells=MOST_CELLS, most=MOST_PEOPLE)
    return carried


def shared_counts(transfers: Sequence[db.Record], known: dict[UUID, Publication], on: date) -> list[Carried]:
    """Return what each unit has after the transfers; units that neither give nor get known people are left out."""
    by_source = dict[UUID, list[db.Record]]()
    for transfer in transfers:
        # Nobody goes where the share is nothing; who is there is not known better for it.
        if transfer["share"] and transfer["predecessor_id"] in known:
            by_source.setdefault(transfer["predecessor_id"], []).append(transfer)
    after = dict[UUID, dict[Key, list[int]]]()
    assumed = set[UUID]()
    for source, parts in by_source.items():
        _share_out(after, known[source], parts)
        is_assumed = known[source].is_assumed
        assumed |= {part["successor_id"] for part in parts if is_assumed or part["is_assumed"]}
    for unit_id in after:
        if unit_id in known and unit_id not in by_source:
            _add(after[unit_id], known[unit_id].cells)
            assumed |= {unit_id} if known[unit_id].is_assumed else set()
    return [Carried(unit_id, on, _cells(cells), unit_id in assumed) for unit_id, cells in after.items()]


def _share_out(after: dict[UUID, dict[Key, list[int]]], source: Publication, parts: Sequence[db.Record]) -> None:
    units = [part["successor_id"] for part in parts]
    weights = [as_units(part["share"]) for part in parts]
    if sum(weights) < UNITS:
        # The source goes on with the rest.
        units, weights = [*units, source.unit_id], [*weights, UNITS - sum(weights)]
    for cell in source.cells:
        counts = zip(largest_remainder(cell.members, weights), largest_remainder(cell.workers, weights), strict=True)
        for unit_id, (members, workers) in zip(units, counts, strict=True):
            sums = after.setdefault(unit_id, {}).setdefault(cell.key, [0, 0])
            sums[0] += members
            sums[1] += workers


def _add(sums: dict[Key, list[int]], cells: Iterable[Cell]) -> None:
    for cell in cells:
        had = sums.setdefault(cell.key, [0, 0])
        had[0] += cell.members
        had[1] += cell.workers


def _cells(sums: dict[Key, list[int]]) -> list[Cell]:
    return [
        Cell(age_band, gender, members, workers, education, field)
        for (age_band, gender, education, field), (members, workers) in sums.items()
    ]
