"""How many answers an open link takes: anybody may send there as often as they like, and without a bound fill the disk.

Slips and credentials need none: as many forms come in as were given out.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from kit import db
from survey import settings
from survey.sealing.boxes import Place

log = logging.getLogger("survey.answers")

# So many are taken however few people there are: some two megabytes.
ALWAYS = 1_000
# Seconds for which a count is good, and for which one is waited for while others go on with the last.
COUNTED_FOR = 60.0
COUNTING = 5.0
MOST_KNOWN = 10_000


@dataclass(slots=True)
class _Known:
    """How many more are taken before a new count, which is due at a time."""

    left: int
    is_full: bool
    due: float

    def is_due(self, now: float) -> bool:
        return now >= self.due or (self.left <= 0 and not self.is_full)


class Room:
    """What is left at open links, as far as this process knows."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[Place, _Known] = {}

    async def take(self, place: Place) -> bool:
        """Take one answer's room at the open link of a response group, or of the whole wave; False: there is none."""
        now = self._clock()
        known = self._known.get(place)
        if known is None or known.is_due(now):
            if known is not None:
                known.due = now + COUNTING
            known = await self._count(place)
        known.left -= 1
        return known.left >= 0

    async def _count(self, place: Place) -> _Known:
        left = max(0, await _left(place))
        if not left:
            log.warning(
                "the open link of group %s in wave %s takes no more answers", place.response_group_id, place.wave_id
            )
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        # Other processes take some as well: half of what is left, then everybody counts again.
        known = _Known((left + 1) // 2, not left, self._clock() + COUNTED_FOR)
        self._known[place] = known
        return known


async def _left(place: Place) -> int:
    """Return how many more answers a group gives at most; those that came by slips or credentials are counted, too."""
    return await db.value(
        """
        SELECT $3 + $4 * (SELECT coalesce(sum(people), 0) FROM response_group g
                          WHERE g.wave_id = $1 AND ($2::uuid IS NULL OR g.id = $2))
             - (SELECT count(*) FROM inbox WHERE wave_id = $1 AND response_group_id IS NOT DISTINCT FROM $2)
             - (SELECT count(*) FROM answer WHERE wave_id = $1 AND response_group_id IS NOT DISTINCT FROM $2)
        """,
        place.wave_id,
        place.response_group_id,
        ALWAYS,
        settings.current().open_link_answers,
    )
