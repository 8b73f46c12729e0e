"""How many took part, told by daily snapshots rounded to 5: a live count would tell when somebody answered.

What two days tell: a group of at least 50 people moves from one multiple of 5 to another when its count passes half way
between them. Who knows of all but one of its answers, and on which days they came, learns the day of that one at most;
never what it says, and not the hour: a day is counted after it has ended, and a wave's first day has no number before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.graphql.paging import Window
from kit.identity import Caller
from survey.programmes.service.reading import owner_staff


@dataclass(frozen=True, slots=True)
class Participation:
    """People expected and answers given in a unit's part of a wave; `answered` and `day` are None before a snapshot."""

    expected: int
    answered: int | None
    day: date | None

    @property
    def rate(self) -> float | None:
        """Answers per person expected, at most 1."""
        return None if self.answered is None else min(self.answered / self.expected, 1.0)


# A wave's days in Viet Nam: the first is that of its opening, the last the one before, or on, which it closed.
FIRST_DAY = "(wave.frozen_at AT TIME ZONE interval '7 hours')::date"
LAST_DAY = "((wave.closes_at - interval '1 microsecond') AT TIME ZONE interval '7 hours')::date"


async def take_snapshots(on: date | None = None) -> None:
    """Write what is missing of the days that have ended: each wave's last day, or yesterday while it goes on.

    A day is counted once it is over, in the first minutes of the next one or as soon after as this service runs. What
    was not counted in time is missing and is not made up: a later count would be another day's.
    """
    yesterday = (on or today()) - timedelta(days=1)
    due = await db.rows(
        f"""
        SELECT wave.id, asked.day FROM wave CROSS JOIN LATERAL (SELECT least($1::date, {LAST_DAY}) AS day) AS asked
        WHERE wave.state IN ('open', 'closed') AND {FIRST_DAY} <= asked.day
          AND NOT EXISTS (SELECT FROM participation_snapshot s WHERE s.wave_id = wave.id AND s.day = asked.day)
        """,
        yesterday,
    )
    for wave in due:
        await snapshot(wave["id"], wave["day"])


async def snapshot(wave_id: UUID, day: date) -> None:
    """Write a wave's snapshot of a day, unless it is there: answers by group, to the nearest 5."""
    await db.execute(
        """
        INSERT INTO participation_snapshot (wave_id, response_group_id, day, answered)
        SELECT $1, response_group_id, $2, round(sum(answers) / 5.0) * 5
        FROM (SELECT response_group_id, 1 AS answers FROM inbox WHERE wave_id = $1
              UNION ALL SELECT response_group_id, 1 FROM answer WHERE wave_id = $1
              UNION ALL SELECT id, 0 FROM response_group WHERE wave_id = $1) AS given
        GROUP BY response_group_id
        ON CONFLICT DO NOTHING
        """,
        wave_id,
        day,
    )


async def participations(places: Sequence[tuple[UUID, str]]) -> list[Participation | None]:
    """Return participation for each wave and path; None where no response group of the wave lies below the path.

    Answers by a link without a group count where the path holds every group of the wave.
    """
    found = await db.rows(
        """
        SELECT inside.expected, newest.day, given.answered
        FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS asked (wave_id, path, place)
        CROSS JOIN LATERAL (
            SELECT sum(people) FILTER (WHERE g.path >= asked.path AND g.path < asked.path || '~') AS expected,
                   bool_and(g.path >= asked.path AND g.path < asked.path || '~') AS whole
            FROM response_group g WHERE g.wave_id = asked.wave_id
        ) AS inside
        CROSS JOIN LATERAL (
            SELECT max(day) AS day FROM participation_snapshot s WHERE s.wave_id = asked.wave_id
        ) AS newest
        CROSS JOIN LATERAL (
            SELECT sum(answered) AS answered
            FROM participation_snapshot s LEFT JOIN response_group g ON g.id = s.response_group_id
            WHERE s.wave_id = asked.wave_id AND s.day = newest.day
              AND (g.path >= asked.path AND g.path < asked.path || '~' OR g.id IS NULL AND inside.whole)
        ) AS given
        ORDER BY asked.place
        """,
        [wave_id for wave_id, _ in places],
        [path for _, path in places],
    )
    return [Participation(row["expected"], row["answered"], row["day"]) if row["expected"] else None for row in found]


Key = tuple[Caller, UUID, UUID | None]
"""Who asks, a wave, and a unit; None stands for the wave's target."""


async def visible_participations(keys: Sequence[Key]) -> list[Participation | None]:
    """Return the newest participation for each key; None where `_paths` says that the caller is told nothing."""
    paths = await _paths(keys)
    return await participations([(wave_id, path) for (_, wave_id, _), path in zip(keys, paths, strict=True)])


async def participations_by_day(keys: Sequence[Key], window: Window) -> list[list[Participation] | None]:
    """Return participation day by day for each key, from the wave's first day to its last one that has ended.

    A day on which nothing was counted has `answered` None; one on which nobody had answered has 0. The window's cursor
    holds the last day already seen. None where `_paths` says that the caller is told nothing.
    """
    found = await db.rows(
        _BY_DAY,
        [wave_id for _, wave_id, _ in keys],
        await _paths(keys),
        today() - timedelta(days=1),
        window.after[0] if window.after else None,
        window.limit,
    )
    days: list[list[Participation] | None] = [None for _ in keys]
    for place, of_place in groupby(found, key=lambda row: row["place"]):
        days[place - 1] = [
            Participation(row["expected"], row["answered"], row["day"]) for row in of_place if row["day"] is not None
        ]
    return days


