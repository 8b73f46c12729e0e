"""A population pyramid as plain geometry: women to the left, men to the right, one row for each age band."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HALF = 150
ROW = 34
BAR = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its place and size in the picture's units, and how many people it stands for."""

    side: str
    x: float
    y: float
    width: float
    people: int
    members: int
    member_width: float
    member_x: float


@dataclass(frozen=True, slots=True)
class Row:
    """One age band: its label's height, and its bars; a side that nobody counted has none."""

    age_band: str
    y: float
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The picture: its rows from old to young, its height, and how many people the longest bar stands for."""

    rows: list[Row]
    height: int
    longest: int


def pyramid(bands: Sequence[str], counts: Mapping[tuple[str, str], tuple[int, int]]) -> Pyramid | None:
    """Return the pyramid of `counts` by (age band, gender): (members, workers), None where nobody is counted.

    `bands` gives the order from young to old. A bar is as long as the larger of the two counts, which are of two
    lists; the part that stands for members is drawn inside it.
    """
    longest = max((max(pair) for pair in counts.values()), default=0)
    if longest == 0:
        return None
    shown = [band for band in reversed(bands) if any((band, gender) in counts for gender in ("female", "male"))]
    rows = [_row(band, number * ROW, counts, longest) for number, band in enumerate(shown)]
    return Pyramid(rows, len(rows) * ROW, longest)


def _row(band: str, top: int, counts: Mapping[tuple[str, str], tuple[int, int]], longest: int) -> Row:
    bars = [
        _bar(gender, top + (ROW - BAR) / 2, *counts[band, gender], longest)
        for gender in ("female", "male")
        if (band, gender) in counts
    ]
    return Row(band, top + ROW / 2, bars)


def _bar(gender: str, y: float, members: int, workers: int, longest: int) -> Bar:
    width, member_width = HALF * max(members, workers) / longest, HALF * members / longest
    x, member_x = (HALF - width, HALF - member_width) if gender == "female" else (HALF, HALF)
    return Bar(gender, round(x, 1), y, round(width, 1), workers, members, round(member_width, 1), round(member_x, 1))
