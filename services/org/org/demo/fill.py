"""Filling the database through the same functions as everybody else, one transaction for each kind of thing."""

import random
from collections.abc import Callable
from datetime import date

from kit import db
from kit.identity import SYSTEM
from org.access.service import ensure_role
from org.demo import people as demo_people
from org.demo import workplaces
from org.demo.tree import BEGINNING, TOP, DemoUnit, stable_id, units
from org.headcounts.service import publish_headcounts
from org.people import service as people
from org.units.service import NewUnit, UnitNames, create_unit

Say = Callable[[str], None]

COUNTED_ON = date(2025, 12, 31)
# Every source of a number that the demo made up; pages and answers show it.
SOURCE = "demo"
# One grassroots union in so many has not published anything: missing numbers are part of life.
SILENT_ONE_IN = 17

DEPARTMENTS = {
    "confederation": (
        ("office", "Văn phòng", "Office"),
        ("union_work", "Ban Công tác công đoàn", "Union work department"),
        ("labour_relations", "Ban Quan hệ lao động", "Labour relations department"),
    ),
    "province_or_industry": (
        ("office", "Văn phòng", "Office"),
        ("communications", "Ban Tuyên giáo", "Communications department"),
        (
            "policy_and_relations",
            "Ban Chính sách pháp luật và Quan hệ lao động",
            "Policy, law and labour relations department",
        ),
    ),
    "special": (("communications", "Ban Tuyên giáo", "Communications department"),),
}
# The head of which department a unit has, by the department's kind.
HEADED = ("communications", "union_work")


async def fill(say: Say) -> None:
    """Make what is missing of the demo; what is there, also when it was changed since, stays as it is."""
    demo = units()
    say(await _make_units(demo))
    say(await _make_headcounts(demo))
    say(await _make_departments(demo))
    say(await _make_officers(demo))
    say(await _make_people())


async def _make_units(demo: list[DemoUnit]) -> str:
    there = await _there("unit")
    missing = [unit for unit in demo if unit.id not in there]
    async with db.transaction():
        for unit in missing:
            names = UnitNames.checked(unit.vi, unit.en, unit.short)
            new = NewUnit(unit.parent_id, names, unit.code, unit.level, unit.kind, unit.region, unit.on, unit.id)
            await create_unit(SYSTEM, new)
    return f"units: {len(missing)} made, {len(demo) - len(missing)} were there"


async def _make_headcounts(demo: list[DemoUnit]) -> str:
    rows = await db.rows("SELECT unit_id FROM headcount_publication WHERE day = $1", COUNTED_ON)
    there = {row["unit_id"] for row in rows}
    counted = [unit for number, unit in enumerate(u for u in demo if u.workers) if number % SILENT_ONE_IN]
    missing = [unit for unit in counted if unit.id not in there]
    async with db.transaction():
        for unit in missing:
            cells = workplaces.cells(_rng(unit.code), unit.field, unit.workers)
            await publish_headcounts(SYSTEM, unit.id, COUNTED_ON, cells, SOURCE)
    total = sum(unit.workers for unit in counted)
    return (
        f"headcounts: {len(missing)} published, {len(counted) - len(missing)} were there; {total} workers, all made up"
    )


async def _make_departments(demo: list[DemoUnit]) -> str:
    there = await _there("department")
    made = 0
    async with db.transaction():
        for unit in demo:
            for kind, vi, en in DEPARTMENTS.get(unit.level, ()):
                department_id = stable_id(f"{unit.code}/{kind}")
                if department_id not in there:
                    await people.found_department(SYSTEM, unit.id, kind, vi, en, BEGINNING, department_id)
                    made += 1
    return f"departments: {made} made"


async def _make_officers(demo: list[DemoUnit]) -> str:
    there = await _there("appointment")
    made = 0
    async with db.transaction():
        for unit in demo:
            for post, department in _posts(unit):
                name = f"{unit.code}/{post}/{department}"
                if stable_id(name) not in there:
                    await _appoint_somebody(unit, post, department, name)
                    made += 1
    return f"officers: {made} appointed, their names made up"


def _posts(unit: DemoUnit) -> list[tuple[str, str | None]]:
    kinds = [kind for kind, _, _ in DEPARTMENTS.get(unit.level, ())]
    if kinds:
        return [("chair", None), ("vice_chair", None), *(("department_head", k) for k in kinds if k in HEADED)]
    return [("chair", None)] if unit.level == "grassroots" and unit.code.endswith("-001") else []


async def _appoint_somebody(unit: DemoUnit, post: str, department: str | None, name: str) -> None:
    person_id = stable_id(f"{name}/person")
    # These unions are real, their officers here are not: the name says so wherever it is shown.
    await people.add_person(SYSTEM, f"{demo_people.full_name(_rng(name))} (minh họa)", person_id=person_id)
    department_id = stable_id(f"{unit.code}/{department}") if department else None
    await people.appoint(
        SYSTEM, person_id, unit.id, post, BEGINNING, date(2028, 7, 1), department_id, appointment_id=stable_id(name)
    )


async def _make_people() -> str:
    there = await _there("person")
    made = 0
    async with db.transaction():
        for person in demo_people.PEOPLE:
            if stable_id(person.subject) in there:
                continue
            await people.add_person(SYSTEM, person.name, person.subject, stable_id(person.subject))
            await ensure_role(SYSTEM, person.subject, person.role, person.unit)
            made += 1
    return f"people to sign in as: {made} made; the one in charge of all is {demo_people.PEOPLE[0].subject} on {TOP}"


async def _there(table: str) -> set[object]:
    return {row["id"] for row in await db.rows(f"SELECT id FROM {table}")}


def _rng(name: str) -> random.Random:
    """Return made-up chance that is the same for one thing each time, whatever else is made."""
    return random.Random(f"loa demo {name}")  # noqa: S311  # nothing secret depends on it
