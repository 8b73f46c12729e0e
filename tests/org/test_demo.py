"""The demo: whole, believable, labelled as made up, and the same when it is filled in again."""

import csv
import os
from pathlib import Path

import pytest

from kit import db
from kit.identity import ROLES
from kit.paths import parents
from org.access.service import caller_of
from org.demo import fill
from org.demo.industries import CORPORATIONS
from org.demo.people import PEOPLE
from org.demo.places import PLACES
from org.demo.tree import units

WHOLE = (
    "unit",
    "unit_name",
    "unit_parent",
    "tree_version",
    "headcount",
    "person",
    "department",
    "appointment",
    "role_grant",
    "outbox",
)


async def stored():
    return {table: [tuple(row) for row in await db.rows(f"SELECT * FROM {table} ORDER BY 1")] for table in WHOLE}


@pytest.mark.slow
@pytest.mark.committed
async def test_fills_an_empty_database_once(database):
    said = []
    await fill(said.append)
    first = await stored()
    assert len(first["unit"]) == len(units())
    await fill(said.append)
    assert await stored() == first
    assert said[5].startswith("units: 0 made")

    workers, made_up = await db.row(
        "SELECT sum(workers), bool_and(source = 'demo') FROM headcount JOIN headcount_publication AS p ON p.id = publication_id"
    )
    assert 250_000 <= workers <= 400_000
    assert made_up is True

    astray = await db.value(
        """SELECT count(*) FROM unit JOIN unit AS parent ON parent.id = unit.parent_id
           WHERE unit.path <> parent.path || right(unit.path, 5) OR unit.ancestors <> parent.ancestors || parent.number"""
    )
    assert astray == 0
    events = await db.value("SELECT count(*) FROM outbox WHERE type = 'unit.created'")
    assert events == len(first["unit"])

    for person in PEOPLE:
        caller = await caller_of(person.subject)
        assert [grant.role for grant in caller.grants] == [person.role]
    assert {person.role for person in PEOPLE} == set(ROLES)
    evn = await db.row("SELECT path FROM unit WHERE code = 'EVN'")
    corporation = await db.row("SELECT path FROM unit WHERE code = 'EVNNPC'")
    assert parents(corporation["path"])[-1] == evn["path"]


async def test_has_the_units_that_it_should():
    demo = units()
    levels = [unit.level for unit in demo]
    codes = {unit.code for unit in demo}
    assert len(codes) == len(demo) == len({unit.id for unit in demo})
    assert len([place for place in PLACES if place.is_city]) == 6
    assert len(PLACES) == 34
    assert len(CORPORATIONS) == 9
    assert 390 <= levels.count("grassroots") <= 420
    sizes = [unit.workers for unit in demo if unit.level == "grassroots"]
    assert min(sizes) >= 15
    assert max(sizes) <= 9_000
    assert codes >= {"TLD", "HN", "HCM", "EVN", "TKV", "CDVC", "EVNHANOI", "EVNGENCO3"}


@pytest.mark.skipif(
    "LOA_REFERENCE_DIR" not in os.environ,
    reason="LOA_REFERENCE_DIR does not say where the statistics office's tables are",
)
def test_provinces_are_those_of_the_statistics_office():
    path = Path(os.environ["LOA_REFERENCE_DIR"]) / "org-reference" / "ward_conversion_2025-07-01.csv"
    with path.open(encoding="utf-8-sig") as file:
        listed = {row[0].strip() for row in csv.reader(file) if row and row[0].endswith(")")}
    ours = {f"{'Thành phố' if place.is_city else 'Tỉnh'} {place.name} ({place.number})" for place in PLACES}
    assert ours == listed
