"""What tests of reorganisations count, read and compare."""

from datetime import date
from typing import Any

from kit import db
from kit.identity import SYSTEM
from org.headcounts.service.carry import cells_on
from org.headcounts.service.cells import Cell
from org.headcounts.service.publish import correct_headcounts, publish_headcounts

FOUNDED = date(2025, 7, 1)


async def cells(unit: Any, day: date, people: dict[tuple[str, str], tuple[int, int]]) -> None:
    """Publish members and workers by age band and gender; correct what was published for the day."""
    told = [Cell(age, gender, members, workers) for (age, gender), (members, workers) in people.items()]
    if await cells_on([unit["id"]], day) and (await cells_on([unit["id"]], day))[unit["id"]].day == day:
        await correct_headcounts(SYSTEM, unit["id"], day, told, "Sổ đoàn viên", "kiểm tra lại")
    else:
        await publish_headcounts(SYSTEM, unit["id"], day, told, "Sổ đoàn viên")


async def counts(unit: Any, day: date) -> dict[tuple[str, str], tuple[int, int]]:
    """Return what counts for a unit itself on a day."""
    known = await cells_on([unit["id"]], day)
    if unit["id"] not in known:
        return {}
    return {(c.age_band, c.gender): (c.members, c.workers) for c in known[unit["id"]].cells}


async def lineage() -> list[tuple[str, str, Any, bool]]:
    """Return all successions by the last codes of the units."""
    rows = await db.rows(
        """SELECT a.code AS old, b.code AS new, share, is_assumed FROM succession
           CROSS JOIN LATERAL (SELECT code FROM unit_version WHERE unit_id = predecessor_id ORDER BY since DESC LIMIT 1) AS a
           CROSS JOIN LATERAL (SELECT code FROM unit_version WHERE unit_id = successor_id ORDER BY since DESC LIMIT 1) AS b
           ORDER BY 1, 2"""
    )
    return [tuple(row) for row in rows]


async def newest() -> Any:
    """Return the id of the newest change."""
    return await db.value("SELECT id FROM reorganisation ORDER BY version DESC LIMIT 1")


# What an undoing brings back. A unit that was created and undone remains as an id that is in none of these.
_STATE = {
    "unit": "SELECT * FROM unit WHERE id IN (SELECT unit_id FROM unit_version) ORDER BY number",
    "unit_version": "SELECT * FROM unit_version ORDER BY number, since",
    "unit_path": "SELECT * FROM unit_path ORDER BY unit_id, since",
    "succession": "SELECT * FROM succession ORDER BY predecessor_id, successor_id",
    "headcounts": "SELECT * FROM headcount_publication WHERE replaced_at IS NULL ORDER BY unit_id, day",
    "grants": "SELECT * FROM role_grant ORDER BY id",
    "cuts": "SELECT * FROM reorganisation_cut ORDER BY id",
    "people": "SELECT * FROM person ORDER BY id",
    "appointment": "SELECT * FROM appointment ORDER BY id",
    "collaborator": "SELECT * FROM collaborator ORDER BY id",
    "post": "SELECT * FROM post ORDER BY id",
    "department_version": "SELECT * FROM department_version ORDER BY id",
    "channel_version": "SELECT * FROM channel_version ORDER BY channel_id, valid",
    "unit_group_member": "SELECT * FROM unit_group_member ORDER BY unit_id, group_id, valid",
}


async def state() -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that a change of the tree can change."""
    return {name: [tuple(row) for row in await db.rows(sql)] for name, sql in _STATE.items()}
