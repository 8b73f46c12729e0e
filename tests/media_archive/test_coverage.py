"""How far the programme's targets for materials are reached is counted for each unit with all below it, and year."""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from archive_world import TestUnit, Union, add, contributor, tell, worker

from kit import db
from kit.calendar import today
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import Ask, caller_as, queries
from media_archive.coverage.counting import count_as_of, count_coverage
from media_archive.reuse.service import NewReuse, record_reuse

NUMBERS = "materials digitised items described shared reused products digitalProducts"
COVERAGE = f"""query ($units: [_Any!]!, $year: Int! = 2026) {{ _entities(representations: $units) {{ ... on Unit {{
    coverage(year: $year) {{ {NUMBERS} }} materialCounts(year: $year) {{ kind isDigital number }} }} }} }}"""
SHARES = """query ($units: [_Any!]!) { _entities(representations: $units) { ... on Unit { coverage(year: 2026) {
    digitisedPercent describedPercent sharedPercent reusedPercent digitalProductsPercent } } } }"""
TELL = """mutation ($input: SetMaterialCountInput!) { setMaterialCount(input: $input) {
    ... on SetMaterialCountSuccess { materialCount { year kind isDigital number } }
    ... on Problem { code } ... on InvalidInput { field } } }"""


def units(*some: TestUnit) -> list[dict[str, str]]:
    return [{"__typename": "Unit", "id": str(unit.id)} for unit in some]


def told(unit: TestUnit, number: int = 10, **change: Any) -> dict[str, Any]:
    said = {"unitId": str(unit.id), "year": 2026, "kind": "leaflet", "isDigital": False, "number": number}
    return {**said, **change}


async def numbers(ask: Ask, caller: Caller, *some: TestUnit, year: int = 2026) -> list[tuple[int, ...] | None]:
    reply = await ask(COVERAGE, caller, units=units(*some), year=year)
    found = [one["coverage"] for one in reply.data["_entities"]]
    return [tuple(one[name] for name in NUMBERS.split()) if one else None for one in found]


async def _archive(union: Union) -> None:
    """Of the factory: one that is all it should be, one plain, an office paper of the year before; of the south one."""
    said: dict[str, Any] = {"description": "Mô tả", "topics": ("benefits",), "created_on": date(2026, 2, 1)}
    best = await add(union.factory, "Tốt", visibility="union", kind="leaflet", **said)
    await add(union.factory, "Trơn", visibility="unit", kind="news", created_on=date(2026, 3, 1))
    await add(union.factory, "Văn bản", visibility="union", kind="document", created_on=date(2025, 3, 1))
    await add(union.south, "Nam", visibility="subtree", kind="photo", created_on=date(2026, 3, 1))
    for unit in (union.factory, union.south):
        await record_reuse(SYSTEM, NewReuse(UUID(best), unit.id, "publication"))


async def test_a_unit_is_told_of_itself_and_all_below(ask: Ask, union: Union):
    await _archive(union)
    for unit, number, is_digital in ((union.factory, 7, False), (union.north, 1, True)):
        await ask(TELL, SYSTEM, input=told(unit, number, isDigital=is_digital))
    await count_coverage()
    admin = caller_as("admin", union.root)
    assert await numbers(ask, admin, union.root, union.north, union.factory, union.south) == [
        (11, 4, 3, 1, 2, 1, 11, 4),
        (10, 3, 2, 1, 1, 1, 10, 3),
        (9, 2, 2, 1, 1, 1, 9, 2),
        (1, 1, 1, 0, 1, 0, 1, 1),
    ]
    assert await numbers(ask, admin, union.factory, year=2025) == [(1, 1, 1, 0, 1, 0, 0, 0)]
    (shares,) = (await ask(SHARES, admin, units=units(union.north))).data["_entities"]
    assert shares["coverage"] == {
        "digitisedPercent": 30.0,
        "describedPercent": 50.0,
        "sharedPercent": 10.0,
        "reusedPercent": 50.0,
        "digitalProductsPercent": 30.0,
    }


async def test_of_nothing_there_is_no_share(ask: Ask, union: Union):
    (found,) = (await ask(SHARES, SYSTEM, units=units(union.mine))).data["_entities"]
    assert set(found["coverage"].values()) == {None}


async def test_what_nobody_beyond_the_unit_sees_is_not_shared(ask: Ask, union: Union):
    day = today()
    ids = [await add(union.factory, name, visibility="union", created_on=date(2026, 1, 1)) for name in "ABCD"]
    granted = await add(union.factory, "E", visibility="unit", created_on=date(2026, 1, 1))
    for asset_id, change in zip(
        ids, ("hidden = 'rights_expired'", "embargo_until = $2", "lease_until = $2"), strict=False
    ):
        days = [date(2999, 1, 1) if "embargo" in change else day] if "$2" in change else []
        await db.execute(f"UPDATE asset SET {change} WHERE id = $1::uuid", asset_id, *days)
    await db.execute("INSERT INTO asset_grant (asset_id, unit_id) VALUES ($1::uuid, $2)", granted, union.south.id)
    await count_coverage()
    assert await db.value("SELECT (items, shared)::text FROM coverage_count") == "(5,2)"
    await db.execute(
        "UPDATE asset SET state = 'deleted', deleted_at = now(), deletion_reason = 'duplicate', keep_until = $1", day
    )
    await count_as_of(day)
    assert await db.value("SELECT count(*) FROM coverage_count") == 0


