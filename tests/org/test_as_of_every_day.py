"""Whatever is done to the tree in whatever order: every day is what a plain calendar of that tree says."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit import db
from kit.calendar import today
from kit.errors import DomainError
from kit.identity import SYSTEM
from kit.paths import label
from org.units.service import (
    NewUnit,
    UnitNames,
    begin,
    change_unit,
    children_of,
    create_unit,
    derive_paths,
    descendants_of,
    move_unit,
    rename_unit,
    subtree_counts,
)
from org.units.service.versions import close

DAYS = 12
"""Days of the calendar; what holds on the last holds for ever."""
UNITS = 6

Facts = dict[str, object]


def day(number: int) -> date:
    """Return a day of the calendar, in the middle of which today is."""
    return today() + timedelta(days=number - DAYS // 2)


@dataclass
class Calendar:
    """The whole tree, written down anew for each day: for each unit its facts, or None where it does not exist."""

    root: UUID
    top: str
    numbers: dict[UUID, int]
    facts: dict[UUID, list[Facts | None]] = field(default_factory=dict[UUID, list[Facts | None]])
    heirs: dict[UUID, UUID] = field(default_factory=dict[UUID, UUID])

    def create(self, unit: UUID, on: int, facts: Facts) -> None:
        self.facts[unit] = [None] * on + [dict(facts) for _ in range(DAYS - on)]

    def change(self, unit: UUID, on: int, columns: Facts) -> bool:
        """Change columns as long as they stay what they are on that day; False where the unit does not exist."""
        days = self.facts[unit]
        former = days[on]
        if former is None:
            return False
        was = {column: former[column] for column in columns}
        for number in range(on, DAYS):
            facts = days[number]
            if facts is None or {column: facts[column] for column in columns} != was:
                break
            facts.update(columns)
        return True

    def close(self, unit: UUID, on: int, heir: UUID | None) -> bool:
        if self.facts[unit][on] is None or self.facts[unit][on - 1] is None:
            return False
        self.facts[unit][on:] = [None] * (DAYS - on)
        self.heirs.pop(unit, None)
        if heir:
            self.heirs[unit] = heir
        return True

    def path(self, unit: UUID, number: int, seen: tuple[UUID, ...] = ()) -> str | None:
        """Return where a unit, or what it left behind, stands on a day; None before its first. ValueError for a ring."""
        if unit == self.root:
            return self.top
        if unit in seen:
            raise ValueError("a ring")
        days = self.facts[unit]
        began = next(n for n, facts in enumerate(days) if facts)
        if number < began:
            return None
        facts = days[number]
        if facts:
            above, there = facts["parent"], self.facts.get(facts["parent"])  # pyright: ignore[reportArgumentType, reportCallIssue]
            if above != self.root and (there is None or there[number] is None):
                raise ValueError("an orphan")
        else:
            last = next(facts for facts in reversed(days[:number]) if facts)
            above = self.heirs.get(unit, last["parent"])  # pyright: ignore[reportArgumentType]
        over = self.path(above, number, (*seen, unit))  # pyright: ignore[reportArgumentType]
        if over is None:
            raise ValueError("an orphan")
        return over + label(self.numbers[unit])

    def is_sound(self) -> bool:
        """Whether no day has a ring, an orphan, two siblings of one name or two units of one code."""
        for number in range(DAYS):
            here = [days[number] for days in self.facts.values()]
            standing = [facts for facts in here if facts]
            names = {(facts["parent"], str(facts["name"]).lower()) for facts in standing}
            if len(names) < len(standing) or len({facts["code"] for facts in standing}) < len(standing):
                return False
            try:
                for unit in self.facts:
                    self.path(unit, number)
            except ValueError:
                return False
        return True

    def on(self, number: int) -> dict[UUID, tuple[object, ...]]:
        """Return the tree of a day: name, code, parent and path of each unit."""
        return {
            unit: (days[number]["name"], days[number]["code"], days[number]["parent"], self.path(unit, number))  # pyright: ignore[reportOptionalSubscript]
            for unit, days in self.facts.items()
            if days[number]
        }


days = st.integers(0, DAYS - 1)
# Few names and few codes, so that they clash.
names = st.sampled_from(["An", "Bình", "BÌNH", "Chi"])
codes = st.sampled_from(["T-A", "T-B", "T-C", "T-D", "T-E", "T-F", "T-G"])
which = st.integers(0, UNITS)
operations = st.one_of(
    st.tuples(st.just("create"), which, st.integers(0, DAYS // 2), names, codes),
    st.tuples(st.just("rename"), which, days, names),
    st.tuples(st.just("move"), which, days, which),
    st.tuples(st.just("move"), which, days, which),
    st.tuples(st.just("recode"), which, days, codes),
    st.tuples(st.just("close"), which, st.integers(1, DAYS - 1), st.one_of(st.none(), which)),
)


class Undone(Exception):
    """Ends an example's transaction."""


@pytest.fixture
async def root(tree):
    """A section that has always been there, below which sections may stand below sections."""
    await db.execute("INSERT INTO level_rule (parent_level, child_level) VALUES ('section', 'section')")
    return tree.section


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(st.just("create"), which, st.integers(0, 2), names, codes), min_size=2, max_size=4),
    st.lists(operations, min_size=4, max_size=25),
)
async def test_every_day_is_what_the_calendar_says(root, begun, drawn):
    with pytest.raises(Undone):
        async with db.transaction():
            await play(root, begun + drawn)
            raise Undone


