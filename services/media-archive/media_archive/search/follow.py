"""Keeping this process's index at what PostgreSQL says: taken over, fetched or built, then following the changes."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from tortoise.exceptions import BaseORMException

from kit import db
from kit.calendar import today
from kit.errors import DomainError
from media_archive.search.documents import VERSION
from media_archive.search.folders import IndexFolder, State, is_sound, left_folders, new_folder
from media_archive.search.index import AssetIndex
from media_archive.search.log import Changes, changes_after, last_number
from media_archive.search.reading import assets_to_index, block_after
from media_archive.search.snapshots import fetch_snapshot
from media_archive.settings import current

log = logging.getLogger("media_archive.search")

T = TypeVar("T")
_AT_ONCE = 500
# What an outage of the database looks like; it is waited out.
_OUTAGES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException)


class SearchNotReady(DomainError):
    """The search index of this process is still being built."""

    code = "SEARCH_NOT_READY"
    vi = "Bộ tìm kiếm đang khởi động. Hãy thử lại sau ít giây."
    en = "The search is starting up. Try again in a few seconds."


class Overtaken(Exception):
    """The index can't be gone on with: changes it never met are forgotten, or a newer generation is wanted."""


@dataclass
class Follower:
    """An index and how far in the log of changes it has come; with a folder, what it knows outlives the process."""

    index: AssetIndex
    position: int = 0
    day: date = field(default_factory=today)
    generation: int = 0
    identity: str = ""
    folder: IndexFolder | None = None
    is_damaged: bool = False

    async def ask(self, question: Callable[..., T], *values: Any, **how: Any) -> T:
        """Ask the index something in a thread; SearchNotReady when it turns out to be damaged: it is then replaced."""
        try:
            return await asyncio.to_thread(question, *values, **how)
        except BaseException as error:
            if not _says_damaged(error):
                raise
            log.exception("the search index can't be read")
            self.is_damaged = True
            raise SearchNotReady from error

    async def build(self) -> None:
        """Index everything. What changes meanwhile has a number after `position`, so it is met again."""
        self.day = today()
        self.position = await last_number()
        found = await block_after(None)
        while found is not None:
            assets = await assets_to_index(found.ids, self.day)
            # The next ones are read while these are written.
            _, found = await asyncio.gather(asyncio.to_thread(self.index.fill, assets), block_after(found))
        await asyncio.to_thread(self.index.write, [])
        self._tell()

    async def catch_up(self) -> int:
        """Index what changed since; return how many changes were met. Overtaken when that can't be done."""
        met = 0
        while (found := await self._changes()).numbers:
            await self._put(list(set(found.asset_ids)))
            self.position = found.numbers[-1]
            met += len(found.numbers)
            self._tell()
        await self._turn_day()
        return met

    async def _changes(self) -> Changes:
        found = await changes_after(self.position, _AT_ONCE)
        if found.generation > self.generation or found.pruned > self.position:
            raise Overtaken
        return found

    async def _turn_day(self) -> None:
        """Index again whose embargo, lease or grant ended since the day as of which the index speaks."""
        day = today()
        if day == self.day:
            return
        changed = await db.rows(
            """SELECT id FROM asset WHERE embargo_until > $1 AND embargo_until <= $2
               UNION SELECT id FROM asset WHERE lease_until > $1 AND lease_until <= $2
               UNION SELECT asset_id FROM asset_grant WHERE until > $1 AND until <= $2
               UNION SELECT asset_id FROM person_grant WHERE until > $1 AND until <= $2""",
            self.day,
            day,
        )
        self.day = day
        for start in range(0, len(changed), _AT_ONCE):
            await self._put([row["id"] for row in changed[start : start + _AT_ONCE]])
        self._tell()

    async def _put(self, ids: Sequence[UUID]) -> None:
        found = await assets_to_index(ids, self.day)
        there = {asset.id for asset in found}
        gone = [str(one) for one in ids if str(one) not in there]
        await asyncio.to_thread(self.index.write, found, gone)

    @property
    def state(self) -> State:
        """How far it has come, for whoever goes on with its index."""
        return State(self.identity, self.generation, VERSION, self.position, self.day.isoformat())

    def _tell(self) -> None:
        if self.folder is not None:
            self.folder.tell(self.state)

    async def leave(self) -> None:
        """Let another process go on with the index."""
        await asyncio.to_thread(self.index.close)
        if self.folder is not None:
            self.folder.leave()

    async def remove(self) -> None:
        """Let go of the index and remove it."""
        await asyncio.to_thread(self.index.close)
        if self.folder is not None:
            self.folder.remove()


