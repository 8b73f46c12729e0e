"""News of the tree for the other services: at once when a change is in force, on its day when it lies ahead."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.events import publish
from org.units.service.change import Change
from org.units.service.read import find_unit, units_by_id
from org.units.service.rules import UnitNames

UNITS_IN_ONE_EVENT = 200


async def announce_created(change: Change, unit: db.Record) -> None:
    """Tell of a new unit; one that has stood in several places since its first day, with all of them."""
    if not change.is_in_force:
        return
    if len(await paths_from(unit["id"], unit["created_on"])) > 1:
        await announce_rewritten(change.version, [unit["id"]])
    else:
        await publish("unit.created", _created(unit, change.version))


async def announce_renamed(change: Change, unit_id: UUID, names: UnitNames) -> None:
    """Tell of new names; when others hold today, of the unit as a whole."""
    if not change.is_in_force:
        return
    unit = await find_unit(unit_id)
    if UnitNames(unit["name_vi"], unit["name_en"], unit["short_name"]) != names:
        await announce_rewritten(change.version, [unit_id])
    else:
        told = {"id": str(unit_id), **_names(unit), "valid_from": change.on.isoformat()}
        await publish("unit.renamed", {**told, "tree_version": change.version})


async def paths_from(unit_id: UUID, on: date) -> list[db.Record]:
    """Return `path, since, until` of a unit for the days from `on`."""
    return await db.rows(
        "SELECT path, since, until FROM unit_path WHERE unit_id = $1 AND until > $2 ORDER BY since", unit_id, on
    )


async def announce_moved(change: Change, unit_id: UUID, former: list[db.Record], rewritten: Sequence[UUID]) -> None:
    """Tell of a subtree that stands elsewhere.

    One prefix that becomes another from a day on is told as such. Where parts of the subtree have moves of their own
    after that day, the whole of it is told.
    """
    if not change.is_in_force:
        return
    later = await db.value(
        "SELECT EXISTS (SELECT FROM unit_path WHERE unit_id = ANY($1) AND since > $2)", list(rewritten), change.on
    )
    if later or len(former) > 1:
        await announce_rewritten(change.version, rewritten)
    else:
        await publish("unit.moved", await _moved(change, unit_id, former[0]["path"]))


async def announce_rewritten(version: int, units: Sequence[UUID]) -> None:
    """Tell all that others need of units, parents before those below them, to replace what they knew.

    What lies ahead is told on its day: units that begin later are left out, and so is where units will stand.
    """
    begun = [unit for unit in await units_by_id(units) if unit["created_on"] <= today()]
    told = sorted(begun, key=lambda unit: (len(unit["path"]), unit["path"]))
    ids = [unit["id"] for unit in told]
    scopes, successors = await _scopes(ids), await _successors(ids)
    for start in range(0, len(told), UNITS_IN_ONE_EVENT):
        some = [
            {**_state(unit), "scopes": scopes.get(unit["id"], []), **successors.get(unit["id"], {})}
            for unit in told[start : start + UNITS_IN_ONE_EVENT]
        ]
        await publish("units.rewritten", {"units": some, "tree_version": version})


async def announce_gone(version: int, units: Sequence[db.Record]) -> None:
    """Tell of units, as they were, whose creation was undone: they exist on no day, and their ids stay theirs."""
    gone = [{**_state(unit), "closed_on": unit["created_on"].isoformat(), "scopes": []} for unit in units]
    for start in range(0, len(gone), UNITS_IN_ONE_EVENT):
        some = gone[start : start + UNITS_IN_ONE_EVENT]
        await publish("units.rewritten", {"units": some, "tree_version": version})


async def announce_due() -> int:
    """Tell of the changes that have come into force meanwhile, in their order; return how many there were."""
    async with db.transaction():
        await db.execute("SELECT version FROM tree_version FOR UPDATE")
        due = await db.rows(
            """UPDATE reorganisation SET is_announced = true
               WHERE NOT is_announced AND effective_on <= $1 AND undone_in IS NULL RETURNING effective_on""",
            today(),
        )
        for day in sorted({row["effective_on"] for row in due}):
            # What came into force makes another tree: it gets a version of its own.
            version = await db.value("UPDATE tree_version SET version = version + 1 RETURNING version")
            await announce_rewritten(version, await _changed_on(day))
    return len(due)


async def _changed_on(day: date) -> list[UUID]:
    rows = await db.rows(
        """SELECT unit_id FROM unit_version WHERE since = $1 OR until = $1
           UNION SELECT unit_id FROM unit_path WHERE since = $1 OR until = $1""",
        day,
    )
    return [row["unit_id"] for row in rows]


async def _scopes(units: list[UUID]) -> dict[UUID, list[dict[str, str | None]]]:
    rows = await db.rows(
        """SELECT unit_id, path, since, until FROM unit_path
           WHERE unit_id = ANY($1) AND open AND since <= $2 ORDER BY since""",
        units,
        today(),
    )
    scopes: dict[UUID, list[dict[str, str | None]]] = {}
    for row in rows:
        until = row["until"].isoformat() if row["until"] <= today() else None
        scopes.setdefault(row["unit_id"], []).append(
            {"path": row["path"], "since": row["since"].isoformat(), "until": until}
        )
    return scopes


async def _successors(units: list[UUID]) -> dict[UUID, dict[str, list[dict[str, object]]]]:
    """Return to whom the people of units went, by unit; nothing of those whose people went nowhere."""
    rows = await db.rows(
        """SELECT predecessor_id, successor_id, share, effective_on FROM succession
           WHERE predecessor_id = ANY($1) AND effective_on <= $2 ORDER BY effective_on, share DESC, successor_id""",
        units,
        today(),
    )
    found: dict[UUID, dict[str, list[dict[str, object]]]] = {}
    for row in rows:
        found.setdefault(row["predecessor_id"], {"successors": []})["successors"].append(
            {
                "unit_id": str(row["successor_id"]),
                "share": float(row["share"]),
                "since": row["effective_on"].isoformat(),
            }
        )
    return found


def _state(unit: db.Record) -> dict[str, object]:
    has_closed = unit["closed_on"] and unit["closed_on"] <= today()
    return {
        "id": str(unit["id"]),
        "number": unit["number"],
        "path": unit["path"],
        "parent_id": str(unit["parent_id"]) if unit["parent_id"] else None,
        **_names(unit),
        "code": unit["code"],
        "level": unit["level"],
        "kind": unit["kind"],
        "region": unit["region"],
        "created_on": unit["created_on"].isoformat(),
        "closed_on": unit["closed_on"].isoformat() if has_closed else None,
    }


async def _moved(change: Change, unit_id: UUID, old_path: str) -> dict[str, object]:
    unit = await find_unit(unit_id)
    return {
        "id": str(unit_id),
        "parent_id": str(unit["parent_id"]),
        "old_path": old_path,
        "new_path": unit["path"],
        "valid_from": change.on.isoformat(),
        "tree_version": change.version,
    }


def _created(unit: db.Record, version: int) -> dict[str, object]:
    state = _state(unit)
    return {
        **{name: value for name, value in state.items() if name not in ("created_on", "closed_on")},
        "valid_from": state["created_on"],
        "tree_version": version,
    }


def _names(unit: db.Record) -> dict[str, str]:
    """Return a unit's names as other services learn them: where one is missing, the Vietnamese name stands in."""
    return {
        "name_vi": unit["name_vi"],
        "name_en": unit["name_en"] or unit["name_vi"],
        "short_name": unit["short_name"] or unit["name_vi"],
    }
