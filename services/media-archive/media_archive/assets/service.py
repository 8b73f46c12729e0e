"""What may be asked about assets and done with them, always as far as the caller may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from kit import db
from kit.db import Record
from kit.errors import InvalidInput, NotFound
from kit.graphql import Window, foreign_cursor
from kit.identity import Caller
from media_archive.assets import description
from media_archive.assets.changes import record_changes
from media_archive.assets.visibility import visible_to
from media_archive.audit.service import tell_of_change
from media_archive.conditions import Conditions
from media_archive.description.about import About, about_of
from media_archive.description.about import checked as checked_about
from media_archive.description.about import keep as keep_about
from media_archive.rights.reach import require_visibility

COLUMNS = """asset.id, asset.unit_id, asset.unit_path, asset.kind, asset.title, asset.description, asset.language,
    asset.topics, asset.visibility, asset.sha256, asset.file_name, asset.source, asset.is_made_up, asset.created_on,
    asset.added_at, asset.embargo_until, asset.lease_until, asset.hidden, asset.licence, asset.rights_holder,
    asset.rights_until, asset.version, asset.held_at IS NOT NULL AS is_held, stored_file.size, stored_file.media_type,
    stored_file.damage"""
FROM = "asset JOIN stored_file ON stored_file.sha256 = asset.sha256"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = datetime.resolution


MOST_AT_ONCE = 200
"""So many assets may be described by one call."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which assets are listed: of exactly one unit, of a unit's subtree, of a kind, on a topic."""

    unit_id: UUID | None = None
    within_path: str | None = None
    kind: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What to say anew about an asset; None leaves a thing as it is."""

    title: str | None = None
    description: str | None = None
    language: str | None = None
    kind: str | None = None
    topics: tuple[str, ...] | None = None
    visibility: str | None = None
    about: About = field(default_factory=About)


async def assets_by_id(caller: Caller, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Return those of the assets that the caller may see."""
    visible, arguments = visible_to(caller, 2)
    found = await db.rows(
        f"SELECT {COLUMNS} FROM {FROM} WHERE asset.id = ANY($1::uuid[]) AND {visible}", list(ids), *arguments
    )
    return {row["id"]: row for row in found}


async def asset(caller: Caller, asset_id: UUID) -> Record:
    """Return one asset; NotFound also when the caller may not know of it."""
    found = await assets_by_id(caller, [asset_id])
    if asset_id not in found:
        raise NotFound("asset", asset_id)
    return found[asset_id]


async def with_same_file(caller: Caller, row: Record, most: int = 5) -> list[Record]:
    """Return other assets that the caller may see and that hold the very same file, the first added first."""
    visible, arguments = visible_to(caller, 4)
    return await db.rows(
        f"""SELECT {COLUMNS} FROM {FROM} WHERE asset.sha256 = $1 AND asset.id <> $2 AND {visible}
            ORDER BY asset.added_at, asset.id LIMIT $3""",
        row["sha256"],
        row["id"],
        most,
        *arguments,
    )


async def list_assets(caller: Caller, wanted: Filter, window: Window) -> list[Record]:
    """Return up to `window.limit` assets, the newest first."""
    if any("\0" in code for code in (wanted.kind, wanted.topic) if code):
        return []  # PostgreSQL keeps no NUL, so nothing has such a code, and it need not be asked.
    where = Conditions(window.limit)
    if window.after is not None:
        where.add("(asset.added_at, asset.id) < ({}, {})", *position_of(window.after))
    if wanted.unit_id is not None:
        where.add("asset.unit_id = {}", wanted.unit_id)
    if wanted.within_path is not None:
        where.add("asset.unit_path >= {0} AND asset.unit_path < {0} || '~'", wanted.within_path)
    if wanted.kind is not None:
        where.add("asset.kind = {}", wanted.kind)
    if wanted.topic is not None:
        where.add("{} = ANY(asset.topics)", wanted.topic)
    where.add_predicate(lambda first: visible_to(caller, first))
    return await db.rows(
        f"""SELECT {COLUMNS} FROM {FROM} WHERE {where.sql}
            ORDER BY asset.added_at DESC, asset.id DESC LIMIT $1""",
        *where.arguments,
    )


