"""What is told of uses, as far as the caller may know: of a material, and of all units of a subtree.

Contributors of a material's unit see all uses of it; contributors of a unit see what that unit and those below used.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from uuid import UUID

from kit import db
from kit.calendar import VIETNAM
from kit.db import Record
from kit.graphql import foreign_cursor
from kit.identity import Caller, scope_predicate
from kit.paths import WIDTH
from media_archive.reuse.service import COLUMNS
from media_archive.units.service import paths_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)
_MICROSECOND = datetime.resolution
# Of a subtree that has at least such a part of all uses, a walk back in time soon meets enough of its. Of a smaller one
# there are few uses, so few units that made them: each one's newest are looked up by themselves.
_WORTH_A_WALK = 500
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


async def _owned(caller: Caller, asset_ids: Sequence[UUID]) -> dict[bool, list[UUID]]:
    """Return the materials of units where the caller contributes, and apart the others that there are."""
    found = await db.rows("SELECT id, unit_path FROM asset WHERE id = ANY($1::uuid[])", list(asset_ids))
    owned: dict[bool, list[UUID]] = {}
    for row in found:
        owned.setdefault(caller.may("contributor", row["unit_path"]), []).append(row["id"])
    return owned


def _shown_to(caller: Caller, first_parameter: int, *, is_owned: bool) -> tuple[str, list[str]]:
    """Return SQL that holds for the uses of a material that a caller may know of."""
    if is_owned:
        return "TRUE", []
    used, scopes = scope_predicate(caller, "contributor", "unit.path", first_parameter)
    return f"reuse.unit_id IN (SELECT unit.id FROM unit WHERE {used})", scopes


async def reuses_of_assets(
    caller: Caller, asset_ids: Sequence[UUID], limit: int, after: Position
) -> dict[UUID, list[Record]]:
    """Return up to `limit` uses of each material that was shown to the caller already, the newest first."""
    by_asset: dict[UUID, list[Record]] = {asset_id: [] for asset_id in asset_ids}
    for is_owned, some in (await _owned(caller, asset_ids)).items():
        shown, scopes = _shown_to(caller, 5, is_owned=is_owned)
        found = await db.rows(
            f"""SELECT newest.* FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
                    SELECT {COLUMNS} FROM reuse
                    WHERE reuse.asset_id = asked.id AND (reuse.at, reuse.id) < ($3, $4::bigint) AND {shown}
                    ORDER BY reuse.at DESC, reuse.id DESC LIMIT $2
                ) AS newest ORDER BY newest.at DESC, newest.id DESC""",
            some,
            limit,
            *(after or (_END, 0)),
            *scopes,
        )
        for row in found:
            by_asset[row["asset_id"]].append(row)
    return by_asset


async def counts_of_assets(caller: Caller, asset_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many uses of each material the caller may know of."""
    counts: dict[UUID, int] = {}
    for is_owned, some in (await _owned(caller, asset_ids)).items():
        shown, scopes = _shown_to(caller, 2, is_owned=is_owned)
        found = await db.rows(
            f"""SELECT reuse.asset_id, count(*) AS number FROM reuse
                WHERE reuse.asset_id = ANY($1::uuid[]) AND {shown} GROUP BY 1""",
            some,
            *scopes,
        )
        counts |= {row["asset_id"]: row["number"] for row in found}
    return counts


async def accounts_told(caller: Caller, uses: Sequence[tuple[UUID | None, str | None]]) -> list[str | None]:
    """Return who told of each use, given by its unit and its account, as far as a caller is told that.

    Editors of the unit that used it are, for they answer for it, and everybody of their own; else None.
    """
    concerned = {unit_id for unit_id, account in uses if account is not None and unit_id is not None}
    paths = await paths_of(sorted(concerned))
    told: list[str | None] = []
    for unit_id, account in uses:
        path = paths.get(unit_id) if unit_id else None
        is_editor = path is not None and caller.may("editor", path)
        told.append(account if is_editor or (account is not None and account == caller.subject) else None)
    return told


async def units_of_asset(caller: Caller, asset_id: UUID, most: int = MOST_UNITS) -> list[Record]:
    """Return which units used a material, how often and when last, those that used it most first."""
    is_owned = True in await _owned(caller, [asset_id])
    shown, scopes = _shown_to(caller, 3, is_owned=is_owned)
    return await db.rows(
        f"""SELECT reuse.unit_id, count(*) AS number, max(reuse.at) AS last FROM reuse
            WHERE reuse.asset_id = $1 AND {shown}
            GROUP BY reuse.unit_id ORDER BY number DESC, last DESC, reuse.unit_id LIMIT $2""",
        asset_id,
        most,
        *scopes,
    )


async def months_of_asset(caller: Caller, asset_id: UUID, since: date) -> list[Record]:
    """Return how often a material was used in each month from one on, by kind: `month`, `kind`, `number`."""
    is_owned = True in await _owned(caller, [asset_id])
    shown, scopes = _shown_to(caller, 3, is_owned=is_owned)
    return await db.rows(
        f"""SELECT reuse_month_of(reuse.at) AS month, reuse.kind, count(*) AS number FROM reuse
            WHERE reuse.asset_id = $1 AND reuse.at >= $2 AND {shown}
            GROUP BY 1, 2 ORDER BY 1 DESC, 2""",
        asset_id,
        datetime.combine(since, time(), VIETNAM),
        *scopes,
    )


