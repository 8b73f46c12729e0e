"""Collections: whose they are, who may see them, how they stand inside each other."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID, uuid4

from kit import db
from kit.audit import record
from kit.db import Record
from kit.errors import DomainError, NotFound
from kit.graphql import Window, foreign_cursor
from kit.identity import Caller, scope_predicate
from media_archive.assets.description import checked_description, checked_title, checked_visibility, role_for
from media_archive.collections.visibility import collections_visible_to
from media_archive.conditions import Conditions
from media_archive.uploads.service import held_path

COLUMNS = """collection.id, collection.unit_id, collection.unit_path, collection.parent_id, collection.depth,
    collection.title, collection.sort_key, collection.description, collection.visibility, collection.cover_asset_id,
    collection.item_count, collection.created_at"""
DEEPEST = 5
"""How many collections may stand inside each other, the outermost counted."""


class CollectionTooDeep(DomainError):
    """The collection would stand inside itself, or deeper than collections may."""

    code = "COLLECTION_TOO_DEEP"
    vi = "Không đặt được: bộ sưu tập sẽ nằm trong chính nó hoặc sâu quá {deepest} tầng."
    en = "It can't be put there: it would be inside itself, or more than {deepest} levels deep."
    extra = {"deepest": int}


class CollectionHoldsOthers(DomainError):
    """Other collections stand in the one that is to be deleted."""

    code = "COLLECTION_HOLDS_OTHERS"
    vi = "Bộ sưu tập này còn chứa bộ sưu tập khác. Hãy chuyển hoặc xóa chúng trước."
    en = "Other collections are inside this one. Move or delete them first."


@dataclass(frozen=True, slots=True)
class Filter:
    """Which collections are listed: of a unit's subtree, inside one, outermost as far as the caller can see."""

    within_path: str | None = None
    parent_id: UUID | None = None
    only_outermost: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What to say anew about a collection; None leaves a thing as it is."""

    title: str | None = None
    description: str | None = None
    visibility: str | None = None


async def collections_by_id(caller: Caller, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Return those of the collections that the caller may see."""
    visible, arguments = collections_visible_to(caller, 2)
    found = await db.rows(
        f"SELECT {COLUMNS} FROM collection WHERE id = ANY($1::uuid[]) AND {visible}", list(ids), *arguments
    )
    return {row["id"]: row for row in found}


async def collection(caller: Caller, collection_id: UUID) -> Record:
    """Return one collection; NotFound also when the caller may not know of it."""
    found = await collections_by_id(caller, [collection_id])
    if collection_id not in found:
        raise NotFound("collection", collection_id)
    return found[collection_id]


async def list_collections(caller: Caller, wanted: Filter, window: Window) -> list[Record]:
    """Return up to `window.limit` collections, by their titles."""
    where = Conditions(window.limit)
    if window.after is not None:
        where.add("(collection.sort_key, collection.id) > ({}, {}::uuid)", *position_of(window.after))
    if wanted.within_path is not None:
        where.add("collection.unit_path >= {0} AND collection.unit_path < {0} || '~'", wanted.within_path)
    if wanted.parent_id is not None:
        where.add("collection.parent_id = {}", wanted.parent_id)
    where.add_predicate(lambda first: collections_visible_to(caller, first))
    if wanted.only_outermost:
        where.add_predicate(
            lambda first: collections_visible_to(caller, first, table="outer_one"),
            "NOT EXISTS (SELECT FROM collection outer_one WHERE outer_one.id = collection.parent_id AND {})",
        )
    return await db.rows(
        f"""SELECT {COLUMNS} FROM collection WHERE {where.sql}
            ORDER BY collection.sort_key, collection.id LIMIT $1""",
        *where.arguments,
    )


def cursor_of(row: Record) -> tuple[str, str]:
    """Return a collection's place in the order of lists."""
    return row["sort_key"], str(row["id"])


def position_of(after: Sequence[object]) -> tuple[str, UUID]:
    """Read a cursor of `cursor_of` back; InvalidInput when it is none."""
    sort_key, collection_id = after
    try:
        return str(sort_key), UUID(str(collection_id))
    except ValueError as error:
        raise foreign_cursor() from error


async def collections_to_choose(caller: Caller, most: int = 100) -> list[Record]:
    """Return collections that the caller may put something into, those begun last first."""
    inside, arguments = scope_predicate(caller, "contributor", "collection.unit_path", 2)
    return await db.rows(
        f"SELECT {COLUMNS} FROM collection WHERE {inside} ORDER BY created_at DESC, id LIMIT $1", most, *arguments
    )


async def children_of(
    caller: Caller, ids: Sequence[UUID], limit: int, after: Sequence[object] | None
) -> dict[UUID, list[Record]]:
    """Return what stands inside each collection as far as the caller may see it, by title, up to `limit` of each."""
    visible, arguments = collections_visible_to(caller, 5)
    key, last = position_of(after) if after else ("", UUID(int=0))
    found = await db.rows(
        f"""SELECT outer_one.id AS outer_id, inside.* FROM unnest($1::uuid[]) AS outer_one (id)
            CROSS JOIN LATERAL (
                SELECT {COLUMNS} FROM collection
                WHERE collection.parent_id = outer_one.id AND (collection.sort_key, collection.id) > ($3, $4)
                  AND {visible}
                ORDER BY collection.sort_key, collection.id LIMIT $2) AS inside
            ORDER BY inside.sort_key, inside.id""",
        list(ids),
        limit,
        key,
        last,
        *arguments,
    )
    inside: dict[UUID, list[Record]] = {one: [] for one in ids}
    for row in found:
        inside[row["outer_id"]].append(row)
    return inside


