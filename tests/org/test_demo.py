"""The demo: whole, believable, labelled as made up, and the same when it is filled in again."""

import csv
import os
from datetime import date
from pathlib import Path

import pytest

from kit import db
from kit.calendar import today
from kit.identity import ROLES
from kit.paths import parents
from org.access.service import caller_of
from org.demo import fill
from org.demo.industries import CORPORATIONS
from org.demo.people import PEOPLE
from org.demo.places import PLACES
from org.demo.tree import units
from org.headcounts.service import sources_of, subtree_sum
from org.units.service import find_unit_by_code, history_of

WHOLE = (
    "unit",
    "unit_version",
    "unit_path",
    "reorganisation",
    "succession",
    "tree_version",
    "headcount_publication",
    "person",
    "department",
    "appointment",
    "role_grant",
    "outbox",
)


async def top_path():
    return (await find_unit_by_code("TLD"))["path"]


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
    assert "units: 0 made, 592 were there" in said

    [sums] = await subtree_sum([await top_path()], date(2025, 12, 31), ("gender",))
    assert 250_000 <= sum(cell.workers for cell in sums.cells) <= 400_000
    assert await sources_of([await top_path()], today()) == {await top_path(): ["demo"]}
    # Every path follows from the versions: writing them all anew changes none.
    assert await db.value("SELECT derive_unit_paths(array_agg(id)) FROM unit") == []

    # One demo serves for all that is to be said of it: filling it takes a while.
    await remembers_the_63_provinces()
    await lets_people_sign_in_with_their_roles()


async def remembers_the_63_provinces():
    provinces = "SELECT count(*) FROM units_on($1) WHERE kind = 'provincial_federation'"
    assert await db.value(provinces, date(2025, 6, 30)) == 63
    assert await db.value(provinces, date(2025, 7, 1)) == 34
    binh_duong = await find_unit_by_code("BDU")
    assert binh_duong["closed_on"] == date(2025, 7, 1)
    went = [event for event in await history_of(binh_duong["id"]) if event.what == "went_to"]
    assert [(event.code, event.share) for event in went] == [("HCM", 1.0)]
    first = "SELECT code FROM units_on($1) WHERE id = (SELECT parent_id FROM units_on($1) WHERE code = 'HCM-003')"
    assert await db.value(first, date(2025, 6, 30)) == "BDU"
    assert await db.value(first, date(2025, 7, 1)) == "HCM"


async def lets_people_sign_in_with_their_roles():
    for person in PEOPLE:
        caller = await caller_of(person.subject)
        assert [grant.role for grant in caller.grants] == [person.role]
    assert {person.role for person in PEOPLE} == set(ROLES)
    evn, corporation = await find_unit_by_code("EVN"), await find_unit_by_code("EVNNPC")
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
