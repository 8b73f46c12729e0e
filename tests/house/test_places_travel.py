"""What org tells of places is all that the archive needs to know the same ones, list by list."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from kit import db
from kit.events import Event
from kit.identity import SYSTEM
from kit.testing import on_database
from org.places.files import read_places
from org.places.service import PlaceRow, load_places

FIRST = date(2025, 7, 1)
REFERENCE = os.environ.get("LOA_REFERENCE_DIR")

Known = list[tuple[Any, ...]]


def a_few() -> list[list[PlaceRow]]:
    """A list, and one that corrects a row of it."""
    old = PlaceRow("commune", "00004", "Phường Trúc Bạch", "001", "01", None, FIRST, "Truc Bach Ward")
    new = PlaceRow("commune", "00004", "Phường Ba Dình", "01", "01", FIRST, None)
    district = PlaceRow("district", "001", "Quận Ba Đình", "01", "01", None, FIRST)
    return [[old, new, district], [PlaceRow("commune", "00004", "Phường Ba Đình", "01", "01", FIRST, None)]]


def all_that_there_are() -> list[list[PlaceRow]]:
    """The statistics office's own lists."""
    names = ("ward_conversion", "wards_before")
    files = [Path(str(REFERENCE), "org-reference", f"{name}_2025-07-01.csv") for name in names]
    return [read_places(file.read_bytes()).places for file in files]


async def told(lists: list[list[PlaceRow]], folder: str) -> tuple[list[Event], Known]:
    """What org tells, and what it has on record."""
    async with on_database("org.app", folder):
        for places in lists:
            await load_places(SYSTEM, places)
        rows = await db.rows("SELECT number, type, payload FROM outbox WHERE type = 'places.changed' ORDER BY number")
        found = [Event(row["number"], row["type"], datetime.now(UTC), orjson.loads(row["payload"])) for row in rows]
        on_record = await db.rows(
            """SELECT kind, code, name_vi, name_en, parent_code, province_code, coalesce(lower(valid), '-infinity'), upper(valid)
               FROM place ORDER BY code, valid"""
        )
        return found, [tuple(row) for row in on_record]


@pytest.mark.parametrize(
    ("lists", "most"),
    [
        pytest.param(a_few, 3, id="a few"),
        pytest.param(
            all_that_there_are,
            60,
            id="all that there are",
            marks=pytest.mark.skipif(REFERENCE is None, reason="LOA_REFERENCE_DIR does not say where the lists are"),
        ),
    ],
)
async def test_the_archive_knows_the_places_that_org_has_on_record(lists: Any, most: int, tmp_path: Path):
    events, on_record = await told(lists(), str(tmp_path))
    assert len(events) <= most
    async with on_database("media_archive.app", str(tmp_path)) as archive:
        handlers = archive.consumes["org"]
        # A second time, as after a replay.
        for _ in range(2):
            for event in events:
                await handlers[event.type](event)
            known = await db.rows(
                """SELECT kind, code, name_vi, name_en, parent_code, province_code, since, until
                   FROM place ORDER BY code, since"""
            )
            assert [tuple(row) for row in known] == on_record
            await handlers["@reset"](events[0])
            assert await db.value("SELECT count(*) FROM place") == 0
