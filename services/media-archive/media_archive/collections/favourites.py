"""What a person likes to find again. It is nobody else's business: nobody reads it but they, and no trail tells it."""

from collections.abc import Sequence
from uuid import UUID

from kit import db
from kit.db import Record
from kit.graphql import Window
from kit.identity import Caller
from media_archive.assets import service as assets
from media_archive.assets.visibility import visible_to


async def mark_favourite(caller: Caller, asset_id: UUID) -> Record:
    """Note a material that the caller may see as one of theirs; return it. Again changes nothing."""
    caller.require_someone()
    found = await assets.asset(caller, asset_id)
    await db.execute(
        "INSERT INTO favourite (subject, asset_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", caller.subject, asset_id
    )
    return found


async def unmark_favourite(caller: Caller, asset_id: UUID) -> None:
    """Take a material out of the caller's favourites, also one that they may no longer see."""
    caller.require_someone()
    await db.execute("DELETE FROM favourite WHERE subject = $1 AND asset_id = $2", caller.subject, asset_id)


async def favourites(caller: Caller, window: Window) -> list[Record]:
    """Return up to `window.limit` of the caller's favourites that they may see today, those marked last first."""
    caller.require_someone()
    conditions = ["favourite.subject = $1"]
    arguments: list[object] = [caller.subject, window.limit]
    if window.after is not None:
        conditions.append("(favourite.added_at, favourite.asset_id) < ($3, $4)")
        arguments.extend(assets.position_of(window.after))
    visible, scopes = visible_to(caller, len(arguments) + 1)
    return await db.rows(
        f"""SELECT favourite.added_at AS marked_at, {assets.COLUMNS}
            FROM favourite JOIN asset ON asset.id = favourite.asset_id
                 JOIN stored_file ON stored_file.sha256 = asset.sha256
            WHERE {" AND ".join(conditions)} AND {visible}
            ORDER BY favourite.added_at DESC, favourite.asset_id DESC LIMIT $2""",
        *arguments,
        *scopes,
    )


def cursor_of(row: Record) -> tuple[int, str]:
    """Return a favourite's place in the order of the list."""
    return assets.cursor_at(row["marked_at"], row["id"])


async def which_are_favourites(caller: Caller, ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the materials that the caller marked."""
    found = await db.rows(
        "SELECT asset_id FROM favourite WHERE subject = $1 AND asset_id = ANY($2::uuid[])", caller.subject, list(ids)
    )
    return {row["asset_id"] for row in found}