def cursor_of(row: Record) -> tuple[int, str]:
    """Return an asset's place in the order of lists: microseconds since 1970 and its id."""
    return cursor_at(row["added_at"], row["id"])


def cursor_at(moment: datetime, asset_id: UUID) -> tuple[int, str]:
    """Return an asset's place in an order by some moment: microseconds since 1970 and its id."""
    return (moment - _EPOCH) // _MICROSECOND, str(asset_id)


def position_of(after: Sequence[object]) -> tuple[datetime, UUID]:
    """Read what `cursor_at` wrote; InvalidInput for anything else."""
    microseconds, asset_id = after
    try:
        return _EPOCH + int(str(microseconds)) * _MICROSECOND, UUID(str(asset_id))
    except (ValueError, OverflowError) as error:
        raise foreign_cursor() from error


async def newest_in_subtrees(caller: Caller, paths: Sequence[str], first: int) -> dict[str, list[Record]]:
    """Return the newest assets at or below each path: one range of the index for each, in one query."""
    visible, arguments = visible_to(caller, 3)
    found = await db.rows(
        f"""SELECT scope.path AS within, newest.* FROM unnest($1::text[]) AS scope (path)
            CROSS JOIN LATERAL (
                SELECT {COLUMNS} FROM {FROM}
                WHERE asset.unit_path >= scope.path AND asset.unit_path < scope.path || '~' AND {visible}
                ORDER BY asset.added_at DESC, asset.id DESC LIMIT $2
            ) AS newest
            ORDER BY newest.added_at DESC, newest.id DESC""",
        list(paths),
        first,
        *arguments,
    )
    by_path: dict[str, list[Record]] = {path: [] for path in paths}
    for row in found:
        by_path[row["within"]].append(row)
    return by_path


async def counts_in_subtrees(caller: Caller, paths: Sequence[str]) -> dict[str, int]:
    """Return how many assets the caller may see at or below each path."""
    visible, arguments = visible_to(caller, 2)
    found = await db.rows(
        f"""SELECT scope.path, counted.number FROM unnest($1::text[]) AS scope (path)
            CROSS JOIN LATERAL (
                SELECT count(*) AS number FROM asset
                WHERE asset.unit_path >= scope.path AND asset.unit_path < scope.path || '~' AND {visible}
            ) AS counted""",
        list(paths),
        *arguments,
    )
    return {row["path"]: row["number"] for row in found}


async def texts_of(asset_ids: Sequence[UUID]) -> list[Record]:
    """Return the texts of assets that were shown to the caller already."""
    return await db.rows(
        "SELECT asset_id, source, state, reason, text FROM asset_text WHERE asset_id = ANY($1::uuid[]) ORDER BY source",
        list(asset_ids),
    )


async def renditions_of(asset_ids: Sequence[UUID]) -> list[Record]:
    """Return the renditions of assets that were shown to the caller already, small ones first."""
    return await db.rows(
        """SELECT asset_id, name, state, reason, width, height, seconds, media_type, size
           FROM rendition LEFT JOIN stored_file USING (sha256)
           WHERE asset_id = ANY($1::uuid[]) ORDER BY length(name), name""",
        list(asset_ids),
    )


async def pages_of(asset_id: UUID) -> list[Record]:
    """Return number, width and height of the pages of a document that have pictures, in order."""
    return await db.rows("SELECT number, width, height FROM asset_page WHERE asset_id = $1 ORDER BY number", asset_id)


async def kinds() -> list[Record]:
    """Return the kinds of material in their order."""
    return await db.rows("SELECT code, vi, en FROM asset_kind ORDER BY position")


