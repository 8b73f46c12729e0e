"""The database itself refuses what breaks a rule of the tree, whatever the Python in front of it does."""

import asyncpg
import pytest

from kit import db
from kit.db import violated


# One more version of a unit, on days of its own: `{garment}`, from 2020-01-01 to before 2020-02-01, unless changed.
def version(unit="{garment}", since="2020-01-01", until="2020-02-01", parent="'{hanoi}'", name="B", code="B", **more):
    columns = {"name_vi": f"'{name}'", "code": f"'{code}'", "level": "'grassroots'", "kind": "'enterprise'"}
    columns |= {"since": f"'{since}'", "until": f"'{until}'", "parent_id": parent, "search_accented": "''"}
    columns |= {"sort_key": "''", "made_in": "(SELECT version FROM tree_version)", **more}
    return (
        f"INSERT INTO unit_version (unit_id, number, {', '.join(columns)}) "
        f"SELECT id, number, {', '.join(columns.values())} FROM unit WHERE id = '{unit}'"
    )


def reorganisation(**changes):
    columns = {"version": "100000", "kind": "'move'", "effective_on": "'2026-01-01'", "made_by": "'x'"}
    columns |= {"is_announced": "true", **changes}
    return f"INSERT INTO reorganisation ({', '.join(columns)}) VALUES ({', '.join(columns.values())})"


def succession(**changes):
    columns = {"predecessor_id": "'{hue}'", "successor_id": "'{hanoi}'", "share": "1", "is_assumed": "false"}
    columns |= {"effective_on": "'2026-01-01'", "version": "1", **changes}
    return f"INSERT INTO succession ({', '.join(columns)}) VALUES ({', '.join(columns.values())})"


def path(**changes):
    columns = {
        "unit_id": "'{hue}'",
        "path": "'0000000000'",
        "since": "'2020-01-01'",
        "until": "'2020-02-01'",
        **changes,
    }
    return f"INSERT INTO unit_path ({', '.join(columns)}, open) VALUES ({', '.join(columns.values())}, true)"


def audit(**changes):
    columns = {"subject": "'x'", "action": "'unit.moved'", "kind": "'unit'", "thing_id": "'x'", **changes}
    return f"INSERT INTO audit ({', '.join(columns)}) VALUES ({', '.join(columns.values())})"


NOBODY = "'00000000-0000-0000-0000-000000000000'"
DERIVE = "SELECT derive_unit_paths(array_agg(id)) FROM unit"
SECTION = "WHERE code = 'HN-001-01'"

