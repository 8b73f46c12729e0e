"""Adapted copies and what they were made from: links from a copy to its sources, never in a ring."""

from collections.abc import Sequence
from uuid import UUID

from kit import db
from kit.db import Record
from kit.errors import DomainError, InvalidInput
from kit.identity import Caller
from media_archive.assets import service as assets
from media_archive.assets.visibility import visible_to
from media_archive.audit.service import tell_of_asset

MOST_SOURCES = 10
MOST_SHOWN = 50
_LOCK = 7421102


class DerivedFromItself(DomainError):
    """A material can't be made from itself, nor from what was made from it."""

    code = "DERIVED_FROM_ITSELF"
    vi = "Tài liệu không thể được phỏng theo chính nó hoặc theo bản đã làm ra từ nó."
    en = "A material can't be adapted from itself or from what was made from it."


async def set_sources(caller: Caller, asset_id: UUID, source_ids: Sequence[UUID]) -> Record:
    """Say from which materials one was adapted, in the place of what was said before; return the adapted one.

    Contributors of its unit may, of sources that they may see; at most 10. Sources they don't see stay.
    """
    caller.require_someone()
    wanted = list(dict.fromkeys(source_ids))
    if len(wanted) > MOST_SOURCES:
        raise InvalidInput("sources", f"nhiều nhất {MOST_SOURCES} tài liệu", f"at most {MOST_SOURCES} materials")
    async with db.transaction():
        # Under one lock, or two who link two materials to each other at once would make a ring.
        await db.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        row = await assets.asset(caller, asset_id)
        caller.require("contributor", row["unit_path"])
        for source_id in wanted:
            await assets.asset(caller, source_id)
        before = await _source_ids(asset_id)
        seen = await assets.assets_by_id(caller, before)
        wanted = [*(one for one in before if one not in seen), *wanted]
        if set(before) != set(wanted):
            await _replace(asset_id, before, wanted)
            await tell_of_asset(caller, "asset.derived", asset_id, {"sources": before}, {"sources": wanted})
        return row


async def _replace(asset_id: UUID, before: Sequence[UUID], wanted: Sequence[UUID]) -> None:
    gone = [one for one in before if one not in wanted]
    await db.execute("DELETE FROM derivation WHERE asset_id = $1 AND source_id = ANY($2::uuid[])", asset_id, gone)
    async with db.refusing(dict.fromkeys(("derivation_no_ring", "derivation_not_of_itself"), DerivedFromItself())):
        await db.execute(
            """INSERT INTO derivation (asset_id, source_id) SELECT $1, unnest($2::uuid[])
               ON CONFLICT ON CONSTRAINT derivation_source_once DO NOTHING""",
            asset_id,
            list(wanted),
        )


async def _source_ids(asset_id: UUID) -> list[UUID]:
    found = await db.rows("SELECT source_id FROM derivation WHERE asset_id = $1 ORDER BY id", asset_id)
    return [row["source_id"] for row in found]


async def sources_of(caller: Caller, asset_ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """Return the materials from which each was adapted, as far as the caller may see them."""
    return await _linked(caller, asset_ids, "derivation.asset_id", "derivation.source_id", MOST_SOURCES)


async def adaptations_of(caller: Caller, asset_ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """Return the newest 50 materials that were adapted from each, as far as the caller may see them."""
    return await _linked(caller, asset_ids, "derivation.source_id", "derivation.asset_id", MOST_SHOWN)


async def _linked(
    caller: Caller, asset_ids: Sequence[UUID], here: str, there: str, most: int
) -> dict[UUID, list[Record]]:
    visible, arguments = visible_to(caller, 3)
    found = await db.rows(
        f"""SELECT asked.id AS linked_to, linked.* FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
                SELECT {assets.COLUMNS} FROM derivation JOIN asset ON asset.id = {there}
                JOIN stored_file ON stored_file.sha256 = asset.sha256
                WHERE {here} = asked.id AND {visible} ORDER BY derivation.id DESC LIMIT $2
            ) AS linked""",
        list(asset_ids),
        most,
        *arguments,
    )
    by_asset: dict[UUID, list[Record]] = {asset_id: [] for asset_id in asset_ids}
    for row in found:
        by_asset[row["linked_to"]].append(row)
    return by_asset
