"""What the database itself refuses to store of headcounts, and what it derives whoever writes."""

from datetime import date

import asyncpg
import pytest

from kit import db
from kit.db import violated
from kit.identity import SYSTEM
from org.headcounts.service import Cell, publish_headcounts

DAY = date(2026, 1, 1)
COLUMNS = {
    "unit_id": "'{hue}'",
    "unit_label": "'{label}'",
    "day": "'2026-01-01'",
    "source": "'x'",
    "origin": "'entered'",
    "cells": "'{{1000000,2000000}}'",
    "members": "'{{1,2}}'",
    "workers": "'{{3,4}}'",
}


def insert(**values):
    columns = COLUMNS | values
    return f"INSERT INTO headcount_publication ({', '.join(columns)}) VALUES ({', '.join(columns.values())})"


def constraint(name):
    return f"headcount_publication_{name}"


BROKEN = [
    (constraint("has_a_source"), insert(source="''")),
    (constraint("source_bounded"), insert(source="repeat('x', 201)")),
    (constraint("origin_known"), insert(origin="'guess'")),
    (constraint("carried_by_a_change"), insert(origin="'reorganisation'")),
    (constraint("carried_by_a_change"), insert(tree_version="1")),
    (constraint("assumed_when_carried"), insert(is_assumed="true")),
    (constraint("day_is_a_day"), insert(day="'-infinity'")),
    (constraint("begins_before_it_ends"), insert(until="'2026-01-01'")),
    (constraint("of_a_unit"), insert(unit_label="'zzzzz'")),
    (constraint("replaced_with_a_trace"), insert(replaced_at="now()")),
    (constraint("replaced_with_a_trace"), insert(replaced_at="now()", replaced_by="''", replaced_why="'x'")),
    (constraint("replaced_with_a_trace"), insert(replaced_at="now()", replaced_by="'x'", replaced_why="''")),
    (constraint("corrects_known"), insert(corrects="gen_random_uuid()")),
    (constraint("has_cells"), insert(cells="(SELECT array_agg(n) FROM generate_series(1000000, 1010000) AS n)")),
    (constraint("cells_in_order"), insert(cells="'{{{{1000000}},{{2000000}}}}'")),
    (constraint("cells_in_order"), insert(cells="'{{2000000,1000000}}'")),
    (constraint("cells_in_order"), insert(cells="'{{1000000,1000000}}'")),
    (constraint("members_of_cells"), insert(members="'{{1}}'")),
    (constraint("members_of_cells"), insert(members="'{{1,NULL}}'")),
    (constraint("members_of_cells"), insert(members="'{{1,-1}}'")),
    (constraint("workers_of_cells"), insert(workers="'{{1,2,3}}'")),
    (constraint("workers_of_cells"), insert(workers="'{{NULL,1}}'")),
    (constraint("workers_of_cells"), insert(workers="'{{1,100000001}}'")),
    (constraint("cells_known"), insert(cells="'{{1000000,99000000}}'")),
    (constraint("cells_known"), insert(cells="'{{1000000,1998000}}'")),
    (constraint("cells_known"), insert(cells="'{{1000000,1000997}}'")),
    ("headcount_slot_bounded", "INSERT INTO headcount_slot VALUES (121, 'a', 'b')"),
    ("headcount_slot_bounded", "INSERT INTO headcount_slot VALUES (0, 'a', 'b')"),
    ("headcount_slot_has_codes", "INSERT INTO headcount_slot VALUES (100, 'A', 'b')"),
    ("headcount_slot_once", "INSERT INTO headcount_slot VALUES (100, 'under_25', 'female')"),
    ("headcount_slot_pkey", "INSERT INTO headcount_slot VALUES (1, 'a', 'b')"),
    ("headcount_code_of_a_detail", "INSERT INTO headcount_code VALUES ('region', 1, 'a')"),
    ("headcount_code_bounded", "INSERT INTO headcount_code VALUES ('field', 1000, 'a')"),
    ("headcount_code_is_a_code", "INSERT INTO headcount_code VALUES ('field', 900, '')"),
    ("headcount_code_once", "INSERT INTO headcount_code VALUES ('field', 900, 'mining')"),
    ("headcount_code_pkey", "INSERT INTO headcount_code VALUES ('field', 1, 'a')"),
    ("headcount_number_stays", "UPDATE headcount_slot SET gender = 'x' WHERE slot = 1"),
    ("headcount_number_stays", "DELETE FROM headcount_code WHERE number = 1"),
]


