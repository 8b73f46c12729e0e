"""How many took part, told by daily snapshots rounded to 5: a live count would tell when somebody answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.identity import Caller


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


async def take_snapshots() -> None:
    """Write today's snapshot of each wave that is open or closed today, unless it is there."""
    for wave in await db.rows("SELECT id FROM wave WHERE state <> 'planned' AND closes_at > now() - interval '2 days'"):
        await snapshot(wave["id"], today())


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


async def visible_participations(keys: Sequence[tuple[Caller, UUID, UUID | None]]) -> list[Participation | None]:
    """Return participation for each caller, wave and unit, or the wave's target where no unit is named.

    None for a unit of which the caller is neither contributor, editor nor analyst. That is judged by where the unit
    stands today, or under whom its records stand since it closed; its part of the wave is where it stood in the frame.
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
    # A path that no group has: nobody is told anything.
    paths = [
        (unit["path_in_frame"] if _may_see(key[0], unit["path"]) else None) or "~"
        for key, unit in zip(keys, units, strict=True)
    ]
    return await participations([(key[1], path) for key, path in zip(keys, paths, strict=True)])


def _may_see(caller: Caller, path: str | None) -> bool:
    return path is not None and (caller.may("contributor", path) or caller.may("analyst", path))
