"""Keeping this process's index at what PostgreSQL says: built anew at the start, then following the log of changes."""

import asyncio
import contextlib
import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID

import asyncpg
from tortoise.exceptions import BaseORMException

from kit import db
from kit.calendar import today
from kit.db import Record
from kit.errors import DomainError
from kit.paths import WIDTH
from media_archive.assets.visibility import tokens_of
from media_archive.search.index import AssetIndex, IndexedAsset
from media_archive.settings import current

log = logging.getLogger("media_archive.search")

_AT_ONCE = 500


class SearchNotReady(DomainError):
    """The search index of this process is still being built."""

    code = "SEARCH_NOT_READY"
    vi = "Bộ tìm kiếm đang khởi động. Hãy thử lại sau ít giây."
    en = "The search is starting up. Try again in a few seconds."


@dataclass
class Follower:
    """An index and how far in the log of changes it has come."""

    index: AssetIndex
    position: int = 0
    day: date = field(default_factory=today)

    async def build(self) -> None:
        """Index everything. What changes meanwhile has a number after `position`, so it is met again."""
        self.day = today()
        self.position = await db.value("SELECT coalesce(max(number), 0) FROM asset_change")
        last = UUID(int=0)
        while found := await db.rows("SELECT id FROM asset WHERE id > $1 ORDER BY id LIMIT $2", last, _AT_ONCE):
            last = found[-1]["id"]
            await self._put([row["id"] for row in found])

    async def catch_up(self) -> int:
        """Index what changed since; return how many changes were met."""
        met = 0
        while found := await db.rows(
            "SELECT number, asset_id FROM asset_change WHERE number > $1 ORDER BY number LIMIT $2",
            self.position,
            _AT_ONCE,
        ):
            await self._put(list({row["asset_id"] for row in found}))
            self.position = found[-1]["number"]
            met += len(found)
        await self._turn_day()
        return met

    async def _turn_day(self) -> None:
        """Index again whose embargo, lease or grant ended since the day as of which the index speaks."""
        day = today()
        if day == self.day:
            return
        changed = await db.rows(
            """SELECT id FROM asset WHERE embargo_until > $1 AND embargo_until <= $2
               UNION SELECT id FROM asset WHERE lease_until > $1 AND lease_until <= $2
               UNION SELECT asset_id FROM asset_grant WHERE until > $1 AND until <= $2""",
            self.day,
            day,
        )
        self.day = day
        for start in range(0, len(changed), _AT_ONCE):
            await self._put([row["id"] for row in changed[start : start + _AT_ONCE]])

    async def _put(self, ids: Sequence[UUID]) -> None:
        found = await _what_to_index(ids, self.day)
        there = {row["id"] for row in found}
        gone = [str(one) for one in ids if one not in there]
        await asyncio.to_thread(self.index.write, [_indexed(row, self.day) for row in found], gone)


async def _what_to_index(ids: Sequence[UUID], day: date) -> list[Record]:
    return await db.rows(
        """SELECT asset.id, asset.unit_path, asset.kind, asset.visibility, asset.hidden, asset.embargo_until,
               asset.lease_until,
               ARRAY(SELECT unit.path FROM asset_grant JOIN unit ON unit.id = asset_grant.unit_id
                     WHERE asset_grant.asset_id = asset.id AND coalesce(asset_grant.until > $2, TRUE)) AS granted,
               concat_ws(E'\\n',
               asset.title, asset.description,
               (SELECT string_agg(DISTINCT term.vi, E'\\n') FROM term
                WHERE term.vocabulary = 'topic' AND term.code = ANY(asset.topics)),
               (SELECT string_agg(asset_text.text, E'\\n' ORDER BY asset_text.source) FROM asset_text
                WHERE asset_text.asset_id = asset.id)) AS text
           FROM asset WHERE asset.id = ANY($1::uuid[]) AND asset.state = 'kept'""",
        list(ids),
        day,
    )


def _indexed(row: Record, day: date) -> IndexedAsset:
    path: str = row["unit_path"]
    return IndexedAsset(
        id=str(row["id"]),
        text=row["text"],
        units=tuple(path[start : start + WIDTH] for start in range(0, len(path), WIDTH)),
        kind=row["kind"],
        sight=tokens_of(row, row["granted"], day),
    )


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
    """Build this process's index and keep it current until cancelled."""
    with index_folder(current().search_folder) as folder:
        follower = Follower(AssetIndex(folder))
        await follower.build()
        use(follower)
        try:
            while True:
                await _catch_up_or_tell(follower)
                await asyncio.sleep(current().search_pause_seconds)
        finally:
            use(None)


async def _catch_up_or_tell(follower: Follower) -> None:
    """An outage of the database is waited out: the index stays as it is, and what is shown is checked there anyway."""
    try:
        await follower.catch_up()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException) as error:
        log.warning("the search index waits for the database: %s", type(error).__name__)


@contextlib.contextmanager
def index_folder(place: Path) -> Iterator[Path]:
    """A folder for the index of one process, locked while in use; those of processes that died are removed."""
    place.mkdir(parents=True, exist_ok=True)
    for left in place.iterdir():
        _remove_if_abandoned(left)
    folder = Path(tempfile.mkdtemp(prefix="index-", dir=place))
    lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder / "tantivy"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _remove_if_abandoned(folder: Path) -> None:
    try:
        lock = os.open(folder / "lock", os.O_RDWR)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return
    finally:
        os.close(lock)