@pytest.mark.parametrize(("broken", "statement"), BROKEN)
async def test_the_database_refuses(tree, everything, broken, statement):
    before = await everything()
    assert await refusal(statement, tree) == broken
    assert await everything() == before


async def refusal(statement, tree):
    """Return the constraint that a statement breaks."""
    unit = tree.hue
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with db.transaction():
            await db.execute(statement.format(hue=unit["id"], label=unit["path"][-5:]))
    return violated(refused.value)


TWICE = [
    ("once_a_day", insert(), insert()),
    (
        "corrected_once",
        insert(id="'00000000-0000-0000-0000-000000000001'"),
        insert(day="'2026-02-01'", corrects="'00000000-0000-0000-0000-000000000001'"),
        insert(day="'2026-03-01'", corrects="'00000000-0000-0000-0000-000000000001'"),
    ),
]


@pytest.mark.parametrize("given", TWICE)
async def test_the_database_refuses_it_a_second_time(tree, given):
    name, *statements = given
    for statement in statements[:-1]:
        await db.execute(statement.format(hue=tree.hue["id"], label=tree.hue["path"][-5:]))
    assert await refusal(statements[-1], tree) == constraint(name)


async def spans(unit):
    rows = await db.rows(
        "SELECT day, until FROM headcount_publication WHERE unit_id = $1 AND replaced_at IS NULL ORDER BY day",
        unit["id"],
    )
    return [tuple(row) for row in rows]


async def test_a_publication_counts_up_to_the_next_whoever_writes(tree):
    for month in (3, 1, 5):
        await publish_headcounts(SYSTEM, tree.hue["id"], date(2026, month, 1), [Cell("25_34", "male", 1, 1)], "x")
    expected = [
        (date(2026, 1, 1), date(2026, 3, 1)),
        (date(2026, 3, 1), date(2026, 5, 1)),
        (date(2026, 5, 1), date.max),
    ]
    assert await spans(tree.hue) == expected
    await db.execute("UPDATE headcount_publication SET until = 'infinity'")
    assert await spans(tree.hue) == expected
    await db.execute("DELETE FROM headcount_publication WHERE day = '2026-03-01'")
    assert await spans(tree.hue) == [(date(2026, 1, 1), date(2026, 5, 1)), (date(2026, 5, 1), date.max)]
    await db.execute("UPDATE headcount_publication SET day = '2026-07-01', until = 'infinity' WHERE day = '2026-01-01'")
    assert await spans(tree.hue) == [(date(2026, 5, 1), date(2026, 7, 1)), (date(2026, 7, 1), date.max)]


async def test_sums_of_slots_are_derived_and_can_not_be_written(tree):
    await publish_headcounts(
        SYSTEM,
        tree.hue["id"],
        DAY,
        [Cell("under_25", "female", 7, 8), Cell("under_25", "male", 1, 2, "college"), Cell("under_25", "male", 0, 3)],
        "x",
    )
    slots = {(row["age_band"], row["gender"]): row["slot"] for row in await db.rows("SELECT * FROM headcount_slot")}
    first, second = slots["under_25", "female"], slots["under_25", "male"]
    row = await db.row("SELECT all_cells, all_members, all_workers FROM headcount_publication")
    assert int(row["all_cells"]) == 1 * 10 ** (14 * (first - 1)) + 2 * 10 ** (14 * (second - 1))
    assert int(row["all_members"]) == 7 * 10 ** (14 * (first - 1)) + 1 * 10 ** (14 * (second - 1))
    assert int(row["all_workers"]) == 8 * 10 ** (14 * (first - 1)) + 5 * 10 ** (14 * (second - 1))
    with pytest.raises(asyncpg.PostgresError):
        async with db.transaction():
            await db.execute("UPDATE headcount_publication SET all_members = 0")
