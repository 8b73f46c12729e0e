"""When surveys begin and end: by the days of Viet Nam, and not further away than anyone plans."""

from datetime import UTC, date, datetime, time, timedelta

from kit.calendar import VIETNAM

# Nobody plans or remembers surveys further away than this.
FURTHEST = timedelta(days=3653)


def now() -> datetime:
    """Return the moment."""
    return datetime.now(UTC)


def start_of(day: date) -> datetime:
    """Return the moment at which a day begins in Viet Nam."""
    return datetime.combine(day, time(), VIETNAM)
