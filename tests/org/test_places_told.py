"""Other services learn of places by events: all of them from the start, then those that a list changed."""

from datetime import date
from importlib import import_module
from itertools import chain

import orjson
import pytest

from kit import db
from kit.errors import Forbidden
from kit.identity import SYSTEM
from kit.testing import caller_as
from org.places.announce import PLACES_IN_ONE_EVENT, announce_places
from org.places.service import PlaceRow, SuccessionRow, load_places

FIRST = date(2025, 7, 1)

DISTRICT = PlaceRow("district", "001", "Quận Ba Đình", "01", "01", None, FIRST)
OLD = PlaceRow("commune", "00004", "Phường Trúc Bạch", "001", "01", None, FIRST, "Truc Bach Ward")
NEW = PlaceRow("commune", "00004", "Phường Ba Đình", "01", "01", FIRST, None)

TOLD_OLD = {
    "name_vi": "Phường Trúc Bạch",
    "name_en": "Truc Bach Ward",
    "parent_code": "001",
    "province_code": "01",
    "region": None,
    "since": None,
    "until": "2025-07-01",
}
TOLD_NEW = {
    "name_vi": "Phường Ba Đình",
    "name_en": None,
    "parent_code": "01",
    "province_code": "01",
    "region": None,
    "since": "2025-07-01",
    "until": None,
}


async def told():
    """Return the places of every event so far, event by event."""
    rows = await db.rows("SELECT payload FROM outbox WHERE type = 'places.changed' ORDER BY number")
    return [orjson.loads(row["payload"])["places"] for row in rows]


def learnt(events):
    """Return what a service knows that replaces each code by what is told of it."""
    known = {}
    for place in chain.from_iterable(events):
        known[place["kind"], place["code"]] = place["versions"]
    return {place: versions for place, versions in known.items() if versions}


async def on_record():
    rows = await db.rows(
        """SELECT kind, code, name_vi, name_en, parent_code, province_code, region, lower(valid) AS since,
                  upper(valid) AS until FROM place ORDER BY valid"""
    )
    known = {}
    for row in rows:
        version = orjson.loads(orjson.dumps(dict(row)))
        known.setdefault((version.pop("kind"), version.pop("code")), []).append(version)
    return known


async def test_provinces_are_told_from_the_start():
    (provinces,) = await told()
    assert learnt([provinces]) == await on_record()
    assert len(provinces) == 63
    assert [place["code"] for place in provinces] == sorted(place["code"] for place in provinces)
    hue = next(place for place in provinces if place["code"] == "46")
    assert hue["kind"] == "province"
    assert [(one["name_vi"], one["since"], one["until"]) for one in hue["versions"]] == [
        ("Tỉnh Thừa Thiên Huế", None, "2025-01-01"),
        ("Thành phố Huế", "2025-01-01", None),
    ]
    assert hue["versions"][1] == {
        "name_vi": "Thành phố Huế",
        "name_en": "Hue City",
        "parent_code": None,
        "province_code": "46",
        "region": "north_central",
        "since": "2025-01-01",
        "until": None,
    }


async def test_a_list_is_told_those_above_first():
    before = len(await told())
    await load_places(SYSTEM, [NEW, OLD, DISTRICT])
    (places,) = (await told())[before:]
    assert [(place["kind"], place["code"]) for place in places] == [("district", "001"), ("commune", "00004")]
    assert places[1]["versions"] == [TOLD_OLD, TOLD_NEW]


async def test_a_correction_tells_all_that_is_on_record_of_the_code_and_of_no_other():
    await load_places(SYSTEM, [NEW, OLD, DISTRICT])
    before = len(await told())
    await load_places(SYSTEM, [PlaceRow("commune", "00004", "Phường Ba Đình mới", "01", "01", FIRST, None), DISTRICT])
    assert (await told())[before:] == [
        [{"kind": "commune", "code": "00004", "versions": [TOLD_OLD, {**TOLD_NEW, "name_vi": "Phường Ba Đình mới"}]}]
    ]
    assert learnt(await told()) == await on_record()


async def test_the_same_list_and_what_became_of_places_are_not_told():
    await load_places(SYSTEM, [NEW, OLD, DISTRICT])
    before = await told()
    succession = SuccessionRow("00004", "00004", FIRST, is_partial=False, note=None)
    loaded = await load_places(SYSTEM, [NEW, OLD, DISTRICT], [succession])
    assert (loaded.places, loaded.successions) == (0, 1)
    assert await told() == before


async def test_a_code_of_which_nothing_is_left_is_told_as_that():
    await load_places(SYSTEM, [NEW, OLD, DISTRICT])
    await db.execute("DELETE FROM place WHERE code = '00004'")
    await announce_places([("commune", "00004")])
    assert (await told())[-1] == [{"kind": "commune", "code": "00004", "versions": []}]
    assert learnt(await told()) == await on_record()


async def test_a_long_list_is_told_in_pieces():
    before = len(await told())
    many = [
        PlaceRow("commune", f"{number:05}", f"Xã {number}", "01", "01", FIRST, None)
        for number in range(2 * PLACES_IN_ONE_EVENT + 1)
    ]
    await load_places(SYSTEM, many)
    assert [len(places) for places in (await told())[before:]] == [500, 500, 1]
    assert learnt(await told()) == await on_record()


async def test_who_may_not_load_a_list_tells_nothing(tree):
    before = await db.value("SELECT count(*) FROM outbox")
    with pytest.raises(Forbidden):
        await load_places(caller_as("admin", tree.top), [NEW])
    assert await db.value("SELECT count(*) FROM outbox") == before


async def test_a_house_that_loaded_communes_before_places_were_told_tells_them_all():
    """As `load_places` left it then: rows, and no event."""
    many = [
        PlaceRow("commune", f"{number:05}", f"Xã {number}", "01", "01", FIRST, None)
        for number in range(5, PLACES_IN_ONE_EVENT)
    ]
    await load_places(SYSTEM, [*many, NEW, OLD, DISTRICT])
    await db.execute("DELETE FROM outbox WHERE type = 'places.changed'")
    numbers = await db.value("SELECT max(number) FROM outbox")
    for operation in import_module("org.migrations.0023_places_told").Migration.operations:
        await db.execute(operation.sql)
    pieces = await told()
    # 63 provinces, a district, 496 communes.
    assert [len(places) for places in pieces] == [500, 60]
    assert [place["kind"] for place in pieces[0][:64]] == ["province"] * 63 + ["district"]
    assert learnt(pieces) == await on_record()
    rows = await db.rows("SELECT number FROM outbox WHERE type = 'places.changed' ORDER BY number")
    assert [row["number"] for row in rows] == [numbers + 1, numbers + 2]
