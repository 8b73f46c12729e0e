"""Writes a grown tree into a migrated database by COPY; a statement for each unit would take many minutes."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import asyncpg

from bench.org_tree.cells import Group, Publication
from bench.org_tree.tree import NEWEST, PlannedUnit, Tree, Version
from kit.paths import label
from org.vietnamese import search_form, sort_key

# The change that made all units; changes that are measured come after it.
_FIRST_VERSION = 1
_AT_ONCE = 5_000


async def fill(connection: asyncpg.Connection, tree: Tree) -> None:
    """Write units, versions and paths; the database must be migrated and empty, and nobody else in it.

    The paths are derived from the versions by the function that the product derives them with. The trigger that
    compares the two waits meanwhile, and so do exclusion constraints and indexes, which are checked and built at once
    at the end.
    """
    await connection.execute("ALTER TABLE unit_version DISABLE TRIGGER unit_version_stands")
    put_back = await _set_aside(connection, "unit_version")
    await _begin(connection)
    await _copy(connection, "unit", ("id", "number", "label", "created_on", "closed_on"), _identities(tree))
    await _copy(connection, "unit_version", _VERSION_COLUMNS, _versions(tree))
    await connection.executemany("UPDATE unit SET heir_id = $2 WHERE id = $1", _heirs(tree))
    for statement in put_back:
        await connection.execute(statement)
    await _derive(connection, len(tree.units))
    await connection.execute("ALTER TABLE unit_version ENABLE TRIGGER unit_version_stands")
    await connection.execute("SELECT setval('unit_number', (SELECT max(number) FROM unit))")


async def _derive(connection: asyncpg.Connection, units: int) -> None:
    """Derive the paths some thousand units at a time: numbers were given from the top down, so parents come first."""
    await connection.execute("ANALYZE unit, unit_version")
    for begin in range(0, units, _AT_ONCE):
        await connection.execute(
            "SELECT derive_unit_paths(array_agg(id)) FROM unit WHERE number > $1 AND number <= $2",
            begin,
            begin + _AT_ONCE,
        )
        # Without statistics of a table that was empty a moment ago, all later plans would be made for an empty one.
        await connection.execute("ANALYZE unit_path")


async def _set_aside(connection: asyncpg.Connection, table: str) -> list[str]:
    """Drop a table's exclusion constraints and further indexes; return the statements that make them again."""
    constraints = await connection.fetch(
        """SELECT format('ALTER TABLE %I DROP CONSTRAINT %I', $1::text, conname) AS gone,
                  format('ALTER TABLE %I ADD CONSTRAINT %I %s', $1::text, conname, pg_get_constraintdef(oid)) AS back
           FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype = 'x'""",
        table,
    )
    indexes = await connection.fetch(
        """SELECT format('DROP INDEX %I', indexrelid::regclass) AS gone, pg_get_indexdef(indexrelid) AS back
           FROM pg_index WHERE indrelid = $1::text::regclass
             AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)""",
        table,
    )
    for one in (*constraints, *indexes):
        await connection.execute(one["gone"])
    return [one["back"] for one in (*constraints, *indexes)]


async def _begin(connection: asyncpg.Connection) -> None:
    await connection.execute("UPDATE tree_version SET version = $1", _FIRST_VERSION)
    await connection.execute(
        "INSERT INTO reorganisation (version, kind, effective_on, made_by, is_announced)"
        " VALUES ($1, 'start', $2, 'bench', TRUE)",
        _FIRST_VERSION,
        NEWEST,
    )


async def _copy(
    connection: asyncpg.Connection, table: str, columns: tuple[str, ...], records: Iterator[tuple[Any, ...]]
) -> None:
    await connection.copy_records_to_table(table, columns=list(columns), records=records)


def _identities(tree: Tree) -> Iterator[tuple[Any, ...]]:
    for unit in tree.units.values():
        yield unit.id, unit.number, label(unit.number), unit.created_on, unit.closed_on


_VERSION_COLUMNS = (
    *("unit_id", "number", "since", "until", "name_vi", "code", "level", "kind", "region", "parent_id", "made_in"),
    *("search_accented", "sort_key"),
)


def _versions(tree: Tree) -> Iterator[tuple[Any, ...]]:
    keys: dict[str, tuple[str, str]] = {}
    for unit in tree.units.values():
        for version in unit.versions:
            if version.name not in keys:
                keys[version.name] = (" " + search_form(version.name), sort_key(version.name))
            yield _version(tree, unit, version, keys[version.name])


def _version(tree: Tree, unit: PlannedUnit, version: Version, keys: tuple[str, str]) -> tuple[Any, ...]:
    parent_id = tree.units[version.parent].id if version.parent else None
    days: tuple[date, date] = (version.since, version.until)
    named = (version.name, unit.code, unit.level, unit.kind, unit.region)
    return (unit.id, unit.number, *days, *named, parent_id, _FIRST_VERSION, *keys)


def _heirs(tree: Tree) -> Iterator[tuple[Any, ...]]:
    for unit in tree.units.values():
        if unit.heir:
            yield unit.id, tree.units[unit.heir].id


async def fill_headcounts(connection: asyncpg.Connection, tree: Tree, published: Iterable[Publication]) -> None:
    """Write publications of headcounts; the units must be there."""
    slots = {
        (row["age_band"], row["gender"]): row["slot"] for row in await connection.fetch("SELECT * FROM headcount_slot")
    }
    educations = {
        row["code"]: row["number"]
        for row in await connection.fetch("SELECT code, number FROM headcount_code WHERE vocabulary = 'education'")
    }

    def cell(group: Group) -> int:
        education = educations[group.education] if group.education else 0
        return slots[group.age_band, group.gender] * 1_000_000 + education * 1_000

    def records() -> Iterator[tuple[Any, ...]]:
        for one in published:
            unit = tree.units[one.unit]
            # The database keeps cells in the order of their numbers.
            told = sorted(zip(map(cell, one.groups), one.members, one.workers, strict=True))
            counted = ([row[column] for row in told] for column in range(3))
            yield (unit.id, label(unit.number), one.day, "bench", "file", "bench", *counted)

    columns = ("unit_id", "unit_label", "day", "source", "origin", "published_by", "cells", "members", "workers")
    await _copy(connection, "headcount_publication", columns, records())
    # As the worker does within a minute.
    while await connection.fetchval("SELECT fold_headcount_sums(20000)"):
        pass
