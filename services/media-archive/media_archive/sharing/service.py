"""How far and how long an asset is seen, and to which other units it is granted."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.db import Record
from kit.errors import DomainError, InvalidInput
from kit.graphql import Window, foreign_cursor
from kit.identity import Caller
from media_archive.assets.changes import record_changes
from media_archive.assets.description import checked_visibility, role_for
from media_archive.assets.service import asset
from media_archive.audit.service import tell_of_asset
from media_archive.rights.holding import asset_of_editor, held_asset
from media_archive.rights.reach import require_scopes, require_visibility
from media_archive.units.service import find_unit

MOST_GRANTS = 200
"""To so many units, and to so many people, an asset is granted at most."""
_MOST_AT_ONCE = 50


class TooManyGrants(DomainError):
    """An asset is granted to as many units, or people, as it can be; one on a unit above covers those below."""

    code = "TOO_MANY_GRANTS"
    vi = "Một tài liệu được cấp cho nhiều nhất {most} đơn vị và {most} người. Hãy cấp cho đơn vị cấp trên."
    en = "A material is granted to at most {most} units and {most} people. Grant it to a unit above them."
    extra = {"most": int}


async def set_sight(
    caller: Caller, asset_id: UUID, visibility: str, embargo_until: date | None, lease_until: date | None
) -> Record:
    """Say how far an asset is seen, from which day on and before which day; return it.

    Contributors of its unit may; what is public, or becomes so, takes an editor. ConsentDoesNotReach when somebody who
    is shown agreed to less; the proof of a consent stays private.
    """
    checked = checked_visibility(visibility)
    if embargo_until is not None and lease_until is not None and lease_until <= embargo_until:
        raise InvalidInput("leaseUntil", "phải sau ngày bắt đầu", "must come after the day it begins")
    async with db.transaction():
        before = await held_asset(caller, asset_id, "contributor")
        for one in (before["visibility"], checked):
            caller.require(role_for(one), before["unit_path"])
        said = {"visibility": checked, "embargo_until": embargo_until, "lease_until": lease_until}
        if any(before[name] != value for name, value in said.items()):
            await require_visibility(asset_id, checked)
            await db.execute(
                "UPDATE asset SET visibility = $2, embargo_until = $3, lease_until = $4 WHERE id = $1",
                asset_id,
                *said.values(),
            )
            await tell_of_asset(caller, "asset.shared", asset_id, {name: before[name] for name in said}, said)
            await record_changes([asset_id])
        return await asset(caller, asset_id)


async def grant_asset(caller: Caller, asset_id: UUID, unit_ids: Sequence[UUID], until: date | None) -> Record:
    """Let these units see an asset, with those above and below them, before a day; an older grant is replaced.

    Needs an editor of its unit. NotFound for an unknown unit, ConsentDoesNotReach when somebody who is shown agreed
    only to their own unit, TooManyGrants beyond 200 units.
    """
    _check_grant(unit_ids, until)
    async with db.transaction():
        await held_asset(caller, asset_id)
        await give(caller, asset_id, unit_ids, until)
        return await asset(caller, asset_id)


def _check_grant(unit_ids: Sequence[UUID], until: date | None) -> None:
    if not 1 <= len(unit_ids) <= _MOST_AT_ONCE:
        raise InvalidInput("unitIds", f"cần từ 1 đến {_MOST_AT_ONCE} đơn vị", f"needs 1 to {_MOST_AT_ONCE} units")
    if until is not None and until <= today():
        raise InvalidInput("until", "phải sau hôm nay", "must come after today")


async def give(caller: Caller, asset_id: UUID, unit_ids: Sequence[UUID], until: date | None) -> None:
    """Write grants of an asset that the transaction holds and may grant."""
    for unit_id in unit_ids:
        await find_unit(unit_id)
    await require_scopes(asset_id, ("union", "public", "named"))
    await db.execute(
        """INSERT INTO asset_grant (asset_id, unit_id, until) SELECT $1, unit_id, $3
           FROM unnest($2::uuid[]) AS unit_id GROUP BY unit_id
           ON CONFLICT (asset_id, unit_id) DO UPDATE SET until = excluded.until""",
        asset_id,
        list(unit_ids),
        until,
    )
    if await db.value("SELECT count(*) FROM asset_grant WHERE asset_id = $1", asset_id) > MOST_GRANTS:
        raise TooManyGrants(most=MOST_GRANTS)
    told = {"units": [str(one) for one in unit_ids], "until": until}
    await tell_of_asset(caller, "asset.granted", asset_id, None, told)
    await record_changes([asset_id])


async def end_grant(caller: Caller, asset_id: UUID, unit_id: UUID) -> Record:
    """Let a unit see an asset no more by a grant; needs an editor. Nothing happens where there is none."""
    async with db.transaction():
        await held_asset(caller, asset_id)
        ended = await db.row(
            "DELETE FROM asset_grant WHERE asset_id = $1 AND unit_id = $2 RETURNING until", asset_id, unit_id
        )
        if ended is not None:
            told = {"unit": str(unit_id), "until": ended["until"]}
            await tell_of_asset(caller, "asset.grant_ended", asset_id, told, None)
            await record_changes([asset_id])
        return await asset(caller, asset_id)


async def grants_of(caller: Caller, asset_id: UUID, window: Window) -> list[Record]:
    """Return up to `window.limit` grants of an asset; needs an editor of its unit."""
    await asset_of_editor(caller, asset_id)
    return await db.rows(
        """SELECT unit_id, until FROM asset_grant WHERE asset_id = $1 AND ($3::uuid IS NULL OR unit_id > $3)
           ORDER BY unit_id LIMIT $2""",
        asset_id,
        window.limit,
        uuid_in(window.after[0]) if window.after else None,
    )


def uuid_in(text: str) -> UUID:
    """Read the id that a cursor holds."""
    try:
        return UUID(text)
    except ValueError as error:
        raise foreign_cursor() from error
