"""Materials granted to one person, before a day: of the person, the account alone is kept."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID, uuid4

from kit import db
from kit.calendar import today
from kit.db import Record
from kit.errors import Forbidden, NotFound
from kit.graphql import Window
from kit.identity import SYSTEM, Caller
from media_archive.assets.changes import record_changes
from media_archive.audit.service import tell_of_asset
from media_archive.rights.holding import asset_of_editor, held_asset
from media_archive.rights.reach import require_scopes
from media_archive.sharing.service import MOST_GRANTS, TooManyGrants, uuid_in


async def give_to_person(caller: Caller, asset_id: UUID, account: str, unit_id: UUID, until: date) -> None:
    """Write a grant of an asset that the transaction holds and may grant; one that the person had is replaced.

    ConsentDoesNotReach when somebody who is shown agreed only to their own unit, TooManyGrants beyond 200 people.
    """
    await require_scopes(asset_id, ("union", "public", "named"))
    grant_id = await db.value(
        """INSERT INTO person_grant (id, asset_id, account, unit_id, until) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (asset_id, account) DO UPDATE SET until = excluded.until, unit_id = excluded.unit_id
           RETURNING id""",
        uuid4(),
        asset_id,
        account,
        unit_id,
        until,
    )
    if await db.value("SELECT count(*) FROM person_grant WHERE asset_id = $1", asset_id) > MOST_GRANTS:
        raise TooManyGrants(most=MOST_GRANTS)
    # The trail can't forget, so it names the grant and not the person.
    told = {"grant": str(grant_id), "unit": str(unit_id), "until": until}
    await tell_of_asset(caller, "asset.granted_to_person", asset_id, None, told)
    await record_changes([asset_id])


async def end_person_grant(caller: Caller, grant_id: UUID) -> UUID:
    """Let a person see an asset no more by a grant and return the asset; needs an editor of its unit.

    NotFound also for who may not know of it.
    """
    caller.require_someone()
    async with db.transaction():
        asset_id = await db.value("SELECT asset_id FROM person_grant WHERE id = $1", grant_id)
        if asset_id is None:
            raise NotFound("grant", grant_id)
        try:
            await held_asset(caller, asset_id)
        except (NotFound, Forbidden) as error:
            raise NotFound("grant", grant_id) from error
        ended = await db.row("DELETE FROM person_grant WHERE id = $1 RETURNING until", grant_id)
        if ended is not None:
            told = {"grant": str(grant_id), "until": ended["until"]}
            await tell_of_asset(caller, "asset.person_grant_ended", asset_id, told, None)
            await record_changes([asset_id])
        return asset_id


async def person_grants_of(caller: Caller, asset_id: UUID, window: Window) -> list[Record]:
    """Return up to `window.limit` grants of an asset to people; needs an editor of its unit."""
    await asset_of_editor(caller, asset_id)
    return await db.rows(
        """SELECT id, asset_id, account, unit_id, until FROM person_grant
           WHERE asset_id = $1 AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $2""",
        asset_id,
        window.limit,
        uuid_in(window.after[0]) if window.after else None,
    )


async def person_grant_of(caller: Caller, asset_id: UUID) -> UUID | None:
    """Return the grant by which a caller sees an asset today, where there is one."""
    if caller.subject is None:
        return None
    return await db.value(
        "SELECT id FROM person_grant WHERE asset_id = $1 AND account = $2 AND until > $3",
        asset_id,
        caller.subject,
        today(),
    )


async def forget_account(told: Mapping[str, str]) -> None:
    """End the grants to an account that org's event `account.forgotten` tells of, by its salted hash."""
    ended = await db.rows(
        """DELETE FROM person_grant WHERE encode(sha256(convert_to($1 || account, 'UTF8')), 'hex') = $2
           RETURNING id, asset_id""",
        told["salt"],
        told["hash"],
    )
    for row in ended:
        await tell_of_asset(SYSTEM, "asset.person_grant_ended", row["asset_id"], {"grant": str(row["id"])}, None)
    await record_changes(sorted({row["asset_id"] for row in ended}))
