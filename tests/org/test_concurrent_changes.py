"""Changes that happen at the same moment, in transactions that really commit."""

import asyncio
from datetime import date, timedelta

import pytest

from kit import db
from kit.calendar import today
from kit.errors import DomainError
from kit.identity import SYSTEM
from org.access.service import GrantExists, grant_role
from org.headcounts.service import (
    Cell,
    HeadcountRow,
    HeadcountsAlreadyPublished,
    publish_headcounts,
    publish_headcounts_in_bulk,
)
from org.units.service import (
    NewUnit,
    UnitCodeTaken,
    UnitNames,
    UnitNameTaken,
    announce_due,
    create_unit,
    find_unit,
    move_unit,
    rename_unit,
)

pytestmark = pytest.mark.committed


async def at_once(*changes):
    """Run changes side by side; return what each gave or raised."""
    return await asyncio.gather(*changes, return_exceptions=True)


async def test_two_moves_can_not_make_a_ring(tree, new_unit):
    await db.execute("INSERT INTO level_rule (parent_level, child_level) VALUES ('section', 'section')")
    for round_ in range(5):
        one = await new_unit(tree.garment, f"Một {round_}", f"ONE-{round_}", "section", kind="section")
        two = await new_unit(tree.garment, f"Hai {round_}", f"TWO-{round_}", "section", kind="section")
        outcomes = await at_once(move_unit(SYSTEM, one["id"], two["id"]), move_unit(SYSTEM, two["id"], one["id"]))
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Record", "UnitCycle"]
    assert await astray() == []


async def astray():
    """Return the units whose paths are not what their versions say; a ring would make this fail."""
    return await db.value("SELECT derive_unit_paths(array_agg(id)) FROM unit")


async def test_a_unit_created_while_its_parent_moves_has_the_right_path(tree):
    new = [
        NewUnit(tree.garment["id"], UnitNames(f"Tổ {n}"), f"T-{n}", "team", "team", on=date(2026, 1, 1))
        for n in range(8)
    ]
    outcomes = await at_once(
        *(create_unit(SYSTEM, unit) for unit in new[:4]),
        move_unit(SYSTEM, tree.garment["id"], tree.hue["id"]),
        *(create_unit(SYSTEM, unit) for unit in new[4:]),
    )
    assert [outcome for outcome in outcomes if isinstance(outcome, BaseException)] == []
    assert await astray() == []
    moved = await find_unit(tree.garment["id"])
    assert moved["parent_id"] == tree.hue["id"]
    assert (
        await db.value("SELECT count(*) FROM units_on($1) WHERE path > $2 AND path < $2 || '~'", today(), moved["path"])
        == 9
    )


async def test_a_rename_and_a_move_at_once_are_both_kept(tree):
    outcomes = await at_once(
        rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"), date(2026, 3, 1)),
        move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], date(2026, 2, 1)),
        rename_unit(SYSTEM, tree.section["id"], UnitNames("Bộ phận B"), date(2026, 2, 15)),
    )
    assert [outcome for outcome in outcomes if isinstance(outcome, BaseException)] == []
    garment = await find_unit(tree.garment["id"])
    assert (garment["name_vi"], garment["parent_id"]) == ("Công đoàn B", tree.hue["id"])
    between = await find_unit(tree.garment["id"], date(2026, 2, 20))
    assert (between["name_vi"], between["parent_id"]) == (tree.garment["name_vi"], tree.hue["id"])
    assert await astray() == []


async def test_what_has_come_into_force_is_told_once(tree):
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"))
    await db.execute("UPDATE reorganisation SET is_announced = false WHERE kind = 'rename'")
    told = await db.value("SELECT count(*) FROM outbox")
    assert sorted(await at_once(announce_due(), announce_due(), announce_due())) == [0, 0, 1]
    assert await db.value("SELECT count(*) FROM outbox") == told + 1


async def test_one_name_is_given_once(tree):
    new = [NewUnit(tree.hanoi["id"], UnitNames("Công đoàn X"), f"X-{n}", "grassroots", "enterprise") for n in range(4)]
    outcomes = await at_once(*(create_unit(SYSTEM, unit) for unit in new))
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, DomainError)] == [UnitNameTaken] * 3


async def test_one_code_is_given_once(tree):
    new = [NewUnit(tree.hanoi["id"], UnitNames(f"Công đoàn {n}"), "X", "grassroots", "enterprise") for n in range(4)]
    outcomes = await at_once(*(create_unit(SYSTEM, unit) for unit in new))
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, DomainError)] == [UnitCodeTaken] * 3


async def test_one_role_is_granted_once(tree):
    outcomes = await at_once(*(grant_role(SYSTEM, "someone", "editor", tree.hue["id"]) for _ in range(4)))
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)] == [GrantExists] * 3


async def test_two_publications_of_one_day_do_not_mix(tree):
    day = date(2026, 1, 1)
    outcomes = await at_once(
        *(
            publish_headcounts(
                SYSTEM, tree.hue["id"], day, [Cell("under_25", "male", n, n), Cell("35_44", "male", n, n)], "x"
            )
            for n in range(1, 5)
        )
    )
    refusals = [type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)]
    assert refusals == [HeadcountsAlreadyPublished] * 3
    assert await db.value("SELECT count(*) FROM headcount_publication WHERE unit_id = $1", tree.hue["id"]) == 1


async def test_files_about_the_same_units_do_not_wait_for_each_other_for_ever(tree):
    day, cell = date(2026, 1, 1), Cell("under_25", "male", 1, 1)
    codes = ["HUE", "HN", "EVN", "HN-001", "HN-001-01"]
    for round_ in range(4):
        on = day + timedelta(days=round_)
        forth = [HeadcountRow(row, code, on, cell, f"Sổ {code}") for row, code in enumerate(codes, start=2)]
        back = [HeadcountRow(row, code, on, cell, f"Sổ {code}") for row, code in enumerate(reversed(codes), start=2)]
        outcomes = await at_once(
            publish_headcounts_in_bulk(SYSTEM, forth, "x"),
            publish_headcounts_in_bulk(SYSTEM, back, "x"),
            *(publish_headcounts(SYSTEM, unit["id"], on, [cell], "x") for unit in (tree.section, tree.evn)),
        )
        refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        assert {type(error) for error in refused} <= {HeadcountsAlreadyPublished}
        assert await db.value("SELECT count(*) FROM headcount_publication WHERE day = $1", on) == 5


async def test_events_are_numbered_in_the_order_of_versions(tree):
    new = [
        NewUnit(tree.hanoi["id"], UnitNames(f"Công đoàn {n}"), f"X-{n}", "grassroots", "enterprise") for n in range(8)
    ]
    await at_once(*(create_unit(SYSTEM, unit) for unit in new))
    rows = await db.rows(
        "SELECT number, (payload->>'tree_version')::int AS version FROM outbox WHERE type = 'unit.created' ORDER BY number"
    )
    versions = [row["version"] for row in rows]
    assert versions == sorted(versions)
    assert versions == list(range(1, len(tree.__dict__) + 9))


async def test_a_change_of_the_tree_leaves_readers_alone(tree):
    async with db.transaction():
        await db.execute("SELECT version FROM tree_version FOR UPDATE")
        other = asyncio.create_task(read_in_another_connection())
        assert await asyncio.wait_for(other, 2) == 6


async def read_in_another_connection() -> int:
    import asyncpg

    from kit import settings

    connection = await asyncpg.connect(settings.current().database_url)
    try:
        return await connection.fetchval("SELECT count(*) FROM unit")
    finally:
        await connection.close()
