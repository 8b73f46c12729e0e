"""Filling the database through the same functions as everybody else, one transaction for each kind of thing."""

import random
from collections.abc import Callable
from datetime import date

from kit import db
from kit.identity import SYSTEM
from org.access.service import ensure_role
from org.channels.service import ChannelFacts, add_channel
from org.demo import people as demo_people
from org.demo import workplaces
from org.demo.former import FORMER_PLACES
from org.demo.tree import BEGINNING, TOP, DemoUnit, stable_id, units
from org.headcounts.service import publish_headcounts
from org.people import service as people
from org.reorganisations.service.merge import merge_units
from org.units.service import Decision, NewUnit, UnitNames, create_unit

Say = Callable[[str], None]

COUNTED_ON = date(2025, 12, 31)
COUNTED_BEFORE = date(2024, 12, 31)
# The year before there were a little fewer people everywhere.
GROWTH = 0.96
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
FORMER_CODES = frozenset(place.code for place in FORMER_PLACES)
# Which channels the upper unions have, and the larger of the grassroots ones; `.example` is nobody's domain.
UPPER_CHANNELS = (
    ("website", "Trang thông tin điện tử", "https://congdoan.example/{code}"),
    ("facebook_page", "Trang Facebook", "https://www.facebook.com/loa.example.{code}"),
)
SHOP_FLOOR_CHANNELS = (("loudspeaker", "Loa truyền thanh nội bộ", None), ("notice_board", "Bảng tin", None))
LARGE = 1000
# The head of which department a unit has, by the department's kind.
HEADED = ("communications", "union_work")


async def fill(say: Say) -> None:
    """Make what is missing of the demo; what is there, also when it was changed since, stays as it is."""
    demo = units()
    lasting = [unit for unit in demo if unit.code not in FORMER_CODES]
    say(await _make_units(demo))
    say(await _make_headcounts(demo, COUNTED_BEFORE, GROWTH))
    say(await _merge_former_provinces())
    say(await _make_headcounts(demo, COUNTED_ON))
    say(await _make_departments(lasting))
    say(await _make_officers(lasting))
    say(await _make_channels(lasting))
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


async def _merge_former_provinces() -> str:
    there = await _there("unit")
    open_ones = {row["id"] for row in await db.rows("SELECT id FROM unit WHERE closed_on IS NULL")}
    merged = 0
    for heir in dict.fromkeys(place.heir for place in FORMER_PLACES):
        sources = [stable_id(place.code) for place in FORMER_PLACES if place.heir == heir]
        if not open_ones.issuperset(sources) or stable_id(heir) not in there:
            continue
        decision = Decision(number="minh họa", note="Sắp xếp đơn vị hành chính cấp tỉnh từ ngày 1/7/2025.")
        await merge_units(SYSTEM, sources, stable_id(heir), BEGINNING, decision)
        merged += len(sources)
    return f"provinces: {merged} of 63 became part of others on {BEGINNING.isoformat()}"


async def _make_headcounts(demo: list[DemoUnit], day: date, part: float = 1.0) -> str:
    rows = await db.rows("SELECT unit_id FROM headcount_publication WHERE day = $1 AND replaced_at IS NULL", day)
    there = {row["unit_id"] for row in rows}
    begun = {row["id"] for row in await db.rows("SELECT id FROM unit WHERE created_on <= $1", day)}
    counted = [unit for number, unit in enumerate(u for u in demo if u.workers) if number % SILENT_ONE_IN]
    missing = [unit for unit in counted if unit.id in begun - there]
    async with db.transaction():
        for unit in missing:
            chance = _rng(unit.code if part == 1 else f"{unit.code} {day}")
            cells = workplaces.cells(chance, unit.field, int(unit.workers * part))
            await publish_headcounts(SYSTEM, unit.id, day, cells, SOURCE)
    total = int(sum(unit.workers for unit in counted if unit.id in begun) * part)
    return f"headcounts of {day.isoformat()}: {len(missing)} published; {total} workers in all, made up"


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


async def _make_channels(demo: list[DemoUnit]) -> str:
    rows = await db.rows("SELECT unit_id, kind FROM channel")
    there = {(row["unit_id"], row["kind"]) for row in rows}
    made = 0
    async with db.transaction():
        for unit in demo:
            for kind, name, address in _channels(unit):
                if (unit.id, kind) not in there:
                    told = address.format(code=unit.code.lower()) if address else None
                    facts = ChannelFacts(f"{name} (minh họa)", "members_and_workers", told)
                    await add_channel(SYSTEM, unit.id, kind, facts, unit.on)
                    made += 1
    return f"channels: {made} made, none of them real"


def _channels(unit: DemoUnit) -> tuple[tuple[str, str, str | None], ...]:
    if unit.level in DEPARTMENTS:
        return UPPER_CHANNELS
    return SHOP_FLOOR_CHANNELS if unit.level == "grassroots" and unit.workers >= LARGE else ()


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
