"""The database itself refuses what breaks a rule of the tree, whatever the Python in front of it does."""

import asyncpg
import pytest

from kit import db
from kit.db import violated

BROKEN = [
    (
        "unit_name_no_overlap",
        "INSERT INTO unit_name (unit_id, name_vi, valid) VALUES ('{garment}', 'B', '[2025-08-01,2025-09-01)')",
    ),
    ("unit_name_valid_not_empty", "INSERT INTO unit_name (unit_id, name_vi, valid) VALUES ('{garment}', 'B', 'empty')"),
    (
        "unit_name_not_blank",
        "INSERT INTO unit_name (unit_id, name_vi, valid) VALUES ('{garment}', '', '[2020-01-01,2020-02-01)')",
    ),
    (
        "unit_parent_no_overlap",
        "INSERT INTO unit_parent (unit_id, parent_id, valid) VALUES ('{garment}', '{hue}', '[2026-01-01,)')",
    ),
    (
        "unit_parent_not_itself",
        "INSERT INTO unit_parent (unit_id, parent_id, valid) VALUES ('{hue}', '{hue}', '[2020-01-01,2020-02-01)')",
    ),
    (
        "unit_parent_valid_not_empty",
        "INSERT INTO unit_parent (unit_id, parent_id, valid) VALUES ('{garment}', '{hue}', 'empty')",
    ),
    ("unit_code_unique", "UPDATE unit SET code = 'HUE' WHERE code = 'HN'"),
    ("unit_code_is_a_code", "UPDATE unit SET code = 'hn' WHERE code = 'HN'"),
    ("unit_number_unique", "UPDATE unit SET number = (SELECT number FROM unit WHERE code = 'HUE') WHERE code = 'HN'"),
    (
        "unit_name_unique_among_siblings",
        "UPDATE unit SET name_vi = 'LIÊN ĐOÀN LAO ĐỘNG THÀNH PHỐ HUẾ' WHERE code = 'HN'",
    ),
    ("unit_has_a_name", "UPDATE unit SET name_vi = '' WHERE code = 'HN'"),
    ("unit_names_bounded", "UPDATE unit SET name_vi = repeat('x', 251) WHERE code = 'HN'"),
    ("unit_closed_after_created", "UPDATE unit SET closed_on = created_on WHERE code = 'HN'"),
    ("unit_path_continues_parent", "UPDATE unit SET parent_id = '{garment}' WHERE code = 'HN'"),
    ("unit_path_continues_parent", "UPDATE unit SET path = '00000zzzzz' WHERE code = 'HN'"),
    ("unit_path_continues_parent", "DELETE FROM unit WHERE code = 'HN-001-01' OR code = 'HN-001' OR code = 'TLD'"),
    ("unit_path_fits_ancestors", "UPDATE unit SET ancestors = '{{}}' WHERE code = 'HN'"),
    ("unit_root_has_no_parent", "UPDATE unit SET parent_id = NULL WHERE code = 'HN'"),
    ("unit_path_unique", "UPDATE unit SET path = (SELECT path FROM unit WHERE code = 'HUE') WHERE code = 'EVN'"),
    ("tree_version_single_row", "INSERT INTO tree_version (id) VALUES (2)"),
    ("tree_version_not_negative", "UPDATE tree_version SET version = -1"),
    (
        "term_no_overlap",
        "INSERT INTO term (vocabulary, code, label_vi, label_en, position) VALUES ('level', 'upper_direct', 'a', 'a', 1)",
    ),
    (
        "term_has_labels",
        "INSERT INTO term (vocabulary, code, label_vi, label_en, position) VALUES ('level', 'x', '', 'a', 1)",
    ),
    (
        "term_code_is_a_code",
        "INSERT INTO term (vocabulary, code, label_vi, label_en, position) VALUES ('level', 'X', 'a', 'a', 1)",
    ),
    ("term_valid_not_empty", "UPDATE term SET valid = 'empty' WHERE code = 'policy'"),
    (
        "term_vocabulary_known",
        "INSERT INTO term (vocabulary, code, label_vi, label_en, position) VALUES ('no', 'x', 'a', 'a', 1)",
    ),
    ("vocabulary_name_is_a_code", "INSERT INTO vocabulary VALUES ('No', 'a', 'a')"),
    (
        "level_rule_no_overlap",
        "INSERT INTO level_rule (parent_level, child_level) VALUES ('upper_direct', 'grassroots')",
    ),
    ("level_rule_no_overlap", "INSERT INTO level_rule (parent_level, child_level) VALUES (NULL, 'confederation')"),
    ("level_rule_valid_not_empty", "UPDATE level_rule SET valid = 'empty'"),
    (
        "headcount_publication_has_a_source",
        "INSERT INTO headcount_publication (unit_id, day, source) VALUES ('{hue}', '2026-01-01', '')",
    ),
    (
        "role_grant_role_known",
        "INSERT INTO role_grant (subject, role, unit_id, valid, granted_by) VALUES ('s', 'king', '{hue}', '[2026-01-01,)', 'x')",
    ),
    (
        "role_grant_valid_not_empty",
        "INSERT INTO role_grant (subject, role, unit_id, valid, granted_by) VALUES ('s', 'admin', '{hue}', 'empty', 'x')",
    ),
    (
        "role_grant_subject_not_blank",
        "INSERT INTO role_grant (subject, role, unit_id, valid, granted_by) VALUES ('', 'admin', '{hue}', '[2026-01-01,)', 'x')",
    ),
    ("person_has_a_name", "INSERT INTO person (display_name, sort_key) VALUES ('', '')"),
]


