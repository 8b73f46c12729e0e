"""Coverage's figures in a world made by chance are what a plain count of all materials one by one gives."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID, uuid4

from archive_world import TestUnit, Union

from kit import db
from kit.calendar import today
from media_archive.coverage.counting import count_as_of
from media_archive.coverage.service import RECORDS, coverage_of

YEARS = (2024, 2025, 2026)
KINDS = ("leaflet", "news", "photo", "document", "scanned_document")
VISIBILITIES = ("private", "unit", "subtree", "union", "public")
MATERIALS = 400
NUMBERS = ("materials", "digitised", "items", "described", "shared", "reused", "products", "digital_products")


@dataclass
class Material:
    unit: TestUnit
    kind: str
    description: str
    topics: list[str]
    language: str
    visibility: str
    created_on: date
    is_kept: bool
    is_hidden: bool
    embargo_until: date | None
    lease_until: date | None
    granted_until: list[date | None]
    used_by: list[TestUnit]
    id: UUID = field(default_factory=uuid4)


@dataclass
class Told:
    unit: TestUnit
    year: int
    kind: str
    is_digital: bool
    number: int


def some_day(chance: random.Random, day: date) -> date | None:
    """None, or a day just around this one."""
    return chance.choice([None, None, day + timedelta(days=chance.randrange(-2, 3))])


def some_time(chance: random.Random, day: date) -> tuple[date | None, date | None]:
    """When an embargo and a lease end: never before, and the lease after the embargo."""
    embargo = some_day(chance, day)
    lease = (embargo or day - timedelta(days=3)) + timedelta(days=chance.randrange(1, 5))
    return embargo, chance.choice([None, None, lease])


def a_material(chance: random.Random, units: Sequence[TestUnit], day: date) -> Material:
    embargo_until, lease_until = some_time(chance, day)
    return Material(
        unit=chance.choice(units),
        kind=chance.choice(KINDS),
        description=chance.choice(["", "Mô tả"]),
        topics=chance.choice([[], ["benefits"], ["benefits", "labour_law"]]),
        language=chance.choice(["vi", "en"]),
        visibility=chance.choice(VISIBILITIES),
        created_on=date(chance.choice(YEARS), chance.randrange(1, 13), chance.randrange(1, 29)),
        is_kept=chance.random() < 0.9,
        is_hidden=chance.random() < 0.1,
        embargo_until=embargo_until,
        lease_until=lease_until,
        granted_until=[some_day(chance, day) for _ in range(chance.choice([0, 0, 0, 1, 2]))],
        used_by=[chance.choice(units) for _ in range(chance.choice([0, 0, 1, 3]))],
    )


def counted(materials: list[Material], told: list[Told], unit: TestUnit, year: int, day: date) -> dict[str, int]:
    """What is to be told of a unit with all below it, one material after the other."""
    here = [
        one for one in materials if one.is_kept and one.unit.path.startswith(unit.path) and one.created_on.year == year
    ]
    others = [one for one in told if one.unit.path.startswith(unit.path) and one.year == year]
    digital = sum(one.number for one in others if one.is_digital)
    digital_products = sum(one.kind not in RECORDS for one in here) + sum(
        one.number for one in others if one.is_digital and one.kind not in RECORDS
    )
    return {
        "materials": len(here) + sum(one.number for one in others),
        "digitised": len(here) + digital,
        "items": len(here),
        "described": sum(bool(one.description and one.topics) for one in here),
        "shared": sum(is_shared(one, day) for one in here),
        "reused": sum(any(user != one.unit for user in one.used_by) for one in here),
        "products": digital_products
        + sum(one.number for one in others if not one.is_digital and one.kind not in RECORDS),
        "digital_products": digital_products,
    }


def is_shared(one: Material, day: date) -> bool:
    if one.is_hidden or (one.embargo_until and one.embargo_until > day) or (one.lease_until and one.lease_until <= day):
        return False
    is_granted = any(until is None or until > day for until in one.granted_until)
    return is_granted or one.visibility in ("subtree", "union", "public")


async def store(materials: list[Material], told: list[Told], units: Sequence[TestUnit], day: date) -> None:
    await db.execute("INSERT INTO stored_file (sha256, size, media_type) VALUES (sha256('x'), 1, 'text/plain')")
    async with db.transaction():
        for one in materials:
            await db.execute(
                """INSERT INTO asset (id, unit_id, unit_path, kind, title, description, topics, language, visibility,
                       sha256, file_name, created_on, hidden, embargo_until, lease_until)
                   VALUES ($1, $2, $3, $4, 'Tài liệu', $5, $6, $7, $8, sha256('x'), 'a.txt', $9, $10, $11, $12)""",
                *(one.id, one.unit.id, one.unit.path, one.kind, one.description, one.topics, one.language),
                *(one.visibility, one.created_on, "rights_expired" if one.is_hidden else None),
                *(one.embargo_until, one.lease_until),
            )
            await db.execute(
                "INSERT INTO asset_version (asset_id, number, sha256, file_name) VALUES ($1, 1, sha256('x'), 'a.txt')",
                one.id,
            )
            for unit, until in zip(units, one.granted_until, strict=False):
                await db.execute(
                    "INSERT INTO asset_grant (asset_id, unit_id, until) VALUES ($1, $2, $3)", one.id, unit.id, until
                )
            for user in one.used_by:
                await db.execute(
                    """INSERT INTO reuse (asset_id, version, unit_id, subject, kind)
                       VALUES ($1, 1, $2, 'a', 'publication')""",
                    *(one.id, user.id),
                )
    await db.execute(
        """UPDATE asset SET state = 'deleted', deleted_at = now(), deletion_reason = 'duplicate', keep_until = $2
           WHERE id = ANY($1::uuid[])""",
        [one.id for one in materials if not one.is_kept],
        day + timedelta(days=30),
    )
    await db.execute_many(
        "INSERT INTO material_count (unit_id, year, kind, is_digital, number) VALUES ($1, $2, $3, $4, $5)",
        [(one.unit.id, one.year, one.kind, one.is_digital, one.number) for one in told],
    )


async def test_every_figure_of_every_unit_and_year_is_what_one_counts(union: Union):
    chance, day = random.Random(28), today()
    units = (union.root, union.north, union.factory, union.south, union.mine)
    materials = [a_material(chance, units, day) for _ in range(MATERIALS)]
    told = [
        Told(unit, year, kind, is_digital, chance.randrange(1, 50))
        for unit in units
        for year in YEARS
        for kind in KINDS
        for is_digital in (True, False)
        if chance.random() < 0.3
    ]
    await store(materials, told, units, day)
    await count_as_of(day)
    found = await coverage_of([unit.path for unit in units], list(YEARS))
    figures = {where: {name: getattr(one, name) for name in NUMBERS} for where, one in found.items()}
    assert figures == {(unit.path, year): counted(materials, told, unit, year, day) for unit in units for year in YEARS}
    # The world is not one in which everything is nought.
    assert all(figures[union.root.path, year][name] > 10 for year in YEARS for name in NUMBERS)
