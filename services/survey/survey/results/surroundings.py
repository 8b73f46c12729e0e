"""Where a unit stands in a wave's frame: the way from the target down to it, and its parts, as a viewer sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kit import db
from kit.identity import Caller, scope_predicate
from kit.paths import parents
from survey.questionnaires.definition import Text
from survey.results.questions import PARTICIPATION
from survey.results.reading import Release
from survey.results.unit_tables import Place

# Parts that are told at one time.
PAGE = 60


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a wave's frame, and whether anything of it is published."""

    id: UUID
    name: Text
    is_published: bool = True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A unit among others: those above it that the viewer may see, the target first, and a page of those below.

    `today`: of a unit that the frame does not have, which units of it answer in its stead.
    """

    trail: tuple[Unit, ...]
    below: tuple[Unit, ...] = ()
    is_more: bool = False
    today: Place | None = None

    @property
    def here(self) -> Unit:
        """The unit itself."""
        return self.trail[-1]

    @property
    def parent(self) -> Unit | None:
        """The unit to compare with: the nearest one above that the viewer may see."""
        return self.trail[-2] if len(self.trail) > 1 and self.today is None else None


async def surroundings_of(caller: Caller, release: Release, place: Place, page: int) -> Surroundings:
    """Return what stands around a unit that the caller may see, as `reading.place_of` found."""
    unit_id = place.unit_id
    path = await db.value("SELECT path FROM frame_unit WHERE wave_id = $1 AND unit_id = $2", release.wave_id, unit_id)
    if path is None:
        return Surroundings((await _named(release.target_id), await _named(unit_id)), today=place)
    trail = await _trail(caller, release, path)
    below = await _below(caller, release, unit_id, path, page) if caller.scopes("analyst") else []
    return Surroundings(tuple(trail), tuple(below[:PAGE]), len(below) > PAGE)


async def _named(unit_id: UUID) -> Unit:
    return Unit(unit_id, _name(await db.row("SELECT name_vi, name_en FROM unit WHERE id = $1", unit_id)))


def _sees_all(caller: Caller, release: Release) -> bool:
    return release.owner_path is not None and caller.may("analyst", release.owner_path)


async def _trail(caller: Caller, release: Release, path: str) -> list[Unit]:
    found = await db.rows(
        """
        SELECT frame_unit.unit_id, coalesce(unit.path, frame_unit.path) AS today, name_vi, name_en
        FROM frame_unit LEFT JOIN unit ON unit.id = frame_unit.unit_id
        WHERE frame_unit.wave_id = $1 AND frame_unit.path = ANY ($2)
          AND starts_with(frame_unit.path, (SELECT path FROM frame_unit WHERE wave_id = $1 AND unit_id = $3))
        ORDER BY length(frame_unit.path)
        """,
        release.wave_id,
        [*parents(path), path],
        release.target_id,
    )
    everything = _sees_all(caller, release)
    return [
        Unit(row["unit_id"], _name(row))
        for row in found
        if everything or row["unit_id"] == release.target_id or caller.may("analyst", row["today"])
    ]


# The frame's children are found by leaping from one to the next in the index: below a target lie a hundred thousand.
# Only those with response groups: of what is smaller than these, answers know nothing.
_BELOW = """
WITH RECURSIVE child AS (
    SELECT (SELECT path FROM frame_unit WHERE wave_id = $1 AND path > $2 AND path < $2 || '~' ORDER BY path LIMIT 1)
    UNION ALL
    SELECT (SELECT path FROM frame_unit
            WHERE wave_id = $1 AND path > child.path || '~' AND path < $2 || '~' ORDER BY path LIMIT 1)
    FROM child WHERE child.path IS NOT NULL
), wanted AS (
    SELECT path FROM child WHERE path IS NOT NULL
), place AS (
    SELECT frame_unit.unit_id, name_vi, name_en, frame_unit.path, coalesce(unit.path, frame_unit.path) AS today
    FROM {source} JOIN frame_unit ON frame_unit.wave_id = $1 AND frame_unit.path = wanted.path
    LEFT JOIN unit ON unit.id = frame_unit.unit_id
)
SELECT unit_id, name_vi, name_en, EXISTS (
    SELECT FROM release_table WHERE release_id = $3 AND question_code = $4 AND release_table.unit_id = place.unit_id
) AS is_published
FROM place
WHERE EXISTS (SELECT FROM response_group held
              WHERE held.wave_id = $1 AND held.path >= place.path AND held.path < place.path || '~')
  AND {visible}
ORDER BY vi_fold(coalesce(name_vi, '')), unit_id LIMIT $5 OFFSET $6
"""
# Whoever may not see the parts of a unit enters the tree where his own units begin.
_OWN = """(
    SELECT frame_unit.path FROM frame_unit JOIN unit ON unit.id = frame_unit.unit_id
    WHERE frame_unit.wave_id = $1 AND unit.path = ANY ($7) AND frame_unit.path > $2 AND frame_unit.path < $2 || '~'
) AS wanted"""


async def _below(caller: Caller, release: Release, unit_id: UUID, path: str, page: int) -> Sequence[Unit]:
    today = await db.value("SELECT coalesce((SELECT path FROM unit WHERE id = $1), $2)", unit_id, path)
    sees_parts = _sees_all(caller, release) or caller.may("analyst", today)
    visible, scopes = ("true", []) if _sees_all(caller, release) else scope_predicate(caller, "analyst", "today", 7)
    own = [] if sees_parts else [list(caller.scopes("analyst"))]
    if own:
        # The units where a scope begins are the caller's own, which the join has asked for.
        visible, scopes = "true", []
    found = await db.rows(
        _BELOW.format(source="wanted" if sees_parts else _OWN, visible=visible),
        release.wave_id,
        path,
        release.id,
        PARTICIPATION,
        PAGE + 1,
        page * PAGE,
        *scopes,
        *own,
    )
    return [Unit(row["unit_id"], _name(row), row["is_published"]) for row in found]


def _name(row: db.Record | None) -> Text:
    if row is None or row["name_vi"] is None:
        return Text({"vi": "Đơn vị không còn trong cây tổ chức", "en": "A unit no longer in the tree"})
    return Text({"vi": row["name_vi"], "en": row["name_en"]})
