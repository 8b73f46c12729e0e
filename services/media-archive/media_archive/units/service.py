"""The read model of org's units and terms: learnt from events, asked by everything here that belongs to a unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import NotFound
from kit.events import Event
from kit.paths import WIDTH
from media_archive.assets.changes import record_changes


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """A unit as far as the archive needs it."""

    id: UUID
    path: str
    name_vi: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Term:
    """A word of one of org's vocabularies."""

    code: str
    vi: str
    en: str


async def find_unit(unit_id: UUID) -> KnownUnit:
    """Return a unit; NotFound when org has not told us of it."""
    found = await db.row("SELECT id, path, name_vi, name_en FROM unit WHERE id = $1", unit_id)
    if found is None:
        raise NotFound("unit", unit_id)
    return KnownUnit(**found)


async def paths_of(unit_ids: list[UUID]) -> dict[UUID, str]:
    """Return the paths of the units that we know of."""
    found = await db.rows("SELECT id, path FROM unit WHERE id = ANY($1::uuid[])", unit_ids)
    return {row["id"]: row["path"] for row in found}


async def names_of(unit_ids: list[UUID]) -> dict[UUID, KnownUnit]:
    """Return the units that we know of, for showing their names."""
    found = await db.rows("SELECT id, path, name_vi, name_en FROM unit WHERE id = ANY($1::uuid[])", unit_ids)
    return {row["id"]: KnownUnit(**row) for row in found}


async def units_to_choose(scopes: Sequence[str], chosen: UUID | None, most: int = 200) -> list[KnownUnit]:
    """Return units of these subtrees to choose from: the tops, those right below, and the one with the id `chosen`.

    A federation has thousands of units: nobody scrolls through them, and a link from a unit's page names its unit.
    """
    found = await db.rows(
        """SELECT DISTINCT unit.id, unit.path, unit.name_vi, unit.name_en
           FROM unnest($1::text[]) AS scope (path)
           JOIN unit ON unit.path >= scope.path AND unit.path < scope.path || '~'
           WHERE length(unit.path) <= length(scope.path) + $2 OR unit.id = $3
           ORDER BY unit.path LIMIT $4""",
        list(scopes),
        WIDTH,
        chosen,
        most,
    )
    return [KnownUnit(**row) for row in found]


async def topics() -> list[Term]:
    """Return today's topics in org's order."""
    found = await db.rows(
        """SELECT code, vi, en FROM term
           WHERE vocabulary = 'topic' AND valid_from <= $1 AND (valid_to IS NULL OR valid_to > $1)
           ORDER BY position, code""",
        today(),
    )
    return [Term(**row) for row in found]


async def apply_created(event: Event) -> None:
    """A unit was created."""
    unit = event.payload
    await db.execute(
        """INSERT INTO unit (id, number, path, parent_id, name_vi, name_en, short_name, code, level, kind, tree_version)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
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
        unit["tree_version"],
    )


async def apply_renamed(event: Event) -> None:
    """A unit has a new name."""
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
    """A whole subtree hangs elsewhere: its units and their assets follow, and the search indexes learn of it."""
    unit = event.payload
    old, new = unit["old_path"], unit["new_path"]
    await db.execute(
        """UPDATE unit SET path = $2 || substr(path, length($1) + 1), tree_version = $3
           WHERE path >= $1 AND path < $1 || '~'""",
        old,
        new,
        unit["tree_version"],
    )
    await db.execute(
        "UPDATE unit SET parent_id = $2 WHERE id = $1",
        UUID(unit["id"]),
        UUID(unit["parent_id"]) if unit["parent_id"] else None,
    )
    # By the unit and not by the old prefix: during a replay the assets stand where they ended up long ago.
    moved = await db.rows(
        """UPDATE asset SET unit_path = unit.path FROM unit
           WHERE asset.unit_id = unit.id AND unit.path >= $1 AND unit.path < $1 || '~' AND asset.unit_path <> unit.path
           RETURNING asset.id""",
        new,
    )
    await record_changes([row["id"] for row in moved])


async def apply_vocabulary(event: Event) -> None:
    """A vocabulary was published anew, as a whole."""
    vocabulary = event.payload["vocabulary"]
    await db.execute("DELETE FROM term WHERE vocabulary = $1", vocabulary)
    await db.execute_many(
        """INSERT INTO term (vocabulary, code, vi, en, position, valid_from, valid_to)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        [
            (
                vocabulary,
                term["code"],
                term["vi"],
                term["en"],
                term["position"],
                # A term that has always held has no first day; PostgreSQL keeps Python's first one as -infinity.
                date.fromisoformat(term["valid_from"]) if term["valid_from"] else date.min,
                date.fromisoformat(term["valid_to"]) if term["valid_to"] else None,
            )
            for term in event.payload["terms"]
        ],
    )


async def forget_units(_: Event) -> None:
    """Forget what org told, before its stream is read again; assets keep their unit's id and path meanwhile."""
    await db.execute("DELETE FROM unit")
    await db.execute("DELETE FROM term")


ORG_EVENTS = {
    "@reset": forget_units,
    "unit.created": apply_created,
    "unit.renamed": apply_renamed,
    "unit.moved": apply_moved,
    "vocabulary.changed": apply_vocabulary,
}
"""What the archive listens to."""