async def test_who_is_told(ask: Ask, union: Union):
    await count_coverage()
    for caller, is_told in (
        (ANONYMOUS, False),
        (worker(union.factory), False),
        (caller_as("admin", union.south), False),
        (contributor(union.factory), True),
        (caller_as("analyst", union.north), True),
    ):
        reply = await ask(COVERAGE, caller, units=units(union.factory))
        (unit,) = reply.data["_entities"]
        assert [unit["coverage"] is not None, unit["materialCounts"] is not None] == [is_told, is_told]
    for unknown in ("x", "6f9619ff-8b86-d011-b42d-00c04fc964ff"):
        reply = await ask(COVERAGE, SYSTEM, units=[{"__typename": "Unit", "id": unknown}])
        assert reply.data["_entities"] == [{"coverage": None, "materialCounts": None}]


async def test_many_units_cost_no_more_statements_than_one(ask: Ask, union: Union):
    await _archive(union)
    await count_coverage()
    counts = set[int]()
    for some in ([union.root], [union.root, union.north, union.factory, union.south, union.mine]):
        with queries() as made:
            await ask(COVERAGE, SYSTEM, units=units(*some))
        counts.add(made.count)
    assert counts == {4}


async def test_numbers_go_where_their_unit_goes(ask: Ask, union: Union):
    await ask(TELL, SYSTEM, input=told(union.factory, 5))
    await tell(
        "unit.moved",
        id=str(union.factory.id),
        parent_id=str(union.south.id),
        old_path=union.factory.path,
        new_path=union.factory.path.replace(union.north.path, union.south.path),
        valid_from="2026-11-01",
        tree_version=9,
    )
    found = await numbers(ask, SYSTEM, union.north, union.south)
    assert [one and one[0] for one in found] == [0, 5]


async def test_a_unit_tells_what_is_not_in_the_archive_and_says_it_anew(ask: Ask, union: Union):
    caller = contributor(union.factory)
    for number in (10, 4):
        reply = await ask(TELL, caller, input=told(union.factory, number))
        assert reply.field["materialCount"] == {"year": 2026, "kind": "leaflet", "isDigital": False, "number": number}
    (unit,) = (await ask(COVERAGE, caller, units=units(union.factory))).data["_entities"]
    assert unit["materialCounts"] == [{"kind": "leaflet", "isDigital": False, "number": 4}]
    trail = await db.row("SELECT kind, thing_id, before::text, after::text FROM audit ORDER BY id DESC LIMIT 1")
    assert trail is not None
    assert trail["thing_id"] == str(union.factory.id)
    assert '"number": 10' in trail["before"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"year": 1928}, "year"),
        ({"year": 2999}, "year"),
        ({"number": -1}, "number"),
        ({"number": 10_000_001}, "number"),
        ({"kind": "x"}, "kind"),
    ],
)
async def test_refuses_what_is_wrong(ask: Ask, union: Union, change: dict[str, Any], field: str):
    reply = await ask(TELL, contributor(union.factory), input=told(union.factory, **change))
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    assert await db.value("SELECT count(*) FROM material_count") == 0


async def test_only_contributors_of_the_unit_tell(ask: Ask, union: Union):
    for caller, code in (
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (worker(union.factory), "FORBIDDEN"),
        (caller_as("analyst", union.factory), "FORBIDDEN"),
        (contributor(union.south), "FORBIDDEN"),
    ):
        assert (await ask(TELL, caller, input=told(union.factory))).code == code
    assert await db.value("SELECT count(*) FROM material_count") == 0


async def test_a_year_that_is_none_is_refused(ask: Ask, union: Union):
    reply = await ask(COVERAGE, SYSTEM, units=units(union.root), year=1900)
    assert reply.errors[0]["extensions"]["code"] == "INVALID_INPUT"


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("INSERT INTO material_count VALUES ({new}, 1928, 'news', true, 1)", "material_count_year_sensible"),
        ("INSERT INTO material_count VALUES ({new}, 2026, 'x', true, 1)", "material_count_kind_known"),
        ("INSERT INTO material_count VALUES ({new}, 2026, 'news', true, -1)", "material_count_number_bounded"),
        ("INSERT INTO coverage_count VALUES ({new}, 2026, 'news', 1, 2, 0, 0)", "coverage_count_parts_of_items"),
        ("INSERT INTO coverage_count VALUES ({new}, 2026, 'news', 0, 0, 0, 0)", "coverage_count_parts_of_items"),
        ("INSERT INTO coverage_state VALUES (false, now())", "coverage_state_one_row"),
    ],
)
async def test_the_database_refuses_it_too(union: Union, statement: str, constraint: str):
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as broken:
        async with db.transaction():
            await db.execute(statement.format(new="gen_random_uuid()"))
    assert db.violated(broken.value) == constraint
