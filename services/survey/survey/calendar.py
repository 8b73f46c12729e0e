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


def last_moment(closes_at: datetime) -> datetime:
    """Return when a wave ends by Viet Nam's clocks: what closes at midnight does so at the end of the day before."""
    closes = closes_at.astimezone(VIETNAM)
    return closes - timedelta(microseconds=1) if ends_with_its_day(closes_at) else closes


def ends_with_its_day(closes_at: datetime) -> bool:
    """Whether a wave's last day is a whole one."""
    closes = closes_at.astimezone(VIETNAM)
    return (closes.hour, closes.minute) == (0, 0)


def last_day(closes_at: datetime) -> str:
    """Return the last day on which answers are taken, as Viet Nam writes it."""
    return f"{last_moment(closes_at):%d/%m/%Y}"


def end_in_words(closes_at: datetime) -> tuple[str, str]:
    """Return until when answers are taken, in Vietnamese and English, behind an “until”."""
    day = last_day(closes_at)
    if ends_with_its_day(closes_at):
        return f"hết ngày {day}", f"the end of {day}"
    hour = f"{last_moment(closes_at):%H:%M}"
    return f"{hour} ngày {day}", f"{hour} on {day}"
