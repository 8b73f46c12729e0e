"""Reading channels: of many units at once, as far as the caller may see them, and counted over subtrees."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import NotFound
from kit.identity import Caller, scope_predicate

# Permission is judged by where a unit stands today; parameter 1 is that day.
_GOVERNED = "JOIN unit_path AS governed ON governed.unit_id = {of} AND governed.since <= $1 AND governed.until > $1"
_COLUMNS = """version.channel_id AS id, version.unit_id, version.kind, version.name, version.address, version.audience,
              version.is_public, version.sort_key, lower(version.valid) AS since, upper(version.valid) AS until"""
_BEGAN = "(SELECT min(lower(valid)) FROM channel_version WHERE channel_id = version.channel_id) AS opened_on"
_ENDED = """(SELECT nullif(max(coalesce(upper(valid), 'infinity')), 'infinity') FROM channel_version
             WHERE channel_id = version.channel_id) AS closed_on"""


def _seen(in_scope: str) -> str:
    return f"""{_COLUMNS}, {_BEGAN}, {_ENDED}, {in_scope} AS in_scope,
               CASE WHEN {in_scope} THEN version.manager_kind END AS manager_kind,
               CASE WHEN {in_scope} THEN version.manager_id END AS manager_id"""


async def find_channel(caller: Caller, channel_id: UUID, on: date | None = None) -> db.Record:
    """Return a channel as it was on a day, or raise NotFound, also where the caller may not see it.

    Without a day: as it is today; one that has closed as it was last, one that begins later as it will be first.
    """
    in_scope, scopes = scope_predicate(caller, "worker", "governed.path", first_parameter=4)
    found = await db.row(
        f"""SELECT {_seen(in_scope)} FROM channel_version AS version {_GOVERNED.format(of="version.unit_id")}
            WHERE version.channel_id = $2 AND (version.is_public OR {in_scope})
              AND ($3::date IS NULL OR version.valid @> $3)
            ORDER BY lower(version.valid) <= $1 DESC, abs(lower(version.valid) - $1) LIMIT 1""",
        today(),
        channel_id,
        on,
        *scopes,
    )
    if found is None:
        raise NotFound("channel", channel_id)
    return found


async def channels_of(
    caller: Caller,
    units: Sequence[UUID],
    on: date,
    kinds: Sequence[str] | None,
    limit: int,
    after: tuple[int, str, str] | None,
) -> list[db.Record]:
    """Return up to `limit` channels that each unit has on a day and the caller may see, after (rank, sort key, id).

    They come by the order of their kinds and by name.
    """
    in_scope, scopes = scope_predicate(caller, "worker", "governed.path", first_parameter=9)
    rank, key, channel = after or (None, None, None)
    return await db.rows(
        f"""SELECT found.* FROM unnest($2::uuid[]) AS asked (id) {_GOVERNED.format(of="asked.id")}
            CROSS JOIN LATERAL (
              SELECT * FROM (
                SELECT {_seen(in_scope)}, coalesce(term.position, 0) AS rank
                FROM channel_version AS version
                LEFT JOIN term ON term.vocabulary = 'channel_kind' AND term.code = version.kind
                  AND term.valid @> $3::date
                WHERE version.unit_id = asked.id AND version.valid @> $3::date
                  AND (version.is_public OR {in_scope}) AND ($4::text[] IS NULL OR version.kind = ANY($4))
              ) AS channel
              WHERE $6::bigint IS NULL OR (rank, sort_key, id::text) > ($6, $7, $8::text)
              ORDER BY rank, sort_key, id::text LIMIT $5) AS found""",
        today(),
        list(units),
        on,
        list(kinds) if kinds is not None else None,
        limit,
        rank,
        key,
        channel,
        *scopes,
    )


# The units of the subtrees in $2 on the day in $3: `top` is the one that was asked for.
_SUBTREES = """unnest($2::uuid[]) AS asked (id)
               JOIN unit_path AS top ON top.unit_id = asked.id AND top.since <= $3 AND top.until > $3 AND top.open
               JOIN unit_path AS stood ON stood.path >= top.path AND stood.path < top.path || '~'
                 AND stood.since <= $3 AND stood.until > $3 AND stood.open"""


async def subtree_sizes(units: Sequence[UUID], on: date) -> list[db.Record]:
    """Return `id, units` of each unit that exists on a day: how many units its subtree has, itself counted."""
    return await db.rows(
        f"SELECT asked.id, count(*)::int AS units FROM {_SUBTREES} WHERE $1::date IS NOT NULL GROUP BY asked.id",
        today(),
        list(units),
        on,
    )


async def channel_counts(
    caller: Caller, units: Sequence[UUID], on: date, kinds: Sequence[str] | None
) -> list[db.Record]:
    """Return `id, kind, channels, units` of each subtree on a day; the row without a kind is of all kinds together.

    Only channels of these kinds (None: any) that the caller may see count; what nobody has gives no row.
    """
    in_scope, scopes = scope_predicate(caller, "worker", "governed.path", first_parameter=5)
    return await db.rows(
        f"""SELECT asked.id, version.kind, count(*)::int AS channels, count(DISTINCT version.unit_id)::int AS units
            FROM {_SUBTREES}
            JOIN channel_version AS version ON version.unit_id = stood.unit_id AND version.valid @> $3::date
            {_GOVERNED.format(of="version.unit_id")}
            WHERE (version.is_public OR {in_scope}) AND ($4::text[] IS NULL OR version.kind = ANY($4))
            GROUP BY GROUPING SETS ((asked.id, version.kind), (asked.id))
            ORDER BY asked.id, version.kind NULLS FIRST""",
        today(),
        list(units),
        on,
        list(kinds) if kinds is not None else None,
        *scopes,
    )


async def units_without(
    caller: Caller,
    units: Sequence[UUID],
    on: date,
    kinds: Sequence[str] | None,
    limit: int,
    after: str | None,
) -> list[db.Record]:
    """Return up to `limit` units of each subtree that have no channel on a day (see channel_counts), by path.

    `top` names the unit that was asked for.
    """
    in_scope, scopes = scope_predicate(caller, "worker", "governed.path", first_parameter=7)
    return await db.rows(
        f"""SELECT asked.id AS top, found.* FROM unnest($2::uuid[]) AS asked (id)
            JOIN unit_path AS top ON top.unit_id = asked.id AND top.since <= $3 AND top.until > $3 AND top.open
            CROSS JOIN LATERAL (
              SELECT unit.* FROM units_on($3) AS unit
              WHERE unit.path >= top.path AND unit.path < top.path || '~'
                AND ($6::text IS NULL OR unit.path > $6::text COLLATE "C")
                AND NOT EXISTS (
                  SELECT FROM channel_version AS version {_GOVERNED.format(of="version.unit_id")}
                  WHERE version.unit_id = unit.id AND version.valid @> $3::date
                    AND (version.is_public OR {in_scope}) AND ($4::text[] IS NULL OR version.kind = ANY($4)))
              ORDER BY unit.path LIMIT $5) AS found""",
        today(),
        list(units),
        on,
        list(kinds) if kinds is not None else None,
        limit,
        after,
        *scopes,
    )
