"""What is unusual about cells that were published all the same: a reason to look again, not to refuse.

Members may outnumber workers: the union's register and the employer's payroll are two lists of two days. Far more often
two columns were taken for one another.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from org.headcounts.service.cells import Cell


@dataclass(frozen=True, slots=True)
class Notice:
    """Something unusual, in both languages, and about how many cells it is said."""

    code: str
    cells: int
    vi: str
    en: str


def notices_of(cells: Iterable[Cell]) -> list[Notice]:
    """Return what the publisher should look at again, one notice of each kind at most; nothing for ordinary cells."""
    outnumbered = sum(cell.members > cell.workers for cell in cells)
    if not outnumbered:
        return []
    return [
        Notice(
            "MORE_MEMBERS_THAN_WORKERS",
            outnumbered,
            f"{outnumbered} ô có số đoàn viên nhiều hơn số lao động; hãy kiểm tra xem có nhầm cột không.",
            f"{outnumbered} cells have more members than workers; check that the two were not mixed up.",
        )
    ]