async def reuses_in_subtrees(paths: Sequence[str], limit: int, after: Position) -> dict[str, list[Record]]:
    """Return up to `limit` uses by the units at or below each path, the newest first, for a contributor there."""
    busy = await _busy(paths)
    quiet = [path for path in paths if path not in busy]
    found = await _newest_of_units(quiet, limit, after) if quiet else {}
    return {**found, **(await walk_back(busy, limit, after) if busy else {})}


async def reuses_in_subtree(path: str, limit: int, after: Position) -> list[Record]:
    """Return what `reuses_in_subtrees` does, of one path."""
    return (await reuses_in_subtrees([path], limit, after))[path]


async def _busy(paths: Sequence[str]) -> list[str]:
    """Return the paths whose subtrees have so large a part of all uses that a walk is worth it."""
    found = await db.rows(
        """SELECT path FROM reuse_subtree WHERE path = ANY($1::text[]) GROUP BY path
           HAVING sum(number) * $2 >= (SELECT sum(number) FROM reuse_subtree WHERE path = '')""",
        list(paths),
        _WORTH_A_WALK,
    )
    return [row["path"] for row in found]


async def _newest_of_units(paths: Sequence[str], limit: int, after: Position) -> dict[str, list[Record]]:
    found = await db.rows(
        f"""SELECT ranked.* FROM (
                SELECT scope.path, newest.*,
                    row_number() OVER (PARTITION BY scope.path ORDER BY newest.at DESC, newest.id DESC) AS place
                FROM unnest($1::text[]) AS scope (path)
                JOIN unit ON unit.path >= scope.path AND unit.path < scope.path || '~'
                CROSS JOIN LATERAL (
                    SELECT {COLUMNS} FROM reuse
                    WHERE reuse.unit_id = unit.id AND (reuse.at, reuse.id) < ($3, $4::bigint)
                    ORDER BY reuse.at DESC, reuse.id DESC LIMIT $2
                ) AS newest) AS ranked
            WHERE place <= $2 ORDER BY path, place""",
        list(paths),
        limit,
        *(after or (_END, 0)),
    )
    return _by_path(paths, found)


async def walk_back(paths: Sequence[str], limit: int, after: Position) -> dict[str, list[Record]]:
    """Return what `reuses_in_subtrees` does, by going back in time until enough was met of each."""
    found = await db.rows(
        f"""SELECT scope.path, newest.* FROM unnest($1::text[]) AS scope (path) CROSS JOIN LATERAL (
                SELECT {COLUMNS} FROM reuse JOIN unit ON unit.id = reuse.unit_id
                WHERE (reuse.at, reuse.id) < ($3, $4::bigint)
                  AND unit.path >= scope.path AND unit.path < scope.path || '~'
                ORDER BY reuse.at DESC, reuse.id DESC LIMIT $2
            ) AS newest ORDER BY newest.at DESC, newest.id DESC""",
        list(paths),
        limit,
        *(after or (_END, 0)),
    )
    return _by_path(paths, found)


def _by_path(paths: Sequence[str], found: Sequence[Record]) -> dict[str, list[Record]]:
    by_path: dict[str, list[Record]] = {path: [] for path in paths}
    for row in found:
        by_path[row["path"]].append(row)
    return by_path


async def months_in_subtrees(paths: Sequence[str], since: date) -> dict[str, list[Record]]:
    """Return how often the units at or below each path used materials in each month from one on, by kind."""
    found = await db.rows(
        """SELECT path, month, kind, number FROM reuse_subtree
           WHERE path = ANY($1::text[]) AND month >= $2 AND number > 0 ORDER BY month DESC, kind""",
        list(paths),
        since,
    )
    return _by_path(paths, found)


async def units_in_subtree(path: str, since: date, most: int = MOST_UNITS) -> list[Record]:
    """Return how often a unit used materials from a month on, and each right below with all below that; busiest first.

    `unit_id`, `number`; of the unit itself without those below.
    """
    return await db.rows(
        """SELECT unit.id AS unit_id, used.number FROM unit CROSS JOIN LATERAL (
               SELECT sum(number)::bigint AS number FROM reuse_subtree
               WHERE reuse_subtree.path = unit.path AND month >= $2) AS used
           WHERE unit.path > $1 AND unit.path < $1 || '~' AND length(unit.path) = length($1) + $4 AND used.number > 0
           UNION ALL
           SELECT unit.id, sum(reuse_month.number)::bigint FROM unit JOIN reuse_month ON reuse_month.unit_id = unit.id
           WHERE unit.path = $1 AND month >= $2 GROUP BY 1
           ORDER BY 2 DESC, 1 LIMIT $3""",
        path,
        since,
        most,
        WIDTH,
    )
