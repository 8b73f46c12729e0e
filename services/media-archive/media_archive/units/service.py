"""The read model of org's units and terms: learnt from events, asked by everything here that belongs to a unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from kit import db
from kit.calendar import today
from kit.errors import NotFound
from kit.events import Event
from kit.paths import WIDTH
from media_archive.assets.changes import record_changes, record_changes_of_topics
from media_archive.channels.service import apply_channels, forget_channels
from media_archive.places.service import apply_places, forget_places


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


async def units_at(paths: list[str]) -> list[KnownUnit]:
    """Return the units that stand at these paths today, the top first."""
    found = await db.rows(
        """SELECT id, path, name_vi, name_en FROM unit
           WHERE path = ANY($1::text[]) AND closed_on IS NULL ORDER BY path""",
        paths,
    )
    return [KnownUnit(**row) for row in found]


async def names_of(unit_ids: list[UUID]) -> dict[UUID, KnownUnit]:
    """Return the units that we know of, for showing their names."""
    found = await db.rows("SELECT id, path, name_vi, name_en FROM unit WHERE id = ANY($1::uuid[])", unit_ids)
    return {row["id"]: KnownUnit(**row) for row in found}


async def units_to_choose(scopes: Sequence[str], chosen: UUID | None, most: int = 200) -> list[KnownUnit]:
    """Return units of these subtrees to choose from: the tops, those right below, and the one with the id `chosen`.

    None that has closed: nobody makes anything there. A federation has thousands of units: nobody scrolls through
    them, and a link from a unit's page names its unit.
    """
    found = await db.rows(
        """SELECT DISTINCT unit.id, unit.path, unit.name_vi, unit.name_en
           FROM unnest($1::text[]) AS scope (path)
           JOIN unit ON unit.path >= scope.path AND unit.path < scope.path || '~'
           WHERE (length(unit.path) <= length(scope.path) + $2 OR unit.id = $3)
             AND unit.closed_on IS NULL
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
    await _replace_units([{**unit, "closed_on": None}], unit["tree_version"])


async def apply_rewritten(event: Event) -> None:
    """Units are others than we knew: what they are and where they stand, also after they have closed, is replaced."""
    units = event.payload["units"]
    await _replace_units(units, event.payload["tree_version"])
    await _take_assets_along([UUID(unit["id"]) for unit in units])


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
    """A whole subtree hangs elsewhere: its units and their assets follow."""
    unit = event.payload
    moved = await db.rows(
        """UPDATE unit SET path = $2 || substr(path, length($1) + 1), tree_version = $3
           WHERE path >= $1 AND path < $1 || '~' RETURNING id""",
        unit["old_path"],
        unit["new_path"],
        unit["tree_version"],
    )
    await db.execute("UPDATE unit SET parent_id = $2 WHERE id = $1", UUID(unit["id"]), UUID(unit["parent_id"]))
    await _take_assets_along([row["id"] for row in moved])


_REPLACE_UNITS = """
INSERT INTO unit (id, number, path, parent_id, name_vi, name_en, short_name, code, level, kind, closed_on, tree_version)
SELECT told.*, $2::bigint FROM jsonb_to_recordset($1::jsonb) AS told (
    id uuid, number integer, path text, parent_id uuid, name_vi text, name_en text, short_name text, code text,
    level text, kind text, closed_on date)
ON CONFLICT (id) DO UPDATE SET
    path = excluded.path, parent_id = excluded.parent_id, name_vi = excluded.name_vi, name_en = excluded.name_en,
    short_name = excluded.short_name, code = excluded.code, level = excluded.level, kind = excluded.kind,
    closed_on = excluded.closed_on, tree_version = excluded.tree_version
"""


async def _replace_units(units: list[dict[str, Any]], version: int) -> None:
    await db.execute(_REPLACE_UNITS, orjson.dumps(units).decode(), version)


async def _take_assets_along(units: list[UUID]) -> None:
    """Put the assets and collections of units where these stand now.

    The search indexes learn of the assets, also of what was granted to the units.
    """
    # By the unit and not by the old prefix: during a replay the assets stand where they ended up long ago.
    moved = await db.rows(
        """UPDATE asset SET unit_path = unit.path FROM unit
           WHERE unit.id = ANY($1::uuid[]) AND asset.unit_id = unit.id AND asset.unit_path <> unit.path
           RETURNING asset.id""",
        units,
    )
    await db.execute(
        """UPDATE collection SET unit_path = unit.path FROM unit
           WHERE unit.id = ANY($1::uuid[]) AND collection.unit_id = unit.id AND collection.unit_path <> unit.path""",
        units,
    )
    granted = await db.rows("SELECT DISTINCT asset_id AS id FROM asset_grant WHERE unit_id = ANY($1::uuid[])", units)
    await record_changes([row["id"] for row in [*moved, *granted]])


async def apply_vocabulary(event: Event) -> None:
    """A vocabulary was published anew, as a whole."""
    vocabulary = event.payload["vocabulary"]
    before = await _names_of_topics()
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
    now = await _names_of_topics()
    # Materials are found by the names of their topics, too.
    renamed = [code for code in before.keys() | now.keys() if before.get(code) != now.get(code)]
    await record_changes_of_topics(renamed)


async def _names_of_topics() -> dict[str, set[str]]:
    rows = await db.rows("SELECT code, array_agg(vi) AS names FROM term WHERE vocabulary = 'topic' GROUP BY code")
    return {row["code"]: set(row["names"]) for row in rows}


async def forget_units(_: Event) -> None:
    """Forget what org told, before its stream is read again; assets keep their unit's id and path meanwhile."""
    await db.execute("DELETE FROM unit")
    await db.execute("DELETE FROM term")
    await forget_places()
    await forget_channels()


ORG_EVENTS = {
    "@reset": forget_units,
    "unit.created": apply_created,
    "unit.renamed": apply_renamed,
    "unit.moved": apply_moved,
    "units.rewritten": apply_rewritten,
    "vocabulary.changed": apply_vocabulary,
    "places.changed": apply_places,
    "channels.changed": apply_channels,
}
"""What the archive listens to."""
