"""The calendar that surveys live by: days and openings are those of Viet Nam, whatever the machine's clock zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
# Nobody plans or remembers surveys further away than this.
FURTHEST = timedelta(days=3653)


def now() -> datetime:
    """Return the moment."""
    return datetime.now(UTC)


def today() -> date:
    """Return the day it is in Viet Nam."""
    return now().astimezone(VIETNAM).date()


def start_of(day: date) -> datetime:
    """Return the moment at which a day begins in Viet Nam."""
    return datetime.combine(day, time(), VIETNAM)
