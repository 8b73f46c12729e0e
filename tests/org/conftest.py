"""org under test: its own migrated database, and a small tree of units to work on."""

import contextlib
from copy import copy
from datetime import date
from typing import Any

import asyncpg
import pytest
from kept_sums_world import kept_wrongly

from kit import db
from kit.identity import SYSTEM
from kit.testing import Ask, AuditedAsk, job_queue, service_fixtures, world_fixture
from org.units import service
from org.units.service import NewUnit, UnitNames

FOUNDED = date(2025, 7, 1)

# A fixture that every test may name.
__all__ = ["job_queue"]


async def make_unit(parent: Any, name: str, code: str, level: str, **more: Any) -> db.Record:
    """Create a unit as the product itself."""
    names = UnitNames.checked(name, more.pop("name_en", None), more.pop("short_name", None))
    kind = more.pop("kind", "enterprise")
    on = more.pop("on", FOUNDED)
    new = NewUnit(
        parent_id=parent["id"] if parent else None, names=names, code=code, level=level, kind=kind, on=on, **more
    )
    return await service.create_unit(SYSTEM, new)


class Tree:
    """The confederation; two provinces and an industry below it; a grassroots union with a section in Hà Nội."""

    top: db.Record
    hanoi: db.Record
    hue: db.Record
    evn: db.Record
    garment: db.Record
    section: db.Record


async def make_tree() -> Tree:
    made = Tree()
    made.top = await make_unit(
        None,
        "Tổng Liên đoàn Lao động Việt Nam",
        "TLD",
        "confederation",
        kind="confederation",
        name_en="Vietnam General Confederation of Labour",
        on=date(1929, 7, 28),
    )
    made.hanoi = await make_unit(
        made.top,
        "Liên đoàn Lao động thành phố Hà Nội",
        "HN",
        "province_or_industry",
        kind="provincial_federation",
        region="red_river_delta",
    )
    made.hue = await make_unit(
        made.top,
        "Liên đoàn Lao động thành phố Huế",
        "HUE",
        "province_or_industry",
        kind="provincial_federation",
        region="north_central",
    )
    made.evn = await make_unit(
        made.top,
        "Công đoàn Điện lực Việt Nam",
        "EVN",
        "province_or_industry",
        kind="central_industry",
        short_name="Công đoàn EVN",
    )
    made.garment = await make_unit(
        made.hanoi, "Công đoàn Công ty May Hòa Bình", "HN-001", "grassroots", region="red_river_delta"
    )
    made.section = await make_unit(made.garment, "Công đoàn bộ phận Xưởng cắt", "HN-001-01", "section", kind="section")
    return made


database, plain_ask, client = service_fixtures("org.app", make_tree)
kept_world = world_fixture("org.app")


@pytest.fixture
def ask(plain_ask) -> Ask:
    return AuditedAsk(plain_ask.service, plain_ask.endpoint)


@pytest.fixture
def tree(kept_world: Tree) -> Tree:
    return copy(kept_world)


# What no change of a unit, a person or a figure ever writes to, and would take long to compare.
_REFERENCE = ("tortoise_migrations", "place", "place_succession")


async def snapshot() -> dict[str, list[tuple[Any, ...]]]:
    """Return everything a refusal must leave as it was, events included."""
    tables = await db.rows(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL($1)",
        list(_REFERENCE),
    )
    names = sorted(table["relname"] for table in tables)
    return {
        name: [tuple(row) for row in await db.rows(f'SELECT * FROM "{name}" AS t ORDER BY t::text')] for name in names
    }


@pytest.fixture(autouse=True)
async def rules_hold_at_the_end(request, database):
    """What the database checks when a transaction ends, it checks here: the tests' transactions never end."""
    yield
    if not request.node.get_closest_marker("committed"):
        # A transaction that an error has ended can't say anything any more.
        with contextlib.suppress(asyncpg.InFailedSQLTransactionError):
            await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
            assert await kept_wrongly() == [], "kept sums of headcounts are not what is published"


@pytest.fixture
def everything():
    """Return a function that tells all that is stored, to compare before and after."""
    return snapshot


async def newest_events(count: int = 1) -> list[tuple[str, dict[str, Any]]]:
    """Return the newest events, the oldest of them first."""
    import orjson

    rows = await db.rows("SELECT type, payload FROM outbox ORDER BY number DESC LIMIT $1", count)
    return [(row["type"], orjson.loads(row["payload"])) for row in reversed(rows)]


@pytest.fixture
def events():
    """Return a function that gives the newest events."""
    return newest_events


@pytest.fixture
def new_unit():
    """Return a function that creates a unit as the product itself."""
    return make_unit
