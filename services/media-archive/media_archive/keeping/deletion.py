"""Deleting is a state with a reason and an end: out of sight at once, taken back until the end, gone after it."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.db import Record
from kit.errors import DomainError, Forbidden, NotFound, none_of
from kit.identity import SYSTEM, Caller, scope_predicate
from media_archive.assets import service as assets
from media_archive.assets.changes import record_changes
from media_archive.assets.description import role_for
from media_archive.audit.service import tell_of_asset
from media_archive.settings import current
from media_archive.uploads import keeping

REASONS = {
    "duplicate": ("trùng với tài liệu khác", "a duplicate of another one"),
    "mistake": ("đưa vào nhầm", "brought in by mistake"),
    "outdated": ("không còn đúng", "no longer true"),
    "rights": ("quyền tác giả", "somebody's rights"),
    "consent": ("người trong ảnh không đồng ý", "a person shown does not agree"),
    "unlawful": ("trái quy định", "against the rules"),
    "other": ("lý do khác", "another reason"),
}
_AT_ONCE = 50


class AssetHeld(DomainError):
    """The material has to be kept as it is, by law or by order."""

    code = "ASSET_HELD"
    vi = "Tài liệu đang được lưu giữ theo yêu cầu, không được xóa."
    en = "The material is held and may not be deleted."


class CannotTakeBack(DomainError):
    """The material is not one that the caller sent a short while ago and that the archive had already."""

    code = "CANNOT_TAKE_BACK"
    vi = "Chỉ người gửi mới bỏ lại được tài liệu, trong một ngày, và khi kho còn một bản khác có đúng tệp này."
    en = "Only who sent a material can take it back, for a day, and while the archive has the very same file elsewhere."


async def delete_asset(caller: Caller, asset_id: UUID, reason: str) -> Record:
    """Take a material out of every list, search and file at once; return its id, and until when it can come back.

    Takes an editor of its unit. AssetHeld while it is held.
    """
    if reason not in REASONS:
        raise none_of("reason", REASONS)
    async with db.transaction():
        await db.execute("SELECT FROM asset WHERE id = $1 FOR UPDATE", asset_id)
        before = await assets.asset(caller, asset_id)
        caller.require("editor", before["unit_path"])
        return await _delete(caller, asset_id, reason)


async def may_take_back(caller: Caller, row: Record) -> bool:
    """Whether the caller sent a material within the last day and may take it back: the archive had its file already.

    That is, another one that they may see has the very same file. `row` is as `assets.asset` returns it.
    """
    if caller.subject is None or not caller.may(role_for(row["visibility"]), row["unit_path"]):
        return False
    is_new = await db.value(
        """SELECT true FROM asset_version JOIN asset ON asset.id = asset_version.asset_id
           WHERE asset.id = $1 AND asset.version = 1 AND asset.held_at IS NULL AND asset_version.number = 1
             AND asset_version.added_by = $2 AND asset_version.added_at > now() - interval '1 day'""",
        row["id"],
        caller.subject,
    )
    return bool(is_new) and bool(await assets.with_same_file(caller, row, 1))


async def take_back(caller: Caller, asset_id: UUID) -> UUID:
    """Delete, as a duplicate, what the caller sent and the archive had already; return one that it still has.

    Whoever sent it may, see `may_take_back`; CannotTakeBack for everybody and everything else.
    """
    caller.require_someone()
    async with db.transaction():
        # Lock all that have the file: of two who sent it at once, only one can take theirs back.
        await db.execute(
            """SELECT FROM asset WHERE sha256 = (SELECT sha256 FROM asset WHERE id = $1) AND state = 'kept'
               ORDER BY id FOR UPDATE""",
            asset_id,
        )
        row = await assets.asset(caller, asset_id)
        if not await may_take_back(caller, row):
            raise CannotTakeBack()
        (same,) = await assets.with_same_file(caller, row, 1)
        await _delete(caller, asset_id, "duplicate")
    return same["id"]


async def _delete(caller: Caller, asset_id: UUID, reason: str) -> Record:
    """Let a locked material go, inside the caller's transaction."""
    if await db.value("SELECT held_at IS NOT NULL FROM asset WHERE id = $1", asset_id):
        raise AssetHeld()
    row = await db.row(
        """UPDATE asset SET state = 'deleted', deleted_at = clock_timestamp(), deletion_reason = $2, keep_until = $3
           WHERE id = $1 RETURNING id, deleted_at, deletion_reason, keep_until""",
        asset_id,
        reason,
        today() + timedelta(days=current().deleted_keep_days),
    )
    assert row is not None
    told = {"reason": reason, "keep_until": row["keep_until"].isoformat()}
    await tell_of_asset(caller, "asset.deleted", asset_id, None, told)
    await record_changes([asset_id])
    return row


