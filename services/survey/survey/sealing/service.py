"""Sealing keys: made before their day begins, used on that day alone, destroyed when nothing is sealed to them.

The database has the public halves. An answer is sealed only to a key of its own day: a database that was set back to an
earlier day, whose keys are destroyed, has none for today and takes no answers until the worker has made one.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import asyncpg
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from kit import db
from survey import settings
from survey.sealing.files import GRACE, KeyFiles

log = logging.getLogger("survey.sealing")


@dataclass(frozen=True, slots=True)
class SealingKey:
    """The public half of a day's key."""

    id: UUID
    day: date
    public: X25519PublicKey


def key_files() -> KeyFiles:
    """Return this process's folder of private keys; RuntimeError where there is none: web processes have none."""
    folder = settings.current().sealing_keys
    if folder is None:
        raise RuntimeError("LOA_SEALING_KEYS names no folder: this process can't open the inbox")
    return KeyFiles(folder)


async def key_of(day: date, *, but: Iterable[UUID] = ()) -> SealingKey | None:
    """Return the newest key of a day, or of one after it; never one of `but`."""
    found = await db.row(
        "SELECT id, day, public_key FROM sealing_key WHERE day >= $1 AND id <> ALL ($2::uuid[])"
        " ORDER BY day, number DESC LIMIT 1",
        day,
        list(but),
    )
    if found is None:
        return None
    return SealingKey(found["id"], found["day"], X25519PublicKey.from_public_bytes(found["public_key"]))


async def provide_keys(day: date) -> None:
    """See to it that a day and the next have a key whose private half is here."""
    files = key_files()
    for each in (day, day + timedelta(days=1)):
        if not await _has_key(files, each):
            async with db.transaction():
                # One at a time, or two workers make two; readers and answers go on meanwhile.
                await db.execute("LOCK TABLE sealing_key IN SHARE ROW EXCLUSIVE MODE")
                if not await _has_key(files, each):
                    key_id, public = files.make()
                    await db.execute(
                        "INSERT INTO sealing_key (id, day, public_key) VALUES ($1, $2, $3)", key_id, each, public
                    )


async def _has_key(files: KeyFiles, day: date) -> bool:
    newest = await db.value("SELECT id FROM sealing_key WHERE day = $1 ORDER BY number DESC LIMIT 1", day)
    return newest is not None and files.read(newest) is not None


async def private_keys() -> Mapping[UUID, X25519PrivateKey]:
    """Return the private keys that are here of those that the database knows."""
    files = key_files()
    found = {row["id"]: files.read(row["id"]) for row in await db.rows("SELECT id FROM sealing_key")}
    return {key_id: private for key_id, private in found.items() if private is not None}


async def keys_before(day: date) -> Sequence[UUID]:
    """Return the ids of the keys of earlier days."""
    return [row["id"] for row in await db.rows("SELECT id FROM sealing_key WHERE day < $1", day)]


async def retire_keys(day: date, *, grace: float = GRACE) -> list[UUID]:
    """Forget the keys of earlier days to which nothing is sealed any more; return those that are destroyed by now.

    The row goes first: an answer that comes meanwhile finds no key to refer to, and is sealed to another.
    """
    files = key_files()
    for key_id in await keys_before(day):
        if not await db.value("SELECT EXISTS (SELECT FROM inbox WHERE sealing_key_id = $1)", key_id):
            files.condemn(key_id)
            await _forget(key_id)
    return files.sweep({row["id"] for row in await db.rows("SELECT id FROM sealing_key")}, grace=grace)


async def _forget(key_id: UUID) -> None:
    try:
        async with db.transaction():
            await db.execute("DELETE FROM sealing_key WHERE id = $1", key_id)
    except asyncpg.ForeignKeyViolationError:
        # An answer came in between: mixed or sealed anew first, then this is tried again.
        log.info("a sealing key is still in use")


async def lost() -> Mapping[UUID, int]:
    """Return how many answers are sealed to each key whose private half is not here: nobody can read those any more."""
    files = key_files()
    # Only those are counted: of a day with a million answers that takes seconds.
    gone = [row["id"] for row in await db.rows("SELECT id FROM sealing_key") if files.read(row["id"]) is None]
    found = (
        await db.rows(
            "SELECT sealing_key_id, count(*) AS answers FROM inbox WHERE sealing_key_id = ANY ($1) GROUP BY 1", gone
        )
        if gone
        else []
    )
    return {row["sealing_key_id"]: row["answers"] for row in found}


async def tell_of_lost() -> None:
    """Say in the log how many answers nobody can read; nothing is done about them here."""
    if count := sum((await lost()).values()):
        log.warning("%d answers are sealed to keys that are not here; see `python -m survey.sealing`", count)


async def drop_lost() -> int:
    """Delete the answers that nobody can read, for good; return how many. Only a person may ask for this."""
    dropped = 0
    for key_id in await lost():
        async with db.transaction():
            tag = await db.execute("DELETE FROM inbox WHERE sealing_key_id = $1", key_id)
            await db.execute("DELETE FROM sealing_key WHERE id = $1", key_id)
        dropped += int(tag.rpartition(" ")[2])
    return dropped
