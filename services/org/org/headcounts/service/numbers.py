"""The numbers that stand for codes in stored cells: given at first use, and kept for ever."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kit import db
from kit.errors import InvalidInput
from org.headcounts.service.cells import Cell

SLOT_DIGITS = 14
MOST_SLOTS = 120
_DETAILS = ("education", "field")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Slots of (age band, gender), and numbers of (vocabulary, code) of what is detailed further."""

    slots: dict[tuple[str, str], int]
    codes: dict[tuple[str, str], int]

    def know(self, cell: Cell) -> bool:
        """Whether a cell can be written with these."""
        return (cell.age_band, cell.gender) in self.slots and all(named in self.codes for named in _details(cell))

    def pack(self, cell: Cell) -> int:
        """Return the integer that stands for whom a cell counts."""
        education, field = (self.codes.get((name, getattr(cell, name)), 0) for name in _DETAILS)
        return self.slots[cell.age_band, cell.gender] * 1_000_000 + education * 1_000 + field


@dataclass(frozen=True, slots=True)
class Meanings:
    """The way back: what slots and numbers stand for."""

    slots: dict[int, tuple[str, str]]
    codes: dict[tuple[str, int], str]

    def cells(self, packed: Sequence[int], members: Sequence[int], workers: Sequence[int]) -> tuple[Cell, ...]:
        """Return stored cells as they were published, in the order of their numbers."""
        return tuple(
            Cell(*self.slots[key // 1_000_000], m, w, *self.details(key))
            for key, m, w in zip(packed, members, workers, strict=True)
        )

    def details(self, key: int) -> tuple[str | None, str | None]:
        """Return the education and the field of work of a packed cell, None where not stated."""
        return self.codes.get(("education", key // 1_000 % 1_000)), self.codes.get(("field", key % 1_000))


_READ = """
SELECT NULL AS vocabulary, slot AS number, age_band AS code, gender FROM headcount_slot
UNION ALL SELECT vocabulary, number, code, NULL FROM headcount_code"""


async def read_numbers() -> Numbers:
    """Return all numbers given so far."""
    found = await db.rows(_READ)
    return Numbers(
        {(row["code"], row["gender"]): row["number"] for row in found if row["gender"]},
        {(row["vocabulary"], row["code"]): row["number"] for row in found if row["vocabulary"]},
    )


async def read_meanings() -> Meanings:
    """Return what all numbers given so far stand for."""
    numbers = await read_numbers()
    return Meanings(
        {slot: pair for pair, slot in numbers.slots.items()},
        {(vocabulary, number): code for (vocabulary, code), number in numbers.codes.items()},
    )


async def numbers_for(cells: Iterable[Cell]) -> Numbers:
    """Return numbers for checked cells; give new ones where codes appear for the first time."""
    numbers = await read_numbers()
    unknown = [cell for cell in cells if not numbers.know(cell)]
    if not unknown:
        return numbers
    # Two that meet a new code at once wait for one another.
    await db.execute("LOCK TABLE headcount_slot, headcount_code IN SHARE ROW EXCLUSIVE MODE")
    pairs = sorted({(cell.age_band, cell.gender) for cell in unknown})
    known = (await read_numbers()).slots.keys()
    if len(known | set(pairs)) > MOST_SLOTS:
        raise InvalidInput(
            "ageBand",
            f"hệ thống chỉ lưu được {MOST_SLOTS} cặp nhóm tuổi và giới tính, kể cả các nhóm cũ.",
            f"only {MOST_SLOTS} pairs of age band and gender can be kept, former ones included.",
        )
    await db.execute(
        """INSERT INTO headcount_slot (slot, age_band, gender)
           SELECT (SELECT count(*) FROM headcount_slot) + row_number() OVER (ORDER BY position), age_band, gender
           FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS new (age_band, gender, position)
           WHERE NOT EXISTS (SELECT FROM headcount_slot AS old
                             WHERE (old.age_band, old.gender) = (new.age_band, new.gender))""",
        [age_band for age_band, _ in pairs],
        [gender for _, gender in pairs],
    )
    named = sorted({pair for cell in unknown for pair in _details(cell)})
    await db.execute(
        """INSERT INTO headcount_code (vocabulary, number, code)
           SELECT vocabulary, (SELECT count(*) FROM headcount_code AS old WHERE old.vocabulary = new.vocabulary)
                  + row_number() OVER (PARTITION BY vocabulary ORDER BY position), code
           FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS new (vocabulary, code, position)
           WHERE NOT EXISTS (SELECT FROM headcount_code AS old
                             WHERE (old.vocabulary, old.code) = (new.vocabulary, new.code))""",
        [vocabulary for vocabulary, _ in named],
        [code for _, code in named],
    )
    return await read_numbers()


def _details(cell: Cell) -> list[tuple[str, str]]:
    return [(name, code) for name in _DETAILS if (code := getattr(cell, name)) is not None]
