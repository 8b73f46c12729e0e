"""What other services are told of the tree: at once what is in force, on its day what lies ahead, never before."""

from datetime import date, timedelta

import orjson
import pytest

from kit import db
from kit.calendar import today
from kit.identity import SYSTEM
from org.reorganisations.jobs import crons, tell_changes_due
from org.units.service import (
    NewUnit,
    UnitNames,
    announce_due,
    announce_rewritten,
    begin,
    change_unit,
    create_unit,
    derive_paths,
    move_unit,
    rename_unit,
)
from org.units.service.versions import close

MARCH = date(2026, 3, 1)
AHEAD = today() + timedelta(days=30)


async def version():
    return await db.value("SELECT version FROM tree_version")


async def told(since=0):
    """Return all events after the first `since` of them."""
    rows = await db.rows("SELECT type, payload FROM outbox ORDER BY number OFFSET $1", since)
    return [(row["type"], orjson.loads(row["payload"])) for row in rows]


@pytest.fixture
async def news(tree):
    """A function that tells what was published since the tree was made."""
    before = len(await told())

    async def since():
        return await told(before)

    return since


async def becomes_due(day=None):
    """Let what lies ahead have happened on a day (None: today): as if it had been recorded ahead of that day."""
    await db.execute("UPDATE reorganisation SET is_announced = false WHERE effective_on = $1", day or today())


async def test_nothing_is_told_before_its_day(tree, new_unit, news):
    await rename_unit(SYSTEM, tree.garment["id"], UnitNames("Công đoàn B"), AHEAD)
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], AHEAD)
    await change_unit(SYSTEM, tree.garment["id"], {"code": "HN-2"}, AHEAD)
    await new_unit(tree.hue, "Công đoàn mới", "NEW", "grassroots", on=AHEAD)
    before = await version()
    assert await news() == []
    assert await announce_due() == 0
    assert (await news(), await version()) == ([], before)


async def test_what_is_told_today_says_nothing_of_what_lies_ahead(tree, new_unit, news):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], AHEAD)
    planned = await new_unit(tree.garment, "Bộ phận mới", "NEW", "section", kind="section", on=AHEAD)
    change = await begin(SYSTEM, "dissolve", AHEAD)
    await close(tree.section["id"], AHEAD, change.version)
    await derive_paths([tree.section["id"]])
    await announce_rewritten(change.version, [tree.garment["id"], tree.section["id"], planned["id"]])
    ((kind, payload),) = await news()
    assert kind == "units.rewritten"
    assert [(unit["id"], unit["closed_on"], unit["scopes"]) for unit in payload["units"]] == [
        (str(unit["id"]), None, [{"path": unit["path"], "since": "2025-07-01", "until": None}])
        for unit in (tree.garment, tree.section)
    ]


async def test_what_comes_into_force_is_told_whole_with_a_version_of_its_own(tree, news):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], today())
    await rename_unit(SYSTEM, tree.evn["id"], UnitNames("Công đoàn Điện lực"), today())
    await becomes_due()
    published, before = len(await news()), await version()
    assert await announce_due() == 2
    assert await version() == before + 1
    ((kind, payload),) = (await news())[published:]
    assert (kind, payload["tree_version"]) == ("units.rewritten", before + 1)
    new_path = tree.hue["path"] + tree.garment["path"][-5:]
    assert [(unit["code"], unit["path"], unit["name_vi"]) for unit in payload["units"]] == [
        ("EVN", tree.evn["path"], "Công đoàn Điện lực"),
        ("HN-001", new_path, tree.garment["name_vi"]),
        ("HN-001-01", new_path + tree.section["path"][-5:], tree.section["name_vi"]),
    ]
    assert payload["units"][1] == {
        "id": str(tree.garment["id"]),
        "number": tree.garment["number"],
        "path": new_path,
        "parent_id": str(tree.hue["id"]),
        "name_vi": tree.garment["name_vi"],
        "name_en": tree.garment["name_vi"],
        "short_name": tree.garment["name_vi"],
        "code": "HN-001",
        "level": "grassroots",
        "kind": "enterprise",
        "region": "red_river_delta",
        "created_on": "2025-07-01",
        "closed_on": None,
        "scopes": [
            {"path": tree.garment["path"], "since": "2025-07-01", "until": today().isoformat()},
            {"path": new_path, "since": today().isoformat(), "until": None},
        ],
    }


async def test_is_told_once(tree, news):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], today())
    await becomes_due()
    assert await announce_due() == 1
    so_far = await news(), await version()
    assert await announce_due() == 0
    assert (await news(), await version()) == so_far


