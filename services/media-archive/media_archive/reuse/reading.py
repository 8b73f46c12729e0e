"""What is told of uses, as far as the caller may know: of a material, and of all units of a subtree.

Contributors of a material's unit see all uses of it; contributors of a unit see what that unit and those below used.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from kit import db
from kit.db import Record
from kit.graphql import foreign_cursor
from kit.identity import Caller, scope_predicate
from media_archive.reuse.service import COLUMNS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = datetime.resolution
# Of so many units that used anything, each one's newest are looked up by themselves; of more, a walk back in time soon
# meets enough of theirs.
_FEW_UNITS = 2_000
MOST_MONTHS = 36
MOST_UNITS = 100

Position = tuple[datetime, int] | None


def cursor_of(row: Record) -> tuple[int, int]:
    """Return an entry's place in the order of lists: microseconds since 1970 and its id."""
    since: int = (row["at"] - _EPOCH) // _MICROSECOND
    return since, row["id"]


def position_of(after: tuple[int, int] | None) -> Position:
    """Return the place that a cursor's values name."""
    if after is None:
        return None
    try:
        return _EPOCH + after[0] * _MICROSECOND, after[1]
    except OverflowError as error:
        raise foreign_cursor() from error


def _shown_to(caller: Caller, first_parameter: int) -> tuple[str, list[str]]:
    """Return SQL over `asset` and `unit` (of the entry) that holds for the entries a caller may know of."""
    owned, owners = scope_predicate(caller, "contributor", "asset.unit_path", first_parameter)
    used, users = scope_predicate(caller, "contributor", "unit.path", first_parameter + len(owners))
    return f"({owned} OR {used})", [*owners, *users]


async def reuses_of_assets(
    caller: Caller, asset_ids: Sequence[UUID], limit: int, after: Position
) -> dict[UUID, list[Record]]:
    """Return up to `limit` uses of each material that was shown to the caller already, the newest first."""
    shown, scopes = _shown_to(caller, 5)
    found = await db.rows(
        f"""SELECT newest.* FROM asset CROSS JOIN LATERAL (
                SELECT {COLUMNS} FROM reuse LEFT JOIN unit ON unit.id = reuse.unit_id
                WHERE reuse.asset_id = asset.id AND {shown}
                  AND ($3::timestamptz IS NULL OR (reuse.at, reuse.id) < ($3, $4::bigint))
                ORDER BY reuse.at DESC, reuse.id DESC LIMIT $2
            ) AS newest
            WHERE asset.id = ANY($1::uuid[]) ORDER BY newest.at DESC, newest.id DESC""",
        list(asset_ids),
        limit,
        *(after or (None, None)),
        *scopes,
    )
    by_asset: dict[UUID, list[Record]] = {asset_id: [] for asset_id in asset_ids}
    for row in found:
        by_asset[row["asset_id"]].append(row)
    return by_asset