async def describe_asset(caller: Caller, asset_id: UUID, changes: Changes) -> Record:
    """Say anew what an asset is and who may see it; return it.

    Contributors of its unit may; to make it public, or to change one that is public, takes an editor.
    """
    (row,) = await describe_assets(caller, [asset_id], changes)
    return row


async def describe_assets(
    caller: Caller, asset_ids: Sequence[UUID], changes: Changes, titles: Mapping[UUID, str] | None = None
) -> list[Record]:
    """Say the same anew about several assets, all of them or none; return them in the order of `asset_ids`.

    `titles` gives some of them titles of their own. Whoever may do so with each may. InvalidInput for none or more
    than MOST_AT_ONCE.
    """
    caller.require_someone()
    if not 1 <= len(asset_ids) <= MOST_AT_ONCE:
        raise InvalidInput("ids", f"cần từ 1 đến {MOST_AT_ONCE} tài liệu", f"needs 1 to {MOST_AT_ONCE} materials")
    async with db.transaction():
        # Lock the rows before looking: of two who change things at once, the second judges what the first left.
        await db.execute("SELECT FROM asset WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE", list(asset_ids))
        rows, abouts = await assets_by_id(caller, asset_ids), await about_of(asset_ids)
        said, said_about = await _checked(changes), await checked_about(changes.about)
        changed: list[UUID] = []
        for asset_id in dict.fromkeys(asset_ids):
            if asset_id not in rows:
                raise NotFound("asset", asset_id)
            _require_describer(caller, rows[asset_id], changes.visibility)
            before = {**rows[asset_id], **abouts[asset_id]}
            own = {"title": description.checked_title(titles[asset_id])} if titles and asset_id in titles else {}
            if await _describe(caller, asset_id, before, said | own, said_about):
                changed.append(asset_id)
        await record_changes(changed)
        rows = await assets_by_id(caller, asset_ids)
        if missing := [one for one in asset_ids if one not in rows]:
            raise NotFound("asset", missing[0])
        return [rows[asset_id] for asset_id in asset_ids]


def _require_describer(caller: Caller, row: Record, wanted: str | None) -> None:
    for visibility in (row["visibility"], wanted):
        if visibility is not None:
            caller.require(description.role_for(visibility), row["unit_path"])


async def _describe(
    caller: Caller,
    asset_id: UUID,
    before: Mapping[str, object],
    said: Mapping[str, object],
    said_about: Mapping[str, object],
) -> bool:
    """Keep and tell what differs from before; return whether anything does."""
    new = {name: value for name, value in said.items() if before[name] != value}
    new_about = {name: value for name, value in said_about.items() if before[name] != value}
    if "visibility" in new:
        await require_visibility(asset_id, str(new["visibility"]))
    if new:
        await _update(asset_id, new)
    if new_about:
        await keep_about(asset_id, new_about)
    if new or new_about:
        await tell_of_change(caller, asset_id, before, new | new_about)
    return bool(new or new_about)


async def _checked(changes: Changes) -> dict[str, object]:
    said: dict[str, object] = {}
    if changes.title is not None:
        said["title"] = description.checked_title(changes.title)
    if changes.description is not None:
        said["description"] = description.checked_description(changes.description)
    if changes.language is not None:
        said["language"] = description.checked_language(changes.language)
    if changes.kind is not None:
        said["kind"] = await description.checked_kind(changes.kind)
    if changes.topics is not None:
        said["topics"] = list(await description.checked_topics(changes.topics))
    if changes.visibility is not None:
        said["visibility"] = description.checked_visibility(changes.visibility)
    return said


async def _update(asset_id: UUID, said: dict[str, object]) -> None:
    columns = ", ".join(f"{column} = ${place}" for place, column in enumerate(said, start=2))
    await db.execute(f"UPDATE asset SET {columns} WHERE id = $1", asset_id, *said.values())
