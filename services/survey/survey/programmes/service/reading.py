"""What callers may read of programmes and waves: what was ever open is public, the rest is for the owner's staff."""

from collections.abc import Sequence
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.graphql.paging import Window
from kit.identity import Caller, scope_predicate

# The roles whose holders on the owner unit see what is still being planned.
STAFF = ("editor", "analyst")

_WAVE = (
    "w.id, w.programme_id, w.number, w.questionnaire_version_id, w.opens_at, w.closes_at, w.state,"
    " w.tree_version, w.frozen_at, w.problem_code, w.problem_vi, w.problem_en, w.ways, w.extended_from,"
    " w.extension_reason"
)
_PROGRAMME = (
    "p.id, p.code, p.kind, p.title_vi, p.title_en, p.owner_unit_id, p.target_unit_id, p.questionnaire_id, p.recurrence,"
    " p.starts_on, p.wave_days, p.minimum_base, p.ways, p.state"
)


async def programmes(caller: Caller, window: Window) -> list[db.Record]:
    """Return the programmes a caller may see, by code; those of quick polls are not listed."""
    staff, scopes = owner_staff(caller, "o.path", 3)
    return await db.rows(
        f"SELECT {_PROGRAMME} FROM programme p LEFT JOIN unit o ON o.id = p.owner_unit_id"
        " WHERE p.kind = 'survey' AND ($2::text IS NULL OR p.code > $2) AND"
        f" (EXISTS (SELECT FROM wave w WHERE w.programme_id = p.id AND w.frozen_at IS NOT NULL) OR {staff})"
        " ORDER BY p.code LIMIT $1",
        window.limit,
        window.after[0] if window.after else None,
        *scopes,
    )


async def programmes_by_id(caller: Caller, ids: Sequence[UUID]) -> list[db.Record | None]:
    """Return programmes in the order of their ids; None for those the caller may not see."""
    staff, scopes = owner_staff(caller, "o.path", 2)
    found = await db.rows(
        f"SELECT {_PROGRAMME} FROM programme p LEFT JOIN unit o ON o.id = p.owner_unit_id WHERE p.id = ANY ($1) AND"
        f" (EXISTS (SELECT FROM wave w WHERE w.programme_id = p.id AND w.frozen_at IS NOT NULL) OR {staff})",
        list(ids),
        *scopes,
    )
    by_id = {row["id"]: row for row in found}
    return [by_id.get(each) for each in ids]


async def waves_by_id(caller: Caller, ids: Sequence[UUID]) -> list[db.Record | None]:
    """Return waves in the order of their ids; None for those the caller may not see."""
    staff, scopes = owner_staff(caller, "o.path", 2)
    found = await db.rows(
        f"SELECT {_WAVE} FROM wave w JOIN programme p ON p.id = w.programme_id"
        " LEFT JOIN unit o ON o.id = p.owner_unit_id"
        f" WHERE w.id = ANY ($1) AND (w.frozen_at IS NOT NULL OR {staff})",
        list(ids),
        *scopes,
    )
    by_id = {row["id"]: row for row in found}
    return [by_id.get(each) for each in ids]


async def waves_of_programmes(caller: Caller, ids: Sequence[UUID], window: Window) -> list[list[db.Record]]:
    """Return, for each programme, its waves that the caller may see, the latest first.

    The window's cursor holds the opening (a datetime) and the id (a UUID) of the last wave already seen.
    """
    staff, scopes = owner_staff(caller, "o.path", 5)
    return await _waves_of(
        "JOIN programme p ON p.id = asked.id LEFT JOIN unit o ON o.id = p.owner_unit_id",
        f"w.programme_id = p.id AND (w.frozen_at IS NOT NULL OR {staff})",
        ids,
        window,
        scopes,
    )


async def waves_of_units(caller: Caller, ids: Sequence[UUID], window: Window) -> list[list[db.Record]]:
    """Return, for each unit, the waves that ask people in it: its own, those above it and those below it.

    An open or closed wave has the units of its frame, wherever they stand by now; a planned one those that exist today.
    Besides, a unit has the waves of those whose records stand below it today: what was moved there, or what it
    inherited. Quick polls have a list of their own. The window is that of `waves_of_programmes`.
    """
    staff, scopes = owner_staff(caller, "o.path", 6)
    return await _waves_of(
        "JOIN unit u ON u.id = asked.id",
        "EXISTS (SELECT FROM programme p JOIN unit t ON t.id = p.target_unit_id"
        " LEFT JOIN unit o ON o.id = p.owner_unit_id"
        " WHERE p.id = w.programme_id AND p.kind = 'survey'"
        " AND (starts_with(t.path, u.path)"
        " OR EXISTS (SELECT FROM frame_unit f WHERE f.unit_id = u.id AND f.wave_id = w.id)"
        " OR w.state = 'planned' AND starts_with(u.path, t.path)"
        " AND EXISTS (SELECT FROM unit_scope s WHERE s.unit_id = u.id AND s.valid @> $5::date))"
        f" AND (w.frozen_at IS NOT NULL OR {staff}))",
        ids,
        window,
        [today(), *scopes],
    )


async def collectors(caller: Caller, wave_id: UUID, window: Window) -> list[db.Record]:
    """Return a wave's addresses: the whole wave's once it was open; those of groups for the owner's staff."""
    staff, scopes = owner_staff(caller, "o.path", 5)
    path, code = window.after or (None, None)
    return await db.rows(
        "SELECT c.code, c.wave_id, c.kind, g.name_vi, g.name_en, g.path FROM collector c"
        " JOIN wave w ON w.id = c.wave_id JOIN programme p ON p.id = w.programme_id"
        " LEFT JOIN unit o ON o.id = p.owner_unit_id LEFT JOIN response_group g ON g.id = c.response_group_id"
        " WHERE c.wave_id = $1 AND ($3::text IS NULL OR (coalesce(g.path, ''), c.code) > ($3, $4))"
        f" AND (c.response_group_id IS NULL AND w.frozen_at IS NOT NULL OR {staff})"
        " ORDER BY coalesce(g.path, ''), c.code LIMIT $2",
        wave_id,
        window.limit,
        path,
        code,
        *scopes,
    )


async def _waves_of(
    join: str, condition: str, ids: Sequence[UUID], window: Window, further: Sequence[object]
) -> list[list[db.Record]]:
    opens_at, last = window.after or (None, None)
    found = await db.rows(
        f"SELECT asked.id AS asked_id, latest.* FROM unnest($1::uuid[]) AS asked (id) {join}"
        f" CROSS JOIN LATERAL (SELECT {_WAVE} FROM wave w WHERE {condition}"
        " AND ($3::timestamptz IS NULL OR (w.opens_at, w.id) < ($3, $4::uuid))"
        " ORDER BY w.opens_at DESC, w.id DESC LIMIT $2) AS latest",
        list(ids),
        window.limit,
        opens_at,
        last,
        *further,
    )
    by_id: dict[UUID, list[db.Record]] = {each: [] for each in ids}
    for row in found:
        by_id[row["asked_id"]].append(row)
    return [by_id[each] for each in ids]


def owner_staff(caller: Caller, column: str, first_parameter: int) -> tuple[str, list[str]]:
    """Return SQL that holds where the caller is staff of the unit whose path is in `column`."""
    parts: list[str] = []
    scopes: list[str] = []
    for role in STAFF:
        sql, args = scope_predicate(caller, role, column, first_parameter + len(scopes))
        parts.append(sql)
        scopes += args
    return f"({' OR '.join(parts)})", scopes
