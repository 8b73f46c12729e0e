"""Versions of a material: each new file gets the next number, none is ever changed, and what is shown is the last."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from kit import db
from kit.db import Record
from kit.errors import DomainError, Forbidden, NotFound
from kit.identity import Caller
from kit.paths import is_within
from media_archive.assets import service as assets
from media_archive.assets.changes import record_changes
from media_archive.assets.description import role_for
from media_archive.assets.visibility import visible_to
from media_archive.audit.service import tell_of_asset
from media_archive.metadata.service import keep_embedded
from media_archive.renditions import plans
from media_archive.uploads import keeping
from media_archive.uploads.limits import Limits, count_file, limits_at
from media_archive.uploads.media_types import BY_NAME
from media_archive.uploads.service import (
    Examined,
    NewAsset,
    Sender,
    check_size,
    checked_file_name,
    checked_note,
    examine,
    make_what_was_planned,
)

_COLUMNS = """asset_version.asset_id, asset_version.number, asset_version.sha256, asset_version.file_name,
    asset_version.note, asset_version.added_at, asset_version.added_by, asset_version.made_from"""


class VersionUnchanged(DomainError):
    """The file is the one that the material is already."""

    code = "VERSION_UNCHANGED"
    vi = "Tệp này giống hệt phiên bản đang dùng."
    en = "This file is identical to the current version."


@dataclass(frozen=True, slots=True)
class Added:
    """Which version a file became, or, where a damaged file was put right by it, which one it is."""

    number: int
    is_repair: bool = False


async def add_version(caller: Caller, asset_id: UUID, file: Path, file_name: str, note: str = "") -> Added:
    """Let a local file be a material's next version; it stays where it is.

    Contributors of its unit may, an editor where it is public; refusals of the file are those of `add_asset`.
    VersionUnchanged when it is the current one; if that was damaged, the same bytes put it right.
    """
    limits, unit_id = await require_versioner(caller, asset_id)
    name, said = checked_file_name(file_name), checked_note(note)
    size = file.stat().st_size
    check_size(size)
    limits.check_size(size)
    examined = await examine(file, limits.families, Sender(caller, unit_id, name))
    if examined.kept.is_repair and (repaired := await _number_of(asset_id, examined.kept.sha256)):
        return Added(repaired, is_repair=True)
    async with db.transaction():
        await count_file(caller, limits)
        held = await held_asset(asset_id)
        caller.require(role_for(held["visibility"]), held["unit_path"])
        return Added(await admit_version(caller, held, examined, name, said))


async def require_versioner(caller: Caller, asset_id: UUID) -> tuple[Limits, UUID]:
    """Return what the caller may upload as a version of a material, and its unit; refusals as of `add_version`."""
    caller.require_someone()
    row = await assets.asset(caller, asset_id)
    caller.require(role_for(row["visibility"]), row["unit_path"])
    return await limits_at(caller, row["unit_path"]), row["unit_id"]


async def held_asset(asset_id: UUID) -> Record:
    """Return id, hash, place and visibility of a material, which stays as it is until the transaction's end.

    NotFound for what was deleted. Whether somebody may see it is not asked.
    """
    found = await db.row(
        "SELECT id, sha256, unit_path, visibility FROM asset WHERE id = $1 AND state = 'kept' FOR UPDATE", asset_id
    )
    if found is None:
        raise NotFound("asset", asset_id)
    return found


async def _number_of(asset_id: UUID, sha256: bytes) -> int | None:
    return await db.value("SELECT max(number) FROM asset_version WHERE asset_id = $1 AND sha256 = $2", asset_id, sha256)


async def admit_version(
    caller: Caller, held: Record, examined: Examined, file_name: str, note: str, made_from: int | None = None
) -> int:
    """Make an examined file the next version of a held material, inside the transaction; return its number.

    Whether the caller may, the transaction has made sure of.
    """
    if held["sha256"] == examined.kept.sha256:
        raise VersionUnchanged()
    await keeping.settle(examined.kept)
    asset_id: UUID = held["id"]
    number: int = await db.value(
        """INSERT INTO asset_version (asset_id, number, sha256, file_name, note, added_by, made_from)
           SELECT $1, 1 + max(number), $2, $3, $4, $5, $6 FROM asset_version WHERE asset_id = $1
           RETURNING number""",
        asset_id,
        examined.kept.sha256,
        file_name,
        note,
        caller.subject,
        made_from,
    )
    await db.execute(
        "UPDATE asset SET version = $2, sha256 = $3, file_name = $4 WHERE id = $1",
        asset_id,
        number,
        examined.kept.sha256,
        file_name,
    )
    await keep_embedded(asset_id, examined.embedded)
    await plans.plan(asset_id, examined.media_type)
    await make_what_was_planned(asset_id)
    told: dict[str, object] = {"number": number, "sha256": examined.kept.sha256.hex()}
    told |= {"made_from": made_from} if made_from else {}
    await tell_of_asset(caller, "asset.versioned", asset_id, {"sha256": held["sha256"].hex()}, told)
    await record_changes([asset_id])
    return number


async def described(caller: Caller, asset_id: UUID, file_name: str, note: str) -> NewAsset:
    """Return what an upload has to say to become a material's next version: its unit, title and visibility are its own.

    NotFound for a material that the caller may not see.
    """
    row = await assets.asset(caller, asset_id)
    return NewAsset(
        unit_id=row["unit_id"],
        title=row["title"],
        file_name=file_name,
        visibility=row["visibility"],
        version_of=asset_id,
        note=note,
    )


async def take_version(subject: str | None, scopes: Sequence[str], said: NewAsset, examined: Examined) -> None:
    """Make an examined file the version that an upload was to be, inside the transaction that ends the upload.

    `scopes` are the subtrees in which the sender held the role that it took when it was sent.
    """
    assert said.version_of is not None
    if examined.kept.is_repair and await _number_of(said.version_of, examined.kept.sha256):
        return
    held = await held_asset(said.version_of)
    is_more = role_for(held["visibility"]) != role_for(said.visibility)
    if is_more or not any(is_within(held["unit_path"], scope) for scope in scopes):
        raise Forbidden()
    await admit_version(Caller(subject=subject), held, examined, said.file_name, said.note)


async def go_back(caller: Caller, asset_id: UUID, number: int, note: str = "") -> Record:
    """Let an earlier version be the current one again, under a new number: the history stays as it was.

    Who may: see `add_version`. NotFound without that version, VersionUnchanged when it is what is current.
    """
    said = checked_note(note)
    caller.require_someone()
    await assets.asset(caller, asset_id)
    async with db.transaction():
        held = await held_asset(asset_id)
        caller.require(role_for(held["visibility"]), held["unit_path"])
        old = await db.row(
            """SELECT sha256, size, media_type, file_name FROM asset_version JOIN stored_file USING (sha256)
               WHERE asset_id = $1 AND number = $2::bigint""",
            asset_id,
            number,
        )
        if old is None:
            raise NotFound("version", number)
        kept = keeping.KeptFile(old["sha256"], old["size"], old["media_type"], None)
        examined = Examined(kept, BY_NAME[old["media_type"]])
        await admit_version(caller, held, examined, old["file_name"], said, number)
        return await assets.asset(caller, asset_id)


async def versions_of(
    caller: Caller, asset_ids: Sequence[UUID], limit: int, before: int | None
) -> dict[UUID, list[Record] | None]:
    """Return the versions of each material, the newest first; None where the caller is no contributor of its unit."""
    known = await assets.assets_by_id(caller, asset_ids)
    told = [one for one, row in known.items() if caller.may("contributor", row["unit_path"])]
    found = await db.rows(
        f"""SELECT version.* FROM unnest($1::uuid[]) AS wanted (id)
            CROSS JOIN LATERAL (
                SELECT {_COLUMNS}, stored_file.size, stored_file.media_type, stored_file.damage
                FROM asset_version JOIN stored_file ON stored_file.sha256 = asset_version.sha256
                WHERE asset_version.asset_id = wanted.id AND ($3::bigint IS NULL OR asset_version.number < $3)
                ORDER BY asset_version.number DESC LIMIT $2) AS version
            ORDER BY version.number DESC""",
        told,
        limit,
        before,
    )
    listed: dict[UUID, list[Record] | None] = dict.fromkeys(asset_ids) | {one: [] for one in told}
    for row in found:
        of_asset = listed[row["asset_id"]]
        assert of_asset is not None
        of_asset.append(row)
    return listed


async def version_file(caller: Caller, asset_id: UUID, number: int) -> Record | None:
    """Return hash, size, type and damage of a version for an editor of the unit, who may load it; else None."""
    visible, arguments = visible_to(caller, 3)
    found = await db.row(
        f"""SELECT asset.unit_path, stored_file.sha256, stored_file.size, stored_file.media_type,
                   stored_file.damage
            FROM asset JOIN asset_version ON asset_version.asset_id = asset.id AND asset_version.number = $2
                 JOIN stored_file ON stored_file.sha256 = asset_version.sha256
            WHERE asset.id = $1 AND {visible}""",
        asset_id,
        number,
        *arguments,
    )
    return found if found and caller.may("editor", found["unit_path"]) else None
