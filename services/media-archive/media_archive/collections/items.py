"""What lies in a collection, and in which order.

Positions are numbers with room between them. All who change a collection wait for its row, so an order is never half
of one person's and half of another's; where no room is left, all are numbered anew.
"""

from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import UUID

from kit import db
from kit.audit import record
from kit.db import Record
from kit.errors import DomainError, InvalidInput, NotFound
from kit.graphql import foreign_cursor
from kit.identity import Caller
from media_archive.assets import service as assets
from media_archive.assets.visibility import visible_to
from media_archive.collections.service import COLUMNS, locked
from media_archive.collections.visibility import collections_visible_to

_GAP = 1 << 20
MOST_ITEMS = 5_000
MOST_AT_ONCE = 100
_MOST_HOLDING = 50


class CollectionFull(DomainError):
    """A collection holds no more materials than so many."""

    code = "COLLECTION_FULL"
    vi = "Mỗi bộ sưu tập chứa tối đa {most} tài liệu."
    en = "A collection holds at most {most} materials."
    extra = {"most": int}


async def items_of(
    caller: Caller, ids: Sequence[UUID], limit: int, after: Sequence[object] | None
) -> dict[UUID, list[Record]]:
    """Return the materials in each collection that the caller may see, in order, up to `limit` of each.

    Which of the collections the caller may see has been asked before.
    """
    visible, arguments = visible_to(caller, 4)
    found = await db.rows(
        f"""SELECT wanted.id AS collection_id, inside.* FROM unnest($1::uuid[]) AS wanted (id)
            CROSS JOIN LATERAL (
                SELECT collection_item.position, {assets.COLUMNS}
                FROM collection_item JOIN asset ON asset.id = collection_item.asset_id
                     JOIN stored_file ON stored_file.sha256 = asset.sha256
                WHERE collection_item.collection_id = wanted.id AND collection_item.position > $3 AND {visible}
                ORDER BY collection_item.position LIMIT $2) AS inside
            ORDER BY inside.position""",
        list(ids),
        limit,
        _position(after),
        *arguments,
    )
    inside: dict[UUID, list[Record]] = {one: [] for one in ids}
    for row in found:
        inside[row["collection_id"]].append(row)
    return inside


def _position(after: Sequence[object] | None) -> int:
    if after is None:
        return -(2**63)
    (position,) = after
    if not isinstance(position, int):
        raise foreign_cursor()
    return position


