"""Taking hold of an asset before its rights or its sight are changed, so that two who do so act one after the other."""

from uuid import UUID

from kit import db
from kit.db import Record
from kit.identity import Caller, Role
from media_archive.assets.service import asset


async def held_asset(caller: Caller, asset_id: UUID, role: Role = "editor") -> Record:
    """Lock an asset until the end of the transaction and return it.

    SignInRequired for nobody; NotFound when the caller may not see it; Forbidden below the role on its unit.
    """
    caller.require_someone()
    await db.execute("SELECT FROM asset WHERE id = $1 FOR UPDATE", asset_id)
    found = await asset(caller, asset_id)
    caller.require(role, found["unit_path"])
    return found


async def asset_of_editor(caller: Caller, asset_id: UUID) -> Record:
    """Return an asset whose unit the caller edits, for reading; refusals as of `held_asset`."""
    caller.require_someone()
    found = await asset(caller, asset_id)
    caller.require("editor", found["unit_path"])
    return found