async def restore_asset(caller: Caller, asset_id: UUID) -> Record:
    """Bring a deleted material back as it was; takes an editor of its unit. NotFound for what is not deleted."""
    caller.require_someone()
    async with db.transaction():
        before = await db.row(
            """SELECT unit_path, deletion_reason FROM asset WHERE id = $1 AND state = 'deleted' FOR UPDATE""", asset_id
        )
        if before is None or not caller.may("editor", before["unit_path"]):
            raise NotFound("asset", asset_id)
        await db.execute(
            """UPDATE asset SET state = 'kept', deleted_at = NULL, deletion_reason = NULL, keep_until = NULL
               WHERE id = $1""",
            asset_id,
        )
        await tell_of_asset(caller, "asset.restored", asset_id, {"reason": before["deletion_reason"]}, None)
        await record_changes([asset_id])
        return await assets.asset(caller, asset_id)


async def hold_asset(caller: Caller, asset_id: UUID, *, is_held: bool) -> Record:
    """Forbid everybody to delete a material, or allow it again; takes an admin of its unit. Again changes nothing."""
    async with db.transaction():
        await db.execute("SELECT FROM asset WHERE id = $1 FOR UPDATE", asset_id)
        row = await assets.asset(caller, asset_id)
        caller.require("admin", row["unit_path"])
        changed = await db.value(
            """UPDATE asset SET held_at = CASE WHEN $2 THEN clock_timestamp() END
               WHERE id = $1 AND (held_at IS NOT NULL) <> $2 RETURNING true""",
            asset_id,
            is_held,
        )
        if changed:
            await tell_of_asset(caller, "asset.held" if is_held else "asset.released", asset_id)
        return await assets.asset(caller, asset_id)


async def deleted_assets(caller: Caller, limit: int, after: Sequence[object] | None) -> list[Record]:
    """Return what can be brought back by the caller, an editor of its unit, those deleted last first."""
    caller.require_someone()
    if not caller.scopes("editor"):
        raise Forbidden()
    arguments: list[object] = [limit]
    conditions = ["asset.state = 'deleted'"]
    if after is not None:
        conditions.append("(asset.deleted_at, asset.id) < ($2, $3)")
        arguments.extend(assets.position_of(after))
    inside, scopes = scope_predicate(caller, "editor", "asset.unit_path", len(arguments) + 1)
    return await db.rows(
        f"""SELECT asset.id, asset.title, asset.kind, asset.unit_id, asset.deleted_at, asset.deletion_reason,
                   asset.keep_until
            FROM asset WHERE {" AND ".join([*conditions, inside])}
            ORDER BY asset.deleted_at DESC, asset.id DESC LIMIT $1""",
        *arguments,
        *scopes,
    )


async def purge_deleted() -> int:
    """Let what was deleted long enough ago go for good; return how many materials went."""
    over = await db.rows(
        "SELECT id FROM asset WHERE state = 'deleted' AND keep_until <= $1 ORDER BY keep_until LIMIT $2",
        today(),
        _AT_ONCE,
    )
    gone = sum([await _purge(row["id"]) for row in over])
    if gone:
        # Their objects, now that no row speaks of them.
        await keeping.sweep_abandoned()
    return gone


async def _purge(asset_id: UUID) -> bool:
    async with db.transaction():
        row = await db.row(
            """SELECT unit_id, deletion_reason, deleted_at FROM asset
               WHERE id = $1 AND state = 'deleted' AND keep_until <= $2 FOR UPDATE""",
            asset_id,
            today(),
        )
        if row is None:
            return False
        files = await db.rows(
            """SELECT sha256 FROM asset_version WHERE asset_id = $1
               UNION SELECT sha256 FROM rendition WHERE asset_id = $1 AND sha256 IS NOT NULL
               UNION SELECT sha256 FROM asset_page WHERE asset_id = $1 ORDER BY sha256""",
            asset_id,
        )
        await tell_of_asset(SYSTEM, "asset.purged", asset_id, {"reason": row["deletion_reason"]}, None)
        await db.execute(
            "INSERT INTO tombstone (asset_id, unit_id, reason, deleted_at) VALUES ($1, $2, $3, $4)",
            asset_id,
            row["unit_id"],
            row["deletion_reason"],
            row["deleted_at"],
        )
        await db.execute("DELETE FROM asset WHERE id = $1", asset_id)
        for file in files:
            await keeping.let_go(file["sha256"])
        await record_changes([asset_id])
    return True
