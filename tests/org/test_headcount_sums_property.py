"""Sums in the database equal a plain calculation over the same publications, for any tree, days and dimensions."""

import itertools
from collections import defaultdict
from datetime import date, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit import db
from kit.identity import SYSTEM
from org.headcounts.service import (
    DIMENSIONS,
    Cell,
    correct_headcounts,
    coverage,
    missing_units,
    publish_headcounts,
    subtree_sum,
    withdraw_headcounts,
)
from org.units.service import find_unit, move_unit

START = date(2026, 1, 1)
REGIONS = ("red_river_delta", "north_central", None)
NAMES = itertools.count()

days = st.integers(0, 9).map(lambda number: START + timedelta(days=number))
cells = st.dictionaries(
    st.tuples(
        st.sampled_from(["under_25", "45_plus"]),
        st.sampled_from(["female", "male", "other"]),
        st.sampled_from([None, "college"]),
        st.sampled_from([None, "mining", "electricity"]),
    ),
    st.tuples(st.integers(0, 3), st.integers(0, 10_000_000)),
    min_size=1,
    max_size=6,
).map(lambda found: [Cell(k[0], k[1], *counts, *k[2:]) for k, counts in found.items()])
units = st.integers(0, 5)
acts = st.lists(st.tuples(st.sampled_from(["publish", "publish", "withdraw"]), units, days, cells), max_size=12)
moves = st.lists(st.tuples(units, st.integers(0, 1), st.integers(1, 9)), max_size=3, unique_by=lambda move: move[0])
questions = st.lists(st.sampled_from(DIMENSIONS), unique=True, max_size=4)


class Plain:
    """The same tree and publications as dictionaries."""

    def __init__(self) -> None:
        self.places: dict[UUID, list[tuple[date, int]]] = {}
        self.facts: dict[UUID, dict[str, str | None]] = {}
        self.told: dict[UUID, dict[date, list[Cell]]] = defaultdict(dict)

    def below(self, province: int, day: date) -> list[UUID]:
        """Return the unions of a province on a day."""
        return [
            unit for unit, moved in self.places.items() if [p for since, p in moved if since <= day][-1] == province
        ]

    def newest(self, unit: UUID, day: date) -> list[Cell] | None:
        known = [since for since in self.told[unit] if since <= day]
        return self.told[unit][max(known)] if known else None

    def sums(self, province: int, day: date, dimensions: list[str]) -> dict[tuple[str | None, ...], tuple[int, int]]:
        found: dict[tuple[str | None, ...], tuple[int, int]] = {}
        for unit in self.below(province, day):
            for cell in self.newest(unit, day) or ():
                facts = self.facts[unit]
                key = tuple(facts[name] if name in facts else getattr(cell, name) for name in dimensions)
                had = found.get(key, (0, 0))
                found[key] = had[0] + cell.members, had[1] + cell.workers
        return found


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(acts=acts, moves=moves, asked=questions, day=days)
async def test_sums_equal_a_plain_calculation(tree, new_unit, acts, moves, asked, day):
    plain, provinces = Plain(), (tree.hanoi, tree.hue)
    made = []
    for number in range(6):
        name, region = f"P-{next(NAMES)}", REGIONS[number % 3]
        kind = "school" if number % 2 else "enterprise"
        # Every example has provinces of its own: the database is not undone between them.
        if number == 0:
            provinces = [
                await new_unit(tree.top, f"{name} {side}", f"{name}-{side}", "province_or_industry", kind="corporation")
                for side in (0, 1)
            ]
        unit = await new_unit(provinces[number % 2], name, name, "grassroots", kind=kind, region=region)
        made.append(unit["id"])
        plain.places[unit["id"]] = [(date.min, number % 2)]
        plain.facts[unit["id"]] = {"region": region, "level": "grassroots", "kind": kind}
    for number, province, after in moves:
        if plain.places[made[number]][-1][1] != province:
            since = START + timedelta(days=after)
            await move_unit(SYSTEM, made[number], provinces[province]["id"], since)
            plain.places[made[number]].append((since, province))
    for act, number, on, given_cells in acts:
        await perform(plain, act, made[number], on, given_cells)
    paths = [(await find_unit(province["id"], day))["path"] for province in provinces]
    found = await subtree_sum(paths, day, asked)
    for side, path in enumerate(paths):
        sums = {
            tuple(getattr(cell, name) for name in asked): (cell.members, cell.workers) for cell in found[side].cells
        }
        assert sums == plain.sums(side, day, asked)
        assert len(sums) == len(found[side].cells)
        below = plain.below(side, day)
        silent = {unit for unit in below if plain.newest(unit, day) is None}
        assert found[side].units_counted == len(below) - len(silent)
        counted = (await coverage([path], day))[path]
        assert (counted.units, counted.units_counted) == (len(below) + 1, len(below) - len(silent))
        missing = await missing_units([path], day, None, 20, None)
        assert {row["id"] for row in missing} == silent | {provinces[side]["id"]}


async def perform(plain: Plain, act: str, unit: UUID, day: date, given_cells: list[Cell]) -> None:
    """Publish or correct, or withdraw what there is, in both."""
    is_told = day in plain.told[unit]
    if act == "publish":
        if is_told:
            await correct_headcounts(SYSTEM, unit, day, given_cells, "x", "y")
        else:
            await publish_headcounts(SYSTEM, unit, day, given_cells, "x")
        plain.told[unit][day] = given_cells
    elif is_told:
        await withdraw_headcounts(SYSTEM, unit, day, "y")
        del plain.told[unit][day]
    ended = await db.value(
        "SELECT count(*) FROM headcount_publication WHERE unit_id = $1 AND until = 'infinity' AND replaced_at IS NULL",
        unit,
    )
    assert ended == bool(plain.told[unit])