def _says_damaged(error: BaseException) -> bool:
    """Whether tantivy can't read its files: it says so, or runs into it (a panic, whose class can't be imported)."""
    return isinstance(error, ValueError) or type(error).__name__ == "PanicException"


class _Process:
    """What this process searches."""

    follower: Follower | None = None


def use(follower: Follower | None) -> None:
    """Say which index this process searches."""
    _Process.follower = follower


def current_follower() -> Follower:
    """Return the index this process searches; SearchNotReady until it is built."""
    if _Process.follower is None:
        raise SearchNotReady()
    return _Process.follower


async def follow_index() -> None:
    """Have an index and keep it current until cancelled; searches go on while it is replaced."""
    place = current().search_folder
    follower = await taken_over(place) or await made_anew(place)
    try:
        while True:
            use(follower)
            follower = await _followed(follower, place)
    finally:
        use(None)
        await follower.leave()


async def _followed(follower: Follower, place: Path) -> Follower:
    """Keep an index current for as long as it can be; return the one that replaces it."""
    while True:
        try:
            await follower.catch_up()
        except Overtaken:
            break
        except _OUTAGES as error:
            log.warning("the search index waits for the database: %s", type(error).__name__)
        except BaseException as error:
            if not _says_damaged(error):
                raise
            log.exception("the search index can't be written")
            break
        if follower.is_damaged:
            break
        await asyncio.sleep(current().search_pause_seconds)
    replacement = await _made_anew_at_last(place)
    use(replacement)
    await follower.remove()
    return replacement


async def _made_anew_at_last(place: Path) -> Follower:
    while True:
        try:
            return await made_anew(place)
        except _OUTAGES as error:
            log.warning("the search index waits for the database: %s", type(error).__name__)
            await asyncio.sleep(current().search_pause_seconds)


async def taken_over(place: Path) -> Follower | None:
    """Go on with the best index that another process left here; None when none can be gone on with."""
    said = await changes_after(2**62, 1)
    last = await last_number()
    chosen: Follower | None = None
    for folder in left_folders(place):
        state = folder.state
        fits = (
            state is not None
            and (state.identity, state.generation, state.version) == (said.identity, said.generation, VERSION)
            and said.pruned <= state.position <= last
        )
        if chosen is None and fits and state is not None:
            chosen = await _opened(folder, state)
        elif fits and not folder.is_forgotten:
            folder.leave()
        else:
            folder.remove()
    return chosen


async def made_anew(place: Path) -> Follower:
    """Fetch the newest snapshot, or else build an index; what is behind catches up."""
    said = await changes_after(2**62, 1)
    return await _fetched(new_folder(place), said) or await built(new_folder(place), said.identity, said.generation)


async def built(folder: IndexFolder, identity: str, generation: int) -> Follower:
    """Build an index in a folder, which is removed when that fails."""
    try:
        index = await asyncio.to_thread(AssetIndex, folder.index)
        follower = Follower(index, generation=generation, identity=identity, folder=folder)
        await follower.build()
    except BaseException:
        folder.remove()
        raise
    return follower


async def _fetched(folder: IndexFolder, said: Changes) -> Follower | None:
    try:
        state = await fetch_snapshot(folder.index, said.identity, said.generation, said.pruned)
    except BaseException:
        folder.remove()
        raise
    if state is None:
        folder.remove()
        return None
    return await _opened(folder, state)


async def _opened(folder: IndexFolder, state: State) -> Follower | None:
    """Open an index that is there already; None, and the folder is removed, when it is damaged."""
    try:
        if await asyncio.to_thread(is_sound, folder.index):
            index = await asyncio.to_thread(AssetIndex, folder.index)
            day = date.fromisoformat(state.day)
            return Follower(index, state.position, day, state.generation, state.identity, folder)
    except ValueError:
        log.exception("an index can't be opened")
    log.warning("a damaged search index is thrown away")
    folder.remove()
    return None
