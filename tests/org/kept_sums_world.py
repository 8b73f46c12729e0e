"""Kept sums of headcounts as they stand, and as they would be summed up anew: what each test of org ends with."""

from collections import defaultdict
from datetime import date

from kit import db

Piece = tuple[date, date, date, tuple[int, ...]]
"""The day of the publications, from and up to before which day they count, and what is summed up of them."""

_PIECES = """
SELECT root, day, since, until, units, carried, assumed, known, members, workers FROM headcount_sum
UNION ALL
SELECT root, day, since, until, units, carried, assumed, known, members, workers FROM headcount_sum_change"""


async def pieces() -> dict[str, list[Piece]]:
    """Return what is kept for each unit that has others below it."""
    found: dict[str, list[Piece]] = defaultdict(list)
    for root, day, since, until, *sums in await db.rows(_PIECES):
        found[root].append((day, since, until, tuple(int(number) for number in sums)))
    return found


def on(kept: list[Piece], asked: date) -> dict[date, tuple[int, ...]]:
    """Return the sums of a day by the days of the publications, nobody left out."""
    sums: dict[date, tuple[int, ...]] = {}
    for day, since, until, counted in kept:
        if since <= asked < until:
            before = sums.get(day, (0,) * len(counted))
            sums[day] = tuple(map(sum, zip(before, counted, strict=True)))
    return {day: counted for day, counted in sums.items() if any(counted)}


async def kept_wrongly() -> list[tuple[str, date]]:
    """Return units and days whose kept sums are not what is published; afterwards they are what they should be."""
    kept = await pieces()
    await db.execute("SELECT rebuild_headcount_sums()")
    anew = await pieces()
    wrong: list[tuple[str, date]] = []
    for root in kept.keys() | anew.keys():
        days = {since for _, since, _, _ in kept[root] + anew[root]} | {until for _, _, until, _ in kept[root]}
        wrong += [(root, day) for day in sorted(days) if on(kept[root], day) != on(anew[root], day)]
    return wrong
