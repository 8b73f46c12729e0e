"""Keeps the read model of units, headcounts and vocabularies in step with what org tells, one event at a time."""

from datetime import date
from typing import Any
from uuid import UUID

import orjson

from kit import db
from kit.errors import NotFound
from kit.events import Event


async def path_of(unit_id: UUID) -> str:
    """Return the current path of a unit; NotFound when no such unit is known here."""
    path = await db.value("SELECT path FROM unit WHERE id = $1", unit_id)
    if path is None:
        raise NotFound("unit", unit_id)
    return path


async def path_on(unit_id: UUID, day: date) -> str | None:
    """Return the path on which a unit stands on a day, None when it does not exist then; NotFound as for `path_of`."""
    found = await db.row(
        """
        SELECT stood.path FROM unit LEFT JOIN unit_scope stood ON stood.unit_id = unit.id AND stood.valid @> $2::date
        WHERE unit.id = $1
        """,
        unit_id,
        day,
    )
    if found is None:
        raise NotFound("unit", unit_id)
    return found["path"]


async def tree_version() -> int:
    """Return the newest version of the tree that has reached this service; 0 before the first event."""
    return await db.value("SELECT coalesce(max(tree_version), 0) FROM unit")


async def codes_of(vocabulary: str, day: date) -> frozenset[str]:
    """Return the codes of a vocabulary's terms that hold on a day."""
    found = await db.rows("SELECT code FROM term WHERE vocabulary = $1 AND valid @> $2::date", vocabulary, day)
    return frozenset(row["code"] for row in found)


async def apply_created(event: Event) -> None:
    """Add a unit and the path on which it stands from its first day."""
    unit = event.payload
    scope = {"path": unit["path"], "since": unit["valid_from"], "until": None}
    await _replace_units([{**unit, "scopes": [scope]}], unit["tree_version"])


async def apply_rewritten(event: Event) -> None:
    """Replace what was known of units; those that have closed keep their row, but no day after their last."""
    await _replace_units(event.payload["units"], event.payload["tree_version"])


async def apply_renamed(event: Event) -> None:
    """Show a unit under its new names."""
    unit = event.payload
    await db.execute(
        "UPDATE unit SET name_vi = $2, name_en = $3, short_name = $4, tree_version = $5 WHERE id = $1",
        UUID(unit["id"]),
        unit["name_vi"],
        unit["name_en"],
        unit["short_name"],
        unit["tree_version"],
    )


# By the paths and not by the units: what left the subtree before the day, or came later, stays as it was. Days that
# follow upon each other with one path become one row.
_MOVE_SCOPES = """
WITH former AS (
    DELETE FROM unit_scope WHERE unit_id IN (
        SELECT unit_id FROM unit_scope
        WHERE path >= $1 AND path < $1 || '~' AND (upper_inf(valid) OR upper(valid) > $3::date))
    RETURNING unit_id, path, valid
), split AS (
    SELECT unit_id, path, valid * daterange(NULL, $3::date) AS valid FROM former
    UNION ALL
    SELECT unit_id,
           CASE WHEN path >= $1 AND path < $1 || '~' THEN $2 || substr(path, length($1) + 1) ELSE path END,
           valid * daterange($3::date, NULL)
    FROM former
)
INSERT INTO unit_scope (unit_id, path, valid)
SELECT unit_id, path, unnest(range_agg(valid)) FROM split WHERE NOT isempty(valid) GROUP BY unit_id, path
"""


async def apply_moved(event: Event) -> None:
    """Move a whole subtree: from the day of the move on, its paths begin with the new prefix instead of the old one."""
    moved = event.payload
    old, new = moved["old_path"], moved["new_path"]
    await db.execute(
        "UPDATE unit SET parent_id = $2, tree_version = $3 WHERE id = $1",
        UUID(moved["id"]),
        UUID(moved["parent_id"]),
        moved["tree_version"],
    )
    await db.execute(
        "UPDATE unit SET path = $2 || substr(path, length($1) + 1) WHERE path >= $1 AND path < $1 || '~'", old, new
    )
    await db.execute(_MOVE_SCOPES, old, new, date.fromisoformat(moved["valid_from"]))


