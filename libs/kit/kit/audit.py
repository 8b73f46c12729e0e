"""Adding to a service's audit trail, in the transaction of what is told: neither is there without the other.

The service's own migration makes the table `audit` and takes away everybody's right to change or delete its rows.

Who did something is the one thing that may have to be forgotten: org tells of a person who was erased, and a service's
trail then has an alias in place of the account. org tells it by a salted hash, since an event that named the account
would keep it; whoever knows an account can still try whether it is the one.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import orjson

from kit import db
from kit.identity import Caller
from kit.logs import request_id


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done to one thing. `before` and `after` must not hold personal data: the trail can't forget."""

    action: str
    unit_id: UUID | None
    kind: str
    thing_id: str
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None


async def record(
    caller: Caller,
    action: str,
    unit_id: UUID | None,
    kind: str,
    thing_id: str,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Write down that the caller did something to a thing of a unit, in the transaction that does it."""
    await record_all(caller, [Entry(action, unit_id, kind, thing_id, before, after)])


async def record_all(caller: Caller, entries: Sequence[Entry]) -> None:
    """Write down many things that the caller did, in one statement."""
    await db.execute(
        """INSERT INTO audit (subject, request_id, action, unit_id, kind, thing_id, before, after)
           SELECT $1, $2, * FROM unnest($3::text[], $4::uuid[], $5::text[], $6::text[], $7::jsonb[], $8::jsonb[])""",
        caller.subject,
        request_id.get(),
        [entry.action for entry in entries],
        [entry.unit_id for entry in entries],
        [entry.kind for entry in entries],
        [entry.thing_id for entry in entries],
        [_json(entry.before) for entry in entries],
        [_json(entry.after) for entry in entries],
    )


def account_forgotten(account: str, alias: str) -> dict[str, str]:
    """Return the payload of the event `account.forgotten`."""
    salt = secrets.token_hex(16)
    return {"salt": salt, "hash": sha256((salt + account).encode()).hexdigest(), "alias": alias}


async def forget_account(told: Mapping[str, str], places: Sequence[tuple[str, str]] = (("audit", "subject"),)) -> None:
    """Put its alias in the place of an account that `account.forgotten` told of, in these columns of tables.

    The service's migration has to allow it for the trail: the right to change `subject`, a trigger against all else.
    """
    for table, column in places:
        await db.execute(
            f"UPDATE {table} SET {column} = $3 WHERE encode(sha256(convert_to($1 || {column}, 'UTF8')), 'hex') = $2",
            told["salt"],
            told["hash"],
            told["alias"],
        )


def _json(values: Mapping[str, object] | None) -> str | None:
    return None if values is None else orjson.dumps(dict(values), default=str).decode()
