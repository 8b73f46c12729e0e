"""The table in which members and workers are written down by age band and gender: read from texts, summed, compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kit import db
from kit.errors import InvalidInput
from kit.numbers import written_number
from org.headcounts.service import MOST_PEOPLE, Cell
from org.web.filled import Filled

COUNTED = ("members", "workers")

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of a table: age bands and genders in the order of their vocabularies."""

    bands: Sequence[db.Record]
    genders: Sequence[db.Record]

    @property
    def keys(self) -> list[Key]:
        """The age band and gender of each row."""
        return [(band["code"], gender["code"]) for band in self.bands for gender in self.genders]

    def holds(self, cells: Sequence[Cell]) -> bool:
        """Whether the table has a place for each cell: those told by education or field of work have none."""
        keys = set(self.keys)
        return all(cell.education is None and cell.field is None and cell.key[:2] in keys for cell in cells)


def name_of(key: Key, counted: str) -> str:
    """Return the name of the field of a row and column."""
    return f"{counted}.{key[0]}.{key[1]}"


def texts_of_cells(grid: Grid, cells: Sequence[Cell]) -> dict[str, str]:
    """Return a table filled with cells; where there is none the fields stay blank."""
    known = {cell.key[:2]: cell for cell in cells}
    texts = dict[str, str]()
    for key in grid.keys:
        for counted in COUNTED:
            texts[name_of(key, counted)] = str(getattr(known[key], counted)) if key in known else ""
    return texts


def read_cells(grid: Grid, filled: Filled) -> list[Cell]:
    """Return the cells of a filled table; rows left blank are missing, not zero. What is wrong is noted by field."""
    cells = list[Cell]()
    for key in grid.keys:
        names = [name_of(key, counted) for counted in COUNTED]
        if not any(filled.text(name) for name in names):
            continue
        members, workers = (_count(filled, name) for name in names)
        if members is not None and workers is not None:
            cells.append(Cell(*key, members, workers))
    return cells


def _count(filled: Filled, name: str) -> int | None:
    text = filled.text(name)
    if not text:
        refusal = InvalidInput(
            name, "cần cả hai số; ghi 0 nếu không có ai.", "both numbers are needed; write 0 where there is nobody."
        )
        filled.problems.setdefault(name, refusal)
        return None
    people = written_number(text)
    if people is None or people > MOST_PEOPLE:
        refusal = InvalidInput(
            name, f"phải là số nguyên từ 0 đến {MOST_PEOPLE}.", f"must be a whole number from 0 to {MOST_PEOPLE}."
        )
        filled.problems.setdefault(name, refusal)
        return None
    return people


def sums(cells: Sequence[Cell]) -> Mapping[str, int] | None:
    """Return how many members and workers there are in all; None where no cell says."""
    return {counted: sum(getattr(cell, counted) for cell in cells) for counted in COUNTED} if cells else None