_BY_DAY = f"""
SELECT asked.place, inside.expected, counted.day, given.answered
FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS asked (wave_id, path, place)
JOIN wave ON wave.id = asked.wave_id
CROSS JOIN LATERAL (
    SELECT (sum(people) FILTER (WHERE g.path >= asked.path AND g.path < asked.path || '~'))::int AS expected,
           bool_and(g.path >= asked.path AND g.path < asked.path || '~') AS whole
    FROM response_group g WHERE g.wave_id = asked.wave_id
) AS inside
LEFT JOIN LATERAL (
    SELECT moment::date AS day
    FROM generate_series({FIRST_DAY}, least($3::date, {LAST_DAY}), interval '1 day') AS moment
    WHERE $4::date IS NULL OR moment > $4
    ORDER BY moment LIMIT $5
) AS counted ON true
LEFT JOIN LATERAL (
    SELECT sum(answered)::int AS answered
    FROM participation_snapshot s LEFT JOIN response_group g ON g.id = s.response_group_id
    WHERE s.wave_id = asked.wave_id AND s.day = counted.day
      AND (g.path >= asked.path AND g.path < asked.path || '~' OR g.id IS NULL AND inside.whole)
) AS given ON true
WHERE inside.expected IS NOT NULL
ORDER BY asked.place, counted.day
"""


@dataclass(frozen=True, slots=True)
class GroupParticipation:
    """Participation of one response group; without a name: of those who answered by the link of the whole wave."""

    id: UUID | None
    path: str
    name_vi: str | None
    name_en: str | None
    expected: int | None
    answered: int | None
    day: date | None

    @property
    def rate(self) -> float | None:
        """Answers per person expected, at most 1."""
        if self.answered is None or self.expected is None:
            return None
        return min(self.answered / self.expected, 1.0)


async def participations_by_group(
    caller: Caller, wave_ids: Sequence[UUID], window: Window
) -> list[list[GroupParticipation] | None]:
    """Return the newest participation of each wave's groups, by their place in the tree; None unless for its staff.

    The window's cursor holds the path and the id ("" for no group) of the last group already seen.
    """
    staff, scopes = owner_staff(caller, "o.path", 5)
    path, last = window.after or (None, None)
    found = await db.rows(_BY_GROUP.format(staff=staff), list(wave_ids), window.limit, path, last, *scopes)
    groups: dict[UUID, list[GroupParticipation]] = {}
    for row in found:
        of_wave = groups.setdefault(row["wave_id"], [])
        if row["path"] is not None:
            of_wave.append(GroupParticipation(**{name: value for name, value in row.items() if name != "wave_id"}))
    return [groups.get(wave_id) for wave_id in wave_ids]


_BY_GROUP = """
SELECT w.id AS wave_id, listed.*
FROM unnest($1::uuid[]) AS asked (id)
JOIN wave w ON w.id = asked.id
JOIN programme p ON p.id = w.programme_id LEFT JOIN unit o ON o.id = p.owner_unit_id
LEFT JOIN LATERAL (
    SELECT g.id, g.path, g.name_vi, g.name_en, g.expected, s.answered, newest.day
    FROM (SELECT max(day) AS day FROM participation_snapshot WHERE wave_id = w.id) AS newest
    CROSS JOIN (
        SELECT id, path, name_vi, name_en, people AS expected FROM response_group WHERE wave_id = w.id
        UNION ALL SELECT NULL, '', NULL, NULL, NULL
    ) AS g
    LEFT JOIN participation_snapshot s
         ON s.wave_id = w.id AND s.day = newest.day AND s.response_group_id IS NOT DISTINCT FROM g.id
    WHERE (g.id IS NOT NULL OR s.answered IS NOT NULL)
      AND ($3::text IS NULL OR (g.path COLLATE "C", coalesce(g.id::text, '')) > ($3, $4))
    ORDER BY g.path COLLATE "C", coalesce(g.id::text, '') LIMIT $2
) AS listed ON true
WHERE w.frozen_at IS NOT NULL AND {staff}
"""


async def _paths(keys: Sequence[Key]) -> list[str]:
    """Return where each key's unit stood in the wave's frame; a path that no group has where the caller may not see it.

    The caller must be contributor, editor or analyst of the unit. That is judged by where it stands today, or under
    whom its records stand since it closed.
    """
    units = await db.rows(
        """
        SELECT unit.path, stood.path AS path_in_frame
        FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS asked (wave_id, unit_id, place)
        JOIN wave ON wave.id = asked.wave_id
        JOIN programme ON programme.id = wave.programme_id
        LEFT JOIN unit ON unit.id = coalesce(asked.unit_id, programme.target_unit_id)
        LEFT JOIN frame_unit stood ON stood.wave_id = wave.id AND stood.unit_id = unit.id
        ORDER BY asked.place
        """,
        [wave_id for _, wave_id, _ in keys],
        [unit_id for _, _, unit_id in keys],
    )
    return [
        (unit["path_in_frame"] if _may_see(key[0], unit["path"]) else None) or "~"
        for key, unit in zip(keys, units, strict=True)
    ]


def _may_see(caller: Caller, path: str | None) -> bool:
    return path is not None and (caller.may("contributor", path) or caller.may("analyst", path))
