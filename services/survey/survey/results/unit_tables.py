"""Which units' tables answer for a unit: its own in a wave's frame, or of today's tree those from which it came."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.identity import Caller

# Of more units than this no tables are put together.
MOST_PARTS = 200


class Released(Protocol):
    """What is needed of a release."""

    @property
    def wave_id(self) -> UUID:
        """The wave whose frame names the units."""
        ...

    @property
    def target_id(self) -> UUID:
        """The unit that the wave asks."""
        ...

    @property
    def owner_path(self) -> str | None:
        """Where the programme's owner stands."""
        ...


@dataclass(frozen=True)
class Place:
    """A unit, and the units of a wave's frame whose tables answer for it together; several, or another: combined.

    Without units its cells are all hidden: today's unit is not made of whole units of the frame, or of too many.
    """

    unit_id: UUID
    units: tuple[UUID, ...]
    is_wider: bool = False
    """Whether they also tell of people who went to other units when one of these was split."""

    @property
    def is_combined(self) -> bool:
        """Whether the tables are not those of this very unit."""
        return self.units != (self.unit_id,)


async def places_of(
    caller: Caller, releases: Sequence[Released], unit_id: UUID | None, *, as_of_today: bool = False
) -> list[Place | None]:
    """Return the place of a unit (None: the target) in each release; None where it has none or it may not be told."""
    if unit_id is None or all(unit_id == release.target_id and not as_of_today for release in releases):
        return [Place(release.target_id, (release.target_id,)) for release in releases]
    waves = sorted({(release.wave_id, release.target_id) for release in releases})
    known = await _frame_paths(waves, unit_id)
    path = known.governing
    asked = [release for release in releases if as_of_today or release.wave_id not in known.waves]
    parts = (
        await _parts(sorted({(each.wave_id, each.target_id) for each in asked}), unit_id, path)
        if path and asked
        else {}
    )
    return [_place(caller, release, unit_id, known, parts, as_of_today=as_of_today) for release in releases]


@dataclass(frozen=True)
class _Part:
    """A unit of a frame that today's unit is made of."""

    unit_id: UUID
    path: str | None
    """Where it, or what it left, is governed from today."""
    is_inside: bool
    """Whether that is within today's unit."""
    is_whole: bool
    """Whether all people below it in the frame are within today's unit, or went there."""
    is_wider: bool


@dataclass(frozen=True)
class _Known:
    governing: str | None
    """Where the unit, or what it left, is governed from today."""
    waves: dict[UUID, str]
    """The waves whose frame has the unit, at or below its target, with the path that it had."""
    above: frozenset[UUID]
    """The waves whose target is below the unit: they asked only some of its people."""


async def _frame_paths(waves: Sequence[tuple[UUID, UUID]], unit_id: UUID) -> _Known:
    governing = await db.value("SELECT path FROM unit WHERE id = $1", unit_id)
    # A frame knows the units above its target, too; of these there are no tables.
    found = await db.rows(
        """
        SELECT frame.wave_id, frame.path, starts_with(frame.path, target.path) AS is_asked
        FROM frame_unit frame
        JOIN unnest($1::uuid[], $2::uuid[]) AS asked (wave_id, target_id) ON asked.wave_id = frame.wave_id
        JOIN frame_unit target ON target.wave_id = asked.wave_id AND target.unit_id = asked.target_id
        WHERE frame.unit_id = $3
        """,
        [wave for wave, _ in waves],
        [target for _, target in waves],
        unit_id,
    )
    return _Known(
        governing,
        {row["wave_id"]: row["path"] for row in found if row["is_asked"]},
        frozenset(row["wave_id"] for row in found if not row["is_asked"]),
    )


