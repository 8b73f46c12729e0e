"""A unit closes while something that hangs on it is written: whichever comes first, nothing outlives the unit.

With two real connections: one has done its part and not yet committed when the other begins.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import asyncpg
import pytest

from kit import db
from kit.identity import SYSTEM
from org.channels.service import ChannelFacts, add_channel
from org.groups.service import UnitOutsideGroup, add_units, found_group
from org.headcounts.service import (
    Cell,
    HeadcountRow,
    HeadcountRowsRefused,
    publish_headcounts,
    publish_headcounts_in_bulk,
)
from org.people.service import (
    add_collaborator,
    add_person,
    appoint,
    found_department,
    record_class,
    rename_department,
    set_seats,
)
from org.reorganisations.service import dissolve_unit
from org.units.service import UnitClosed, UnitDateBackwards, UnitNotOnDay

pytestmark = pytest.mark.committed

JULY = date(2025, 7, 1)
ON = date(2026, 3, 1)
AFTER = date(2026, 3, 2)

Act = Callable[[], Awaitable[Any]]


async def appointment(tree: Any, on: date) -> Act:
    person = await add_person(SYSTEM, "Trần Thị Bình", unit_id=tree.hanoi["id"])
    return lambda: appoint(SYSTEM, person.id, tree.garment["id"], "chair", on)


async def collaborator(tree: Any, on: date) -> Act:
    person = await add_person(SYSTEM, "Trần Thị Bình", unit_id=tree.hanoi["id"])
    return lambda: add_collaborator(SYSTEM, person.id, tree.garment["id"], "press", on)


async def post(tree: Any, on: date) -> Act:
    return lambda: set_seats(SYSTEM, tree.garment["id"], "chair", 1, on)


async def department_version(tree: Any, on: date) -> Act:
    return lambda: found_department(SYSTEM, tree.garment["id"], None, "Văn phòng", None, on)


async def channel_version(tree: Any, on: date) -> Act:
    facts = ChannelFacts("Bảng tin", "officers")
    return lambda: add_channel(SYSTEM, tree.garment["id"], "notice_board", facts, on)


async def unit_group_member(tree: Any, on: date) -> Act:
    group = await found_group(SYSTEM, tree.hanoi["id"], "Nhóm", "Group", since=JULY)
    return lambda: add_units(SYSTEM, group["id"], [tree.garment["id"]], on)


SPANS = [appointment, collaborator, post, department_version, channel_version, unit_group_member]


async def training_class(tree: Any, on: date) -> Act:
    return lambda: record_class(SYSTEM, tree.garment["id"], "Viết tin", "writing", on, on)


async def headcount_publication(tree: Any, on: date) -> Act:
    cells = [Cell("under_25", "female", 1, 1)]
    return lambda: publish_headcounts(SYSTEM, tree.garment["id"], on, cells, "test")


async def rows_of_headcounts(tree: Any, on: date) -> Act:
    rows = [HeadcountRow(2, "HN-001", on, Cell("under_25", "female", 1, 1))]
    return lambda: publish_headcounts_in_bulk(SYSTEM, rows, "test")


async def one_after_the_other(first: Act, second: Act) -> Any:
    """Begin the second when the first has done all but commit; return what came of the second, an error as itself."""
    done, may_commit = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with db.transaction():
            await first()
            done.set()
            await may_commit.wait()

    holding = asyncio.create_task(hold())
    await asyncio.wait([holding, asyncio.create_task(done.wait())], return_when=asyncio.FIRST_COMPLETED)
    assert not holding.done(), holding.exception()
    waiting = asyncio.create_task(_outcome(second))
    await _until_it_waits(waiting)
    may_commit.set()
    await holding
    return await waiting


async def _outcome(act: Act) -> Any:
    try:
        return await act()
    except Exception as error:
        return error


async def _until_it_waits(task: "asyncio.Task[Any]") -> None:
    for _ in range(500):
        if await db.value("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
            return
        assert not task.done(), f"did not wait: {task}"
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


@pytest.fixture
async def close(tree):
    await dissolve_unit(SYSTEM, tree.section["id"], ON)
    return lambda: dissolve_unit(SYSTEM, tree.garment["id"], ON)


@pytest.mark.parametrize("thing", SPANS)
async def test_what_is_written_while_its_unit_closes_is_refused(tree, close, thing):
    refusal = await one_after_the_other(close, await thing(tree, AFTER))
    assert type(refusal) in (UnitClosed, UnitNotOnDay, UnitOutsideGroup)
    assert await db.value(f"SELECT count(*) FROM {thing.__name__}") == 0


@pytest.mark.parametrize("thing", SPANS)
async def test_what_began_before_its_unit_closes_ends_with_it(tree, close, thing):
    refusal = await one_after_the_other(close, await thing(tree, JULY))
    assert not isinstance(refusal, Exception)
    assert await db.value(f"SELECT upper(valid) FROM {thing.__name__}") == ON


@pytest.mark.parametrize("thing", SPANS)
async def test_a_unit_that_closes_ends_what_was_just_written(tree, close, thing):
    closed = await one_after_the_other(await thing(tree, JULY), close)
    assert not isinstance(closed, Exception)
    assert await db.value(f"SELECT upper(valid) FROM {thing.__name__}") == ON
    assert await db.value("SELECT kind FROM reorganisation_cut WHERE kind = $1", thing.__name__) == thing.__name__


@pytest.mark.parametrize("thing", SPANS)
async def test_a_unit_that_closes_takes_away_what_would_have_begun_later(tree, close, thing):
    closed = await one_after_the_other(await thing(tree, AFTER), close)
    assert not isinstance(closed, Exception)
    assert await db.value(f"SELECT count(*) FROM {thing.__name__}") == 0


@pytest.mark.parametrize("thing", [training_class, headcount_publication])
async def test_people_are_neither_taught_nor_counted_in_a_unit_that_is_closing(tree, close, thing):
    refusal = await one_after_the_other(close, await thing(tree, AFTER))
    assert type(refusal) in (UnitClosed, UnitNotOnDay)
    assert await db.value(f"SELECT count(*) FROM {thing.__name__}") == 0


async def test_a_file_of_headcounts_for_a_unit_that_is_closing_names_the_row(tree, close):
    refusal = await one_after_the_other(close, await rows_of_headcounts(tree, AFTER))
    assert isinstance(refusal, HeadcountRowsRefused)
    assert [(problem.row, problem.error.code) for problem in refusal.problems] == [(2, "NOT_FOUND")]
    assert await db.value("SELECT count(*) FROM headcount_publication") == 0


async def test_a_unit_does_not_close_before_a_day_for_which_a_file_counts_its_people(tree, close):
    refusal = await one_after_the_other(await rows_of_headcounts(tree, AFTER), close)
    assert isinstance(refusal, UnitDateBackwards)
    assert await db.value("SELECT count(*) FROM headcount_publication WHERE replaced_at IS NULL") == 1
    assert await db.value("SELECT closed_on FROM unit WHERE id = $1", tree.garment["id"]) is None


async def test_a_department_is_renamed_while_its_unit_closes(tree, close):
    department = await found_department(SYSTEM, tree.garment["id"], None, "Văn phòng", None, JULY)

    async def rename() -> None:
        await rename_department(SYSTEM, department.id, None, "Văn phòng mới", None, date(2026, 1, 1))

    assert await one_after_the_other(close, rename) is None
    assert await db.value("SELECT max(upper(valid)) FROM department_version") == ON


@pytest.mark.parametrize("day", [date(2026, 3, 2), date(2026, 4, 1)])
async def test_the_database_itself_refuses_what_would_begin_after_its_unit(tree, close, day):
    person = await add_person(SYSTEM, "Trần Thị Bình", unit_id=tree.hanoi["id"])

    async def write() -> None:
        await db.execute(
            "INSERT INTO appointment (person_id, unit_id, post, valid) VALUES ($1, $2, 'chair', daterange($3, NULL))",
            person.id,
            tree.garment["id"],
            day,
        )

    refusal = await one_after_the_other(close, write)
    assert isinstance(refusal, asyncpg.CheckViolationError)
    assert db.violated(refusal) == "within_a_unit"
    assert await db.value("SELECT count(*) FROM appointment") == 0
