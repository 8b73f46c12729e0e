"""Headcounts that were published cell by cell are the same after they became arrays."""

import os
from datetime import date
from importlib import import_module
from pkgutil import iter_modules

import asyncpg
import pytest

import org.migrations
from kit.testing import DATABASE_VARIABLE, new_database

NAMES = sorted(module.name for module in iter_modules(org.migrations.__path__))
OURS = "0011_headcount_cells"

BEFORE = """
INSERT INTO unit (id, number, name_vi, code, level, kind, path, ancestors, created_on, tree_version, search_accented, sort_key)
VALUES ('00000000-0000-0000-0000-000000000001', 1, 'A', 'A', 'confederation', 'confederation', '00001', '{}', '2020-01-01', 1, ' a', 'a');
INSERT INTO unit_name (unit_id, name_vi, valid)
VALUES ('00000000-0000-0000-0000-000000000001', 'A', '[2020-01-01,)');
UPDATE tree_version SET version = 1;
INSERT INTO headcount_publication (id, unit_id, day, source, published_at) VALUES
  ('00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-000000000001', '2026-01-01', 'sổ', '2026-01-02'),
  ('00000000-0000-0000-0000-00000000000b', '00000000-0000-0000-0000-000000000001', '2025-01-01', 'cũ', '2025-01-02');
INSERT INTO headcount (publication_id, age_band, gender, members, workers) VALUES
  ('00000000-0000-0000-0000-00000000000a', '45_plus', 'male', 1, 2),
  ('00000000-0000-0000-0000-00000000000a', 'under_25', 'female', 3, 4),
  ('00000000-0000-0000-0000-00000000000b', 'gone_band', 'female', 5, 6);
"""
AFTER = """
SELECT told.day, told.until, source, origin, published_by, published_at::date AS published_on, slot.age_band, slot.gender, m, w
FROM headcount_publication AS told CROSS JOIN LATERAL unnest(cells, members, workers) AS counted (cell, m, w)
JOIN headcount_slot AS slot ON slot.slot = cell / 1000000 ORDER BY told.day, slot
"""


async def apply(connection: asyncpg.Connection, names: list[str]) -> None:
    for name in names:
        for operation in import_module(f"org.migrations.{name}").Migration.operations:
            statements = operation.sql if isinstance(operation.sql, list) else [operation.sql]
            for statement in statements:
                await connection.execute(statement)


@pytest.fixture
async def former(database, worker_name):
    """A database as it was before, with a unit that published twice."""
    url = await new_database(os.environ[DATABASE_VARIABLE], f"loa_test_former_{worker_name}")
    connection = await asyncpg.connect(url)
    try:
        first = [name for name in NAMES if name < "0008"]
        await apply(connection, first)
        await connection.execute(BEFORE)
        await apply(connection, [name for name in NAMES if "0008" <= name < "0010"])
        yield connection
    finally:
        await connection.close()


async def test_nothing_is_lost_and_nothing_made_up(former):
    await apply(former, [OURS])
    assert [tuple(row) for row in await former.fetch(AFTER)] == [
        (date(2025, 1, 1), date(2026, 1, 1), "cũ", "entered", None, date(2025, 1, 2), "gone_band", "female", 5, 6),
        (date(2026, 1, 1), date.max, "sổ", "entered", None, date(2026, 1, 2), "under_25", "female", 3, 4),
        (date(2026, 1, 1), date.max, "sổ", "entered", None, date(2026, 1, 2), "45_plus", "male", 1, 2),
    ]
    assert await former.fetchval("SELECT to_regclass('headcount')") is None