async def counts_of_assets(caller: Caller, asset_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many uses of each material the caller may know of."""
    shown, scopes = _shown_to(caller, 2)
    found = await db.rows(
        f"""SELECT asset.id, (
                SELECT count(*) FROM reuse LEFT JOIN unit ON unit.id = reuse.unit_id
                WHERE reuse.asset_id = asset.id AND {shown}) AS number
            FROM asset WHERE asset.id = ANY($1::uuid[])""",
        list(asset_ids),
        *scopes,
    )
    return {row["id"]: row["number"] for row in found}


async def units_of_asset(caller: Caller, asset_id: UUID, most: int = MOST_UNITS) -> list[Record]:
    """Return which units used a material, how often and when last, those that used it most first."""
    shown, scopes = _shown_to(caller, 3)
    return await db.rows(
        f"""SELECT reuse.unit_id, count(*) AS number, max(reuse.at) AS last
            FROM reuse JOIN asset ON asset.id = reuse.asset_id LEFT JOIN unit ON unit.id = reuse.unit_id
            WHERE reuse.asset_id = $1 AND {shown}
            GROUP BY reuse.unit_id ORDER BY number DESC, last DESC, reuse.unit_id LIMIT $2""",
        asset_id,
        most,
        *scopes,
    )


async def months_of_asset(caller: Caller, asset_id: UUID, since: date) -> list[Record]:
    """Return how often a material was used in each month from one on, by kind: `month`, `kind`, `number`."""
    shown, scopes = _shown_to(caller, 3)
    return await db.rows(
        f"""SELECT reuse_month_of(reuse.at) AS month, reuse.kind, count(*) AS number
            FROM reuse JOIN asset ON asset.id = reuse.asset_id LEFT JOIN unit ON unit.id = reuse.unit_id
            WHERE reuse.asset_id = $1 AND reuse_month_of(reuse.at) >= $2 AND {shown}
            GROUP BY 1, 2 ORDER BY 1 DESC, 2""",
        asset_id,
        since,
        *scopes,
    )


async def reuses_in_subtrees(paths: Sequence[str], limit: int, after: Position) -> dict[str, list[Record]]:
    """Return what `reuses_in_subtree` does for each of several paths, in the same few statements."""
    few, many = await _active_units(paths)
    found = await _newest_of_units(few, limit, after) if few else {}
    for path in many:
        found[path] = await walk_back(path, limit, after)
    return {path: found.get(path, []) for path in paths}


async def reuses_in_subtree(path: str, limit: int, after: Position) -> list[Record]:
    """Return up to `limit` uses by the units at or below a path, the newest first, for a contributor there."""
    return (await reuses_in_subtrees([path], limit, after))[path]


async def _active_units(paths: Sequence[str]) -> tuple[dict[str, list[UUID]], list[str]]:
    """Return which units below each path used anything; apart, the paths below which too many did to name them."""
    found = await db.rows(
        """SELECT scope.path, array_agg(active.unit_id) AS unit_ids FROM unnest($1::text[]) AS scope (path)
           CROSS JOIN LATERAL (
               SELECT DISTINCT reuse_month.unit_id FROM unit JOIN reuse_month ON reuse_month.unit_id = unit.id
               WHERE unit.path >= scope.path AND unit.path < scope.path || '~' LIMIT $2
           ) AS active GROUP BY 1""",
        list(paths),
        _FEW_UNITS + 1,
    )
    few = {row["path"]: row["unit_ids"] for row in found if len(row["unit_ids"]) <= _FEW_UNITS}
    return few, [row["path"] for row in found if row["path"] not in few]


async def _newest_of_units(units: Mapping[str, Sequence[UUID]], limit: int, after: Position) -> dict[str, list[Record]]:
    named = [(path, unit_id) for path, unit_ids in units.items() for unit_id in unit_ids]
    found = await db.rows(
        f"""SELECT * FROM (
                SELECT active.path, newest.*,
                    row_number() OVER (PARTITION BY active.path ORDER BY newest.at DESC, newest.id DESC) AS place
                FROM unnest($1::text[], $2::uuid[]) AS active (path, unit_id) CROSS JOIN LATERAL (
                    SELECT {COLUMNS} FROM reuse WHERE reuse.unit_id = active.unit_id
                      AND ($4::timestamptz IS NULL OR (reuse.at, reuse.id) < ($4, $5::bigint))
                    ORDER BY reuse.at DESC, reuse.id DESC LIMIT $3
                ) AS newest) AS ranked
            WHERE place <= $3 ORDER BY path, place""",
        [path for path, _ in named],
        [unit_id for _, unit_id in named],
        limit,
        *(after or (None, None)),
    )
    by_path: dict[str, list[Record]] = {path: [] for path in units}
    for row in found:
        by_path[row["path"]].append(row)
    return by_path


async def walk_back(path: str, limit: int, after: Position) -> list[Record]:
    """Return what `reuses_in_subtree` does, by going back in time until enough was met."""
    # The end of time and not a NULL check: so the planner sees a range of the index on (at, id).
    moment, number = after or (datetime.max.replace(tzinfo=UTC), 0)
    return await db.rows(
        f"""SELECT {COLUMNS} FROM reuse JOIN unit ON unit.id = reuse.unit_id
            WHERE (reuse.at, reuse.id) < ($3, $4::bigint) AND unit.path >= $1 AND unit.path < $1 || '~'
            ORDER BY reuse.at DESC, reuse.id DESC LIMIT $2""",
        path,
        limit,
        moment,
        number,
    )


async def months_in_subtrees(paths: Sequence[str], since: date) -> dict[str, list[Record]]:
    """Return how often the units at or below each path used materials in each month from one on, by kind."""
    found = await db.rows(
        """SELECT scope.path, counted.* FROM unnest($1::text[]) AS scope (path) CROSS JOIN LATERAL (
               SELECT reuse_month.month, reuse_month.kind, sum(reuse_month.number)::bigint AS number
               FROM reuse_month JOIN unit ON unit.id = reuse_month.unit_id
               WHERE unit.path >= scope.path AND unit.path < scope.path || '~' AND reuse_month.month >= $2
               GROUP BY 1, 2
           ) AS counted ORDER BY counted.month DESC, counted.kind""",
        list(paths),
        since,
    )
    by_path: dict[str, list[Record]] = {path: [] for path in paths}
    for row in found:
        by_path[row["path"]].append(row)
    return by_path


async def units_in_subtree(path: str, since: date, most: int = MOST_UNITS) -> list[Record]:
    """Return which units at or below a path used materials from a month on, and how often, the busiest first."""
    return await db.rows(
        """SELECT reuse_month.unit_id, sum(reuse_month.number)::bigint AS number
           FROM reuse_month JOIN unit ON unit.id = reuse_month.unit_id
           WHERE unit.path >= $1 AND unit.path < $1 || '~' AND reuse_month.month >= $2
           GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $3""",
        path,
        since,
        most,
    )
