"""Pairs of assets whose pictures show the same: suggested by a job, accepted or rejected by people, shown to both."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from PIL import Image

from kit import db
from kit.audit import Entry, record_all
from kit.db import Record
from kit.errors import Forbidden, InvalidInput, NotFound
from kit.identity import Caller
from media_archive.assets import service as assets
from media_archive.assets.visibility import visible_to
from media_archive.similarity.details import details_of
from media_archive.similarity.finding import Alike, Seen, pictures_like
from media_archive.similarity.states import DECIDED

_MOST_SUGGESTED = 50


async def settle_print(asset_id: UUID, state: str, reason: str) -> None:
    """Note that nothing will be found by this picture: `failed` or `none`, with a stable reason."""
    await db.execute(
        """UPDATE picture_print SET state = $2, reason = $3, keys = NULL, hashes = NULL, details = NULL, small = NULL,
                                    changed_at = now()
           WHERE asset_id = $1 AND state = 'running'""",
        asset_id,
        state,
        reason,
    )


async def find_alike(asset_id: UUID, sha256: bytes, seen: Image.Image, small: bytes) -> None:
    """Know a picture by its small copy from now on, and suggest the pairs that it makes with others.

    `sha256` is the original's whose copy it is: when the asset shows another one meanwhile, nothing is settled.
    """
    both, details = await asyncio.to_thread(lambda: (Seen.of(seen), details_of(seen)))
    hashes, _ = both.hashes
    # Known before others are looked for: of two pictures that come at once, the one that looks later finds the other.
    await db.execute(
        """UPDATE picture_print SET keys = $2::integer[], hashes = $3, details = $4, small = $5
           WHERE asset_id = $1 AND state = 'running'""",
        asset_id,
        hashes.found_by(),
        hashes.packed(),
        details,
        small,
    )
    await _suggest(asset_id, sha256, await pictures_like(asset_id, both))


async def _suggest(asset_id: UUID, sha256: bytes, alike: Sequence[Alike]) -> None:
    async with db.transaction():
        is_current = await db.value("SELECT sha256 = $2 FROM asset WHERE id = $1 FOR SHARE", asset_id, sha256)
        if not is_current:
            return
        # What was suggested of a picture that the asset no longer shows; what people decided stays.
        await db.execute(
            "DELETE FROM near_duplicate WHERE state = 'suggested' AND $1 IN (first_id, second_id)", asset_id
        )
        await db.execute_many(
            """INSERT INTO near_duplicate (first_id, second_id, is_mirrored, difference)
               SELECT $1, $2, $3, $4 FROM asset WHERE asset.id = $5 ON CONFLICT DO NOTHING""",
            [
                (*sorted((asset_id, one.asset_id)), one.is_mirrored, one.difference, one.asset_id)
                for one in alike[:_MOST_SUGGESTED]
            ],
        )
        await db.execute(
            """UPDATE picture_print SET state = 'done', reason = NULL, changed_at = now()
               WHERE asset_id = $1 AND state = 'running'""",
            asset_id,
        )


async def near_duplicates_of(
    caller: Caller, asset_ids: Sequence[UUID], first: int, state: str | None
) -> dict[UUID, list[Record]]:
    """Return the pairs of each asset whose other side the caller may see, what awaits a decision first.

    The assets were shown to the caller already. Each row is the other asset with `of_id`, `pair_state`, `is_mirrored`,
    `found_at` and `decided_at`; without a state, rejected pairs are left out.
    """
    visible, arguments = visible_to(caller, 4)
    found = await db.rows(
        f"""SELECT asked.id AS of_id, pair.* FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
                SELECT {assets.COLUMNS}, near_duplicate.state AS pair_state, near_duplicate.is_mirrored,
                       near_duplicate.found_at, near_duplicate.decided_at, near_duplicate.difference
                FROM near_duplicate
                JOIN asset ON asset.id = CASE asked.id WHEN first_id THEN second_id ELSE first_id END
                JOIN stored_file ON stored_file.sha256 = asset.sha256
                WHERE (first_id = asked.id OR second_id = asked.id) AND {visible}
                  AND ($3::text IS NULL AND near_duplicate.state <> 'rejected' OR near_duplicate.state = $3)
                ORDER BY near_duplicate.state = 'suggested' DESC, near_duplicate.difference, asset.id LIMIT $2
            ) AS pair
            ORDER BY pair.pair_state = 'suggested' DESC, pair.difference, pair.id""",
        list(asset_ids),
        first,
        state,
        *arguments,
    )
    by_asset: dict[UUID, list[Record]] = defaultdict(list)
    for row in found:
        by_asset[row["of_id"]].append(row)
    return by_asset


async def decide_near_duplicate(caller: Caller, asset_id: UUID, other_id: UUID, state: str) -> None:
    """Accept or reject that two assets show the same; what was decided may be decided anew.

    Contributors of the unit of either may, who see both. NotFound for a pair that nothing suggested.
    """
    caller.require_someone()
    if state not in DECIDED:
        raise InvalidInput("state", "chọn accepted hoặc rejected", "must be accepted or rejected")
    async with db.transaction():
        pair = await _lock_pair(asset_id, other_id)
        both = await assets.assets_by_id(caller, [asset_id, other_id])
        if pair is None or len(both) < 2:
            raise NotFound("asset", other_id)
        if not any(caller.may("contributor", row["unit_path"]) for row in both.values()):
            raise Forbidden()
        if pair["state"] == state:
            return
        await db.execute(
            "UPDATE near_duplicate SET state = $3, decided_at = now() WHERE first_id = $1 AND second_id = $2",
            pair["first_id"],
            pair["second_id"],
            state,
        )
        await _tell(caller, both, pair["state"], state)


async def _lock_pair(asset_id: UUID, other_id: UUID) -> Record | None:
    first, second = sorted((asset_id, other_id))
    return await db.row(
        "SELECT first_id, second_id, state FROM near_duplicate WHERE first_id = $1 AND second_id = $2 FOR UPDATE",
        first,
        second,
    )


async def _tell(caller: Caller, both: dict[UUID, Record], before: str, after: str) -> None:
    """Tell of it at both assets: their units may be far from one another."""
    (one, other) = both
    await record_all(
        caller,
        [
            Entry(
                "asset.near_duplicate_decided",
                both[mine]["unit_id"],
                "asset",
                str(mine),
                {"other": str(its), "state": before},
                {"other": str(its), "state": after},
            )
            for mine, its in ((one, other), (other, one))
        ],
    )