async def counts_of(caller: Caller, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many materials of each collection the caller may see."""
    visible, arguments = visible_to(caller, 2)
    found = await db.rows(
        f"""SELECT collection_id, count(*) AS number FROM collection_item JOIN asset ON asset.id = asset_id
            WHERE collection_id = ANY($1::uuid[]) AND {visible} GROUP BY collection_id""",
        list(ids),
        *arguments,
    )
    return dict.fromkeys(ids, 0) | {row["collection_id"]: row["number"] for row in found}


async def covers_of(caller: Caller, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Return each collection's cover, as far as the caller may see it, or else the first material with a picture."""
    visible, arguments = visible_to(caller, 2)
    found = await db.rows(
        f"""SELECT wanted.id AS collection_id, cover.* FROM unnest($1::uuid[]) AS wanted (id)
            CROSS JOIN LATERAL (
                SELECT {assets.COLUMNS}
                FROM collection_item JOIN collection ON collection.id = collection_item.collection_id
                     JOIN asset ON asset.id = collection_item.asset_id
                     JOIN stored_file ON stored_file.sha256 = asset.sha256
                WHERE collection_item.collection_id = wanted.id AND {visible}
                  AND (asset.id = collection.cover_asset_id OR EXISTS (
                        SELECT FROM rendition WHERE rendition.asset_id = asset.id AND rendition.state = 'done'))
                ORDER BY (asset.id = collection.cover_asset_id) IS TRUE DESC, collection_item.position
                LIMIT 1) AS cover""",
        list(ids),
        *arguments,
    )
    return {row["collection_id"]: row for row in found}


async def add_items(caller: Caller, collection_id: UUID, asset_ids: Sequence[UUID]) -> None:
    """Put materials, at most 100, at the end of a collection; those that are in it stay where they are.

    The caller must be able to change the collection and to see the materials. CollectionFull beyond 5,000.
    """
    if not 1 <= len(asset_ids) <= MOST_AT_ONCE:
        raise InvalidInput("assetIds", f"cần từ 1 đến {MOST_AT_ONCE} tài liệu", f"needs 1 to {MOST_AT_ONCE} materials")
    async with db.transaction():
        held = await locked(caller, collection_id)
        seen = await assets.assets_by_id(caller, asset_ids)
        for one in asset_ids:
            if one not in seen:
                raise NotFound("asset", one)
        there = await db.rows(
            "SELECT asset_id FROM collection_item WHERE collection_id = $1 AND asset_id = ANY($2::uuid[])",
            collection_id,
            list(asset_ids),
        )
        known = {row["asset_id"] for row in there}
        new = [one for one in dict.fromkeys(asset_ids) if one not in known]
        if held["item_count"] + len(new) > MOST_ITEMS:
            raise CollectionFull(most=MOST_ITEMS)
        if new:
            await _append(collection_id, new)
            await _tell(caller, "collection.added_to", held, None, {"assets": [str(one) for one in new]})


async def _append(collection_id: UUID, asset_ids: Sequence[UUID]) -> None:
    await db.execute(
        """INSERT INTO collection_item (collection_id, asset_id, position)
           SELECT $1, added.id, $3 * added.place + coalesce(
               (SELECT max(position) FROM collection_item WHERE collection_id = $1), 0)
           FROM unnest($2::uuid[]) WITH ORDINALITY AS added (id, place)""",
        collection_id,
        list(asset_ids),
        _GAP,
    )


async def remove_item(caller: Caller, collection_id: UUID, asset_id: UUID) -> None:
    """Take a material out of a collection; it stays in the archive."""
    async with db.transaction():
        held = await locked(caller, collection_id)
        await _require_in(caller, collection_id, asset_id)
        await db.execute(
            "DELETE FROM collection_item WHERE collection_id = $1 AND asset_id = $2", collection_id, asset_id
        )
        await _tell(caller, "collection.taken_from", held, {"assets": [str(asset_id)]}, None)


async def move_item(
    caller: Caller, collection_id: UUID, asset_id: UUID, *, before: UUID | None = None, after: UUID | None = None
) -> None:
    """Put a material of a collection right before another one of it, or right after one: exactly one is told."""
    neighbour = before or after
    if neighbour is None or (before and after) or neighbour == asset_id:
        raise InvalidInput("beforeId", "cần đúng một tài liệu khác làm mốc", "needs exactly one other material")
    async with db.transaction():
        held = await locked(caller, collection_id)
        for one in (asset_id, neighbour):
            await _require_in(caller, collection_id, one)
        position = await _place(collection_id, asset_id, neighbour, in_front=before is not None)
        if position is None:
            await _number_anew(collection_id)
            position = await _place(collection_id, asset_id, neighbour, in_front=before is not None)
        await db.execute(
            "UPDATE collection_item SET position = $3 WHERE collection_id = $1 AND asset_id = $2",
            collection_id,
            asset_id,
            position,
        )
        where = {"asset": str(asset_id), "before" if before else "after": str(neighbour)}
        await _tell(caller, "collection.reordered", held, None, where)


async def step_item(caller: Caller, collection_id: UUID, asset_id: UUID, way: Literal["up", "down"]) -> None:
    """Let a material change places with the one before or after it, of those that the caller sees; no step at the
    end."""
    caller.require_someone()
    visible, arguments = visible_to(caller, 3)
    compared, order = ("<", "DESC") if way == "up" else (">", "ASC")
    next_one = await db.value(
        f"""SELECT asset.id FROM collection_item JOIN asset ON asset.id = collection_item.asset_id
            WHERE collection_id = $1 AND position {compared} (
                SELECT position FROM collection_item WHERE collection_id = $1 AND asset_id = $2) AND {visible}
            ORDER BY position {order} LIMIT 1""",
        collection_id,
        asset_id,
        *arguments,
    )
    if next_one is not None:
        if way == "up":
            await move_item(caller, collection_id, asset_id, before=next_one)
        else:
            await move_item(caller, collection_id, asset_id, after=next_one)


async def set_cover(caller: Caller, collection_id: UUID, asset_id: UUID | None) -> None:
    """Let a material of a collection be its picture; None: the first that has one."""
    async with db.transaction():
        held = await locked(caller, collection_id)
        if asset_id is not None:
            await _require_in(caller, collection_id, asset_id)
        await db.execute("UPDATE collection SET cover_asset_id = $2 WHERE id = $1", collection_id, asset_id)
        was, now = ({"cover": str(one) if one else None} for one in (held["cover_asset_id"], asset_id))
        await _tell(caller, "collection.covered", held, was, now)


async def _require_in(caller: Caller, collection_id: UUID, asset_id: UUID) -> None:
    """NotFound for a material that is not in the collection, or that the caller may not know of."""
    visible, arguments = visible_to(caller, 3)
    found = await db.value(
        f"""SELECT true FROM collection_item JOIN asset ON asset.id = asset_id
            WHERE collection_id = $1 AND asset_id = $2 AND {visible}""",
        collection_id,
        asset_id,
        *arguments,
    )
    if not found:
        raise NotFound("asset", asset_id)


async def _place(collection_id: UUID, asset_id: UUID, neighbour: UUID, *, in_front: bool) -> int | None:
    """Return a free position right beside a neighbour; None where there is no room."""
    found = await db.row(
        f"""SELECT beside.position, (
                SELECT {"max" if in_front else "min"}(position) FROM collection_item
                WHERE collection_id = $1 AND asset_id <> $3 AND position {"<" if in_front else ">"} beside.position
            ) AS next
            FROM collection_item AS beside WHERE collection_id = $1 AND asset_id = $2""",
        collection_id,
        neighbour,
        asset_id,
    )
    assert found is not None
    here: int = found["position"]
    beyond: int = here + (-_GAP if in_front else _GAP) if found["next"] is None else found["next"]
    middle = (here + beyond) // 2
    return None if middle in (here, beyond) else middle


async def _number_anew(collection_id: UUID) -> None:
    await db.execute(
        """UPDATE collection_item SET position = $2 * numbered.place
           FROM (SELECT asset_id, row_number() OVER (ORDER BY position) AS place FROM collection_item
                 WHERE collection_id = $1) AS numbered
           WHERE collection_item.collection_id = $1 AND collection_item.asset_id = numbered.asset_id""",
        collection_id,
        _GAP,
    )


async def _tell(
    caller: Caller, action: str, held: Record, before: Mapping[str, object] | None, after: Mapping[str, object] | None
) -> None:
    await record(caller, action, held["unit_id"], "collection", str(held["id"]), before, after)


async def holding(caller: Caller, asset_ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """Return the collections that the caller may see and that hold each material, by title, at most 50 of each."""
    visible, arguments = collections_visible_to(caller, 3)
    found = await db.rows(
        f"""SELECT wanted.id AS asset_id, outside.* FROM unnest($1::uuid[]) AS wanted (id)
            CROSS JOIN LATERAL (
                SELECT {COLUMNS} FROM collection_item JOIN collection ON collection.id = collection_item.collection_id
                WHERE collection_item.asset_id = wanted.id AND {visible}
                ORDER BY collection.sort_key, collection.id LIMIT $2) AS outside
            ORDER BY outside.sort_key, outside.id""",
        list(asset_ids),
        _MOST_HOLDING,
        *arguments,
    )
    outside: dict[UUID, list[Record]] = {one: [] for one in asset_ids}
    for row in found:
        outside[row["asset_id"]].append(row)
    return outside