TREE_BROKEN = [
    # Two parents, two names, two of anything on one day: two versions that overlap.
    ("unit_version_no_overlap", version(since="2026-01-01", until="infinity", parent="'{hue}'")),
    ("unit_version_no_overlap", version(since="2025-06-01", until="2025-07-02")),
    (
        "unit_version_pkey",
        (
            "UPDATE unit_version SET since = '2025-07-01', unit_id = '{hue}', number = (SELECT number FROM "
            "unit WHERE id = '{hue}') WHERE code = 'EVN'"
        ),
    ),
    ("unit_version_parent_known", f"UPDATE unit_version SET parent_id = {NOBODY} {SECTION}"),
    ("unit_version_made_in_known", f"UPDATE unit_version SET made_in = 100000 {SECTION}"),
    ("unit_version_of_a_unit", f"UPDATE unit_version SET number = 100000 {SECTION}"),
    ("unit_version_begins_before_it_ends", version(until="2020-01-01")),
    ("unit_version_begins_on_a_day", version(since="-infinity")),
    ("unit_version_has_a_name", f"UPDATE unit_version SET name_vi = '' {SECTION}"),
    ("unit_version_has_a_name", f"UPDATE unit_version SET name_en = '' {SECTION}"),
    ("unit_version_names_bounded", f"UPDATE unit_version SET name_vi = repeat('x', 251) {SECTION}"),
    ("unit_version_names_bounded", f"UPDATE unit_version SET short_name = repeat('x', 61) {SECTION}"),
    ("unit_version_code_is_a_code", f"UPDATE unit_version SET code = 'hn' {SECTION}"),
    ("unit_version_contact_bounded", f"UPDATE unit_version SET phone = repeat('0', 41) {SECTION}"),
    ("unit_version_contact_bounded", f"UPDATE unit_version SET address = '' {SECTION}"),
    ("unit_version_not_under_itself", f"UPDATE unit_version SET parent_id = unit_id {SECTION}"),
    ("unit_version_code_once_a_day", "UPDATE unit_version SET code = 'HUE' WHERE code = 'HN'"),
    (
        "unit_version_name_once_among_siblings",
        "UPDATE unit_version SET name_vi = 'LIÊN ĐOÀN LAO ĐỘNG THÀNH PHỐ HUẾ' WHERE code = 'HN'",
    ),
    (
        "unit_version_name_once_among_siblings",
        "UPDATE unit_version SET parent_id = NULL, name_vi = 'Tổng Liên đoàn Lao động Việt Nam' WHERE code = 'EVN'",
    ),
    # Versions and paths: a forgotten path, a ring, an orphan, days that are missing.
    ("unit_version_stands", "UPDATE unit_version SET parent_id = '{hue}' WHERE code = 'HN-001'"),
    ("unit_version_stands_after_change", None),
    ("unit_version_stands", "UPDATE unit_version SET parent_id = '{garment}' WHERE code = 'HN'"),
    ("unit_version_stands", "UPDATE unit_version SET parent_id = NULL WHERE code = 'HN'"),
    ("unit_version_stands", "DELETE FROM unit_version WHERE code = 'HN-001-01'"),
    (
        "unit_version_stands",
        "DELETE FROM unit_version WHERE unit_id = '{hanoi}'; DELETE FROM unit_path WHERE unit_id = '{hanoi}'",
    ),
    ("unit_version_stands", "UPDATE unit_version SET until = '2026-01-01' WHERE code = 'HN-001-01'"),
    ("unit_version_stands", version()),
    ("unit_version_stands", f"{version()}; {path(unit_id=chr(39) + '{garment}' + chr(39))}"),
    ("unit_path_every_day", f"UPDATE unit_version SET parent_id = '{{garment}}' WHERE code = 'HN'; {DERIVE}"),
    ("unit_path_every_day", f"UPDATE unit_version SET until = '2026-01-01' WHERE code = 'HN'; {DERIVE}"),
    ("unit_path_every_day", f"DELETE FROM unit_version WHERE code = 'HN'; {DERIVE}"),
    ("unit_path_every_day", f"{version(until='2025-01-01', parent=chr(39) + '{top}' + chr(39))}; {DERIVE}"),
    (
        "unit_path_every_day",
        "UPDATE unit_version SET until = '2026-01-01' WHERE code IN ('HN-001-01', 'HN-001'); "
        "UPDATE unit SET heir_id = (SELECT unit_id FROM unit_version WHERE code = 'HN-001-01') WHERE id = '{garment}'; "
        + DERIVE,
    ),
    ("unit_path_pkey", path(since="'2025-07-01'", until="'2025-08-01'")),
    ("unit_path_begins_before_it_ends", path(until="'2020-01-01'")),
    ("unit_path_of_labels", path(path="'000001'")),
    ("unit_path_of_labels", path(path="''")),
    ("unit_path_depth_bounded", path(path="repeat('0', 85)")),
    (
        "unit_version_was_of_a_unit",
        (
            "INSERT INTO unit_version_was (unit_id, number, since, until, name_vi, code, level, kind, "
            f"made_in, search_accented, sort_key, replaced_in) VALUES ({NOBODY}, 1, '2020-01-01', '2020-02-01', 'A', 'A', 'a', 'a', 1, "
            "'', '', 1)"
        ),
    ),
    (
        "unit_number_unique",
        "INSERT INTO unit (number, label, created_on) SELECT number, 'zzzzz', created_on FROM unit LIMIT 1",
    ),
    ("unit_id_and_number_unique", None),
    ("unit_pkey", "INSERT INTO unit (id, number, label, created_on) VALUES ('{hue}', 100000, 'zzzzz', '2020-01-01')"),
    (
        "unit_label_unique",
        "INSERT INTO unit (number, label, created_on) SELECT 100000, label, created_on FROM unit LIMIT 1",
    ),
    ("unit_label_of_five", "UPDATE unit SET label = 'zzzz' WHERE id = '{hue}'"),
    ("unit_heir_known", f"UPDATE unit SET heir_id = {NOBODY} WHERE id = '{{hue}}'"),
    ("unit_heir_is_another", "UPDATE unit SET heir_id = id WHERE id = '{hue}'"),
    ("unit_closed_after_created", "UPDATE unit SET closed_on = created_on WHERE id = '{hue}'"),
    ("reorganisation_pkey", reorganisation(id="(SELECT id FROM reorganisation LIMIT 1)")),
    ("reorganisation_version_once", reorganisation(version="1")),
    ("reorganisation_version_positive", reorganisation(version="0")),
    ("reorganisation_kind_known", reorganisation(kind="'nonsense'")),
    ("reorganisation_decision_bounded", reorganisation(decision_number="''")),
    ("reorganisation_decision_bounded", reorganisation(note="repeat('x', 2001)")),
    ("reorganisation_undone_in_known", reorganisation(undone_in="100001")),
    ("reorganisation_undone_later", reorganisation(undone_in="1")),
    ("reorganisation_undoes_known", reorganisation(kind="'undo'", undoes="99999")),
    ("reorganisation_undoes_earlier", reorganisation(kind="'undo'", undoes="100000")),
    ("reorganisation_undo_names_what", reorganisation(undoes="1")),
    ("reorganisation_undo_names_what", reorganisation(kind="'undo'")),
    (
        "reorganisation_undone_once",
        (
            f"{reorganisation(kind=chr(39) + 'undo' + chr(39), undoes='1')}; "
            f"{reorganisation(kind=chr(39) + 'undo' + chr(39), undoes='1', version='100001')}"
        ),
    ),
    ("succession_pkey", f"{succession()}; {succession()}"),
    ("succession_predecessor_known", succession(predecessor_id=NOBODY)),
    ("succession_successor_known", succession(successor_id=NOBODY)),
    ("succession_version_known", succession(version="100000")),
    ("succession_share_is_a_share", succession(share="-0.1")),
    ("succession_share_is_a_share", succession(share="1.1")),
    (
        "audit_pkey",
        (
            "INSERT INTO audit (id, subject, action, kind, thing_id) OVERRIDING SYSTEM VALUE "
            "SELECT id, 'x', 'a.b', 'x', 'x' FROM audit LIMIT 1"
        ),
    ),
    ("audit_unit_known", audit(unit_id=NOBODY)),
    ("audit_action_is_a_code", audit(action="'Unit moved'")),
    ("audit_action_is_a_code", audit(action="'moved'")),
    ("audit_says_what", audit(thing_id="''")),
    ("audit_says_what", audit(subject="''")),
]

