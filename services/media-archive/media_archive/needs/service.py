"""What the archive holds on topics for units, as far as the caller may see: counted, never listed whole."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from uuid import UUID

from kit import db
from kit.identity import Caller
from media_archive.assets.service import COLUMNS, FROM
from media_archive.assets.visibility import visible_to
from media_archive.needs.counting import count_held, count_made_for
from media_archive.units.service import paths_of

TopicAndUnit = tuple[str, UUID]
Segment = tuple[str | None, str | None, str | None]
"""Codes of an age band, a gender and a region; None: of none in particular."""

SEGMENTS = {"age_band": "age_bands", "gender": "genders", "region": "regions"}
"""By what people are told apart, and where it is said for which of them a material is made."""


@dataclass
class Holding:
    """What there is on a topic for a unit: its own (with those below it) and what others made that it may see."""

    own: int = 0
    others: int = 0
    recent: int = 0
    """Of all these, made within the last year."""
    newest_on: date | None = None
    kinds: dict[str, int] = field(default_factory=dict[str, int])
    """How many of each kind, most first."""

    @property
    def total(self) -> int:
        """All that the caller may see."""
        return self.own + self.others


async def holdings(caller: Caller, asked: Sequence[TopicAndUnit]) -> list[Holding | None]:
    """Return what the caller may see on each topic for each unit; None for units that org has not told of."""
    paths = await paths_of([unit_id for _, unit_id in asked])
    topics = sorted({topic for topic, unit_id in asked if unit_id in paths and "\0" not in topic})
    found = {path: await _held_for(caller, topics, path) for path in sorted(set(paths.values()))}
    return [found[paths[unit_id]].get(topic, Holding()) if unit_id in paths else None for topic, unit_id in asked]


async def _held_for(caller: Caller, topics: Sequence[str], path: str) -> dict[str, Holding]:
    """Return what there is on topics for one unit."""
    found: dict[str, Holding] = defaultdict(Holding)
    for row in await count_held(caller, topics, path):
        _add(found[row["topic"]], row)
    return found


@dataclass(frozen=True)
class Made:
    """How many materials on a topic are made for a segment."""

    segment: Segment
    total: int
    recent: int


async def made_for(caller: Caller, topics: Sequence[str], by: Sequence[str]) -> dict[str, list[Made]]:
    """Return for whom the materials on each topic that the caller may see are described, told apart by SEGMENTS.

    A material made for several is counted with each of them, one that names none under None: whoever adds up what
    fits a segment (its code, or None, in each respect) counts each material once.
    """
    found: dict[str, dict[Segment, Made]] = {topic: {} for topic in topics}
    columns = [column for name, column in SEGMENTS.items() if name in by]
    for row in await count_made_for(caller, topics, columns):
        made = found[row["topic"]]
        ages, genders, regions = _codes(row, "age_bands"), _codes(row, "genders"), _codes(row, "regions")
        for segment in product(ages, genders, regions):
            before = made.get(segment, Made(segment, 0, 0))
            made[segment] = Made(segment, before.total + row["total"], before.recent + row["recent"])
    return {topic: sorted(some.values(), key=_in_order) for topic, some in found.items()}


def _codes(row: db.Record, column: str) -> Sequence[str | None]:
    """Return whom materials are made for in a respect; None for nobody in particular, or where nobody asked for it."""
    return row.get(column) or [None]


def _in_order(made: Made) -> list[tuple[bool, str]]:
    """By codes, those that name nobody last."""
    return [(code is None, code or "") for code in made.segment]


async def newest_on_topics(caller: Caller, topics: Sequence[str], first: int) -> dict[str, list[db.Record]]:
    """Return the newest materials on each topic that the caller may see."""
    visible, arguments = visible_to(caller, 3)
    found = await db.rows(
        f"""SELECT asked.topic AS on_topic, newest.* FROM unnest($1::text[]) AS asked (topic)
            CROSS JOIN LATERAL (
                SELECT {COLUMNS} FROM {FROM} WHERE asset.topics @> ARRAY[asked.topic] AND {visible}
                ORDER BY asset.added_at DESC, asset.id DESC LIMIT $2
            ) AS newest
            ORDER BY newest.added_at DESC, newest.id DESC""",
        [topic for topic in topics if "\0" not in topic],
        first,
        *arguments,
    )
    by_topic: dict[str, list[db.Record]] = {topic: [] for topic in topics}
    for row in found:
        by_topic[row["on_topic"]].append(row)
    return by_topic


def _add(holding: Holding, row: db.Record) -> None:
    holding.own += row["own"]
    holding.others += row["total"] - row["own"]
    holding.recent += row["recent"]
    holding.newest_on = max(row["newest_on"], holding.newest_on or row["newest_on"])
    holding.kinds[row["kind"]] = row["total"]
