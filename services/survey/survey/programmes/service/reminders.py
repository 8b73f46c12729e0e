"""Reminders of waves, by the clock: each is told once, and what is no longer of use is not told any more.

A reminder has a time from which on and one until which it is of use. So after this service was down, a wave has at
most one reminder of its opening and one of its closing, and none of what is over. What is told is kept with the moment
it is about: a wave that was moved or extended is announced again. Quick polls have no reminders.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from kit import db
from kit.events import publish_all
from survey.calendar import now
from survey.programmes.service.telling import payloads

# At half time fewer of those expected: then there is still time to do something about it.
LOW_PARTICIPATION = 0.3

_DAY = timedelta(days=1)


_TYPES = {
    "opens_in_7_days": "wave.opens_soon",
    "opens_in_1_day": "wave.opens_soon",
    "half_time": "wave.participation_low",
    "closes_in_3_days": "wave.closes_soon",
    "closes_in_1_day": "wave.closes_soon",
}
HALF_TIME = "half_time"

# `about` is the moment that a reminder is about, `since` and `until` when it is of use. A reminder of the closing that
# would fall before the opening is none. Half time is that of the time first planned, so that it comes once.
_REMIND = """
WITH running AS (
    SELECT w.*, coalesce(w.extended_from, w.closes_at) AS first_end
    FROM wave w JOIN programme p ON p.id = w.programme_id
    WHERE w.state = 'open' AND w.closes_at > $1 AND p.kind = 'survey'
), reminder AS (
    SELECT w.id, 'opens_in_7_days' AS kind, opens_at AS about, opens_at - interval '7 days' AS since,
           opens_at - interval '1 day' AS until
    FROM wave w JOIN programme p ON p.id = w.programme_id WHERE w.state = 'planned' AND p.state = 'active'
    UNION ALL
    SELECT w.id, 'opens_in_1_day', opens_at, opens_at - interval '1 day', opens_at
    FROM wave w JOIN programme p ON p.id = w.programme_id WHERE w.state = 'planned' AND p.state = 'active'
    UNION ALL
    SELECT id, 'half_time', opens_at + (first_end - opens_at) / 2, opens_at + (first_end - opens_at) / 2,
           opens_at + (first_end - opens_at) * 0.75
    FROM running
    WHERE (SELECT sum(answered) FROM participation_snapshot s WHERE s.wave_id = running.id AND s.day =
              (SELECT max(day) FROM participation_snapshot latest WHERE latest.wave_id = running.id))
        < $2::float8 * (SELECT sum(people) FROM response_group g WHERE g.wave_id = running.id)
    UNION ALL
    SELECT id, 'closes_in_3_days', closes_at, closes_at - interval '3 days', closes_at - interval '1 day'
    FROM running WHERE closes_at - interval '3 days' > frozen_at
    UNION ALL
    SELECT id, 'closes_in_1_day', closes_at, closes_at - interval '1 day', closes_at
    FROM running WHERE closes_at - interval '1 day' > frozen_at
)
INSERT INTO wave_reminder (wave_id, kind, about)
SELECT id, kind, about FROM reminder WHERE since <= $1 AND $1 < until ORDER BY id, kind
ON CONFLICT DO NOTHING RETURNING wave_id, kind, about
"""

_PARTICIPATION = """
SELECT sum(answered)::int AS answered,
       (SELECT sum(people)::int FROM response_group g WHERE g.wave_id = $1) AS expected
FROM participation_snapshot s
WHERE s.wave_id = $1 AND s.day = (SELECT max(day) FROM participation_snapshot latest WHERE latest.wave_id = $1)
"""


async def remind(clock: Callable[[], datetime] = now) -> None:
    """Tell what is due at this moment and was not told yet."""
    moment = clock()
    async with db.transaction():
        due = await db.rows(_REMIND, moment, LOW_PARTICIPATION)
        told = await payloads([row["wave_id"] for row in due])
        by_type: dict[str, list[dict[str, Any]]] = {}
        for wave_id, kind, about in due:
            more = await _low(wave_id) if kind == HALF_TIME else {"days": ceil((about - moment) / _DAY)}
            by_type.setdefault(_TYPES[kind], []).append({**told[wave_id], **more})
        for event_type, events in by_type.items():
            await publish_all(event_type, events)


async def _low(wave_id: UUID) -> dict[str, int]:
    row = await db.row(_PARTICIPATION, wave_id)
    assert row is not None
    return dict(row)