# A second way to say what `unit_pkey` says, for keys that name the number too; and the trigger that tells of updates,
# whose refusals bear the name of the rule.
SAID_OTHERWISE = {"unit_id_and_number_unique", "unit_version_stands_after_change", "unit_id_and_label_unique"}

OTHER_BROKEN = [
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


@pytest.mark.parametrize(
    ("constraint", "statement"), [rule for rule in (*TREE_BROKEN, *OTHER_BROKEN) if rule[1] is not None]
)
async def test_the_database_refuses(tree, everything, constraint, statement):
    before = await everything()
    units = {"top": tree.top, "hanoi": tree.hanoi, "hue": tree.hue, "garment": tree.garment}
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with db.transaction():
            await db.execute(statement.format(**{name: unit["id"] for name, unit in units.items()}))
            # As at the end of a transaction.
            await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert violated(refused.value) == constraint
    assert await everything() == before


async def test_no_rule_of_the_tree_goes_untested():
    rows = await db.rows(
        """SELECT conname FROM pg_constraint WHERE contype IN ('c', 'u', 'f', 'x', 'p', 't') AND conrelid = ANY($1::regclass[])
           UNION SELECT 'unit_path_every_day'""",
        ["unit", "unit_version", "unit_version_was", "unit_path", "reorganisation", "succession", "audit"],
    )
    tested = {name for name, statement in TREE_BROKEN if statement} | SAID_OTHERWISE
    assert {row["conname"] for row in rows} - tested == set()


async def test_a_replaced_version_is_kept_whoever_replaces_it(tree):
    await db.execute("UPDATE tree_version SET version = version + 1")
    version = await db.value("SELECT version FROM tree_version")
    await db.execute(reorganisation(version=str(version)))
    await db.execute(f"UPDATE unit_version SET name_vi = 'A', made_in = {version} WHERE code = 'HUE'")
    await db.execute(f"UPDATE unit_version SET name_vi = 'B', made_in = {version} WHERE code = 'HUE'")
    rows = await db.rows("SELECT name_vi, replaced_in FROM unit_version_was WHERE unit_id = $1", tree.hue["id"])
    assert [tuple(row) for row in rows] == [(tree.hue["name_vi"], version)]


TWICE = [
    (
        "role_grant_no_overlap",
        "INSERT INTO role_grant (subject, role, unit_id, valid, granted_by) VALUES ('s', 'admin', '{hue}', '[2026-01-01,)', 'x')",
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


async def test_every_constraint_has_a_name_of_its_own():
    """PostgreSQL's own names end in `_check`, `_key`, `_fkey`, `_excl`; ours tell the rule."""
    rows = await db.rows(
        """SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u', 'f', 'x')
           AND conrelid::regclass::text NOT LIKE 'tortoise%' AND conname ~ '(_check|_key|_fkey|_excl)[0-9]*$'"""
    )
    assert [row["conname"] for row in rows] == []
