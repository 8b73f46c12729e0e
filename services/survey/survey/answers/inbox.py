"""The sealed inbox: where an acknowledged answer waits, unreadable, until it is mixed.

Answers that arrive while a commit is under way go together in the next one: a commit costs the disk a wait, whatever is
in it. There is no timer, so an answer that comes alone is committed at once.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

import asyncpg

from kit import db
from kit.calendar import today
from survey.collection.admission import Admission
from survey.sealing.boxes import Place, seal
from survey.sealing.service import SealingKey, key_of

# In one commit; a commit of this many takes some 20 ms.
MOST_TOGETHER = 128
# More than are stored in a second or two: further ones are told to come back, so that a flood fills no memory.
MOST_WAITING = 4_096


class Outcome(Enum):
    """What became of an answer."""

    STORED = "stored"
    SAME_FORM = "same_form"
    OTHER_FORM = "other_form"
    CLOSED = "closed"


class NoKey(Exception):
    """There is no key to seal to today; the worker makes one within a minute of its start."""


class Full(Exception):
    """More answers wait than the disk takes in a second or two."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer that was let in: its wave, what it spends, and its content as bytes."""

    wave_id: UUID
    admission: Admission
    content: bytes

    @property
    def place(self) -> Place:
        """Where it belongs."""
        return Place(self.wave_id, self.admission.response_group_id)

    @property
    def spends(self) -> tuple[UUID, bytes]:
        """What only one answer may spend."""
        return self.wave_id, self.admission.token


@dataclass(slots=True)
class _Waiting:
    entry: Entry
    outcome: asyncio.Future[Outcome]


class Inbox:
    """Stores what is put into it, together with what else comes meanwhile; one for each process."""

    def __init__(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._work: asyncio.Task[None] | None = None
        self._key: SealingKey | None = None

    async def put(self, entry: Entry) -> Outcome:
        """Store an answer; on return it is committed, or was refused. Raises NoKey, Full, or PostgreSQL's error."""
        if len(self._waiting) >= MOST_WAITING:
            raise Full()
        waiting = _Waiting(entry, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._store_all())
        return await waiting.outcome

    async def _store_all(self) -> None:
        while self._waiting:
            await self._settle(self._next())

    def _next(self) -> list[_Waiting]:
        """Take the next ones, in the order of their tokens so that two processes never wait for each other.

        Of two that spend the same token the second stays for the next commit, where it finds it spent.
        """
        taken: dict[tuple[UUID, bytes], _Waiting] = {}
        kept: list[_Waiting] = []
        while self._waiting and len(taken) < MOST_TOGETHER:
            each = self._waiting.popleft()
            if each.entry.spends in taken:
                kept.append(each)
            else:
                taken[each.entry.spends] = each
        self._waiting.extendleft(reversed(kept))
        return [taken[spends] for spends in sorted(taken)]

    async def _settle(self, batch: list[_Waiting]) -> None:
        try:
            outcomes = await self._store([each.entry for each in batch])
        except asyncpg.DataError as error:
            await self._settle_each(batch, error)
        except asyncpg.IntegrityConstraintViolationError as error:
            await self._settle_each(batch, error)
        except Exception as error:
            for each in batch:
                _fail(each, error)
        else:
            for each, outcome in zip(batch, outcomes, strict=True):
                if not each.outcome.done():
                    each.outcome.set_result(outcome)

    async def _settle_each(self, batch: list[_Waiting], error: Exception) -> None:
        """Store one by one what could not be stored together: one that can't be is no reason to refuse the others."""
        if len(batch) == 1:
            _fail(batch[0], error)
            return
        for each in batch:
            await self._settle([each])

    async def _store(self, entries: list[Entry]) -> list[Outcome]:
        refused: set[UUID] = set()
        while True:
            key = await self._sealing_key(refused)
            boxes = seal(key.public, [(entry.place, entry.content) for entry in entries])
            try:
                async with db.transaction():
                    stored = await _insert(entries, key.id, boxes)
            except asyncpg.ForeignKeyViolationError as error:
                if error.constraint_name != "inbox_sealing_key_fkey":  # pyright: ignore[reportAttributeAccessIssue]
                    raise
                # The day has turned and its key is gone: seal to the next.
                refused.add(key.id)
            else:
                return await _outcomes(entries, stored)

    async def _sealing_key(self, refused: set[UUID]) -> SealingKey:
        day = today()
        if self._key is None or self._key.day != day or self._key.id in refused:
            self._key = await key_of(day, but=refused)
        if self._key is None:
            raise NoKey()
        return self._key


async def is_spent(entry: Entry) -> bool:
    """Whether what an answer spends was spent before."""
    return await db.value("SELECT EXISTS (SELECT FROM spent_key WHERE wave_id = $1 AND token = $2)", *entry.spends)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.outcome.done():
        waiting.outcome.set_exception(error)


async def _insert(entries: list[Entry], key_id: UUID, boxes: list[bytes]) -> set[tuple[UUID, bytes]]:
    """Spend the tokens and store the boxes in one transaction; return what was spent by it."""
    spent = await db.rows(
        """
        WITH entry AS (
            SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::uuid[], $5::bytea[])
                AS _ (wave_id, token, key_hash, response_group_id, sealed)
        ), taking AS (
            -- Locked, so that whoever is closing the wave is waited for: no answer comes after the last one was mixed.
            SELECT id FROM wave WHERE id = ANY ($1) AND state = 'open' AND closes_at > now() FOR KEY SHARE
        ), spent AS (
            INSERT INTO spent_key (wave_id, token, key_hash)
            SELECT wave_id, token, key_hash FROM entry JOIN taking ON taking.id = wave_id
            ON CONFLICT DO NOTHING
            RETURNING wave_id, token
        ), stored AS (
            INSERT INTO inbox (wave_id, response_group_id, sealing_key_id, sealed)
            SELECT wave_id, response_group_id, $6, sealed FROM entry JOIN spent USING (wave_id, token)
        )
        SELECT wave_id, token FROM spent
        """,
        [entry.wave_id for entry in entries],
        [entry.admission.token for entry in entries],
        [entry.admission.key_hash for entry in entries],
        [entry.admission.response_group_id for entry in entries],
        boxes,
        key_id,
    )
    return {(row["wave_id"], row["token"]) for row in spent}


async def _outcomes(entries: list[Entry], stored: set[tuple[UUID, bytes]]) -> list[Outcome]:
    refused = [entry.spends for entry in entries if entry.spends not in stored]
    before = await _key_hashes(refused) if refused else {}

    def outcome(entry: Entry) -> Outcome:
        if entry.spends in stored:
            return Outcome.STORED
        known = before.get(entry.spends)
        if known is None:
            return Outcome.CLOSED
        return Outcome.SAME_FORM if known == entry.admission.key_hash else Outcome.OTHER_FORM

    return [outcome(entry) for entry in entries]


async def _key_hashes(spent: list[tuple[UUID, bytes]]) -> dict[tuple[UUID, bytes], bytes]:
    found = await db.rows(
        "SELECT wave_id, token, key_hash FROM spent_key"
        " JOIN unnest($1::uuid[], $2::bytea[]) AS _ (wave_id, token) USING (wave_id, token)",
        [wave_id for wave_id, _ in spent],
        [token for _, token in spent],
    )
    return {(row["wave_id"], row["token"]): row["key_hash"] for row in found}
