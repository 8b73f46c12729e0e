"""Pairs that wait for somebody's decision, for those who look after the materials of a unit."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kit import db
from kit.db import Record
from kit.graphql import foreign_cursor
from kit.identity import Caller
from media_archive.assets import service as assets
from media_archive.assets.visibility import visible_to
from media_archive.units.service import find_unit

Position = tuple[datetime, UUID, UUID]


async def waiting_pairs_at(caller: Caller, unit_id: UUID, limit: int, after: Sequence[object] | None) -> list[Record]:
    """Return the pairs that wait at a unit and those below it, as `waiting_pairs` does; NotFound for no unit."""
    caller.require_someone()
    return await waiting_pairs(caller, (await find_unit(unit_id)).path, limit, after)


async def waiting_pairs(caller: Caller, path: str, limit: int, after: Sequence[object] | None) -> list[Record]:
    """Return up to `limit` pairs of which a material is of a unit or of one below it, those found last first.

    Needs a contributor of the unit. Pairs of which the caller may not see both are left out. Each has `first_id`,
    `second_id`, `is_mirrored` and `found_at`.
    """
    caller.require("contributor", path)
    visible, arguments = visible_to(caller, 6)
    found_at, first, second = position_of(after) if after else (None, None, None)
    return await db.rows(
        f"""SELECT first_id, second_id, is_mirrored, found_at FROM near_duplicate
            WHERE state = 'suggested'
              AND ($3::timestamptz IS NULL OR (found_at, first_id, second_id) < ($3, $4::uuid, $5::uuid))
              AND EXISTS (SELECT FROM asset WHERE asset.id IN (first_id, second_id)
                          AND asset.unit_path >= $2 AND asset.unit_path < $2 || '~')
              AND EXISTS (SELECT FROM asset WHERE asset.id = first_id AND {visible})
              AND EXISTS (SELECT FROM asset WHERE asset.id = second_id AND {visible})
            ORDER BY found_at DESC, first_id DESC, second_id DESC LIMIT $1""",
        limit,
        path,
        found_at,
        first,
        second,
        *arguments,
    )


def cursor_of(row: Record) -> tuple[int, str, str]:
    """Return a pair's place in the list."""
    return *assets.cursor_at(row["found_at"], row["first_id"]), str(row["second_id"])


def position_of(after: Sequence[object]) -> Position:
    """Read what `cursor_of` wrote; InvalidInput for anything else."""
    *first, second = after
    try:
        return *assets.position_of(first), UUID(str(second))
    except ValueError as error:
        raise foreign_cursor() from error
