"""Cells: how many people of one age band and gender (education, field of work) there are, and when that can be."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from kit import db
from kit.errors import DomainError, InvalidInput, UnknownCode
from org.vocabularies.service import vocabulary_names

MOST_CELLS = 500
MOST_PEOPLE = 10_000_000


@dataclass(frozen=True, slots=True)
class Cell:
    """How many members and workers of one kind there are; where education or field of work is None it is not stated."""

    age_band: str
    gender: str
    members: int
    workers: int
    education: str | None = None
    field: str | None = None

    @property
    def key(self) -> tuple[str, str, str | None, str | None]:
        """Whom the cell counts; no two cells of a publication count the same."""
        return self.age_band, self.gender, self.education, self.field


@dataclass(frozen=True, slots=True)
class Names:
    """What the codes and counts of a cell are called where it comes from: the graph, or the columns of a file."""

    age_band: str = "age_band"
    gender: str = "gender"
    education: str = "education"
    field: str = "field"
    members: str = "members"
    workers: str = "workers"


IN_THE_GRAPH = Names(age_band="ageBand")
IN_A_FILE = Names()


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of the four vocabularies, the days on which each holds, and what the vocabularies are called."""

    days: dict[tuple[str, str], list[tuple[date, date]]]
    called: dict[str, tuple[str, str]]

    def has(self, vocabulary: str, code: str, day: date) -> bool:
        """Whether a vocabulary has a code on a day."""
        return any(since <= day < until for since, until in self.days.get((vocabulary, code), ()))


async def read_codes() -> Codes:
    """Return the codes that cells can be made of."""
    days: dict[tuple[str, str], list[tuple[date, date]]] = {}
    for row in await db.rows(
        """SELECT vocabulary, code,
                  coalesce(lower(valid), '-infinity') AS since, coalesce(upper(valid), 'infinity') AS until
           FROM term WHERE vocabulary IN ('age_band', 'gender', 'education', 'field')"""
    ):
        days.setdefault((row["vocabulary"], row["code"]), []).append((row["since"], row["until"]))
    return Codes(days, await vocabulary_names())


def problems_of(cell: Cell, day: date, codes: Codes, names: Names, prefix: str = "") -> Iterator[DomainError]:
    """Return all that is wrong with a cell on a day: codes that do not hold, counts out of bounds."""
    for vocabulary in ("age_band", "gender", "education", "field"):
        code: str | None = getattr(cell, vocabulary)
        if code is not None and not codes.has(vocabulary, code, day):
            yield UnknownCode(prefix + getattr(names, vocabulary), vocabulary, code, day, codes.called.get(vocabulary))
    for counted in ("members", "workers"):
        if not 0 <= getattr(cell, counted) <= MOST_PEOPLE:
            yield InvalidInput(
                prefix + getattr(names, counted),
                f"phải từ 0 đến {MOST_PEOPLE}.",
                f"must be between 0 and {MOST_PEOPLE}.",
            )


async def check_cells(cells: Sequence[Cell], day: date) -> None:
    """Raise InvalidInput or UnknownCode for the first thing that is wrong with the cells of a publication."""
    if not 1 <= len(cells) <= MOST_CELLS:
        raise InvalidInput("cells", f"phải có từ 1 đến {MOST_CELLS} ô.", f"must have between 1 and {MOST_CELLS} cells.")
    codes = await read_codes()
    seen = set[tuple[str, str, str | None, str | None]]()
    for position, cell in enumerate(cells):
        for problem in problems_of(cell, day, codes, IN_THE_GRAPH, f"cells[{position}]."):
            raise problem
        if cell.key in seen:
            raise InvalidInput(
                f"cells[{position}]", "trùng với một ô trước.", "counts the same people as an earlier cell."
            )
        seen.add(cell.key)


def by_age_and_gender(cells: Iterable[Cell]) -> list[Cell]:
    """Return the cells summed to age band and gender, in the order in which these appear."""
    sums: dict[tuple[str, str], Cell] = {}
    for cell in cells:
        key = cell.age_band, cell.gender
        before = sums.get(key, Cell(*key, 0, 0))
        sums[key] = Cell(*key, before.members + cell.members, before.workers + cell.workers)
    return list(sums.values())
