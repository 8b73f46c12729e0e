"""Reading groups: by owner, of many units at once, and the units of many groups at once, each as of a day."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kit import db
from kit.errors import NotFound
from org.units.service import COLUMNS

_GROUP = """unit_group.id, unit_group.owner_id, unit_group.set_id, unit_group.name_vi, unit_group.name_en,
            unit_group.sort_key, lower(unit_group.valid) AS since, upper(unit_group.valid) AS until"""
_SET = "id, owner_id, name_vi, name_en, sort_key"


async def find_group(group_id: UUID) -> db.Record:
    """Return a group, also one that has closed, or raise NotFound."""
    found = await db.row(f"SELECT {_GROUP} FROM unit_group WHERE id = $1", group_id)
    if found is None:
        raise NotFound("group", group_id)
    return found


async def find_set(set_id: UUID) -> db.Record:
    """Return a group set, or raise NotFound."""
    found = await sets_by_id([set_id])
    if not found:
        raise NotFound("group set", set_id)
    return found[0]


async def sets_by_id(ids: Sequence[UUID]) -> list[db.Record]:
    """Return those of the group sets that exist, in no order."""
    return await db.rows(f"SELECT {_SET} FROM unit_group_set WHERE id = ANY($1)", list(ids))


async def list_sets(owner_id: UUID | None, limit: int, after: tuple[str, str] | None) -> list[db.Record]:
    """Return up to `limit` group sets of an owner (None: of any), in Vietnamese order, after (sort key, id)."""
    key, last = after or (None, None)
    return await db.rows(
        f"""SELECT {_SET} FROM unit_group_set
            WHERE ($1::uuid IS NULL OR owner_id = $1) AND ($3::text IS NULL OR (sort_key, id::text) > ($3, $4::text))
            ORDER BY sort_key, id::text LIMIT $2""",
        owner_id,
        limit,
        key,
        last,
    )


async def list_groups(
    owner_id: UUID | None, set_id: UUID | None, on: date, limit: int, after: tuple[str, str] | None
) -> list[db.Record]:
    """Return up to `limit` groups that exist on a day, of an owner and a set (None: of any), after (sort key, id)."""
    key, last = after or (None, None)
    return await db.rows(
        f"""SELECT {_GROUP} FROM unit_group
            WHERE ($1::uuid IS NULL OR owner_id = $1) AND ($2::uuid IS NULL OR set_id = $2) AND valid @> $3::date
              AND ($5::text IS NULL OR (sort_key, id::text) > ($5, $6::text))
            ORDER BY sort_key, id::text LIMIT $4""",
        owner_id,
        set_id,
        on,
        limit,
        key,
        last,
    )


async def groups_of_sets(sets: Sequence[UUID], on: date, limit: int, after: tuple[str, str] | None) -> list[db.Record]:
    """Return up to `limit` groups of each set that exist on a day, in Vietnamese order, after (sort key, id)."""
    key, last = after or (None, None)
    return await db.rows(
        f"""SELECT found.* FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
              SELECT {_GROUP} FROM unit_group WHERE set_id = asked.id AND valid @> $2::date
                AND ($4::text IS NULL OR (sort_key, id::text) > ($4, $5::text))
              ORDER BY sort_key, id::text LIMIT $3) AS found""",
        list(sets),
        on,
        limit,
        key,
        last,
    )


async def groups_of_units(
    units: Sequence[UUID], on: date, limit: int, after: tuple[str, str] | None
) -> list[db.Record]:
    """Return up to `limit` groups in which each unit is on a day, in Vietnamese order, after (sort key, id).

    `unit_id` names the unit.
    """
    key, last = after or (None, None)
    return await db.rows(
        f"""SELECT asked.id AS unit_id, found.* FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
              SELECT {_GROUP} FROM unit_group_member AS member JOIN unit_group ON unit_group.id = member.group_id
              WHERE member.unit_id = asked.id AND member.valid @> $2::date
                AND ($4::text IS NULL OR (unit_group.sort_key, unit_group.id::text) > ($4, $5::text))
              ORDER BY unit_group.sort_key, unit_group.id::text LIMIT $3) AS found""",
        list(units),
        on,
        limit,
        key,
        last,
    )


async def units_of_groups(
    groups: Sequence[UUID], on: date, limit: int, after: tuple[str, int] | None
) -> list[db.Record]:
    """Return up to `limit` units of each group on a day, in Vietnamese order of names, after (sort key, number).

    `group_id` names the group. A unit that has closed is in none, whatever the list of members says.
    """
    key, number = after or (None, None)
    return await db.rows(
        f"""SELECT asked.id AS group_id, found.* FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
              SELECT {COLUMNS} FROM units_on($2)
              WHERE id IN (SELECT unit_id FROM unit_group_member WHERE group_id = asked.id AND valid @> $2::date)
                AND ($4::text IS NULL OR (sort_key, number) > ($4, $5::bigint))
              ORDER BY sort_key, number LIMIT $3) AS found""",
        list(groups),
        on,
        limit,
        key,
        number,
    )


async def unit_counts(groups: Sequence[UUID], on: date) -> list[db.Record]:
    """Return `group_id, units` of the groups that have units on a day."""
    return await db.rows(
        """SELECT member.group_id, count(*)::int AS units FROM unit_group_member AS member
           JOIN unit_path AS stood ON stood.unit_id = member.unit_id AND stood.since <= $2 AND stood.until > $2
             AND stood.open
           WHERE member.group_id = ANY($1) AND member.valid @> $2::date GROUP BY member.group_id""",
        list(groups),
        on,
    )