def _place(
    caller: Caller,
    release: Released,
    unit_id: UUID,
    known: _Known,
    parts: Mapping[UUID, Sequence[_Part]],
    *,
    as_of_today: bool,
) -> Place | None:
    own = known.waves.get(release.wave_id)
    if unit_id == release.target_id and not as_of_today:
        return Place(unit_id, (unit_id,))
    if unit_id != release.target_id and not _may_read(caller, release, known.governing or own):
        return None
    if own is not None and not as_of_today:
        return Place(unit_id, (unit_id,))
    if release.wave_id in known.above:
        return None
    found = parts.get(release.wave_id)
    # Of a unit that was split, its heir's analysts keep the records.
    if found is None or not all(part.is_inside or _may_read(caller, release, part.path) for part in found):
        return None
    if len(found) > MOST_PARTS or not all(part.is_whole for part in found):
        return Place(unit_id, ())
    return Place(unit_id, tuple(part.unit_id for part in found), any(part.is_wider for part in found))


def _may_read(caller: Caller, release: Released, path: str | None) -> bool:
    return path is not None and (
        caller.may("analyst", path) or (release.owner_path is not None and caller.may("analyst", release.owner_path))
    )


# The units of a frame that stand within a path today, or closed and left people to one within it; the highest of them
# each: those above stood elsewhere, or do now.
_PARTS = """
WITH wave_target AS (
    SELECT asked.wave_id, target.path AS target
    FROM unnest($1::uuid[], $2::uuid[]) AS asked (wave_id, target_id)
    JOIN frame_unit target ON target.wave_id = asked.wave_id AND target.unit_id = asked.target_id
), within AS (
    SELECT id FROM unit WHERE path >= $3 AND path < $3 || '~'
), here AS (
    SELECT id, true AS is_inside FROM within
    UNION ALL
    SELECT DISTINCT went.predecessor_id, false
    FROM within JOIN unit_succession went ON went.successor_id = within.id AND went.share > 0
    WHERE went.predecessor_id NOT IN (SELECT id FROM within) AND NOT EXISTS (
        SELECT FROM unit_scope stood WHERE stood.unit_id = went.predecessor_id AND stood.valid @> $5::date)
), inside AS (
    SELECT frame.wave_id, frame.unit_id, frame.path, here.is_inside
    FROM wave_target
    CROSS JOIN here
    JOIN frame_unit frame ON frame.wave_id = wave_target.wave_id AND frame.unit_id = here.id
         AND starts_with(frame.path, wave_target.target)
), top AS (
    SELECT * FROM inside
    WHERE NOT EXISTS (
        SELECT FROM inside above WHERE above.wave_id = inside.wave_id AND above.path <> inside.path
          AND above.path = left(inside.path, length(inside.path) - 5))
)
SELECT top.wave_id, top.unit_id, top.is_inside,
    (SELECT path FROM unit WHERE id = top.unit_id) AS governing,
    EXISTS (SELECT FROM unit_scope stood WHERE stood.unit_id = top.unit_id AND stood.valid @> $5::date) AS stands,
    NOT EXISTS (
        SELECT FROM frame_unit below
        WHERE below.wave_id = top.wave_id AND below.path >= top.path AND below.path < top.path || '~'
          AND below.response_group_id IS NOT NULL AND below.unit_id NOT IN (SELECT id FROM here)) AS is_whole,
    EXISTS (
        SELECT FROM unit_succession went
        WHERE went.predecessor_id = top.unit_id AND went.share > 0
          AND went.successor_id NOT IN (SELECT id FROM within)) AS is_wider
FROM top ORDER BY top.wave_id, top.path
LIMIT $4
"""


async def _parts(waves: Sequence[tuple[UUID, UUID]], unit_id: UUID, path: str) -> dict[UUID, list[_Part]]:
    """Return, by wave, the units of the frame of which today's unit at a path is made, one more than may be.

    A wave is left out where nothing of the frame is there, and where its target stands below the unit: those above a
    target are more than it.
    """
    targets = dict(waves)
    most = (MOST_PARTS + 1) * len(waves)
    found = await db.rows(_PARTS, [wave for wave, _ in waves], [target for _, target in waves], path, most, today())
    parts: defaultdict[UUID, list[_Part]] = defaultdict(list)
    for row in found:
        is_above = row["unit_id"] == targets[row["wave_id"]] != unit_id and row["stands"]
        if not is_above:
            # Where not all could be read, none is known to be whole.
            whole = row["is_whole"] and len(found) < most
            part = _Part(row["unit_id"], row["governing"], row["is_inside"], whole, row["is_wider"])
            parts[row["wave_id"]].append(part)
    return parts