@pytest.mark.parametrize(("constraint", "statement"), BROKEN)
async def test_the_database_refuses(tree, everything, constraint, statement):
    before = await everything()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with db.transaction():
            await db.execute(statement.format(garment=tree.garment["id"], hue=tree.hue["id"]))
    assert violated(refused.value) == constraint
    assert await everything() == before


TWICE = [
    (
        "role_grant_no_overlap",
        "INSERT INTO role_grant (subject, role, unit_id, valid, granted_by) VALUES ('s', 'admin', '{hue}', '[2026-01-01,)', 'x')",
    ),
    (
        "headcount_publication_once_a_day",
        "INSERT INTO headcount_publication (unit_id, day, source) VALUES ('{hue}', '2026-01-01', 'x')",
    ),
    ("person_subject_unique", "INSERT INTO person (subject, display_name, sort_key) VALUES ('s', 'A', 'A')"),
]


@pytest.mark.parametrize(("constraint", "statement"), TWICE)
async def test_the_database_refuses_it_a_second_time(tree, constraint, statement):
    statement = statement.format(hue=tree.hue["id"])
    await db.execute(statement)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with db.transaction():
            await db.execute(statement)
    assert violated(refused.value) == constraint


@pytest.mark.parametrize(
    ("constraint", "cells"),
    [
        ("headcount_members_not_negative", "('under_25', 'male', -1, 0)"),
        ("headcount_workers_not_negative", "('under_25', 'male', 0, -1)"),
        ("headcount_cell_once", "('under_25', 'male', 1, 1), ('under_25', 'male', 1, 1)"),
    ],
)
async def test_the_database_refuses_a_cell(tree, constraint, cells):
    publication = await db.value(
        "INSERT INTO headcount_publication (unit_id, day, source) VALUES ($1, '2026-01-01', 'x') RETURNING id",
        tree.hue["id"],
    )
    values = cells.replace("(", f"('{publication}', ")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with db.transaction():
            await db.execute(
                f"INSERT INTO headcount (publication_id, age_band, gender, members, workers) VALUES {values}"
            )
    assert violated(refused.value) == constraint


async def test_every_constraint_has_a_name_of_its_own():
    """PostgreSQL's own names end in `_check`, `_key`, `_fkey`, `_excl`; ours tell the rule."""
    rows = await db.rows(
        """SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u', 'f', 'x')
           AND conrelid::regclass::text NOT LIKE 'tortoise%' AND conname ~ '(_check|_key|_fkey|_excl)[0-9]*$'"""
    )
    assert [row["conname"] for row in rows] == []
