"""When waves come: an RFC 5545 recurrence rule read as days in Viet Nam."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise, takewhile

from dateutil.rrule import rrule, rrulestr

from kit.errors import InvalidInput

TWICE_A_YEAR = "FREQ=MONTHLY;INTERVAL=6"

_FREQUENCY = re.compile(r"(?:^|;)FREQ=(WEEKLY|MONTHLY|YEARLY)(?:;|$)")
_HORIZON = timedelta(days=50 * 366)


def checked_rule(recurrence: str, starts_on: date, wave_days: int) -> str:
    """Return the rule in capitals; InvalidInput unless waves of this length follow each other without overlap."""
    text = recurrence.strip().upper().removeprefix("RRULE:")
    if len(text) > 200 or "\n" in text or text.count("FREQ=") != 1 or not _FREQUENCY.search(text):
        raise _refused(
            "phải là quy tắc RFC 5545 theo tuần, tháng hoặc năm", "must be an RFC 5545 rule by week, month or year"
        )
    try:
        _check_interval(text)
        days = list(islice(days_of(text, starts_on), 12))
    except (ValueError, TypeError, OverflowError) as error:
        raise _refused("không phải quy tắc RFC 5545", "is not an RFC 5545 rule") from error
    if not days:
        raise _refused("không có ngày nào", "never comes")
    if any((later - earlier).days < wave_days for earlier, later in pairwise(days)):
        raise InvalidInput("waveDays", "dài hơn khoảng cách giữa hai đợt", "is longer than the time between two waves")
    return text


def days_of(recurrence: str, starts_on: date) -> Iterator[date]:
    """Return the first days of the waves, for at most fifty years."""
    # Days, not moments: no zone, as RFC 5545 has them.
    start = datetime.combine(starts_on, time())
    end = start + _HORIZON
    if "UNTIL=" not in recurrence and "COUNT=" not in recurrence:
        # A rule that never comes would be searched until the year 9999.
        recurrence += f";UNTIL={end:%Y%m%d}"
    rule = rrulestr(recurrence, dtstart=start)
    assert isinstance(rule, rrule)
    return takewhile(lambda day: day < end.date(), (moment.date() for moment in rule.xafter(start, inc=True)))


def _check_interval(text: str) -> None:
    """Raise ValueError for a rule that does not advance: dateutil would look for its next day for ever."""
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name == "INTERVAL" and int(value) < 1:
            raise ValueError("the interval must be at least 1")


def _refused(vi: str, en: str) -> InvalidInput:
    return InvalidInput("recurrence", vi, en)
