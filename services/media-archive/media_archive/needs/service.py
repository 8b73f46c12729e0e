"""What the archive holds on topics for units, as far as the caller may see: counted, never listed whole."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.identity import Caller
from media_archive.assets.service import COLUMNS, FROM
from media_archive.assets.visibility import visible_to
from media_archive.units.service import paths_of

TopicAndUnit = tuple[str, UUID]

RECENT = timedelta(days=365)
"""Within this time a material counts as recent: laws and benefits change with the year."""


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
    known = sorted({(topic, paths[unit_id]) for topic, unit_id in asked if unit_id in paths and "\0" not in topic})
    visible, arguments = visible_to(caller, 4)
    rows = await db.rows(
        f"""SELECT asked.topic, asked.path, counted.* FROM unnest($1::text[], $2::text[]) AS asked (topic, path)
            CROSS JOIN LATERAL (
                SELECT asset.kind, count(*) AS total,
                    count(*) FILTER (WHERE asset.unit_path >= asked.path
                                       AND asset.unit_path < asked.path || '~') AS own,
                    count(*) FILTER (WHERE asset.created_on > $3) AS recent, max(asset.created_on) AS newest_on
                FROM asset WHERE asset.topics @> ARRAY[asked.topic] AND {visible}
                GROUP BY asset.kind
            ) AS counted
            ORDER BY counted.total DESC, counted.kind""",
        [topic for topic, _ in known],
        [path for _, path in known],
        today() - RECENT,
        *arguments,
    )
    found: dict[tuple[str, str], Holding] = defaultdict(Holding)
    for row in rows:
        _add(found[row["topic"], row["path"]], row)
    return [found[topic, paths[unit_id]] if unit_id in paths else None for topic, unit_id in asked]


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
