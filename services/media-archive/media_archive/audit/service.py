"""What is told of materials, and reading it back.

A title or a description may name people, and the trail can't forget: of such texts it says only that they changed.
"""

from collections.abc import Mapping
from uuid import UUID

from kit import db
from kit.audit import forget_account, record
from kit.db import Record
from kit.errors import Forbidden
from kit.events import Event
from kit.identity import Caller
from media_archive.description.codes import CODES
from media_archive.units.service import find_unit

Values = Mapping[str, object]

TOLD = ("kind", "language", "topics", "visibility", *CODES)
"""What of an asset is told by its value: codes, which name nobody."""


_ACCOUNTS = (
    ("audit", "subject"),
    ("upload", "subject"),
    ("upload_count", "subject"),
    ("reuse", "subject"),
    ("asset_version", "added_by"),
    ("quarantined_file", "subject"),
)


async def tell_of_asset(
    caller: Caller, action: str, asset_id: UUID, before: Values | None = None, after: Values | None = None
) -> None:
    """Write down what somebody did to an asset, in the transaction that does it."""
    unit_id = await db.value("SELECT unit_id FROM asset WHERE id = $1", asset_id)
    await record(caller, action, unit_id, "asset", str(asset_id), before, after)


async def tell_of_change(caller: Caller, asset_id: UUID, before: Values, after: Values) -> None:
    """Write down how what is said about an asset changed: `after` has what differs, and nothing else."""
    codes = [name for name in after if name in TOLD]
    texts = sorted(name for name in after if name not in TOLD)
    await tell_of_asset(
        caller,
        "asset.described",
        asset_id,
        {name: before[name] for name in codes},
        {name: after[name] for name in codes} | ({"texts": texts} if texts else {}),
    )


async def apply_forgotten(event: Event) -> None:
    """Put an alias in the place of the account of somebody who was erased: in the trail, and at what is uploaded."""
    await forget_account(event.payload, _ACCOUNTS)
    for table in ("favourite", "saved_search"):
        # What was only for them goes with them.
        await db.execute(
            f"DELETE FROM {table} WHERE encode(sha256(convert_to($1 || subject, 'UTF8')), 'hex') = $2",
            event.payload["salt"],
            event.payload["hash"],
        )


async def trail_of(
    caller: Caller, unit_id: UUID, asset_id: UUID | None, limit: int, before: int | None
) -> list[Record]:
    """Return up to `limit` entries of a unit and those below it as they are today, newest first, before an id.

    With an asset, only those of it. Needs an admin of the unit.
    """
    caller.require_someone()
    if not caller.scopes("admin"):
        # Before it is looked up: whoever is no admin anywhere learns nothing of which units there are.
        raise Forbidden()
    path = (await find_unit(unit_id)).path
    caller.require("admin", path)
    return await db.rows(
        """SELECT id, at, subject, action, unit_id, kind, thing_id, before, after, request_id FROM audit
           WHERE EXISTS (SELECT FROM unit WHERE unit.id = audit.unit_id
                         AND unit.path >= $1 AND unit.path < $1 || '~')
             AND ($2::bigint IS NULL OR id < $2)
             AND ($4::text IS NULL OR kind = 'asset' AND thing_id = $4)
           ORDER BY id DESC LIMIT $3""",
        path,
        before,
        limit,
        str(asset_id) if asset_id else None,
    )
