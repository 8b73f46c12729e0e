"""Whatever happens to the tree, its readers know it as org does: where each unit stands today, and stood on each day."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import orjson
from asyncpg.exceptions import IntegrityConstraintViolationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit import db
from kit.app import Service
from kit.calendar import today
from kit.errors import DomainError
from kit.events import RESET, Event
from kit.identity import SYSTEM
from kit.testing import on_database
from org.reorganisations.service.dissolve import dissolve_unit
from org.reorganisations.service.force import come_into_force
from org.reorganisations.service.merge import merge_units
from org.reorganisations.service.split import Part, split_unit
from org.reorganisations.service.undo import undo_reorganisation
from org.units import service as tree
from survey.units import service as survey_units

LEVEL_BELOW = {
    "confederation": "province_or_industry",
    "province_or_industry": "special",
    "special": "grassroots",
    "grassroots": "section",
    "section": "team",
}
FOUNDED = today() - timedelta(days=30)


class Scope(NamedTuple):
    """Where a unit stands from a day on, and on which it does so no more."""

    path: str
    since: date
    until: date | None


class Known(NamedTuple):
    """What is known of a unit."""

    path: str
    parent_id: UUID | None
    name_vi: str
    region: str | None
    scopes: tuple[Scope, ...]


@dataclass
class Chapter:
    """Some news, and what org knows when it has told them."""

    news: list[Event]
    known: dict[UUID, Known]
    closed: dict[UUID, date]


@dataclass
class History:
    """A tree that is changed step by step. Days are counted from today."""

    units: list[UUID] = field(default_factory=list[UUID])
    told: int = 0

    async def found(self) -> None:
        """Begin with the confederation, and below it three chains of unions that reach down to a section."""
        top = await self.create(None, "confederation", FOUNDED)
        for _ in range(3):
            above, level = top, "confederation"
            while level != "section":
                level = LEVEL_BELOW[level]
                above = await self.create(above, level, FOUNDED)

    async def create(self, parent_id: UUID | None, level: str, on: date) -> UUID:
        number = len(self.units)
        names = tree.UnitNames(vi=f"Đơn vị {number}")
        kind = "confederation" if level == "confederation" else "enterprise"
        unit = await tree.create_unit(SYSTEM, tree.NewUnit(parent_id, names, f"U{number}", level, kind, on=on))
        self.units.append(unit["id"])
        return unit["id"]

    def pick(self, number: int) -> UUID:
        return self.units[number % len(self.units)]

    async def add(self, one: int, other: int, on: date) -> None:
        parent = await tree.find_unit(self.pick(one))
        await self.create(parent["id"], LEVEL_BELOW.get(parent["level"], "team"), on)

    async def move(self, one: int, other: int, on: date) -> None:
        unit = await tree.find_unit(self.pick(one))
        above = [row for row in await tree.units_by_id(self.units) if LEVEL_BELOW.get(row["level"]) == unit["level"]]
        if above:
            parent = sorted(above, key=lambda row: row["number"])[other % len(above)]
            await tree.move_unit(SYSTEM, unit["id"], parent["id"], on)

    async def rename(self, one: int, other: int, on: date) -> None:
        await tree.rename_unit(SYSTEM, self.pick(one), tree.UnitNames(vi=f"Tên {other}"), on)

    async def change(self, one: int, other: int, on: date) -> None:
        region = ("southeast", "red_river_delta", None)[other % 3]
        await tree.change_unit(SYSTEM, self.pick(one), {"region": region}, on)

    async def merge(self, one: int, other: int, on: date) -> None:
        await merge_units(SYSTEM, [self.pick(one)], self.pick(other), on)

    async def split(self, one: int, other: int, on: date) -> None:
        parts = [Part(self.pick(other), takes_other_children=True), Part(self.pick(other + 1))]
        await split_unit(SYSTEM, self.pick(one), parts, on)

    async def dissolve(self, one: int, other: int, on: date) -> None:
        await dissolve_unit(SYSTEM, self.pick(one), on, children_to=self.pick(other) if other % 2 else None)

    async def undo(self, one: int, other: int, on: date) -> None:
        made = await db.rows("SELECT id FROM reorganisation WHERE version > 1 ORDER BY version DESC LIMIT 6")
        await undo_reorganisation(SYSTEM, made[other % len(made)]["id"])

    async def chapter(self) -> Chapter:
        """Return what has been told since the last chapter, and what org knows now."""
        rows = await db.rows(
            "SELECT number, type, payload FROM outbox WHERE number > $1 AND type LIKE 'unit%' ORDER BY number",
            self.told,
        )
        news = [Event(row["number"], row["type"], datetime.now(UTC), orjson.loads(row["payload"])) for row in rows]
        self.told = max([self.told, *(event.number for event in news)])
        begun = [row for row in await tree.units_by_id(self.units) if row["created_on"] <= today()]
        stood = await scopes("SELECT unit_id, path, since, until FROM unit_path WHERE open AND since <= $1", today())
        known = {
            row["id"]: Known(row["path"], row["parent_id"], row["name_vi"], row["region"], stood[row["id"]])
            for row in begun
        }
        closed = {row["id"]: row["closed_on"] for row in begun if row["closed_on"] and row["closed_on"] <= today()}
        return Chapter(news, known, closed)


async def scopes(sql: str, *arguments: Any) -> dict[UUID, tuple[Scope, ...]]:
    """Return the dated paths of units; an end that has not come yet is none."""
    found: dict[UUID, list[Scope]] = {}
    for row in await db.rows(sql, *arguments):
        until = row["until"] if row["until"] and row["until"] <= today() else None
        found.setdefault(row["unit_id"], []).append(Scope(row["path"], row["since"], until))
    return {unit_id: tuple(sorted(some, key=lambda scope: scope.since)) for unit_id, some in found.items()}


async def known_in_survey() -> dict[UUID, Known]:
    """Return what survey knows of units that exist on some day, as those whose creation was undone do not."""
    stood = await scopes("SELECT unit_id, path, lower(valid) AS since, upper(valid) AS until FROM unit_scope")
    return {
        row["id"]: Known(row["path"], row["parent_id"], row["name_vi"], row["region"], stood[row["id"]])
        for row in await db.rows("SELECT id, path, parent_id, name_vi, region FROM unit")
        if row["id"] in stood
    }


async def known_in_archive() -> dict[UUID, tuple[Any, ...]]:
    found = await db.rows("SELECT id, path, parent_id, name_vi, closed_on FROM unit")
    return {row["id"]: tuple(row)[1:] for row in found}


async def hear(service: Service, news: list[Event]) -> None:
    handlers = service.consumes["org"]
    for event in news:
        if event.type in handlers:
            await handlers[event.type](event)


class Step(NamedTuple):
    """What happens to which units, on which day; of what is late, which happens today, nobody was told yet."""

    verb: str
    one: int
    other: int
    day: int
    is_late: bool


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from(["add", "move", "move", "rename", "change", "merge", "merge", "split", "dissolve", "undo"]),
        st.integers(0, 40),
        st.integers(0, 40),
        st.integers(-12, 2),
        st.integers(0, 9).map(lambda chance: chance == 0),
    ),
    max_size=14,
)


async def take(history: History, step: Step) -> bool:
    """Take a step, unless org refuses it; return whether all that holds today has been told."""
    # An undo tells at once what it takes back, or nothing, when that has not been told.
    is_late = step.is_late and step.verb != "undo"
    on = today() if is_late else today() + timedelta(days=step.day)
    version = await tree.current_tree_version()
    newest = await db.value("SELECT max(number) FROM outbox")
    verb: Callable[[int, int, date], Awaitable[None]] = getattr(history, step.verb)
    try:
        async with db.transaction():
            await verb(step.one, step.other, on)
    except (DomainError, IntegrityConstraintViolationError):
        # How kindly org refuses is not asked here: nothing has changed.
        return True
    if is_late:
        # As though the change had been recorded before its day, which has begun without anybody being told yet.
        await db.execute("DELETE FROM outbox WHERE number > $1", newest)
        await db.execute("UPDATE reorganisation SET is_announced = false WHERE version > $1", version)
    return not is_late


async def tell_history(storage: str, taken: list[Step]) -> list[Chapter]:
    async with on_database("org.app", storage):
        history = History()
        await history.found()
        chapters = [await history.chapter()]
        waiting: list[Event] = []
        is_all_told = True
        for step in taken:
            is_all_told &= await take(history, step)
            chapter = await history.chapter()
            waiting += chapter.news
            if is_all_told:
                chapters.append(Chapter(waiting, chapter.known, chapter.closed))
                waiting = []
        await come_into_force()
        last = await history.chapter()
        return [*chapters, Chapter(waiting + last.news, last.known, last.closed)]


async def add_materials(chapter: Chapter) -> None:
    """Put a material into the archive for each unit."""
    file = b"\1" * 32
    await db.execute("INSERT INTO stored_file (sha256, size, media_type) VALUES ($1, 1, 'text/plain')", file)
    for unit_id, known in chapter.known.items():
        await db.execute(
            """WITH version AS (
                 INSERT INTO asset_version (asset_id, number, sha256, file_name) VALUES ($1, 1, $4, 'tin.txt'))
               INSERT INTO asset (id, unit_id, unit_path, kind, title, visibility, sha256, file_name, created_on)
               VALUES ($1, $2, $3, 'news', 'Tin', 'unit', $4, 'tin.txt', $5)""",
            uuid4(),
            unit_id,
            known.path,
            file,
            today(),
        )


async def check_survey(storage: str, chapters: list[Chapter]) -> None:
    async with on_database("survey.app", storage) as survey:
        for chapter in chapters:
            await hear(survey, chapter.news)
            assert await known_in_survey() == chapter.known
        followed, version = await known_in_survey(), await survey_units.tree_version()
        await survey.consumes["org"][RESET](Event(0, RESET, datetime.now(UTC), {}))
        for chapter in chapters:
            await hear(survey, chapter.news)
        assert (await known_in_survey(), await survey_units.tree_version()) == (followed, version)


async def check_archive(storage: str, chapters: list[Chapter]) -> None:
    async with on_database("media_archive.app", storage) as archive:
        for chapter in chapters:
            await hear(archive, chapter.news)
            learnt = await known_in_archive()
            assert {unit_id: learnt[unit_id] for unit_id in chapter.known} == {
                unit_id: (known.path, known.parent_id, known.name_vi, chapter.closed.get(unit_id))
                for unit_id, known in chapter.known.items()
            }
            # The creation of others was undone.
            assert all(learnt[unit_id][3] for unit_id in learnt.keys() - chapter.known.keys())
            if chapter is chapters[0]:
                await add_materials(chapter)
            for material in await db.rows("SELECT unit_id, unit_path FROM asset"):
                unit = chapter.known.get(material["unit_id"])
                assert unit is None or material["unit_path"] == unit.path
        followed = await known_in_archive()
        await archive.consumes["org"][RESET](Event(0, RESET, datetime.now(UTC), {}))
        for chapter in chapters:
            await hear(archive, chapter.news)
        assert await known_in_archive() == followed
        assert await db.value("SELECT count(*) FROM asset JOIN unit ON unit.id = unit_id AND path <> unit_path") == 0


@settings(max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
async def test_after_any_history_the_readers_know_what_org_knows(tmp_path_factory, taken):
    storage = str(tmp_path_factory.getbasetemp() / "objects")
    chapters = await tell_history(storage, taken)
    await check_survey(storage, chapters)
    await check_archive(storage, chapters)