async def play(root, drawn) -> None:
    calendar = Calendar(root["id"], root["path"], {root["id"]: root["number"]})
    units: list[UUID] = []
    for n, operation in enumerate(drawn):
        wanted = deepcopy(calendar)
        allowed, unit = foreseen(wanted, units, root["id"], operation)
        if allowed is None:
            continue
        made, refusal = await attempted(units, root["id"], operation)
        assert (refusal is None) == allowed, f"{n}: {operation}: {refusal!r}"
        if made is None:
            continue
        if operation[0] == "create":
            number = await db.value("SELECT number FROM unit WHERE id = $1", made)
            wanted.facts = {made if known == unit else known: facts for known, facts in wanted.facts.items()}
            wanted.numbers[made] = number
            units.append(made)
        calendar = wanted
        await same_on_every_day(calendar)
    await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
    await same_paths_when_derived_again()


NEW = UUID(int=0)


def foreseen(calendar: Calendar, units: list[UUID], root: UUID, operation) -> tuple[bool | None, UUID | None]:
    """Do an operation to the calendar; return whether it may be done, None when there is no unit to do it to."""
    kind, unit, on, *more = operation
    known = [root, *units]
    if kind == "create":
        if len(units) == UNITS:
            return None, None
        calendar.numbers[NEW] = 0
        calendar.create(NEW, on, {"parent": known[unit % len(known)], "name": more[0], "code": more[1]})
        return calendar.is_sound(), NEW
    if not units:
        return None, None
    target = units[unit % len(units)]
    if kind == "close":
        heir = None if more[0] is None else known[more[0] % len(known)]
        return heir != target and calendar.close(target, on, heir) and calendar.is_sound(), target
    column = {"rename": "name", "move": "parent", "recode": "code"}[kind]
    value = known[more[0] % len(known)] if kind == "move" else more[0]
    return calendar.change(target, on, {column: value}) and calendar.is_sound(), target


async def attempted(units: list[UUID], root: UUID, operation) -> tuple[UUID | None, Exception | None]:
    """Do an operation to the product; return the unit, or why it was refused."""
    try:
        async with db.transaction():
            return await done(units, root, operation), None
    except (DomainError, asyncpg.CheckViolationError) as refusal:
        return None, refusal


async def done(units: list[UUID], root: UUID, operation) -> UUID:
    """Do an operation to the product; return the unit."""
    kind, unit, number, *more = operation
    known, on = [root, *units], day(number)
    if kind == "create":
        new = NewUnit(known[unit % len(known)], UnitNames(more[0]), more[1], "section", "section", on=on)
        return (await create_unit(SYSTEM, new))["id"]
    target = units[unit % len(units)]
    if kind == "rename":
        await rename_unit(SYSTEM, target, UnitNames(more[0]), on)
    elif kind == "move":
        await move_unit(SYSTEM, target, known[more[0] % len(known)], on)
    elif kind == "recode":
        await change_unit(SYSTEM, target, {"code": more[0]}, on)
    else:
        await closed(target, on, None if more[0] is None else known[more[0] % len(known)])
    return target


async def closed(unit: UUID, on: date, heir: UUID | None) -> None:
    """Close a unit with nothing but the core, which is to refuse what leaves an orphan."""
    lived = await db.row("SELECT created_on, closed_on FROM unit WHERE id = $1", unit)
    assert lived
    if heir == unit or on <= lived["created_on"] or (lived["closed_on"] and lived["closed_on"] <= on):
        raise asyncpg.CheckViolationError("not one of its days")
    change = await begin(SYSTEM, "dissolve", on)
    await close(unit, on, change.version)
    await db.execute("UPDATE unit SET heir_id = $2 WHERE id = $1", unit, heir)
    await derive_paths([unit])


async def same_on_every_day(calendar: Calendar) -> None:
    below = [f"{calendar.top}", f"{calendar.top}~"]
    for number in range(DAYS + 1):
        at, on = min(number, DAYS - 1), day(number) if number < DAYS else day(DAYS + 1000)
        wanted = calendar.on(at)
        rows = await db.rows(
            "SELECT id, name_vi, code, parent_id, path FROM units_on($1) WHERE path > $2 AND path < $3", on, *below
        )
        assert {row["id"]: tuple(row)[1:] for row in rows} == wanted
        in_order = sorted(str(path) for *_, path in wanted.values())
        found = await descendants_of([calendar.top], None, 100, None, on)
        assert [row["path"] for row in found] == in_order
        ((_, count),) = await subtree_counts([calendar.top], on)
        assert count == len(wanted)
        children = await children_of([calendar.root], 100, None, on)
        assert [(row["sort_key"], row["number"]) for row in children] == sorted(
            (row["sort_key"], row["number"]) for row in found if len(row["path"]) == len(calendar.top) + 5
        )
        governed = await db.rows(
            "SELECT unit_id, path FROM unit_path WHERE unit_id = ANY($1) AND since <= $2 AND until > $2",
            list(calendar.facts),
            on,
        )
        stands = {unit: calendar.path(unit, at) for unit in calendar.facts}
        assert {row["unit_id"]: row["path"] for row in governed} == {
            unit: path for unit, path in stands.items() if path
        }
        assert len(governed) == len({row["unit_id"] for row in governed})


async def same_paths_when_derived_again() -> None:
    before = await db.rows("SELECT * FROM unit_path ORDER BY unit_id, since")
    assert await db.value("SELECT derive_unit_paths(array_agg(id)) FROM unit") == []
    assert await db.rows("SELECT * FROM unit_path ORDER BY unit_id, since") == before
    neighbours = await db.value(
        """SELECT count(*) FROM unit_path AS one JOIN unit_path AS next
           ON next.unit_id = one.unit_id AND next.since = one.until AND (next.path, next.open) = (one.path, one.open)"""
    )
    assert neighbours == 0