async def ancestors_of(caller: Caller, ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """Return the collections in which each stands, the outermost first, as far as the caller may see them."""
    visible, arguments = collections_visible_to(caller, 2)
    found = await db.rows(
        f"""WITH RECURSIVE up AS (
                SELECT id AS inner_id, parent_id FROM collection WHERE id = ANY($1::uuid[])
                UNION ALL
                SELECT up.inner_id, collection.parent_id FROM up JOIN collection ON collection.id = up.parent_id)
            SELECT up.inner_id, {COLUMNS} FROM up JOIN collection ON collection.id = up.parent_id
            WHERE {visible} ORDER BY collection.depth""",
        list(ids),
        *arguments,
    )
    above: dict[UUID, list[Record]] = {one: [] for one in ids}
    for row in found:
        above[row["inner_id"]].append(row)
    return above


async def create_collection(
    caller: Caller,
    unit_id: UUID,
    title: str,
    *,
    description: str = "",
    visibility: str = "unit",
    parent_id: UUID | None = None,
) -> Record:
    """Begin a collection of a unit, inside another one if told so; contributors may, an editor if it is public."""
    caller.require_someone()
    said = (checked_title(title), checked_description(description), checked_visibility(visibility))
    collection_id = uuid4()
    async with db.transaction():
        path = await held_path(unit_id)
        caller.require(role_for(visibility), path)
        depth = await _depth_inside(caller, parent_id)
        async with _refusing_depth():
            await db.execute(
                """INSERT INTO collection (id, unit_id, unit_path, title, description, visibility, parent_id,
                                           parent_depth) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
                collection_id,
                unit_id,
                path,
                *said,
                parent_id,
                depth,
            )
        told = {"visibility": visibility, "parent": str(parent_id) if parent_id else None}
        await record(caller, "collection.created", unit_id, "collection", str(collection_id), None, told)
    return await collection(caller, collection_id)


async def _depth_inside(caller: Caller, parent_id: UUID | None) -> int | None:
    """Return the depth of the collection that another one shall stand in, which the caller must be able to change."""
    return None if parent_id is None else (await locked(caller, parent_id))["depth"]


def _refusing_depth() -> AbstractAsyncContextManager[None]:
    too_deep = CollectionTooDeep(deepest=DEEPEST)
    return db.refusing({"collection_depth_bounded": too_deep, "collection_inside": too_deep})


async def locked(caller: Caller, collection_id: UUID) -> Record:
    """Return a collection that the caller may change and that nobody else changes until the end of the transaction.

    Contributors of its unit may; one that is public takes an editor.
    """
    caller.require_someone()
    await db.execute("SELECT FROM collection WHERE id = $1 FOR NO KEY UPDATE", collection_id)
    found = await collection(caller, collection_id)
    caller.require(role_for(found["visibility"]), found["unit_path"])
    return found


async def describe_collection(caller: Caller, collection_id: UUID, changes: Changes) -> Record:
    """Say anew what a collection is called, what it is about and who may see it; making it public takes an editor."""
    async with db.transaction():
        before = await locked(caller, collection_id)
        said: dict[str, object] = {}
        if changes.title is not None:
            said["title"] = checked_title(changes.title)
        if changes.description is not None:
            said["description"] = checked_description(changes.description)
        if changes.visibility is not None:
            caller.require(role_for(changes.visibility), before["unit_path"])
            said["visibility"] = checked_visibility(changes.visibility)
        said = {name: value for name, value in said.items() if before[name] != value}
        if said:
            columns = ", ".join(f"{column} = ${place}" for place, column in enumerate(said, start=2))
            await db.execute(f"UPDATE collection SET {columns} WHERE id = $1", collection_id, *said.values())
            await _tell_of_change(caller, before, said)
        return await collection(caller, collection_id)


async def _tell_of_change(caller: Caller, before: Record, said: dict[str, object]) -> None:
    """A title may name a person, and the trail can't forget: of texts it says only that they changed."""
    texts = sorted(set(said) - {"visibility"})
    after = {name: said[name] for name in said if name == "visibility"} | ({"texts": texts} if texts else {})
    was = {"visibility": before["visibility"]} if "visibility" in said else {}
    await record(caller, "collection.described", before["unit_id"], "collection", str(before["id"]), was or None, after)


async def move_collection(caller: Caller, collection_id: UUID, parent_id: UUID | None) -> Record:
    """Put a collection, with all that stands in it, into another one, or outside all; both must be the caller's to
    change."""
    async with db.transaction():
        before = await locked(caller, collection_id)
        depth = await _depth_inside(caller, parent_id)
        if before["parent_id"] != parent_id:
            async with _refusing_depth():
                await db.execute(
                    "UPDATE collection SET parent_id = $2, parent_depth = $3 WHERE id = $1",
                    collection_id,
                    parent_id,
                    depth,
                )
            was, now = ({"parent": str(one) if one else None} for one in (before["parent_id"], parent_id))
            await record(caller, "collection.moved", before["unit_id"], "collection", str(collection_id), was, now)
        return await collection(caller, collection_id)


async def delete_collection(caller: Caller, collection_id: UUID) -> None:
    """End a collection in which no other stands; the materials in it stay where they are."""
    async with db.transaction():
        before = await locked(caller, collection_id)
        if await db.value("SELECT EXISTS (SELECT FROM collection WHERE parent_id = $1)", collection_id):
            raise CollectionHoldsOthers()
        await db.execute("DELETE FROM collection WHERE id = $1", collection_id)
        told = {"visibility": before["visibility"]}
        await record(caller, "collection.deleted", before["unit_id"], "collection", str(collection_id), told, None)