async def test_days_that_were_missed_are_told_in_their_order(tree, news):
    """The worker was down for some days."""
    first, second = today() - timedelta(days=3), today() - timedelta(days=1)
    await rename_unit(SYSTEM, tree.evn["id"], UnitNames("Công đoàn Điện lực"), second)
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], first)
    await becomes_due(first)
    await becomes_due(second)
    published, before = len(await news()), await version()
    assert await announce_due() == 2
    events = (await news())[published:]
    assert [(payload["tree_version"], [unit["code"] for unit in payload["units"]]) for _, payload in events] == [
        (before + 1, ["HN-001", "HN-001-01"]),
        (before + 2, ["EVN"]),
    ]


async def test_what_was_undone_before_its_day_is_never_told(tree, news):
    await rename_unit(SYSTEM, tree.evn["id"], UnitNames("Công đoàn Điện lực"), today())
    await becomes_due()
    published, undone = len(await news()), await version()
    undo = await begin(SYSTEM, "undo", today(), undoes=undone)
    await db.execute("UPDATE reorganisation SET undone_in = $2 WHERE version = $1", undone, undo.version)
    assert await announce_due() == 0
    assert len(await news()) == published


async def test_the_worker_looks_every_minute(tree, news):
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], today())
    await becomes_due()
    published = len(await news())
    await tell_changes_due()
    assert [kind for kind, _ in (await news())[published:]] == ["units.rewritten"]
    assert len(crons) == 1


async def test_a_change_of_code_tells_the_unit_as_it_is(tree, news):
    await change_unit(SYSTEM, tree.garment["id"], {"code": "HN-2", "region": None})
    ((kind, payload),) = await news()
    (unit,) = payload["units"]
    assert (kind, unit["code"], unit["region"], payload["tree_version"]) == (
        "units.rewritten",
        "HN-2",
        None,
        await version(),
    )


async def test_a_move_below_which_something_moved_later_is_told_unit_by_unit(tree, news):
    """One prefix that becomes another would be wrong for the section, which left in May."""
    await db.execute("INSERT INTO level_rule (parent_level, child_level) VALUES ('province_or_industry', 'section')")
    await move_unit(SYSTEM, tree.section["id"], tree.evn["id"], date(2026, 5, 1))
    await move_unit(SYSTEM, tree.garment["id"], tree.hue["id"], MARCH)
    (_, (kind, payload)) = await news()
    assert kind == "units.rewritten"
    below = tree.garment["path"][-5:] + tree.section["path"][-5:]
    assert {unit["code"]: [scope["path"] for scope in unit["scopes"]] for unit in payload["units"]} == {
        "HN-001": [tree.garment["path"], tree.hue["path"] + tree.garment["path"][-5:]],
        "HN-001-01": [tree.section["path"], tree.hue["path"] + below, tree.evn["path"] + below[5:]],
    }


async def test_many_units_come_in_several_events_parents_first(tree, news):
    version_before = await version()
    made = [tree.hue]
    for n in range(201):
        new = NewUnit(tree.hue["id"], UnitNames(f"Công đoàn {n}"), f"H-{n}", "grassroots", "enterprise", on=MARCH)
        made.append(await create_unit(SYSTEM, new))
    assert await version() == version_before + 201
    published = len(await news())
    await announce_rewritten(7, [unit["id"] for unit in reversed(made)])
    first, second = (payload["units"] for _, payload in (await news())[published:])
    assert (len(first), len(second)) == (200, 2)
    assert [unit["code"] for unit in first[:2]] == ["HUE", "H-0"]


async def test_every_change_makes_one_version_and_one_record(tree):
    numbers = [await version()]
    for change in (
        lambda: rename_unit(SYSTEM, tree.evn["id"], UnitNames("A")),
        lambda: rename_unit(SYSTEM, tree.evn["id"], UnitNames("B"), AHEAD),
        lambda: move_unit(SYSTEM, tree.garment["id"], tree.hue["id"]),
        lambda: change_unit(SYSTEM, tree.garment["id"], {"phone": "024 1234 5678"}),
        lambda: rename_unit(SYSTEM, tree.evn["id"], UnitNames("A")),
    ):
        await change()
        numbers.append(await version())
    first = numbers[0]
    # The last gives the unit the name that it has.
    assert numbers == [first, first + 1, first + 2, first + 3, first + 4, first + 4]
    kinds = await db.rows("SELECT kind FROM reorganisation WHERE version > $1 ORDER BY version", first)
    assert [row["kind"] for row in kinds] == ["rename", "rename", "move", "change"]
