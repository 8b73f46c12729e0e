"""Keeps the read model of units, headcounts and vocabularies in step with what org tells, one event at a time."""

from datetime import date
from typing import Any
from uuid import UUID

from kit import db
from kit.errors import NotFound
from kit.events import Event


async def path_of(unit_id: UUID) -> str:
    """Return the current path of a unit; NotFound when no such unit is known here."""
    path = await db.value("SELECT path FROM unit WHERE id = $1", unit_id)
    if path is None:
        raise NotFound("unit", unit_id)
    return path


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
    await db.execute(
        """
        INSERT INTO unit (id, number, path, parent_id, name_vi, name_en, short_name, code, level, kind, region,
                          tree_version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        UUID(unit["id"]),
        unit["number"],
        unit["path"],
        UUID(unit["parent_id"]) if unit["parent_id"] else None,
        unit["name_vi"],
        unit["name_en"],
        unit["short_name"],
        unit["code"],
        unit["level"],
        unit["kind"],
        unit["region"],
        unit["tree_version"],
    )
    await db.execute(
        "INSERT INTO unit_scope (unit_id, path, valid) VALUES ($1, $2, daterange($3, NULL))",
        UUID(unit["id"]),
        unit["path"],
        date.fromisoformat(unit["valid_from"]),
    )


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


async def apply_moved(event: Event) -> None:
    """Move a whole subtree: rewrite the prefix of its paths, and end their old dated paths on the day of the move."""
    moved = event.payload
    day = date.fromisoformat(moved["valid_from"])
    old, new = moved["old_path"], moved["new_path"]
    await db.execute(
        "UPDATE unit SET parent_id = $2, tree_version = $3 WHERE id = $1",
        UUID(moved["id"]),
        UUID(moved["parent_id"]) if moved["parent_id"] else None,
        moved["tree_version"],
    )
    await db.execute(
        "UPDATE unit SET path = $2 || substr(path, length($1) + 1) WHERE path >= $1 AND path < $1 || '~'", old, new
    )
    subtree = "unit_id IN (SELECT id FROM unit WHERE path >= $1 AND path < $1 || '~')"
    await db.execute(f"DELETE FROM unit_scope WHERE {subtree} AND lower(valid) >= $2::date", new, day)
    await db.execute(
        f"UPDATE unit_scope SET valid = daterange(lower(valid), $2::date) WHERE {subtree} AND valid @> $2::date",
        new,
        day,
    )
    await db.execute(
        "INSERT INTO unit_scope (unit_id, path, valid)"
        " SELECT id, path, daterange($2::date, NULL) FROM unit WHERE path >= $1 AND path < $1 || '~'",
        new,
        day,
    )


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


async def forget(event: Event) -> None:
    """Empty the read model before org's stream is read again from its start."""
    for table in ("headcount_cell", "unit_scope", "unit", "term"):
        await db.execute(f"DELETE FROM {table}")


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
