"""Counting what a caller sees on topics: sums of plain materials, and the few others one by one."""

from collections.abc import Sequence
from datetime import date, timedelta

from kit import db
from kit.calendar import today
from kit.identity import Caller
from kit.paths import WIDTH
from media_archive.assets.visibility import visible_to
from media_archive.needs.plain import KEPT_PLAIN, PLAIN, Arguments, others, seen_by_sums

RECENT = timedelta(days=365)
"""Within this time a material counts as recent: laws and benefits change with the year."""

_TOP = f"left(asset.unit_path, {WIDTH})"
_CELLS = "(SELECT * FROM topic_cell UNION ALL SELECT * FROM topic_cell_change) AS cell"


class _Parts:
    """What statements are put together of: arguments and predicates for one caller, topics and today.

    Sums are by the month: of the month in which "recent" begins the materials are looked at themselves.
    """

    def __init__(self, caller: Caller, topics: Sequence[str]) -> None:
        first = today() - RECENT + timedelta(days=1)
        month = first.replace(day=1)
        self.arguments = Arguments([topic for topic in topics if "\0" not in topic], first, month, _next_month(month))
        self.topics, self.first, self.month, self.next_month = "$1::text[]", "$2::date", "$3::date", "$4::date"
        cells = seen_by_sums(caller, self.arguments, top="cell.top", visibility="cell.visibility")
        self.cells = f"cell.topic = ANY({self.topics}) AND {cells}"
        by_sums = seen_by_sums(caller, self.arguments, top=_TOP, visibility="asset.visibility")
        self.plain = f"asset.topics <> '{{}}' AND {PLAIN} AND {by_sums}"
        visible, added = visible_to(caller, len(self.arguments.values) + 1)
        self.arguments.values.extend(added)
        # What is visible is kept: said only once, so that an index tells all of it.
        unseen_by_sums = f"{visible} AND NOT ({KEPT_PLAIN} AND {by_sums})"
        # Each way by itself: of all at once PostgreSQL would read every material.
        self.others = " UNION ".join(
            f"""SELECT asset.id, asset.topics, asset.kind, asset.unit_path, asset.created_on FROM asset
                WHERE asset.topics <> '{{}}' AND {way} AND {unseen_by_sums}"""
            for way in others(caller, self.arguments)
        )
        self.beginning = f"{self.plain} AND asset.created_on >= {self.first} AND asset.created_on < {self.next_month}"


async def count_held(caller: Caller, topics: Sequence[str], path: str) -> list[db.Record]:
    """Return by topic and kind, most first: `total`, `own` (of the unit at a path and those below it), `recent` and,
    of the topic, `newest_on`: the day on which the newest was made.
    """
    parts = _Parts(caller, topics)
    own = parts.arguments.add(path)
    within = f"unit_path >= {own} AND unit_path < {own} || '~'"
    # What stands below a top is told by its sums; below any other unit there is little enough to look at.
    at_top = len(path) == WIDTH
    own_by_sums = f"coalesce(sum(number) FILTER (WHERE top = {own}), 0)" if at_top else "0"
    counted = [
        f"""SELECT topic, kind, sum(number) AS total, {own_by_sums} AS own,
                coalesce(sum(number) FILTER (WHERE month > {parts.month}), 0) AS recent
            FROM cells GROUP BY 1, 2""",
        _listed(f"asset WHERE {parts.beginning}", total="0", own="0", recent="count(*)"),
        _listed(
            "other",
            total="count(*)",
            own=f"count(*) FILTER (WHERE {within})",
            recent=f"count(*) FILTER (WHERE created_on >= {parts.first})",
        ),
    ]
    if not at_top:
        counted.append(_listed(f"asset WHERE {parts.plain} AND {within}", total="0", own="count(*)", recent="0"))
    return await db.rows(
        f"""WITH cells AS MATERIALIZED (SELECT top, topic, kind, month, sum(number) AS number
                                        FROM {_CELLS} WHERE {parts.cells} GROUP BY 1, 2, 3, 4),
            other AS MATERIALIZED ({parts.others}),
            counted AS ({" UNION ALL ".join(counted)}),
            months AS (SELECT topic, max(month) AS month
                       FROM (SELECT topic, month FROM cells GROUP BY 1, 2 HAVING sum(number) > 0) AS held GROUP BY 1),
            newest AS (
                SELECT topic, max(created_on) AS newest_on FROM (
                    SELECT months.topic, plain.created_on FROM months CROSS JOIN LATERAL (
                        SELECT asset.created_on FROM asset
                        WHERE {parts.plain} AND asset.created_on >= months.month AND months.topic = ANY(asset.topics)
                        ORDER BY asset.created_on DESC LIMIT 1) AS plain
                    UNION ALL
                    SELECT topic, created_on FROM other CROSS JOIN LATERAL unnest(topics) AS topic) AS every
                GROUP BY 1)
            SELECT topic, kind, sum(total)::int AS total, sum(own)::int AS own, sum(recent)::int AS recent, newest_on
            FROM counted LEFT JOIN newest USING (topic) WHERE topic = ANY({parts.topics})
            GROUP BY topic, kind, newest_on HAVING sum(total) > 0 ORDER BY 3 DESC, kind""",
        *parts.arguments.values,
    )


def _listed(rows: str, *, total: str, own: str, recent: str) -> str:
    """SQL that counts materials themselves: by all their topics at once, as most have a few of them."""
    return f"""SELECT topic, kind, sum(total), sum(own), sum(recent) FROM (
                   SELECT topics, kind, {total} AS total, {own} AS own, {recent} AS recent
                   FROM {rows} GROUP BY 1, 2) AS listed
               CROSS JOIN LATERAL unnest(topics) AS topic GROUP BY 1, 2"""


async def count_made_for(caller: Caller, topics: Sequence[str], columns: Sequence[str]) -> list[db.Record]:
    """Return by topic and segment (`columns` of SEGMENTS, each a list of codes): `total` and `recent`."""
    parts = _Parts(caller, topics)
    by = ", ".join(["topic", *columns])
    recent = f"count(*) FILTER (WHERE created_on >= {parts.first})"
    beginning = _made(f"(SELECT * FROM asset WHERE {parts.beginning})", columns, total="0", recent="count(*)")
    return await db.rows(
        f"""WITH other AS MATERIALIZED ({parts.others})
            SELECT {by}, sum(total)::int AS total, sum(recent)::int AS recent FROM (
                SELECT {by}, sum(number) AS total,
                    coalesce(sum(number) FILTER (WHERE month > {parts.month}), 0) AS recent
                FROM {_CELLS} WHERE {parts.cells} GROUP BY {by}
                UNION ALL {beginning}
                UNION ALL {_made("other", columns, total="count(*)", recent=recent)}) AS counted
            WHERE topic = ANY({parts.topics}) GROUP BY {by} HAVING sum(total) > 0""",
        *parts.arguments.values,
    )


def _made(rows: str, columns: Sequence[str], *, total: str, recent: str) -> str:
    """The same by topic and segment."""
    said = "".join(f", coalesce({column}, '{{}}') AS {column}" for column in columns)
    grouped = ", ".join(str(place) for place in range(1, len(columns) + 2))
    by = ", ".join(["topic", *columns])
    return f"""SELECT {by}, sum(total), sum(recent) FROM (
                   SELECT topics{said}, {total} AS total, {recent} AS recent
                   FROM {rows} AS one LEFT JOIN asset_about ON asset_about.asset_id = one.id
                   GROUP BY {grouped}) AS listed
               CROSS JOIN LATERAL unnest(topics) AS topic GROUP BY {by}"""


def _next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
