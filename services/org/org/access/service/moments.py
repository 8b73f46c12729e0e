"""When a grant must hold to be meant: at an instant, or at some time of a day in Viet Nam."""

from dataclasses import dataclass
from datetime import date, datetime, time

from asyncpg import Range

from kit import db
from kit.calendar import VIETNAM, today
from kit.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Moment:
    """A span of time in which a grant must hold at some instant, and the day whose tree says what is below what."""

    span: Range[datetime]
    day: date

    @property
    def other_day(self) -> date | None:
        """The day, None when it is today."""
        return None if self.day == today() else self.day


async def now() -> datetime:
    """Return the instant it is by the database's clock, which dates grants and by which they are read."""
    return await db.value("SELECT clock_timestamp()")


async def moment(as_of: date | None = None, at: datetime | None = None) -> Moment:
    """Return the moment asked for: a day, an instant, or now; InvalidInput for both at once."""
    if as_of is not None and at is not None:
        raise InvalidInput("at", "chỉ nêu ngày hoặc thời điểm.", "name a day or an instant, not both.")
    if as_of is not None:
        # A whole day: who held a role for an hour of it is among those who held it that day.
        return Moment(Range(midnight(as_of), midnight_after(as_of)), as_of)
    instant = _with_zone(at) if at is not None else await now()
    return Moment(Range(instant, instant, upper_inc=True), instant.astimezone(VIETNAM).date())


def midnight(day: date) -> datetime:
    """Return the instant at which a day begins in Viet Nam."""
    return datetime.combine(day, time(), VIETNAM)


def midnight_after(day: date) -> datetime:
    """Return the instant at which a day ends in Viet Nam; the calendar's last day has no next one to begin."""
    if day == date.max:
        return datetime.combine(day, time.max, VIETNAM)
    return midnight(date.fromordinal(day.toordinal() + 1))


def _with_zone(at: datetime) -> datetime:
    if at.tzinfo is None:
        return at.replace(tzinfo=VIETNAM)
    return at