async def apply_headcount(event: Event) -> None:
    """Replace the headcount of a unit on a day."""
    unit_id, day = UUID(event.payload["unit_id"]), date.fromisoformat(event.payload["day"])
    cells: list[dict[str, Any]] = event.payload["cells"]
    await db.execute("DELETE FROM headcount_cell WHERE unit_id = $1 AND day = $2", unit_id, day)
    await db.execute(
        """
        INSERT INTO headcount_cell (unit_id, day, age_band, gender, members, workers)
        SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::int[], $6::int[])
        """,
        unit_id,
        day,
        *([cell[name] for cell in cells] for name in ("age_band", "gender", "members", "workers")),
    )


async def apply_vocabulary(event: Event) -> None:
    """Replace a whole vocabulary."""
    vocabulary = event.payload["vocabulary"]
    await db.execute("DELETE FROM term WHERE vocabulary = $1", vocabulary)
    await db.execute_many(
        "INSERT INTO term (vocabulary, code, vi, en, position, valid) VALUES ($1, $2, $3, $4, $5, daterange($6, $7))",
        [
            (
                vocabulary,
                term["code"],
                term["vi"],
                term["en"],
                term["position"],
                _day(term["valid_from"]),
                _day(term["valid_to"]),
            )
            for term in event.payload["terms"]
        ],
    )


# One statement for all: units may exchange their paths, which are unique when it ends.
_REPLACE_UNITS = """
INSERT INTO unit (id, number, path, parent_id, name_vi, name_en, short_name, code, level, kind, region, tree_version)
SELECT told.*, $2::bigint FROM jsonb_to_recordset($1::jsonb) AS told (
    id uuid, number integer, path text, parent_id uuid, name_vi text, name_en text, short_name text, code text,
    level text, kind text, region text)
ON CONFLICT (id) DO UPDATE SET
    path = excluded.path, parent_id = excluded.parent_id, name_vi = excluded.name_vi, name_en = excluded.name_en,
    short_name = excluded.short_name, code = excluded.code, level = excluded.level, kind = excluded.kind,
    region = excluded.region, tree_version = excluded.tree_version
"""
_FORGET_SCOPES = """
DELETE FROM unit_scope WHERE unit_id IN (SELECT told.id FROM jsonb_to_recordset($1::jsonb) AS told (id uuid))
"""
_ADD_SCOPES = """
INSERT INTO unit_scope (unit_id, path, valid)
SELECT told.id, stood.path, daterange(stood.since, stood.until)
FROM jsonb_to_recordset($1::jsonb) AS told (id uuid, scopes jsonb)
CROSS JOIN LATERAL jsonb_to_recordset(told.scopes) AS stood (path text, since date, until date)
"""
_FORGET_SUCCESSIONS = """
DELETE FROM unit_succession
WHERE predecessor_id IN (SELECT told.id FROM jsonb_to_recordset($1::jsonb) AS told (id uuid))
"""
_ADD_SUCCESSIONS = """
INSERT INTO unit_succession (predecessor_id, successor_id, share, since)
SELECT told.id, went.unit_id, went.share, went.since
FROM jsonb_to_recordset($1::jsonb) AS told (id uuid, successors jsonb)
CROSS JOIN LATERAL jsonb_to_recordset(told.successors) AS went (unit_id uuid, share numeric, since date)
"""


async def _replace_units(units: list[dict[str, Any]], version: int) -> None:
    told = orjson.dumps(units).decode()
    await db.execute(_REPLACE_UNITS, told, version)
    await db.execute(_FORGET_SCOPES, told)
    await db.execute(_ADD_SCOPES, told)
    await db.execute(_FORGET_SUCCESSIONS, told)
    await db.execute(_ADD_SUCCESSIONS, told)


async def forget(event: Event) -> None:
    """Empty the read model before org's stream is read again from its start."""
    for table in ("headcount_cell", "unit_scope", "unit_succession", "unit", "term"):
        await db.execute(f"DELETE FROM {table}")


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
